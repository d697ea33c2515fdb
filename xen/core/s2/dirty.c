/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The visitor of dirty logging. It stores without s2_set(): only permissions
 * change, frames and their references do not.
 *
 * Where hardware may give the permission at the same moment, a descriptor is
 * changed by an atomic operation, or it is one that hardware is done with.
 */
#include "s2/dirty.h"

#include <arch/stage2.h>
#include <core/bits.h>

#include "lib/bitmap.h"
#include "s2/walk.h"

/* The part of the entry that lies in the range. */
static void note_pages(const struct s2_dirty *d, const struct s2_visit *at)
{
	uint64_t from = max_u64(at->ipa.v, d->start);
	uint64_t to = min_u64(at->ipa.v + s2_level_size(at->level), d->end);

	bitmap_set(d->map, d->first + ((from - d->start) >> PAGE_SHIFT),
		   (to - from) >> PAGE_SHIFT);
}

static bool sticks_out(const struct s2_dirty *d, const struct s2_visit *at)
{
	return at->ipa.v < d->start ||
	       at->ipa.v + s2_level_size(at->level) > d->end;
}

/* It was not s2_set(): what is known of the table may be wrong. */
static void forget_table(struct s2 *s2, const struct s2_visit *at)
{
	*s2_watch_of(s2, at->slot) = (struct s2_watch){ .odd = NULL };
}

static void flush_later(struct s2 *s2, const struct s2_visit *at)
{
	forget_table(s2, at);
	s2_note_flush(s2, ipa_to_gfn(at->ipa), s2_level_frames(at->level),
		      at->level);
}

/* It has the permission, so hardware is done with it: a plain store. */
static void clean(struct s2 *s2, const struct s2_visit *at)
{
	arch_pte_store(at->slot, at->old & ~S2_AP_W);
	flush_later(s2, at);
}

/* DDI 0487 asks for no invalidation where permissions are only added. */
static void allow(struct s2 *s2, const struct s2_visit *at, s2_pte_t bit)
{
	forget_table(s2, at);
	arch_pte_store(at->slot, at->old | bit);
	s2->unpublished = true;
}

static void change(struct s2 *s2, const struct s2_dirty *d,
		   const struct s2_visit *at)
{
	bool written = at->old & S2_AP_W;
	bool assisted = at->old & S2_DBM;

	if (d->op <= S2_DIRTY_CLEAN && written) {
		note_pages(d, at);
	}
	if (d->op == S2_DIRTY_CLEAN && written && !sticks_out(d, at)) {
		clean(s2, at);
	} else if (d->op == S2_DIRTY_ALLOW) {
		allow(s2, at, S2_AP_W);
	} else if (d->op == S2_DIRTY_ASSIST && !assisted &&
		   at->level == S2_LAST_LEVEL) {
		allow(s2, at, S2_DBM);
	} else if (d->op == S2_DIRTY_FREEZE && assisted) {
		arch_pte_clear_bits(at->slot, S2_DBM);
		flush_later(s2, at);
	}
}

static enum s2_step visit(struct s2 *s2, struct s2_visit *at, void *arg)
{
	const struct s2_dirty *d = arg;

	if (s2_is_table(at->old, at->level)) {
		return S2_ENTER;
	}
	if (s2_is_valid(at->old) && s2_pte_sw(at->old) == d->sw) {
		change(s2, d, at);
	}
	return S2_NEXT;
}

void s2_dirty_walk(struct s2 *s2, struct s2_dirty *d)
{
	s2_walk(s2, d->start, d->end, visit, d);
}
