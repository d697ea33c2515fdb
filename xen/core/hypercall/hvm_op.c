/* SPDX-License-Identifier: BSD-2-Clause */
/* HVM_OP: x[0] command, x[1] argument. */
#include <stddef.h>
#include <stdint.h>

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/hypercall.h"

/* Who may use a parameter: its own domain, or another (the toolstack). */
#define OWN_GET	  BIT(0)
#define OTHER_GET BIT(1)
#define OTHER_SET BIT(2)
#define TOOLS	  (OTHER_GET | OTHER_SET)

static const uint8_t allowed[HVM_NR_PARAMS] = {
	[HVM_PARAM_CALLBACK_IRQ] = OWN_GET | TOOLS,
	[HVM_PARAM_STORE_PFN] = OWN_GET | TOOLS,
	[HVM_PARAM_STORE_EVTCHN] = OWN_GET | TOOLS,
	[HVM_PARAM_CONSOLE_PFN] = OWN_GET | TOOLS,
	[HVM_PARAM_CONSOLE_EVTCHN] = OWN_GET | TOOLS,
	[HVM_PARAM_MONITOR_RING_PFN] = TOOLS,
};

static int param_check(const struct domain *self, const struct domain *d,
		       uint32_t index, uint8_t own, uint8_t other)
{
	if (!allowed[index]) {
		return -XEN_EINVAL;
	}
	return allowed[index] & (self == d ? own : other) ? 0 : -XEN_EPERM;
}

/* Find the domain of @p; what must hold for get and set. */
static int param_begin(struct vcpu *v, gva_t arg, struct xen_hvm_param *p,
		       struct domain **d)
{
	if (guest_read(v, p, arg, sizeof(*p))) {
		return -XEN_EFAULT;
	}
	if (p->index >= HVM_NR_PARAMS) {
		return -XEN_EINVAL;
	}
	*d = domain_by_id(v->domain, p->domid);
	if (!*d) {
		return -XEN_ESRCH;
	}
	return right_check(v->domain, RIGHT_OWN, *d);
}

static int64_t set_param(struct vcpu *v, gva_t arg)
{
	struct xen_hvm_param p;
	struct domain *d;
	int rc = param_begin(v, arg, &p, &d);

	if (!rc) {
		rc = param_check(v->domain, d, p.index, 0, OTHER_SET);
	}
	if (rc) {
		return rc;
	}
	spin_lock(&d->lock);
	d->hvm_param[p.index] = p.value;
	spin_unlock(&d->lock);
	return 0;
}

/* The interrupt of the upcall, as far as nobody has said something else. */
static uint64_t callback_irq(const struct domain *d)
{
	uint64_t type = HVM_PARAM_CALLBACK_TYPE_PPI;

	return type << __builtin_ctzll(HVM_PARAM_CALLBACK_IRQ_TYPE_MASK) |
	       HVM_PARAM_CALLBACK_TYPE_PPI_FLAG_LOW_LEVEL
		       << __builtin_ctz(HVM_PARAM_CALLBACK_TYPE_PPI_FLAG_MASK) |
	       d->evtchn_irq;
}

static int64_t get_param(struct vcpu *v, gva_t arg)
{
	struct xen_hvm_param p;
	struct domain *d;
	int rc = param_begin(v, arg, &p, &d);

	if (!rc) {
		rc = param_check(v->domain, d, p.index, OWN_GET, OTHER_GET);
	}
	if (rc) {
		return rc;
	}
	spin_lock(&d->lock);
	p.value = d->hvm_param[p.index];
	spin_unlock(&d->lock);
	if (p.index == HVM_PARAM_CALLBACK_IRQ && !p.value) {
		p.value = callback_irq(d);
	}
	return guest_write(v, arg, &p, sizeof(p));
}

int64_t hypercall_hvm_op(struct vcpu *v, uint64_t *x)
{
	switch (x[0]) {
	case HVMOP_set_param:
		return set_param(v, GVA(x[1]));
	case HVMOP_get_param:
		return get_param(v, GVA(x[1]));
	case HVMOP_guest_request_vm_event:
		/* Nobody listens: there is no monitor ring. */
		return x[1] ? -XEN_EINVAL : 0;
	default:
		return -XEN_ENOSYS;
	}
}
