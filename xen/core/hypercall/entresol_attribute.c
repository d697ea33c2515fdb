/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_attribute: what a domain may have of a machine page. */
#include <string.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/entresol_op.h"
#include "iomem/iomem.h"
#include "p2m/p2m.h"

static_assert(sizeof(struct entresol_attribute) == 96, "entresol.h");

static int check(struct vcpu *v, const struct entresol_attribute *q,
		 struct domain **d)
{
	int rc;

	*d = domain_by_id(v->domain, q->domid);
	if (!*d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_OWN, *d);
	if (rc) {
		return rc;
	}
	return q->reserved || !q->nr || !p2m_mfn_ok(MFN(q->mfn), q->nr)
		       ? -XEN_EINVAL
		       : 0;
}

/* Nobody learns of the machine what is not its own. */
static void hide(struct entresol_attribute *q)
{
	memset(q->node, 0, sizeof(q->node));
	q->selector = 0;
	q->holder = DOMID_INVALID;
}

int64_t entresol_attribute(struct vcpu *v, uint64_t *x)
{
	struct entresol_attribute q;
	struct domain *d;
	int rc;

	if (guest_read(v, &q, GVA(x[1]), sizeof(q))) {
		return -XEN_EFAULT;
	}
	rc = check(v, &q, &d);
	if (rc) {
		return rc;
	}
	memset(q.node, 0, sizeof(q.node));
	rc = iomem_query(v, d, &q);
	if (rc) {
		return rc == -XEN_ERESTART ? HYPERCALL_AGAIN : rc;
	}
	if (!q.allowed && !v->domain->hwdom) {
		hide(&q);
	}
	return guest_write(v, GVA(x[1]), &q, sizeof(q)) ? -XEN_EFAULT : 0;
}
