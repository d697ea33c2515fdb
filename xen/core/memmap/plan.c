/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From two views and the p2m as it is to what the p2m gets. First what goes
 * out of sight is remembered, then what comes into sight is looked up: RAM
 * may do both in one commit, when it moves.
 */
#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/commit.h"
#include "memmap/internal.h"
#include "memmap/view.h"

#define TABLE_PAGES 512u /* of one table of the last level */
#define BLOCK_SIZE  (TABLE_PAGES * PAGE_SIZE)
#define PIECE_SIZE  (UINT64_C(1) << 30) /* the largest block              */
#define BLOCKS	    16u			/* that are looked at at once     */

/* ------------------------------------------------------------- operations */

static bool same_kind(const struct map_op *a, const struct map_op *b)
{
	return a->map == b->map && a->clean == b->clean && a->type == b->type &&
	       a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm;
}

/* Whether @b goes on where @a ends. */
static bool continues(const struct map_op *a, const struct map_op *b)
{
	return a->ipa.v + a->size == b->ipa.v && same_kind(a, b) &&
	       (!a->map || a->pa.v + a->size == b->pa.v);
}

static bool grow(struct plan *plan)
{
	unsigned int room = plan->room ? 2 * plan->room : 16;
	struct map_op *op = heap_alloc(room * sizeof(*op));

	if (!op) {
		return false;
	}
	if (plan->nr) {
		memcpy(op, plan->op, plan->nr * sizeof(*op));
	}
	heap_free(plan->op);
	plan->op = op;
	plan->room = room;
	return true;
}

/* What it takes to do it, beside what is there now. */
static uint64_t cost_of(const struct map_op *op)
{
	uint64_t pages = op->size >> PAGE_SHIFT, cost = 1;

	if (op->map && !is_aligned(op->ipa.v ^ op->pa.v, BLOCK_SIZE)) {
		cost += pages / TABLE_PAGES;
	}
	if (op->counted) {
		cost += pages / BUDGET_FRAMES;
	}
	return cost;
}

static int append(struct plan *plan, struct map_op op)
{
	plan->cost += cost_of(&op);
	if (plan->nr && continues(&plan->op[plan->nr - 1], &op)) {
		plan->op[plan->nr - 1].size += op.size;
		plan->op[plan->nr - 1].counted |= op.counted;
		return 0;
	}
	if (plan->nr == plan->room && !grow(plan)) {
		return -XEN_ENOMEM;
	}
	plan->op[plan->nr++] = op;
	return 0;
}

/* Frames of one stretch that the p2m has as one run. */
struct piece {
	const struct stretch *s;
	uint64_t at; /* guest address */
	uint64_t size;
	struct p2m_entry e;
};

static bool counts(const struct plan *plan, unsigned int type)
{
	return p2m_counts(plan->l.p2m, type);
}

static int unmap(struct plan *plan, const struct piece *p)
{
	if (p->e.type == P2M_INVALID) {
		return 0;
	}
	return append(plan,
		      (struct map_op){ .ipa = IPA(p->at),
				       .size = p->size,
				       .counted = counts(plan, p->e.type) });
}

static int map(struct plan *plan, const struct piece *p, paddr_t pa)
{
	return append(plan, (struct map_op){
				    .ipa = IPA(p->at),
				    .size = p->size,
				    .map = true,
				    .clean = p->s->is->written,
				    .pa = pa,
				    .type = p->s->is->type,
				    .attr = p->s->is->attr,
				    .counted = counts(plan, p->e.type) ||
					       counts(plan, p->s->is->type) });
}

/* -------------------------------------------------------------- looking */

/*
 * What the p2m has at @p, whose size becomes that of one run. The work is
 * bounded, so the run need not be the longest: up to the end of a table of
 * pages; some entries above those, which may each lead to such a table; or
 * one entry of the largest kind.
 */
static void look(struct plan *plan, struct piece *p, struct budget *b)
{
	gfn_t gfn = ipa_to_gfn(IPA(p->at));
	uint64_t all = p->size >> PAGE_SHIFT, cost = 1;
	uint64_t some = TABLE_PAGES - gfn.v % TABLE_PAGES;
	uint64_t nr = p2m_run(plan->l, gfn, min_u64(all, some), &p->e);

	if (nr == some && nr < all && p->e.order) {
		uint64_t entry = BIT(p->e.order);

		some = entry - gfn.v % entry;
		if (entry == TABLE_PAGES) {
			some += (BLOCKS - 1) * TABLE_PAGES;
		}
		nr = p2m_run(plan->l, gfn, min_u64(all, some), &p->e);
		/* Blocks, but for tables that nobody has made one of. */
		cost += nr / entry / 4;
	}
	p->size = nr << PAGE_SHIFT;
	budget_spend(b, cost);
	plan->cost += cost;
}

/* ------------------------------------------------------------ comparisons */

/* What the span maps at @at, if its frames are its own. */
static paddr_t pa_at(const struct span *s, uint64_t at)
{
	return PADDR(s->pa.v + (at - s->ipa.v));
}

static uint64_t page_at(const struct span *s, uint64_t at)
{
	return (s->offset + (at - s->ipa.v)) >> PAGE_SHIFT;
}

static bool has_frames(const struct span *s)
{
	return s && s->mapped && !s->populated;
}

/* Whether the p2m has there what the span itself put there. */
static bool is_own(const struct span *s, uint64_t at, const struct p2m_entry *e)
{
	return has_frames(s) && e->type == s->type &&
	       mfn_eq(e->mfn, paddr_to_mfn(pa_at(s, at)));
}

/* RAM of a region, or what a region maps: everything else that is valid was
 * put there by the guest, and stays. */
static bool is_guests(const struct span *was, uint64_t at,
		      const struct p2m_entry *e)
{
	return e->type != P2M_INVALID && !is_own(was, at, e) &&
	       !(was && was->ram && p2m_is_ram(e->type));
}

/* Whether the same RAM stays where it is. */
static bool stays(const struct stretch *s)
{
	return s->was && s->is && s->was->ram && s->is->ram &&
	       s->was->region == s->is->region && s->was->via == s->is->via &&
	       page_at(s->was, s->from) == page_at(s->is, s->from);
}

/* Whether the p2m is the same for both. */
static bool is_same(const struct stretch *s)
{
	bool was = s->was && s->was->mapped, is = s->is && s->is->mapped;

	if (!was || !is) {
		return was == is;
	}
	if (s->was->written && !s->is->written) {
		return false;
	}
	if (s->was->type != s->is->type ||
	    s->was->attr.memtype != s->is->attr.memtype ||
	    s->was->attr.perm != s->is->attr.perm) {
		return false;
	}
	if (s->was->populated || s->is->populated) {
		return stays(s);
	}
	return pa_at(s->was, s->from).v == pa_at(s->is, s->from).v;
}

/* ---------------------------------------------------------- out of sight */

/* A page that is what the region makes of it by itself. */
static bool is_default(const struct piece *p)
{
	const struct span *was = p->s->was;

	return is_own(was, p->at, &p->e) ||
	       (was->populated && !p2m_is_ram(p->e.type));
}

static int remember(struct plan *plan, struct piece *p, struct budget *b)
{
	const struct span *was = p->s->was;
	struct kept *kept = kept_find(was);
	struct kept_run run;

	/* Perhaps each frame of it will be counted. */
	p->size = min_u64(p->size, budget_frames(b) << PAGE_SHIFT);
	look(plan, p, b);
	run = (struct kept_run){ page_at(was, p->at), p->size >> PAGE_SHIFT,
				 p2m_is_ram(p->e.type) ? p->e.mfn
						       : MFN_INVALID };
	if (!is_default(p)) {
		budget_spend_frames(b, plan->kept.counted ? run.nr : 1);
		return kept_add(&plan->kept, was, run);
	}
	return kept ? kept_remove(&plan->kept, kept, run.first, run.nr) : 0;
}

/* ------------------------------------------------------------ into sight */

/* RAM as the guest left it, as far as that is one thing. */
static int show_ram(struct plan *plan, struct piece *p)
{
	const struct span *is = p->s->is;
	const struct kept *kept = kept_find(is);
	uint64_t nr = p->size >> PAGE_SHIFT;
	struct kept_run run = { 0, nr, MFN_INVALID };
	bool known = kept && kept_look(kept, page_at(is, p->at), nr, &run);

	p->size = run.nr << PAGE_SHIFT;
	if (!mfn_eq(run.mfn, MFN_INVALID)) {
		return map(plan, p, mfn_to_paddr(run.mfn));
	}
	return known || is->populated ? unmap(plan, p)
				      : map(plan, p, pa_at(is, p->at));
}

static int show(struct plan *plan, struct piece *p, struct budget *b)
{
	const struct span *is = p->s->is;

	look(plan, p, b);
	if (is_guests(p->s->was, p->at, &p->e)) {
		return 0;
	}
	if (!is || !is->mapped) {
		return unmap(plan, p);
	}
	if (!is->ram) {
		return map(plan, p, pa_at(is, p->at));
	}
	if (stays(p->s)) {
		return p->e.type == P2M_INVALID
			       ? 0
			       : map(plan, p, mfn_to_paddr(p->e.mfn));
	}
	return show_ram(plan, p);
}

/* What shows needs no record any more. */
static int settle(struct plan *plan, struct piece *p, struct budget *b)
{
	struct kept *kept = kept_find(p->s->is);

	if (!kept) {
		return 0;
	}
	budget_spend(b, 1);
	return kept_remove(&plan->kept, kept, page_at(p->s->is, p->at),
			   p->size >> PAGE_SHIFT);
}

/* ----------------------------------------------------------------- walking */

/* Whether it is the RAM that it was when it was rendered. */
static bool is_same_ram(const struct span *s)
{
	return s->populated || s->pa.v - s->offset == s->region->pa.v;
}

static bool goes_out(const struct memmap_change *c, const struct stretch *s)
{
	const struct span *was = s->was;

	return was && was->ram && !stays(s) && is_same_ram(was) &&
	       region_is_attached(c->map, was->via ? was->via : was->region);
}

static bool any(const struct memmap_change *c, const struct stretch *s)
{
	(void)c;
	(void)s;
	return true;
}

static bool comes_in(const struct memmap_change *c, const struct stretch *s)
{
	(void)c;
	return s->is && s->is->ram && !stays(s);
}

/* What is done with which stretches. */
static const struct {
	bool (*wants)(const struct memmap_change *c, const struct stretch *s);
	/* May make the piece shorter. */
	int (*fn)(struct plan *plan, struct piece *p, struct budget *b);
} stages[PLAN_MADE] = {
	[PLAN_REMEMBER] = { goes_out, remember },
	[PLAN_SHOW] = { any, show },
	[PLAN_SETTLE] = { comes_in, settle },
};

/* To the next stretch of this stage, unless it is in one. */
static bool enter_stretch(struct plan *plan, const struct memmap_change *c)
{
	while (plan->at == plan->s.to) {
		if (!view_walk_next(&plan->walk, &plan->s)) {
			return false;
		}
		plan->at = plan->s.from;
		if (is_same(&plan->s) ||
		    !stages[plan->stage].wants(c, &plan->s)) {
			plan->at = plan->s.to;
		}
	}
	return true;
}

static void next_stage(struct plan *plan, const struct memmap_change *c)
{
	plan->stage++;
	plan->s.to = plan->at = 0;
	view_walk_begin(&plan->walk, c->old, c->new, c->dirty);
}

/* Pieces end where blocks of the largest kind do. */
static int do_piece(struct plan *plan, struct budget *b)
{
	uint64_t end = align_up(plan->at + 1, PIECE_SIZE);
	struct piece p = { .s = &plan->s, .at = plan->at };
	int rc;

	p.size = min_u64(end, plan->s.to) - p.at;
	rc = stages[plan->stage].fn(plan, &p, b);
	plan->at += p.size;
	return rc;
}

int plan_make(struct plan *plan, const struct memmap_change *c,
	      struct budget *b)
{
	int rc = 0;

	if (plan->stage == PLAN_NEW) {
		rc = kept_end_gone(&plan->kept);
		next_stage(plan, c);
	}
	while (!rc && plan->stage < PLAN_MADE) {
		if (!enter_stretch(plan, c)) {
			next_stage(plan, c);
		} else if (budget_is_spent(b)) {
			rc = -XEN_ERESTART;
		} else {
			rc = do_piece(plan, b);
		}
	}
	return rc;
}

void plan_free(struct plan *plan)
{
	heap_free(plan->op);
	plan->op = NULL;
	plan->nr = plan->room = 0;
}
