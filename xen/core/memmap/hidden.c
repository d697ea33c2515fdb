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
	const struct span *next = view_first_above(view, from);

	while (from < to) {
		const struct span *span = next;
		struct hidden h = { .region = region, .ipa = IPA(from) };
		uint64_t end = to;

		if (span && span->ipa.v <= from) {
			end = min_u64(to, span_end(span));
			h.by = span->region;
			h.via = span->via;
			do {
				next = view_next(view, next);
			} while (next && next->below);
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

/* ---------------------------------------------------- what a commit hides */

static bool is_fresh(const struct region *region)
{
	for (; region; region = region->parent) {
		if (region_is_fresh(region)) {
			return true;
		}
	}
	return false;
}

static void tell(const struct hidden *h, void *arg)
{
	const struct memmap *map = arg;

	map->owner->hidden(map->owner_arg, h);
}

/* All that is hidden of regions that are new where they are. */
static void tell_fresh(struct memmap *map)
{
	struct list *fresh = &map->transit.fresh;

	while (!list_empty(fresh)) {
		struct region *root =
			list_entry(fresh->next, struct region, fresh);
		const struct region *r = root;

		while (r && !is_fresh(root->parent)) {
			hidden_of(map, r, tell, map);
			r = region_next(root, r);
		}
		list_del(&root->fresh);
	}
}

/* A layer that was there, of a region that still wants to be. */
static void tell_layer(struct memmap *map, const struct stretch *s,
		       const struct span *was)
{
	const struct region *top = was->via ? was->via : was->region;
	struct window w = place_of(top);
	struct hidden h = { .region = top };
	uint64_t from = max_u64(s->from, w.from), to = min_u64(s->to, w.to);

	if (from >= to || is_fresh(top) || !is_solid(top) ||
	    !region_is_attached(map, top) || (s->is && shows(s->is, top))) {
		return;
	}
	h.ipa = IPA(from);
	h.size = to - from;
	h.by = s->is ? s->is->region : NULL;
	h.via = s->is ? s->is->via : NULL;
	tell(&h, map);
}

void hidden_tell(struct memmap *map, const struct memmap_change *c)
{
	bool asks = map->owner && map->owner->hidden && map->generation > 1;
	struct view_walk w;
	struct stretch s;

	view_walk_begin(&w, c->old, c->new, c->dirty);
	while (asks && view_walk_next(&w, &s)) {
		const struct span *was = s.was;

		do {
			if (was) {
				tell_layer(map, &s, was);
			}
		} while (was && (++was)->below);
	}
	if (asks) {
		tell_fresh(map);
	}
	while (!list_empty(&map->transit.fresh)) {
		list_del(map->transit.fresh.next);
	}
}
