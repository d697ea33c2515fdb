/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rendering: regions are laid down from the one that hides most to the one
 * that hides least, each only where nothing lies yet. Holes are laid down
 * like all others and swept out at the end.
 */
#include "memmap/view.h"

#include <string.h>

#include <core/bits.h>

#include "frame/heap.h"

static uint64_t span_end(const struct span *s)
{
	return s->ipa.v + s->size;
}

/* The first span that ends above @addr. */
static unsigned int first_above(const struct flat_view *view, uint64_t addr)
{
	unsigned int lo = 0, hi = view->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (span_end(&view->span[mid]) > addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

static struct span make_span(const struct region *r, uint64_t from, uint64_t to)
{
	uint64_t offset = from - r->ipa.v;

	return (struct span){
		.ipa = IPA(from),
		.size = to - from,
		.region = r,
		.offset = offset,
		.pa = PADDR(r->pa.v + offset),
		.attr = r->attr,
		.type = r->type,
		.mapped = region_is_mapped(r),
		.emulated = r->kind == REGION_EMULATED,
	};
}

static void insert(struct flat_view *view, unsigned int i, struct span new)
{
	struct span *s = &view->span[i];

	memmove(s + 1, s, (view->nr - i) * sizeof(*s));
	*s = new;
	view->nr++;
}

static void lay_down(struct flat_view *view, const struct region *region)
{
	uint64_t at = region->ipa.v;
	uint64_t end = at + region->size;
	unsigned int i = first_above(view, at);

	while (at < end) {
		uint64_t next = i < view->nr ? view->span[i].ipa.v : end;

		if (next > at) {
			next = next < end ? next : end;
			insert(view, i, make_span(region, at, next));
		}
		at = span_end(&view->span[i]);
		i++;
	}
}

/* Holes have hidden what they hide. */
static void sweep_holes(struct flat_view *view)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < view->nr; i++) {
		if (view->span[i].region->kind != REGION_HOLE) {
			view->span[kept++] = view->span[i];
		}
	}
	view->nr = kept;
}

static void list_emulated(struct flat_view *view, struct emulated_span *list)
{
	view->emulated = list;
	for (unsigned int i = 0; i < view->nr; i++) {
		const struct span *s = &view->span[i];

		if (s->emulated) {
			list[view->nr_emulated++] = (struct emulated_span){
				.ipa = s->ipa,
				.size = s->size,
				.offset = s->offset,
				.ops = s->region->ops,
				.opaque = s->region->opaque,
			};
		}
	}
}

/* Bytes for a view, its spans, and a list of them all if all are emulated
 * that begins at a cache line. */
static size_t view_bytes(unsigned int nr)
{
	return sizeof(struct flat_view) + nr * sizeof(struct span) +
	       (nr + 1) * sizeof(struct emulated_span);
}

static struct emulated_span *list_of(struct flat_view *view, unsigned int nr)
{
	uintptr_t end = (uintptr_t)&view->span[nr];

	return (struct emulated_span *)align_up(end,
						sizeof(struct emulated_span));
}

struct flat_view *view_render(const struct list *ranked, unsigned int nr)
{
	/* @nr intervals have 2 @nr ends, so there are fewer than 2 @nr spans. */
	unsigned int room = 2 * nr;
	struct flat_view *view = heap_alloc(view_bytes(room));
	const struct region *region;

	if (!view) {
		return NULL;
	}
	list_for_each(region, ranked, rank) {
		lay_down(view, region);
	}
	sweep_holes(view);
	list_emulated(view, list_of(view, room));
	return view;
}
