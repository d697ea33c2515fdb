/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trapped system registers: ID registers as guests see them, SGIs, and the
 * debug and performance registers that guests find but do not have.
 */
#include <core/bits.h>
#include <core/log.h>

#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "p2m/p2m.h"
#include "vgic/vgic.h"

/* ISS of a trapped MSR, MRS: DDI 0487, "ISS encoding for an exception from
 * MSR, MRS, or System instruction execution in AArch64 state". */
#define ISS_READ     BIT(0)
#define ISS_RT(iss)  ((iss) >> 5 & 0x1f)
#define ISS_ENCODING 0x3ffc1eu /* op0, op2, op1, CRn, CRm in place */

#define ENC(op0, op1, crn, crm, op2)                                       \
	((uint32_t)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | \
	 (crm) << 1)
#define ENC_OP0(iss) ((iss) >> 20 & 3)
#define ENC_OP1(iss) ((iss) >> 14 & 7)
#define ENC_CRN(iss) ((iss) >> 10 & 15)
#define ENC_CRM(iss) ((iss) >> 1 & 15)
#define ENC_OP2(iss) ((iss) >> 17 & 7)

#define ENC_ICC_SGI1R ENC(3, 0, 12, 11, 5)

/* ID registers: op0 3, op1 0, CRn 0, CRm 1..7; index CRm * 8 + op2. */
#define ID_INDEX(crm, op2) ((crm)*8 + (op2))
static uint64_t id_value[64];

struct id_rule {
	uint8_t index;
	uint64_t keep; /* fields shown; the others read as zero */
};

/*
 * What guests may know of. Hidden are the features whose state is not
 * switched between vCPUs or which are trapped: SVE, SME, MTE, AMU, RAS
 * (error records), performance monitors, statistical profiling, trace,
 * self-hosted trace, nested virtualisation, limited ordering regions.
 */
static const struct id_rule id_rules[] = {
	/* PFR0: EL0..EL1, FP, AdvSIMD, GIC, DIT, CSV2, CSV3 */
	{ ID_INDEX(4, 0), GENMASK(27, 16) | GENMASK(7, 0) | GENMASK(51, 48) |
				  GENMASK(63, 60) | BIT(56) },
	/* PFR1: BT, SSBS */
	{ ID_INDEX(4, 1), GENMASK(7, 0) },
	/* DFR0: debug version, breakpoints, watchpoints, contexts */
	{ ID_INDEX(5, 0),
	  GENMASK(3, 0) | GENMASK(15, 12) | GENMASK(23, 20) | GENMASK(31, 28) },
	/* ISAR0..2: instructions; TME left out */
	{ ID_INDEX(6, 0), ~GENMASK(27, 24) },
	/* ... LS64, QARMA3 keys, memory copy instructions */
	{ ID_INDEX(6, 1), GENMASK(59, 0) },
	{ ID_INDEX(6, 2), GENMASK(7, 0) | GENMASK(27, 20) },
	/* MMFR0: PARange (computed), ASID, endianness, granules, ExS */
	{ ID_INDEX(7, 0), GENMASK(31, 0) | GENMASK(47, 44) },
	/* MMFR1: HAFDBS, HPDS, PAN, SpecSEI, XNX, ETS */
	{ ID_INDEX(7, 1),
	  GENMASK(3, 0) | GENMASK(15, 12) | GENMASK(31, 20) | GENMASK(39, 36) },
	/* MMFR2: all but nested virtualisation, FWB, evt, BBM */
	{ ID_INDEX(7, 2), GENMASK(23, 0) | GENMASK(39, 28) | GENMASK(51, 48) },
};

/* AArch32 ID registers (CRm 1..3) pass as they are, but performance
 * monitors (ID_DFR0) and trace. */
static void read_aarch32_ids(void)
{
	id_value[ID_INDEX(1, 0)] = READ_SYSREG(id_pfr0_el1) & GENMASK(27, 0);
	id_value[ID_INDEX(1, 1)] = READ_SYSREG(id_pfr1_el1);
	id_value[ID_INDEX(1, 2)] = READ_SYSREG(id_dfr0_el1) & GENMASK(11, 0);
	id_value[ID_INDEX(1, 3)] = READ_SYSREG(id_afr0_el1);
	id_value[ID_INDEX(1, 4)] = READ_SYSREG(id_mmfr0_el1);
	id_value[ID_INDEX(1, 5)] = READ_SYSREG(id_mmfr1_el1);
	id_value[ID_INDEX(1, 6)] = READ_SYSREG(id_mmfr2_el1);
	id_value[ID_INDEX(1, 7)] = READ_SYSREG(id_mmfr3_el1);
	id_value[ID_INDEX(2, 0)] = READ_SYSREG(id_isar0_el1);
	id_value[ID_INDEX(2, 1)] = READ_SYSREG(id_isar1_el1);
	id_value[ID_INDEX(2, 2)] = READ_SYSREG(id_isar2_el1);
	id_value[ID_INDEX(2, 3)] = READ_SYSREG(id_isar3_el1);
	id_value[ID_INDEX(2, 4)] = READ_SYSREG(id_isar4_el1);
	id_value[ID_INDEX(2, 5)] = READ_SYSREG(id_isar5_el1);
	id_value[ID_INDEX(2, 6)] = READ_SYSREG(id_mmfr4_el1);
	id_value[ID_INDEX(2, 7)] = READ_SYSREG(S3_0_C0_C2_7); /* ISAR6 */
	id_value[ID_INDEX(3, 0)] = READ_SYSREG(mvfr0_el1);
	id_value[ID_INDEX(3, 1)] = READ_SYSREG(mvfr1_el1);
	id_value[ID_INDEX(3, 2)] = READ_SYSREG(mvfr2_el1);
	id_value[ID_INDEX(3, 4)] = READ_SYSREG(S3_0_C0_C3_4); /* PFR2  */
	id_value[ID_INDEX(3, 6)] = READ_SYSREG(S3_0_C0_C3_6); /* MMFR5 */
}

static void read_aarch64_ids(void)
{
	id_value[ID_INDEX(4, 0)] = READ_SYSREG(id_aa64pfr0_el1);
	id_value[ID_INDEX(4, 1)] = READ_SYSREG(id_aa64pfr1_el1);
	id_value[ID_INDEX(5, 0)] = READ_SYSREG(id_aa64dfr0_el1);
	id_value[ID_INDEX(6, 0)] = READ_SYSREG(id_aa64isar0_el1);
	id_value[ID_INDEX(6, 1)] = READ_SYSREG(id_aa64isar1_el1);
	id_value[ID_INDEX(6, 2)] = READ_SYSREG(S3_0_C0_C6_2);
	id_value[ID_INDEX(7, 0)] = READ_SYSREG(id_aa64mmfr0_el1);
	id_value[ID_INDEX(7, 1)] = READ_SYSREG(id_aa64mmfr1_el1);
	id_value[ID_INDEX(7, 2)] = READ_SYSREG(S3_0_C0_C7_2);
}

/* PARange that tells a guest its IPA size (R2.1). */
static uint64_t parange(unsigned int ipa_bits)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };
	uint64_t i = 0;

	while (i + 1 < sizeof(bits) && bits[i + 1] <= ipa_bits) {
		i++;
	}
	return i;
}

void sysreg_init(unsigned int ipa_bits)
{
	uint64_t *mmfr0 = &id_value[ID_INDEX(7, 0)];
	uint64_t *pfr0 = &id_value[ID_INDEX(4, 0)];

	read_aarch32_ids();
	read_aarch64_ids();
	for (unsigned int i = 0; i < sizeof(id_rules) / sizeof(id_rules[0]);
	     i++) {
		id_value[id_rules[i].index] &= id_rules[i].keep;
	}
	/* CSV2 without its context numbers, which are not switched. */
	if (FIELD_GET(GENMASK(59, 56), READ_SYSREG(id_aa64pfr0_el1))) {
		*pfr0 |= BIT(56);
	}
	*mmfr0 = (*mmfr0 & ~GENMASK(3, 0)) | parange(ipa_bits);
}

static bool is_id_register(uint32_t iss)
{
	return ENC_OP0(iss) == 3 && ENC_OP1(iss) == 0 && ENC_CRN(iss) == 0 &&
	       ENC_CRM(iss) >= 1 && ENC_CRM(iss) <= 7;
}

static uint64_t *reg_of(struct vcpu *v, uint32_t iss)
{
	static uint64_t nowhere;

	return ISS_RT(iss) == 31 ? &nowhere : &v->regs.x[ISS_RT(iss)];
}

static uint64_t value_of(const struct vcpu *v, uint32_t iss)
{
	return ISS_RT(iss) == 31 ? 0 : v->regs.x[ISS_RT(iss)];
}

enum answer {
	ANSWER_UNDEF,
	ANSWER_RAZ_WI,
	ANSWER_READ_ONLY, /* reads as the value given, writes are undefined */
	ANSWER_WRITE_ONLY,
};

/* OSLSR_EL1: an OS lock is there (OSLM), and open. */
#define OSLSR_OPEN 8

/* Debug registers, op0 2: there, without effect. */
static enum answer debug_register(uint32_t iss, uint64_t *value)
{
	uint32_t crn = ENC_CRN(iss);
	uint32_t crm = ENC_CRM(iss);
	uint32_t op2 = ENC_OP2(iss);

	*value = 0;
	if (ENC_OP1(iss) != 0) {
		return ENC_OP1(iss) == 3 && crn == 0 ? ANSWER_RAZ_WI
						     : ANSWER_UNDEF;
	}
	if (crn == 1 && crm == 0 && op2 == 4) { /* OSLAR */
		return ANSWER_WRITE_ONLY;
	}
	if (crn == 1 && crm == 1 && op2 == 4) {
		*value = OSLSR_OPEN;
		return ANSWER_READ_ONLY;
	}
	if (crn == 1 && (crm == 3 || crm == 4) && op2 == 4) {
		return ANSWER_RAZ_WI; /* OSDLR, DBGPRCR */
	}
	if (crn == 1 && crm == 0 && op2 == 0) {
		return ANSWER_READ_ONLY; /* MDRAR */
	}
	if (crn == 7) { /* DBGCLAIM*, DBGAUTHSTATUS */
		return crm == 14 ? ANSWER_READ_ONLY : ANSWER_RAZ_WI;
	}
	/* DBGBVR, DBGBCR, DBGWVR, DBGWCR, MDCCINT, MDSCR, OSDTR*, OSECCR */
	return crn == 0 ? ANSWER_RAZ_WI : ANSWER_UNDEF;
}

static enum answer other_register(uint32_t iss, uint64_t *value)
{
	uint32_t op1 = ENC_OP1(iss);
	uint32_t crn = ENC_CRN(iss);
	uint32_t crm = ENC_CRM(iss);

	*value = 0;
	if (crn == 9 && (crm >= 12 && crm <= 14) && (op1 == 0 || op1 == 3)) {
		return ANSWER_RAZ_WI; /* performance monitors */
	}
	if (crn == 14 && crm >= 8 && op1 == 3) {
		return ANSWER_RAZ_WI; /* their counters and filters */
	}
	if (op1 == 0 && crn == 1 && crm == 0 && ENC_OP2(iss) == 1) {
		return ANSWER_RAZ_WI; /* ACTLR */
	}
	return ANSWER_UNDEF;
}

static bool serve(struct vcpu *v, uint32_t iss)
{
	uint64_t value = 0;
	enum answer answer = ENC_OP0(iss) == 2 ? debug_register(iss, &value)
					       : other_register(iss, &value);
	bool read = iss & ISS_READ;

	if (answer == ANSWER_UNDEF || (answer == ANSWER_READ_ONLY && !read) ||
	    (answer == ANSWER_WRITE_ONLY && read)) {
		return false;
	}
	if (read) {
		*reg_of(v, iss) = value;
	}
	return true;
}

/* ICC_SGI0R and ICC_ASGI1R: groups that no guest has interrupts in. */
static bool is_other_sgi(uint32_t iss)
{
	uint32_t enc = iss & ISS_ENCODING;

	return enc == ENC(3, 0, 12, 11, 6) || enc == ENC(3, 0, 12, 11, 7);
}

void trap_sysreg(struct vcpu *v, uint64_t esr)
{
	uint32_t iss = ESR_ISS(esr);
	uint32_t enc = iss & ISS_ENCODING;

	if (enc == ENC_ICC_SGI1R && !(iss & ISS_READ)) {
		vgic_sgi1r(v, value_of(v, iss));
	} else if (is_id_register(iss) && (iss & ISS_READ)) {
		*reg_of(v, iss) = id_value[ENC_CRM(iss) * 8 + ENC_OP2(iss)];
	} else if (is_other_sgi(iss) && !(iss & ISS_READ)) {
		/* nothing to signal */
	} else if (!serve(v, iss)) {
		log_guest("d%uv%u: no access to S%u_%u_C%u_C%u_%u (%s) "
			  "pc=%#llx",
			  v->domain->id, v->id, ENC_OP0(iss), ENC_OP1(iss),
			  ENC_CRN(iss), ENC_CRM(iss), ENC_OP2(iss),
			  iss & ISS_READ ? "mrs" : "msr",
			  (unsigned long long)v->regs.pc);
		inject_undef(v);
		return;
	}
	v->regs.pc += 4;
}
