/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside memmap/: who is logged, and the commit's part in it. */
#ifndef MEMMAP_LOG_STATE_H
#define MEMMAP_LOG_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>
#include <core/list.h>

#include "memmap/region.h"
#include "p2m/p2m.h"

struct memmap;
struct span;

/* What a region's pages were at when they were last in sight. Views that may
 * be read have pointers to it: it goes after the commit that ends it. */
struct written {
	struct list all;
	struct region *region; /* NULL: it is other RAM now           */
	paddr_t pa;	       /* of the region, as is @nr            */
	uint64_t nr;	       /* pages                               */
	bool ended;	       /* the next commit ends it             */
	bool gone;	       /* with its region; likewise           */
	bool ending;	       /* and is doing so, if it is still one */
	uint64_t map[];	       /* bitmap, by page of the region; atomic */
};

/* Of a map; guarded by its lock, bitmaps by the p2m's or atomic. */
struct logs {
	struct list all;
	unsigned int nr; /* atomic */
	bool paused;	 /* what the p2m tells is the commit's doing */
	struct p2m_listener to_map;
};

void logs_init(struct memmap *map);
void logs_destroy(struct memmap *map);

/* @region shall be logged, if it is RAM that the guest may write to and its
 * flag says so. Map's lock held. -XEN_ENOMEM: nothing has changed. */
int log_begin(struct memmap *map, struct region *region) __must_check;
/* It shall not, from the next commit on. */
void log_end(struct region *region);
/*
 * @region leaves the tree, with all that is in it: the next commit ends their
 * logs. Or it comes back before that one has succeeded; then they go on, if
 * it is the same RAM.
 */
void log_leave(struct memmap *map, const struct region *region);
void log_come_back(struct memmap *map, const struct region *region);

/*
 * A callback with the struct commit of a map: a part of a span goes out of
 * sight, or is not logged any more. From here on no vCPU writes to it before
 * the commit is done, or what it writes is lost.
 */
void log_harvest(void *opaque, const struct span *span);

/* What leaves the p2m in between is the commit's doing. */
void log_pause(struct memmap *map);
void log_go_on(struct memmap *map, struct p2m_locked l);

/* A commit begins: what has ended by now is over when it is. */
void log_prepare(struct memmap *map);
/* It has succeeded, and nobody can see the old view any more. */
void log_settle(struct memmap *map);

#endif
