/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks that grow back, and tables that go: by page, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <core/bits.h>

#include "arch/host/host.h"
#include "frame/frame.h"
#include "s2/s2.h"
#include "s2/walk.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define FAR (16 * GIB) /* no RAM of the machine */

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
	do {
		s2_settle(&s2);
		s2_clear_log(&s2);
	} while (s2.nr_touched);
}

/* The owner's part, but for the last settling. */
static void apply_only(uint64_t start, uint64_t size, s2_pte_t leaf)
{
	struct s2_target t = { .start = start,
			       .end = start + size,
			       .leaf = leaf };
	uint64_t at = start;

	if (size == PAGE_SIZE && s2_apply_page(&s2, start, leaf)) {
		return;
	}
	assert_true(s2_count_tables(&s2, &t) <= s2.pool.nr_free);
	while ((at = s2_apply(&s2, &t, at)) < t.end) {
		settle();
	}
	if (s2.pending & S2_MAKE) {
		settle();
	}
}

static void apply(uint64_t start, uint64_t size, s2_pte_t leaf)
{
	apply_only(start, size, leaf);
	settle();
	host_check_no_stale(&s2.hw);
}

static s2_pte_t leaf_at(uint64_t pa)
{
	const struct s2_attr attr = { S2_NORMAL_WB, S2_RW };

	return s2_leaf(attr, 5, S2_LAST_LEVEL) | pa;
}

static void stop(void)
{
	apply(0, BIT(s2.ipa_bits), 0);
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

static void check(uint64_t gib, uint64_t mib2, uint64_t pages, uint64_t tables)
{
	struct host_shape shape = host_shape(&s2.hw);

	assert_int_equal(shape.leaves[1], gib);
	assert_int_equal(shape.leaves[2], mib2);
	assert_int_equal(shape.leaves[3], pages);
	assert_int_equal(shape.tables, BIT(s2.shape.root_order) + tables);
	for (unsigned int level = 0; level <= S2_LAST_LEVEL; level++) {
		assert_int_equal(s2.leaves[level], shape.leaves[level]);
	}
	assert_int_equal(s2_nr_tables(&s2), shape.tables);
}

/* ----------------------------------------------------------------- orders */

static unsigned int ascending(unsigned int i)
{
	return i;
}

static unsigned int descending(unsigned int i)
{
	return S2_ENTRIES - 1 - i;
}

/* Even ones first, then odd ones. */
static unsigned int interleaved(unsigned int i)
{
	return i * 2 % S2_ENTRIES + i / (S2_ENTRIES / 2);
}

static unsigned int interleaved_down(unsigned int i)
{
	return descending(interleaved(i));
}

/* A permutation without a pattern in it that matters. */
static unsigned int scattered(unsigned int i)
{
	return (i * 167 + 91) % S2_ENTRIES;
}

static unsigned int from_the_middle(unsigned int i)
{
	return (i % 2 ? S2_ENTRIES / 2 - 1 - i / 2 : S2_ENTRIES / 2 + i / 2);
}

static unsigned int (*const orders[])(unsigned int) = {
	ascending,	  descending, interleaved,
	interleaved_down, scattered,  from_the_middle,
};

/* All of a block in pages or smaller blocks, out and in again, one by one:
 * a table as long as it is needed, and one flush when it no longer is. */
static void cycle(unsigned int level, unsigned int out, unsigned int in)
{
	uint64_t size = s2_level_size(level);
	uint64_t at = 4 * GIB + (level == 3 ? 6 * MIB : 0);
	uint64_t flushes;

	for (unsigned int i = 0; i < S2_ENTRIES; i++) {
		assert_int_equal(s2.leaves[level], i ? S2_ENTRIES - i : 0);
		apply(at + orders[out](i) * size, size, 0);
	}
	check(0, level == 3 ? 3 : 0, 0, level == 3);
	for (unsigned int i = 0; i < S2_ENTRIES; i++) {
		uint64_t offset = orders[in](i) * size;

		assert_int_equal(s2.leaves[level], i);
		flushes = host_counts().flushes;
		apply(at + offset, size, leaf_at(at + offset));
	}
	assert_int_equal(s2.leaves[level], 0);
	assert_int_equal(host_counts().flushes, flushes + 1);
}

static void every_order(void **state)
{
	(void)state;
	for (unsigned int out = 0; out < ARRAY_SIZE(orders); out++) {
		for (unsigned int in = 0; in < ARRAY_SIZE(orders); in++) {
			start(40, 2);
			apply(4 * GIB, 8 * MIB, leaf_at(4 * GIB));
			cycle(3, out, in);
			check(0, 4, 0, 1);
			stop();
		}
		start(40, 1);
		apply(4 * GIB, GIB, leaf_at(4 * GIB));
		cycle(2, out, descending(out) % ARRAY_SIZE(orders));
		check(1, 0, 0, 0);
		stop();
	}
}

/* Some other page is out for good: no block, whatever is done around it. */
static void never_with_a_hole(void **state)
{
	(void)state;
	for (unsigned int hole = 0; hole < S2_ENTRIES; hole += 73) {
		start(40, 2);
		apply(2 * MIB, 2 * MIB, leaf_at(FAR));
		apply(2 * MIB + hole * PAGE_SIZE, PAGE_SIZE, 0);
		for (unsigned int i = 0; i < S2_ENTRIES; i++) {
			uint64_t offset = scattered(i) * PAGE_SIZE;

			if (scattered(i) == hole) {
				continue;
			}
			apply(2 * MIB + offset, PAGE_SIZE, 0);
			check(0, 0, 510, 2);
			apply(2 * MIB + offset, PAGE_SIZE,
			      leaf_at(FAR + offset));
		}
		apply(2 * MIB + hole * PAGE_SIZE, PAGE_SIZE,
		      leaf_at(FAR + hole * PAGE_SIZE));
		check(0, 1, 0, 1);
		stop();
	}
}

/* ----------------------------------------------------------- what is equal */

/* A page of the table goes while another one is broken, and comes back: what
 * else is odd in the table is not known any more. */
static void stir(uint64_t table, uint64_t page)
{
	uint64_t offset = page * PAGE_SIZE;

	apply(8 * MIB, PAGE_SIZE, leaf_at(FAR));
	apply_only(8 * MIB, PAGE_SIZE, leaf_at(2 * FAR));
	apply_only(table + offset, PAGE_SIZE, 0);
	settle();
	apply(table + offset, PAGE_SIZE, leaf_at(FAR + offset));
	apply(8 * MIB, PAGE_SIZE, 0);
}

/* One page of 512 is something else, in every way there is. */
static void never_when_one_differs(void **state)
{
	static const uint64_t pages[] = { 0, 1, 8, 100, 255, 256, 504, 511 };
	const struct s2_attr other = { S2_NORMAL_WB, S2_R };
	const struct s2_attr device = { S2_DEVICE_GRE, S2_RW };
	const s2_pte_t odd[] = {
		s2_leaf(other, 5, S2_LAST_LEVEL),
		s2_leaf(device, 5, S2_LAST_LEVEL),
		s2_leaf((struct s2_attr){ S2_NORMAL_WB, S2_RW }, 4,
			S2_LAST_LEVEL),
		leaf_at(PAGE_SIZE),
		leaf_at(BIT(39)),
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(pages); j++) {
			uint64_t offset = pages[j] * PAGE_SIZE;

			start(40, 3);
			apply(2 * MIB, 2 * MIB, leaf_at(FAR));
			apply(2 * MIB + offset, PAGE_SIZE,
			      odd[i] + FAR + offset);
			check(0, 0, 512, 2);
			stir(2 * MIB, pages[j] ^ 2);
			stir(2 * MIB, pages[j] ^ 256);
			check(0, 0, 512, 2);
			apply(2 * MIB + offset, PAGE_SIZE,
			      leaf_at(FAR + offset));
			check(0, 1, 0, 1);
			stop();
		}
	}
}

/* Pages become a block, which is not as its neighbours are. */
static void never_when_a_block_differs(void **state)
{
	const s2_pte_t odd = s2_leaf((struct s2_attr){ S2_NORMAL_WB, S2_R }, 5,
				     S2_LAST_LEVEL);

	(void)state;
	for (uint64_t block = 0; block < S2_ENTRIES; block += 73) {
		uint64_t offset = block * 2 * MIB;

		start(40, 2);
		apply(4 * GIB, GIB, leaf_at(FAR));
		apply(4 * GIB + offset, 2 * MIB, odd + FAR + offset);
		apply(4 * GIB + offset, PAGE_SIZE, 0);
		check(0, 511, 511, 2);
		apply(4 * GIB + offset, PAGE_SIZE, odd + FAR + offset);
		check(0, 512, 0, 1);
		apply(4 * GIB + offset, 2 * MIB, leaf_at(FAR + offset));
		check(1, 0, 0, 0);
		stop();
	}
}

/* Equal and consecutive, but no block can start there. */
static void never_misaligned(void **state)
{
	(void)state;
	start(40, 3);
	for (unsigned int i = 0; i < S2_ENTRIES; i++) {
		uint64_t offset = scattered(i) * PAGE_SIZE;

		apply(2 * MIB + offset, PAGE_SIZE,
		      leaf_at(FAR + PAGE_SIZE + offset));
	}
	check(0, 0, 512, 2);
	/* 2 MiB blocks, of which 512 are no 1 GiB. */
	for (unsigned int i = 0; i < S2_ENTRIES; i++) {
		uint64_t offset = scattered(i) * 2 * MIB;

		apply(GIB + offset, 2 * MIB, leaf_at(FAR + 2 * MIB + offset));
	}
	check(0, 512, 512, 3);
	stop();
}

/* Hardware may note writes in it at this moment. */
static void never_with_dirty_state(void **state)
{
	(void)state;
	start(40, 2);
	for (uint64_t offset = 0; offset < 2 * MIB; offset += PAGE_SIZE) {
		apply(offset, PAGE_SIZE, leaf_at(FAR + offset) | S2_DBM);
	}
	check(0, 0, 512, 2);
	stop();
}

/* Under level 0: a table of level 1 stays, or goes when it is empty. By its
 * addresses it could be a block. */
static void level_0_has_no_blocks(void **state)
{
	const uint64_t pa = BIT(39);

	(void)state;
	start(48, 1);
	apply(0, 512 * GIB, leaf_at(pa));
	check(512, 0, 0, 1);
	for (uint64_t i = 0; i < S2_ENTRIES; i++) {
		apply(i * GIB, GIB, 0);
		apply(i * GIB, GIB, leaf_at(pa + i * GIB));
	}
	check(512, 0, 0, 1);
	for (uint64_t i = 0; i < S2_ENTRIES; i++) {
		check(512 - i, 0, 0, 1);
		apply(i * GIB, GIB, 0);
	}
	check(0, 0, 0, 0);
	stop();
}

/* ----------------------------------------------------------- several levels */

/* A page out of 1 GiB and in again: one flush for both levels, and the pages
 * that the tables need are there for the next one. */
static void two_levels_at_once(void **state)
{
	struct host_counts before;

	(void)state;
	start(40, 2);
	apply(4 * GIB, GIB, leaf_at(FAR));
	for (unsigned int i = 0; i < 8; i++) {
		uint64_t offset = scattered(i) * (2 * MIB + PAGE_SIZE);

		apply(4 * GIB + offset, PAGE_SIZE, 0);
		check(0, 511, 511, 2);
		assert_int_equal(s2.pool.nr_free, 0);
		host_touch(&s2.hw, IPA(4 * GIB + offset + PAGE_SIZE), NULL);
		before = host_counts();
		apply(4 * GIB + offset, PAGE_SIZE, leaf_at(FAR + offset));
		assert_int_equal(host_counts().flushes, before.flushes + 1);
		check(1, 0, 0, 0);
		assert_int_equal(s2.pool.nr_free, 2);
	}
	stop();
}

/* The last page of all: no table is left, at no level. */
static void empty_tables_go(void **state)
{
	(void)state;
	for (unsigned int bits = 36; bits <= 48; bits += 6) {
		start(bits, 3);
		for (uint64_t ipa = PAGE_SIZE; ipa < BIT(bits); ipa *= 8) {
			apply(ipa, PAGE_SIZE, leaf_at(FAR));
			apply(ipa, PAGE_SIZE, 0);
			check(0, 0, 0, 0);
		}
		stop();
	}
}

/* Both ends of a range: two tables become blocks, and those one block. */
static void both_ends_at_once(void **state)
{
	(void)state;
	start(40, 8);
	apply(4 * GIB, GIB, leaf_at(FAR));
	apply(4 * GIB + 3 * MIB, 500 * MIB, 0);
	check(0, 261, 512, 3);
	apply(4 * GIB + 3 * MIB, 500 * MIB, leaf_at(FAR + 3 * MIB));
	check(1, 0, 0, 0);
	stop();
}

/* Pages of many tables before anything is settled: more than are noted. */
static void many_tables_in_one_batch(void **state)
{
	const unsigned int nr = 2 * S2_MAX_TOUCHED + 3;

	(void)state;
	start(40, nr + 1);
	apply(4 * GIB, GIB, leaf_at(FAR));
	for (unsigned int i = 0; i < nr; i++) {
		apply_only(4 * GIB + i * 2 * MIB, PAGE_SIZE, 0);
	}
	settle();
	check(0, 512 - nr, nr * 511, nr + 1);
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t offset = i * 2 * MIB;

		apply_only(4 * GIB + offset, PAGE_SIZE, leaf_at(FAR + offset));
	}
	settle();
	check(1, 0, 0, 0);
	stop();
}

/* A page waits to be made: the table looks empty, and is not. */
static void not_during_a_break(void **state)
{
	unsigned int level;

	(void)state;
	start(40, 2);
	apply(2 * MIB, PAGE_SIZE, leaf_at(FAR));
	assert_true(s2_apply_page(&s2, 2 * MIB, leaf_at(2 * FAR)));
	assert_int_equal(s2_lookup(&s2, 2 * MIB, &level), 0);
	settle();
	assert_int_equal(s2_lookup(&s2, 2 * MIB, &level), leaf_at(2 * FAR));
	check(0, 0, 1, 2);
	stop();
}

/* A table page that was watched in another place of the map. */
static void reused_table_pages(void **state)
{
	(void)state;
	start(40, 2);
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t at = (scattered(i) + 1) * 2 * MIB;
		uint64_t first = i % 3 * 200 * PAGE_SIZE;

		apply(at + first, 2 * PAGE_SIZE, leaf_at(FAR + first));
		apply(at + first, PAGE_SIZE, 0);
		check(0, 0, 1, 2);
		apply(at + first + PAGE_SIZE, PAGE_SIZE, 0);
		check(0, 0, 0, 0);
	}
	stop();
}

/* The same, and it went as a whole: what was odd in it is not any more. */
static void reused_while_watched(void **state)
{
	const s2_pte_t whole[] = { leaf_at(FAR), 0 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(whole); i++) {
		const uint64_t at = 4 * MIB;

		start(40, 2);
		/* A neighbour keeps the table above. */
		apply(2 * MIB, 2 * MIB, leaf_at(FAR));
		apply(at, 2 * MIB, leaf_at(FAR));
		apply(at + 7 * PAGE_SIZE, PAGE_SIZE, 0);
		check(0, 1, 511, 2);
		apply(at, 2 * MIB, whole[i]);
		check(0, 1 + !i, 0, 1);
		apply(2 * MIB + 9 * PAGE_SIZE, PAGE_SIZE, 0);
		apply(2 * MIB + 9 * PAGE_SIZE, PAGE_SIZE,
		      leaf_at(FAR + 9 * PAGE_SIZE));
		check(0, 1 + !i, 0, 1);
		stop();
	}
}

/* One page differs; then others do too, in one run with it or apart; and it
 * is the first that comes back. */
static void not_alone_any_more(void **state)
{
	static const struct {
		unsigned int first, nr;
	} others[] = { { 7, 2 }, { 6, 2 }, { 9, 1 }, { 0, 1 }, { 400, 100 } };
	const uint64_t at = 2 * MIB;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		uint64_t first = others[i].first * PAGE_SIZE;
		uint64_t size = others[i].nr * PAGE_SIZE;

		start(40, 2);
		apply(at, 2 * MIB, leaf_at(FAR));
		apply(at + 7 * PAGE_SIZE, PAGE_SIZE, 0);
		apply(at + first, size, leaf_at(2 * FAR));
		apply(at + 7 * PAGE_SIZE, PAGE_SIZE,
		      leaf_at(FAR + 7 * PAGE_SIZE));
		check(0, 0, 512, 2);
		apply(at + first, size, leaf_at(FAR + first));
		check(0, 1, 0, 1);
		stop();
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_order),
		TEST(never_with_a_hole),
		TEST(never_when_one_differs),
		TEST(never_when_a_block_differs),
		TEST(never_misaligned),
		TEST(never_with_dirty_state),
		TEST(level_0_has_no_blocks),
		TEST(two_levels_at_once),
		TEST(empty_tables_go),
		TEST(both_ends_at_once),
		TEST(many_tables_in_one_batch),
		TEST(not_during_a_break),
		TEST(reused_table_pages),
		TEST(reused_while_watched),
		TEST(not_alone_any_more),
	};

	return cmocka_run_group_tests_name("s2 blocks", tests, NULL, NULL);
}
