/* SPDX-License-Identifier: BSD-2-Clause */
/* What the region list and the guest tree share, and rounding to pages. */
#ifndef DT_PLACE_H
#define DT_PLACE_H

#include <stdbool.h>

struct dt_cursor;
struct dt_host;
struct dt_report;
struct dt_row;
struct region;

/* What the match table says of a node, seen from the nodes above it. */
struct dt_place {
	const struct dt_row *row;
	bool inherited; /* the row is that of a node above         */
	bool no_reg;	/* `reg` is no address, here and below     */
};

/* The place of the current node; @parent is NULL at the root. */
struct dt_place dt_place(const struct dt_cursor *c, const struct dt_host *host,
			 const struct dt_place *parent);

/* Whether nothing below this node is kept. */
bool dt_drops_children(const struct dt_place *place);

/**
 * dt_regions_finish() - Sort, join, round out, and report who shares what.
 * @region: exact bytes in ipa, pa (equal) and size, in any order.
 *
 * Return: how many are left.
 */
unsigned int dt_regions_finish(struct region *region, unsigned int nr,
			       const struct dt_report *report);

#endif
