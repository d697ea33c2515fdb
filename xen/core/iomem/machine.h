/* SPDX-License-Identifier: BSD-2-Clause */
/* What machine pages are, by the host's device tree; made once at boot. */
#ifndef IOMEM_MACHINE_H
#define IOMEM_MACHINE_H

#include <stdint.h>

#include <core/compiler.h>

#include "dt/match.h"
#include "iomem/policy.h"
#include "iomem/set.h"
#include "p2m/p2m.h"

struct region;

/* Frames [at.first, at.end) that are one thing. */
struct machine_part {
	struct iomem_range at;
	const char *node; /* name of the device-tree node */
	const struct dt_row *row;
	enum p2m_type type; /* of a mapping of it */
	enum iomem_kind kind;
	/* From the first to the last frame that dev_mmio has ever mapped: such
	 * pages are in nobody's list. Under iomem_lock. */
	struct iomem_range dev_mmio;
};

/**
 * machine_init() - From the regions that dt_regions() made.
 *
 * Where regions overlap, the one of higher priority counts. Names are kept,
 * regions are not.
 * Return: 0; -XEN_ENOMEM.
 */
int machine_init(const struct region *region, unsigned int nr) __must_check;
void machine_free(void);

/* dev_mmio has mapped these frames of @part. */
void machine_seen(struct machine_part *part, struct iomem_range r);

/* What shows @mfn, or NULL. */
struct machine_part *machine_find(uint64_t mfn);
/* Part @i by ascending address, or NULL behind the last. */
struct machine_part *machine_part(unsigned int i);

#endif
