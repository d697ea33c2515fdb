/* SPDX-License-Identifier: BSD-2-Clause */
/* Pausing: counts for the scheduler, and waiting for CPUs in a guest. */
#include "domain/pause.h"

#include <stddef.h>

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/errno.h>

#include "sched/sched.h"

/* A kick takes microseconds; a busy emulator may take its time. */
#define EXIT_SECONDS 20

/* A counter for each CPU, odd while it may be in a guest. */
static struct {
	uint64_t count;
} __aligned_to(64) turns[MAX_CPUS];

void cpu_rests(unsigned int cpu)
{
	uint64_t count = __atomic_load_n(&turns[cpu].count, __ATOMIC_RELAXED);

	/* A release: what this CPU has done in its guest is over. */
	__atomic_store_n(&turns[cpu].count, (count + 1) & ~UINT64_C(1),
			 __ATOMIC_RELEASE);
}

void cpu_goes_on(unsigned int cpu)
{
	uint64_t count = __atomic_load_n(&turns[cpu].count, __ATOMIC_RELAXED);

	__atomic_store_n(&turns[cpu].count, count | 1, __ATOMIC_RELAXED);
	/* Pairs with wait_for(): this was said before the work is looked at. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Until @cpu has been on the way out once, or is there. */
static void wait_for_cpu(unsigned int cpu)
{
	uint64_t ticks = arch_counter_hz() * EXIT_SECONDS;
	uint64_t *count = &turns[cpu].count;
	uint64_t seen = __atomic_load_n(count, __ATOMIC_ACQUIRE);
	uint64_t start = arch_counter();

	if (!(seen & 1)) {
		return;
	}
	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) == seen) {
		BUG_ON(arch_counter() - start > ticks);
		arch_relax();
	}
}

/* @v, if it is loaded anywhere, is not in the guest on return. */
static void wait_for(const struct vcpu *v)
{
	unsigned int cpu = v->cpu;

	if (__atomic_load_n(&v->running, __ATOMIC_ACQUIRE) &&
	    cpu != arch_this_cpu()) {
		wait_for_cpu(cpu);
	}
}

/* Its pause count has become more. */
static void keep_out(struct vcpu *v)
{
	if (v->sched) {
		sched_update(v);
	}
	vcpu_request(v, WORK_PAUSE);
}

/*
 * Wait for the vCPUs from @from up to @end of @d. This CPU is not in its guest
 * meanwhile, and looks whether it may return there afterwards; so those who
 * wait for it do not wait in vain.
 */
static void wait_for_some(const struct domain *d, unsigned int from,
			  unsigned int end)
{
	unsigned int cpu = arch_this_cpu();
	bool rested =
		!(__atomic_load_n(&turns[cpu].count, __ATOMIC_RELAXED) & 1);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	cpu_rests(cpu);
	for (unsigned int i = from; i < end; i++) {
		wait_for(d->vcpu[i]);
	}
	if (!rested) {
		cpu_goes_on(cpu);
	}
}

void domain_pause(struct domain *d)
{
	__atomic_fetch_add(&d->pauses, 1, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		keep_out(d->vcpu[i]);
	}
	wait_for_some(d, 0, d->nr_vcpus);
}

void vcpu_pause(struct vcpu *v)
{
	__atomic_fetch_add(&v->pauses, 1, __ATOMIC_SEQ_CST);
	keep_out(v);
	wait_for_some(v->domain, v->id, v->id + 1);
}

void domain_stop(struct domain *d)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		__atomic_fetch_add(&d->vcpu[i]->pauses, 1, __ATOMIC_SEQ_CST);
		keep_out(d->vcpu[i]);
	}
}

static void let_go(uint32_t *pauses)
{
	uint32_t old = __atomic_fetch_sub(pauses, 1, __ATOMIC_SEQ_CST);

	BUG_ON(!old);
}

void domain_unpause(struct domain *d)
{
	let_go(&d->pauses);
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]->sched) {
			sched_update(d->vcpu[i]);
		}
	}
}

void vcpu_unpause(struct vcpu *v)
{
	let_go(&v->pauses);
	if (v->sched) {
		sched_update(v);
	}
}

int domain_hold(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *holder = NULL;

	if (domain_held_by(v)) {
		return 0;
	}
	if (!__atomic_compare_exchange_n(&d->holder, &holder, v, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		return -XEN_EAGAIN;
	}
	domain_pause(d);
	return 0;
}

void domain_release(struct vcpu *v)
{
	struct domain *d = v->domain;

	ASSERT(domain_held_by(v));
	__atomic_store_n(&d->holder, NULL, __ATOMIC_RELEASE);
	domain_unpause(d);
}
