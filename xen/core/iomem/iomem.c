/* SPDX-License-Identifier: BSD-2-Clause */
/* What hypercalls ask for, one at a time. */
#include "iomem/iomem.h"

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/log.h>

#include "frame/heap.h"
#include "iomem/internal.h"
#include "lib/format.h"
#include "p2m/p2m.h"

/* Machine addresses that the ABI knows. */
#define ABI_FRAME_BITS (48 - PAGE_SHIFT)

static struct spinlock iomem_lock = SPINLOCK_INIT;
struct list iomem_domains = { &iomem_domains, &iomem_domains };
struct domain *iomem_hwdom;

/* The change on its way, or the last one: the vCPU that asked for it comes
 * again to hear the result. */
static struct change pending = { .stage = CHANGE_DONE };

/* The lock is held, and is not meanwhile. */
static int go_on(struct vcpu *v)
{
	int rc;

	pending.busy = true;
	pending.by = v;
	spin_unlock(&iomem_lock);
	rc = change_run(&pending);
	spin_lock(&iomem_lock);
	pending.busy = false;
	return rc;
}

/* A domain that ends takes back itself what is on its way to it. */
static bool may_go_on(const struct vcpu *v)
{
	return !pending.busy && v->domain->hwdom && domain_lives(pending.rq.d);
}

/* Lock, and go on with what was interrupted. Unlocked if it still is. A
 * change that is done is its CPU's own until that one has its result. */
static int enter(struct vcpu *v)
{
	int rc = 0;

	spin_lock(&iomem_lock);
	if (pending.busy || pending.stage < CHANGE_DONE) {
		rc = may_go_on(v) ? go_on(v) : -XEN_ERESTART;
	}
	if (rc) {
		spin_unlock(&iomem_lock);
	}
	return rc;
}

static void leave(void)
{
	spin_unlock(&iomem_lock);
}

/* --------------------------------------------------------------- domains */

void mapping_give(struct iomem_domain *i, struct mapping *m)
{
	struct iomem_range gfns = mapping_gfns(m), mfns = mapping_mfns(m);

	m->by_gfn.first = gfns.first;
	m->by_gfn.end = gfns.end;
	m->by_mfn.first = mfns.first;
	m->by_mfn.end = mfns.end;
	ranges_insert(&i->by_gfn, &m->by_gfn);
	ranges_insert(&i->by_mfn, &m->by_mfn);
	i->nr++;
}

void mapping_take(struct iomem_domain *i, struct mapping *m)
{
	ranges_remove(&i->by_gfn, &m->by_gfn);
	ranges_remove(&i->by_mfn, &m->by_mfn);
	i->nr--;
}

static struct iomem_domain *iomem_of(struct domain *d)
{
	if (!d->iomem) {
		struct iomem_domain *i = heap_alloc(sizeof(*i));

		if (!i) {
			return NULL;
		}
		i->domain = d;
		list_add_tail(&iomem_domains, &i->link);
		d->iomem = i;
	}
	return d->iomem;
}

int iomem_give_tree(struct domain *hwdom, const struct region *region,
		    unsigned int nr)
{
	struct iomem_domain *i = iomem_of(hwdom);
	const struct machine_part *part;
	int rc = i ? machine_init(region, nr) : -XEN_ENOMEM;

	iomem_hwdom = hwdom;
	for (unsigned int n = 0; !rc && (part = machine_part(n)); n++) {
		rc = iomem_set_add(&i->rights, part->at);
	}
	return rc;
}

/* What there is of @d, under the lock, for change_return(). */
static void take_all(struct change *c, struct domain *d)
{
	const struct iomem_request rq = { .d = d };

	change_init(c, &rq);
	if (pending.rq.d == d) {
		ASSERT(!pending.busy);
		change_take_over(c, &pending);
	}
	change_take_all(c, d->iomem);
	list_del(&d->iomem->link);
}

void iomem_domain_destroy(struct domain *d)
{
	struct iomem_domain *i = d->iomem;
	struct change c;

	if (!i) {
		return;
	}
	spin_lock(&iomem_lock);
	take_all(&c, d);
	spin_unlock(&iomem_lock);
	if (d == iomem_hwdom) {
		iomem_hwdom = NULL;
		change_forget_orphans();
		machine_free();
	}
	change_return(&c);
	iomem_set_free(&i->rights);
	heap_free(i);
	d->iomem = NULL;
}

/* ---------------------------------------------------------------- rights */

/* Frames [first, last]: the end might be 2^64. */
static bool may_access(const struct domain *d, uint64_t first, uint64_t last)
{
	return d->iomem &&
	       iomem_set_run(&d->iomem->rights, first) > last - first;
}

static int refuse_access(const struct domain *d, uint64_t first, uint64_t last)
{
	log_guest("d%u: frames %#llx to %#llx: not all are its own", d->id,
		  (unsigned long long)first, (unsigned long long)last);
	return -XEN_EPERM;
}

static int change_rights(struct domain *d, struct iomem_range r,
			 enum iomem_allow allow)
{
	struct iomem_domain *i = iomem_of(d);

	if (!i) {
		return -XEN_ENOMEM;
	}
	return allow == IOMEM_ALLOW ? iomem_set_add(&i->rights, r)
				    : iomem_set_remove(&i->rights, r);
}

int iomem_permit(struct domain *caller, struct domain *d, mfn_t first,
		 uint64_t nr, enum iomem_allow allow)
{
	uint64_t last = first.v + nr - 1;
	int rc;

	if (last < first.v) {
		return -XEN_EINVAL;
	}
	spin_lock(&iomem_lock);
	if (may_access(caller, first.v, last)) {
		rc = change_rights(d, (struct iomem_range){ first.v, last + 1 },
				   allow);
	} else {
		rc = refuse_access(caller, first.v, last);
	}
	spin_unlock(&iomem_lock);
	return rc;
}

/* -------------------------------------------------------------- mappings */

static int check(const struct domain *caller, const struct iomem_request *rq)
{
	uint64_t last = rq->mfn.v + rq->nr - 1;
	uint64_t limit = p2m_limit(rq->d->p2m).v;

	if (last < rq->mfn.v || last >> ABI_FRAME_BITS ||
	    rq->gfn.v + rq->nr - 1 < rq->gfn.v ||
	    !iomem_selector_ok(rq->selector)) {
		return -XEN_EINVAL;
	}
	if (!may_access(caller, rq->mfn.v, last)) {
		return refuse_access(caller, rq->mfn.v, last);
	}
	if (!may_access(rq->d, rq->mfn.v, last)) {
		return refuse_access(rq->d, rq->mfn.v, last);
	}
	if (rq->gfn.v >= limit || rq->nr > limit - rq->gfn.v) {
		return -XEN_EINVAL;
	}
	return 0;
}

static bool same_request(const struct iomem_request *a,
			 const struct iomem_request *b)
{
	return a->d == b->d && gfn_eq(a->gfn, b->gfn) &&
	       mfn_eq(a->mfn, b->mfn) && a->nr == b->nr &&
	       a->action == b->action && a->selector == b->selector;
}

static int start(struct vcpu *v, const struct iomem_request *rq)
{
	struct change c;
	int rc;

	change_init(&c, rq);
	rc = change_build(&c);
	if (rc) {
		return rc;
	}
	change_start(&pending, &c);
	rc = go_on(v);
	return rc ? rc : pending.result;
}

int iomem_map(struct vcpu *v, const struct iomem_request *rq)
{
	int rc = enter(v);

	if (rc) {
		return rc;
	}
	rc = check(v->domain, rq);
	if (!rc && same_request(rq, &pending.rq)) {
		pending.rq.d = NULL;
		rc = pending.result;
	} else if (!rc) {
		rc = start(v, rq);
		if (rc != -XEN_ERESTART) {
			pending.rq.d = NULL;
		}
	}
	leave();
	return rc;
}

/* -------------------------------------------------------------- dev_mmio */

/* Only the frames before the rival's; or those are what it is about. */
static void respect(struct iomem_dev *dev, const struct claim *claim,
		    const struct rival *rival)
{
	uint64_t mfn = dev->mfn.v;

	if (rival->mfns.first > mfn) {
		dev->nr = rival->mfns.first - mfn;
		return;
	}
	dev->nr = min_u64(dev->nr, rival->mfns.end - mfn);
	dev->err = -XEN_EBUSY;
	log_guest("d%u: dev_mmio: %s: frame %#llx: not %s, because d%u has it "
		  "otherwise",
		  claim->d->id, claim->part->node, (unsigned long long)mfn,
		  claim->cached ? "cached" : "uncached", rival->d->id);
}

/* What the policy and others say of frames of one part. */
static struct p2m_as judge(const struct domain *d, struct iomem_dev *dev,
			   const struct machine_part *part)
{
	struct claim claim = { .d = d, .part = part };
	struct p2m_as as = { .type = part->type };
	struct rival rival;

	dev->err = iomem_choose(part->row, part->type, who(d), dev->selector,
				&as.attr);
	if (dev->err) {
		log_guest("d%u: dev_mmio: %s: no attribute %#x for a page of "
			  "kind %s (%s)",
			  d->id, part->node, dev->selector,
			  iomem_kind_name(part->kind), part->row->name);
		return as;
	}
	claim.mfns = (struct iomem_range){ dev->mfn.v, dev->mfn.v + dev->nr };
	claim.cached = iomem_cached(as.attr);
	rival = conflict_find(&claim, NULL);
	if (rival.d) {
		respect(dev, &claim, &rival);
	}
	return as;
}

/* Frames that are the domain's, all of one part. */
static void map_part(struct domain *d, struct iomem_dev *dev,
		     struct machine_part *part)
{
	struct p2m_as as = judge(d, dev, part);
	struct p2m_locked l;

	if (dev->err) {
		return;
	}
	l = p2m_lock(d->p2m);
	dev->err = p2m_map(l, dev->gfn, dev->mfn, dev->nr, as);
	p2m_unlock(l);
	if (!dev->err) {
		machine_seen(part, (struct iomem_range){
					   dev->mfn.v, dev->mfn.v + dev->nr });
	}
}

static void map_some(struct domain *d, struct iomem_dev *dev)
{
	const struct iomem_set *rights = d->iomem ? &d->iomem->rights : NULL;
	uint64_t run = rights ? iomem_set_run(rights, dev->mfn.v) : 0;
	struct machine_part *part = run ? machine_find(dev->mfn.v) : NULL;
	uint64_t limit = p2m_limit(d->p2m).v;

	dev->err = 0;
	if (!part) {
		dev->nr = 1;
		log_guest("d%u: dev_mmio: frame %#llx is no device it has been "
			  "given",
			  d->id, (unsigned long long)dev->mfn.v);
		return;
	}
	dev->nr = min_u64(dev->nr, min_u64(run, part->at.end - dev->mfn.v));
	if (dev->gfn.v >= limit) {
		dev->err = -XEN_EINVAL;
		return;
	}
	dev->nr = min_u64(dev->nr, limit - dev->gfn.v);
	map_part(d, dev, part);
}

int iomem_dev_mmio(struct vcpu *v, struct iomem_dev *dev)
{
	int rc = enter(v);

	if (rc) {
		return rc;
	}
	map_some(v->domain, dev);
	leave();
	return 0;
}

/* ------------------------------------------------------------- questions */

int iomem_query(struct vcpu *v, struct domain *d, struct entresol_attribute *q)
{
	int rc = enter(v);

	if (rc) {
		return rc;
	}
	query_answer(d, q);
	leave();
	return 0;
}
