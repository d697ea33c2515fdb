/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared frames of a grant table: growing, and where the guest sees them. */
#include <arch/cache.h>
#include <arch/map.h>
#include <core/bug.h>

#include "frame/frame.h"
#include "frame/heap.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"

/* The page may be mapped before caches are on, so it starts clean. */
static bool make_frame(struct grant_frame *f)
{
	mfn_t mfn;

	f->active = heap_alloc(ENTRIES_PER_FRAME * sizeof(*f->active));
	if (!f->active) {
		return false;
	}
	mfn = frame_alloc(0, FRAME_OWNER_XEN);
	if (mfn_eq(mfn, MFN_INVALID)) {
		heap_free(f->active);
		return false;
	}
	arch_clear_frames(mfn, 1);
	f->entry = mfn_to_ptr(mfn);
	arch_cache_clean_inval(f->entry, PAGE_SIZE);
	return true;
}

/* gt->lock held. What was made stays when a later frame fails. */
int gnttab_grow(struct gnttab *gt, uint32_t nr_frames)
{
	while (gt->nr_frames < nr_frames) {
		if (!make_frame(&gt->frame[gt->nr_frames])) {
			return -XEN_ENOMEM;
		}
		gt->gfn[gt->nr_frames] = GFN_INVALID.v;
		/* Who sees the number sees the frame. */
		__atomic_store_n(&gt->nr_frames, gt->nr_frames + 1,
				 __ATOMIC_RELEASE);
	}
	return 0;
}

int gnttab_shared_frame(struct domain *d, uint64_t idx, mfn_t *mfn)
{
	struct gnttab *gt = d->gnttab;
	int rc;

	if (idx >= gt->max_frames) {
		return -XEN_EINVAL;
	}
	spin_lock(&gt->lock);
	rc = gnttab_grow(gt, idx + 1);
	if (!rc) {
		*mfn = ptr_to_mfn(gt->frame[idx].entry);
	}
	spin_unlock(&gt->lock);
	return rc;
}

/* What was noted holds as long as the p2m still says so. */
gfn_t gnttab_frame_gfn(const struct domain *d, struct p2m_locked l,
		       uint64_t idx)
{
	const struct gnttab *gt = d->gnttab;
	struct p2m_entry e;
	gfn_t gfn;

	if (idx >= __atomic_load_n(&gt->nr_frames, __ATOMIC_ACQUIRE)) {
		return GFN_INVALID;
	}
	gfn = GFN(__atomic_load_n(&gt->gfn[idx], __ATOMIC_RELAXED));
	e = p2m_lookup(l, gfn);
	return e.type == P2M_XEN &&
			       mfn_eq(e.mfn, ptr_to_mfn(gt->frame[idx].entry))
		       ? gfn
		       : GFN_INVALID;
}

void gnttab_frame_set_gfn(struct domain *d, uint64_t idx, gfn_t gfn)
{
	struct gnttab *gt = d->gnttab;

	ASSERT(idx < gt->nr_frames);
	__atomic_store_n(&gt->gfn[idx], gfn.v, __ATOMIC_RELAXED);
}

uint32_t gnttab_max_frames(const struct domain *d)
{
	return d->gnttab->max_frames;
}

static void release(struct gnttab *gt)
{
	uint32_t i;

	for (i = 0; i < gt->nr_frames; i++) {
		frame_put(ptr_to_mfn(gt->frame[i].entry));
		heap_free(gt->frame[i].active);
	}
	heap_free(gt->frame);
	heap_free(gt->gfn);
	maptrack_release(&gt->maptrack);
	heap_free(gt);
}

int gnttab_domain_init(struct domain *d, unsigned int max_frames,
		       unsigned int max_maptrack)
{
	struct gnttab *gt = heap_alloc(sizeof(*gt));

	ASSERT(max_frames);
	if (!gt) {
		return -XEN_ENOMEM;
	}
	gt->max_frames = max_frames;
	gt->frame = heap_alloc(max_frames * sizeof(*gt->frame));
	gt->gfn = heap_alloc(max_frames * sizeof(*gt->gfn));
	if (!gt->frame || !gt->gfn ||
	    maptrack_init(&gt->maptrack, max_maptrack * HANDLES_PER_CHUNK) ||
	    gnttab_grow(gt, 1)) {
		release(gt);
		return -XEN_ENOMEM;
	}
	d->gnttab = gt;
	return 0;
}

static bool in_use(const struct gnttab *gt)
{
	uint32_t ref;

	for (ref = 0; ref < gt->nr_frames * ENTRIES_PER_FRAME; ref++) {
		if (gt->frame[ref / ENTRIES_PER_FRAME]
			    .active[ref % ENTRIES_PER_FRAME]
			    .readers) {
			return true;
		}
	}
	return false;
}

bool gnttab_release_mapped(struct domain *d, uint64_t *next, uint32_t nr)
{
	struct maptrack *track = &d->gnttab->maptrack;

	for (; nr && *next < track->nr; nr--, ++*next) {
		const struct mapping *m = maptrack_claim(track, *next);

		/* The granter may be dead; the pin has kept it. */
		if (m) {
			grant_unpin(domain_of_id(m->granter), m->ref,
				    m->access);
			maptrack_put(track, *next);
		}
	}
	return *next >= track->nr;
}

void gnttab_domain_destroy(struct domain *d)
{
	struct gnttab *gt = d->gnttab;
	uint64_t next = 0;

	(void)gnttab_release_mapped(d, &next, gt->maptrack.nr);
	/* Others' mappings would go on counting in freed memory. */
	BUG_ON(in_use(gt));
	release(gt);
	d->gnttab = NULL;
}
