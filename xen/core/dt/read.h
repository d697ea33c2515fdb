/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a tree: a cursor that knows the nodes above the current one, `reg`
 * translated through every `ranges`, interrupts, and reports with a path.
 * For the files of dt/ only.
 */
#ifndef DT_READ_H
#define DT_READ_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"
#include "dt/host.h"

/* Entries of one `ranges` or `interrupt-map`; more are refused. */
#define DT_MAX_ENTRIES 1024
/* Cells of one address, size, or interrupt; more are refused. */
#define DT_MAX_CELLS 4

/*
 * A node on the way down. The addresses its children have in `reg` are its
 * space; space 0, the root's, is what the CPU sees.
 */
struct dt_level {
	int node;
	bool cells_known;
	uint32_t address_cells;
	uint32_t size_cells;
};

struct dt_cursor {
	const void *fdt;
	const struct dt_report *report;
	int depth; /* of the current node */
	struct dt_level level[DT_MAX_DEPTH];
};

/* At the root. */
void dt_begin(struct dt_cursor *c, const void *fdt,
	      const struct dt_report *report);
/* On to the next node, parents before children; false behind the last. */
bool dt_next(struct dt_cursor *c);
/* To a node given by its offset; false when there is no such node. */
bool dt_goto(struct dt_cursor *c, int node);

static inline int dt_node(const struct dt_cursor *c)
{
	return c->level[c->depth].node;
}

const char *dt_name(const struct dt_cursor *c);

/* Report @problem of the current node: "PATH: " and the text. */
void dt_tell(const struct dt_cursor *c, enum dt_problem problem,
	     const char *fmt, ...) __printf(3, 4);
/* The same where no node is to blame. */
void dt_tell_tree(const struct dt_report *report, enum dt_problem problem,
		  const char *fmt, ...) __printf(3, 4);
/* "ends nowhere", ...: what a problem is, in words. */
const char *dt_problem_text(enum dt_problem problem);

/* Properties of any node. A string must end with a NUL, else it is absent. */
const char *dt_string(const void *fdt, int node, const char *name);
/* One cell, or @otherwise when the property is absent or no cell. */
uint32_t dt_u32(const void *fdt, int node, const char *name,
		uint32_t otherwise);
bool dt_has(const void *fdt, int node, const char *name);
bool dt_is(const void *fdt, int node, const char *compatible);
/* Without a status, or with "okay" or "ok". */
bool dt_available(const void *fdt, int node);
/* By path, or alias and rest of the path; up to a colon. Negative: none. */
int dt_find(const void *fdt, const char *path);

/* Number of entries of the current node's `reg`; 0 also when it is bad, which
 * @problem then tells. */
unsigned int dt_reg_count(struct dt_cursor *c, enum dt_problem *problem);
/* Entry @index as it stands there, in the parent's space. */
enum dt_problem dt_reg_local(struct dt_cursor *c, unsigned int index,
			     struct dt_range *out);
/* Entry @index as the CPU sees it. Size 0 gives DT_ZERO_SIZE and a base;
 * DT_CUT gives the part that is there. */
enum dt_problem dt_reg(struct dt_cursor *c, unsigned int index,
		       struct dt_range *out);

/* One entry of `ranges` of a PCI host bridge. */
struct dt_window {
	struct dt_range range; /* as the CPU sees it */
	enum { DT_PCI_CONFIG, DT_PCI_IO, DT_PCI_MEM, DT_PCI_MEM64 } space;
	bool prefetch;
};

/* DT_MISSING behind the last entry. @out->space is right in any case. */
enum dt_problem dt_pci_window(struct dt_cursor *c, unsigned int index,
			      struct dt_window *out);

/* Called with each interrupt of the GIC; @index counts all of the node. */
typedef void dt_irq_fn(void *arg, unsigned int index, const struct dt_irq *irq);

/* Interrupts of the current node that go to the GIC. */
void dt_each_irq(struct dt_cursor *c, const struct dt_gic *gic, dt_irq_fn *fn,
		 void *arg);
/* Interrupts of the GIC in the current node's interrupt-map. */
void dt_each_mapped_irq(struct dt_cursor *c, const struct dt_gic *gic,
			dt_irq_fn *fn, void *arg);

#endif
