/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_ioreq: what Xen's IOREQ servers do not have. */
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/entresol_op.h"
#include "ioreq/ioreq.h"

static bool args_ok(const struct entresol_ioreq *op)
{
	const uint32_t known = ENTRESOL_IOREQ_EXACT | ENTRESOL_IOREQ_BUFFERED;
	bool ring = op->flags & ENTRESOL_IOREQ_BUFFERED;

	return !(op->flags & ~known) && !op->reserved &&
	       (ring ? op->window_size != 0 : !op->window && !op->window_size);
}

static int target(struct vcpu *v, domid_t id, struct domain **d)
{
	*d = id == DOMID_SELF ? NULL : domain_by_id(v->domain, id);
	if (!*d) {
		return -XEN_ESRCH;
	}
	return *d == v->domain ? -XEN_EPERM
			       : right_check(v->domain, RIGHT_CONTROL, *d);
}

static int set(struct vcpu *v, struct domain *d, struct entresol_ioreq *op)
{
	const struct ioreq_name name = { d, v->domain, op->server };
	const struct ioreq_options options = {
		.exact = op->flags & ENTRESOL_IOREQ_EXACT,
		.window = op->window,
		.window_size = op->window_size,
	};
	int rc = ioreq_set_options(&name, &options);

	return rc ? rc : ioreq_info(&name, &op->port);
}

int64_t entresol_ioreq(struct vcpu *v, uint64_t *x)
{
	struct entresol_ioreq op;
	struct domain *d;
	int rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	rc = target(v, op.domid, &d);
	if (!rc) {
		rc = args_ok(&op) ? set(v, d, &op) : -XEN_EINVAL;
	}
	if (!rc && guest_write(v, GVA(x[1]), &op, sizeof(op))) {
		return -XEN_EFAULT;
	}
	return rc;
}
