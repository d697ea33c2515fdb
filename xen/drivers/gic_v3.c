/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IHI 0069, "GIC programmers' model": Distributor and Redistributor register
 * maps. With one security state (GICD_CTLR.DS = 1) or as the non-secure side
 * of two, the registers used here read and write alike.
 */
#include "gic_v3.h"

#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/lock.h>
#include <core/log.h>

/* Distributor; from IGROUPR to ICFGR also the SGI frame of redistributors. */
#define GICD_CTLR      0x0000
#define GICD_TYPER     0x0004
#define GIC_IGROUPR    0x0080
#define GIC_ISENABLER  0x0100
#define GIC_ICENABLER  0x0180
#define GIC_ISPENDR    0x0200
#define GIC_ICPENDR    0x0280
#define GIC_ISACTIVER  0x0300
#define GIC_ICACTIVER  0x0380
#define GIC_IPRIORITYR 0x0400
#define GIC_ICFGR      0x0c00
#define GIC_IGRPMODR   0x0d00
#define GICD_IROUTER   0x6000
#define GIC_PIDR2      0xffe8

#define GICD_CTLR_ENABLE_G1A BIT(1)
#define GICD_CTLR_ARE_NS     BIT(4)
#define GICD_CTLR_RWP	     BIT(31)
#define GICD_TYPER_LINES     GENMASK(4, 0)
#define GIC_PIDR2_ARCH	     GENMASK(7, 4)

#define GICR_CTLR      0x0000
#define GICR_TYPER     0x0008
#define GICR_WAKER     0x0014
#define GICR_SGI_FRAME 0x10000

#define GICR_CTLR_RWP	    BIT(3)
#define GICR_TYPER_VLPIS    BIT(1)
#define GICR_TYPER_LAST	    BIT(4)
#define GICR_TYPER_AFFINITY GENMASK(63, 32)
#define GICR_WAKER_SLEEP    BIT(1)
#define GICR_WAKER_ASLEEP   BIT(2)

#define PRIORITY   0xa0a0a0a0u
#define NR_PRIVATE 32u

static uintptr_t dist;
static unsigned int nr_irqs;
static struct gic_region region[GIC_MAX_REGIONS];
static unsigned int nr_regions;
static uint64_t frame_stride;
/* For registers that are read, changed and written; taken last. */
static struct spinlock config_lock;

/* For each CPU: its redistributor, and its affinity as IROUTER wants it. */
static struct {
	uintptr_t redist;
	uint64_t route;
} gic_cpu[MAX_CPUS];

static uint32_t read32(uintptr_t at)
{
	return *(volatile uint32_t *)at;
}

static void write32(uintptr_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static uint64_t read64(uintptr_t at)
{
	return *(volatile uint64_t *)at;
}

static void write64(uintptr_t at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

/* Wait until the bits @mask of the register at @at are clear: 1 s at most. */
static int wait_clear(uintptr_t at, uint32_t mask, const char *what)
{
	uint64_t end = arch_counter() + arch_counter_hz();

	while (read32(at) & mask) {
		if (arch_counter() > end) {
			log_err("gic: no answer: %s", what);
			return -XEN_EIO;
		}
		arch_relax();
	}
	return 0;
}

unsigned int gic_nr_irqs(void)
{
	return nr_irqs;
}

/* Interrupts @first .. @first + 31 of a bank: quiet, group 1, same priority. */
static void quiesce(uintptr_t bank, unsigned int first)
{
	unsigned int i;

	write32(bank + GIC_ICENABLER + first / 8, ~0u);
	write32(bank + GIC_ICACTIVER + first / 8, ~0u);
	write32(bank + GIC_ICPENDR + first / 8, ~0u);
	write32(bank + GIC_IGROUPR + first / 8, ~0u);
	write32(bank + GIC_IGRPMODR + first / 8, 0);
	for (i = first; i < first + 32; i += 4) {
		write32(bank + GIC_IPRIORITYR + i, PRIORITY);
	}
}

static int dist_init(void)
{
	unsigned int i;
	int rc;

	write32(dist + GICD_CTLR, 0);
	rc = wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "distributor off");
	if (rc) {
		return rc;
	}
	/* Before routes are written: IROUTER is RAZ/WI without routing. */
	write32(dist + GICD_CTLR, GICD_CTLR_ARE_NS);
	for (i = NR_PRIVATE; i < nr_irqs; i += 32) {
		quiesce(dist, i);
		write32(dist + GIC_ICFGR + i / 4, 0);
		write32(dist + GIC_ICFGR + i / 4 + 4, 0);
	}
	rc = wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "interrupts off");
	write32(dist + GICD_CTLR, GICD_CTLR_ARE_NS | GICD_CTLR_ENABLE_G1A);
	return rc;
}

int gic_init(paddr_t gicd, const struct gic_region *gicr, unsigned int nr,
	     uint64_t stride)
{
	unsigned int i;
	uint32_t arch;

	if (!nr || nr > GIC_MAX_REGIONS) {
		return -XEN_EINVAL;
	}
	for (i = 0; i < nr; i++) {
		region[i] = gicr[i];
	}
	nr_regions = nr;
	frame_stride = stride;
	dist = (uintptr_t)paddr_to_ptr(gicd);
	arch = FIELD_GET(GIC_PIDR2_ARCH, read32(dist + GIC_PIDR2));
	if (arch != 3 && arch != 4) {
		return -XEN_ENODEV;
	}
	nr_irqs = 32 *
		  (FIELD_GET(GICD_TYPER_LINES, read32(dist + GICD_TYPER)) + 1);
	nr_irqs = (unsigned int)min_u64(nr_irqs, 1020);
	return dist_init();
}

/* The redistributor in @r whose affinity is @affinity, or 0. */
static uintptr_t find_in_region(const struct gic_region *r, uint64_t affinity)
{
	uintptr_t base = (uintptr_t)paddr_to_ptr(r->base);
	uint64_t at = 0;
	uint64_t typer;

	while (at + 2 * GICR_SGI_FRAME <= r->size) {
		typer = read64(base + at + GICR_TYPER);
		if (FIELD_GET(GICR_TYPER_AFFINITY, typer) == affinity) {
			return base + at;
		}
		if (typer & GICR_TYPER_LAST) {
			break;
		}
		if (frame_stride) {
			at += frame_stride;
		} else {
			at += (typer & GICR_TYPER_VLPIS ? 4 : 2) *
			      GICR_SGI_FRAME;
		}
	}
	return 0;
}

int arch_irq_cpu_init(unsigned int cpu, uint64_t mpidr)
{
	uint64_t affinity = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
	uintptr_t rd = 0;
	unsigned int i;
	int rc;

	ASSERT(cpu < MAX_CPUS);
	for (i = 0; i < nr_regions && !rd; i++) {
		rd = find_in_region(&region[i], affinity);
	}
	if (!rd) {
		return -XEN_ENODEV;
	}
	gic_cpu[cpu].redist = rd;
	gic_cpu[cpu].route = mpidr & (GENMASK(39, 32) | GENMASK(23, 0));
	write32(rd + GICR_WAKER,
		read32(rd + GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
	rc = wait_clear(rd + GICR_WAKER, GICR_WAKER_ASLEEP, "wake up");
	if (rc) {
		return rc;
	}
	quiesce(rd + GICR_SGI_FRAME, 0);
	return wait_clear(rd + GICR_CTLR, GICR_CTLR_RWP, "private off");
}

/* The frame with the registers of @intid, for the calling CPU. */
static uintptr_t bank(unsigned int intid)
{
	if (intid < NR_PRIVATE) {
		return gic_cpu[arch_this_cpu()].redist + GICR_SGI_FRAME;
	}
	return dist;
}

static void write_bit(unsigned int reg, unsigned int intid)
{
	write32(bank(intid) + reg + intid / 32 * 4, BIT(intid % 32));
}

static bool read_bit(unsigned int reg, unsigned int intid)
{
	return read32(bank(intid) + reg + intid / 32 * 4) & BIT(intid % 32);
}

void arch_irq_enable(unsigned int intid)
{
	write_bit(GIC_ISENABLER, intid);
}

void arch_irq_disable(unsigned int intid)
{
	write_bit(GIC_ICENABLER, intid);
	if (intid < NR_PRIVATE) {
		(void)wait_clear(gic_cpu[arch_this_cpu()].redist + GICR_CTLR,
				 GICR_CTLR_RWP, "disable");
	} else {
		(void)wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "disable");
	}
}

/* Changing the type of an enabled interrupt is unpredictable, so it is
 * disabled meanwhile. */
void arch_irq_set_edge(unsigned int intid, bool edge)
{
	uintptr_t at = bank(intid) + GIC_ICFGR + intid / 16 * 4;
	uint32_t bit = (uint32_t)BIT(intid % 16 * 2 + 1);
	bool enabled = read_bit(GIC_ISENABLER, intid);
	uint32_t old;

	if (enabled) {
		arch_irq_disable(intid);
	}
	spin_lock(&config_lock);
	old = read32(at);
	write32(at, edge ? old | bit : old & ~bit);
	spin_unlock(&config_lock);
	if (enabled) {
		arch_irq_enable(intid);
	}
}

void arch_irq_route(unsigned int intid, unsigned int cpu)
{
	ASSERT(intid >= NR_PRIVATE && intid < nr_irqs && cpu < MAX_CPUS);
	write64(dist + GICD_IROUTER + 8ul * intid, gic_cpu[cpu].route);
}

bool arch_irq_is_active(unsigned int intid)
{
	return read_bit(GIC_ISACTIVER, intid);
}

void arch_irq_set_active(unsigned int intid, bool active)
{
	write_bit(active ? GIC_ISACTIVER : GIC_ICACTIVER, intid);
}

bool arch_irq_is_pending(unsigned int intid)
{
	return read_bit(GIC_ISPENDR, intid);
}

void arch_irq_set_pending(unsigned int intid, bool pending)
{
	write_bit(pending ? GIC_ISPENDR : GIC_ICPENDR, intid);
}
