/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: machine pages that are no RAM. */
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "iomem/iomem.h"

int64_t domctl_iomem_permission(struct vcpu *v, struct domain *d,
				struct xen_domctl *op)
{
	const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;

	return iomem_permit(v->domain, d, MFN(p->first_mfn), p->nr_mfns,
			    p->allow_access ? IOMEM_ALLOW : IOMEM_DENY);
}

/* The fields of add_mapping (public/entresol.h). */
#define MAPPING_ADD	 BIT(0)
#define MAPPING_RESERVED GENMASK(7, 1)
#define MAPPING_SELECTOR GENMASK(31, 8)

/*
 * `padding` is whatever the library had on its stack. To remove, nothing is
 * selected: a selector without "add" is a caller who forgot it.
 */
int64_t domctl_memory_mapping(struct vcpu *v, struct domain *d,
			      struct xen_domctl *op)
{
	const struct xen_domctl_memory_mapping *m = &op->u.memory_mapping;
	bool add = m->add_mapping & MAPPING_ADD;
	struct iomem_request rq = {
		.d = d,
		.gfn = GFN(m->first_gfn),
		.mfn = MFN(m->first_mfn),
		.nr = m->nr_mfns,
		.action = add ? IOMEM_ADD : IOMEM_REMOVE,
		.selector = FIELD_GET(MAPPING_SELECTOR, m->add_mapping),
	};
	int rc;

	if (m->add_mapping & MAPPING_RESERVED || (!add && rq.selector)) {
		return -XEN_EINVAL;
	}
	rc = iomem_map(v, &rq);
	return rc == -XEN_ERESTART ? HYPERCALL_AGAIN : rc;
}
