/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles: what a domain has mapped of others' grants. */
#include <core/bits.h>
#include <core/bug.h>

#include "frame/heap.h"
#include "gnttab/internal.h"

int maptrack_init(struct maptrack *track, uint32_t limit)
{
	track->limit = limit;
	track->free = NO_HANDLE;
	track->chunk =
		heap_alloc(limit / HANDLES_PER_CHUNK * sizeof(*track->chunk));
	return track->chunk ? 0 : -XEN_ENOMEM;
}

void maptrack_release(struct maptrack *track)
{
	uint32_t handle;

	for (handle = 0; handle < track->nr; handle += HANDLES_PER_CHUNK) {
		heap_free(track->chunk[handle / HANDLES_PER_CHUNK]);
	}
	heap_free(track->chunk);
}

/* @handle is below track->nr. */
static struct mapping *mapping_of(struct maptrack *track, grant_handle_t handle)
{
	return &track->chunk[handle / HANDLES_PER_CHUNK]
			    [handle % HANDLES_PER_CHUNK];
}

/* One more handle than ever before. Lock held. */
static grant_handle_t extend(struct maptrack *track)
{
	if (track->nr >= track->limit) {
		return NO_HANDLE;
	}
	if (track->nr % HANDLES_PER_CHUNK == 0) {
		struct mapping *chunk =
			heap_alloc(HANDLES_PER_CHUNK * sizeof(*chunk));

		if (!chunk) {
			return NO_HANDLE;
		}
		track->chunk[track->nr / HANDLES_PER_CHUNK] = chunk;
	}
	return track->nr++;
}

grant_handle_t maptrack_take(struct maptrack *track)
{
	grant_handle_t handle;

	spin_lock(&track->lock);
	handle = track->free;
	if (handle != NO_HANDLE) {
		track->free = mapping_of(track, handle)->ref;
	} else {
		handle = extend(track);
	}
	if (handle != NO_HANDLE) {
		mapping_of(track, handle)->state = MAPPING_TAKEN;
	}
	spin_unlock(&track->lock);
	return handle;
}

void maptrack_set(struct maptrack *track, grant_handle_t handle,
		  const struct mapping *m)
{
	spin_lock(&track->lock);
	*mapping_of(track, handle) = *m;
	spin_unlock(&track->lock);
}

bool maptrack_claim(struct maptrack *track, grant_handle_t handle,
		    struct mapping *m)
{
	bool live = false;

	spin_lock(&track->lock);
	if (handle < track->nr) {
		struct mapping *at = mapping_of(track, handle);

		live = at->state == MAPPING_LIVE;
		if (live) {
			*m = *at;
			at->state = MAPPING_BUSY;
		}
	}
	spin_unlock(&track->lock);
	return live;
}

void maptrack_unclaim(struct maptrack *track, grant_handle_t handle)
{
	spin_lock(&track->lock);
	ASSERT(mapping_of(track, handle)->state == MAPPING_BUSY);
	mapping_of(track, handle)->state = MAPPING_LIVE;
	spin_unlock(&track->lock);
}

void maptrack_put(struct maptrack *track, grant_handle_t handle)
{
	struct mapping *at;

	spin_lock(&track->lock);
	at = mapping_of(track, handle);
	ASSERT(at->state == MAPPING_TAKEN || at->state == MAPPING_BUSY);
	*at = (struct mapping){ .state = MAPPING_FREE, .ref = track->free };
	track->free = handle;
	spin_unlock(&track->lock);
}

bool maptrack_find(struct maptrack *track, mfn_t mfn, grant_handle_t *from,
		   uint32_t nr)
{
	bool found = false;
	uint64_t end;

	spin_lock(&track->lock);
	end = min_u64(track->nr, (uint64_t)*from + nr);
	for (; *from < end && !found; ++*from) {
		const struct mapping *at = mapping_of(track, *from);

		found = at->state == MAPPING_LIVE && mfn_eq(at->mfn, mfn);
	}
	if (*from >= track->nr) {
		*from = NO_HANDLE;
	}
	spin_unlock(&track->lock);
	return found;
}
