/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic.h"

#include "arch.h"
#include "board.h"
#include "smp.h"
#include "tap.h"

#define CTLR_RWP     (1u << 31)
#define CTLR_ARE_G1A (3u << 4 | 1u << 1)
#define WAKER_SLEEP  (1u << 1)
#define WAKER_ASLEEP (1u << 2)
#define TYPER_LAST   (1u << 4)
#define MPIDR_AFF    0xff00ffffffUL

/* GICv3 system registers by encoding: not every assembler has the names. */
#define ICC_SRE_EL1	S3_0_C12_C12_5
#define ICC_PMR_EL1	S3_0_C4_C6_0
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_IAR1_EL1	S3_0_C12_C12_0
#define ICC_EOIR1_EL1	S3_0_C12_C12_1
#define ICC_BPR1_EL1	S3_0_C12_C12_3
#define ICC_CTLR_EL1	S3_0_C12_C12_4
#define ICC_SGI1R_EL1	S3_0_C12_C11_5

static uint64_t redist[MAX_CPUS];

static uint64_t affinity(uint64_t mpidr)
{
	return (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
}

static uint64_t find_redist(void)
{
	uint64_t self = affinity(read_sysreg(mpidr_el1) & MPIDR_AFF);
	uint64_t at = board.gicr.base;
	uint64_t typer;

	for (;;) {
		typer = mmio_read64(at + GICR_TYPER);
		if (typer >> 32 == self) {
			return at;
		}
		if (typer & TYPER_LAST) {
			tap_bail("no redistributor for this CPU");
		}
		at += 0x20000;
	}
}

uint64_t gic_redist(void)
{
	uint64_t *mine = &redist[this_cpu()->id];

	if (!*mine) {
		*mine = find_redist();
	}
	return *mine;
}

/* The frame whose register banks hold @intid for this CPU. */
static uint64_t frame(unsigned int intid)
{
	return intid < 32 ? gic_redist() + GICR_SGI : board.gicd.base;
}

void gic_bit(unsigned int bank, unsigned int intid)
{
	mmio_write32(frame(intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

bool gic_test(unsigned int bank, unsigned int intid)
{
	return mmio_read32(frame(intid) + bank + intid / 32 * 4) >> intid % 32 &
	       1;
}

void gic_init_cpu(void)
{
	uint64_t rd = gic_redist();

	mmio_write32(rd + GICR_WAKER,
		     mmio_read32(rd + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(rd + GICR_WAKER) & WAKER_ASLEEP) {
		yield();
	}
	mmio_write32(rd + GICR_SGI + GIC_IGROUPR, ~0u);
	write_sysreg(read_sysreg(ICC_SRE_EL1) | 1, ICC_SRE_EL1);
	isb();
	write_sysreg(0xf0, ICC_PMR_EL1);
	write_sysreg(0, ICC_BPR1_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
}

void gic_init(void)
{
	if (board.gic_version != 3) {
		tap_bail("this guest wants a GICv3");
	}
	mmio_write32(board.gicd.base + GICD_CTLR, CTLR_ARE_G1A);
	while (mmio_read32(board.gicd.base + GICD_CTLR) & CTLR_RWP) {
		yield();
	}
	gic_init_cpu();
}

void gic_enable(unsigned int intid, uint8_t priority)
{
	uint64_t at = frame(intid) + GIC_IPRIORITYR + intid;
	uint64_t self = read_sysreg(mpidr_el1) & MPIDR_AFF;

	__asm__ volatile("strb %w0, [%1]"
			 :
			 : "r"(priority), "r"(at)
			 : "memory");
	if (intid >= 32) {
		uint64_t group = board.gicd.base + GIC_IGROUPR + intid / 32 * 4;

		mmio_write32(group, mmio_read32(group) | 1u << intid % 32);
		mmio_write64(board.gicd.base + GICD_IROUTER + 8 * intid, self);
	}
	gic_bit(GIC_ISENABLER, intid);
}

void gic_disable(unsigned int intid)
{
	gic_bit(GIC_ICENABLER, intid);
	gic_bit(GIC_ICPENDR, intid);
	gic_bit(GIC_ICACTIVER, intid);
}

void gic_sgi(unsigned int intid, uint64_t mpidr)
{
	uint64_t value = (mpidr >> 32 & 0xff) << 48 |
			 (mpidr >> 16 & 0xff) << 32 |
			 (mpidr >> 8 & 0xff) << 16 | 1UL << (mpidr & 0xf) |
			 (uint64_t)intid << 24;

	dsb();
	write_sysreg(value, ICC_SGI1R_EL1);
	isb();
}

unsigned int gic_ack(void)
{
	unsigned int intid = (unsigned int)read_sysreg(ICC_IAR1_EL1);

	dsb();
	return intid & 0xffffff;
}

void gic_eoi(unsigned int intid)
{
	write_sysreg(intid, ICC_EOIR1_EL1);
	isb();
}

void gic_priority_mask(uint8_t mask)
{
	write_sysreg(mask, ICC_PMR_EL1);
	isb();
}
