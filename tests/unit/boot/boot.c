/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, and what a kernel image says of itself (XSA-95). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/map.h>
#include <core/addr.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "boot/image.h"
#include "boot/options.h"
#include "boot/ram.h"

#define MIB UINT64_C(0x100000)

static struct options parse(const char *line)
{
	struct options o;

	options_parse(line, &o);
	return o;
}

static void defaults(void **state)
{
	struct options o = parse("");

	(void)state;
	assert_int_equal(o.dom0_mem, 512 * MIB);
	assert_int_equal(o.dom0_max_vcpus, 0);
	assert_int_equal(o.loglvl, LOG_INFO);
	assert_false(o.noreboot);
}

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(parse("dom0_mem=1G").dom0_mem, 1024 * MIB);
	assert_int_equal(parse("dom0_mem=768M").dom0_mem, 768 * MIB);
	assert_int_equal(parse("dom0_mem=1024").dom0_mem, MIB);
	assert_int_equal(parse("dom0_mem=0x4000").dom0_mem, 16 * MIB);
	/* What is no size leaves the default. */
	assert_int_equal(parse("dom0_mem=").dom0_mem, 512 * MIB);
	assert_int_equal(parse("dom0_mem=12Q").dom0_mem, 512 * MIB);
	assert_int_equal(parse("dom0_mem=M").dom0_mem, 512 * MIB);
	assert_int_equal(parse("dom0_mem=1Gx").dom0_mem, 512 * MIB);
	assert_int_equal(parse("dom0_mem=99999999999999999999").dom0_mem,
			 512 * MIB);
	assert_int_equal(parse("dom0_mem=0xffffffffffffT").dom0_mem, 512 * MIB);
}

static void words(void **state)
{
	struct options o = parse("  dom0_max_vcpus=3 noreboot unknown=1 "
				 "console=/pl011@9000000 loglvl=all/all ");

	(void)state;
	assert_int_equal(o.dom0_max_vcpus, 3);
	assert_true(o.noreboot);
	assert_string_equal(o.console, "/pl011@9000000");
	assert_string_equal(parse("console=dtuart").console, "");
	assert_string_equal(parse("dtuart=serial0").console, "serial0");
	assert_int_equal(o.loglvl, LOG_DEBUG);
	assert_false(parse("noreboot=no").noreboot);
	assert_int_equal(parse("loglvl=error").loglvl, LOG_ERR);
}

static void overlong_words_do_no_harm(void **state)
{
	char line[1024];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "console=", 8);
	assert_string_equal(parse(line).console, "");
}

/* An Image header at the start of the arena. */
static struct dt_range image_file(uint64_t text_offset, uint64_t size,
				  uint64_t flags, uint32_t magic)
{
	uint64_t *h = paddr_to_ptr(PADDR(HOST_RAM_BASE));

	memset(h, 0, 64);
	h[1] = text_offset;
	h[2] = size;
	h[3] = flags;
	((uint32_t *)h)[14] = magic;
	return (struct dt_range){ HOST_RAM_BASE, MIB };
}

#define MAGIC 0x644d5241

static void images(void **state)
{
	struct kernel_image k;

	(void)state;
	host_setup(4);
	assert_int_equal(image_parse(image_file(0, 3 * MIB, 0xa, MAGIC), &k),
			 0);
	assert_int_equal(k.size, 3 * MIB);
	assert_int_equal(k.text_offset, 0);
	/* Smaller than its own file: the file is what is loaded. */
	assert_int_equal(image_parse(image_file(0, 1, 0xa, MAGIC), &k), 0);
	assert_int_equal(k.size, MIB);
	assert_int_equal(image_parse(image_file(0, 0, 0, MAGIC), &k), 0);
	assert_int_equal(k.text_offset, 0x80000);
}

static void bad_images(void **state)
{
	struct dt_range file;
	struct kernel_image k;

	(void)state;
	host_setup(4);
	assert_int_equal(image_parse(image_file(0, MIB, 0, 0x1234), &k),
			 -XEN_EINVAL);
	assert_int_equal(image_parse(image_file(0, MIB, 1, MAGIC), &k),
			 -XEN_EINVAL);
	assert_int_equal(image_parse(image_file(2 * MIB, MIB, 0, MAGIC), &k),
			 -XEN_EINVAL);
	assert_int_equal(image_parse(image_file(0, ~UINT64_C(0), 0, MAGIC), &k),
			 -XEN_EINVAL);
	file = image_file(0, MIB, 0, MAGIC);
	file.size = 63;
	assert_int_equal(image_parse(file, &k), -XEN_EINVAL);
	memcpy(paddr_to_ptr(PADDR(HOST_RAM_BASE)), "\x1f\x8b\x08", 3);
	file.size = MIB;
	assert_int_equal(image_parse(file, &k), -XEN_EINVAL);
}

static bool inside(struct dt_range outer, struct dt_range r)
{
	return r.base >= outer.base &&
	       r.base + r.size <= outer.base + outer.size;
}

static bool apart(struct dt_range a, struct dt_range b)
{
	return a.base + a.size <= b.base || b.base + b.size <= a.base;
}

/* Whatever the sizes: either everything is inside and apart, or refused. */
static void layouts(void **state)
{
	unsigned int fits = 0;

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 100000; i++) {
		struct dt_range bank = {
			(uint64_t)(rand() % 4096) << 12,
			(uint64_t)(rand() % 65536) << 12,
		};
		struct kernel_image k = {
			.text_offset = (uint64_t)(rand() % 512) << 12,
			.size = (uint64_t)rand() % (256 * MIB),
		};
		uint64_t initrd = (uint64_t)rand() % (128 * MIB);
		uint64_t tree = (uint64_t)rand() % (2 * MIB);
		struct boot_layout l;

		if (layout_fit(bank, &k, initrd, tree, &l)) {
			continue;
		}
		fits++;
		assert_true(inside(bank, l.kernel));
		assert_true(inside(bank, l.initrd));
		assert_true(inside(bank, l.tree));
		assert_true(apart(l.kernel, l.initrd));
		assert_true(apart(l.kernel, l.tree));
		assert_true(apart(l.initrd, l.tree));
		assert_int_equal(l.tree.base % (2 * MIB), 0);
		assert_int_equal((l.kernel.base - k.text_offset) % (2 * MIB),
				 0);
	}
	assert_true(fits > 1000);
}

/* The Linux boot protocol: more than 2 MiB of tree, and nobody maps it. */
static void large_trees(void **state)
{
	const struct dt_range bank = { 1024 * MIB, 1024 * MIB };
	const struct kernel_image k = { 0, 8 * MIB };
	struct boot_layout l;

	(void)state;
	assert_int_equal(layout_fit(bank, &k, 0, 2 * MIB, &l), 0);
	assert_int_equal(l.tree.size, 2 * MIB);
	assert_int_equal(layout_fit(bank, &k, 0, 2 * MIB + 1, &l), -XEN_E2BIG);
	assert_int_equal(layout_fit(bank, &k, 0, ~UINT64_C(0), &l), -XEN_E2BIG);
}

/* ------------------------------------------------------ banks and modules */

static struct dt_host host;

static void the_end_of_ram(void **state)
{
	const uint64_t top = UINT64_C(1) << 48;
	struct dt_range out[DT_MAX_BANKS];

	(void)state;
	host = (struct dt_host){ .nr_banks = 6 };
	host.bank[0] = (struct dt_range){ 0x40000800, MIB };
	host.bank[1] = (struct dt_range){ top - MIB, MIB };
	host.bank[2] = (struct dt_range){ top - 4 * MIB, 8 * MIB };
	host.bank[3] = (struct dt_range){ top, MIB };
	host.bank[4] = (struct dt_range){ ~UINT64_C(0) - 4095, 4096 };
	host.bank[5] = (struct dt_range){ 0x1000, ~UINT64_C(0) };
	assert_int_equal(ram_usable(&host, 48, out), 4);
	assert_int_equal(out[0].base, 0x40001000);
	assert_int_equal(out[0].size, MIB - 4096);
	assert_int_equal(out[1].base, top - MIB);
	assert_int_equal(out[1].size, MIB);
	assert_int_equal(out[2].base, top - 4 * MIB);
	assert_int_equal(out[2].size, 4 * MIB);
	assert_int_equal(out[3].base + out[3].size, top);
	/* Less than a page between two boundaries. */
	host.nr_banks = 1;
	host.bank[0] = (struct dt_range){ 0x40000800, 0x1000 };
	assert_int_equal(ram_usable(&host, 48, out), 0);
	host.bank[0] = (struct dt_range){ 0x40000000, 0x1000 };
	assert_int_equal(ram_usable(&host, 30, out), 0);
	assert_int_equal(ram_usable(&host, 31, out), 1);
}

static bool bad(uint64_t base, uint64_t size)
{
	host.module[1].range = (struct dt_range){ base, size };
	return ram_bad_module(&host) == &host.module[1];
}

/* A bank, 1 GiB to 2 GiB, with a part that is not to be mapped. */
static void modules_are_in_ram(void **state)
{
	const uint64_t gib = 1024 * MIB;

	(void)state;
	host = (struct dt_host){ .nr_banks = 1,
				 .nr_reserved = 2,
				 .nr_modules = 2 };
	host.bank[0] = (struct dt_range){ gib, gib };
	host.reserved[0].range = (struct dt_range){ gib + 64 * MIB, MIB };
	host.reserved[0].no_map = true;
	host.reserved[1].range = (struct dt_range){ gib + 80 * MIB, MIB };
	host.module[0].range = (struct dt_range){ gib, MIB };
	assert_false(bad(gib, 64 * MIB));
	assert_false(bad(2 * gib - MIB, MIB));
	assert_false(bad(gib + 80 * MIB, MIB));
	assert_false(bad(gib + 65 * MIB, 1));
	assert_false(bad(gib + 64 * MIB - 1, 1));
	assert_true(bad(gib, 0));
	assert_true(bad(gib - 1, MIB));
	assert_true(bad(2 * gib - MIB, MIB + 1));
	assert_true(bad(2 * gib, 1));
	assert_true(bad(gib, ~UINT64_C(0)));
	assert_true(bad(~UINT64_C(0) - MIB, 2 * gib));
	assert_true(bad(gib + 64 * MIB - 1, 2));
	assert_true(bad(gib + 65 * MIB - 1, 1));
	assert_true(bad(gib + 10 * MIB, 100 * MIB));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(sizes),
		cmocka_unit_test(words),
		cmocka_unit_test(overlong_words_do_no_harm),
		cmocka_unit_test(images),
		cmocka_unit_test(bad_images),
		cmocka_unit_test(the_end_of_ram),
		cmocka_unit_test(modules_are_in_ram),
		cmocka_unit_test(layouts),
		cmocka_unit_test(large_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
