/* SPDX-License-Identifier: BSD-2-Clause */
#include "abort/abort.h"

#include <core/bits.h>

#define PSR_M	   GENMASK(3, 0)
#define PSR_EL0T   0x0
#define PSR_EL1T   0x4
#define PSR_EL1H   0x5
#define PSR_NRW	   BIT(4) /* AArch32 */
#define PSR_DAIF   GENMASK(9, 6)
#define PSR_PAN	   BIT(22)
#define PSR_FLAGS  GENMASK(31, 28)
#define PSR_DIT	   BIT(24)
#define SCTLR_SPAN BIT(23)

#define ESR_IL	       BIT(25)
#define EC(n)	       ((uint64_t)(n) << 26)
#define EC_UNKNOWN     0x00
#define EC_FETCH_LOWER 0x20
#define EC_DATA_LOWER  0x24
#define ISS_WNR	       BIT(6)
/* Synchronous external abort, and the same on a walk, plus its level. */
#define FSC_EXTERNAL	  0x10
#define FSC_EXTERNAL_WALK 0x14

/* Offset of the synchronous vector, by where the exception came from. */
static uint64_t vector_offset(uint64_t cpsr)
{
	if (cpsr & PSR_NRW) {
		return 0x600;
	}
	switch (cpsr & PSR_M) {
	case PSR_EL0T:
		return 0x400;
	case PSR_EL1T:
		return 0x000;
	default:
		return 0x200;
	}
}

static bool from_el0(uint64_t cpsr)
{
	return (cpsr & PSR_NRW) || (cpsr & PSR_M) == PSR_EL0T;
}

static uint64_t abort_status(struct inject what)
{
	return what.s1ptw ? FSC_EXTERNAL_WALK + (what.level & 3) : FSC_EXTERNAL;
}

static uint64_t syndrome(struct inject what, bool lower)
{
	switch (what.kind) {
	case INJECT_DATA_ABORT:
		return EC(EC_DATA_LOWER + !lower) | ESR_IL |
		       (what.write ? ISS_WNR : 0) | abort_status(what);
	case INJECT_FETCH_ABORT:
		return EC(EC_FETCH_LOWER + !lower) | ESR_IL |
		       abort_status(what);
	default:
		return EC(EC_UNKNOWN) | ESR_IL;
	}
}

void inject_exception(struct inject_state *s, struct inject what)
{
	uint64_t kept = PSR_FLAGS | PSR_DIT | PSR_PAN;

	s->elr = s->pc;
	s->spsr = s->cpsr;
	s->esr = syndrome(what, from_el0(s->cpsr));
	s->pc = s->vbar + vector_offset(s->cpsr);
	s->cpsr = (s->cpsr & kept) | PSR_DAIF | PSR_EL1H;
	/* PAN is set on entry unless SCTLR_EL1.SPAN says to leave it; a CPU
	 * without FEAT_PAN has SPAN as RES1. */
	if (!(s->sctlr & SCTLR_SPAN)) {
		s->cpsr |= PSR_PAN;
	}
}
