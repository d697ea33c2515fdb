/* SPDX-License-Identifier: BSD-2-Clause */
/* MEMORY_OP: the table of commands, and those that only ask. */
#include "hypercall/memory_op.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"

static_assert(sizeof(struct xen_memory_reservation) == 32, "Xen ABI");
static_assert(sizeof(struct xen_add_to_physmap) == 24, "Xen ABI");
static_assert(sizeof(struct xen_add_to_physmap_batch) == 32, "Xen ABI");
static_assert(sizeof(struct xen_mem_acquire_resource) == 32, "Xen ABI");
static_assert(sizeof(struct xen_memory_exchange) == 72, "Xen ABI");

static int64_t maximum_ram_page(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return frame_end().v;
}

/* The domain that an argument of one domain id names. */
static int domain_asked(struct vcpu *v, gva_t arg, struct domain **d)
{
	struct xen_memory_domain ask;

	if (guest_read(v, &ask, arg, sizeof(ask))) {
		return -XEN_EFAULT;
	}
	*d = domain_by_id(v->domain, ask.domid);
	if (!*d) {
		return -XEN_ESRCH;
	}
	return right_check(v->domain, RIGHT_OWN, *d);
}

static int64_t current_reservation(struct vcpu *v, uint64_t *x)
{
	struct domain *d;
	int rc = domain_asked(v, GVA(x[1]), &d);

	return rc ? rc
		  : (int64_t)__atomic_load_n(&d->nr_pages, __ATOMIC_RELAXED);
}

static int64_t maximum_reservation(struct vcpu *v, uint64_t *x)
{
	struct domain *d;
	int rc = domain_asked(v, GVA(x[1]), &d);

	return rc ? rc : (int64_t)d->max_pages;
}

static int64_t maximum_gpfn(struct vcpu *v, uint64_t *x)
{
	struct domain *d;
	int rc = domain_asked(v, GVA(x[1]), &d);

	return rc ? rc : (int64_t)p2m_max_mapped(d->p2m).v;
}

/* Nothing is ever shared between domains behind their backs. */
static int64_t sharing_pages(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return 0;
}

/*
 * Reserve memory for a domain that is to be built. The hardware domain's own
 * frames are fixed, so a claim for it can only be given up or fail.
 */
static int64_t claim_pages(struct vcpu *v, uint64_t *x)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int rc;

	if (guest_read(v, &r, GVA(x[1]), sizeof(r))) {
		return -XEN_EFAULT;
	}
	if (HANDLE_GVA(r.extent_start, 0).v || r.extent_order || r.mem_flags ||
	    r.domid == DOMID_SELF) {
		return -XEN_EINVAL;
	}
	d = domain_by_id(v->domain, r.domid);
	if (!d) {
		return -XEN_EINVAL;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, d);
	if (rc || !r.nr_extents) {
		return rc;
	}
	if (r.nr_extents <= d->nr_pages || r.nr_extents > d->max_pages) {
		return -XEN_EINVAL;
	}
	return -XEN_ENOMEM;
}

/* Guests have one memory node. */
static int64_t get_vnumainfo(struct vcpu *v, uint64_t *x)
{
	struct xen_vnuma_topology_info info;
	struct domain *d;
	int rc;

	if (guest_read(v, &info, GVA(x[1]), sizeof(info))) {
		return -XEN_EFAULT;
	}
	d = domain_by_id(v->domain, info.domid);
	if (!d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_OWN, d);
	return rc ? rc : -XEN_EOPNOTSUPP;
}

/* What the ABI asks of the two lists of an exchange. */
static bool exchange_ok(const struct xen_memory_exchange *op)
{
	const struct xen_memory_reservation *in = &op->in, *out = &op->out;

	return op->nr_exchanged <= in->nr_extents && in->domid == out->domid &&
	       in->nr_extents <= ~UINT64_C(0) >> in->extent_order &&
	       out->nr_extents <= ~UINT64_C(0) >> out->extent_order &&
	       in->nr_extents << in->extent_order ==
		       out->nr_extents << out->extent_order;
}

/*
 * Exchange gives chosen frames for chosen frames: for guests that see
 * machine frames, which no guest on Arm does. So an exchange of nothing is all
 * that can be done.
 */
static int64_t exchange(struct vcpu *v, uint64_t *x)
{
	struct xen_memory_exchange op;
	struct domain *d;
	int rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.in.extent_order > FRAME_MAX_ORDER ||
	    op.out.extent_order > FRAME_MAX_ORDER) {
		return -XEN_EPERM;
	}
	if (!exchange_ok(&op)) {
		return -XEN_EINVAL;
	}
	d = domain_by_id(v->domain, op.in.domid);
	if (!d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_OWN, d);
	if (rc) {
		return rc;
	}
	return op.nr_exchanged == op.in.nr_extents ? 0 : -XEN_EOPNOTSUPP;
}

/* No device has memory set apart for it that guests would have to avoid. */
static int64_t reserved_device_memory_map(struct vcpu *v, uint64_t *x)
{
	struct xen_reserved_device_memory_map map;

	if (guest_read(v, &map, GVA(x[1]), sizeof(map))) {
		return -XEN_EFAULT;
	}
	if (map.flags & ~XENMEM_RDM_ALL) {
		return -XEN_EINVAL;
	}
	map.nr_entries = 0;
	return guest_write(v, GVA(x[1]), &map, sizeof(map));
}

enum start {
	START_ZERO, /* is never continued: -XEN_EINVAL if it were */
	START_ANY,
};

static const struct {
	hypercall_fn *fn;
	enum start start;
} table[] = {
	[XENMEM_increase_reservation] = { memory_increase_reservation,
					  START_ANY },
	[XENMEM_decrease_reservation] = { memory_decrease_reservation,
					  START_ANY },
	[XENMEM_maximum_ram_page] = { maximum_ram_page, START_ZERO },
	[XENMEM_current_reservation] = { current_reservation, START_ZERO },
	[XENMEM_maximum_reservation] = { maximum_reservation, START_ZERO },
	[XENMEM_populate_physmap] = { memory_populate_physmap, START_ANY },
	[XENMEM_add_to_physmap] = { memory_add_to_physmap, START_ANY },
	[XENMEM_exchange] = { exchange, START_ZERO },
	[XENMEM_maximum_gpfn] = { maximum_gpfn, START_ZERO },
	[XENMEM_remove_from_physmap] = { memory_remove_from_physmap,
					 START_ZERO },
	[XENMEM_get_sharing_freed_pages] = { sharing_pages, START_ANY },
	[XENMEM_get_sharing_shared_pages] = { sharing_pages, START_ANY },
	[XENMEM_add_to_physmap_batch] = { memory_add_to_physmap_batch,
					  START_ANY },
	[XENMEM_claim_pages] = { claim_pages, START_ZERO },
	[XENMEM_get_vnumainfo] = { get_vnumainfo, START_ZERO },
	[XENMEM_reserved_device_memory_map] = { reserved_device_memory_map,
						START_ANY },
	[XENMEM_acquire_resource] = { memory_acquire_resource, START_ANY },
};

int64_t hypercall_memory_op(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = MEMOP_CMD(x[0]);

	if (cmd >= ARRAY_SIZE(table) || !table[cmd].fn) {
		return -XEN_ENOSYS;
	}
	if (table[cmd].start == START_ZERO && MEMOP_START(x[0])) {
		return -XEN_EINVAL;
	}
	return table[cmd].fn(v, x);
}
