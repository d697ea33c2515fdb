/* SPDX-License-Identifier: BSD-2-Clause */
/* The p2m of the domain that a hypercall is about. */
#ifndef HYPERCALL_TARGET_H
#define HYPERCALL_TARGET_H

#include <stdbool.h>

#include <core/compiler.h>

#include "domain/domain.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

/**
 * target_lock() - p2m_lock(), for a domain that need not be the caller's own.
 *
 * What a commit of its map relies on, or has not done yet, is not for others
 * to change or to look at (docs/design/14-commits-in-chunks.md).
 * Return: false, and it is not locked, between two turns of a commit: the
 * hypercall is to be continued.
 */
static inline bool __must_check target_lock(const struct domain *d,
					    struct p2m_locked *l)
{
	*l = p2m_lock(d->p2m);
	if (unlikely(memmap_is_busy(d->memmap))) {
		p2m_unlock(*l);
		return false;
	}
	return true;
}

#endif
