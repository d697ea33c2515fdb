/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory types and permissions: names and descriptor bits. */
#include "s2/attr.h"

#include <core/compiler.h>

#include "s2/s2_pte.h"

/*
 * Shareability: caches are coherent for the inner shareable domain; what is
 * not cached is outer shareable whatever the field says (DDI 0487,
 * "Shareability attributes"), so it says that.
 */
#define TYPE_BITS(memattr, sh) \
	(FIELD_PREP(S2_MEMATTR, memattr) | FIELD_PREP(S2_SH, sh))

static const struct {
	const char *name;
	s2_pte_t bits;
} memtypes[S2_NR_MEMTYPES] = {
	[S2_NORMAL_WB] = { "normal-wb",
			   TYPE_BITS(S2_MEMATTR_NORMAL_WB, S2_SH_INNER) },
	[S2_NORMAL_NC] = { "normal-nc",
			   TYPE_BITS(S2_MEMATTR_NORMAL_NC, S2_SH_OUTER) },
	[S2_DEVICE_GRE] = { "device-gre",
			    TYPE_BITS(S2_MEMATTR_DEVICE_GRE, S2_SH_OUTER) },
	[S2_DEVICE_NGRE] = { "device-ngre",
			     TYPE_BITS(S2_MEMATTR_DEVICE_NGRE, S2_SH_OUTER) },
	[S2_DEVICE_NGNRE] = { "device-ngnre",
			      TYPE_BITS(S2_MEMATTR_DEVICE_NGNRE, S2_SH_OUTER) },
	[S2_DEVICE_NGNRNE] = { "device-ngnrne",
			       TYPE_BITS(S2_MEMATTR_DEVICE_NGNRNE,
					 S2_SH_OUTER) },
};

const char *s2_memtype_name(enum s2_memtype memtype)
{
	return memtype < S2_NR_MEMTYPES ? memtypes[memtype].name : "?";
}

const char *s2_perm_name(uint8_t perm)
{
	static const char names[][4] = {
		"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx",
	};

	return names[perm & S2_RWX];
}

s2_pte_t s2_leaf(struct s2_attr attr, unsigned int sw, unsigned int level)
{
	return S2_VALID | (level == S2_LAST_LEVEL ? S2_TABLE : 0) | S2_AF |
	       memtypes[attr.memtype].bits |
	       FIELD_PREP(S2_AP, attr.perm & S2_RW) |
	       (attr.perm & S2_X ? 0 : S2_XN) | FIELD_PREP(S2_SW, sw);
}

static_assert(S2_R == 1 && S2_W == 2, "S2AP[0] reads, S2AP[1] writes");

struct s2_attr s2_pte_attr(s2_pte_t pte)
{
	static const uint8_t memtype[16] = {
		[S2_MEMATTR_DEVICE_NGNRNE] = S2_DEVICE_NGNRNE,
		[S2_MEMATTR_DEVICE_NGNRE] = S2_DEVICE_NGNRE,
		[S2_MEMATTR_DEVICE_NGRE] = S2_DEVICE_NGRE,
		[S2_MEMATTR_DEVICE_GRE] = S2_DEVICE_GRE,
		[S2_MEMATTR_NORMAL_NC] = S2_NORMAL_NC,
		[S2_MEMATTR_NORMAL_WB] = S2_NORMAL_WB,
	};

	return (struct s2_attr){
		.memtype = memtype[FIELD_GET(S2_MEMATTR, pte)],
		.perm = s2_pte_perm(pte),
	};
}
