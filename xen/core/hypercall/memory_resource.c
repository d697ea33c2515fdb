/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that belong to a domain but are in nobody's address space yet. */
#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "hypercall/memory_op.h"
#include "ioreq/ioreq.h"
#include "p2m/p2m.h"

/* Grant frames are made while the p2m lock is not held. */
#define CHUNK 32

static_assert(CHUNK <= MEMOP_CHUNK, "fits where others do");

/* How many pages the resource has at most; 0: there is no such resource. */
static uint32_t resource_size(const struct domain *d, uint32_t type,
			      uint32_t id)
{
	if (type == XENMEM_resource_grant_table &&
	    id == XENMEM_resource_grant_table_id_shared) {
		return gnttab_max_frames(d);
	}
	if (type == XENMEM_resource_ioreq_server && id <= UINT16_MAX) {
		return IOREQ_FRAMES;
	}
	return 0;
}

/* Frame @idx of what @op asks @v for, with a reference. */
static int get_frame(struct vcpu *v, struct domain *d,
		     const struct xen_mem_acquire_resource *op, uint64_t idx,
		     mfn_t *mfn)
{
	int rc;

	if (op->type == XENMEM_resource_ioreq_server) {
		const struct ioreq_name name = { d, v->domain,
						 (uint16_t)op->id };

		return ioreq_frame(&name, idx, mfn);
	}
	rc = gnttab_shared_frame(d, idx, mfn);
	return rc ? rc : frame_get(*mfn, FRAME_OWNER_XEN);
}

/* The reference is the map's from now on, or gone. */
static int map_frame(struct domain *d, gfn_t gfn, mfn_t mfn)
{
	const struct memory_run run = { gfn, mfn, 1, P2M_FOREIGN_RW };
	struct p2m_locked l = p2m_lock(d->p2m);
	int rc;

	rc = memory_map_over(d, l, &run);
	p2m_unlock(l);
	if (rc) {
		frame_put(mfn);
	}
	return rc;
}

/* @nr frames from the @done-th on, into the map of @v. */
static int map_chunk(struct vcpu *v, struct domain *d,
		     const struct xen_mem_acquire_resource *op, uint64_t done,
		     unsigned int nr)
{
	gva_t list = HANDLE_GVA(op->frame_list, done);
	xen_pfn_t gfn[CHUNK];

	if (guest_read(v, gfn, list, nr * sizeof(*gfn))) {
		return -XEN_EFAULT;
	}
	for (unsigned int i = 0; i < nr; i++) {
		mfn_t mfn;
		int rc = get_frame(v, d, op, op->frame + done + i, &mfn);

		if (!rc) {
			rc = map_frame(v->domain, GFN(gfn[i]), mfn);
		}
		if (rc) {
			/* Some are mapped, and the caller cannot see which. */
			return i ? -XEN_EIO : rc;
		}
	}
	return 0;
}

static int64_t map_resource(struct vcpu *v, uint64_t *x, struct domain *d,
			    const struct xen_mem_acquire_resource *op)
{
	uint64_t done = MEMOP_START(x[0]);

	while (done < op->nr_frames) {
		unsigned int nr = min_u64(CHUNK, op->nr_frames - done);
		int rc = map_chunk(v, d, op, done, nr);

		if (rc) {
			return done ? -XEN_EIO : rc;
		}
		done += nr;
		if (done < op->nr_frames && arch_irq_waiting()) {
			return memop_again(x, done);
		}
	}
	return 0;
}

static int tell_size(struct vcpu *v, gva_t arg, uint32_t size)
{
	size_t at = offsetof(struct xen_mem_acquire_resource, nr_frames);

	return guest_write(v, GVA(arg.v + at), &size, sizeof(size));
}

/* What can be said without knowing the domain. */
static int resource_check(uint64_t start,
			  const struct xen_mem_acquire_resource *op)
{
	if (op->pad || op->frame >> 32 || (op->frame + op->nr_frames) >> 32) {
		return -XEN_EINVAL;
	}
	if (op->nr_frames > MEMOP_MAX_EXTENTS) {
		return -XEN_E2BIG;
	}
	return start && start >= op->nr_frames ? -XEN_EINVAL : 0;
}

static int other_domain(struct vcpu *v, domid_t id, struct domain **d)
{
	*d = domain_by_id(v->domain, id);
	if (!*d || id == DOMID_SELF) {
		return -XEN_ESRCH;
	}
	if (*d == v->domain) {
		return -XEN_EPERM;
	}
	return right_check(v->domain, RIGHT_CONTROL, *d);
}

int64_t memory_acquire_resource(struct vcpu *v, uint64_t *x)
{
	struct xen_mem_acquire_resource op;
	uint64_t start = MEMOP_START(x[0]);
	struct domain *d;
	uint32_t size;
	int rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	rc = resource_check(start, &op);
	if (!rc) {
		rc = other_domain(v, op.domid, &d);
	}
	if (rc) {
		return rc;
	}
	size = resource_size(d, op.type, op.id);
	if (!size) {
		return -XEN_EINVAL;
	}
	if (!HANDLE_GVA(op.frame_list, 0).v) {
		return op.nr_frames || start ? -XEN_EINVAL
					     : tell_size(v, GVA(x[1]), size);
	}
	if (op.frame + op.nr_frames > size) {
		return -XEN_EINVAL;
	}
	return map_resource(v, x, d, &op);
}
