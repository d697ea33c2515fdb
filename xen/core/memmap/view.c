/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A view under construction: regions are laid down from the one that hides
 * most to the one that hides least, each only where nothing lies yet, or
 * where what lies there does not hide it from everybody. Holes are laid down
 * like all others and swept out at the end.
 */
#include "memmap/view.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"

static unsigned int first_above(const struct span *span, unsigned int lo,
				unsigned int hi, uint64_t addr)
{
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (span_end(&span[mid]) > addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

unsigned int view_first_above(const struct flat_view *view, uint64_t addr)
{
	return first_above(view->span, 0, view->nr, addr);
}

struct span span_clip(const struct span *s, uint64_t from, uint64_t to)
{
	struct span part = *s;
	uint64_t skip = from - s->ipa.v;

	part.ipa = IPA(from);
	part.size = to - from;
	part.offset += skip;
	part.pa.v += skip;
	return part;
}

/* ----------------------------------------------------------------- layers */

/* The index behind the stretch that begins at @i. */
static unsigned int behind(const struct canvas *c, unsigned int i)
{
	do {
		i++;
	} while (i < c->nr && c->span[i].below);
	return i;
}

/* Whether what lies below is to be seen by somebody. */
static bool sees_through(const struct span *s)
{
	return s->only || s->region->kind == REGION_INTERPOSER;
}

static bool grow(struct canvas *c)
{
	unsigned int room = c->room ? 2 * c->room : 16;
	struct span *span = heap_alloc(room * sizeof(*span));

	if (!span) {
		c->error = -XEN_ENOMEM;
		return false;
	}
	if (c->nr) {
		memcpy(span, c->span, c->nr * sizeof(*span));
	}
	heap_free(c->span);
	c->span = span;
	c->room = room;
	return true;
}

static void insert(struct canvas *c, unsigned int i, struct span new)
{
	struct span *s;

	if (c->nr == c->room && !grow(c)) {
		return;
	}
	s = &c->span[i];
	memmove(s + 1, s, (c->nr - i) * sizeof(*s));
	*s = new;
	c->nr++;
}

/* Cut the stretch at @i in two at @at, if that is inside it. Returns the one
 * that @at belongs to. */
static unsigned int cut(struct canvas *c, unsigned int i, uint64_t at)
{
	unsigned int end = behind(c, i), nr = end - i;

	if (at <= c->span[i].ipa.v || at >= span_end(&c->span[i])) {
		return i;
	}
	for (unsigned int n = 0; n < nr && !c->error; n++) {
		struct span s = c->span[i + n];

		insert(c, end + n, span_clip(&s, at, span_end(&s)));
	}
	for (unsigned int n = 0; n < nr; n++) {
		c->span[i + n].size = at - c->span[i].ipa.v;
	}
	return end;
}

/* Below the stretch at @i, which holds @at. Returns what comes next. */
static unsigned int lay_below(struct canvas *c, unsigned int i, uint64_t at,
			      const struct span *new)
{
	unsigned int end = behind(c, i);
	struct span part;

	if (!sees_through(&c->span[end - 1])) {
		return end;
	}
	i = cut(c, i, at);
	if (!c->error) {
		cut(c, i, span_end(new));
	}
	if (c->error) {
		return i;
	}
	part = span_clip(new, c->span[i].ipa.v, span_end(&c->span[i]));
	part.below = true;
	end = behind(c, i);
	insert(c, end, part);
	return end + 1;
}

void canvas_lay_down(struct canvas *c, const struct span *new)
{
	uint64_t at = new->ipa.v, end = span_end(new);
	unsigned int i = first_above(c->span, c->first, c->nr, at);

	while (at < end && !c->error) {
		if (i < c->nr && c->span[i].ipa.v <= at) {
			i = lay_below(c, i, at, new);
			if (!c->error) {
				at = span_end(&c->span[i - 1]);
			}
		} else {
			uint64_t next = i < c->nr ? c->span[i].ipa.v : end;

			next = min_u64(next, end);
			insert(c, i++, span_clip(new, at, next));
			at = next;
		}
	}
}

void canvas_copy(struct canvas *c, const struct flat_view *view, uint64_t from,
		 uint64_t to)
{
	unsigned int i = view_first_above(view, from);

	for (; i < view->nr && view->span[i].ipa.v < to && !c->error; i++) {
		const struct span *s = &view->span[i];

		insert(c, c->nr,
		       span_clip(s, max_u64(from, s->ipa.v),
				 min_u64(to, span_end(s))));
	}
}

/* --------------------------------------------------------------- finishing */

/* Whether @b shows what comes behind @a, in the same way. */
static bool continues(const struct span *a, const struct span *b)
{
	return span_end(a) == b->ipa.v && a->region == b->region &&
	       a->via == b->via && a->offset + a->size == b->offset &&
	       a->ops == b->ops && a->only == b->only && a->type == b->type &&
	       a->below == b->below && a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm && a->log == b->log &&
	       a->buffered == b->buffered && a->pa.v + a->size == b->pa.v;
}

/* The stretch [j, end) is @a goes on: all its layers do. */
static bool stretch_continues(const struct span *s, unsigned int i,
			      unsigned int j, unsigned int end)
{
	if (j - i != end - j) {
		return false;
	}
	for (unsigned int n = 0; n < end - j; n++) {
		if (!continues(&s[i + n], &s[j + n])) {
			return false;
		}
	}
	return true;
}

/* Holes have hidden what they hide, and stretches that go on are one. */
static void tidy(struct canvas *c)
{
	unsigned int last = 0,
		     kept = 0; /* the last stretch kept: [last, kept) */

	for (unsigned int i = 0, end; i < c->nr; i = end) {
		unsigned int nr, from = kept;

		end = behind(c, i);
		nr = end - i;
		if (c->span[end - 1].region->kind == REGION_HOLE &&
		    !c->span[end - 1].only) {
			nr--;
		}
		if (!nr) {
			continue;
		}
		memmove(&c->span[from], &c->span[i], nr * sizeof(c->span[0]));
		if (stretch_continues(c->span, last, from, from + nr)) {
			for (unsigned int n = 0; n < nr; n++) {
				c->span[last + n].size +=
					c->span[from + n].size;
			}
			continue;
		}
		last = from;
		kept = from + nr;
	}
	c->nr = kept;
}

/* Sizes that go straight to the handler of the uppermost layer. */
static uint8_t plain_sizes(const struct span *s)
{
	if (!s->emulated || s->mapped || sees_through(s) ||
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
		.span = s,
		.plain_sizes = plain_sizes(s),
	};
}

/* Stretches with a handler somewhere, whatever is above it; into @list. */
static unsigned int list_emulated(const struct span *s, unsigned int nr,
				  struct emulated_span *list)
{
	unsigned int found = 0;
	unsigned int top = 0;
	bool listed = false;

	for (unsigned int i = 0; i < nr; i++) {
		if (!s[i].below) {
			top = i;
			listed = false;
		}
		if (s[i].emulated && !listed) {
			if (list) {
				list[found] = emulated_span(&s[top]);
			}
			found++;
			listed = true;
		}
	}
	return found;
}

/* Bytes for a view, its spans and one more, and the list of emulated ones,
 * which begins at a cache line. */
static size_t view_bytes(unsigned int nr, unsigned int nr_listed)
{
	return sizeof(struct flat_view) + (nr + 1) * sizeof(struct span) +
	       (nr_listed + 1) * sizeof(struct emulated_span);
}

static void fill(struct flat_view *view, const struct canvas *c,
		 unsigned int nr_listed)
{
	struct emulated_span *list = (struct emulated_span *)align_up(
		(uintptr_t)&view->span[c->nr + 1], sizeof(*list));
	unsigned int i;

	if (c->nr) {
		memcpy(view->span, c->span, c->nr * sizeof(view->span[0]));
	}
	view->nr = c->nr;
	view->emulated = list;
	view->half = nr_listed / 2;
	for (i = list_emulated(view->span, c->nr, list); i < nr_listed; i++) {
		list[i].ipa = IPA(~UINT64_C(0));
	}
}

struct flat_view *canvas_finish(struct canvas *c)
{
	struct flat_view *view = NULL;
	unsigned int nr, nr_listed = 1;

	if (!c->error) {
		tidy(c);
		nr = list_emulated(c->span, c->nr, NULL);
		while (nr_listed < nr) {
			nr_listed *= 2;
		}
		view = heap_alloc(view_bytes(c->nr, nr_listed));
		c->error = view ? 0 : -XEN_ENOMEM;
	}
	if (view) {
		fill(view, c, nr_listed);
	}
	heap_free(c->span);
	return view;
}
