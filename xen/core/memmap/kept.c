/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An edit works on a copy of the runs. References of what comes are taken at
 * once, those of what goes are dropped at the end: to apply is to drop the
 * lost ones, to cancel is to drop the gained ones.
 */
#include "memmap/kept.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/internal.h"

static bool is_hole(const struct kept_run *run)
{
	return mfn_eq(run->mfn, MFN_INVALID);
}

/* ------------------------------------------------------------------- runs */

static uint64_t run_end(const struct kept_run *run)
{
	return run->first + run->nr;
}

/* The first run that ends above @page. */
static unsigned int first_above(const struct kept_runs *runs, uint64_t page)
{
	unsigned int lo = 0, hi = runs ? runs->nr : 0;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (run_end(&runs->run[mid]) > page) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

static struct kept_runs *make_runs(const struct kept_runs *from,
				   unsigned int room)
{
	struct kept_runs *runs =
		heap_alloc(sizeof(*runs) + room * sizeof(runs->run[0]));

	if (runs) {
		runs->room = room;
		runs->nr = from ? from->nr : 0;
		if (runs->nr) {
			memcpy(runs->run, from->run,
			       runs->nr * sizeof(runs->run[0]));
		}
	}
	return runs;
}

static int insert(struct kept *k, unsigned int i, struct kept_run run)
{
	struct kept_runs *e = k->edit;

	if (e->nr == e->room) {
		e = make_runs(k->edit, 2 * e->room);
		if (!e) {
			return -XEN_ENOMEM;
		}
		heap_free(k->edit);
		k->edit = e;
	}
	memmove(&e->run[i + 1], &e->run[i], (e->nr - i) * sizeof(run));
	e->run[i] = run;
	e->nr++;
	return 0;
}

static struct kept_run part_of(const struct kept_run *run, uint64_t first,
			       uint64_t end)
{
	return (struct kept_run){
		.first = first,
		.nr = end - first,
		.mfn = is_hole(run) ? MFN_INVALID
				    : mfn_add(run->mfn, first - run->first),
	};
}

/* ------------------------------------------------------------------ edits */

static int begin_edit(struct kept_edits *edits, struct kept *k)
{
	if (k->edited) {
		return 0;
	}
	/* In the list also if it fails, for kept_cancel(). */
	k->edited = true;
	k->next_edited = edits->first;
	edits->first = k;
	k->edit = make_runs(k->runs, k->runs ? k->runs->nr + 4 : 4);
	return k->edit ? 0 : -XEN_ENOMEM;
}

static int gain(struct kept_edits *edits, const struct kept *k,
		const struct kept_run *run)
{
	int rc;

	if (!k->counted || is_hole(run)) {
		return 0;
	}
	rc = frames_get(edits->owner, run->mfn, run->nr);
	if (rc) {
		return rc;
	}
	rc = held_add(&edits->gained, run->mfn, run->nr);
	if (rc) {
		frames_put(run->mfn, run->nr);
	}
	return rc;
}

static int lose(struct kept_edits *edits, const struct kept *k,
		const struct kept_run *run)
{
	if (!k->counted || is_hole(run)) {
		return 0;
	}
	return held_add(&edits->lost, run->mfn, run->nr);
}

struct kept *kept_find(const struct span *s)
{
	struct kept *k = s->region->kept;

	while (k && k->via != s->via) {
		k = k->next;
	}
	return k;
}

static struct kept *make(struct kept_edits *edits, const struct span *s)
{
	/* The record is the map's own part of the region. */
	struct region *region = (struct region *)s->region;
	struct kept *k = heap_alloc(sizeof(*k));

	if (k) {
		k->region = region;
		k->via = s->via;
		k->pa = region->pa;
		k->counted = edits->counted;
		k->next = region->kept;
		region->kept = k;
		list_add_tail(edits->all, &k->all);
	}
	return k;
}

static bool joins(const struct kept_run *a, const struct kept_run *b)
{
	return run_end(a) == b->first && is_hole(a) == is_hole(b) &&
	       (is_hole(a) || mfn_eq(mfn_add(a->mfn, a->nr), b->mfn));
}

int kept_add(struct kept_edits *edits, const struct span *s,
	     struct kept_run run)
{
	struct kept *k = kept_find(s);
	unsigned int i;
	int rc;

	k = k ? k : make(edits, s);
	rc = k ? begin_edit(edits, k) : -XEN_ENOMEM;
	if (!rc) {
		/* One page may show at two places. */
		rc = kept_remove(edits, k, run.first, run.nr);
	}
	if (!rc) {
		rc = gain(edits, k, &run);
	}
	if (rc) {
		return rc;
	}
	i = first_above(k->edit, run.first);
	if (i && joins(&k->edit->run[i - 1], &run)) {
		k->edit->run[i - 1].nr += run.nr;
		return 0;
	}
	return insert(k, i, run);
}

/* Make a run begin or end at @at, if it is inside one. */
static int cut_at(struct kept *k, uint64_t at)
{
	unsigned int i = first_above(k->edit, at);
	struct kept_run whole;

	if (i == k->edit->nr || k->edit->run[i].first >= at) {
		return 0;
	}
	whole = k->edit->run[i];
	k->edit->run[i].nr = at - whole.first;
	return insert(k, i + 1, part_of(&whole, at, run_end(&whole)));
}

int kept_remove(struct kept_edits *edits, struct kept *k, uint64_t first,
		uint64_t nr)
{
	const struct kept_runs *now = k->edited ? k->edit : k->runs;
	unsigned int i = first_above(now, first), end = i;
	int rc;

	if (!now || i == now->nr || now->run[i].first >= first + nr) {
		return 0;
	}
	rc = begin_edit(edits, k);
	rc = rc ? rc : cut_at(k, first);
	rc = rc ? rc : cut_at(k, first + nr);
	if (rc) {
		return rc;
	}
	i = end = first_above(k->edit, first);
	while (!rc && end < k->edit->nr &&
	       k->edit->run[end].first < first + nr) {
		rc = lose(edits, k, &k->edit->run[end]);
		end++;
	}
	memmove(&k->edit->run[i], &k->edit->run[end],
		(k->edit->nr - end) * sizeof(k->edit->run[0]));
	k->edit->nr -= end - i;
	return rc;
}

bool kept_look(const struct kept *k, uint64_t first, uint64_t nr,
	       struct kept_run *run)
{
	const struct kept_runs *now = k->edited ? k->edit : k->runs;
	unsigned int i = first_above(now, first);

	*run = (struct kept_run){ first, nr, MFN_INVALID };
	if (!now || i == now->nr || now->run[i].first >= first + nr) {
		return false;
	}
	if (now->run[i].first > first) {
		run->nr = now->run[i].first - first;
		return false;
	}
	*run = part_of(&now->run[i], first,
		       min_u64(first + nr, run_end(&now->run[i])));
	return true;
}

/* ---------------------------------------------------------------- the end */

static void destroy(struct kept *k)
{
	list_del(&k->all);
	heap_free(k->runs);
	heap_free(k);
}

/* Records that say nothing are none. */
static void drop_if_empty(struct kept *k)
{
	struct kept **at = &k->region->kept;

	if (k->runs && k->runs->nr) {
		return;
	}
	while (*at != k) {
		at = &(*at)->next;
	}
	*at = k->next;
	destroy(k);
}

static struct kept *next_edit(struct kept_edits *edits)
{
	struct kept *k = edits->first;

	if (k) {
		edits->first = k->next_edited;
		k->edited = false;
	}
	return k;
}

void kept_apply(struct kept_edits *edits)
{
	struct kept *k;

	while ((k = next_edit(edits))) {
		heap_free(k->runs);
		k->runs = k->edit;
		k->edit = NULL;
		if (k->ending) {
			k->ending = k->gone = false;
			k->pa = k->region->pa;
		}
		drop_if_empty(k);
	}
	held_forget(&edits->gained);
}

bool kept_drop(struct kept_edits *edits, struct budget *b)
{
	return held_put(&edits->lost, b);
}

bool kept_cancel(struct kept_edits *edits, struct budget *b)
{
	struct kept *k;

	while ((k = next_edit(edits))) {
		heap_free(k->edit);
		k->edit = NULL;
		k->ending = false;
		drop_if_empty(k);
	}
	held_forget(&edits->lost);
	return held_put(&edits->gained, b);
}

int kept_end_gone(struct kept_edits *edits)
{
	struct kept *k;
	int rc = 0;

	list_for_each(k, edits->all, all) {
		if (k->gone && !rc) {
			k->ending = true;
			rc = kept_remove(edits, k, 0, UINT64_MAX);
		}
	}
	return rc;
}

/* -------------------------------------------------- regions come and go */

static void mark(struct region *region, const struct region *via, bool gone)
{
	for (struct kept *k = region->kept; k; k = k->next) {
		if (k->via == via) {
			k->ending = false;
			k->gone = gone || k->pa.v != region->pa.v;
		}
	}
}

/* Below @region, what was seen by @via; aliases among it by themselves, or
 * as a part of @via. */
static void mark_below(struct region *region, const struct region *via,
		       bool gone, unsigned int depth)
{
	struct region *child;

	if (!depth) {
		return;
	}
	mark(region, via, gone);
	if (region->kind == REGION_ALIAS) {
		mark_below(region->target, via ? via : region, gone, depth - 1);
	}
	child = region->kind == REGION_CONTAINER
			? region_child(region, 0, UINT64_MAX)
			: NULL;
	for (; child; child = region_sibling(child, 0, UINT64_MAX)) {
		mark_below(child, via, gone, depth - 1);
	}
}

void kept_leave(struct region *region)
{
	mark_below(region, NULL, true, KEPT_MAX_DEPTH);
}

void kept_come_back(struct region *region)
{
	mark_below(region, NULL, false, KEPT_MAX_DEPTH);
}

void kept_forget_all(struct list *all)
{
	while (!list_empty(all)) {
		struct kept *k = list_entry(all->next, struct kept, all);

		for (unsigned int i = 0;
		     k->counted && k->runs && i < k->runs->nr; i++) {
			const struct kept_run *run = &k->runs->run[i];

			if (!is_hole(run)) {
				frames_put(run->mfn, run->nr);
			}
		}
		destroy(k);
	}
}
