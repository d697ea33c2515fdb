/* SPDX-License-Identifier: BSD-2-Clause */
/* Flat views: made from ranked regions, searched, compared. */
#ifndef MEMMAP_VIEW_H
#define MEMMAP_VIEW_H

#include <stdbool.h>

#include <core/compiler.h>
#include <core/list.h>

#include "memmap/memmap.h"

/**
 * view_render() - The flat view of regions.
 * @ranked: list of struct region by `rank`: one that hides another comes
 *          before it.
 * @nr:     how many there are.
 *
 * Return: a view, sorted and disjoint, without the holes, to be given back
 * with heap_free(); NULL when out of memory.
 */
struct flat_view *view_render(const struct list *ranked,
			      unsigned int nr) __must_check;

/* What the p2m shall have in [ipa, ipa + size). */
struct view_change {
	ipa_t ipa;
	uint64_t size;
	bool map; /* else unmap; the fields below are those of `map` */
	paddr_t pa;
	enum p2m_type type;
	struct s2_attr attr;
};

/* A walk over both views at once. */
struct view_diff {
	const struct flat_view *old;
	const struct flat_view *new;
	unsigned int i; /* into old: first span not passed yet */
	unsigned int j; /* into new                            */
	uint64_t at;	/* everything below is done            */
	bool ready;	/* `next` is there                     */
	struct view_change next;
};

void view_diff_begin(struct view_diff *d, const struct flat_view *old,
		     const struct flat_view *new);

/*
 * The next change, by ascending address; neighbours that continue each other
 * are one. False when there is none left.
 */
bool view_diff_next(struct view_diff *d, struct view_change *change);

#endif
