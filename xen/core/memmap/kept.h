/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest has made of pages of RAM that do not show now: given back, or
 * populated with other frames. Pages that show need no record: the p2m is
 * the truth of them. Guarded by the map's lock.
 */
#ifndef MEMMAP_KEPT_H
#define MEMMAP_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>
#include <core/list.h>

#include "memmap/span.h"

/* Pages of a region from @first on: no frame, or @nr frames from @mfn on. */
struct kept_run {
	uint64_t first;
	uint64_t nr;
	mfn_t mfn;
};

/* Runs of one region, as seen by one alias or by itself: sorted, disjoint. */
struct kept_runs {
	unsigned int nr;
	unsigned int room;
	struct kept_run run[];
};

struct kept {
	struct kept *next; /* of the same region */
	struct list all;   /* of the same map    */
	struct region *region;
	const struct region *via;
	struct kept_runs *runs; /* NULL: none                      */
	struct kept_runs *edit; /* what shall replace it, if edited */
	struct kept *next_edited;
	bool edited;
	bool counted; /* runs hold a reference on each frame */
};

/* Edits of a commit that is being prepared. */
struct kept_edits {
	struct kept *first;
	struct list *all; /* of the map: where new ones go */
	uint16_t owner;
	bool counted; /* of new records: the p2m counts RAM */
};

/* The record of what @s shows; NULL: there is none. */
struct kept *kept_find(const struct span *s);

/* Note that @nr pages are no more in the p2m. -XEN_ENOMEM, -XEN_EPERM,
 * -XEN_EBUSY; what was noted before stays noted until kept_cancel(). */
int kept_add(struct kept_edits *edits, const struct span *s,
	     struct kept_run run) __must_check;

/* Pages [first, first + nr) show, their record is over. -XEN_ENOMEM. */
int kept_remove(struct kept_edits *edits, struct kept *kept, uint64_t first,
		uint64_t nr) __must_check;

/* What is known of page @first, and of how many more up to @nr the same. True
 * if there is a record, with all edits so far. */
bool kept_look(const struct kept *kept, uint64_t first, uint64_t nr,
	       struct kept_run *run);

void kept_apply(struct kept_edits *edits);
void kept_cancel(struct kept_edits *edits);

/* Regions that show are nested no deeper. */
#define KEPT_MAX_DEPTH 16

/* Forget all about @region, what is in it, and what shows by it. */
void kept_forget(struct region *region);

/* Forget everything; the regions may be gone already. */
void kept_forget_all(struct list *all);

#endif
