/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's map: its life, its transactions, and the view in force. */
#include "memmap/memmap.h"

#include <core/bug.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/view.h"

static void init(struct memmap *map, struct p2m *p2m)
{
	map->p2m = p2m;
	map->root.name = "root";
	map->root.kind = REGION_CONTAINER;
	map->root.size = gfn_to_ipa(p2m_limit(p2m)).v;
	map->commit.p2m = p2m;
	list_init(&map->commit.kept);
	map->to_p2m = (struct memmap_listener){
		.name = "p2m",
		.log_stop = log_harvest,
		.opaque = &map->commit,
	};
	logs_init(map);
	map->transit.turn = BUDGET_TURN;
	list_init(&map->fresh);
}

struct memmap *memmap_create(struct p2m *p2m)
{
	static const struct flat_view nothing;
	struct memmap *map = heap_alloc(sizeof(*map));
	struct flat_view *view;

	if (!map) {
		return NULL;
	}
	init(map, p2m);
	if (view_render(&map->root, &nothing, &map->dirty, &view)) {
		heap_free(map);
		return NULL;
	}
	map->view = view;
	return map;
}

void memmap_set_owner(struct memmap *map, const struct memmap_owner *owner,
		      void *arg)
{
	map->owner = owner;
	map->owner_arg = arg;
}

void memmap_destroy(struct memmap *map)
{
	int rc;

	/* Those who were held out are no more. */
	map->owner = NULL;
	do {
		rc = memmap_abort(map);
	} while (rc);
	kept_forget_all(&map->commit.kept);
	logs_destroy(map);
	view_destroy((struct flat_view *)map->view);
	heap_free(map);
}

int memmap_begin(struct memmap *map)
{
	int rc = 0;

	spin_lock(&map->lock);
	if (map->open) {
		rc = -XEN_EBUSY;
	}
	map->open = true;
	spin_unlock(&map->lock);
	return rc;
}

void memmap_end(struct memmap *map)
{
	spin_lock(&map->lock);
	map->open = false;
	spin_unlock(&map->lock);
}

const struct flat_view *memmap_view(const struct memmap *map)
{
	return view_in_force(map);
}

uint64_t memmap_generation(const struct memmap *map)
{
	return __atomic_load_n(&map->generation, __ATOMIC_ACQUIRE);
}

/* Down first, then on, then up: without recursion. */
const struct region *region_next(const struct region *root,
				 const struct region *r)
{
	const struct region *next = r->kind == REGION_CONTAINER
					    ? region_child(r, 0, UINT64_MAX)
					    : NULL;

	while (!next && r != root) {
		next = region_sibling(r, 0, UINT64_MAX);
		r = r->parent;
	}
	return next;
}

void memmap_for_each(struct memmap *map,
		     void (*fn)(const struct region *region, void *arg),
		     void *arg)
{
	const struct region *r = &map->root;

	spin_lock(&map->lock);
	while ((r = region_next(&map->root, r))) {
		fn(r, arg);
	}
	spin_unlock(&map->lock);
}
