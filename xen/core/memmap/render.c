/* SPDX-License-Identifier: BSD-2-Clause */
/* From the tree to a view: down to each leaf, what hides others first. */
#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/view.h"

/* Containers and aliases within each other; and regions that a window may
 * show, each counted as often as it is reached. */
#define MAX_DEPTH  16
#define MAX_PLACES (1u << 17)

/* Where a region is seen: its byte n at guest address @base + n, and only
 * bytes [from, to) of it. @base may be below 0, and wrap. */
struct place {
	uint64_t base;
	uint64_t from;
	uint64_t to;
	const struct region *via;
	const struct vcpu *only;
};

/* Regions in most windows. */
#define FEW 8

struct render {
	struct build build;
	const struct region **stack;   /* of containers that are rendered */
	const struct region *few[FEW]; /* the stack, as long as it is short */
	unsigned int nr;
	unsigned int room;
	unsigned int places;
	unsigned int depth;
};

static void render(struct render *r, const struct region *region,
		   struct place p);

static void render_leaf(struct render *r, const struct region *region,
			const struct place *p)
{
	struct span span = {
		.ipa = IPA(p->base + p->from),
		.size = p->to - p->from,
		.region = region,
		.via = p->via,
		.offset = p->from,
		.attr = region->attr,
		.only = p->only,
		.type = region->type,
		.mapped = region_is_mapped(region),
		.emulated = region_is_emulated(region),
		.ram = region_is_ram(region),
		.populated = region->populated,
		.log = region->log,
		.written = region->log ? region->written : NULL,
		.buffered = region->buffered,
	};

	/* All vCPUs share one table. */
	if (span.mapped && p->only) {
		return;
	}
	if (span.emulated) {
		span.ops = region->ops;
	}
	span.pa = PADDR((span.mapped ? region->pa.v : 0) + p->from);
	canvas_lay_down(&r->build.canvas, &span);
}

static bool hides(const struct region *a, const struct region *b)
{
	return a->priority != b->priority ? a->priority > b->priority
					  : a->rank > b->rank;
}

/* The one at @i of @list goes down a heap of @nr, where each hides less than
 * the two below it. */
static void sift(const struct region **list, unsigned int i, unsigned int nr)
{
	const struct region *r = list[i];

	for (unsigned int below; (below = 2 * i + 1) < nr; i = below) {
		if (below + 1 < nr && hides(list[below], list[below + 1])) {
			below++;
		}
		if (!hides(r, list[below])) {
			break;
		}
		list[i] = list[below];
	}
	list[i] = r;
}

/* What hides others comes first. */
static void sort(const struct region **list, unsigned int nr)
{
	for (unsigned int i = nr / 2; i-- > 0;) {
		sift(list, i, nr);
	}
	for (unsigned int end = nr; end-- > 1;) {
		const struct region *last = list[0];

		list[0] = list[end];
		list[end] = last;
		sift(list, 0, end);
	}
}

static void free_stack(struct render *r)
{
	if (r->stack != r->few) {
		heap_free(r->stack);
	}
}

static bool push(struct render *r, const struct region *region)
{
	if (r->nr == r->room) {
		unsigned int room = 2 * r->room;
		const struct region **more = heap_alloc(room * sizeof(*more));

		if (!more) {
			r->build.canvas.error = -XEN_ENOMEM;
			return false;
		}
		memcpy(more, r->stack, r->nr * sizeof(*more));
		free_stack(r);
		r->stack = more;
		r->room = room;
	}
	r->stack[r->nr++] = region;
	return true;
}

static void render_child(struct render *r, const struct region *child,
			 const struct place *p)
{
	struct place at = *p;
	uint64_t start = child->ipa.v;

	at.base += start;
	at.from = max_u64(p->from, start) - start;
	at.to = min_u64(p->to - start, child->size);
	render(r, child, at);
}

/* By rank those that may hide each other: @child and what comes after it
 * without a gap. Returns what is behind the gap. */
static const struct region *render_overlapping(struct render *r,
					       const struct region *child,
					       const struct place *p)
{
	unsigned int first = r->nr, end;
	uint64_t reach = 0;

	do {
		if (!push(r, child)) {
			return NULL;
		}
		reach = max_u64(reach, child->ipa.v + child->size);
		child = region_sibling(child, p->from, p->to);
	} while (child && child->ipa.v < reach);
	end = r->nr;
	sort(&r->stack[first], end - first);
	for (unsigned int i = first; i < end; i++) {
		render_child(r, r->stack[i], p);
	}
	r->nr = first;
	return child;
}

static void render_container(struct render *r, const struct region *container,
			     const struct place *p)
{
	const struct region *child = region_child(container, p->from, p->to);

	while (child && !r->build.canvas.error) {
		child = render_overlapping(r, child, p);
	}
}

static void render(struct render *r, const struct region *region,
		   struct place p)
{
	if (region->disabled || r->build.canvas.error ||
	    (region->only && p.only && region->only != p.only)) {
		return;
	}
	if (++r->depth > MAX_DEPTH || ++r->places > MAX_PLACES) {
		r->build.canvas.error = -XEN_E2BIG;
	} else if (region->kind == REGION_CONTAINER) {
		p.only = region->only ? region->only : p.only;
		render_container(r, region, &p);
	} else if (region->kind == REGION_ALIAS) {
		p.only = region->only ? region->only : p.only;
		p.via = p.via ? p.via : region;
		p.base -= region->target_offset;
		p.from += region->target_offset;
		p.to += region->target_offset;
		render(r, region->target, p);
	} else {
		p.only = region->only ? region->only : p.only;
		render_leaf(r, region, &p);
	}
	r->depth--;
}

int view_render(const struct region *root, const struct flat_view *old,
		const struct dirty *dirty, struct flat_view **out)
{
	struct render r = { .room = FEW };
	int rc;

	r.stack = r.few;
	build_begin(&r.build, old);
	for (unsigned int i = 0; i < dirty->nr; i++) {
		const struct window *w = &dirty->window[i];

		build_window(&r.build, w);
		render(&r, root,
		       (struct place){ .from = w->from, .to = w->to });
	}
	*out = build_end(&r.build, &rc);
	free_stack(&r);
	return rc;
}
