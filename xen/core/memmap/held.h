/* SPDX-License-Identifier: BSD-2-Clause */
/* References on runs of frames that will be dropped, some at a time. */
#ifndef MEMMAP_HELD_H
#define MEMMAP_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "memmap/budget.h"

struct held_run {
	mfn_t mfn;
	uint64_t nr;
};

struct held {
	struct held_run *run;
	unsigned int nr;
	unsigned int room;
	uint64_t frames; /* of all runs */
};

/* References on all @nr frames, or on none. -XEN_EPERM, -XEN_EBUSY. */
int frames_get(uint16_t owner, mfn_t mfn, uint64_t nr) __must_check;
void frames_put(mfn_t mfn, uint64_t nr);

/* Note references that somebody has. -XEN_ENOMEM: not noted. */
int held_add(struct held *h, mfn_t mfn, uint64_t nr) __must_check;

/* Drop what was noted. Returns false when there is more. */
bool held_put(struct held *h, struct budget *b) __must_check;

/* Forget what was noted; the references are somebody else's now. */
void held_forget(struct held *h);

#endif
