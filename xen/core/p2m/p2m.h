/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The p2m: what each guest frame of a domain is. Policy over core/s2: types,
 * references, reservation of table pages, and the one change set.
 *
 * Every change goes: descriptors broken -> one flush -> listeners ->
 * references dropped, pages freed. p2m_unlock() runs the last three, so no
 * caller ever remembers to flush or to tell somebody.
 */
#ifndef P2M_P2M_H
#define P2M_P2M_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "s2/attr.h"

struct p2m;

/* At most 16: the type lives in four software bits of the descriptor. */
enum p2m_type {
	P2M_INVALID,
	P2M_RAM_RW,
	P2M_RAM_RO,
	P2M_DEVICE,	/* direct device memory            */
	P2M_SRAM,	/* memory that is not host RAM     */
	P2M_RESERVED,	/* /reserved-memory of the host    */
	P2M_FOREIGN_RW, /* another domain's RAM            */
	P2M_FOREIGN_RO,
	P2M_GRANT_RW,
	P2M_GRANT_RO,
	P2M_XEN, /* shared with the hypervisor: shared info, grant frames */
	P2M_NR_TYPES,
};

/* What a mapping is, and what it allows. */
struct p2m_as {
	enum p2m_type type;
	struct s2_attr attr;
};

/* What one guest frame is. mfn is meaningful unless type is P2M_INVALID. */
struct p2m_entry {
	mfn_t mfn;
	enum p2m_type type;
	struct s2_attr attr;
	/* Frames of the entry that maps it, or does not: 0, 9, 18 or 27. */
	uint8_t order;
};

/* One run of equal change; the unit in which listeners hear of it. */
struct p2m_change {
	gfn_t gfn;
	uint64_t nr;
	mfn_t old_mfn; /* first of nr consecutive frames */
	enum p2m_type old_type;
	enum p2m_type new_type; /* P2M_INVALID when it just went away */
	mfn_t new_mfn;
};

/*
 * What has left: frames that are mapped no more, or were replaced by another
 * frame or kind. New mappings and changes of attributes alone are not told.
 */
struct p2m_changes {
	uint64_t seq; /* of its domain: 1 for its first change set */
	unsigned int nr;
	const struct p2m_change *change;
};

/*
 * A listener hears every change set once, after the flush and before
 * references are dropped, with the p2m lock held. It may not change the p2m.
 */
struct p2m_listener {
	const char *name;
	void (*changed)(void *opaque, const struct p2m_changes *changes);
	void *opaque;
	struct p2m_listener *next;
};

/* Proof that the write lock is held. */
struct p2m_locked {
	struct p2m *p2m;
};

/**
 * p2m_init() - Learn what the CPUs can do; once at boot.
 * @pa_bits:   physical address size that all CPUs have; above 48 counts as 48.
 * @vmid_bits: 8 or 16.
 */
void p2m_init(unsigned int pa_bits, unsigned int vmid_bits);

/**
 * p2m_create() - An empty p2m.
 * @owner:    domain id, as the frame table spells it.
 * @ipa_bits: guest physical address size, 32 to 48, at most @pa_bits.
 * @direct:   gfn == mfn for RAM: a frame that leaves keeps its owner (R1.7).
 * @pool:     table pages it may use beside the root; taken from the host now,
 *            so that nobody else's hunger makes a later operation fail.
 *
 * Return: NULL when out of memory or VMIDs, or @ipa_bits is out of range.
 */
struct p2m *p2m_create(uint16_t owner, unsigned int ipa_bits, bool direct,
		       uint64_t pool) __must_check;
/* Everything unmapped, references dropped, memory given back. */
void p2m_destroy(struct p2m *p2m);

struct p2m_locked p2m_lock(struct p2m *p2m);
/* Flush, tell the listeners, drop references, free table pages; unlock. */
void p2m_unlock(struct p2m_locked l);

/* First frame above the guest's address space: 1 << (ipa_bits - 12). */
gfn_t p2m_limit(const struct p2m *p2m);

/**
 * p2m_map() - Make [gfn, gfn + nr) map [mfn, mfn + nr).
 * @as: type and attribute; must be a legal pair.
 *
 * All or nothing: table pages are reserved before the first visible write.
 * Whatever was mapped there is replaced (break-before-make) and becomes part
 * of the change set. Largest blocks that alignment allows, head and tail
 * aligned separately. A frame that is there already with the same type and
 * attribute is left alone.
 *
 * References: RAM of a domain that is not direct-mapped and foreign frames
 * are counted. The caller holds a reference on each; on success all of them
 * pass to the p2m, and it drops those of what was mapped before, also where
 * that is the same frame. Grants are pinned by the grant table; everything
 * else has no counted frames.
 *
 * Return: 0; -XEN_EINVAL (range, or no legal pair); -XEN_ENOMEM (pool).
 */
int p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
	    struct p2m_as as) __must_check;

/**
 * p2m_unmap() - Make [gfn, gfn + nr) invalid; holes in it are fine.
 *
 * Return: 0; -XEN_EINVAL (range); -XEN_ENOMEM (a block had to be split and
 * the pool is empty; nothing has changed then).
 */
int p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr) __must_check;

/**
 * p2m_remove() - p2m_unmap() of one frame, if it is what the caller thinks.
 * @types: a set: BIT(type) of each type it may be of, not P2M_INVALID.
 * @was:   output: its type.
 *
 * Return: 0; -XEN_ENOENT (it is none of those, or beyond the limit; @was may
 * be undefined); -XEN_ENOMEM as p2m_unmap().
 */
int p2m_remove(struct p2m_locked l, gfn_t gfn, unsigned int types,
	       enum p2m_type *was) __must_check;

/* What @gfn is now; P2M_INVALID above the limit too. */
struct p2m_entry p2m_lookup(struct p2m_locked l, gfn_t gfn);
/* Its type and frame alone, which is quicker. */
enum p2m_type p2m_frame(struct p2m_locked l, gfn_t gfn, mfn_t *mfn);

/**
 * p2m_run() - The longest run of frames from @gfn on that is all one thing.
 * @max: upper bound, at least 1.
 * @e:   output: what the first frame is.
 *
 * Return: frames (1..@max) that are mapped to consecutive machine frames
 * with equal type and attribute, or that are all invalid.
 */
uint64_t p2m_run(struct p2m_locked l, gfn_t gfn, uint64_t max,
		 struct p2m_entry *e);

/* The highest frame that has ever been mapped; 0 when none. */
gfn_t p2m_max_mapped(const struct p2m *p2m);

/* Whether the CPUs can address [@mfn, @mfn + @nr). */
bool p2m_mfn_ok(mfn_t mfn, uint64_t nr);

/* The pair table of R2.7. */
bool p2m_legal(enum p2m_type type, struct s2_attr attr);
/* The attribute that follows from a RAM, foreign or grant type. */
struct s2_attr p2m_default_attr(enum p2m_type type);
/* @type with that attribute. */
static inline struct p2m_as p2m_as(enum p2m_type type)
{
	return (struct p2m_as){ type, p2m_default_attr(type) };
}

bool p2m_is_ram(enum p2m_type type);
const char *p2m_type_name(enum p2m_type type);

/* Whose p2m it is, as given to p2m_create(). */
uint16_t p2m_owner(const struct p2m *p2m);
/* Whether p2m_map() takes over a reference on each frame of @type. */
bool p2m_counts(const struct p2m *p2m, enum p2m_type type);

/* Listeners are added while nothing runs on the p2m yet. */
void p2m_listen(struct p2m *p2m, struct p2m_listener *listener);

/* VTTBR_EL2 and VTCR_EL2 for the domain. */
uint64_t p2m_vttbr(const struct p2m *p2m);
uint64_t p2m_vtcr(const struct p2m *p2m);
unsigned int p2m_ipa_bits(const struct p2m *p2m);

/* Changes with every change set; a cached translation is good while equal.
 * Read without the lock, acquire order. */
uint64_t p2m_generation(const struct p2m *p2m);

/* Make the pool @pages table pages large. -XEN_ENOMEM when out,
 * -XEN_EBUSY when fewer than in use. */
int p2m_set_pool(struct p2m *p2m, uint64_t pages) __must_check;

/*
 * Of the pool's free pages, @tables are for the caller alone from now on: no
 * other change takes them, until it says 0 again. One at a time promises.
 */
void p2m_promise(struct p2m_locked l, uint64_t tables);

struct p2m_stats {
	uint64_t blocks[4];   /* leaf entries at level 0..3 */
	uint64_t table_pages; /* in use, root included      */
	uint64_t pool_pages;  /* pool size                  */
	uint64_t pool_free;   /* left in it, and not promised */
	uint64_t pool_dead;   /* free after the next flush  */
	uint64_t flushes;
	uint64_t changes; /* runs that listeners were told of */
};

/* "d0: 1x1G 510x2M 37x4K, 14 table pages". Returns the length like
 * snprintf. */
int p2m_footprint(struct p2m_locked l, char *buf, unsigned int len);

struct p2m_stats p2m_stats(struct p2m_locked l);

/**
 * p2m_dump() - Print the table, one line for each run of equal entries.
 * @line: called for each line without newline, in the format of KVM's
 *        stage2_page_tables.
 */
void p2m_dump(struct p2m_locked l, void (*line)(const char *text));

#endif
