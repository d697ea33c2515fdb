/* SPDX-License-Identifier: BSD-2-Clause */
/* The walker: the one function that descends tables. */
#include <arch/map.h>
#include <core/bits.h>

#include "s2/s2.h"

struct walk {
	struct s2 *s2;
	uint64_t pos; /* everything below is done */
	uint64_t end;
	s2_visitor *visit;
	void *arg;
};

/* Where a walk within one level-3 table may start, to spare the descent. */
static void set_cursor(struct s2 *s2, const struct s2_visit *parent)
{
	if (parent->level == S2_LAST_LEVEL - 1 && parent->live_below) {
		s2->cursor = parent->below;
		s2->cursor_ipa = parent->ipa.v;
	}
}

static bool in_cursor(const struct s2 *s2, uint64_t ipa, uint64_t end)
{
	uint64_t size = s2_level_size(S2_LAST_LEVEL - 1);

	/* The whole table is its parent entry's business. */
	return s2->cursor && ipa - s2->cursor_ipa < size &&
	       end - s2->cursor_ipa <= size && end - ipa < size;
}

static enum s2_step visit_entry(struct walk *w, s2_pte_t *slot,
				unsigned int level, bool live,
				struct s2_visit *at)
{
	at->slot = slot;
	at->old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	at->ipa = IPA(align_down(w->pos, s2_level_size(level)));
	at->level = level;
	at->live = live;
	at->live_below = live;
	at->leaving = false;
	at->below = s2_is_table(at->old, level) ?
			    mfn_to_ptr(s2_pte_mfn(at->old)) :
			    NULL;
	return w->visit(w->s2, at, w->arg);
}

/*
 * The entries from w->pos to w->end, or to the end of this table. Returns
 * false when the visitor stopped; w->pos is then where.
 */
static bool walk_table(struct walk *w, s2_pte_t *table, unsigned int level,
		       bool live)
{
	uint64_t size = s2_level_size(level);
	struct s2_visit at;

	do {
		unsigned int i = (w->pos >> s2_level_shift(level)) % S2_ENTRIES;
		enum s2_step step = visit_entry(w, &table[i], level, live, &at);

		if (step == S2_ENTER || step == S2_ENTER_LEAVE) {
			set_cursor(w->s2, &at);
			if (!walk_table(w, at.below, level + 1,
					at.live_below)) {
				return false;
			}
		}
		if (step == S2_ENTER_LEAVE) {
			w->pos = at.ipa.v;
			at.leaving = true;
			step = w->visit(w->s2, &at, w->arg);
		}
		if (step == S2_STOP) {
			return false;
		}
		if (step != S2_ENTER) {
			w->pos = at.ipa.v + size;
		}
	} while (w->pos < w->end && w->pos & (size * S2_ENTRIES - 1));
	return true;
}

uint64_t s2_walk(struct s2 *s2, uint64_t ipa, uint64_t end, s2_visitor *visit,
		 void *arg)
{
	unsigned int level = s2->shape.start_level;
	struct walk w = { s2, ipa, end, visit, arg };

	if (in_cursor(s2, ipa, end)) {
		walk_table(&w, s2->cursor, S2_LAST_LEVEL, true);
		return min_u64(w.pos, end);
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
