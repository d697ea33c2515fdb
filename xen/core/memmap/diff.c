/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The difference of two views, in terms of what the p2m has: two regions that
 * map the same bytes in the same way are no difference, and neither is one
 * emulated region in the place of another.
 */
#include <core/bits.h>

#include "memmap/view.h"

/* The span that shows @at, or NULL; @next is lowered to where that ends. */
static const struct span *showing(const struct flat_view *view, unsigned int *i,
				  uint64_t at, uint64_t *next)
{
	const struct span *s;

	while (*i < view->nr &&
	       view->span[*i].ipa.v + view->span[*i].size <= at) {
		++*i;
	}
	if (*i == view->nr) {
		return NULL;
	}
	s = &view->span[*i];
	if (s->ipa.v > at) {
		*next = min_u64(*next, s->ipa.v);
		return NULL;
	}
	*next = min_u64(*next, s->ipa.v + s->size);
	return s;
}

/* What the p2m has from @at on because of @s. */
static struct view_change effect(const struct span *s, uint64_t at,
				 uint64_t size)
{
	struct view_change c = { .ipa = IPA(at), .size = size };

	if (s && s->mapped) {
		c.map = true;
		c.pa = PADDR(s->pa.v + (at - s->ipa.v));
		c.type = s->type;
		c.attr = s->attr;
	}
	return c;
}

static bool same_mapping(const struct view_change *a,
			 const struct view_change *b)
{
	if (!a->map || !b->map) {
		return a->map == b->map;
	}
	return a->type == b->type && a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm;
}

/* The next stretch, up to any end in either view, where they differ. */
static bool next_stretch(struct view_diff *d, struct view_change *out)
{
	while (d->i < d->old->nr || d->j < d->new->nr) {
		uint64_t at = d->at, next = ~UINT64_C(0);
		const struct span *was = showing(d->old, &d->i, at, &next);
		const struct span *is = showing(d->new, &d->j, at, &next);
		struct view_change before;

		if (next == ~UINT64_C(0)) {
			return false;
		}
		d->at = next;
		before = effect(was, at, next - at);
		*out = effect(is, at, next - at);
		if (!same_mapping(&before, out) ||
		    (out->map && before.pa.v != out->pa.v)) {
			return true;
		}
	}
	return false;
}

/* Whether @b goes on where @a ends. */
static bool continues(const struct view_change *a, const struct view_change *b)
{
	return a->ipa.v + a->size == b->ipa.v && same_mapping(a, b) &&
	       (!a->map || a->pa.v + a->size == b->pa.v);
}

void view_diff_begin(struct view_diff *d, const struct flat_view *old,
		     const struct flat_view *new)
{
	*d = (struct view_diff){ .old = old, .new = new };
	d->ready = next_stretch(d, &d->next);
}

bool view_diff_next(struct view_diff *d, struct view_change *change)
{
	if (!d->ready) {
		return false;
	}
	*change = d->next;
	while ((d->ready = next_stretch(d, &d->next)) &&
	       continues(change, &d->next)) {
		change->size += d->next.size;
	}
	return true;
}
