/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables: selectors, and what may be asked for. */
#include "iomem/policy.h"

#include <core/bits.h>
#include <core/errno.h>

/* Sets of selectors, from the strictest one on. */
#define NGNRNE	  BIT(ENTRESOL_ATTR_DEVICE_NGNRNE)
#define NGNRE	  (NGNRNE | BIT(ENTRESOL_ATTR_DEVICE_NGNRE))
#define NO_GATHER (NGNRE | BIT(ENTRESOL_ATTR_DEVICE_NGRE))
#define DEVICES	  (NO_GATHER | BIT(ENTRESOL_ATTR_DEVICE_GRE))
#define UNCACHED  (DEVICES | BIT(ENTRESOL_ATTR_NORMAL_NC))
#define CACHED	  BIT(ENTRESOL_ATTR_NORMAL_WB)

/*
 * Stage 2 only restricts: with Normal-NC here, a guest's driver still has
 * Device memory where it asks for it. Another domain than the hardware domain
 * gets no device that it could read ahead of.
 */
static const struct {
	const char *name;
	uint32_t allowed[2]; /* by enum iomem_who */
} policy[IOMEM_NR_KINDS] = {
	[IOMEM_UNKNOWN] = { "unknown", { NGNRE, NGNRE } },
	[IOMEM_STRICT] = { "strict", { NGNRNE, NGNRNE } },
	[IOMEM_DEVICE] = { "device", { UNCACHED, DEVICES } },
	[IOMEM_COMBINING] = { "combining", { UNCACHED, UNCACHED } },
	[IOMEM_SRAM] = { "sram", { UNCACHED | CACHED, UNCACHED | CACHED } },
	[IOMEM_SRAM_DEVICE] = { "sram-device", { NO_GATHER, NO_GATHER } },
	[IOMEM_RESERVED] = { "reserved", { CACHED, CACHED } },
};

static const uint8_t memtype_of[IOMEM_NR_SELECTORS] = {
	[ENTRESOL_ATTR_DEVICE_NGNRNE] = S2_DEVICE_NGNRNE,
	[ENTRESOL_ATTR_DEVICE_NGNRE] = S2_DEVICE_NGNRE,
	[ENTRESOL_ATTR_DEVICE_NGRE] = S2_DEVICE_NGRE,
	[ENTRESOL_ATTR_DEVICE_GRE] = S2_DEVICE_GRE,
	[ENTRESOL_ATTR_NORMAL_NC] = S2_NORMAL_NC,
	[ENTRESOL_ATTR_NORMAL_WB] = S2_NORMAL_WB,
};

static const uint8_t selector_of[S2_NR_MEMTYPES] = {
	[S2_DEVICE_NGNRNE] = ENTRESOL_ATTR_DEVICE_NGNRNE,
	[S2_DEVICE_NGNRE] = ENTRESOL_ATTR_DEVICE_NGNRE,
	[S2_DEVICE_NGRE] = ENTRESOL_ATTR_DEVICE_NGRE,
	[S2_DEVICE_GRE] = ENTRESOL_ATTR_DEVICE_GRE,
	[S2_NORMAL_NC] = ENTRESOL_ATTR_NORMAL_NC,
	[S2_NORMAL_WB] = ENTRESOL_ATTR_NORMAL_WB,
};

const char *iomem_kind_name(enum iomem_kind kind)
{
	return kind < IOMEM_NR_KINDS ? policy[kind].name : "?";
}

static enum iomem_kind device_kind(const struct dt_row *row)
{
	if (row->hwdom.memtype == S2_DEVICE_NGNRNE) {
		return IOMEM_STRICT;
	}
	return row->other.memtype == S2_NORMAL_NC ? IOMEM_COMBINING
						  : IOMEM_DEVICE;
}

static enum iomem_kind sram_kind(const struct dt_row *row)
{
	if (row->hwdom.memtype == S2_NORMAL_WB) {
		return IOMEM_SRAM;
	}
	return row->hwdom.memtype == S2_NORMAL_NC ? IOMEM_COMBINING
						  : IOMEM_SRAM_DEVICE;
}

enum iomem_kind iomem_kind(const struct dt_row *row, enum p2m_type type)
{
	switch (type) {
	case P2M_DEVICE:
		return device_kind(row);
	case P2M_SRAM:
		return sram_kind(row);
	case P2M_RESERVED:
		return IOMEM_RESERVED;
	default:
		return IOMEM_UNKNOWN;
	}
}

uint32_t iomem_policy(enum iomem_kind kind, enum iomem_who who)
{
	return policy[kind].allowed[who];
}

bool iomem_selector_ok(uint32_t selector)
{
	return (selector & ~ENTRESOL_ATTR_READONLY) < IOMEM_NR_SELECTORS;
}

uint32_t iomem_selector(struct s2_attr attr)
{
	return selector_of[attr.memtype] |
	       (attr.perm & S2_W ? 0 : ENTRESOL_ATTR_READONLY);
}

int iomem_choose(const struct dt_row *row, enum p2m_type type,
		 enum iomem_who who, uint32_t selector, struct s2_attr *attr)
{
	uint32_t wanted = selector & ENTRESOL_ATTR_MASK;

	*attr = who == IOMEM_HWDOM ? row->hwdom : row->other;
	if (wanted != ENTRESOL_ATTR_DEFAULT) {
		if (!(iomem_policy(iomem_kind(row, type), who) & BIT(wanted))) {
			return -XEN_EPERM;
		}
		attr->memtype = memtype_of[wanted];
	}
	if (selector & ENTRESOL_ATTR_READONLY) {
		attr->perm &= (uint8_t)~S2_W;
	}
	if (s2_is_device(attr->memtype)) {
		attr->perm &= (uint8_t)~S2_X;
	}
	return 0;
}
