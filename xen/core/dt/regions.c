/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk: each node finds its row, the row says what its addresses become.
 * Until dt_regions_finish() rounds them, regions hold exact bytes, so that
 * overlaps and mere neighbours can be told apart.
 */
#include <string.h>

#include <libfdt.h>

#include <core/addr.h>
#include <core/bits.h>
#include <core/errno.h>

#include "dt/match.h"
#include "dt/place.h"
#include "dt/regions.h"
#include "dt/scan.h"
#include "memmap/memmap.h"

/* Pieces that one range may fall into; more are refused. */
#define MAX_PIECES 32

struct walk {
	const struct dt_regions_request *rq;
	struct dt_cursor c;
	struct dt_place place[DT_MAX_DEPTH];
	unsigned int nr;
	bool full;
};

struct pieces {
	struct dt_range range[MAX_PIECES];
	unsigned int nr;
};

static struct dt_range intersect(struct dt_range a, struct dt_range b)
{
	uint64_t base = max_u64(a.base, b.base);
	uint64_t last = min_u64(a.base + (a.size - 1), b.base + (b.size - 1));

	if (!a.size || !b.size || base > last) {
		return (struct dt_range){ base, 0 };
	}
	return (struct dt_range){ base, last - base + 1 };
}

static int cut(struct pieces *p, struct dt_range what)
{
	return dt_ranges_remove(p->range, &p->nr, MAX_PIECES,
				dt_pages_around(what));
}

/* Take out RAM, but leave what is reserved in it. */
static int cut_ram(const struct dt_host *host, struct pieces *p)
{
	struct dt_range whole = p->range[0];
	unsigned int i;
	int error = 0;

	for (i = 0; i < host->nr_banks && !error; i++) {
		error = cut(p, host->bank[i]);
	}
	for (i = 0; i < host->nr_reserved && !error; i++) {
		struct dt_range r = intersect(whole, host->reserved[i].range);

		if (r.size && p->nr == MAX_PIECES) {
			return -XEN_ENOSPC;
		}
		if (r.size) {
			p->range[p->nr++] = r;
		}
	}
	p->nr = dt_ranges_tidy(p->range, p->nr);
	return error;
}

/*
 * Take out the console's pages, unless the node only has a part of a page
 * beside it: that device would not work without the page.
 */
static int cut_console(struct walk *w, struct dt_range exact, struct pieces *p)
{
	struct dt_range uart = w->rq->host->uart.regs;
	struct dt_range pages = dt_pages_around(uart);

	if (intersect(exact, uart).size) {
		return cut(p, uart);
	}
	if (intersect(dt_pages_around(exact), pages).size) {
		dt_tell(&w->c, DT_NEIGHBOUR,
			"shares page 0x%llx with the hypervisor's console",
			(unsigned long long)pages.base);
	}
	return 0;
}

/* Take out what the hypervisor keeps for itself. */
static int cut_kept(const struct dt_regions_request *rq, struct pieces *p)
{
	const struct dt_gic *gic = &rq->host->gic;
	const struct dt_range single[] = { gic->gicd, gic->gicc, gic->gich,
					   gic->gicv };
	int error = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(single) && !error; i++) {
		error = cut(p, single[i]);
	}
	for (i = 0; i < gic->nr_gicr && !error; i++) {
		error = cut(p, gic->gicr[i]);
	}
	for (i = 0; i < gic->nr_its && !error; i++) {
		error = cut(p, gic->its[i]);
	}
	for (i = 0; i < rq->nr_deny && !error; i++) {
		error = cut(p, rq->deny[i]);
	}
	return error;
}

static uint64_t size_of(const struct pieces *p)
{
	uint64_t size = 0;
	unsigned int i;

	for (i = 0; i < p->nr; i++) {
		size += p->range[i].size;
	}
	return size;
}

static void tell_range(const struct walk *w, enum dt_problem problem,
		       struct dt_range r)
{
	dt_tell(&w->c, problem, "0x%llx + 0x%llx: %s",
		(unsigned long long)r.base, (unsigned long long)r.size,
		dt_problem_text(problem));
}

static void emit(struct walk *w, const char *name, const struct dt_row *row,
		 struct dt_range exact)
{
	struct region *region;

	if (w->nr == w->rq->max_regions) {
		if (!w->full) {
			tell_range(w, DT_OVERFLOW, exact);
		}
		w->full = true;
		return;
	}
	region = &w->rq->region[w->nr++];
	*region = (struct region){
		.name = name,
		.ipa = IPA(exact.base),
		.pa = PADDR(exact.base),
		.size = exact.size,
		.priority = PRIORITY_DEVICE + row->hwdom.memtype,
		.kind = row->how == DT_RESERVED ? REGION_RESERVED
						: REGION_DIRECT,
		.type = row->how == DT_RESERVED ? P2M_RESERVED
			: row->how == DT_MEMORY ? P2M_SRAM
						: P2M_DEVICE,
		.attr = row->hwdom,
		.row = row->name,
	};
}

static bool fits(const struct walk *w, struct dt_range r)
{
	return w->rq->ipa_bits >= 64 ||
	       (r.base + (r.size - 1)) >> w->rq->ipa_bits == 0;
}

/* One range of the current node, or a reserved one of @name. */
static void add(struct walk *w, const char *name, const struct dt_row *row,
		struct dt_range exact)
{
	struct pieces p = { .range = { dt_pages_around(exact) }, .nr = 1 };
	uint64_t whole = p.range[0].size;
	uint64_t left = whole;
	unsigned int i;
	int error = 0;

	if (!fits(w, exact)) {
		tell_range(w, DT_WRAPS, exact);
		return;
	}
	if (whole != exact.size) {
		tell_range(w, DT_UNALIGNED, exact);
	}
	if (row->how != DT_RESERVED) {
		error = cut_ram(w->rq->host, &p);
		left = size_of(&p);
	}
	if (!error) {
		error = cut_console(w, exact, &p);
	}
	if (!error) {
		error = cut_kept(w->rq, &p);
	}
	if (error) {
		tell_range(w, DT_OVERFLOW, exact);
		return;
	}
	if (left != whole) {
		tell_range(w, DT_IN_RAM, exact);
	}
	if (left != size_of(&p)) {
		tell_range(w, DT_KEPT_BACK, exact);
	}
	for (i = 0; i < p.nr; i++) {
		emit(w, name, row, intersect(p.range[i], exact));
	}
}

static bool is_problem(const struct walk *w, enum dt_problem problem)
{
	const struct dt_level *bus = &w->c.level[w->c.depth - 1];

	/* On a bus without sizes `reg` is a number, never an address. */
	return problem != DT_OK && problem != DT_MISSING &&
	       !(problem == DT_NOT_ADDRESS && bus->size_cells == 0);
}

static void add_regs(struct walk *w, const struct dt_row *row)
{
	enum dt_problem problem;
	unsigned int nr = dt_reg_count(&w->c, &problem);
	unsigned int i;

	if (w->c.depth && is_problem(w, problem)) {
		dt_tell(&w->c, problem, "reg: %s", dt_problem_text(problem));
	}
	for (i = 0; i < nr && !w->full; i++) {
		struct dt_range r;

		problem = dt_reg(&w->c, i, &r);
		if (problem == DT_OK || problem == DT_CUT) {
			add(w, dt_name(&w->c), row, r);
		}
		if (is_problem(w, problem)) {
			dt_tell(&w->c, problem, "reg %u, 0x%llx + 0x%llx: %s",
				i, (unsigned long long)r.base,
				(unsigned long long)r.size,
				dt_problem_text(problem));
		}
	}
}

static const struct dt_row *window_row(const struct dt_window *window,
				       const struct dt_row *host)
{
	switch (window->space) {
	case DT_PCI_IO:
		return dt_row_by_name("pci-io");
	case DT_PCI_MEM:
	case DT_PCI_MEM64:
		return dt_row_by_name(window->prefetch ? "pci-prefetch"
						       : "pci-window");
	case DT_PCI_CONFIG:
		break;
	}
	return host;
}

static void add_windows(struct walk *w, const struct dt_row *row)
{
	struct dt_window window = { .space = DT_PCI_CONFIG };
	enum dt_problem problem = DT_OK;
	unsigned int i;

	for (i = 0; problem != DT_MISSING && !w->full; i++) {
		problem = dt_pci_window(&w->c, i, &window);
		if (problem == DT_OK || problem == DT_CUT) {
			add(w, dt_name(&w->c), window_row(&window, row),
			    window.range);
		}
		if (problem != DT_OK && problem != DT_MISSING) {
			dt_tell(&w->c, problem, "PCI window %u: %s", i,
				dt_problem_text(problem));
		}
		if (problem == DT_BAD_CELLS || problem == DT_NOT_ADDRESS ||
		    problem == DT_BAD_LENGTH || problem == DT_OVERFLOW) {
			return; /* of all windows, not of one */
		}
	}
}

static void route(struct walk *w, uint32_t intid, bool edge)
{
	struct dt_irqs *irqs = w->rq->irqs;

	if (intid < 32 || intid >= DT_NR_INTIDS ||
	    intid == w->rq->host->uart.irq.intid) {
		return;
	}
	irqs->routed[intid / 64] |= BIT(intid % 64);
	if (edge) {
		irqs->edge[intid / 64] |= BIT(intid % 64);
	}
}

static void route_irq(void *arg, unsigned int index __unused_arg,
		      const struct dt_irq *irq)
{
	route(arg, irq->intid, irq->edge);
}

/* Messages to a frame of the GIC arrive as SPIs. */
static void route_messages(struct walk *w)
{
	uint32_t base = dt_u32(w->c.fdt, dt_node(&w->c), "arm,msi-base-spi", 0);
	uint32_t nr = dt_u32(w->c.fdt, dt_node(&w->c), "arm,msi-num-spis", 0);

	if (nr == 0) {
		return;
	}
	if (base < 32 || base >= DT_NR_INTIDS || nr > DT_NR_INTIDS - base) {
		dt_tell(&w->c, DT_BAD_VALUE, "%u messages from interrupt %u on",
			nr, base);
		return;
	}
	while (nr--) {
		route(w, base + nr, true);
	}
}

static void route_irqs(struct walk *w)
{
	const struct dt_gic *gic = &w->rq->host->gic;

	if (gic->version == DT_GIC_NONE) {
		return;
	}
	dt_each_irq(&w->c, gic, route_irq, w);
	dt_each_mapped_irq(&w->c, gic, route_irq, w);
	route_messages(w);
}

static void visit(struct walk *w, const struct dt_place *place)
{
	const struct dt_row *row = place->row;

	switch (row->how) {
	case DT_REMADE:
		if (!place->inherited) {
			return;
		}
		break; /* a device below a node that is made anew */
	case DT_HIDDEN:
		return;
	case DT_UNMAPPED:
	case DT_RESERVED:
		route_irqs(w);
		return;
	case DT_DEVICE:
	case DT_MEMORY:
	case DT_PCI:
		break;
	}
	route_irqs(w);
	if (!place->no_reg) {
		add_regs(w, row);
	}
	if (row->how == DT_PCI && !place->no_reg) {
		add_windows(w, row);
	}
}

static void walk_tree(struct walk *w)
{
	int dropped = DT_MAX_DEPTH; /* nodes below this depth are gone */

	do {
		int depth = w->c.depth;

		if (depth > dropped) {
			continue;
		}
		w->place[depth] = dt_place(&w->c, w->rq->host,
					   depth ? &w->place[depth - 1] : NULL);
		dropped = dt_drops_children(&w->place[depth]) ? depth
							      : DT_MAX_DEPTH;
		visit(w, &w->place[depth]);
	} while (dt_next(&w->c) && !w->full);
}

static void add_reserved(struct walk *w)
{
	const struct dt_host *host = w->rq->host;
	unsigned int i;

	dt_begin(&w->c, w->c.fdt, w->c.report);
	for (i = 0; i < host->nr_reserved; i++) {
		const struct dt_reserved *r = &host->reserved[i];

		add(w, r->name,
		    dt_row_by_name(r->no_map ? "reserved-memory, no-map"
					     : "reserved-memory"),
		    r->range);
	}
}

int dt_regions(const struct dt_regions_request *request,
	       const struct dt_report *report)
{
	struct walk w = { .rq = request };

	memset(request->irqs, 0, sizeof(*request->irqs));
	dt_begin(&w.c, request->host->fdt, report);
	walk_tree(&w);
	add_reserved(&w);
	if (w.full) {
		return -XEN_ENOSPC;
	}
	return (int)dt_regions_finish(request->region, w.nr, report);
}
