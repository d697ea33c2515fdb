/* SPDX-License-Identifier: BSD-2-Clause */
/* SCHED_OP: x[0] command, x[1] argument. */
#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include <arch/cpu.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "domain/time.h"
#include "evtchn/evtchn.h"
#include "hypercall/hypercall.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "vgic/vgic.h"

#define POLL_MAX_PORTS 128

static int64_t sched_pass_op(struct vcpu *v, gva_t arg)
{
	(void)arg;
	sched_pass(v);
	return 0;
}

/* Block first: who sends an event now finds a blocked vCPU to wake. */
static int64_t sched_block_op(struct vcpu *v, gva_t arg)
{
	(void)arg;
	sched_block(v);
	if (vgic_pending(v)) {
		sched_wake(v);
	}
	return 0;
}

static int64_t sched_shutdown_op(struct vcpu *v, gva_t arg)
{
	struct sched_shutdown shutdown;

	if (guest_read(v, &shutdown, arg, sizeof(shutdown))) {
		return -XEN_EFAULT;
	}
	domain_shutdown(v->domain, shutdown.reason);
	return 0;
}

static int64_t sched_shutdown_code_op(struct vcpu *v, gva_t arg)
{
	struct sched_shutdown shutdown;

	if (guest_read(v, &shutdown, arg, sizeof(shutdown))) {
		return -XEN_EFAULT;
	}
	domain_latch_shutdown_code(v->domain, shutdown.reason);
	return 0;
}

static int64_t sched_remote_shutdown_op(struct vcpu *v, gva_t arg)
{
	struct sched_remote_shutdown remote;
	struct domain *d;
	int rc;

	if (guest_read(v, &remote, arg, sizeof(remote))) {
		return -XEN_EFAULT;
	}
	d = domain_by_id(v->domain, remote.domain_id);
	if (!d || remote.domain_id == DOMID_SELF) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, d);
	if (!rc) {
		domain_shutdown(d, remote.reason);
	}
	return rc;
}

static int64_t sched_watchdog_op(struct vcpu *v, gva_t arg)
{
	struct sched_watchdog w;

	if (guest_read(v, &w, arg, sizeof(w))) {
		return -XEN_EFAULT;
	}
	return domain_watchdog(v->domain, w.id, w.timeout);
}

/* A vCPU is kept where it is, and nowhere else. */
static int64_t sched_pin_override_op(struct vcpu *v, gva_t arg)
{
	struct sched_pin_override pin;
	int rc = right_check(v->domain, RIGHT_CONTROL, v->domain);

	if (rc) {
		return rc;
	}
	if (guest_read(v, &pin, arg, sizeof(pin))) {
		return -XEN_EFAULT;
	}
	if (pin.pcpu < 0) {
		rc = v->pinned ? 0 : -XEN_EINVAL;
		v->pinned = false;
		return rc;
	}
	if ((uint32_t)pin.pcpu >= arch_nr_cpus()) {
		return -XEN_EINVAL;
	}
	if ((uint32_t)pin.pcpu != v->cpu) {
		return -XEN_EOPNOTSUPP;
	}
	v->pinned = true;
	return 0;
}

/* From here on, a port that becomes pending wakes @v. */
static void poll_begin(struct vcpu *v, const struct sched_poll *poll,
		       const evtchn_port_t *port)
{
	timer_cancel(&v->poll_timer);
	__atomic_store_n(&v->poll_port, poll->nr_ports == 1 ? *port : POLL_MANY,
			 __ATOMIC_RELAXED);
	sched_block(v);
	__atomic_fetch_or(&v->domain->polling, BIT(v->id), __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void poll_end(struct vcpu *v)
{
	__atomic_fetch_and(&v->domain->polling, ~BIT(v->id), __ATOMIC_RELAXED);
	sched_wake(v);
}

static int64_t sched_poll_op(struct vcpu *v, gva_t arg)
{
	evtchn_port_t port[POLL_MAX_PORTS];
	struct sched_poll poll;
	int rc;

	if (guest_read(v, &poll, arg, sizeof(poll))) {
		return -XEN_EFAULT;
	}
	if (poll.nr_ports > POLL_MAX_PORTS) {
		return -XEN_EINVAL;
	}
	if (poll.nr_ports && guest_read(v, port, HANDLE_GVA(poll.ports, 0),
					poll.nr_ports * sizeof(port[0]))) {
		return -XEN_EFAULT;
	}
	poll_begin(v, &poll, port);
	rc = vgic_pending(v) ? 1 : evtchn_poll(v, port, poll.nr_ports);
	if (rc) {
		poll_end(v);
		return rc < 0 ? rc : 0;
	}
	if (poll.timeout) {
		timer_set(&v->poll_timer, v->cpu,
			  time_to_counter(poll.timeout));
	}
	return 0;
}

static int64_t (*const table[])(struct vcpu *v, gva_t arg) = {
	[SCHEDOP_yield] = sched_pass_op,
	[SCHEDOP_block] = sched_block_op,
	[SCHEDOP_shutdown] = sched_shutdown_op,
	[SCHEDOP_poll] = sched_poll_op,
	[SCHEDOP_remote_shutdown] = sched_remote_shutdown_op,
	[SCHEDOP_shutdown_code] = sched_shutdown_code_op,
	[SCHEDOP_watchdog] = sched_watchdog_op,
	[SCHEDOP_pin_override] = sched_pin_override_op,
};

int64_t hypercall_sched_op(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = x[0];

	if (cmd >= ARRAY_SIZE(table)) {
		return -XEN_ENOSYS;
	}
	return table[cmd](v, GVA(x[1]));
}
