/* SPDX-License-Identifier: BSD-2-Clause */
#include "balloon.h"

#include <xen/errno.h>

#include "hypercall.h"

long reservation(unsigned int op, xen_pfn_t *gfns, unsigned long nr,
		 unsigned int order)
{
	struct xen_memory_reservation r = {
		.extent_start.p = gfns,
		.nr_extents = nr,
		.extent_order = order,
		.domid = DOMID_SELF,
	};

	return memory_op(op, &r);
}

static long one_page(unsigned int op, const void *page)
{
	xen_pfn_t gfn = gfn_of(page);
	long rc = reservation(op, &gfn, 1, 0);

	if (rc < 0) {
		return rc;
	}
	return rc == 1 && gfn == gfn_of(page) ? 0 : -XEN_ENOENT;
}

long balloon_out(const void *page)
{
	return one_page(XENMEM_decrease_reservation, page);
}

long balloon_in(const void *page)
{
	return one_page(XENMEM_populate_physmap, page);
}

long physmap_add(unsigned int space, uint64_t idx, xen_pfn_t gfn)
{
	struct xen_add_to_physmap arg = {
		.domid = DOMID_SELF,
		.space = space,
		.idx = idx,
		.gpfn = gfn,
	};

	return memory_op(XENMEM_add_to_physmap, &arg);
}

long physmap_remove(xen_pfn_t gfn)
{
	struct xen_remove_from_physmap arg = {
		.domid = DOMID_SELF,
		.gpfn = gfn,
	};

	return memory_op(XENMEM_remove_from_physmap, &arg);
}
