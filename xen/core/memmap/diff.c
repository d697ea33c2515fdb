/* SPDX-License-Identifier: BSD-2-Clause */
/* Two views side by side. */
#include <core/bits.h>

#include "memmap/internal.h"
#include "memmap/view.h"

/* The uppermost layer at @at, or NULL; @next is lowered to where that ends. */
static const struct span *showing(const struct flat_view *view,
				  const struct span **first, uint64_t at,
				  uint64_t *next)
{
	const struct span *s = *first;

	while (s && span_end(s) <= at) {
		s = view_next(view, s);
	}
	*first = s;
	if (!s) {
		return NULL;
	}
	if (s->ipa.v > at) {
		*next = min_u64(*next, s->ipa.v);
		return NULL;
	}
	*next = min_u64(*next, span_end(s));
	return s;
}

static void enter_window(struct view_walk *w)
{
	if (w->window < w->dirty->nr) {
		w->at = w->dirty->window[w->window].from;
		w->was = view_first_above(w->old, w->at);
		w->is = view_first_above(w->new, w->at);
	}
}

void view_walk_begin(struct view_walk *w, const struct flat_view *old,
		     const struct flat_view *new, const struct dirty *dirty)
{
	*w = (struct view_walk){ .old = old, .new = new, .dirty = dirty };
	enter_window(w);
}

bool view_walk_next(struct view_walk *w, struct stretch *s)
{
	while (w->window < w->dirty->nr) {
		uint64_t next = w->dirty->window[w->window].to;

		if (w->at < next) {
			s->from = w->at;
			s->was = showing(w->old, &w->was, w->at, &next);
			s->is = showing(w->new, &w->is, w->at, &next);
			s->to = next;
			w->at = next;
			return true;
		}
		w->window++;
		enter_window(w);
	}
	return false;
}
