/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam <arch/cpu.h>: processors and time. */
#include <arch/cpu.h>

#include "arch/arm64/gic_cpu.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/smp.h"

#define ISR_PENDING (0x7u << 6)

#define CNTHP_ENABLE 1

uintptr_t arch_direct_offset;

unsigned int arch_this_cpu(void)
{
	return this_pcpu()->cpu;
}

void arch_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

void arch_cpu_kick(unsigned int cpu)
{
	gic_send_sgi(pcpus[cpu].mpidr, SMP_KICK_SGI);
}

bool arch_irq_waiting(void)
{
	return READ_SYSREG(isr_el1) & ISR_PENDING;
}

uint64_t arch_counter(void)
{
	isb();
	return READ_SYSREG(cntpct_el0);
}

uint64_t arch_counter_hz(void)
{
	return READ_SYSREG(cntfrq_el0);
}

void arch_timer_set(uint64_t deadline)
{
	if (deadline == ~UINT64_C(0)) {
		WRITE_SYSREG(cnthp_ctl_el2, 0);
	} else {
		WRITE_SYSREG(cnthp_cval_el2, deadline);
		WRITE_SYSREG(cnthp_ctl_el2, CNTHP_ENABLE);
	}
	isb();
}
