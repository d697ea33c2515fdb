/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a commit does before others get a turn. */
#ifndef MEMMAP_BUDGET_H
#define MEMMAP_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include <core/bits.h>

/*
 * The unit is what it takes to look at a table of descriptors: about 512
 * reads. References cost more: so many of them are one unit.
 */
#define BUDGET_FRAMES 64

/* What a turn may cost: less than a millisecond, whatever is in the p2m. */
#define BUDGET_TURN 1024

struct budget {
	uint64_t left;
};

static inline void budget_spend(struct budget *b, uint64_t cost)
{
	b->left -= min_u64(b->left, cost);
}

static inline bool budget_is_spent(const struct budget *b)
{
	return !b->left;
}

/* How many frames may be counted with what is left; at least one unit. */
static inline uint64_t budget_frames(const struct budget *b)
{
	return b->left < UINT32_MAX ? (b->left ? b->left : 1) * BUDGET_FRAMES
				    : UINT64_MAX;
}

static inline void budget_spend_frames(struct budget *b, uint64_t nr)
{
	budget_spend(b, nr / BUDGET_FRAMES + 1);
}

#endif
