/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/guestword.h: what it does to a word, alone and beside others. */
#include <pthread.h>

#include "lib/guestword.h"
#include "suites.h"

#define NR_THREADS 4
#define ROUNDS	   50000

static uint32_t word;

static void bits_are_set_and_cleared(void **state)
{
	uint32_t old;

	(void)state;
	word = 0x80000001;
	assert_true(guest_word_or(&word, 0x10, &old));
	assert_int_equal(old, 0x80000001);
	assert_int_equal(word, 0x80000011);
	assert_true(guest_word_or(&word, 0x10, &old));
	assert_int_equal(old, 0x80000011);
	assert_true(guest_word_clear(&word, 0x80000000, &old));
	assert_int_equal(old, 0x80000011);
	assert_int_equal(word, 0x11);
	assert_int_equal(guest_word_read(&word), 0x11);
}

static void swap_needs_the_right_value(void **state)
{
	uint32_t old = 5;

	(void)state;
	word = 6;
	assert_false(guest_word_swap(&word, &old, 9));
	assert_int_equal(old, 6);
	assert_int_equal(word, 6);
	assert_true(guest_word_swap(&word, &old, 9));
	assert_int_equal(word, 9);
}

/* One bit is this thread's: nobody else changes it. */
static void *toggle(void *arg)
{
	uint32_t bit = UINT32_C(1) << (uintptr_t)arg;
	uint32_t wrong = 0, old;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		wrong += !guest_word_or(&word, bit, &old) || (old & bit);
		wrong += !guest_word_clear(&word, bit, &old) || !(old & bit);
	}
	return (void *)(uintptr_t)wrong;
}

static void updates_do_not_lose_each_other(void **state)
{
	pthread_t thread[NR_THREADS];
	void *wrong;

	(void)state;
	word = 0x10000;
	for (uintptr_t i = 0; i < NR_THREADS; i++) {
		assert_int_equal(
			pthread_create(&thread[i], NULL, toggle, (void *)i), 0);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(word, 0x10000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(bits_are_set_and_cleared),
	cmocka_unit_test(swap_needs_the_right_value),
	cmocka_unit_test(updates_do_not_lose_each_other),
};

const struct suite word_suite = { tests, ARRAY_SIZE(tests) };
