/* SPDX-License-Identifier: BSD-2-Clause */
/* Listeners: two walks over the difference for each, the old and the new. */
#include "memmap/internal.h"
#include "memmap/view.h"

/* Those before @end. */
static void cancel(struct memmap *map, const struct memmap_listener *end)
{
	for (struct memmap_listener *l = map->listeners; l != end;
	     l = l->next) {
		if (l->cancel) {
			l->cancel(l->opaque);
		}
	}
}

int listeners_prepare(struct memmap *map, const struct memmap_change *c)
{
	for (struct memmap_listener *l = map->listeners; l; l = l->next) {
		int rc = l->prepare ? l->prepare(l->opaque, c) : 0;

		if (rc) {
			cancel(map, l);
			return rc;
		}
	}
	return 0;
}

/* Whether both views show the same part of the same region, logging apart. */
static bool is_unchanged(const struct stretch *s)
{
	const struct span *was = s->was, *is = s->is;

	return was && is && was->region == is->region && was->via == is->via &&
	       was->offset + (s->from - was->ipa.v) ==
		       is->offset + (s->from - is->ipa.v) &&
	       was->pa.v - was->ipa.v == is->pa.v - is->ipa.v &&
	       was->ops == is->ops && was->only == is->only &&
	       was->type == is->type && was->buffered == is->buffered &&
	       was->attr.memtype == is->attr.memtype &&
	       was->attr.perm == is->attr.perm;
}

static void tell(struct memmap_listener *l,
		 void (*fn)(void *opaque, const struct span *span),
		 const struct span *span, const struct stretch *s)
{
	if (fn) {
		struct span part = *span;

		span_clip(&part, s->from, s->to);
		fn(l->opaque, &part);
	}
}

static void tell_old(struct memmap_listener *l, const struct stretch *s)
{
	bool goes = s->was && !is_unchanged(s);

	if (s->was && s->was->log && (goes || !s->is->log)) {
		tell(l, l->log_stop, s->was, s);
	}
	if (goes) {
		tell(l, l->del, s->was, s);
	}
}

static void tell_new(struct memmap_listener *l, const struct stretch *s)
{
	bool same = is_unchanged(s);

	if (s->is) {
		tell(l, same ? l->unchanged : l->add, s->is, s);
	}
	if (s->is && s->is->log && (!same || !s->was->log)) {
		tell(l, l->log_start, s->is, s);
	}
}

void listener_tell(struct memmap_listener *l, const struct memmap_change *c)
{
	struct view_walk w;
	struct stretch s;

	if (l->begin) {
		l->begin(l->opaque);
	}
	if (l->del || l->log_stop) {
		view_walk_begin(&w, c->old, c->new, c->dirty);
		while (view_walk_next(&w, &s)) {
			tell_old(l, &s);
		}
	}
	if (l->add || l->unchanged || l->log_start) {
		view_walk_begin(&w, c->old, c->new, c->dirty);
		while (view_walk_next(&w, &s)) {
			tell_new(l, &s);
		}
	}
	if (l->commit) {
		l->commit(l->opaque);
	}
}

void listeners_tell(struct memmap *map, const struct memmap_change *c)
{
	for (struct memmap_listener *l = map->listeners; l; l = l->next) {
		listener_tell(l, c);
	}
}

static const struct flat_view nothing;

/* A change of everything, from @old to @new, for one who comes or goes. */
static void tell_all(struct memmap *map, struct memmap_listener *l,
		     const struct flat_view *old, const struct flat_view *new)
{
	struct dirty all = { { { 0, map->root.size } }, 1 };
	struct memmap_change c = { map, old, new, &all };
	struct p2m_locked p2m = p2m_lock(map->p2m);

	listener_tell(l, &c);
	p2m_unlock(p2m);
}

void memmap_listen(struct memmap *map, struct memmap_listener *listener)
{
	struct memmap_listener **end = &map->listeners;

	spin_lock(&map->lock);
	while (*end) {
		end = &(*end)->next;
	}
	listener->next = NULL;
	*end = listener;
	tell_all(map, listener, &nothing, map->view);
	spin_unlock(&map->lock);
}

void memmap_unlisten(struct memmap *map, struct memmap_listener *listener)
{
	struct memmap_listener **at = &map->listeners;

	spin_lock(&map->lock);
	while (*at != listener) {
		at = &(*at)->next;
	}
	*at = listener->next;
	tell_all(map, listener, map->view, &nothing);
	spin_unlock(&map->lock);
}
