/* SPDX-License-Identifier: BSD-2-Clause */
/* What each physical CPU knows of itself; TPIDR_EL2 points at it. */
#ifndef ARM64_PCPU_H
#define ARM64_PCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/cpu.h>

#include "arch/arm64/sysreg.h"

struct vcpu;

struct pcpu {
	void *stack_top;     /* first: entry.S relies on it */
	uint64_t mpidr;	     /* MPIDR_EL1 affinity fields   */
	struct vcpu *loaded; /* whose state is in the registers, or NULL */
	uint32_t cpu;	     /* logical number              */
	bool online;	     /* atomic; set by the CPU itself */
	uint32_t kicks;	     /* taken; atomic               */
	uint64_t irqs;	     /* counters for the console keys */
	uint64_t switches;
	uint64_t idle_since; /* counter value, or 0 when not idle */
};

extern struct pcpu pcpus[MAX_CPUS];

static inline struct pcpu *this_pcpu(void)
{
	return (struct pcpu *)READ_SYSREG(tpidr_el2);
}

#endif
