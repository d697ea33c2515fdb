/* SPDX-License-Identifier: BSD-2-Clause */
/* Dirty logging in the table: what a fault, a clear and a harvest do. */
#include <string.h>

#include <arch/stage2.h>
#include <core/bits.h>

#include "frame/frame.h"
#include "lib/bitmap.h"
#include "p2m/log.h"
#include "s2/s2.h"
#include "suite.h"

#define PAGES 1024 /* two blocks */
#define GFN0  0x40000

static uint64_t bits[PAGES / BITMAP_WORD];

static gfn_t page(uint64_t i)
{
	return GFN(GFN0 + i);
}

/* Two blocks of RAM, clean. */
static mfn_t map_clean(void)
{
	mfn_t mfn = frame_alloc(10, OWNER);
	struct p2m_locked l = p2m_lock(p2m);

	assert_int_equal(
		p2m_map_clean(l, page(0), mfn, PAGES, p2m_as(P2M_RAM_RW)), 0);
	p2m_unlock(l);
	events();
	clear_heard();
	return mfn;
}

static bool fault(uint64_t i)
{
	struct p2m_locked l = p2m_lock(p2m);
	bool done = p2m_log_fault(l, page(i));

	p2m_unlock(l);
	host_load_root(&root);
	arch_s2_forget(gfn_to_ipa(page(i)), GVA(0));
	host_check_no_stale(&root);
	return done;
}

static bool writes(uint64_t i)
{
	return host_touch_write(&root, gfn_to_ipa(page(i)), NULL);
}

/* A guest's write; returns whether it took a fault. */
static bool write_page(uint64_t i)
{
	if (writes(i)) {
		return false;
	}
	assert_true(fault(i));
	assert_true(writes(i));
	return true;
}

static uint64_t collect(uint64_t first, uint64_t nr, enum p2m_log_op op)
{
	struct p2m_locked l = p2m_lock(p2m);

	memset(bits, 0, sizeof(bits));
	p2m_log_collect(
		l, op, &(struct p2m_log_range){ page(first), nr, bits, first });
	p2m_unlock(l);
	host_check_no_stale(&root);
	return bitmap_count(bits, PAGES);
}

static void first_write_splits_a_block(void **state)
{
	(void)state;
	map_clean();
	assert_int_equal(stats().blocks[2], 2);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 0);
	assert_true(host_touch(&root, gfn_to_ipa(page(7)), NULL));
	assert_true(write_page(7));
	assert_int_equal(stats().blocks[2], 1);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 1);
	assert_int_equal(bitmap_get(bits, 7, 1), 1);
	assert_false(write_page(7));
	assert_true(write_page(8));
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 2);
}

/* More is reported than was written, and what is not cleared stays. */
static void without_tables_a_block_is_written_as_a_whole(void **state)
{
	(void)state;
	map_clean();
	assert_int_equal(
		p2m_set_pool(p2m, stats().pool_pages - stats().pool_free), 0);
	assert_true(write_page(7));
	assert_int_equal(stats().blocks[2], 2);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 512);
	assert_int_equal(collect(100, 50, P2M_LOG_CLEAR), 50);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 512);
	assert_int_equal(p2m_set_pool(p2m, POOL), 0);
	assert_int_equal(collect(100, 50, P2M_LOG_CLEAR), 50);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 512 - 50);
	assert_int_equal(collect(500, 24, P2M_LOG_CLEAR), 12);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 512 - 62);
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 512 - 62);
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 0);
}

static void a_page_needs_no_flush_and_a_clear_one(void **state)
{
	(void)state;
	map_clean();
	write_page(0);
	events();
	for (uint64_t i = 2; i < 512; i += 2) {
		assert_true(write_page(i));
	}
	assert_string_equal(events(), "");
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 256);
	assert_string_equal(events(), "");
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 256);
	assert_string_equal(events(), "FE");
	assert_int_equal(stats().flushes, 2);
	for (uint64_t i = 0; i < 512; i += 64) {
		assert_false(writes(i));
	}
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 0);
	assert_string_equal(events(), "");
}

/* Frames stay what they are: nobody hears of it, references stay. */
static void only_permissions_change(void **state)
{
	mfn_t mfn;

	(void)state;
	mfn = map_clean();
	for (uint64_t i = 0; i < PAGES; i++) {
		write_page(i);
	}
	collect(10, 700, P2M_LOG_CLEAR);
	collect(0, PAGES, P2M_LOG_HARVEST);
	assert_int_equal(nr_heard, 0);
	for (uint64_t i = 0; i < PAGES; i++) {
		assert_int_equal(frame_refs(mfn_add(mfn, i)), 1);
		assert_int_equal(lookup(GFN0 + i).type, P2M_RAM_RW);
		assert_int_equal(lookup(GFN0 + i).mfn.v, mfn.v + i);
	}
	assert_null(strchr(events(), 'P'));
}

static void others_are_not_logged(void **state)
{
	(void)state;
	map_clean();
	assert_int_equal(map(GFN0 + 1, BUS, 1, P2M_DEVICE), 0);
	map_foreign(GFN0 + 2, 0);
	assert_int_equal(unmap(GFN0 + 3, 1), 0);
	assert_false(fault(1));
	assert_false(fault(2));
	assert_false(fault(3));
	assert_false(fault(p2m_limit(p2m).v));
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 0);
	assert_true(writes(1));
	assert_true(writes(2));
	/* RAM that comes as it always does counts as written. */
	map_ram(GFN0 + 4, 0);
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 1);
	assert_true(write_page(4));
}

/* -------------------------------------------------- hardware dirty state */

static int setup_hardware(void **state)
{
	setup(state);
	p2m_destroy(p2m);
	p2m_use_dirty_state();
	p2m = p2m_create(OWNER, 40, false, POOL);
	root = (struct s2_root){ p2m_vttbr(p2m), p2m_vtcr(p2m) };
	host_watch(&root);
	return 0;
}

static void one_fault_for_a_block(void **state)
{
	(void)state;
	map_clean();
	assert_true(write_page(7));
	assert_false(write_page(8));
	assert_false(write_page(511));
	assert_true(write_page(512));
	assert_int_equal(collect(0, PAGES, P2M_LOG_CLEAR), 4);
	assert_false(write_page(9));
	assert_false(write_page(7));
	assert_int_equal(collect(0, PAGES, P2M_LOG_READ), 2);
}

/* After a harvest hardware notes nothing more: a write must fault. */
static void harvest_is_final(void **state)
{
	(void)state;
	map_clean();
	write_page(7);
	assert_true(host_touch(&root, gfn_to_ipa(page(8)), NULL));
	assert_int_equal(collect(0, PAGES, P2M_LOG_HARVEST), 1);
	assert_false(writes(8));
	assert_false(writes(9));
	assert_true(writes(7));
}

/* Hardware would note the write of a page for the whole of it. */
static void such_pages_are_no_block(void **state)
{
	s2_pte_t leaf = s2_leaf(p2m_default_attr(P2M_RAM_RW), P2M_RAM_RW,
				S2_LAST_LEVEL);

	(void)state;
	assert_true(s2_fits_block(leaf, 2));
	assert_false(s2_fits_block(leaf | S2_DBM, 2));
	assert_int_equal(p2m_vtcr(p2m) & S2_VTCR_DIRTY, S2_VTCR_DIRTY);
}

#define HARDWARE(test) \
	cmocka_unit_test_setup_teardown(test, setup_hardware, teardown)

const struct CMUnitTest log_tests[] = {
	TEST(first_write_splits_a_block),
	TEST(without_tables_a_block_is_written_as_a_whole),
	TEST(a_page_needs_no_flush_and_a_clear_one),
	TEST(only_permissions_change),
	TEST(others_are_not_logged),
	HARDWARE(one_fault_for_a_block),
	HARDWARE(harvest_is_final),
	HARDWARE(such_pages_are_no_block),
};
const unsigned int nr_log_tests = sizeof(log_tests) / sizeof(log_tests[0]);
