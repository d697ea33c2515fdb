/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Redistributors: for each vCPU a frame of control registers and one for its
 * private interrupts. Any vCPU may use any of them; the frames of one that
 * does not exist read as zero.
 * IHI 0069, "Redistributor register descriptions".
 */
#include <core/compiler.h>

#include "domain/domain.h"
#include "vgic/virq.h"

#include <arch/vcpu.h>

#define GICR_SHIFT     17 /* 128 KiB for each vCPU */
#define GICR_SGI_FRAME 0x10000u

#define GICR_CTLR    0x0000
#define GICR_IIDR    0x0004
#define GICR_TYPER   0x0008
#define GICR_STATUSR 0x0010
#define GICR_WAKER   0x0014
#define GICR_PIDR2   0xffe8

#define CTLR_RWP     BIT(3)
#define TYPER_LAST   BIT(4)
#define WAKER_SLEEP  BIT(1)
#define WAKER_ASLEEP BIT(2)

/* The last one that exists says so: the walk of a driver ends there. */
static bool is_last(const struct vgic *g, unsigned int id)
{
	unsigned int i;

	for (i = id + 1; i < g->nr_vcpus; i++) {
		if (g->cpu[i].vcpu) {
			return false;
		}
	}
	return true;
}

static uint64_t read_typer(const struct vgic_vcpu *c)
{
	unsigned int id = (unsigned int)(c - c->vgic->cpu);
	uint64_t mpidr = arch_vcpu_mpidr(id);

	return (mpidr >> 32 & 0xff) << 56 | (mpidr & 0xffffff) << 32 | id << 8 |
	       (is_last(c->vgic, id) ? TYPER_LAST : 0);
}

static uint64_t read_control(const struct vgic_vcpu *c, uint32_t offset)
{
	switch (offset) {
	case GICR_CTLR:
		return vgic_write_pending(c) ? CTLR_RWP : 0;
	case GICR_IIDR:
		return VGIC_IIDR;
	case GICR_WAKER:
		return c->asleep ? WAKER_SLEEP | WAKER_ASLEEP : 0;
	case GICR_PIDR2:
		return VGIC_PIDR2;
	default:
		/* STATUSR and what is reserved. */
		return 0;
	}
}

/* Registers that are there, and of 32 bits. */
static bool only_word(uint32_t offset)
{
	return offset < GICR_TYPER || offset == GICR_STATUSR ||
	       offset == GICR_WAKER || offset == GICR_PIDR2;
}

static enum mmio_result control(struct vgic_vcpu *c, struct mmio_access *a,
				uint32_t offset)
{
	if (offset - GICR_TYPER < 8) {
		if (a->size < 4) {
			return MMIO_ABORT;
		}
		if (!a->write) {
			a->data = read_typer(c) >> (offset & 4) * 8;
			a->data &= ~UINT64_C(0) >> (64 - 8 * a->size);
		}
		return MMIO_OK;
	}
	if (only_word(offset) && a->size != 4) {
		return MMIO_ABORT;
	}
	if (!a->write) {
		a->data = read_control(c, offset);
	} else if (offset == GICR_WAKER) {
		spin_lock(&c->vgic->ctlr_lock);
		vgic_set_asleep(c, a->data & WAKER_SLEEP);
		spin_unlock(&c->vgic->ctlr_lock);
	}
	return MMIO_OK;
}

static enum mmio_result redist_access(struct vcpu *v __unused_arg, void *opaque,
				      struct mmio_access *a)
{
	struct vgic *g = opaque;
	uint64_t id = a->offset >> GICR_SHIFT;
	uint32_t offset = a->offset & (BIT(GICR_SHIFT) - 1);
	struct bank_access bank = { .vgic = g, .mmio = a };

	/* vcpu appears after its state is there: vgic_add_vcpu(). */
	if (id >= g->nr_vcpus ||
	    !__atomic_load_n(&g->cpu[id].vcpu, __ATOMIC_ACQUIRE)) {
		a->data = a->write ? a->data : 0;
		return MMIO_OK;
	}
	if (offset < GICR_SGI_FRAME) {
		return control(&g->cpu[id], a, offset);
	}
	bank.cpu = &g->cpu[id];
	bank.offset = offset - GICR_SGI_FRAME;
	if (bank.offset < 0x1000) {
		return vgic_bank_access(&bank);
	}
	a->data = a->write ? a->data : 0;
	return MMIO_OK;
}

const struct region_ops vgic_redist_ops = {
	.name = "gicr",
	.access = redist_access,
	.valid_sizes = 1 | 2 | 4 | 8,
};
