/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A commit walks the difference several times: it counts the table pages that
 * the p2m may need and takes the references that it will hold; then it
 * unmaps, then it maps. Nobody else takes table pages while the p2m is
 * locked, so what was counted is there.
 */
#include "memmap/commit.h"

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "frame/frame.h"
#include "memmap/view.h"

#define LEVELS 3 /* of tables below the root: for 512 GiB, 1 GiB, 2 MiB */

/* Bytes that a table of this kind covers, and that one entry of it covers. */
static const struct {
	unsigned int table_shift;
	unsigned int entry_shift;
} level[LEVELS] = { { 39, 30 }, { 30, 21 }, { 21, 12 } };

/* Tables counted so far; changes come by ascending address. */
struct tally {
	uint64_t count;
	uint64_t below[LEVELS]; /* tables with a lower index are counted */
};

/* Count the tables of one level with an index in [first, end). */
static void count_tables(struct tally *t, unsigned int lvl, uint64_t first,
			 uint64_t end)
{
	first = max_u64(first, t->below[lvl]);
	if (first < end) {
		t->count += end - first;
		t->below[lvl] = end;
	}
}

/* Whether blocks as large as a table of this level may map the change. */
static bool takes_blocks(const struct view_change *c, unsigned int lvl)
{
	uint64_t mask = BIT(level[lvl].table_shift) - 1;

	return lvl > 0 && (!c->map || !((c->ipa.v ^ c->pa.v) & mask));
}

/* A table is needed for each range that the change covers in part, and for
 * each one that no block can map. */
static void count_change(struct tally *t, unsigned int lvl,
			 const struct view_change *c)
{
	unsigned int shift = level[lvl].table_shift;
	uint64_t end = c->ipa.v + c->size;
	uint64_t first = c->ipa.v >> shift;
	uint64_t last = (end - 1) >> shift;

	if (!takes_blocks(c, lvl)) {
		count_tables(t, lvl, first, last + 1);
		return;
	}
	if (!is_aligned(c->ipa.v, BIT(shift))) {
		count_tables(t, lvl, first, first + 1);
	}
	if (!is_aligned(end, BIT(shift))) {
		count_tables(t, lvl, last, last + 1);
	}
}

uint64_t commit_tables(const struct flat_view *old, const struct flat_view *new)
{
	struct tally t = { 0 };
	struct view_change c;
	struct view_diff d;

	view_diff_begin(&d, old, new);
	while (view_diff_next(&d, &c)) {
		for (unsigned int lvl = 0; lvl < LEVELS; lvl++) {
			count_change(&t, lvl, &c);
		}
	}
	return t.count;
}

static void put_frames(mfn_t mfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		frame_put(mfn_add(mfn, i));
	}
}

/* References on all frames of a run, or on none. */
static int get_frames(struct p2m_locked l, mfn_t mfn, uint64_t nr)
{
	uint16_t owner = p2m_owner(l.p2m);

	for (uint64_t i = 0; i < nr; i++) {
		int rc = frame_get(mfn_add(mfn, i), owner);

		if (rc) {
			put_frames(mfn, i);
			return rc;
		}
	}
	return 0;
}

static bool is_counted(struct p2m_locked l, const struct view_change *c)
{
	return c->map && p2m_counts(l.p2m, c->type);
}

/* Give back what get_references() took for changes below @end. */
static void put_references(struct p2m_locked l, const struct flat_view *old,
			   const struct flat_view *new, ipa_t end)
{
	struct view_change c;
	struct view_diff d;

	view_diff_begin(&d, old, new);
	while (view_diff_next(&d, &c) && c.ipa.v < end.v) {
		if (is_counted(l, &c)) {
			put_frames(paddr_to_mfn(c.pa), c.size >> PAGE_SHIFT);
		}
	}
}

/* The region keeps its owner's reference; each mapping has one more. */
static int get_references(struct p2m_locked l, const struct flat_view *old,
			  const struct flat_view *new)
{
	struct view_change c;
	struct view_diff d;

	view_diff_begin(&d, old, new);
	while (view_diff_next(&d, &c)) {
		int rc = 0;

		if (is_counted(l, &c)) {
			rc = get_frames(l, paddr_to_mfn(c.pa),
					c.size >> PAGE_SHIFT);
		}
		if (rc) {
			put_references(l, old, new, c.ipa);
			return rc;
		}
	}
	return 0;
}

int commit_prepare(struct p2m_locked l, const struct flat_view *old,
		   const struct flat_view *new)
{
	if (commit_tables(old, new) > p2m_stats(l).pool_free) {
		return -XEN_ENOMEM;
	}
	return get_references(l, old, new);
}

static void change_one(struct p2m_locked l, const struct view_change *c)
{
	gfn_t gfn = ipa_to_gfn(c->ipa);
	uint64_t nr = c->size >> PAGE_SHIFT;
	int rc;

	if (c->map) {
		rc = p2m_map(l, gfn, paddr_to_mfn(c->pa), nr,
			     (struct p2m_as){ c->type, c->attr });
	} else {
		rc = p2m_unmap(l, gfn, nr);
	}
	/* Checked by memmap_add() and commit_prepare(). */
	BUG_ON(rc);
}

/* What goes away goes first: a region that moves is never at two places. */
void commit_apply(struct p2m_locked l, const struct flat_view *old,
		  const struct flat_view *new)
{
	struct view_change c;
	struct view_diff d;

	view_diff_begin(&d, old, new);
	while (view_diff_next(&d, &c)) {
		if (!c.map) {
			change_one(l, &c);
		}
	}
	view_diff_begin(&d, old, new);
	while (view_diff_next(&d, &c)) {
		if (c.map) {
			change_one(l, &c);
		}
	}
}
