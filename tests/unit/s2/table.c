/* SPDX-License-Identifier: BSD-2-Clause */
/* Stage-2 tables: shape, walker, blocks, the log of changes, the pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "frame/frame.h"
#include "s2/s2.h"
#include "s2/walk.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define FAR (16 * GIB) /* no RAM of the machine */
#define SW  5	       /* any software bits */

static struct s2 s2;
static uint64_t free_at_start;

static void start(unsigned int ipa_bits, uint64_t pool)
{
	free_at_start = frame_nr_free();
	assert_int_equal(s2_init(&s2, ipa_bits, 48, 8, 3), 0);
	assert_int_equal(s2_pool_resize(&s2, pool), 0);
	host_watch(&s2.hw);
}

static void settle(void)
{
	s2_settle(&s2);
	s2_clear_log(&s2);
	host_check_no_stale(&s2.hw);
}

/* As the owner of a table does it: reserve, then apply in steps. */
static bool apply(uint64_t start, uint64_t size, s2_pte_t leaf)
{
	struct s2_target t = { .start = start,
			       .end = start + size,
			       .leaf = leaf };
	uint64_t free = s2.pool.nr_free;
	uint64_t need = s2_count_tables(&s2, &t);
	uint64_t at = start;

	assert_true(need <= s2_bound_tables(&t));
	if (need > free) {
		return false;
	}
	while ((at = s2_apply(&s2, &t, at)) < t.end) {
		free -= s2.pool.nr_free;
		need -= free;
		settle();
		free = s2.pool.nr_free;
	}
	/* Exactly what was counted has been taken. */
	assert_int_equal(free - s2.pool.nr_free, need);
	settle();
	return true;
}

static s2_pte_t leaf_at(uint64_t pa)
{
	const struct s2_attr attr = { S2_NORMAL_WB, S2_RW };

	return s2_leaf(attr, SW, S2_LAST_LEVEL) | pa;
}

static void stop(void)
{
	assert_true(apply(0, BIT(s2.ipa_bits), 0));
	assert_int_equal(s2_nr_tables(&s2), BIT(s2.shape.root_order));
	s2_fini(&s2);
	assert_int_equal(frame_nr_free(), free_at_start);
}

static int setup(void **state)
{
	(void)state;
	host_setup(32);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	host_teardown();
	return 0;
}

/* ------------------------------------------------------------------ shape */

/* Written by hand from DDI 0487, VTCR_EL2, and "Concatenated translation
 * tables". */
static void shapes(void **state)
{
	static const struct {
		unsigned int ipa, pa, vmid, level, order;
		uint64_t vtcr;
	} rows[] = {
		{ 32, 32, 8, 1, 0, 0x80003560 },
		{ 36, 36, 8, 1, 0, 0x8001355c },
		{ 39, 40, 8, 1, 0, 0x80023559 },
		{ 40, 40, 8, 1, 1, 0x80023558 },
		{ 40, 44, 16, 1, 1, 0x800c3558 },
		{ 42, 42, 8, 1, 3, 0x80033556 },
		{ 43, 44, 8, 1, 4, 0x80043555 },
		{ 44, 44, 8, 0, 0, 0x80043594 },
		{ 48, 48, 16, 0, 0, 0x800d3590 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct s2_geometry g = s2_geometry(rows[i].ipa);

		assert_int_equal(g.start_level, rows[i].level);
		assert_int_equal(g.root_order, rows[i].order);
		assert_int_equal(s2_vtcr(rows[i].ipa, rows[i].pa, rows[i].vmid),
				 rows[i].vtcr);
	}
}

/* Every size: the first and the last page of the address space, and those at
 * the borders of root pages, are pages of their own. */
static void every_ipa_size(void **state)
{
	(void)state;
	for (unsigned int bits = 32; bits <= 48; bits++) {
		uint64_t end = BIT(bits);
		unsigned int level;

		start(bits, 64);
		assert_int_equal(
			s2.hw.vttbr % (PAGE_SIZE << s2.shape.root_order), 0);
		for (uint64_t ipa = 512 * GIB; ipa < end && bits <= 43;
		     ipa += 512 * GIB) {
			assert_true(apply(ipa - PAGE_SIZE, 2 * PAGE_SIZE,
					  leaf_at(ipa >> 3)));
			settle();
			assert_int_equal(s2_lookup(&s2, ipa, &level),
					 leaf_at((ipa >> 3) + PAGE_SIZE));
			assert_true(apply(ipa - PAGE_SIZE, 2 * PAGE_SIZE, 0));
			assert_true(apply(ipa - GIB, 2 * GIB, 0));
		}
		assert_true(apply(0, PAGE_SIZE, leaf_at(0x1000)));
		assert_true(apply(end - PAGE_SIZE, PAGE_SIZE, leaf_at(0x2000)));
		assert_int_equal(s2_lookup(&s2, 0, &level), leaf_at(0x1000));
		assert_int_equal(s2_lookup(&s2, end - 1, &level),
				 leaf_at(0x2000));
		assert_int_equal(s2_lookup(&s2, end / 2, &level), 0);
		stop();
	}
}

/* ------------------------------------------------------------ descriptors */

static void attributes_come_back(void **state)
{
	(void)state;
	for (unsigned int type = 0; type < S2_NR_MEMTYPES; type++) {
		for (unsigned int n = 0; n < 8 * 16 * 3; n++) {
			struct s2_attr attr = { type, n % 8 };
			unsigned int sw = n / 8 % 16;
			unsigned int level = 1 + n / 128;
			s2_pte_t pte = s2_leaf(attr, sw, level);

			assert_true(s2_is_leaf(pte, level));
			assert_int_equal(s2_pte_attr(pte).memtype, type);
			assert_int_equal(s2_pte_attr(pte).perm, n % 8);
			assert_int_equal(s2_pte_sw(pte), sw);
			assert_int_equal(pte & S2_ADDR, 0);
		}
	}
}

/* By hand from DDI 0487, "Stage 2 attribute fields". */
static void descriptor_bits(void **state)
{
	static const struct {
		struct s2_attr attr;
		s2_pte_t page;
	} rows[] = {
		{ { S2_NORMAL_WB, S2_RWX }, 0x7ff },
		{ { S2_NORMAL_WB, S2_R }, 0x004000000000077f },
		{ { S2_NORMAL_NC, S2_RW }, 0x00400000000006d7 },
		{ { S2_DEVICE_GRE, S2_RW }, 0x00400000000006cf },
		{ { S2_DEVICE_NGRE, S2_RW }, 0x00400000000006cb },
		{ { S2_DEVICE_NGNRE, S2_RW }, 0x00400000000006c7 },
		{ { S2_DEVICE_NGNRNE, S2_R }, 0x0040000000000643 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(s2_leaf(rows[i].attr, 0, 3), rows[i].page);
		assert_int_equal(s2_leaf(rows[i].attr, 0, 2),
				 rows[i].page & ~UINT64_C(2));
	}
	assert_int_equal(s2_leaf(rows[0].attr, 0xf, 3), 0x07800000000007ff);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(s2_memtype_name(S2_NORMAL_WB), "normal-wb");
	assert_string_equal(s2_memtype_name(S2_DEVICE_NGNRNE), "device-ngnrne");
	assert_string_equal(s2_memtype_name(S2_NR_MEMTYPES), "?");
	assert_string_equal(s2_perm_name(S2_RW), "rw-");
	assert_string_equal(s2_perm_name(S2_R | S2_X), "r-x");
	assert_string_equal(s2_perm_name(0), "---");
}

static void plans(void **state)
{
	const s2_pte_t page = leaf_at(0x1000);

	(void)state;
	assert_int_equal(s2_plan(0, 0), S2_KEEP);
	assert_int_equal(s2_plan(page, page), S2_KEEP);
	assert_int_equal(s2_plan(0, page), S2_WRITE);
	assert_int_equal(s2_plan(page, 0), S2_WRITE_TLBI);
	/* What may change without a break, and what may not. */
	assert_int_equal(s2_plan(page, page & ~S2_AP_W), S2_WRITE_TLBI);
	assert_int_equal(s2_plan(page, page ^ S2_XN), S2_WRITE_TLBI);
	assert_int_equal(s2_plan(page, page ^ S2_SW), S2_WRITE_TLBI);
	assert_int_equal(s2_plan(page, page ^ S2_AF), S2_WRITE_TLBI);
	assert_int_equal(s2_plan(page, page ^ S2_SH), S2_BREAK_TLBI_MAKE);
	assert_int_equal(s2_plan(page, page ^ BIT(2)), S2_BREAK_TLBI_MAKE);
	assert_int_equal(s2_plan(page, page ^ BIT(12)), S2_BREAK_TLBI_MAKE);
	assert_int_equal(s2_plan(page, page ^ S2_TABLE), S2_BREAK_TLBI_MAKE);
	assert_int_equal(s2_plan(page, leaf_at(0x2000)), S2_BREAK_TLBI_MAKE);
}

/* ----------------------------------------------------------------- blocks */

static void check_leaves(uint64_t gib, uint64_t mib2, uint64_t pages)
{
	assert_int_equal(s2.leaves[0], 0);
	assert_int_equal(s2.leaves[1], gib);
	assert_int_equal(s2.leaves[2], mib2);
	assert_int_equal(s2.leaves[3], pages);
}

/* R2.2: head and tail are aligned on their own. */
static void largest_blocks(void **state)
{
	static const struct {
		uint64_t ipa, pa, size, gib, mib2, pages;
	} rows[] = {
		{ GIB, 2 * GIB, GIB, 1, 0, 0 },
		{ GIB, 3 * GIB, 2 * GIB, 2, 0, 0 },
		{ GIB, 3 * GIB + 2 * MIB, GIB, 0, 512, 0 },
		{ GIB - 2 * MIB, 5 * GIB - 2 * MIB, GIB + 4 * MIB, 1, 2, 0 },
		{ GIB - 4 * KIB, 5 * GIB - 4 * KIB, GIB + 8 * KIB, 1, 0, 2 },
		{ 4 * MIB - 8 * KIB, 8 * MIB - 8 * KIB, 2 * MIB + 12 * KIB, 0,
		  1, 3 },
		{ 2 * MIB, 2 * MIB + 4 * KIB, 2 * MIB, 0, 0, 512 },
		{ 0, 0, 4 * KIB, 0, 0, 1 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		start(40, 64);
		assert_true(
			apply(rows[i].ipa, rows[i].size, leaf_at(rows[i].pa)));
		check_leaves(rows[i].gib, rows[i].mib2, rows[i].pages);
		stop();
	}
}

/* One page out of 1 GiB: a block at each level around it, and exactly one
 * flush, whatever was split. */
static void splitting(void **state)
{
	struct host_counts before;
	unsigned int level;

	(void)state;
	start(40, 8);
	assert_true(apply(4 * GIB, GIB, leaf_at(8 * GIB)));
	before = host_counts();
	assert_true(apply(4 * GIB + 6 * MIB + 12 * KIB, 4 * KIB, 0));
	assert_int_equal(host_counts().flushes, before.flushes + 1);
	/* One break and one make: the new tables were filled unseen. */
	assert_int_equal(host_counts().pte_stores, before.pte_stores + 2);
	check_leaves(0, 511, 511);
	assert_int_equal(s2_lookup(&s2, 4 * GIB + 6 * MIB + 8 * KIB, &level),
			 leaf_at(8 * GIB + 6 * MIB + 8 * KIB));
	assert_int_equal(level, 3);
	assert_int_equal(s2_lookup(&s2, 4 * GIB + 6 * MIB + 12 * KIB, &level),
			 0);
	assert_int_equal(s2_lookup(&s2, 4 * GIB + 8 * MIB + 4 * KIB, &level),
			 leaf_at(8 * GIB + 8 * MIB + 4 * KIB));
	assert_int_equal(level, 2);
	stop();
}

/* A whole block over a table, contents other or the same. */
static void block_over_table(void **state)
{
	uint64_t tables;

	(void)state;
	start(40, 8);
	assert_true(apply(2 * MIB, 2 * MIB, leaf_at(4 * MIB)));
	tables = s2_nr_tables(&s2);
	assert_true(apply(2 * MIB, 4 * KIB, 0));
	assert_true(apply(3 * MIB, 4 * KIB, leaf_at(64 * MIB)));
	assert_int_equal(s2_nr_tables(&s2), tables + 1);
	assert_true(apply(2 * MIB, 2 * MIB, leaf_at(4 * MIB)));
	check_leaves(0, 1, 0);
	assert_int_equal(s2_nr_tables(&s2), tables);
	/* Page by page the same: the table goes. */
	assert_true(apply(2 * MIB, 4 * KIB, 0));
	assert_int_equal(s2_nr_tables(&s2), tables + 1);
	assert_true(apply(2 * MIB, 4 * KIB, leaf_at(4 * MIB)));
	check_leaves(0, 1, 0);
	assert_int_equal(s2_nr_tables(&s2), tables);
	stop();
}

/* What is mapped just so stays: a block is not split for a part of it. */
static void identical_mapping_changes_nothing(void **state)
{
	uint64_t stores;

	(void)state;
	start(40, 8);
	assert_true(apply(GIB, GIB, leaf_at(2 * GIB)));
	stores = host_counts().pte_stores;
	assert_true(
		apply(GIB + 20 * KIB, 300 * MIB, leaf_at(2 * GIB + 20 * KIB)));
	assert_true(apply(GIB, GIB, leaf_at(2 * GIB)));
	assert_int_equal(host_counts().pte_stores, stores);
	check_leaves(1, 0, 0);
	stop();
}

/* A table that is needed and not there: counted, refused, nothing changed. */
static void counting_is_exact(void **state)
{
	static const uint64_t need[] = { 1, 2, 3 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(need); i++) {
		static const struct {
			uint64_t ipa, size;
		} rows[] = {
			{ GIB + 2 * MIB, 2 * MIB },
			{ GIB + 2 * MIB + 4 * KIB, 4 * KIB },
			{ GIB + 4 * KIB, 4 * MIB },
		};

		start(40, need[i] - 1);
		assert_false(
			apply(rows[i].ipa, rows[i].size, leaf_at(rows[i].ipa)));
		check_leaves(0, 0, 0);
		assert_int_equal(s2_pool_resize(&s2, need[i]), 0);
		assert_true(
			apply(rows[i].ipa, rows[i].size, leaf_at(rows[i].ipa)));
		assert_int_equal(s2.pool.nr_free, 0);
		stop();
	}
}

/* -------------------------------------------------------- log and pool */

static void runs_are_merged(void **state)
{
	struct s2_target t = { 0, 8 * MIB, 0, 0, 0 };

	(void)state;
	start(40, 8);
	assert_true(apply(0, 4 * MIB, leaf_at(FAR)));
	assert_true(apply(4 * MIB, 4 * MIB, leaf_at(FAR + 4 * MIB)));
	assert_int_equal(s2_apply(&s2, &t, 0), t.end);
	assert_int_equal(s2.nr_changes, 1);
	assert_int_equal(s2.change[0].nr, 8 * MIB / PAGE_SIZE);
	assert_int_equal(s2.change[0].old, leaf_at(FAR));
	assert_int_equal(s2.change[0].new, 0);
	assert_true(s2_flush_pending(&s2, 0, PAGE_SIZE));
	assert_true(s2_flush_pending(&s2, 8 * MIB - PAGE_SIZE, 9 * MIB));
	assert_false(s2_flush_pending(&s2, 8 * MIB, 16 * MIB));
	settle();
	assert_false(s2_flush_pending(&s2, 0, PAGE_SIZE));
	stop();
}

/* More runs than the log holds: applied in steps, none lost. */
static void full_log_stops_and_goes_on(void **state)
{
	struct s2_target t = { 0, 2 * MIB, 0, 0, 0 };
	uint64_t told = 0, at = 0;
	unsigned int steps = 0;

	(void)state;
	start(40, 8);
	for (uint64_t ipa = 0; ipa < 2 * MIB; ipa += 2 * PAGE_SIZE) {
		assert_true(apply(ipa, PAGE_SIZE, leaf_at(FAR + 2 * ipa)));
	}
	do {
		at = s2_apply(&s2, &t, at);
		for (unsigned int i = 0; i < s2.nr_changes; i++) {
			told += s2.change[i].flags & S2_SHAPE ? 0
							      : s2.change[i].nr;
		}
		settle();
		steps++;
	} while (at < t.end);
	assert_int_equal(told, 256);
	assert_int_equal(steps, 256 / S2_MAX_CHANGES + 1);
	check_leaves(0, 0, 0);
	/* The tables went as well, though the steps began inside of one. */
	assert_int_equal(s2_nr_tables(&s2), 2);
	stop();
}

/* XSA-480: a table page is not used again before the flush. */
static void dead_tables_wait_for_the_flush(void **state)
{
	struct s2_target t = { 0, 2 * MIB, 0, 0, 0 };
	uint64_t free;

	(void)state;
	start(40, 3);
	assert_true(apply(0, PAGE_SIZE, leaf_at(FAR)));
	free = s2.pool.nr_free;
	assert_int_equal(s2_apply(&s2, &t, 0), t.end);
	assert_int_equal(s2.pool.nr_free, free);
	/* The one above is empty too, and is looked at when it settles. */
	assert_int_equal(s2.pool.nr_dead, 1);
	assert_int_equal(s2_pool_resize(&s2, 1), -XEN_EBUSY);
	settle();
	assert_int_equal(s2.pool.nr_free, free + 2);
	assert_int_equal(s2.pool.nr_dead, 0);
	stop();
}

/* The same, done wrong: the model of the hardware notices. */
static void bad_reuse_before_the_flush(void **state)
{
	struct s2_target t = { 0, 2 * MIB, 0, 0, 0 };

	(void)state;
	start(40, 3);
	assert_true(apply(0, PAGE_SIZE, leaf_at(FAR)));
	assert_int_equal(s2_apply(&s2, &t, 0), t.end);
	host_expect_begin();
	s2_clear_log(&s2);
	assert_true(host_expect_end() > 0);
}

static void pool_size(void **state)
{
	(void)state;
	start(40, 4);
	assert_true(apply(0, PAGE_SIZE, leaf_at(FAR)));
	assert_int_equal(s2_pool_resize(&s2, 1), -XEN_EBUSY);
	assert_int_equal(s2.pool.size, 4);
	assert_int_equal(s2_pool_resize(&s2, 2), 0);
	assert_int_equal(s2.pool.nr_free, 0);
	assert_int_equal(s2_pool_resize(&s2, UINT64_C(1) << 40), -XEN_ENOMEM);
	assert_int_equal(s2.pool.size, 2);
	assert_int_equal(s2_pool_resize(&s2, 5), 0);
	stop();
}

static void runs_are_found(void **state)
{
	s2_pte_t page;
	unsigned int level;

	(void)state;
	start(40, 8);
	assert_true(apply(4 * MIB, 4 * MIB, leaf_at(FAR + 4 * MIB)));
	assert_true(apply(8 * MIB, 8 * KIB, leaf_at(FAR + 8 * MIB)));
	assert_int_equal(s2_run(&s2, 4 * MIB, GIB, &page, &level),
			 4 * MIB + 8 * KIB);
	assert_int_equal(page, leaf_at(FAR + 4 * MIB));
	assert_int_equal(level, 2);
	assert_int_equal(s2_run(&s2, 5 * MIB, 6 * MIB, &page, &level), MIB);
	assert_int_equal(page, leaf_at(FAR + 5 * MIB));
	assert_int_equal(s2_run(&s2, 0, GIB, &page, &level), 4 * MIB);
	assert_int_equal(page, 0);
	assert_int_equal(s2_run(&s2, 8 * MIB + 8 * KIB, 2 * GIB, &page, &level),
			 2 * GIB - 8 * MIB - 8 * KIB);
	stop();
}

/* A page is changed alone where its table is there, and nowhere else. */
static void single_pages(void **state)
{
	const uint64_t at = GIB + 4 * MIB;
	unsigned int level;

	(void)state;
	start(40, 64);
	assert_false(s2_apply_page(&s2, at, leaf_at(at)));
	assert_true(apply(at, 4 * MIB, leaf_at(at)));
	settle();
	assert_false(s2_apply_page(&s2, at, 0));
	assert_int_equal(s2_lookup(&s2, at, &level), leaf_at(at));
	assert_int_equal(level, 2);
	assert_int_equal(s2.nr_changes, 0);

	/* Both blocks in pages; the other one's table was walked last. */
	assert_true(apply(at + 8 * KIB, PAGE_SIZE, 0));
	assert_true(apply(at + 2 * MIB + 8 * KIB, PAGE_SIZE, 0));
	settle();
	assert_true(s2_apply_page(&s2, at, 0));
	assert_true(s2_apply_page(&s2, at + 8 * KIB, leaf_at(8 * KIB)));
	assert_true(s2_apply_page(&s2, at + 12 * KIB, leaf_at(at + 12 * KIB)));
	assert_int_equal(s2.pending, S2_FLUSH);
	assert_int_equal(s2_lookup(&s2, at, &level), 0);
	assert_int_equal(s2_lookup(&s2, at + 8 * KIB, &level),
			 leaf_at(8 * KIB));
	assert_int_equal(s2_lookup(&s2, at + 2 * MIB, &level),
			 leaf_at(at + 2 * MIB));
	/* What went, and what was kept; what came is not in the log. */
	assert_int_equal(s2.nr_changes, 2);
	assert_int_equal(s2.change[0].old, leaf_at(at));
	assert_int_equal(s2.change[1].old, s2.change[1].new);
	settle();

	assert_true(s2_apply_page(&s2, at + 8 * KIB, leaf_at(16 * KIB)));
	assert_int_equal(s2.pending, S2_FLUSH | S2_MAKE);
	assert_int_equal(s2_lookup(&s2, at + 8 * KIB, &level), 0);
	settle();
	assert_int_equal(s2_lookup(&s2, at + 8 * KIB, &level),
			 leaf_at(16 * KIB));
	stop();
}

/* When the log is full, a page waits for the next one. */
static void single_pages_and_a_full_log(void **state)
{
	unsigned int level;

	(void)state;
	start(40, 64);
	assert_true(apply(PAGE_SIZE, 2 * MIB - PAGE_SIZE, leaf_at(PAGE_SIZE)));
	settle();
	for (uint64_t i = 0; i < S2_MAX_CHANGES; i++) {
		assert_true(s2_apply_page(&s2, (2 * i + 1) * PAGE_SIZE, 0));
	}
	assert_int_equal(s2.nr_changes, S2_MAX_CHANGES);
	assert_false(s2_apply_page(&s2, 200 * PAGE_SIZE, 0));
	assert_int_equal(s2_lookup(&s2, 200 * PAGE_SIZE, &level),
			 leaf_at(200 * PAGE_SIZE));
	settle();
	assert_true(s2_apply_page(&s2, 200 * PAGE_SIZE, 0));
	settle();
	stop();
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shapes),
		TEST(every_ipa_size),
		TEST(attributes_come_back),
		TEST(descriptor_bits),
		TEST(names),
		TEST(plans),
		TEST(largest_blocks),
		TEST(splitting),
		TEST(block_over_table),
		TEST(identical_mapping_changes_nothing),
		TEST(counting_is_exact),
		TEST(runs_are_merged),
		TEST(full_log_stops_and_goes_on),
		TEST(dead_tables_wait_for_the_flush),
		TEST(bad_reuse_before_the_flush),
		TEST(pool_size),
		TEST(runs_are_found),
		TEST(single_pages),
		TEST(single_pages_and_a_full_log),
	};

	return cmocka_run_group_tests_name("s2", tests, NULL, NULL);
}
