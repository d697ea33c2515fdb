/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a descriptor changes: the plan, the store, the log of what waits for
 * the flush, and the flush. Break-before-make is here and nowhere else.
 */
#include <arch/stage2.h>
#include <core/bits.h>
#include <core/bug.h>

#include "s2/pool.h"
#include "s2/s2.h"
#include "s2/walk.h"

static inline bool continues(s2_pte_t first, uint64_t nr, s2_pte_t next)
{
	return next == (first ? first + (nr << PAGE_SHIFT) : 0);
}

/* Whether the change makes the run @last longer by its frames. */
static inline bool extends(const struct s2_change *last,
			   const struct s2_change *c)
{
	if (c->gfn.v != last->gfn.v + last->nr || c->flags != last->flags ||
	    c->level != last->level ||
	    !continues(last->old, last->nr, c->old) ||
	    !continues(last->new, last->nr, c->new)) {
		return false;
	}
	return !(c->flags & (S2_MAKE | S2_SHAPE)) ||
	       (c->flags == (S2_MAKE | S2_FLUSH) &&
		c->slot == last->slot + last->nr / s2_level_frames(c->level));
}

/* Append to the log, or to its last run. */
static inline void note(struct s2 *s2, struct s2_change c)
{
	struct s2_change *next = &s2->change[s2->nr_changes];

	s2->pending |= c.flags;
	if (s2->nr_changes && extends(next - 1, &c)) {
		next[-1].nr += c.nr;
		return;
	}
	BUG_ON(s2_log_full(s2));
	*next = c;
	s2->nr_changes++;
}

void s2_note_kept(struct s2 *s2, gfn_t gfn, uint64_t nr, s2_pte_t pte)
{
	note(s2, (struct s2_change){ .gfn = gfn,
				     .nr = nr,
				     .old = pte,
				     .new = pte,
				     .level = S2_LAST_LEVEL });
}

void s2_note_flush(struct s2 *s2, gfn_t gfn, uint64_t nr, unsigned int level)
{
	struct s2_change *last = &s2->change[s2->nr_changes] - 1;

	if (s2->nr_changes && last->flags == (S2_FLUSH | S2_SHAPE) &&
	    (s2_log_full(s2) ||
	     (last->level == level && last->gfn.v + last->nr == gfn.v))) {
		last->nr = gfn.v + nr - last->gfn.v;
		last->level = max_u64(last->level, level);
		return;
	}
	note(s2, (struct s2_change){ .gfn = gfn,
				     .nr = nr,
				     .level = level,
				     .flags = S2_FLUSH | S2_SHAPE });
}

/* Leaves change: their frames are what the old ones said, and become @page
 * and so on. */
static inline __attribute__((__always_inline__)) void
note_leaves(struct s2 *s2, const struct s2_visit *at, s2_pte_t page,
	    unsigned int flags)
{
	note(s2, (struct s2_change){ .gfn = ipa_to_gfn(at->ipa),
				     .nr = at->nr * s2_level_frames(at->level),
				     .old = at->old | S2_TABLE,
				     .new = page,
				     .slot = at->slot,
				     .level = at->level,
				     .flags = flags });
}

/* A table comes or goes. Below a table there were pages at the least. */
static void note_shape(struct s2 *s2, const struct s2_visit *at, s2_pte_t new,
		       unsigned int flags)
{
	bool was_table = s2_is_table(at->old, at->level);

	note(s2,
	     (struct s2_change){ .gfn = ipa_to_gfn(at->ipa),
				 .nr = s2_level_frames(at->level),
				 .new = new,
				 .slot = at->slot,
				 .level = was_table ? S2_LAST_LEVEL : at->level,
				 .flags = flags | S2_SHAPE });
}

static inline void store_run(s2_pte_t *slot, unsigned int nr, s2_pte_t pte,
			     unsigned int level)
{
	uint64_t step = pte ? s2_level_size(level) : 0;

	for (; nr; nr--) {
		arch_pte_store(slot++, pte);
		pte += step;
	}
}

/* Stores that walkers may see, into entries that are invalid. */
static void make(struct s2 *s2, s2_pte_t *slot, unsigned int nr, s2_pte_t pte,
		 unsigned int level)
{
	if (s2_is_table(pte, level)) {
		/* The table is filled before a walker can find it. */
		arch_pte_publish();
	}
	store_run(slot, nr, pte, level);
	s2->unpublished = true;
}

/* Returns what is to be done later: S2_FLUSH, S2_MAKE. */
static inline __attribute__((__always_inline__)) unsigned int
store(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	switch (s2_plan(at->old, new)) {
	case S2_KEEP:
		return 0;
	case S2_WRITE:
		make(s2, at->slot, at->nr, new, at->level);
		return 0;
	case S2_WRITE_TLBI:
		store_run(at->slot, at->nr, new, at->level);
		return S2_FLUSH;
	case S2_BREAK_TLBI_MAKE:
		break;
	}
	store_run(at->slot, at->nr, 0, at->level);
	return S2_FLUSH | S2_MAKE;
}

/* The table will be found with what is in it, after the flush for the block
 * that it replaces. */
static unsigned int store_hidden(const struct s2_visit *at, s2_pte_t new)
{
	uint64_t step = new ? s2_level_size(at->level) : 0;

	for (unsigned int i = 0; i < at->nr; i++) {
		at->slot[i] = new + i *step;
	}
	return 0;
}

/* Inline: of a page most of it is known when it is compiled. */
static inline __attribute__((__always_inline__)) void
set(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	const s2_pte_t old = at->old;
	const unsigned int level = at->level;
	const bool was_leaf = s2_is_leaf(old, level);
	const bool is_leaf = s2_is_leaf(new, level);
	unsigned int flags = at->live ? store(s2, at, new)
				      : store_hidden(at, new);

	s2->leaves[level] += is_leaf * at->nr - was_leaf * at->nr;
	if (!s2_is_valid(old)) {
		return;
	}
	if (was_leaf && !s2_is_table(new, level)) {
		note_leaves(s2, at, s2_page_of(new, 0), flags);
	} else {
		note_shape(s2, at, new, flags);
	}
}

void s2_set(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	set(s2, at, new);
}

void s2_set_page(struct s2 *s2, s2_pte_t *slot, uint64_t ipa, s2_pte_t old,
		 s2_pte_t new)
{
	const struct s2_visit at = {
		.slot = slot,
		.old = old,
		.ipa = IPA(ipa),
		.nr = 1,
		.max = 1,
		.level = S2_LAST_LEVEL,
		.live = true,
	};

	set(s2, &at, new);
}

void s2_clear(struct s2 *s2, const struct s2_visit *at, s2_pte_t becomes)
{
	s2->leaves[at->level] -= at->nr;
	note_leaves(s2, at, becomes, store(s2, at, 0));
}

bool s2_flush_pending(const struct s2 *s2, uint64_t start, uint64_t end)
{
	if (!(s2->pending & S2_FLUSH)) {
		return false;
	}
	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		const struct s2_change *c = &s2->change[i];
		uint64_t ipa = gfn_to_ipa(c->gfn).v;

		if ((c->flags & S2_FLUSH) && ipa < end &&
		    start < ipa + (c->nr << PAGE_SHIFT)) {
			return true;
		}
	}
	return false;
}

static inline struct s2_range range_of(const struct s2_change *c)
{
	return (struct s2_range){
		.ipa = gfn_to_ipa(c->gfn),
		.size = c->nr << PAGE_SHIFT,
		.step = s2_level_size(c->level),
	};
}

/* Append @r, or make the last one longer where they touch. */
static unsigned int add_range(struct s2_range *ranges, unsigned int nr,
			      struct s2_range r)
{
	struct s2_range *last = nr ? &ranges[nr - 1] : NULL;

	if (last && last->step == r.step && r.ipa.v >= last->ipa.v &&
	    r.ipa.v <= last->ipa.v + last->size) {
		last->size =
			max_u64(last->size, r.ipa.v + r.size - last->ipa.v);
		return nr;
	}
	ranges[nr] = r;
	return nr + 1;
}

static void flush_log(struct s2 *s2)
{
	struct s2_range ranges[S2_MAX_CHANGES];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		if (s2->change[i].flags & S2_FLUSH) {
			nr = add_range(ranges, nr, range_of(&s2->change[i]));
		}
	}
	arch_s2_flush(&s2->hw, ranges, nr);
}

static void flush(struct s2 *s2)
{
	if (likely(s2->nr_changes == 1)) {
		struct s2_range only = range_of(&s2->change[0]);

		arch_s2_flush(&s2->hw, &only, 1);
	} else {
		flush_log(s2);
	}
	s2->unpublished = false;
}

static void make_noted(struct s2 *s2, const struct s2_change *c)
{
	s2_pte_t pte = c->level == S2_LAST_LEVEL ? c->new : c->new & ~S2_TABLE;

	if (c->flags & S2_SHAPE) {
		make(s2, c->slot, 1, c->new, c->level);
	} else {
		make(s2, c->slot, c->nr / s2_level_frames(c->level), pte,
		     c->level);
	}
}

bool s2_settle(struct s2 *s2)
{
	bool flushed;

	if (s2->nr_touched) {
		s2_coalesce(s2);
	}
	flushed = s2->pending & S2_FLUSH;
	if (flushed) {
		flush(s2);
	}
	for (unsigned int i = 0; s2->pending & S2_MAKE && i < s2->nr_changes;
	     i++) {
		if (s2->change[i].flags & S2_MAKE) {
			make_noted(s2, &s2->change[i]);
		}
	}
	s2_publish(s2);
	return flushed;
}

void s2_clear_log(struct s2 *s2)
{
	s2->nr_changes = 0;
	s2->pending = 0;
	s2_pool_bury(&s2->pool);
}
