/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An edit works on a copy that holds references of its own. So to apply is
 * to drop the old runs, and to cancel is to drop the new ones.
 */
#include "memmap/kept.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/frame.h"
#include "frame/heap.h"

static bool is_hole(const struct kept_run *run)
{
	return mfn_eq(run->mfn, MFN_INVALID);
}

/* Of a run that holds references; the frames of others have no count. */
static void put_frames(const struct kept_run *run)
{
	for (uint64_t i = 0; i < run->nr && !is_hole(run); i++) {
		frame_put(mfn_add(run->mfn, i));
	}
}

static int get_frames(uint16_t owner, const struct kept_run *run)
{
	if (is_hole(run)) {
		return 0;
	}
	for (uint64_t i = 0; i < run->nr; i++) {
		int rc = frame_get(mfn_add(run->mfn, i), owner);

		if (rc) {
			put_frames(
				&(struct kept_run){ .nr = i, .mfn = run->mfn });
			return rc;
		}
	}
	return 0;
}

static void free_runs(struct kept_runs *runs, bool counted)
{
	for (unsigned int i = 0; counted && runs && i < runs->nr; i++) {
		put_frames(&runs->run[i]);
	}
	heap_free(runs);
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
	if (!k->edit) {
		return -XEN_ENOMEM;
	}
	for (unsigned int i = 0; k->counted && i < k->edit->nr; i++) {
		int rc = get_frames(edits->owner, &k->edit->run[i]);

		if (rc) {
			k->edit->nr = i;
			return rc;
		}
	}
	return 0;
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
	if (!rc && k->counted) {
		rc = get_frames(edits->owner, &run);
	}
	if (rc) {
		return rc;
	}
	i = first_above(k->edit, run.first);
	if (i && joins(&k->edit->run[i - 1], &run)) {
		k->edit->run[i - 1].nr += run.nr;
		return 0;
	}
	rc = insert(k, i, run);
	if (rc && k->counted) {
		put_frames(&run);
	}
	return rc;
}

/* Take [first, end) out of run @i, which it touches. */
static int remove_part(struct kept *k, unsigned int i, uint64_t first,
		       uint64_t end)
{
	struct kept_run *run = &k->edit->run[i];
	struct kept_run was = *run, gone;
	int rc = 0;

	first = max_u64(first, was.first);
	end = min_u64(end, run_end(&was));
	gone = part_of(&was, first, end);
	if (end < run_end(&was) && first > was.first) {
		rc = insert(k, i + 1, part_of(&was, end, run_end(&was)));
	} else if (end < run_end(&was)) {
		*run = part_of(&was, end, run_end(&was));
	}
	if (rc) {
		return rc;
	}
	run = &k->edit->run[i];
	if (first > was.first) {
		run->nr = first - was.first;
	} else if (end == run_end(&was)) {
		k->edit->nr--;
		memmove(run, run + 1, (k->edit->nr - i) * sizeof(*run));
	}
	if (k->counted) {
		put_frames(&gone);
	}
	return 0;
}

int kept_remove(struct kept_edits *edits, struct kept *k, uint64_t first,
		uint64_t nr)
{
	const struct kept_runs *now = k->edited ? k->edit : k->runs;
	uint64_t end = first + nr;
	unsigned int i = first_above(now, first);
	int rc;

	if (!now || i == now->nr || now->run[i].first >= end) {
		return 0;
	}
	rc = begin_edit(edits, k);
	while (!rc && i < k->edit->nr && k->edit->run[i].first < end) {
		bool stays = k->edit->run[i].first < first;

		rc = remove_part(k, i, first, end);
		if (stays) {
			i++;
		} else if (!rc && i < k->edit->nr &&
			   k->edit->run[i].first == end) {
			break;
		}
	}
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
	free_runs(k->runs, k->counted);
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
		free_runs(k->runs, k->counted);
		k->runs = k->edit;
		k->edit = NULL;
		drop_if_empty(k);
	}
}

void kept_cancel(struct kept_edits *edits)
{
	struct kept *k;

	while ((k = next_edit(edits))) {
		free_runs(k->edit, k->counted);
		k->edit = NULL;
		drop_if_empty(k);
	}
}

static void forget(struct region *region, const struct region *via)
{
	struct kept **at = &region->kept;

	while (*at) {
		struct kept *k = *at;

		if (k->via == via) {
			*at = k->next;
			destroy(k);
		} else {
			at = &k->next;
		}
	}
}

/* Below @region, what was seen by @via; aliases among it by themselves, or
 * as a part of @via. */
static void forget_below(struct region *region, const struct region *via,
			 unsigned int depth)
{
	struct region *child;

	if (!depth) {
		return;
	}
	forget(region, via);
	if (region->kind == REGION_ALIAS) {
		forget_below(region->target, via ? via : region, depth - 1);
	}
	if (region->kind == REGION_CONTAINER && region->by_rank.next) {
		list_for_each(child, &region->by_rank, rank) {
			forget_below(child, via, depth - 1);
		}
	}
}

void kept_forget(struct region *region)
{
	forget_below(region, NULL, KEPT_MAX_DEPTH);
}

void kept_forget_all(struct list *all)
{
	while (!list_empty(all)) {
		destroy(list_entry(all->next, struct kept, all));
	}
}
