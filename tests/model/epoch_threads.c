/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epoch sections under ThreadSanitizer: readers follow a pointer without a
 * lock while a writer exchanges it, waits, and uses the old object again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdbool.h>

#include <arch/cpu.h>

#include "arch/host/host.h"
#include "domain/epoch.h"

#define READERS 3
#define ROUNDS	24
#define DWELL	100
#define POISON	(~UINT64_C(0))

struct object {
	uint64_t a, b; /* equal while it is published */
};

static struct object objects[2];
static struct object *published;
static bool stop;

struct reader {
	pthread_t thread;
	unsigned int cpu;
	uint64_t wrong;
};

/* Sections so far, of all readers; atomic. */
static uint64_t sections;

/* Long enough for the writer to come in between. */
static bool is_whole(const struct object *o)
{
	bool whole = true;

	for (unsigned int i = 0; i < DWELL; i++) {
		const volatile struct object *look = o;

		whole = whole && look->a == look->b && look->a != POISON;
	}
	return whole;
}

static void *read_on(void *arg)
{
	struct reader *r = arg;

	host_set_cpu(r->cpu);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		epoch_enter(r->cpu);
		r->wrong += !is_whole(
			__atomic_load_n(&published, __ATOMIC_ACQUIRE));
		epoch_leave(r->cpu);
		__atomic_fetch_add(&sections, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Until some reader has gone through a section. */
static void let_them_read(void)
{
	uint64_t seen = __atomic_load_n(&sections, __ATOMIC_RELAXED);

	while (__atomic_load_n(&sections, __ATOMIC_RELAXED) == seen) {
		arch_relax();
	}
}

static void exchange_on(void)
{
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct object *next = &objects[round % 2];
		struct object *old;

		let_them_read();
		next->a = round;
		next->b = round;
		old = __atomic_exchange_n(&published, next, __ATOMIC_ACQ_REL);
		epoch_wait();
		old->a = POISON;
		old->b = POISON - 1;
	}
}

static void reused_only_after_the_wait(void **state)
{
	struct reader r[READERS] = { 0 };

	(void)state;
	host_set_nr_cpus(READERS + 1);
	published = &objects[0];
	for (unsigned int i = 0; i < READERS; i++) {
		r[i].cpu = i + 1;
		assert_int_equal(
			pthread_create(&r[i].thread, NULL, read_on, &r[i]), 0);
	}
	exchange_on();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(r[i].thread, NULL), 0);
		assert_int_equal(r[i].wrong, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reused_only_after_the_wait),
	};

	return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
