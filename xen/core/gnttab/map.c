/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping and unmapping grants.
 *
 * A batch goes in three steps: pin all at their granters, change the p2m of
 * the caller under one lock with one flush, make the handles. Unmapping goes
 * the other way round, so that a granter sees its entry unused only when no
 * table and no TLB has the frame any more (XSA-218, XSA-224).
 */
#include <core/bits.h>
#include <core/bug.h>

#include "domain/connect.h"
#include "gnttab/internal.h"
#include "hypercall/hypercall.h"

/* One element of a map batch that is pinned. */
struct map_job {
	struct gnttab_map_grant_ref *op;
	struct domain *granter;
	struct mapping *m;
	grant_handle_t handle;
};

/* Whose grant it is, and whether it may be mapped as @op wants. */
static grant_status_code map_check(struct domain *d,
				   const struct gnttab_map_grant_ref *op,
				   struct domain **granter)
{
	if (unlikely((op->flags & ~GNTMAP_readonly) != GNTMAP_host_map)) {
		/* No device has a map of its own, and there are no guest's
		 * tables to write. */
		return op->flags & (GNTMAP_device_map | GNTMAP_host_map)
			       ? GNTST_general_error
			       : GNTST_bad_gntref;
	}
	*granter = op->dom == DOMID_SELF ? NULL : domain_by_id(d, op->dom);
	if (!*granter) {
		return GNTST_bad_domain;
	}
	return domain_may_connect(d, *granter) ? GNTST_okay
					       : GNTST_permission_denied;
}

static grant_status_code map_prepare(struct domain *d,
				     const struct gnttab_map_grant_ref *op,
				     struct map_job *job)
{
	grant_status_code status = map_check(d, op, &job->granter);
	struct mapping *m;

	if (status != GNTST_okay) {
		return status;
	}
	m = maptrack_take(&d->gnttab->maptrack, &job->handle);
	if (!m) {
		return GNTST_no_space;
	}
	m->access = op->flags & GNTMAP_readonly ? GRANT_READ : GRANT_WRITE;
	m->gfn = ipa_to_gfn(IPA(op->host_addr));
	m->granter = op->dom;
	m->ref = op->ref;
	job->m = m;
	status = grant_pin(job->granter, d, op->ref, m->access, &m->mfn);
	if (status != GNTST_okay) {
		maptrack_put(&d->gnttab->maptrack, job->handle);
	}
	return status;
}

/* RAM that was there leaves the domain, unless its frames stay its own. */
static bool map_frame(struct domain *d, struct p2m_locked l,
		      const struct mapping *m)
{
	enum p2m_type type = m->access == GRANT_READ ? P2M_GRANT_RO
						     : P2M_GRANT_RW;
	bool ram = !d->direct && p2m_is_ram(p2m_lookup(l, m->gfn).type);

	if (p2m_map(l, m->gfn, m->mfn, 1, p2m_as(type))) {
		return false;
	}
	if (ram) {
		__atomic_fetch_sub(&d->nr_pages, 1, __ATOMIC_RELAXED);
	}
	return true;
}

static void map_finish(struct domain *d, const struct map_job *job)
{
	struct gnttab_map_grant_ref *op = job->op;
	struct mapping *m = job->m;

	if (op->status == GNTST_okay) {
		op->handle = job->handle;
		op->dev_bus_addr = mfn_to_paddr(m->mfn).v;
		mapping_live(m);
	} else {
		grant_unpin(job->granter, m->ref, m->access);
		maptrack_put(&d->gnttab->maptrack, job->handle);
	}
}

static void map_batch(struct domain *d, struct gnttab_map_grant_ref *op,
		      unsigned int nr)
{
	struct map_job job[BATCH_MAX];
	unsigned int pinned = 0;
	struct p2m_locked l;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		job[pinned].op = &op[i];
		op[i].status = map_prepare(d, &op[i], &job[pinned]);
		pinned += op[i].status == GNTST_okay;
	}
	if (!pinned) {
		return;
	}
	l = p2m_lock(d->p2m);
	for (i = 0; i < pinned; i++) {
		if (!map_frame(d, l, job[i].m)) {
			job[i].op->status = GNTST_general_error;
		}
	}
	p2m_unlock(l);
	for (i = 0; i < pinned; i++) {
		map_finish(d, &job[i]);
	}
}

int64_t grant_map_op(struct vcpu *v, uint64_t *x)
{
	struct gnttab_map_grant_ref op[BATCH_MAX];
	const struct batch b = {
		.size = sizeof(op[0]),
		.out = offsetof(struct gnttab_map_grant_ref, dom),
	};
	unsigned int nr;

	while (x[2]) {
		nr = batch_read(v, x, op, b);
		if (!nr) {
			return -XEN_EFAULT;
		}
		map_batch(v->domain, op, nr);
		if (!batch_write(v, x, op, b, nr)) {
			return -XEN_EFAULT;
		}
		if (batch_preempt(x)) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

/* One element of an unmap batch, of either sub-op. */
struct unmap_job {
	struct mapping *m; /* claimed, or NULL */
	int16_t status;
};

/*
 * What can be said before the p2m lock; the handle is ours from here on.
 * @replace: the bits of new_addr that mean something; nothing can be put in
 *           the place of a grant.
 */
static void unmap_prepare(struct domain *d,
			  const struct gnttab_unmap_and_replace *op,
			  uint64_t replace, struct unmap_job *job)
{
	struct mapping *m = maptrack_claim(&d->gnttab->maptrack, op->handle);

	job->m = m;
	job->status = GNTST_okay;
	if (!m) {
		job->status = GNTST_bad_handle;
	} else if (!op->host_addr) {
		/* Handles have a host mapping and nothing else. */
		mapping_live(m);
		job->m = NULL;
	} else if ((op->new_addr & replace) ||
		   !gfn_eq(m->gfn, ipa_to_gfn(IPA(op->host_addr)))) {
		job->status = GNTST_general_error;
	}
}

/*
 * Take the mapping out of the p2m. Whoever has changed its map since has
 * unmapped it that way: then there is nothing left to do, unless something
 * else is there, which is not ours to remove.
 */
static int16_t unmap_frame(struct p2m_locked l, const struct mapping *m)
{
	mfn_t mfn;
	enum p2m_type type = p2m_frame(l, m->gfn, &mfn);

	if (type == P2M_INVALID) {
		return GNTST_okay;
	}
	if ((type != P2M_GRANT_RW && type != P2M_GRANT_RO) ||
	    !mfn_eq(mfn, m->mfn) || p2m_unmap(l, m->gfn, 1)) {
		return GNTST_general_error;
	}
	return GNTST_okay;
}

/* After the flush: the use is over, or the handle stays as it was. */
static void unmap_finish(struct domain *d, grant_handle_t handle,
			 const struct unmap_job *job)
{
	struct mapping *m = job->m;

	if (job->status == GNTST_okay) {
		grant_unpin(domain_of_id(m->granter), m->ref, m->access);
		maptrack_put(&d->gnttab->maptrack, handle);
	} else {
		mapping_live(m);
	}
}

static void unmap_batch(struct domain *d, struct gnttab_unmap_and_replace *op,
			unsigned int nr, uint64_t replace)
{
	struct unmap_job job[BATCH_MAX];
	bool any = false;
	struct p2m_locked l;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unmap_prepare(d, &op[i], replace, &job[i]);
		op[i].status = job[i].status;
		any |= job[i].m != NULL;
	}
	if (!any) {
		return;
	}
	l = p2m_lock(d->p2m);
	for (i = 0; i < nr; i++) {
		if (job[i].m && job[i].status == GNTST_okay) {
			job[i].status = unmap_frame(l, job[i].m);
		}
	}
	p2m_unlock(l);
	for (i = 0; i < nr; i++) {
		if (job[i].m) {
			unmap_finish(d, op[i].handle, &job[i]);
			op[i].status = job[i].status;
		}
	}
}

/* The two sub-ops' structures differ in what the second word means. */
static_assert(sizeof(struct gnttab_unmap_grant_ref) ==
			      sizeof(struct gnttab_unmap_and_replace) &&
		      offsetof(struct gnttab_unmap_grant_ref, handle) ==
			      offsetof(struct gnttab_unmap_and_replace,
				       handle) &&
		      offsetof(struct gnttab_unmap_grant_ref, status) ==
			      offsetof(struct gnttab_unmap_and_replace, status),
	      "Xen ABI: grant_table.h");

static int64_t unmap_op(struct vcpu *v, uint64_t *x, uint64_t replace)
{
	struct gnttab_unmap_and_replace op[BATCH_MAX];
	const struct batch b = {
		.size = sizeof(op[0]),
		.out = offsetof(struct gnttab_unmap_and_replace, handle),
	};
	unsigned int nr;

	while (x[2]) {
		nr = batch_read(v, x, op, b);
		if (!nr) {
			return -XEN_EFAULT;
		}
		unmap_batch(v->domain, op, nr, replace);
		if (!batch_write(v, x, op, b, nr)) {
			return -XEN_EFAULT;
		}
		if (batch_preempt(x)) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

/* There it is dev_bus_addr, which no handle has anything to do with. */
int64_t grant_unmap_op(struct vcpu *v, uint64_t *x)
{
	return unmap_op(v, x, 0);
}

int64_t grant_unmap_and_replace_op(struct vcpu *v, uint64_t *x)
{
	return unmap_op(v, x, ~UINT64_C(0));
}
