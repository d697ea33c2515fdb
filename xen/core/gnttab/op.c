/* SPDX-License-Identifier: BSD-2-Clause */
/* GRANT_TABLE_OP: dispatch, and the sub-ops that ask and set. */
#include <limits.h>

#include <arch/cpu.h>

#include "domain/guestcopy.h"
#include "domain/right.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"
#include "hypercall/hypercall.h"

/* The domain a caller asks about. */
static grant_status_code target(struct vcpu *v, domid_t id, struct domain **d)
{
	*d = domain_by_id(v->domain, id);
	if (!*d) {
		return GNTST_bad_domain;
	}
	return right_check(v->domain, RIGHT_OWN, *d) ? GNTST_permission_denied
						     : GNTST_okay;
}

/* Where the guest sees its first @nr frames; ~0 where it does not. */
static grant_status_code list_frames(struct vcpu *v, struct domain *d,
				     const struct gnttab_setup_table *op)
{
	uint32_t i;

	for (i = 0; i < op->nr_frames; i++) {
		struct p2m_locked l = p2m_lock(d->p2m);
		xen_pfn_t gfn = gnttab_frame_gfn(d, l, i).v;

		p2m_unlock(l);
		if (guest_write(v, HANDLE_GVA(op->frame_list, i), &gfn,
				sizeof(gfn))) {
			return GNTST_bad_virt_addr;
		}
	}
	return GNTST_okay;
}

static grant_status_code setup(struct vcpu *v,
			       const struct gnttab_setup_table *op)
{
	grant_status_code status;
	struct domain *d;
	int rc;

	status = target(v, op->dom, &d);
	if (status != GNTST_okay) {
		return status;
	}
	if (op->nr_frames > d->gnttab->max_frames) {
		return GNTST_general_error;
	}
	spin_lock(&d->gnttab->lock);
	rc = gnttab_grow(d->gnttab, op->nr_frames);
	spin_unlock(&d->gnttab->lock);
	return rc ? GNTST_general_error : list_frames(v, d, op);
}

static int64_t op_setup_table(struct vcpu *v, uint64_t *x)
{
	struct gnttab_setup_table op;

	if (x[2] != 1) {
		return -XEN_EINVAL;
	}
	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	op.status = setup(v, &op);
	return guest_write(v, GVA(x[1]), &op, sizeof(op));
}

static int64_t op_query_size(struct vcpu *v, uint64_t *x)
{
	struct gnttab_query_size op;
	struct domain *d;

	if (x[2] != 1) {
		return -XEN_EINVAL;
	}
	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	op.status = target(v, op.dom, &d);
	if (op.status == GNTST_okay) {
		op.nr_frames = __atomic_load_n(&d->gnttab->nr_frames,
					       __ATOMIC_ACQUIRE);
		op.max_nr_frames = d->gnttab->max_frames;
	}
	return guest_write(v, GVA(x[1]), &op, sizeof(op));
}

/* Version 1 it is, and stays (XSA-268). */
static int64_t op_set_version(struct vcpu *v, uint64_t *x)
{
	struct gnttab_set_version op;
	int64_t rc = 0;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.version != 1) {
		rc = op.version == 2 ? -XEN_ENOSYS : -XEN_EINVAL;
	}
	op.version = 1;
	return guest_write(v, GVA(x[1]), &op, sizeof(op)) ? -XEN_EFAULT : rc;
}

static int64_t op_get_version(struct vcpu *v, uint64_t *x)
{
	struct gnttab_get_version op;
	struct domain *d;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	switch (target(v, op.dom, &d)) {
	case GNTST_okay:
		break;
	case GNTST_permission_denied:
		return -XEN_EPERM;
	default:
		return -XEN_ESRCH;
	}
	op.version = 1;
	return guest_write(v, GVA(x[1]), &op, sizeof(op));
}

/* Version 1 has no status frames: a list of none is all that can be had. */
static int64_t op_get_status_frames(struct vcpu *v, uint64_t *x)
{
	struct gnttab_get_status_frames op;
	struct domain *d;

	if (x[2] != 1) {
		return -XEN_EINVAL;
	}
	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	op.status = target(v, op.dom, &d);
	if (op.status == GNTST_okay && op.nr_frames) {
		op.status = GNTST_general_error;
	}
	return guest_write(v, GVA(x[1]), &op, sizeof(op));
}

static int64_t op_swap(struct vcpu *v, uint64_t *x)
{
	struct gnttab_swap_grant_ref op[BATCH_MAX];
	const struct batch b = {
		.size = sizeof(op[0]),
		.out = offsetof(struct gnttab_swap_grant_ref, status),
	};
	unsigned int i, nr;

	while (x[2]) {
		nr = batch_read(v, x, op, b);
		if (!nr) {
			return -XEN_EFAULT;
		}
		for (i = 0; i < nr; i++) {
			op[i].status =
				grant_swap(v->domain, op[i].ref_a, op[i].ref_b);
		}
		if (!batch_write(v, x, op, b, nr)) {
			return -XEN_EFAULT;
		}
		if (batch_preempt(x)) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

/* Ownership of frames moves between PV guests only. */
static int64_t op_transfer(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return -XEN_EOPNOTSUPP;
}

/* dump_table is in the ABI's list, and not implemented by Xen either. */
static hypercall_fn *const calls[] = {
	[GNTTABOP_map_grant_ref] = grant_map_op,
	[GNTTABOP_unmap_grant_ref] = grant_unmap_op,
	[GNTTABOP_setup_table] = op_setup_table,
	[GNTTABOP_transfer] = op_transfer,
	[GNTTABOP_copy] = grant_copy_op,
	[GNTTABOP_query_size] = op_query_size,
	[GNTTABOP_unmap_and_replace] = grant_unmap_and_replace_op,
	[GNTTABOP_set_version] = op_set_version,
	[GNTTABOP_get_status_frames] = op_get_status_frames,
	[GNTTABOP_get_version] = op_get_version,
	[GNTTABOP_swap_grant_ref] = op_swap,
	[GNTTABOP_cache_flush] = grant_cache_flush_op,
};

/* Bits above the sub-op: where cache_flush goes on. Others have none. */
static int64_t strange_op(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = (uint32_t)x[0];

	if (cmd < BIT(GRANT_CMD_BITS)) {
		return -XEN_ENOSYS;
	}
	return (cmd & (BIT(GRANT_CMD_BITS) - 1)) == GNTTABOP_cache_flush
		       ? grant_cache_flush_op(v, x)
		       : -XEN_EINVAL;
}

int64_t hypercall_grant_table_op(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = (uint32_t)x[0];

	/* A count is an unsigned int of the caller. */
	x[2] = (uint32_t)x[2];
	if (unlikely(x[2] > INT_MAX)) {
		return -XEN_EINVAL;
	}
	if (unlikely(cmd >= ARRAY_SIZE(calls) || !calls[cmd])) {
		return strange_op(v, x);
	}
	return calls[cmd](v, x);
}
