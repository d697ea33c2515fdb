/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest learns about its machine: registers at entry, device tree. */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

#define MAX_BANKS   8
#define MAX_REGIONS 16

struct span {
	uint64_t base;
	uint64_t size;
};

/** struct boot_state - Registers as the hypervisor left them (layout.h). */
struct boot_state {
	uint64_t x[31];
	uint64_t sp;
	uint64_t cntpct;
	uint64_t sctlr;
	uint64_t daif;
	uint64_t current_el;
};

/** struct board - What the device tree says. */
struct board {
	const void *fdt;
	struct span bank[MAX_BANKS];
	unsigned int nr_banks;
	uint64_t mpidr[MAX_CPUS];
	unsigned int nr_cpus;
	unsigned int gic_version; /* 2 or 3 */
	struct span gicd;
	struct span gicr; /* redistributors (3), CPU interface (2) */
	unsigned int evtchn_intid;
	unsigned int ptimer_intid;
	unsigned int vtimer_intid;
	struct span region[MAX_REGIONS]; /* /hypervisor reg: 0 is for grants */
	unsigned int nr_regions;
	const char *bootargs;
};

extern struct boot_state boot_state;
extern struct board board;

/** board_init() - Fill board from the device tree at @fdt. */
void board_init(const void *fdt);

/**
 * board_reg() - One entry of a node's reg property.
 * @path:   full path, or an alias of libfdt.
 * @index:  which entry.
 * @out:    filled on success.
 *
 * Return: false if the node or the entry is missing.
 */
bool board_reg(const char *path, unsigned int index, struct span *out);

/**
 * board_find() - The first node with a compatible string.
 * @compatible: string to look for.
 * @out:        its first reg entry.
 */
bool board_find(const char *compatible, struct span *out);

/**
 * ram_take() - Memory for a test to use, give back or unmap as it likes.
 * @size:  bytes.
 * @align: power of two.
 *
 * Taken from the bank the image is in, above the image, never returned.
 * Bails out when there is none left.
 */
void *ram_take(uint64_t size, uint64_t align);

/** guest_main() - The test itself; returning from it ends the run. */
void guest_main(void);

#endif
