/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A canvas: regions are laid down from the one that hides most to the one
 * that hides least, each only where nothing lies yet, or where what lies there
 * does not hide it from everybody. Holes are laid down like all others and
 * swept out at the end.
 */
#include "memmap/view.h"

#include <string.h>

#include <core/bits.h>
#include <core/errno.h>

#include "frame/heap.h"

/* What most changes take: a chunk and some more. */
#define FIRST_ROOM 20u

unsigned int canvas_behind(const struct canvas *c, unsigned int i)
{
	do {
		i++;
	} while (i < c->nr && c->span[i].below);
	return i;
}

static bool grow(struct canvas *c)
{
	unsigned int room = c->room ? 2 * c->room : FIRST_ROOM;
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

/* What [from, to) of @new is comes before number @i. */
static void insert(struct canvas *c, unsigned int i, const struct span *new,
		   uint64_t from, uint64_t to)
{
	struct span *s;

	if (c->nr == c->room && !grow(c)) {
		return;
	}
	s = &c->span[i];
	if (i < c->nr) {
		memmove(s + 1, s, (c->nr - i) * sizeof(*s));
	}
	*s = *new;
	span_clip(s, from, to);
	c->nr++;
}

/* Cut the stretch at @i in two at @at, if that is inside it. Returns the one
 * that @at belongs to. */
static unsigned int cut(struct canvas *c, unsigned int i, uint64_t at)
{
	unsigned int end = canvas_behind(c, i), nr = end - i;

	if (at <= c->span[i].ipa.v || at >= span_end(&c->span[i])) {
		return i;
	}
	for (unsigned int n = 0; n < nr && !c->error; n++) {
		struct span s = c->span[i + n];

		insert(c, end + n, &s, at, span_end(&s));
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
	unsigned int end = canvas_behind(c, i);

	if (!span_sees_through(&c->span[end - 1])) {
		return end;
	}
	i = cut(c, i, at);
	if (!c->error) {
		cut(c, i, span_end(new));
	}
	if (c->error) {
		return i;
	}
	end = canvas_behind(c, i);
	insert(c, end, new, c->span[i].ipa.v, span_end(&c->span[i]));
	if (!c->error) {
		c->span[end].below = true;
	}
	return end + 1;
}

/* The first one of those that are worked at that ends above @addr. */
static unsigned int first_above(const struct canvas *c, uint64_t addr)
{
	unsigned int lo = c->first, hi = c->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (span_end(&c->span[mid]) > addr) {
			hi = mid;
		} else {
			lo = mid + 1;
		}
	}
	return lo;
}

void canvas_lay_down(struct canvas *c, const struct span *new)
{
	uint64_t at = new->ipa.v, end = span_end(new);
	unsigned int i = first_above(c, at);

	while (at < end && !c->error) {
		if (i < c->nr && c->span[i].ipa.v <= at) {
			i = lay_below(c, i, at, new);
			if (!c->error) {
				at = span_end(&c->span[i - 1]);
			}
		} else {
			uint64_t next = i < c->nr ? c->span[i].ipa.v : end;

			next = min_u64(next, end);
			insert(c, i++, new, at, next);
			at = next;
		}
	}
}

void canvas_append(struct canvas *c, const struct span *s, uint64_t from,
		   uint64_t to)
{
	insert(c, c->nr, s, max_u64(from, s->ipa.v), min_u64(to, span_end(s)));
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
void canvas_tidy(struct canvas *c)
{
	unsigned int last = 0,
		     kept = 0; /* the last stretch kept: [last, kept) */

	for (unsigned int i = 0, end; i < c->nr; i = end) {
		unsigned int nr, from = kept;

		end = canvas_behind(c, i);
		nr = end - i;
		if (c->span[end - 1].region->kind == REGION_HOLE &&
		    !c->span[end - 1].only) {
			nr--;
		}
		if (!nr) {
			continue;
		}
		if (from < i) {
			memmove(&c->span[from], &c->span[i],
				nr * sizeof(c->span[0]));
		}
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
