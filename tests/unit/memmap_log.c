/* SPDX-License-Identifier: BSD-2-Clause */
/* When a dirty log ends: with a commit that succeeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/log.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define BUS	 UINT64_C(0x8000000)
#define NR_RAM	 32u
#define HALF	 (NR_RAM / 2 * PAGE_SIZE)

static struct p2m *p2m;
static struct memmap *map;
static struct region ram, spare;
static mfn_t frames, other;

static int setup(void **state)
{
	(void)state;
	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, false, 64);
	assert_non_null(p2m);
	map = memmap_create(p2m);
	assert_non_null(map);
	frames = frame_alloc(5, DOMAIN);
	other = frame_alloc(5, DOMAIN + 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

static struct region ram_at(uint64_t ipa, mfn_t mfn)
{
	return (struct region){
		.name = "ram",
		.ipa = IPA(ipa),
		.pa = mfn_to_paddr(mfn),
		.size = NR_RAM * PAGE_SIZE,
		.kind = REGION_RAM,
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
	};
}

static void add(struct region *r)
{
	assert_int_equal(memmap_add(map, r), 0);
}

static int turn(void)
{
	return memmap_commit_by(map, NULL);
}

static int all_turns(void)
{
	unsigned int nr = 0;
	int rc;

	do {
		rc = turn();
		assert_true(nr++ < 10000);
	} while (rc == -XEN_ERESTART);
	return rc;
}

/* Pages of RAM at @ipa that have been written; from now on anew. */
static uint64_t written(uint64_t ipa)
{
	uint64_t bits[1];

	assert_int_equal(memmap_log_read(map, ipa_to_gfn(IPA(ipa)), NR_RAM,
					 P2M_LOG_CLEAR, bits),
			 0);
	return bits[0];
}

static void write_page(uint64_t page)
{
	const uint64_t bits[1] = { 1 };

	memmap_log_mark(map, ipa_to_gfn(IPA(ram.ipa.v + page * PAGE_SIZE)), 1,
			bits);
}

/* Nothing but the first @size bytes of RAM, logged, and a page written. */
static void make_logged(uint64_t size)
{
	uint64_t all = BIT(size >> PAGE_SHIFT) - 1;

	ram = ram_at(BUS, frames);
	ram.size = size;
	add(&ram);
	assert_int_equal(memmap_commit(map), 0);
	map->transit.turn = 1;
	assert_int_equal(memmap_set_log(map, &ram, true), 0);
	assert_int_equal(all_turns(), 0);
	assert_int_equal(written(BUS), all);
	assert_int_equal(written(BUS), 0);
	write_page(0);
}

/* The change that takes it out fails, and it is put back. */
static void a_log_outlives_failure(void **state)
{
	(void)state;
	make_logged(2 * HALF);
	memmap_del(map, &ram);
	spare = ram_at(BUS + 80 * PAGE_SIZE, other);
	add(&spare);
	assert_int_equal(all_turns(), -XEN_EPERM);
	write_page(5);
	memmap_del(map, &spare);
	ram.ipa = IPA(BUS + 40 * PAGE_SIZE);
	add(&ram);
	assert_int_equal(all_turns(), 0);
	assert_true(ram.log);
	write_page(7);
	assert_int_equal(written(ram.ipa.v), BIT(0) | BIT(5) | BIT(7));
}

static void a_log_ends_with_its_region(void **state)
{
	(void)state;
	make_logged(2 * HALF);
	memmap_del(map, &ram);
	assert_true(memmap_log_is_on(map));
	assert_int_equal(all_turns(), 0);
	assert_false(memmap_log_is_on(map));
	assert_false(ram.log);
	add(&ram);
	assert_int_equal(all_turns(), 0);
	assert_int_equal(written(BUS), 0);
}

/* Back as something else before the commit: that was not logged. */
static void other_ram_is_not_logged(void **state)
{
	static const struct {
		uint64_t pa, size;
		enum p2m_type type;
	} as[] = {
		{ HALF, HALF, P2M_RAM_RW },
		{ 0, HALF - PAGE_SIZE, P2M_RAM_RW },
		{ 0, 2 * HALF, P2M_RAM_RW },
		{ 0, HALF, P2M_RAM_RO },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(as); i++) {
		if (i) {
			setup(state);
		}
		make_logged(HALF);
		memmap_del(map, &ram);
		ram.pa.v += as[i].pa;
		ram.size = as[i].size;
		ram.type = as[i].type;
		ram.attr = p2m_default_attr(as[i].type);
		add(&ram);
		assert_false(ram.log);
		assert_int_equal(all_turns(), 0);
		assert_false(memmap_log_is_on(map));
		assert_int_equal(written(BUS), 0);
		if (i + 1 < ARRAY_SIZE(as)) {
			teardown(state);
		}
	}
}

/* What ends between two turns ends with another commit: the one under way
 * has brought its log to sight. */
static void a_log_ends_meanwhile(void **state)
{
	bool del = false;

	do {
		if (del) {
			setup(state);
		}
		make_logged(2 * HALF);
		assert_int_equal(
			memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
		assert_int_equal(turn(), -XEN_ERESTART);
		if (del) {
			memmap_del(map, &ram);
		} else {
			assert_int_equal(memmap_set_log(map, &ram, false), 0);
		}
		while (map->transit.c.new != memmap_view(map)) {
			assert_int_equal(turn(), -XEN_ERESTART);
		}
		while (memmap_is_settling(map)) {
			assert_int_equal(turn(), -XEN_ERESTART);
		}
		assert_true(memmap_log_is_on(map));
		assert_int_equal(written(BUS + 64 * PAGE_SIZE), BIT(0));
		assert_int_equal(all_turns(), 0);
		assert_false(memmap_log_is_on(map));
		if (!del) {
			teardown(state);
		}
		del = !del;
	} while (del);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_log_outlives_failure),
		CASE(a_log_ends_with_its_region),
		CASE(other_ram_is_not_logged),
		CASE(a_log_ends_meanwhile),
	};

	return cmocka_run_group_tests_name("memmap log", tests, NULL, NULL);
}
