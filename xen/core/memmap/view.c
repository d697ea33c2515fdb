/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rendering: regions are laid down from the one that hides most to the one
 * that hides least, each only where nothing lies yet. Holes are laid down
 * like all others and swept out at the end.
 */
#include "memmap/view.h"

#include <string.h>

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

static void list_emulated(struct flat_view *view)
{
	view->emulated = &view->span[view->nr];
	for (unsigned int i = 0; i < view->nr; i++) {
		if (view->span[i].emulated) {
			view->emulated[view->nr_emulated++] = view->span[i];
		}
	}
}

struct flat_view *view_render(const struct list *ranked, unsigned int nr)
{
	/* @nr intervals have 2 @nr ends, so fewer than 2 @nr spans. */
	uint64_t room = UINT64_C(4) * nr;
	const struct region *region;
	struct flat_view *view;

	view = heap_alloc(sizeof(*view) + room * sizeof(view->span[0]));
	if (!view) {
		return NULL;
	}
	list_for_each(region, ranked, rank) {
		lay_down(view, region);
	}
	sweep_holes(view);
	list_emulated(view);
	return view;
}
