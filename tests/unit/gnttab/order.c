/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order things end, what stays when a step fails, and what the
 * guests change meanwhile.
 */
#include <stdint.h>
#include <string.h>

#include <xen/memory.h>

#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"
#include "suites.h"

#define ACCESS GTF_permit_access
#define IN_USE (GTF_reading | GTF_writing)

static unsigned int checks;

/* dom0's map and TLBs have nothing of it, and the frame is held still. */
static void is_out_of_reach(void)
{
	assert_int_equal(guest_entry(&dom0, SPARE(0) >> PAGE_SHIFT).type,
			 P2M_INVALID);
	host_check_no_stale(&dom0.root);
	assert_int_equal(refs_of(&domu, 3), 2);
	checks++;
}

/* XSA-218, XSA-224, XSA-236: when the granter sees its entry unused, nobody
 * can reach the page; and only then is the reference dropped. */
static void xsa218_236_order_of_unmap(void **state)
{
	grant_handle_t handle;
	paddr_t pa;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	handle = map_ok(SPARE(0), 0, 8);
	assert_true(host_touch(&dom0.root, IPA(SPARE(0)), &pa));
	checks = 0;
	on_clear(is_out_of_reach);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	on_clear(NULL);
	assert_int_equal(checks, 1);
	assert_false(host_touch(&dom0.root, IPA(SPARE(0)), &pa));
	assert_int_equal(refs_of(&domu, 3), 1);
}

/* XSA-222: unmapping can fail. The use goes on then. */
static void xsa222_unmap_fails(void **state)
{
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	handle = map_ok(SPARE(0), 0, 8);
	p2m_unmap_fail(1);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_general_error);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	assert_int_equal(refs_of(&domu, 3), 2);
	assert_int_equal(guest_entry(&dom0, SPARE(0) >> PAGE_SHIFT).type,
			 P2M_GRANT_RW);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(refs_of(&domu, 3), 1);
}

static void map_fails_at_the_last_step(void **state)
{
	struct gnttab_map_grant_ref op;
	grant_handle_t first;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	first = map_ok(SPARE(1), 0, 8);
	assert_int_equal(unmap(SPARE(1), first), GNTST_okay);
	p2m_map_fail(1);
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_general_error);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
	/* Nor was the handle lost. */
	assert_int_equal(map_ok(SPARE(0), 0, 8), first);
	assert_int_equal(unmap(SPARE(0), first), GNTST_okay);
}

static void no_handle_left(void **state)
{
	struct gnttab_map_grant_ref op;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	heap_fail(1);
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_no_space);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	dom0.d->gnttab->maptrack.limit = 0;
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_no_space);
}

/* XSA-500: what is pinned does not change with the entry. */
static void xsa500_entry_changes_while_pinned(void **state)
{
	struct gnttab_map_grant_ref op;
	grant_handle_t handle, second;

	(void)state;
	strcpy(page_of(&domu, 3), "pinned");
	strcpy(page_of(&domu, 4), "other");
	grant(&domu, 8, 0, 3, ACCESS);
	handle = map_ok(SPARE(0), GNTMAP_readonly, 8);
	entry(&domu, 8)->frame = guest_page(&domu, 4) >> PAGE_SHIFT;
	second = map_ok(SPARE(1), GNTMAP_readonly, 8);
	assert_string_equal(guest_at(&dom0, SPARE(1)), "pinned");
	assert_int_equal(unmap(SPARE(1), second), GNTST_okay);
	/* More than it had needs the entry's word for it. */
	entry(&domu, 8)->flags |= GTF_readonly;
	op = map(SPARE(1), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_general_error);
	entry(&domu, 8)->domid = 2;
	assert_int_equal(unmap(SPARE(1), map_ok(SPARE(1), GNTMAP_readonly, 8)),
			 GNTST_okay);
	/* Gone altogether: the use ends as it began. */
	*entry(&domu, 8) = (grant_entry_v1_t){ 0 };
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags, 0);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&domu, 4), 1);
}

/* XSA-295, XSA-316: an entry that does not hold still. */
static void xsa295_unstable_entries(void **state)
{
	struct gnttab_map_grant_ref op;
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	swaps_unstable(true);
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_general_error);
	swaps_unstable(false);
	assert_int_equal(nr_stopped(), 0);
	assert_int_equal(refs_of(&domu, 3), 1);
	handle = map_ok(SPARE(0), 0, 8);
	/* The use is over, whatever the granter does. */
	word_unstable_at(1);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(nr_stopped(), 1);
	assert_ptr_equal(last_stopped(), domu.d);
	assert_int_equal(refs_of(&domu, 3), 1);
	entry(&domu, 8)->frame = 0;
	word_unstable_at(1);
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_bad_page);
	assert_int_equal(nr_stopped(), 2);
}

static int64_t reservation(unsigned int op, uint64_t gfn)
{
	struct xen_memory_reservation *r = guest_at(&dom0, dom0.ram);
	xen_pfn_t *list = guest_at(&dom0, dom0.ram + 512);

	*r = (struct xen_memory_reservation){
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};
	r->extent_start.p = (xen_pfn_t *)(uintptr_t)(dom0.ram + 512);
	*list = gfn;
	return hcall(self, __HYPERVISOR_memory_op, op, dom0.ram, 0);
}

/* Linux takes a page out of its map, maps a grant there, and puts the page
 * back, at times before it has unmapped the grant. */
static void the_user_changes_its_map(void **state)
{
	uint64_t addr = guest_page(&dom0, 50);
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	assert_int_equal(
		reservation(XENMEM_decrease_reservation, addr >> PAGE_SHIFT),
		1);
	handle = map_ok(addr, 0, 8);
	assert_int_equal(
		reservation(XENMEM_populate_physmap, addr >> PAGE_SHIFT), 1);
	assert_int_equal(guest_entry(&dom0, addr >> PAGE_SHIFT).type,
			 P2M_RAM_RW);
	/* What is there now is not the grant's to remove. */
	assert_int_equal(unmap(addr, handle), GNTST_general_error);
	assert_int_equal(guest_entry(&dom0, addr >> PAGE_SHIFT).type,
			 P2M_RAM_RW);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	assert_int_equal(
		reservation(XENMEM_decrease_reservation, addr >> PAGE_SHIFT),
		1);
	/* Gone already: the use ends. */
	assert_int_equal(unmap(addr, handle), GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(
		reservation(XENMEM_populate_physmap, addr >> PAGE_SHIFT), 1);
}

/* Another grant in its place: that one stays. */
static void one_grant_over_another(void **state)
{
	grant_handle_t first, second;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	grant(&domu, 9, 0, 4, ACCESS);
	first = map_ok(SPARE(0), 0, 8);
	second = map_ok(SPARE(0), 0, 9);
	assert_int_equal(unmap(SPARE(0), first), GNTST_general_error);
	assert_true(mfn_eq(guest_entry(&dom0, SPARE(0) >> PAGE_SHIFT).mfn,
			   mfn_of(&domu, 4)));
	assert_int_equal(unmap(SPARE(0), second), GNTST_okay);
	assert_int_equal(unmap(SPARE(0), first), GNTST_okay);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&domu, 4), 1);
}

/* The same frame at the same place, but as RAM. */
static void own_ram_over_its_own_grant(void **state)
{
	uint64_t addr = guest_page(&dom0, 51);
	struct gnttab_map_grant_ref op;

	(void)state;
	grant(&dom0, 30, 0, 51, ACCESS);
	op = map(addr, GNTMAP_host_map, 30, 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(guest_entry(&dom0, addr >> PAGE_SHIFT).type,
			 P2M_GRANT_RW);
	assert_int_equal(
		reservation(XENMEM_populate_physmap, addr >> PAGE_SHIFT), 1);
	assert_int_equal(unmap(addr, op.handle), GNTST_general_error);
	assert_int_equal(guest_entry(&dom0, addr >> PAGE_SHIFT).type,
			 P2M_RAM_RW);
	assert_int_equal(
		reservation(XENMEM_decrease_reservation, addr >> PAGE_SHIFT),
		1);
	assert_int_equal(unmap(addr, op.handle), GNTST_okay);
	assert_int_equal(
		reservation(XENMEM_populate_physmap, addr >> PAGE_SHIFT), 1);
}

/* An entry in use by one domain is nobody else's meanwhile. */
static void one_user_at_a_time(void **state)
{
	struct guest other = guest_make(2, false, 1);
	struct gnttab_map_grant_ref op, theirs = {
		.host_addr = SPARE(0),
		.flags = GNTMAP_host_map | GNTMAP_readonly,
		.ref = 30,
	};

	(void)state;
	grant(&dom0, 30, 0, 7, ACCESS);
	op = map(SPARE(0), GNTMAP_host_map | GNTMAP_readonly, 30, 0);
	assert_int_equal(op.status, GNTST_okay);
	entry(&dom0, 30)->domid = 2;
	assert_int_equal(GT(other, map_grant_ref, &theirs, 1), 0);
	assert_int_equal(theirs.status, GNTST_general_error);
	assert_int_equal(unmap(SPARE(0), op.handle), GNTST_okay);
	assert_int_equal(GT(other, map_grant_ref, &theirs, 1), 0);
	assert_int_equal(theirs.status, GNTST_okay);
	guest_end(&other);
}

static void ram_below_a_grant_is_given_up(void **state)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = guest_page(&domu, 60),
		.flags = GNTMAP_host_map,
		.ref = 30,
	};
	struct gnttab_unmap_grant_ref un = { .host_addr = op.host_addr };
	uint64_t pages = domu.d->nr_pages;
	mfn_t was = mfn_of(&domu, 60);

	(void)state;
	grant(&dom0, 30, 1, 7, ACCESS);
	assert_int_equal(GT(domu, map_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(domu.d->nr_pages, pages - 1);
	assert_int_equal(frame_owner(was), FRAME_OWNER_FREE);
	un.handle = op.handle;
	assert_int_equal(GT(domu, unmap_grant_ref, &un, 1), 0);
	assert_int_equal(un.status, GNTST_okay);
	assert_int_equal(refs_of(&dom0, 7), 1);
}

/* A granter that ended first would leave pins in freed memory. */
static void the_granter_cannot_end_first(void **state)
{
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	handle = map_ok(SPARE(0), 0, 8);
	assert_true(HOST_BUGS(gnttab_domain_destroy(domu.d)));
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
}

/* A user that ends lets go of everything. */
static void the_user_ends(void **state)
{
	struct guest other = guest_make(2, false, 1);
	struct gnttab_map_grant_ref op = {
		.host_addr = SPARE(0),
		.flags = GNTMAP_host_map,
		.ref = 30,
	};

	(void)state;
	grant(&dom0, 30, 2, 7, ACCESS);
	for (unsigned int i = 0; i < 3; i++) {
		op.host_addr = SPARE(i);
		assert_int_equal(GT(other, map_grant_ref, &op, 1), 0);
		assert_int_equal(op.status, GNTST_okay);
	}
	assert_int_equal(refs_of(&dom0, 7), 2);
	guest_end(&other);
	assert_int_equal(refs_of(&dom0, 7), 1);
	assert_int_equal(entry(&dom0, 30)->flags, ACCESS);
}

static const struct CMUnitTest tests[] = {
	GNTTAB_TEST(xsa218_236_order_of_unmap),
	GNTTAB_TEST(xsa222_unmap_fails),
	GNTTAB_TEST(map_fails_at_the_last_step),
	GNTTAB_TEST(no_handle_left),
	GNTTAB_TEST(xsa500_entry_changes_while_pinned),
	GNTTAB_TEST(xsa295_unstable_entries),
	GNTTAB_TEST(the_user_changes_its_map),
	GNTTAB_TEST(one_grant_over_another),
	GNTTAB_TEST(own_ram_over_its_own_grant),
	GNTTAB_TEST(one_user_at_a_time),
	GNTTAB_TEST(ram_below_a_grant_is_given_up),
	GNTTAB_TEST(the_granter_cannot_end_first),
	GNTTAB_TEST(the_user_ends),
};

const struct suite order_suite = { tests, ARRAY_SIZE(tests) };
