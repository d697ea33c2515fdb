/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a request to lists of mappings that go and come. What a request cuts
 * off from older mappings goes whole, and its rest comes as new mappings:
 * the commit sees that nothing changes there.
 */
#include <string.h>

#include <core/bits.h>
#include <core/errno.h>
#include <core/log.h>

#include "frame/heap.h"
#include "iomem/internal.h"
#include "lib/format.h"

static struct iomem_range gfns_of(const struct iomem_request *rq)
{
	return (struct iomem_range){ rq->gfn.v, rq->gfn.v + rq->nr };
}

/* A mapping that is not in any list yet; or NULL. */
static struct mapping *new_mapping(const struct domain *d,
				   struct machine_part *part,
				   struct s2_attr attr)
{
	struct mapping *m = heap_alloc(sizeof(*m));

	if (!m) {
		return NULL;
	}
	m->part = part;
	m->region = (struct region){
		.name = part->node,
		.priority = PRIORITY_MAPPED,
		.kind = REGION_DIRECT,
		.type = part->type,
		.attr = attr,
		.row = part->row->name,
	};
	if (d != iomem_hwdom) {
		fmt_str(m->shade_name, sizeof(m->shade_name), "given to d%u",
			d->id);
	}
	return m;
}

/* Where it is; and where it is shaded, the hardware domain being 1:1. */
static void place(const struct domain *d, struct mapping *m, uint64_t gfn,
		  struct iomem_range mfns)
{
	uint64_t size = (mfns.end - mfns.first) << PAGE_SHIFT;

	m->region.ipa = gfn_to_ipa(GFN(gfn));
	m->region.pa = mfn_to_paddr(MFN(mfns.first));
	m->region.size = size;
	if (d != iomem_hwdom) {
		m->shade = (struct region){
			.name = m->shade_name,
			.ipa = IPA(m->region.pa.v),
			.size = size,
			.priority = PRIORITY_SHADE,
			.kind = REGION_HOLE,
		};
	}
}

static void take(struct change *c, struct mapping *m)
{
	mapping_take(c->rq.d->iomem, m);
	list_add_tail(&c->out, &m->link);
}

/* What is left of @m in guest frames @gfns. */
static int keep(struct change *c, const struct mapping *m,
		struct iomem_range gfns)
{
	uint64_t offset = gfns.first - mapping_gfns(m).first;
	uint64_t mfn = mapping_mfns(m).first + offset;
	struct mapping *rest;

	if (gfns.first >= gfns.end) {
		return 0;
	}
	rest = new_mapping(c->rq.d, m->part, m->region.attr);
	if (!rest) {
		return -XEN_ENOMEM;
	}
	place(c->rq.d, rest, gfns.first,
	      (struct iomem_range){ mfn, mfn + (gfns.end - gfns.first) });
	list_add_tail(&c->in, &rest->link);
	return 0;
}

/* What @m has of the request's guest frames shall go. */
static int cut(struct change *c, struct mapping *m)
{
	struct iomem_range is = mapping_gfns(m);
	struct iomem_range gfns = gfns_of(&c->rq);
	int rc = keep(c, m, (struct iomem_range){ is.first, gfns.first });

	if (!rc) {
		rc = keep(c, m, (struct iomem_range){ gfns.end, is.end });
	}
	if (!rc) {
		take(c, m);
	}
	return rc;
}

/* Whether the request names the frames that @m has there. */
static bool corresponds(const struct iomem_request *rq, const struct mapping *m)
{
	return mapping_mfns(m).first - mapping_gfns(m).first ==
	       rq->mfn.v - rq->gfn.v;
}

static int cut_all(struct change *c)
{
	struct mapping *m;
	int rc = 0;

	while (!rc && (m = mapping_at(c->rq.d->iomem, gfns_of(&c->rq)))) {
		rc = c->rq.action == IOMEM_REMOVE && !corresponds(&c->rq, m)
			     ? -XEN_EILSEQ
			     : cut(c, m);
	}
	return rc;
}

/* Whether @b continues @a, or would if it were one page further. */
static bool continues(const struct mapping *a, const struct mapping *b)
{
	return a->region.ipa.v + a->region.size == b->region.ipa.v &&
	       a->region.pa.v + a->region.size == b->region.pa.v &&
	       a->part == b->part &&
	       a->region.attr.memtype == b->region.attr.memtype &&
	       a->region.attr.perm == b->region.attr.perm;
}

/* @m becomes both of them. True if they were neighbours. */
static bool join(const struct domain *d, struct mapping *m,
		 const struct mapping *other)
{
	struct iomem_range a = mapping_mfns(m), b = mapping_mfns(other);

	if (continues(m, other)) {
		place(d, m, mapping_gfns(m).first,
		      (struct iomem_range){ a.first, b.end });
		return true;
	}
	if (continues(other, m)) {
		place(d, m, mapping_gfns(other).first,
		      (struct iomem_range){ b.first, a.end });
		return true;
	}
	return false;
}

/* The mapping that has @gfn becomes a part of @m, if they are neighbours. */
static void absorb_at(struct change *c, struct mapping *m, uint64_t gfn)
{
	struct domain *d = c->rq.d;
	struct mapping *other =
		mapping_at(d->iomem, (struct iomem_range){ gfn, gfn + 1 });

	if (other && join(d, m, other)) {
		take(c, other);
	}
}

/* What @m continues, or what continues it, becomes a part of it. */
static void absorb(struct change *c, struct mapping *m)
{
	struct domain *d = c->rq.d;
	struct iomem_range gfns = mapping_gfns(m);
	struct mapping *other, *next;

	if (gfns.first) {
		absorb_at(c, m, gfns.first - 1);
	}
	absorb_at(c, m, gfns.end);
	list_for_each_safe(other, next, &c->in, link)
	{
		if (join(d, m, other)) {
			list_del(&other->link);
			heap_free(other);
		}
	}
}

static int refuse_policy(const struct change *c, const struct machine_part *p,
			 uint64_t mfn)
{
	log_guest("d%u: %s: frame %#llx: no attribute %#x for a page of kind "
		  "%s (%s)",
		  c->rq.d->id, p->node, (unsigned long long)mfn, c->rq.selector,
		  iomem_kind_name(p->kind), p->row->name);
	return -XEN_EPERM;
}

static int refuse_conflict(const struct claim *claim, const struct rival *r)
{
	uint64_t mfn = max_u64(claim->mfns.first, r->mfns.first);

	log_guest("d%u: %s: frame %#llx: not %s, because d%u has it %s",
		  claim->d->id, claim->part->node, (unsigned long long)mfn,
		  claim->cached ? "cached" : "uncached", r->d->id,
		  claim->cached ? "uncached" : "cached");
	return -XEN_EBUSY;
}

/* Frames @mfns of @part at @gfn. */
static int add_piece(struct change *c, struct machine_part *part, uint64_t gfn,
		     struct iomem_range mfns)
{
	struct domain *d = c->rq.d;
	struct claim claim = { .d = d, .part = part, .mfns = mfns };
	struct rival rival;
	struct s2_attr attr;
	struct mapping *m;

	if (iomem_choose(part->row, part->type, who(d), c->rq.selector,
			 &attr)) {
		return refuse_policy(c, part, mfns.first);
	}
	claim.cached = iomem_cached(attr);
	claim.in_place = d == iomem_hwdom && gfn == mfns.first;
	rival = conflict_find(&claim, &c->in);
	if (rival.d) {
		return refuse_conflict(&claim, &rival);
	}
	m = new_mapping(d, part, attr);
	if (!m) {
		return -XEN_ENOMEM;
	}
	place(d, m, gfn, mfns);
	absorb(c, m);
	list_add_tail(&c->in, &m->link);
	return 0;
}

static int add_all(struct change *c)
{
	const struct iomem_request *rq = &c->rq;
	uint64_t end = rq->mfn.v + rq->nr;
	int rc = 0;

	for (uint64_t at = rq->mfn.v; at < end && !rc;) {
		struct machine_part *part = machine_find(at);
		struct iomem_range mfns = { at, end };

		if (!part) {
			return -XEN_EPERM;
		}
		mfns.end = min_u64(end, part->at.end);
		rc = add_piece(c, part, rq->gfn.v + (at - rq->mfn.v), mfns);
		at = mfns.end;
	}
	return rc;
}

static unsigned int length(const struct list *list)
{
	const struct list *l;
	unsigned int nr = 0;

	for (l = list->next; l != list; l = l->next) {
		nr++;
	}
	return nr;
}

int change_build(struct change *c)
{
	int rc = cut_all(c);

	if (!rc && c->rq.action == IOMEM_ADD) {
		rc = add_all(c);
	}
	if (!rc && c->rq.d->iomem->nr + length(&c->in) > MAX_MAPPINGS) {
		rc = -XEN_ENOSPC;
	}
	if (rc) {
		change_cancel(c);
	}
	return rc;
}
