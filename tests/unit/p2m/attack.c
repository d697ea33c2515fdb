/* SPDX-License-Identifier: BSD-2-Clause */
/* Classes of published vulnerabilities of stage-2 code, one test each. */
#include <pthread.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/compiler.h>

#include "domain/epoch.h"
#include "frame/frame.h"
#include "suite.h"

/* XSA-301: frame numbers above the address size alias nothing. */
static void xsa301_frames_out_of_range(void **state)
{
	const uint64_t max = p2m_limit(p2m).v;
	const uint64_t bad[] = {
		max,	 max + 1,      max + 0x1000,	BIT(40),
		BIT(52), ~UINT64_C(0), ~UINT64_C(0) - 1
	};
	mfn_t low = map_ram(0, 0);

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(map(bad[i], BUS, 1, P2M_DEVICE), -XEN_EINVAL);
		assert_int_equal(unmap(bad[i], 1), -XEN_EINVAL);
		assert_int_equal(lookup(bad[i]).type, P2M_INVALID);
	}
	assert_int_equal(map(max - 1, BUS, 2, P2M_DEVICE), -XEN_EINVAL);
	assert_int_equal(unmap(max - 1, 2), -XEN_EINVAL);
	assert_int_equal(unmap(1, ~UINT64_C(0)), -XEN_EINVAL);
	assert_int_equal(unmap(1, 0), -XEN_EINVAL);
	assert_int_equal(map(1, BUS, 0, P2M_DEVICE), -XEN_EINVAL);
	/* Machine frames above the host's 44 bits likewise. */
	assert_int_equal(map(1, BIT(32), 1, P2M_DEVICE), -XEN_EINVAL);
	assert_int_equal(map(1, BIT(32) - 1, 2, P2M_DEVICE), -XEN_EINVAL);
	assert_int_equal(map(1, ~UINT64_C(0), 2, P2M_DEVICE), -XEN_EINVAL);
	assert_int_equal(nr_heard, 0);
	assert_int_equal(lookup(0).mfn.v, low.v);
	/* The last frame is as good as any. */
	assert_int_equal(map(max - 1, BUS, 1, P2M_DEVICE), 0);
	assert_int_equal(lookup(max - 1).mfn.v, BUS);
}

/* XSA-409: a domain that wants tables without end hurts nobody else. */
static void xsa409_table_pages_are_the_domains_own(void **state)
{
	uint64_t free = frame_nr_free();
	uint64_t gfn = 0;

	(void)state;
	while (map(gfn, BUS + 1, 1, P2M_DEVICE) == 0) {
		gfn += BIT(18);
	}
	/* Two tables for each. */
	assert_int_equal(gfn, POOL / 2 * BIT(18));
	assert_int_equal(map(gfn, BUS + 1, 1, P2M_DEVICE), -XEN_ENOMEM);
	assert_int_equal(lookup(gfn).type, P2M_INVALID);
	assert_int_equal(frame_nr_free(), free);
	assert_int_equal(stats().pool_pages, POOL);
	assert_int_equal(stats().table_pages, POOL + 2);
	/* What needs no table works still, and frees some. */
	assert_int_equal(map(1, BUS + 7, 1, P2M_DEVICE), 0);
	assert_int_equal(unmap(BIT(18), BIT(18)), 0);
	assert_int_equal(map(gfn, BUS + 1, 1, P2M_DEVICE), 0);
}

/* XSA-222, -247: taking a page out of a block may fail; then it is not
 * gone. */
static void xsa222_failed_removal_keeps_the_page(void **state)
{
	mfn_t mfn = map_ram(0x200, 9);
	paddr_t pa;

	(void)state;
	/* What is in use stays, so that nothing is left to split with. */
	assert_int_equal(p2m_set_pool(p2m, 1), 0);
	events();
	assert_int_equal(unmap(0x205, 1), -XEN_ENOMEM);
	assert_int_equal(map(0x205, BUS, 1, P2M_DEVICE), -XEN_ENOMEM);
	assert_int_equal(unmap(0x1ff, 2), -XEN_ENOMEM);
	assert_int_equal(nr_heard, 0);
	assert_string_equal(events(), "");
	assert_int_equal(frame_owner(mfn_add(mfn, 5)), OWNER);
	assert_int_equal(frame_refs(mfn_add(mfn, 5)), 1);
	assert_true(host_touch(&root, IPA(0x205000), &pa));
	assert_int_equal(pa.v, mfn_to_paddr(mfn_add(mfn, 5)).v);
	/* The whole block can go without a table. */
	assert_int_equal(unmap(0x200, 512), 0);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
}

/* XSA-388, -389: orders 0 to 10 at every alignment, each operation checked
 * page by page; and whatever fails changes nothing. */
static void xsa389_misaligned_orders(void **state)
{
	static const uint64_t skew[] = { 0, 1, 7, 255, 511, 512, 513 };
	static uint64_t mfn_of[4096];

	(void)state;
	for (unsigned int n = 0; n < 11 * 7 * 7; n++) {
		unsigned int order = n % 11;
		uint64_t gfn = 0x400 + skew[n / 11 % 7];
		uint64_t mfn = BUS + skew[n / 77];
		bool remove = n % 3 == 2;
		bool starve = n % 5 == 4;
		int rc;

		if (starve) {
			uint64_t used = stats().table_pages - 2;

			assert_int_equal(p2m_set_pool(p2m, used), 0);
		}
		rc = remove ? unmap(gfn, BIT(order))
			    : map(gfn, mfn, BIT(order), P2M_DEVICE);
		assert_true(rc == 0 || (starve && rc == -XEN_ENOMEM));
		for (uint64_t i = 0; rc == 0 && i < BIT(order); i++) {
			mfn_of[gfn + i] = remove ? 0 : mfn + i;
		}
		for (uint64_t i = 0; i < ARRAY_SIZE(mfn_of); i++) {
			struct p2m_entry e = lookup(i);

			assert_int_equal(e.type == P2M_INVALID, !mfn_of[i]);
			assert_true(!mfn_of[i] || e.mfn.v == mfn_of[i]);
		}
		assert_int_equal(p2m_set_pool(p2m, POOL), 0);
	}
}

/* XSA-393: removal does not depend on whether a page was ever used. */
static void xsa393_untouched_pages_are_removed(void **state)
{
	mfn_t touched = map_ram(0x100, 0);
	mfn_t untouched = map_ram(0x101, 0);
	paddr_t pa;

	(void)state;
	assert_true(host_touch(&root, IPA(0x100000), &pa));
	assert_int_equal(unmap(0x100, 2), 0);
	assert_false(host_touch(&root, IPA(0x100000), &pa));
	assert_false(host_touch(&root, IPA(0x101000), &pa));
	assert_int_equal(frame_owner(touched), FRAME_OWNER_FREE);
	assert_int_equal(frame_owner(untouched), FRAME_OWNER_FREE);
}

/* XSA-346: a page is another's only when no TLB leads to it any more. The
 * model checks that at each frame_put(); here a second owner looks. */
static void xsa346_recycled_pages_are_out_of_reach(void **state)
{
	mfn_t mfn = map_ram(0x1000, 3);
	struct p2m_locked l;
	paddr_t pa;

	(void)state;
	for (uint64_t i = 0; i < 8; i++) {
		assert_true(host_touch(&root, IPA((0x1000 + i) << 12), &pa));
		assert_true(host_touch_va(&root, 1, GVA(i << 12),
					  IPA((0x1000 + i) << 12), &pa));
	}
	memset(mfn_to_ptr(mfn), 0x5a, 8 * PAGE_SIZE);
	arch_note_dirty(mfn, 8);
	l = p2m_lock(p2m);
	for (uint64_t i = 0; i < 8; i++) {
		assert_int_equal(p2m_unmap(l, GFN(0x1000 + i), 1), 0);
		/* Broken, but nobody else's yet. */
		assert_int_equal(frame_owner(mfn_add(mfn, i)), OWNER);
	}
	p2m_unlock(l);
	assert_int_equal(frame_alloc_at(mfn, 8, OTHER), 0);
	for (uint64_t i = 0; i < 8; i++) {
		const uint64_t *page = mfn_to_ptr(mfn_add(mfn, i));

		assert_false(host_touch(&root, IPA((0x1000 + i) << 12), &pa));
		assert_false(host_touch_va(&root, 1, GVA(i << 12),
					   IPA((0x1000 + i) << 12), &pa));
		assert_int_equal(page[7], 0);
	}
}

/* XSA-480: split and joined without end, no table page is used too early
 * (the model follows each), and none is lost. */
static void xsa480_shatter_and_join(void **state)
{
	mfn_t mfn = frame_alloc(9, OWNER);

	(void)state;
	assert_int_equal(map(0x200, mfn.v, 512, P2M_RAM_RW), 0);
	assert_int_equal(p2m_set_pool(p2m, 2), 0);
	for (unsigned int i = 0; i < 100; i++) {
		struct p2m_locked l = p2m_lock(p2m);
		paddr_t pa;

		assert_int_equal(p2m_unmap(l, GFN(0x200 + i), 1), 0);
		p2m_unlock(l);
		assert_true(
			host_touch(&root, IPA(0x200000 + (i + 1) * 4096), &pa));
		l = p2m_lock(p2m);
		assert_int_equal(p2m_map(l, GFN(0x200 + i), mfn_add(mfn, i), 1,
					 p2m_as(P2M_RAM_RW)),
				 0);
		assert_int_equal(
			p2m_map(l, GFN(0x200), mfn, 512, p2m_as(P2M_RAM_RW)),
			0);
		/* The table just freed is wanted again under this lock. */
		assert_int_equal(p2m_unmap(l, GFN(0x3ff), 1), 0);
		assert_int_equal(
			p2m_map(l, GFN(0x200), mfn, 512, p2m_as(P2M_RAM_RW)),
			0);
		p2m_unlock(l);
		host_check_no_stale(&root);
		assert_int_equal(stats().blocks[2], 1);
		assert_int_equal(stats().table_pages, 3);
	}
}

/* XSA-252: removing twice drops one reference. */
static void xsa252_removed_twice(void **state)
{
	mfn_t mfn = map_ram(0x100, 0);

	(void)state;
	assert_int_equal(frame_get(mfn, OWNER), 0);
	assert_int_equal(unmap(0x100, 1), 0);
	assert_int_equal(unmap(0x100, 1), 0);
	assert_int_equal(unmap(0, 0x1000), 0);
	assert_int_equal(frame_refs(mfn), 1);
	frame_put(mfn);
	events();
}

/*
 * XSA-473: a reader finds a frame without the lock; it is not reused before
 * the reader has left.
 */
static uint32_t reader_state; /* 1: inside, 2: has left */
static mfn_t shared;

static void *reader(void *arg)
{
	(void)arg;
	host_set_cpu(1);
	epoch_enter(1);
	__atomic_store_n(&reader_state, 1, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < 200000; i++) {
		if (frame_owner(shared) != OWNER) {
			return &shared;
		}
	}
	__atomic_store_n(&reader_state, 2, __ATOMIC_SEQ_CST);
	epoch_leave(1);
	return NULL;
}

static void xsa473_readers_are_waited_for(void **state)
{
	pthread_t thread;
	void *reused;

	(void)state;
	host_set_nr_cpus(2);
	shared = map_ram(0x100, 0);
	reader_state = 0;
	assert_int_equal(pthread_create(&thread, NULL, reader, NULL), 0);
	while (!__atomic_load_n(&reader_state, __ATOMIC_SEQ_CST)) {
	}
	assert_int_equal(unmap(0x100, 1), 0);
	assert_int_equal(__atomic_load_n(&reader_state, __ATOMIC_SEQ_CST), 2);
	assert_int_equal(pthread_join(thread, &reused), 0);
	assert_null(reused);
	assert_int_equal(frame_owner(shared), FRAME_OWNER_FREE);
}

/* A dirty page is never mapped: the model would say so (R2.10). */
static void bad_dirty_page(void **state)
{
	mfn_t mfn = frame_alloc(0, OWNER);

	(void)state;
	arch_note_dirty(mfn, 1);
	host_expect_begin();
	assert_int_equal(map(0x100, mfn.v, 1, P2M_RAM_RW), 0);
	assert_true(host_expect_end() > 0);
	assert_int_equal(unmap(0x100, 1), 0);
}

const struct CMUnitTest attack_tests[] = {
	TEST(xsa301_frames_out_of_range),
	TEST(xsa409_table_pages_are_the_domains_own),
	TEST(xsa222_failed_removal_keeps_the_page),
	TEST(xsa389_misaligned_orders),
	TEST(xsa393_untouched_pages_are_removed),
	TEST(xsa346_recycled_pages_are_out_of_reach),
	DIRECT(xsa480_shatter_and_join),
	TEST(xsa252_removed_twice),
	TEST(xsa473_readers_are_waited_for),
	TEST(bad_dirty_page),
};
const unsigned int nr_attack_tests = ARRAY_SIZE(attack_tests);
