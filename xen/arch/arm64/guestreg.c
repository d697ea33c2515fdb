/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack pointer that a guest instruction means. */
#include <arch/guestreg.h>

#include <core/bits.h>

#include "arch/arm64/sysreg.h"
#include "domain/domain.h"

/* SPSR_EL2.M: EL1 with its own stack pointer. */
#define PSR_M	 GENMASK(3, 0)
#define PSR_EL1H 0x5

uint64_t arch_guest_sp(const struct vcpu *v)
{
	return (v->regs.cpsr & PSR_M) == PSR_EL1H ? READ_SYSREG(sp_el1)
						  : v->regs.sp_el0;
}

void arch_guest_set_sp(struct vcpu *v, uint64_t sp)
{
	if ((v->regs.cpsr & PSR_M) == PSR_EL1H) {
		WRITE_SYSREG(sp_el1, sp);
	} else {
		v->regs.sp_el0 = sp;
	}
}
