/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's RAM at boot: what there is, what is taken, what is free. */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"

struct dt_host;

/* Free RAM that dom0's banks are chosen from; sorted, disjoint. */
#define MAX_FREE_RANGES 256

struct boot_memory {
	struct dt_range free[MAX_FREE_RANGES];
	unsigned int nr_free;
	uint64_t total; /* bytes of RAM in use by this host */
};

/**
 * memory_init() - Map all RAM at EL2, make the frame table, seed the
 * allocator with everything that is free.
 * @pa_bits: what the CPU can address; RAM above is named and not used.
 *
 * Taken are: the image, the device tree, the modules, /memreserve/ and
 * /reserved-memory. No-map ranges are not mapped at EL2.
 */
void memory_init(const struct dt_host *host, unsigned int pa_bits,
		 struct boot_memory *m);

/**
 * memory_choose() - Take RAM for the hardware domain, in few large pieces.
 * @bytes: how much, rounded up to 2 MiB.
 * @bank:  output, at most @max, sorted; 2 MiB aligned.
 *
 * 1 GiB-aligned pieces first. The frames belong to domain @owner then.
 * Return: the number of banks; 0 when there is not enough.
 */
unsigned int memory_choose(struct boot_memory *m, uint64_t bytes,
			   uint16_t owner, struct dt_range *bank,
			   unsigned int max) __must_check;

#endif
