/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is next: a pairing heap by virtual time, and by arrival among equals.
 * Adding takes a few steps, taking out O(log n) of them on average.
 */
#ifndef SCHED_TURNS_H
#define SCHED_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what waits; @time is set before it is added and stays. */
struct turn {
	uint64_t time;
	uint64_t arrival;
	struct turn *child; /* the first; later or equal, as all of them */
	struct turn *next;  /* sibling                                   */
	struct turn *prev;  /* sibling, or the parent of the first       */
};

/* All zero is empty. */
struct turns {
	struct turn *first; /* whose turn it is, or NULL */
	uint64_t arrivals;
};

/* Virtual times are compared by distance, so they may wrap. */
static inline bool turn_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

void turns_add(struct turns *turns, struct turn *t);
/* @t is in it. */
void turns_del(struct turns *turns, struct turn *t);

#endif
