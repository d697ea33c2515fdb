/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/arm64/dirty_state.h"

#include <core/bits.h>
#include <core/compiler.h>

#include "arch/arm64/sysreg.h"

#define MMFR1_HAFDBS GENMASK(3, 0)
#define HAFDBS_DIRTY 2

#define MIDR_VARIANT  GENMASK(23, 20)
#define MIDR_MODEL    (GENMASK(31, 24) | GENMASK(15, 4))
#define MIDR_REVISION GENMASK(3, 0)

/* Up to this variant and revision a write may pass unseen. */
static const struct {
	uint64_t model;
	unsigned int last;
} broken_models[] = {
	{ 0x4100d050, 0x10 }, /* Cortex-A55 r1p0: erratum 1024718  */
	{ 0x4100d460, 0x02 }, /* Cortex-A510 r0p2: erratum 2051678 */
};

static bool broken;

void dirty_state_cpu_init(void)
{
	uint64_t midr = READ_SYSREG(midr_el1);
	unsigned int version = FIELD_GET(MIDR_VARIANT, midr) << 4 |
			       FIELD_GET(MIDR_REVISION, midr);

	for (unsigned int i = 0; i < ARRAY_SIZE(broken_models); i++) {
		if ((midr & MIDR_MODEL) == broken_models[i].model &&
		    version <= broken_models[i].last) {
			__atomic_store_n(&broken, true, __ATOMIC_RELAXED);
		}
	}
}

bool dirty_state_works(void)
{
	return FIELD_GET(MMFR1_HAFDBS, READ_SYSREG(id_aa64mmfr1_el1)) >=
		       HAFDBS_DIRTY &&
	       !__atomic_load_n(&broken, __ATOMIC_RELAXED);
}
