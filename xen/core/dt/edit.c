/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a tree. */
#include <string.h>

#include <libfdt.h>

#include "dt/edit.h"
#include "dt/read.h"
#include "lib/format.h"

void dt_edit_check(struct dt_edit *e, int error)
{
	if (error < 0 && !e->error) {
		e->error = error;
	}
}

struct dt_cells dt_cells(const void *fdt, int node)
{
	return (struct dt_cells){
		.address = dt_u32(fdt, node, "#address-cells", 2),
		.size = dt_u32(fdt, node, "#size-cells", 1),
	};
}

int dt_edit_node(struct dt_edit *e, int parent, const char *name)
{
	int node;

	if (e->error) {
		return 0;
	}
	node = fdt_subnode_offset(e->fdt, parent, name);
	if (node >= 0) {
		dt_edit_check(e, fdt_del_node(e->fdt, node));
	}
	node = fdt_add_subnode(e->fdt, parent, name);
	dt_edit_check(e, node);
	return node;
}

int dt_edit_node_at(struct dt_edit *e, int parent, const char *name,
		    uint64_t address)
{
	char full[32];

	fmt_str(full, sizeof(full), "%s@%llx", name,
		(unsigned long long)address);
	return dt_edit_node(e, parent, full);
}

void dt_edit_remove(struct dt_edit *e, int node, const char *name)
{
	if (!e->error && dt_has(e->fdt, node, name)) {
		dt_edit_check(e, fdt_delprop(e->fdt, node, name));
	}
}

void dt_edit_bytes(struct dt_edit *e, int node, const char *name,
		   const void *value, size_t len)
{
	if (!e->error) {
		dt_edit_check(e,
			      fdt_setprop(e->fdt, node, name, value, (int)len));
	}
}

void dt_edit_string(struct dt_edit *e, int node, const char *name,
		    const char *value)
{
	dt_edit_bytes(e, node, name, value, strlen(value) + 1);
}

void dt_edit_u32(struct dt_edit *e, int node, const char *name, uint32_t value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	dt_edit_bytes(e, node, name, &cell, sizeof(cell));
}

void dt_edit_empty(struct dt_edit *e, int node, const char *name)
{
	dt_edit_bytes(e, node, name, NULL, 0);
}

void dt_edit_append(struct dt_edit *e, int node, const char *name,
		    uint64_t number, uint32_t cells)
{
	uint32_t i;

	if (cells > DT_MAX_CELLS) {
		dt_edit_check(e, -FDT_ERR_BADNCELLS);
		return;
	}
	if (cells < 2 && number >> (32 * cells)) {
		dt_tell_tree(e->report, DT_WRAPS,
			     "%s: 0x%llx does not fit in %u cells", name,
			     (unsigned long long)number, cells);
		dt_edit_check(e, -FDT_ERR_BADVALUE);
	}
	for (i = cells; i > 0 && !e->error; i--) {
		uint32_t part = i > 2 ? 0 : number >> (32 * (i - 1));
		fdt32_t cell = cpu_to_fdt32(part);

		dt_edit_check(e, fdt_appendprop(e->fdt, node, name, &cell,
						sizeof(cell)));
	}
}

void dt_edit_append_range(struct dt_edit *e, int node, const char *name,
			  struct dt_cells cells, struct dt_range range)
{
	dt_edit_append(e, node, name, range.base, cells.address);
	dt_edit_append(e, node, name, range.size, cells.size);
}
