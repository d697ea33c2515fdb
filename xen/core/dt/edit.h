/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a tree, with an error that sticks: after the first one nothing is
 * changed any more, so that only the end has to look.
 */
#ifndef DT_EDIT_H
#define DT_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "dt/dt.h"

struct dt_edit {
	void *fdt;
	const struct dt_report *report;
	int error; /* libfdt's, the first one */
};

struct dt_cells {
	uint32_t address;
	uint32_t size;
};

/* Keep @error when it is one and the first one. */
void dt_edit_check(struct dt_edit *e, int error);

/* What `reg` below this node looks like. */
struct dt_cells dt_cells(const void *fdt, int node);

/* A new, empty subnode; one that has the name already is removed. Returns
 * its offset, which holds until something before it changes. */
int dt_edit_node(struct dt_edit *e, int parent, const char *name);
/* The same, named NAME@ADDRESS. */
int dt_edit_node_at(struct dt_edit *e, int parent, const char *name,
		    uint64_t address);

void dt_edit_remove(struct dt_edit *e, int node, const char *name);
void dt_edit_bytes(struct dt_edit *e, int node, const char *name,
		   const void *value, size_t len);
void dt_edit_string(struct dt_edit *e, int node, const char *name,
		    const char *value);
void dt_edit_u32(struct dt_edit *e, int node, const char *name, uint32_t value);

/* A property without content, and numbers of @cells cells behind what it
 * has. A number that does not fit in its cells is an error (reported). */
void dt_edit_empty(struct dt_edit *e, int node, const char *name);
void dt_edit_append(struct dt_edit *e, int node, const char *name,
		    uint64_t number, uint32_t cells);
void dt_edit_append_range(struct dt_edit *e, int node, const char *name,
			  struct dt_cells cells, struct dt_range range);

#endif
