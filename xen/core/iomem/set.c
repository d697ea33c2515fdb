/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of frames: every change is a stretch of ranges replaced by others. */
#include "iomem/set.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"

#define FIRST_ROOM 8

/* The first range that ends above @frame. */
static unsigned int find(const struct iomem_set *set, uint64_t frame)
{
	unsigned int low = 0, high = set->nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (set->range[middle].end <= frame) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static int make_room(struct iomem_set *set, unsigned int nr)
{
	unsigned int room = set->room ? 2 * set->room : FIRST_ROOM;
	struct iomem_range *more;

	if (nr <= set->room) {
		return 0;
	}
	more = heap_alloc(room * sizeof(*more));
	if (!more) {
		return -XEN_ENOMEM;
	}
	if (set->nr) {
		memcpy(more, set->range, set->nr * sizeof(*more));
	}
	heap_free(set->range);
	set->range = more;
	set->room = room;
	return 0;
}

/* Ranges [@i, @j) become the @nr ranges @with; one more than before at most. */
static int replace(struct iomem_set *set, unsigned int i, unsigned int j,
		   const struct iomem_range *with, unsigned int nr)
{
	unsigned int left = set->nr - (j - i) + nr;

	if (make_room(set, left)) {
		return -XEN_ENOMEM;
	}
	memmove(&set->range[i + nr], &set->range[j],
		(set->nr - j) * sizeof(*set->range));
	for (unsigned int k = 0; k < nr; k++) {
		set->range[i + k] = with[k];
	}
	set->nr = left;
	return 0;
}

int iomem_set_add(struct iomem_set *set, struct iomem_range r)
{
	unsigned int i = find(set, r.first ? r.first - 1 : 0);
	unsigned int j = i;

	while (j < set->nr && set->range[j].first <= r.end) {
		r.first = min_u64(r.first, set->range[j].first);
		r.end = max_u64(r.end, set->range[j].end);
		j++;
	}
	return replace(set, i, j, &r, 1);
}

int iomem_set_remove(struct iomem_set *set, struct iomem_range r)
{
	unsigned int i = find(set, r.first);
	unsigned int j = i;
	struct iomem_range rest[2];
	unsigned int nr = 0;

	while (j < set->nr && set->range[j].first < r.end) {
		j++;
	}
	if (j == i) {
		return 0;
	}
	if (set->range[i].first < r.first) {
		rest[nr++] =
			(struct iomem_range){ set->range[i].first, r.first };
	}
	if (set->range[j - 1].end > r.end) {
		rest[nr++] =
			(struct iomem_range){ r.end, set->range[j - 1].end };
	}
	return replace(set, i, j, rest, nr);
}

uint64_t iomem_set_run(const struct iomem_set *set, uint64_t frame)
{
	unsigned int i = find(set, frame);

	return i < set->nr && set->range[i].first <= frame
		       ? set->range[i].end - frame
		       : 0;
}

uint64_t iomem_set_gap(const struct iomem_set *set, uint64_t frame)
{
	unsigned int i = find(set, frame);

	if (i == set->nr) {
		return UINT64_MAX;
	}
	return set->range[i].first > frame ? set->range[i].first - frame : 0;
}

void iomem_set_free(struct iomem_set *set)
{
	heap_free(set->range);
	*set = (struct iomem_set){ 0 };
}
