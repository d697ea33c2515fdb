/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_cache_flush. */
#include <stdint.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/map.h>

#include "frame/frame.h"
#include "gnttab/internal.h"
#include "suites.h"

#define CLEAN GNTTAB_CACHE_CLEAN
#define INVAL GNTTAB_CACHE_INVAL

static int64_t flush(uint64_t addr, uint16_t offset, uint16_t length,
		     uint32_t what)
{
	struct gnttab_cache_flush op = {
		.a.dev_bus_addr = addr,
		.offset = offset,
		.length = length,
		.op = what,
	};

	return GT(dom0, cache_flush, &op, 1);
}

static uint64_t cleans(void)
{
	return host_counts().page_cleans;
}

static void own_pages_are_flushed(void **state)
{
	uint64_t page = guest_page(&dom0, 4), before = cleans();

	(void)state;
	assert_int_equal(flush(page, 0, PAGE_SIZE, CLEAN), 0);
	assert_int_equal(flush(page, 0, PAGE_SIZE, CLEAN | INVAL), 0);
	assert_int_equal(flush(page, 0, PAGE_SIZE, INVAL), 0);
	assert_int_equal(cleans() - before, 3);
	assert_int_equal(flush(page + 5, 100, 1, CLEAN), 0);
	assert_int_equal(refs_of(&dom0, 4), 1);
}

static void arguments(void **state)
{
	uint64_t page = guest_page(&dom0, 4), before = cleans();

	(void)state;
	assert_int_equal(flush(page, PAGE_SIZE, 0, 0), -XEN_EINVAL);
	assert_int_equal(flush(page, PAGE_SIZE - 1, 2, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(page, 0, PAGE_SIZE + 1, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(page, 0xffff, 0xffff, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(page, 0, 1, 4), -XEN_EINVAL);
	assert_int_equal(flush(8, 0, 1, GNTTAB_CACHE_SOURCE_GREF | CLEAN),
			 -XEN_EINVAL);
	/* Nothing to do is done everywhere. */
	assert_int_equal(flush(NO_RAM, 0, 0, CLEAN), 0);
	assert_int_equal(flush(NO_RAM, 0, 1, 0), 0);
	assert_int_equal(cleans() - before, 0);
}

/* XSA-232: addresses of nobody, of nobody's memory, of the hypervisor. */
static void xsa232_whose_page_it_is(void **state)
{
	mfn_t xen = frame_alloc(0, FRAME_OWNER_XEN);
	uint64_t before = cleans();

	(void)state;
	assert_int_equal(flush(NO_RAM, 0, 1, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(0x9000000, 0, 1, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(~UINT64_C(0), 0, 1, CLEAN), -XEN_EINVAL);
	assert_int_equal(flush(mfn_to_paddr(xen).v, 0, 1, CLEAN), -XEN_EPERM);
	frame_put(xen);
	assert_int_equal(flush(mfn_to_paddr(xen).v, 0, 1, CLEAN), -XEN_EPERM);
	assert_int_equal(flush(mfn_to_paddr(mfn_of(&domu, 3)).v, 0, 1, CLEAN),
			 -XEN_EPERM);
	assert_int_equal(cleans() - before, 0);
	assert_int_equal(refs_of(&domu, 3), 1);
}

static void granted_pages_while_they_are_mapped(void **state)
{
	uint64_t addr = mfn_to_paddr(mfn_of(&domu, 3)).v;
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, GTF_permit_access);
	assert_int_equal(flush(addr, 0, 64, CLEAN), -XEN_EPERM);
	handle = map_ok(SPARE(0), GNTMAP_readonly, 8);
	assert_int_equal(flush(addr, 0, 64, CLEAN | INVAL), 0);
	assert_int_equal(flush(addr + PAGE_SIZE, 0, 64, CLEAN), -XEN_EPERM);
	assert_int_equal(refs_of(&domu, 3), 2);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(flush(addr, 0, 64, CLEAN), -XEN_EPERM);
	assert_int_equal(refs_of(&domu, 3), 1);
}

/* Each element is looked for from the first handle on. */
static void two_granted_pages(void **state)
{
	struct gnttab_cache_flush op[2];
	grant_handle_t low, high;

	(void)state;
	grant(&domu, 8, 0, 3, GTF_permit_access);
	grant(&domu, 9, 0, 4, GTF_permit_access);
	low = map_ok(SPARE(0), 0, 8);
	high = map_ok(SPARE(1), 0, 9);
	assert_true(low < high);
	for (unsigned int i = 0; i < 2; i++) {
		op[i] = (struct gnttab_cache_flush){
			.a.dev_bus_addr = mfn_to_paddr(mfn_of(&domu, 4 - i)).v,
			.length = 64,
			.op = CLEAN,
		};
	}
	assert_int_equal(GT(dom0, cache_flush, op, 2), 0);
	assert_int_equal(unmap(SPARE(0), low), GNTST_okay);
	assert_int_equal(unmap(SPARE(1), high), GNTST_okay);
}

/* XSA-380: the search goes through all handles, and gives way. */
static void xsa380_search_is_preemptible(void **state)
{
	uint64_t addr = mfn_to_paddr(mfn_of(&domu, 3)).v;
	struct maptrack *track = &dom0.d->gnttab->maptrack;
	grant_handle_t handle;
	uint32_t nr;

	(void)state;
	for (nr = 0; nr < 5000; nr++) {
		assert_non_null(maptrack_take(track, &handle));
	}
	grant(&domu, 8, 0, 3, GTF_permit_access);
	handle = map_ok(SPARE(0), 0, 8);
	host_irq_waiting_after(0);
	assert_int_equal(flush(addr, 0, 64, CLEAN), 0);
	assert_int_equal(hcall_rounds(), 2);
	host_irq_waiting_after(2);
	assert_int_equal(flush(mfn_to_paddr(mfn_of(&domu, 4)).v, 0, 64, CLEAN),
			 -XEN_EPERM);
	assert_int_equal(hcall_rounds(), 2);
	/* A place to go on from, where there is nothing to search. */
	assert_int_equal(hcall(self, __HYPERVISOR_grant_table_op,
			       GNTTABOP_cache_flush | 0x1000, dom0.ram, 0),
			 0);
	memset(guest_at(&dom0, dom0.ram), 0, PAGE_SIZE);
	assert_int_equal(hcall(self, __HYPERVISOR_grant_table_op,
			       GNTTABOP_cache_flush | 0x1000, dom0.ram, 1),
			 -XEN_EILSEQ);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
}

static void the_first_error_ends_the_array(void **state)
{
	struct gnttab_cache_flush op[5];
	uint64_t before = cleans();

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		op[i] = (struct gnttab_cache_flush){
			.a.dev_bus_addr = guest_page(&dom0, 4 + i),
			.length = PAGE_SIZE,
			.op = CLEAN,
		};
	}
	host_irq_waiting_after(1);
	assert_int_equal(GT(dom0, cache_flush, op, 5), 0);
	assert_int_equal(hcall_rounds(), 2);
	assert_int_equal(cleans() - before, 5);
	op[3].op = 8;
	assert_int_equal(GT(dom0, cache_flush, op, 5), -XEN_EINVAL);
	assert_int_equal(cleans() - before, 8);
}

static const struct CMUnitTest tests[] = {
	GNTTAB_TEST(own_pages_are_flushed),
	GNTTAB_TEST(arguments),
	GNTTAB_TEST(xsa232_whose_page_it_is),
	GNTTAB_TEST(granted_pages_while_they_are_mapped),
	GNTTAB_TEST(two_granted_pages),
	GNTTAB_TEST(xsa380_search_is_preemptible),
	GNTTAB_TEST(the_first_error_ends_the_array),
};

const struct suite flush_suite = { tests, ARRAY_SIZE(tests) };
