/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, version 1, of dom0 with itself.
 *
 * Classes: XSA-18 (references out of bounds), XSA-101 (entries before use are
 * zero), XSA-224 and XSA-230 (flags and counts of maps), XSA-232 (cache_flush
 * of frames that are nobody's), XSA-268 (version 2 is off), XSA-448 (copies of
 * no bytes).
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
#include "tap.h"

#define REF	  8u
#define REF_RO	  9u
#define REF_OTHER 10u
#define REF_HOLE  11u
#define ENTRIES	  (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define NO_REF	  100000u

static volatile grant_entry_v1_t *table;
static uint64_t *granted; /* the page that REF and REF_RO name */
static uint64_t *hole;	  /* a page given back: maps go there */
static uint64_t *buffer;  /* two pages to copy to and from */

static void grant(unsigned int ref, uint16_t domid, uint64_t frame,
		  uint16_t flags)
{
	table[ref].flags = 0;
	dsb();
	table[ref].domid = domid;
	table[ref].frame = (uint32_t)frame;
	dsb();
	table[ref].flags = flags;
	dsb();
}

static long map(unsigned int ref, uint16_t dom, uint32_t flags, uint64_t at,
		grant_handle_t *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = at,
		.flags = flags,
		.ref = ref,
		.dom = dom,
		.status = 99,
	};
	long rc = grant_table_op(GNTTABOP_map_grant_ref, &op, 1);

	if (handle) {
		*handle = op.handle;
	}
	return rc ? rc : op.status;
}

static long unmap(grant_handle_t handle, uint64_t at, uint64_t bus)
{
	struct gnttab_unmap_grant_ref op = {
		.host_addr = at,
		.dev_bus_addr = bus,
		.handle = handle,
		.status = 99,
	};
	long rc = grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);

	return rc ? rc : op.status;
}

static void versions(void)
{
	struct gnttab_get_version get = { .dom = DOMID_SELF };
	struct gnttab_set_version set = { .version = 2 };
	struct gnttab_get_status_frames frames = { .dom = DOMID_SELF };

	tap_is(grant_table_op(GNTTABOP_get_version, &get, 1), 0, "get_version");
	tap_is(get.version, 1, "the version");
	tap_is(grant_table_op(GNTTABOP_set_version, &set, 1), -XEN_ENOSYS,
	       "set_version 2");
	tap_is(set.version, 1, "the version is still");
	set.version = 0;
	tap_is(grant_table_op(GNTTABOP_set_version, &set, 1), -XEN_EINVAL,
	       "set_version 0");
	set.version = 3;
	tap_is(grant_table_op(GNTTABOP_set_version, &set, 1), -XEN_EINVAL,
	       "set_version 3");
	set.version = 1;
	tap_is(grant_table_op(GNTTABOP_set_version, &set, 1), 0,
	       "set_version 1");
	get.dom = 77;
	tap_is(grant_table_op(GNTTABOP_get_version, &get, 1), -XEN_ESRCH,
	       "get_version of domain 77");
	tap_is(grant_table_op(GNTTABOP_get_status_frames, &frames, 1), 0,
	       "get_status_frames");
	tap_number(frames.status, GNTST_okay, "its status");
}

static void sizes(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	static xen_pfn_t list[4];
	struct gnttab_setup_table s = {
		.dom = DOMID_SELF,
		.nr_frames = 1,
		.frame_list.p = list,
	};

	tap_is(grant_table_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
	tap_number(q.status, GNTST_okay, "its status");
	tap_is(q.nr_frames, 1, "nr_frames");
	tap_is(q.max_nr_frames, 64, "max_nr_frames");
	q.dom = 77;
	tap_is(grant_table_op(GNTTABOP_query_size, &q, 1), 0,
	       "query_size of domain 77");
	tap_number(q.status, GNTST_bad_domain, "its status");
	tap_is(grant_table_op(GNTTABOP_query_size, &q, 2), -XEN_EINVAL,
	       "two query_size");
	tap_is(grant_table_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table");
	tap_number(s.status, GNTST_okay, "its status");
	s.nr_frames = 65;
	tap_is(grant_table_op(GNTTABOP_setup_table, &s, 1), 0,
	       "setup_table, 65 frames");
	tap_number(s.status, GNTST_general_error, "its status");
	s.nr_frames = 0;
	tap_is(grant_table_op(GNTTABOP_setup_table, &s, 1), 0,
	       "setup_table, no frame");
	tap_number(s.status, GNTST_okay, "its status");
	s.nr_frames = 1;
	s.dom = 77;
	tap_is(grant_table_op(GNTTABOP_setup_table, &s, 1), 0,
	       "setup_table of domain 77");
	tap_number(s.status, GNTST_bad_domain, "its status");
	s.dom = DOMID_SELF;
	s.frame_list.p = badptr[BADPTR_NULL].addr;
	tap_is(grant_table_op(GNTTABOP_setup_table, &s, 1), 0,
	       "setup_table, null list");
	tap_number(s.status, GNTST_bad_virt_addr, "its status");
}

static void first_use(void)
{
	unsigned int i;
	bool zero = true;

	tap_is(physmap_add(XENMAPSPACE_grant_table, 0,
			   board.region[0].base >> PAGE_SHIFT),
	       0, "map the table into the region for it");
	table = (void *)board.region[0].base;
	for (i = 0; i < ENTRIES; i++) {
		zero = zero && !table[i].flags && !table[i].domid &&
		       !table[i].frame;
	}
	tap_ok(zero, "its entries are zero");
}

/*
 * A grant is used: the domain that granted it sees the flags. Read-only maps
 * are not written here: Xen 4.17 takes that fault again for ever
 * (s2_permission.c).
 */
static void map_cycle(const char *what, unsigned int ref, uint32_t flags,
		      uint16_t used, bool writable)
{
	uint64_t at = (uint64_t)hole;
	grant_handle_t handle;

	granted[0] = 0x1234;
	tap_number(map(ref, 0, flags, at, &handle), GNTST_okay, "map %s", what);
	tap_is(table[ref].flags & (GTF_reading | GTF_writing), used,
	       "the grant's use");
	tap_is((long)hole[0], 0x1234, "read through it");
	if (writable) {
		hole[0] = 0x5678;
		tap_is((long)granted[0], 0x5678, "what was written through it");
	}
	tap_number(unmap(handle, at, 0), GNTST_okay, "unmap");
	tap_is(table[ref].flags & (GTF_reading | GTF_writing), 0,
	       "the grant's use");
	tap_ok(probe_read(at, 8, NULL).taken, "the map is gone");
	tap_number(unmap(handle, at, 0), GNTST_bad_handle, "unmap again");
}

static void maps(void)
{
	uint64_t at = (uint64_t)hole;
	grant_handle_t handle;

	map_cycle("read-write", REF, GNTMAP_host_map, GTF_reading | GTF_writing,
		  true);
	map_cycle("read-only", REF, GNTMAP_host_map | GNTMAP_readonly,
		  GTF_reading, false);
	map_cycle("read-only grant, read-only", REF_RO,
		  GNTMAP_host_map | GNTMAP_readonly, GTF_reading, false);
	tap_number(map(REF_RO, 0, GNTMAP_host_map, at, NULL),
		   GNTST_general_error, "map a read-only grant read-write");
	tap_number(map(REF, 0, 0, at, NULL), GNTST_bad_gntref, "map, no flags");
	tap_number(map(REF, 0, GNTMAP_readonly, at, NULL), GNTST_bad_gntref,
		   "map, read-only alone");
	tap_number(map(REF, 0, GNTMAP_host_map | GNTMAP_contains_pte, at, NULL),
		   GNTST_general_error, "map, contains_pte");
	tap_number(
		map(REF, 0, GNTMAP_host_map | GNTMAP_application_map, at, NULL),
		GNTST_general_error, "map, application_map");
	tap_number(map(REF, 0, GNTMAP_device_map, 0, NULL), GNTST_general_error,
		   "map, device_map alone");
	tap_number(map(REF, 0, GNTMAP_host_map | GNTMAP_device_map, at, NULL),
		   GNTST_general_error, "map, host and device");
	tap_number(map(REF, 0, GNTMAP_host_map, at, &handle), GNTST_okay,
		   "map");
	tap_number(unmap(handle, at + PAGE_SIZE, 0), GNTST_general_error,
		   "unmap at another address");
	tap_is(table[REF].flags & (GTF_reading | GTF_writing),
	       GTF_reading | GTF_writing, "the grant's use");
	tap_number(unmap(handle, 0, 0), GNTST_okay, "unmap, no address");
	tap_is(table[REF].flags & (GTF_reading | GTF_writing),
	       GTF_reading | GTF_writing, "the grant's use");
	tap_number(unmap(handle, at, 0), GNTST_okay, "unmap");
	tap_is(table[REF].flags & (GTF_reading | GTF_writing), 0,
	       "the grant's use");
}

static void map_errors(void)
{
	uint64_t at = (uint64_t)hole;

	tap_number(map(NO_REF, 0, GNTMAP_host_map, at, NULL), GNTST_bad_gntref,
		   "map reference %u", NO_REF);
	tap_number(map(~0u, 0, GNTMAP_host_map, at, NULL), GNTST_bad_gntref,
		   "map reference ~0");
	tap_number(map(ENTRIES - 1, 0, GNTMAP_host_map, at, NULL),
		   GNTST_general_error,
		   "map the last of the page, not granted");
	tap_number(map(ENTRIES, 0, GNTMAP_host_map, at, NULL), GNTST_bad_gntref,
		   "map the first beyond the table");
	tap_number(map(0, 0, GNTMAP_host_map, at, NULL), GNTST_general_error,
		   "map reference 0, not granted");
	tap_number(map(REF_OTHER, 0, GNTMAP_host_map, at, NULL),
		   GNTST_general_error, "map what is granted to another");
	tap_number(map(REF_HOLE, 0, GNTMAP_host_map, at, NULL), GNTST_bad_page,
		   "map a grant of a hole");
	tap_number(map(REF, 77, GNTMAP_host_map, at, NULL), GNTST_bad_domain,
		   "map from domain 77");
	tap_number(map(REF, DOMID_SELF, GNTMAP_host_map, at, NULL),
		   GNTST_bad_domain, "map from DOMID_SELF");
	tap_number(map(REF, 0, GNTMAP_host_map, 1UL << 52, NULL),
		   GNTST_general_error, "map at 2^52");
	tap_number(map(REF, 0, GNTMAP_host_map, ~0UL, NULL),
		   GNTST_general_error, "map at ~0");
	tap_is(table[REF].flags, GTF_permit_access,
	       "no failure leaves the grant in use");
	tap_number(unmap(0, at, 0), GNTST_bad_handle, "unmap handle 0");
	tap_number(unmap(~0u, at, 0), GNTST_bad_handle, "unmap handle ~0");
	tap_number(unmap(4096, at, 0), GNTST_bad_handle, "unmap handle 4096");
}

/* One end of a copy: a reference of domain 0 or a frame, and where in it. */
struct end {
	bool by_ref;
	uint64_t at;
	unsigned int offset;
};

static struct end ref(uint64_t at, unsigned int offset)
{
	return (struct end){ true, at, offset };
}

static struct end frame(uint64_t at, unsigned int offset)
{
	return (struct end){ false, at, offset };
}

static long copy(struct end from, struct end to, unsigned int len)
{
	struct gnttab_copy op = {
		.source.domid = from.by_ref ? 0 : DOMID_SELF,
		.source.offset = (uint16_t)from.offset,
		.dest.domid = to.by_ref ? 0 : DOMID_SELF,
		.dest.offset = (uint16_t)to.offset,
		.len = (uint16_t)len,
		.flags = (uint16_t)((from.by_ref ? GNTCOPY_source_gref : 0) |
				    (to.by_ref ? GNTCOPY_dest_gref : 0)),
		.status = 99,
	};
	long rc;

	if (from.by_ref) {
		op.source.u.ref = (grant_ref_t)from.at;
	} else {
		op.source.u.gmfn = from.at;
	}
	if (to.by_ref) {
		op.dest.u.ref = (grant_ref_t)to.at;
	} else {
		op.dest.u.gmfn = to.at;
	}
	rc = grant_table_op(GNTTABOP_copy, &op, 1);
	return rc ? rc : op.status;
}

static void copies(void)
{
	uint64_t out = gfn_of(buffer);

	granted[511] = 0xabcd;
	memset(buffer, 0, PAGE_SIZE);
	tap_number(copy(ref(REF, 0), frame(out, 0), 4096), GNTST_okay,
		   "copy a page from a grant");
	tap_is((long)buffer[511], 0xabcd, "its last word");
	buffer[0] = 0x77;
	tap_number(copy(frame(out, 0), ref(REF, 8), 8), GNTST_okay,
		   "copy 8 bytes into a grant");
	tap_is((long)granted[1], 0x77, "they arrived");
	tap_number(copy(ref(REF, 8), ref(REF, 16), 8), GNTST_okay,
		   "copy from grant to grant");
	tap_is((long)granted[2], 0x77, "they arrived");
	tap_number(copy(frame(out, 0), frame(out + 1, 0), 8), GNTST_okay,
		   "copy from frame to frame");
	tap_is((long)buffer[512], 0x77, "they arrived");
	tap_number(copy(frame(out, 0), ref(REF_RO, 0), 8), GNTST_general_error,
		   "copy into a read-only grant");
	tap_number(copy(ref(REF_RO, 0), frame(out, 0), 8), GNTST_okay,
		   "copy from a read-only grant");
	tap_number(copy(ref(REF, 0), frame(out, 0), 0), GNTST_okay,
		   "copy 0 bytes");
	tap_number(copy(ref(REF, 4096), frame(out, 0), 0), GNTST_okay,
		   "copy 0 bytes at the end");
	tap_number(copy(ref(REF, 4092), frame(out, 0), 8), GNTST_bad_copy_arg,
		   "copy across the end of the source");
	tap_number(copy(ref(REF, 0), frame(out, 4092), 8), GNTST_bad_copy_arg,
		   "copy across the end of the destination");
	tap_number(copy(ref(REF, 0), frame(out, 0), 0xffff), GNTST_bad_copy_arg,
		   "copy 65535 bytes");
	tap_number(copy(ref(REF, 0xffff), frame(out, 0), 1), GNTST_bad_copy_arg,
		   "copy from offset 65535");
	tap_number(copy(ref(NO_REF, 0), frame(out, 0), 8), GNTST_bad_gntref,
		   "copy from reference %u", NO_REF);
	tap_number(copy(ref(REF_OTHER, 0), frame(out, 0), 8),
		   GNTST_general_error, "copy from what is granted to another");
	tap_number(copy(ref(REF_HOLE, 0), frame(out, 0), 8), GNTST_bad_page,
		   "copy from a grant of a hole");
	tap_number(copy(ref(REF, 0), frame(gfn_of(hole), 0), 8), GNTST_bad_page,
		   "copy into a hole");
	tap_number(copy(ref(REF, 0), frame(1UL << 40, 0), 8), GNTST_bad_page,
		   "copy to gfn 2^40");
	tap_number(copy(ref(REF, 0), frame(~0UL, 0), 8), GNTST_bad_page,
		   "copy to gfn ~0");
	tap_number(
		copy(ref(REF, 0), frame(board.gicd.base >> PAGE_SHIFT, 0), 8),
		GNTST_bad_page, "copy into an emulated device");
	tap_is(table[REF].flags, GTF_permit_access,
	       "no copy leaves the grant in use");
}

static long flush(uint64_t addr, unsigned int offset, unsigned int len,
		  uint32_t op)
{
	struct gnttab_cache_flush arg = {
		.a.dev_bus_addr = addr,
		.offset = (uint16_t)offset,
		.length = (uint16_t)len,
		.op = op,
	};

	return grant_table_op(GNTTABOP_cache_flush, &arg, 1);
}

static void cache_flush(void)
{
	uint64_t own = (uint64_t)granted;

	tap_is(flush(own, 0, 4096, GNTTAB_CACHE_CLEAN), 0, "flush: clean");
	tap_is(flush(own, 0, 64, GNTTAB_CACHE_INVAL), 0, "flush: invalidate");
	tap_is(flush(own, 0, 64, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL), 0,
	       "flush: both");
	tap_is(flush(own, 0, 0, GNTTAB_CACHE_CLEAN), 0, "flush: no bytes");
	tap_is(flush(own, 0, 64, 0), 0, "flush: no operation");
	tap_is(flush(own, 0, 64, 4), -XEN_EINVAL, "flush: operation 4");
	tap_is(flush(own, 4092, 8, GNTTAB_CACHE_CLEAN), -XEN_EINVAL,
	       "flush: crossing the page");
	tap_is(flush(own, 0xffff, 1, GNTTAB_CACHE_CLEAN), -XEN_EINVAL,
	       "flush: offset 65535");
	tap_is(flush(own, 0, 64, GNTTAB_CACHE_SOURCE_GREF), -XEN_EINVAL,
	       "flush: by reference");
	tap_is(flush(board.gicd.base, 0, 64, GNTTAB_CACHE_CLEAN), -XEN_EINVAL,
	       "flush: an emulated device");
	tap_either(flush(board.region[1].base, 0, 64, GNTTAB_CACHE_CLEAN),
		   -XEN_EPERM, -XEN_EINVAL, "flush: a page of nobody");
	tap_is(flush(1UL << 52, 0, 64, GNTTAB_CACHE_CLEAN), -XEN_EINVAL,
	       "flush: 2^52");
	tap_is(flush(~0UL & ~4095UL, 0, 64, GNTTAB_CACHE_CLEAN), -XEN_EINVAL,
	       "flush: the last page of 2^64");
}

static void rest(void)
{
	struct gnttab_swap_grant_ref swap = { .ref_a = REF, .ref_b = REF_RO };
	struct gnttab_unmap_and_replace replace = { .handle = ~0u };

	tap_is(grant_table_op(GNTTABOP_swap_grant_ref, &swap, 1), 0, "swap");
	tap_number(swap.status, GNTST_okay, "its status");
	tap_is(table[REF].flags, GTF_permit_access | GTF_readonly,
	       "the entries changed places");
	grant_table_op(GNTTABOP_swap_grant_ref, &swap, 1);
	swap.ref_b = NO_REF;
	grant_table_op(GNTTABOP_swap_grant_ref, &swap, 1);
	tap_number(swap.status, GNTST_bad_gntref, "swap with reference %u",
		   NO_REF);
	tap_is(grant_table_op(GNTTABOP_unmap_and_replace, &replace, 1), 0,
	       "unmap_and_replace");
	tap_number(replace.status, GNTST_bad_handle, "its status");
	tap_is(grant_table_op(GNTTABOP_transfer, &replace, 1), -XEN_EOPNOTSUPP,
	       "transfer");
	tap_is(grant_table_op(GNTTABOP_dump_table, &replace, 1), -XEN_ENOSYS,
	       "dump_table");
}

void guest_main(void)
{
	badptr_init();
	granted = ram_take(PAGE_SIZE, PAGE_SIZE);
	hole = ram_take(PAGE_SIZE, PAGE_SIZE);
	buffer = ram_take(2 * PAGE_SIZE, PAGE_SIZE);
	versions();
	sizes();
	first_use();
	if (balloon_out(hole)) {
		tap_bail("cannot give a page back");
	}
	grant(REF, 0, gfn_of(granted), GTF_permit_access);
	grant(REF_RO, 0, gfn_of(granted), GTF_permit_access | GTF_readonly);
	grant(REF_OTHER, 77, gfn_of(granted), GTF_permit_access);
	grant(REF_HOLE, 0, board.region[1].base >> PAGE_SHIFT,
	      GTF_permit_access);
	maps();
	map_errors();
	copies();
	cache_flush();
	rest();
}
