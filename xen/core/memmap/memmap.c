/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's map: its regions, in two orders, and the view in force. */
#include "memmap/memmap.h"

#include <core/bits.h>
#include <core/errno.h>

#include "domain/epoch.h"
#include "frame/heap.h"
#include "memmap/commit.h"
#include "memmap/internal.h"
#include "memmap/view.h"

struct memmap *memmap_create(struct p2m *p2m)
{
	struct memmap *map = heap_alloc(sizeof(*map));

	if (!map) {
		return NULL;
	}
	map->p2m = p2m;
	list_init(&map->regions);
	list_init(&map->ranked);
	map->view = view_render(&map->ranked, 0);
	if (!map->view) {
		heap_free(map);
		return NULL;
	}
	return map;
}

void memmap_destroy(struct memmap *map)
{
	heap_free((struct flat_view *)map->view);
	heap_free(map);
}

static bool region_is_good(const struct region *r, const struct p2m *p2m)
{
	uint64_t limit = gfn_to_ipa(p2m_limit(p2m)).v;
	uint64_t all = r->ipa.v | r->size;

	if (!r->size || r->ipa.v >= limit || r->size > limit - r->ipa.v) {
		return false;
	}
	if (region_is_mapped(r)) {
		if (range_wraps(r->pa.v, r->size) ||
		    !p2m_legal(r->type, r->attr)) {
			return false;
		}
		all |= r->pa.v;
	}
	if (r->kind == REGION_EMULATED && !r->ops) {
		return false;
	}
	return is_aligned(all, PAGE_SIZE);
}

/* From the end: device trees and toolstacks add by ascending address. */
static void insert_by_address(struct memmap *map, struct region *region)
{
	struct list *pos = map->regions.prev;

	while (pos != &map->regions &&
	       list_entry(pos, struct region, link)->ipa.v > region->ipa.v) {
		pos = pos->prev;
	}
	list_add_head(pos, &region->link);
}

/* Before all of equal priority: the one added later hides them. */
static void insert_by_rank(struct memmap *map, struct region *region)
{
	struct region *other;

	list_for_each(other, &map->ranked, rank) {
		if (other->priority <= region->priority) {
			break;
		}
	}
	list_add_before(&other->rank, &region->rank);
}

int memmap_add(struct memmap *map, struct region *region)
{
	if (!region_is_good(region, map->p2m)) {
		return -XEN_EINVAL;
	}
	spin_lock(&map->lock);
	insert_by_address(map, region);
	insert_by_rank(map, region);
	map->nr++;
	spin_unlock(&map->lock);
	return 0;
}

void memmap_del(struct memmap *map, struct region *region)
{
	spin_lock(&map->lock);
	list_del(&region->link);
	list_del(&region->rank);
	map->nr--;
	spin_unlock(&map->lock);
}

/*
 * The new view is published before the p2m changes, under the p2m's lock:
 * whoever faults on a page that just went away finds what is there now, and
 * whoever finds nothing looks again under that lock.
 */
static int switch_view(struct memmap *map, const struct flat_view *new)
{
	struct p2m_locked l = p2m_lock(map->p2m);
	int rc = commit_prepare(l, map->view, new);

	if (!rc) {
		const struct flat_view *old = map->view;

		__atomic_store_n(&map->view, new, __ATOMIC_RELEASE);
		commit_apply(l, old, new);
	}
	p2m_unlock(l);
	return rc;
}

int memmap_commit(struct memmap *map)
{
	struct flat_view *unused;
	int rc = -XEN_ENOMEM;

	spin_lock(&map->lock);
	unused = view_render(&map->ranked, map->nr);
	if (unused) {
		const struct flat_view *old = map->view;

		rc = switch_view(map, unused);
		if (!rc) {
			epoch_wait();
			unused = (struct flat_view *)old;
		}
	}
	spin_unlock(&map->lock);
	heap_free(unused);
	return rc;
}

const struct flat_view *memmap_view(const struct memmap *map)
{
	return view_in_force(map);
}

void memmap_for_each(struct memmap *map,
		     void (*fn)(const struct region *region, void *arg),
		     void *arg)
{
	struct region *region;

	spin_lock(&map->lock);
	list_for_each(region, &map->regions, link) {
		fn(region, arg);
	}
	spin_unlock(&map->lock);
}
