/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that grow back: a table that says what one entry above it could say,
 * because it is one block in pieces or maps nothing, is replaced by that
 * entry. So the tables are those of a map made afresh, whatever was split in
 * between. Which tables to look at is noted when they change; they are looked
 * at when the table is settled, so that all share one flush.
 */
#include <core/bits.h>
#include <core/bug.h>

#include "s2/pool.h"
#include "s2/s2.h"
#include "s2/walk.h"

/* --------------------------------------------------------------- noting */

static s2_pte_t *table_of(const s2_pte_t *slot)
{
	return (s2_pte_t *)align_down((uintptr_t)slot, PAGE_SIZE);
}

static s2_pte_t nth(s2_pte_t first, unsigned int n, unsigned int level)
{
	return first ? first + n * s2_level_size(level) : 0;
}

/* Whether a uniform table of @level may begin so. */
static bool may_begin(s2_pte_t first, unsigned int level)
{
	return !first ||
	       (s2_is_leaf(first, level) && s2_fits_block(first, level - 1));
}

/* Whether entry @i is odd when those at @at have become @new. */
static bool is_odd(const s2_pte_t *table, const struct s2_visit *at,
		   s2_pte_t new, unsigned int i)
{
	unsigned int begin = at->slot - table;
	s2_pte_t first = begin ? table[0] : new;
	s2_pte_t pte = table[i];

	if (i - begin < at->nr) {
		pte = nth(new, i - begin, at->level);
	}
	return pte != nth(first, i, at->level) || !may_begin(first, at->level);
}

void s2_set_odd(struct s2 *s2, s2_pte_t *slot)
{
	struct s2_watch *w = s2_watch_of(s2, slot);

	w->alone &= w->odd == slot;
	w->odd = slot;
}

/* Look for an odd entry where it costs nothing to look. */
static bool stays_odd(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	const s2_pte_t *table = table_of(at->slot);
	struct s2_watch *w = s2_watch_of(s2, table);
	unsigned int next = (at->slot - table + at->nr) % S2_ENTRIES;

	w->alone &= at->slot == w->odd && at->nr == 1;
	if (at->live && s2->pending & S2_MAKE) {
		/* What it says now it may not say for long. */
		return false;
	}
	if (table_of(w->odd) == table &&
	    is_odd(table, at, new, w->odd - table)) {
		return true;
	}
	if (w->alone) {
		return false;
	}
	w->odd = at->slot;
	if (is_odd(table, at, new, at->slot - table)) {
		return true;
	}
	w->odd = (s2_pte_t *)&table[next];
	return is_odd(table, at, new, next);
}

bool s2_touch(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	unsigned int nr = s2->nr_touched;

	if (at->level == s2->shape.start_level || stays_odd(s2, at, new)) {
		return true;
	}
	if (nr == S2_MAX_TOUCHED) {
		return false;
	}
	/* It will be looked at: whatever changes in it until then. */
	s2_set_odd(s2, at->slot);
	s2->touched[nr] = at->ipa.v;
	s2->nr_touched = nr + 1;
	return true;
}

/* --------------------------------------------------------------- judging */

/* Whether some entry of the table is 0 for the moment only. */
static bool waits(const struct s2 *s2, const s2_pte_t *table)
{
	if (likely(!(s2->pending & S2_MAKE))) {
		return false;
	}
	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		const struct s2_change *c = &s2->change[i];
		uint64_t nr = c->flags & S2_SHAPE
				      ? 1
				      : c->nr / s2_level_frames(c->level);

		if ((c->flags & S2_MAKE) && c->slot < table + S2_ENTRIES &&
		    table < c->slot + nr) {
			return true;
		}
	}
	return false;
}

/* Entries compared without counting: this is most of what a look costs. */
#define CHUNK 8

static inline bool is_run(const s2_pte_t *p, s2_pte_t want, uint64_t step)
{
	return ((p[0] == want) & (p[1] == want + step)) &&
	       ((p[2] == want + 2 * step) & (p[3] == want + 3 * step)) &&
	       ((p[4] == want + 4 * step) & (p[5] == want + 5 * step)) &&
	       ((p[6] == want + 6 * step) & (p[7] == want + 7 * step));
}

/* The entry of a chunk, other than @but, that breaks the run; or NULL. */
static __noinline_fn const s2_pte_t *find_in_chunk(const s2_pte_t *p,
						   const s2_pte_t *but,
						   s2_pte_t want, uint64_t step)
{
	for (unsigned int i = 0; i < CHUNK; i++, p++, want += step) {
		if (*p != want && p != but) {
			return p;
		}
	}
	return NULL;
}

/* The same of entries from @p to @end. */
static const s2_pte_t *find_in(const s2_pte_t *p, const s2_pte_t *end,
			       const s2_pte_t *but, s2_pte_t want,
			       uint64_t step)
{
	for (; p < end; p += CHUNK, want += CHUNK * step) {
		if (unlikely(!is_run(p, want, step))) {
			const s2_pte_t *odd = find_in_chunk(p, but, want, step);

			if (odd) {
				return odd;
			}
		}
	}
	return NULL;
}

/* The same of the whole table, which starts with @first, from the chunk of
 * @from on. */
static const s2_pte_t *find_break(const s2_pte_t *from, const s2_pte_t *but,
				  s2_pte_t first, uint64_t step)
{
	const s2_pte_t *table = table_of(from);
	unsigned int begin = align_down(from - table, CHUNK);
	const s2_pte_t *odd = find_in(table + begin, table + S2_ENTRIES, but,
				      first + begin * step, step);

	return odd ? odd : find_in(table, table + begin, but, first, step);
}

/*
 * Whether the table of @slot, an entry that counts as @is, is uniform. If
 * not, an odd entry is remembered; the search begins at the last one. When
 * that one was the only one, there is nothing to search.
 */
static bool is_uniform(struct s2 *s2, s2_pte_t *slot, unsigned int level,
		       s2_pte_t is)
{
	s2_pte_t *table = table_of(slot);
	struct s2_watch *w = s2_watch_of(s2, slot);
	const s2_pte_t *from = table_of(w->odd) == table ? w->odd : slot;
	s2_pte_t first = slot == table ? is : *table;
	uint64_t step = first ? s2_level_size(level) : 0;
	const s2_pte_t *odd = slot;

	if (!may_begin(first, level)) {
		odd = table;
	} else if (is == nth(first, slot - table, level)) {
		odd = NULL;
		if (!w->alone || w->odd != slot || slot == table) {
			odd = find_break(from, slot, first, step);
		}
		ASSERT(odd || !find_break(from, slot, first, step));
	}
	w->alone &= w->odd == odd;
	w->odd = (s2_pte_t *)odd;
	return !odd;
}

/* -------------------------------------------------------------- replacing */

/* @pte instead of the table below the entry of @level on the last way down,
 * and of all tables below that. */
static void replace(struct s2 *s2, uint64_t ipa, unsigned int level,
		    unsigned int bottom, s2_pte_t pte)
{
	const struct s2_visit at = {
		.slot = s2->way[level],
		.old = *s2->way[level],
		.ipa = IPA(align_down(ipa, s2_level_size(level))),
		.nr = 1,
		.max = 1,
		.level = level,
		.live = true,
	};

	s2_set(s2, &at, pte);
	while (level++ < bottom) {
		if (pte) {
			/* One entry of each but the last was a table. */
			s2->leaves[level] -= S2_ENTRIES - (level < bottom);
		}
		s2_pool_kill(&s2->pool, table_of(s2->way[level]));
		s2_drop_cursor(s2, level);
	}
}

/* What the entry above a uniform table could be, if @pte is its entry @slot. */
static s2_pte_t above(const s2_pte_t *slot, s2_pte_t pte, unsigned int level)
{
	uint64_t offset = (slot - table_of(slot)) << s2_level_shift(level);

	return pte ? (pte - offset) & ~S2_TABLE : 0;
}

/* The table that @ipa ends in is uniform: so may be those above it. Returns
 * false when one of them is to be looked at after the flush. */
static bool climb(struct s2 *s2, uint64_t ipa)
{
	unsigned int level, bottom;
	s2_pte_t is;
	bool wait;

	/* All the way, not from a table that is near. */
	s2_drop_cursor(s2, 2);
	is = *s2_descend(s2, ipa, &bottom);
	level = bottom;
	do {
		is = above(s2->way[level], is, level);
		level--;
		wait = waits(s2, table_of(s2->way[level]));
	} while (level > s2->shape.start_level && !wait &&
		 is_uniform(s2, s2->way[level], level, is));
	replace(s2, ipa, level, bottom, is);
	return !wait;
}

/* Returns false when it is to be looked at again after the flush. */
static bool look_at(struct s2 *s2, uint64_t ipa)
{
	unsigned int level = S2_LAST_LEVEL;
	s2_pte_t *slot = s2_cursor_page(s2, ipa);

	if (!slot) {
		slot = s2_descend(s2, ipa, &level);
	}
	if (waits(s2, table_of(slot))) {
		return false;
	}
	if (level == s2->shape.start_level ||
	    !is_uniform(s2, slot, level, *slot)) {
		return true;
	}
	return !s2_log_full(s2) && climb(s2, ipa);
}

__noinline_fn void s2_coalesce(struct s2 *s2)
{
	unsigned int nr = s2->nr_touched;

	s2->nr_touched = 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (!look_at(s2, s2->touched[i])) {
			s2->touched[s2->nr_touched++] = s2->touched[i];
		}
	}
}
