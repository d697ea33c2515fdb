/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host seam against itself: each rule has a good_ case that passes and a
 * bad_ case that breaks it on purpose. A checker that never fails proves
 * nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>

#include "arch/host/host.h"

#define VMID UINT64_C(7)
/* 39 bits of IPA from level 1 on: T0SZ 25, SL0 1. */
#define VTCR	  (UINT64_C(25) | BIT(6))
#define PAGE_RWX  (BIT(10) | (3u << 8) | (3u << 6) | (0xfu << 2) | 3u)
#define BLOCK_RWX (PAGE_RWX & ~UINT64_C(2))
#define TABLE	  UINT64_C(3)

#define MIB  UINT64_C(0x100000)
#define DATA (HOST_RAM_BASE + 4 * MIB)

static struct s2_root root;
static uint64_t *l1, *l2, *l3;

/* Page @n of the arena, as a table. */
static uint64_t *table(unsigned int n)
{
	return mfn_to_ptr(mfn_add(host_ram_first(), n));
}

static mfn_t table_mfn(unsigned int n)
{
	return mfn_add(host_ram_first(), n);
}

static uint64_t table_pte(unsigned int n)
{
	return mfn_to_paddr(table_mfn(n)).v | TABLE;
}

/* Root, one table below, one below that; its slot 0 maps page DATA at 0. */
static int setup(void **state)
{
	(void)state;
	host_arena_setup(16);
	l1 = table(0);
	l2 = table(1);
	l3 = table(2);
	root.vttbr = VMID << 48 | mfn_to_paddr(table_mfn(0)).v;
	root.vtcr = VTCR;
	host_watch(&root);
	l3[0] = DATA | PAGE_RWX;
	l2[0] = table_pte(2);
	arch_pte_publish();
	arch_pte_store(&l1[0], table_pte(1));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	host_arena_teardown();
	return 0;
}

static struct s2_range page_range(uint64_t ipa)
{
	return (struct s2_range){ IPA(ipa), PAGE_SIZE, PAGE_SIZE };
}

static void flush_page(uint64_t ipa)
{
	struct s2_range range = page_range(ipa);

	arch_s2_flush(&root, &range, 1);
}

/* The statement breaks a rule, and the message has @words in it. */
#define ASSERT_FAILS(statement, words)                                       \
	do {                                                                 \
		host_expect_begin();                                         \
		statement;                                                   \
		assert_int_not_equal(host_expect_end(), 0);                  \
		if (!strstr(host_last_failure(), words)) {                   \
			fail_msg("\"%s\" lacks \"%s\"", host_last_failure(), \
				 words);                                     \
		}                                                            \
	} while (0)

static void good_walk(void **state)
{
	struct host_leaf leaf;
	paddr_t pa;

	(void)state;
	assert_true(host_walk(&root, IPA(0x123), &leaf));
	assert_int_equal(leaf.pa.v, DATA);
	assert_int_equal(leaf.size, PAGE_SIZE);
	assert_int_equal(leaf.level, 3);
	assert_true(host_touch(&root, IPA(0x123), &pa));
	assert_int_equal(pa.v, DATA + 0x123);
	assert_false(host_touch(&root, IPA(0x1000), &pa));
	assert_false(host_touch(&root, IPA(BIT(39)), &pa));
	host_check_no_stale(&root);
}

/* A concatenated root: 40 bits from level 1 are two pages. */
static void good_concatenated_root(void **state)
{
	struct s2_root wide = {
		.vttbr = (VMID + 1) << 48 | mfn_to_paddr(table_mfn(8)).v,
		.vtcr = UINT64_C(24) | BIT(6),
	};
	paddr_t pa;

	(void)state;
	host_watch(&wide);
	arch_pte_store(&table(9)[0], UINT64_C(0x80000000) | BLOCK_RWX);
	assert_true(host_touch(&wide, IPA(BIT(39) + 0x42), &pa));
	assert_int_equal(pa.v, 0x80000042);
	host_check_no_stale(&wide);
}

static void good_break_flush_make(void **state)
{
	paddr_t pa;

	(void)state;
	assert_true(host_touch(&root, IPA(0), &pa));
	arch_pte_store(&l3[0], 0);
	flush_page(0);
	arch_pte_store(&l3[0], (DATA + PAGE_SIZE) | PAGE_RWX);
	assert_true(host_touch(&root, IPA(0), &pa));
	assert_int_equal(pa.v, DATA + PAGE_SIZE);
	host_check_no_stale(&root);
}

static void bad_make_before_break(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_pte_store(&l3[0], (DATA + PAGE_SIZE) | PAGE_RWX),
		     "make before break");
}

/* A change of memory type is no permission change. */
static void bad_memory_type_without_break(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_pte_store(&l3[0], l3[0] & ~UINT64_C(0x3c)),
		     "make before break");
}

static void bad_table_to_block_without_break(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_pte_store(&l2[0], DATA | BLOCK_RWX),
		     "make before break");
}

/* Also where no test ever touched the address. */
static void bad_make_before_flush(void **state)
{
	(void)state;
	arch_pte_store(&l3[0], 0);
	ASSERT_FAILS(arch_pte_store(&l3[0], (DATA + PAGE_SIZE) | PAGE_RWX),
		     "make before flush");
}

static void bad_make_after_flush_elsewhere(void **state)
{
	(void)state;
	arch_pte_store(&l3[0], 0);
	flush_page(PAGE_SIZE);
	ASSERT_FAILS(arch_pte_store(&l3[0], (DATA + PAGE_SIZE) | PAGE_RWX),
		     "make before flush");
}

static void good_permission_change(void **state)
{
	(void)state;
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], l3[0] & ~BIT(7));
	flush_page(0);
	host_check_no_stale(&root);
}

static void bad_permission_change_unflushed(void **state)
{
	(void)state;
	arch_pte_store(&l3[0], l3[0] & ~BIT(7));
	ASSERT_FAILS(host_check_no_stale(&root), "not flushed");
}

static void good_software_bits(void **state)
{
	(void)state;
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], l3[0] | BIT(55));
	host_check_no_stale(&root);
}

static void bad_break_unflushed(void **state)
{
	(void)state;
	arch_pte_store(&l3[0], 0);
	ASSERT_FAILS(host_check_no_stale(&root), "not flushed");
}

/* A flush of another VMID does nothing for this one. */
static void bad_flush_of_other_vmid(void **state)
{
	struct s2_root other = root;

	(void)state;
	other.vttbr = (VMID + 1) << 48 | mfn_to_paddr(table_mfn(8)).v;
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], 0);
	arch_s2_flush(&other, NULL, 0);
	ASSERT_FAILS(host_check_no_stale(&root), "not flushed");
	assert_true(host_touch(&root, IPA(0), NULL));
}

/* Every CPU remembers for itself; a flush reaches all of them. */
static void good_flush_reaches_all_cpus(void **state)
{
	(void)state;
	host_set_nr_cpus(2);
	host_touch(&root, IPA(0), NULL);
	host_set_cpu(1);
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], 0);
	flush_page(0);
	assert_false(host_touch(&root, IPA(0), NULL));
	host_set_cpu(0);
	assert_false(host_touch(&root, IPA(0), NULL));
	host_check_no_stale(&root);
}

/* Combined entries outlive IPAS2E1IS; the flush must drop them too. */
static void good_flush_drops_combined(void **state)
{
	paddr_t pa;

	(void)state;
	assert_true(host_touch_va(&root, 1, GVA(0x7000), IPA(0), &pa));
	assert_int_equal(pa.v, DATA);
	arch_pte_store(&l3[0], 0);
	assert_true(host_touch_va(&root, 1, GVA(0x7000), IPA(0), &pa));
	flush_page(0);
	assert_false(host_touch_va(&root, 1, GVA(0x7000), IPA(0), &pa));
	host_check_no_stale(&root);
}

/* Two vCPUs on one CPU, same ASID, other stage 1 (R2.9). */
static void bad_sibling_without_local_flush(void **state)
{
	paddr_t pa;

	(void)state;
	arch_pte_store(&l3[1], (DATA + PAGE_SIZE) | PAGE_RWX);
	assert_true(host_touch_va(&root, 1, GVA(0x7000), IPA(0), &pa));
	/* The sibling maps the same VA to the next page, and gets ours. */
	assert_true(host_touch_va(&root, 1, GVA(0x7000), IPA(PAGE_SIZE), &pa));
	assert_int_equal(pa.v, DATA);
	host_load_root(&root);
	arch_s2_flush_local();
	assert_true(host_touch_va(&root, 1, GVA(0x7000), IPA(PAGE_SIZE), &pa));
	assert_int_equal(pa.v, DATA + PAGE_SIZE);
}

static void good_link_new_table(void **state)
{
	(void)state;
	table(3)[5] = DATA | PAGE_RWX;
	arch_pte_publish();
	arch_pte_store(&l2[1], table_pte(3));
	assert_true(host_touch(&root, IPA(2 * MIB + 5 * PAGE_SIZE), NULL));
	host_check_no_stale(&root);
}

static void bad_link_unpublished(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_pte_store(&l2[1], table_pte(3)), "published");
}

static void bad_link_table_twice(void **state)
{
	(void)state;
	arch_pte_publish();
	ASSERT_FAILS(arch_pte_store(&l2[1], table_pte(2)), "may walk it");
}

static void bad_link_mapped_page(void **state)
{
	(void)state;
	arch_pte_store(&l3[1], table_pte(3) | PAGE_RWX);
	arch_pte_publish();
	ASSERT_FAILS(arch_pte_store(&l2[1], table_pte(3)), "is mapped");
}

static void bad_plain_store(void **state)
{
	(void)state;
	l3[1] = (DATA + PAGE_SIZE) | PAGE_RWX;
	ASSERT_FAILS(host_check_no_stale(&root), "plain store");
}

static void good_free_table(void **state)
{
	struct s2_range range = page_range(0);

	(void)state;
	arch_pte_store(&l2[0], 0);
	arch_s2_flush(&root, &range, 1);
	arch_note_free(table_mfn(2), 1);
	host_check_no_stale(&root);
}

/* XSA-480: a table page goes back before the flush. */
static void bad_free_table_before_flush(void **state)
{
	(void)state;
	arch_pte_store(&l2[0], 0);
	ASSERT_FAILS(arch_note_free(table_mfn(2), 1), "may walk it");
}

static void bad_free_linked_table(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_note_free(table_mfn(2), 1), "may walk it");
}

/* The leaves below a removed table need their flush, each. */
static void bad_free_table_flush_of_one_leaf(void **state)
{
	(void)state;
	arch_pte_store(&l3[9], (DATA + PAGE_SIZE) | PAGE_RWX);
	arch_pte_store(&l2[0], 0);
	flush_page(0);
	ASSERT_FAILS(host_check_no_stale(&root), "not flushed");
	ASSERT_FAILS(arch_note_free(paddr_to_mfn(PADDR(DATA + PAGE_SIZE)), 1),
		     "before the flush");
}

/* A step longer than the old leaves misses all but the first. */
static void bad_flush_step_too_long(void **state)
{
	struct s2_range range = { IPA(0), 2 * MIB, 2 * MIB };

	(void)state;
	arch_pte_store(&l3[9], (DATA + PAGE_SIZE) | PAGE_RWX);
	arch_pte_store(&l3[9], 0);
	arch_s2_flush(&root, &range, 1);
	ASSERT_FAILS(host_check_no_stale(&root), "not flushed");
}

/* XSA-346: a reference is dropped before the flush. */
static void bad_free_frame_before_flush(void **state)
{
	(void)state;
	arch_pte_store(&l3[0], 0);
	ASSERT_FAILS(arch_note_free(paddr_to_mfn(PADDR(DATA)), 1),
		     "before the flush");
}

static void bad_free_frame_in_tlb(void **state)
{
	(void)state;
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], 0);
	ASSERT_FAILS(arch_note_free(paddr_to_mfn(PADDR(DATA)), 1), "freed");
}

static void bad_free_mapped_frame(void **state)
{
	(void)state;
	ASSERT_FAILS(arch_note_free(paddr_to_mfn(PADDR(DATA)), 1),
		     "while it is mapped");
}

static void good_free_frame(void **state)
{
	(void)state;
	host_touch(&root, IPA(0), NULL);
	arch_pte_store(&l3[0], 0);
	flush_page(0);
	arch_note_free(paddr_to_mfn(PADDR(DATA)), 1);
	assert_int_equal(host_page_state(paddr_to_mfn(PADDR(DATA))),
			 HOST_PAGE_DIRTY);
}

static void good_clean_page(void **state)
{
	mfn_t mfn = paddr_to_mfn(PADDR(DATA + PAGE_SIZE));

	(void)state;
	arch_clear_frames(mfn, 1);
	assert_int_equal(host_page_state(mfn), HOST_PAGE_DIRTY);
	arch_cache_clean_inval(mfn_to_ptr(mfn), PAGE_SIZE);
	arch_icache_inval_all();
	assert_int_equal(host_page_state(mfn), HOST_PAGE_CLEAN);
	arch_pte_store(&l3[1], mfn_to_paddr(mfn).v | PAGE_RWX);
}

static void bad_dirty_page(void **state)
{
	mfn_t mfn = paddr_to_mfn(PADDR(DATA + PAGE_SIZE));

	(void)state;
	arch_note_dirty(mfn, 1);
	ASSERT_FAILS(arch_pte_store(&l3[1], mfn_to_paddr(mfn).v | PAGE_RWX),
		     "dirty page");
}

/* A page in a table that is linked counts as well. */
static void bad_dirty_page_in_new_table(void **state)
{
	mfn_t mfn = paddr_to_mfn(PADDR(DATA + PAGE_SIZE));

	(void)state;
	arch_note_dirty(mfn, 1);
	table(3)[5] = mfn_to_paddr(mfn).v | PAGE_RWX;
	arch_pte_publish();
	ASSERT_FAILS(arch_pte_store(&l2[1], table_pte(3)), "dirty page");
}

static void bad_half_cleaned_page(void **state)
{
	mfn_t mfn = paddr_to_mfn(PADDR(DATA + PAGE_SIZE));

	(void)state;
	arch_note_dirty(mfn, 1);
	arch_cache_clean_inval(mfn_to_ptr(mfn), PAGE_SIZE - 64);
	assert_int_equal(host_page_state(mfn), HOST_PAGE_DIRTY);
}

static void bad_stale_icache(void **state)
{
	mfn_t mfn = paddr_to_mfn(PADDR(DATA + PAGE_SIZE));
	uint64_t pte = mfn_to_paddr(mfn).v | PAGE_RWX;

	(void)state;
	arch_note_dirty(mfn, 1);
	arch_icache_inval_all();
	arch_cache_clean(mfn_to_ptr(mfn), PAGE_SIZE);
	ASSERT_FAILS(arch_pte_store(&l3[1], pte), "instruction cache");
	/* Execute-never needs none of it. */
	arch_pte_store(&l3[2], pte | BIT(54));
}

static void good_bug_is_caught(void **state)
{
	volatile int one = 1;

	(void)state;
	assert_true(HOST_BUGS(BUG_ON(one == 1)));
	assert_false(HOST_BUGS(BUG_ON(one == 2)));
}

static void good_cpus(void **state)
{
	(void)state;
	host_set_nr_cpus(2);
	arch_cpu_kick(1);
	arch_cpu_kick(1);
	assert_int_equal(host_take_kicks(1), 2);
	assert_int_equal(host_take_kicks(1), 0);
	host_irq_waiting_after(1);
	assert_false(arch_irq_waiting());
	assert_true(arch_irq_waiting());
	assert_false(arch_irq_waiting());
	host_counter_advance(5);
	assert_int_equal(arch_counter(), 5);
	assert_int_equal(host_timer_deadline(0), ~UINT64_C(0));
	arch_timer_set(9);
	assert_int_equal(host_timer_deadline(0), 9);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(good_walk),
		CASE(good_concatenated_root),
		CASE(good_break_flush_make),
		CASE(bad_make_before_break),
		CASE(bad_memory_type_without_break),
		CASE(bad_table_to_block_without_break),
		CASE(bad_make_before_flush),
		CASE(bad_make_after_flush_elsewhere),
		CASE(good_permission_change),
		CASE(bad_permission_change_unflushed),
		CASE(good_software_bits),
		CASE(bad_break_unflushed),
		CASE(bad_flush_of_other_vmid),
		CASE(good_flush_reaches_all_cpus),
		CASE(good_flush_drops_combined),
		CASE(bad_sibling_without_local_flush),
		CASE(good_link_new_table),
		CASE(bad_link_unpublished),
		CASE(bad_link_table_twice),
		CASE(bad_link_mapped_page),
		CASE(bad_plain_store),
		CASE(good_free_table),
		CASE(bad_free_table_before_flush),
		CASE(bad_free_linked_table),
		CASE(bad_free_table_flush_of_one_leaf),
		CASE(bad_flush_step_too_long),
		CASE(bad_free_frame_before_flush),
		CASE(bad_free_frame_in_tlb),
		CASE(bad_free_mapped_frame),
		CASE(good_free_frame),
		CASE(good_clean_page),
		CASE(bad_dirty_page),
		CASE(bad_dirty_page_in_new_table),
		CASE(bad_half_cleaned_page),
		CASE(bad_stale_icache),
		CASE(good_bug_is_caught),
		CASE(good_cpus),
	};

	return cmocka_run_group_tests_name("seam", tests, NULL, NULL);
}
