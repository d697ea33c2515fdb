/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of ranges. Ends may lie at 2^64, so compare last bytes, not ends. */
#include <stdbool.h>

#include <core/bits.h>
#include <core/errno.h>

#include "dt/dt.h"
#include "dt/regions.h"

#define UNUSED_ALIGN (UINT64_C(2) << 20)
#define UNUSED_MIN   (UINT64_C(64) << 20)

static uint64_t last_of(struct dt_range r)
{
	return r.base + (r.size - 1);
}

static bool touches(struct dt_range a, struct dt_range b)
{
	return a.size && b.size && a.base <= last_of(b) && b.base <= last_of(a);
}

/* Whether @cut leaves something of @r on both sides. */
static bool splits(struct dt_range r, struct dt_range cut)
{
	return touches(r, cut) && cut.base > r.base &&
	       last_of(cut) < last_of(r);
}

/* What is left of @r, when that is one piece or nothing. */
static struct dt_range trim(struct dt_range r, struct dt_range cut)
{
	if (!touches(r, cut)) {
		return r;
	}
	if (cut.base > r.base) {
		return (struct dt_range){ r.base, cut.base - r.base };
	}
	if (last_of(cut) < last_of(r)) {
		return (struct dt_range){ last_of(cut) + 1,
					  last_of(r) - last_of(cut) };
	}
	return (struct dt_range){ r.base, 0 };
}

static void split_at(struct dt_range *list, unsigned int nr, unsigned int i,
		     struct dt_range cut)
{
	struct dt_range r = list[i];
	unsigned int j;

	for (j = nr; j > i; j--) {
		list[j] = list[j - 1];
	}
	list[i] = (struct dt_range){ r.base, cut.base - r.base };
	list[i + 1] = (struct dt_range){ last_of(cut) + 1,
					 last_of(r) - last_of(cut) };
}

int dt_ranges_remove(struct dt_range *list, unsigned int *nr, unsigned int max,
		     struct dt_range cut)
{
	unsigned int need = 0;
	unsigned int kept = 0;
	unsigned int i;

	for (i = 0; i < *nr; i++) {
		need += splits(list[i], cut) ? 2 : trim(list[i], cut).size > 0;
	}
	if (need > max) {
		return -XEN_ENOSPC;
	}
	for (i = 0; i < *nr; i++) {
		struct dt_range left =
			splits(list[i], cut) ? list[i] : trim(list[i], cut);

		if (left.size) {
			list[kept++] = left;
		}
	}
	for (i = 0; i < kept; i++) {
		if (splits(list[i], cut)) {
			split_at(list, kept++, i, cut);
		}
	}
	*nr = kept;
	return 0;
}

static void sort(struct dt_range *list, unsigned int nr)
{
	unsigned int i;
	unsigned int j;

	for (i = 1; i < nr; i++) {
		struct dt_range r = list[i];

		for (j = i; j > 0 && list[j - 1].base > r.base; j--) {
			list[j] = list[j - 1];
		}
		list[j] = r;
	}
}

/* @r starts in @into or right behind it: one range. 2^64 bytes would not fit
 * in a size, so the last join to that is left out. */
static bool join(struct dt_range *into, struct dt_range r)
{
	uint64_t last = max_u64(last_of(*into), last_of(r));

	if (r.base > last_of(*into) && r.base != last_of(*into) + 1) {
		return false;
	}
	if (into->base == 0 && last == UINT64_MAX) {
		return false;
	}
	into->size = last - into->base + 1;
	return true;
}

unsigned int dt_ranges_tidy(struct dt_range *list, unsigned int nr)
{
	unsigned int kept = 0;
	unsigned int i;

	sort(list, nr);
	for (i = 0; i < nr; i++) {
		struct dt_range *prev = kept ? &list[kept - 1] : NULL;

		if (list[i].size == 0) {
			continue;
		}
		if (!prev || !join(prev, list[i])) {
			list[kept++] = list[i];
		}
	}
	return kept;
}

/* Room for @r in a list of the largest ones: over the smallest when full. */
static unsigned int keep_largest(struct dt_range *out, unsigned int nr,
				 unsigned int max, struct dt_range r)
{
	unsigned int least = 0;
	unsigned int i;

	if (nr < max) {
		out[nr] = r;
		return nr + 1;
	}
	for (i = 1; i < nr; i++) {
		if (out[i].size < out[least].size) {
			least = i;
		}
	}
	if (nr && out[least].size < r.size) {
		out[least] = r;
	}
	return nr;
}

/* [first, end) without what does not fill 2 MiB; nothing below 64 MiB. */
static struct dt_range usable_gap(uint64_t first, uint64_t end)
{
	uint64_t base = align_up(first, UNUSED_ALIGN);

	end = align_down(end, UNUSED_ALIGN);
	if (base < first || end <= base || end - base < UNUSED_MIN) {
		return (struct dt_range){ base, 0 };
	}
	return (struct dt_range){ base, end - base };
}

unsigned int dt_unused_ranges(struct dt_range *used, unsigned int nr,
			      unsigned int ipa_bits, struct dt_range *out,
			      unsigned int max)
{
	uint64_t end = BIT(ipa_bits) - UNUSED_ALIGN;
	uint64_t next = UNUSED_ALIGN;
	unsigned int kept = 0;
	unsigned int i;

	nr = dt_ranges_tidy(used, nr);
	for (i = 0; i <= nr && next < end; i++) {
		uint64_t until = i < nr ? min_u64(used[i].base, end) : end;
		struct dt_range gap = usable_gap(next, until);

		if (gap.size) {
			kept = keep_largest(out, kept, max, gap);
		}
		if (i < nr && last_of(used[i]) >= next) {
			next = last_of(used[i]) + 1;
		}
		if (next == 0) {
			break; /* the end of all addresses */
		}
	}
	sort(out, kept);
	return kept;
}
