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

#include "memmap/held.h"
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
	paddr_t pa; /* of the region: of other RAM this says nothing */
	struct kept_runs *runs; /* NULL: none                      */
	struct kept_runs *edit; /* what shall replace it, if edited */
	struct kept *next_edited;
	bool edited;
	bool counted; /* runs hold a reference on each frame */
	bool gone;    /* with its region; the next commit ends it */
	bool ending;  /* and is doing so                          */
};

/*
 * Edits of a commit that is being prepared. Runs that are in the record
 * before and after keep their references; what comes has been counted when
 * it is noted in @gained, what goes is noted in @lost.
 */
struct kept_edits {
	struct kept *first;
	struct list *all; /* of the map: where new ones go */
	struct held gained;
	struct held lost;
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

/* Records of regions that are gone become empty. -XEN_ENOMEM. */
int kept_end_gone(struct kept_edits *edits) __must_check;

/* The edits are the records now. kept_drop() drops references of what is no
 * more in them, and is called until it returns true. */
void kept_apply(struct kept_edits *edits);
bool kept_drop(struct kept_edits *edits, struct budget *b) __must_check;

/* The records are as they were. Called until it returns true. */
bool kept_cancel(struct kept_edits *edits, struct budget *b) __must_check;

/* Regions that show are nested no deeper. */
#define KEPT_MAX_DEPTH 16

/*
 * @region leaves the tree, with what is in it and what shows by it: the next
 * commit forgets what is known of them. Or it comes back before that one has
 * succeeded; then nothing is forgotten, if it is the same RAM.
 */
void kept_leave(struct region *region);
void kept_come_back(struct region *region);

/* Forget everything; the regions may be gone already. */
void kept_forget_all(struct list *all);

#endif
