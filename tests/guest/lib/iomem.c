/* SPDX-License-Identifier: BSD-2-Clause */
#include "iomem.h"

#include <string.h>

#include <xen/domctl.h>
#include <xen/memory.h>

#include "hypercall.h"

static struct xen_domctl *domctl(uint32_t cmd, domid_t domid)
{
	static struct xen_domctl op;

	memset(&op, 0xa5, sizeof(op));
	op.cmd = cmd;
	op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op.domain = domid;
	return &op;
}

long iomem_permission(domid_t domid, uint64_t mfn, uint64_t nr,
		      unsigned int allow)
{
	struct xen_domctl *op = domctl(XEN_DOMCTL_iomem_permission, domid);

	op->u.iomem_permission.first_mfn = mfn;
	op->u.iomem_permission.nr_mfns = nr;
	op->u.iomem_permission.allow_access = (uint8_t)allow;
	return hypercall2(__HYPERVISOR_domctl, ARG(op), 0);
}

long iomem_mapping(domid_t domid, uint64_t gfn, uint64_t mfn, uint64_t nr,
		   uint32_t word)
{
	struct xen_domctl *op = domctl(XEN_DOMCTL_memory_mapping, domid);

	op->u.memory_mapping.first_gfn = gfn;
	op->u.memory_mapping.first_mfn = mfn;
	op->u.memory_mapping.nr_mfns = nr;
	op->u.memory_mapping.add_mapping = word;
	return hypercall2(__HYPERVISOR_domctl, ARG(op), 0);
}

long dev_mmio(uint64_t gfn, uint64_t mfn, unsigned int nr, unsigned int res0)
{
	static xen_ulong_t idxs[DEV_MMIO_MAX];
	static xen_pfn_t gpfns[DEV_MMIO_MAX];
	static int errs[DEV_MMIO_MAX];
	struct xen_add_to_physmap_batch b = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_dev_mmio,
		.size = (uint16_t)nr,
		.u.res0 = (uint16_t)res0,
		.idxs.p = idxs,
		.gpfns.p = gpfns,
		.errs.p = errs,
	};
	unsigned int i;
	long rc;

	for (i = 0; i < nr; i++) {
		idxs[i] = mfn + i;
		gpfns[i] = gfn + i;
		errs[i] = 1;
	}
	rc = memory_op(XENMEM_add_to_physmap_batch, &b);
	for (i = 0; i < nr && !rc; i++) {
		rc = errs[i];
	}
	return rc;
}
