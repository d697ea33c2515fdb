/* SPDX-License-Identifier: BSD-2-Clause */
#include "memmap/held.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/frame.h"
#include "frame/heap.h"

void frames_put(mfn_t mfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		frame_put(mfn_add(mfn, i));
	}
}

int frames_get(uint16_t owner, mfn_t mfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		int rc = frame_get(mfn_add(mfn, i), owner);

		if (rc) {
			frames_put(mfn, i);
			return rc;
		}
	}
	return 0;
}

static int grow(struct held *h)
{
	unsigned int room = h->room ? 2 * h->room : 16;
	struct held_run *run = heap_alloc(room * sizeof(*run));

	if (!run) {
		return -XEN_ENOMEM;
	}
	if (h->nr) {
		memcpy(run, h->run, h->nr * sizeof(*run));
	}
	heap_free(h->run);
	h->run = run;
	h->room = room;
	return 0;
}

int held_add(struct held *h, mfn_t mfn, uint64_t nr)
{
	struct held_run *last = h->nr ? &h->run[h->nr - 1] : NULL;

	if (last && mfn_eq(mfn_add(last->mfn, last->nr), mfn)) {
		last->nr += nr;
		h->frames += nr;
		return 0;
	}
	if (h->nr == h->room && grow(h)) {
		return -XEN_ENOMEM;
	}
	h->run[h->nr++] = (struct held_run){ mfn, nr };
	h->frames += nr;
	return 0;
}

bool held_put(struct held *h, struct budget *b)
{
	while (h->nr && !budget_is_spent(b)) {
		struct held_run *last = &h->run[h->nr - 1];
		uint64_t nr = min_u64(last->nr, budget_frames(b));

		last->nr -= nr;
		frames_put(mfn_add(last->mfn, last->nr), nr);
		budget_spend_frames(b, nr);
		if (!last->nr) {
			h->nr--;
		}
	}
	if (h->nr) {
		return false;
	}
	held_forget(h);
	return true;
}

void held_forget(struct held *h)
{
	heap_free(h->run);
	*h = (struct held){ .nr = 0 };
}
