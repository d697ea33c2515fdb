/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks that a crash may break. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <core/lock.h>

#define WAITERS 3

static struct spinlock lock;
static bool broken;

static void held_and_given_back(void **state)
{
	(void)state;
	lock = (struct spinlock)SPINLOCK_INIT;
	broken = false;
	for (unsigned int i = 0; i < 70000; i++) {
		assert_true(spin_lock_unless(&lock, &broken));
		assert_true(spin_is_locked(&lock));
		spin_unlock(&lock);
	}
	assert_false(spin_is_locked(&lock));
}

static void *wait_for_it(void *got)
{
	*(bool *)got = spin_lock_unless(&lock, &broken);
	return NULL;
}

static unsigned int tickets(void)
{
	return __atomic_load_n(&lock.next, __ATOMIC_RELAXED);
}

/* The holder is gone: who waits, and who comes later, does not stay. */
static void nobody_waits_for_a_broken_one(void **state)
{
	pthread_t thread[WAITERS];
	bool got[WAITERS];

	(void)state;
	lock = (struct spinlock)SPINLOCK_INIT;
	broken = false;
	assert_true(spin_lock_unless(&lock, &broken));
	for (unsigned int i = 0; i < WAITERS; i++) {
		got[i] = true;
		assert_int_equal(
			pthread_create(&thread[i], NULL, wait_for_it, &got[i]),
			0);
	}
	while (tickets() != 1 + WAITERS) {
		arch_relax();
	}
	__atomic_store_n(&broken, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < WAITERS; i++) {
		pthread_join(thread[i], NULL);
		assert_false(got[i]);
	}
	assert_false(spin_lock_unless(&lock, &broken));
	assert_int_equal(tickets(), 1 + WAITERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_and_given_back),
		cmocka_unit_test(nobody_waits_for_a_broken_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
