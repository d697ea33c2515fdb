/* SPDX-License-Identifier: BSD-2-Clause */
/* What each type is: its name, its legal attributes, who counts it. */
#include <core/bits.h>

#include "p2m/internal.h"

/* A set of pairs of memory type and permission: eight bits for each memory
 * type, one for each permission. */
#define PAIRS(memtype, perms) ((uint64_t)(perms) << (8 * (memtype)))
#define WB(perms)	      PAIRS(S2_NORMAL_WB, perms)
#define NC(perms)	      PAIRS(S2_NORMAL_NC, perms)
#define DEVICE(perms)                                                 \
	(PAIRS(S2_DEVICE_GRE, perms) | PAIRS(S2_DEVICE_NGRE, perms) | \
	 PAIRS(S2_DEVICE_NGNRE, perms) | PAIRS(S2_DEVICE_NGNRNE, perms))

#define RO   BIT(S2_R)
#define RW   BIT(S2_RW)
#define RX   BIT(S2_R | S2_X)
#define RWX  BIT(S2_RWX)
#define DATA (RO | RW)
#define ANY  (RO | RW | RX | RWX)

/*
 * The pair table of R2.7. Prefetchable PCI windows and frame buffers are
 * devices mapped Normal-NC; SRAM without write-combining is memory mapped as
 * Device. What is Device is never executable (R3.2).
 */
static const struct {
	const char *name;
	uint64_t legal;
	struct s2_attr attr; /* the default */
} types[P2M_NR_TYPES] = {
	[P2M_INVALID] = { .name = "invalid" },
	[P2M_RAM_RW] = { "ram-rw", WB(RW | RWX), { S2_NORMAL_WB, S2_RWX } },
	[P2M_RAM_RO] = { "ram-ro", WB(RO | RX), { S2_NORMAL_WB, S2_R | S2_X } },
	[P2M_DEVICE] = { "device",
			 DEVICE(DATA) | NC(DATA),
			 { S2_DEVICE_NGNRE, S2_RW } },
	[P2M_SRAM] = { "sram",
		       WB(ANY) | NC(ANY) | DEVICE(DATA),
		       { S2_NORMAL_WB, S2_RWX } },
	[P2M_RESERVED] = { "reserved",
			   WB(ANY) | NC(ANY) | DEVICE(DATA),
			   { S2_NORMAL_WB, S2_RW } },
	[P2M_FOREIGN_RW] = { "foreign-rw", WB(RW), { S2_NORMAL_WB, S2_RW } },
	[P2M_FOREIGN_RO] = { "foreign-ro", WB(RO), { S2_NORMAL_WB, S2_R } },
	[P2M_GRANT_RW] = { "grant-rw", WB(RW), { S2_NORMAL_WB, S2_RW } },
	[P2M_GRANT_RO] = { "grant-ro", WB(RO), { S2_NORMAL_WB, S2_R } },
	[P2M_XEN] = { "xen", WB(DATA), { S2_NORMAL_WB, S2_RW } },
};

bool p2m_legal(enum p2m_type type, struct s2_attr attr)
{
	return type < P2M_NR_TYPES && attr.memtype < S2_NR_MEMTYPES &&
	       attr.perm <= S2_RWX &&
	       types[type].legal & BIT(8 * attr.memtype + attr.perm);
}

struct s2_attr p2m_default_attr(enum p2m_type type)
{
	return types[type].attr;
}

bool p2m_is_ram(enum p2m_type type)
{
	return type == P2M_RAM_RW || type == P2M_RAM_RO;
}

const char *p2m_type_name(enum p2m_type type)
{
	return type < P2M_NR_TYPES ? types[type].name : "?";
}

/* A direct-mapped domain's RAM stays its own (R1.7); the grant table has
 * pinned its frames itself. */
bool p2m_counts(const struct p2m *p2m, enum p2m_type type)
{
	return type == P2M_FOREIGN_RW || type == P2M_FOREIGN_RO ||
	       (p2m_is_ram(type) && !p2m->direct);
}
