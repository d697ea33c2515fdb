/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-1 tables where the bus answers with an error: who translates a pointer
 * through them gets an external abort on the walk. For the guest that is its
 * own abort, for a hypercall a bad pointer, and nobody else notices.
 *
 * Class: XSA-201 (a guest's external abort that ends the host).
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/errno.h>
#include <xen/memory.h>
#include <xen/version.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "mmu.h"
#include "tap.h"

#define TABLE 3UL /* a valid table descriptor */
#define SLOT  500 /* of the root: 1 GiB each */
#define VA    ((uint64_t)SLOT << 30)

#define FSC_EXTERNAL_WALK 0x14 /* and the level */

static void own_access(void)
{
	struct fault f = probe_read(VA, 8, NULL);

	tap_ok(f.taken && ESR_EC(f.esr) == EC_DABORT &&
		       (ESR_FSC(f.esr) & 0x3c) == FSC_EXTERNAL_WALK,
	       "an access: external abort on the walk");
}

/* Read and write side; small copies and long ones go different ways. */
static void hypercalls(void)
{
	uint64_t here = (uint64_t)&board;
	uint64_t before, after;
	unsigned int i;

	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(here) : "memory");
	before = read_sysreg(par_el1);
	tap_is(xen_version(XENVER_get_features, (void *)VA), -XEN_EFAULT,
	       "XENVER_get_features");
	tap_is(xen_version(XENVER_extraversion, (void *)VA), -XEN_EFAULT,
	       "XENVER_extraversion");
	tap_is(memory_op(XENMEM_add_to_physmap, (void *)VA), -XEN_EFAULT,
	       "XENMEM_add_to_physmap");
	tap_is(console_io(CONSOLEIO_write, 512, (void *)VA), -XEN_EFAULT,
	       "CONSOLEIO_write");
	after = read_sysreg(par_el1);
	tap_ok(before == after && !(after & 1), "PAR_EL1 is as it was");
	for (i = 0; i < 1000; i++) {
		xen_version(XENVER_get_features, (void *)VA);
	}
	tap_ok(xen_version(XENVER_version, NULL) == (4 << 16 | 17),
	       "a thousand more, and the hypervisor answers");
}

void guest_main(void)
{
	struct mmu_table *root = mmu_copy_root();
	struct span nothing;

	if (!board_find("mmio-sram", &nothing)) {
		tap_bail("dom0's tree has no mmio-sram");
	}
	root->entry[SLOT] = nothing.base | TABLE;
	dsb();
	mmu_use(root, 1);
	own_access();
	hypercalls();
}
