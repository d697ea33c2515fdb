/* SPDX-License-Identifier: BSD-2-Clause */
/* From the difference of two views to the p2m: prepare, then apply. */
#ifndef MEMMAP_COMMIT_H
#define MEMMAP_COMMIT_H

#include <stdint.h>

#include <core/compiler.h>

#include "memmap/memmap.h"
#include "p2m/p2m.h"

/*
 * An upper bound of the table pages that the change from @old to @new needs,
 * whatever the p2m holds now. Pure.
 */
uint64_t commit_tables(const struct flat_view *old,
		       const struct flat_view *new);

/**
 * commit_prepare() - Whether commit_apply() can be done.
 *
 * Changes nothing. Return: 0; -XEN_ENOMEM (table pages).
 */
int commit_prepare(struct p2m_locked l, const struct flat_view *old,
		   const struct flat_view *new) __must_check;

/* Cannot fail after commit_prepare() under the same lock. */
void commit_apply(struct p2m_locked l, const struct flat_view *old,
		  const struct flat_view *new);

#endif
