/* SPDX-License-Identifier: BSD-2-Clause */
/* Fake CPUs: a thread says which one it is; time stands still by default. */
#include <sched.h>

#include <arch/cpu.h>
#include <core/bug.h>

#include "model.h"

#define COUNTER_HZ 62500000u /* QEMU's */

static _Thread_local unsigned int this_cpu;
static unsigned int nr_cpus = 1;
static unsigned int kicks[MAX_CPUS];
static uint32_t kicks_taken[MAX_CPUS];
static bool kicks_wait; /* CPUs take kicks when the test says so */
static uint64_t deadline[MAX_CPUS];
static uint64_t counter;
static unsigned int irq_after = ~0u;

void cpu_reset(void)
{
	this_cpu = 0;
	nr_cpus = 1;
	irq_after = ~0u;
	kicks_wait = false;
	__atomic_store_n(&counter, 0, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		kicks[i] = 0;
		deadline[i] = ~UINT64_C(0);
	}
}

void host_set_cpu(unsigned int cpu)
{
	BUG_ON(cpu >= MAX_CPUS);
	this_cpu = cpu;
}

void host_set_nr_cpus(unsigned int nr)
{
	BUG_ON(!nr || nr > MAX_CPUS);
	nr_cpus = nr;
}

unsigned int arch_this_cpu(void)
{
	return this_cpu;
}

unsigned int arch_nr_cpus(void)
{
	return nr_cpus;
}

void arch_relax(void)
{
	sched_yield();
}

void arch_cpu_kick(unsigned int cpu)
{
	BUG_ON(cpu >= nr_cpus);
	__atomic_fetch_add(&kicks[cpu], 1, __ATOMIC_RELAXED);
	if (!kicks_wait) {
		host_cpu_pass(cpu);
	}
}

void host_kicks_wait(bool wait)
{
	kicks_wait = wait;
}

void host_cpu_pass(unsigned int cpu)
{
	__atomic_fetch_add(&kicks_taken[cpu], 1, __ATOMIC_RELEASE);
}

uint32_t arch_cpu_kicks(unsigned int cpu)
{
	return __atomic_load_n(&kicks_taken[cpu], __ATOMIC_ACQUIRE);
}

unsigned int host_take_kicks(unsigned int cpu)
{
	return __atomic_exchange_n(&kicks[cpu], 0, __ATOMIC_RELAXED);
}

void host_irq_waiting_after(unsigned int n)
{
	irq_after = n;
}

bool arch_irq_waiting(void)
{
	if (irq_after == ~0u) {
		return false;
	}
	return irq_after-- == 0;
}

uint64_t arch_counter(void)
{
	return __atomic_load_n(&counter, __ATOMIC_RELAXED);
}

uint64_t arch_counter_hz(void)
{
	return COUNTER_HZ;
}

void host_counter_set(uint64_t ticks)
{
	__atomic_store_n(&counter, ticks, __ATOMIC_RELAXED);
}

void host_counter_advance(uint64_t ticks)
{
	__atomic_fetch_add(&counter, ticks, __ATOMIC_RELAXED);
}

void arch_timer_set(uint64_t when)
{
	deadline[this_cpu] = when;
}

uint64_t host_timer_deadline(unsigned int cpu)
{
	return deadline[cpu];
}
