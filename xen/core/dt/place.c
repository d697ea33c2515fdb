/* SPDX-License-Identifier: BSD-2-Clause */
/* From the row of a node's own to the row that holds for it. */
#include "dt/place.h"
#include "dt/match.h"
#include "dt/read.h"

struct dt_place dt_place(const struct dt_cursor *c, const struct dt_host *host,
			 const struct dt_place *parent)
{
	struct dt_place p = { .row = dt_match(c->fdt, dt_node(c)) };

	if (parent) {
		p.no_reg = parent->no_reg || parent->row->children == DT_NO_REG;
	}
	if (dt_node(c) == host->uart.node) {
		p.row = dt_row_by_name("xen-console");
	}
	if (p.row) {
		return p;
	}
	p.inherited = parent && parent->row->children == DT_INHERIT;
	p.row = p.inherited ? parent->row : &dt_row_default;
	return p;
}

bool dt_drops_children(const struct dt_place *place)
{
	const struct dt_row *row = place->row;

	return row->how == DT_HIDDEN ||
	       (row->how == DT_REMADE && row->children == DT_NO_REG);
}
