/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All vCPUs give pages back and get them again at the same time, in single
 * pages, batches and blocks, in a region that they share.
 *
 * Each page has one owner at a time, so every answer and every content is
 * known; what is shared are the tables: each block's pages belong to all.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "smp.h"
#include "tap.h"

#define BLOCK		MIB(2)
#define BLOCKS		4
#define ROUNDS		50
#define BATCH		16
#define PAGES_PER_BLOCK 512

static char *region;
static uint32_t errors[MAX_CPUS];
static uint32_t done[MAX_CPUS];

static uint64_t word_of(const void *page)
{
	return (uint64_t)page ^ 0x5ca1ab1e00000000UL;
}

static volatile uint64_t *page_at(unsigned int index)
{
	return (void *)(region + index * PAGE_SIZE);
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* One batch of this CPU's pages, taken from all over the region. */
static void one_round(unsigned int self, uint32_t *state)
{
	unsigned int total = BLOCKS * PAGES_PER_BLOCK / board.nr_cpus;
	unsigned int nr = next(state) % BATCH + 1;
	unsigned int first = next(state) % (total - BATCH);
	xen_pfn_t gfns[BATCH];
	unsigned int i;
	long rc;

	for (i = 0; i < nr; i++) {
		gfns[i] = gfn_of(
			(void *)page_at((first + i) * board.nr_cpus + self));
	}
	rc = reservation(XENMEM_decrease_reservation, gfns, nr, 0);
	errors[self] += rc != (long)nr;
	for (i = 0; i < nr; i++) {
		struct fault f = probe_read(gfns[i] << PAGE_SHIFT, 8, NULL);

		errors[self] += !f.taken;
	}
	rc = reservation(XENMEM_populate_physmap, gfns, nr, 0);
	errors[self] += rc != (long)nr;
	for (i = 0; i < nr; i++) {
		uint64_t *page = (void *)(gfns[i] << PAGE_SHIFT);

		errors[self] += *page != word_of(page);
	}
}

static void stress(void *arg)
{
	unsigned int self = this_cpu()->id;
	uint32_t state = self + 1;
	unsigned int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		one_round(self, &state);
		done[self]++;
	}
}

void guest_main(void)
{
	unsigned int i;
	unsigned int lost = 0;
	xen_pfn_t gfn;

	region = ram_take(BLOCKS * BLOCK, BLOCK);
	for (i = 0; i < BLOCKS * PAGES_PER_BLOCK; i++) {
		*page_at(i) = word_of((void *)page_at(i));
	}
	for (i = 1; i < board.nr_cpus; i++) {
		if (smp_start(i, stress, NULL)) {
			tap_bail("CPU_ON of %u", i);
		}
	}
	stress(NULL);
	for (i = 1; i < board.nr_cpus; i++) {
		smp_join(i);
	}
	for (i = 0; i < board.nr_cpus; i++) {
		tap_is(done[i], ROUNDS, "rounds of vCPU %u", i);
		tap_is(errors[i], 0, "wrong answers to vCPU %u", i);
	}
	for (i = 0; i < BLOCKS * PAGES_PER_BLOCK; i++) {
		lost += *page_at(i) != word_of((void *)page_at(i));
	}
	tap_is(lost, 0, "pages with other contents than before");
	for (i = 0; i < BLOCKS; i++) {
		gfn = gfn_of(region + i * BLOCK);
		tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 9), 1,
		       "give back block %u as a whole", i);
		tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 9), 1,
		       "get it again");
	}
}
