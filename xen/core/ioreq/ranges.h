/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte ranges: those of one server, and those of all as one map. */
#ifndef IOREQ_RANGES_H
#define IOREQ_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

/* As many as Xen lets a server have, after neighbours became one. */
#define RANGES_MAX 256

/* First and last byte. */
struct range {
	uint64_t first;
	uint64_t last;
};

/* Sorted; disjoint, and not adjacent. */
struct ranges {
	unsigned int nr;
	unsigned int room;
	struct range *range;
};

/* -XEN_EEXIST (some of it is there), -XEN_ENOSPC (too many), -XEN_ENOMEM. */
int ranges_add(struct ranges *r, struct range new) __must_check;
/* -XEN_ENOENT (not all of it is there), -XEN_ENOSPC, -XEN_ENOMEM. */
int ranges_del(struct ranges *r, struct range old) __must_check;
void ranges_free(struct ranges *r);

/* From @first on, up to the next one: a bit for each server that has it. */
struct range_map_step {
	uint64_t first;
	uint8_t servers;
};

struct range_map {
	unsigned int nr;
	struct range_map_step step[]; /* the first is at 0 */
};

/* Room for the ranges of @nr servers, some NULL, and for one more. NULL when
 * out of memory; ends by heap_free(). */
struct range_map *range_map_alloc(const struct ranges *const *of,
				  unsigned int nr) __must_check;
void range_map_fill(struct range_map *map, const struct ranges *const *of,
		    unsigned int nr);

/* The servers that have all of [addr, addr + size). */
uint8_t range_map_find(const struct range_map *map, uint64_t addr,
		       unsigned int size);

#endif
