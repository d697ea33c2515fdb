/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walker, and the one function in which a descriptor changes: for
 * visitors, which live in core/s2 if they change anything.
 */
#ifndef S2_WALK_H
#define S2_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>

#include "s2/s2.h"
#include "s2/s2_pte.h"

/*
 * One entry; or, if the visitor says so, a run of entries of one table that
 * are alike: all invalid, or leaves of consecutive addresses.
 */
struct s2_visit {
	s2_pte_t *slot;
	s2_pte_t old;	 /* read once, by the walker                     */
	ipa_t ipa;	 /* first byte the entry covers                  */
	s2_pte_t *below; /* the table to enter: a visitor may put one in */
	uint16_t nr;	 /* entries; 1, a visitor may take more          */
	uint16_t max;	 /* to the end of the table                      */
	uint8_t level;
	bool live;	 /* hardware may read the slot     */
	bool live_below; /* and those of the table below   */
	bool leaving;	 /* second visit, see S2_ENTER_LEAVE */
};

enum s2_step {
	S2_NEXT,	/* go on behind this entry                       */
	S2_ENTER,	/* go on in the table below                      */
	S2_ENTER_LEAVE, /* the same, and visit this entry again after it */
	S2_STOP,
};

typedef enum s2_step s2_visitor(struct s2 *s2, struct s2_visit *at, void *arg);

/**
 * s2_walk() - Show each entry that [ipa, end) touches to a visitor.
 *
 * Return: @end; or the address at which the visitor said S2_STOP.
 */
uint64_t s2_walk(struct s2 *s2, uint64_t ipa, uint64_t end, s2_visitor *visit,
		 void *arg);

/* The slot of the entry that maps @ipa, or does not map it, and its level.
 * Hardware may read it. The tables on the way are noted as the last, and the
 * slots, from where the way begins, in s2->way. */
s2_pte_t *s2_descend(struct s2 *s2, uint64_t ipa, unsigned int *level);

/* Forget the tables that were walked last: one of them goes, or the next walk
 * must see what is above them. */
void s2_reset_cursor(struct s2 *s2);

/* The same for one level. */
static inline void s2_drop_cursor(struct s2 *s2, unsigned int level)
{
	/* Nothing is near that base address. */
	s2->cursor[level].ipa = BIT(63);
}

/* The table of @level that was walked last if all of [ipa, end) is in it, and
 * does not fill it: that would be the business of the entry above. Or NULL.
 * Spares neighbours the descent; hardware may read the table. */
static inline s2_pte_t *s2_cursor(const struct s2 *s2, unsigned int level,
				  uint64_t ipa, uint64_t end)
{
	uint64_t size = s2_level_size(level - 1);
	uint64_t base = s2->cursor[level].ipa;

	return ipa - base < size && end - base <= size && end - ipa < size
		       ? s2->cursor[level].table
		       : NULL;
}

/* The slot for the page at @ipa in the last table of pages, or NULL. */
static inline s2_pte_t *s2_cursor_page(const struct s2 *s2, uint64_t ipa)
{
	uint64_t in_table = ipa - s2->cursor[S2_LAST_LEVEL].ipa;

	return in_table < s2_level_size(S2_LAST_LEVEL - 1)
		       ? &s2->cursor[S2_LAST_LEVEL].table[in_table >> PAGE_SHIFT]
		       : NULL;
}

/* The slot for the 2 MiB at @ipa in the last table of level 2, or NULL. */
static inline s2_pte_t *s2_cursor_2m(const struct s2 *s2, uint64_t ipa)
{
	uint64_t in_table = ipa - s2->cursor[2].ipa;

	return in_table < s2_level_size(1)
		       ? &s2->cursor[2].table[in_table >> s2_level_shift(2)]
		       : NULL;
}

/* How many entries from @at on are alike, to the end of the table. */
unsigned int s2_run_length(const struct s2_visit *at);

/* ------------------------------------------------------------ one change */

enum s2_plan {
	S2_KEEP,
	S2_WRITE,	    /* nothing can be remembered         */
	S2_WRITE_TLBI,	    /* then forget the old one           */
	S2_BREAK_TLBI_MAKE, /* write 0, forget the old one, make */
};

/*
 * What it takes to change a descriptor that hardware may read. Pure.
 * DDI 0487, "Using break-before-make when updating translation table
 * entries", R_WHZWS (issue I.a).
 */
static inline enum s2_plan s2_plan(s2_pte_t old, s2_pte_t new)
{
	const s2_pte_t soft = S2_AP | S2_XN | S2_AF | S2_SW | S2_DBM;

	if (old == new) {
		return S2_KEEP;
	}
	if (!s2_is_valid(old)) {
		return S2_WRITE;
	}
	if (!s2_is_valid(new) || !((old ^ new) & ~soft)) {
		return S2_WRITE_TLBI;
	}
	return S2_BREAK_TLBI_MAKE;
}

/* Change the @at->nr descriptors at @at as planned, to leaves of consecutive
 * addresses from @new on, or to 0. The log must have room. */
void s2_set(struct s2 *s2, const struct s2_visit *at, s2_pte_t new);

/* The same for the page at @ipa, whose descriptor hardware may read. */
void s2_set_page(struct s2 *s2, s2_pte_t *slot, uint64_t ipa, s2_pte_t old,
		 s2_pte_t new);

/* Write 0 to leaves whose frames will be what @becomes says, from then on,
 * when the caller makes the larger block that covers them. Likewise. */
void s2_clear(struct s2 *s2, const struct s2_visit *at, s2_pte_t becomes);

/* Note that [gfn, gfn + nr) was asked to become what it is. */
void s2_note_kept(struct s2 *s2, gfn_t gfn, uint64_t nr, s2_pte_t pte);

/* Note that [gfn, gfn + nr), leaves of @level, have other permissions: they
 * are to be flushed, and their frames are not told. By ascending address, and
 * always with room: a full log flushes more than it must. */
void s2_note_flush(struct s2 *s2, gfn_t gfn, uint64_t nr, unsigned int level);

static inline bool s2_log_full(const struct s2 *s2)
{
	return s2->nr_changes == S2_MAX_CHANGES;
}

/* ------------------------------------------------------- uniform tables */

/*
 * A table is uniform if one entry above it could say the same: all its
 * entries are 0, or together they are a block. An entry is odd if it is not
 * what the first one would have it be. Of some tables one is remembered: as
 * long as neither of the two changes, nobody has to look at the table.
 */

/* Where it is remembered for the table of @slot, or for another one. */
static inline struct s2_watch *s2_watch_of(struct s2 *s2, const s2_pte_t *slot)
{
	return &s2->watch[((uintptr_t)slot >> PAGE_SHIFT) % S2_NR_WATCHED];
}

/* Whether the table of pages may become uniform when @slot becomes @new. */
static inline bool s2_decides(struct s2 *s2, s2_pte_t *slot, s2_pte_t new)
{
	struct s2_watch *w = s2_watch_of(s2, slot);
	uintptr_t apart = (uintptr_t)slot ^ (uintptr_t)w->odd;
	uintptr_t offset = (uintptr_t)slot % PAGE_SIZE;
	s2_pte_t first;

	if (apart - 1 < PAGE_SIZE - 1 && offset) {
		w->alone = false;
		return false;
	}
	/* The watched one, or none is, or the first one. */
	first = *(s2_pte_t *)((uintptr_t)slot - offset);
	if (!offset || s2->pending & S2_MAKE ||
	    new == (first ? first + (offset << (PAGE_SHIFT - 3)) : 0)) {
		return true;
	}
	w->odd = slot;
	w->alone &= !apart;
	return false;
}

/* The entry at @slot is odd from now on. */
void s2_set_odd(struct s2 *s2, s2_pte_t *slot);

/**
 * s2_touch() - Before the entries at @at become @new.
 *
 * Notes that the table may be uniform then, if it may.
 * Return: false when there is no room for the note; the caller settles first.
 */
bool s2_touch(struct s2 *s2, const struct s2_visit *at, s2_pte_t new);

/* Replace the tables that were noted and are uniform. Those that wait for the
 * flush, or for room in the log, stay noted. */
void s2_coalesce(struct s2 *s2);

#endif
