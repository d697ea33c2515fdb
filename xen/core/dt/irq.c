/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts of a node, as far as they reach the GIC. */
#include <libfdt.h>

#include <core/bits.h>

#include "dt/read.h"

/* Cells of the GIC's binding: type, number, flags. */
#define GIC_CELLS	  3
#define GIC_SPI		  0
#define GIC_PPI		  1
#define GIC_MAX_SPI	  987
#define GIC_MAX_PPI	  15
#define FLAG_EDGE_RISING  1
#define FLAG_EDGE_FALLING 2
#define FLAG_LEVEL_LOW	  8

/* A list of cells that is consumed from the front. */
struct cells {
	const fdt32_t *next;
	unsigned int left;
};

static struct cells cells_of(const void *fdt, int node, const char *name)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	return (struct cells){ cell, cell ? len / sizeof(*cell) : 0 };
}

/* The next @nr cells, or NULL when so many are not there. */
static const fdt32_t *take(struct cells *cells, unsigned int nr)
{
	const fdt32_t *first = cells->next;

	if (nr > cells->left) {
		return NULL;
	}
	cells->next += nr;
	cells->left -= nr;
	return first;
}

/* An interrupt parent: where specifiers go and how long they are. */
struct parent {
	uint32_t phandle;
	bool gic;
	uint32_t cells;		/* of a specifier; 0: unknown */
	uint32_t address_cells; /* of a unit address before it */
};

static void look_up(const struct dt_cursor *c, const struct dt_gic *gic,
		    uint32_t phandle, struct parent *p)
{
	int node;

	if (p->phandle == phandle && phandle) {
		return; /* the same as last time */
	}
	p->phandle = phandle;
	p->gic = phandle && phandle == gic->phandle;
	node = p->gic ? gic->node : fdt_node_offset_by_phandle(c->fdt, phandle);
	p->cells = node < 0 ? 0 : dt_u32(c->fdt, node, "#interrupt-cells", 0);
	p->address_cells = node < 0 ? 0
				    : dt_u32(c->fdt, node, "#address-cells", 0);
}

/* The controller that `interrupts` of the current node belongs to: named by
 * interrupt-parent here or above, or a node above that is one itself. */
static bool parent_of(const struct dt_cursor *c, const struct dt_gic *gic,
		      struct parent *p)
{
	int depth;

	for (depth = c->depth; depth >= 0; depth--) {
		int node = c->level[depth].node;
		uint32_t phandle = dt_u32(c->fdt, node, "interrupt-parent", 0);

		if (depth < c->depth &&
		    dt_has(c->fdt, node, "#interrupt-cells")) {
			p->gic = node == gic->node;
			p->cells = dt_u32(c->fdt, node, "#interrupt-cells", 0);
			return true;
		}
		if (phandle) {
			look_up(c, gic, phandle, p);
			return true;
		}
	}
	return false;
}

static bool decode(const fdt32_t *spec, uint32_t cells, struct dt_irq *irq)
{
	uint32_t type;
	uint32_t number;
	uint32_t flags;

	if (cells < GIC_CELLS) {
		return false;
	}
	type = fdt32_ld(spec);
	number = fdt32_ld(spec + 1);
	flags = fdt32_ld(spec + 2);
	if (type == GIC_SPI && number <= GIC_MAX_SPI) {
		irq->intid = 32 + number;
	} else if (type == GIC_PPI && number <= GIC_MAX_PPI) {
		irq->intid = 16 + number;
	} else {
		return false;
	}
	irq->edge = flags & (FLAG_EDGE_RISING | FLAG_EDGE_FALLING);
	irq->active_low = flags & (FLAG_EDGE_FALLING | FLAG_LEVEL_LOW);
	return true;
}

/* Where the interrupts of one node go to. */
struct sink {
	struct dt_cursor *c;
	const struct dt_gic *gic;
	dt_irq_fn *fn;
	void *arg;
};

static void give(const struct sink *to, const struct parent *p,
		 const fdt32_t *spec, unsigned int index)
{
	struct dt_irq irq;

	if (!p->gic) {
		return;
	}
	if (!decode(spec, p->cells, &irq)) {
		dt_tell(to->c, DT_BAD_VALUE,
			"interrupt %u is none of the GIC's", index);
		return;
	}
	to->fn(to->arg, index, &irq);
}

static void each_extended(const struct sink *to, struct cells cells)
{
	struct parent p = { 0 };
	unsigned int index = 0;
	const fdt32_t *spec;

	while ((spec = take(&cells, 1))) {
		uint32_t phandle = fdt32_ld(spec);

		if (phandle == 0) {
			index++; /* a place left empty */
			continue;
		}
		look_up(to->c, to->gic, phandle, &p);
		spec = p.cells ? take(&cells, p.cells) : NULL;
		if (!spec) {
			dt_tell(to->c, DT_BAD_VALUE,
				"interrupts-extended: bad entry %u", index);
			return;
		}
		give(to, &p, spec, index++);
	}
}

void dt_each_irq(struct dt_cursor *c, const struct dt_gic *gic, dt_irq_fn *fn,
		 void *arg)
{
	const struct sink to = { c, gic, fn, arg };
	struct cells cells =
		cells_of(c->fdt, dt_node(c), "interrupts-extended");
	struct parent p = { 0 };
	unsigned int index = 0;
	const fdt32_t *spec;

	if (cells.left) {
		each_extended(&to, cells);
		return;
	}
	cells = cells_of(c->fdt, dt_node(c), "interrupts");
	if (!cells.left || !parent_of(c, gic, &p) || !p.gic) {
		return;
	}
	if (p.cells == 0 || cells.left % p.cells) {
		dt_tell(c, DT_BAD_LENGTH, "interrupts: %s",
			dt_problem_text(DT_BAD_LENGTH));
		return;
	}
	while ((spec = take(&cells, p.cells))) {
		give(&to, &p, spec, index++);
	}
}

void dt_each_mapped_irq(struct dt_cursor *c, const struct dt_gic *gic,
			dt_irq_fn *fn, void *arg)
{
	const struct sink to = { c, gic, fn, arg };
	struct cells cells = cells_of(c->fdt, dt_node(c), "interrupt-map");
	uint32_t address_cells =
		dt_u32(c->fdt, dt_node(c), "#address-cells", 2);
	uint32_t irq_cells = dt_u32(c->fdt, dt_node(c), "#interrupt-cells", 1);
	/* Controllers with a map of their own leave out the unit address. */
	bool no_address = dt_has(c->fdt, dt_node(c), "interrupt-controller");
	struct parent p = { 0 };
	unsigned int index;

	if (address_cells > DT_MAX_CELLS || irq_cells > DT_MAX_CELLS) {
		dt_tell(c, DT_BAD_CELLS, "interrupt-map: cells out of range");
		return;
	}
	for (index = 0; cells.left && index < DT_MAX_ENTRIES; index++) {
		const fdt32_t *entry =
			take(&cells, address_cells + irq_cells + 1);
		const fdt32_t *spec = NULL;

		if (entry) {
			look_up(c, gic,
				fdt32_ld(entry + address_cells + irq_cells),
				&p);
		}
		if (entry && p.cells && p.cells <= DT_MAX_CELLS &&
		    p.address_cells <= DT_MAX_CELLS &&
		    take(&cells, no_address ? 0 : p.address_cells)) {
			spec = take(&cells, p.cells);
		}
		if (!spec) {
			dt_tell(c, DT_BAD_VALUE, "interrupt-map: bad entry %u",
				index);
			return;
		}
		give(&to, &p, spec, index);
	}
}
