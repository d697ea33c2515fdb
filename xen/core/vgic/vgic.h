/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual GICv3 of a domain: distributor and redistributors emulated,
 * CPU interface by hardware through list registers.
 */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

struct domain;
struct memmap;
struct vcpu;

/* What the domain sees, as its device tree says it. */
struct vgic_layout {
	ipa_t gicd;
	uint64_t gicd_size;
	ipa_t gicr;
	uint64_t gicr_size; /* one region, a 128 KiB frame pair a vCPU */
};

/**
 * vgic_create() - The domain's interrupt controller.
 * @nr_spis: 0 .. 988, a multiple of 32 minus nothing: rounded up to 32.
 *
 * Adds its regions to d->memmap (the caller commits).
 * Return: 0; -XEN_ENOMEM; -XEN_EINVAL (layout too small for the vCPUs).
 */
int vgic_create(struct domain *d, const struct vgic_layout *layout,
		unsigned int nr_spis) __must_check;

/**
 * vgic_add_vcpu() - @v exists from now on: its redistributor shows.
 *
 * vgic_create() does it for the vCPUs that are there already. Private
 * interrupts are as after reset. @v is below the domain's nr_vcpus.
 */
void vgic_add_vcpu(struct vcpu *v);

/* The physical interrupts of @d, which does not run any more, are nobody's:
 * off and inactive. Not those of its CPUs' timers, which all guests share. */
void vgic_forget_phys(struct domain *d);

/* Free what vgic_create() made; no vCPU runs any more. */
void vgic_destroy(struct domain *d);

/**
 * vgic_map_phys() - Let virtual @virq be backed by physical @intid.
 *
 * SPI: the guest's enable, type and routing reach the physical distributor,
 * and list registers are hardware-linked. PPI (timers): on every vCPU, the
 * physical enable is not touched.
 * Return: 0; -XEN_EINVAL; -XEN_EBUSY (already mapped).
 */
int vgic_map_phys(struct domain *d, unsigned int virq,
		  unsigned int intid) __must_check;

/**
 * vgic_inject() - An edge: make @virq pending on @v (PPI) or its target (SPI).
 *
 * Wakes or kicks the target. Any context without the vgic lock.
 */
void vgic_inject(struct domain *d, struct vcpu *v, unsigned int virq);

/* The same for a level-sensitive source: @level holds until changed. */
void vgic_set_level(struct domain *d, struct vcpu *v, unsigned int virq,
		    bool level);

/* Whether @virq is an SPI of @d that no physical interrupt is behind. */
bool vgic_is_free_spi(const struct domain *d, unsigned int virq);

/*
 * A physical interrupt mapped by vgic_map_phys() fired on this CPU; it stays
 * active until the guest deactivates it. @v: for PPIs, the loaded vCPU.
 */
void vgic_phys_fired(struct domain *d, struct vcpu *v, unsigned int virq);

/* ICC_SGI1R_EL1 written by @v. */
void vgic_sgi1r(struct vcpu *v, uint64_t value);

/* Exit work (WORK_VGIC): fold empty list registers back, fill free ones. */
void vgic_flush(struct vcpu *v);

/* The list registers of @v go to memory / come from it (vCPU switch). */
void vgic_save(struct vcpu *v);
void vgic_load(struct vcpu *v);

/* Whether an enabled interrupt that @v would take is pending (for WFI). */
bool vgic_pending(struct vcpu *v);

/* CPU_ON: the private interrupts of @v as after reset. */
void vgic_reset_vcpu(struct vcpu *v);

/* For the console key 'i': a line for each interrupt that is not idle. */
void vgic_dump(struct domain *d, void (*line)(const char *text));

#endif
