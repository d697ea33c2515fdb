/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside memmap/: the map itself. */
#ifndef MEMMAP_INTERNAL_H
#define MEMMAP_INTERNAL_H

#include <core/list.h>
#include <core/lock.h>

#include "memmap/memmap.h"

struct memmap {
	const struct flat_view *view; /* in force; atomic      */
	struct spinlock lock;	      /* the rest, and commits */
	struct p2m *p2m;
	struct list regions; /* by ascending address           */
	struct list ranked;  /* what hides others comes first  */
	unsigned int nr;
};

static inline const struct flat_view *view_in_force(const struct memmap *map)
{
	return __atomic_load_n(&map->view, __ATOMIC_ACQUIRE);
}

#endif
