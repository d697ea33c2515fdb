/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A change of mappings is up to three transactions: holes in the hardware
 * domain's map over pages that others get, the domain's own map, and holes
 * away where pages come back. Each may be interrupted while it is committed.
 */
#include "iomem/internal.h"

#include <core/bug.h>
#include <core/errno.h>
#include <core/log.h>

#include "frame/heap.h"
#include "memmap/memmap.h"

/* Mappings whose shades could not be taken away, for want of memory or because
 * a transaction was in the way: the next change tries again. */
static struct list orphans = { &orphans, &orphans };
static struct spinlock orphans_lock = SPINLOCK_INIT;

/* A transaction: regions of @take leave the tree of @map, those of @put come.
 * Which of a mapping's two regions it is about follows from the stage. */
struct step {
	struct memmap *map;
	enum change_stage stage;
	struct list *take;
	struct list *put;
};

static struct region *region_of(const struct step *s, struct mapping *m)
{
	return s->stage == CHANGE_MAP ? &m->region : &m->shade;
}

static void take_out(const struct step *s, struct list *list)
{
	struct mapping *m;

	list_for_each(m, list, link) {
		struct region *r = region_of(s, m);

		if (r->parent) {
			memmap_del(s->map, r);
		}
	}
}

static int put_in(const struct step *s, struct list *list)
{
	struct mapping *m;
	int rc = 0;

	list_for_each(m, list, link) {
		struct region *r = region_of(s, m);

		if (r->size && !rc) {
			rc = memmap_add(s->map, r);
		}
	}
	return rc;
}

/* The tree as it was; the view in force and the p2m have not changed. */
static void undo(const struct step *s)
{
	take_out(s, s->put);
	BUG_ON(put_in(s, s->take));
	memmap_end(s->map);
}

static int begin(struct change *c, const struct step *s)
{
	int rc;

	if (c->open) {
		return 0;
	}
	if (memmap_begin(s->map)) {
		return -XEN_ERESTART; /* it is somebody else's for now */
	}
	take_out(s, s->take);
	rc = put_in(s, s->put);
	if (rc) {
		undo(s);
	}
	c->open = !rc;
	return rc;
}

/* Others are in the way of the commit: they go first. */
static bool is_for_later(int rc)
{
	return rc == -XEN_EAGAIN || rc == -XEN_EBUSY;
}

static int run_step(struct change *c, const struct step *s)
{
	int rc;

	if (list_empty(s->take) && list_empty(s->put)) {
		return 0;
	}
	rc = begin(c, s);
	if (rc) {
		return rc;
	}
	rc = memmap_commit_by(s->map, c->by);
	if (rc == -XEN_ERESTART) {
		return rc;
	}
	c->open = false;
	if (rc) {
		undo(s);
	}
	return is_for_later(rc) ? -XEN_ERESTART : rc;
}

static void move_all(struct list *from, struct list *to)
{
	while (!list_empty(from)) {
		struct list *l = from->next;

		list_del(l);
		list_add_tail(to, l);
	}
}

static void free_all(struct list *list)
{
	struct mapping *m, *next;

	list_for_each_safe(m, next, list, link)
	{
		list_del(&m->link);
		heap_free(m);
	}
}

static void move_orphans(struct list *from, struct list *to)
{
	spin_lock(&orphans_lock);
	move_all(from, to);
	spin_unlock(&orphans_lock);
}

/* Those that nobody has any more, but for their shades. */
static void retire(struct change *c, struct list *list)
{
	struct mapping *m, *next;

	list_for_each_safe(m, next, list, link)
	{
		list_del(&m->link);
		if (m->shade.parent) {
			list_add_tail(&c->unshade, &m->link);
		} else {
			heap_free(m);
		}
	}
}

static void give(struct iomem_domain *i, struct list *list)
{
	struct mapping *m, *next;

	list_for_each_safe(m, next, list, link)
	{
		list_del(&m->link);
		mapping_give(i, m);
	}
}

/* The domain's map is as it shall be, or as it was: who has what is clear. */
static void settle(struct change *c)
{
	struct iomem_domain *i = c->rq.d->iomem;

	give(i, c->result ? &c->out : &c->in);
	retire(c, c->result ? &c->in : &c->out);
}

static struct memmap *hwdom_map(void)
{
	return iomem_hwdom->memmap;
}

static int shade(struct change *c)
{
	static struct list none = { &none, &none };
	const struct step s = { hwdom_map(), CHANGE_SHADE, &none, &c->in };

	return c->rq.d == iomem_hwdom ? 0 : run_step(c, &s);
}

static int map(struct change *c)
{
	const struct step s = { c->rq.d->memmap, CHANGE_MAP, &c->out, &c->in };
	int rc = c->result ? 0 : run_step(c, &s);

	if (rc != -XEN_ERESTART) {
		c->result = c->result ? c->result : rc;
		settle(c);
	}
	return rc;
}

/* What fails here is no failure of the request. */
static int unshade(struct change *c)
{
	static struct list none = { &none, &none };
	const struct step s = { hwdom_map(), CHANGE_UNSHADE, &c->unshade,
				&none };
	int rc;

	if (!c->open) {
		move_orphans(&orphans, &c->unshade);
	}
	rc = run_step(c, &s);
	if (rc && rc != -XEN_ERESTART) {
		log_warn("d%u: device pages do not come back: error %d",
			 iomem_hwdom->id, rc);
		move_orphans(&c->unshade, &orphans);
		rc = 0;
	}
	return rc;
}

int change_run(struct change *c)
{
	static int (*const stages[])(struct change * c) = {
		[CHANGE_SHADE] = shade,
		[CHANGE_MAP] = map,
		[CHANGE_UNSHADE] = unshade,
	};

	for (; c->stage < CHANGE_DONE; c->stage++) {
		int rc = stages[c->stage](c);

		if (rc == -XEN_ERESTART) {
			return rc;
		}
		c->result = c->result ? c->result : rc;
	}
	free_all(&c->unshade);
	return 0;
}

void change_init(struct change *c, const struct iomem_request *rq)
{
	*c = (struct change){ .rq = *rq };
	list_init(&c->in);
	list_init(&c->out);
	list_init(&c->unshade);
}

void change_start(struct change *c, struct change *built)
{
	change_init(c, &built->rq);
	move_all(&built->in, &c->in);
	move_all(&built->out, &c->out);
}

/* Whether it has come to pass or not does not matter any more. */
static void stop(struct change *c)
{
	struct memmap *map = c->stage == CHANGE_MAP ? c->rq.d->memmap
						    : hwdom_map();
	int rc = -XEN_ERESTART;

	while (c->open && rc == -XEN_ERESTART) {
		rc = memmap_abort(map);
	}
	c->open = false;
}

void change_return(struct change *c)
{
	if (iomem_hwdom) {
		int rc = -XEN_ERESTART;

		stop(c);
		c->by = NULL;
		c->stage = CHANGE_UNSHADE;
		do {
			rc = unshade(c);
		} while (rc && c->open);
		move_orphans(&c->unshade, rc ? &orphans : &c->out);
	} else {
		move_all(&c->unshade, &c->out);
	}
	free_all(&c->out);
}

void change_take_over(struct change *c, struct change *from)
{
	move_all(&from->in, &c->unshade);
	move_all(&from->out, &c->unshade);
	move_all(&from->unshade, &c->unshade);
	c->stage = from->stage;
	c->open = from->open;
	from->open = false;
	from->stage = CHANGE_DONE;
	from->rq.d = NULL;
}

void change_take_all(struct change *c, struct iomem_domain *i)
{
	struct mapping *m;

	while ((m = mapping_at(i, (struct iomem_range){ 0, UINT64_MAX }))) {
		mapping_take(i, m);
		list_add_tail(&c->unshade, &m->link);
	}
}

void change_forget_orphans(void)
{
	struct list gone;

	list_init(&gone);
	move_orphans(&orphans, &gone);
	free_all(&gone);
}

void change_cancel(struct change *c)
{
	free_all(&c->in);
	give(c->rq.d->iomem, &c->out);
}
