/* SPDX-License-Identifier: BSD-2-Clause */
/* PLATFORM_OP: x[0] argument. */
#include <stddef.h>
#include <stdint.h>

#include <xen/platform.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "domain/time.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_platform_op) == 136, "Xen ABI");

int64_t hypercall_platform_op(struct vcpu *v, uint64_t *x)
{
	const struct xenpf_settime64 *t;
	struct xen_platform_op op;
	int rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XENPF_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	if (rc) {
		return rc;
	}
	if (op.cmd != XENPF_settime64) {
		return -XEN_ENOSYS;
	}
	t = &op.u.settime64;
	if (t->mbz) {
		return -XEN_EINVAL;
	}
	time_set_wallclock(t->secs, t->nsecs, t->system_time);
	return 0;
}
