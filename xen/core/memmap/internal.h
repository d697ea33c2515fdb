/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside memmap/: the map itself, and what parts of it changed. */
#ifndef MEMMAP_INTERNAL_H
#define MEMMAP_INTERNAL_H

#include <core/list.h>
#include <core/lock.h>

#include "memmap/commit.h"
#include "memmap/listener.h"
#include "memmap/log_state.h"
#include "memmap/memmap.h"

/* Guest addresses [from, to). */
struct window {
	uint64_t from;
	uint64_t to;
};

/* What may show something else than in the view in force: sorted, disjoint
 * and not adjacent; where there is no room for more, the nearest join. */
struct dirty {
	struct window window[MAX_WINDOWS];
	unsigned int nr;
};

void dirty_add(struct dirty *dirty, struct window w);

/* How far a commit is. */
enum transit_stage {
	TRANSIT_NONE,
	TRANSIT_PREPARE,
	TRANSIT_UNDO, /* it failed, or is to begin anew */
	TRANSIT_READY,
	TRANSIT_APPLY, /* the new view is in force */
};

/* Whether the domain's vCPUs are held out of the guest for it. */
enum transit_hold {
	HOLD_NONE,
	HOLD_COMES, /* somebody is about to */
	HOLD_IS,
};

/* A commit under way: what is remembered from turn to turn. */
struct transit {
	enum transit_stage stage; /* atomic: written with both locks held */
	enum transit_hold hold;
	struct vcpu *by; /* as hold() was told */
	struct memmap_change c;
	struct dirty dirty;    /* of the change; changes since are the map's */
	struct list fresh;     /* regions likewise                           */
	struct p2m_stats seen; /* how the p2m was at the end of the turn */
	unsigned int nr_anew;  /* times that it had to begin anew */
	int error;	       /* UNDO: what to answer; 0: begin anew */
	uint64_t turn;	       /* what a turn may cost            */
};

struct memmap {
	const struct flat_view *view; /* in force; atomic      */
	uint64_t generation;	      /* views so far; atomic  */
	struct spinlock lock;	      /* the rest, and commits */
	struct p2m *p2m;
	struct region root;
	struct dirty dirty;
	struct list fresh; /* regions that have come, moved, or been enabled */
	uint64_t nr_changes; /* of the tree   */
	uint64_t nr_ranks;   /* given to regions */
	bool open;	     /* a transaction */
	struct memmap_listener *listeners;
	struct commit commit; /* what the p2m, the first to know, does */
	struct memmap_listener to_p2m; /* told before the p2m changes */
	struct transit transit;
	struct logs logs;
	const struct memmap_owner *owner; /* or NULL */
	void *owner_arg;
};

static inline const struct flat_view *view_in_force(const struct memmap *map)
{
	return __atomic_load_n(&map->view, __ATOMIC_ACQUIRE);
}

/*
 * Prepare all listeners for a change, or none; tell them that it is done
 * (listen.c). The map's lock and the p2m's are held.
 */
int listeners_prepare(struct memmap *map,
		      const struct memmap_change *c) __must_check;
void listeners_tell(struct memmap *map, const struct memmap_change *c);
void listener_tell(struct memmap_listener *l, const struct memmap_change *c);

static inline struct region *region_of_place(struct range_node *node)
{
	return node ? container_of(node, struct region, place) : NULL;
}

/* What is in a container at [from, to) of it, by address: the first one, and
 * the one after @r; or NULL. */
static inline struct region *region_child(const struct region *container,
					  uint64_t from, uint64_t to)
{
	return region_of_place(ranges_first(&container->children, from, to));
}

static inline struct region *region_sibling(const struct region *r,
					    uint64_t from, uint64_t to)
{
	return region_of_place(ranges_next(&r->place, from, to));
}

/* The region after @r in the tree below @root, or NULL: by address, what is in
 * a container after it (memmap.c). The map's lock is held, as below. */
const struct region *region_next(const struct region *root,
				 const struct region *r);

/* Whether it has come, moved, or been enabled since the last commit. */
static inline bool region_is_fresh(const struct region *region)
{
	return region->fresh.next && !list_empty(&region->fresh);
}

/* Tell the owner what @c hides that was not hidden before (hidden.c). */
void hidden_tell(struct memmap *map, const struct memmap_change *c);

/* What the view in force hides of @region (hidden.c). */
void hidden_of(const struct memmap *map, const struct region *region,
	       void (*fn)(const struct hidden *h, void *arg), void *arg);

/* Whether @region shows if nothing hides it: there is a way up to the root. */
bool region_is_attached(const struct memmap *map, const struct region *region);

#endif
