/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam: what stage-2 hardware remembers. The host version models TLBs
 * (stage-2 and combined entries by VMID and CPU) and fails on wrong
 * break-before-make, missing flushes and frees that come too early.
 */
#ifndef ARCH_STAGE2_H
#define ARCH_STAGE2_H

#include <stdint.h>

#include <core/addr.h>

/* What a flush needs to know of the table: VTTBR_EL2 and VTCR_EL2 values. */
struct s2_root {
	uint64_t vttbr; /* VMID << 48 | root table */
	uint64_t vtcr;
};

struct s2_range {
	ipa_t ipa;
	uint64_t size; /* bytes, a multiple of @step */
	uint64_t step; /* bytes that one old leaf entry mapped */
};

/*
 * One store to a descriptor that hardware walkers may see: single copy
 * atomic, not ordered. Filling a table that no walker can reach yet may use
 * plain stores.
 */
void arch_pte_store(uint64_t *slot, uint64_t pte);

/* Clear bits of a descriptor that hardware may change at the same moment. */
void arch_pte_clear_bits(uint64_t *slot, uint64_t bits);

/* Order earlier descriptor stores before later ones (DSB ISHST). */
void arch_pte_publish(void);

/**
 * arch_s2_flush() - Invalidate translations after descriptors were broken.
 * @root:   the table and VMID to flush; loaded for the operation when it is
 *          not the current one.
 * @ranges: ranges whose leaf entries changed.
 * @nr:     number of @ranges; 0 means everything of the VMID.
 *
 * The sequence of requirement R2.4: DSB ISHST; IPAS2E1IS for each
 * step of the ranges; DSB ISH; VMALLE1IS; DSB ISH; ISB. Large ranges
 * become DSB ISHST; VMALLS12E1IS; DSB ISH; ISB. Ends with all CPUs done with
 * the old translations.
 */
void arch_s2_flush(const struct s2_root *root, const struct s2_range *ranges,
		   unsigned int nr);

/*
 * Tell the host model: @nr frames are about to be used for something else
 * (the last reference is gone, or a table page goes back to its pool). It
 * fails when hardware may still reach one of them. No instruction at EL2.
 */
void arch_note_free(mfn_t mfn, uint64_t nr);

/* Invalidate combined entries of the loaded VMID on this CPU (R2.9). */
void arch_s2_flush_local(void);

/*
 * Forget on this CPU what the loaded VMID has at @ipa, and by the virtual
 * address @gva: they may allow less than the table does by now.
 */
void arch_s2_forget(ipa_t ipa, gva_t gva);

#endif
