/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of ranges, and what is left between them. */
#include <core/bits.h>
#include <core/errno.h>

#include "suite.h"

#define MIB UINT64_C(0x100000)

static void cut_in_the_middle(void **state)
{
	struct dt_range list[3] = { { 0, 100 }, { 200, 100 } };
	unsigned int nr = 2;

	(void)state;
	assert_int_equal(
		dt_ranges_remove(list, &nr, 3, (struct dt_range){ 40, 20 }), 0);
	assert_int_equal(nr, 3);
	assert_range(list[0], 0, 40);
	assert_range(list[1], 60, 40);
	assert_range(list[2], 200, 100);
}

static void cut_over_several(void **state)
{
	struct dt_range list[3] = { { 0, 100 }, { 200, 100 }, { 400, 100 } };
	unsigned int nr = 3;

	(void)state;
	assert_int_equal(
		dt_ranges_remove(list, &nr, 3, (struct dt_range){ 99, 302 }),
		0);
	assert_int_equal(nr, 2);
	assert_range(list[0], 0, 99);
	assert_range(list[1], 401, 99);
}

static void cut_beside_changes_nothing(void **state)
{
	struct dt_range list[2] = { { 100, 100 } };
	unsigned int nr = 1;

	(void)state;
	assert_int_equal(
		dt_ranges_remove(list, &nr, 1, (struct dt_range){ 0, 100 }), 0);
	assert_int_equal(
		dt_ranges_remove(list, &nr, 1, (struct dt_range){ 200, 9 }), 0);
	assert_int_equal(
		dt_ranges_remove(list, &nr, 1, (struct dt_range){ 150, 0 }), 0);
	assert_int_equal(nr, 1);
	assert_range(list[0], 100, 100);
}

static void cut_without_room_changes_nothing(void **state)
{
	struct dt_range list[1] = { { 0, 100 } };
	unsigned int nr = 1;

	(void)state;
	assert_int_equal(
		dt_ranges_remove(list, &nr, 1, (struct dt_range){ 40, 20 }),
		-XEN_ENOSPC);
	assert_int_equal(nr, 1);
	assert_range(list[0], 0, 100);
}

static void ends_at_the_top(void **state)
{
	struct dt_range list[2] = { { UINT64_MAX - 0xfff, 0x1000 } };
	unsigned int nr = 1;

	(void)state;
	assert_int_equal(dt_ranges_remove(list, &nr, 2,
					  (struct dt_range){ UINT64_MAX, 1 }),
			 0);
	assert_int_equal(nr, 1);
	assert_range(list[0], UINT64_MAX - 0xfff, 0xfff);
}

static void tidy_joins(void **state)
{
	struct dt_range list[6] = { { 300, 50 }, { 100, 100 }, { 150, 100 },
				    { 0, 0 },	 { 250, 20 },  { 310, 10 } };

	(void)state;
	assert_int_equal(dt_ranges_tidy(list, 6), 2);
	assert_range(list[0], 100, 170);
	assert_range(list[1], 300, 50);
}

/* All of 2^64 does not fit in one size. */
static void tidy_loses_nothing_at_the_top(void **state)
{
	struct dt_range list[2] = { { BIT(63), BIT(63) }, { 0, BIT(63) } };

	(void)state;
	assert_int_equal(dt_ranges_tidy(list, 2), 2);
	assert_range(list[0], 0, BIT(63));
	assert_range(list[1], BIT(63), BIT(63));
}

static void unused_between(void **state)
{
	struct dt_range used[] = {
		{ 0x40000000, 0x40000000 }, { 0x08000000, 0x02000001 },
		{ 0x20000000, 0x02000000 }, { 0x0, 0x1000 },
		{ 0xfc000000, 0x04000000 },
	};
	struct dt_range out[8];

	(void)state;
	assert_int_equal(dt_unused_ranges(used, 5, 32, out, 8), 4);
	assert_range(out[0], 2 * MIB, 126 * MIB);
	assert_range(out[1], 0x0a200000, 0x15e00000);
	assert_range(out[2], 0x22000000, 0x1e000000);
	assert_range(out[3], 0x80000000, 0x7c000000);
}

static void unused_keeps_the_largest(void **state)
{
	struct dt_range used[] = { { 0x10000000, MIB },
				   { 0x18000000, MIB },
				   { 0x80000000, MIB } };
	struct dt_range out[2];

	(void)state;
	assert_int_equal(dt_unused_ranges(used, 3, 32, out, 2), 2);
	assert_range(out[0], 0x18200000, 0x67e00000);
	assert_range(out[1], 0x80200000, 0x7fc00000);
}

static void unused_nothing(void **state)
{
	struct dt_range all = { 0, UINT64_MAX };
	struct dt_range rest[] = { { 0x02000000, UINT64_MAX - 0x1ffffff } };
	struct dt_range out[2];

	(void)state;
	assert_int_equal(dt_unused_ranges(&all, 1, 48, out, 2), 0);
	/* 30 MiB are below the least size. */
	assert_int_equal(dt_unused_ranges(rest, 1, 48, out, 2), 0);
}

const struct CMUnitTest ranges_tests[] = {
	cmocka_unit_test(cut_in_the_middle),
	cmocka_unit_test(cut_over_several),
	cmocka_unit_test(cut_beside_changes_nothing),
	cmocka_unit_test(cut_without_room_changes_nothing),
	cmocka_unit_test(ends_at_the_top),
	cmocka_unit_test(tidy_joins),
	cmocka_unit_test(tidy_loses_nothing_at_the_top),
	cmocka_unit_test(unused_between),
	cmocka_unit_test(unused_keeps_the_largest),
	cmocka_unit_test(unused_nothing),
};
const size_t nr_ranges_tests = sizeof(ranges_tests) / sizeof(ranges_tests[0]);
