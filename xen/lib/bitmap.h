/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps that are set by anybody at any time, without a lock: each change is
 * an atomic one of a word. Bit n is bit n % 64 of word n / 64.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <stdint.h>

#include <core/bits.h>

#define BITMAP_WORD 64

static inline uint64_t bitmap_words(uint64_t bits)
{
	return (bits + BITMAP_WORD - 1) / BITMAP_WORD;
}

/* Bits [at, at + nr) of a word; @nr from 1 to what is left of it. */
static inline uint64_t bitmap_mask(unsigned int at, unsigned int nr)
{
	return ~UINT64_C(0) >> (BITMAP_WORD - nr) << at;
}

/* Set bits [first, first + nr). */
void bitmap_set(uint64_t *map, uint64_t first, uint64_t nr);

/* Bits [first, first + nr), the first as bit 0; @nr from 1 to 64. */
uint64_t bitmap_get(const uint64_t *map, uint64_t first, unsigned int nr);

/* The same, and they are clear then. */
uint64_t bitmap_take(uint64_t *map, uint64_t first, unsigned int nr);

/* Set those of bits [first, first + nr) that @bits has, the first as bit 0;
 * @nr from 1 to 64. */
void bitmap_or(uint64_t *map, uint64_t first, unsigned int nr, uint64_t bits);

/* How many of bits [0, nr) are set. */
uint64_t bitmap_count(const uint64_t *map, uint64_t nr);

#endif
