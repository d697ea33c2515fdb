/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree that dom0 gets. */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <core/errno.h>

#include "dt/dom0.h"

#include "suite.h"

#define ROOM 65536

static struct dt_host host;
static uint64_t buffer[ROOM / 8];
static const void *const dom0 = buffer;

static const struct dt_range banks[] = { { 0x40000000, 0x10000000 },
					 { 0x60000000, 0x8000000 } };
static const struct dt_range reserved[] = { { 0x7e000000, 0x200000 } };
static const struct dt_range extended[] = { { 0x100000000, 0x40000000 },
					    { 0x8000000000, 0x1000000 } };
static const uint64_t mpidr[] = { 0x0, 0x1, 0x100 };

static struct dt_dom0 config(void)
{
	return (struct dt_dom0){
		.host = &host,
		.bank = banks,
		.nr_banks = 2,
		.reserved = reserved,
		.nr_reserved = 1,
		.mpidr = mpidr,
		.nr_vcpus = 3,
		.gicr = { 0x80a0000, 0x60000 },
		.timer_irq = { 29, 30, 27 },
		.evtchn_irq = 16,
		.grant = { 0x38000000, 0x40000 },
		.extended = extended,
		.nr_extended = 2,
		.bootargs = "console=hvc0 quiet",
		.initrd = { 0x48000000, 0x123456 },
	};
}

static void make(const struct dt_dom0 *c)
{
	int size = dt_dom0(c, buffer, sizeof(buffer), &report);

	assert_in_range(size, 100, sizeof(buffer));
	assert_int_equal(size, fdt_totalsize(dom0));
	assert_int_equal(dt_check(dom0, size, &report), 0);
}

static void make_board(void)
{
	const struct dt_dom0 c = config();

	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	make(&c);
}

static int node_at(const char *path)
{
	return fdt_path_offset(dom0, path);
}

/* A property, word by word. */
static void assert_cells(const char *path, const char *name, int nr,
			 const uint32_t *want)
{
	int len = 0;
	const fdt32_t *cell = fdt_getprop(dom0, node_at(path), name, &len);
	int i;

	assert_non_null(cell);
	assert_int_equal(len, nr * 4);
	for (i = 0; i < nr; i++) {
		assert_int_equal(fdt32_ld(cell + i), want[i]);
	}
}

#define CELLS(path, name, ...)                                            \
	assert_cells(path, name, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, \
		     (const uint32_t[]){ __VA_ARGS__ })

static void assert_text(const char *path, const char *name, const char *want,
			size_t len)
{
	int have = 0;
	const char *text = fdt_getprop(dom0, node_at(path), name, &have);

	assert_non_null(text);
	assert_int_equal(have, len);
	assert_memory_equal(text, want, len);
}

#define TEXT(path, name, want) assert_text(path, name, want, sizeof(want))

static bool has(const char *path, const char *name)
{
	return fdt_getprop(dom0, node_at(path), name, NULL);
}

static void memory_nodes(void **state)
{
	(void)state;
	make_board();
	CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x10000000);
	CELLS("/memory@60000000", "reg", 0, 0x60000000, 0, 0x8000000);
	CELLS("/memory@7e000000", "reg", 0, 0x7e000000, 0, 0x200000);
	TEXT("/memory@60000000", "device_type", "memory");
	/* The node keeps what the host said. */
	CELLS("/reserved-memory/display@7e000000", "reg", 0, 0x7e000000, 0,
	      0x200000);
}

static void cpu_nodes(void **state)
{
	int cpus;
	int node;
	int nr = 0;

	(void)state;
	make_board();
	cpus = node_at("/cpus");
	fdt_for_each_subnode(node, dom0, cpus) {
		nr++;
	}
	assert_int_equal(nr, 3);
	CELLS("/cpus", "#address-cells", 1);
	CELLS("/cpus", "#size-cells", 0);
	CELLS("/cpus/cpu@100", "reg", 0x100);
	TEXT("/cpus/cpu@0", "compatible", "arm,cortex-a53");
	TEXT("/cpus/cpu@1", "enable-method", "psci");
	TEXT("/cpus/cpu@1", "device_type", "cpu");
}

static void wide_cpu_ids(void **state)
{
	static const uint64_t wide[] = { 0, 0x100000002 };
	struct dt_dom0 c = config();

	(void)state;
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	c.mpidr = wide;
	c.nr_vcpus = 2;
	make(&c);
	CELLS("/cpus", "#address-cells", 2);
	CELLS("/cpus/cpu@0", "reg", 0, 0);
	CELLS("/cpus/cpu@100000002", "reg", 1, 2);
}

static void hypervisor_node(void **state)
{
	uint32_t gic;

	(void)state;
	make_board();
	gic = fdt_get_phandle(dom0, node_at("/interrupt-controller@8000000"));
	assert_int_not_equal(gic, 0);
	TEXT("/hypervisor", "compatible", "xen,xen-4.17\0xen,xen");
	CELLS("/hypervisor", "reg", 0, 0x38000000, 0, 0x40000, 1, 0, 0,
	      0x40000000, 0x80, 0, 0, 0x1000000);
	CELLS("/hypervisor", "interrupts", 1, 0, 0xf08);
	CELLS("/hypervisor", "interrupt-parent", gic);
	TEXT("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2");
	TEXT("/psci", "method", "hvc");
}

static void timer_and_gic(void **state)
{
	(void)state;
	make_board();
	CELLS("/timer", "interrupts", 1, 13, 0xf08, 1, 14, 0xf08, 1, 11, 0xf08);
	assert_false(has("/timer", "interrupts-extended"));
	assert_false(has("/timer", "interrupt-names"));
	/* What else the host says of it, errata for one, is dom0's too. */
	CELLS("/timer", "clock-frequency", 62500000);
	assert_true(has("/timer", "arm,no-tick-in-suspend"));
	/* Version 2: distributor and CPU interface. */
	CELLS("/interrupt-controller@8000000", "reg", 0, 0x8000000, 0, 0x1000,
	      0, 0x8010000, 0, 0x2000);
	assert_false(has("/interrupt-controller@8000000", "interrupts"));
	assert_true(node_at("/interrupt-controller@8000000/v2m@8020000") > 0);
}

static void gicv3_below_a_bus(void **state)
{
	const struct dt_dom0 c = config();

	(void)state;
	scan_part(tree_of_text(
			  "/dts-v1/; / { #address-cells = <2>;"
			  "#size-cells = <2>; soc { #address-cells = <1>;"
			  "#size-cells = <1>;"
			  "ranges = <0x1000 0 0x8000000 0x1000000>;"
			  "gic: gic@1000 { phandle = <7>;"
			  "compatible = \"arm,gic-v3\"; interrupt-controller;"
			  "#interrupt-cells = <4>; #address-cells = <1>;"
			  "#size-cells = <1>; ranges;"
			  "reg = <0x1000 0x10000>, <0xa1000 0xf60000>,"
			  "<0xf00000 0x1000>;"
			  "redistributor-stride = <0x40000>; mbi-ranges = <1>;"
			  "#redistributor-regions = <1>;"
			  "interrupts = <1 9 4 0>;"
			  "its: its@81000 { compatible = \"arm,gic-v3-its\";"
			  "reg = <0x81000 0x20000>; }; };"
			  "pci { msi-map = <0 &its 0 0x10000>; x = <1>; };"
			  "pci2 { msi-map = <0 &gic 0 0x10000>; };"
			  "dev { msi-parent = <&its 3>; }; }; };"),
		  NULL, &host);
	make(&c);
	CELLS("/soc/gic@1000", "reg", 0x1000, 0x10000, 0xa1000, 0x60000);
	CELLS("/soc/gic@1000", "#redistributor-regions", 1);
	assert_false(has("/soc/gic@1000", "interrupts"));
	assert_false(has("/soc/gic@1000", "redistributor-stride"));
	assert_false(has("/soc/gic@1000", "mbi-ranges"));
	assert_true(node_at("/soc/gic@1000/its@81000") < 0);
	assert_false(has("/soc/pci", "msi-map"));
	assert_true(has("/soc/pci", "x"));
	assert_true(has("/soc/pci2", "msi-map"));
	assert_false(has("/soc/dev", "msi-parent"));
	/* As many cells as this GIC wants. */
	CELLS("/hypervisor", "interrupts", 1, 0, 0xf08, 0);
	CELLS("/hypervisor", "interrupt-parent", 7);
}

static void chosen_node(void **state)
{
	(void)state;
	make_board();
	TEXT("/chosen", "bootargs", "console=hvc0 quiet");
	CELLS("/chosen", "linux,initrd-start", 0, 0x48000000);
	CELLS("/chosen", "linux,initrd-end", 0, 0x48123456);
	CELLS("/chosen", "kaslr-seed", 1, 2);
	assert_false(has("/chosen", "stdout-path"));
	assert_false(has("/chosen", "linux,uefi-system-table"));
	assert_true(node_at("/chosen/module@4a000000") < 0);
	assert_true(node_at("/chosen/module@4c000000") < 0);
	assert_true(node_at("/chosen/module@4e000000") < 0);
	assert_true(node_at("/chosen/framebuffer@7e000000") > 0);
}

static void chosen_is_made(void **state)
{
	struct dt_dom0 c = config();

	(void)state;
	scan_part(tree_of("good_memory"), NULL, &host);
	c.initrd.size = 0;
	make(&c);
	TEXT("/chosen", "bootargs", "console=hvc0 quiet");
	assert_false(has("/chosen", "linux,initrd-start"));
}

static void gone_and_kept(void **state)
{
	(void)state;
	make_board();
	assert_true(node_at("/soc/serial@9000000") < 0);
	assert_true(node_at("/pmu") < 0);
	assert_true(node_at("/soc/timer@9000400") > 0);
	assert_true(node_at("/pcie@10000000/ethernet@8,0") > 0);
	CELLS("/soc/gpio@a000000", "reg", 0xa000000, 0x1000);
	CELLS("/soc/gpio@a000000", "interrupts", 0, 3, 1);
	TEXT("/aliases", "serial7", "/soc/serial@9000000");
}

/* A phandle points to the same node as before, or to none. */
static void phandles(void **state)
{
	uint32_t phandle;
	uint32_t max = 0;

	(void)state;
	make_board();
	assert_int_equal(fdt_find_max_phandle(host.fdt, &max), 0);
	assert_in_range(max, 0x77, 0x1000);
	for (phandle = 1; phandle <= max; phandle++) {
		int there = fdt_node_offset_by_phandle(host.fdt, phandle);
		int here = fdt_node_offset_by_phandle(dom0, phandle);
		char before[128];
		char after[128];

		if (here < 0) {
			continue;
		}
		assert_int_equal(
			fdt_get_path(host.fdt, there, before, sizeof(before)),
			0);
		assert_int_equal(fdt_get_path(dom0, here, after, sizeof(after)),
				 0);
		assert_string_equal(before, after);
	}
	/* The host's CPU is gone, and nobody else has its number. */
	assert_true(fdt_node_offset_by_phandle(dom0, 0x77) < 0);
}

/* Regions of the tree that dom0 gets are those of the host's. */
static void same_regions(void **state)
{
	static struct found before;
	static struct found after;
	static struct dt_host seen;
	int i;

	(void)state;
	make_board();
	find_regions(&host, &before);
	scan_part(dom0, NULL, &seen);
	seen.uart = host.uart;
	seen.uart.node = -1;
	seen.gic = host.gic;
	seen.gic.node = node_at("/interrupt-controller@8000000");
	memcpy(seen.bank, host.bank, sizeof(host.bank));
	seen.nr_banks = host.nr_banks;
	find_regions(&seen, &after);
	assert_int_equal(after.nr, before.nr);
	for (i = 0; i < after.nr; i++) {
		assert_int_equal(after.region[i].ipa.v, before.region[i].ipa.v);
		assert_int_equal(after.region[i].size, before.region[i].size);
		assert_string_equal(after.region[i].row, before.region[i].row);
	}
	assert_memory_equal(&after.irqs, &before.irqs, sizeof(after.irqs));
}

/* Every size of the buffer: a clean error until it fits, and then the same. */
static void no_room(void **state)
{
	const struct dt_dom0 c = config();
	size_t len;
	int fits;

	(void)state;
	make_board();
	fits = fdt_totalsize(dom0);
	for (len = 0; len < (size_t)fits + 1024; len += 37) {
		char *small = aligned_alloc(8, (len + 8) & ~7UL);
		int size = dt_dom0(&c, small, len, &report);

		if (size < 0) {
			assert_int_equal(size, -XEN_ENOSPC);
		} else {
			assert_int_equal(size, fits);
		}
		free(small);
	}
}

static void cells_too_small(void **state)
{
	const struct dt_dom0 c = config();
	static const char *const sources[] = {
		"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; };",
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <0>; };",
		"/dts-v1/; / { #address-cells = <0xffffffff>; };",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		scan_part(tree_of_text(sources[i]), NULL, &host);
		assert_int_equal(dt_dom0(&c, buffer, sizeof(buffer), &report),
				 -XEN_EINVAL);
		assert_true(reported(DT_BAD_VALUE, "dom0's device tree"));
	}
	assert_true(reported(DT_WRAPS, "0x100000000"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

const struct CMUnitTest dom0_tests[] = {
	TEST(memory_nodes),    TEST(cpu_nodes),	     TEST(wide_cpu_ids),
	TEST(hypervisor_node), TEST(timer_and_gic),  TEST(gicv3_below_a_bus),
	TEST(chosen_node),     TEST(chosen_is_made), TEST(gone_and_kept),
	TEST(phandles),	       TEST(same_regions),   TEST(no_room),
	TEST(cells_too_small),
};
const size_t nr_dom0_tests = sizeof(dom0_tests) / sizeof(dom0_tests[0]);
