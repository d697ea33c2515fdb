/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of stretches with a handler that dispatch halves. Views have it in
 * common as long as none of them changes.
 */
#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/view.h"

/* Sizes that go straight to the handler of the uppermost layer. */
static uint8_t plain_sizes(const struct span *s)
{
	if (!s->emulated || s->mapped || span_sees_through(s) ||
	    s->ops->big_endian) {
		return 0;
	}
	return s->ops->valid_sizes &
	       (s->ops->impl_sizes ? s->ops->impl_sizes : 0xf);
}

static struct emulated_span emulated_span(const struct span *s)
{
	return (struct emulated_span){
		.ipa = s->ipa,
		.size = s->size,
		.offset = s->offset,
		.access = s->emulated ? s->ops->access : NULL,
		.opaque = s->region->opaque,
		.plain_sizes = plain_sizes(s),
	};
}

static bool is_same(const struct emulated_span *a,
		    const struct emulated_span *b)
{
	return a->ipa.v == b->ipa.v && a->size == b->size &&
	       a->offset == b->offset && a->access == b->access &&
	       a->opaque == b->opaque && a->plain_sizes == b->plain_sizes;
}

/* ---------------------------------------------------------- walking chunks */

/* Stretches of chunks [i, end) of a view that have a handler somewhere,
 * whatever is above it. */
struct walk {
	const struct flat_view *view;
	unsigned int i;
	unsigned int end;
	const struct span *s; /* where to go on, in the chunk before @i */
};

/* The uppermost layer of the next one; NULL behind the last. */
static const struct span *next_emulated(struct walk *w)
{
	const struct span *top = NULL;

	for (;; w->s++) {
		while (!w->s || !w->s->size) {
			if (w->i == w->end) {
				return NULL;
			}
			w->s = w->view->chunk[w->i++].chunk->span;
		}
		top = w->s->below ? top : w->s;
		if (top && w->s->emulated) {
			w->s++;
			return top;
		}
	}
}

/* ------------------------------------------------------------------ parts */

/* The first one of the list of @view that begins at @addr or above. */
static unsigned int listed_from(const struct flat_view *view, uint64_t addr)
{
	unsigned int lo = 0, hi = view->nr_emulated;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (view->emulated[mid].ipa.v >= addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

/* The first one of @old's list that is in its chunk @i or behind it. */
static unsigned int listed_in(const struct flat_view *old, unsigned int i)
{
	return i < old->nr_chunks
		       ? listed_from(old, old->chunk[i].chunk->span[0].ipa.v)
		       : old->nr_emulated;
}

static struct walk walk_part(const struct flat_view *view,
			     const struct view_part *part)
{
	return (struct walk){ .view = view,
			      .i = part->is,
			      .end = part->is_end };
}

/* Whether the list of @old is right where @part is new; how many are there. */
static bool part_is_same(const struct flat_view *view,
			 const struct flat_view *old,
			 const struct view_part *part, unsigned int *nr)
{
	struct walk w = walk_part(view, part);
	unsigned int i = listed_in(old, part->was);
	unsigned int end = listed_in(old, part->was_end);
	const struct span *s;
	bool same = true;

	*nr -= end - i;
	for (; (s = next_emulated(&w)); i++, ++*nr) {
		struct emulated_span e = emulated_span(s);

		same = same && i < end && is_same(&old->emulated[i], &e);
	}
	return same && i == end;
}

/* --------------------------------------------------------------- the list */

/* A power of two of them, which begin at a cache line. */
static bool make_list(struct flat_view *view)
{
	struct emulated_span *list;
	unsigned int nr = 1;

	while (nr < view->nr_emulated) {
		nr *= 2;
	}
	view->handlers = heap_alloc((nr + 1) * sizeof(*list));
	if (!view->handlers) {
		return false;
	}
	list = (struct emulated_span *)align_up((uintptr_t)view->handlers,
						sizeof(*list));
	for (unsigned int i = view->nr_emulated; i < nr; i++) {
		list[i].ipa = IPA(~UINT64_C(0));
	}
	view->emulated = list;
	view->half = nr / 2;
	return true;
}

/* Copy the list of @old, but for what is new. */
static void fill_list(struct flat_view *view, const struct flat_view *old)
{
	struct emulated_span *list = (struct emulated_span *)view->emulated;
	unsigned int from = 0;

	for (unsigned int i = 0; i <= view->nr_parts; i++) {
		const struct view_part *part = &view->part[i];
		bool last = i == view->nr_parts;
		unsigned int was = last ? old->nr_chunks : part->was;
		unsigned int nr = listed_in(old, was) - from;
		const struct span *s;
		struct walk w;

		if (nr) {
			memcpy(list, &old->emulated[from], nr * sizeof(*list));
		}
		list += nr;
		if (last) {
			return;
		}
		w = walk_part(view, part);
		while ((s = next_emulated(&w))) {
			*list++ = emulated_span(s);
		}
		from = listed_in(old, part->was_end);
	}
}

int handlers_list(struct flat_view *view, const struct flat_view *old)
{
	bool same = old->handlers;

	view->nr_emulated = old->nr_emulated;
	for (unsigned int i = 0; i < view->nr_parts; i++) {
		same &= part_is_same(view, old, &view->part[i],
				     &view->nr_emulated);
	}
	if (same) {
		view->handlers = old->handlers;
		view->emulated = old->emulated;
		view->half = old->half;
		return 0;
	}
	if (!make_list(view)) {
		return -XEN_ENOMEM;
	}
	fill_list(view, old);
	return 0;
}
