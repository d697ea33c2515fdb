/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and breaking the bindings of ports. */
#include <core/bits.h>
#include <core/bug.h>

#include "domain/connect.h"
#include "domain/right.h"
#include "evtchn/evtchn.h"
#include "evtchn/internal.h"

/* See internal.h for the order of locks. */
static struct spinlock bind_lock = SPINLOCK_INIT;

/* Both event locks, the lower domain id first; the same domain once. */
static void lock_pair(struct domain *a, struct domain *b)
{
	struct domain *first = a->id <= b->id ? a : b;
	struct domain *second = first == a ? b : a;

	spin_lock(&first->evtchn->lock);
	if (second != first) {
		spin_lock(&second->evtchn->lock);
	}
}

static void unlock_pair(struct domain *a, struct domain *b)
{
	spin_unlock(&a->evtchn->lock);
	if (b != a) {
		spin_unlock(&b->evtchn->lock);
	}
}

int evtchn_alloc_unbound(struct domain *d, struct evtchn_alloc_unbound *op)
{
	struct domain *target = domain_by_id(d, op->dom);
	struct domain *remote = domain_by_id(d, op->remote_dom);
	int port;

	if (!target || !remote) {
		return -XEN_ESRCH;
	}
	if (right_check(d, RIGHT_OWN, target) ||
	    !domain_may_connect(target, remote)) {
		return -XEN_EPERM;
	}
	spin_lock(&target->evtchn->lock);
	port = evtchn_port_find_free(target);
	if (port > 0) {
		evtchn_port_open(target, port, PORT_UNBOUND, 0);
		evtchn_find(target->evtchn, port)->remote_id = remote->id;
		op->port = port;
	}
	spin_unlock(&target->evtchn->lock);
	return port < 0 ? port : 0;
}

/* Both locks held. *@stable: see evtchn_raise(). */
static int connect(struct domain *d, struct domain *remote,
		   struct evtchn_bind_interdomain *op, bool *stable)
{
	struct evtchn *mine, *theirs;
	int port = evtchn_port_find_free(d);
	bool to_xen;

	if (port < 0) {
		return port;
	}
	theirs = evtchn_find(remote->evtchn, op->remote_port);
	if (!theirs || theirs->remote_id != d->id ||
	    (theirs->state != PORT_UNBOUND &&
	     theirs->state != PORT_XEN_UNBOUND)) {
		return -XEN_EINVAL;
	}
	to_xen = theirs->state == PORT_XEN_UNBOUND;
	evtchn_port_open(d, port, to_xen ? PORT_TO_XEN : PORT_INTERDOMAIN, 0);
	mine = evtchn_find(d->evtchn, port);
	mine->remote = remote;
	mine->peer = theirs;
	mine->target = op->remote_port;
	theirs->state = to_xen ? PORT_XEN : PORT_INTERDOMAIN;
	theirs->remote = d;
	theirs->peer = mine;
	theirs->target = port;
	op->local_port = port;
	/* The other end may have sent before there was anybody to hear. */
	*stable = evtchn_raise(d, port, mine);
	return 0;
}

int evtchn_bind_interdomain(struct domain *d,
			    struct evtchn_bind_interdomain *op)
{
	struct domain *remote = domain_by_id(d, op->remote_dom);
	bool stable = true;
	int rc;

	if (!remote) {
		return -XEN_ESRCH;
	}
	if (!domain_may_connect(d, remote)) {
		return -XEN_EPERM;
	}
	spin_lock(&bind_lock);
	lock_pair(d, remote);
	rc = connect(d, remote, op, &stable);
	unlock_pair(d, remote);
	spin_unlock(&bind_lock);
	if (!stable) {
		evtchn_unstable(d);
	}
	return rc;
}

bool evtchn_virq_is_global(uint32_t virq)
{
	return virq != VIRQ_TIMER && virq != VIRQ_DEBUG &&
	       virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

int evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op)
{
	struct evtchn_vcpu *ev;
	struct vcpu *v;
	int port;

	if (op->virq >= NR_VIRQS ||
	    (evtchn_virq_is_global(op->virq) && op->vcpu != 0)) {
		return -XEN_EINVAL;
	}
	v = domain_vcpu(d, op->vcpu);
	if (!v) {
		return -XEN_ENOENT;
	}
	ev = v->evtchn;
	spin_lock(&d->evtchn->lock);
	if (ev->virq_port[op->virq]) {
		port = -XEN_EEXIST;
	} else {
		port = evtchn_port_find_free(d);
	}
	if (port > 0) {
		evtchn_port_open(d, port, PORT_VIRQ, v->id);
		evtchn_find(d->evtchn, port)->target = op->virq;
		ev->virq_port[op->virq] = port;
		op->port = port;
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

int evtchn_bind_ipi(struct domain *d, struct evtchn_bind_ipi *op)
{
	struct vcpu *v = domain_vcpu(d, op->vcpu);
	int port;

	if (!v) {
		return -XEN_ENOENT;
	}
	spin_lock(&d->evtchn->lock);
	port = evtchn_port_find_free(d);
	if (port > 0) {
		evtchn_port_open(d, port, PORT_IPI, v->id);
		op->port = port;
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

/* Whether the channel may notify another vCPU than it was bound to. */
static bool can_move(const struct evtchn *chn)
{
	switch (chn->state) {
	case PORT_UNBOUND:
	case PORT_INTERDOMAIN:
	case PORT_TO_XEN:
		return true;
	case PORT_VIRQ:
		return evtchn_virq_is_global(chn->target);
	default:
		return false;
	}
}

int evtchn_bind_vcpu(struct domain *d, const struct evtchn_bind_vcpu *op)
{
	struct vcpu *v = domain_vcpu(d, op->vcpu);
	struct evtchn *chn;
	int rc = 0;

	if (!v) {
		return -XEN_ENOENT;
	}
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, op->port);
	if (!chn || !can_move(chn)) {
		rc = -XEN_EINVAL;
	} else {
		__atomic_store_n(&chn->vcpu, v->id, __ATOMIC_RELAXED);
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

/* The other end waits for a new connection from the same domain. */
static void disconnect(struct domain *d, const struct evtchn *chn)
{
	struct evtchn *theirs = chn->peer;

	theirs->state = theirs->state == PORT_XEN ? PORT_XEN_UNBOUND
						  : PORT_UNBOUND;
	theirs->remote = NULL;
	theirs->peer = NULL;
	theirs->remote_id = d->id;
}

/* Locks of both ends held. */
static int close_locked(struct domain *d, uint32_t port, bool *stable)
{
	struct evtchn *chn = evtchn_find(d->evtchn, port);

	if (!chn || !evtchn_in_use(chn)) {
		return -XEN_EINVAL;
	}
	if (evtchn_is_connected(chn)) {
		disconnect(d, chn);
	} else if (chn->state == PORT_VIRQ) {
		/* A global one is on vCPU 0's list wherever it notifies. */
		struct vcpu *v = evtchn_virq_is_global(chn->target)
					 ? d->vcpu[0]
					 : d->vcpu[chn->vcpu];

		v->evtchn->virq_port[chn->target] = 0;
	}
	*stable = evtchn_port_free(d, port);
	return 0;
}

static int close_port(struct domain *d, uint32_t port)
{
	struct domain *remote = d;
	struct evtchn *chn;
	bool stable = true;
	int rc;

	spin_lock(&bind_lock);
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, port);
	if (chn && evtchn_is_connected(chn)) {
		remote = chn->remote;
	}
	/* Nobody connects or disconnects meanwhile: bind_lock is held. */
	spin_unlock(&d->evtchn->lock);
	lock_pair(d, remote);
	rc = close_locked(d, port, &stable);
	unlock_pair(d, remote);
	spin_unlock(&bind_lock);
	if (!stable) {
		evtchn_unstable(d);
	}
	return rc;
}

/* Asked without keeping the lock: a port of the hypervisor's stays one until
 * the hypervisor itself closes it. */
static bool is_xen_port(struct domain *d, uint32_t port)
{
	const struct evtchn *chn;
	bool xen;

	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, port);
	xen = chn && evtchn_is_xen(chn);
	spin_unlock(&d->evtchn->lock);
	return xen;
}

int evtchn_close(struct domain *d, uint32_t port)
{
	return is_xen_port(d, port) ? -XEN_EINVAL : close_port(d, port);
}

/* ------------------------------------------------- the hypervisor's ports */

int evtchn_xen_open(struct domain *d, const struct domain *remote,
		    uint16_t vcpu)
{
	int port;

	spin_lock(&d->evtchn->lock);
	port = evtchn_port_find_free(d);
	if (port > 0) {
		evtchn_port_open(d, port, PORT_XEN_UNBOUND, vcpu);
		evtchn_find(d->evtchn, port)->remote_id = remote->id;
		d->evtchn->nr_xen++;
	}
	spin_unlock(&d->evtchn->lock);
	return port;
}

void evtchn_xen_close(struct domain *d, uint32_t port)
{
	ASSERT(is_xen_port(d, port));
	spin_lock(&d->evtchn->lock);
	d->evtchn->nr_xen--;
	spin_unlock(&d->evtchn->lock);
	(void)close_port(d, port);
}

void evtchn_xen_send(struct domain *d, uint32_t port)
{
	struct domain *to = NULL;
	const struct evtchn *chn;
	bool stable = true;

	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, port);
	if (chn && chn->state == PORT_XEN) {
		to = chn->remote;
		stable = evtchn_raise(to, chn->target, chn->peer);
	}
	spin_unlock(&d->evtchn->lock);
	if (!stable) {
		evtchn_unstable(to);
	}
}
