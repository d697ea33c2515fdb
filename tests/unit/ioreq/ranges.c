/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte ranges against a byte each; states of a request; the ring. */
#include <string.h>

#include <core/compiler.h>

#include "frame/heap.h"
#include "ioreq/flow.h"
#include "ioreq/ranges.h"
#include "suites.h"

#define SPACE	200
#define SERVERS 3

static int heap_setup(void **state)
{
	(void)state;
	host_setup(8);
	fail_heap(0);
	return 0;
}

static int heap_teardown(void **state)
{
	(void)state;
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

#define HEAP_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, heap_setup, heap_teardown)

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool all_are(const bool *byte, struct range r, bool what)
{
	for (uint64_t i = r.first; i <= r.last; i++) {
		if (byte[i] != what) {
			return false;
		}
	}
	return true;
}

static void set_all(bool *byte, struct range r, bool what)
{
	memset(byte + r.first, what, r.last - r.first + 1);
}

static void check_find(const struct range_map *map,
		       bool byte[SERVERS][SPACE + 16])
{
	for (uint64_t at = 0; at < SPACE; at++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			uint8_t want = 0;

			for (unsigned int i = 0; i < SERVERS; i++) {
				if (all_are(byte[i],
					    (struct range){ at, at + size - 1 },
					    true)) {
					want |= BIT(i);
				}
			}
			assert_int_equal(range_map_find(map, at, size), want);
		}
	}
}

/* Servers overlap, ranges join and are split, as a byte for each says. */
static void ranges_as_bytes(void **state)
{
	static bool byte[SERVERS][SPACE + 16];
	struct ranges r[SERVERS] = { { 0 } };
	const struct ranges *const of[SERVERS] = { &r[0], &r[1], &r[2] };
	struct range_map *map;

	(void)state;
	memset(byte, 0, sizeof(byte));
	for (unsigned int n = 0; n < 3000; n++) {
		unsigned int i = random_below(SERVERS);
		struct range x = { random_below(SPACE), 0 };
		bool add = random_below(2);
		bool fits;

		x.last = x.first + random_below(min_u64(12, SPACE - x.first));
		fits = all_are(byte[i], x, !add);
		assert_int_equal(add ? ranges_add(&r[i], x)
				     : ranges_del(&r[i], x),
				 fits  ? 0
				 : add ? -XEN_EEXIST
				       : -XEN_ENOENT);
		if (fits) {
			set_all(byte[i], x, add);
		}
		if (n % 10 == 0) {
			map = range_map_alloc(of, SERVERS);
			range_map_fill(map, of, SERVERS);
			check_find(map, byte);
			heap_free(map);
		}
	}
	for (unsigned int i = 0; i < SERVERS; i++) {
		ranges_free(&r[i]);
	}
}

static void ranges_up_to_the_last_byte(void **state)
{
	const uint64_t end = ~UINT64_C(0);
	struct ranges r = { 0 };
	const struct ranges *const of[] = { NULL, &r };
	struct range_map *map;

	(void)state;
	assert_int_equal(ranges_add(&r, (struct range){ end - 7, end }), 0);
	assert_int_equal(ranges_add(&r, (struct range){ 0, 3 }), 0);
	assert_int_equal(ranges_add(&r, (struct range){ end, end }),
			 -XEN_EEXIST);
	map = range_map_alloc(of, 2);
	range_map_fill(map, of, 2);
	assert_int_equal(range_map_find(map, end - 7, 8), 2);
	assert_int_equal(range_map_find(map, end - 8, 8), 0);
	/* It would go on at 0. */
	assert_int_equal(range_map_find(map, end - 3, 8), 0);
	assert_int_equal(range_map_find(map, 0, 4), 2);
	assert_int_equal(range_map_find(map, 0, 8), 0);
	heap_free(map);
	ranges_free(&r);
}

static void ranges_have_a_limit(void **state)
{
	struct ranges r = { 0 };

	(void)state;
	for (uint64_t i = 0; i < RANGES_MAX; i++) {
		assert_int_equal(
			ranges_add(&r, (struct range){ 10 * i, 10 * i + 7 }),
			0);
	}
	assert_int_equal(ranges_add(&r, (struct range){ 9000, 9000 }),
			 -XEN_ENOSPC);
	assert_int_equal(ranges_del(&r, (struct range){ 3, 3 }), -XEN_ENOSPC);
	/* Those that join need no place. */
	assert_int_equal(ranges_add(&r, (struct range){ 8, 9 }), 0);
	assert_int_equal(r.nr, RANGES_MAX - 1);
	ranges_free(&r);
}

static void ranges_without_memory(void **state)
{
	struct ranges r = { 0 };

	(void)state;
	fail_heap(1);
	assert_int_equal(ranges_add(&r, (struct range){ 0, 9 }), -XEN_ENOMEM);
	assert_int_equal(r.nr, 0);
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(
			ranges_add(&r, (struct range){ 20 * i, 20 * i + 9 }),
			0);
	}
	fail_heap(1);
	assert_int_equal(ranges_del(&r, (struct range){ 5, 5 }), -XEN_ENOMEM);
	assert_int_equal(r.nr, 4);
	assert_int_equal(r.range[0].last, 9);
	ranges_free(&r);
}

/* Every state that a server can write, after each that was seen. */
static void states_go_forward(void **state)
{
	(void)state;
	for (unsigned int is = 0; is < 16; is++) {
		bool after_ready = is == STATE_IOREQ_READY ||
				   is == STATE_IOREQ_INPROCESS ||
				   is == STATE_IORESP_READY;
		bool after_taken = is == STATE_IOREQ_INPROCESS ||
				   is == STATE_IORESP_READY;

		assert_int_equal(ioreq_next(STATE_IOREQ_READY, (uint8_t)is),
				 after_ready ? is : IOREQ_STATE_BROKEN);
		assert_int_equal(ioreq_next(STATE_IOREQ_INPROCESS, (uint8_t)is),
				 after_taken ? is : IOREQ_STATE_BROKEN);
	}
}

/* ------------------------------------------------------------------ ring */

static struct buffered_iopage ring;

static void ring_order_and_size(void **state)
{
	struct flow_window w = { .base = 0x1000, .size = 0x100, .ring = &ring };
	struct flow_access a = { .addr = 0x1010,
				 .size = 4,
				 .data = 0x12345678 };

	(void)state;
	memset(&ring, 0, sizeof(ring));
	assert_true(ring_put(&w, &a));
	assert_int_equal(ring.ptrs.write_pointer, 1);
	assert_int_equal(ring.buf_ioreq[0].addr, 0x10);
	assert_int_equal(ring.buf_ioreq[0].size, 2);
	assert_int_equal(ring.buf_ioreq[0].dir, IOREQ_WRITE);
	assert_int_equal(ring.buf_ioreq[0].type, IOREQ_TYPE_COPY);
	assert_int_equal(ring.buf_ioreq[0].data, 0x12345678);
	a = (struct flow_access){ .addr = 0x1018,
				  .size = 8,
				  .data = UINT64_C(0x1122334455667788) };
	assert_true(ring_put(&w, &a));
	assert_int_equal(ring.ptrs.write_pointer, 3);
	assert_int_equal(ring.buf_ioreq[1].size, 3);
	assert_int_equal(ring.buf_ioreq[1].data, 0x55667788);
	assert_int_equal(ring.buf_ioreq[2].data, 0x11223344);
}

/* It never overtakes the reader, whose pointer is set back with ours. */
static void ring_full_and_around(void **state)
{
	struct flow_window w = { .size = 0x100, .ring = &ring };
	struct flow_access a = { .size = 4 };
	uint32_t next = 0;

	(void)state;
	memset(&ring, 0, sizeof(ring));
	for (unsigned int i = 0; i < IOREQ_BUFFER_SLOT_NUM; i++) {
		a.data = i;
		assert_true(ring_put(&w, &a));
	}
	assert_false(ring_put(&w, &a));
	a.size = 8;
	ring.ptrs.read_pointer++;
	assert_false(ring_put(&w, &a));
	a.size = 4;
	ring.ptrs.read_pointer--;
	for (unsigned int i = IOREQ_BUFFER_SLOT_NUM; i < 5000; i++) {
		uint32_t at = ring.ptrs.read_pointer % IOREQ_BUFFER_SLOT_NUM;

		assert_int_equal(ring.buf_ioreq[at].data, next++);
		ring.ptrs.read_pointer++;
		a.data = i;
		assert_true(ring_put(&w, &a));
		assert_int_equal(ring.ptrs.write_pointer, w.write);
		assert_true(ring.ptrs.read_pointer < 2 * IOREQ_BUFFER_SLOT_NUM);
	}
}

/* A reader that writes what it likes gets no slot outside of the ring. */
static void ring_with_a_mad_reader(void **state)
{
	struct flow_window w = { .size = 0x100, .ring = &ring };
	struct flow_access a = { .size = 8 };

	(void)state;
	memset(&ring, 0, sizeof(ring));
	ring.ptrs.read_pointer = 1;
	assert_false(ring_put(&w, &a));
	ring.ptrs.read_pointer = ~0u;
	assert_false(ring_put(&w, &a));
	ring.ptrs.read_pointer = 0;
	for (unsigned int i = 0; i < 100000; i++) {
		ring.ptrs.read_pointer = seed;
		ring.ptrs.write_pointer = ~seed;
		(void)random_below(2);
		(void)ring_put(&w, &a);
		assert_true(w.write <= 4 * IOREQ_BUFFER_SLOT_NUM);
	}
}

static const struct CMUnitTest tests[] = {
	HEAP_TEST(ranges_as_bytes),
	HEAP_TEST(ranges_up_to_the_last_byte),
	HEAP_TEST(ranges_have_a_limit),
	HEAP_TEST(ranges_without_memory),
	cmocka_unit_test(states_go_forward),
	cmocka_unit_test(ring_order_and_size),
	cmocka_unit_test(ring_full_and_around),
	cmocka_unit_test(ring_with_a_mad_reader),
};

const struct suite ranges_suite = { tests, ARRAY_SIZE(tests) };
