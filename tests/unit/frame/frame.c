/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame table and the buddy allocator. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "frame/entry.h"
#include "frame/frame.h"

#define MIB    16
#define FRAMES (MIB << 8)
#define CANARY 0x5a

static frame_entry_t *table;
static mfn_t first;

/* A machine whose frames nobody has yet. */
static int setup(void **state)
{
	(void)state;
	host_arena_setup(MIB);
	first = host_ram_first();
	table = calloc(1, frame_table_bytes(FRAMES));
	assert_non_null(table);
	return frame_table_init(first, FRAMES, table);
}

static int setup_seeded(void **state)
{
	int rc = setup(state);

	frame_seed(first, FRAMES);
	return rc;
}

static int teardown(void **state)
{
	(void)state;
	frame_table_reset();
	host_arena_teardown();
	free(table);
	return 0;
}

static mfn_t at(uint64_t n)
{
	return mfn_add(first, n);
}

/* The same RAM as two banks that adjoin, and a third after a hole. */
static int setup_banks(void **state)
{
	(void)state;
	host_arena_setup(MIB);
	first = host_ram_first();
	table = calloc(1, frame_table_bytes(FRAMES));
	assert_non_null(table);
	assert_int_equal(frame_table_init(first, 100, table), 0);
	assert_int_equal(frame_table_init(at(100), 100, table + 100), 0);
	assert_int_equal(frame_table_init(at(300), 100, table + 300), 0);
	frame_seed(first, 200);
	frame_seed(at(300), 100);
	return 0;
}

static void owned_across_banks(void **state)
{
	(void)state;
	assert_int_equal(frame_alloc_at(at(90), 10, 1), 0);
	assert_int_equal(frame_alloc_at(at(100), 100, 1), 0);
	assert_int_equal(frame_alloc_at(at(300), 1, 1), 0);
	assert_true(frame_all_owned(at(90), 10, 1));
	assert_true(frame_all_owned(at(90), 11, 1));
	assert_true(frame_all_owned(at(90), 110, 1));
	assert_true(frame_all_owned(at(300), 1, 1));
	assert_false(frame_all_owned(at(89), 12, 1));
	assert_false(frame_all_owned(at(90), 111, 1));
	assert_false(frame_all_owned(at(90), 211, 1));
	assert_false(frame_all_owned(at(90), ~UINT64_C(0), 1));
	assert_false(frame_all_owned(at(90), 20, 2));
	frame_put(at(150));
	assert_false(frame_all_owned(at(90), 110, 1));
	assert_true(frame_all_owned(at(90), 60, 1));
}

static uint64_t entries_in_use(void)
{
	uint64_t nr = 0;

	for (uint64_t i = 0; i < FRAMES; i++) {
		nr += table[i] != 0;
	}
	return nr;
}

/* What a former owner leaves behind. */
static void dirty(mfn_t mfn, uint64_t nr)
{
	memset(mfn_to_ptr(mfn), CANARY, nr << PAGE_SHIFT);
	arch_note_dirty(mfn, nr);
}

static bool is_zero(mfn_t mfn, uint64_t nr)
{
	const uint8_t *p = mfn_to_ptr(mfn);

	for (uint64_t i = 0; i < nr << PAGE_SHIFT; i++) {
		if (p[i]) {
			return false;
		}
	}
	return true;
}

static void put_block(mfn_t mfn, unsigned int order)
{
	for (uint64_t i = 0; i < BIT(order); i++) {
		frame_put(mfn_add(mfn, i));
	}
}

static void zeroed_table_is_nobodys(void **state)
{
	(void)state;
	assert_int_equal(frame_nr_free(), 0);
	assert_int_equal(frame_nr_total(), FRAMES);
	assert_true(frame_valid(at(0)));
	assert_true(frame_valid(at(FRAMES - 1)));
	assert_false(frame_valid(at(FRAMES)));
	assert_false(frame_valid(MFN(first.v - 1)));
	assert_false(frame_valid(MFN_INVALID));
	assert_int_equal(frame_owner(at(7)), FRAME_OWNER_NONE);
	assert_int_equal(frame_owner(MFN_INVALID), FRAME_OWNER_NONE);
	assert_int_equal(frame_get(at(7), 0), -XEN_EPERM);
	assert_int_equal(frame_get(at(7), FRAME_OWNER_NONE), -XEN_EPERM);
	assert_int_equal(frame_get(MFN_INVALID, 0), -XEN_EPERM);
	assert_int_equal(frame_refs(at(7)), 0);
	assert_true(mfn_eq(frame_alloc(0, 1), MFN_INVALID));
}

/* Boot must not touch an entry for each frame. */
static void seeding_costs_per_block(void **state)
{
	(void)state;
	frame_seed(at(1), FRAMES - 3);
	assert_int_equal(frame_nr_free(), FRAMES - 3);
	/* At most two blocks of each size below the largest. */
	assert_in_range(entries_in_use(), 1, 2 * 12);
	assert_int_equal(frame_owner(at(0)), FRAME_OWNER_NONE);
	assert_int_equal(frame_owner(at(1)), FRAME_OWNER_FREE);
	assert_int_equal(frame_owner(at(1000)), FRAME_OWNER_FREE);
	assert_int_equal(frame_owner(at(FRAMES - 2)), FRAME_OWNER_NONE);
}

static void free_frames_cannot_be_referenced(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < FRAMES; i++) {
		assert_int_equal(frame_get(at(i), 0), -XEN_EPERM);
		assert_int_equal(frame_get(at(i), FRAME_OWNER_FREE),
				 -XEN_EPERM);
	}
}

static void blocks_are_aligned_and_owned(void **state)
{
	(void)state;
	for (unsigned int order = 0; order <= 11; order++) {
		mfn_t mfn = frame_alloc(order, 3);

		assert_true(frame_valid(mfn));
		assert_true(is_aligned(mfn.v, BIT(order)));
		for (uint64_t i = 0; i < BIT(order); i++) {
			assert_int_equal(frame_owner(mfn_add(mfn, i)), 3);
			assert_int_equal(frame_refs(mfn_add(mfn, i)), 1);
		}
		assert_int_equal(frame_order(mfn), order);
		assert_int_equal(frame_nr_free(), FRAMES - BIT(order));
		put_block(mfn, order);
		assert_int_equal(frame_nr_free(), FRAMES);
	}
	assert_true(mfn_eq(frame_alloc(13, 3), MFN_INVALID));
	assert_true(mfn_eq(frame_alloc(FRAME_MAX_ORDER + 1, 3), MFN_INVALID));
	assert_true(mfn_eq(frame_alloc(~0u, 3), MFN_INVALID));
}

static void exhaustion_and_return(void **state)
{
	static mfn_t got[FRAMES];

	(void)state;
	for (uint64_t i = 0; i < FRAMES; i++) {
		got[i] = frame_alloc(0, FRAME_OWNER_XEN);
		assert_true(frame_valid(got[i]));
	}
	assert_int_equal(frame_nr_free(), 0);
	assert_true(mfn_eq(frame_alloc(0, FRAME_OWNER_XEN), MFN_INVALID));
	for (uint64_t i = 0; i < FRAMES; i++) {
		frame_put(got[(i * 1021) % FRAMES]);
	}
	/* Everything has joined again. */
	assert_int_equal(entries_in_use(), 1);
	assert_true(mfn_eq(frame_alloc(12, FRAME_OWNER_XEN), first));
}

static void references(void **state)
{
	mfn_t mfn = frame_alloc(0, 5);

	(void)state;
	assert_int_equal(frame_get(mfn, 6), -XEN_EPERM);
	assert_int_equal(frame_get(mfn, 5), 0);
	assert_int_equal(frame_refs(mfn), 2);
	frame_put(mfn);
	assert_int_equal(frame_owner(mfn), 5);
	frame_put(mfn);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
	assert_int_equal(frame_get(mfn, 5), -XEN_EPERM);
}

static void reference_limit(void **state)
{
	mfn_t mfn = frame_alloc(0, 5);
	frame_entry_t *e = frame_entry(mfn);

	(void)state;
	*e = (*e & ~ENTRY_REFS) | FIELD_PREP(ENTRY_REFS, ENTRY_MAX_REFS - 1);
	assert_int_equal(frame_get(mfn, 5), 0);
	assert_int_equal(frame_get(mfn, 5), -XEN_EBUSY);
	assert_int_equal(frame_refs(mfn), ENTRY_MAX_REFS);
	assert_int_equal(frame_owner(mfn), 5);
}

/* XSA-252: a reference that the caller does not own is never dropped
 * silently. */
static void underflow_is_a_bug(void **state)
{
	mfn_t mfn = frame_alloc(0, 5);

	(void)state;
	frame_put(mfn);
	assert_true(HOST_BUGS(frame_put(mfn)));
	assert_true(HOST_BUGS(frame_put(MFN_INVALID)));
}

/* XSA-100, -245, -364: no page reaches a guest with what was in it. */
static void guests_get_scrubbed_clean_pages(void **state)
{
	mfn_t mfn = frame_alloc(9, 1);

	(void)state;
	dirty(mfn, BIT(9));
	put_block(mfn, 9);
	dirty(at(0), FRAMES);
	mfn = frame_alloc(9, 2);
	assert_true(is_zero(mfn, BIT(9)));
	for (uint64_t i = 0; i < BIT(9); i++) {
		assert_int_equal(host_page_state(mfn_add(mfn, i)),
				 HOST_PAGE_CLEAN);
	}
}

static void place_nobody_owned_is_left_alone(void **state)
{
	(void)state;
	memset(mfn_to_ptr(at(100)), CANARY, PAGE_SIZE);
	assert_int_equal(frame_alloc_at(at(3), 1001, 0), 0);
	assert_int_equal(frame_nr_free(), FRAMES - 1001);
	assert_int_equal(*(uint8_t *)mfn_to_ptr(at(100)), CANARY);
	assert_int_equal(host_page_state(at(100)), HOST_PAGE_UNTOUCHED);
	assert_int_equal(frame_owner(at(2)), FRAME_OWNER_FREE);
	assert_int_equal(frame_owner(at(3)), 0);
	assert_int_equal(frame_owner(at(1003)), 0);
	assert_int_equal(frame_owner(at(1004)), FRAME_OWNER_FREE);
	assert_int_equal(frame_refs(at(500)), 1);
}

static void place_of_a_former_owner_is_scrubbed(void **state)
{
	mfn_t mfn = frame_alloc(0, FRAME_OWNER_XEN);

	(void)state;
	dirty(mfn, 1);
	frame_put(mfn);
	assert_int_equal(frame_alloc_at(first, FRAMES, 0), 0);
	assert_true(is_zero(mfn, 1));
	assert_int_equal(host_page_state(mfn), HOST_PAGE_CLEAN);
	assert_int_equal(host_page_state(at(0)), HOST_PAGE_UNTOUCHED);
	assert_int_equal(frame_nr_free(), 0);
}

static void place_is_all_or_nothing(void **state)
{
	(void)state;
	assert_int_equal(frame_alloc_at(at(77), 1, 4), 0);
	assert_int_equal(frame_alloc_at(at(0), 78, 5), -XEN_ENOMEM);
	assert_int_equal(frame_alloc_at(at(77), 10, 5), -XEN_ENOMEM);
	assert_int_equal(frame_alloc_at(at(FRAMES - 1), 2, 5), -XEN_ENOMEM);
	assert_int_equal(frame_nr_free(), FRAMES - 1);
	assert_int_equal(frame_owner(at(0)), FRAME_OWNER_FREE);
	assert_int_equal(frame_alloc_at(at(0), 77, 5), 0);
	assert_int_equal(frame_owner(at(77)), 4);
}

/* A frame that was owned does not make its clean neighbours dirty. */
static void clean_and_dirty_do_not_join(void **state)
{
	(void)state;
	assert_int_equal(frame_alloc_at(at(8), 2, 4), 0);
	frame_put(at(8));
	frame_put(at(9));
	memset(mfn_to_ptr(at(10)), CANARY, PAGE_SIZE);
	dirty(at(8), 2);
	assert_int_equal(frame_alloc_at(at(8), 4, 0), 0);
	assert_true(is_zero(at(8), 2));
	assert_int_equal(*(uint8_t *)mfn_to_ptr(at(10)), CANARY);
}

static void lowest_free_block(void **state)
{
	(void)state;
	assert_true(mfn_eq(frame_find_free(12), first));
	assert_int_equal(frame_alloc_at(at(1), 1, 4), 0);
	assert_true(mfn_eq(frame_find_free(0), at(0)));
	assert_true(mfn_eq(frame_find_free(1), at(2)));
	assert_true(mfn_eq(frame_find_free(9), at(512)));
	assert_true(mfn_eq(frame_find_free(12), MFN_INVALID));
}

/* Low memory is kept for guests whose devices need it. */
static void blocks_are_cut_from_above(void **state)
{
	(void)state;
	assert_true(mfn_eq(frame_alloc(0, FRAME_OWNER_XEN), at(FRAMES - 1)));
	assert_true(mfn_eq(frame_alloc(3, FRAME_OWNER_XEN), at(FRAMES - 16)));
}

/* Two banks side by side in the table, far apart in memory. */
static void banks_are_apart(void **state)
{
	frame_entry_t *other = calloc(1, frame_table_bytes(64));
	mfn_t far = MFN(0x800001);
	uint64_t nr = 0;

	(void)state;
	assert_non_null(other);
	assert_int_equal(frame_table_init(far, 63, other), 0);
	frame_seed(far, 63);
	assert_int_equal(frame_nr_total(), FRAMES + 63);
	assert_int_equal(frame_nr_free(), FRAMES + 63);
	assert_false(frame_valid(MFN(far.v - 1)));
	assert_false(frame_valid(MFN(far.v + 63)));
	while (!mfn_eq(frame_alloc(0, FRAME_OWNER_XEN), MFN_INVALID)) {
		nr++;
	}
	assert_int_equal(nr, FRAMES + 63);
	for (uint64_t i = 0; i < FRAMES; i++) {
		frame_put(at(i));
	}
	for (uint64_t i = 0; i < 63; i++) {
		frame_put(mfn_add(far, i));
	}
	assert_int_equal(entries_in_use(), 1);
	/* 1, 2, 4, ... 32 frames from an odd start. */
	for (unsigned int order = 0; order < 6; order++) {
		assert_true(entry_is_free(other[BIT(order) - 1], order));
	}
	free(other);
}

static void too_many_banks(void **state)
{
	(void)state;
	assert_int_equal(frame_table_init(MFN(1), FRAME_MAX_FRAMES, table),
			 -XEN_E2BIG);
	for (unsigned int i = 1; i < FRAME_MAX_BANKS; i++) {
		assert_int_equal(frame_table_init(MFN(i), 1, table), 0);
	}
	assert_int_equal(frame_table_init(MFN(99), 1, table), -XEN_E2BIG);
	assert_false(frame_valid(MFN(99)));
}

/* Random blocks against a list of who has what. */
static void random_blocks(void **state)
{
	struct {
		mfn_t mfn;
		unsigned int order;
	} held[64] = { 0 };
	uint64_t owned = 0;

	(void)state;
	srandom(1);
	for (unsigned int n = 0; n < 20000; n++) {
		unsigned int i = random() % 64;

		if (held[i].mfn.v) {
			put_block(held[i].mfn, held[i].order);
			owned -= BIT(held[i].order);
			held[i].mfn.v = 0;
		} else {
			unsigned int order = random() % 8;
			mfn_t mfn = frame_alloc(order, FRAME_OWNER_XEN);

			if (mfn_eq(mfn, MFN_INVALID)) {
				continue;
			}
			for (unsigned int j = 0; j < 64; j++) {
				/* Neither is inside the other. */
				assert_false(held[j].mfn.v &&
					     mfn.v - held[j].mfn.v <
						     BIT(held[j].order));
				assert_false(held[j].mfn.v - mfn.v <
					     BIT(order));
			}
			held[i].mfn = mfn;
			held[i].order = order;
			owned += BIT(order);
		}
		assert_int_equal(frame_nr_free(), FRAMES - owned);
	}
}

static void *get_and_put(void *arg)
{
	mfn_t mfn = *(mfn_t *)arg;

	for (unsigned int i = 0; i < 20000; i++) {
		if (frame_get(mfn, 9) == 0) {
			frame_put(mfn);
		}
	}
	return NULL;
}

/* The frame is freed once, by whoever is last. */
static void references_are_atomic(void **state)
{
	mfn_t mfn = frame_alloc(0, 9);
	pthread_t thread[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(
			pthread_create(&thread[i], NULL, get_and_put, &mfn), 0);
	}
	frame_put(mfn);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	}
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
	assert_int_equal(frame_nr_free(), FRAMES);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define SEEDED(test) \
	cmocka_unit_test_setup_teardown(test, setup_seeded, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(zeroed_table_is_nobodys),
		FRESH(seeding_costs_per_block),
		SEEDED(free_frames_cannot_be_referenced),
		SEEDED(blocks_are_aligned_and_owned),
		SEEDED(exhaustion_and_return),
		SEEDED(references),
		SEEDED(reference_limit),
		SEEDED(underflow_is_a_bug),
		SEEDED(guests_get_scrubbed_clean_pages),
		SEEDED(place_nobody_owned_is_left_alone),
		SEEDED(place_of_a_former_owner_is_scrubbed),
		SEEDED(place_is_all_or_nothing),
		SEEDED(clean_and_dirty_do_not_join),
		SEEDED(lowest_free_block),
		SEEDED(blocks_are_cut_from_above),
		SEEDED(banks_are_apart),
		cmocka_unit_test_setup_teardown(owned_across_banks, setup_banks,
						teardown),
		FRESH(too_many_banks),
		SEEDED(random_blocks),
		SEEDED(references_are_atomic),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
