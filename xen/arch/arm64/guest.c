/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest virtual addresses, translated by the hardware. */
#include <arch/guest.h>

#include <core/bits.h>

#include "arch/arm64/sysreg.h"

#define PAR_F  BIT(0)
#define PAR_PA GENMASK(47, 12)

/* PAR_EL1 belongs to the guest, which may be between its own AT and the read
 * of the result: it is put back. */
#define TRANSLATE(op, va, par)                              \
	do {                                                \
		uint64_t guest_par_ = READ_SYSREG(par_el1); \
		__asm__ volatile("at " op ", %0\n\tisb"     \
				 :                          \
				 : "r"(va)                  \
				 : "memory");               \
		(par) = READ_SYSREG(par_el1);               \
		WRITE_SYSREG(par_el1, guest_par_);          \
	} while (0)

bool arch_guest_translate(gva_t gva, enum guest_access access, paddr_t *pa)
{
	uint64_t par;

	/* The caller is in an epoch section, and others see that before the
	 * walk: no barrier short of this one orders an AT. */
	dsb(ish);
	if (access == GUEST_WRITE) {
		TRANSLATE("s12e1w", gva.v, par);
	} else {
		TRANSLATE("s12e1r", gva.v, par);
	}
	*pa = PADDR((par & PAR_PA) | page_offset(gva.v));
	return !(par & PAR_F);
}

bool arch_guest_translate_s1(gva_t gva, enum guest_access access, ipa_t *ipa)
{
	uint64_t par;

	if (access == GUEST_WRITE) {
		TRANSLATE("s1e1w", gva.v, par);
	} else {
		TRANSLATE("s1e1r", gva.v, par);
	}
	*ipa = IPA((par & PAR_PA) | page_offset(gva.v));
	return !(par & PAR_F);
}
