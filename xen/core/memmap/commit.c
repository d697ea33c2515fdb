/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepare: the plan, the table pages that the p2m may need for it, and the
 * references that it will hold. Apply: unmap, then map. Table pages that were
 * counted are kept from others, so they are there.
 */
#include "memmap/commit.h"

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "p2m/log.h"

/* Parts of an operation, see part_size(). */
#define PART_MAX    (UINT64_C(1) << 30)
#define PART_PAGES  (UINT64_C(1) << 24)
#define PART_BLOCKS (UINT64_C(1) << 21)

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

/* ------------------------------------------------------------- references */

static bool is_counted(const struct commit *commit, const struct map_op *op)
{
	return op->map && p2m_counts(commit->p2m, op->type);
}

static void next_op(struct op_place *at)
{
	at->op++;
	at->done = 0;
}

/* The region keeps its owner's reference; each mapping has one more. */
static int get_references(struct commit *commit, struct budget *b)
{
	const struct plan *plan = &commit->plan;
	struct op_place *at = &commit->at;

	while (at->op < plan->nr) {
		const struct map_op *op = &plan->op[at->op];
		uint64_t nr;
		int rc;

		if (at->done == op->size || !is_counted(commit, op)) {
			next_op(at);
			continue;
		}
		if (budget_is_spent(b)) {
			return -XEN_ERESTART;
		}
		nr = min_u64((op->size - at->done) >> PAGE_SHIFT,
			     budget_frames(b));
		rc = frames_get(p2m_owner(commit->p2m),
				paddr_to_mfn(PADDR(op->pa.v + at->done)), nr);
		if (rc) {
			return rc;
		}
		at->done += nr << PAGE_SHIFT;
		budget_spend_frames(b, nr);
	}
	return 0;
}

/* Give back what get_references() took, from its place down. */
static bool put_references(struct commit *commit, struct budget *b)
{
	const struct plan *plan = &commit->plan;
	struct op_place *at = &commit->at;

	while (at->op || at->done) {
		const struct map_op *op;
		uint64_t nr;

		if (!at->done) {
			op = &plan->op[--at->op];
			at->done = is_counted(commit, op) ? op->size : 0;
			continue;
		}
		if (budget_is_spent(b)) {
			return false;
		}
		op = &plan->op[at->op];
		nr = min_u64(at->done >> PAGE_SHIFT, budget_frames(b));
		at->done -= nr << PAGE_SHIFT;
		frames_put(paddr_to_mfn(PADDR(op->pa.v + at->done)), nr);
		budget_spend_frames(b, nr);
	}
	return true;
}

/* ---------------------------------------------------------------- prepare */

static void begin(struct commit *commit)
{
	commit->plan = (struct plan){
		.kept = { .all = &commit->kept,
			  .owner = p2m_owner(commit->p2m),
			  .counted = p2m_counts(commit->p2m, P2M_RAM_RW) },
	};
	commit->at = (struct op_place){ 0, 0 };
	commit->tables = 0;
}

static int count(struct commit *commit, struct p2m_locked l)
{
	commit->tables = plan_tables(commit->plan.op, commit->plan.nr);
	return commit->tables > p2m_stats(l).pool_free ? -XEN_ENOMEM : 0;
}

static int prepare_stage(struct commit *commit, struct p2m_locked l,
			 const struct memmap_change *c, struct budget *b)
{
	switch (commit->stage) {
	case COMMIT_IDLE:
		begin(commit);
		return 0;
	case COMMIT_PLAN:
		commit->plan.l = l;
		return plan_make(&commit->plan, c, b);
	case COMMIT_COUNT:
		return count(commit, l);
	default:
		return get_references(commit, b);
	}
}

int commit_prepare(struct commit *commit, struct p2m_locked l,
		   const struct memmap_change *c, struct budget *b)
{
	int rc = 0;

	while (commit->stage < COMMIT_READY && !rc) {
		rc = prepare_stage(commit, l, c, b);
		if (!rc) {
			commit->stage++;
		}
	}
	return rc;
}

static void end(struct commit *commit)
{
	plan_free(&commit->plan);
	commit->tables = 0;
	commit->stage = COMMIT_IDLE;
}

bool commit_cancel(struct commit *commit, struct budget *b)
{
	commit->tables = 0;
	if (!put_references(commit, b) || !kept_cancel(&commit->plan.kept, b)) {
		return false;
	}
	end(commit);
	return true;
}

/* ------------------------------------------------------------------ apply */

uint64_t commit_cost(const struct commit *commit)
{
	return commit->plan.cost +
	       commit->plan.kept.lost.frames / BUDGET_FRAMES;
}

/* [from, from + size) of an operation. */
static void do_part(struct p2m_locked l, const struct map_op *op, uint64_t from,
		    uint64_t size)
{
	gfn_t gfn = ipa_to_gfn(IPA(op->ipa.v + from));
	mfn_t mfn = paddr_to_mfn(PADDR(op->pa.v + from));
	struct p2m_as as = { op->type, op->attr };
	uint64_t nr = size >> PAGE_SHIFT;
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

/*
 * How far to go at once: to where a block of the largest kind ends, which is
 * one descriptor; where no blocks fit, some tables.
 */
static uint64_t part_size(const struct map_op *op, uint64_t from)
{
	uint64_t at = op->ipa.v + from;
	bool blocks = !op->map || is_aligned(op->ipa.v ^ op->pa.v, PART_BLOCKS);
	uint64_t end = align_up(at + 1, blocks ? PART_MAX : PART_PAGES);

	return min_u64(end - at, op->size - from);
}

static uint64_t leaves_of(const struct p2m_stats *s)
{
	return s->blocks[1] + s->blocks[2] + s->blocks[3];
}

/* The same with what it has cost: descriptors that came or went. */
static void do_some(struct commit *commit, struct p2m_locked l,
		    const struct map_op *op, struct budget *b)
{
	struct p2m_stats before = p2m_stats(l), after;
	uint64_t size = part_size(op, commit->at.done), was, is;

	do_part(l, op, commit->at.done, size);
	commit->at.done += size;
	after = p2m_stats(l);
	was = leaves_of(&before);
	is = leaves_of(&after);
	budget_spend(b, 1 + (max_u64(was, is) - min_u64(was, is)) / 512);
	if (op->counted) {
		budget_spend_frames(b, size >> PAGE_SHIFT);
	}
}

/* All operations of one kind, or as many as may be. */
static bool do_all(struct commit *commit, struct p2m_locked l, bool map,
		   struct budget *b)
{
	const struct plan *plan = &commit->plan;
	struct op_place *at = &commit->at;

	while (at->op < plan->nr) {
		const struct map_op *op = &plan->op[at->op];

		if (op->map != map || at->done == op->size) {
			next_op(at);
		} else if (!b) {
			do_part(l, op, 0, op->size);
			next_op(at);
		} else if (budget_is_spent(b)) {
			return false;
		} else {
			do_some(commit, l, op, b);
		}
	}
	*at = (struct op_place){ 0, 0 };
	return true;
}

static uint64_t pool_left(struct p2m_locked l)
{
	struct p2m_stats s = p2m_stats(l);

	return s.pool_free + s.pool_dead;
}

/* What has been taken from the pool is not needed once more; what came back
 * may be. */
static void update_tables(struct commit *commit, uint64_t before,
			  uint64_t after)
{
	if (before > after) {
		commit->tables -= min_u64(commit->tables, before - after);
	} else {
		commit->tables =
			min_u64(commit->tables + (after - before), after);
	}
}

static bool apply_stage(struct commit *commit, struct p2m_locked l,
			struct budget *b)
{
	struct budget all = { UINT64_MAX };

	switch (commit->stage) {
	case COMMIT_READY:
		commit->at = (struct op_place){ 0, 0 };
		return true;
	case COMMIT_UNMAP:
		return do_all(commit, l, false, b);
	case COMMIT_MAP:
		if (!do_all(commit, l, true, b)) {
			return false;
		}
		kept_apply(&commit->plan.kept);
		return true;
	default:
		return kept_drop(&commit->plan.kept, b ? b : &all);
	}
}

/* What goes away goes first: a region that moves is never at two places. */
bool commit_apply(struct commit *commit, struct p2m_locked l, struct budget *b)
{
	uint64_t before = pool_left(l);
	bool done = true;

	while (done && commit->stage <= COMMIT_DROP) {
		done = apply_stage(commit, l, b);
		commit->stage += done;
	}
	if (done) {
		end(commit);
	} else {
		update_tables(commit, before, pool_left(l));
	}
	return done;
}
