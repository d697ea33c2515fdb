/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>

#include "arch/host/host.h"
#include "frame/frame.h"
#include "frame/heap.h"

static int setup(void **state)
{
	(void)state;
	host_setup(8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	host_teardown();
	return 0;
}

static bool is_zero(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (p[i]) {
			return false;
		}
	}
	return true;
}

/* Every size up to a few pages: zeroed, aligned, and given back whole. */
static void every_size(void **state)
{
	uint64_t before = frame_nr_free();

	(void)state;
	for (size_t size = 0; size < 3 * PAGE_SIZE; size++) {
		uint8_t *p = heap_alloc(size);

		assert_non_null(p);
		assert_true(is_aligned((uintptr_t)p,
				       size >= PAGE_SIZE ? PAGE_SIZE : 16));
		assert_true(is_zero(p, size));
		assert_true(heap_in_use() >= size);
		memset(p, 0xff, size);
		heap_free(p);
		assert_int_equal(heap_in_use(), 0);
	}
	assert_int_equal(frame_nr_free(), before);
}

static void nothing_is_allowed(void **state)
{
	(void)state;
	heap_free(NULL);
	assert_int_equal(heap_in_use(), 0);
}

static void out_of_memory(void **state)
{
	unsigned int nr = 0;
	void **last = NULL;

	(void)state;
	assert_null(heap_alloc(SIZE_MAX));
	assert_null(heap_alloc(64 * 1024 * 1024));
	for (void **p; (p = heap_alloc(100)); last = p) {
		*p = last;
		nr++;
	}
	assert_null(heap_alloc(PAGE_SIZE));
	/* 8 MiB hold 31 objects of 128 bytes a page. */
	assert_int_equal(nr, (8 << 8) * 31);
	while (last) {
		void **next = *last;

		heap_free(last);
		last = next;
	}
	assert_int_equal(heap_in_use(), 0);
	assert_int_equal(frame_nr_free(), 8 << 8);
}

/* Objects keep what is written to them while others come and go. */
static void objects_do_not_overlap(void **state)
{
	static struct {
		uint8_t *p;
		size_t size;
	} held[200];

	(void)state;
	srandom(7);
	for (unsigned int n = 0; n < 50000; n++) {
		unsigned int i = random() % 200;

		if (held[i].p) {
			for (size_t b = 0; b < held[i].size; b++) {
				assert_int_equal(held[i].p[b], (uint8_t)i);
			}
			heap_free(held[i].p);
			held[i].p = NULL;
			continue;
		}
		held[i].size = random() % (random() % 8 ? 300 : 9000);
		held[i].p = heap_alloc(held[i].size);
		assert_non_null(held[i].p);
		assert_true(is_zero(held[i].p, held[i].size));
		memset(held[i].p, i, held[i].size);
	}
	for (unsigned int i = 0; i < 200; i++) {
		heap_free(held[i].p);
		held[i].p = NULL;
	}
	assert_int_equal(heap_in_use(), 0);
	assert_int_equal(frame_nr_free(), 8 << 8);
}

static void double_free_is_a_bug(void **state)
{
	void *p = heap_alloc(PAGE_SIZE);

	(void)state;
	heap_free(p);
	assert_true(HOST_BUGS(heap_free(p)));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_size),	    TEST(nothing_is_allowed),
		TEST(out_of_memory),	    TEST(objects_do_not_overlap),
		TEST(double_free_is_a_bug),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
