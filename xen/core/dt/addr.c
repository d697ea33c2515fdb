/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: `reg` and `ranges`, exact at every level.
 *
 * An address of up to four cells is split: the low 64 bits count bytes, what
 * is above (the space code of PCI, for one) has to be equal to match.
 */
#include <libfdt.h>

#include <core/bits.h>

#include "dt/read.h"

#define MAX_SIZE_CELLS 2

/* PCI bus binding to IEEE 1275: fields of phys.hi. */
#define PCI_SPACE    GENMASK(25, 24)
#define PCI_PREFETCH BIT(30)

struct address {
	uint64_t high;
	uint64_t low;
};

struct window {
	struct address child;
	struct address parent;
	uint64_t size;
};

static struct dt_level *cells_of(struct dt_cursor *c, int depth)
{
	struct dt_level *level = &c->level[depth];

	if (!level->cells_known) {
		level->address_cells =
			dt_u32(c->fdt, level->node, "#address-cells", 2);
		level->size_cells =
			dt_u32(c->fdt, level->node, "#size-cells", 1);
		level->cells_known = true;
	}
	return level;
}

static bool cells_usable(const struct dt_level *level)
{
	return level->address_cells >= 1 &&
	       level->address_cells <= DT_MAX_CELLS &&
	       level->size_cells <= MAX_SIZE_CELLS;
}

static struct address read_address(const fdt32_t *cell, unsigned int cells)
{
	struct address a = { 0, 0 };
	unsigned int i;

	for (i = 0; i < cells; i++) {
		a.high = a.high << 32 | a.low >> 32;
		a.low = a.low << 32 | fdt32_ld(cell + i);
	}
	return a;
}

/* A property as a list of entries, each of some cells. */
struct entries {
	const fdt32_t *first;
	unsigned int nr;
	unsigned int cells; /* of one entry */
};

static const fdt32_t *entry_at(const struct entries *e, unsigned int index)
{
	return e->first + index * e->cells;
}

static enum dt_problem read_entries(const struct dt_cursor *c, int node,
				    const char *name, unsigned int cells,
				    struct entries *out)
{
	int len;
	unsigned int bytes = cells * sizeof(fdt32_t);

	out->first = fdt_getprop(c->fdt, node, name, &len);
	out->nr = 0;
	out->cells = cells;
	if (!out->first) {
		return DT_MISSING;
	}
	if (len % bytes) {
		return DT_BAD_LENGTH;
	}
	out->nr = len / bytes;
	return DT_OK;
}

static enum dt_problem reg_entries(struct dt_cursor *c, struct entries *out)
{
	const struct dt_level *bus;

	out->nr = 0;
	if (c->depth == 0 || !dt_has(c->fdt, dt_node(c), "reg")) {
		return DT_MISSING;
	}
	bus = cells_of(c, c->depth - 1);
	if (!cells_usable(bus)) {
		return DT_BAD_CELLS;
	}
	return read_entries(c, dt_node(c), "reg",
			    bus->address_cells + bus->size_cells, out);
}

unsigned int dt_reg_count(struct dt_cursor *c, enum dt_problem *problem)
{
	struct entries reg;

	*problem = reg_entries(c, &reg);
	return reg.nr;
}

static enum dt_problem reg_at(struct dt_cursor *c, unsigned int index,
			      struct address *address, uint64_t *size)
{
	const struct dt_level *bus;
	const fdt32_t *cell;
	struct entries reg;
	enum dt_problem problem = reg_entries(c, &reg);

	if (problem != DT_OK) {
		return problem;
	}
	if (index >= reg.nr) {
		return DT_MISSING;
	}
	bus = cells_of(c, c->depth - 1);
	cell = entry_at(&reg, index);
	*address = read_address(cell, bus->address_cells);
	*size = read_address(cell + bus->address_cells, bus->size_cells).low;
	return DT_OK;
}

/* The end of every way: a plain address, in 64 bits and not around. */
static enum dt_problem to_range(struct address address, uint64_t size,
				struct dt_range *out)
{
	*out = (struct dt_range){ address.low, size };
	if (address.high || range_wraps(address.low, size)) {
		return DT_WRAPS;
	}
	return size ? DT_OK : DT_ZERO_SIZE;
}

/* The `ranges` of a bus; no entries mean: the same addresses above. */
struct windows {
	const struct dt_level *bus;
	const struct dt_level *above;
	struct entries entries;
};

static enum dt_problem read_windows(struct dt_cursor *c, int depth,
				    struct windows *out)
{
	const struct dt_level *bus = cells_of(c, depth);
	const struct dt_level *above = cells_of(c, depth - 1);
	enum dt_problem problem;

	out->bus = bus;
	out->above = above;
	if (!dt_has(c->fdt, bus->node, "ranges")) {
		return DT_NOT_ADDRESS;
	}
	if (!cells_usable(bus) || !cells_usable(above)) {
		return DT_BAD_CELLS;
	}
	problem = read_entries(c, bus->node, "ranges",
			       bus->address_cells + above->address_cells +
				       bus->size_cells,
			       &out->entries);
	return out->entries.nr > DT_MAX_ENTRIES ? DT_OVERFLOW : problem;
}

static struct window window_at(const struct windows *w, unsigned int index)
{
	const fdt32_t *child = entry_at(&w->entries, index);
	const fdt32_t *parent = child + w->bus->address_cells;
	const fdt32_t *size = parent + w->above->address_cells;

	return (struct window){
		.child = read_address(child, w->bus->address_cells),
		.parent = read_address(parent, w->above->address_cells),
		.size = read_address(size, w->bus->size_cells).low,
	};
}

/*
 * The first window that covers @address: where it leads to, and how many
 * bytes from there on it covers.
 */
static bool look_through(const struct windows *windows, struct address address,
			 struct address *out, uint64_t *room)
{
	unsigned int i;

	for (i = 0; i < windows->entries.nr; i++) {
		struct window w = window_at(windows, i);
		uint64_t offset = address.low - w.child.low;

		if (address.high == w.child.high &&
		    address.low >= w.child.low && offset < w.size) {
			out->high = w.parent.high;
			out->low = w.parent.low + offset;
			*room = w.size - offset;
			return out->low >= offset;
		}
	}
	return false;
}

/*
 * From the space of the bus at @depth to the space above it. Windows that
 * continue each other on both sides are as good as one; when they end before
 * @size does, it is cut.
 */
static enum dt_problem step_up(struct dt_cursor *c, int depth,
			       struct address *address, uint64_t *size)
{
	struct address start = *address;
	struct windows windows;
	struct address out;
	uint64_t room;
	uint64_t more;
	enum dt_problem problem = read_windows(c, depth, &windows);

	if (problem != DT_OK || windows.entries.nr == 0) {
		return problem;
	}
	if (!look_through(&windows, start, address, &room)) {
		return DT_NO_WINDOW;
	}
	while (room < *size) {
		struct address next = { start.high, start.low + room };

		if (!next.low || !look_through(&windows, next, &out, &more) ||
		    out.high != address->high ||
		    out.low != address->low + room) {
			*size = room;
			return DT_CUT;
		}
		room += min_u64(more, *size - room);
	}
	return DT_OK;
}

/* From the space of the node at @depth to what the CPU sees. */
static enum dt_problem translate(struct dt_cursor *c, int depth,
				 struct address address, uint64_t size,
				 struct dt_range *out)
{
	bool cut = false;
	enum dt_problem problem;

	*out = (struct dt_range){ address.low, size };
	for (; depth > 0; depth--) {
		problem = step_up(c, depth, &address, &size);
		if (problem == DT_CUT) {
			cut = true;
		} else if (problem != DT_OK) {
			return problem;
		}
	}
	problem = to_range(address, size, out);
	return problem == DT_OK && cut ? DT_CUT : problem;
}

enum dt_problem dt_reg_local(struct dt_cursor *c, unsigned int index,
			     struct dt_range *out)
{
	struct address address;
	uint64_t size;
	enum dt_problem problem = reg_at(c, index, &address, &size);

	return problem != DT_OK ? problem : to_range(address, size, out);
}

enum dt_problem dt_reg(struct dt_cursor *c, unsigned int index,
		       struct dt_range *out)
{
	struct address address;
	uint64_t size;
	enum dt_problem problem = reg_at(c, index, &address, &size);

	if (problem != DT_OK) {
		return problem;
	}
	return translate(c, c->depth - 1, address, size, out);
}

enum dt_problem dt_pci_window(struct dt_cursor *c, unsigned int index,
			      struct dt_window *out)
{
	struct windows windows;
	struct window w;
	uint32_t hi;
	enum dt_problem problem;

	if (c->depth == 0 || cells_of(c, c->depth)->address_cells != 3) {
		return DT_BAD_CELLS;
	}
	problem = read_windows(c, c->depth, &windows);
	if (problem != DT_OK) {
		return problem;
	}
	if (index >= windows.entries.nr) {
		return DT_MISSING;
	}
	w = window_at(&windows, index);
	hi = (uint32_t)w.child.high;
	out->space = FIELD_GET(PCI_SPACE, hi);
	out->prefetch = hi & PCI_PREFETCH;
	return translate(c, c->depth - 1, w.parent, w.size, &out->range);
}
