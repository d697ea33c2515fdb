/* SPDX-License-Identifier: BSD-2-Clause */
/* entresol-run without a hypervisor: options, files, places, device trees. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <libfdt.h>

#include <xen/domctl.h>
#include <xen/xen.h>

#include <public/entresol.h>

#include "../../tools/entresol-run/guest.h"
#include "../../tools/entresol-run/load.h"
#include "../../tools/entresol-run/options.h"
#include "../../tools/entresol-run/sram.h"
#include "../../tools/entresol-run/tree.h"

#define MIB 0x100000ull
#define RAM (16 * MIB)

/* ------------------------------------------------------------- a guest's RAM */

static uint8_t *ram;
static struct guest guest;
static struct layout at;

/* In place of the one that asks the hypervisor. */
int guest_write(struct guest *g, uint64_t ipa, const void *data, size_t size)
{
	assert_in_range(ipa, g->bank[0].base, g->bank[0].base + RAM);
	assert_true(size <= g->bank[0].base + RAM - ipa);
	memcpy(ram + (ipa - g->bank[0].base), data, size);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	ram = calloc(1, RAM);
	guest = (struct guest){
		.bank = { { GUEST_RAM0_BASE, RAM } },
		.gic_version = XEN_DOMCTL_CONFIG_GIC_V3,
	};
	at = (struct layout){ 0 };
	return ram ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

/* -------------------------------------------------------------------- Image */

static uint8_t file_data[0x3000];

static struct file image(uint64_t text_offset, uint64_t image_size)
{
	memset(file_data, 0x5a, sizeof(file_data));
	memcpy(file_data + 8, &text_offset, 8);
	memcpy(file_data + 16, &image_size, 8);
	memcpy(file_data + 56, "ARM\x64", 4);
	return (struct file){ "image", file_data, sizeof(file_data) };
}

static void image_is_at_its_offset(void **state)
{
	struct file f = image(0x80000, 0x10000);

	(void)state;
	assert_int_equal(load_kernel(&guest, &f, &at), 0);
	assert_int_equal(at.entry, GUEST_RAM0_BASE + 0x80000);
	assert_int_equal(at.kernel_end, GUEST_RAM0_BASE + 0x90000);
	assert_memory_equal(ram + 0x80000, file_data, sizeof(file_data));
	assert_int_equal(ram[0x80000 + sizeof(file_data)], 0);
}

static void image_without_size_is_as_long_as_its_file(void **state)
{
	struct file f = image(0, 0);

	(void)state;
	assert_int_equal(load_kernel(&guest, &f, &at), 0);
	assert_int_equal(at.kernel_end, GUEST_RAM0_BASE + sizeof(file_data));
}

static void image_that_does_not_fit(void **state)
{
	const uint64_t bad[][2] = {
		{ 0, RAM + 1 },
		{ RAM - 0x1000, 0x1001 },
		{ RAM, 1 },
		{ UINT64_MAX, 0x10000 },
		{ 0x80000, UINT64_MAX },
		{ 0ull - GUEST_RAM0_BASE, 0x1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct file f = image(bad[i][0], bad[i][1]);

		assert_int_equal(load_kernel(&guest, &f, &at), -1);
	}
}

static void no_kernel(void **state)
{
	struct file f = image(0, 0);

	(void)state;
	f.size = 60;
	assert_int_equal(load_kernel(&guest, &f, &at), -1);
	memcpy(file_data, "\x1f\x8b", 2);
	file_data[56] = 0;
	f.size = sizeof(file_data);
	assert_int_equal(load_kernel(&guest, &f, &at), -1);
}

/* ---------------------------------------------------------------------- ELF */

struct elf {
	Elf64_Ehdr head;
	Elf64_Phdr part[2];
	char text[16];
};

static struct elf elf;

static struct file elf_file(void)
{
	elf = (struct elf){
		.head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				       ELFCLASS64, ELFDATA2LSB },
			  .e_machine = EM_AARCH64,
			  .e_entry = 0xffff000000000004,
			  .e_phoff = offsetof(struct elf, part),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2 },
		.part = { { .p_type = PT_NOTE },
			  { .p_type = PT_LOAD,
			    .p_offset = offsetof(struct elf, text),
			    .p_vaddr = 0xffff000000000000,
			    .p_paddr = GUEST_RAM0_BASE + 0x1000,
			    .p_filesz = sizeof(elf.text),
			    .p_memsz = 0x5000 } },
		.text = "what there is",
	};
	return (struct file){ "elf", (const uint8_t *)&elf, sizeof(elf) };
}

static void elf_goes_to_its_physical_address(void **state)
{
	struct file f = elf_file();

	(void)state;
	assert_int_equal(load_kernel(&guest, &f, &at), 0);
	assert_int_equal(at.entry, GUEST_RAM0_BASE + 0x1004);
	assert_int_equal(at.kernel_end, GUEST_RAM0_BASE + 0x6000);
	assert_string_equal((char *)ram + 0x1000, "what there is");
}

static void elf_is_refused(const struct file *f)
{
	assert_int_equal(load_kernel(&guest, f, &at), -1);
}

static void elf_that_lies(void **state)
{
	struct file f = elf_file();

	(void)state;
	elf.head.e_machine = EM_X86_64;
	elf_is_refused(&f);
	f = elf_file();
	elf.head.e_phoff = sizeof(elf) + 1;
	elf_is_refused(&f);
	f = elf_file();
	elf.head.e_phnum = 0xffff;
	elf_is_refused(&f);
	f = elf_file();
	elf.part[1].p_offset = UINT64_MAX;
	elf_is_refused(&f);
	f = elf_file();
	elf.part[1].p_filesz = sizeof(elf.text) + 1;
	elf_is_refused(&f);
	f = elf_file();
	elf.part[1].p_memsz = sizeof(elf.text) - 1;
	elf_is_refused(&f);
	f = elf_file();
	elf.part[1].p_paddr = GUEST_RAM0_BASE - 1;
	elf_is_refused(&f);
	f = elf_file();
	elf.part[1].p_memsz = RAM - 0xfff;
	elf_is_refused(&f);
	f = elf_file();
	elf.head.e_entry = 0;
	elf_is_refused(&f);
}

/* ----------------------------------------------------------------- ramdisk */

static void ramdisk_is_below_the_tree(void **state)
{
	struct file f = { "ramdisk", file_data, 0x2001 };

	(void)state;
	memset(file_data, 0x77, sizeof(file_data));
	at.kernel_end = GUEST_RAM0_BASE + MIB;
	assert_int_equal(load_ramdisk(&guest, &f, TREE_ROOM, &at), 0);
	assert_int_equal(at.tree, GUEST_RAM0_BASE + RAM - 2 * MIB);
	assert_int_equal(at.ramdisk, at.tree - 0x3000);
	assert_int_equal(at.ramdisk_size, 0x2001);
	assert_int_equal(ram[at.ramdisk - GUEST_RAM0_BASE], 0x77);
}

/* Whatever the end of the kernel: it fits above, or is refused. */
static void nothing_overlaps(void **state)
{
	static uint8_t data[0x50000];
	struct file f = { "ramdisk", data, sizeof(data) };
	unsigned int refused = 0;

	(void)state;
	for (uint64_t end = 0; end <= RAM + MIB; end += 0x1000) {
		at = (struct layout){ .kernel_end = GUEST_RAM0_BASE + end };
		if (load_ramdisk(&guest, &f, TREE_ROOM, &at)) {
			refused++;
			continue;
		}
		assert_true(at.kernel_end <= at.ramdisk);
		assert_true(at.ramdisk + at.ramdisk_size <= at.tree);
		assert_true(at.tree + TREE_ROOM <= GUEST_RAM0_BASE + RAM);
	}
	/* No more than 4 MiB are lost, and the one beyond the RAM. */
	assert_in_range(refused, 1, 5 * 256);
}

/* ------------------------------------------------------------ device trees */

static uint8_t tree[2 * TREE_ROOM];

static uint64_t word(const char *path, const char *name, int index)
{
	int node = fdt_path_offset(tree, path);
	int len;
	const fdt64_t *value = fdt_getprop(tree, node, name, &len);

	assert_true(value && len >= (index + 1) * 8);
	return fdt64_ld(value + index);
}

static void text_is(const char *path, const char *name, const char *text)
{
	int node = fdt_path_offset(tree, path);
	const char *value = fdt_getprop(tree, node, name, NULL);

	assert_non_null(value);
	assert_string_equal(value, text);
}

static void tree_tells_what_there_is(void **state)
{
	struct options o = { .append = "one two", .nr_vcpus = 17 };

	(void)state;
	guest.bank[1] = (struct bank){ GUEST_RAM1_BASE, 5 * MIB };
	at.ramdisk = 0x41000000;
	at.ramdisk_size = 0x123;
	assert_int_equal(tree_make(&guest, &o, NULL, &at, tree, sizeof(tree)),
			 0);
	assert_int_equal(fdt_check_full(tree, sizeof(tree)), 0);
	text_is("/chosen", "bootargs", "one two");
	assert_int_equal(word("/chosen", "linux,initrd-start", 0), 0x41000000);
	assert_int_equal(word("/chosen", "linux,initrd-end", 0), 0x41000123);
	assert_int_equal(word("/memory@40000000", "reg", 1), RAM);
	assert_int_equal(word("/memory@40000000", "reg", 2), GUEST_RAM1_BASE);
	assert_int_equal(word("/memory@40000000", "reg", 3), 5 * MIB);
	assert_int_equal(word("/interrupt-controller@3001000", "reg", 2),
			 GUEST_GICV3_GICR0_BASE);
	text_is("/hypervisor", "compatible", "xen,xen-4.17");
	text_is("/psci", "method", "hvc");
	/* 16 with the same higher affinity, then the next. */
	text_is("/cpus/cpu@0", "enable-method", "psci");
	text_is("/cpus/cpu@f", "enable-method", "psci");
	text_is("/cpus/cpu@100", "enable-method", "psci");
	assert_true(fdt_path_offset(tree, "/cpus/cpu@10") < 0);
	assert_true(fdt_path_offset(tree, "/cpus/cpu@101") < 0);
}

static void given_tree_is_kept(void **state)
{
	static uint8_t given[0x1000];
	struct options o = { .append = "new", .nr_vcpus = 1 };
	struct file f = { "given", given, sizeof(given) };
	int chosen;

	(void)state;
	fdt_create_empty_tree(given, sizeof(given));
	fdt_setprop_string(given, 0, "model", "mine");
	chosen = fdt_add_subnode(given, 0, "chosen");
	fdt_setprop_string(given, chosen, "bootargs", "old");
	assert_int_equal(tree_make(&guest, &o, &f, &at, tree, sizeof(tree)), 0);
	text_is("/", "model", "mine");
	text_is("/chosen", "bootargs", "new");
	assert_int_equal(word("/memory@40000000", "reg", 1), RAM);
	assert_true(fdt_path_offset(tree, "/hypervisor") < 0);

	given[0] ^= 1;
	assert_int_equal(tree_make(&guest, &o, &f, &at, tree, sizeof(tree)),
			 -1);
	given[0] ^= 1;
	f.size = 100;
	assert_int_equal(tree_make(&guest, &o, &f, &at, tree, sizeof(tree)),
			 -1);
}

/* A machine with SRAM at 0x7fe00000, and on a bus at 0x1000000; what the bus
 * has beyond its ranges cannot be reached. */
static void make_machine(void)
{
	int bus, node;

	fdt_create_empty_tree(tree, sizeof(tree));
	fdt_setprop_u32(tree, 0, "#address-cells", 2);
	fdt_setprop_u32(tree, 0, "#size-cells", 2);
	bus = fdt_add_subnode(tree, 0, "bus");
	fdt_setprop_u32(tree, bus, "#address-cells", 1);
	fdt_setprop_u32(tree, bus, "#size-cells", 1);
	fdt_setprop_u32(tree, bus, "ranges", 0x8000);
	fdt_appendprop_u64(tree, bus, "ranges", 0x1000000);
	fdt_appendprop_u32(tree, bus, "ranges", 0x10000);
	node = fdt_add_subnode(tree, bus, "sram@9000");
	fdt_setprop_string(tree, node, "compatible", "mmio-sram");
	fdt_setprop_u32(tree, node, "reg", 0x9000);
	fdt_appendprop_u32(tree, node, "reg", 0x2000);
	node = fdt_add_subnode(tree, bus, "sram@18000");
	fdt_setprop_string(tree, node, "compatible", "mmio-sram");
	fdt_setprop_u32(tree, node, "reg", 0x18000);
	fdt_appendprop_u32(tree, node, "reg", 0x1000);
	node = fdt_add_subnode(tree, 0, "sram@7fe00000");
	fdt_setprop_string(tree, node, "compatible", "mmio-sram");
	fdt_setprop_u64(tree, node, "reg", 0x7fe00000);
	fdt_appendprop_u64(tree, node, "reg", 0x2000);
	node = fdt_add_subnode(tree, 0, "uart@9000000");
	fdt_setprop_u64(tree, node, "reg", 0x9000000);
	fdt_appendprop_u64(tree, node, "reg", 0x1000);
}

static void sram_is_found(void **state)
{
	const uint64_t yes[] = { 0x7fe00, 0x7fe01, 0x1001, 0x1002 };
	const uint64_t no[] = { 0x7fdff, 0x7fe02, 0x1000, 0x1003,
				0x1010,	 0x18,	  9,	  0x9000 };

	(void)state;
	make_machine();
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		assert_true(sram_in(tree, yes[i]));
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_false(sram_in(tree, no[i]));
	}
	/* Without ranges nothing of the bus can be reached. */
	fdt_delprop(tree, fdt_path_offset(tree, "/bus"), "ranges");
	assert_false(sram_in(tree, 0x1001));
}

/* ----------------------------------------------------------------- options */

/* Parse words that are separated by blanks. */
static void parse(struct options *o, const char *line)
{
	static char words[256];
	static char name[] = "entresol-run";
	char *argv[32] = { name };
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
		argv[argc++] = w;
	}
	optind = 0;
	options_parse(o, argc, argv);
}

static int status_of(const char *line)
{
	struct options o;
	int status;
	pid_t child = fork();

	if (!child) {
		fclose(stderr);
		fclose(stdout);
		parse(&o, line);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void options_are_read(void **state)
{
	struct options o;

	(void)state;
	parse(&o, "-k Image -m 300 -v 4 -i 0x20000:7fe10:10:nc,ro -i 1:2:3 -c");
	assert_string_equal(o.kernel, "Image");
	assert_int_equal(o.memory, 300 * MIB);
	assert_int_equal(o.nr_vcpus, 4);
	assert_true(o.console && !o.quiet);
	assert_int_equal(o.nr_iomem, 2);
	assert_int_equal(o.iomem[0].gfn, 0x20000);
	assert_int_equal(o.iomem[0].mfn, 0x7fe10);
	assert_int_equal(o.iomem[0].nr, 0x10);
	assert_int_equal(o.iomem[0].selector,
			 ENTRESOL_ATTR_NORMAL_NC | ENTRESOL_ATTR_READONLY);
	assert_int_equal(o.iomem[1].selector, ENTRESOL_ATTR_DEFAULT);
}

static void bad_options_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"-k",
		"-k a b",
		"-k a -m 0",
		"-k a -m -1",
		"-k a -m 1x",
		"-k a -m 99999999999999999999",
		"-k a -v 0",
		"-k a -v 129",
		"-k a -i 1:2",
		"-k a -i 1:2:0",
		"-k a -i 1:2:3:",
		"-k a -i 1:2:3:zz",
		"-k a -i 1:2:3:nc,rw",
		"-k a -i 1:2:3:n",
		"-k a -i 1,2,3",
		"-k a -i ffffffffffffffff:2:3",
		"-k a -i 1:ffffffffffffffff:3",
		"-k a -i -1:2:3",
		"-k a --nothing",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (status_of(bad[i]) != STATUS_USAGE) {
			fail_msg("'%s' is taken", bad[i]);
		}
	}
	assert_int_equal(status_of("--help"), 0);
	assert_int_equal(status_of("-k a"), 99);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(image_is_at_its_offset),
		TEST(image_without_size_is_as_long_as_its_file),
		TEST(image_that_does_not_fit),
		TEST(no_kernel),
		TEST(elf_goes_to_its_physical_address),
		TEST(elf_that_lies),
		TEST(ramdisk_is_below_the_tree),
		TEST(nothing_overlaps),
		TEST(tree_tells_what_there_is),
		TEST(given_tree_is_kept),
		TEST(sram_is_found),
		TEST(options_are_read),
		TEST(bad_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
