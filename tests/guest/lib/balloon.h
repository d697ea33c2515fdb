/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory hypercalls that most tests use, in one line each. */
#ifndef GUEST_BALLOON_H
#define GUEST_BALLOON_H

#include <stdint.h>

#include <xen/memory.h>

/** gfn_of() - Frame number of an address of the 1:1 map. */
static inline xen_pfn_t gfn_of(const void *p)
{
	return (uint64_t)p >> 12;
}

/**
 * reservation() - Populate or decrease a list of extents of this domain.
 * @op:    XENMEM_populate_physmap, XENMEM_decrease_reservation, ...
 * @gfns:  first frames of the extents; populate writes to it.
 *
 * Return: extents done, or an error.
 */
long reservation(unsigned int op, xen_pfn_t *gfns, unsigned long nr,
		 unsigned int order);

/** balloon_out() - Give one page back. Return: 0 or an error. */
long balloon_out(const void *page);

/** balloon_in() - Get one page again. Return: 0 or an error. */
long balloon_in(const void *page);

/** physmap_add() - XENMEM_add_to_physmap for this domain. */
long physmap_add(unsigned int space, uint64_t idx, xen_pfn_t gfn);

/** physmap_remove() - XENMEM_remove_from_physmap for this domain. */
long physmap_remove(xen_pfn_t gfn);

#endif
