/* SPDX-License-Identifier: BSD-2-Clause */
/* SRAM of the machine, as the control domain's device tree has it. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <libfdt.h>

#include "guest.h"
#include "sram.h"

#define TREE	 "/sys/firmware/fdt"
#define TREE_MAX 0x200000
#define DEPTH	 16

/* A range of a reg or ranges, whose numbers have so many cells. */
static uint64_t cells(const fdt32_t *at, int nr)
{
	uint64_t v = 0;

	while (nr-- > 0) {
		v = v << 32 | fdt32_to_cpu(*at++);
	}
	return v;
}

/* One row of the ranges of @bus takes @address to the parent's addresses. */
static bool through_bus(const void *fdt, int bus, int parent, uint64_t *address)
{
	int child_cells = fdt_address_cells(fdt, bus);
	int parent_cells = fdt_address_cells(fdt, parent);
	int size_cells = fdt_size_cells(fdt, bus);
	int row = child_cells + parent_cells + size_cells;
	int len;
	const fdt32_t *at = fdt_getprop(fdt, bus, "ranges", &len);

	if (!at || child_cells < 0 || parent_cells < 0 || size_cells < 0) {
		return false;
	}
	if (!len) {
		return true;
	}
	for (; len >= row * 4; len -= row * 4, at += row) {
		uint64_t base = cells(at, child_cells);
		uint64_t size =
			cells(at + child_cells + parent_cells, size_cells);

		if (*address >= base && *address - base < size) {
			*address +=
				cells(at + child_cells, parent_cells) - base;
			return true;
		}
	}
	return false;
}

/* An address in a reg of a child of @bus, as the CPU sees it. */
static bool translate(const void *fdt, int bus, uint64_t *address)
{
	for (int depth = 0; bus > 0 && depth < DEPTH; depth++) {
		int parent = fdt_parent_offset(fdt, bus);

		if (parent < 0 || !through_bus(fdt, bus, parent, address)) {
			return false;
		}
		bus = parent;
	}
	return !bus;
}

/* Whether the first range of a node has @address. */
static bool node_has(const void *fdt, int node, uint64_t address)
{
	int bus = fdt_parent_offset(fdt, node);
	int address_cells = fdt_address_cells(fdt, bus);
	int size_cells = fdt_size_cells(fdt, bus);
	int len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);
	uint64_t base, size;

	if (!reg || address_cells < 1 || size_cells < 1 ||
	    len < (address_cells + size_cells) * 4) {
		return false;
	}
	base = cells(reg, address_cells);
	size = cells(reg + address_cells, size_cells);
	return translate(fdt, bus, &base) && address >= base &&
	       address - base < size;
}

static void *read_tree(void)
{
	int fd = open(TREE, O_RDONLY | O_CLOEXEC);
	char *data = fd < 0 ? NULL : malloc(TREE_MAX);
	ssize_t size = 0, now;

	while (data && size < TREE_MAX &&
	       (now = read(fd, data + size, TREE_MAX - size)) > 0) {
		size += now;
	}
	if (fd >= 0) {
		close(fd);
	}
	if (data && fdt_check_full(data, size)) {
		free(data);
		return NULL;
	}
	return data;
}

bool sram_in(const void *fdt, uint64_t mfn)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "mmio-sram");

	while (node >= 0 && !node_has(fdt, node, mfn * PAGE)) {
		node = fdt_node_offset_by_compatible(fdt, node, "mmio-sram");
	}
	return node >= 0;
}

bool sram_is(uint64_t mfn)
{
	void *fdt = read_tree();
	bool found = fdt && sram_in(fdt, mfn);

	free(fdt);
	return found;
}
