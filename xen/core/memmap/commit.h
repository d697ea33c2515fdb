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
 * commit_prepare() - Make sure that commit_apply() can be done.
 *
 * The p2m does not change. Return: 0, and commit_apply() must follow;
 * -XEN_ENOMEM (table pages); -XEN_EPERM, -XEN_EBUSY of frame_get().
 */
int commit_prepare(struct p2m_locked l, const struct flat_view *old,
		   const struct flat_view *new) __must_check;

/* Cannot fail after commit_prepare() under the same lock. */
void commit_apply(struct p2m_locked l, const struct flat_view *old,
		  const struct flat_view *new);

#endif
