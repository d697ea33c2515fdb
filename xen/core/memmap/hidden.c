/* SPDX-License-Identifier: BSD-2-Clause */
/* What hides what: each region of the tree against the view in force. */
#include <core/bits.h>

#include "memmap/internal.h"
#include "memmap/view.h"

struct search {
	void (*fn)(const struct hidden *h, void *arg);
	void *arg;
	const struct memmap *map;
};

/* Whether some layer of the stretch at @span is @region, or is seen by it. */
static bool shows(const struct span *span, const struct region *region)
{
	do {
		if (span->region == region || span->via == region) {
			return true;
		}
		span++;
	} while (span->below);
	return false;
}

/* [from, to) of the guest's addresses, where @region would show. */
static void look(const struct search *s, const struct region *region,
		 uint64_t from, uint64_t to)
{
	const struct flat_view *view = s->map->view;
	unsigned int i = view_first_above(view, from);

	while (from < to) {
		const struct span *span = i < view->nr ? &view->span[i] : NULL;
		struct hidden h = { .region = region, .ipa = IPA(from) };
		uint64_t end = to;

		if (span && span->ipa.v <= from) {
			end = min_u64(to, span_end(span));
			h.by = span->region;
			h.via = span->via;
			while (++i < view->nr && view->span[i].below) {
				continue;
			}
		} else if (span) {
			end = min_u64(to, span->ipa.v);
		}
		h.size = end - from;
		if (!h.by || !shows(span, region)) {
			s->fn(&h, s->arg);
		}
		from = end;
	}
}

/* Where @region is by its containers, as far as those let it show. */
static struct window place_of(const struct region *region)
{
	struct window w = { 0, region->size };

	for (; region->parent; region = region->parent) {
		if (region->disabled) {
			return (struct window){ 0, 0 };
		}
		w.from += region->ipa.v;
		w.to = min_u64(w.to + region->ipa.v, region->parent->size);
	}
	return w;
}

/* Whether there is something of it at each of its addresses: containers have
 * gaps, which hide nothing and are not hidden. */
static bool is_solid(const struct region *region)
{
	if (region->kind == REGION_ALIAS) {
		region = region->target;
		return !region->disabled && region->kind != REGION_ALIAS &&
		       is_solid(region);
	}
	return region->kind != REGION_CONTAINER && region->kind != REGION_HOLE;
}

void hidden_of(const struct memmap *map, const struct region *region,
	       void (*fn)(const struct hidden *h, void *arg), void *arg)
{
	const struct search s = { fn, arg, map };
	struct window w = place_of(region);

	if (is_solid(region) && w.from < w.to) {
		look(&s, region, w.from, w.to);
	}
}

/* The map's lock is held. */
static void look_for(const struct region *region, void *arg)
{
	const struct search *s = arg;

	hidden_of(s->map, region, s->fn, s->arg);
}

void memmap_for_each_hidden(struct memmap *map,
			    void (*fn)(const struct hidden *h, void *arg),
			    void *arg)
{
	struct search s = { fn, arg, map };

	memmap_for_each(map, look_for, &s);
}
