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

/* DDI 0487, "Using break-before-make when updating translation table
 * entries", R_WHZWS (issue I.a). */
enum s2_plan s2_plan(s2_pte_t old, s2_pte_t new)
{
	const s2_pte_t soft = S2_AP | S2_XN | S2_AF | S2_SW;

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

/* A leaf of any level as descriptor of its first page; a table is none. */
static s2_pte_t first_page(s2_pte_t pte, unsigned int level)
{
	return s2_is_leaf(pte, level) ? pte | S2_TABLE : 0;
}

static bool continues(s2_pte_t first, uint64_t nr, s2_pte_t next)
{
	return next == (first ? first + (nr << PAGE_SHIFT) : 0);
}

static bool make_continues(const struct s2_change *last,
			   const struct s2_change *c)
{
	uint64_t size = s2_level_size(c->level);

	if (!c->slot || !last->slot) {
		return c->slot == last->slot;
	}
	return c->slot == last->slot + last->nr_make &&
	       c->make == last->make + last->nr_make * size;
}

/* Append to the log, or to its last run. */
static void note(struct s2 *s2, const struct s2_change *c)
{
	struct s2_change *last = &s2->change[s2->nr_changes - 1];

	s2->must_flush |= c->flush;
	s2->must_make |= c->nr_make;
	if (s2->nr_changes && !c->internal && !last->internal &&
	    c->gfn.v == last->gfn.v + last->nr && c->level == last->level &&
	    c->flush == last->flush && continues(last->old, last->nr, c->old) &&
	    continues(last->new, last->nr, c->new) && make_continues(last, c)) {
		last->nr += c->nr;
		last->nr_make += c->nr_make;
		return;
	}
	BUG_ON(s2_log_full(s2));
	s2->change[s2->nr_changes++] = *c;
}

/* What becomes of the frames at @at; the flush and the make are added. */
static struct s2_change change_of(const struct s2_visit *at, s2_pte_t new)
{
	return (struct s2_change){
		.gfn = ipa_to_gfn(at->ipa),
		.nr = s2_level_frames(at->level),
		.old = first_page(at->old, at->level),
		.new = first_page(new, at->level),
		/* What was below a table: pages at the least. */
		.level = s2_is_table(at->old, at->level) ? S2_LAST_LEVEL :
							   at->level,
		.internal = s2_is_table(at->old, at->level) ||
			    s2_is_table(new, at->level),
	};
}

static void store(struct s2 *s2, s2_pte_t *slot, s2_pte_t new,
		  unsigned int level)
{
	if (s2_is_table(new, level)) {
		/* The table is filled before a walker can find it. */
		arch_pte_publish();
	}
	arch_pte_store(slot, new);
	s2->unpublished |= s2_is_valid(new);
}

void s2_set(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	enum s2_plan plan = at->live ? s2_plan(at->old, new) : S2_WRITE;
	bool was_leaf = s2_is_leaf(at->old, at->level);
	struct s2_change c;

	s2->leaves[at->level] += s2_is_leaf(new, at->level) - was_leaf;
	if (plan == S2_WRITE && !was_leaf) {
		if (at->live) {
			store(s2, at->slot, new, at->level);
		} else {
			*at->slot = new;
		}
		return;
	}
	c = change_of(at, new);
	switch (plan) {
	case S2_KEEP:
		break;
	case S2_WRITE:
		/* Not live: flushed and made with the table around it. */
		*at->slot = new;
		break;
	case S2_WRITE_TLBI:
		store(s2, at->slot, new, at->level);
		c.flush = true;
		break;
	case S2_BREAK_TLBI_MAKE:
		store(s2, at->slot, 0, at->level);
		c.flush = true;
		c.slot = at->slot;
		c.make = new;
		c.nr_make = 1;
		break;
	}
	note(s2, &c);
}

void s2_clear(struct s2 *s2, const struct s2_visit *at, s2_pte_t becomes)
{
	struct s2_change c = change_of(at, 0);

	s2->leaves[at->level] -= s2_is_leaf(at->old, at->level);
	store(s2, at->slot, 0, at->level);
	c.new = becomes;
	c.flush = true;
	note(s2, &c);
}

void s2_note_kept(struct s2 *s2, gfn_t gfn, uint64_t nr, s2_pte_t pte)
{
	note(s2, &(struct s2_change){
			 .gfn = gfn,
			 .nr = nr,
			 .old = pte,
			 .new = pte,
			 .level = S2_LAST_LEVEL,
		 });
}

bool s2_flush_pending(const struct s2 *s2, uint64_t start, uint64_t end)
{
	if (!s2->must_flush) {
		return false;
	}
	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		const struct s2_change *c = &s2->change[i];
		uint64_t ipa = gfn_to_ipa(c->gfn).v;

		if (c->flush && ipa < end &&
		    start < ipa + (c->nr << PAGE_SHIFT)) {
			return true;
		}
	}
	return false;
}

/* Add the range of @c, to the last range where they touch. */
static unsigned int add_range(struct s2_range *ranges, unsigned int nr,
			      const struct s2_change *c)
{
	struct s2_range *last = nr ? &ranges[nr - 1] : NULL;
	uint64_t step = s2_level_size(c->level);
	uint64_t start = gfn_to_ipa(c->gfn).v;
	uint64_t end = start + (c->nr << PAGE_SHIFT);

	if (last && last->step == step && start >= last->ipa.v &&
	    start <= last->ipa.v + last->size) {
		last->size = max_u64(last->size, end - last->ipa.v);
		return nr;
	}
	ranges[nr] = (struct s2_range){ IPA(start), end - start, step };
	return nr + 1;
}

static bool flush(struct s2 *s2)
{
	struct s2_range ranges[S2_MAX_CHANGES];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		if (s2->change[i].flush) {
			nr = add_range(ranges, nr, &s2->change[i]);
		}
	}
	if (!nr) {
		return false;
	}
	arch_s2_flush(&s2->hw, ranges, nr);
	s2->unpublished = false;
	return true;
}

static void make(struct s2 *s2, const struct s2_change *c)
{
	for (unsigned int i = 0; i < c->nr_make; i++) {
		store(s2, &c->slot[i], c->make + i * s2_level_size(c->level),
		      c->level);
	}
}

bool s2_settle(struct s2 *s2)
{
	bool flushed = flush(s2);

	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		make(s2, &s2->change[i]);
	}
	if (s2->unpublished) {
		arch_pte_publish();
		s2->unpublished = false;
	}
	return flushed;
}

void s2_clear_log(struct s2 *s2)
{
	s2->nr_changes = 0;
	s2->must_flush = false;
	s2->must_make = false;
	s2_pool_bury(&s2->pool);
}
