/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables that a map would have if it was made afresh. */
#ifndef FRESH_H
#define FRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/host/host.h"
#include "p2m/p2m.h"

struct page {
	enum p2m_type type;
	uint64_t mfn;
	struct s2_attr attr;
};

/* Guest frames [first, first + nr); all others are empty. */
struct fresh_map {
	const struct page *page;
	uint64_t first;
	uint64_t nr;
};

/* Whether @b is what follows @off pages after @a. */
bool same_page(const struct page *a, const struct page *b, uint64_t off);

/* For an address space of 39 bits: one root page, of level 1. */
struct host_shape fresh_shape(const struct fresh_map *map);

#endif
