/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in which dom0's first vCPU starts: what the Linux Image protocol
 * asks for, and nothing of the hypervisor's in any other register.
 *
 * Class: XSA-263 (registers of a fresh vCPU that are not zero).
 */
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "board.h"
#include "tap.h"

#define SCTLR_M	    (1UL << 0)
#define SCTLR_C	    (1UL << 2)
#define DAIF_MASKED (7UL << 6) /* SError, IRQ, FIQ */

extern char _start[];

void guest_main(void)
{
	uint64_t tree = boot_state.x[0];
	unsigned int i;

	tap_is((long)boot_state.current_el >> 2, 1, "exception level");
	tap_ok(!(boot_state.sctlr & (SCTLR_M | SCTLR_C)),
	       "MMU and data cache are off");
	tap_ok((boot_state.daif & DAIF_MASKED) == DAIF_MASKED,
	       "interrupts and SError are masked");
	tap_ok(tree == (uint64_t)board.fdt && tree % 8 == 0,
	       "x0 is the device tree, aligned to 8");
	tap_ok(!((uint64_t)_start % MIB(2)), "the image is aligned to 2 MiB");
	for (i = 1; i < 31; i++) {
		tap_ok(!boot_state.x[i], "x%u is zero", i);
	}
	tap_ok(!boot_state.sp, "sp is zero");
}
