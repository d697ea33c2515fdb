/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: x[0] argument. The toolstack's work on domains. */
#include <stddef.h>
#include <stdint.h>

#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_domctl) == 144, "Xen ABI");

/* The commands, and the right on the domain that each needs. */
static const struct {
	domctl_fn *fn;
	enum right right;
} commands[] = {
	[XEN_DOMCTL_iomem_permission] = { domctl_iomem_permission,
					  RIGHT_CONTROL },
	[XEN_DOMCTL_memory_mapping] = { domctl_memory_mapping, RIGHT_CONTROL },
};

/* The domain it is about, by number; only a new one has none yet. */
static int find_domain(struct vcpu *v, const struct xen_domctl *op,
		       struct domain **d)
{
	*d = NULL;
	if (op->cmd == XEN_DOMCTL_createdomain) {
		return 0;
	}
	if (op->domain != DOMID_SELF) {
		*d = domain_by_id(v->domain, op->domain);
	}
	return *d ? 0 : -XEN_ESRCH;
}

int64_t hypercall_domctl(struct vcpu *v, uint64_t *x)
{
	struct xen_domctl op;
	struct domain *d;
	int rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	if (!rc) {
		rc = find_domain(v, &op, &d);
	}
	if (rc) {
		return rc;
	}
	if (op.cmd >= ARRAY_SIZE(commands) || !commands[op.cmd].fn) {
		return -XEN_ENOSYS;
	}
	rc = right_check(v->domain, commands[op.cmd].right, d);
	return rc ? rc : commands[op.cmd].fn(v, d, &op);
}
