/* SPDX-License-Identifier: BSD-2-Clause */
/* 2-level delivery, upcalls, VIRQs, polls. */
#include <string.h>

#include "evtchn/evtchn.h"
#include "suites.h"

static uint64_t selector(const struct vcpu *v)
{
	return v->info->evtchn_pending_sel;
}

/* The guest takes its events: upcall and selector are clear. */
static void consume(struct vcpu *v)
{
	v->info->evtchn_upcall_pending = 0;
	v->info->evtchn_pending_sel = 0;
	take_upcalls(v);
}

static void send_marks_and_calls_once(void **state)
{
	uint32_t port = 0;

	(void)state;
	while (port < 130) {
		port = ev_ipi(&dom0, 0);
	}
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_true(is_pending(&dom0, port));
	assert_int_equal(selector(self), BIT(port / 64));
	assert_true(evtchn_upcall_pending(self));
	assert_int_equal(take_upcalls(self), 1);
	/* Pending already: nothing new to tell. */
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(take_upcalls(self), 0);
	/* Another one, and the upcall is still waiting. */
	assert_int_equal(ev_send(&dom0, 5), 0);
	assert_int_equal(selector(self), BIT(port / 64) | BIT(0));
	assert_int_equal(take_upcalls(self), 0);
	consume(self);
	assert_int_equal(ev_send(&dom0, 6), 0);
	assert_int_equal(take_upcalls(self), 1);
	assert_int_equal(take_upcalls(dom0.d->vcpu[1]), 0);
	/* The guest is about to look at that selector bit. */
	self->info->evtchn_upcall_pending = 0;
	assert_int_equal(ev_send(&dom0, 7), 0);
	assert_int_equal(take_upcalls(self), 0);
}

static void every_port_has_its_own_bit(void **state)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	const struct shared_info *s = dom0.d->shared_info;
	unsigned int bits = 0;

	(void)state;
	while (!EV(dom0, bind_ipi, &op)) {
		consume(self);
		assert_int_equal(ev_send(&dom0, op.port), 0);
		assert_true(is_pending(&dom0, op.port));
		assert_int_equal(selector(self), BIT(op.port / 64));
	}
	for (unsigned int i = 0; i < 64; i++) {
		bits += __builtin_popcountll(s->evtchn_pending[i]);
		assert_int_equal(s->evtchn_mask[i], 0);
	}
	assert_int_equal(bits, 4095);
}

static void masked_is_marked_and_no_more(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	set_masked(&dom0, port, true);
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_true(is_pending(&dom0, port));
	assert_int_equal(selector(self), 0);
	assert_false(evtchn_upcall_pending(self));
	assert_int_equal(take_upcalls(self), 0);
	/* Unmasking makes up for it. */
	assert_int_equal(ev_unmask(&dom0, port), 0);
	assert_int_equal(dom0.d->shared_info->evtchn_mask[0], 0);
	assert_int_equal(selector(self), BIT(0));
	assert_int_equal(take_upcalls(self), 1);
	/* It was not masked: nothing to make up for. */
	consume(self);
	assert_int_equal(ev_unmask(&dom0, port), 0);
	assert_int_equal(selector(self), 0);
	assert_int_equal(take_upcalls(self), 0);
}

static void unmask_of_nothing_pending(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);

	(void)state;
	set_masked(&dom0, port, true);
	assert_int_equal(ev_unmask(&dom0, port), 0);
	assert_int_equal(take_upcalls(self), 0);
	assert_int_equal(ev_unmask(&dom0, 40), 0);
	assert_int_equal(ev_unmask(&dom0, NO_PORT), -XEN_EINVAL);
}

static void send_reaches_the_other_end(void **state)
{
	struct vcpu *theirs_v = domu.d->vcpu[0];
	uint32_t mine, theirs;

	(void)state;
	ev_connect(&mine, &theirs);
	consume(self);
	assert_int_equal(ev_send(&dom0, mine), 0);
	assert_true(is_pending(&domu, theirs));
	assert_int_equal(take_upcalls(theirs_v), 1);
	assert_int_equal(take_upcalls(self), 0);
	/* And back, to the vCPU that was asked for. */
	dom0.d->shared_info->evtchn_pending[0] = 0;
	assert_int_equal(ev_bind_vcpu(&dom0, mine, 1), 0);
	assert_int_equal(ev_send(&domu, theirs), 0);
	assert_int_equal(take_upcalls(dom0.d->vcpu[1]), 1);
	assert_int_equal(take_upcalls(self), 0);
	/* Nobody there any more: lost, and no error. */
	assert_int_equal(ev_close(&domu, theirs), 0);
	assert_int_equal(ev_send(&dom0, mine), 0);
	assert_false(is_pending(&domu, theirs));
}

static void send_answers(void **state)
{
	(void)state;
	assert_int_equal(ev_send(&dom0, 0), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, 7), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, 64), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, NO_PORT), -XEN_EINVAL);
	assert_int_equal(ev_send(&dom0, ~0u), -XEN_EINVAL);
}

static uint32_t bind_virq(uint32_t which, uint32_t vcpu)
{
	struct evtchn_bind_virq op = { .virq = which, .vcpu = vcpu };

	assert_int_equal(EV(dom0, bind_virq, &op), 0);
	return op.port;
}

static void virqs_find_their_vcpu(void **state)
{
	struct vcpu *other = dom0.d->vcpu[1];
	uint32_t timer, console;

	(void)state;
	evtchn_send_virq(dom0.d, self, VIRQ_TIMER);
	evtchn_send_virq(dom0.d, NULL, VIRQ_CONSOLE);
	assert_int_equal(take_upcalls(self), 0);
	timer = bind_virq(VIRQ_TIMER, 1);
	console = bind_virq(VIRQ_CONSOLE, 0);
	evtchn_send_virq(dom0.d, self, VIRQ_TIMER);
	assert_false(is_pending(&dom0, timer));
	evtchn_send_virq(dom0.d, other, VIRQ_TIMER);
	assert_true(is_pending(&dom0, timer));
	assert_int_equal(take_upcalls(other), 1);
	/* A global one goes where the guest moved it. */
	consume(other);
	assert_int_equal(ev_bind_vcpu(&dom0, console, 1), 0);
	evtchn_send_virq(dom0.d, NULL, VIRQ_CONSOLE);
	assert_true(is_pending(&dom0, console));
	assert_int_equal(take_upcalls(other), 1);
	assert_int_equal(take_upcalls(self), 0);
}

static void moved_vcpu_info_loses_nothing(void **state)
{
	static struct vcpu_info elsewhere;
	struct vcpu_info *before = self->info;

	(void)state;
	memset(&elsewhere, 0, sizeof(elsewhere));
	self->info = &elsewhere;
	evtchn_info_moved(self);
	assert_int_equal(elsewhere.evtchn_upcall_pending, 1);
	assert_int_equal(elsewhere.evtchn_pending_sel, ~UINT64_C(0));
	assert_int_equal(take_upcalls(self), 1);
	assert_int_equal(elsewhere.time.version, 0);
	self->info = before;
}

/* XSA-221: ports that nobody has, polled and looked at. */
static void xsa221_ports_without_channel(void **state)
{
	evtchn_port_t ports[] = { 1, 5, 0 };

	(void)state;
	ev_ipi(&dom0, 0);
	assert_int_equal(evtchn_poll(self, ports, 3), 0);
	ports[2] = 64;
	assert_int_equal(evtchn_poll(self, ports, 3), -XEN_EINVAL);
	ports[2] = NO_PORT;
	assert_int_equal(evtchn_poll(self, ports, 3), -XEN_EINVAL);
	assert_int_equal(ev_unmask(&dom0, 5), 0);
	assert_int_equal(evtchn_poll(self, ports, 0), 0);
}

static void poll_sees_masked_ports(void **state)
{
	uint32_t port = ev_ipi(&dom0, 0);
	evtchn_port_t ports[] = { 9, port };

	(void)state;
	set_masked(&dom0, port, true);
	assert_int_equal(evtchn_poll(self, ports, 2), 0);
	/* What SCHEDOP_poll does before it waits. */
	self->poll_port = port;
	dom0.d->polling = BIT(self->id);
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(dom0.d->polling, 0);
	assert_int_equal(evtchn_poll(self, ports, 2), 1);
}

/* XSA-295: a guest that keeps a word busy is stopped; nobody waits for it. */
static void xsa295_unstable_words(void **state)
{
	uint32_t mine, theirs, ipi = ev_ipi(&dom0, 0);
	unsigned int nth;

	(void)state;
	ev_connect(&mine, &theirs);
	/* Pending bit, selector, upcall. */
	for (nth = 1; nth <= 3; nth++) {
		word_unstable_at(nth);
		assert_int_equal(ev_send(&dom0, mine), 0);
		assert_int_equal(nr_stopped(), nth);
		assert_ptr_equal(last_stopped(), domu.d);
		domu.d->shared_info->evtchn_pending[0] = 0;
		consume(domu.d->vcpu[0]);
	}
	word_unstable_at(1);
	assert_int_equal(ev_unmask(&dom0, ipi), 0);
	assert_int_equal(nr_stopped(), nth++);
	assert_ptr_equal(last_stopped(), dom0.d);
	word_unstable_at(1);
	assert_int_equal(ev_close(&dom0, ipi), 0);
	assert_int_equal(nr_stopped(), nth++);
	assert_int_equal(ev_status(&dom0, ipi).status, EVTCHNSTAT_closed);
	word_unstable_at(3);
	evtchn_info_moved(domu.d->vcpu[0]);
	assert_int_equal(nr_stopped(), nth);
	/* No lock was left behind. */
	assert_int_equal(ev_send(&dom0, mine), 0);
	assert_true(is_pending(&domu, theirs));
	assert_int_equal(nr_stopped(), nth);
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(send_marks_and_calls_once),
	EVTCHN_TEST(every_port_has_its_own_bit),
	EVTCHN_TEST(masked_is_marked_and_no_more),
	EVTCHN_TEST(unmask_of_nothing_pending),
	EVTCHN_TEST(send_reaches_the_other_end),
	EVTCHN_TEST(send_answers),
	EVTCHN_TEST(virqs_find_their_vcpu),
	EVTCHN_TEST(moved_vcpu_info_loses_nothing),
	EVTCHN_TEST(xsa221_ports_without_channel),
	EVTCHN_TEST(poll_sees_masked_ports),
	EVTCHN_TEST(xsa295_unstable_words),
};

const struct suite twolevel_suite = { tests, ARRAY_SIZE(tests) };
