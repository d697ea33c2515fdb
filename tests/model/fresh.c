/* SPDX-License-Identifier: BSD-2-Clause */
/* From contents to tables, with nothing of core/s2. */
#include "fresh.h"

#define FRAMES(level) (UINT64_C(1) << (9 * (3 - (level))))

bool same_page(const struct page *a, const struct page *b, uint64_t off)
{
	if (a->type == P2M_INVALID || b->type == P2M_INVALID) {
		return a->type == b->type;
	}
	return a->type == b->type && a->mfn + off == b->mfn &&
	       a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm;
}

static const struct page *page_at(const struct fresh_map *map, uint64_t gfn)
{
	static const struct page none = { .type = P2M_INVALID };

	return gfn - map->first < map->nr ? &map->page[gfn - map->first]
					  : &none;
}

/* Whether one entry can say it all. */
static bool is_one(const struct fresh_map *map, uint64_t gfn, uint64_t nr)
{
	const struct page *first = page_at(map, gfn);

	if (first->type != P2M_INVALID && first->mfn % nr) {
		return false;
	}
	for (uint64_t i = 1; i < nr; i++) {
		if (!same_page(first, page_at(map, gfn + i), i)) {
			return false;
		}
	}
	return true;
}

static void add_table(const struct fresh_map *map, uint64_t gfn,
		      unsigned int level, struct host_shape *shape)
{
	shape->tables++;
	for (unsigned int i = 0; i < 512; i++, gfn += FRAMES(level)) {
		if (gfn + FRAMES(level) <= map->first ||
		    gfn >= map->first + map->nr) {
			continue;
		}
		if (!is_one(map, gfn, FRAMES(level))) {
			add_table(map, gfn, level + 1, shape);
		} else if (page_at(map, gfn)->type != P2M_INVALID) {
			shape->leaves[level]++;
		}
	}
}

struct host_shape fresh_shape(const struct fresh_map *map)
{
	struct host_shape shape = { 0 };

	add_table(map, 0, 1, &shape);
	return shape;
}
