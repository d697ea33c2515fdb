/* SPDX-License-Identifier: BSD-2-Clause */
/* EVTCHNOP_reset: what is left afterwards, and in between. */
#include <string.h>

#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "hypercall/hypercall.h"
#include "suites.h"

static uint64_t gfn_of(unsigned int page)
{
	return guest_page(&dom0, page) >> PAGE_SHIFT;
}

static int64_t reset(const struct guest *g, domid_t dom)
{
	struct evtchn_reset op = { .dom = dom };

	return EV(*g, reset, &op);
}

static void fifo_on(void)
{
	memset(guest_at(&dom0, guest_page(&dom0, 8)), 0, 9 * PAGE_SIZE);
	assert_int_equal(ev_init_control(&dom0, 0, gfn_of(8), 0), 0);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(16)), 0);
}

static void reset_answers(void **state)
{
	(void)state;
	assert_int_equal(reset(&dom0, NO_DOMAIN), -XEN_ESRCH);
	assert_int_equal(reset(&domu, 0), -XEN_EPERM);
	/* It is not paused. */
	assert_int_equal(reset(&dom0, 1), -XEN_EINVAL);
	assert_int_equal(reset(&dom0, 0), 0);
	assert_int_equal(reset(&domu, DOMID_SELF), 0);
}

static void reset_closes_everything(void **state)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_TIMER, .vcpu = 1 };
	uint32_t mine, theirs;

	(void)state;
	ev_connect(&mine, &theirs);
	assert_int_equal(EV(dom0, bind_virq, &op), 0);
	for (unsigned int i = 0; i < 200; i++) {
		ev_ipi(&dom0, 0);
	}
	fifo_on();
	assert_int_equal(reset(&dom0, DOMID_SELF), 0);
	for (uint32_t port = 1; port < 202; port++) {
		assert_int_equal(ev_status(&dom0, port).status,
				 EVTCHNSTAT_closed);
	}
	assert_int_equal(ev_status(&domu, theirs).status, EVTCHNSTAT_unbound);
	assert_int_equal(EV(dom0, bind_virq, &op), 0);
	assert_int_equal(op.port, 1);
	/* 2-level again, and the guest's pages are its own. */
	assert_int_equal(ev_set_priority(&dom0, 1, 0), -XEN_ENOSYS);
	assert_int_equal(frame_refs(MFN(gfn_of(8))), 1);
	assert_int_equal(frame_refs(MFN(gfn_of(16))), 1);
	evtchn_send_virq(dom0.d, dom0.d->vcpu[1], VIRQ_TIMER);
	assert_true(is_pending(&dom0, 1));
	/* And back once more. */
	fifo_on();
}

/* XSA-505: the ABI in force is not what it was a moment ago. */
static void xsa505_expand_after_reset(void **state)
{
	(void)state;
	fifo_on();
	assert_int_equal(reset(&dom0, DOMID_SELF), 0);
	assert_int_equal(ev_expand_array(&dom0, gfn_of(16)), -XEN_EOPNOTSUPP);
	assert_int_equal(frame_refs(MFN(gfn_of(16))), 1);
}

/* XSA-342: ports beyond what 2-level can name, when it is back. */
static void xsa342_ports_beyond_2_level(void **state)
{
	struct shared_info *s = dom0.d->shared_info;
	static char before[PAGE_SIZE];
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	evtchn_port_t high = 4200;

	(void)state;
	fifo_on();
	do {
		assert_int_equal(EV(dom0, bind_ipi, &op), 0);
	} while (op.port < high);
	assert_int_equal(ev_send(&dom0, high), 0);
	assert_int_equal(reset(&dom0, DOMID_SELF), 0);
	/* What lies beyond the bits would be taken for pending and masked. */
	memset((char *)s + offsetof(struct shared_info, evtchn_mask), 0xff,
	       PAGE_SIZE - offsetof(struct shared_info, evtchn_mask));
	memcpy(before, s, PAGE_SIZE);
	assert_int_equal(ev_status(&dom0, high).status, EVTCHNSTAT_closed);
	assert_int_equal(ev_unmask(&dom0, high), 0);
	assert_int_equal(ev_send(&dom0, high), -XEN_EINVAL);
	assert_int_equal(ev_close(&dom0, high), -XEN_EINVAL);
	assert_int_equal(evtchn_poll(self, &high, 1), 0);
	assert_memory_equal(s, before, PAGE_SIZE);
	while (!EV(dom0, bind_ipi, &op)) {
	}
	assert_int_equal(op.port, 4095);
}

/* The tail of before is in no queue of after, whatever its word says. */
static void reset_forgets_the_tails(void **state)
{
	event_word_t *words = guest_at(&dom0, guest_page(&dom0, 16));
	struct evtchn_fifo_control_block *control =
		guest_at(&dom0, guest_page(&dom0, 8));
	uint32_t port, other;

	(void)state;
	port = ev_ipi(&dom0, 0);
	fifo_on();
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(reset(&dom0, DOMID_SELF), 0);
	fifo_on();
	words[port] = BIT(EVTCHN_FIFO_LINKED);
	other = ev_ipi(&dom0, 0);
	assert_int_not_equal(other, port);
	assert_int_equal(ev_send(&dom0, other), 0);
	assert_int_equal(control->head[7], other);
	assert_int_equal(words[port], BIT(EVTCHN_FIFO_LINKED));
}

/* XSA-344: it gives way to interrupts; XSA-343: meanwhile others may not
 * begin another, and can open ports. */
static void xsa344_reset_is_preemptible(void **state)
{
	struct evtchn_reset *op = guest_at(&dom0, dom0.ram);
	uint64_t x[5] = { EVTCHNOP_reset, dom0.ram };
	unsigned int rounds = 0;
	int64_t rc;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		ev_ipi(&dom0, 0);
	}
	op->dom = DOMID_SELF;
	do {
		host_irq_waiting_after(0);
		rc = hypercall_event_channel_op(self, x);
		host_irq_waiting_after(~0u);
		if (rc != HYPERCALL_AGAIN) {
			break;
		}
		rounds++;
		assert_int_equal(reset(&dom0, DOMID_SELF), -XEN_EBUSY);
		op->dom = DOMID_SELF;
	} while (rounds < 100);
	assert_int_equal(rc, 0);
	assert_in_range(rounds, 10, 20);
	/* Nothing to go on with now. */
	assert_int_equal(ev_call(&dom0, EVTCHNOP_reset_cont, op, sizeof(*op)),
			 -XEN_EBUSY);
}

static void ports_opened_during_a_reset(void **state)
{
	struct evtchn_reset *op = guest_at(&dom0, dom0.ram);
	uint64_t x[5] = { EVTCHNOP_reset, dom0.ram };
	uint32_t port = 0;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		ev_ipi(&dom0, 0);
	}
	fifo_on();
	op->dom = DOMID_SELF;
	host_irq_waiting_after(0);
	assert_true(hypercall_event_channel_op(self, x) == HYPERCALL_AGAIN);
	host_irq_waiting_after(~0u);
	port = ev_ipi(&dom0, 0);
	assert_int_equal(port, 1);
	op->dom = DOMID_SELF;
	assert_int_equal(hypercall_event_channel_op(self, x), -XEN_EAGAIN);
	/* It is there, and FIFO delivery with it. */
	assert_int_equal(ev_status(&dom0, port).status, EVTCHNSTAT_ipi);
	assert_int_equal(ev_set_priority(&dom0, port, 0), 0);
	assert_int_equal(ev_send(&dom0, port), 0);
	assert_int_equal(reset(&dom0, DOMID_SELF), 0);
	assert_int_equal(frame_refs(MFN(gfn_of(8))), 1);
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(reset_answers),
	EVTCHN_TEST(reset_closes_everything),
	EVTCHN_TEST(xsa505_expand_after_reset),
	EVTCHN_TEST(xsa342_ports_beyond_2_level),
	EVTCHN_TEST(reset_forgets_the_tails),
	EVTCHN_TEST(xsa344_reset_is_preemptible),
	EVTCHN_TEST(ports_opened_during_a_reset),
};

const struct suite reset_suite = { tests, ARRAY_SIZE(tests) };
