/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes: every selector by both calls, on a device, on SRAM and on SRAM
 * without write-combining. What became of it is seen by what faults, and in
 * the stage-2 table that the hypervisor shows.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/errno.h>

#include <public/entresol.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "iomem.h"
#include "mmu.h"
#include "tap.h"

#define ADD(selector) (DPCI_ADD_MAPPING | (uint32_t)(selector) << 8)
#define REMOVE	      DPCI_REMOVE_MAPPING
#define NC	      ENTRESOL_ATTR_NORMAL_NC
#define WB	      ENTRESOL_ATTR_NORMAL_WB
#define READONLY      ENTRESOL_ATTR_READONLY
#define GIB	      (UINT64_C(1) << 30)
#define RET	      0xd65f03c0

static uint64_t hole; /* a GiB of frames with nothing, and aligned to it */
static uint64_t rtc, flash, window, sram, sram_device;

static long mapping(uint64_t gfn, uint64_t mfn, uint64_t nr, uint32_t word)
{
	return iomem_mapping(0, gfn, mfn, nr, word);
}

/* ------------------------------------------- what the hypervisor says */

/* The entry of the stage-2 table that maps frame @gfn; all 0 if none does. */
static struct entresol_mapping stage2(uint64_t gfn)
{
	static struct entresol_run run[64];
	struct entresol_dump d = {
		.domid = DOMID_SELF,
		.size = sizeof(run[0]),
		.buffer = (uint64_t)run,
		.nr = ARRAY_SIZE(run),
	};
	uint64_t ipa = gfn << PAGE_SHIFT;

	do {
		if (hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_table, ARG(&d))) {
			tap_bail("ENTRESOL_table");
		}
		for (uint64_t i = 0; i < d.nr; i++) {
			if (ipa - run[i].ipa < run[i].size) {
				return run[i].map;
			}
		}
		d.nr = ARRAY_SIZE(run);
	} while (d.cursor);
	return (struct entresol_mapping){ 0 };
}

static bool maps(uint64_t gfn, unsigned int attr, unsigned int perm)
{
	struct entresol_mapping m = stage2(gfn);

	return m.type && m.attr == attr && m.perm == perm;
}

static struct entresol_attribute query(uint64_t mfn, uint64_t nr)
{
	struct entresol_attribute q = {
		.domid = DOMID_SELF,
		.mfn = mfn,
		.nr = nr,
	};

	if (hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_attribute, ARG(&q))) {
		tap_bail("ENTRESOL_attribute");
	}
	return q;
}

static void questions(void)
{
	static const struct {
		const char *what;
		const uint64_t *mfn;
		uint32_t allowed, in_place;
		unsigned int selector;
	} page[] = {
		{ "clock", &rtc, 0x3f, 0x3f, ENTRESOL_ATTR_DEVICE_GRE },
		{ "flash", &flash, 0x3f, 0x3f, ENTRESOL_ATTR_DEVICE_GRE },
		{ "PCI window", &window, 0x3f, 0x3f, NC },
		{ "SRAM", &sram, 0x41, 0x7f, WB },
		{ "SRAM without write-combining", &sram_device, 0x0f, 0x0f,
		  ENTRESOL_ATTR_DEVICE_NGNRE },
	};
	struct entresol_attribute q;

	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++) {
		q = query(*page[i].mfn, 1);
		tap_is(q.allowed, page[i].allowed, "%s: allowed", page[i].what);
		tap_is(q.in_place, page[i].in_place, "%s: in its place",
		       page[i].what);
		tap_is(q.selector, page[i].selector, "%s: default",
		       page[i].what);
		tap_note("node %s", q.node);
	}
	q = query(sram, 1 << 20);
	tap_is((long)q.nr, 512, "frames of SRAM that are alike");
	tap_is(q.holder, 0, "dom0 itself is in the way");
	q = query((uint64_t)&hole >> PAGE_SHIFT, 1);
	tap_is(q.allowed, 0, "RAM: nothing is allowed");
	tap_is(q.node[0], 0, "RAM: no node");
	q = query(board.gicd.base >> PAGE_SHIFT, 1);
	tap_is(q.allowed, 0, "distributor: nothing is allowed");
}

/* --------------------------------------------------- every selector */

/* One frame at the hole, by one of the two calls. */
static long by_mapping(uint64_t mfn, unsigned int selector)
{
	return mapping(hole, mfn, 1, ADD(selector));
}

static long by_dev_mmio(uint64_t mfn, unsigned int selector)
{
	return dev_mmio(hole + 1, mfn, 1, selector);
}

struct call {
	const char *name;
	long (*call)(uint64_t mfn, unsigned int selector);
	unsigned int at; /* the frame of the hole it maps to */
};

static const struct call calls[] = {
	{ "memory_mapping", by_mapping, 0 },
	{ "dev_mmio", by_dev_mmio, 1 },
};

static const char *const names[] = { "default", "nGnRnE", "nGnRE", "nGRE",
				     "GRE",	"NC",	  "WB" };

static void one_selector(const struct call *c, const char *what, uint64_t mfn,
			 unsigned int s, long want)
{
	uint64_t va = (hole + c->at) << PAGE_SHIFT;
	unsigned int x = s == WB ? 4 : 0;
	uint64_t value;

	tap_is(c->call(mfn, s), want, "%s, %s, %s", c->name, what, names[s]);
	if (want) {
		return;
	}
	tap_ok(maps(hole + c->at, s, 3 | x), "stage 2 has it");
	tap_ok(!probe_read(va, 4, &value).taken &&
		       !probe_write(va, 4, value).taken,
	       "it can be read and written");
	tap_is(c->call(mfn, s | READONLY), 0, "%s, %s, %s, read-only", c->name,
	       what, names[s]);
	tap_ok(maps(hole + c->at, s, 1 | x), "stage 2 has it");
	tap_ok(!probe_read(va, 4, &value).taken &&
		       probe_write(va, 4, value).taken,
	       "it can be read alone");
}

static void every_selector(const char *what, uint64_t mfn, uint32_t allowed,
			   long conflict)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *c = &calls[i];

		for (unsigned int s = 1; s < ARRAY_SIZE(names); s++) {
			one_selector(c, what, mfn, s,
				     allowed >> s & 1 ? 0 : conflict);
		}
		tap_is(c->call(mfn, 7), -XEN_EINVAL, "%s, %s, selector 7",
		       c->name, what);
		tap_is(c->call(mfn, 0x200), -XEN_EINVAL,
		       "%s, %s, selector 0x200", c->name, what);
		tap_is(c->call(mfn, 0), 0, "%s, %s, default", c->name, what);
		tap_is(stage2(hole + c->at).attr, query(mfn, 1).selector,
		       "it is the one that the query told");
	}
	tap_is(mapping(hole, mfn, 1, REMOVE), 0, "%s: remove it", what);
	tap_ok(probe_read(hole << PAGE_SHIFT, 4, NULL).taken, "it is gone");
}

static void bits(void)
{
	for (unsigned int bit = 1; bit < 8; bit++) {
		tap_is(mapping(hole, rtc, 1, ADD(0) | 1u << bit), -XEN_EINVAL,
		       "add_mapping, bit %u", bit);
	}
	tap_is(mapping(hole, rtc, 1, REMOVE | 1u << 8), -XEN_EINVAL,
	       "remove with a selector");
	tap_is(mapping(hole, rtc, 1, ADD(0x800000)), -XEN_EINVAL,
	       "add_mapping, bit 31");
}

/* ----------------------------------------------------- what memory is */

static bool exclusives_work(uint64_t va)
{
	uint64_t value;
	uint32_t failed = 1;
	struct fault f;

	fault_expect(&f);
	for (unsigned int i = 0; failed && i < 100; i++) {
		__asm__ volatile("ldxr %0, [%2]\n\tadd %0, %0, #1\n\t"
				 "stxr %w1, %0, [%2]"
				 : "=&r"(value), "=&r"(failed)
				 : "r"(va)
				 : "memory");
	}
	fault_done();
	return !f.taken && !failed;
}

/* The same bytes at two places, and code that runs only where it may. */
static void memory_is_memory(void)
{
	uint64_t va = hole << PAGE_SHIFT;
	uint64_t pa = sram << PAGE_SHIFT;
	uint64_t value = 0;

	tap_is(mapping(hole, sram, 2, ADD(WB)), 0, "two pages of SRAM");
	mmu_map(va, va, 2 * PAGE_SIZE, MMU_NORMAL);
	mmu_map(pa, pa, 2 * PAGE_SIZE, MMU_NORMAL);
	*(volatile uint32_t *)va = RET;
	tap_is(*(volatile uint32_t *)pa, RET, "it is the same memory");
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\t"
			 "isb"
			 :
			 : "r"(va)
			 : "memory");
	tap_ok(!probe_exec(va).taken, "code runs from it");
	tap_ok(exclusives_work(va + 64), "exclusives work in it");
	tap_ok(!probe_write(va + PAGE_SIZE - 3, 8, 1).taken,
	       "an unaligned write across its pages");
	tap_is(mapping(hole, sram, 2, ADD(WB | READONLY)), 0, "read-only");
	tap_ok(!probe_exec(va).taken && probe_write(va, 4, 0).taken,
	       "code runs, writes abort");
	tap_is(mapping(hole, sram, 2, REMOVE), 0, "remove them");
	tap_ok(!probe_read(pa, 4, &value).taken && value == RET,
	       "the SRAM is where it was, as it was");
}

static void devices_run_no_code(void)
{
	uint64_t va = hole << PAGE_SHIFT;
	struct fault f;

	tap_is(mapping(hole, sram_device, 1, ADD(ENTRESOL_ATTR_DEVICE_NGRE)), 0,
	       "SRAM as nGRE");
	mmu_map(va, va, PAGE_SIZE, MMU_NORMAL);
	probe_write(va, 4, RET);
	f = probe_exec(va);
	tap_ok(f.taken && ESR_EC(f.esr) == EC_IABORT, "no code runs from it");
	tap_is(mapping(hole, sram_device, 1, REMOVE), 0, "remove it");
}

/* In its place a page may have what it may not have elsewhere. */
static void in_place(void)
{
	uint64_t at = sram + 8;
	uint64_t value = 0;

	probe_write(at << PAGE_SHIFT, 4, 0x5ea);
	tap_is(mapping(at, at, 1, ADD(NC)), 0, "SRAM in its place as NC");
	tap_ok(maps(at, NC, 7), "stage 2 has it");
	tap_ok(maps(at + 1, WB, 7), "its neighbour is as before");
	tap_is(mapping(hole, at, 1, ADD(WB)), -XEN_EBUSY,
	       "it cannot be cached elsewhere now");
	tap_is(query(at, 1).holder, 0, "dom0 is in the way");
	tap_is(dev_mmio(hole + 1, at, 1, 0), -XEN_EBUSY,
	       "nor by dev_mmio, which has it cached");
	tap_is(mapping(at, at, 1, REMOVE), 0, "remove it");
	tap_ok(maps(at, WB, 7), "it is as the tree has it");
	tap_ok(!probe_read(at << PAGE_SHIFT, 4, &value).taken && value == 0x5ea,
	       "and holds what it held");
	tap_is(dev_mmio(hole + 1, at, 1, 0), 0, "dev_mmio takes it now");
	tap_is(mapping(at, at, 1, ADD(NC)), -XEN_EBUSY,
	       "which rules NC out in its place");
}

/* ---------------------------------------------------- hidden, and back */

static void hidden_pages(void)
{
	volatile uint64_t *ram = ram_take(3 * PAGE_SIZE, PAGE_SIZE);
	uint64_t gfn = (uint64_t)ram >> PAGE_SHIFT;
	uint64_t clock = 0, word = 0, same = 0;

	for (unsigned int i = 0; i < 3; i++) {
		ram[i * 512] = 0x1000 + i;
	}
	tap_is(mapping(gfn + 1, rtc, 1, ADD(0)), 0, "the clock over RAM");
	probe_read((rtc << PAGE_SHIFT) + 0xfe0, 4, &clock);
	probe_read(((gfn + 1) << PAGE_SHIFT) + 0xfe0, 4, &word);
	tap_is((long)word, (long)clock, "it is the clock");
	tap_ok(ram[0] == 0x1000 && ram[1024] == 0x1002, "RAM beside it");
	tap_is(mapping(gfn + 1, rtc, 1, REMOVE), 0, "remove it");
	tap_is((long)ram[512], 0x1001, "the RAM is there again");

	probe_read((flash + 1) << PAGE_SHIFT, 4, &word);
	tap_is(mapping(flash + 1, rtc, 1, ADD(0)), 0,
	       "the clock over the flash");
	probe_read(((flash + 1) << PAGE_SHIFT) + 0xfe0, 4, &same);
	tap_is((long)same, (long)clock, "it is the clock");
	tap_is(mapping(flash + 1, rtc, 1, REMOVE), 0, "remove it");
	probe_read((flash + 1) << PAGE_SHIFT, 4, &same);
	tap_is((long)same, (long)word, "the flash is there again");
	tap_is(mapping(board.gicd.base >> PAGE_SHIFT, rtc, 1, ADD(0)), 0,
	       "the clock over the distributor");
	probe_read(board.gicd.base + 0xffe8, 4, &same);
	tap_is((long)(same >> 4 & 15), board.gic_version,
	       "the distributor is what shows");
	tap_is(mapping(board.gicd.base >> PAGE_SHIFT, rtc, 1, REMOVE), 0,
	       "remove it");
}

/* ------------------------------------------------------------- blocks */

static void blocks(void)
{
	const unsigned int nr = 1536;
	uint64_t pages = GIB >> PAGE_SHIFT;
	uint64_t low = window + 512 - window % 512;

	tap_is(dev_mmio(hole, flash, nr, 0), 0, "a batch of 6 MiB");
	tap_is(stage2(hole).order, 9, "its start is a block");
	tap_is(stage2(hole + nr - 1).order, 9, "so is its end");
	tap_is(dev_mmio(hole + 4096, flash + 1, 1024, 0), 0,
	       "4 MiB that are not aligned alike");
	tap_is(stage2(hole + 4096).order, 0, "no block can map it");

	/* 512 MiB of a PCI window. */
	tap_is(mapping(hole + pages / 2, low, pages / 2, ADD(0)), 0,
	       "512 MiB in one call");
	tap_is(stage2(hole + pages / 2).order, 9, "by blocks");
	tap_is(stage2(hole + pages - 1).order, 9, "to its end");
	tap_is(mapping(hole + pages / 2 + 700, low + 700, 1, REMOVE), 0,
	       "remove a page in the middle");
	tap_is(stage2(hole + pages / 2 + 700).type, ENTRESOL_TYPE_NONE,
	       "it is gone");
	tap_ok(maps(hole + pages / 2 + 699, NC, 3) &&
		       maps(hole + pages / 2 + 701, NC, 3),
	       "its neighbours are not");
	tap_is(mapping(hole + pages / 2 + 700, low + 701, 1, ADD(0)), 0,
	       "another one there");
	tap_is(mapping(hole + pages / 2, low, pages / 2, REMOVE), -XEN_EILSEQ,
	       "not all is what is to be removed");
	tap_is(mapping(hole + pages / 2 + 700, low + 700, 1, ADD(0)), 0,
	       "the right one");
	tap_ok(maps(hole + pages / 2 + 700, NC, 3), "it is there");
	tap_is(mapping(hole + pages / 2, low, pages / 2, REMOVE), 0,
	       "remove all");
	tap_is(stage2(hole + pages - 1).type, ENTRESOL_TYPE_NONE,
	       "nothing is left");
}

static uint64_t frame_of(const char *compatible)
{
	struct span s;

	if (!board_find(compatible, &s)) {
		tap_bail("no %s", compatible);
	}
	return s.base >> PAGE_SHIFT;
}

static uint64_t frame_at(const char *path)
{
	struct span s;

	if (!board_reg(path, 0, &s)) {
		tap_bail("dom0's tree has no %s", path);
	}
	return s.base >> PAGE_SHIFT;
}

static uint64_t find_hole(void)
{
	for (unsigned int i = 1; i < board.nr_regions; i++) {
		uint64_t base = (board.region[i].base + GIB - 1) & ~(GIB - 1);
		uint64_t end = board.region[i].base + board.region[i].size;

		if (base + GIB <= end) {
			return base >> PAGE_SHIFT;
		}
	}
	tap_bail("no GiB without anything");
}

void guest_main(void)
{
	hole = find_hole();
	rtc = frame_of("arm,pl031");
	flash = frame_of("cfi-flash");
	window = 0x10000000 >> PAGE_SHIFT;
	sram = frame_at("/sram@bfc00000");
	sram_device = frame_at("/sram@bfe00000");

	questions();
	every_selector("clock", rtc, 0x3f, -XEN_EPERM);
	every_selector("SRAM", sram + 16, 0x41, -XEN_EBUSY);
	every_selector("SRAM without write-combining", sram_device, 0x0f,
		       -XEN_EPERM);
	bits();
	memory_is_memory();
	devices_run_no_code();
	in_place();
	hidden_pages();
	blocks();
}
