/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From one view to the next, in as many turns as it takes
 * (docs/design/14-commits-in-chunks.md).
 */
#include <core/bug.h>
#include <core/errno.h>

#include "domain/epoch.h"
#include "memmap/internal.h"
#include "memmap/view.h"

/* How often a plan is made anew because others change the p2m. */
#define MAX_ANEW 8

static void set_stage(struct transit *t, enum transit_stage stage)
{
	__atomic_store_n(&t->stage, stage, __ATOMIC_RELAXED);
}

static enum transit_stage stage_of(const struct memmap *map)
{
	return __atomic_load_n(&map->transit.stage, __ATOMIC_RELAXED);
}

bool memmap_is_busy(const struct memmap *map)
{
	return stage_of(map) != TRANSIT_NONE;
}

bool memmap_commits_for(const struct memmap *map, const struct vcpu *by)
{
	return memmap_is_busy(map) &&
	       __atomic_load_n(&map->transit.by, __ATOMIC_RELAXED) == by;
}

bool memmap_is_settling(const struct memmap *map)
{
	return stage_of(map) == TRANSIT_APPLY;
}

/* --------------------------------------------------------- begin and end */

/* What is dirty from here on is for the next one. */
static int begin(struct memmap *map)
{
	struct transit *t = &map->transit;
	struct flat_view *new;
	int rc = view_render(&map->root, map->view, &map->dirty, &new);

	if (rc) {
		return rc;
	}
	log_prepare(map);
	t->dirty = map->dirty;
	map->dirty.nr = 0;
	list_init(&t->fresh);
	list_move_all(&map->fresh, &t->fresh);
	t->c = (struct memmap_change){ map, map->view, new, &t->dirty };
	t->nr_anew = 0;
	t->error = 0;
	return 0;
}

/* The commit is over; the locks of the p2m have been released. */
static void end(struct memmap *map, int rc)
{
	struct transit *t = &map->transit;

	if (rc) {
		view_discard((struct flat_view *)t->c.new, t->c.old);
		for (unsigned int i = 0; i < t->dirty.nr; i++) {
			dirty_add(&map->dirty, t->dirty.window[i]);
		}
		list_move_all(&t->fresh, &map->fresh);
		return;
	}
	epoch_wait();
	log_settle(map);
	view_retire((struct flat_view *)t->c.old, t->c.new);
	map->open = false;
}

/* ------------------------------------------------------------------ a turn */

/* Whether somebody has changed the p2m since the last turn: what is removed
 * or replaced is flushed, and what is added adds leaves. */
static bool is_outdated(const struct transit *t, struct p2m_locked l)
{
	struct p2m_stats now = p2m_stats(l);

	return now.flushes != t->seen.flushes ||
	       now.blocks[1] != t->seen.blocks[1] ||
	       now.blocks[2] != t->seen.blocks[2] ||
	       now.blocks[3] != t->seen.blocks[3];
}

static void fail(struct transit *t, int error)
{
	t->error = error;
	set_stage(t, TRANSIT_UNDO);
}

static int prepare(struct memmap *map, struct p2m_locked l, struct budget *b)
{
	struct transit *t = &map->transit;
	int rc = commit_prepare(&map->commit, l, &t->c, b);

	if (rc == -XEN_ERESTART) {
		return rc;
	}
	if (rc) {
		fail(t, rc);
	} else {
		set_stage(t, TRANSIT_READY);
	}
	return 0;
}

static int undo(struct memmap *map, struct budget *b)
{
	struct transit *t = &map->transit;

	if (!commit_cancel(&map->commit, b)) {
		return -XEN_ERESTART;
	}
	if (!t->error && ++t->nr_anew > MAX_ANEW) {
		t->error = -XEN_EBUSY;
	}
	set_stage(t, t->error ? TRANSIT_NONE : TRANSIT_PREPARE);
	return t->error;
}

/*
 * The new view is published before the p2m changes, under the p2m's lock:
 * whoever faults on a page that just went away finds what is there now, and
 * whoever finds nothing looks again under that lock.
 */
static int publish(struct memmap *map, struct p2m_locked l, struct budget *b)
{
	struct transit *t = &map->transit;
	int rc;

	if (t->hold != HOLD_IS && commit_cost(&map->commit) > b->left) {
		return -XEN_ERESTART;
	}
	rc = listeners_prepare(map, &t->c);
	if (rc) {
		fail(t, rc);
		return 0;
	}
	__atomic_store_n(&map->view, t->c.new, __ATOMIC_RELEASE);
	__atomic_store_n(&map->generation, map->generation + 1,
			 __ATOMIC_RELEASE);
	set_stage(t, TRANSIT_APPLY);
	p2m_promise(l, map->commit.tables);
	listener_tell(&map->to_p2m, &t->c);
	p2m_promise(l, 0);
	return 0;
}

static int apply(struct memmap *map, struct p2m_locked l, struct budget *b)
{
	struct transit *t = &map->transit;
	bool done;

	log_pause(map);
	/* What nobody is held out for fits, see publish(). */
	done = commit_apply(&map->commit, l, t->hold == HOLD_IS ? b : NULL);
	log_go_on(map, l);
	if (!done) {
		return -XEN_ERESTART;
	}
	listeners_tell(map, &t->c);
	hidden_tell(map, &t->c);
	set_stage(t, TRANSIT_NONE);
	return 0;
}

/* As much as may be: until it is over, or has to go on another time. */
static int advance(struct memmap *map, struct p2m_locked l, struct budget *b)
{
	struct transit *t = &map->transit;
	int rc = 0;

	do {
		switch (t->stage) {
		case TRANSIT_PREPARE:
			rc = prepare(map, l, b);
			break;
		case TRANSIT_UNDO:
			rc = undo(map, b);
			break;
		case TRANSIT_READY:
			rc = publish(map, l, b);
			break;
		default:
			rc = apply(map, l, b);
			break;
		}
	} while (!rc && t->stage != TRANSIT_NONE);
	return rc;
}

static int turn(struct memmap *map)
{
	struct transit *t = &map->transit;
	struct budget b = { t->turn };
	struct p2m_locked l = p2m_lock(map->p2m);
	int rc;

	if (t->stage == TRANSIT_NONE) {
		set_stage(t, TRANSIT_PREPARE);
	} else if (t->stage < TRANSIT_APPLY && t->stage != TRANSIT_UNDO &&
		   is_outdated(t, l)) {
		fail(t, 0);
	}
	p2m_promise(l, 0);
	rc = advance(map, l, &b);
	if (rc == -XEN_ERESTART) {
		p2m_promise(l, map->commit.tables);
		t->seen = p2m_stats(l);
	}
	p2m_unlock(l);
	return rc;
}

/* ------------------------------------------------------------ who waits */

static void release(struct memmap *map)
{
	if (map->owner && map->owner->release) {
		map->owner->release(map->owner_arg, map->transit.by);
	}
}

/* No lock is held: those who are waited for may want one. */
static void hold(struct memmap *map, struct vcpu *by)
{
	struct transit *t = &map->transit;
	bool asks = map->owner && map->owner->hold;
	int rc = asks ? map->owner->hold(map->owner_arg, by) : 0;

	spin_lock(&map->lock);
	t->hold = rc ? HOLD_NONE : HOLD_IS;
	t->by = by;
	if (rc && t->stage != TRANSIT_NONE) {
		struct p2m_locked l = p2m_lock(map->p2m);

		fail(t, rc);
		p2m_unlock(l);
	}
	spin_unlock(&map->lock);
}

/* The map's lock is released. */
static int end_turn(struct memmap *map, struct vcpu *by, int rc)
{
	struct transit *t = &map->transit;
	bool more = rc == -XEN_ERESTART;
	bool holds = more && t->hold == HOLD_NONE && t->stage != TRANSIT_UNDO;
	bool releases = !more && t->hold == HOLD_IS;

	if (holds) {
		t->hold = HOLD_COMES;
	}
	if (releases) {
		t->hold = HOLD_NONE;
	}
	spin_unlock(&map->lock);
	if (holds) {
		hold(map, by);
	}
	if (releases) {
		release(map);
	}
	return rc;
}

static int one_turn(struct memmap *map)
{
	struct transit *t = &map->transit;
	int rc;

	if (t->hold == HOLD_COMES) {
		return -XEN_ERESTART;
	}
	rc = t->stage == TRANSIT_NONE ? begin(map) : 0;
	if (rc) {
		return rc;
	}
	rc = turn(map);
	if (rc != -XEN_ERESTART) {
		end(map, rc);
	}
	return rc;
}

int memmap_commit_by(struct memmap *map, struct vcpu *by)
{
	bool was_busy, more;
	int rc;

	spin_lock(&map->lock);
	was_busy = map->transit.stage != TRANSIT_NONE;
	rc = one_turn(map);
	/* What has been changed since that one began is not in it. */
	more = !rc && was_busy && map->dirty.nr;
	rc = end_turn(map, by, rc);
	return more ? -XEN_ERESTART : rc;
}

int memmap_commit(struct memmap *map)
{
	int rc;

	do {
		rc = memmap_commit_by(map, NULL);
	} while (rc == -XEN_ERESTART);
	return rc;
}

int memmap_abort(struct memmap *map)
{
	struct transit *t = &map->transit;
	int rc = 0;

	spin_lock(&map->lock);
	if (t->stage == TRANSIT_PREPARE || t->stage == TRANSIT_READY) {
		fail(t, -XEN_EBUSY);
	}
	if (t->stage != TRANSIT_NONE) {
		rc = one_turn(map);
	}
	rc = rc == -XEN_ERESTART ? rc : 0;
	if (!rc) {
		map->open = false;
	}
	return end_turn(map, NULL, rc);
}
