/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that are no RAM of the domain's own, put into its address space. */
#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>

#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "hypercall/memory_op.h"
#include "hypercall/target.h"
#include "iomem/policy.h"
#include "ioreq/foreign.h"
#include "memmap/log.h"
#include "p2m/p2m.h"

int memory_map_over(struct domain *d, struct p2m_locked l,
		    const struct memory_run *run)
{
	uint64_t gone = 0;
	int rc;

	if (!d->direct && run->gfn.v < p2m_limit(d->p2m).v) {
		gone = memory_count_ram(l, run->gfn, run->nr);
	}
	rc = p2m_map(l, run->gfn, run->mfn, run->nr, p2m_as(run->type));
	if (!rc) {
		d->nr_pages -= gone;
	}
	return rc;
}

/* A page that the hypervisor shares with @d. */
static int map_shared(struct domain *d, struct p2m_locked l, gfn_t gfn,
		      mfn_t mfn)
{
	const struct memory_run run = { gfn, mfn, 1, P2M_XEN };

	return memory_map_over(d, l, &run);
}

/* The guest may look at a shared page before its caches are on. */
static bool clean_and_lock(struct domain *d, mfn_t mfn, struct p2m_locked *l)
{
	arch_cache_clean_inval(mfn_to_ptr(mfn), PAGE_SIZE);
	return target_lock(d, l);
}

/* Whether the page is where it was mapped last. */
static bool shared_info_is_mapped(struct domain *d, struct p2m_locked l)
{
	struct p2m_entry e = p2m_lookup(l, d->shared_info_gfn);

	return e.type == P2M_XEN && mfn_eq(e.mfn, d->shared_info_mfn);
}

/* At one place at a time, as the ABI has it: to be removed there first. */
static int add_shared_info(struct domain *d, uint64_t idx, gfn_t gfn)
{
	int rc = -XEN_EBUSY;
	struct p2m_locked l;

	if (idx) {
		return -XEN_EINVAL;
	}
	if (!clean_and_lock(d, d->shared_info_mfn, &l)) {
		return -XEN_ERESTART;
	}
	if (!shared_info_is_mapped(d, l)) {
		rc = map_shared(d, l, gfn, d->shared_info_mfn);
	}
	if (!rc) {
		d->shared_info_gfn = gfn;
	}
	p2m_unlock(l);
	return rc;
}

static int add_grant_frame(struct domain *d, uint64_t idx, gfn_t gfn)
{
	struct p2m_locked l;
	mfn_t mfn;
	int rc = gnttab_shared_frame(d, idx, &mfn);

	if (rc) {
		return rc;
	}
	if (!clean_and_lock(d, mfn, &l)) {
		return -XEN_ERESTART;
	}
	rc = -XEN_EBUSY;
	if (gfn_eq(gnttab_frame_gfn(d, l, idx), GFN_INVALID)) {
		rc = map_shared(d, l, gfn, mfn);
	}
	if (!rc) {
		gnttab_frame_set_gfn(d, idx, gfn);
	}
	p2m_unlock(l);
	return rc;
}

/* Some items of a batch, and room for the error of each. */
struct items {
	const uint64_t *idx;
	const uint64_t *gfn;
	int *err;
	unsigned int nr;
};

/* ----------------------------------------------- frames of other domains */

/* A reference on the RAM at @gfn of @from for @d, and how it may be mapped. */
static int foreign_get(struct domain *d, const struct domain *from,
		       struct p2m_locked l, gfn_t gfn, struct memory_run *run)
{
	struct p2m_entry e = p2m_lookup(l, gfn);

	if (!memory_is_own_ram(e.type)) {
		return -XEN_EINVAL;
	}
	run->mfn = e.mfn;
	run->nr = 1;
	run->type = e.type == P2M_RAM_RW ? P2M_FOREIGN_RW : P2M_FOREIGN_RO;
	if (frame_get(e.mfn, from->id)) {
		return -XEN_EINVAL;
	}
	foreign_add(d, from->id, 1);
	if (run->type == P2M_FOREIGN_RW) {
		memmap_log_write(from->memmap, l, gfn);
	}
	return 0;
}

/* Whether the same frame is mapped there already: it is counted once. */
static bool is_there(struct p2m_locked l, const struct memory_run *run)
{
	mfn_t mfn;
	enum p2m_type type = p2m_frame(l, run->gfn, &mfn);

	return (type == P2M_FOREIGN_RW || type == P2M_FOREIGN_RO) &&
	       mfn_eq(mfn, run->mfn);
}

/* False: not now, nothing has been done. The same of map_foreign(). */
static bool get_foreign(struct domain *d, struct domain *from,
			const struct items *it, struct memory_run *run)
{
	struct p2m_locked l;

	if (!target_lock(from, &l)) {
		return false;
	}
	for (unsigned int i = 0; i < it->nr; i++) {
		run[i].gfn = GFN(it->gfn[i]);
		it->err[i] = foreign_get(d, from, l, GFN(it->idx[i]), &run[i]);
	}
	p2m_unlock(l);
	return true;
}

static bool map_foreign(struct domain *d, const struct domain *from,
			const struct items *it, const struct memory_run *run)
{
	struct p2m_locked l;
	bool again;

	if (!target_lock(d, &l)) {
		return false;
	}
	for (unsigned int i = 0; i < it->nr; i++) {
		if (it->err[i]) {
			continue;
		}
		again = is_there(l, &run[i]);
		it->err[i] = memory_map_over(d, l, &run[i]);
		if (it->err[i]) {
			frame_put(run[i].mfn);
		}
		if (it->err[i] || again) {
			foreign_sub(d, from->id, 1);
		}
	}
	p2m_unlock(l);
	return true;
}

static void put_foreign(struct domain *d, const struct domain *from,
			const struct items *it, const struct memory_run *run)
{
	for (unsigned int i = 0; i < it->nr; i++) {
		if (!it->err[i]) {
			frame_put(run[i].mfn);
			foreign_sub(d, from->id, 1);
		}
	}
}

static void set_errors(const struct items *it, int err)
{
	for (unsigned int i = 0; i < it->nr; i++) {
		it->err[i] = err;
	}
}

/* References are taken under the lock of @from, mapping is done under that
 * of @d: the two are never held together. */
static int add_foreign(struct domain *d, struct domain *from,
		       const struct items *it)
{
	struct memory_run run[MEMOP_CHUNK];
	int rc = foreign_begin(d);

	if (rc) {
		set_errors(it, rc);
		return 0;
	}
	if (!get_foreign(d, from, it, run)) {
		return -XEN_ERESTART;
	}
	if (!map_foreign(d, from, it, run)) {
		put_foreign(d, from, it, run);
		return -XEN_ERESTART;
	}
	return 0;
}

/* @from as the caller names it: never itself by number. */
static int foreign_domain(struct vcpu *v, struct domain *d, domid_t id,
			  struct domain **from)
{
	if (id == v->domain->id) {
		return -XEN_ESRCH;
	}
	*from = domain_by_id(v->domain, id);
	if (!*from) {
		return -XEN_ESRCH;
	}
	if (*from == d) {
		return -XEN_EINVAL;
	}
	return right_check(v->domain, RIGHT_CONTROL, *from);
}

/* ---------------------------------------------------------- the commands */

static int add_one(struct domain *d, uint32_t space, uint64_t idx, gfn_t gfn)
{
	switch (space) {
	case XENMAPSPACE_shared_info:
		return add_shared_info(d, idx, gfn);
	case XENMAPSPACE_grant_table:
		return add_grant_frame(d, idx, gfn);
	default:
		return -XEN_ENOSYS;
	}
}

/* Whose map is changed, and whether the caller may put @space there. */
static int physmap_domain(struct vcpu *v, domid_t id, uint32_t space,
			  struct domain **d)
{
	*d = domain_by_id(v->domain, id);
	if (!*d) {
		return -XEN_ESRCH;
	}
	if (space == XENMAPSPACE_dev_mmio &&
	    (!(*d)->hwdom || *d != v->domain)) {
		return -XEN_EACCES;
	}
	return right_check(v->domain, RIGHT_OWN, *d);
}

int64_t memory_add_to_physmap(struct vcpu *v, uint64_t *x)
{
	struct xen_add_to_physmap op;
	struct domain *d;
	int rc;

	if (MEMOP_START(x[0]) > UINT16_MAX) {
		return -XEN_EDOM;
	}
	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.space == XENMAPSPACE_gmfn_foreign) {
		/* Only the batch says whose frame it is. */
		return -XEN_ENOSYS;
	}
	rc = physmap_domain(v, op.domid, op.space, &d);
	if (rc) {
		return rc;
	}
	if (gfn_eq(GFN(op.gpfn), GFN_INVALID)) {
		return -XEN_EINVAL;
	}
	if (op.space == XENMAPSPACE_gmfn_range && !op.size) {
		return 0;
	}
	rc = op.space == XENMAPSPACE_dev_mmio
		     ? memory_add_device(v, op.idx, GFN(op.gpfn))
		     : add_one(d, op.space, op.idx, GFN(op.gpfn));
	return rc == -XEN_ERESTART ? HYPERCALL_AGAIN : rc;
}

struct batch {
	struct domain *d;
	struct domain *from; /* gmfn_foreign, unless from_rc */
	int from_rc;
	uint32_t space;
	gva_t idxs, gpfns, errs;
};

static int add_each(const struct batch *b, struct items *it)
{
	for (unsigned int i = 0; i < it->nr; i++) {
		it->err[i] =
			add_one(b->d, b->space, it->idx[i], GFN(it->gfn[i]));
		if (it->err[i] == -XEN_ERESTART) {
			it->nr = i;
			return -XEN_ERESTART;
		}
	}
	return 0;
}

/* -XEN_ERESTART: not all of them, but @it->nr. */
static int add_items(const struct batch *b, struct items *it)
{
	int rc;

	if (b->space != XENMAPSPACE_gmfn_foreign) {
		return add_each(b, it);
	}
	if (b->from_rc) {
		set_errors(it, b->from_rc);
		return 0;
	}
	rc = add_foreign(b->d, b->from, it);
	if (rc) {
		it->nr = 0;
	}
	return rc;
}

/*
 * @nr items from @done on, which follows. A frame number of all ones is no
 * number at all: the call ends there, with what came before done.
 */
static int batch_chunk(struct vcpu *v, const struct batch *b, uint64_t *done,
		       unsigned int nr)
{
	uint64_t idx[MEMOP_CHUNK], gfn[MEMOP_CHUNK], first = *done;
	int err[MEMOP_CHUNK], rc = 0;
	struct items it = { idx, gfn, err, 0 };

	if (guest_read(v, idx, GVA(b->idxs.v + first * sizeof(*idx)),
		       nr * sizeof(*idx)) ||
	    guest_read(v, gfn, GVA(b->gpfns.v + first * sizeof(*gfn)),
		       nr * sizeof(*gfn))) {
		return -XEN_EFAULT;
	}
	while (it.nr < nr && !gfn_eq(GFN(gfn[it.nr]), GFN_INVALID)) {
		it.nr++;
	}
	if (it.nr < nr) {
		rc = -XEN_EINVAL;
	}
	rc = add_items(b, &it) ? -XEN_ERESTART : rc;
	if (it.nr && guest_write(v, GVA(b->errs.v + first * sizeof(*err)), err,
				 it.nr * sizeof(*err))) {
		return -XEN_EFAULT;
	}
	*done += it.nr;
	return rc;
}

static int64_t batch_run(struct vcpu *v, uint64_t *x, const struct batch *b,
			 uint64_t size)
{
	uint64_t done = MEMOP_START(x[0]);

	while (done < size) {
		uint64_t nr = min_u64(MEMOP_CHUNK, size - done);
		int rc = batch_chunk(v, b, &done, nr);

		if (rc == -XEN_ERESTART) {
			return memop_again(x, done);
		}
		if (rc) {
			return rc;
		}
		if (done < size && arch_irq_waiting()) {
			return memop_again(x, done);
		}
	}
	return 0;
}

static int batch_check(struct vcpu *v, uint64_t start,
		       const struct xen_add_to_physmap_batch *op,
		       struct batch *b)
{
	int rc;

	if (op->space == XENMAPSPACE_gmfn_range) {
		return -XEN_EOPNOTSUPP;
	}
	rc = physmap_domain(v, op->domid, op->space, &b->d);
	if (rc) {
		return rc;
	}
	if (start && op->size <= start) {
		return -XEN_EILSEQ;
	}
	if (!op->size) {
		return 0;
	}
	if (op->space == XENMAPSPACE_gmfn_foreign) {
		b->from_rc =
			foreign_domain(v, b->d, op->u.foreign_domid, &b->from);
	}
	return op->space == XENMAPSPACE_dev_mmio &&
			       !iomem_selector_ok(op->u.res0)
		       ? -XEN_EINVAL
		       : 0;
}

static int64_t batch_devices(struct vcpu *v, uint64_t *x, const struct batch *b,
			     const struct xen_add_to_physmap_batch *op)
{
	const struct memory_devices devices = {
		.idxs = b->idxs,
		.gpfns = b->gpfns,
		.errs = b->errs,
		.size = op->size,
		.selector = op->u.res0,
	};

	return memory_add_devices(v, x, &devices);
}

int64_t memory_add_to_physmap_batch(struct vcpu *v, uint64_t *x)
{
	struct xen_add_to_physmap_batch op;
	struct batch b;
	int rc;

	if (MEMOP_START(x[0]) > UINT16_MAX) {
		return -XEN_EDOM;
	}
	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	b = (struct batch){
		.space = op.space,
		.idxs = HANDLE_GVA(op.idxs, 0),
		.gpfns = HANDLE_GVA(op.gpfns, 0),
		.errs = HANDLE_GVA(op.errs, 0),
	};
	rc = batch_check(v, MEMOP_START(x[0]), &op, &b);
	if (rc) {
		return rc;
	}
	return b.space == XENMAPSPACE_dev_mmio ? batch_devices(v, x, &b, &op)
					       : batch_run(v, x, &b, op.size);
}

/* What a guest may take out of its map: all that came in by these calls. */
#define REMOVABLE                                           \
	(BIT(P2M_RAM_RW) | BIT(P2M_RAM_RO) | BIT(P2M_XEN) | \
	 BIT(P2M_FOREIGN_RW) | BIT(P2M_FOREIGN_RO))

int64_t memory_remove_from_physmap(struct vcpu *v, uint64_t *x)
{
	struct xen_remove_from_physmap op;
	struct p2m_locked l;
	enum p2m_type type;
	struct domain *d;
	int rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	d = domain_by_id(v->domain, op.domid);
	if (!d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_OWN, d);
	if (rc) {
		return rc;
	}
	if (!target_lock(d, &l)) {
		return HYPERCALL_AGAIN;
	}
	rc = p2m_remove(l, GFN(op.gpfn), REMOVABLE, &type);
	if (!rc && !d->direct && memory_is_own_ram(type)) {
		d->nr_pages--;
	}
	p2m_unlock(l);
	return rc;
}
