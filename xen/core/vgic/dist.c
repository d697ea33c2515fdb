/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distributor as a guest sees it: affinity routing always on, a single
 * security state, no LPIs, no message-based SPIs, no extended ranges.
 * IHI 0069, "Distributor register descriptions".
 */
#include <core/compiler.h>

#include "domain/domain.h"
#include "vgic/virq.h"

#define GICD_CTLR	 0x0000
#define GICD_TYPER	 0x0004
#define GICD_IIDR	 0x0008
#define GICD_TYPER2	 0x000c
#define GICD_STATUSR	 0x0010
#define GICD_IROUTER	 0x6000
#define GICD_IROUTER_END 0x8000
#define GICD_PIDR2	 0xffe8

#define CTLR_GROUPS   GENMASK(1, 0)
#define CTLR_ARE      BIT(4)
#define CTLR_DS	      BIT(6)
#define CTLR_RWP      BIT(31)
#define TYPER_ID_BITS FIELD_PREP(GENMASK(23, 19), 9)
#define TYPER_NO_1N   BIT(25)

static uint64_t read_ctlr(struct vgic *g)
{
	uint64_t value = g->ctlr | CTLR_ARE | CTLR_DS;
	unsigned int i;

	for (i = 0; i < g->nr_vcpus; i++) {
		if (vgic_write_pending(&g->cpu[i])) {
			value |= CTLR_RWP;
		}
	}
	return value;
}

/* The registers below 0x80, all of 32 bits. */
static enum mmio_result control(struct vgic *g, struct mmio_access *a)
{
	if (a->size != 4) {
		return MMIO_ABORT;
	}
	if (a->write) {
		if (a->offset == GICD_CTLR) {
			vgic_set_groups(g, a->data & CTLR_GROUPS);
		}
		return MMIO_OK;
	}
	switch (a->offset) {
	case GICD_CTLR:
		a->data = read_ctlr(g);
		break;
	case GICD_TYPER:
		a->data = (g->nr_irqs / 32u - 1) | TYPER_ID_BITS | TYPER_NO_1N;
		break;
	case GICD_IIDR:
		a->data = VGIC_IIDR;
		break;
	default:
		/* TYPER2, STATUSR and what is reserved. */
		a->data = 0;
		break;
	}
	return MMIO_OK;
}

/* virq.route after the write @a: the whole register, or one half of it. */
static uint32_t new_route(const struct virq *irq, const struct mmio_access *a)
{
	uint32_t low = a->data & 0xffffff;

	if (a->size == 8) {
		return low | (uint32_t)(a->data >> 32 & 0xff) << 24;
	}
	if (a->offset & 4) {
		return (irq->route & 0xffffff) | low << 24;
	}
	return (irq->route & 0xff000000) | low;
}

/*
 * IROUTER<n>: the affinity as MPIDR_EL1 has it, in bits 39:32 and 23:0. Bit
 * 31, one of several vCPUs, is not supported (TYPER.No1N).
 */
static enum mmio_result router(struct vgic *g, struct mmio_access *a)
{
	unsigned int intid = (unsigned int)(a->offset - GICD_IROUTER) / 8;
	struct virq *irq;

	if (a->size < 4) {
		return MMIO_ABORT;
	}
	if (!a->write) {
		a->data = 0;
	}
	if (intid < NR_PRIVATE || intid >= g->nr_irqs) {
		return MMIO_OK;
	}
	irq = &g->spi[intid - NR_PRIVATE];
	if (a->write) {
		virq_change(g, irq, CHANGE_ROUTE, new_route(irq, a));
	} else {
		a->data = irq->route & 0xffffff;
		a->data |= (uint64_t)(irq->route >> 24) << 32;
		a->data >>= a->offset & 4 ? 32 : 0;
		a->data &= a->size == 4 ? UINT32_MAX : UINT64_MAX;
	}
	return MMIO_OK;
}

static enum mmio_result dist_access(struct vcpu *v __unused_arg, void *opaque,
				    struct mmio_access *a)
{
	struct vgic *g = opaque;
	struct bank_access bank = { .vgic = g, .mmio = a };

	if (a->offset < 0x80) {
		return control(g, a);
	}
	if (a->offset < 0x1000) {
		bank.offset = (uint32_t)a->offset;
		return vgic_bank_access(&bank);
	}
	if (a->offset >= GICD_IROUTER && a->offset < GICD_IROUTER_END) {
		return router(g, a);
	}
	if (a->offset == GICD_PIDR2 && a->size != 4) {
		return MMIO_ABORT;
	}
	if (!a->write) {
		a->data = a->offset == GICD_PIDR2 ? VGIC_PIDR2 : 0;
	}
	return MMIO_OK;
}

const struct region_ops vgic_dist_ops = {
	.name = "gicd",
	.access = dist_access,
	.valid_sizes = 1 | 2 | 4 | 8,
};
