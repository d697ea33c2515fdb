/* SPDX-License-Identifier: BSD-2-Clause */
/* Blobs that are no trees, and host facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libfdt.h>

#include <core/errno.h>

#include "suite.h"

static struct dt_host host;

static void good_memory(void **state)
{
	(void)state;
	scan_part(tree_of("good_memory"), NULL, &host);
	assert_int_equal(host.nr_banks, 2);
	/* Four entries in two nodes make one. */
	assert_range(host.bank[0], 0x40000000, 0x60000000);
	/* 0x800 at both ends are no whole pages. */
	assert_range(host.bank[1], 0x200001000, 0x1000);
	assert_true(reported(DT_ZERO_SIZE, "/memory@40000000"));
	assert_true(reported(DT_UNALIGNED, "/memory@80000000"));
}

static void good_reserved(void **state)
{
	(void)state;
	scan_part(tree_of("good_memory"), NULL, &host);
	assert_int_equal(host.nr_reserved, 3);
	assert_range(host.reserved[0].range, 0x44000000, 0x2000);
	assert_string_equal(host.reserved[0].name, "log@44000000");
	assert_false(host.reserved[0].no_map);
	assert_range(host.reserved[1].range, 0x48000000, 0x3000);
	assert_string_equal(host.reserved[1].name, "/memreserve/");
	assert_range(host.reserved[2].range, 0x60000000, 0x100000);
	assert_true(host.reserved[2].no_map);
	assert_int_equal(host.nr_dynamic, 1);
}

static void good_cpus(void **state)
{
	(void)state;
	scan_part(tree_of("good_memory"), NULL, &host);
	assert_int_equal(host.nr_cpus, 2);
	assert_int_equal(host.cpu[0].mpidr, 0);
	assert_true(host.cpu[0].psci);
	assert_string_equal(host.cpu[0].compatible, "arm,cortex-a53");
	assert_int_equal(host.cpu[1].mpidr, 0x100000001);
	assert_false(host.cpu[1].psci);
	assert_true(reported(DT_MISSING, "PSCI"));
}

static void good_gic_and_timer(void **state)
{
	(void)state;
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	assert_string_equal(host.model, "vendor,board");
	assert_int_equal(host.gic.version, DT_GIC_V2);
	assert_range(host.gic.gicd, 0x8000000, 0x1000);
	assert_range(host.gic.gicc, 0x8010000, 0x2000);
	assert_range(host.gic.gich, 0x8030000, 0x2000);
	assert_range(host.gic.gicv, 0x8040000, 0x2000);
	assert_int_equal(host.gic.maintenance.intid, 25);
	/* By name, not by place. */
	assert_int_equal(host.timer[DT_TIMER_SECURE].intid, 29);
	assert_int_equal(host.timer[DT_TIMER_PHYS].intid, 30);
	assert_int_equal(host.timer[DT_TIMER_VIRT].intid, 27);
	assert_int_equal(host.timer[DT_TIMER_HYP].intid, 26);
	assert_int_equal(host.timer_frequency, 62500000);
	assert_int_equal(host.psci.version, DT_PSCI_0_2);
	assert_true(host.psci.smc);
	assert_int_equal(host.psci.cpu_on, 0xc4000003);
}

static void good_gicv3(void **state)
{
	(void)state;
	scan_part(tree_of_text(
			  "/dts-v1/; / { #address-cells = <1>;"
			  "#size-cells = <1>; gic: gic@1000000 {"
			  "compatible = \"arm,gic-v3\"; interrupt-controller;"
			  "#interrupt-cells = <3>; #address-cells = <1>;"
			  "#size-cells = <1>; ranges;"
			  "reg = <0x1000000 0x10000>, <0x1100000 0x40000>,"
			  "<0x1200000 0x80000>, <0x1300000 0x2000>,"
			  "<0x1310000 0x1000>, <0x1320000 0x2000>;"
			  "#redistributor-regions = <2>;"
			  "redistributor-stride = <0 0x40000>;"
			  "interrupt-parent = <&gic>; interrupts = <1 9 4>;"
			  "its@1400000 { compatible = \"arm,gic-v3-its\";"
			  "reg = <0x1400000 0x20000>; }; }; };"),
		  NULL, &host);
	assert_int_equal(host.gic.version, DT_GIC_V3);
	assert_int_equal(host.gic.nr_gicr, 2);
	assert_range(host.gic.gicr[0], 0x1100000, 0x40000);
	assert_range(host.gic.gicr[1], 0x1200000, 0x80000);
	assert_int_equal(host.gic.gicr_stride, 0x40000);
	assert_range(host.gic.gicc, 0x1300000, 0x2000);
	assert_range(host.gic.gich, 0x1310000, 0x1000);
	assert_range(host.gic.gicv, 0x1320000, 0x2000);
	assert_int_equal(host.gic.nr_its, 1);
	assert_range(host.gic.its[0], 0x1400000, 0x20000);
	assert_int_equal(host.gic.maintenance.intid, 25);
}

static void good_console(void **state)
{
	const void *fdt = tree_of("good_board");

	(void)state;
	assert_int_equal(dt_scan(fdt, NULL, &host, &report), 0);
	assert_range(host.uart.regs, 0x9000000, 0x400);
	assert_int_equal(host.uart.irq.intid, 33);
	assert_false(host.uart.irq.edge);
	assert_int_equal(host.uart.clock, 24000000);
	assert_int_equal(host.uart.baud, 115200);
	assert_true(dt_uart_is(&host.uart, "arm,pl011"));
	assert_true(dt_uart_is(&host.uart, "vendor,uart"));
	assert_false(dt_uart_is(&host.uart, "arm,pl01"));

	assert_int_equal(dt_scan(fdt, "/soc/nic@b001000", &host, &report), 0);
	assert_int_equal(host.uart.node, -1);
	assert_true(reported(DT_MISSING, "/soc/nic@b001000"));
	assert_int_equal(dt_scan(fdt, "a\nb\033[2J", &host, &report), 0);
	assert_true(reported(DT_BAD_VALUE, "a?b?[2J"));
	assert_int_equal(dt_scan(fdt, "/nowhere", &host, &report), 0);
	assert_int_equal(host.uart.node, -1);
	assert_false(dt_uart_is(&host.uart, "arm,pl011"));
	assert_true(reported(DT_BAD_VALUE, "/nowhere"));
}

static void good_modules(void **state)
{
	const struct dt_module *m;

	(void)state;
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	assert_int_equal(host.nr_modules, 3);
	m = dt_find_module(&host, DT_MODULE_KERNEL);
	assert_range(m->range, 0x4a000000, 0x100000);
	assert_string_equal(m->bootargs, "for dom0");
	m = dt_find_module(&host, DT_MODULE_RAMDISK);
	assert_range(m->range, 0x4c000000, 0x200000);
	assert_null(m->bootargs);
	m = dt_find_module(&host, DT_MODULE_DEVICE_TREE);
	assert_range(m->range, 0x4e000000, 0x1000);
	assert_string_equal(host.xen_bootargs, "for the hypervisor");
	assert_string_equal(host.dom0_bootargs, "for dom0");
}

/* Cells of the root's, kinds by order, a ramdisk by its other name. */
static void modules_without_kind(void **state)
{
	(void)state;
	scan_part(tree_of_text("/dts-v1/; / { #address-cells = <2>;"
			       "#size-cells = <1>; chosen {"
			       "linux,initrd-start = <0 0x50000000>;"
			       "linux,initrd-end = <0 0x50000123>;"
			       "b { compatible = \"xen,multiboot-module\";"
			       "reg = <0 0x42000000 0x2000>; }; }; };"),
		  NULL, &host);
	assert_int_equal(host.nr_modules, 2);
	assert_range(dt_find_module(&host, DT_MODULE_KERNEL)->range, 0x42000000,
		     0x2000);
	assert_range(dt_find_module(&host, DT_MODULE_RAMDISK)->range,
		     0x50000000, 0x123);
}

static const struct {
	const char *chosen; /* properties of /chosen           */
	const char *kernel; /* bootargs of the kernel, or NULL */
	const char *xen;
	const char *dom0;
} bootargs[] = {
	{ "bootargs = \"a\"", NULL, "", "a" },
	{ "bootargs = \"a\"", "k", "a", "k" },
	{ "bootargs = \"a\"; xen,xen-bootargs = \"x\"", NULL, "x", "a" },
	{ "bootargs = \"a\"; xen,xen-bootargs = \"x\"", "k", "x", "k" },
	{ "bootargs = \"a\"; xen,dom0-bootargs = \"d\"", NULL, "a", "d" },
	{ "bootargs = \"a\"; xen,dom0-bootargs = \"d\"", "k", "a", "k" },
	{ "bootargs = \"a\"; xen,xen-bootargs = \"x\";"
	  "xen,dom0-bootargs = \"d\"",
	  NULL, "x", "d" },
	{ "bootargs = <1>", NULL, "", "" },
	{ "", "k", "", "k" },
};

static void command_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bootargs) / sizeof(bootargs[0]); i++) {
		char text[512];
		char line[64] = "";

		if (bootargs[i].kernel) {
			snprintf(line, sizeof(line), "bootargs = \"%s\";",
				 bootargs[i].kernel);
		}
		snprintf(text, sizeof(text),
			 "/dts-v1/; / { chosen { %s; k { compatible ="
			 "\"multiboot,kernel\", \"multiboot,module\"; %s"
			 "reg = <0 0x42000000 0x2000>; }; }; };",
			 bootargs[i].chosen[0] ? bootargs[i].chosen : "x",
			 line);
		scan_part(tree_of_text(text), NULL, &host);
		assert_string_equal(host.xen_bootargs, bootargs[i].xen);
		assert_string_equal(host.dom0_bootargs, bootargs[i].dom0);
		teardown(NULL);
	}
}

static void bad_chosen(void **state)
{
	(void)state;
	scan_part(tree_of("bad_chosen"), NULL, &host);
	assert_int_equal(host.uart.node, -1);
	assert_int_equal(host.nr_modules, 0);
	assert_true(reported(DT_BAD_VALUE, "self/serial@0"));
	assert_true(reported(DT_BAD_LENGTH, "/chosen/module@0"));
	assert_true(reported(DT_WRAPS, "/chosen/module@1"));
	assert_true(reported(DT_ZERO_SIZE, "/chosen/module@2"));
	assert_true(reported(DT_BAD_VALUE, "linux,initrd-end"));
}

static void bad_addresses(void **state)
{
	(void)state;
	scan_part(tree_of("bad_addresses"), NULL, &host);
	assert_int_equal(host.nr_banks, 1);
	assert_range(host.bank[0], 0x40000000, 0x18000000);
	assert_true(reported(DT_WRAPS, "/memory@0"));
	assert_true(reported(DT_OVERLAP, "memory"));
	assert_int_equal(host.nr_reserved, 1);
	assert_range(host.reserved[0].range, 0x41000000, 0x1000);
	assert_true(reported(DT_NOT_ADDRESS, "/reserved-memory/firmware"));
	assert_true(reported(DT_WRAPS, "/reserved-memory/wraps@8"));
}

/* A tree with @nr times @item in it. */
static void *tree_of_many(unsigned int nr, const char *before, const char *item,
			  const char *after)
{
	size_t room = 200 + nr * (strlen(item) + 16);
	char *text = malloc(room);
	size_t used = 0;
	unsigned int i;
	void *blob;

	assert_non_null(text);
	used += snprintf(text, room, "/dts-v1/; / { %s", before);
	for (i = 0; i < nr; i++) {
		used += snprintf(text + used, room - used, item, i, i);
	}
	snprintf(text + used, room - used, "%s };", after);
	blob = tree_of_text(text);
	free(text);
	return blob;
}

static void overflow(void **state)
{
	void *fdt;

	(void)state;
	fdt = tree_of_many(DT_MAX_BANKS + 1,
			   "memory { device_type = \"memory\";"
			   "reg = <",
			   "0 0x%02x000000 0x1000 ", ">; };");
	assert_int_equal(dt_scan(fdt, NULL, &host, &report), -XEN_ENOSPC);
	assert_true(reported(DT_OVERFLOW, "/memory"));

	fdt = tree_of_many(DT_MAX_CPUS + 1,
			   "cpus { #address-cells = <1>; #size-cells = <0>;",
			   "c@%x { device_type = \"cpu\"; reg = <%u>; };",
			   "};");
	assert_int_equal(dt_scan(fdt, NULL, &host, &report), -XEN_ENOSPC);
	assert_true(reported(DT_OVERFLOW, "/cpus/c@40"));

	fdt = tree_of_many(DT_MAX_RESERVED + 1, "reserved-memory { ranges;",
			   "r@%x { reg = <0 0x%x0000 0x1000>; };", "};");
	assert_int_equal(dt_scan(fdt, NULL, &host, &report), -XEN_ENOSPC);
	assert_true(reported(DT_OVERFLOW, "r@80"));

	fdt = tree_of_many(DT_MAX_MODULES + 1, "chosen {",
			   "m@%x { compatible = \"multiboot,module\";"
			   "reg = <0 0x%x000 0x1000>; };",
			   "};");
	assert_int_equal(dt_scan(fdt, NULL, &host, &report), -XEN_ENOSPC);
	assert_true(reported(DT_OVERFLOW, "/chosen/m@10"));
}

/* Nodes below each other: @levels of them below the root. */
static int check_depth(unsigned int levels)
{
	char text[1024] = "/dts-v1/; / {";
	char path[] = "/tmp/dt-deep-XXXXXX";
	char command[128];
	static uint64_t blob[512];
	unsigned int i;
	FILE *pipe;
	size_t size;
	int fd = mkstemp(path);

	for (i = 0; i < levels; i++) {
		strcat(text, " n {");
	}
	for (i = 0; i <= levels; i++) {
		strcat(text, " };");
	}
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	snprintf(command, sizeof(command), "dtc -q -I dts -O dtb %s", path);
	close(fd);
	pipe = popen(command, "r");
	size = fread(blob, 1, sizeof(blob), pipe);
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
	return dt_check(blob, size, &report);
}

static void bad_depth(void **state)
{
	(void)state;
	assert_int_equal(check_depth(DT_MAX_DEPTH - 1), 0);
	assert_int_equal(check_depth(DT_MAX_DEPTH), -XEN_EINVAL);
	assert_true(reported(DT_BAD_BLOB, "deeper"));
	assert_int_equal(check_depth(100), -XEN_EINVAL);
}

static void bad_blobs(void **state)
{
	static uint64_t copy[1024];
	char *fdt = tree_of("good_memory");
	size_t size = fdt_totalsize(fdt);
	int at;

	(void)state;
	assert_in_range(size, 0, sizeof(copy));
	memcpy(copy, fdt, size);
	assert_int_equal(dt_check(copy, size, &report), 0);
	assert_int_equal(dt_check(copy, size - 1, &report), -XEN_EINVAL);
	assert_int_equal(dt_check(copy, 0, &report), -XEN_EINVAL);
	assert_int_equal(dt_check((char *)copy + 4, size, &report),
			 -XEN_EINVAL);

	fdt_set_magic(copy, 0x12345678);
	assert_int_equal(dt_check(copy, size, &report), -XEN_EINVAL);

	/* A name that would spoil a terminal. */
	memcpy(copy, fdt, size);
	at = fdt_path_offset(copy, "/cpus");
	((char *)(uintptr_t)fdt_get_name(copy, at, NULL))[0] = 27;
	assert_int_equal(dt_check(copy, size, &report), -XEN_EINVAL);
	assert_true(reported(DT_BAD_BLOB, "name"));

	/* No root node. */
	memcpy(copy, fdt, size);
	memset((char *)copy + fdt_off_dt_struct(copy), 0,
	       fdt_size_dt_struct(copy));
	assert_int_equal(dt_check(copy, size, &report), -XEN_EINVAL);
}

/* Every single word of a tree overwritten: refused or read, never worse. */
static void broken_words(void **state)
{
	static const uint32_t poison[] = { 0, 1,    2,		3,
					   9, 0xff, 0xffffffff, 0x80000000 };
	static uint64_t copy[1024];
	static struct found found;
	char *fdt = tree_of("good_board");
	size_t size = fdt_totalsize(fdt);
	unsigned int refused = 0;
	size_t i;
	size_t j;

	(void)state;
	assert_in_range(size, 0, sizeof(copy));
	for (i = 0; i < size / 4; i++) {
		for (j = 0; j < sizeof(poison) / sizeof(poison[0]); j++) {
			memcpy(copy, fdt, size);
			((fdt32_t *)copy)[i] = cpu_to_fdt32(poison[j]);
			report_clear();
			if (dt_check(copy, size, &report)) {
				refused++;
				continue;
			}
			if (dt_scan(copy, NULL, &host, &report) !=
			    -XEN_ENOSPC) {
				find_regions(&host, &found);
			}
		}
	}
	assert_in_range(refused, 100, size);
}

static int overlay(void *fdt, const char *text, void *buf, size_t len)
{
	return dt_apply_overlay(fdt, tree_of_text(text), buf, len, &report);
}

static void overlays(void **state)
{
	static uint64_t buf[2048];
	static const char good[] =
		"/dts-v1/; / { fragment@0 { target-path = \"/\";"
		"__overlay__ { added { x = <1>; };"
		"memory@40000000 { reg = <0 0x40000000 0 0x1000000>; };"
		"}; }; };";

	(void)state;
	assert_int_equal(overlay(tree_of("good_board"), good, buf, sizeof(buf)),
			 0);
	assert_int_equal(dt_check(buf, sizeof(buf), &report), 0);
	assert_true(fdt_path_offset(buf, "/added") > 0);
	assert_int_equal(dt_scan(buf, NULL, &host, &report), 0);
	assert_range(host.bank[0], 0x40000000, 0x1000000);

	assert_int_equal(overlay(tree_of("good_board"), good, buf, 3000),
			 -XEN_ENOSPC);
	assert_int_equal(
		overlay(tree_of("good_board"),
			"/dts-v1/; / { fragment@0 { target-path = \"/no\";"
			"__overlay__ { }; }; };",
			buf, sizeof(buf)),
		-XEN_EINVAL);
	assert_true(reported(DT_BAD_VALUE, "overlay"));
	/* libfdt would look "self" up for ever. */
	teardown(NULL);
	assert_int_equal(
		overlay(tree_of("bad_chosen"),
			"/dts-v1/; / { fragment@0 { target-path = \"self\";"
			"__overlay__ { }; }; };",
			buf, sizeof(buf)),
		-XEN_EINVAL);
	assert_true(reported(DT_BAD_VALUE, "/aliases"));
}

/* libfdt would read and write where these point. */
static void overlays_that_point_outside(void **state)
{
	static uint64_t buf[2048];
	static const char *const bad[] = {
		"n { x = <1>; }; __local_fixups__ { n { x = <1>; }; };",
		"n { x = <1>; }; __local_fixups__ { n { x = <0xfffffffc>; };"
		"};",
		"n { x = [01]; }; __local_fixups__ { n { x = <0>; }; };",
		"n { x = <1>; }; __local_fixups__ { n { y = <0>; }; };",
		"n { x = <1>; }; __local_fixups__ { m { x = <0>; }; };",
		"x = <1>; __local_fixups__ { x = <4>; };",
		"n { x = <1>; }; __fixups__ { l = \"/n:x:4294967292\"; };",
		"n { x = <1>; }; __fixups__ { l = \"/n:x:99999999999\"; };",
		"n { x = <1>; }; __fixups__ { l = \"/n:x:0\", \"none\"; };",
		"n { x = <1>; }; __fixups__ { l = <1>; };",
	};
	static const char good[] =
		"/dts-v1/; / { n { x = <1>; y = <7 1>; };"
		"__local_fixups__ { n { x = <0>; y = <4>; }; }; };";
	char text[256];
	size_t i;

	(void)state;
	assert_int_equal(
		overlay(tree_of("good_ranges"), good, buf, sizeof(buf)), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		report_clear();
		teardown(NULL);
		snprintf(text, sizeof(text), "/dts-v1/; / { %s };", bad[i]);
		assert_int_equal(
			overlay(tree_of("good_ranges"), text, buf, sizeof(buf)),
			-XEN_EINVAL);
		assert_true(reported(DT_BAD_VALUE, "bad fixups"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

const struct CMUnitTest scan_tests[] = {
	TEST(good_memory),
	TEST(good_reserved),
	TEST(good_cpus),
	TEST(good_gicv3),
	TEST(good_gic_and_timer),
	TEST(good_console),
	TEST(good_modules),
	TEST(modules_without_kind),
	TEST(command_lines),
	TEST(bad_chosen),
	TEST(bad_addresses),
	TEST(overflow),
	TEST(bad_depth),
	TEST(bad_blobs),
	TEST(broken_words),
	TEST(overlays),
	TEST(overlays_that_point_outside),
};
const size_t nr_scan_tests = sizeof(scan_tests) / sizeof(scan_tests[0]);
