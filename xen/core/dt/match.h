/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The match table: one row for each kind of node says what its addresses are
 * mapped as, and what becomes of the node. A new kind is one new row.
 */
#ifndef DT_MATCH_H
#define DT_MATCH_H

#include <stdbool.h>

#include "dt/dt.h"
#include "s2/attr.h"

enum dt_how {
	DT_DEVICE,   /* kept, `reg` is mapped: device memory             */
	DT_MEMORY,   /* kept, `reg` is mapped: memory that is no RAM     */
	DT_PCI,	     /* kept, `reg` is mapped, `ranges` are windows      */
	DT_RESERVED, /* kept, the static ranges of /reserved-memory      */
	DT_UNMAPPED, /* kept, nothing is mapped                          */
	DT_REMADE,   /* written anew for the guest, nothing is mapped    */
	DT_HIDDEN,   /* absent from the guest's tree, nothing is mapped  */
};

enum dt_children {
	DT_OWN_ROW, /* a child without a row gets the default */
	DT_INHERIT, /* a child without a row gets this one    */
	DT_NO_REG,  /* no `reg` below is an address           */
};

struct dt_row {
	const char *name; /* in the boot log */
	/* A node matches by one of these; NULL matches nothing. */
	const char *compatible; /* strings separated by blanks     */
	const char *device_type;
	const char *path;
	/* And only with this property; NULL: in any case. */
	const char *property;
	enum dt_how how;
	enum dt_children children;
	struct s2_attr hwdom; /* as the hardware domain gets it */
	struct s2_attr other; /* as any other domain gets it    */
};

/* The row for nodes that no other row knows. */
extern const struct dt_row dt_row_default;

/**
 * dt_match() - The row of a node by its own properties.
 *
 * The first string of `compatible` that some row has decides, the most
 * specific one; then device_type, then the path.
 * Return: the row or NULL.
 */
const struct dt_row *dt_match(const void *fdt, int node);

/* By name, also rows that match no node: "gicv", "pci-window",
 * "pci-prefetch", "pci-io", "xen-console". NULL when there is none. */
const struct dt_row *dt_row_by_name(const char *name);

/* Row @i of the table, NULL behind the last; for tests and documents. */
const struct dt_row *dt_row_at(unsigned int i);

#endif
