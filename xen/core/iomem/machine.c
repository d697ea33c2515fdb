/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of machine pages: regions laid flat. */
#include "iomem/machine.h"

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/region.h"

static struct machine_part *table;
static unsigned int nr_parts;

/* The region that counts at @mfn, and, if none does, where the next begins. */
static const struct region *top_at(const struct region *region, unsigned int nr,
				   uint64_t mfn, uint64_t *end)
{
	const struct region *top = NULL;

	*end = UINT64_MAX;
	for (unsigned int i = 0; i < nr; i++) {
		const struct region *r = &region[i];
		uint64_t first = r->pa.v >> PAGE_SHIFT;
		uint64_t last = first + (r->size >> PAGE_SHIFT) - 1;

		if (first > mfn && first < *end) {
			*end = first;
		} else if (first <= mfn && mfn <= last) {
			if (last + 1 < *end) {
				*end = last + 1;
			}
			if (!top || r->priority >= top->priority) {
				top = r;
			}
		}
	}
	return top;
}

static const struct dt_row *row_of(const struct region *r)
{
	const struct dt_row *row = dt_row_by_name(r->row);

	return row ? row : &dt_row_default;
}

/* One more part at the end, or more of the last one. */
static void append(const struct region *r, struct iomem_range at)
{
	struct machine_part *last = nr_parts ? &table[nr_parts - 1] : NULL;
	const struct dt_row *row = row_of(r);

	if (last && last->at.end == at.first && last->node == r->name &&
	    last->row == row && last->type == r->type) {
		last->at.end = at.end;
		return;
	}
	table[nr_parts++] = (struct machine_part){
		.at = at,
		.node = r->name,
		.row = row,
		.type = r->type,
		.kind = iomem_kind(row, r->type),
	};
}

int machine_init(const struct region *region, unsigned int nr)
{
	uint64_t mfn = 0;
	uint64_t end;

	/* Each region begins one part, and ends one that goes on. */
	table = heap_alloc((2 * nr + 1) * sizeof(*table));
	if (!table) {
		return -XEN_ENOMEM;
	}
	for (; mfn != UINT64_MAX; mfn = end) {
		const struct region *r = top_at(region, nr, mfn, &end);

		if (r) {
			append(r, (struct iomem_range){ mfn, end });
		}
	}
	return 0;
}

void machine_free(void)
{
	heap_free(table);
	table = NULL;
	nr_parts = 0;
}

void machine_seen(struct machine_part *part, struct iomem_range r)
{
	struct iomem_range *seen = &part->dev_mmio;

	if (!seen->end) {
		*seen = r;
	}
	seen->first = min_u64(seen->first, r.first);
	seen->end = max_u64(seen->end, r.end);
}

struct machine_part *machine_find(uint64_t mfn)
{
	unsigned int low = 0, high = nr_parts;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (table[middle].at.end <= mfn) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < nr_parts && table[low].at.first <= mfn ? &table[low]
							    : NULL;
}

struct machine_part *machine_part(unsigned int i)
{
	return i < nr_parts ? &table[i] : NULL;
}
