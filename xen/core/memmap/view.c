/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A view is a list of chunks, which are lists of spans. What has not changed
 * is in chunks that the view before it has as well: a new view takes over
 * their addresses, and the old one is freed without them.
 */
#include "memmap/view.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"
#include "memmap/internal.h"

/* Spans that a new chunk has at most, unless a rest that is too small for one
 * of its own comes on top, or one stretch has more layers. */
#define CHUNK_MAX 12u
#define CHUNK_MIN 4u

/* ---------------------------------------------------------------- looking */

/* The first chunk that ends above @addr. */
static unsigned int chunk_above(const struct flat_view *view, uint64_t addr)
{
	unsigned int lo = 0, hi = view->nr_chunks;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (view->chunk[mid].end > addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

const struct span *view_first_above(const struct flat_view *view, uint64_t addr)
{
	unsigned int i = chunk_above(view, addr), lo = 0, hi;
	const struct span *span;

	if (i == view->nr_chunks) {
		return NULL;
	}
	span = view->chunk[i].chunk->span;
	hi = view->chunk[i].chunk->nr - 1;
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (span_end(&span[mid]) > addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return &span[lo];
}

const struct span *view_next(const struct flat_view *view, const struct span *s)
{
	unsigned int i;

	if (s[1].size) {
		return s + 1;
	}
	i = chunk_above(view, span_end(s));
	return i < view->nr_chunks ? view->chunk[i].chunk->span : NULL;
}

const struct span *view_span(const struct flat_view *view, uint64_t i)
{
	for (unsigned int n = 0; n < view->nr_chunks; n++) {
		const struct chunk *c = view->chunk[n].chunk;

		if (i < c->nr) {
			return &c->span[i];
		}
		i -= c->nr;
	}
	return NULL;
}

/* ----------------------------------------------------------------- chunks */

/* Where the chunk at @i begins; behind the last one: nowhere. */
static uint64_t chunk_begin(const struct flat_view *view, unsigned int i)
{
	return i < view->nr_chunks ? view->chunk[i].chunk->span[0].ipa.v
				   : UINT64_MAX;
}

/* Where the one before @i ends. */
static uint64_t end_before(const struct flat_view *view, unsigned int i)
{
	return i ? view->chunk[i - 1].end : 0;
}

/* Room for @nr more chunks. */
static bool make_room(struct build *b, unsigned int nr)
{
	struct flat_view *view = b->view, *more;
	unsigned int has = view ? view->nr_chunks : 0;

	if (has + nr <= b->room) {
		return true;
	}
	b->room = has + nr + has / 2 + MAX_WINDOWS;
	more = heap_alloc(sizeof(*more) + b->room * sizeof(more->chunk[0]));
	if (!more) {
		b->canvas.error = -XEN_ENOMEM;
		return false;
	}
	if (view) {
		memcpy(more, view,
		       sizeof(*view) + has * sizeof(view->chunk[0]));
	}
	heap_free(view);
	b->view = more;
	return true;
}

static void add_chunk(struct build *b, const struct span *span, unsigned int nr)
{
	struct chunk *c = NULL;

	if (make_room(b, 1)) {
		c = heap_alloc(sizeof(*c) + (nr + 1) * sizeof(c->span[0]));
	}
	if (!c) {
		b->canvas.error = -XEN_ENOMEM;
		return;
	}
	c->nr = nr;
	memcpy(c->span, span, nr * sizeof(*span));
	b->view->chunk[b->view->nr_chunks++] = (struct chunk_at){
		.end = span_end(&span[nr - 1]),
		.chunk = c,
	};
	b->view->nr += nr;
}

/* The canvas becomes chunks of about the same size, and is empty then. */
static void add_canvas(struct build *b)
{
	struct canvas *c = &b->canvas;
	unsigned int nr = (c->nr + CHUNK_MAX - 1) / CHUNK_MAX;
	unsigned int size = nr ? (c->nr + nr - 1) / nr : 0;
	unsigned int from = 0;

	while (from < c->nr && !c->error) {
		unsigned int end = from;

		do {
			end = canvas_behind(c, end);
		} while (end < c->nr &&
			 (end - from < size || c->nr - end < CHUNK_MIN));
		add_chunk(b, &c->span[from], end - from);
		from = end;
	}
	c->nr = 0;
}

/* --------------------------------------------------------------- building */

void build_begin(struct build *b, const struct flat_view *old)
{
	*b = (struct build){ .old = old };
	if (make_room(b, old->nr_chunks + MAX_WINDOWS)) {
		b->view->nr = old->nr;
	}
}

/* Append what the old view shows from where @b is up to @to. */
static void copy(struct build *b, uint64_t to)
{
	const struct span *s;

	if (b->at >= to) {
		return;
	}
	s = view_first_above(b->old, b->at);
	while (s && s->ipa.v < to && !b->canvas.error) {
		canvas_append(&b->canvas, s, b->at, to);
		s = view_next(b->old, s);
	}
	b->at = to;
}

/* Up to @i the chunks of the old view are those of the new one. */
static void share(struct build *b, unsigned int i)
{
	unsigned int nr = i - b->next;

	if (nr && make_room(b, nr)) {
		memcpy(&b->view->chunk[b->view->nr_chunks],
		       &b->old->chunk[b->next], nr * sizeof(b->old->chunk[0]));
		b->view->nr_chunks += nr;
	}
	b->at = max_u64(b->at, end_before(b->old, i));
	b->next = i;
	b->first = i;
}

/* Chunks [b->first, b->next) of the old view are replaced by the canvas. */
static void end_part(struct build *b)
{
	struct view_part part = { .was = b->first, .was_end = b->next };

	part.is = b->view->nr_chunks;
	add_canvas(b);
	part.is_end = b->view->nr_chunks;
	for (unsigned int i = part.was; i < part.was_end; i++) {
		b->view->nr -= b->old->chunk[i].chunk->nr;
	}
	if (part.was < part.was_end || part.is < part.is_end) {
		b->view->part[b->view->nr_parts++] = part;
	}
}

static bool is_small(const struct build *b)
{
	return b->canvas.nr && b->canvas.nr < CHUNK_MIN;
}

/* All that the old view has up to chunk @i. What is small becomes one with
 * the next chunk. */
static void keep_chunks(struct build *b, unsigned int i)
{
	copy(b, end_before(b->old, b->next));
	canvas_tidy(&b->canvas);
	while (b->next < i && is_small(b)) {
		b->next++;
		copy(b, end_before(b->old, b->next));
	}
	if (!is_small(b)) {
		end_part(b);
		share(b, i);
	}
}

/*
 * The chunk that a change from @w->from on begins in: one that at least
 * touches the window, since spans may become one, or the one before it.
 */
static unsigned int chunk_for(const struct flat_view *view,
			      const struct window *w)
{
	unsigned int i = w->from ? chunk_above(view, w->from - 1) : 0;

	return i && chunk_begin(view, i) > w->to ? i - 1 : i;
}

void build_window(struct build *b, const struct window *w)
{
	unsigned int i = chunk_for(b->old, w);

	if (i >= b->next && !b->canvas.error) {
		keep_chunks(b, i);
	}
	copy(b, w->from);
	b->canvas.first = b->canvas.nr;
	b->at = w->to;
	while (b->next < b->old->nr_chunks &&
	       (b->next <= i || chunk_begin(b->old, b->next) <= w->to)) {
		b->next++;
	}
}

struct flat_view *build_end(struct build *b, int *error)
{
	struct flat_view *view;

	if (!b->canvas.error) {
		keep_chunks(b, b->old->nr_chunks);
		end_part(b);
	}
	if (!b->canvas.error) {
		b->canvas.error = handlers_list(b->view, b->old);
	}
	view = b->view;
	*error = b->canvas.error;
	heap_free(b->canvas.span);
	if (*error && view) {
		view_discard(view, b->old);
		view = NULL;
	}
	return view;
}

/* --------------------------------------------------------------- freeing */

static void free_chunks(const struct flat_view *view, unsigned int from,
			unsigned int end)
{
	for (unsigned int i = from; i < end; i++) {
		heap_free((struct chunk *)view->chunk[i].chunk);
	}
}

void view_discard(struct flat_view *view, const struct flat_view *old)
{
	for (unsigned int i = 0; i < view->nr_parts; i++) {
		free_chunks(view, view->part[i].is, view->part[i].is_end);
	}
	if (view->handlers != old->handlers) {
		heap_free(view->handlers);
	}
	heap_free(view);
}

void view_retire(struct flat_view *old, const struct flat_view *view)
{
	for (unsigned int i = 0; i < view->nr_parts; i++) {
		free_chunks(old, view->part[i].was, view->part[i].was_end);
	}
	if (old->handlers != view->handlers) {
		heap_free(old->handlers);
	}
	heap_free(old);
}

void view_destroy(struct flat_view *view)
{
	free_chunks(view, 0, view->nr_chunks);
	heap_free(view->handlers);
	heap_free(view);
}
