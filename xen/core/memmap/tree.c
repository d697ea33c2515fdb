/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree: regions come, go and change, and what may show differently then
 * is noted for the next commit. */
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "memmap/internal.h"
#include "memmap/kept.h"

/* ---------------------------------------------------------- what changed */

static void remove_window(struct dirty *d, unsigned int i)
{
	d->nr--;
	for (; i < d->nr; i++) {
		d->window[i] = d->window[i + 1];
	}
}

/* The two with the smallest gap become one. */
static void join_nearest(struct dirty *d)
{
	unsigned int best = 1;

	for (unsigned int i = 2; i < d->nr; i++) {
		if (d->window[i].from - d->window[i - 1].to <
		    d->window[best].from - d->window[best - 1].to) {
			best = i;
		}
	}
	d->window[best - 1].to = d->window[best].to;
	remove_window(d, best);
}

void dirty_add(struct dirty *d, struct window w)
{
	unsigned int i = 0;

	while (i < d->nr && d->window[i].to < w.from) {
		i++;
	}
	while (i < d->nr && d->window[i].from <= w.to) {
		w.from = min_u64(w.from, d->window[i].from);
		w.to = max_u64(w.to, d->window[i].to);
		remove_window(d, i);
	}
	if (d->nr == MAX_WINDOWS) {
		join_nearest(d);
		dirty_add(d, w);
		return;
	}
	for (unsigned int n = d->nr; n > i; n--) {
		d->window[n] = d->window[n - 1];
	}
	d->window[i] = w;
	d->nr++;
}

bool region_is_attached(const struct memmap *map, const struct region *region)
{
	while (region->parent) {
		region = region->parent;
	}
	return region == &map->root;
}

/*
 * Whatever shows of @region may change. Where windows lead to it or to what
 * it is in, that is anywhere.
 */
static void touch(struct memmap *map, const struct region *region)
{
	struct window w = { 0, region->size };

	map->nr_changes++;
	while (region != &map->root) {
		if (region->nr_aliases) {
			w = (struct window){ 0, map->root.size };
			break;
		}
		if (!region->parent) {
			return;
		}
		w.from += region->ipa.v;
		w.to = min_u64(w.to + region->ipa.v, region->parent->size);
		if (w.from >= w.to) {
			return;
		}
		region = region->parent;
	}
	dirty_add(&map->dirty, w);
}

/* ---------------------------------------------------------- what is good */

static bool mapping_is_good(const struct region *r)
{
	return !range_wraps(r->pa.v, r->size) &&
	       is_aligned(r->pa.v, PAGE_SIZE) &&
	       p2m_mfn_ok(paddr_to_mfn(r->pa), r->size >> PAGE_SHIFT) &&
	       p2m_legal(r->type, r->attr) && !r->only &&
	       (!r->populated || r->kind == REGION_RAM);
}

/* A window onto a window needs that one to be somewhere itself. */
static bool window_is_good(const struct region *r)
{
	const struct region *target = r->target;

	return target && is_aligned(r->target_offset, PAGE_SIZE) &&
	       r->target_offset < target->size &&
	       r->size <= target->size - r->target_offset &&
	       (target->kind != REGION_ALIAS || target->parent);
}

static bool place_is_good(const struct memmap *map, const struct region *r,
			  ipa_t ipa)
{
	uint64_t limit = map->root.size;

	return r->size && ipa.v < limit && r->size <= limit - ipa.v &&
	       is_aligned(ipa.v | r->size, PAGE_SIZE);
}

static bool region_is_good(const struct memmap *map, const struct region *r)
{
	if (!place_is_good(map, r, r->ipa) ||
	    (region_is_mapped(r) && !mapping_is_good(r)) ||
	    (region_is_emulated(r) && !r->ops)) {
		return false;
	}
	return r->kind != REGION_ALIAS || window_is_good(r);
}

/* Whether @region may be put into @container. */
static bool may_contain(const struct region *container,
			const struct region *region)
{
	if (container->kind != REGION_CONTAINER) {
		return false;
	}
	for (; container; container = container->parent) {
		if (container == region) {
			return false;
		}
	}
	return true;
}

/* ---------------------------------------------------------- containers */

static void put(struct region *container, struct region *region)
{
	region->place.first = region->ipa.v;
	region->place.end = region->ipa.v + region->size;
	ranges_insert(&container->children, &region->place);
}

static void take(struct region *region)
{
	ranges_remove(&region->parent->children, &region->place);
}

/* Above all others of equal priority. */
static void rank(struct memmap *map, struct region *region)
{
	region->rank = ++map->nr_ranks;
}

/* It is not where the view in force may have it. */
static void note_fresh(struct memmap *map, struct region *region)
{
	if (!region_is_fresh(region)) {
		list_add_tail(&map->fresh, &region->fresh);
	}
}

static void attach(struct memmap *map, struct region *container,
		   struct region *region)
{
	region->parent = container;
	put(container, region);
	rank(map, region);
	note_fresh(map, region);
	touch(map, region);
}

static void detach(struct memmap *map, struct region *region)
{
	touch(map, region);
	take(region);
	region->parent = NULL;
	if (region_is_fresh(region)) {
		list_del(&region->fresh);
	}
}

/* ------------------------------------------------------------- operations */

int memmap_add_to(struct memmap *map, struct region *container,
		  struct region *region)
{
	int rc = -XEN_EINVAL;

	spin_lock(&map->lock);
	if (region_is_good(map, region) && may_contain(container, region)) {
		attach(map, container, region);
		if (region->kind == REGION_ALIAS) {
			region->target->nr_aliases++;
		}
		kept_come_back(region);
		log_come_back(map, region);
		rc = 0;
	}
	spin_unlock(&map->lock);
	return rc;
}

int memmap_add(struct memmap *map, struct region *region)
{
	return memmap_add_to(map, &map->root, region);
}

void memmap_del(struct memmap *map, struct region *region)
{
	spin_lock(&map->lock);
	BUG_ON(!region->parent || region->nr_aliases);
	kept_leave(region);
	log_leave(map, region);
	detach(map, region);
	if (region->kind == REGION_ALIAS) {
		region->target->nr_aliases--;
	}
	spin_unlock(&map->lock);
}

int memmap_move(struct memmap *map, struct region *region, ipa_t to)
{
	struct region *container;
	int rc = -XEN_EINVAL;

	spin_lock(&map->lock);
	container = region->parent;
	if (container && place_is_good(map, region, to)) {
		touch(map, region);
		take(region);
		region->ipa = to;
		put(container, region);
		note_fresh(map, region);
		touch(map, region);
		rc = 0;
	}
	spin_unlock(&map->lock);
	return rc;
}

void memmap_set_disabled(struct memmap *map, struct region *region,
			 bool disabled)
{
	spin_lock(&map->lock);
	if (region->disabled && !disabled && region->parent) {
		note_fresh(map, region);
	}
	region->disabled = disabled;
	touch(map, region);
	spin_unlock(&map->lock);
}

void memmap_set_priority(struct memmap *map, struct region *region,
			 int priority)
{
	spin_lock(&map->lock);
	region->priority = priority;
	if (region->parent) {
		rank(map, region);
		touch(map, region);
	}
	spin_unlock(&map->lock);
}

int memmap_set_attr(struct memmap *map, struct region *region,
		    struct s2_attr attr)
{
	int rc = -XEN_EINVAL;

	spin_lock(&map->lock);
	if (region_is_mapped(region) && p2m_legal(region->type, attr)) {
		region->attr = attr;
		touch(map, region);
		rc = 0;
	}
	spin_unlock(&map->lock);
	return rc;
}

int memmap_set_log(struct memmap *map, struct region *region, bool log)
{
	int rc = 0;

	spin_lock(&map->lock);
	if (log) {
		rc = log_begin(map, region);
	} else {
		log_end(region);
	}
	if (!rc) {
		region->log = log;
		touch(map, region);
	}
	spin_unlock(&map->lock);
	return rc;
}

void memmap_set_buffered(struct memmap *map, struct region *region,
			 bool buffered)
{
	spin_lock(&map->lock);
	region->buffered = buffered;
	touch(map, region);
	spin_unlock(&map->lock);
}
