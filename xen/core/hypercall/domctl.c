/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: x[0] argument. The toolstack's work on domains. */
#include <stddef.h>
#include <stdint.h>

#include <xen/domctl.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_domctl) == 144, "Xen ABI");

/* No toolstack runs yet, and a boot asks nothing. */
int64_t hypercall_domctl(struct vcpu *v, uint64_t *x)
{
	struct xen_domctl op;
	int rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	if (rc) {
		return rc;
	}
	/* It is about a domain, by number; only a new one has none yet. */
	if (op.cmd != XEN_DOMCTL_createdomain &&
	    (op.domain == DOMID_SELF || !domain_by_id(v->domain, op.domain))) {
		return -XEN_ESRCH;
	}
	return -XEN_ENOSYS;
}
