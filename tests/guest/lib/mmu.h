/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's own stage-1 map: 39-bit addresses, 4 KiB granule, TTBR0 only.
 *
 * Everything starts out mapped 1:1, RAM as Normal write-back, the rest as
 * Device-nGnRnE.
 */
#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include <stdbool.h>
#include <stdint.h>

enum mmu_attr {
	MMU_NONE,      /* not mapped */
	MMU_DEVICE,    /* Device-nGnRnE, read-write, no execution */
	MMU_NORMAL,    /* Normal write-back, read-write-execute */
	MMU_NORMAL_RO, /* Normal write-back, read-only */
	MMU_NORMAL_NC, /* Normal non-cacheable, read-write */
	MMU_NORMAL_NG, /* MMU_NORMAL, tagged with the ASID (not global) */
};

/** struct mmu_table - One level of a map. */
struct mmu_table {
	uint64_t entry[512];
} __attribute__((aligned(4096)));

/** mmu_early() - Build the first map and turn the MMU on. */
void mmu_early(const void *fdt);

/** mmu_enable() - Turn the MMU of this CPU on, with the common map. */
void mmu_enable(void);

/** mmu_disable() - Turn the MMU and the caches of this CPU off. */
void mmu_disable(void);

/**
 * mmu_map() - Map a range in the common map and flush the TLBs.
 * @va, @pa, @size: multiples of 4 KiB; blocks are used where they fit.
 */
void mmu_map(uint64_t va, uint64_t pa, uint64_t size, enum mmu_attr attr);

/** mmu_map_in() - The same in the map with the root @root. */
void mmu_map_in(struct mmu_table *root, uint64_t va, uint64_t pa, uint64_t size,
		enum mmu_attr attr);

/** mmu_copy_root() - A new root that shares everything with the common map. */
struct mmu_table *mmu_copy_root(void);

/** mmu_use() - Switch this CPU to @root under @asid, without any TLB flush. */
void mmu_use(const struct mmu_table *root, uint16_t asid);

#endif
