/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/bitmap.h"

static unsigned int left_in_word(uint64_t bit)
{
	return BITMAP_WORD - bit % BITMAP_WORD;
}

void bitmap_set(uint64_t *map, uint64_t first, uint64_t nr)
{
	while (nr) {
		unsigned int n = min_u64(nr, left_in_word(first));

		__atomic_fetch_or(&map[first / BITMAP_WORD],
				  bitmap_mask(first % BITMAP_WORD, n),
				  __ATOMIC_RELAXED);
		first += n;
		nr -= n;
	}
}

uint64_t bitmap_get(const uint64_t *map, uint64_t first, unsigned int nr)
{
	unsigned int at = first % BITMAP_WORD, low = left_in_word(first);
	const uint64_t *word = &map[first / BITMAP_WORD];
	uint64_t bits = __atomic_load_n(word, __ATOMIC_RELAXED) >> at;

	if (nr > low) {
		bits |= __atomic_load_n(word + 1, __ATOMIC_RELAXED) << low;
	}
	return bits & bitmap_mask(0, nr);
}

/* Bits of one word. */
static uint64_t take_low(uint64_t *word, unsigned int at, unsigned int nr)
{
	uint64_t mask = bitmap_mask(at, nr);

	return (__atomic_fetch_and(word, ~mask, __ATOMIC_RELAXED) & mask) >> at;
}

uint64_t bitmap_take(uint64_t *map, uint64_t first, unsigned int nr)
{
	uint64_t *word = &map[first / BITMAP_WORD];
	unsigned int low = min_u64(nr, left_in_word(first));
	uint64_t bits = take_low(word, first % BITMAP_WORD, low);

	if (nr > low) {
		bits |= take_low(word + 1, 0, nr - low) << low;
	}
	return bits;
}

void bitmap_or(uint64_t *map, uint64_t first, unsigned int nr, uint64_t bits)
{
	uint64_t *word = &map[first / BITMAP_WORD];
	unsigned int low = left_in_word(first);

	bits &= bitmap_mask(0, nr);
	__atomic_fetch_or(word, bits << first % BITMAP_WORD, __ATOMIC_RELAXED);
	if (nr > low) {
		__atomic_fetch_or(word + 1, bits >> low, __ATOMIC_RELAXED);
	}
}

uint64_t bitmap_count(const uint64_t *map, uint64_t nr)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < nr; at += BITMAP_WORD) {
		unsigned int n = min_u64(nr - at, BITMAP_WORD);

		for (uint64_t w = bitmap_get(map, at, n); w; w &= w - 1) {
			sum++;
		}
	}
	return sum;
}
