/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IHI 0069, "AArch64 System register descriptions" (ICC_*, ICH_*).
 * The registers that exist only with more list registers or priority bits
 * are reached by number alone, after asking ICH_VTR_EL2.
 */
#include "gic_cpu.h"

#include <stddef.h>

#include <arch/irq.h>
#include <core/bits.h>
#include <core/compiler.h>

#define ICC_SRE_EL1   S3_0_C12_C12_5
#define ICC_BPR1_EL1  S3_0_C12_C12_3
#define ICH_AP0R0_EL2 S3_4_C12_C8_0
#define ICH_AP0R1_EL2 S3_4_C12_C8_1
#define ICH_AP0R2_EL2 S3_4_C12_C8_2
#define ICH_AP0R3_EL2 S3_4_C12_C8_3
#define ICH_AP1R0_EL2 S3_4_C12_C9_0
#define ICH_AP1R1_EL2 S3_4_C12_C9_1
#define ICH_AP1R2_EL2 S3_4_C12_C9_2
#define ICH_AP1R3_EL2 S3_4_C12_C9_3

#define ICC_SRE_SRE	 BIT(0)
#define ICC_SRE_DFB	 BIT(1)
#define ICC_SRE_DIB	 BIT(2)
#define ICC_SRE_ENABLE	 BIT(3)
#define ICC_CTLR_EOIMODE BIT(1)
#define ICH_HCR_EN	 BIT(0)
#define ICH_HCR_UIE	 BIT(1)
#define ICH_VTR_LISTREGS GENMASK(4, 0)
#define ICH_VTR_PREBITS	 GENMASK(28, 26)

static unsigned int nr_lrs;
static unsigned int nr_aprs; /* 1, 2 or 4 a group */

void gic_cpu_init(void)
{
	uint64_t vtr;
	unsigned int i;

	WRITE_SYSREG(ICC_SRE_EL2,
		     ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
	WRITE_SYSREG(ICC_SRE_EL1, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB);
	WRITE_SYSREG(ICC_BPR1_EL1, 0);
	WRITE_SYSREG(ICC_PMR_EL1, 0xff);
	WRITE_SYSREG(ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
	WRITE_SYSREG(ICC_IGRPEN1_EL1, 1);

	vtr = READ_SYSREG(ICH_VTR_EL2);
	nr_lrs = FIELD_GET(ICH_VTR_LISTREGS, vtr) + 1;
	nr_aprs = 1u << (FIELD_GET(ICH_VTR_PREBITS, vtr) - 4);
	for (i = 0; i < nr_lrs; i++) {
		arch_lr_write(i, 0);
	}
	arch_irq_cpu_load(&(struct irq_cpu_state){ 0 });
	WRITE_SYSREG(ICH_HCR_EL2, ICH_HCR_EN);
	isb();
}

void gic_send_sgi(uint64_t mpidr, unsigned int intid)
{
	uint64_t aff0 = mpidr & 0xff;
	uint64_t value = (mpidr >> 32 & 0xff) << 48 |
			 (mpidr >> 16 & 0xff) << 32 | (aff0 >> 4) << 44 |
			 (uint64_t)intid << 24 | (mpidr >> 8 & 0xff) << 16 |
			 BIT(aff0 & 15);

	dsb(ishst);
	WRITE_SYSREG(ICC_SGI1R_EL1, value);
	isb();
}

void arch_irq_deactivate(unsigned int intid)
{
	gic_deactivate(intid);
}

unsigned int arch_lr_count(void)
{
	return nr_lrs;
}

/* ICH_LR<n>_EL2: CRm 12 for 0..7, 13 for 8..15. */
#define FOR_EACH_LR(op)                                                        \
	op(0, C12_0) op(1, C12_1) op(2, C12_2) op(3, C12_3) op(4, C12_4)       \
		op(5, C12_5) op(6, C12_6) op(7, C12_7) op(8, C13_0)            \
			op(9, C13_1) op(10, C13_2) op(11, C13_3) op(12, C13_4) \
				op(13, C13_5) op(14, C13_6) op(15, C13_7)

#define READ_LR(n, enc) \
	case n:         \
		return READ_SYSREG(S3_4_C12_##enc);
#define WRITE_LR(n, enc)                          \
	case n:                                   \
		WRITE_SYSREG(S3_4_C12_##enc, lr); \
		break;

uint64_t arch_lr_read(unsigned int n)
{
	switch (n) {
		FOR_EACH_LR(READ_LR)
	default:
		return 0;
	}
}

/* The first one is used most. */
void arch_lr_write(unsigned int n, uint64_t lr)
{
	if (likely(n == 0)) {
		WRITE_SYSREG(S3_4_C12_C12_0, lr);
		return;
	}
	switch (n) {
		FOR_EACH_LR(WRITE_LR)
	default:
		break;
	}
}

uint32_t arch_lr_empty(void)
{
	/* Earlier writes to list registers show in ELRSR after this only. */
	isb();
	return (uint32_t)READ_SYSREG(ICH_ELRSR_EL2);
}

void arch_lr_underflow_irq(bool on)
{
	WRITE_SYSREG(ICH_HCR_EL2, on ? ICH_HCR_EN | ICH_HCR_UIE : ICH_HCR_EN);
}

uint64_t arch_vmcr_read(void)
{
	return READ_SYSREG(ICH_VMCR_EL2);
}

void arch_irq_cpu_save(struct irq_cpu_state *state)
{
	state->vmcr = READ_SYSREG(ICH_VMCR_EL2);
	state->apr[0][0] = (uint32_t)READ_SYSREG(ICH_AP0R0_EL2);
	state->apr[1][0] = (uint32_t)READ_SYSREG(ICH_AP1R0_EL2);
	if (nr_aprs > 1) {
		state->apr[0][1] = (uint32_t)READ_SYSREG(ICH_AP0R1_EL2);
		state->apr[1][1] = (uint32_t)READ_SYSREG(ICH_AP1R1_EL2);
	}
	if (nr_aprs > 2) {
		state->apr[0][2] = (uint32_t)READ_SYSREG(ICH_AP0R2_EL2);
		state->apr[0][3] = (uint32_t)READ_SYSREG(ICH_AP0R3_EL2);
		state->apr[1][2] = (uint32_t)READ_SYSREG(ICH_AP1R2_EL2);
		state->apr[1][3] = (uint32_t)READ_SYSREG(ICH_AP1R3_EL2);
	}
}

void arch_irq_cpu_load(const struct irq_cpu_state *state)
{
	WRITE_SYSREG(ICH_VMCR_EL2, state->vmcr);
	WRITE_SYSREG(ICH_AP0R0_EL2, state->apr[0][0]);
	WRITE_SYSREG(ICH_AP1R0_EL2, state->apr[1][0]);
	if (nr_aprs > 1) {
		WRITE_SYSREG(ICH_AP0R1_EL2, state->apr[0][1]);
		WRITE_SYSREG(ICH_AP1R1_EL2, state->apr[1][1]);
	}
	if (nr_aprs > 2) {
		WRITE_SYSREG(ICH_AP0R2_EL2, state->apr[0][2]);
		WRITE_SYSREG(ICH_AP0R3_EL2, state->apr[0][3]);
		WRITE_SYSREG(ICH_AP1R2_EL2, state->apr[1][2]);
		WRITE_SYSREG(ICH_AP1R3_EL2, state->apr[1][3]);
	}
}
