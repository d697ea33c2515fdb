/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs of the guest: numbering, starting, and what each is doing. */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#include <stdbool.h>
#include <stdint.h>

#include "exception.h"
#include "layout.h"

/** struct cpu - One CPU; TPIDR_EL1 points at its own. */
struct cpu {
	uint64_t stack; /* CPU_STACK */
	unsigned int id;
	void (*run)(void *arg);
	void *arg;
	uint32_t started;
	uint32_t finished;
	struct fault *probe; /* filled by the next synchronous exception */
};

/** smp_init() - Make the boot CPU number 0. */
void smp_init(void);

/** this_cpu() - The CPU that this code runs on. */
struct cpu *this_cpu(void);

/**
 * smp_start() - Start CPU @id by PSCI CPU_ON to run @run(@arg).
 *
 * When @run returns the CPU turns itself off and can be started again.
 *
 * Return: what PSCI answered.
 */
long smp_start(unsigned int id, void (*run)(void *arg), void *arg);

/** smp_join() - Wait until what smp_start() started on @id has returned. */
void smp_join(unsigned int id);

/** smp_entry() - Physical address that CPU_ON can be given; context is cpu. */
uint64_t smp_entry(void);

/** smp_context() - The context word that secondary entry of @id wants. */
uint64_t smp_context(unsigned int id);

/** flag_wait() - Wait until *@flag is at least @value, giving way to others. */
void flag_wait(const uint32_t *flag, uint32_t value);

/** flag_set() - Publish @value to flag_wait(). */
void flag_set(uint32_t *flag, uint32_t value);

#endif
