/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine pages that are no RAM: who may access them, who has them mapped,
 * and as what (R3.6, R3.7).
 *
 * All calls take iomem_lock. A change of mappings may be interrupted; then the
 * vCPUs of the hardware domain go on with it, in whatever they ask for next,
 * and all others wait. -XEN_ERESTART: come again with the same arguments.
 */
#ifndef IOMEM_IOMEM_H
#define IOMEM_IOMEM_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

struct domain;
struct entresol_attribute;
struct region;
struct vcpu;

/**
 * iomem_give_tree() - The hardware domain gets what dt_regions() found.
 *
 * Once, at boot. That is all that it may ever access: dt_regions() leaves out
 * RAM, and what the hypervisor keeps for itself.
 * Return: 0; -XEN_ENOMEM.
 */
int iomem_give_tree(struct domain *hwdom, const struct region *region,
		    unsigned int nr) __must_check;

/* Nothing of @d runs, and no hypercall on it is under way: what it had can be
 * given to others, and what the hardware domain lent it comes back there. The
 * caller holds no lock. Before memmap_destroy(). */
void iomem_domain_destroy(struct domain *d);

/* --------------------------------------------------------------- rights */

enum iomem_allow {
	IOMEM_DENY,
	IOMEM_ALLOW,
};

/**
 * iomem_permit() - XEN_DOMCTL_iomem_permission.
 *
 * Mappings are not touched: the toolstack takes them out before it denies.
 * Return: 0; -XEN_EINVAL (wraps, or none); -XEN_EPERM (@caller itself may not
 * access all of it); -XEN_ENOMEM.
 */
int iomem_permit(struct domain *caller, struct domain *d, mfn_t first,
		 uint64_t nr, enum iomem_allow allow) __must_check;

/* ------------------------------------------------------------- mappings */

enum iomem_action {
	IOMEM_ADD,
	IOMEM_REMOVE,
};

struct iomem_request {
	struct domain *d;
	gfn_t gfn;
	mfn_t mfn;
	uint64_t nr;
	enum iomem_action action;
	uint32_t selector; /* IOMEM_ADD: ENTRESOL_ATTR_* */
};

/**
 * iomem_map() - XEN_DOMCTL_memory_mapping.
 *
 * Adding replaces what was added there before, and hides everything else but
 * what the hypervisor emulates; what it hides comes back when it is removed.
 * Pages that go to another domain leave the hardware domain where it has them
 * by device tree. Removing takes out any part of what was added; guest frames
 * where nothing was are no error.
 *
 * All or nothing; refusals are logged.
 * Return: 0; -XEN_ERESTART; -XEN_EINVAL (no frames, wraps, beyond the
 * addresses of machine or guest, selector); -XEN_EPERM (the caller or @d may
 * not access all of it, or the policy says no); -XEN_EBUSY (in conflict with
 * another mapping); -XEN_EILSEQ (removing: other frames are there);
 * -XEN_ENOSPC (too many mappings); -XEN_ENOMEM.
 */
int iomem_map(struct vcpu *v, const struct iomem_request *rq) __must_check;

/* --------------------------------------------------------------- dev_mmio */

/* Guest frames that the hardware domain wants to see its devices at. */
struct iomem_dev {
	gfn_t gfn;
	mfn_t mfn;
	uint64_t nr; /* in, at least 1; out: frames that @err is about */
	uint32_t selector;
	int err;
};

/**
 * iomem_dev_mmio() - XENMAPSPACE_dev_mmio, by the hardware domain for itself.
 *
 * Frames that it may not access are not mapped, and that is no error, as the
 * ABI has it; they fault when they are touched.
 * Return: 0, with the first @dev->nr frames done and their result in
 * @dev->err: 0, -XEN_EINVAL, -XEN_EPERM, -XEN_EBUSY, -XEN_ENOMEM;
 * -XEN_ERESTART, with nothing done.
 */
int iomem_dev_mmio(struct vcpu *v, struct iomem_dev *dev) __must_check;

/* -------------------------------------------------------------- questions */

/**
 * iomem_query() - ENTRESOL_attribute: fill in what @q asks about @d.
 * @q: @mfn and @nr, at least 1 and addresses of this machine.
 *
 * Return: 0; -XEN_ERESTART.
 */
int iomem_query(struct vcpu *v, struct domain *d,
		struct entresol_attribute *q) __must_check;

#endif
