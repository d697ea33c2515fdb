/* SPDX-License-Identifier: BSD-2-Clause */
/* What each type is: its name, its legal attributes, who counts it. */
#include <core/bits.h>

#include "p2m/internal.h"

#define NORMAL (BIT(S2_NORMAL_WB) | BIT(S2_NORMAL_NC))
#define DEVICE                                                             \
	(BIT(S2_DEVICE_GRE) | BIT(S2_DEVICE_NGRE) | BIT(S2_DEVICE_NGNRE) | \
	 BIT(S2_DEVICE_NGNRNE))
#define WB BIT(S2_NORMAL_WB)

/* Legal permissions, one bit for each of the eight. */
#define RO  BIT(S2_R)
#define RW  BIT(S2_RW)
#define RX  BIT(S2_R | S2_X)
#define RWX BIT(S2_RWX)

enum counted {
	NOT_COUNTED,
	COUNTED,
	COUNTED_UNLESS_DIRECT, /* a direct domain's RAM stays its own */
};

/*
 * The pair table of R2.7. Prefetchable PCI windows and frame buffers are
 * devices mapped Normal-NC; SRAM without write-combining is memory mapped as
 * Device. What is Device is never executable, whatever a row says (R3.2).
 */
static const struct {
	const char *name;
	uint8_t memtypes;
	uint8_t perms;
	uint8_t counted;
	struct s2_attr attr; /* the default */
} types[P2M_NR_TYPES] = {
	[P2M_INVALID] = { .name = "invalid" },
	[P2M_RAM_RW] = { "ram-rw",
			 WB,
			 RW | RWX,
			 COUNTED_UNLESS_DIRECT,
			 { S2_NORMAL_WB, S2_RWX } },
	[P2M_RAM_RO] = { "ram-ro",
			 WB,
			 RO | RX,
			 COUNTED_UNLESS_DIRECT,
			 { S2_NORMAL_WB, S2_R | S2_X } },
	[P2M_DEVICE] = { "device",
			 DEVICE | BIT(S2_NORMAL_NC),
			 RO | RW,
			 NOT_COUNTED,
			 { S2_DEVICE_NGNRE, S2_RW } },
	[P2M_SRAM] = { "sram",
		       NORMAL | DEVICE,
		       RO | RW | RX | RWX,
		       NOT_COUNTED,
		       { S2_NORMAL_WB, S2_RWX } },
	[P2M_RESERVED] = { "reserved",
			   NORMAL | DEVICE,
			   RO | RW | RX | RWX,
			   NOT_COUNTED,
			   { S2_NORMAL_WB, S2_RW } },
	[P2M_FOREIGN_RW] = { "foreign-rw",
			     WB,
			     RW,
			     COUNTED,
			     { S2_NORMAL_WB, S2_RW } },
	[P2M_FOREIGN_RO] = { "foreign-ro",
			     WB,
			     RO,
			     COUNTED,
			     { S2_NORMAL_WB, S2_R } },
	/* The grant table has pinned the frame itself. */
	[P2M_GRANT_RW] = { "grant-rw",
			   WB,
			   RW,
			   NOT_COUNTED,
			   { S2_NORMAL_WB, S2_RW } },
	[P2M_GRANT_RO] = { "grant-ro",
			   WB,
			   RO,
			   NOT_COUNTED,
			   { S2_NORMAL_WB, S2_R } },
	[P2M_XEN] = { "xen", WB, RO | RW, NOT_COUNTED, { S2_NORMAL_WB, S2_RW } },
};

bool p2m_legal(enum p2m_type type, struct s2_attr attr)
{
	if (type >= P2M_NR_TYPES || attr.memtype >= S2_NR_MEMTYPES ||
	    attr.perm > S2_RWX) {
		return false;
	}
	if (s2_is_device(attr.memtype) && (attr.perm & S2_X)) {
		return false;
	}
	return types[type].memtypes & BIT(attr.memtype) &&
	       types[type].perms & BIT(attr.perm);
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

bool p2m_counts(const struct p2m *p2m, enum p2m_type type)
{
	return types[type].counted == COUNTED ||
	       (types[type].counted == COUNTED_UNLESS_DIRECT && !p2m->direct);
}
