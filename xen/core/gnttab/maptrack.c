/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles: what a domain has mapped of others' grants. */
#include <core/bits.h>

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
	/* Who sees the number sees the chunk. */
	__atomic_store_n(&track->nr, track->nr + 1, __ATOMIC_RELEASE);
	return track->nr - 1;
}

struct mapping *maptrack_take(struct maptrack *track, grant_handle_t *handle)
{
	struct mapping *m = NULL;

	spin_lock(&track->lock);
	*handle = track->free;
	if (unlikely(*handle == NO_HANDLE)) {
		*handle = extend(track);
	} else {
		track->free = mapping_of(track, *handle)->ref;
	}
	if (likely(*handle != NO_HANDLE)) {
		m = mapping_of(track, *handle);
		m->state = MAPPING_TAKEN;
	}
	spin_unlock(&track->lock);
	return m;
}

struct mapping *maptrack_claim(struct maptrack *track, grant_handle_t handle)
{
	uint8_t state = MAPPING_LIVE;
	struct mapping *m;

	if (handle >= __atomic_load_n(&track->nr, __ATOMIC_ACQUIRE)) {
		return NULL;
	}
	m = mapping_of(track, handle);
	return __atomic_compare_exchange_n(&m->state, &state, MAPPING_BUSY,
					   false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED)
		       ? m
		       : NULL;
}

void maptrack_put(struct maptrack *track, grant_handle_t handle)
{
	struct mapping *m = mapping_of(track, handle);

	spin_lock(&track->lock);
	__atomic_store_n(&m->state, MAPPING_FREE, __ATOMIC_RELAXED);
	m->ref = track->free;
	track->free = handle;
	spin_unlock(&track->lock);
}

bool maptrack_find(struct maptrack *track, mfn_t mfn, grant_handle_t *from,
		   uint32_t nr)
{
	uint32_t all = __atomic_load_n(&track->nr, __ATOMIC_ACQUIRE);
	uint64_t end = min_u64(all, (uint64_t)*from + nr);
	bool found = false;

	for (; *from < end && !found; ++*from) {
		const struct mapping *m = mapping_of(track, *from);

		found = __atomic_load_n(&m->state, __ATOMIC_ACQUIRE) ==
				MAPPING_LIVE &&
			mfn_eq(m->mfn, mfn);
	}
	if (*from >= all) {
		*from = NO_HANDLE;
	}
	return found;
}
