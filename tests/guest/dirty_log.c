/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging of the domain's own RAM: which pages of a part of it were
 * written since they were read and cleared, by one vCPU and by two, by the
 * hypervisor, by grants and balloons. Counts are exact (R5.4).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <public/entresol.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/version.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "hypercall.h"
#include "smp.h"
#include "tap.h"

#define BLOCK  MIB(2)
#define BLOCKS 4
#define PAGES  ((long)(BLOCKS * BLOCK / PAGE_SIZE))
#define WORDS  (PAGES / 64)

#define ROUNDS 100
#define REF    8u

#define ENOENT 2
#define ESRCH  3
#define EFAULT 14
#define EINVAL 22

static char *region;
static uint64_t bits[WORDS];
static uint64_t seen[WORDS];

static volatile uint64_t *page_at(long page)
{
	return (volatile void *)(region + page * PAGE_SIZE);
}

static bool is_set(const uint64_t *map, long page)
{
	return map[page / 64] >> page % 64 & 1;
}

static long call(struct entresol_dirty *d)
{
	return hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_dirty, ARG(d));
}

/* Number of dirty pages of the region's [first, first + nr), or the error. */
static long dirty(unsigned int op, long first, long nr)
{
	struct entresol_dirty d = {
		.domid = DOMID_SELF,
		.op = op,
		.gfn = gfn_of(region) + first,
		.nr = nr,
		.bitmap = ARG(bits),
	};
	long rc = call(&d);

	if (rc) {
		return rc;
	}
	return d.nr == (uint64_t)nr || op <= ENTRESOL_DIRTY_STOP ? (long)d.dirty
								 : -1000;
}

static long clear_all(void)
{
	return dirty(ENTRESOL_DIRTY_CLEAR, 0, PAGES);
}

/* The bitmap of a whole read has @page, and no other. */
static bool is_only(long page)
{
	for (long i = 0; i < PAGES; i++) {
		if (is_set(bits, i) != (i == page)) {
			return false;
		}
	}
	return true;
}

static void only(long page, const char *what)
{
	tap_is(clear_all(), 1, "%s: one page", what);
	tap_ok(is_only(page), "%s: that one", what);
}

static void errors(void)
{
	struct entresol_dirty d = { .domid = DOMID_SELF,
				    .op = ENTRESOL_DIRTY_READ,
				    .gfn = gfn_of(region),
				    .nr = 1,
				    .bitmap = ARG(bits) };
	struct entresol_dirty bad = d;

	tap_is(call(&d), 0, "read of what is not logged");
	tap_is((long)d.dirty, 0, "nothing is dirty there");
	bad.op = 4;
	tap_is(call(&bad), -EINVAL, "unknown operation");
	bad = d;
	bad.reserved = 1;
	tap_is(call(&bad), -EINVAL, "reserved field");
	bad = d;
	bad.nr = 0;
	tap_is(call(&bad), -EINVAL, "no pages");
	bad = d;
	bad.gfn = 1UL << 48;
	tap_is(call(&bad), -EINVAL, "beyond the address space");
	bad = d;
	bad.nr = ~0UL;
	tap_is(call(&bad), -EINVAL, "a range that wraps");
	bad = d;
	bad.domid = 77;
	tap_is(call(&bad), -ESRCH, "no such domain");
	bad = d;
	bad.op = ENTRESOL_DIRTY_START;
	bad.gfn = gfn_of((void *)board.gicd.base);
	tap_is(call(&bad), -ENOENT, "no RAM to be logged");
	tap_is(hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_dirty, 1UL << 50),
	       -EFAULT, "arguments nowhere");
}

static void start(void)
{
	tap_is(dirty(ENTRESOL_DIRTY_START, 0, 1), 0, "start");
	tap_is(dirty(ENTRESOL_DIRTY_START, 0, PAGES), 0, "it is started");
	tap_is(dirty(ENTRESOL_DIRTY_READ, 0, PAGES), PAGES,
	       "at first all is dirty");
	tap_is(clear_all(), PAGES, "still so, and cleared");
	tap_is(clear_all(), 0, "nothing is dirty");
}

static void plain_writes(void)
{
	long page, wrong = 0;

	for (page = 0; page < PAGES; page += 7) {
		*page_at(page) = page;
	}
	tap_is(dirty(ENTRESOL_DIRTY_READ, 0, PAGES), (PAGES + 6) / 7,
	       "every seventh page is written");
	for (page = 0; page < PAGES; page++) {
		wrong += is_set(bits, page) != (page % 7 == 0);
	}
	tap_is(wrong, 0, "pages reported wrongly");
	tap_is(dirty(ENTRESOL_DIRTY_CLEAR, 700, 70), 10, "clear some");
	tap_is(dirty(ENTRESOL_DIRTY_CLEAR, 700, 70), 0, "they are clear");
	tap_is(clear_all(), (PAGES + 6) / 7 - 10, "the others are not");
	for (page = 0; page < PAGES; page++) {
		wrong += *page_at(page) != (page % 7 ? 0UL : (uint64_t)page);
	}
	tap_is(wrong, 0, "pages with wrong contents");
	tap_is(clear_all(), 0, "reading is no writing");
}

static void other_stores(void)
{
	__atomic_fetch_add((uint64_t *)page_at(13), 1, __ATOMIC_SEQ_CST);
	only(13, "an exclusive store");
	__asm__ volatile("dc zva, %0" : : "r"(page_at(14)) : "memory");
	only(14, "a cache line zeroed");
	__asm__ volatile("dc civac, %0\n\tdsb sy"
			 :
			 : "r"(page_at(15))
			 : "memory");
	tap_is(clear_all(), 0, "a cache line cleaned is no write");
	*page_at(0) = 1;
	only(0, "the first page");
	*(page_at(PAGES) - 1) = 1;
	only(PAGES - 1, "the last page");
}

static void hypervisor_writes(void)
{
	struct entresol_dirty d = { .domid = DOMID_SELF,
				    .op = ENTRESOL_DIRTY_READ,
				    .gfn = gfn_of(region),
				    .nr = 64,
				    .bitmap = ARG(page_at(33)) };

	tap_is(xen_version(XENVER_extraversion, (void *)page_at(30)), 0,
	       "a hypercall that answers into page 30");
	only(30, "its answer");
	tap_is(call(&d), 0, "a bitmap into page 33");
	only(33, "the bitmap");
	d.op = ENTRESOL_DIRTY_CLEAR;
	*page_at(40) = 1;
	d.bitmap = 1UL << 50;
	tap_is(call(&d), -EFAULT, "a bitmap nowhere");
	only(40, "what could not be told");
}

static void grants_and_balloons(void)
{
	struct gnttab_copy copy = {
		.source = { .u.gmfn = gfn_of((void *)page_at(50)),
			    .domid = DOMID_SELF },
		.dest = { .u.gmfn = gfn_of((void *)page_at(51)),
			  .domid = DOMID_SELF },
		.len = 64,
	};

	tap_is(grant_table_op(GNTTABOP_copy, &copy, 1), 0, "grant copy");
	tap_is(copy.status, 0, "its status");
	only(51, "where it went");
	tap_is(balloon_out((void *)page_at(60)), 0, "give a page back");
	only(60, "a page given back");
	tap_is(clear_all(), 0, "then it is not there");
	tap_is(balloon_in((void *)page_at(60)), 0, "take it again");
	only(60, "a page taken");
}

/* A page that is mapped by its grant is dirty as long as that is so. */
static void mapped_grant(void)
{
	volatile grant_entry_v1_t *table = (void *)board.region[0].base;
	volatile uint64_t *at = ram_take(PAGE_SIZE, PAGE_SIZE);
	struct gnttab_map_grant_ref map = {
		.host_addr = (uint64_t)at,
		.flags = GNTMAP_host_map,
		.ref = REF,
	};
	struct gnttab_unmap_grant_ref unmap = { .host_addr = (uint64_t)at };

	tap_is(physmap_add(XENMAPSPACE_grant_table, 0,
			   gfn_of((void *)board.region[0].base)),
	       0, "grant table");
	table[REF].domid = 0;
	table[REF].frame = gfn_of((void *)page_at(70));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	table[REF].flags = GTF_permit_access;
	tap_is(balloon_out((void *)at), 0, "a place for the grant");
	tap_is(clear_all(), 0, "nothing is dirty yet");
	tap_is(grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0, "map");
	tap_is(map.status, 0, "its status");
	only(70, "a mapped grant");
	*at = 1;
	only(70, "while it is mapped");
	unmap.handle = map.handle;
	tap_is(grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0, "unmap");
	only(70, "once more after that");
	tap_is(clear_all(), 0, "then no more");
}

/* -------------------------------------------------------------- two vCPUs */

/* Each writes its pages of four: 0 and 1 are written by vCPU 0, 2 by both;
 * 3 is read alone. */
static void write_mine(long self, uint64_t round)
{
	for (long page = self; page < PAGES; page += 4) {
		*page_at(page) = round;
		__atomic_fetch_add((uint64_t *)(page_at(page - self + 2) + 1),
				   1, __ATOMIC_RELAXED);
		(void)*page_at(page - self + 3);
	}
}

static uint32_t go;

static void second(void *arg)
{
	(void)arg;
	flag_wait(&go, 1);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		write_mine(1, round);
	}
}

static void merge(void)
{
	for (long i = 0; i < WORDS; i++) {
		seen[i] |= bits[i];
	}
}

static void two_vcpus(void)
{
	long wrong = 0, missed = 0, lost = 0;

	for (long page = 2; page < PAGES; page += 4) {
		page_at(page)[1] = 0;
	}
	clear_all();
	if (smp_start(1, second, NULL)) {
		tap_bail("CPU_ON");
	}
	flag_set(&go, 1);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		write_mine(0, round);
		clear_all();
		merge();
	}
	smp_join(1);
	clear_all();
	merge();
	for (long page = 0; page < PAGES; page++) {
		wrong += is_set(seen, page) && page % 4 == 3;
		missed += !is_set(seen, page) && page % 4 != 3;
		lost += page % 4 < 2 && *page_at(page) != ROUNDS;
		lost += page % 4 == 2 && page_at(page)[1] != 2 * ROUNDS;
	}
	tap_is(wrong, 0, "two vCPUs: pages reported that nobody wrote");
	tap_is(missed, 0, "two vCPUs: pages written and never reported");
	tap_is(lost, 0, "two vCPUs: writes lost");
	tap_is(clear_all(), 0, "nothing is left");
	write_mine(0, 0);
	tap_is(clear_all(), PAGES / 2, "half of the pages by one vCPU");
}

static void stop(void)
{
	*page_at(1) = 1;
	tap_is(dirty(ENTRESOL_DIRTY_STOP, 0, 1), 0, "stop");
	tap_is(dirty(ENTRESOL_DIRTY_READ, 0, PAGES), 0, "nothing is logged");
	tap_is(dirty(ENTRESOL_DIRTY_STOP, 0, 1), 0, "it is stopped");
	*page_at(1) = 2;
	tap_is((long)*page_at(1), 2, "a write when it is stopped");
	tap_is(dirty(ENTRESOL_DIRTY_START, 0, 1), 0, "start again");
	tap_is(clear_all(), PAGES, "all is dirty");
	tap_is(dirty(ENTRESOL_DIRTY_STOP, 0, 1), 0, "stop again");
}

void guest_main(void)
{
	region = ram_take(BLOCKS * BLOCK, BLOCK);
	for (long page = 0; page < PAGES; page++) {
		*page_at(page) = 0;
	}
	errors();
	start();
	plain_writes();
	other_stores();
	hypervisor_writes();
	grants_and_balloons();
	mapped_grant();
	two_vcpus();
	stop();
}
