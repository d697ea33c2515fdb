/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several CPUs at once: one handle undone from two vCPUs (XSA-218), handles
 * at their limit (XSA-228), uses of one entry against a granter that rewrites
 * it (XSA-236, XSA-500).
 */
#include <pthread.h>
#include <time.h>

#include "gnttab/internal.h"
#include "suites.h"

#define ROUNDS 20000
/* A loaded machine hands fair locks over slowly: then fewer rounds do. */
#define SECONDS	   1
#define NR_THREADS 3
#define NR_HANDLES HANDLES_PER_CHUNK

static uint32_t owner_of[NR_HANDLES];
static uint32_t wins, both;
static struct maptrack track;

static bool time_left(time_t since)
{
	return time(NULL) - since <= SECONDS;
}

static void put_all(const grant_handle_t *held, unsigned int nr)
{
	while (nr--) {
		__atomic_store_n(&owner_of[held[nr]], 0, __ATOMIC_RELEASE);
		maptrack_put(&track, held[nr]);
	}
}

/* Take all there are, put them back; one that two hold at a time shows in
 * owner_of[]. */
static void *takes_and_puts(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg + 1;
	grant_handle_t held[NR_HANDLES];
	time_t since = time(NULL);
	unsigned int nr = 0;

	host_set_cpu(me - 1);
	for (unsigned int i = 0; i < ROUNDS && time_left(since); i++) {
		grant_handle_t handle;
		uint32_t none = 0;

		if (!maptrack_take(&track, &handle)) {
			put_all(held, nr);
			nr = 0;
			continue;
		}
		if (!__atomic_compare_exchange_n(&owner_of[handle], &none, me,
						 false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE)) {
			__atomic_fetch_add(&both, 1, __ATOMIC_RELAXED);
		}
		held[nr++] = handle;
	}
	put_all(held, nr);
	return NULL;
}

static void run(void *(*fn)(void *))
{
	pthread_t thread[NR_THREADS];

	host_set_nr_cpus(NR_THREADS);
	for (uintptr_t i = 0; i < NR_THREADS; i++) {
		assert_int_equal(
			pthread_create(&thread[i], NULL, fn, (void *)i), 0);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	}
}

static void xsa228_handles_at_the_limit(void **state)
{
	(void)state;
	track = (struct maptrack){ 0 };
	assert_int_equal(maptrack_init(&track, NR_HANDLES), 0);
	run(takes_and_puts);
	assert_int_equal(both, 0);
	assert_true(track.nr > 0);
	maptrack_release(&track);
}

/* All claim the same handles; each of them is one's. */
static void *claims_all(void *arg)
{
	host_set_cpu((unsigned int)(uintptr_t)arg);
	for (grant_handle_t handle = 0; handle < NR_HANDLES; handle++) {
		if (maptrack_claim(&track, handle)) {
			__atomic_fetch_add(&wins, 1, __ATOMIC_RELAXED);
			maptrack_put(&track, handle);
		}
	}
	return NULL;
}

static void xsa218_one_handle_two_vcpus(void **state)
{
	grant_handle_t handle;

	(void)state;
	track = (struct maptrack){ 0 };
	assert_int_equal(maptrack_init(&track, NR_HANDLES), 0);
	for (unsigned int round = 0; round < 10; round++) {
		for (unsigned int i = 0; i < NR_HANDLES; i++) {
			mapping_live(maptrack_take(&track, &handle));
		}
		wins = 0;
		run(claims_all);
		assert_int_equal(wins, NR_HANDLES);
	}
	maptrack_release(&track);
}

/* CPU 0 is the granter, who rewrites the entry as often as it can; the others
 * use it. A use has the page that was pinned first, all the time. */
static void *grants_and_uses(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	grant_entry_v1_t *e = entry(&domu, 8);
	uint32_t frame = (uint32_t)(guest_page(&domu, 3) >> PAGE_SHIFT);
	time_t since = time(NULL);

	host_set_cpu(me);
	for (unsigned int i = 0; i < ROUNDS && time_left(since); i++) {
		enum grant_access access = i & 1 ? GRANT_READ : GRANT_WRITE;
		mfn_t first, second;

		if (me == 0) {
			__atomic_store_n(&e->frame, frame + (i & 3),
					 __ATOMIC_RELAXED);
			__atomic_fetch_xor(&e->flags, GTF_readonly,
					   __ATOMIC_RELAXED);
			continue;
		}
		if (grant_pin(domu.d, dom0.d, 8, access, &first)) {
			continue;
		}
		if (!grant_pin(domu.d, dom0.d, 8, GRANT_READ, &second)) {
			if (!mfn_eq(first, second)) {
				__atomic_fetch_add(&both, 1, __ATOMIC_RELAXED);
			}
			grant_unpin(domu.d, 8, GRANT_READ);
		}
		__atomic_fetch_add(&wins, 1, __ATOMIC_RELAXED);
		grant_unpin(domu.d, 8, access);
	}
	return NULL;
}

static void xsa236_uses_of_a_changing_entry(void **state)
{
	(void)state;
	grant(&domu, 8, 0, 3, GTF_permit_access);
	wins = 0;
	both = 0;
	run(grants_and_uses);
	assert_int_equal(both, 0);
	assert_true(wins > 0);
	assert_int_equal(nr_stopped(), 0);
	assert_int_equal(entry(&domu, 8)->flags & ~GTF_readonly,
			 GTF_permit_access);
	for (unsigned int page = 3; page < 7; page++) {
		assert_int_equal(refs_of(&domu, page), 1);
	}
}

static const struct CMUnitTest tests[] = {
	GNTTAB_TEST(xsa228_handles_at_the_limit),
	GNTTAB_TEST(xsa218_one_handle_two_vcpus),
	GNTTAB_TEST(xsa236_uses_of_a_changing_entry),
};

const struct suite race_suite = { tests, ARRAY_SIZE(tests) };
