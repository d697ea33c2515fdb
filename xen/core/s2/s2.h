/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mechanism of stage-2 tables: numbers in, tables out. It knows
 * addresses, levels and descriptor bits, and nothing of what a mapping means.
 *
 * Every operation is one walk with a visitor, and a descriptor changes in
 * one function (s2/walk.h). What has changed is noted in a bounded log; the
 * owner of the table settles it (flush, then make), looks at it, and clears
 * it. Nothing here takes a lock: the owner's lock guards a struct s2.
 */
#ifndef S2_S2_H
#define S2_S2_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/stage2.h>
#include <core/addr.h>
#include <core/bits.h>
#include <core/compiler.h>

#include "s2/s2_pte.h"

/* ------------------------------------------------------------- geometry */

#define S2_MIN_IPA_BITS 32
#define S2_MAX_IPA_BITS 48

/* Where the walk starts; more than one root page is a concatenated table. */
struct s2_geometry {
	uint8_t start_level;
	uint8_t root_order; /* log2 of root pages */
};

/**
 * s2_geometry() - The shape of a table for @ipa_bits of guest address.
 * @ipa_bits: S2_MIN_IPA_BITS to S2_MAX_IPA_BITS.
 *
 * Level 1 with up to 16 concatenated tables as far as that reaches (43
 * bits): one step less to walk, and CPUs with less than 44 bits of physical
 * address have no level 0 at stage 2.
 */
struct s2_geometry s2_geometry(unsigned int ipa_bits);

/* In VTCR_EL2, if the CPUs have it: hardware minds S2_DBM (HA, HD). */
#define S2_VTCR_DIRTY (BIT(21) | BIT(22))

/* VTCR_EL2: 4 KiB granule, walks inner shareable and write-back. */
uint64_t s2_vtcr(unsigned int ipa_bits, unsigned int pa_bits,
		 unsigned int vmid_bits);

/* ----------------------------------------------------------------- table */

/* What is to be done about a change, and what kind it is. */
#define S2_FLUSH BIT(0) /* hardware may remember what was there          */
#define S2_MAKE	 BIT(1) /* broken; made after the flush                  */
#define S2_SHAPE BIT(2) /* a table came or went; its frames are not told */

/*
 * A run of frames that changed alike: frame i was @old + i pages and becomes
 * @new + i pages, both as level-3 descriptors or 0. Of an S2_SHAPE change,
 * @new is the descriptor itself.
 */
struct s2_change {
	gfn_t gfn;
	uint64_t nr;
	s2_pte_t old;
	s2_pte_t new;
	s2_pte_t *slot; /* S2_MAKE: the first descriptor to be made */
	uint8_t level;	/* of the entries that changed              */
	uint8_t flags;
};

#define S2_MAX_CHANGES 32
#define S2_MAX_TOUCHED 32
#define S2_NR_WATCHED  16

/* Table pages: free ones, and dead ones that wait for the flush. */
struct s2_pool {
	paddr_t free; /* first of a list; 0 ends it */
	paddr_t dead;
	uint64_t nr_free;
	uint64_t nr_dead;
	uint64_t size; /* free, dead and in use */
};

/* An entry that keeps its table from being uniform, see s2/walk.h. */
struct s2_watch {
	s2_pte_t *odd;
	bool alone; /* and all others would not */
};

struct s2 {
	struct s2_root hw;
	s2_pte_t *root;
	struct s2_geometry shape;
	uint8_t ipa_bits;
	uint8_t pending; /* S2_FLUSH, S2_MAKE: some change needs it */
	union {
		struct {
			uint16_t nr_changes;
			uint8_t nr_touched;
			bool unpublished; /* stores that nobody need see yet */
		};
		uint32_t unsettled; /* any of these */
	};
	/* The table of each level that was walked last, see s2/walk.h. */
	struct {
		s2_pte_t *table;
		uint64_t ipa;
	} cursor[S2_LAST_LEVEL + 1];
	/* The entries of the last way down, see s2_descend(). */
	s2_pte_t *way[S2_LAST_LEVEL + 1];
	uint64_t leaves[S2_LAST_LEVEL + 1];
	/* Addresses whose tables changed in part, and may be uniform now. */
	uint64_t touched[S2_MAX_TOUCHED];
	struct s2_watch watch[S2_NR_WATCHED];
	struct s2_pool pool;
	struct s2_change change[S2_MAX_CHANGES];
};

/**
 * s2_init() - An empty table.
 * @vmid: for VTTBR_EL2; the TLBs hold nothing of it.
 *
 * Return: 0; -XEN_ENOMEM (nothing to undo).
 */
int s2_init(struct s2 *s2, unsigned int ipa_bits, unsigned int pa_bits,
	    unsigned int vmid_bits, uint16_t vmid) __must_check;

/* Give back root and pool of a table that maps nothing and is settled. */
void s2_fini(struct s2 *s2);

/* Make the pool @pages large. -XEN_ENOMEM, -XEN_EBUSY (in use): unchanged. */
int s2_pool_resize(struct s2 *s2, uint64_t pages) __must_check;

/* Table pages in use, root included. */
uint64_t s2_nr_tables(const struct s2 *s2);

/* ------------------------------------------------------------- whole runs */

/* [start, end) shall become @leaf, as level-3 descriptor of the first page;
 * 0 to unmap. Addresses in bytes. */
struct s2_target {
	uint64_t start;
	uint64_t end;
	s2_pte_t leaf;
	uint64_t tables;       /* s2_count_tables(): the result          */
	unsigned int clearing; /* tables around us that will be replaced */
};

/* Table pages that s2_apply() will take from the pool, exactly. */
uint64_t s2_count_tables(struct s2 *s2, struct s2_target *t);

/* Never less than that: the paths to both ends, and what lies between if no
 * block fits there. */
static inline uint64_t s2_bound_tables(const struct s2_target *t)
{
	return 2 * S2_LAST_LEVEL + ((t->end - t->start) >> 20);
}

/**
 * s2_apply() - Change the tables from @from on.
 * @from: @t->start, or what the last call returned.
 *
 * Cannot fail: the pool must hold s2_count_tables() pages, and no change of
 * the range may wait for its flush.
 * Return: @t->end when done; else the log was full, the caller settles it
 * and calls again.
 */
uint64_t s2_apply(struct s2 *s2, struct s2_target *t, uint64_t from);

/**
 * s2_apply_page() - s2_apply() for the page at @ipa alone, where a table of
 * the last level is there already: it takes no page from the pool.
 * @leaf: as in struct s2_target.
 *
 * Return: false when there is no such table, or no room in the log; nothing
 * has changed then.
 */
bool s2_apply_page(struct s2 *s2, uint64_t ipa, s2_pte_t leaf);

/* Whether some change in [start, end) waits for its flush. */
bool s2_flush_pending(const struct s2 *s2, uint64_t start, uint64_t end);

/**
 * s2_settle() - Flush what must be flushed, then make what must be made.
 *
 * Tables that have become uniform are replaced on the way. While @nr_touched
 * is not 0 after that, some are left for another time: the caller clears the
 * log and calls again. The log stays.
 * Return: whether there was a flush.
 */
bool s2_settle(struct s2 *s2);

/* Make what has come visible to walkers, if nothing else is to be settled. */
static inline void s2_publish(struct s2 *s2)
{
	if (s2->unpublished) {
		arch_pte_publish();
		s2->unpublished = false;
	}
}

/* Forget the log of a settled table; dead table pages are free again. */
void s2_clear_log(struct s2 *s2);

/* The leaf at @ipa as level-3 descriptor of its page, or 0; and the level at
 * which the walk ended. */
s2_pte_t s2_lookup(struct s2 *s2, uint64_t ipa, unsigned int *level);

/* Bytes from @ipa on, at most up to @end, that continue the first page: same
 * attributes and consecutive addresses, or all invalid. @first and @level: as
 * s2_lookup() answers for @ipa. */
uint64_t s2_run(struct s2 *s2, uint64_t ipa, uint64_t end, s2_pte_t *first,
		unsigned int *level);

#endif
