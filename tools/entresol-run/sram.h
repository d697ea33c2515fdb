/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine pages are SRAM. */
#ifndef RUN_SRAM_H
#define RUN_SRAM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a machine page is in an mmio-sram node of this domain's own device
 * tree: the control domain has those of the machine.
 */
bool sram_is(uint64_t mfn);

/* The same in this tree, which is whole. */
bool sram_in(const void *fdt, uint64_t mfn);

#endif
