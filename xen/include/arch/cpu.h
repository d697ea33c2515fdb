/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam, part one: processors, time, and what crosses between CPUs. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_CPUS 8

/* Logical number of the CPU that executes this, 0 .. arch_nr_cpus() - 1. */
unsigned int arch_this_cpu(void);
unsigned int arch_nr_cpus(void);

/* Give way to other hardware threads inside a spin loop (YIELD). */
void arch_relax(void);

/**
 * arch_cpu_kick() - Make @cpu leave the guest or its idle wait soon.
 *
 * Sends one SGI; the target runs its exit work (vcpu->work) before it enters
 * a guest again. Never waits. Kicking the own CPU is allowed.
 */
void arch_cpu_kick(unsigned int cpu);

/*
 * How often @cpu has taken a kick, which it does in a guest or its idle wait
 * only; acquire order: what it did before the kick is over.
 */
uint32_t arch_cpu_kicks(unsigned int cpu);

/*
 * Whether an interrupt waits for this CPU. Long operations ask between
 * steps and turn into a continuation when it says yes.
 */
bool arch_irq_waiting(void);

/* The system counter (CNTPCT), and its frequency in Hz. */
uint64_t arch_counter(void);
uint64_t arch_counter_hz(void);

/*
 * Program this CPU's hypervisor timer (CNTHP) to fire at counter value
 * @deadline; ~0 switches it off.
 */
void arch_timer_set(uint64_t deadline);

#endif
