/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain beside domain 0: what it sees, what it may do, what domain 0 is
 * told about it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/sched.h>
#include <xen/version.h>

#include "arch.h"
#include "board.h"
#include "domu.h"
#include "evtchn.h"
#include "exception.h"
#include "hypercall.h"
#include "tap.h"

#define HOLE	  0x0a000000UL /* of the domain's address space */
#define LATE_MS	  200
#define AFFINITY  0xff00ffffffUL
#define IS_OFF	  1
#define ASLEEP_MS 50

static struct domu u;

/* A hypercall by vCPU 0, with its argument in the job's data. */
static long call(unsigned int nr, unsigned int op, const void *arg, size_t size)
{
	memcpy(u.page->job[0].data, arg, size);
	return (long)DO_JOB(&u, 0, AGENT_HYPERCALL, nr, op, AGENT_DATA_AT(0));
}

static void calls(void)
{
	struct agent_job *job = &u.page->job[0];

	(void)DO_JOB(&u, 0, AGENT_ID);
	tap_ok((job->result[0] & AFFINITY) == 0, "vCPU 0 has affinity 0");
	tap_ok(job->result[1] == read_sysreg(cntfrq_el0), "the same clock");
	tap_ok(job->result[2] == 1 << 2, "EL1");
	tap_number((long)DO_JOB(&u, 0, AGENT_HYPERCALL,
				__HYPERVISOR_xen_version, XENVER_version, 0),
		   xen_version(XENVER_version, NULL), "a hypercall");
	tap_is((long)DO_JOB(&u, 0, AGENT_HYPERCALL, 63), -XEN_ENOSYS,
	       "hypercall 63");
	tap_ok(DO_JOB(&u, 0, AGENT_SMCCC, SMCCC_VERSION) >= 0x10001,
	       "SMCCC version");
	tap_ok(DO_JOB(&u, 0, AGENT_SMCCC, PSCI_VERSION) >= 0x10000,
	       "PSCI version");
}

/* Neither the machine's nor domain 0's. */
static void not_allowed(void)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_pausedomain,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
	};
	char *data = (char *)u.page->job[0].data;

	memcpy(data, &op, AGENT_DATA);
	tap_is((long)DO_JOB(&u, 0, AGENT_HYPERCALL, __HYPERVISOR_domctl,
			    AGENT_DATA_AT(0)),
	       -XEN_EPERM, "domctl by it");
}

static void faults(void)
{
	struct agent_job *job = &u.page->job[0];
	struct fault f;

	(void)DO_JOB(&u, 0, AGENT_READ, HOLE, 4);
	f = (struct fault){ job->fault, job->esr, job->far, 0 };
	tap_ok(f.taken && f.far == HOLE, "a read of nothing: %s",
	       fault_name(&f));
	(void)DO_JOB(&u, 0, AGENT_WRITE, HOLE + 8, 8, 1);
	f = (struct fault){ job->fault, job->esr, job->far, 0 };
	tap_ok(f.taken && f.far == HOLE + 8, "a write of nothing: %s",
	       fault_name(&f));
	(void)DO_JOB(&u, 0, AGENT_READ, 0x09000000, 4);
	tap_ok(job->fault, "a read of the machine's UART faults");
	(void)DO_JOB(&u, 0, AGENT_READ, AGENT_FREE, 8);
	tap_ok(!job->fault && job->result[0] == 0, "its RAM is zero");
}

static void timer(void)
{
	struct agent_job *job = &u.page->job[0];
	uint64_t max = read_sysreg(cntfrq_el0) / 1000 * LATE_MS;

	(void)DO_JOB(&u, 0, AGENT_GIC);
	(void)DO_JOB(&u, 0, AGENT_ENABLE, GUEST_TIMER_VIRT_PPI);
	for (uint64_t us = 10; us <= 100000; us *= 10) {
		(void)DO_JOB(&u, 0, AGENT_TIMER, us);
		tap_ok(job->result[1] == GUEST_TIMER_VIRT_PPI &&
			       job->result[0] < max,
		       "its timer wakes it after %lu us", us);
		tap_info("%lu ticks late", job->result[0]);
	}
}

static void events(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = u.id, .remote_dom = 0 };
	struct evtchn_bind_interdomain bind = { .remote_dom = u.id };
	struct agent_job *job;
	struct evtchn_send send;

	tap_is(event_channel_op(EVTCHNOP_alloc_unbound, &alloc), 0,
	       "a port of it");
	bind.remote_port = alloc.port;
	tap_is(event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0, "bound");
	(void)shared_info_map();
	(void)event_take(bind.local_port);
	tap_is((long)DO_JOB(&u, 0, AGENT_VCPU_INFO, AGENT_FREE), 0,
	       "it registers a vcpu_info");
	(void)DO_JOB(&u, 0, AGENT_ENABLE, GUEST_EVTCHN_PPI);
	/* What came with the binding. */
	(void)DO_JOB(&u, 0, AGENT_SLEEP);
	job = job_post(&u, 0, AGENT_SLEEP, NULL, 0);
	rest(20);
	tap_ok(!job_is_done(job), "it sleeps");
	send.port = bind.local_port;
	tap_is(event_channel_op(EVTCHNOP_send, &send), 0, "an event to it");
	tap_number((long)job_result(job), GUEST_EVTCHN_PPI, "it wakes");
	tap_ok(!event_take(bind.local_port), "nothing has come here");
	send.port = alloc.port;
	tap_is(call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send,
		    sizeof(send)),
	       0, "an event from it");
	tap_ok(event_take(bind.local_port), "it has come");
}

static bool vcpu_2_is_off(void *arg)
{
	(void)arg;
	return DO_JOB(&u, 0, AGENT_SMCCC, PSCI_AFFINITY_INFO64, 2) == IS_OFF;
}

static void second_vcpu(void)
{
	struct xen_domctl_getdomaininfo info;
	struct agent_job *job;

	tap_number((long)DO_JOB(&u, 0, AGENT_CPU_ON, 1), PSCI_SUCCESS,
		   "CPU_ON of vCPU 1");
	(void)DO_JOB(&u, 1, AGENT_ID);
	tap_ok((u.page->job[1].result[0] & AFFINITY) == 1,
	       "it runs, with affinity 1");
	tap_number((int32_t)DO_JOB(&u, 0, AGENT_SMCCC, PSCI_CPU_ON64, 1,
				   AGENT_IMAGE),
		   PSCI_ALREADY_ON, "CPU_ON once more");
	(void)domu_info(u.id, &info);
	tap_number(info.nr_online_vcpus, 2, "vCPUs that are on");
	job = job_post(&u, 1, AGENT_SLEEP, NULL, 0);
	(void)DO_JOB(&u, 0, AGENT_ENABLE, 3);
	(void)DO_JOB(&u, 0, AGENT_SGI, 0, 1);
	tap_ok(!job_is_done(job), "a disabled SGI does not wake it");
	(void)DO_JOB(&u, 0, AGENT_SGI, 3, 0);
	tap_number((long)DO_JOB(&u, 0, AGENT_SLEEP), 3, "an SGI to itself");
	tap_ok(!job_is_done(job), "vCPU 1 sleeps");
}

static void third_vcpu(void)
{
	tap_number((int32_t)DO_JOB(&u, 0, AGENT_CPU_ON, 2), PSCI_SUCCESS,
		   "CPU_ON of vCPU 2");
	(void)DO_JOB(&u, 2, AGENT_ENABLE, 5);
	(void)job_post(&u, 2, AGENT_SLEEP, NULL, 0);
	(void)DO_JOB(&u, 0, AGENT_SGI, 5, 2);
	tap_number((long)job_result(&u.page->job[2]), 5, "an SGI to vCPU 2");
	(void)job_post(&u, 2, AGENT_CPU_OFF, NULL, 0);
	tap_ok(wait_for(vcpu_2_is_off, NULL, 2000), "CPU_OFF");
}

static void told(void)
{
	struct xen_domctl_getdomaininfo info;
	struct xen_domctl op = { .u.getvcpuinfo.vcpu = 0 };

	tap_is(domu_info(u.id, &info), 0, "getdomaininfo");
	tap_number((long)info.tot_pages, DOMU_FRAMES, "its pages");
	tap_number((long)info.max_pages, (DOMU_MIB + 1) * 256, "at most");
	tap_ok(info.flags & XEN_DOMINF_hap, "flag hap");
	tap_ok(!(info.flags &
		 (XEN_DOMINF_dying | XEN_DOMINF_shutdown | XEN_DOMINF_paused)),
	       "neither dying nor shut down nor paused");
	tap_is(domctl(u.id, XEN_DOMCTL_getvcpuinfo, &op), 0, "getvcpuinfo");
	tap_ok(op.u.getvcpuinfo.online && op.u.getvcpuinfo.cpu_time > 0,
	       "vCPU 0 is on and has run");
}

static void pause(void)
{
	struct agent_job *job = job_post(&u, 0, AGENT_SPIN, NULL, 0);
	struct xen_domctl_getdomaininfo info;
	uint64_t before;

	tap_is(domctl_simple(u.id, XEN_DOMCTL_pausedomain), 0,
	       "pausedomain, while it loops");
	before = __atomic_load_n(&job->beats, __ATOMIC_RELAXED);
	rest(20);
	tap_ok(__atomic_load_n(&job->beats, __ATOMIC_RELAXED) == before,
	       "it stands still");
	(void)domu_info(u.id, &info);
	tap_ok(info.flags & XEN_DOMINF_paused, "flag paused");
	tap_is(domctl_simple(u.id, XEN_DOMCTL_unpausedomain), 0,
	       "unpausedomain");
	tap_is(domctl_simple(u.id, XEN_DOMCTL_unpausedomain), -XEN_EINVAL,
	       "unpausedomain once more");
	before += 1000;
	while (__atomic_load_n(&job->beats, __ATOMIC_RELAXED) < before) {
		give_way();
	}
	tap_ok(true, "it goes on");
	job->stop = 1;
	job_wait(job);
}

void guest_main(void)
{
	domu_make(&u, 0, 3);
	domu_start(&u);
	calls();
	not_allowed();
	faults();
	timer();
	events();
	second_vcpu();
	third_vcpu();
	told();
	pause();
	domu_destroy(&u);
	tap_ok(true, "destroyed");
}
