/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The p2m as a listener of the memory map: from the difference of two views
 * to changes of the p2m, prepared, then applied.
 */
#ifndef MEMMAP_COMMIT_H
#define MEMMAP_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "memmap/kept.h"
#include "memmap/listener.h"
#include "p2m/p2m.h"
#include "s2/attr.h"

/* What the p2m shall have in [ipa, ipa + size). */
struct map_op {
	ipa_t ipa;
	uint64_t size;
	bool map; /* else unmap; the fields below are those of `map` */
	bool clean; /* without permission to write: it is logged     */
	paddr_t pa;
	enum p2m_type type;
	struct s2_attr attr;
};

/* All of a commit, by ascending address; neighbours that continue each other
 * are one. */
struct plan {
	struct p2m_locked l;
	struct map_op *op;
	unsigned int nr;
	unsigned int room;
	struct kept_edits kept;
};

/**
 * plan_make() - What the p2m needs for a change of the view.
 *
 * What the guest itself made of a page stays (docs/design/10-*.md). Nothing
 * changes before kept_apply() and the operations.
 * Return: 0; -XEN_ENOMEM, -XEN_EPERM, -XEN_EBUSY; plan_free() in any case.
 */
int plan_make(struct plan *plan, const struct memmap_change *c) __must_check;
void plan_free(struct plan *plan);

/*
 * An upper bound of the table pages that the operations need, whatever the
 * p2m holds now. Pure.
 */
uint64_t plan_tables(const struct map_op *op, unsigned int nr);

/* The listener's part of a map: what it has prepared. */
struct commit {
	struct p2m *p2m;
	struct list kept; /* all records of the map */
	struct plan plan;
};

/* Callbacks with a struct commit; the p2m is locked from outside. */
int commit_prepare(void *opaque, const struct memmap_change *c);
void commit_cancel(void *opaque);
void commit_apply(void *opaque);

#endif
