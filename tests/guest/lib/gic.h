/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver for the (virtual) GICv3. Ref: IHI 0069. */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GICD_CTLR    0x0000
#define GICD_TYPER   0x0004
#define GICD_IIDR    0x0008
#define GICD_TYPER2  0x000c
#define GICD_PIDR2   0xffe8
#define GICD_IROUTER 0x6000

/* The same offsets in GICD and in a redistributor's SGI frame. */
#define GIC_IGROUPR    0x0080
#define GIC_ISENABLER  0x0100
#define GIC_ICENABLER  0x0180
#define GIC_ISPENDR    0x0200
#define GIC_ICPENDR    0x0280
#define GIC_ISACTIVER  0x0300
#define GIC_ICACTIVER  0x0380
#define GIC_IPRIORITYR 0x0400
#define GIC_ICFGR      0x0c00

#define GICR_CTLR  0x0000
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI   0x10000

#define GIC_SPURIOUS 1023

/** gic_init() - Turn on the distributor and this CPU's interface. */
void gic_init(void);

/** gic_init_cpu() - This CPU's redistributor and interface only. */
void gic_init_cpu(void);

/** gic_redist() - Address of this CPU's redistributor. */
uint64_t gic_redist(void);

/**
 * gic_bit() - Set bit @intid of a register bank such as GIC_ISENABLER.
 *
 * SGIs and PPIs are those of the calling CPU.
 */
void gic_bit(unsigned int bank, unsigned int intid);

/** gic_test() - Read bit @intid of a register bank. */
bool gic_test(unsigned int bank, unsigned int intid);

/** gic_enable() - Enable @intid at @priority; an SPI goes to this CPU. */
void gic_enable(unsigned int intid, uint8_t priority);

/** gic_disable() - Disable, deactivate and forget @intid. */
void gic_disable(unsigned int intid);

/** gic_sgi() - Send SGI @intid to the CPU with affinity @mpidr. */
void gic_sgi(unsigned int intid, uint64_t mpidr);

/** gic_ack() - Acknowledge the highest pending interrupt of Group 1. */
unsigned int gic_ack(void);

/** gic_eoi() - Drop the priority of @intid and deactivate it. */
void gic_eoi(unsigned int intid);

/** gic_priority_mask() - Set ICC_PMR_EL1. */
void gic_priority_mask(uint8_t mask);

static inline uint32_t mmio_read32(uint64_t addr)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t addr, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(addr) : "memory");
}

static inline uint64_t mmio_read64(uint64_t addr)
{
	uint64_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline void mmio_write64(uint64_t addr, uint64_t value)
{
	__asm__ volatile("str %0, [%1]" : : "r"(value), "r"(addr) : "memory");
}

#endif
