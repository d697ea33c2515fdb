/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions become whole pages. Where two of one row meet they become one;
 * where two rows meet, both stay and priority tells which one shows.
 */
#include <core/addr.h>
#include <core/bits.h>

#include "dt/place.h"
#include "dt/read.h"
#include "memmap/memmap.h"

static uint64_t last_of(const struct region *r)
{
	return r->ipa.v + (r->size - 1);
}

/* By first byte; the longer one first, so that outer precedes inner. */
static bool before(const struct region *a, const struct region *b)
{
	return a->ipa.v != b->ipa.v ? a->ipa.v < b->ipa.v : a->size > b->size;
}

/* Shell's sort: short, in place, and quick on what is nearly sorted. */
static void sort(struct region *region, unsigned int nr)
{
	unsigned int gap;
	unsigned int i;
	unsigned int j;

	for (gap = nr / 2; gap > 0; gap /= 2) {
		for (i = gap; i < nr; i++) {
			struct region r = region[i];

			for (j = i; j >= gap && before(&r, &region[j - gap]);
			     j -= gap) {
				region[j] = region[j - gap];
			}
			region[j] = r;
		}
	}
}

static void tell_shared(const struct region *a, const struct region *b,
			const struct dt_report *report)
{
	unsigned long long at = b->ipa.v;

	if (b->ipa.v <= last_of(a)) {
		dt_tell_tree(report, DT_OVERLAP,
			     "%.48s (%s) overlaps %.48s (%s) at 0x%llx",
			     b->name, b->row, a->name, a->row, at);
	} else {
		dt_tell_tree(report, DT_NEIGHBOUR,
			     "%.48s (%s) shares page 0x%llx with %.48s (%s)",
			     b->name, b->row, at & PAGE_MASK, a->name, a->row);
	}
}

static bool meet(const struct region *a, const struct region *b)
{
	return b->ipa.v >> PAGE_SHIFT <= last_of(a) >> PAGE_SHIFT;
}

/* @b starts behind @a and meets it. */
static void join(struct region *a, const struct region *b)
{
	uint64_t last = max_u64(last_of(a), last_of(b));

	a->size = last - a->ipa.v + 1;
}

static void round_out(struct region *r)
{
	uint64_t last = last_of(r) | (PAGE_SIZE - 1);

	r->ipa.v &= PAGE_MASK;
	r->pa.v &= PAGE_MASK;
	r->size = last - r->ipa.v + 1;
}

/* Whether @next became part of a region of its row that it meets. */
static bool take_in(struct region *region, unsigned int kept,
		    const struct region *next, const struct dt_report *report)
{
	struct region *same = NULL;
	unsigned int i;

	for (i = 0; i < kept; i++) {
		if (!meet(&region[i], next)) {
			continue;
		}
		tell_shared(&region[i], next, report);
		if (region[i].row == next->row) {
			same = &region[i];
		}
	}
	if (same) {
		join(same, next);
	}
	return same;
}

unsigned int dt_regions_finish(struct region *region, unsigned int nr,
			       const struct dt_report *report)
{
	unsigned int kept = 0;
	unsigned int i;

	sort(region, nr);
	for (i = 0; i < nr; i++) {
		if (!take_in(region, kept, &region[i], report)) {
			region[kept++] = region[i];
		}
	}
	for (i = 0; i < kept; i++) {
		round_out(&region[i]);
	}
	return kept;
}
