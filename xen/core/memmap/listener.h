/* SPDX-License-Identifier: BSD-2-Clause */
/* Who must know of changes of the memory map. */
#ifndef MEMMAP_LISTENER_H
#define MEMMAP_LISTENER_H

#include <core/compiler.h>

#include "memmap/span.h"

struct memmap;

/* A commit under way. Outside of the stretches that are told nothing changes. */
struct memmap_change {
	const struct memmap *map;
	const struct flat_view *old;
	const struct flat_view *new;
	const struct dirty *dirty; /* where the two may differ */
};

/*
 * A listener of commits. For each: prepare; then begin, del and log_stop of
 * what goes away by ascending address, add, unchanged, log_start of what
 * there is now, commit. Each but prepare is told after the new view has been
 * published and may not fail; NULL for what does not matter. The map's lock
 * and the p2m's are held. A span that is told begins and ends where the
 * change does, which may be inside the span of the view.
 *
 * The p2m is the first listener of each map.
 */
struct memmap_listener {
	const char *name;
	/* May fail, with nothing changed; else commit or cancel follows. */
	int (*prepare)(void *opaque, const struct memmap_change *change);
	void (*cancel)(void *opaque);
	void (*begin)(void *opaque);
	void (*del)(void *opaque, const struct span *span);
	void (*add)(void *opaque, const struct span *span);
	void (*unchanged)(void *opaque, const struct span *span);
	/* Dirty logging of what shows; after add, before del. */
	void (*log_start)(void *opaque, const struct span *span);
	void (*log_stop)(void *opaque, const struct span *span);
	void (*commit)(void *opaque);
	void *opaque;
	struct memmap_listener *next;
};

/* Not while a commit is under way. The listener hears of what shows already
 * by add, as one change. Takes the map's lock. */
void memmap_listen(struct memmap *map, struct memmap_listener *listener);
/* It hears that all goes away. */
void memmap_unlisten(struct memmap *map, struct memmap_listener *listener);

#endif
