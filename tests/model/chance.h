/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that look random and are the same each time, and allocation that
 * fails when it is told to. */
#ifndef MODEL_CHANCE_H
#define MODEL_CHANCE_H

#include <stdint.h>

/* From 0 to @below - 1; @state is not 0. */
static inline uint64_t chance(uint64_t *state, uint64_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % below;
}

/*
 * Allocations of the heap before all that follow fail; FAIL_NEVER. For
 * programs linked with chance.c and --wrap=heap_alloc.
 */
#define FAIL_NEVER (~0u)
extern unsigned int fail_after;

#endif
