/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions of a change of the memory map, with few regions in it and with
 * many; of an access to an emulated device meanwhile; and of dirty logging.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/errno.h>

#include <public/entresol.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "measure.h"
#include "print.h"
#include "tap.h"

#define REPEAT	    200
#define FEW	    10u
#define MANY	    1000u
#define BLOCK_PAGES 512u
#define LOG_PAGES   4096u

/* Device pages of the machine, and guest frames where nothing is. */
static uint64_t flash, unused;

static void check(long rc, const char *what)
{
	if (rc) {
		tap_bail("%s: %s", what, errno_name(rc));
	}
}

static long mapping_call(uint64_t gfn, uint64_t mfn, uint64_t nr, bool add)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_memory_mapping,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
		.u.memory_mapping = {
			.first_gfn = gfn,
			.first_mfn = mfn,
			.nr_mfns = nr,
			.add_mapping = add ? DPCI_ADD_MAPPING
					   : DPCI_REMOVE_MAPPING,
		},
	};

	return hypercall2(__HYPERVISOR_domctl, ARG(&op), 0);
}

/* Xen takes 64 pages a call, and the libraries come again for the rest. */
static void mapping(uint64_t gfn, uint64_t mfn, uint64_t nr, bool add)
{
	static uint64_t most = UINT64_MAX;

	while (nr) {
		uint64_t n = nr < most ? nr : most;
		long rc = mapping_call(gfn, mfn, n, add);

		if (rc == -XEN_E2BIG && most > 64) {
			most = 64;
			continue;
		}
		check(rc, "memory_mapping");
		gfn += n;
		mfn += n;
		nr -= n;
	}
}

/* Pages with gaps between them: a region each. */
static void more_regions(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		mapping(unused + BLOCK_PAGES + 2 * i, flash + 2 * i, 1, true);
	}
}

static void bench_region(const char *add, const char *remove, uint64_t nr,
			 unsigned int repeat)
{
	uint64_t ticks[2] = { 0, 0 };

	for (unsigned int i = 0; i < repeat; i++) {
		uint64_t start;

		dither(i);
		start = counter();
		mapping(unused, flash, nr, true);
		ticks[0] += counter() - start;
		start = counter();
		mapping(unused, flash, nr, false);
		ticks[1] += counter() - start;
	}
	row(add, ticks[0], repeat);
	row(remove, ticks[1], repeat);
}

static void bench_regions(void)
{
	volatile uint32_t *typer = (void *)(board.gicd.base + 4);

	bench_region("region-add-2m", "region-remove-2m", BLOCK_PAGES, REPEAT);
	more_regions(0, FEW);
	bench_region("region-add-few", "region-remove-few", 1, REPEAT);
	MEASURE("gicd-read-few", REPEAT, *typer);
	more_regions(FEW, MANY);
	bench_region("region-add-many", "region-remove-many", 1, REPEAT);
	MEASURE("gicd-read-many", REPEAT, *typer);
}

/* A call does as many pages as it likes. */
static uint64_t dirty(uint16_t what, const void *ram, uint64_t *bitmap)
{
	struct entresol_dirty op = {
		.domid = DOMID_SELF,
		.op = what,
		.gfn = gfn_of(ram),
		.bitmap = (uint64_t)bitmap,
	};
	uint64_t written = 0;

	for (uint64_t left = LOG_PAGES; left; left -= op.nr) {
		op.nr = left;
		check(hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_dirty, ARG(&op)),
		      "dirty");
		op.gfn += op.nr;
		op.bitmap += op.nr / 8;
		written += op.dirty;
	}
	return written;
}

/* To write to a page for the first time, in a block and in a table. */
static void bench_first_writes(char *ram)
{
	uint64_t block = 0, page = 0;

	for (char *p = ram; p < ram + LOG_PAGES * PAGE_SIZE; p += MIB(2)) {
		uint64_t start = counter();

		*(volatile char *)p = 1;
		block += counter() - start;
		for (unsigned int i = 1; i < 17; i++) {
			start = counter();
			((volatile char *)p)[i * PAGE_SIZE] = 1;
			page += counter() - start;
		}
	}
	row("dirty-first-2m", block, LOG_PAGES / BLOCK_PAGES);
	row("dirty-first", page, LOG_PAGES / BLOCK_PAGES * 16);
}

static void bench_dirty(void)
{
	static uint64_t bitmap[LOG_PAGES / 64];
	char *ram = ram_take(LOG_PAGES * PAGE_SIZE, MIB(2));
	uint64_t start;

	dirty(ENTRESOL_DIRTY_START, ram, NULL);
	dirty(ENTRESOL_DIRTY_CLEAR, ram, bitmap);
	start = counter();
	dirty(ENTRESOL_DIRTY_READ, ram, bitmap);
	row("dirty-scan-clean", counter() - start, LOG_PAGES / 1024);
	bench_first_writes(ram);
	start = counter();
	dirty(ENTRESOL_DIRTY_READ, ram, bitmap);
	row("dirty-scan", counter() - start, LOG_PAGES / 1024);
	start = counter();
	if (dirty(ENTRESOL_DIRTY_CLEAR, ram, bitmap) != LOG_PAGES / 512 * 17) {
		tap_bail("not the pages that were written");
	}
	row("dirty-clear", counter() - start, LOG_PAGES / 1024);
	dirty(ENTRESOL_DIRTY_STOP, ram, NULL);
}

void guest_main(void)
{
	struct span s;

	if (!board_find("cfi-flash", &s) || board.nr_regions < 2) {
		tap_bail("no flash to map");
	}
	flash = s.base >> PAGE_SHIFT;
	unused = (board.region[1].base + MIB(2) - 1) / MIB(2) * BLOCK_PAGES;
	bench_regions();
	if (hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_version, 0) > 0) {
		bench_dirty();
	}
	tap_ok(true, "measured");
}
