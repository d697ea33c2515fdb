/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_copy. */
#include <stdint.h>
#include <string.h>

#include "frame/frame.h"
#include "suites.h"

#define ACCESS GTF_permit_access

/* From grant 8 of domu to page 4 of dom0: 100 bytes. */
static struct gnttab_copy copy_in(void)
{
	return (struct gnttab_copy){
		.source = { .u.ref = 8, .domid = 1 },
		.dest = { .u.gmfn = guest_page(&dom0, 4) >> PAGE_SHIFT,
			  .domid = DOMID_SELF },
		.len = 100,
		.flags = GNTCOPY_source_gref,
		.status = 99,
	};
}

static int copy(struct gnttab_copy op)
{
	assert_int_equal(GT(dom0, copy, &op, 1), 0);
	return op.status;
}

static int copy_setup(void **state)
{
	gnttab_setup(state);
	for (unsigned int i = 0; i < PAGE_SIZE; i++) {
		((uint8_t *)page_of(&domu, 3))[i] = (uint8_t)(i * 7 + i / 256);
	}
	memset(page_of(&dom0, 4), 0xee, PAGE_SIZE);
	grant(&domu, 8, 0, 3, ACCESS);
	return 0;
}

static void bytes_arrive_and_no_others(void **state)
{
	struct gnttab_copy op = copy_in();
	const uint8_t *from = page_of(&domu, 3), *to = page_of(&dom0, 4);

	(void)state;
	op.source.offset = 1000;
	op.dest.offset = 17;
	op.len = 999;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(to + 17, from + 1000, 999);
	assert_int_equal(to[16], 0xee);
	assert_int_equal(to[17 + 999], 0xee);
	op.source.offset = 0;
	op.dest.offset = 0;
	op.len = PAGE_SIZE;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(to, from, PAGE_SIZE);
	/* The use is over. */
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&dom0, 4), 1);
}

static void either_side_may_be_either(void **state)
{
	struct gnttab_copy op = copy_in();

	(void)state;
	grant(&domu, 9, 0, 5, ACCESS);
	op.dest.u.ref = 9;
	op.dest.domid = 1;
	op.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(page_of(&domu, 5), page_of(&domu, 3), 100);
	op.source.u.gmfn = guest_page(&dom0, 4) >> PAGE_SHIFT;
	op.source.domid = DOMID_SELF;
	op.flags = GNTCOPY_dest_gref;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(page_of(&domu, 5), page_of(&dom0, 4), 100);
	op.dest.u.gmfn = guest_page(&dom0, 6) >> PAGE_SHIFT;
	op.dest.domid = DOMID_SELF;
	op.flags = 0;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(page_of(&dom0, 6), page_of(&dom0, 4), 100);
	assert_int_equal(entry(&domu, 9)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 5), 1);
}

static void within_one_page(void **state)
{
	struct gnttab_copy op = copy_in();
	char *page = page_of(&domu, 3);

	(void)state;
	memcpy(page, "0123456789abcdef", 16);
	op.dest.u.ref = 8;
	op.dest.domid = 1;
	op.dest.offset = 4;
	op.len = 10;
	op.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	assert_int_equal(copy(op), GNTST_okay);
	assert_memory_equal(page, "01230123456789ef", 16);
}

static void domain_answers(void **state)
{
	struct gnttab_copy op = copy_in();

	(void)state;
	op.source.domid = NO_DOMAIN;
	assert_int_equal(copy(op), GNTST_bad_domain);
	op.source.domid = DOMID_IO;
	assert_int_equal(copy(op), GNTST_bad_domain);
	/* By frame number only what is the caller's, and called so. */
	op = copy_in();
	op.dest.domid = 0;
	assert_int_equal(copy(op), GNTST_permission_denied);
	op.dest.domid = 1;
	assert_int_equal(copy(op), GNTST_permission_denied);
	op.dest.domid = NO_DOMAIN;
	assert_int_equal(copy(op), GNTST_bad_domain);
}

static void side_answers(void **state)
{
	struct gnttab_copy op = copy_in();

	(void)state;
	op.source.u.ref = 512;
	assert_int_equal(copy(op), GNTST_bad_gntref);
	op.source.u.ref = 10;
	assert_int_equal(copy(op), GNTST_general_error);
	op = copy_in();
	op.dest.u.gmfn = 5;
	assert_int_equal(copy(op), GNTST_bad_page);
	op.dest.u.gmfn = ~UINT64_C(0);
	assert_int_equal(copy(op), GNTST_bad_page);
	op.dest.u.gmfn = 0x8000;
	assert_int_equal(copy(op), GNTST_bad_page);
	grant(&domu, 9, 0, 5, ACCESS | GTF_readonly);
	op = copy_in();
	op.dest.u.ref = 9;
	op.dest.domid = 1;
	op.flags |= GNTCOPY_dest_gref;
	assert_int_equal(copy(op), GNTST_general_error);
	/* Whatever failed, nothing of it is held. */
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(entry(&domu, 9)->flags, ACCESS | GTF_readonly);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&dom0, 4), 1);
}

/* What is mapped of others is not the caller's own; and its own, mapped
 * read-only, is not written. */
static void frames_that_are_grants(void **state)
{
	grant_handle_t handle = map_ok(SPARE(0), 0, 8);
	struct gnttab_map_grant_ref own;
	struct gnttab_copy op = copy_in();

	(void)state;
	op.dest.u.gmfn = SPARE(0) >> PAGE_SHIFT;
	assert_int_equal(copy(op), GNTST_bad_page);
	op = copy_in();
	op.source.u.gmfn = SPARE(0) >> PAGE_SHIFT;
	op.source.domid = DOMID_SELF;
	op.flags = 0;
	assert_int_equal(copy(op), GNTST_bad_page);
	grant(&dom0, 30, 0, 7, ACCESS);
	own = map(SPARE(1), GNTMAP_host_map | GNTMAP_readonly, 30, 0);
	assert_int_equal(own.status, GNTST_okay);
	op.source.u.gmfn = SPARE(1) >> PAGE_SHIFT;
	assert_int_equal(copy(op), GNTST_okay);
	op = copy_in();
	op.dest.u.gmfn = SPARE(1) >> PAGE_SHIFT;
	assert_int_equal(copy(op), GNTST_bad_page);
	assert_int_equal(unmap(SPARE(1), own.handle), GNTST_okay);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
}

static void bounds_answers(void **state)
{
	struct gnttab_copy op = copy_in();

	(void)state;
	op.source.offset = PAGE_SIZE - 99;
	assert_int_equal(copy(op), GNTST_bad_copy_arg);
	op = copy_in();
	op.dest.offset = PAGE_SIZE - 99;
	assert_int_equal(copy(op), GNTST_bad_copy_arg);
	op.dest.offset = 0xffff;
	assert_int_equal(copy(op), GNTST_bad_copy_arg);
	op = copy_in();
	op.len = 0xffff;
	assert_int_equal(copy(op), GNTST_bad_copy_arg);
	assert_int_equal(*(uint8_t *)page_of(&dom0, 4), 0xee);
	assert_int_equal(refs_of(&domu, 3), 1);
}

/* XSA-448: nothing to copy touches nothing; the names must be good, as with
 * Xen 4.17. */
static void xsa448_zero_length(void **state)
{
	struct gnttab_copy op = copy_in();

	(void)state;
	op.len = 0;
	assert_int_equal(copy(op), GNTST_okay);
	op.dest.offset = PAGE_SIZE;
	assert_int_equal(copy(op), GNTST_okay);
	op.dest.offset = PAGE_SIZE + 1;
	assert_int_equal(copy(op), GNTST_bad_copy_arg);
	op.dest.offset = 0;
	op.source.u.ref = ~0u;
	assert_int_equal(copy(op), GNTST_bad_gntref);
	op.source.domid = NO_DOMAIN;
	assert_int_equal(copy(op), GNTST_bad_domain);
	for (unsigned int i = 0; i < PAGE_SIZE; i++) {
		assert_int_equal(((uint8_t *)page_of(&dom0, 4))[i], 0xee);
	}
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
}

/* XSA-500: data of the pinned frame, whatever the entry says by now. */
static void xsa500_copy_of_a_pinned_entry(void **state)
{
	grant_handle_t handle = map_ok(SPARE(0), GNTMAP_readonly, 8);

	(void)state;
	memset(page_of(&domu, 5), 0x55, PAGE_SIZE);
	entry(&domu, 8)->frame = guest_page(&domu, 5) >> PAGE_SHIFT;
	entry(&domu, 8)->flags |= GTF_sub_page;
	assert_int_equal(copy(copy_in()), GNTST_okay);
	assert_memory_equal(page_of(&dom0, 4), page_of(&domu, 3), 100);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&domu, 5), 1);
}

/* XSA-230: other uses keep the entry marked. */
static void xsa230_copy_beside_a_mapping(void **state)
{
	grant_handle_t handle = map_ok(SPARE(0), 0, 8);

	(void)state;
	assert_int_equal(copy(copy_in()), GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags,
			 ACCESS | GTF_reading | GTF_writing);
	assert_int_equal(unmap(SPARE(0), handle), GNTST_okay);
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
}

/* XSA-226: one element's error is its own, in a long batch with a stop at
 * every place it can stop. */
static void xsa226_every_element_has_its_status(void **state)
{
	struct gnttab_copy op[60];

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		op[i] = copy_in();
		op[i].dest.offset = i * 8;
		op[i].len = 8;
		if (i % 7 == 3) {
			op[i].source.u.ref = 10;
		}
	}
	host_irq_waiting_after(0);
	assert_int_equal(GT(dom0, copy, op, 60), 0);
	assert_true(hcall_rounds() > 1);
	for (unsigned int i = 0; i < 60; i++) {
		const uint8_t *to = (uint8_t *)page_of(&dom0, 4) + i * 8;

		if (i % 7 == 3) {
			assert_int_equal(op[i].status, GNTST_general_error);
			assert_int_equal(*to, 0xee);
		} else {
			assert_int_equal(op[i].status, GNTST_okay);
			assert_memory_equal(to, page_of(&domu, 3), 8);
		}
	}
	assert_int_equal(entry(&domu, 8)->flags, ACCESS);
	assert_int_equal(refs_of(&domu, 3), 1);
	assert_int_equal(refs_of(&dom0, 4), 1);
}

static void guests_copy_with_the_control_domain_only(void **state)
{
	struct guest other = guest_make(2, false, 1);
	struct gnttab_copy op = copy_in();

	(void)state;
	grant(&domu, 8, 2, 3, ACCESS);
	op.dest.u.gmfn = guest_page(&other, 4) >> PAGE_SHIFT;
	assert_int_equal(GT(other, copy, &op, 1), 0);
	assert_int_equal(op.status, GNTST_permission_denied);
	grant(&dom0, 8, 2, 5, ACCESS);
	op.source.domid = 0;
	assert_int_equal(GT(other, copy, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	guest_end(&other);
}

#define COPY_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, copy_setup, gnttab_teardown)

static const struct CMUnitTest tests[] = {
	COPY_TEST(bytes_arrive_and_no_others),
	COPY_TEST(either_side_may_be_either),
	COPY_TEST(within_one_page),
	COPY_TEST(domain_answers),
	COPY_TEST(side_answers),
	COPY_TEST(frames_that_are_grants),
	COPY_TEST(bounds_answers),
	COPY_TEST(xsa448_zero_length),
	COPY_TEST(xsa500_copy_of_a_pinned_entry),
	COPY_TEST(xsa230_copy_beside_a_mapping),
	COPY_TEST(xsa226_every_element_has_its_status),
	COPY_TEST(guests_copy_with_the_control_domain_only),
};

const struct suite copy_suite = { tests, ARRAY_SIZE(tests) };
