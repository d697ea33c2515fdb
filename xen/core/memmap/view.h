/* SPDX-License-Identifier: BSD-2-Clause */
/* Flat views: made from a tree of regions, walked side by side. */
#ifndef MEMMAP_VIEW_H
#define MEMMAP_VIEW_H

#include <stdbool.h>

#include <core/compiler.h>

#include "memmap/span.h"

struct dirty;
struct window;

/* ------------------------------------------------------ under construction */

/* Spans of a view under construction. */
struct canvas {
	struct span *span;
	unsigned int nr;
	unsigned int room;
	unsigned int first; /* lay_down() works from here on */
	int error;	    /* sticky                        */
};

/* Put @new below all that is there already, and nothing below what hides
 * everything. Calls come from what hides most to what hides least. */
void canvas_lay_down(struct canvas *c, const struct span *new);

/* Append what @s shows of [from, to), which is above all there is. */
void canvas_append(struct canvas *c, const struct span *s, uint64_t from,
		   uint64_t to);

/* Sweep out holes, make one of what goes on. */
void canvas_tidy(struct canvas *c);

/* The index behind the stretch that begins at @i. */
unsigned int canvas_behind(const struct canvas *c, unsigned int i);

/* From one view to the next. */
struct build {
	const struct flat_view *old;
	struct flat_view *view;
	unsigned int room; /* for chunks in it */
	struct canvas canvas;
	unsigned int first; /* of old's chunks: the canvas is instead of   */
	unsigned int next;  /* these, [first, next); those before are done */
	uint64_t at;	    /* up to there all is in the view or canvas    */
};

/* The view after @old. Errors are in the canvas. */
void build_begin(struct build *b, const struct flat_view *old);
/* All up to @w is as it was; what is in @w comes to the canvas next. By
 * ascending address. */
void build_window(struct build *b, const struct window *w);
/* All behind is as it was. Returns NULL and an error if there was one. */
struct flat_view *build_end(struct build *b, int *error) __must_check;

/* Make the list of handlers of @view, or use that of @old: 0 or -XEN_ENOMEM. */
int handlers_list(struct flat_view *view,
		  const struct flat_view *old) __must_check;

/**
 * view_render() - The flat view of a tree.
 * @root:  its regions show up to the size of it.
 * @old:   what shows outside of @dirty.
 * @out:   the view: to be discarded, or @old is to be retired.
 *
 * Return: 0; -XEN_ENOMEM; -XEN_E2BIG (nested too deep, or without end).
 */
int view_render(const struct region *root, const struct flat_view *old,
		const struct dirty *dirty, struct flat_view **out) __must_check;

/* Free @view, which was made from @old: all that @old has not. */
void view_discard(struct flat_view *view, const struct flat_view *old);
/* Free @old, from which @view was made: all that @view has not. */
void view_retire(struct flat_view *old, const struct flat_view *view);
/* Free a view with all there is in it. */
void view_destroy(struct flat_view *view);

/* ------------------------------------------------------------- comparison */

/* Where both views show one thing each, or nothing. */
struct stretch {
	uint64_t from;
	uint64_t to;
	const struct span *was; /* uppermost layer, or NULL */
	const struct span *is;
};

/* A walk over both views at once, where they may differ. */
struct view_walk {
	const struct flat_view *old;
	const struct flat_view *new;
	const struct dirty *dirty;
	unsigned int window;
	const struct span *was; /* of old: first span not passed, or NULL */
	const struct span *is;	/* of new                                 */
	uint64_t at;		/* everything below is done               */
};

void view_walk_begin(struct view_walk *w, const struct flat_view *old,
		     const struct flat_view *new, const struct dirty *dirty);
/* By ascending address; false when there is none left. */
bool view_walk_next(struct view_walk *w, struct stretch *s);

/* ----------------------------------------------------------------- looking */

/* The first span of @view that ends above @addr, or NULL; the uppermost layer.
 * Log n. */
const struct span *view_first_above(const struct flat_view *view,
				    uint64_t addr);
/* Number @i of the spans, or NULL. */
const struct span *view_span(const struct flat_view *view, uint64_t i);
/* The span behind @s, another layer perhaps, or NULL. */
const struct span *view_next(const struct flat_view *view,
			     const struct span *s);

#endif
