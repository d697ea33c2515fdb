/* SPDX-License-Identifier: BSD-2-Clause */
/* A table as a whole, and the visitors that change and read it. */
#include <arch/cache.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "frame/frame.h"
#include "s2/pool.h"
#include "s2/s2.h"
#include "s2/walk.h"

#define VTTBR_VMID GENMASK(63, 48)

int s2_init(struct s2 *s2, unsigned int ipa_bits, unsigned int pa_bits,
	    unsigned int vmid_bits, uint16_t vmid)
{
	struct s2_geometry shape = s2_geometry(ipa_bits);
	mfn_t root = frame_alloc(shape.root_order, FRAME_OWNER_XEN);

	if (mfn_eq(root, MFN_INVALID)) {
		return -XEN_ENOMEM;
	}
	arch_clear_frames(root, BIT(shape.root_order));
	*s2 = (struct s2){
		.hw = {
			.vttbr = mfn_to_paddr(root).v |
				 FIELD_PREP(VTTBR_VMID, vmid),
			.vtcr = s2_vtcr(ipa_bits, pa_bits, vmid_bits),
		},
		.root = mfn_to_ptr(root),
		.shape = shape,
		.ipa_bits = ipa_bits,
		.unpublished = true,
	};
	s2_reset_cursor(s2);
	return 0;
}

void s2_fini(struct s2 *s2)
{
	int rc = s2_pool_resize(s2, 0);

	BUG_ON(rc < 0);
	for (uint64_t i = 0; i < BIT(s2->shape.root_order); i++) {
		frame_put(mfn_add(ptr_to_mfn(s2->root), i));
	}
}

/* ------------------------------------------------ what an entry shall be */

/* The descriptor of the page at @ipa, 0 to unmap. @ipa may lie below the
 * target: the start of a block that reaches into it. */
static s2_pte_t wanted(const struct s2_target *t, uint64_t ipa)
{
	return t->leaf ? t->leaf + (ipa - t->start) : 0;
}

static s2_pte_t at_level(s2_pte_t page, unsigned int level)
{
	return level == S2_LAST_LEVEL ? page : page & ~S2_TABLE;
}

/* Whether one entry of @level at @ipa can be all that is wanted. */
static inline bool fits(const struct s2_target *t, uint64_t ipa,
			unsigned int level)
{
	uint64_t size = s2_level_size(level);

	if (level == S2_LAST_LEVEL) {
		return true;
	}
	if (ipa < t->start || t->end - ipa < size) {
		return false;
	}
	return !t->leaf || s2_fits_block(wanted(t, ipa), level);
}

static bool is_wanted(const struct s2_target *t, const struct s2_visit *at)
{
	return s2_is_leaf(at->old, at->level) &&
	       (at->old | S2_TABLE) == wanted(t, at->ipa.v);
}

/* ---------------------------------------------------------------- counting */

/* Tables under an entry without a table, of which a part is to change. */
static uint64_t tables_below(const struct s2_target *t, uint64_t ipa,
			     unsigned int level)
{
	uint64_t size = s2_level_size(level);
	uint64_t end = min_u64(ipa + size, t->end);
	uint64_t below = s2_level_size(level + 1);
	uint64_t nr = 1;

	if (fits(t, ipa, level)) {
		return 0;
	}
	ipa = max_u64(ipa, align_down(t->start, below));
	for (; ipa < end; ipa += below) {
		nr += tables_below(t, ipa, level + 1);
	}
	return nr;
}

static enum s2_step count_visit(struct s2 *s2 __unused_arg, struct s2_visit *at,
				void *arg)
{
	struct s2_target *t = arg;

	if (s2_is_table(at->old, at->level)) {
		return fits(t, at->ipa.v, at->level) ? S2_NEXT : S2_ENTER;
	}
	if (!is_wanted(t, at) && (s2_is_valid(at->old) || t->leaf)) {
		t->tables += tables_below(t, at->ipa.v, at->level);
	}
	return S2_NEXT;
}

uint64_t s2_count_tables(struct s2 *s2, struct s2_target *t)
{
	t->tables = 0;
	s2_walk(s2, t->start, t->end, count_visit, t);
	return t->tables;
}

/* ---------------------------------------------------------------- changing */

/* The same translations as block @old, one level further down. */
static void fill_from_block(s2_pte_t *table, s2_pte_t old, unsigned int level)
{
	uint64_t step = s2_level_size(level + 1);
	s2_pte_t pte = at_level(old | S2_TABLE, level + 1);

	/* Eight a turn: this is most of what splitting a block costs. */
	for (s2_pte_t *p = table; p < table + S2_ENTRIES; p += 8) {
		p[0] = pte;
		p[1] = pte + step;
		p[2] = pte + 2 * step;
		p[3] = pte + 3 * step;
		p[4] = pte + 4 * step;
		p[5] = pte + 5 * step;
		p[6] = pte + 6 * step;
		p[7] = pte + 7 * step;
		pte += 8 * step;
	}
}

/* An entry of a table that is made for a part of the target: the first that
 * changes, or if that is the first of all, one that does not. The others are
 * what they were until s2_touch() hears of them. */
static struct s2_watch new_watch(const struct s2_target *t,
				 const struct s2_visit *at, s2_pte_t *table)
{
	unsigned int odd = t->start > at->ipa.v
				   ? (t->start - at->ipa.v) >>
					     s2_level_shift(at->level + 1)
				   : S2_ENTRIES - 1;

	return (struct s2_watch){ &table[odd], true };
}

/* Put a table where a block or nothing is, to change a part of it. */
static enum s2_step divide(struct s2 *s2, const struct s2_target *t,
			   struct s2_visit *at)
{
	s2_pte_t *table = s2_pool_take(&s2->pool);

	if (s2_is_valid(at->old)) {
		fill_from_block(table, at->old, at->level);
		s2->leaves[at->level + 1] += S2_ENTRIES;
	} else {
		arch_clear_frames(ptr_to_mfn(table), 1);
	}
	*s2_watch_of(s2, table) = new_watch(t, at, table);
	s2_set_odd(s2, at->slot);
	/* A block is broken first: hardware finds the table after the flush. */
	at->live_below = at->live && !s2_is_valid(at->old);
	at->below = table;
	s2_set(s2, at, s2_table(ptr_to_mfn(table)));
	return S2_ENTER;
}

/* Change entries of a table that stays. There is room for the note. */
static void set(struct s2 *s2, const struct s2_visit *at, s2_pte_t new)
{
	bool noted = s2_touch(s2, at, new);

	BUG_ON(!noted);
	s2_set(s2, at, new);
}

/* Everything below a table is gone: nothing or a block replaces it. */
static enum s2_step replace_table(struct s2 *s2, struct s2_target *t,
				  struct s2_visit *at, s2_pte_t want)
{
	if (--t->clearing) {
		s2_set(s2, at, 0);
	} else {
		set(s2, at, at_level(want, at->level));
	}
	s2_pool_kill(&s2->pool, at->below);
	s2_reset_cursor(s2);
	return S2_NEXT;
}

/* Take as many entries as are alike and lie in the target as a whole. */
static inline void take_run(const struct s2_target *t, struct s2_visit *at)
{
	uint64_t whole;

	if (at->max == 1) {
		return;
	}
	whole = (t->end - at->ipa.v) >> s2_level_shift(at->level);
	if (whole > 1) {
		at->max = min_u64(at->max, whole);
		at->nr = s2_run_length(at);
	}
}

static enum s2_step keep(struct s2 *s2, const struct s2_target *t,
			 const struct s2_visit *at)
{
	uint64_t start = max_u64(at->ipa.v, t->start);
	uint64_t end =
		min_u64(at->ipa.v + at->nr * s2_level_size(at->level), t->end);

	s2_note_kept(s2, ipa_to_gfn(IPA(start)), (end - start) >> PAGE_SHIFT,
		     wanted(t, start));
	return S2_NEXT;
}

static enum s2_step enter_table(struct s2_target *t, const struct s2_visit *at)
{
	if (!fits(t, at->ipa.v, at->level)) {
		return S2_ENTER;
	}
	t->clearing++;
	return S2_ENTER_LEAVE;
}

/* The entry maps something, or leads to a table. */
static enum s2_step apply_valid(struct s2 *s2, struct s2_target *t,
				struct s2_visit *at, s2_pte_t want)
{
	if (s2_log_full(s2)) {
		return S2_STOP;
	}
	if (s2_is_table(at->old, at->level)) {
		return at->leaving ? replace_table(s2, t, at, want)
				   : enter_table(t, at);
	}
	if (is_wanted(t, at) && !t->clearing) {
		take_run(t, at);
		return keep(s2, t, at);
	}
	if (!fits(t, at->ipa.v, at->level)) {
		return divide(s2, t, at);
	}
	take_run(t, at);
	if (t->clearing) {
		s2_clear(s2, at, want);
	} else {
		set(s2, at, at_level(want, at->level));
	}
	return S2_NEXT;
}

static enum s2_step apply_visit(struct s2 *s2, struct s2_visit *at, void *arg)
{
	struct s2_target *t = arg;
	s2_pte_t want = wanted(t, at->ipa.v);

	if (s2->nr_touched == S2_MAX_TOUCHED) {
		return S2_STOP;
	}
	if (s2_is_valid(at->old)) {
		return apply_valid(s2, t, at, want);
	}
	if (!want || t->clearing) {
		take_run(t, at);
		return S2_NEXT;
	}
	if (!fits(t, at->ipa.v, at->level)) {
		return divide(s2, t, at);
	}
	take_run(t, at);
	set(s2, at, at_level(want, at->level));
	return S2_NEXT;
}

uint64_t s2_apply(struct s2 *s2, struct s2_target *t, uint64_t from)
{
	t->clearing = 0;
	if (from != t->start) {
		/* What is left may be part of a table that goes as a whole. */
		s2_reset_cursor(s2);
	}
	return s2_walk(s2, from, t->end, apply_visit, t);
}

/* Where the table may become uniform; apart, for the registers it needs. */
static __noinline_fn bool set_and_touch(struct s2 *s2, s2_pte_t *slot,
					uint64_t ipa, s2_pte_t old,
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

	if (!s2_touch(s2, &at, new)) {
		return false;
	}
	s2_set(s2, &at, new);
	return true;
}

bool s2_apply_page(struct s2 *s2, uint64_t ipa, s2_pte_t leaf)
{
	s2_pte_t *slot = s2_cursor_page(s2, ipa);
	unsigned int level = S2_LAST_LEVEL;
	s2_pte_t old;

	if (unlikely(!slot)) {
		slot = s2_descend(s2, ipa, &level);
	}
	if (level != S2_LAST_LEVEL || s2_log_full(s2)) {
		return false;
	}
	old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	if (old != leaf) {
		if (unlikely(s2_decides(s2, slot, leaf))) {
			return set_and_touch(s2, slot, ipa, old, leaf);
		}
		s2_set_page(s2, slot, ipa, old, leaf);
	} else if (leaf) {
		s2_note_kept(s2, ipa_to_gfn(IPA(ipa)), 1, leaf);
	}
	return true;
}

/* ----------------------------------------------------------------- reading */

static s2_pte_t find(struct s2 *s2, uint64_t ipa, unsigned int *level)
{
	const s2_pte_t *slot = s2_descend(s2, ipa, level);

	return s2_page_of(__atomic_load_n(slot, __ATOMIC_RELAXED),
			  ipa & (s2_level_size(*level) - 1) & PAGE_MASK);
}

s2_pte_t s2_lookup(struct s2 *s2, uint64_t ipa, unsigned int *level)
{
	const s2_pte_t *slot = s2_cursor_page(s2, ipa);
	s2_pte_t pte;

	if (likely(slot)) {
		*level = S2_LAST_LEVEL;
		return s2_page_of(__atomic_load_n(slot, __ATOMIC_RELAXED), 0);
	}
	slot = s2_cursor_2m(s2, ipa);
	pte = slot ? __atomic_load_n(slot, __ATOMIC_RELAXED) : 0;
	if (s2_is_leaf(pte, 2)) {
		*level = 2;
		return s2_page_of(pte,
				  ipa & (s2_level_size(2) - 1) & PAGE_MASK);
	}
	return find(s2, ipa, level);
}

struct run {
	uint64_t start;
	uint64_t end;
	s2_pte_t first;
	uint8_t level;
	bool begun;
};

static enum s2_step run_visit(struct s2 *s2 __unused_arg, struct s2_visit *at,
			      void *arg)
{
	struct run *run = arg;
	uint64_t from = max_u64(at->ipa.v, run->start);
	s2_pte_t page = s2_page_of(at->old, from - at->ipa.v);

	if (s2_is_table(at->old, at->level)) {
		return S2_ENTER;
	}
	at->max = min_u64(
		at->max,
		((run->end - at->ipa.v - 1) >> s2_level_shift(at->level)) + 1);
	at->nr = s2_run_length(at);
	if (!run->begun) {
		run->first = page;
		run->level = at->level;
		run->begun = true;
	} else if (page !=
		   (run->first ? run->first + (from - run->start) : 0)) {
		return S2_STOP;
	}
	return S2_NEXT;
}

uint64_t s2_run(struct s2 *s2, uint64_t ipa, uint64_t end, s2_pte_t *first,
		unsigned int *level)
{
	struct run run = { .start = ipa, .end = end };
	uint64_t stop;

	if (end - ipa == PAGE_SIZE) {
		*first = s2_lookup(s2, ipa, level);
		return PAGE_SIZE;
	}
	stop = s2_walk(s2, ipa, end, run_visit, &run);
	*first = run.first;
	*level = run.level;
	return stop - ipa;
}
