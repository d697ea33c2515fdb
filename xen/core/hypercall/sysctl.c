/* SPDX-License-Identifier: BSD-2-Clause */
/* SYSCTL: x[0] argument. The toolstack's questions about the machine. */
#include <stddef.h>
#include <stdint.h>

#include <xen/sysctl.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_sysctl) == 136, "Xen ABI");

/* No toolstack runs yet, and a boot asks nothing. */
int64_t hypercall_sysctl(struct vcpu *v, uint64_t *x)
{
	struct xen_sysctl op;
	int rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	return rc ? rc : -XEN_ENOSYS;
}
