/* SPDX-License-Identifier: BSD-2-Clause */
#include "board.h"

#include <stddef.h>

#include <string.h>

#include <libfdt.h>

#include "arch.h"
#include "mmu.h"
#include "smp.h"
#include "tap.h"

/* In .data: start.S fills it before it clears .bss. */
struct boot_state boot_state __attribute__((section(".data")));
struct board board;

extern char _start[];
extern char _image_end[];

static uint64_t ram_next;

static uint64_t cells(const fdt32_t *p, int n)
{
	uint64_t value = 0;

	while (n--) {
		value = value << 32 | fdt32_to_cpu(*p++);
	}
	return value;
}

static bool node_reg(int node, unsigned int index, struct span *out)
{
	int parent = fdt_parent_offset(board.fdt, node);
	int na = fdt_address_cells(board.fdt, parent);
	int ns = fdt_size_cells(board.fdt, parent);
	int len;
	const fdt32_t *reg = fdt_getprop(board.fdt, node, "reg", &len);
	int entry = (int)index * (na + ns);

	if (!reg || len < (entry + na + ns) * 4) {
		return false;
	}
	out->base = cells(reg + entry, na);
	out->size = cells(reg + entry + na, ns);
	return true;
}

bool board_reg(const char *path, unsigned int index, struct span *out)
{
	int node = fdt_path_offset(board.fdt, path);

	return node >= 0 && node_reg(node, index, out);
}

bool board_find(const char *compatible, struct span *out)
{
	int node = fdt_node_offset_by_compatible(board.fdt, -1, compatible);

	return node >= 0 && node_reg(node, 0, out);
}

/* Interrupt @index of a node, as an INTID; three cells an interrupt. */
static unsigned int node_intid(int node, int index)
{
	int len;
	const fdt32_t *p = fdt_getprop(board.fdt, node, "interrupts", &len);

	if (!p || len < (index + 1) * 12) {
		return 0;
	}
	p += index * 3;
	return fdt32_to_cpu(p[1]) + (fdt32_to_cpu(p[0]) ? 16 : 32);
}

static void find_memory_and_cpus(void)
{
	const char *type;
	int node;
	struct span s;

	for (node = fdt_next_node(board.fdt, -1, NULL); node >= 0;
	     node = fdt_next_node(board.fdt, node, NULL)) {
		type = fdt_getprop(board.fdt, node, "device_type", NULL);
		if (!type) {
			continue;
		}
		if (!strcmp(type, "cpu") && board.nr_cpus < MAX_CPUS) {
			int parent = fdt_parent_offset(board.fdt, node);
			const fdt32_t *reg =
				fdt_getprop(board.fdt, node, "reg", NULL);

			board.mpidr[board.nr_cpus++] = cells(
				reg, fdt_address_cells(board.fdt, parent));
		}
		if (!strcmp(type, "memory")) {
			for (unsigned int i = 0; node_reg(node, i, &s) &&
						 board.nr_banks < MAX_BANKS;
			     i++) {
				board.bank[board.nr_banks++] = s;
			}
		}
	}
}

static void find_gic(void)
{
	const char *const v2[] = { "arm,gic-400", "arm,cortex-a15-gic" };
	int node = fdt_node_offset_by_compatible(board.fdt, -1, "arm,gic-v3");

	board.gic_version = 3;
	for (unsigned int i = 0; node < 0 && i < ARRAY_SIZE(v2); i++) {
		node = fdt_node_offset_by_compatible(board.fdt, -1, v2[i]);
		board.gic_version = 2;
	}
	if (node < 0 || !node_reg(node, 0, &board.gicd) ||
	    !node_reg(node, 1, &board.gicr)) {
		tap_bail("no interrupt controller in the device tree");
	}
}

static void find_hypervisor(void)
{
	int node = fdt_node_offset_by_compatible(board.fdt, -1, "xen,xen");

	if (node < 0) {
		tap_bail("no hypervisor node in the device tree");
	}
	board.evtchn_intid = node_intid(node, 0);
	while (board.nr_regions < MAX_REGIONS &&
	       node_reg(node, board.nr_regions,
			&board.region[board.nr_regions])) {
		board.nr_regions++;
	}
}

void board_init(const void *fdt)
{
	int node;

	board.fdt = fdt;
	if (fdt_check_header(fdt)) {
		tap_bail("no device tree at entry");
	}
	find_memory_and_cpus();
	find_gic();
	find_hypervisor();
	node = fdt_node_offset_by_compatible(fdt, -1, "arm,armv8-timer");
	if (node >= 0) {
		board.ptimer_intid = node_intid(node, 1);
		board.vtimer_intid = node_intid(node, 2);
	}
	node = fdt_path_offset(fdt, "/chosen");
	board.bootargs = fdt_getprop(fdt, node, "bootargs", NULL);
	if (!board.bootargs) {
		board.bootargs = "";
	}
}

void *ram_take(uint64_t size, uint64_t align)
{
	uint64_t image = (uint64_t)_start;
	uint64_t fdt = (uint64_t)board.fdt;
	uint64_t fdt_end = fdt + fdt_totalsize(board.fdt);
	uint64_t base;
	unsigned int i;

	if (!ram_next) {
		ram_next = (uint64_t)_image_end;
	}
	base = (ram_next + align - 1) & -align;
	if (base < fdt_end && base + size > fdt) {
		base = (fdt_end + align - 1) & -align;
	}
	for (i = 0; i < board.nr_banks; i++) {
		const struct span *b = &board.bank[i];

		if (image >= b->base && image < b->base + b->size &&
		    base + size <= b->base + b->size) {
			ram_next = base + size;
			return (void *)base;
		}
	}
	tap_bail("out of memory: 0x%lx bytes", size);
}

void guest_start(const void *fdt);

/* Called by start.S with the early map on. */
void guest_start(const void *fdt)
{
	unsigned int i;

	smp_init();
	board_init(fdt);
	for (i = 0; i < board.nr_banks; i++) {
		mmu_map(board.bank[i].base, board.bank[i].base,
			board.bank[i].size, MMU_NORMAL);
	}
	/* A null pointer shall fault. */
	mmu_map(0, 0, PAGE_SIZE, MMU_NONE);
	guest_main();
	tap_done();
}
