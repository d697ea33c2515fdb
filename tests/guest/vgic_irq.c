/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as the guest sees them: SGIs, PPIs and SPIs made pending by
 * software, enabling, priorities and masks, more of them than list registers,
 * and a second CPU.
 *
 * Class: XSA-223 (a list register changed for an interrupt that is in none).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "gic.h"
#include "smp.h"
#include "tap.h"

#define MAX_TAKEN 64
#define PPI	  23u  /* no device of the guest raises it */
#define SPI	  250u /* neither does any this */

static volatile uint32_t taken;
static volatile uint32_t order[MAX_TAKEN];
static volatile uint32_t taken_by[MAX_TAKEN];

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();

	(void)regs;
	if (intid == GIC_SPURIOUS) {
		return;
	}
	if (taken < MAX_TAKEN) {
		order[taken] = intid;
		taken_by[taken] = this_cpu()->id;
	}
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
	gic_eoi(intid);
}

/* Let what is pending arrive, with interrupts on, until @want have come. */
static uint32_t taken_until(uint32_t want)
{
	uint64_t ms = read_sysreg(cntfrq_el0) / 1000;
	uint64_t start = counter();
	uint32_t n;

	irq_enable();
	while (counter() < start + 2 * ms ||
	       (taken < want && counter() < start + 2000 * ms)) {
		yield();
	}
	irq_disable();
	n = taken;
	taken = 0;
	return n;
}

static uint32_t taken_after(void)
{
	return taken_until(0);
}

static void sgis(void)
{
	uint64_t self = read_sysreg(mpidr_el1);
	unsigned int i;
	bool good = true;

	for (i = 0; i < 16; i++) {
		gic_enable(i, 0x80);
		gic_sgi(i, self);
		good = good && taken_after() == 1 && order[0] == i;
	}
	tap_ok(good, "each SGI arrives once, with its number");
	gic_sgi(3, self);
	gic_sgi(3, self);
	tap_is(taken_after(), 1, "one SGI sent twice");
	gic_sgi(3, 9);
	tap_is(taken_after(), 0, "an SGI to CPU 9, which is not there");
	write_sysreg(1UL << 40 | 3UL << 24, S3_0_C12_C11_5);
	tap_is(taken_after(), 0, "an SGI to all others");
	gic_bit(GIC_ICENABLER, 3);
	gic_sgi(3, self);
	tap_is(taken_after(), 0, "a disabled SGI");
	tap_ok(gic_test(GIC_ISPENDR, 3) || !gic_test(GIC_ISPENDR, 3),
	       "ISPENDR can be read while it waits");
	gic_bit(GIC_ISENABLER, 3);
	tap_is(taken_after(), 1, "it arrives when it is enabled");
}

/* Sixteen at once, each with a priority of its own; 4 list registers or so. */
static void many(void)
{
	uint64_t self = read_sysreg(mpidr_el1);
	unsigned int i;

	for (i = 0; i < 16; i++) {
		gic_enable(i, (uint8_t)(0x10 + (15 - i) * 8));
	}
	for (i = 0; i < 16; i++) {
		gic_sgi(i, self);
	}
	tap_is(taken_after(), 16, "16 SGIs pending at once");
	tap_info("their order: %u %u %u %u %u %u %u %u %u %u %u %u %u %u %u %u",
		 order[0], order[1], order[2], order[3], order[4], order[5],
		 order[6], order[7], order[8], order[9], order[10], order[11],
		 order[12], order[13], order[14], order[15]);
	tap_ok(order[0] == 15, "the one of highest priority comes first");
	for (i = 0; i < 16; i++) {
		gic_enable(i, 0x80);
	}
}

static void masks(void)
{
	uint64_t self = read_sysreg(mpidr_el1);

	gic_enable(4, 0x80);
	gic_enable(5, 0x40);
	gic_priority_mask(0x60);
	gic_sgi(4, self);
	tap_is(taken_after(), 0, "an SGI below the mask");
	gic_sgi(5, self);
	tap_is(taken_after(), 1, "an SGI above the mask");
	tap_is(order[0], 5, "it is");
	gic_priority_mask(0xf0);
	tap_is(taken_after(), 1, "the first one when the mask is lifted");
	tap_is(order[0], 4, "it is");
	write_sysreg(0, S3_0_C12_C12_7);
	gic_sgi(4, self);
	tap_is(taken_after(), 0, "an SGI while Group 1 is off");
	write_sysreg(1, S3_0_C12_C12_7);
	tap_is(taken_after(), 1, "it comes when Group 1 is on");
}

static void pended(unsigned int intid, const char *what)
{
	gic_enable(intid, 0x80);
	gic_bit(GIC_ISPENDR, intid);
	tap_is(taken_after(), 1, "%s made pending by software", what);
	tap_is(order[0], intid, "it is");
	gic_bit(GIC_ICENABLER, intid);
	gic_bit(GIC_ISPENDR, intid);
	tap_is(taken_after(), 0, "%s, disabled", what);
	gic_bit(GIC_ICPENDR, intid);
	gic_bit(GIC_ISENABLER, intid);
	tap_note("%s, enabled after ICPENDR: %u", what, taken_after());
	gic_disable(intid);
}

static void registers(void)
{
	uint64_t d = board.gicd.base;
	uint64_t router = d + GICD_IROUTER + 8 * SPI;
	uint64_t byte = d + GIC_IPRIORITYR + SPI;
	uint64_t value;

	gic_bit(GIC_ISENABLER, SPI);
	tap_ok(gic_test(GIC_ISENABLER, SPI), "ISENABLER shows the SPI enabled");
	tap_ok(gic_test(GIC_ICENABLER, SPI), "ICENABLER as well");
	gic_bit(GIC_ICENABLER, SPI);
	tap_ok(!gic_test(GIC_ISENABLER, SPI), "and disabled");
	probe_write(byte, 1, 0xa8);
	probe_read(byte, 1, &value);
	tap_is((long)value, 0xa8, "a byte of IPRIORITYR");
	tap_is(mmio_read32(byte & ~3UL) >> 8 * (SPI % 4) & 0xff, 0xa8,
	       "the same as part of a word");
	mmio_write64(router, 0);
	tap_is((long)mmio_read64(router), 0, "IROUTER");
	mmio_write64(router, 1UL << 31);
	tap_note("IROUTER with routing to any: 0x%lx", mmio_read64(router));
	mmio_write64(router, 0);
	mmio_write32(d + GIC_ICFGR + SPI / 16 * 4, 0xaaaaaaaa);
	tap_is(mmio_read32(d + GIC_ICFGR + SPI / 16 * 4) >> 2 * (SPI % 16) & 3,
	       2, "ICFGR: edge");
	mmio_write32(d + GIC_ICFGR + SPI / 16 * 4, 0);
	tap_is(mmio_read32(d + GIC_ICFGR + SPI / 16 * 4) >> 2 * (SPI % 16) & 3,
	       0, "ICFGR: level");
}

static uint32_t ready;
static uint32_t stop;

static void second(void *arg)
{
	(void)arg;
	gic_init_cpu();
	gic_enable(6, 0x80);
	irq_enable();
	flag_set(&ready, 1);
	flag_wait(&stop, 1);
	irq_disable();
}

static void two_cpus(void)
{
	unsigned int i;
	uint32_t n;

	if (smp_start(1, second, NULL)) {
		tap_bail("CPU_ON");
	}
	flag_wait(&ready, 1);
	gic_sgi(6, board.mpidr[1]);
	n = taken_until(1);
	tap_is(n, 1, "an SGI to CPU 1");
	tap_is(taken_by[0], 1, "taken by CPU");
	write_sysreg(1UL << 40 | 6UL << 24, S3_0_C12_C11_5);
	n = taken_until(1);
	tap_is(n, 1, "an SGI to all others");
	tap_is(taken_by[0], 1, "taken by CPU");
	for (i = 0; i < 1000; i++) {
		uint32_t before = taken;

		gic_sgi(6, board.mpidr[1]);
		while (taken == before) {
			yield();
		}
	}
	tap_is(taken, 1000, "1000 SGIs in turn");
	taken = 0;

	gic_enable(SPI, 0x80);
	mmio_write64(board.gicd.base + GICD_IROUTER + 8 * SPI, board.mpidr[1]);
	gic_bit(GIC_ISPENDR, SPI);
	n = taken_until(1);
	tap_is(n, 1, "an SPI routed to CPU 1");
	tap_is(taken_by[0], 1, "taken by CPU");
	gic_disable(SPI);
	flag_set(&stop, 1);
	smp_join(1);
}

void guest_main(void)
{
	gic_init();
	sgis();
	many();
	masks();
	pended(PPI, "a PPI");
	pended(SPI, "an SPI");
	registers();
	if (board.nr_cpus > 1) {
		two_cpus();
	}
}
