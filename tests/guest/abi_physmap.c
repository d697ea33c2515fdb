/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * add_to_physmap and its batch form, by space and index; calls about memory
 * that dom0 may not make or that do not exist on Arm.
 *
 * Classes: XSA-235 (a lock held after a bad index), XSA-334 (every failing
 * form of acquire_resource).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

#include "arch.h"
#include "badptr.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

#define BATCH 8

static uint64_t *page;
static xen_pfn_t hole; /* frames of the extended region, not populated */

static xen_ulong_t idxs[BATCH];
static xen_pfn_t gpfns[BATCH];
static int errs[BATCH];

static void shared_info(void)
{
	struct fault f;

	tap_is(physmap_add(XENMAPSPACE_shared_info, 0, hole), 0,
	       "shared_info into a hole");
	f = probe_write(hole << PAGE_SHIFT, 8, 0);
	tap_ok(!f.taken, "it can be written");
	tap_is(physmap_add(XENMAPSPACE_shared_info, 0, hole + 1), -XEN_EBUSY,
	       "shared_info at a second frame");
	tap_is(physmap_add(XENMAPSPACE_shared_info, 1, hole + 2), -XEN_EINVAL,
	       "shared_info, index 1");
	tap_is(physmap_add(XENMAPSPACE_shared_info, ~0UL, hole + 2),
	       -XEN_EINVAL, "shared_info, index ~0");
	tap_is(physmap_remove(hole), 0, "remove shared_info");
	f = probe_read(hole << PAGE_SHIFT, 8, NULL);
	tap_ok(f.taken, "it is gone");
	tap_is(physmap_add(XENMAPSPACE_shared_info, 0, hole + 1), 0,
	       "then it can be mapped elsewhere");
	tap_is(physmap_remove(hole + 1), 0, "remove it");

	/* Over a page of RAM: dom0's frame stays its own. */
	*page = 0x1234;
	tap_is(physmap_add(XENMAPSPACE_shared_info, 0, gfn_of(page)), 0,
	       "shared_info over RAM");
	tap_is(physmap_remove(gfn_of(page)), 0, "remove it");
	tap_is(balloon_in(page), 0, "populate the RAM below");
	tap_is((long)*page, 0x1234, "the RAM kept its contents");
}

static long grant_frame(unsigned long idx)
{
	return physmap_add(XENMAPSPACE_grant_table, idx, hole + 3);
}

static void grant_table(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	grant_table_op(GNTTABOP_query_size, &q, 1);

	tap_is(q.max_nr_frames, 64, "max_nr_frames");
	tap_range("grant frame", 0, q.max_nr_frames - 1, 0, grant_frame);
	tap_range("grant frame", q.max_nr_frames, q.max_nr_frames + 16,
		  -XEN_EINVAL, grant_frame);
	tap_range("grant frame", ~3UL, ~0UL, -XEN_EINVAL, grant_frame);
	tap_range("status frame, version 1", XENMAPIDX_grant_table_status,
		  XENMAPIDX_grant_table_status + 3, -XEN_EINVAL, grant_frame);
	grant_table_op(GNTTABOP_query_size, &q, 1);
	tap_is(q.nr_frames, 64, "nr_frames after it");
	tap_is(physmap_remove(hole + 3), 0, "remove the last one");
	tap_is(grant_frame(0), 0, "grant frame 0");
	tap_is(physmap_add(XENMAPSPACE_grant_table, 0, hole + 6), -XEN_EBUSY,
	       "grant frame 0 at a second frame");
	tap_is(physmap_remove(hole + 3), 0, "remove it");
}

static void spaces(void)
{
	struct span flash = { 0 };
	unsigned int space;

	board_find("cfi-flash", &flash);
	tap_is(physmap_add(XENMAPSPACE_gmfn, gfn_of(page), hole + 4),
	       -XEN_ENOSYS, "space gmfn");
	tap_is(physmap_add(XENMAPSPACE_gmfn_range, gfn_of(page), hole + 4), 0,
	       "space gmfn_range, size 0");
	tap_is(physmap_add(XENMAPSPACE_gmfn_foreign, gfn_of(page), hole + 4),
	       -XEN_ENOSYS, "space gmfn_foreign, not a batch");
	tap_is(physmap_add(XENMAPSPACE_dev_mmio, flash.base >> PAGE_SHIFT,
			   hole + 4),
	       0, "space dev_mmio, a page of the flash");
	tap_ok(!probe_read((hole + 4) << PAGE_SHIFT, 4, NULL).taken,
	       "it is mapped");
	tap_is(physmap_remove(hole + 4), -XEN_ENOENT,
	       "device pages cannot be removed");
	/* Not permitted, yet no error, and nothing mapped. */
	tap_is(physmap_add(XENMAPSPACE_dev_mmio, gfn_of(page), hole + 5), 0,
	       "space dev_mmio, a page of RAM");
	tap_ok(probe_read((hole + 5) << PAGE_SHIFT, 4, NULL).taken,
	       "it is not mapped");
	for (space = 6; space < 10; space++) {
		tap_is(physmap_add(space, 0, hole + 4), -XEN_ENOSYS, "space %u",
		       space);
	}
	tap_is(physmap_add(~0u, 0, hole + 4), -XEN_ENOSYS, "space ~0");
}

static void remove_device(void)
{
	struct span rtc;

	if (!board_find("arm,pl031", &rtc)) {
		tap_bail("no real-time clock");
	}
	tap_ok(!probe_read(rtc.base, 4, NULL).taken, "the clock can be read");
	tap_is(physmap_remove(rtc.base >> PAGE_SHIFT), -XEN_ENOENT,
	       "remove a page of a device");
	tap_is(physmap_add(XENMAPSPACE_dev_mmio, rtc.base >> PAGE_SHIFT,
			   rtc.base >> PAGE_SHIFT),
	       0, "map it where it is");
	tap_ok(!probe_read(rtc.base, 4, NULL).taken, "the clock can be read");
}

static long batch(unsigned int space, unsigned int size, unsigned int extra)
{
	struct xen_add_to_physmap_batch b = {
		.domid = DOMID_SELF,
		.space = (uint16_t)space,
		.size = (uint16_t)size,
		.u.res0 = (uint16_t)extra,
		.idxs.p = idxs,
		.gpfns.p = gpfns,
		.errs.p = errs,
	};

	memset(errs, 0x55, sizeof(errs));
	return memory_op(XENMEM_add_to_physmap_batch, &b);
}

static void batches(void)
{
	struct span flash = { 0 };
	unsigned int i;

	board_find("cfi-flash", &flash);
	for (i = 0; i < BATCH; i++) {
		idxs[i] = (flash.base >> PAGE_SHIFT) + i;
		gpfns[i] = hole + 16 + i;
	}
	tap_is(batch(XENMAPSPACE_dev_mmio, 0, 0), 0, "batch of 0");
	tap_is(errs[0], 0x55555555, "it writes no error");
	tap_is(batch(XENMAPSPACE_dev_mmio, BATCH, 0), 0, "batch of dev_mmio");
	for (i = 0; i < BATCH; i++) {
		tap_is(errs[i], 0, "error %u", i);
	}
	tap_either(batch(XENMAPSPACE_dev_mmio, BATCH, 7), -XEN_EOPNOTSUPP,
		   -XEN_EINVAL, "batch of dev_mmio, res0 = 7");
	tap_is(errs[0], 0x55555555, "it writes no error");
	gpfns[1] = ~0UL;
	tap_is(batch(XENMAPSPACE_dev_mmio, 3, 0), -XEN_EINVAL,
	       "batch, gfn of the second entry bad");
	tap_is(errs[0], 0, "its first error");
	tap_is(errs[1], 0x55555555, "its second error");
	gpfns[1] = hole + 17;
	idxs[0] = 1;
	idxs[1] = 1000;
	idxs[2] = 0;
	tap_is(batch(XENMAPSPACE_grant_table, 3, 0), 0,
	       "batch of grant_table, index of the second entry bad");
	tap_is(errs[0], 0, "its first error");
	tap_is(errs[1], -XEN_EINVAL, "its second error");
	tap_is(errs[2], 0, "its third error");
	tap_is(batch(XENMAPSPACE_gmfn, 1, 0), 0, "batch of gmfn");
	tap_is(errs[0], -XEN_ENOSYS, "its error");
	tap_is(batch(XENMAPSPACE_gmfn_foreign, 1, 77), 0,
	       "batch of gmfn_foreign, domain 77");
	tap_is(errs[0], -XEN_ESRCH, "its error");
	tap_is(batch(XENMAPSPACE_gmfn_foreign, 1, DOMID_SELF), 0,
	       "batch of gmfn_foreign, DOMID_SELF");
	tap_is(errs[0], -XEN_EINVAL, "its error");
	tap_is(batch(XENMAPSPACE_gmfn_foreign, 1, 0), 0,
	       "batch of gmfn_foreign, domain 0");
	tap_is(errs[0], -XEN_ESRCH, "its error");
	idxs[0] = 0;
	tap_is(batch(XENMAPSPACE_shared_info, 1, 0), 0, "batch of shared_info");
	tap_is(errs[0], 0, "its error");
	tap_is(batch(XENMAPSPACE_gmfn_range, 1, 0), -XEN_EOPNOTSUPP,
	       "batch of gmfn_range");
	tap_is(batch(9, 1, 0), 0, "batch of space 9");
	tap_is(errs[0], -XEN_ENOSYS, "its error");
}

static void batch_pointers(void)
{
	unsigned int k;

	for (k = 0; k < BADPTR_NR; k++) {
		struct xen_add_to_physmap_batch b = {
			.domid = DOMID_SELF,
			.space = XENMAPSPACE_dev_mmio,
			.size = 1,
			.idxs.p = idxs,
			.gpfns.p = gpfns,
			.errs.p = badptr[k].addr,
		};

		tap_is(memory_op(XENMEM_add_to_physmap_batch, &b), -XEN_EFAULT,
		       "batch, errors: %s", badptr[k].name);
		b.errs.p = errs;
		b.idxs.p = badptr[k].addr;
		tap_is(memory_op(XENMEM_add_to_physmap_batch, &b),
		       k == BADPTR_READONLY ? 0 : -XEN_EFAULT,
		       "batch, indices: %s", badptr[k].name);
	}
}

static void other_domains(void)
{
	struct xen_add_to_physmap add = {
		.domid = 77,
		.space = XENMAPSPACE_shared_info,
		.gpfn = hole,
	};
	struct xen_remove_from_physmap remove = { .domid = 77, .gpfn = hole };
	struct xen_mem_acquire_resource resource = { .domid = 77 };

	tap_is(memory_op(XENMEM_add_to_physmap, &add), -XEN_ESRCH,
	       "add_to_physmap, domain 77");
	tap_is(memory_op(XENMEM_remove_from_physmap, &remove), -XEN_ESRCH,
	       "remove_from_physmap, domain 77");
	tap_is(memory_op(XENMEM_acquire_resource, &resource), -XEN_ESRCH,
	       "acquire_resource, domain 77");
	resource.domid = DOMID_SELF;
	tap_is(memory_op(XENMEM_acquire_resource, &resource), -XEN_ESRCH,
	       "acquire_resource, DOMID_SELF");
	resource.domid = 0;
	tap_is(memory_op(XENMEM_acquire_resource, &resource), -XEN_EPERM,
	       "acquire_resource, domain 0");
	resource.pad = 1;
	tap_is(memory_op(XENMEM_acquire_resource, &resource), -XEN_EINVAL,
	       "acquire_resource, padding");
}

static void exchange(void)
{
	xen_pfn_t in = gfn_of(page);
	xen_pfn_t out = gfn_of(page);
	struct xen_memory_exchange x = {
		.in = { .extent_start.p = &in,
			.nr_extents = 1,
			.domid = DOMID_SELF },
		.out = { .extent_start.p = &out,
			 .nr_extents = 1,
			 .domid = DOMID_SELF },
	};

	tap_is(memory_op(XENMEM_exchange, &x), -XEN_EOPNOTSUPP, "exchange");
	x.nr_exchanged = 2;
	tap_is(memory_op(XENMEM_exchange, &x), -XEN_EINVAL,
	       "exchange, more done than asked");
	x.nr_exchanged = 0;
	x.in.nr_extents = 1UL << 60;
	tap_is(memory_op(XENMEM_exchange, &x), -XEN_EINVAL,
	       "exchange, 2^60 extents");
	tap_ok(!probe_read((uint64_t)page, 8, NULL).taken,
	       "the page is still there");
}

void guest_main(void)
{
	badptr_init();
	page = ram_take(PAGE_SIZE, PAGE_SIZE);
	hole = (board.region[1].base >> PAGE_SHIFT) + 0x400;

	shared_info();
	grant_table();
	spaces();
	remove_device();
	batches();
	batch_pointers();
	other_domains();
	exchange();
}
