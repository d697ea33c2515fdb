/* SPDX-License-Identifier: BSD-2-Clause */
/* The way out to a guest: exit work, scheduling, the idle wait. */
#include <stdint.h>

#include <xen/vcpu.h>

#include <arch/cpu.h>
#include <core/bits.h>

#include "arch/arm64/context.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "domain/later.h"
#include "domain/pause.h"
#include "domain/vcpu.h"
#include "hypercall/hypercall.h"
#include "ioreq/ioreq.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "vgic/vgic.h"

/* End of the time slice of the vCPU that runs, one a CPU. */
static struct timer slice[MAX_CPUS];

static void slice_over(void *opaque)
{
	struct pcpu *cpu = opaque;

	if (cpu->loaded) {
		vcpu_request(cpu->loaded, WORK_SCHED);
	}
}

/*
 * Nothing to run: wait for an interrupt. The last vCPU stays loaded, so that
 * its own timer can wake it without a switch in between.
 */
static void idle(struct pcpu *cpu)
{
	cpu->idle_since = arch_counter();
	dsb(sy);
	__asm__ volatile("wfi" : : : "memory");
	irq_poll(cpu->loaded);
	cpu->idle_since = 0;
}

/* @v runs no more for now; what it waits for decides the state. */
static void leave_cpu(struct vcpu *v, unsigned int state)
{
	if (v->runstate == RUNSTATE_running) {
		runstate_change(v, v->online ? state : RUNSTATE_offline,
				arch_counter());
	}
}

/* Whether others wait for the registers of @v: CPU_ON for those of a vCPU that
 * was turned off, the toolstack for those of one that is paused, another CPU
 * for those of one that it is to run. */
static bool is_wanted(const struct vcpu *v)
{
	return !v->online || vcpu_is_paused(v) || sched_leaving(v);
}

/* The vCPU that shall run now, loaded. */
static struct vcpu *reschedule(struct pcpu *cpu, struct vcpu *prev)
{
	struct vcpu *next;
	uint64_t until;

	cpu_rests(cpu->cpu);
	while (!(next = sched_pick(cpu->cpu, arch_counter(), &until))) {
		if (prev) {
			leave_cpu(prev, RUNSTATE_blocked);
			/* It may be destroyed while this CPU waits. */
			prev = NULL;
		}
		if (cpu->loaded && is_wanted(cpu->loaded)) {
			context_switch(NULL);
		}
		idle(cpu);
	}
	if (until == ~UINT64_C(0)) {
		timer_cancel(&slice[cpu->cpu]);
	} else {
		timer_set(&slice[cpu->cpu], cpu->cpu, until);
	}
	if (prev && next != prev) {
		leave_cpu(prev, RUNSTATE_runnable);
	}
	if (next != cpu->loaded) {
		context_switch(next);
	} else {
		context_trap_wfi(next);
	}
	if (next->runstate != RUNSTATE_running) {
		runstate_change(next, RUNSTATE_running, arch_counter());
		runstate_publish(next);
	}
	cpu_goes_on(cpu->cpu);
	return next;
}

/* @v holds its domain: the next round of its hypercall, once what interrupted
 * it is served. */
static void call_again(struct vcpu *v)
{
	irq_poll(v);
	hypercall_again(v);
}

/* The next part of what a handler of @v has put off, likewise. */
static void do_later(struct vcpu *v)
{
	irq_poll(v);
	vcpu_do_later(v);
}

/* Another vCPU may be the one to run; what was left to do for this one is. */
static struct vcpu *pass_on(struct vcpu *v, uint32_t work)
{
	struct vcpu *next = reschedule(this_pcpu(), v);

	work &= WORK_AGAIN | WORK_LATER | WORK_IOREQ;
	if (next != v && work) {
		vcpu_request(v, work);
	}
	return next;
}

/*
 * A device model has something to answer, or something to hear of, before @v
 * goes on. It blocks first, then looks once more, so that no answer is lost;
 * the bit stays set, whatever wakes it.
 */
static void serve_ioreq(struct vcpu *v)
{
	struct inject abort = { .kind = INJECT_DATA_ABORT };
	gva_t va;
	enum ioreq_result r = ioreq_work(v, &va, &abort.write);

	if (r == IOREQ_STAY) {
		sched_block(v);
		r = ioreq_work(v, &va, &abort.write);
		if (r != IOREQ_STAY) {
			sched_wake(v);
		}
	}
	if (r == IOREQ_FAIL) {
		inject(v, abort, va.v);
	}
	if (r != IOREQ_GO) {
		vcpu_request(v, WORK_IOREQ);
	}
}

struct vcpu *vcpu_exit_work(struct vcpu *v)
{
	uint32_t work;

	do {
		work = __atomic_exchange_n(&v->work, 0, __ATOMIC_ACQ_REL);
		if (work & (WORK_SCHED | WORK_PAUSE)) {
			struct vcpu *next = pass_on(v, work);

			work = next == v ? work | WORK_VGIC : WORK_VGIC;
			v = next;
		}
		if (work & WORK_VGIC) {
			vgic_flush(v);
		}
		if (work & WORK_AGAIN) {
			call_again(v);
			/* Servers hear of it when the guest does. */
			vcpu_request(v, work & WORK_IOREQ);
		} else if (unlikely(work & WORK_IOREQ)) {
			serve_ioreq(v);
		}
		if (unlikely(work & WORK_LATER)) {
			do_later(v);
		}
	} while (__atomic_load_n(&v->work, __ATOMIC_ACQUIRE));
	return v;
}

void cpu_run(void)
{
	struct pcpu *cpu = this_pcpu();
	struct vcpu *v;

	timer_init(&slice[cpu->cpu], slice_over, cpu);
	v = reschedule(cpu, NULL);
	vgic_flush(v);
	enter_guest(v->work ? vcpu_exit_work(v) : v);
}
