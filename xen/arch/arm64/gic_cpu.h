/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The GICv3 CPU interface of the calling CPU, by system registers: the
 * physical side for the trap code, and (see <arch/irq.h>) the list registers.
 *
 * EOImode is 1: gic_eoi() drops the running priority and leaves the interrupt
 * active, so that a guest's list register (HW=1) or gic_deactivate() ends it.
 */
#ifndef ARM64_GIC_CPU_H
#define ARM64_GIC_CPU_H

#include <stdint.h>

#include "arch/arm64/sysreg.h"

/* First of the special ids (1020..1023): nothing was pending. */
#define GIC_SPURIOUS 1020u

/*
 * System registers of the calling CPU, physical and virtual interface on.
 * After arch_irq_cpu_init().
 */
void gic_cpu_init(void);

/* Acknowledge: the interrupt's id, or GIC_SPURIOUS and above. */
static inline unsigned int gic_ack(void)
{
	unsigned int intid = (unsigned int)READ_SYSREG(ICC_IAR1_EL1);

	dsb(sy);
	return intid & 0xffffff;
}

/* Drop the priority of what gic_ack() returned. It stays active. */
static inline void gic_eoi(unsigned int intid)
{
	WRITE_SYSREG(ICC_EOIR1_EL1, intid);
	isb();
}

/* End an interrupt of the hypervisor's own after gic_eoi(). */
static inline void gic_deactivate(unsigned int intid)
{
	WRITE_SYSREG(ICC_DIR_EL1, intid);
	isb();
}

/* Send SGI @intid (0..15) to the CPU with affinity @mpidr. Earlier stores
 * are visible to the target before the interrupt. */
void gic_send_sgi(uint64_t mpidr, unsigned int intid);

#endif
