/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping and unmapping: what it does, and what it answers. */
#include <stdint.h>
#include <string.h>

#include <arch/map.h>

#include "frame/frame.h"
#include "gnttab/internal.h"
#include "suites.h"

#define ACCESS	 GTF_permit_access
#define IN_USE	 (GTF_reading | GTF_writing)
#define READONLY GNTMAP_readonly
#define NO_REF	 UINT32_MAX

static enum p2m_type type_at(uint64_t addr)
{
	return guest_entry(&dom0, addr >> PAGE_SHIFT).type;
}

static void a_grant_is_mapped_and_unmapped(void **state)
{
	struct gnttab_map_grant_ref op;
	char *page = page_of(&domu, 3);

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	strcpy(page, "from domu");
	op = map(SPARE(0), GNTMAP_host_map, 8, 1);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(op.dev_bus_addr, mfn_to_paddr(mfn_of(&domu, 3)).v);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	assert_int_equal(type_at(SPARE(0)), P2M_GRANT_RW);
	assert_string_equal(guest_at(&dom0, SPARE(0)), "from domu");
	assert_int_equal(refs_of(&domu, 3), 2);

	assert_int_equal(unmap(SPARE(0), op.handle), GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(type_at(SPARE(0)), P2M_INVALID);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(unmap(SPARE(0), op.handle), GNTST_bad_handle);
	assert_int_equal(refs_of(&domu, 3), 1);
}

static void readers_and_writers_are_told_apart(void **state)
{
	grant_handle_t ro, ro2, rw;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	ro = map_ok(SPARE(0), READONLY, 8);
	assert_int_equal(type_at(SPARE(0)), P2M_GRANT_RO);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | GTF_reading);
	rw = map_ok(SPARE(1), 0, 8);
	ro2 = map_ok(SPARE(2), READONLY, 8);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	/* One reference for all uses. */
	assert_int_equal(refs_of(&domu, 3), 2);
	assert_int_equal(unmap(SPARE(0), ro), 0);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	assert_int_equal(unmap(SPARE(1), rw), 0);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | GTF_reading);
	assert_int_equal(refs_of(&domu, 3), 2);
	assert_int_equal(unmap(SPARE(2), ro2), 0);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
}

static int map_status(uint64_t addr, uint32_t flags, grant_ref_t ref,
		      domid_t dom)
{
	struct gnttab_map_grant_ref op = map(addr, flags, ref, dom);

	assert_int_equal(op.handle, 0xdead);
	return op.status;
}

static void map_answers(void **state)
{
	const uint32_t host = GNTMAP_host_map;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	assert_int_equal(map_status(SPARE(0), 0, 8, 1), GNTST_bad_gntref);
	assert_int_equal(map_status(SPARE(0), READONLY, 8, 1),
			 GNTST_bad_gntref);
	assert_int_equal(map_status(SPARE(0), GNTMAP_device_map, 8, 1),
			 GNTST_general_error);
	assert_int_equal(map_status(SPARE(0), host | GNTMAP_device_map, 8, 1),
			 GNTST_general_error);
	assert_int_equal(map_status(SPARE(0), host | GNTMAP_contains_pte, 8, 1),
			 GNTST_general_error);
	assert_int_equal(
		map_status(SPARE(0), host | GNTMAP_application_map, 8, 1),
		GNTST_general_error);
	assert_int_equal(map_status(SPARE(0), host | 0x10000, 8, 1),
			 GNTST_general_error);
	assert_int_equal(map_status(SPARE(0), host, 8, NO_DOMAIN),
			 GNTST_bad_domain);
	assert_int_equal(map_status(SPARE(0), host, 8, DOMID_SELF),
			 GNTST_bad_domain);
	assert_int_equal(map_status(SPARE(0), host, 8, DOMID_IO),
			 GNTST_bad_domain);
	assert_int_equal(map_status(SPARE(0), host, 9, 1), GNTST_general_error);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(entry(&domu, 9)->flags, 0);
}

/* XSA-18, XSA-134: references at and beyond the end of the table. */
static void xsa18_references_out_of_range(void **state)
{
	(void)state;
	grant(&domu, 0, 0, 3, ACCESS);
	grant(&domu, 511, 0, 3, ACCESS);
	assert_int_equal(unmap(SPARE(0), map_ok(SPARE(0), 0, 0)), 0);
	assert_int_equal(unmap(SPARE(0), map_ok(SPARE(0), 0, 511)), 0);
	assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, 512, 1),
			 GNTST_bad_gntref);
	assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, 64 * 512, 1),
			 GNTST_bad_gntref);
	assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, NO_REF, 1),
			 GNTST_bad_gntref);
}

static void what_the_entry_must_say(void **state)
{
	static const uint16_t bad[] = {
		0,
		GTF_accept_transfer,
		GTF_transitive,
		ACCESS | GTF_readonly,
		ACCESS | GTF_sub_page,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		grant(&domu, 8, 0, 3, bad[i]);
		assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, 8, 1),
				 GNTST_general_error);
		assert_int_equal(entry(&domu, 8)->flags, bad[i]);
	}
	grant(&domu, 8, 2, 3, ACCESS);
	assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, 8, 1),
			 GNTST_general_error);
	grant(&domu, 8, 0, 3, ACCESS | GTF_readonly);
	assert_int_equal(unmap(SPARE(0), map_ok(SPARE(0), READONLY, 8)), 0);
	/* Flags that mean nothing here stay as the guest wrote them. */
	grant(&domu, 8, 0, 3, ACCESS | GTF_PWT | 0x8000);
	assert_int_equal(unmap(SPARE(0), map_ok(SPARE(0), 0, 8)), 0);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | GTF_PWT | 0x8000);
	/* Each failure has given its handle back. */
	assert_int_equal(dom0.d->gnttab->maptrack.nr, 1);
}

static void what_can_be_granted(void **state)
{
	static const uint32_t bad[] = { 0, 0x8000, 0x7ffff, UINT32_MAX };
	grant_handle_t handle;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		grant(&domu, 8, 0, 3, ACCESS);
		entry(&domu, 8)->frame = bad[i];
		assert_int_equal(map_status(SPARE(0), GNTMAP_host_map, 8, 1),
				 GNTST_bad_page);
		/* Marked before the frame was known, and unmarked again. */
		assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	}
	/* What a domain has mapped of another is not its own to grant. */
	grant(&domu, 8, 0, 3, ACCESS);
	handle = map_ok(SPARE(0), 0, 8);
	*entry(&dom0, 8) = (grant_entry_v1_t){
		.flags = ACCESS,
		.domid = 0,
		.frame = SPARE(0) >> PAGE_SHIFT,
	};
	assert_int_equal(map_status(SPARE(1), GNTMAP_host_map, 8, 0),
			 GNTST_bad_page);
	assert_int_equal(unmap(SPARE(0), handle), 0);
}

static void a_domain_may_grant_to_itself(void **state)
{
	struct gnttab_map_grant_ref op;

	(void)state;
	grant(&dom0, 20, 0, 5, ACCESS);
	strcpy(page_of(&dom0, 5), "own");
	op = map(SPARE(0), GNTMAP_host_map, 20, 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_string_equal(guest_at(&dom0, SPARE(0)), "own");
	assert_int_equal(unmap(SPARE(0), op.handle), 0);
	assert_int_equal(refs_of(&dom0, 5), 1);
}

static void guests_do_not_share_with_each_other(void **state)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = SPARE(0),
		.flags = GNTMAP_host_map,
		.ref = 8,
		.dom = 1,
	};
	struct guest other = guest_make(2, false, 1);

	(void)state;
	grant(&domu, 8, 2, 3, ACCESS);
	assert_int_equal(GT(other, map_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_permission_denied);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	guest_end(&other);
}

/* XSA-301: guest frames at and beyond the size of the address space. */
static void xsa301_host_address_out_of_range(void **state)
{
	const uint64_t limit = BIT(TEST_IPA_BITS);

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	assert_int_equal(map_status(limit, GNTMAP_host_map, 8, 1),
			 GNTST_general_error);
	assert_int_equal(map_status(BIT(48), GNTMAP_host_map, 8, 1),
			 GNTST_general_error);
	assert_int_equal(map_status(~UINT64_C(0), GNTMAP_host_map, 8, 1),
			 GNTST_general_error);
	assert_int_equal(
		unmap(limit - PAGE_SIZE, map_ok(limit - PAGE_SIZE, 0, 8)), 0);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
}

static void unmap_answers(void **state)
{
	grant_handle_t handle;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	assert_int_equal(unmap(SPARE(0), 0), GNTST_bad_handle);
	assert_int_equal(unmap(SPARE(0), NO_REF), GNTST_bad_handle);
	handle = map_ok(SPARE(0), 0, 8);
	assert_int_equal(unmap(SPARE(0), handle + 1), GNTST_bad_handle);
	/* At another place than it was mapped: nothing happens. */
	assert_int_equal(unmap(SPARE(1), handle), GNTST_general_error);
	assert_int_equal(unmap(guest_page(&dom0, 2), handle),
			 GNTST_general_error);
	assert_int_equal(unmap(~UINT64_C(0), handle), GNTST_general_error);
	assert_int_equal(type_at(SPARE(0)), P2M_GRANT_RW);
	assert_int_equal(type_at(guest_page(&dom0, 2)), P2M_RAM_RW);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	/* Anywhere in the page is good enough. */
	assert_int_equal(unmap(SPARE(0) + 77, handle), GNTST_okay);
}

/* XSA-224, XSA-380, XSA-394: an unmap that names nothing to unmap. */
static void xsa224_unmap_of_nothing(void **state)
{
	struct gnttab_unmap_grant_ref op = { .dev_bus_addr = 0x1000 };

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	op.handle = map_ok(SPARE(0), 0, 8);
	for (unsigned int i = 0; i < 300; i++) {
		op.status = 99;
		assert_int_equal(GT(dom0, unmap_grant_ref, &op, 1), 0);
		assert_int_equal(op.status, GNTST_okay);
	}
	assert_int_equal(entry(&domu, 8)->flags, ACCESS | IN_USE);
	assert_int_equal(refs_of(&domu, 3), 2);
	/* A bus address makes no difference, there is no device's map. */
	op.host_addr = SPARE(0);
	assert_int_equal(GT(dom0, unmap_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
}

static void unmap_and_replace_answers(void **state)
{
	struct gnttab_unmap_and_replace op = {
		.host_addr = SPARE(0),
		.new_addr = SPARE(1),
		.handle = 5,
	};

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	assert_int_equal(GT(dom0, unmap_and_replace, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_handle);
	op.handle = map_ok(SPARE(0), 0, 8);
	assert_int_equal(GT(dom0, unmap_and_replace, &op, 1), 0);
	assert_int_equal(op.status, GNTST_general_error);
	assert_int_equal(type_at(SPARE(0)), P2M_GRANT_RW);
	op.new_addr = 0;
	assert_int_equal(GT(dom0, unmap_and_replace, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(type_at(SPARE(0)), P2M_INVALID);
}

static void an_entry_has_so_many_uses(void **state)
{
	grant_handle_t handle[2 * MAX_PINS];
	unsigned int nr = 0;

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	for (; nr < MAX_PINS; nr++) {
		handle[nr] = map_ok(SPARE(nr), READONLY, 8);
	}
	assert_int_equal(
		map_status(SPARE(nr), GNTMAP_host_map | READONLY, 8, 1),
		GNTST_general_error);
	for (; nr < 2 * MAX_PINS; nr++) {
		handle[nr] = map_ok(SPARE(nr), 0, 8);
	}
	assert_int_equal(map_status(SPARE(nr), GNTMAP_host_map, 8, 1),
			 GNTST_general_error);
	for (nr = 0; nr < 2 * MAX_PINS; nr++) {
		assert_int_equal(unmap(SPARE(nr), handle[nr]), 0);
	}
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
}

/* 40 in one call: some good, some bad, interrupts in between. */
static void a_batch_is_preempted(void **state)
{
	struct gnttab_map_grant_ref op[40];
	struct gnttab_unmap_grant_ref un[40];

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		grant(&domu, 100 + i, 0, 3 + i, i % 5 ? ACCESS : 0);
		op[i] = (struct gnttab_map_grant_ref){
			.host_addr = SPARE(i),
			.flags = GNTMAP_host_map,
			.ref = 100 + i,
			.dom = 1,
			.status = 99,
		};
	}
	host_irq_waiting_after(0);
	assert_int_equal(GT(dom0, map_grant_ref, op, 40), 0);
	assert_int_equal(hcall_rounds(), 2);
	for (unsigned int i = 0; i < 40; i++) {
		assert_int_equal(op[i].status,
				 i % 5 ? GNTST_okay : GNTST_general_error);
		assert_int_equal(type_at(SPARE(i)),
				 i % 5 ? P2M_GRANT_RW : P2M_INVALID);
		un[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = SPARE(i),
			.handle = i % 5 ? op[i].handle : 1000,
			.status = 99,
		};
	}
	host_irq_waiting_after(1);
	assert_int_equal(GT(dom0, unmap_grant_ref, un, 40), 0);
	assert_int_equal(hcall_rounds(), 2);
	for (unsigned int i = 0; i < 40; i++) {
		assert_int_equal(un[i].status,
				 i % 5 ? GNTST_okay : GNTST_bad_handle);
		assert_int_equal(type_at(SPARE(i)), P2M_INVALID);
		assert_int_equal(refs_of(&domu, 3 + i), 1);
	}
}

static void one_flush_for_a_batch(void **state)
{
	struct gnttab_unmap_grant_ref un[16];
	struct host_counts before, after;

	(void)state;
	for (unsigned int i = 0; i < 16; i++) {
		grant(&domu, i, 0, 3 + i, ACCESS);
		un[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = SPARE(i),
			.handle = map_ok(SPARE(i), 0, i),
		};
	}
	before = host_counts();
	assert_int_equal(GT(dom0, unmap_grant_ref, un, 16), 0);
	after = host_counts();
	assert_int_equal(after.flushes - before.flushes, 1);
}

static void a_batch_runs_into_a_hole(void **state)
{
	uint64_t at = dom0.ram + TEST_RAM_SIZE -
		      3 * sizeof(struct gnttab_map_grant_ref);
	struct gnttab_map_grant_ref *op = guest_at(&dom0, at);

	(void)state;
	grant(&domu, 8, 0, 3, ACCESS);
	for (unsigned int i = 0; i < 3; i++) {
		op[i] = (struct gnttab_map_grant_ref){
			.host_addr = SPARE(10 + i),
			.flags = GNTMAP_host_map,
			.ref = 8,
			.dom = 1,
			.status = 99,
		};
	}
	/* What can be read is done, as if it were one by one. */
	assert_int_equal(hcall(self, __HYPERVISOR_grant_table_op,
			       GNTTABOP_map_grant_ref, at, 5),
			 -XEN_EFAULT);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(op[i].status, GNTST_okay);
		assert_int_equal(unmap(SPARE(10 + i), op[i].handle), 0);
	}
}

static const struct CMUnitTest tests[] = {
	GNTTAB_TEST(a_grant_is_mapped_and_unmapped),
	GNTTAB_TEST(readers_and_writers_are_told_apart),
	GNTTAB_TEST(map_answers),
	GNTTAB_TEST(xsa18_references_out_of_range),
	GNTTAB_TEST(what_the_entry_must_say),
	GNTTAB_TEST(what_can_be_granted),
	GNTTAB_TEST(a_domain_may_grant_to_itself),
	GNTTAB_TEST(guests_do_not_share_with_each_other),
	GNTTAB_TEST(xsa301_host_address_out_of_range),
	GNTTAB_TEST(unmap_answers),
	GNTTAB_TEST(xsa224_unmap_of_nothing),
	GNTTAB_TEST(unmap_and_replace_answers),
	GNTTAB_TEST(an_entry_has_so_many_uses),
	GNTTAB_TEST(a_batch_is_preempted),
	GNTTAB_TEST(one_flush_for_a_batch),
	GNTTAB_TEST(a_batch_runs_into_a_hole),
};

const struct suite map_suite = { tests, ARRAY_SIZE(tests) };
