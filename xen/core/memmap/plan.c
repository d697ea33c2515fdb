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

/* ------------------------------------------------------------- operations */

static bool same_kind(const struct map_op *a, const struct map_op *b)
{
	return a->map == b->map && a->clean == b->clean &&
	       a->type == b->type &&
	       a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm;
}

/* Whether @b goes on where @a ends. */
static bool continues(const struct map_op *a, const struct map_op *b)
{
	return a->ipa.v + a->size == b->ipa.v && same_kind(a, b) &&
	       (!a->map || a->pa.v + a->size == b->pa.v);
}

static int append(struct plan *plan, struct map_op op)
{
	if (plan->nr && continues(&plan->op[plan->nr - 1], &op)) {
		plan->op[plan->nr - 1].size += op.size;
		return 0;
	}
	if (plan->nr == plan->room) {
		unsigned int room = plan->room ? 2 * plan->room : 16;
		struct map_op *grown = heap_alloc(room * sizeof(*grown));

		if (!grown) {
			return -XEN_ENOMEM;
		}
		if (plan->nr) {
			memcpy(grown, plan->op, plan->nr * sizeof(*grown));
		}
		heap_free(plan->op);
		plan->op = grown;
		plan->room = room;
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

static int unmap(struct plan *plan, const struct piece *p)
{
	if (p->e.type == P2M_INVALID) {
		return 0;
	}
	return append(plan,
		      (struct map_op){ .ipa = IPA(p->at), .size = p->size });
}

static int map(struct plan *plan, const struct piece *p, paddr_t pa)
{
	return append(plan, (struct map_op){ .ipa = IPA(p->at),
					     .size = p->size,
					     .map = true,
					     .clean = p->s->is->written,
					     .pa = pa,
					     .type = p->s->is->type,
					     .attr = p->s->is->attr });
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

static int remember(struct plan *plan, const struct piece *p)
{
	const struct span *was = p->s->was;
	struct kept_run run = { page_at(was, p->at), p->size >> PAGE_SHIFT,
				p2m_is_ram(p->e.type) ? p->e.mfn
						      : MFN_INVALID };
	struct kept *kept = kept_find(was);

	if (!is_default(p)) {
		return kept_add(&plan->kept, was, run);
	}
	return kept ? kept_remove(&plan->kept, kept, run.first, run.nr) : 0;
}

/* ------------------------------------------------------------ into sight */

/* RAM as the guest left it. */
static int show_ram(struct plan *plan, const struct piece *p)
{
	const struct span *is = p->s->is;
	const struct kept *kept = kept_find(is);
	struct piece part = *p;
	uint64_t end = p->at + p->size;
	int rc = 0;

	for (; part.at < end && !rc; part.at += part.size) {
		uint64_t nr = (end - part.at) >> PAGE_SHIFT;
		struct kept_run run = { 0, nr, MFN_INVALID };
		bool known = kept &&
			     kept_look(kept, page_at(is, part.at), nr, &run);

		part.size = run.nr << PAGE_SHIFT;
		if (!mfn_eq(run.mfn, MFN_INVALID)) {
			rc = map(plan, &part, mfn_to_paddr(run.mfn));
		} else if (known || is->populated) {
			rc = unmap(plan, &part);
		} else {
			rc = map(plan, &part, pa_at(is, part.at));
		}
	}
	return rc;
}

static int show(struct plan *plan, const struct piece *p)
{
	const struct span *is = p->s->is;

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
static int settle(struct plan *plan, const struct stretch *s)
{
	struct kept *kept = s->is && s->is->ram ? kept_find(s->is) : NULL;

	if (!kept || stays(s)) {
		return 0;
	}
	return kept_remove(&plan->kept, kept, page_at(s->is, s->from),
			   (s->to - s->from) >> PAGE_SHIFT);
}

/* ----------------------------------------------------------------- walking */

static int each_piece(struct plan *plan, const struct stretch *s,
		      int (*fn)(struct plan *, const struct piece *))
{
	struct piece p = { .s = s, .at = s->from };
	int rc = 0;

	for (; p.at < s->to && !rc; p.at += p.size) {
		p.size = p2m_run(plan->l, ipa_to_gfn(IPA(p.at)),
				 (s->to - p.at) >> PAGE_SHIFT, &p.e)
			 << PAGE_SHIFT;
		rc = fn(plan, &p);
	}
	return rc;
}

static bool is_hidden(const struct memmap_change *c, const struct stretch *s)
{
	const struct span *was = s->was;

	return was && was->ram && !stays(s) &&
	       region_is_attached(c->map, was->via ? was->via : was->region);
}

static bool next_difference(struct view_walk *w, struct stretch *s)
{
	while (view_walk_next(w, s)) {
		if (!is_same(s)) {
			return true;
		}
	}
	return false;
}

int plan_make(struct plan *plan, const struct memmap_change *c)
{
	struct view_walk w;
	struct stretch s;
	int rc = 0;

	view_walk_begin(&w, c->old, c->new, c->dirty);
	while (!rc && next_difference(&w, &s)) {
		if (is_hidden(c, &s)) {
			rc = each_piece(plan, &s, remember);
		}
	}
	view_walk_begin(&w, c->old, c->new, c->dirty);
	while (!rc && next_difference(&w, &s)) {
		rc = each_piece(plan, &s, show);
	}
	view_walk_begin(&w, c->old, c->new, c->dirty);
	while (!rc && next_difference(&w, &s)) {
		rc = settle(plan, &s);
	}
	return rc;
}

void plan_free(struct plan *plan)
{
	heap_free(plan->op);
	plan->op = NULL;
	plan->nr = plan->room = 0;
}
