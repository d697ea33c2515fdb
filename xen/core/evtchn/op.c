/* SPDX-License-Identifier: BSD-2-Clause */
/* EVENT_CHANNEL_OP: decode, perform; and the events that are no calls. */
#include <arch/cpu.h>
#include <core/bits.h>
#include <core/bug.h>

#include "domain/guestcopy.h"
#include "domain/right.h"
#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "hypercall/hypercall.h"
#include "ioreq/ioreq.h"

/* How many ports a reset closes between two looks at the interrupts. */
#define RESET_STEP 64
/* bind_pirq: numbers below are interrupts */
#define NR_PIRQS 1024

union evtchn_arg {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_close close;
	struct evtchn_expand_array expand_array;
	struct evtchn_init_control init_control;
	struct evtchn_set_priority set_priority;
	struct evtchn_status status;
	struct evtchn_unmask unmask;
};

/* One end's lock is held. @target: whose event it is, as far as it is one.
 * *@stable as from evtchn_raise(). */
static inline int send_from(struct domain *d, uint32_t port, struct evtchn *chn,
			    struct domain **target, bool *stable)
{
	switch (chn->state) {
	case PORT_INTERDOMAIN:
		*target = chn->remote;
		*stable = evtchn_raise(*target, chn->target, chn->peer);
		return 0;
	case PORT_IPI:
		*stable = evtchn_raise(d, port, chn);
		return 0;
	case PORT_TO_XEN:
		/* Its own domain's vCPU, by what it was opened for. */
		ioreq_notified(chn->remote, chn->peer->vcpu);
		return 0;
	case PORT_UNBOUND:
		/* Nobody listens, and that is no error. */
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

int evtchn_send(struct domain *d, uint32_t port)
{
	struct evtchn_domain *ed = d->evtchn;
	struct domain *target = d;
	bool stable = true;
	int rc = -XEN_EINVAL;

	spin_lock(&ed->lock);
	if (likely(evtchn_valid(ed, port))) {
		rc = send_from(d, port, evtchn_at(ed, port), &target, &stable);
	}
	spin_unlock(&ed->lock);
	if (unlikely(!stable)) {
		evtchn_unstable(target);
	}
	return rc;
}

void evtchn_send_virq(struct domain *d, struct vcpu *v, unsigned int virq)
{
	struct evtchn_domain *ed = d->evtchn;
	bool stable = true;
	uint32_t port;

	ASSERT(virq < NR_VIRQS);
	if (evtchn_virq_is_global(virq)) {
		v = d->vcpu[0];
	}
	spin_lock(&ed->lock);
	port = v->evtchn->virq_port[virq];
	if (port) {
		stable = evtchn_raise(d, port, evtchn_find(ed, port));
	}
	spin_unlock(&ed->lock);
	if (!stable) {
		evtchn_unstable(d);
	}
}

static int op_alloc_unbound(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_alloc_unbound(v->domain, &arg->alloc_unbound);
}

static int op_bind_interdomain(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_bind_interdomain(v->domain, &arg->bind_interdomain);
}

static int op_bind_virq(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_bind_virq(v->domain, &arg->bind_virq);
}

static int op_bind_ipi(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_bind_ipi(v->domain, &arg->bind_ipi);
}

/* Physical interrupts reach guests on Arm through the GIC alone: numbers that
 * could be one find nothing to bind. */
static int op_bind_pirq(struct vcpu *v, union evtchn_arg *arg)
{
	(void)v;
	return arg->bind_pirq.pirq < NR_PIRQS ? -XEN_ENOMEM : -XEN_EINVAL;
}

static int op_bind_vcpu(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_bind_vcpu(v->domain, &arg->bind_vcpu);
}

static int op_close(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_close(v->domain, arg->close.port);
}

static int op_unmask(struct vcpu *v, union evtchn_arg *arg)
{
	struct domain *d = v->domain;
	struct evtchn *chn;
	bool stable = true;

	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, arg->unmask.port);
	if (chn && evtchn_in_use(chn)) {
		stable = evtchn_port_unmask(d, arg->unmask.port, chn);
	}
	spin_unlock(&d->evtchn->lock);
	if (!stable) {
		evtchn_unstable(d);
	}
	return chn ? 0 : -XEN_EINVAL;
}

static void describe(const struct evtchn *chn, struct evtchn_status *st)
{
	st->vcpu = chn->vcpu;
	switch (chn->state) {
	case PORT_UNBOUND:
		st->status = EVTCHNSTAT_unbound;
		st->u.unbound.dom = chn->remote_id;
		break;
	case PORT_INTERDOMAIN:
	case PORT_TO_XEN:
		st->status = EVTCHNSTAT_interdomain;
		st->u.interdomain.dom = chn->remote->id;
		st->u.interdomain.port = chn->target;
		break;
	case PORT_VIRQ:
		st->status = EVTCHNSTAT_virq;
		st->u.virq = chn->target;
		break;
	case PORT_IPI:
		st->status = EVTCHNSTAT_ipi;
		break;
	default:
		st->status = EVTCHNSTAT_closed;
		break;
	}
}

static int op_status(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_status *st = &arg->status;
	struct domain *d = domain_by_id(v->domain, st->dom);
	const struct evtchn *chn;
	int rc = -XEN_EINVAL;

	if (!d) {
		return -XEN_ESRCH;
	}
	if (right_check(v->domain, RIGHT_OWN, d)) {
		return -XEN_EPERM;
	}
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, st->port);
	if (chn && evtchn_is_xen(chn)) {
		rc = -XEN_EACCES;
	} else if (chn) {
		describe(chn, st);
		rc = 0;
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

static int op_init_control(struct vcpu *v, union evtchn_arg *arg)
{
	return fifo_init_control(v, &arg->init_control);
}

static int op_expand_array(struct vcpu *v, union evtchn_arg *arg)
{
	return fifo_expand_array(v, &arg->expand_array);
}

/* It holds from the next time the event is queued. */
static int op_set_priority(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_domain *ed = v->domain->evtchn;
	struct evtchn *chn;
	int rc = 0;

	spin_lock(&ed->lock);
	chn = evtchn_find(ed, arg->set_priority.port);
	if (!chn) {
		rc = -XEN_EINVAL;
	} else if (!ed->fifo) {
		rc = -XEN_ENOSYS;
	} else if (!evtchn_in_use(chn)) {
		rc = -XEN_EACCES;
	} else if (arg->set_priority.priority > EVTCHN_FIFO_PRIORITY_MIN) {
		rc = -XEN_EINVAL;
	} else {
		__atomic_store_n(&chn->priority, arg->set_priority.priority,
				 __ATOMIC_RELAXED);
	}
	spin_unlock(&ed->lock);
	return rc;
}

/* A second reset has to wait for the first; its own continuation goes on
 * where it stopped. Returns the port to begin with, 0: busy. */
static uint32_t reset_begin(struct evtchn_domain *ed, bool resuming)
{
	uint32_t port;

	spin_lock(&ed->lock);
	port = resuming ? ed->next_reset : !ed->next_reset;
	if (port && !resuming) {
		ed->next_reset = port;
	}
	spin_unlock(&ed->lock);
	return port;
}

/* Everything was closed; back to 2-level if nobody opened more meanwhile. */
static int reset_end(struct domain *d)
{
	struct evtchn_domain *ed = d->evtchn;
	int rc = 0;

	spin_lock(&ed->lock);
	ed->next_reset = 0;
	if (ed->nr_active > ed->nr_xen) {
		rc = -XEN_EAGAIN;
	} else {
		fifo_destroy(d);
	}
	spin_unlock(&ed->lock);
	return rc;
}

static int64_t op_reset(struct vcpu *v, uint64_t *x)
{
	struct evtchn_domain *ed = v->domain->evtchn;
	struct evtchn_reset op;
	struct domain *d;
	uint32_t port;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	d = domain_by_id(v->domain, op.dom);
	if (!d) {
		return -XEN_ESRCH;
	}
	if (right_check(v->domain, RIGHT_OWN, d)) {
		return -XEN_EPERM;
	}
	/* Others have to be paused by their controller, which cannot be. */
	if (d != v->domain) {
		return -XEN_EINVAL;
	}
	port = reset_begin(ed, x[0] == EVTCHNOP_reset_cont);
	if (!port) {
		return -XEN_EBUSY;
	}
	for (; port < __atomic_load_n(&ed->nr_valid, __ATOMIC_RELAXED);
	     port++) {
		(void)evtchn_close(d, port);
		if (port % RESET_STEP == 0 && arch_irq_waiting()) {
			spin_lock(&ed->lock);
			ed->next_reset = port + 1;
			spin_unlock(&ed->lock);
			x[0] = EVTCHNOP_reset_cont;
			return HYPERCALL_AGAIN;
		}
	}
	return reset_end(d);
}

struct evtchn_call {
	int (*perform)(struct vcpu *v, union evtchn_arg *arg);
	uint8_t size; /* of the argument           */
	bool answers; /* the argument is copied back */
};

#define CALL(name, back) \
	[EVTCHNOP_##name] = { op_##name, sizeof(struct evtchn_##name), back }

static const struct evtchn_call calls[] = {
	CALL(alloc_unbound, true), CALL(bind_interdomain, true),
	CALL(bind_ipi, true),	   CALL(bind_pirq, true),
	CALL(bind_vcpu, false),	   CALL(bind_virq, true),
	CALL(close, false),	   CALL(expand_array, false),
	CALL(init_control, true),  CALL(set_priority, false),
	CALL(status, true),	   CALL(unmask, false),
};

static int64_t perform(struct vcpu *v, const struct evtchn_call *call,
		       gva_t gva)
{
	union evtchn_arg arg;
	int rc;

	if (guest_read(v, &arg, gva, call->size)) {
		return -XEN_EFAULT;
	}
	rc = call->perform(v, &arg);
	if (!rc && call->answers && guest_write(v, gva, &arg, call->size)) {
		return -XEN_EFAULT;
	}
	return rc;
}

int64_t hypercall_event_channel_op(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = (uint32_t)x[0];
	struct evtchn_send send;

	if (likely(cmd == EVTCHNOP_send)) {
		if (guest_read(v, &send, GVA(x[1]), sizeof(send))) {
			return -XEN_EFAULT;
		}
		return evtchn_send(v->domain, send.port);
	}
	if (cmd == EVTCHNOP_reset || cmd == EVTCHNOP_reset_cont) {
		return op_reset(v, x);
	}
	if (cmd >= ARRAY_SIZE(calls) || !calls[cmd].perform) {
		return -XEN_ENOSYS;
	}
	return perform(v, &calls[cmd], GVA(x[1]));
}
