/* SPDX-License-Identifier: BSD-2-Clause */
/* The walker: the one place where tables are descended. */
#include <arch/map.h>
#include <core/bits.h>

#include "s2/s2.h"
#include "s2/walk.h"

struct walk {
	struct s2 *s2;
	uint64_t pos; /* everything below is done */
	uint64_t end;
	s2_visitor *visit;
	void *arg;
};

void s2_reset_cursor(struct s2 *s2)
{
	for (unsigned int level = 0; level <= S2_LAST_LEVEL; level++) {
		s2_drop_cursor(s2, level);
	}
}

static void set_cursor(struct s2 *s2, const struct s2_visit *parent)
{
	if (parent->live_below) {
		s2->cursor[parent->level + 1].table = parent->below;
		s2->cursor[parent->level + 1].ipa = parent->ipa.v;
	}
}

static bool walk_table(struct walk *w, s2_pte_t *table, unsigned int level,
		       bool live);

/* Do what the visitor answered when that was not S2_NEXT. Returns false when
 * the walk stops; w->pos is then where. */
static bool follow(struct walk *w, struct s2_visit *at, enum s2_step step)
{
	if (step == S2_STOP) {
		return false;
	}
	set_cursor(w->s2, at);
	if (!walk_table(w, at->below, at->level + 1, at->live_below)) {
		return false;
	}
	if (step == S2_ENTER_LEAVE) {
		w->pos = at->ipa.v;
		at->leaving = true;
		step = w->visit(w->s2, at, w->arg);
		at->leaving = false;
	}
	return step != S2_STOP;
}

/* The entries from w->pos to w->end, or to the end of this table. */
static bool walk_table(struct walk *w, s2_pte_t *table, unsigned int level,
		       bool live)
{
	const uint64_t size = s2_level_size(level);
	struct s2_visit at = { .level = level, .live = live };
	s2_pte_t *slot = &table[(w->pos >> s2_level_shift(level)) % S2_ENTRIES];

	do {
		enum s2_step step;

		at.slot = slot;
		at.nr = 1;
		at.max = table + S2_ENTRIES - slot;
		at.old = __atomic_load_n(slot, __ATOMIC_RELAXED);
		at.ipa = IPA(align_down(w->pos, size));
		if (s2_is_table(at.old, level)) {
			at.below = mfn_to_ptr(s2_pte_mfn(at.old));
			at.live_below = live;
		}
		step = w->visit(w->s2, &at, w->arg);
		if (step != S2_NEXT && !follow(w, &at, step)) {
			return false;
		}
		w->pos = at.ipa.v + at.nr * size;
		slot += at.nr;
	} while (w->pos < w->end && slot < table + S2_ENTRIES);
	return true;
}

uint64_t s2_walk(struct s2 *s2, uint64_t ipa, uint64_t end, s2_visitor *visit,
		 void *arg)
{
	unsigned int level = s2->shape.start_level;
	struct walk w = { s2, ipa, end, visit, arg };

	for (unsigned int l = S2_LAST_LEVEL; l > level; l--) {
		s2_pte_t *table = s2_cursor(s2, l, ipa, end);

		if (table) {
			walk_table(&w, table, l, true);
			return min_u64(w.pos, end);
		}
	}
	/* Each of the concatenated root tables is a table. */
	while (w.pos < end) {
		uint64_t i = w.pos >> s2_level_shift(level);

		if (!walk_table(&w, s2->root + align_down(i, S2_ENTRIES), level,
				true)) {
			break;
		}
	}
	return min_u64(w.pos, end);
}

/* The walk to one address, which shows its entries to nobody on the way. */
s2_pte_t *s2_descend(struct s2 *s2, uint64_t ipa, unsigned int *level)
{
	s2_pte_t *near = s2_cursor_2m(s2, ipa);
	unsigned int at = near ? 2 : s2->shape.start_level;
	unsigned int shift = s2_level_shift(at);
	s2_pte_t *slot = near ? near : &s2->root[ipa >> shift];
	s2_pte_t pte = __atomic_load_n(slot, __ATOMIC_RELAXED);

	s2->way[at] = slot;
	while (s2_is_table(pte, at)) {
		s2_pte_t *table = mfn_to_ptr(s2_pte_mfn(pte));

		s2->cursor[at + 1].table = table;
		s2->cursor[at + 1].ipa = align_down(ipa, BIT(shift));
		at++;
		shift -= s2_level_shift(S2_LAST_LEVEL - 1) - PAGE_SHIFT;
		slot = &table[(ipa >> shift) % S2_ENTRIES];
		s2->way[at] = slot;
		pte = __atomic_load_n(slot, __ATOMIC_RELAXED);
	}
	*level = at;
	return slot;
}

unsigned int s2_run_length(const struct s2_visit *at)
{
	uint64_t step = s2_is_valid(at->old) ? s2_level_size(at->level) : 0;
	s2_pte_t next = at->old + step;
	unsigned int nr = 1;

	while (nr < at->max && at->slot[nr] == next) {
		next += step;
		nr++;
	}
	return nr;
}
