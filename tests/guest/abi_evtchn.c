/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels with the 2-level ABI.
 *
 * Classes: XSA-188, XSA-221 (ports that do not exist, polled and asked for),
 * XSA-496 (a bind that fails undoes only what it did).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/sched.h>

#include "arch.h"
#include "badptr.h"
#include "board.h"
#include "evtchn.h"
#include "exception.h"
#include "gic.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

#define NO_PORT 1000000u

static shared_info_t *shared;
static vcpu_info_t *info;
static volatile uint32_t upcalls;

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();

	(void)regs;
	if (intid == board.evtchn_intid) {
		upcalls++;
		info->evtchn_upcall_pending = 0;
	}
	gic_eoi(intid);
}

static bool pending(evtchn_port_t port)
{
	return shared->evtchn_pending[port / 64] >> port % 64 & 1;
}

static void clear(evtchn_port_t port)
{
	__atomic_and_fetch(&shared->evtchn_pending[port / 64],
			   ~(1UL << port % 64), __ATOMIC_SEQ_CST);
	info->evtchn_pending_sel = 0;
}

static void mask(evtchn_port_t port)
{
	shared->evtchn_mask[port / 64] |= 1UL << port % 64;
}

static long send(unsigned long port)
{
	struct evtchn_send arg = { .port = (evtchn_port_t)port };

	return event_channel_op(EVTCHNOP_send, &arg);
}

static long close(unsigned long port)
{
	struct evtchn_close arg = { .port = (evtchn_port_t)port };

	return event_channel_op(EVTCHNOP_close, &arg);
}

static long unmask_op(unsigned long port)
{
	struct evtchn_unmask arg = { .port = (evtchn_port_t)port };

	return event_channel_op(EVTCHNOP_unmask, &arg);
}

static long status(unsigned long port)
{
	struct evtchn_status arg = {
		.dom = DOMID_SELF,
		.port = (evtchn_port_t)port,
	};
	long rc = event_channel_op(EVTCHNOP_status, &arg);

	return rc ? rc : (long)arg.status;
}

static long bind_vcpu(evtchn_port_t port, uint32_t vcpu)
{
	struct evtchn_bind_vcpu arg = { .port = port, .vcpu = vcpu };

	return event_channel_op(EVTCHNOP_bind_vcpu, &arg);
}

static long bind_virq(uint32_t virq, uint32_t vcpu, evtchn_port_t *port)
{
	struct evtchn_bind_virq arg = { .virq = virq, .vcpu = vcpu };
	long rc = event_channel_op(EVTCHNOP_bind_virq, &arg);

	*port = arg.port;
	return rc;
}

/* Give an event that was sent the time to arrive. */
static void settle(void)
{
	uint64_t end = counter() + read_sysreg(cntfrq_el0) / 1000;

	while (counter() < end) {
		yield();
	}
}

static void unbound(void)
{
	struct evtchn_alloc_unbound a = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};
	struct evtchn_status s = { .dom = DOMID_SELF };
	evtchn_port_t first;

	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &a), 0,
	       "alloc_unbound");
	first = a.port;
	tap_is(first, 1, "the first port");
	s.port = first;
	tap_is(event_channel_op(EVTCHNOP_status, &s), 0, "status of it");
	tap_is(s.status, EVTCHNSTAT_unbound, "it is unbound");
	tap_is(s.u.unbound.dom, 0, "for domain");
	tap_is(s.vcpu, 0, "on vCPU");
	tap_is(send(first), 0, "send on an unbound port");
	a.remote_dom = 77;
	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_ESRCH,
	       "alloc_unbound for domain 77");
	a.remote_dom = 0;
	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &a), 0,
	       "alloc_unbound for domain 0");
	tap_is(a.port, 2, "the second port");
	a.dom = 77;
	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_ESRCH,
	       "alloc_unbound in domain 77");
	tap_is(close(2), 0, "close it");
	tap_is(close(2), -XEN_EINVAL, "close it again");
	tap_is(status(2), EVTCHNSTAT_closed, "its status");
	tap_is(send(2), -XEN_EINVAL, "send on it");
	tap_is(close(first), 0, "close the first");
	a.dom = 0;
	a.remote_dom = 0;
	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &a), 0,
	       "alloc_unbound by number of the domain");
	tap_is(a.port, 1, "a closed port is used again");
	close(a.port);
}

static void interdomain(void)
{
	evtchn_port_t far;
	evtchn_port_t near = loopback(&far);
	struct evtchn_bind_interdomain b = {
		.remote_dom = DOMID_SELF,
		.remote_port = far,
	};
	struct evtchn_status s = { .dom = DOMID_SELF, .port = near };

	tap_is(far, 1, "far port");
	tap_is(near, 2, "near port");
	tap_is(event_channel_op(EVTCHNOP_status, &s), 0, "status of it");
	tap_is(s.status, EVTCHNSTAT_interdomain, "it is interdomain");
	tap_is(s.u.interdomain.dom, 0, "with domain");
	tap_is(s.u.interdomain.port, (long)far, "port");
	tap_ok(pending(near), "binding sets the near port pending");
	clear(near);
	tap_is(event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL,
	       "bind to a port that is bound");
	b.remote_port = NO_PORT;
	tap_is(event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL,
	       "bind to a port that does not exist");
	b.remote_dom = 77;
	tap_is(event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_ESRCH,
	       "bind to domain 77");
	tap_is(bind_vcpu(near, 0), 0, "bind_vcpu 0");
	tap_is(bind_vcpu(near, board.nr_cpus), -XEN_ENOENT,
	       "bind_vcpu, no such vCPU");
	tap_is(close(far), 0, "close the far end");
	tap_is(status(near), EVTCHNSTAT_unbound, "the near end is unbound");
	tap_is(close(near), 0, "close the near end");
}

static void delivery(void)
{
	evtchn_port_t far;
	evtchn_port_t near = loopback(&far);
	uint32_t before;

	irq_enable();
	settle();
	clear(near);
	clear(far);
	before = upcalls;
	tap_is(send(near), 0, "send");
	settle();
	tap_ok(upcalls == before + 1, "one upcall");
	tap_ok(pending(far) && !pending(near), "the far port is pending");
	tap_ok(info->evtchn_pending_sel & 1UL << far / 64,
	       "its word is selected");
	send(near);
	settle();
	tap_ok(upcalls == before + 1, "no second upcall while it is pending");

	clear(far);
	mask(far);
	send(near);
	settle();
	tap_ok(upcalls == before + 1, "no upcall while it is masked");
	tap_ok(pending(far), "but it is pending");
	tap_ok(!info->evtchn_pending_sel, "and its word is not selected");
	tap_is(unmask_op(far), 0, "unmask");
	settle();
	tap_ok(upcalls == before + 2, "unmask brings the upcall");
	tap_ok(!(shared->evtchn_mask[far / 64] >> far % 64 & 1),
	       "unmask clears the mask bit");

	clear(far);
	irq_disable();
	send(near);
	settle();
	tap_ok(upcalls == before + 2 && info->evtchn_upcall_pending,
	       "upcall pending while interrupts are off");
	irq_enable();
	settle();
	tap_ok(upcalls == before + 3, "it comes when they are on");
	clear(far);
	info->evtchn_upcall_pending = 1;
	send(near);
	settle();
	tap_ok(upcalls == before + 3, "none while upcall_pending is set");
	info->evtchn_upcall_pending = 0;
	irq_disable();
	close(near);
	close(far);
}

static void virqs_and_ipis(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	evtchn_port_t port;
	evtchn_port_t again;

	tap_is(bind_virq(VIRQ_TIMER, 0, &port), 0, "bind_virq TIMER");
	tap_is(status(port), EVTCHNSTAT_virq, "its status");
	tap_is(bind_virq(VIRQ_TIMER, 0, &again), -XEN_EEXIST,
	       "bind_virq TIMER again");
	tap_is(send(port), -XEN_EINVAL, "send on a virq");
	tap_is(bind_vcpu(port, 0), -XEN_EINVAL, "bind_vcpu of a vCPU's virq");
	tap_is(close(port), 0, "close it");
	tap_is(bind_virq(VIRQ_DEBUG, 0, &port), 0, "bind_virq DEBUG");
	close(port);
	tap_is(bind_virq(VIRQ_CONSOLE, 0, &port), 0, "bind_virq CONSOLE");
	tap_is(bind_vcpu(port, 0), 0, "bind_vcpu of a global virq");
	close(port);
	tap_is(bind_virq(VIRQ_DOM_EXC, 0, &port), 0, "bind_virq DOM_EXC");
	close(port);
	tap_is(bind_virq(VIRQ_CONSOLE, 1, &port), -XEN_EINVAL,
	       "bind_virq CONSOLE on vCPU 1");
	tap_is(bind_virq(VIRQ_TIMER, board.nr_cpus, &port), -XEN_ENOENT,
	       "bind_virq on a vCPU that does not exist");
	tap_is(bind_virq(NR_VIRQS, 0, &port), -XEN_EINVAL,
	       "bind_virq NR_VIRQS");
	tap_is(bind_virq(~0u, 0, &port), -XEN_EINVAL, "bind_virq ~0");
	tap_is(event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0, "bind_ipi");
	tap_is(status(ipi.port), EVTCHNSTAT_ipi, "its status");
	clear(ipi.port);
	tap_is(send(ipi.port), 0, "send on it");
	tap_ok(pending(ipi.port), "it is pending");
	clear(ipi.port);
	tap_is(bind_vcpu(ipi.port, 0), -XEN_EINVAL, "bind_vcpu of an ipi");
	close(ipi.port);
	ipi.vcpu = ~0u;
	tap_is(event_channel_op(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT,
	       "bind_ipi, no such vCPU");
}

static void no_such_port(void)
{
	tap_range("send, port", 0, 8, -XEN_EINVAL, send);
	tap_range("send, port", NO_PORT, NO_PORT + 8, -XEN_EINVAL, send);
	tap_range("send, port", 0xfffffff0, 0xffffffff, -XEN_EINVAL, send);
	tap_range("close, port", 0, 8, -XEN_EINVAL, close);
	tap_range("close, port", 0xfffffff0, 0xffffffff, -XEN_EINVAL, close);
	tap_range("unmask, port", NO_PORT, NO_PORT + 8, -XEN_EINVAL, unmask_op);
	tap_range("unmask, port", 0xfffffff0, 0xffffffff, -XEN_EINVAL,
		  unmask_op);
	tap_range("status, port", 0, 8, EVTCHNSTAT_closed, status);
	tap_range("status, port", NO_PORT, NO_PORT + 8, -XEN_EINVAL, status);
	tap_range("status, port", 0xfffffff0, 0xffffffff, -XEN_EINVAL, status);
	tap_is(bind_vcpu(NO_PORT, 0), -XEN_EINVAL, "bind_vcpu, no such port");
}

static void pirqs(void)
{
	struct evtchn_bind_pirq arg = { .pirq = 40 };

	tap_is(event_channel_op(EVTCHNOP_bind_pirq, &arg), -XEN_ENOMEM,
	       "bind_pirq 40");
	arg.pirq = ~0u;
	tap_is(event_channel_op(EVTCHNOP_bind_pirq, &arg), -XEN_EINVAL,
	       "bind_pirq ~0");
}

/* Ports up to the last one the 2-level ABI has; then all go by a reset. */
static void exhaust(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	evtchn_port_t last = 0;
	evtchn_port_t port;
	long rc;

	while (!(rc = event_channel_op(EVTCHNOP_bind_ipi, &ipi))) {
		last = ipi.port;
	}
	tap_is(rc, -XEN_ENOSPC, "bind_ipi when no port is left");
	tap_is(last, 4095, "the last port");
	tap_is(bind_virq(VIRQ_TIMER, 0, &port), -XEN_ENOSPC,
	       "bind_virq when no port is left");
	tap_is(send(last), 0, "send on the last port");
	tap_ok(pending(last), "it is pending");
	tap_is(event_channel_op(EVTCHNOP_reset, &reset), 0, "reset");
	tap_is(status(last), EVTCHNSTAT_closed, "the last port is closed");
	tap_is(bind_virq(VIRQ_TIMER, 0, &port), 0, "bind_virq after the reset");
	tap_is(port, 1, "its port");
	close(port);
	reset.dom = 77;
	tap_is(event_channel_op(EVTCHNOP_reset, &reset), -XEN_ESRCH,
	       "reset of domain 77");
}

static void pointers(void)
{
	unsigned int op;
	unsigned int k;

	for (op = 0; op < 14; op++) {
		for (k = 0; k < BADPTR_READONLY; k++) {
			if (event_channel_op(op, badptr[k].addr) !=
			    -XEN_EFAULT) {
				break;
			}
		}
		tap_ok(k == BADPTR_READONLY, "op %u, bad pointers: -EFAULT",
		       op);
	}
}

void guest_main(void)
{
	badptr_init();
	shared = shared_info_map();
	info = vcpu_info_register(0);
	gic_init();
	gic_enable(board.evtchn_intid, 0x80);

	unbound();
	interdomain();
	delivery();
	virqs_and_ipis();
	no_such_port();
	pirqs();
	exhaust();
	pointers();
}
