/* SPDX-License-Identifier: BSD-2-Clause */
/* The change set: who hears what, in which order, at what cost. */
#include <core/bits.h>
#include <core/compiler.h>

#include "frame/frame.h"
#include "suite.h"

static void check_heard(unsigned int i, uint64_t gfn, uint64_t nr,
			enum p2m_type old, uint64_t old_mfn, enum p2m_type new)
{
	assert_true(i < nr_heard);
	assert_int_equal(heard[i].gfn.v, gfn);
	assert_int_equal(heard[i].nr, nr);
	assert_int_equal(heard[i].old_type, old);
	assert_int_equal(heard[i].old_mfn.v, old_mfn);
	assert_int_equal(heard[i].new_type, new);
}

/* Descriptors, flush, readers, listeners, references: in this order (R2.3,
 * XSA-346). */
static void order_of_leaving(void **state)
{
	mfn_t mfn = map_ram(0x1000, 0);

	(void)state;
	assert_string_equal(events(), "");
	assert_int_equal(unmap(0x1000, 1), 0);
	assert_string_equal(events(), "FELP");
	assert_int_equal(nr_heard, 1);
	check_heard(0, 0x1000, 1, P2M_RAM_RW, mfn.v, P2M_INVALID);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
}

/* The same, done wrong: a frame that is freed while mapped is noticed. */
static void bad_free_while_mapped(void **state)
{
	mfn_t mfn = map_ram(0x1000, 0);
	uint64_t pa = 0;

	(void)state;
	assert_true(host_touch(&root, IPA(0x1000000), (paddr_t *)&pa));
	host_expect_begin();
	frame_put(mfn);
	assert_true(host_expect_end() > 0);
	/* Balance what was put too often. */
	assert_int_equal(frame_alloc_at(mfn, 1, OWNER), 0);
	events();
}

/* R1.7: what leaves a direct-mapped domain stays its own. */
static void direct_domain_keeps_its_frames(void **state)
{
	mfn_t mfn = frame_alloc(9, OWNER);

	(void)state;
	assert_int_equal(map(mfn.v, mfn.v, 512, P2M_RAM_RW), 0);
	assert_int_equal(unmap(mfn.v + 5, 1), 0);
	assert_string_equal(events(), "FEL");
	assert_int_equal(frame_owner(mfn_add(mfn, 5)), OWNER);
	assert_int_equal(frame_refs(mfn_add(mfn, 5)), 1);
	assert_int_equal(map(mfn.v + 5, mfn.v + 5, 1, P2M_RAM_RW), 0);
	/* The block again, instead of the table: nobody hears of that. */
	assert_string_equal(events(), "FE");
	assert_int_equal(nr_heard, 1);
	assert_int_equal(stats().blocks[2], 1);
	assert_int_equal(frame_refs(mfn_add(mfn, 5)), 1);
}

static void foreign_frames_are_counted(void **state)
{
	mfn_t mfn = map_foreign(0x2000, 0);

	(void)state;
	assert_int_equal(frame_refs(mfn), 2);
	/* Mapped again just so: the new reference passes, the old one goes. */
	assert_int_equal(frame_get(mfn, OTHER), 0);
	assert_int_equal(map(0x2000, mfn.v, 1, P2M_FOREIGN_RW), 0);
	assert_string_equal(events(), "P");
	assert_int_equal(frame_refs(mfn), 2);
	/* Read-only now: forgotten by the TLBs, told to nobody. */
	assert_int_equal(frame_get(mfn, OTHER), 0);
	assert_int_equal(map(0x2000, mfn.v, 1, P2M_FOREIGN_RO), 0);
	assert_string_equal(events(), "FEP");
	assert_int_equal(frame_refs(mfn), 2);
	assert_int_equal(unmap(0x2000, 1), 0);
	assert_int_equal(frame_refs(mfn), 1);
	assert_int_equal(nr_heard, 1);
	check_heard(0, 0x2000, 1, P2M_FOREIGN_RO, mfn.v, P2M_INVALID);
}

/* The same for a block, whose pages are in a table at the moment. */
static void a_block_over_its_pages(void **state)
{
	mfn_t mfn = map_ram(0x1000, 9);
	struct p2m_locked l = p2m_lock(p2m);

	(void)state;
	assert_int_equal(frame_get(mfn, OWNER), 0);
	assert_int_equal(p2m_unmap(l, GFN(0x1000), 1), 0);
	assert_int_equal(p2m_map(l, GFN(0x1000), mfn, 1, p2m_as(P2M_RAM_RW)),
			 0);
	for (uint64_t i = 0; i < 512; i++) {
		assert_int_equal(frame_get(mfn_add(mfn, i), OWNER), 0);
	}
	assert_int_equal(p2m_map(l, GFN(0x1000), mfn, 512, p2m_as(P2M_RAM_RW)),
			 0);
	p2m_unlock(l);
	for (uint64_t i = 0; i < 512; i++) {
		assert_int_equal(frame_refs(mfn_add(mfn, i)), 1);
	}
	assert_int_equal(stats().blocks[2], 1);
	assert_int_equal(unmap(0x1000, 512), 0);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
}

static void failed_operations_keep_no_reference(void **state)
{
	mfn_t mfn = frame_alloc(0, OTHER);

	(void)state;
	assert_int_equal(p2m_set_pool(p2m, 1), 0);
	assert_int_equal(frame_get(mfn, OTHER), 0);
	assert_int_equal(map(0x2000, mfn.v, 1, P2M_FOREIGN_RW), -XEN_ENOMEM);
	assert_int_equal(frame_refs(mfn), 2);
	frame_put(mfn);
	assert_int_equal(nr_heard, 0);
}

static void grants_and_devices_are_not_counted(void **state)
{
	mfn_t mfn = frame_alloc(0, OTHER);

	(void)state;
	assert_int_equal(map(0x2000, mfn.v, 1, P2M_GRANT_RW), 0);
	assert_int_equal(map(0x2001, BUS, 1, P2M_DEVICE), 0);
	assert_int_equal(unmap(0x2000, 2), 0);
	assert_string_equal(events(), "FEL");
	assert_int_equal(frame_refs(mfn), 1);
	assert_int_equal(nr_heard, 2);
	check_heard(0, 0x2000, 1, P2M_GRANT_RW, mfn.v, P2M_INVALID);
	check_heard(1, 0x2001, 1, P2M_DEVICE, BUS, P2M_INVALID);
}

/* New mappings tell nobody and cost no flush (R4.2). */
static void arrivals_are_silent(void **state)
{
	uint64_t flushes = host_counts().flushes;

	(void)state;
	map_ram(0x3000, 9);
	assert_int_equal(map(0x40000, BUS, 0x12345, P2M_DEVICE), 0);
	assert_int_equal(host_counts().flushes, flushes);
	assert_int_equal(nr_heard, 0);
	assert_string_equal(events(), "");
}

/* R4.2: attributes alone send nothing. */
static void attributes_alone_are_silent(void **state)
{
	const struct p2m_as ngnre = { P2M_DEVICE, { S2_DEVICE_NGNRE, S2_RW } };
	const struct p2m_as gre = { P2M_DEVICE, { S2_DEVICE_GRE, S2_RW } };
	struct p2m_locked l = p2m_lock(p2m);

	(void)state;
	assert_int_equal(p2m_map(l, GFN(0x100), MFN(BUS), 0x1000, ngnre), 0);
	assert_int_equal(p2m_map(l, GFN(0x180), MFN(BUS + 0x80), 7, gre), 0);
	p2m_unlock(l);
	assert_string_equal(events(), "FE");
	assert_int_equal(nr_heard, 0);
	assert_int_equal(lookup(0x181).attr.memtype, S2_DEVICE_GRE);
	assert_int_equal(lookup(0x187).attr.memtype, S2_DEVICE_NGNRE);
}

static void replaced_frames_are_told(void **state)
{
	mfn_t old = map_ram(0x1000, 0);
	mfn_t new;

	(void)state;
	new = map_ram(0x1000, 0);
	assert_string_equal(events(), "FELP");
	assert_int_equal(nr_heard, 1);
	check_heard(0, 0x1000, 1, P2M_RAM_RW, old.v, P2M_RAM_RW);
	assert_int_equal(heard[0].new_mfn.v, new.v);
	/* The same frame as something else has left as RAM. The grant table
	 * would hold a reference. */
	assert_int_equal(frame_get(new, OWNER), 0);
	assert_int_equal(map(0x1000, new.v, 1, P2M_GRANT_RW), 0);
	assert_int_equal(nr_heard, 2);
	check_heard(1, 0x1000, 1, P2M_RAM_RW, new.v, P2M_GRANT_RW);
}

/* A batch under one lock: one flush, one change set, runs joined. */
static void batch_is_one_change_set(void **state)
{
	mfn_t mfn = map_ram(0x1000, 9);
	struct p2m_locked l;
	uint64_t flushes;

	(void)state;
	/* Out of the block first, that has to be flushed at once. */
	assert_int_equal(unmap(0x11ff, 1), 0);
	clear_heard();
	flushes = host_counts().flushes;
	l = p2m_lock(p2m);
	for (uint64_t i = 0; i < 511; i++) {
		assert_int_equal(p2m_unmap(l, GFN(0x1000 + i), 1), 0);
	}
	assert_int_equal(nr_heard, 0);
	assert_int_equal(frame_refs(mfn), 1);
	p2m_unlock(l);
	assert_int_equal(host_counts().flushes, flushes + 1);
	assert_int_equal(nr_heard, 1);
	check_heard(0, 0x1000, 511, P2M_RAM_RW, mfn.v, P2M_INVALID);
	assert_int_equal(heard_seq, 2);
}

/* More runs than the log holds: several sets, each complete, none lost. */
static void overflow_loses_nothing(void **state)
{
	struct p2m_locked l = p2m_lock(p2m);

	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		assert_int_equal(p2m_map(l, GFN(0x1000 + i), MFN(BUS + 2 * i),
					 1, p2m_as(P2M_DEVICE)),
				 0);
	}
	assert_int_equal(p2m_unmap(l, GFN(0), 0x10000), 0);
	p2m_unlock(l);
	assert_int_equal(nr_heard, 500);
	for (uint64_t i = 0; i < 500; i++) {
		check_heard(i, 0x1000 + i, 1, P2M_DEVICE, BUS + 2 * i,
			    P2M_INVALID);
	}
	assert_int_equal(stats().blocks[3], 0);
	/* The tables went too. */
	assert_int_equal(stats().table_pages, 2);
}

/* The same page twice under one lock: broken, forgotten, then made. */
static void replaced_within_a_batch(void **state)
{
	mfn_t mfn = map_ram(0x1000, 0);
	struct p2m_locked l = p2m_lock(p2m);

	(void)state;
	assert_int_equal(p2m_unmap(l, GFN(0x1000), 1), 0);
	assert_int_equal(
		p2m_map(l, GFN(0x1000), MFN(BUS), 1, p2m_as(P2M_DEVICE)), 0);
	assert_int_equal(
		p2m_map(l, GFN(0x1000), MFN(BUS + 1), 1, p2m_as(P2M_DEVICE)),
		0);
	p2m_unlock(l);
	assert_int_equal(nr_heard, 2);
	check_heard(0, 0x1000, 1, P2M_RAM_RW, mfn.v, P2M_INVALID);
	check_heard(1, 0x1000, 1, P2M_DEVICE, BUS, P2M_DEVICE);
	assert_int_equal(lookup(0x1000).mfn.v, BUS + 1);
}

/* The end of a domain is a change like any other. */
static void destruction_is_told(void **state)
{
	mfn_t ram = map_ram(0x1000, 9);
	mfn_t foreign = map_foreign(0x8000, 3);

	(void)state;
	p2m_destroy(p2m);
	p2m = NULL;
	assert_int_equal(nr_heard, 2);
	check_heard(0, 0x1000, 512, P2M_RAM_RW, ram.v, P2M_INVALID);
	check_heard(1, 0x8000, 8, P2M_FOREIGN_RW, foreign.v, P2M_INVALID);
	assert_int_equal(frame_owner(ram), FRAME_OWNER_FREE);
	assert_int_equal(frame_refs(foreign), 1);
}

const struct CMUnitTest change_tests[] = {
	TEST(order_of_leaving),
	TEST(bad_free_while_mapped),
	DIRECT(direct_domain_keeps_its_frames),
	TEST(foreign_frames_are_counted),
	TEST(a_block_over_its_pages),
	TEST(failed_operations_keep_no_reference),
	TEST(grants_and_devices_are_not_counted),
	TEST(arrivals_are_silent),
	TEST(attributes_alone_are_silent),
	TEST(replaced_frames_are_told),
	TEST(batch_is_one_change_set),
	TEST(overflow_loses_nothing),
	TEST(replaced_within_a_batch),
	TEST(destruction_is_told),
};
const unsigned int nr_change_tests = ARRAY_SIZE(change_tests);
