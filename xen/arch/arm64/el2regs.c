/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EL2 registers that are the same for every guest. Their reset values are
 * UNKNOWN and firmware may have used them: every one that can matter to a guest
 * is written, those of extensions where the CPU has them. What is left out has
 * no effect in the way EL2 is used: without VHE (TTBR1_EL2, CONTEXTIDR_EL2,
 * CNTHV_*), nested virtualisation (VNCR_EL2), secure EL2, ECV (CNTPOFF_EL2),
 * and with SVE, SME, MTE and activity monitors trapped.
 */
#include <arch/cpu.h>
#include <core/bits.h>

#include "arch/arm64/context.h"
#include "arch/arm64/hcr.h"
#include "arch/arm64/sysreg.h"

#define VSESR_EL2     S3_4_C5_C2_3
#define VDISR_EL2     S3_4_C12_C1_1
#define HCRX_EL2      S3_4_C1_C2_2
#define HFGRTR_EL2    S3_4_C1_C1_4
#define HFGWTR_EL2    S3_4_C1_C1_5
#define HFGITR_EL2    S3_4_C1_C1_6
#define HDFGRTR_EL2   S3_4_C3_C1_4
#define HDFGWTR_EL2   S3_4_C3_C1_5
#define HAFGRTR_EL2   S3_4_C3_C1_6
#define TRFCR_EL2     S3_4_C1_C2_1
#define PMSCR_EL2     S3_4_C9_C9_0
#define MPAM2_EL2     S3_4_C10_C5_0
#define MPAMHCR_EL2   S3_4_C10_C4_0
#define MPAMIDR_EL1   S3_0_C10_C4_4
#define AMUSERENR_EL0 S3_3_C13_C2_3

#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_TDA   BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define MDCR_TPMS  BIT(14)
#define MDCR_TTRF  BIT(19)
#define MDCR_HPMN  GENMASK(4, 0)

#define CPTR_RES1 0x32ff
#define CPTR_TZ	  BIT(8)
#define CPTR_TTA  BIT(20)
#define CPTR_TAM  BIT(30)

#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN	 BIT(1)

#define MPAM2_TRAPMPAM0EL1 BIT(49)
#define MPAM2_TRAPMPAM1EL1 BIT(48)
#define MPAMHCR_TRAP_IDR   BIT(31)
#define MPAMIDR_HAS_HCR	   BIT(17)

/* By names that stand for encodings. */
#define READ_ENC(enc)	      READ_SYSREG(enc)
#define WRITE_ENC(enc, value) WRITE_SYSREG(enc, value)

/* A field of an ID register, 4 bits at @shift. */
#define ID_FIELD(reg, shift) (READ_SYSREG(reg) >> (shift)&0xf)

static void init_traps(void)
{
	uint64_t mdcr = READ_SYSREG(mdcr_el2) & MDCR_HPMN;

	WRITE_SYSREG(hcr_el2, HCR_RW | HCR_FMO | HCR_IMO | HCR_AMO);
	WRITE_SYSREG(mdcr_el2, mdcr | MDCR_TPMCR | MDCR_TPM | MDCR_TDA |
				       MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS |
				       MDCR_TTRF);
	WRITE_SYSREG(cptr_el2, CPTR_RES1 | CPTR_TZ | CPTR_TTA | CPTR_TAM);
	WRITE_SYSREG(hstr_el2, 0);
	WRITE_SYSREG(hacr_el2, 0);
	if (ID_FIELD(id_aa64mmfr1_el1, 40)) {
		WRITE_ENC(HCRX_EL2, 0);
	}
	if (ID_FIELD(id_aa64mmfr0_el1, 56)) {
		WRITE_ENC(HFGRTR_EL2, 0);
		WRITE_ENC(HFGWTR_EL2, 0);
		WRITE_ENC(HFGITR_EL2, 0);
		WRITE_ENC(HDFGRTR_EL2, 0);
		WRITE_ENC(HDFGWTR_EL2, 0);
		if (ID_FIELD(id_aa64pfr0_el1, 44)) {
			WRITE_ENC(HAFGRTR_EL2, 0);
		}
	}
}

/* Reliability: the syndrome of a virtual SError, and a deferred one. */
static void init_ras(void)
{
	if (ID_FIELD(id_aa64pfr0_el1, 28)) {
		WRITE_ENC(VSESR_EL2, 0);
		WRITE_ENC(VDISR_EL2, 0);
	}
}

/*
 * What guests are told they do not have: nothing of it runs or answers EL0
 * in another way than EL1. Debug registers trap, so guests cannot undo a
 * breakpoint or single step that is left over.
 */
static void init_hidden(void)
{
	unsigned int pmu = ID_FIELD(id_aa64dfr0_el1, 8);

	WRITE_SYSREG(mdscr_el1, 0);
	if (pmu && pmu != 0xf) {
		WRITE_SYSREG(pmuserenr_el0, 0);
	}
	if (ID_FIELD(id_aa64dfr0_el1, 32)) {
		WRITE_ENC(PMSCR_EL2, 0);
	}
	if (ID_FIELD(id_aa64dfr0_el1, 40)) {
		WRITE_ENC(TRFCR_EL2, 0);
	}
	if (ID_FIELD(id_aa64pfr0_el1, 44)) {
		WRITE_ENC(AMUSERENR_EL0, 0);
	}
	if (ID_FIELD(id_aa64pfr0_el1, 40) || ID_FIELD(id_aa64pfr1_el1, 16)) {
		WRITE_ENC(MPAM2_EL2, MPAM2_TRAPMPAM0EL1 | MPAM2_TRAPMPAM1EL1);
		if (READ_ENC(MPAMIDR_EL1) & MPAMIDR_HAS_HCR) {
			WRITE_ENC(MPAMHCR_EL2, MPAMHCR_TRAP_IDR);
		}
	}
}

static void init_timers(void)
{
	WRITE_SYSREG(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	WRITE_SYSREG(cntvoff_el2, 0);
	/* Firmware may have left them running. */
	WRITE_SYSREG(cntv_ctl_el0, 0);
	WRITE_SYSREG(cntp_ctl_el0, 0);
	arch_timer_set(~UINT64_C(0));
}

void context_cpu_init(void)
{
	init_traps();
	stage2_load_none();
	WRITE_SYSREG(vpidr_el2, READ_SYSREG(midr_el1));
	init_ras();
	init_hidden();
	init_timers();
	isb();
}
