/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of a table, as the architecture wants it (pure). */
#include <core/bits.h>
#include <core/bug.h>

#include "s2/s2.h"

/* DDI 0487, VTCR_EL2, Virtualization Translation Control Register. */
#define VTCR_T0SZ  GENMASK(5, 0)
#define VTCR_SL0   GENMASK(7, 6)
#define VTCR_IRGN0 GENMASK(9, 8)
#define VTCR_ORGN0 GENMASK(11, 10)
#define VTCR_SH0   GENMASK(13, 12)
#define VTCR_PS	   GENMASK(18, 16)
#define VTCR_VS	   BIT(19)
#define VTCR_RES1  BIT(31)

#define CACHE_WB_RAWA 1 /* write-back, read- and write-allocate */
#define MAX_CONCAT    4 /* log2: 16 root tables                 */

struct s2_geometry s2_geometry(unsigned int ipa_bits)
{
	struct s2_geometry g = { .start_level = 1 };
	unsigned int one_table = s2_level_shift(0);

	if (ipa_bits > one_table + MAX_CONCAT) {
		g.start_level = 0;
	} else if (ipa_bits > one_table) {
		g.root_order = ipa_bits - one_table;
	}
	return g;
}

static unsigned int encode_ps(unsigned int pa_bits)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int ps = 0;

	while (ps + 1 < ARRAY_SIZE(bits) && bits[ps + 1] <= pa_bits) {
		ps++;
	}
	return ps;
}

uint64_t s2_vtcr(unsigned int ipa_bits, unsigned int pa_bits,
		 unsigned int vmid_bits)
{
	/* TG0 = 0 is the 4 KiB granule, whose SL0 counts from level 2 up. */
	return VTCR_RES1 | FIELD_PREP(VTCR_T0SZ, 64 - ipa_bits) |
	       FIELD_PREP(VTCR_SL0, 2 - s2_geometry(ipa_bits).start_level) |
	       FIELD_PREP(VTCR_IRGN0, CACHE_WB_RAWA) |
	       FIELD_PREP(VTCR_ORGN0, CACHE_WB_RAWA) |
	       FIELD_PREP(VTCR_SH0, S2_SH_INNER) |
	       FIELD_PREP(VTCR_PS, encode_ps(pa_bits)) |
	       (vmid_bits == 16 ? VTCR_VS : 0);
}
