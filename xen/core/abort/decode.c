/* SPDX-License-Identifier: BSD-2-Clause */
#include "abort/abort.h"

#include <core/bits.h>

#define ESR_EC(esr)    ((esr) >> 26 & 0x3f)
#define EC_FETCH_LOWER 0x20
#define ISS_ISV	       BIT(24)
#define ISS_SAS	       GENMASK(23, 22)
#define ISS_SSE	       BIT(21)
#define ISS_SRT	       GENMASK(20, 16)
#define ISS_SF	       BIT(15)
#define ISS_FNV	       BIT(10)
#define ISS_CM	       BIT(8)
#define ISS_S1PTW      BIT(7)
#define ISS_WNR	       BIT(6)
#define ISS_FSC	       GENMASK(5, 0)
/* Fault status without the level: a translation fault. */
#define FSC_KIND	GENMASK(5, 2)
#define FSC_TRANSLATION 0x04
#define FSC_PERMISSION	0x0c

/* Fault status codes, DDI 0487, the DFSC field of ESR_ELx. */
static enum abort_kind kind_of(unsigned int fsc)
{
	switch (fsc >> 2) {
	case 0: /* address size */
	case 1:
		return ABORT_TRANSLATION;
	case 2:
		return ABORT_ACCESS_FLAG;
	case 3:
		return ABORT_PERMISSION;
	case 4: /* external abort, tag check */
	case 5: /* external abort on a walk   */
	case 6: /* ECC                        */
	case 7:
		return ABORT_EXTERNAL;
	default:
		return ABORT_OTHER;
	}
}

struct abort_info abort_decode(uint64_t esr, uint64_t far, uint64_t hpfar)
{
	struct abort_info a = {
		.kind = kind_of(FIELD_GET(ISS_FSC, esr)),
		.level = esr & 3,
		.fetch = ESR_EC(esr) == EC_FETCH_LOWER,
		.s1ptw = esr & ISS_S1PTW,
		.gva = GVA(far),
	};

	a.far_valid = !(a.kind == ABORT_EXTERNAL && (esr & ISS_FNV));
	a.hpfar_valid = a.kind == ABORT_TRANSLATION ||
			a.kind == ABORT_ACCESS_FLAG ||
			(a.kind == ABORT_PERMISSION && a.s1ptw);
	if (a.hpfar_valid) {
		/* On a stage-1 walk the offset is that of the descriptor,
		 * which nobody tells. */
		a.ipa = abort_ipa(a.s1ptw ? 0 : far, hpfar);
	}
	if (a.fetch) {
		return a;
	}
	/* WnR is set for maintenance too, which needs no more than to read. */
	a.cache_op = esr & ISS_CM;
	a.write = (esr & ISS_WNR) && !a.cache_op;
	return a;
}

bool abort_is_access(uint64_t esr)
{
	const uint64_t mask = ISS_ISV | ISS_CM | ISS_S1PTW | FSC_KIND;

	return (esr & mask) == (ISS_ISV | FSC_TRANSLATION);
}

bool abort_is_refused_store(uint64_t esr)
{
	const uint64_t mask = ISS_ISV | ISS_CM | ISS_S1PTW | ISS_WNR | FSC_KIND;

	return (esr & mask) == (ISS_ISV | ISS_WNR | FSC_PERMISSION);
}

struct abort_access abort_access(uint64_t esr)
{
	return (struct abort_access){
		.write = esr & ISS_WNR,
		.sign_extend = esr & ISS_SSE,
		.reg64 = esr & ISS_SF,
		.size = (uint8_t)(1u << FIELD_GET(ISS_SAS, esr)),
		.reg = FIELD_GET(ISS_SRT, esr),
	};
}

uint64_t abort_load_value(struct abort_access a, uint64_t data)
{
	unsigned int unused = 64 - 8 * a.size;

	if (a.sign_extend) {
		data = (uint64_t)((int64_t)(data << unused) >> unused);
	} else {
		data = data << unused >> unused;
	}
	return a.reg64 ? data : (uint32_t)data;
}
