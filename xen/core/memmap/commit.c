/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepare: the plan, the table pages that the p2m may need for it, and the
 * references that it will hold. Apply: unmap, then map. Nobody else takes
 * table pages while the p2m is locked, so what was counted is there.
 */
#include "memmap/commit.h"

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "frame/frame.h"
#include "p2m/log.h"

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
static bool takes_blocks(const struct map_op *c, unsigned int lvl)
{
	uint64_t mask = BIT(level[lvl].table_shift) - 1;

	return lvl > 0 && (!c->map || !((c->ipa.v ^ c->pa.v) & mask));
}

/* A table is needed for each range that the change covers in part, and for
 * each one that no block can map. */
static void count_change(struct tally *t, unsigned int lvl,
			 const struct map_op *c)
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

uint64_t plan_tables(const struct map_op *op, unsigned int nr)
{
	struct tally t = { 0 };

	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int lvl = 0; lvl < LEVELS; lvl++) {
			count_change(&t, lvl, &op[i]);
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

static bool is_counted(const struct plan *plan, const struct map_op *op)
{
	return op->map && p2m_counts(plan->l.p2m, op->type);
}

/* Give back what get_references() took for the first @nr operations. */
static void put_references(struct plan *plan, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (is_counted(plan, &plan->op[i])) {
			put_frames(paddr_to_mfn(plan->op[i].pa),
				   plan->op[i].size >> PAGE_SHIFT);
		}
	}
}

/* The region keeps its owner's reference; each mapping has one more. */
static int get_references(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->nr; i++) {
		const struct map_op *op = &plan->op[i];
		int rc = 0;

		if (is_counted(plan, op)) {
			rc = get_frames(plan->l, paddr_to_mfn(op->pa),
					op->size >> PAGE_SHIFT);
		}
		if (rc) {
			put_references(plan, i);
			return rc;
		}
	}
	return 0;
}

int commit_prepare(void *opaque, const struct memmap_change *c)
{
	struct commit *commit = opaque;
	struct plan *plan = &commit->plan;
	int rc;

	*plan = (struct plan){
		.l = { commit->p2m },
		.kept = { .all = &commit->kept,
			  .owner = p2m_owner(commit->p2m),
			  .counted = p2m_counts(commit->p2m, P2M_RAM_RW) },
	};
	rc = plan_make(plan, c);
	if (!rc &&
	    plan_tables(plan->op, plan->nr) > p2m_stats(plan->l).pool_free) {
		rc = -XEN_ENOMEM;
	}
	if (!rc) {
		rc = get_references(plan);
	}
	if (rc) {
		kept_cancel(&plan->kept);
		plan_free(plan);
	}
	return rc;
}

void commit_cancel(void *opaque)
{
	struct commit *commit = opaque;

	put_references(&commit->plan, commit->plan.nr);
	kept_cancel(&commit->plan.kept);
	plan_free(&commit->plan);
}

static void do_one(struct p2m_locked l, const struct map_op *op)
{
	gfn_t gfn = ipa_to_gfn(op->ipa);
	uint64_t nr = op->size >> PAGE_SHIFT;
	struct p2m_as as = { op->type, op->attr };
	mfn_t mfn = paddr_to_mfn(op->pa);
	int rc;

	if (!op->map) {
		rc = p2m_unmap(l, gfn, nr);
	} else if (op->clean) {
		rc = p2m_map_clean(l, gfn, mfn, nr, as);
	} else {
		rc = p2m_map(l, gfn, mfn, nr, as);
	}
	/* Checked by memmap_add() and commit_prepare(). */
	BUG_ON(rc);
}

static void do_all(const struct plan *plan, bool map)
{
	for (unsigned int i = 0; i < plan->nr; i++) {
		if (plan->op[i].map == map) {
			do_one(plan->l, &plan->op[i]);
		}
	}
}

/* What goes away goes first: a region that moves is never at two places. */
void commit_apply(void *opaque)
{
	struct commit *commit = opaque;

	do_all(&commit->plan, false);
	do_all(&commit->plan, true);
	kept_apply(&commit->plan.kept);
	plan_free(&commit->plan);
}
