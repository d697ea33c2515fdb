/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op: reservations, the physmap, and what cannot be asked for.
 *
 * Classes: XSA-29 and XSA-212 (handles that wrap), XSA-31 and XSA-158 (orders),
 * XSA-235 (a lock held after a bad index), XSA-301 (frame numbers out of
 * range), XSA-393 (a page that was never touched).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/memory.h>

#include "arch.h"
#include "badptr.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

#define BLOCK MIB(2)
/* Frames that four levels of table can hold, more than 44 bits need. */
#define ROOT_SPAN (1UL << 36)
#define CANARY	  0x636e6172796b6579UL

static uint64_t *page;	/* a page to give away, inside a block of 2 MiB */
static uint64_t *block; /* 2 MiB, whole */

static unsigned int ipa_bits(void)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };

	return bits[read_sysreg(id_aa64mmfr0_el1) & 7];
}

static void queries(void)
{
	struct xen_memory_domain self = { .domid = DOMID_SELF };
	struct xen_memory_domain missing = { .domid = 77 };
	uint64_t mine = 0;
	unsigned int i;

	for (i = 0; i < board.nr_banks; i++) {
		mine += board.bank[i].size >> PAGE_SHIFT;
	}
	tap_is(memory_op(XENMEM_maximum_ram_page, NULL),
	       (long)((MIB(1024) + MIB(2048)) >> PAGE_SHIFT),
	       "maximum_ram_page");
	tap_is(memory_op(XENMEM_current_reservation, &self), (long)mine,
	       "current_reservation");
	tap_is(memory_op(XENMEM_maximum_reservation, &self), (long)mine,
	       "maximum_reservation");
	tap_is(memory_op(XENMEM_current_reservation, &missing), -XEN_ESRCH,
	       "current_reservation of domain 77");
	tap_is(memory_op(XENMEM_maximum_reservation, &missing), -XEN_ESRCH,
	       "maximum_reservation of domain 77");
	tap_is(memory_op(XENMEM_maximum_gpfn, &missing), -XEN_ESRCH,
	       "maximum_gpfn of domain 77");
	tap_note("maximum_gpfn 0x%lx",
		 (unsigned long)memory_op(XENMEM_maximum_gpfn, &self));
	tap_is(memory_op(XENMEM_get_sharing_freed_pages, NULL), 0,
	       "get_sharing_freed_pages");
	tap_is(memory_op(XENMEM_get_sharing_shared_pages, NULL), 0,
	       "get_sharing_shared_pages");
}

static long null_argument(unsigned long op)
{
	return memory_op(op, NULL);
}

static void unsupported(void)
{
	tap_range("null argument, op", 3, 4, -XEN_EFAULT, null_argument);
	tap_range("null argument, op", 5, 5, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 7, 7, -XEN_EFAULT, null_argument);
	tap_range("null argument, op", 8, 10, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 11, 11, -XEN_EFAULT, null_argument);
	tap_range("null argument, op", 12, 13, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 14, 15, -XEN_EFAULT, null_argument);
	tap_range("null argument, op", 16, 17, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 20, 22, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 23, 24, -XEN_EFAULT, null_argument);
	tap_range("null argument, op", 25, 25, -XEN_ENOSYS, null_argument);
	tap_range("null argument, op", 26, 28, -XEN_EFAULT, null_argument);
}

static void balloon_one(void)
{
	xen_pfn_t gfn = gfn_of(page);
	struct fault f;

	*page = CANARY;
	tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 0), 1,
	       "decrease one page");
	f = probe_read((uint64_t)page, 8, NULL);
	tap_ok(f.taken && f.far == (uint64_t)page, "reading it faults");
	f = probe_write((uint64_t)page, 8, 0);
	tap_ok(f.taken && f.far == (uint64_t)page, "writing it faults");
	f = probe_exec((uint64_t)page);
	tap_ok(f.taken && f.far == (uint64_t)page, "executing it faults");
	tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 0), 0,
	       "decrease it again");
	f = probe_read((uint64_t)page + PAGE_SIZE, 8, NULL);
	tap_ok(!f.taken, "its neighbour is still there");
	tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 0), 1,
	       "populate it");
	tap_ok(gfn == gfn_of(page), "populate returns the same frame");
	f = probe_read((uint64_t)page, 8, NULL);
	tap_ok(!f.taken && *page == CANARY, "the frame kept its contents");
	tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 0), 1,
	       "populate what is there");
	tap_ok(*page == CANARY, "the frame kept its contents");
	tap_is(reservation(XENMEM_increase_reservation, &gfn, 1, 0), 0,
	       "increase_reservation");
}

static void balloon_block(void)
{
	xen_pfn_t gfn = gfn_of(block);
	xen_pfn_t odd = gfn + 1;
	struct fault f;

	*block = CANARY;
	tap_is(reservation(XENMEM_decrease_reservation, &odd, 1, 9), 1,
	       "decrease 2 MiB, not aligned");
	tap_ok(!probe_read((uint64_t)block, 8, NULL).taken &&
		       probe_read((uint64_t)block + PAGE_SIZE, 8, NULL).taken &&
		       probe_read((uint64_t)block + BLOCK, 8, NULL).taken,
	       "the 512 pages from there are gone");
	tap_is(reservation(XENMEM_populate_physmap, &odd, 1, 9), 1,
	       "populate 2 MiB, not aligned");
	tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 9), 1,
	       "decrease 2 MiB");
	f = probe_read((uint64_t)block + BLOCK - 8, 8, NULL);
	tap_ok(f.taken, "its last word is gone");
	f = probe_read((uint64_t)block + BLOCK, 8, NULL);
	tap_ok(!f.taken, "what follows is still there");
	tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 9), 1,
	       "populate 2 MiB");
	tap_ok(gfn == gfn_of(block) && *block == CANARY,
	       "the same frames, with their contents");
}

/* Give back a single page of a block, then the rest of it as a block. */
static void balloon_holey_block(void)
{
	xen_pfn_t gfn = gfn_of(block);
	xen_pfn_t one = gfn + 100;
	long rc;

	tap_is(reservation(XENMEM_decrease_reservation, &one, 1, 0), 1,
	       "decrease page 100 of a block");
	tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 9), 0,
	       "decrease the block with the hole");
	rc = reservation(XENMEM_populate_physmap, &gfn, 1, 9);
	tap_is(rc, 1, "populate the block");
	tap_ok(!probe_read((uint64_t)block + BLOCK - 8, 8, NULL).taken &&
		       !probe_read((uint64_t)block + 100 * PAGE_SIZE, 8, NULL)
				.taken,
	       "all of it is there");
}

static long decrease_order(unsigned long order)
{
	xen_pfn_t gfn = gfn_of(block);

	return reservation(XENMEM_decrease_reservation, &gfn, 1,
			   (unsigned int)order);
}

static long populate_order(unsigned long order)
{
	xen_pfn_t gfn = gfn_of(block);

	return reservation(XENMEM_populate_physmap, &gfn, 1,
			   (unsigned int)order);
}

static long increase_order(unsigned long order)
{
	return reservation(XENMEM_increase_reservation, NULL, 1,
			   (unsigned int)order);
}

static void orders(void)
{
	unsigned int order;

	for (order = 0; order <= 9; order++) {
		tap_is(decrease_order(order), 1, "decrease order %u", order);
		tap_is(populate_order(order), 1, "populate order %u", order);
	}
	tap_range("decrease order", 19, 255, 0, decrease_order);
	tap_range("populate order", 19, 255, 0, populate_order);
	tap_range("increase order", 19, 255, 0, increase_order);
	tap_range("populate order", ~3UL & 0xffffffff, 0xffffffff, 0,
		  populate_order);
	tap_ok(!probe_read((uint64_t)block, 8, NULL).taken,
	       "the block is still there");
}

/* Frame numbers that name nothing, or that alias when bits are cut off. */
static void frame_edges(void)
{
	uint64_t top = 1UL << (ipa_bits() - PAGE_SHIFT);
	const uint64_t gfns[] = {
		top - 1,    top,
		top + 1,    gfn_of(page) | top,
		1UL << 36,  gfn_of(page) | 1UL << 36,
		1UL << 40,  gfn_of(page) | 1UL << 40,
		1UL << 52,  gfn_of(page) | 1UL << 52,
		~0UL >> 12, ~0UL - 1,
		~0UL,
	};
	const char *const names[] = {
		"max",	"max + 1",     "max + 2",  "page + max + 1",
		"2^36", "page + 2^36", "2^40",	   "page + 2^40",
		"2^52", "page + 2^52", "~0 >> 12", "~0 - 1",
		"~0",
	};
	unsigned int i;

	*page = CANARY;
	for (i = 0; i < ARRAY_SIZE(gfns); i++) {
		xen_pfn_t gfn = gfns[i];

		tap_is(reservation(XENMEM_decrease_reservation, &gfn, 1, 0), 0,
		       "decrease gfn %s", names[i]);
		gfn = gfns[i];
		tap_is(reservation(XENMEM_populate_physmap, &gfn, 1, 0), 0,
		       "populate gfn %s", names[i]);
		tap_is(physmap_remove(gfns[i]), -XEN_ENOENT,
		       "remove_from_physmap gfn %s", names[i]);
		if (i == 0) {
			continue;
		}
		/* Xen maps frames that its root table has room for. */
		tap_either(physmap_add(XENMAPSPACE_shared_info, 0, gfns[i]),
			   -XEN_EINVAL, gfns[i] < ROOT_SPAN ? 0 : -XEN_EINVAL,
			   "add shared_info at gfn %s", names[i]);
		tap_either(physmap_add(XENMAPSPACE_grant_table, 0, gfns[i]),
			   -XEN_EINVAL, gfns[i] < ROOT_SPAN ? 0 : -XEN_EINVAL,
			   "add grant table at gfn %s", names[i]);
		tap_either(physmap_add(XENMAPSPACE_dev_mmio, 0, gfns[i]),
			   -XEN_EINVAL, gfns[i] < ROOT_SPAN ? 0 : -XEN_EINVAL,
			   "add dev_mmio at gfn %s", names[i]);
	}
	tap_ok(*page == CANARY, "low mappings are unchanged");
}

static void extents(void)
{
	struct xen_memory_reservation r = { .domid = DOMID_SELF };
	static xen_pfn_t gfns[2];
	unsigned int k;

	r.nr_extents = 0;
	tap_is(memory_op(XENMEM_decrease_reservation, &r), 0, "0 extents");
	r.nr_extents = 1;
	for (k = 0; k < BADPTR_READONLY; k++) {
		r.extent_start.p = badptr[k].addr;
		tap_is(memory_op(XENMEM_decrease_reservation, &r), 0,
		       "decrease, list: %s", badptr[k].name);
		tap_is(memory_op(XENMEM_populate_physmap, &r), 0,
		       "populate, list: %s", badptr[k].name);
	}
	r.extent_start.p = gfns;
	r.nr_extents = 1UL << 61;
	tap_is(memory_op(XENMEM_decrease_reservation, &r), 0,
	       "2^61 extents: the list wraps");
	r.nr_extents = 1UL << 58;
	tap_is(memory_op(XENMEM_decrease_reservation, &r), 0, "2^58 extents");
	r.nr_extents = ~0UL;
	tap_is(memory_op(XENMEM_populate_physmap, &r), 0, "~0 extents");
	r.nr_extents = 1;
	r.domid = 77;
	tap_is(memory_op(XENMEM_populate_physmap, &r), 0, "domain 77");
	r.domid = DOMID_XEN;
	tap_is(memory_op(XENMEM_decrease_reservation, &r), 0, "DOMID_XEN");
	r.domid = DOMID_SELF;
	r.nr_extents = 2;
	gfns[0] = gfn_of(page);
	gfns[1] = ~0UL;
	tap_is(memory_op(XENMEM_decrease_reservation, &r), 1,
	       "one good extent, one bad");
	tap_is(memory_op(XENMEM_populate_physmap, &r), 1,
	       "one good extent, one bad");
	/* Where to go on is in the bits above the sub-op. */
	tap_is(memory_op(XENMEM_decrease_reservation | 2 << 6, &r), 2,
	       "start extent 2 of 2");
	tap_is(memory_op(XENMEM_decrease_reservation | 3 << 6, &r), 3,
	       "start extent 3 of 2");
}

static void remove_page(void)
{
	tap_is(physmap_remove(gfn_of(page)), 0, "remove a page of RAM");
	tap_ok(probe_read((uint64_t)page, 8, NULL).taken, "it is gone");
	tap_is(physmap_remove(gfn_of(page)), -XEN_ENOENT, "remove it again");
	tap_is(balloon_in(page), 0, "populate it");
	tap_is(physmap_remove(board.region[1].base >> PAGE_SHIFT), -XEN_ENOENT,
	       "remove from a hole");
	tap_is(physmap_remove(board.gicd.base >> PAGE_SHIFT), -XEN_ENOENT,
	       "remove an emulated device");
}

void guest_main(void)
{
	badptr_init();
	page = ram_take(2 * BLOCK, BLOCK);
	page += 5 * PAGE_SIZE / sizeof(*page);
	block = ram_take(2 * BLOCK, BLOCK);

	queries();
	unsupported();
	balloon_one();
	balloon_block();
	balloon_holey_block();
	orders();
	frame_edges();
	extents();
	remove_page();
}
