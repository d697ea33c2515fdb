/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How domains end: by themselves, by domain 0, in the middle of everything; and
 * that all comes back, scrubbed. And two of them on one CPU with domain 0.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/sched.h>

#include "arch.h"
#include "board.h"
#include "domu.h"
#include "evtchn.h"
#include "hypercall.h"
#include "tap.h"

#define CYCLES	 20
#define SHARE_MS 600
#define TRIES	 5
#define PATTERN	 0xa5u

static evtchn_port_t dom_exc;

static uint32_t flags_of(const struct domu *u)
{
	struct xen_domctl_getdomaininfo info;

	return domu_info(u->id, &info) ? 0 : info.flags;
}

static bool dom_exc_came(void *arg)
{
	(void)arg;
	return event_take(dom_exc);
}

/* The memory of one that is gone comes a grace period later. */
static uint64_t wanted_free;

static bool is_free_again(void *arg)
{
	(void)arg;
	return free_frames() == wanted_free;
}

static bool all_came_back(void)
{
	bool all = wait_for(is_free_again, NULL, 2000);

	if (!all) {
		tap_info("%lu frames are free, %lu were", free_frames(),
			 wanted_free);
	}
	return all;
}

/* ------------------------------------------------------------ by themselves */

static bool is_shut_down(void *u)
{
	return flags_of(u) & XEN_DOMINF_shutdown;
}

/* What it ends with: a hypercall or a function of PSCI. */
static const struct ending {
	const char *name;
	uint64_t psci;
	unsigned int reason;
} endings[] = {
	{ "SCHEDOP_shutdown: poweroff", 0, SHUTDOWN_poweroff },
	{ "SCHEDOP_shutdown: reboot", 0, SHUTDOWN_reboot },
	{ "SCHEDOP_shutdown: suspend", 0, SHUTDOWN_suspend },
	{ "SCHEDOP_shutdown: crash", 0, SHUTDOWN_crash },
	{ "PSCI SYSTEM_OFF", PSCI_SYSTEM_OFF, SHUTDOWN_poweroff },
	{ "PSCI SYSTEM_RESET", PSCI_SYSTEM_RESET, SHUTDOWN_reboot },
};

static void end_by_itself(struct domu *u, const struct ending *e)
{
	struct sched_shutdown arg = { .reason = e->reason };

	memcpy(u->page->job[0].data, &arg, sizeof(arg));
	if (e->psci) {
		(void)job_post(u, 0, AGENT_SMCCC, JOB_ARGS(e->psci));
	} else {
		(void)job_post(u, 0, AGENT_HYPERCALL,
			       JOB_ARGS(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
					AGENT_DATA_AT(0)));
	}
	tap_ok(wait_for(is_shut_down, u, 2000), "%s", e->name);
	tap_number(flags_of(u) >> XEN_DOMINF_shutdownshift &
			   XEN_DOMINF_shutdownmask,
		   e->reason, "the reason");
	tap_ok(wait_for(dom_exc_came, NULL, 2000), "VIRQ_DOM_EXC");
}

static void by_themselves(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(endings); i++) {
		struct domu u;

		domu_make(&u, 0, 2);
		domu_start(&u);
		(void)DO_JOB(&u, 0, AGENT_CPU_ON, 1);
		(void)job_post(&u, 1, AGENT_SPIN, NULL, 0);
		end_by_itself(&u, &endings[i]);
		domu_destroy(&u);
		tap_ok(wait_for(dom_exc_came, NULL, 2000),
		       "VIRQ_DOM_EXC when it is gone");
		tap_ok(all_came_back(), "its memory is back");
	}
}

/* A domain that was shut down to be suspended goes on. */
static void resumed(void)
{
	struct domu u;

	domu_make(&u, 0, 1);
	domu_start(&u);
	end_by_itself(&u, &endings[2]);
	tap_is(domctl_simple(u.id, XEN_DOMCTL_resumedomain), 0, "resumedomain");
	job_wait(&u.page->job[0]);
	tap_is((long)u.page->job[0].result[0], 0, "SCHEDOP_shutdown returns");
	tap_number(DO_JOB(&u, 0, AGENT_ID) >> 31 & 1, 1, "it goes on");
	tap_ok(!is_shut_down(&u), "it is not shut down");
	end_by_itself(&u, &endings[0]);
	domu_destroy(&u);
	(void)wait_for(dom_exc_came, NULL, 2000);
	tap_ok(all_came_back(), "its memory is back");
}

/* ------------------------------------------------- in the middle of everything */

static void busy_end(unsigned int nr_cpus)
{
	struct evtchn_alloc_unbound alloc = { .remote_dom = 0 };
	struct evtchn_bind_interdomain bind;
	struct evtchn_close shut;
	void *more = NULL;
	struct domu u;

	domu_make(&u, 0, 4);
	domu_start(&u);
	(void)DO_JOB(&u, 0, AGENT_GIC);
	(void)DO_JOB(&u, 0, AGENT_ENABLE, GUEST_TIMER_VIRT_PPI);
	for (uint64_t i = 1; i < 4; i++) {
		(void)DO_JOB(&u, 0, AGENT_CPU_ON, i);
	}
	alloc.dom = u.id;
	(void)event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	bind = (struct evtchn_bind_interdomain){ u.id, alloc.port, 0 };
	tap_is(event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0,
	       "a channel to it");
	more = window(u.slot, 2);
	tap_is(foreign_map(u.id, AGENT_FREE >> PAGE_SHIFT, more), 0,
	       "a page of it mapped");
	memset(more, (int)PATTERN, PAGE_SIZE);
	(void)job_post(&u, 0, AGENT_TIMER, JOB_ARGS(1000000));
	(void)job_post(&u, 1, AGENT_SPIN, NULL, 0);
	(void)job_post(&u, 2, AGENT_MANY, JOB_ARGS(GUEST_GICV3_GICD_BASE, ~0u));
	(void)job_post(&u, 3, AGENT_SLEEP, NULL, 0);
	domu_kill(&u);
	tap_ok(true, "killed, with %u CPUs", nr_cpus);
	tap_ok(*(volatile unsigned char *)more == PATTERN,
	       "its page is still mapped");
	tap_is(foreign_unmap(u.page), 0, "the shared page removed");
	tap_is(foreign_unmap(more), 0, "the other one removed");
	shut.port = bind.local_port;
	tap_is(event_channel_op(EVTCHNOP_close, &shut), 0,
	       "our end of the channel closed");
	tap_ok(all_came_back(), "its memory is back");
	tap_is(domctl_simple(u.id, XEN_DOMCTL_pausedomain), -XEN_ESRCH,
	       "it cannot be found");
	(void)event_take(dom_exc);
}

/* Paused while it loops, and destroyed. */
static void paused_end(void)
{
	struct agent_job *job;
	struct domu u;

	domu_make(&u, 0, 1);
	domu_start(&u);
	job = job_post(&u, 0, AGENT_SPIN, NULL, 0);
	while (!__atomic_load_n(&job->beats, __ATOMIC_RELAXED)) {
		give_way();
	}
	tap_is(domctl_simple(u.id, XEN_DOMCTL_pausedomain), 0, "paused");
	domu_destroy(&u);
	tap_ok(all_came_back(), "its memory is back");
}

/* Made, and never started. */
static void unborn_end(void)
{
	struct domu u;

	domu_make(&u, 0, 8);
	domu_destroy(&u);
	tap_ok(all_came_back(), "made and destroyed");
}

/* ------------------------------------------------------------------- cycles */

static void scrubbed(void)
{
	const uint64_t rest = GUEST_RAM0_BASE + MIB(DOMU_MIB) - AGENT_FREE;
	unsigned int dirty = 0, bad = 0;

	for (unsigned int i = 0; i < CYCLES; i++) {
		struct domu u;

		domu_make(&u, 0, 1 + i % 3);
		domu_start(&u);
		dirty += DO_JOB(&u, 0, AGENT_COUNT, AGENT_FREE, rest) != 0;
		(void)DO_JOB(&u, 0, AGENT_FILL, AGENT_FREE, rest, PATTERN);
		domu_destroy(&u);
		bad += !all_came_back();
	}
	tap_number(dirty, 0, "domains that saw what another one left");
	tap_number(bad, 0, "of %u that did not give all back", CYCLES);
}

/* -------------------------------------------------------------------- share */

static uint64_t run_ms(domid_t id)
{
	struct xen_domctl op = { .u.getvcpuinfo.vcpu = 0 };

	return domctl(id, XEN_DOMCTL_getvcpuinfo, &op)
		       ? 0
		       : op.u.getvcpuinfo.cpu_time / 1000000;
}

/* Milliseconds that each of three has had of CPU 0: domain 0 loops, too. */
static void share(struct domu *u, uint64_t *ms)
{
	const domid_t id[3] = { u[0].id, u[1].id, 0 };
	uint64_t end;

	for (unsigned int i = 0; i < 2; i++) {
		(void)job_post(&u[i], 0, AGENT_SPIN, NULL, 0);
	}
	for (unsigned int i = 0; i < 3; i++) {
		ms[i] = run_ms(id[i]);
	}
	end = counter() + SHARE_MS * (read_sysreg(cntfrq_el0) / 1000);
	while (counter() < end) {
		yield();
	}
	for (unsigned int i = 0; i < 3; i++) {
		ms[i] = run_ms(id[i]) - ms[i];
	}
	for (unsigned int i = 0; i < 2; i++) {
		u[i].page->job[0].stop = 1;
		job_wait(&u[i].page->job[0]);
	}
	tap_info("%lu and %lu ms, and %lu of domain 0", ms[0], ms[1], ms[2]);
}

static void set_weight(domid_t id, uint16_t weight)
{
	struct xen_domctl op = {
		.u.scheduler_op = {
			.sched_id = XEN_SCHEDULER_CREDIT2,
			.cmd = XEN_DOMCTL_SCHEDOP_putinfo,
			.u.credit2.weight = weight,
		},
	};

	tap_is(domctl(id, XEN_DOMCTL_scheduler_op, &op), 0, "weight %u",
	       weight);
}

static bool near(uint64_t ms, uint64_t want)
{
	return ms > want * 3 / 4 && ms < want * 5 / 4;
}

/* The emulator's own CPU may be taken away for a while: more than one try. */
static bool shared_as(struct domu *u, const uint64_t *want)
{
	uint64_t ms[3];

	for (unsigned int i = 0; i < TRIES; i++) {
		share(u, ms);
		if (near(ms[0], want[0]) && near(ms[1], want[1]) &&
		    near(ms[2], want[2])) {
			return true;
		}
	}
	return false;
}

static void shares(void)
{
	const struct domu dom0 = { .id = 0 };
	const uint64_t thirds[] = { SHARE_MS / 3, SHARE_MS / 3, SHARE_MS / 3 };
	const uint64_t half[] = { SHARE_MS / 2, SHARE_MS / 4, SHARE_MS / 4 };
	struct domu u[2];

	domu_pin(&dom0, 0, 0);
	for (unsigned int i = 0; i < 2; i++) {
		domu_make(&u[i], i, 1);
		domu_pin(&u[i], 0, 0);
		domu_start(&u[i]);
	}
	tap_ok(shared_as(u, thirds), "all get the same of CPU 0");
	set_weight(u[0].id, 512);
	tap_ok(shared_as(u, half), "twice the weight: half of it");
	domu_destroy(&u[0]);
	domu_destroy(&u[1]);
	tap_ok(all_came_back(), "their memory is back");
}

/* What the first domain makes grow stays so. */
static void first(void)
{
	struct domu u;

	domu_make(&u, 0, 8);
	domu_start(&u);
	domu_destroy(&u);
	rest(20);
	wanted_free = free_frames();
}

void guest_main(void)
{
	dom_exc = virq_bind(VIRQ_DOM_EXC);
	(void)shared_info_map();
	first();
	(void)event_take(dom_exc);
	by_themselves();
	resumed();
	busy_end(board.nr_cpus);
	paused_end();
	unborn_end();
	scrubbed();
	shares();
}
