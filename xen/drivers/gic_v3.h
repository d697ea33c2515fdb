/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3 by memory-mapped registers: distributor and redistributors. The CPU
 * interface (system registers) is arch/arm64/gic_cpu.h. What the rest of the
 * hypervisor asks of interrupts is <arch/irq.h>, implemented by both.
 *
 * All interrupts are non-secure group 1 of one priority.
 */
#ifndef DRIVERS_GIC_V3_H
#define DRIVERS_GIC_V3_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

/* One region of redistributors, as the "reg" of the device tree has it. */
struct gic_region {
	paddr_t base;
	uint64_t size;
};

#define GIC_MAX_REGIONS 8

/**
 * gic_init() - Take over the distributor; the boot CPU calls it once.
 * @gicd:   registers of the distributor, mapped as Device memory.
 * @gicr:   regions of redistributors; copied.
 * @nr:     how many, 1 .. GIC_MAX_REGIONS.
 * @stride: property "redistributor-stride"; 0: as the hardware says.
 *
 * All SPIs end up disabled, inactive, not pending, level-sensitive, and the
 * distributor enabled with affinity routing.
 * Return: 0; -XEN_EINVAL (@nr); -XEN_ENODEV (no GICv3 there); -XEN_EIO (it
 * does not answer in time).
 */
int gic_init(paddr_t gicd, const struct gic_region *gicr, unsigned int nr,
	     uint64_t stride) __must_check;

/* First interrupt id that the distributor does not have: 32 .. 1020. */
unsigned int gic_nr_irqs(void);

#endif
