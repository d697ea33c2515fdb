/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioreq/ranges.h"

#include <string.h>

#include <core/errno.h>

#include "frame/heap.h"

/* --------------------------------------------------------- of one server */

/* The first range that ends at or above @addr. */
static unsigned int first_at(const struct ranges *r, uint64_t addr)
{
	unsigned int i = 0, n = r->nr;

	while (n) {
		unsigned int half = n / 2;

		if (r->range[i + half].last < addr) {
			i += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return i;
}

static int make_room(struct ranges *r)
{
	unsigned int room = r->room ? 2 * r->room : 4;
	struct range *grown;

	if (r->nr < r->room) {
		return 0;
	}
	if (r->nr == RANGES_MAX) {
		return -XEN_ENOSPC;
	}
	grown = heap_alloc(room * sizeof(*grown));
	if (!grown) {
		return -XEN_ENOMEM;
	}
	if (r->nr) {
		memcpy(grown, r->range, r->nr * sizeof(*grown));
	}
	heap_free(r->range);
	r->range = grown;
	r->room = room;
	return 0;
}

static void take_out(struct ranges *r, unsigned int i)
{
	r->nr--;
	memmove(&r->range[i], &r->range[i + 1],
		(r->nr - i) * sizeof(*r->range));
}

static void put_in(struct ranges *r, unsigned int i, struct range new)
{
	memmove(&r->range[i + 1], &r->range[i],
		(r->nr - i) * sizeof(*r->range));
	r->range[i] = new;
	r->nr++;
}

int ranges_add(struct ranges *r, struct range new)
{
	unsigned int i = first_at(r, new.first);
	bool joins_next, joins_last;
	int rc;

	if (i < r->nr && r->range[i].first <= new.last) {
		return -XEN_EEXIST;
	}
	joins_last = i && r->range[i - 1].last + 1 == new.first;
	joins_next = i < r->nr && new.last + 1 == r->range[i].first;
	if (joins_last && joins_next) {
		r->range[i - 1].last = r->range[i].last;
		take_out(r, i);
	} else if (joins_last) {
		r->range[i - 1].last = new.last;
	} else if (joins_next) {
		r->range[i].first = new.first;
	} else {
		rc = make_room(r);
		if (rc) {
			return rc;
		}
		put_in(r, i, new);
	}
	return 0;
}

int ranges_del(struct ranges *r, struct range old)
{
	unsigned int i = first_at(r, old.first);
	struct range was;
	int rc;

	if (i == r->nr || r->range[i].first > old.first ||
	    r->range[i].last < old.last) {
		return -XEN_ENOENT;
	}
	was = r->range[i];
	if (was.first == old.first && was.last == old.last) {
		take_out(r, i);
	} else if (was.first == old.first) {
		r->range[i].first = old.last + 1;
	} else if (was.last == old.last) {
		r->range[i].last = old.first - 1;
	} else {
		rc = make_room(r);
		if (rc) {
			return rc;
		}
		r->range[i].last = old.first - 1;
		put_in(r, i + 1, (struct range){ old.last + 1, was.last });
	}
	return 0;
}

void ranges_free(struct ranges *r)
{
	heap_free(r->range);
	*r = (struct ranges){ 0 };
}

/* --------------------------------------------------------- of all servers */

/* A way through all ranges by ascending address. */
struct sweep {
	const struct ranges *const *of;
	unsigned int nr;
	unsigned int at[8]; /* twice the range; odd: inside it */
};

/* Where the state of server @i changes next; false: never more. */
static bool next_of(const struct sweep *s, unsigned int i, uint64_t *addr)
{
	const struct ranges *r = s->of[i];
	unsigned int at = s->at[i];

	if (!r || at / 2 >= r->nr) {
		return false;
	}
	if (at % 2 == 0) {
		*addr = r->range[at / 2].first;
		return true;
	}
	*addr = r->range[at / 2].last + 1;
	return *addr; /* a range up to the last byte of all has no end */
}

/* Go to the next address where something changes. */
static bool sweep_next(struct sweep *s, struct range_map_step *step)
{
	bool any = false;
	uint64_t addr;

	for (unsigned int i = 0; i < s->nr; i++) {
		if (next_of(s, i, &addr) && (!any || addr < step->first)) {
			step->first = addr;
			any = true;
		}
	}
	step->servers = 0;
	for (unsigned int i = 0; any && i < s->nr; i++) {
		while (next_of(s, i, &addr) && addr == step->first) {
			s->at[i]++;
		}
		if (s->at[i] % 2) {
			step->servers |= 1u << i;
		}
	}
	return any;
}

struct range_map *range_map_alloc(const struct ranges *const *of,
				  unsigned int nr)
{
	struct range_map *map;
	unsigned int room = 3;

	for (unsigned int i = 0; i < nr; i++) {
		room += of[i] ? 2 * of[i]->nr : 0;
	}
	map = heap_alloc(sizeof(*map) + room * sizeof(map->step[0]));
	return map;
}

void range_map_fill(struct range_map *map, const struct ranges *const *of,
		    unsigned int nr)
{
	struct sweep s = { .of = of, .nr = nr };
	struct range_map_step step;

	map->nr = 1;
	while (sweep_next(&s, &step)) {
		/* What begins at 0 takes the place of nothing. */
		map->step[step.first ? map->nr++ : 0] = step;
	}
}

uint8_t range_map_find(const struct range_map *map, uint64_t addr,
		       unsigned int size)
{
	uint64_t last = addr + size - 1;
	const struct range_map_step *s = map->step;
	const struct range_map_step *end = s + map->nr;
	uint8_t servers;

	if (last < addr) {
		return 0;
	}
	for (unsigned int n = map->nr; n > 1;) {
		unsigned int half = n / 2;

		s = s[half].first <= addr ? s + half : s;
		n -= half;
	}
	servers = s->servers;
	while (++s < end && s->first <= last) {
		servers &= s->servers;
	}
	return servers;
}
