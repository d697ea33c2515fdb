/* SPDX-License-Identifier: BSD-2-Clause */
#include <core/bits.h>

#include "abort/abort.h"

#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define ISS_CV	    BIT(24)
#define ISS_COND    GENMASK(23, 20)

#define PSR_N	 BIT(31)
#define PSR_Z	 BIT(30)
#define PSR_C	 BIT(29)
#define PSR_V	 BIT(28)
#define PSR_IT01 GENMASK(26, 25)
#define PSR_IT27 GENMASK(15, 10)
#define PSR_T	 BIT(5)

#define COND_ALWAYS 14

/* WFI and WFE; MCR, MRC, MCRR, MRRC, LDC, STC, VMRS: with CV and COND. */
#define CONDITIONAL                                                  \
	(BIT(0x01) | BIT(0x03) | BIT(0x04) | BIT(0x05) | BIT(0x06) | \
	 BIT(0x07) | BIT(0x08) | BIT(0x0c))

/* ITSTATE: the condition above, how many more below. */
static unsigned int it_state(uint64_t cpsr)
{
	return (unsigned int)(FIELD_GET(PSR_IT27, cpsr) << 2 |
			      FIELD_GET(PSR_IT01, cpsr));
}

static unsigned int condition(uint64_t esr, uint64_t cpsr)
{
	if (esr & ISS_CV) {
		return (unsigned int)FIELD_GET(ISS_COND, esr);
	}
	return (cpsr & PSR_T) && it_state(cpsr) ? it_state(cpsr) >> 4
						: COND_ALWAYS;
}

/* DDI 0487, pseudocode ConditionHolds(). */
static bool holds(unsigned int cond, uint64_t cpsr)
{
	bool n = cpsr & PSR_N, z = cpsr & PSR_Z;
	bool c = cpsr & PSR_C, v = cpsr & PSR_V;
	const bool result[] = { z, c, n, v, c && !z, n == v, n == v && !z };

	if (cond >= COND_ALWAYS) {
		return true;
	}
	return result[cond >> 1] != (cond & 1);
}

bool aarch32_executes(uint64_t esr, uint64_t cpsr)
{
	return !(CONDITIONAL >> ESR_EC(esr) & 1) ||
	       holds(condition(esr, cpsr), cpsr);
}

/* DDI 0487, pseudocode AArch32.ITAdvance(). */
uint64_t aarch32_next_it(uint64_t cpsr)
{
	unsigned int it = it_state(cpsr);

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (cpsr & ~(PSR_IT01 | PSR_IT27)) | FIELD_PREP(PSR_IT27, it >> 2) |
	       FIELD_PREP(PSR_IT01, it & 3);
}
