/* SPDX-License-Identifier: BSD-2-Clause */
/* Flat views: made from a tree of regions, walked side by side. */
#ifndef MEMMAP_VIEW_H
#define MEMMAP_VIEW_H

#include <stdbool.h>

#include <core/compiler.h>

#include "memmap/span.h"

struct dirty;

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

/* Append what @view shows of [from, to), which is above all there is. */
void canvas_copy(struct canvas *c, const struct flat_view *view, uint64_t from,
		 uint64_t to);

/* The finished view, or NULL and @c->error; @c is given back. */
struct flat_view *canvas_finish(struct canvas *c) __must_check;

/**
 * view_render() - The flat view of a tree.
 * @root:  its regions show up to the size of it.
 * @old:   what shows outside of @dirty.
 * @out:   the view, to be given back with heap_free().
 *
 * Return: 0; -XEN_ENOMEM; -XEN_E2BIG (nested too deep, or without end).
 */
int view_render(const struct region *root, const struct flat_view *old,
		const struct dirty *dirty, struct flat_view **out) __must_check;

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
	unsigned int i; /* into old: first span not passed yet */
	unsigned int j; /* into new                            */
	uint64_t at;	/* everything below is done            */
};

void view_walk_begin(struct view_walk *w, const struct flat_view *old,
		     const struct flat_view *new, const struct dirty *dirty);
/* By ascending address; false when there is none left. */
bool view_walk_next(struct view_walk *w, struct stretch *s);

/* The first span of @view that ends above @addr: its index. */
unsigned int view_first_above(const struct flat_view *view, uint64_t addr);

/* What @s shows of [from, to) only. */
struct span span_clip(const struct span *s, uint64_t from, uint64_t to);

#endif
