/* SPDX-License-Identifier: BSD-2-Clause */
/* From the host's tree to the regions of the hardware domain. */
#ifndef DT_REGIONS_H
#define DT_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"

#define DT_NR_INTIDS 1020

struct dt_host;
struct region;

/* Interrupts to route: a bit for each interrupt id. */
struct dt_irqs {
	uint64_t routed[DT_NR_INTIDS / 64 + 1];
	uint64_t edge[DT_NR_INTIDS / 64 + 1];
};

static inline bool dt_irq_routed(const struct dt_irqs *irqs, unsigned int id)
{
	return id < DT_NR_INTIDS && (irqs->routed[id / 64] >> id % 64 & 1);
}

static inline bool dt_irq_edge(const struct dt_irqs *irqs, unsigned int id)
{
	return id < DT_NR_INTIDS && (irqs->edge[id / 64] >> id % 64 & 1);
}

struct dt_regions_request {
	const struct dt_host *host;
	unsigned int ipa_bits;	     /* what lies above is refused       */
	const struct dt_range *deny; /* more that no region may touch:   */
	unsigned int nr_deny;	     /* image, device tree, modules, ... */
	struct region *region;	     /* output                           */
	unsigned int max_regions;
	struct dt_irqs *irqs; /* output */
};

/**
 * dt_regions() - Every address that the hardware domain gets by its tree.
 *
 * Kept nodes' `reg` and PCI windows, by the match table, and the static
 * reserved ranges: 1:1, rounded out to pages, sorted by address. Regions of
 * equal attribute that share bytes or a page are one, named after the first
 * node. Where attributes differ both regions are there and the stricter one
 * has the higher priority. Never touched: RAM that is not reserved, the GIC,
 * the hypervisor's console, @deny. Each of these cases is reported.
 *
 * @irqs gets the SPIs of the kept nodes whose interrupt parent is the GIC,
 * also through the interrupt-map of PCI hosts and other nexus nodes.
 *
 * The regions' names point into the tree.
 * Return: the number of regions; -XEN_ENOSPC (reported).
 */
int dt_regions(const struct dt_regions_request *request,
	       const struct dt_report *report) __must_check;

/**
 * dt_unused_ranges() - Guest addresses where nothing is: extended regions.
 * @used:     RAM banks, regions, whatever else, in any order.
 * @ipa_bits: the guest's address size.
 * @out:      output, at most @max ranges, the largest ones, by address.
 *
 * Aligned to 2 MiB, at least 64 MiB each, never the first or last 2 MiB of
 * the address space. @used is sorted and joined by the call.
 * Return: how many.
 */
unsigned int dt_unused_ranges(struct dt_range *used, unsigned int nr,
			      unsigned int ipa_bits, struct dt_range *out,
			      unsigned int max);

#endif
