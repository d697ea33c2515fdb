/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vCPUs take turns on one CPU with the same ASID and different stage-1
 * tables: neither may see what the TLB holds of the other (R2.9).
 *
 * QEMU drops its whole TLB whenever TCR_EL1 is written, so for want of the
 * invalidation this fails only where a switch leaves an equal TCR_EL1 alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include "arch.h"
#include "board.h"
#include "hypercall.h"
#include "mmu.h"
#include "smp.h"
#include "tap.h"

#define ASID   5
#define WINDOW (302UL << 30) /* mapped to another page by each vCPU */
#define PAGES  8
#define ROUNDS 3000

static uint32_t ready;
static uint32_t wrong[2];
static uint32_t turns[2];

static struct mmu_table *private_map(uint64_t *pages)
{
	struct mmu_table *root = mmu_copy_root();

	mmu_map_in(root, WINDOW, (uint64_t)pages, PAGES * PAGE_SIZE,
		   MMU_NORMAL_NG);
	return root;
}

/* Fill the window with a word of its own, then look at it turn by turn. */
static void look(unsigned int self, struct mmu_table *root)
{
	volatile uint64_t *window = (void *)WINDOW;
	uint64_t mine = 0x1111111111111111UL * (self + 1);
	unsigned int i;
	unsigned int page;

	mmu_use(root, ASID);
	for (page = 0; page < PAGES; page++) {
		window[page * 512] = mine + page;
	}
	for (i = 0; i < ROUNDS; i++) {
		for (page = 0; page < PAGES; page++) {
			wrong[self] += window[page * 512] != mine + page;
		}
		window[8] = i;
		wrong[self] += window[8] != i;
		turns[self]++;
		sched_op(SCHEDOP_yield, NULL);
	}
}

static void second(void *arg)
{
	flag_set(&ready, 1);
	look(1, arg);
}

void guest_main(void)
{
	uint64_t *pages = ram_take(2 * PAGES * PAGE_SIZE, PAGE_SIZE);
	struct mmu_table *mine = private_map(pages);
	struct mmu_table *other = private_map(pages + PAGES * 512);

	tap_is(board.nr_cpus, 2, "vCPUs");
	if (smp_start(1, second, other)) {
		tap_bail("CPU_ON");
	}
	flag_wait(&ready, 1);
	look(0, mine);
	smp_join(1);
	tap_is(turns[0], ROUNDS, "turns of vCPU 0");
	tap_is(turns[1], ROUNDS, "turns of vCPU 1");
	tap_is(wrong[0], 0, "words of others that vCPU 0 saw");
	tap_is(wrong[1], 0, "words of others that vCPU 1 saw");
}
