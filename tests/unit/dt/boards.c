/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ten boards of Debian's kernel package, with results written by hand from
 * their sources: SRAM, RAM, reserved memory, CPUs, GIC, console.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/errno.h>

#include "suite.h"

#define MAX_ITEMS 21

struct board {
	const char *file;
	struct dt_range bank[3];
	unsigned int cpus;
	enum dt_gic_version gic;
	uint64_t gicd;
	uint64_t second; /* redistributors, or CPU interface */
	uint64_t console;
	struct dt_range sram[3];	   /* all Normal write-back, rwx */
	struct dt_range no_map[MAX_ITEMS]; /* reserved, by address */
	unsigned int dynamic;
};

static const struct board boards[] = {
	{
		/* Children are shared memory of the SCMI firmware. */
		.file = "arm/juno-r1-scmi",
		.bank = { { 0x80000000, 0x7f000000 },
			  { 0x880000000, 0x180000000 } },
		.cpus = 6,
		.gic = DT_GIC_V2,
		.gicd = 0x2c010000,
		.second = 0x2c02f000,
		.console = 0x7ff80000,
		.sram = { { 0x2e000000, 0x8000 } },
	},
	{
		.file = "ti/k3-am642-evm",
		.bank = { { 0x80000000, 0x80000000 } },
		.cpus = 2,
		.gic = DT_GIC_V3,
		.gicd = 0x1800000,
		.second = 0x1840000,
		.console = 0x2800000,
		.sram = { { 0x70000000, 0x200000 } },
		.no_map = { { 0x9e800000, 0x1800000 },
			    { 0xa0000000, 0x100000 },
			    { 0xa0100000, 0xf00000 },
			    { 0xa1000000, 0x100000 },
			    { 0xa1100000, 0xf00000 },
			    { 0xa2000000, 0x100000 },
			    { 0xa2100000, 0xf00000 },
			    { 0xa3000000, 0x100000 },
			    { 0xa3100000, 0xf00000 },
			    { 0xa5000000, 0x800000 } },
	},
	{
		.file = "ti/k3-j721e-common-proc-board",
		.bank = { { 0x80000000, 0x80000000 },
			  { 0x880000000, 0x80000000 } },
		.cpus = 2,
		.gic = DT_GIC_V3,
		.gicd = 0x1800000,
		.second = 0x1900000,
		.console = 0x2800000,
		.sram = { { 0x41c00000, 0x100000 }, { 0x70000000, 0x800000 } },
		.no_map = { { 0x9e800000, 0x1800000 }, { 0xa0000000, 0x100000 },
			    { 0xa0100000, 0xf00000 },  { 0xa1000000, 0x100000 },
			    { 0xa1100000, 0xf00000 },  { 0xa2000000, 0x100000 },
			    { 0xa2100000, 0xf00000 },  { 0xa3000000, 0x100000 },
			    { 0xa3100000, 0xf00000 },  { 0xa4000000, 0x100000 },
			    { 0xa4100000, 0xf00000 },  { 0xa5000000, 0x100000 },
			    { 0xa5100000, 0xf00000 },  { 0xa6000000, 0x100000 },
			    { 0xa6100000, 0xf00000 },  { 0xa7000000, 0x100000 },
			    { 0xa7100000, 0xf00000 },  { 0xa8000000, 0x100000 },
			    { 0xa8100000, 0xf00000 },  { 0xaa000000, 0x1c00000 } },
	},
	{
		/* One SRAM below two buses, its windows in both. */
		.file = "ti/k3-am6528-iot2050-basic-pg2",
		.bank = { { 0x80000000, 0x40000000 } },
		.cpus = 2,
		.gic = DT_GIC_V3,
		.gicd = 0x1800000,
		.second = 0x1880000,
		.console = 0x2810000,
		.sram = { { 0x41c00000, 0x80000 }, { 0x70000000, 0x200000 } },
		.no_map = { { 0x9e800000, 0x1800000 },
			    { 0xa0000000, 0x100000 },
			    { 0xa0100000, 0xf00000 },
			    { 0xa1000000, 0x100000 },
			    { 0xa1100000, 0xf00000 },
			    { 0xa2000000, 0x200000 } },
	},
	{
		/* Reserved from address 0 on; a pool without an address. */
		.file = "amlogic/meson-axg-jethome-jethub-j100",
		.bank = { { 0x0, 0x40000000 } },
		.cpus = 4,
		.gic = DT_GIC_V2,
		.gicd = 0xffc01000,
		.second = 0xffc02000,
		.console = 0xff803000,
		.sram = { { 0xfffc0000, 0x20000 } },
		.no_map = { { 0x0, 0x1000000 }, { 0x5000000, 0x300000 } },
		.dynamic = 1,
	},
	{
		/* Areas without compatible. The loader fills in the RAM. */
		.file = "rockchip/rk3308-evb",
		.cpus = 4,
		.gic = DT_GIC_V2,
		.gicd = 0xff581000,
		.second = 0xff582000,
		.console = 0xff0e0000,
		.sram = { { 0xfff80000, 0x40000 } },
	},
	{
		/* 0x100 bytes, rounded out to a page. */
		.file = "rockchip/rk3566-anbernic-rg353p",
		.cpus = 4,
		.gic = DT_GIC_V3,
		.gicd = 0xfd400000,
		.second = 0xfd460000,
		.console = 0xfe660000,
		.sram = { { 0x10f000, 0x1000 } },
	},
	{
		.file = "freescale/imx8ulp-evk",
		.bank = { { 0x80000000, 0x80000000 } },
		.cpus = 2,
		.gic = DT_GIC_V3,
		.gicd = 0x2d400000,
		.second = 0x2d440000,
		.console = 0x293a0000,
		.sram = { { 0x2201f000, 0x1000 } },
	},
	{
		/* One cell each, below a node that is no bus by itself. */
		.file = "allwinner/sun50i-h6-beelink-gs1",
		.cpus = 4,
		.gic = DT_GIC_V2,
		.gicd = 0x3021000,
		.second = 0x3022000,
		.console = 0x5000000,
		.sram = { { 0x28000, 0x1e000 }, { 0x1a00000, 0x200000 } },
	},
	{
		/* No node for its SRAM. */
		.file = "xilinx/zynqmp-zcu102-rev1.0",
		.bank = { { 0x0, 0x80000000 }, { 0x800000000, 0x80000000 } },
		.cpus = 4,
		.gic = DT_GIC_V2,
		.gicd = 0xf9010000,
		.second = 0xf9020000,
		.console = 0xff000000,
	},
};

static struct dt_host host;
static struct found found;
static uint64_t blob[(1 << 20) / 8];

/* False when the package's files are not there. */
static bool load(const char *file)
{
	const char *arm64 = getenv("ARM64");
	char pattern[512];
	size_t size;
	glob_t match;
	FILE *f;

	assert_non_null(arm64);
	snprintf(pattern, sizeof(pattern),
		 "%s/root/usr/lib/linux-image-*/%s.dtb", arm64, file);
	if (glob(pattern, 0, NULL, &match)) {
		return false;
	}
	f = fopen(match.gl_pathv[0], "rb");
	globfree(&match);
	assert_non_null(f);
	size = fread(blob, 1, sizeof(blob), f);
	fclose(f);
	assert_int_equal(dt_check(blob, size, &report), 0);
	return true;
}

static void check_ranges(const struct dt_range *want, unsigned int max,
			 const struct dt_range *have, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < max && want[i].size; i++) {
		assert_in_range(i, 0, nr - 1);
		assert_range(have[i], want[i].base, want[i].size);
	}
	assert_int_equal(i, nr);
}

static void check_host(const struct board *b)
{
	struct dt_range range[DT_MAX_RESERVED];
	unsigned int i;

	check_ranges(b->bank, 3, host.bank, host.nr_banks);
	for (i = 0; i < host.nr_reserved; i++) {
		assert_true(host.reserved[i].no_map);
		range[i] = host.reserved[i].range;
	}
	check_ranges(b->no_map, MAX_ITEMS, range, host.nr_reserved);
	assert_int_equal(host.nr_dynamic, b->dynamic);
	assert_int_equal(host.nr_cpus, b->cpus);
	assert_int_equal(host.gic.version, b->gic);
	assert_int_equal(host.gic.gicd.base, b->gicd);
	assert_int_equal(b->gic == DT_GIC_V3 ? host.gic.gicr[0].base
					     : host.gic.gicc.base,
			 b->second);
	assert_int_equal(host.gic.maintenance.intid, 25);
	assert_int_equal(host.timer[DT_TIMER_SECURE].intid, 29);
	assert_int_equal(host.timer[DT_TIMER_PHYS].intid, 30);
	assert_int_equal(host.timer[DT_TIMER_VIRT].intid, 27);
	assert_int_equal(host.timer[DT_TIMER_HYP].intid, 26);
	assert_true(host.psci.smc);
	assert_int_equal(host.uart.regs.base, b->console);
}

static void check_sram(const struct board *b)
{
	struct dt_range range[4];
	unsigned int nr = 0;
	int i;

	for (i = 0; i < found.nr; i++) {
		const struct region *r = &found.region[i];

		assert_true(p2m_legal(r->type, r->attr));
		if (r->type != P2M_SRAM) {
			continue;
		}
		assert_in_range(nr, 0, 3);
		assert_int_equal(r->attr.memtype, S2_NORMAL_WB);
		assert_int_equal(r->attr.perm, S2_RWX);
		assert_int_equal(r->kind, REGION_DIRECT);
		range[nr++] = (struct dt_range){ r->ipa.v, r->size };
	}
	check_ranges(b->sram, 3, range, nr);
}

static void check_board(void **state)
{
	const struct board *b = *state;
	int error;

	report_clear();
	if (!load(b->file)) {
		print_message("%s: not there, install the kernel package\n",
			      b->file);
		skip();
	}
	error = dt_scan(blob, NULL, &host, &report);
	assert_int_equal(error, b->bank[0].size ? 0 : -XEN_ENODEV);
	find_regions(&host, &found);
	check_host(b);
	check_sram(b);
}

#define BOARD(i)                                                          \
	{                                                                 \
		"board " #i, check_board, NULL, NULL, (void *)&boards[i], \
	}

const struct CMUnitTest boards_tests[] = {
	BOARD(0), BOARD(1), BOARD(2), BOARD(3), BOARD(4),
	BOARD(5), BOARD(6), BOARD(7), BOARD(8), BOARD(9),
};
const size_t nr_boards_tests = sizeof(boards_tests) / sizeof(boards_tests[0]);
