/* SPDX-License-Identifier: BSD-2-Clause */
/* FIFO delivery: setting it up, the link protocol, guests that misbehave. */
#include <string.h>

#include <arch/map.h>

#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "suites.h"

#define PENDING BIT(EVTCHN_FIFO_PENDING)
#define MASKED	BIT(EVTCHN_FIFO_MASKED)
#define LINKED	BIT(EVTCHN_FIFO_LINKED)
#define BUSY	BIT(EVTCHN_FIFO_BUSY)

/* Pages of dom0's RAM that the tests give away. */
#define CONTROL(vcpu) (8 + (vcpu))
#define ARRAY(i)      (16 + (i))

static uint64_t gfn_of(unsigned int page)
{
	return guest_page(&dom0, page) >> PAGE_SHIFT;
}

static struct evtchn_fifo_control_block *control(unsigned int vcpu)
{
	return guest_at(&dom0, guest_page(&dom0, CONTROL(vcpu)));
}

static event_word_t *word(uint32_t port)
{
	event_word_t *page =
		guest_at(&dom0, guest_page(&dom0, ARRAY(port / 1024)));

	return page + port % 1024;
}

static uint32_t refs(unsigned int page)
{
	return frame_refs(MFN(gfn_of(page)));
}

static void fifo_on(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		memset(control(i), 0, PAGE_SIZE);
		assert_int_equal(
			ev_init_control(&dom0, i, gfn_of(CONTROL(i)), 0), 0);
	}
	memset(word(0), 0, PAGE_SIZE);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(ARRAY(0))), 0);
}

static void init_control_answers(void **state)
{
	const uint64_t good = gfn_of(CONTROL(0));

	(void)state;
	assert_int_equal(ev_init_control(&dom0, 2, good, 0), -XEN_ENOENT);
	assert_int_equal(ev_init_control(&dom0, ~0u, good, 4), -XEN_ENOENT);
	assert_int_equal(ev_init_control(&dom0, 0, good, 4), -XEN_EINVAL);
	assert_int_equal(ev_init_control(&dom0, 0, good, 4032), -XEN_EINVAL);
	assert_int_equal(ev_init_control(&dom0, 0, good, ~0u - 7), -XEN_EINVAL);
	assert_int_equal(ev_init_control(&dom0, 0, 5, 0), -XEN_EINVAL);
	assert_int_equal(ev_init_control(&dom0, 0, BIT(40), 0), -XEN_EINVAL);
	assert_int_equal(ev_expand_array(&dom0, good), -XEN_EOPNOTSUPP);
	assert_int_equal(ev_set_priority(&dom0, 1, 3), -XEN_ENOSYS);
	assert_int_equal(refs(CONTROL(0)), 1);
	assert_int_equal(ev_init_control(&dom0, 0, good, 4024), 0);
	assert_int_equal(refs(CONTROL(0)), 2);
	assert_int_equal(ev_init_control(&dom0, 0, good, 0), -XEN_EINVAL);
	assert_int_equal(refs(CONTROL(0)), 2);
	assert_int_equal(ev_expand_array(&dom0, 5), -XEN_EINVAL);
	assert_int_equal(ev_expand_array(&dom0, BIT(40)), -XEN_EINVAL);
}

/* XSA-188: a failure on the way leaves 2-level delivery as it was. */
static void xsa188_init_control_fails(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	heap_fail(1);
	assert_int_equal(ev_init_control(&dom0, 0, gfn_of(CONTROL(0)), 0),
			 -XEN_ENOMEM);
	assert_int_equal(refs(CONTROL(0)), 1);
	assert_int_equal(ev_init_control(&dom0, 1, 5, 0), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_true(is_pending(&dom0, port));
	assert_int_equal(ev_expand_array(&dom0, gfn_of(ARRAY(0))),
			 -XEN_EOPNOTSUPP);
	fifo_on();
}

static void array_grows_to_its_limit(void **state)
{
	unsigned int nr;

	(void)state;
	fifo_on();
	for (nr = 1; !ev_expand_array(&dom0, gfn_of(ARRAY(nr % 8))); nr++) {
	}
	assert_int_equal(nr, 128);
	assert_int_equal(refs(ARRAY(0)), 17);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(ARRAY(0))), -XEN_ENOSPC);
	/* Full is said before the page is looked at. */
	assert_int_equal(ev_expand_array(&dom0, 5), -XEN_ENOSPC);
}

static void first_event_is_head_and_ready(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(*word(port), PENDING | LINKED);
	assert_int_equal(control(0)->ready, BIT(EVTCHN_FIFO_PRIORITY_DEFAULT));
	assert_int_equal(control(0)->head[EVTCHN_FIFO_PRIORITY_DEFAULT], port);
	assert_int_equal(take_upcalls(self), 1);
	/* Again: it is in the queue. */
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(*word(port), PENDING | LINKED);
	assert_int_equal(take_upcalls(self), 0);
	assert_int_equal(dom0.d->shared_info->evtchn_pending[0], 0);
}

static void events_queue_in_order(void **state)
{
	uint32_t a = ev_ipi(&dom0, 0), b = ev_ipi(&dom0, 0);
	uint32_t c = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, b), 0);
	assert_int_equal(ev_send(&dom0, c), 0);
	assert_int_equal(ev_send(&dom0, a), 0);
	assert_int_equal(control(0)->head[7], b);
	assert_int_equal(*word(b), PENDING | LINKED | c);
	assert_int_equal(*word(c), PENDING | LINKED | a);
	assert_int_equal(*word(a), PENDING | LINKED);
	assert_int_equal(take_upcalls(self), 1);
}

static void priorities_have_their_queues(void **state)
{
	uint32_t low = ev_ipi(&dom0, 0), high = ev_ipi(&dom0, 0);
	uint32_t other = ev_ipi(&dom0, 1);

	(void)state;
	fifo_on();
	assert_int_equal(ev_set_priority(&dom0, low, 15), 0);
	assert_int_equal(ev_set_priority(&dom0, high, 0), 0);
	assert_int_equal(ev_set_priority(&dom0, high, 16), -XEN_EINVAL);
	assert_int_equal(ev_set_priority(&dom0, 40, 3), -XEN_EACCES);
	assert_int_equal(ev_set_priority(&dom0, NO_PORT, 3), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, low), 0);
	assert_int_equal(ev_send(&dom0, high), 0);
	assert_int_equal(ev_send(&dom0, other), 0);
	assert_int_equal(control(0)->ready, BIT(15) | BIT(0));
	assert_int_equal(control(0)->head[15], low);
	assert_int_equal(control(0)->head[0], high);
	assert_int_equal(control(1)->ready, BIT(7));
	assert_int_equal(control(1)->head[7], other);
}

static void masked_stays_out_of_the_queue(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	*word(port) = MASKED;
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(*word(port), PENDING | MASKED);
	assert_int_equal(control(0)->ready, 0);
	assert_int_equal(ev_unmask(&dom0, port), 0);
	assert_int_equal(*word(port), PENDING | LINKED);
	assert_int_equal(control(0)->head[7], port);
	assert_int_equal(take_upcalls(self), 1);
}

/* The guest is about to look at a queue that is ready. */
static void ready_is_told_once(void **state)
{
	uint32_t a = ev_ipi(&dom0, 0), b = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, a), 0);
	assert_int_equal(take_upcalls(self), 1);
	*word(a) = 0;
	self->info->evtchn_upcall_pending = 0;
	assert_int_equal(ev_send(&dom0, b), 0);
	assert_int_equal(control(0)->head[7], b);
	assert_int_equal(take_upcalls(self), 0);
}

static void a_new_channel_has_the_default_priority(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_set_priority(&dom0, port, 2), 0);
	assert_int_equal(ev_close(&dom0, port), 0);
	assert_int_equal(ev_ipi(&dom0, 0), port);
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(control(0)->ready, BIT(EVTCHN_FIFO_PRIORITY_DEFAULT));
}

/* An event that was consumed as the tail of one queue and is then put into
 * another must not be taken for the tail of the first any more. */
static void a_former_tail_in_another_queue(void **state)
{
	uint32_t a = ev_ipi(&dom0, 0), b = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, a), 0);
	*word(a) = 0;
	control(0)->ready = 0;
	assert_int_equal(ev_set_priority(&dom0, a, 3), 0);
	assert_int_equal(ev_send(&dom0, a), 0);
	assert_int_equal(control(0)->head[3], a);
	assert_int_equal(ev_send(&dom0, b), 0);
	assert_int_equal(*word(a), PENDING | LINKED);
	assert_int_equal(control(0)->head[7], b);
	assert_int_equal(control(0)->ready, BIT(3) | BIT(7));
}

/* XSA-107: a vCPU without control block, the first one too. */
static void xsa107_missing_control_block(void **state)
{
	uint32_t first = ev_ipi(&dom0, 0), second = ev_ipi(&dom0, 1);
	uint32_t mine, theirs;

	(void)state;
	ev_connect(&mine, &theirs);
	memset(control(1), 0, PAGE_SIZE);
	memset(word(0), 0, PAGE_SIZE);
	assert_int_equal(ev_init_control(&dom0, 1, gfn_of(CONTROL(1)), 0), 0);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(ARRAY(0))), 0);
	assert_int_equal(ev_send(&dom0, first), 0);
	assert_int_equal(*word(first), PENDING);
	assert_int_equal(ev_send(&dom0, second), 0);
	assert_int_equal(control(1)->head[7], second);
	assert_int_equal(ev_send(&domu, theirs), 0);
	assert_int_equal(ev_bind_vcpu(&dom0, mine, 1), 0);
	assert_int_equal(ev_send(&domu, theirs), 0);
	assert_int_equal(*word(second), PENDING | LINKED | mine);
}

static void early_events_wait_for_their_page(void **state)
{
	uint32_t early = ev_ipi(&dom0, 0), before = ev_ipi(&dom0, 0);

	(void)state;
	/* Pending when the ABI changes. */
	assert_int_equal(ev_send(&dom0, before), 0);
	memset(control(0), 0, PAGE_SIZE);
	memset(word(0), 0, PAGE_SIZE);
	assert_int_equal(ev_init_control(&dom0, 0, gfn_of(CONTROL(0)), 0), 0);
	take_upcalls(self);
	self->info->evtchn_upcall_pending = 0;
	/* Raised when there is no word yet; closed ones are forgotten. */
	assert_int_equal(ev_send(&dom0, early), 0);
	assert_int_equal(ev_send(&dom0, ev_ipi(&dom0, 0)), 0);
	assert_int_equal(ev_close(&dom0, 3), 0);
	assert_int_equal(ev_unmask(&dom0, early), 0);
	assert_int_equal(take_upcalls(self), 0);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(ARRAY(0))), 0);
	assert_int_equal(control(0)->head[7], early);
	assert_int_equal(*word(early), PENDING | LINKED | before);
	assert_int_equal(*word(before), PENDING | LINKED);
	assert_int_equal(*word(3), 0);
	assert_int_equal(take_upcalls(self), 1);
}

static void linked_ports_are_not_used_again(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0), next;

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(ev_close(&dom0, port), 0);
	assert_int_equal(*word(port), LINKED);
	next = ev_ipi(&dom0, 0);
	assert_int_not_equal(next, port);
	*word(port) = 0;
	assert_int_equal(ev_ipi(&dom0, 0), port);
}

/* The guest changes the tail's mask while the hypervisor appends. */
static void busy_asks_the_guest_to_hold_back(void **state)
{
	uint32_t a = ev_ipi(&dom0, 0), b = ev_ipi(&dom0, 0);
	uint32_t c = ev_ipi(&dom0, 0);

	(void)state;
	fifo_on();
	assert_int_equal(ev_send(&dom0, a), 0);
	swaps_unstable(3);
	assert_int_equal(ev_send(&dom0, b), 0);
	assert_int_equal(*word(a), PENDING | LINKED | b);
	assert_false(swap_saw(word(a), BUSY));
	swaps_unstable(6);
	assert_int_equal(ev_send(&dom0, c), 0);
	assert_true(swap_saw(word(b), BUSY));
	/* It is gone with the link. */
	assert_int_equal(*word(b), PENDING | LINKED | c);
	assert_int_equal(nr_stopped(), 0);
}

/* XSA-295: the same words, never still. */
static void xsa295_unstable_event_words(void **state)
{
	uint32_t a = ev_ipi(&dom0, 0), b = ev_ipi(&dom0, 0);
	unsigned int nth;

	(void)state;
	fifo_on();
	/* Pending, linked, ready, upcall. */
	for (nth = 1; nth <= 4; nth++) {
		word_unstable_at(nth);
		assert_int_equal(ev_send(&dom0, a), 0);
		assert_int_equal(nr_stopped(), nth);
		*word(a) = 0;
		control(0)->ready = 0;
		self->info->evtchn_upcall_pending = 0;
	}
	assert_int_equal(ev_send(&dom0, a), 0);
	assert_int_equal(nr_stopped(), 4);
	swaps_unstable(1u << 20);
	assert_int_equal(ev_send(&dom0, b), 0);
	assert_int_equal(nr_stopped(), 5);
	assert_ptr_equal(last_stopped(), dom0.d);
	swaps_unstable(0);
	/* No lock was left behind. */
	assert_int_equal(ev_send(&dom0, a), 0);
	assert_int_equal(nr_stopped(), 5);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* A guest that writes anything anywhere loses its own events, no more. */
static void scribbled_words_and_heads(void **state)
{
	uint32_t seed = 42;

	(void)state;
	fifo_on();
	for (unsigned int i = 0; i < 100; i++) {
		ev_ipi(&dom0, i & 1);
	}
	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t port = next_random(&seed) % 101;
		uint32_t *target = next_random(&seed) % 4
					   ? word(next_random(&seed) % 101)
					   : (uint32_t *)control(i & 1) +
						     next_random(&seed) % 18;

		*target = next_random(&seed) << 8 ^ next_random(&seed);
		ev_send(&dom0, port);
		if (i % 7 == 0) {
			ev_unmask(&dom0, port);
			ev_set_priority(&dom0, port, i % 16);
		}
		if (i % 31 == 0 && !ev_close(&dom0, port)) {
			ev_ipi(&dom0, i & 1);
		}
	}
	assert_int_equal(nr_stopped(), 0);
	memset(word(0), 0, PAGE_SIZE);
	for (unsigned int i = 0; i < 2; i++) {
		memset(control(i), 0, PAGE_SIZE);
	}
	/* Delivery goes on for a guest that comes to its senses. */
	self->info->evtchn_upcall_pending = 0;
	take_upcalls(self);
	assert_int_equal(ev_send(&dom0, ev_ipi(&dom0, 0)), 0);
	assert_int_equal(take_upcalls(self), 1);
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(init_control_answers),
	EVTCHN_TEST(xsa188_init_control_fails),
	EVTCHN_TEST(array_grows_to_its_limit),
	EVTCHN_TEST(first_event_is_head_and_ready),
	EVTCHN_TEST(events_queue_in_order),
	EVTCHN_TEST(priorities_have_their_queues),
	EVTCHN_TEST(masked_stays_out_of_the_queue),
	EVTCHN_TEST(ready_is_told_once),
	EVTCHN_TEST(a_new_channel_has_the_default_priority),
	EVTCHN_TEST(a_former_tail_in_another_queue),
	EVTCHN_TEST(xsa107_missing_control_block),
	EVTCHN_TEST(early_events_wait_for_their_page),
	EVTCHN_TEST(linked_ports_are_not_used_again),
	EVTCHN_TEST(busy_asks_the_guest_to_hold_back),
	EVTCHN_TEST(xsa295_unstable_event_words),
	EVTCHN_TEST(scribbled_words_and_heads),
};

const struct suite fifo_suite = { tests, ARRAY_SIZE(tests) };
