/* SPDX-License-Identifier: BSD-2-Clause */
/* The table itself: sizes, frames, versions, swap; and handles. */
#include <stdint.h>
#include <string.h>

#include <xen/memory.h>

#include <arch/map.h>

#include "frame/frame.h"
#include "frame/heap.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"
#include "suites.h"

#define ACCESS GTF_permit_access
#define NO_GFN (~UINT64_C(0))
/* One structure, whatever the count says. */
#define GT_COUNT(name, arg, count) \
	gt_call(&dom0, GNTTABOP_##name, &(arg), sizeof(arg), (count))

static int64_t add_frame(uint64_t idx, uint64_t addr)
{
	struct xen_add_to_physmap *op = guest_at(&dom0, dom0.ram);

	*op = (struct xen_add_to_physmap){
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_grant_table,
		.idx = idx,
		.gpfn = addr >> PAGE_SHIFT,
	};
	return hcall(self, __HYPERVISOR_memory_op, XENMEM_add_to_physmap,
		     dom0.ram, 0);
}

static int64_t remove_frame(uint64_t addr)
{
	struct xen_remove_from_physmap *op = guest_at(&dom0, dom0.ram);

	*op = (struct xen_remove_from_physmap){
		.domid = DOMID_SELF,
		.gpfn = addr >> PAGE_SHIFT,
	};
	return hcall(self, __HYPERVISOR_memory_op, XENMEM_remove_from_physmap,
		     dom0.ram, 0);
}

static struct gnttab_query_size query(const struct guest *g, domid_t dom)
{
	struct gnttab_query_size op = {
		.dom = dom,
		.nr_frames = 77,
		.max_nr_frames = 78,
		.status = 99,
	};

	assert_int_equal(GT(*g, query_size, &op, 1), 0);
	return op;
}

/* Frames are listed behind the argument. */
static int setup(domid_t dom, uint32_t nr, const xen_pfn_t **list)
{
	struct gnttab_setup_table op = {
		.dom = dom,
		.nr_frames = nr,
		.status = 99,
	};

	memset(guest_at(&dom0, dom0.ram + 1024), 0xaa, 1024);
	op.frame_list.p = (xen_pfn_t *)(uintptr_t)(dom0.ram + 1024);
	assert_int_equal(GT(dom0, setup_table, &op, 1), 0);
	*list = guest_at(&dom0, dom0.ram + 1024);
	return op.status;
}

static void query_answers(void **state)
{
	struct gnttab_query_size op = query(&dom0, DOMID_SELF);

	(void)state;
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(op.nr_frames, 1);
	assert_int_equal(op.max_nr_frames, 64);
	assert_int_equal(query(&dom0, 1).status, GNTST_okay);
	op = query(&dom0, NO_DOMAIN);
	assert_int_equal(op.status, GNTST_bad_domain);
	assert_int_equal(op.nr_frames, 77);
	assert_int_equal(query(&domu, 0).status, GNTST_permission_denied);
	assert_int_equal(GT_COUNT(query_size, op, 0), -XEN_EINVAL);
	assert_int_equal(GT_COUNT(query_size, op, 2), -XEN_EINVAL);
}

static void setup_answers(void **state)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };
	const xen_pfn_t *list;

	(void)state;
	assert_int_equal(setup(DOMID_SELF, 3, &list), GNTST_okay);
	assert_int_equal(list[0], NO_GFN);
	assert_int_equal(list[2], NO_GFN);
	assert_int_equal(list[3], UINT64_C(0xaaaaaaaaaaaaaaaa));
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 3);
	assert_int_equal(setup(DOMID_SELF, 65, &list), GNTST_general_error);
	assert_int_equal(setup(DOMID_SELF, ~0u, &list), GNTST_general_error);
	assert_int_equal(setup(NO_DOMAIN, 1, &list), GNTST_bad_domain);
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 3);
	op.frame_list.p = (xen_pfn_t *)8;
	assert_int_equal(GT(dom0, setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_virt_addr);
	op.nr_frames = 0;
	assert_int_equal(GT(dom0, setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(GT_COUNT(setup_table, op, 0), -XEN_EINVAL);
}

static void setup_tells_where_frames_are(void **state)
{
	const xen_pfn_t *list;

	(void)state;
	assert_int_equal(add_frame(0, SPARE(0)), 0);
	assert_int_equal(add_frame(5, SPARE(5)), 0);
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 6);
	assert_int_equal(setup(DOMID_SELF, 6, &list), GNTST_okay);
	assert_int_equal(list[0], SPARE(0) >> PAGE_SHIFT);
	assert_int_equal(list[1], NO_GFN);
	assert_int_equal(list[5], SPARE(5) >> PAGE_SHIFT);
	/* At one place at a time. */
	assert_int_equal(add_frame(0, SPARE(1)), -XEN_EBUSY);
	assert_int_equal(remove_frame(SPARE(0)), 0);
	assert_int_equal(setup(DOMID_SELF, 1, &list), GNTST_okay);
	assert_int_equal(list[0], NO_GFN);
	assert_int_equal(add_frame(0, SPARE(1)), 0);
	assert_int_equal(setup(DOMID_SELF, 1, &list), GNTST_okay);
	assert_int_equal(list[0], SPARE(1) >> PAGE_SHIFT);
	/* Where another frame is now it is no more. */
	assert_int_equal(remove_frame(SPARE(1)), 0);
	assert_int_equal(add_frame(1, SPARE(1)), 0);
	assert_int_equal(setup(DOMID_SELF, 2, &list), GNTST_okay);
	assert_int_equal(list[0], NO_GFN);
	assert_int_equal(list[1], SPARE(1) >> PAGE_SHIFT);
	assert_int_equal(remove_frame(SPARE(1)), 0);
	assert_int_equal(add_frame(0, SPARE(1)), 0);
	entry(&dom0, 9)->flags = 0x1234;
	assert_int_equal(
		((grant_entry_v1_t *)guest_at(&dom0, SPARE(1)))[9].flags,
		0x1234);
}

/* XSA-235: an index that cannot be leaves no lock behind; XSA-255, XSA-379:
 * there are no status frames. */
static void xsa235_frames_out_of_range(void **state)
{
	(void)state;
	assert_int_equal(add_frame(64, SPARE(0)), -XEN_EINVAL);
	assert_int_equal(add_frame(~UINT64_C(0), SPARE(0)), -XEN_EINVAL);
	assert_int_equal(add_frame(XENMAPIDX_grant_table_status, SPARE(0)),
			 -XEN_EINVAL);
	assert_int_equal(add_frame(UINT64_C(1) << 32, SPARE(0)), -XEN_EINVAL);
	assert_false(spin_is_locked(&dom0.d->gnttab->lock));
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 1);
	assert_int_equal(add_frame(63, SPARE(0)), 0);
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 64);
	assert_int_equal(gnttab_max_frames(dom0.d), 64);
}

/* XSA-101: a new frame holds nothing, of whomever it was before. */
static void xsa101_new_frames_are_empty(void **state)
{
	static const char zeroes[PAGE_SIZE];
	mfn_t used = frame_alloc(0, FRAME_OWNER_XEN);

	(void)state;
	memset(mfn_to_ptr(used), 0x5a, PAGE_SIZE);
	frame_put(used);
	/* Clean before it is mapped: guests start with caches off. */
	assert_int_equal(host_page_state(ptr_to_mfn(entry(&dom0, 0))),
			 HOST_PAGE_CLEAN);
	for (unsigned int i = 0; i < 64; i++) {
		assert_int_equal(add_frame(i, SPARE(i)), 0);
		assert_memory_equal(guest_at(&dom0, SPARE(i)), zeroes,
				    PAGE_SIZE);
	}
}

static void no_memory_to_grow(void **state)
{
	const xen_pfn_t *list;

	(void)state;
	heap_fail(3);
	assert_int_equal(setup(DOMID_SELF, 5, &list), GNTST_general_error);
	assert_int_equal(query(&dom0, DOMID_SELF).nr_frames, 3);
	heap_fail(1);
	assert_int_equal(add_frame(4, SPARE(0)), -XEN_ENOMEM);
	assert_int_equal(add_frame(4, SPARE(0)), 0);
}

/* Whatever @fault makes fail first, second, ...: nothing is lost. */
static unsigned int init_until_it_works(void (*fault)(unsigned int nth))
{
	struct domain d = { .id = 3, .p2m = dom0.d->p2m };
	size_t before = heap_in_use();
	uint64_t nr_free = frame_nr_free();
	unsigned int nth = 0;
	int rc;

	do {
		fault(++nth);
		rc = gnttab_domain_init(&d, 64, 4);
		fault(0);
		assert_true(!rc || rc == -XEN_ENOMEM);
		if (!rc) {
			gnttab_domain_destroy(&d);
		}
		assert_int_equal(heap_in_use(), before);
		assert_int_equal(frame_nr_free(), nr_free);
	} while (rc);
	return nth - 1;
}

static void no_memory_for_a_domain(void **state)
{
	(void)state;
	/* Table, frames, gfns, handle list, active entries. */
	assert_int_equal(init_until_it_works(heap_fail), 5);
	/* The shared frame, and what the heap had to ask for. */
	assert_in_range(init_until_it_works(frame_fail), 1, 5);
}

/* XSA-268, XSA-26: version 1 it is. */
static void xsa268_versions(void **state)
{
	struct gnttab_set_version set = { .version = 2 };
	struct gnttab_get_version get = { .dom = DOMID_SELF };

	(void)state;
	assert_int_equal(GT(dom0, set_version, &set, 1), -XEN_ENOSYS);
	assert_int_equal(set.version, 1);
	set.version = 3;
	assert_int_equal(GT(dom0, set_version, &set, 1), -XEN_EINVAL);
	assert_int_equal(set.version, 1);
	set.version = 1;
	assert_int_equal(GT_COUNT(set_version, set, 7), 0);
	assert_int_equal(GT(dom0, get_version, &get, 1), 0);
	assert_int_equal(get.version, 1);
	get.dom = NO_DOMAIN;
	assert_int_equal(GT(dom0, get_version, &get, 1), -XEN_ESRCH);
	get.dom = 0;
	assert_int_equal(GT(domu, get_version, &get, 1), -XEN_EPERM);
}

/* XSA-24, XSA-382: lists of status frames of every length. */
static void xsa24_status_frames(void **state)
{
	struct gnttab_get_status_frames op = { .dom = DOMID_SELF };

	(void)state;
	op.frame_list.p = (uint64_t *)8;
	assert_int_equal(GT(dom0, get_status_frames, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	for (uint32_t nr = 1; nr; nr <<= 1) {
		op.nr_frames = nr;
		assert_int_equal(GT(dom0, get_status_frames, &op, 1), 0);
		assert_int_equal(op.status, GNTST_general_error);
	}
	op.dom = NO_DOMAIN;
	assert_int_equal(GT(dom0, get_status_frames, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_domain);
	assert_int_equal(GT_COUNT(get_status_frames, op, 2), -XEN_EINVAL);
}

static int swap(grant_ref_t a, grant_ref_t b)
{
	struct gnttab_swap_grant_ref op = {
		.ref_a = a,
		.ref_b = b,
		.status = 99,
	};

	assert_int_equal(GT(domu, swap_grant_ref, &op, 1), 0);
	return op.status;
}

static void xsa18_swap(void **state)
{
	grant_handle_t handle;
	grant_entry_v1_t was;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	was = *entry(&domu, 8);
	assert_int_equal(swap(8, 511), GNTST_okay);
	assert_memory_equal(entry(&domu, 511), &was, sizeof(was));
	assert_int_equal(entry(&domu, 8)->flags, 0);
	assert_int_equal(swap(511, 8), GNTST_okay);
	assert_memory_equal(entry(&domu, 8), &was, sizeof(was));
	assert_int_equal(swap(8, 512), GNTST_bad_gntref);
	assert_int_equal(swap(~0u, 8), GNTST_bad_gntref);
	assert_int_equal(swap(~0u, ~0u), GNTST_bad_gntref);
	handle = map_ok(SPARE(0), 0, 8);
	assert_int_equal(swap(8, 9), GNTST_eagain);
	assert_int_equal(swap(9, 8), GNTST_eagain);
	assert_int_equal(swap(8, 8), GNTST_okay);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_memory_equal(entry(&domu, 8), &was, sizeof(was));
}

static int64_t op(uint64_t cmd, uint64_t addr, uint64_t count)
{
	return hcall(self, __HYPERVISOR_grant_table_op, cmd, addr, count);
}

static void sub_ops_and_counts(void **state)
{
	(void)state;
	for (uint64_t cmd = 0; cmd < 16; cmd++) {
		assert_int_equal(op(cmd, dom0.ram, 0x80000000u), -XEN_EINVAL);
		assert_int_equal(op(cmd, dom0.ram, 0xffffffffu), -XEN_EINVAL);
	}
	assert_int_equal(op(13, dom0.ram, 1), -XEN_ENOSYS);
	assert_int_equal(op(GNTTABOP_dump_table, dom0.ram, 1), -XEN_ENOSYS);
	assert_int_equal(op(GNTTABOP_transfer, 0, 1), -XEN_EOPNOTSUPP);
	assert_int_equal(op(0x1000 | GNTTABOP_query_size, dom0.ram, 1),
			 -XEN_EINVAL);
	assert_int_equal(op(~UINT64_C(0), dom0.ram, 1), -XEN_EINVAL);
}

static void bad_pointers(void **state)
{
	static const unsigned int arrays[] = {
		GNTTABOP_map_grant_ref,	 GNTTABOP_unmap_grant_ref,
		GNTTABOP_copy,		 GNTTABOP_unmap_and_replace,
		GNTTABOP_swap_grant_ref, GNTTABOP_cache_flush,
	};
	static const unsigned int singles[] = {
		GNTTABOP_setup_table,	    GNTTABOP_query_size,
		GNTTABOP_set_version,	    GNTTABOP_get_version,
		GNTTABOP_get_status_frames,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(arrays); i++) {
		assert_int_equal(op(arrays[i], NO_RAM, 0), 0);
		assert_int_equal(op(arrays[i], NO_RAM, 1), -XEN_EFAULT);
		assert_int_equal(op(arrays[i], NO_RAM, INT32_MAX), -XEN_EFAULT);
		assert_int_equal(op(arrays[i], ~UINT64_C(0) - 7, 9),
				 -XEN_EFAULT);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(singles); i++) {
		assert_int_equal(op(singles[i], NO_RAM, 1), -XEN_EFAULT);
	}
}

/* Handles are had and given back in any order, none of them twice. */
static void handles(void **state)
{
	const uint32_t limit = 2 * HANDLES_PER_CHUNK;
	static bool taken[2 * HANDLES_PER_CHUNK];
	struct maptrack track = { 0 };
	grant_handle_t handle;
	struct mapping *m = NULL;

	(void)state;
	assert_int_equal(maptrack_init(&track, limit), 0);
	for (uint32_t i = 0; i < limit; i++) {
		m = maptrack_take(&track, &handle);
		assert_non_null(m);
		assert_in_range(handle, 0, limit - 1);
		assert_false(taken[handle]);
		taken[handle] = true;
	}
	assert_null(maptrack_take(&track, &handle));
	maptrack_put(&track, 3);
	maptrack_put(&track, 700);
	m = maptrack_take(&track, &handle);
	assert_int_equal(handle, 700);
	assert_non_null(maptrack_take(&track, &handle));
	assert_int_equal(handle, 3);
	assert_null(maptrack_take(&track, &handle));
	/* Not before it is made, not while it is undone, not after. */
	assert_null(maptrack_claim(&track, 700));
	mapping_live(m);
	assert_ptr_equal(maptrack_claim(&track, 700), m);
	assert_null(maptrack_claim(&track, 700));
	mapping_live(m);
	assert_ptr_equal(maptrack_claim(&track, 700), m);
	maptrack_put(&track, 700);
	assert_null(maptrack_claim(&track, 700));
	assert_null(maptrack_claim(&track, limit));
	assert_null(maptrack_claim(&track, NO_HANDLE));
	maptrack_release(&track);
}

static const struct CMUnitTest tests[] = {
	GNTTAB_TEST(query_answers),
	GNTTAB_TEST(setup_answers),
	GNTTAB_TEST(setup_tells_where_frames_are),
	GNTTAB_TEST(xsa235_frames_out_of_range),
	GNTTAB_TEST(xsa101_new_frames_are_empty),
	GNTTAB_TEST(no_memory_to_grow),
	GNTTAB_TEST(no_memory_for_a_domain),
	GNTTAB_TEST(xsa268_versions),
	GNTTAB_TEST(xsa24_status_frames),
	GNTTAB_TEST(xsa18_swap),
	GNTTAB_TEST(sub_ops_and_counts),
	GNTTAB_TEST(bad_pointers),
	GNTTAB_TEST(handles),
};

const struct suite table_suite = { tests, ARRAY_SIZE(tests) };
