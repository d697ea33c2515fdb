/* SPDX-License-Identifier: BSD-2-Clause */
/* From the tree to a view: down to each leaf, what hides others first. */
#include <core/bits.h>
#include <core/errno.h>

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

struct render {
	struct canvas canvas;
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
	canvas_lay_down(&r->canvas, &span);
}

static void render_container(struct render *r, const struct region *container,
			     const struct place *p)
{
	const struct region *child;

	list_for_each(child, &container->by_rank, rank) {
		struct place at = *p;
		uint64_t start = child->ipa.v;

		if (p->from < start + child->size && p->to > start) {
			at.base += start;
			at.from = max_u64(p->from, start) - start;
			at.to = min_u64(p->to - start, child->size);
			render(r, child, at);
		}
	}
}

static void render(struct render *r, const struct region *region,
		   struct place p)
{
	if (region->disabled || r->canvas.error ||
	    (region->only && p.only && region->only != p.only)) {
		return;
	}
	if (++r->depth > MAX_DEPTH || ++r->places > MAX_PLACES) {
		r->canvas.error = -XEN_E2BIG;
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
	struct render r = { .places = 0 };
	uint64_t done = 0;

	for (unsigned int i = 0; i < dirty->nr; i++) {
		const struct window *w = &dirty->window[i];

		canvas_copy(&r.canvas, old, done, w->from);
		r.canvas.first = r.canvas.nr;
		render(&r, root,
		       (struct place){ .from = w->from, .to = w->to });
		done = w->to;
	}
	canvas_copy(&r.canvas, old, done, root->size);
	*out = canvas_finish(&r.canvas);
	return r.canvas.error;
}
