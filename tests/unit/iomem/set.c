/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of frames against a list of flags. */
#include "suites.h"

#include <stdlib.h>
#include <string.h>

#include "frame/heap.h"

#define NR 64

static void check(const struct iomem_set *set, const bool *has)
{
	for (unsigned int i = 0; i < NR; i++) {
		uint64_t run = 0, gap = 0;

		while (i + run < NR && has[i + run]) {
			run++;
		}
		while (i + gap < NR && !has[i + gap]) {
			gap++;
		}
		assert_int_equal(iomem_set_run(set, i), run);
		assert_int_equal(iomem_set_gap(set, i),
				 i + gap == NR ? UINT64_MAX : gap);
	}
	for (unsigned int i = 1; i < set->nr; i++) {
		assert_true(set->range[i].first > set->range[i - 1].end);
	}
}

static void random_changes(void **state)
{
	struct iomem_set set = { 0 };
	bool has[NR] = { false };

	(void)state;
	host_setup(TEST_MACHINE_MIB);
	srand(7);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int first = (unsigned int)rand() % NR;
		unsigned int nr = 1 + (unsigned int)rand() % (NR - first);
		bool add = rand() & 1;
		struct iomem_range r = { first, first + nr };

		if (rand() % 2) {
			r.end = first + 1;
			nr = 1;
		}
		assert_int_equal(add ? iomem_set_add(&set, r)
				     : iomem_set_remove(&set, r),
				 0);
		memset(&has[first], add, nr);
		check(&set, has);
	}
	iomem_set_free(&set);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
}

static void ends_of_the_world(void **state)
{
	struct iomem_set set = { 0 };
	const uint64_t end = UINT64_C(1) << 52;

	(void)state;
	host_setup(TEST_MACHINE_MIB);
	assert_int_equal(iomem_set_run(&set, 0), 0);
	assert_int_equal(iomem_set_gap(&set, 0), UINT64_MAX);
	assert_int_equal(iomem_set_add(&set, (struct iomem_range){ 0, end }),
			 0);
	assert_int_equal(iomem_set_run(&set, 0), end);
	assert_int_equal(iomem_set_run(&set, end), 0);
	assert_int_equal(iomem_set_remove(&set, (struct iomem_range){ 0, end }),
			 0);
	assert_int_equal(set.nr, 0);
	iomem_set_free(&set);
	host_teardown();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(random_changes),
	cmocka_unit_test(ends_of_the_world),
};

const struct suite set_suite = { tests, ARRAY_SIZE(tests) };
