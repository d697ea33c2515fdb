/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TLB keeps of both stages must go when stage 2 changes (R2.4).
 *
 * Every page is touched first, so that an entry that joins both stages is in
 * the TLB. The break test: without the VMALLE1IS of the flush these accesses
 * still succeed, with stale data, on QEMU as on hardware.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/memory.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "mmu.h"
#include "smp.h"
#include "tap.h"

#define BLOCK MIB(2)
#define OLD   0x6f6c64UL
#define ALIAS (300UL << 30) /* a second virtual address for the same page */

static volatile uint64_t *block;

static void touch(volatile uint64_t *at)
{
	*at = OLD;
	(void)*at;
}

static bool gone(volatile uint64_t *at)
{
	struct fault f = probe_read((uint64_t)at, 8, NULL);

	return f.taken && f.far == (uint64_t)at;
}

static void page_of_a_block(void)
{
	volatile uint64_t *page = block + 3 * 512;

	touch(page);
	touch(page + 512);
	tap_is(balloon_out((void *)page), 0, "give back a page of a block");
	tap_ok(gone(page), "it faults at once");
	tap_ok(!gone(page + 512), "its neighbour does not");
	tap_is(balloon_in((void *)page), 0, "get it again");
	tap_ok(!gone(page) && *page == OLD, "it is there at once");
	touch(page);
	tap_is(balloon_out((void *)page), 0, "give back a page of a table");
	tap_ok(gone(page), "it faults at once");
	balloon_in((void *)page);
}

static void whole_block(void)
{
	volatile uint64_t *own = block + BLOCK / 8;
	xen_pfn_t gfn = gfn_of((void *)own);

	touch(own);
	touch(own + BLOCK / 8 - 1);
	tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 9), 1,
	       "give back a block");
	tap_ok(gone(own) && gone(own + BLOCK / 8 - 1),
	       "both its ends fault at once");
	tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 9), 1,
	       "get it again");
	tap_ok(!gone(own), "it is there at once");
}

static void another_address(void)
{
	volatile uint64_t *page = block + 5 * 512;
	volatile uint64_t *alias = (void *)ALIAS;

	mmu_map(ALIAS, (uint64_t)page, PAGE_SIZE, MMU_NORMAL);
	touch(page);
	tap_is((long)*alias, OLD, "read at the other address");
	tap_is(balloon_out((void *)page), 0, "give the page back");
	tap_ok(gone(alias) && gone(page), "both addresses fault at once");
	balloon_in((void *)page);
}

/* Another frame at the same place: the old contents must not be seen. */
static void another_frame(void)
{
	volatile uint64_t *page = block + 7 * 512;
	uint32_t bytes;

	memset((void *)page, 0x5a, PAGE_SIZE);
	(void)*page;
	tap_is(physmap_add(XENMAPSPACE_grant_table, 0, gfn_of((void *)page)), 0,
	       "map a grant frame over a page of RAM");
	bytes = (uint32_t)*page;
	tap_ok(bytes != 0x5a5a5a5a, "the page shows the grant frame at once");
	tap_is(physmap_remove(gfn_of((void *)page)), 0, "remove it");
	tap_ok(gone(page), "it faults at once");
	tap_is(balloon_in((void *)page), 0, "get the RAM again");
	tap_is((long)(uint32_t)*page, 0x5a5a5a5a, "it shows the RAM at once");
}

static void code(void)
{
	uint32_t *page = (uint32_t *)(block + 9 * 512);

	page[0] = 0xd65f03c0; /* ret */
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\t"
			 "isb"
			 :
			 : "r"(page)
			 : "memory");
	tap_ok(!probe_exec((uint64_t)page).taken, "run code in a page");
	tap_is(balloon_out(page), 0, "give it back");
	tap_ok(probe_exec((uint64_t)page).taken, "running it faults at once");
	balloon_in(page);
}

/* The other CPU's TLB: it touches, this one gives back, it must fault. */
enum { TOUCHED = 1, TAKEN, SEEN, BACK };

static uint32_t step;
static bool other_gone;
static bool other_back;

static void other_cpu(void *arg)
{
	volatile uint64_t *page = arg;

	touch(page);
	flag_set(&step, TOUCHED);
	flag_wait(&step, TAKEN);
	other_gone = gone(page);
	flag_set(&step, SEEN);
	flag_wait(&step, BACK);
	other_back = !gone(page) && *page == OLD;
}

static void across_cpus(void)
{
	volatile uint64_t *page = block + 11 * 512;

	if (smp_start(1, other_cpu, (void *)page)) {
		tap_bail("CPU_ON");
	}
	flag_wait(&step, TOUCHED);
	tap_is(balloon_out((void *)page), 0,
	       "give back a page that CPU 1 has touched");
	flag_set(&step, TAKEN);
	flag_wait(&step, SEEN);
	tap_ok(other_gone, "it faults there");
	tap_is(balloon_in((void *)page), 0, "get it again");
	flag_set(&step, BACK);
	smp_join(1);
	tap_ok(other_back, "it is there again");
}

void guest_main(void)
{
	block = ram_take(2 * BLOCK, BLOCK);
	page_of_a_block();
	whole_block();
	another_address();
	another_frame();
	code();
	if (board.nr_cpus > 1) {
		across_cpus();
	}
}
