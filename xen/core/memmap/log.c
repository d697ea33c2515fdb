/* SPDX-License-Identifier: BSD-2-Clause */
/* Dirty logging: from the pages of a domain to those of its regions. */
#include "memmap/log.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "domain/epoch.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "lib/bitmap.h"
#include "memmap/internal.h"
#include "memmap/log_state.h"
#include "memmap/view.h"

static uint64_t first_page(const struct span *s)
{
	return s->offset >> PAGE_SHIFT;
}

/* ------------------------------------------------------- parts of a range */

/* Some pages of a region at one place where it shows. */
struct place {
	const struct span *s;
	gfn_t gfn;
	uint64_t page; /* of the region */
	uint64_t nr;
};

/* The part of @s in [from, to); nr is 0 when there is none. */
static struct place place_of(const struct span *s, uint64_t from, uint64_t to)
{
	from = max_u64(from, s->ipa.v);
	to = min_u64(to, span_end(s));
	if (from >= to) {
		return (struct place){ .s = s };
	}
	return (struct place){
		.s = s,
		.gfn = ipa_to_gfn(IPA(from)),
		.page = (s->offset + (from - s->ipa.v)) >> PAGE_SHIFT,
		.nr = (to - from) >> PAGE_SHIFT,
	};
}

/* The next logged span of the view, @next or behind it, that reaches into
 * [from, to); false when there is none. */
static bool next_logged(const struct flat_view *view, const struct span **next,
			uint64_t from, uint64_t to, struct place *p)
{
	while (*next && (*next)->ipa.v < to) {
		const struct span *s = *next;

		*next = view_next(view, s);
		if (s->written && !s->below) {
			*p = place_of(s, from, to);
			return p->nr;
		}
	}
	return false;
}

static void mark_range(const struct memmap *map, gfn_t gfn, uint64_t nr)
{
	const struct flat_view *view = view_in_force(map);
	uint64_t from = gfn_to_ipa(gfn).v, to = from + (nr << PAGE_SHIFT);
	const struct span *next = view_first_above(view, from);
	struct place p;

	while (next_logged(view, &next, from, to, &p)) {
		bitmap_set(p.s->written->map, p.page, p.nr);
	}
}

/* ---------------------------------------------------------------- reading */

struct reading {
	struct memmap *map;
	struct p2m_locked l;
	enum p2m_log_op op;
	uint64_t *bits; /* of the caller */
	uint64_t at;	/* where the place's pages are in them */
};

static bool bit_is_set(const uint64_t *bits, uint64_t i)
{
	return bits[i / BITMAP_WORD] >> i % BITMAP_WORD & 1;
}

static void collect(const struct reading *r, const struct place *p)
{
	struct p2m_log_range range = { p->gfn, p->nr, p->s->written->map,
				       p->page };

	p2m_log_collect(r->l, r->op, &range);
}

/*
 * Whether somebody else has the frame, and may write to it at any time. The
 * region has a reference on its own frames, and each mapping one where they
 * are counted; others have one in any case.
 */
static bool is_shared(struct p2m_locked l, const struct span *s, gfn_t gfn)
{
	bool counted = p2m_counts(l.p2m, P2M_RAM_RW);
	uint64_t pa = s->pa.v + (gfn_to_ipa(gfn).v - s->ipa.v);
	mfn_t mfn;

	if (p2m_frame(l, gfn, &mfn) != P2M_RAM_RW) {
		return false;
	}
	return frame_refs(mfn) >
	       1u + (counted && !s->populated && mfn_to_paddr(mfn).v == pa);
}

/* What was read and cleared, but is written to by others meanwhile. */
static void keep_shared(const struct reading *r, const struct place *p)
{
	for (uint64_t i = 0; i < p->nr; i++) {
		if (bit_is_set(r->bits, r->at + i) &&
		    is_shared(r->l, p->s, gfn_add(p->gfn, i))) {
			bitmap_set(p->s->written->map, p->page + i, 1);
		}
	}
}

static bool shows_twice(const struct region *r)
{
	while (r && !r->nr_aliases) {
		r = r->parent;
	}
	return r;
}

/* The same pages, wherever else they show. */
static void each_place(const struct reading *r, const struct place *here,
		       void (*fn)(const struct reading *r,
				  const struct place *p))
{
	const struct flat_view *view = r->map->view;
	uint64_t first = here->page << PAGE_SHIFT;
	uint64_t end = first + (here->nr << PAGE_SHIFT);
	const struct span *s =
		shows_twice(here->s->region) ? view_first_above(view, 0) : NULL;

	fn(r, here);
	for (; s; s = view_next(view, s)) {
		struct reading part = *r;
		struct place p;

		if (s->below || s->written != here->s->written ||
		    s->offset >= end || s->offset + s->size <= first) {
			continue;
		}
		p = place_of(s,
			     s->ipa.v + max_u64(first, s->offset) - s->offset,
			     s->ipa.v + (end - s->offset));
		part.at += p.page - here->page;
		if (!gfn_eq(p.gfn, here->gfn)) {
			fn(&part, &p);
		}
	}
}

static void copy_bits(const struct reading *r, const struct place *p)
{
	uint64_t *map = p->s->written->map;
	unsigned int n;

	for (uint64_t i = 0; i < p->nr; i += n) {
		uint64_t word;

		n = min_u64(p->nr - i, BITMAP_WORD);
		word = r->op == P2M_LOG_CLEAR ? bitmap_take(map, p->page + i, n)
					      : bitmap_get(map, p->page + i, n);
		bitmap_or(r->bits, r->at + i, n, word);
	}
}

static void read_place(const struct reading *r, const struct place *p)
{
	each_place(r, p, collect);
	copy_bits(r, p);
	if (r->op == P2M_LOG_CLEAR) {
		each_place(r, p, keep_shared);
	}
}

int memmap_log_read(struct memmap *map, gfn_t gfn, unsigned int nr,
		    enum p2m_log_op op, uint64_t *bits)
{
	struct reading r = { map, p2m_lock(map->p2m), op, bits, 0 };
	uint64_t from = gfn_to_ipa(gfn).v;
	uint64_t to = from + ((uint64_t)nr << PAGE_SHIFT);
	const struct span *next = view_first_above(map->view, from);
	struct place p;

	if (memmap_is_busy(map)) {
		p2m_unlock(r.l);
		return -XEN_ERESTART;
	}
	memset(bits, 0, bitmap_words(nr) * sizeof(*bits));
	while (next_logged(map->view, &next, from, to, &p)) {
		r.at = p.gfn.v - gfn.v;
		read_place(&r, &p);
	}
	p2m_unlock(r.l);
	if (op == P2M_LOG_CLEAR) {
		/* Those that told of a write, and do it in their section. */
		epoch_wait();
	}
	return 0;
}

void memmap_log_mark(struct memmap *map, gfn_t gfn, unsigned int nr,
		     const uint64_t *bits)
{
	struct p2m_locked l = p2m_lock(map->p2m);

	for (unsigned int i = 0; i < nr; i++) {
		if (bit_is_set(bits, i)) {
			mark_range(map, gfn_add(gfn, i), 1);
		}
	}
	p2m_unlock(l);
}

/* ------------------------------------------------ writes without the table */

bool memmap_log_is_on(const struct memmap *map)
{
	return __atomic_load_n(&map->logs.nr, __ATOMIC_RELAXED);
}

void memmap_log_write(struct memmap *map, struct p2m_locked l, gfn_t gfn)
{
	(void)l;
	if (unlikely(memmap_log_is_on(map))) {
		mark_range(map, gfn, 1);
	}
}

/* RAM that has left: given back, or replaced by something else. */
static void ram_has_left(void *opaque, const struct p2m_changes *changes)
{
	const struct memmap *map = opaque;

	for (unsigned int i = 0; i < changes->nr && !map->logs.paused; i++) {
		const struct p2m_change *c = &changes->change[i];

		if (c->old_type == P2M_RAM_RW) {
			mark_range(map, c->gfn, c->nr);
		}
	}
}

/* ------------------------------------------------------- start, stop, end */

static void set_nr(struct memmap *map, unsigned int nr)
{
	__atomic_store_n(&map->logs.nr, nr, __ATOMIC_RELAXED);
}

void logs_init(struct memmap *map)
{
	list_init(&map->logs.all);
	map->logs.to_map = (struct p2m_listener){
		.name = "dirty log",
		.changed = ram_has_left,
		.opaque = map,
	};
}

/* The first one needs the p2m as well, the last one does not any more. */
static void add(struct memmap *map, struct written *w)
{
	struct p2m_locked l = p2m_lock(map->p2m);

	list_add_tail(&map->logs.all, &w->all);
	if (!map->logs.nr) {
		p2m_listen(map->p2m, &map->logs.to_map);
	}
	set_nr(map, map->logs.nr + 1);
	p2m_unlock(l);
}

static void destroy(struct memmap *map, struct written *w)
{
	struct p2m_locked l = p2m_lock(map->p2m);

	list_del(&w->all);
	set_nr(map, map->logs.nr - 1);
	if (!map->logs.nr) {
		p2m_unlisten(l, &map->logs.to_map);
	}
	p2m_unlock(l);
	heap_free(w);
}

static bool may_be_logged(const struct region *r)
{
	return region_is_ram(r) && r->type == P2M_RAM_RW;
}

int log_begin(struct memmap *map, struct region *region)
{
	uint64_t nr = region->size >> PAGE_SHIFT;
	struct written *w = region->written;

	if (!may_be_logged(region)) {
		return 0;
	}
	if (!w) {
		w = heap_alloc(sizeof(*w) +
			       bitmap_words(nr) * sizeof(w->map[0]));
		if (!w) {
			return -XEN_ENOMEM;
		}
		w->region = region;
		w->pa = region->pa;
		w->nr = nr;
		bitmap_set(w->map, 0, nr);
		region->written = w;
		add(map, w);
	}
	w->ended = false;
	return 0;
}

void log_end(struct region *region)
{
	if (region->written) {
		region->written->ended = true;
	}
}

static bool is_inside(const struct region *r, const struct region *container)
{
	while (r && r != container) {
		r = r->parent;
	}
	return r;
}

void log_leave(struct memmap *map, const struct region *region)
{
	struct written *w;

	list_for_each(w, &map->logs.all, all) {
		w->gone = w->gone || is_inside(w->region, region);
	}
}

/* Its region, if it still has one, knows nothing of it any more. */
static void leave_region(struct written *w)
{
	if (w->region && w->region->written == w) {
		w->region->written = NULL;
		w->region->log = false;
	}
	w->region = NULL;
}

static bool is_same_ram(const struct written *w, const struct region *r)
{
	return r->written == w && may_be_logged(r) && r->pa.v == w->pa.v &&
	       r->size >> PAGE_SHIFT == w->nr;
}

void log_come_back(struct memmap *map, const struct region *region)
{
	struct written *w;

	list_for_each(w, &map->logs.all, all) {
		if (!w->gone || !is_inside(w->region, region)) {
			continue;
		}
		if (is_same_ram(w, w->region)) {
			w->gone = false;
		} else {
			leave_region(w);
		}
	}
}

static bool is_over(const struct written *w)
{
	return w->ended || w->gone;
}

void log_pause(struct memmap *map)
{
	map->logs.paused = map->logs.nr;
}

void log_go_on(struct memmap *map, struct p2m_locked l)
{
	if (map->logs.paused) {
		p2m_settle(l);
		map->logs.paused = false;
	}
}

void log_harvest(void *opaque, const struct span *span)
{
	const struct memmap *map = container_of(opaque, struct memmap, commit);

	struct p2m_log_range r = {
		.gfn = ipa_to_gfn(span->ipa),
		.nr = span->size >> PAGE_SHIFT,
		.first = first_page(span),
	};

	if (span->written && !is_over(span->written)) {
		r.map = span->written->map;
		p2m_log_collect((struct p2m_locked){ map->p2m },
				P2M_LOG_HARVEST, &r);
	}
}

void log_prepare(struct memmap *map)
{
	struct written *w;

	list_for_each(w, &map->logs.all, all) {
		w->ending = is_over(w);
	}
}

void log_settle(struct memmap *map)
{
	struct list *at = map->logs.all.next;

	while (at != &map->logs.all) {
		struct written *w = list_entry(at, struct written, all);

		at = at->next;
		if (w->ending && is_over(w)) {
			leave_region(w);
			destroy(map, w);
		}
	}
}

void logs_destroy(struct memmap *map)
{
	while (!list_empty(&map->logs.all)) {
		destroy(map,
			list_entry(map->logs.all.next, struct written, all));
	}
}

/* A region of RAM that shows in [gfn, gfn + nr), whose flag is not what @on
 * says, or NULL: what the view in force says. @ram: whether there is any. */
static struct region *find(struct memmap *map, gfn_t gfn, uint64_t nr,
			   const bool *on, bool *ram)
{
	uint64_t from = gfn_to_ipa(gfn).v, to = from + (nr << PAGE_SHIFT);
	const struct flat_view *view = map->view;

	for (const struct span *s = view_first_above(view, from);
	     s && s->ipa.v < to; s = view_next(view, s)) {
		if (s->below || !may_be_logged(s->region)) {
			continue;
		}
		*ram = true;
		if (s->region->log != (on ? *on : s->log) &&
		    region_is_attached(map, s->region)) {
			/* The map knows it as one that may change. */
			return (struct region *)s->region;
		}
	}
	return NULL;
}

struct region *memmap_log_next(struct memmap *map, gfn_t gfn, uint64_t nr,
			       bool on, bool *ram)
{
	struct region *r;

	spin_lock(&map->lock);
	*ram = false;
	r = find(map, gfn, nr, &on, ram);
	spin_unlock(&map->lock);
	return r;
}

int memmap_log_undo(struct memmap *map, gfn_t gfn, uint64_t nr)
{
	struct region *r;
	bool ram;
	int rc = 0;

	do {
		spin_lock(&map->lock);
		r = find(map, gfn, nr, NULL, &ram);
		spin_unlock(&map->lock);
		rc = r ? memmap_set_log(map, r, !r->log) : 0;
	} while (r && !rc);
	return rc;
}
