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
 * there is now, commit. All of them once for a commit, in however many turns
 * the p2m is changed. A span that is told begins and ends where the change
 * does, which may be inside the span of the view. NULL for what does not
 * matter.
 *
 * What a listener may rely on, always with the map's lock and the p2m's held:
 * - prepare is the last thing before the new view is published, and the only
 *   one that may fail. The p2m can do its part by then, and is as before. If
 *   the commit takes several turns, the domain's vCPUs are held out already.
 * - When begin to commit are called, the new view is in force and the p2m is
 *   what it says, all of it. What went away has been flushed, but for what was
 *   changed in this turn: that is flushed when the locks are released, before
 *   frames are used again and before a vCPU that was held out goes on.
 * - Regions, handlers and spans of both views stay until commit has returned.
 * Each is to be quick: it has the locks.
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
