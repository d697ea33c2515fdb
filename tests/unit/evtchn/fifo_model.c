/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FIFO delivery against a guest that plays by the rules, and a naive model:
 * an event that was raised and is not masked is handled, once, by the vCPU
 * and in the order of its queue.
 */
#include <string.h>

#include "evtchn/evtchn.h"
#include "suites.h"

#define PENDING BIT(EVTCHN_FIFO_PENDING)
#define MASKED	BIT(EVTCHN_FIFO_MASKED)
#define LINKED	BIT(EVTCHN_FIFO_LINKED)
#define LINK	EVTCHN_FIFO_LINK_MASK

#define NR_PORTS 24
#define NR_VCPUS 2
#define STEPS	 40000

/* What the model knows of a port. */
struct model_port {
	bool raised; /* and not handled since */
	bool masked;
};

static struct model_port model[NR_PORTS + 1];
static uint32_t queue_head[NR_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
static uint32_t seed;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 10) % n;
}

static uint64_t gfn_of(unsigned int page)
{
	return guest_page(&dom0, page) >> PAGE_SHIFT;
}

static struct evtchn_fifo_control_block *control(unsigned int vcpu)
{
	return guest_at(&dom0, guest_page(&dom0, 8 + vcpu));
}

static event_word_t *word(uint32_t port)
{
	return (event_word_t *)guest_at(&dom0, guest_page(&dom0, 16)) + port;
}

/* The event at the head of queue @q is taken off and handled, if it is not
 * masked. The guest's side of the protocol. */
static void take_one(unsigned int vcpu, unsigned int q)
{
	uint32_t head = queue_head[vcpu][q];
	uint32_t link;

	if (!head) {
		head = control(vcpu)->head[q];
		assert_int_not_equal(head, 0);
	}
	assert_in_range(head, 1, NR_PORTS);
	assert_true(*word(head) & LINKED);
	link = *word(head) & LINK;
	*word(head) &= ~(LINKED | LINK);
	if (!link) {
		control(vcpu)->ready &= ~BIT(q);
	}
	if ((*word(head) & PENDING) && !(*word(head) & MASKED)) {
		assert_true(model[head].raised);
		model[head].raised = false;
		*word(head) &= ~PENDING;
	}
	queue_head[vcpu][q] = link;
}

static void take_some(unsigned int vcpu, unsigned int most)
{
	struct vcpu *v = dom0.d->vcpu[vcpu];
	uint32_t ready = control(vcpu)->ready;

	v->info->evtchn_upcall_pending = 0;
	while (ready && most--) {
		take_one(vcpu, (unsigned int)__builtin_ctz(ready));
		ready = control(vcpu)->ready;
	}
	/* Stopped in the middle: it will come back by itself. */
}

static void take_all(void)
{
	for (unsigned int vcpu = 0; vcpu < NR_VCPUS; vcpu++) {
		take_some(vcpu, NR_PORTS * 4);
		assert_int_equal(control(vcpu)->ready, 0);
	}
	for (uint32_t port = 1; port <= NR_PORTS; port++) {
		assert_int_equal(model[port].raised,
				 model[port].masked && model[port].raised);
		assert_int_equal(!!(*word(port) & PENDING), model[port].raised);
		assert_int_equal(*word(port) & (LINKED | LINK), 0);
	}
}

static void mask(uint32_t port)
{
	*word(port) |= MASKED;
	model[port].masked = true;
}

static void step(void)
{
	uint32_t port = 1 + rnd(NR_PORTS);

	switch (rnd(12)) {
	case 0:
		mask(port);
		break;
	case 1:
		assert_int_equal(ev_unmask(&dom0, port), 0);
		model[port].masked = false;
		break;
	case 2:
		assert_int_equal(ev_set_priority(&dom0, port, rnd(16)), 0);
		break;
	case 3:
		assert_int_equal(ev_bind_vcpu(&dom0, port, rnd(NR_VCPUS)), 0);
		break;
	case 4:
	case 5:
		take_some(rnd(NR_VCPUS), 1 + rnd(6));
		break;
	default:
		assert_int_equal(ev_send(&domu, port), 0);
		model[port].raised = true;
	}
}

static void every_event_is_handled(void **state)
{
	uint32_t mine, theirs;

	(void)state;
	seed = 7;
	memset(model, 0, sizeof(model));
	memset(queue_head, 0, sizeof(queue_head));
	memset(word(0), 0, PAGE_SIZE);
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		memset(control(i), 0, PAGE_SIZE);
		assert_int_equal(ev_init_control(&dom0, i, gfn_of(8 + i), 0),
				 0);
	}
	assert_int_equal(ev_expand_array(&dom0, gfn_of(16)), 0);
	for (uint32_t port = 1; port <= NR_PORTS; port++) {
		ev_connect(&mine, &theirs);
		assert_int_equal(mine, port);
		assert_int_equal(theirs, port);
		model[port].raised = true;
	}
	for (unsigned int i = 0; i < STEPS; i++) {
		step();
		if (i % 500 == 0) {
			take_all();
		}
	}
	take_all();
	for (uint32_t port = 1; port <= NR_PORTS; port++) {
		assert_int_equal(ev_unmask(&dom0, port), 0);
		model[port].masked = false;
	}
	take_all();
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(every_event_is_handled),
};

const struct suite fifo_model_suite = { tests, ARRAY_SIZE(tests) };
