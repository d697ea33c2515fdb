/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and breaking bindings: answers, rights, limits. */
#include <string.h>

#include "evtchn/evtchn.h"
#include "frame/heap.h"
#include "s2/attr.h"
#include "suites.h"

#define TWOLEVEL_PORTS 4096
#define DOMU_MAX_PORT  1023

static int64_t alloc(const struct guest *g, domid_t dom, domid_t remote,
		     uint32_t *port)
{
	struct evtchn_alloc_unbound op = { .dom = dom, .remote_dom = remote };
	int64_t rc = EV(*g, alloc_unbound, &op);

	*port = op.port;
	return rc;
}

static int64_t interdomain(const struct guest *g, domid_t dom, uint32_t remote,
			   uint32_t *port)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = dom,
		.remote_port = remote,
	};
	int64_t rc = EV(*g, bind_interdomain, &op);

	*port = op.local_port;
	return rc;
}

static int64_t virq(const struct guest *g, uint32_t which, uint32_t vcpu,
		    uint32_t *port)
{
	struct evtchn_bind_virq op = { .virq = which, .vcpu = vcpu };
	int64_t rc = EV(*g, bind_virq, &op);

	*port = op.port;
	return rc;
}

static void lowest_free_port_first(void **state)
{
	(void)state;
	for (uint32_t want = 1; want <= 200; want++) {
		assert_int_equal(ev_unbound(&dom0, 1), want);
	}
	assert_int_equal(ev_close(&dom0, 150), 0);
	assert_int_equal(ev_close(&dom0, 7), 0);
	assert_int_equal(ev_close(&dom0, 70), 0);
	assert_int_equal(ev_ipi(&dom0, 0), 7);
	assert_int_equal(ev_ipi(&dom0, 0), 70);
	assert_int_equal(ev_ipi(&dom0, 0), 150);
	assert_int_equal(ev_ipi(&dom0, 0), 201);
}

static void alloc_unbound_answers(void **state)
{
	struct evtchn_status st;
	struct guest other;
	uint32_t port;

	(void)state;
	assert_int_equal(alloc(&dom0, NO_DOMAIN, 0, &port), -XEN_ESRCH);
	assert_int_equal(alloc(&dom0, DOMID_SELF, NO_DOMAIN, &port),
			 -XEN_ESRCH);
	assert_int_equal(alloc(&dom0, DOMID_SELF, DOMID_XEN, &port),
			 -XEN_ESRCH);
	/* The control domain may do it for others, nobody else may. */
	assert_int_equal(alloc(&dom0, 1, 0, &port), 0);
	st = ev_status(&domu, port);
	assert_int_equal(st.status, EVTCHNSTAT_unbound);
	assert_int_equal(st.u.unbound.dom, 0);
	assert_int_equal(alloc(&domu, 0, 1, &port), -XEN_EPERM);
	assert_int_equal(alloc(&domu, 1, 0, &port), 0);
	/* Guests reach the control domain and themselves, not one another. */
	other = guest_make(2, false, 1);
	assert_int_equal(alloc(&domu, DOMID_SELF, 2, &port), -XEN_EPERM);
	assert_int_equal(alloc(&domu, DOMID_SELF, DOMID_SELF, &port), 0);
	assert_int_equal(alloc(&dom0, 1, 2, &port), -XEN_EPERM);
	assert_int_equal(alloc(&dom0, DOMID_SELF, 2, &port), 0);
	guest_end(&other);
}

static void interdomain_binds_and_unbinds(void **state)
{
	uint32_t mine, theirs, again;
	struct evtchn_status st;

	(void)state;
	ev_connect(&mine, &theirs);
	/* What was sent before anybody could hear it may not be lost. */
	assert_true(is_pending(&dom0, mine));
	assert_false(is_pending(&domu, theirs));
	st = ev_status(&dom0, mine);
	assert_int_equal(st.status, EVTCHNSTAT_interdomain);
	assert_int_equal(st.u.interdomain.dom, 1);
	assert_int_equal(st.u.interdomain.port, theirs);
	st = ev_status(&domu, theirs);
	assert_int_equal(st.status, EVTCHNSTAT_interdomain);
	assert_int_equal(st.u.interdomain.dom, 0);
	assert_int_equal(st.u.interdomain.port, mine);
	/* A bound port cannot be bound again. */
	assert_int_equal(interdomain(&dom0, 1, theirs, &again), -XEN_EINVAL);

	assert_int_equal(ev_close(&dom0, mine), 0);
	assert_false(is_pending(&dom0, mine));
	assert_int_equal(ev_status(&dom0, mine).status, EVTCHNSTAT_closed);
	st = ev_status(&domu, theirs);
	assert_int_equal(st.status, EVTCHNSTAT_unbound);
	assert_int_equal(st.u.unbound.dom, 0);
	assert_int_equal(interdomain(&dom0, 1, theirs, &again), 0);
	assert_int_equal(again, mine);
	assert_int_equal(ev_close(&domu, theirs), 0);
	assert_int_equal(ev_status(&dom0, mine).u.unbound.dom, 1);
}

static void interdomain_answers(void **state)
{
	uint32_t ipi, unbound, for_self, port;

	(void)state;
	ipi = ev_ipi(&domu, 0);
	unbound = ev_unbound(&domu, 0);
	for_self = ev_unbound(&domu, DOMID_SELF);
	assert_int_equal(interdomain(&dom0, NO_DOMAIN, 1, &port), -XEN_ESRCH);
	assert_int_equal(interdomain(&dom0, DOMID_XEN, 1, &port), -XEN_ESRCH);
	assert_int_equal(interdomain(&dom0, 1, 0, &port), -XEN_EINVAL);
	assert_int_equal(interdomain(&dom0, 1, ipi, &port), -XEN_EINVAL);
	assert_int_equal(interdomain(&dom0, 1, for_self, &port), -XEN_EINVAL);
	assert_int_equal(interdomain(&dom0, 1, 40, &port), -XEN_EINVAL);
	assert_int_equal(interdomain(&dom0, 1, NO_PORT, &port), -XEN_EINVAL);
	assert_int_equal(interdomain(&dom0, 1, unbound, &port), 0);
	/* None of the failures has kept a port. */
	assert_int_equal(port, 1);
}

static void loopback_binds_and_unbinds(void **state)
{
	uint32_t near, far = ev_unbound(&dom0, DOMID_SELF);

	(void)state;
	assert_int_equal(interdomain(&dom0, DOMID_SELF, far, &near), 0);
	assert_int_not_equal(near, far);
	assert_int_equal(ev_send(&dom0, near), 0);
	assert_true(is_pending(&dom0, far));
	assert_int_equal(ev_close(&dom0, far), 0);
	assert_int_equal(ev_status(&dom0, near).status, EVTCHNSTAT_unbound);
	assert_int_equal(ev_close(&dom0, near), 0);
}

static bool is_per_vcpu(uint32_t which)
{
	return which == VIRQ_TIMER || which == VIRQ_DEBUG ||
	       which == VIRQ_XENOPROF || which == VIRQ_XENPMU;
}

static void virqs_are_global_or_not(void **state)
{
	uint32_t first, second, port;

	(void)state;
	for (uint32_t which = 0; which < NR_VIRQS; which++) {
		bool per_vcpu = is_per_vcpu(which);

		assert_int_equal(virq(&dom0, which, 1, &second),
				 per_vcpu ? 0 : -XEN_EINVAL);
		assert_int_equal(virq(&dom0, which, 0, &first), 0);
		assert_int_equal(virq(&dom0, which, 0, &port), -XEN_EEXIST);
		assert_int_equal(virq(&dom0, which, 63, &port),
				 per_vcpu ? -XEN_ENOENT : -XEN_EINVAL);
		assert_int_equal(ev_status(&dom0, first).u.virq, which);
		assert_int_equal(ev_bind_vcpu(&dom0, first, 1),
				 per_vcpu ? -XEN_EINVAL : 0);
		assert_int_equal(ev_send(&dom0, first), -XEN_EINVAL);
		/* Closed wherever it notifies now, it can be had again. */
		assert_int_equal(ev_close(&dom0, first), 0);
		assert_int_equal(virq(&dom0, which, 0, &first), 0);
		if (per_vcpu) {
			assert_int_equal(ev_status(&dom0, second).vcpu, 1);
		}
	}
	assert_int_equal(virq(&dom0, NR_VIRQS, 0, &port), -XEN_EINVAL);
	assert_int_equal(virq(&dom0, ~0u, ~0u, &port), -XEN_EINVAL);
}

static void bind_vcpu_answers(void **state)
{
	uint32_t mine, theirs, ipi, unbound;

	(void)state;
	ev_connect(&mine, &theirs);
	ipi = ev_ipi(&dom0, 1);
	unbound = ev_unbound(&dom0, 1);
	assert_int_equal(ev_status(&dom0, ipi).vcpu, 1);
	assert_int_equal(ev_bind_vcpu(&dom0, mine, 1), 0);
	assert_int_equal(ev_status(&dom0, mine).vcpu, 1);
	assert_int_equal(ev_bind_vcpu(&dom0, unbound, 1), 0);
	assert_int_equal(ev_bind_vcpu(&dom0, ipi, 0), -XEN_EINVAL);
	assert_int_equal(ev_bind_vcpu(&dom0, mine, 2), -XEN_ENOENT);
	assert_int_equal(ev_bind_vcpu(&dom0, mine, ~0u), -XEN_ENOENT);
	assert_int_equal(ev_bind_vcpu(&dom0, 0, 0), -XEN_EINVAL);
	assert_int_equal(ev_bind_vcpu(&dom0, 50, 0), -XEN_EINVAL);
	assert_int_equal(ev_bind_vcpu(&dom0, NO_PORT, 0), -XEN_EINVAL);
	/* The next user of the port starts on vCPU 0. */
	assert_int_equal(ev_close(&dom0, mine), 0);
	assert_int_equal(ev_unbound(&dom0, 1), mine);
	assert_int_equal(ev_status(&dom0, mine).vcpu, 0);
}

static void pirqs_are_not_to_be_had(void **state)
{
	struct evtchn_bind_pirq op = { .pirq = 0 };

	(void)state;
	assert_int_equal(EV(dom0, bind_pirq, &op), -XEN_ENOMEM);
	op.pirq = 1023;
	assert_int_equal(EV(dom0, bind_pirq, &op), -XEN_ENOMEM);
	op.pirq = 1024;
	assert_int_equal(EV(dom0, bind_pirq, &op), -XEN_EINVAL);
}

static void status_answers(void **state)
{
	struct evtchn_status op = { .dom = NO_DOMAIN, .port = 1 };

	(void)state;
	assert_int_equal(EV(dom0, status, &op), -XEN_ESRCH);
	op.dom = 0;
	assert_int_equal(EV(domu, status, &op), -XEN_EPERM);
	op.dom = 1;
	assert_int_equal(EV(dom0, status, &op), 0);
	op = (struct evtchn_status){ .dom = DOMID_SELF, .port = 63 };
	assert_int_equal(EV(dom0, status, &op), 0);
	assert_int_equal(op.status, EVTCHNSTAT_closed);
	op.port = 64;
	assert_int_equal(EV(dom0, status, &op), -XEN_EINVAL);
}

static void ports_have_a_limit(void **state)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	uint32_t nr, port;

	(void)state;
	for (nr = 0; !EV(dom0, bind_ipi, &op); nr++) {
	}
	assert_int_equal(nr, TWOLEVEL_PORTS - 1);
	assert_int_equal(EV(dom0, bind_ipi, &op), -XEN_ENOSPC);
	assert_int_equal(alloc(&dom0, DOMID_SELF, 1, &port), -XEN_ENOSPC);
	/* Before the remote port is looked at, as with Xen. */
	assert_int_equal(interdomain(&dom0, 1, 0, &port), -XEN_ENOSPC);
	for (nr = 0; !EV(domu, bind_ipi, &op); nr++) {
	}
	assert_int_equal(nr, DOMU_MAX_PORT);
}

/* XSA-496: failing to bind a VIRQ leaves no trace of it. */
static void xsa496_virq_without_port(void **state)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	uint32_t port;

	(void)state;
	while (!EV(domu, bind_ipi, &op)) {
	}
	assert_int_equal(virq(&domu, VIRQ_TIMER, 0, &port), -XEN_ENOSPC);
	evtchn_send_virq(domu.d, domu.d->vcpu[0], VIRQ_TIMER);
	assert_int_equal(ev_close(&domu, 500), 0);
	assert_int_equal(virq(&domu, VIRQ_TIMER, 0, &port), 0);
	assert_int_equal(port, 500);
}

/* XSA-47: a bucket that could not be had is not there afterwards. */
static void xsa47_no_memory_for_ports(void **state)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };

	(void)state;
	for (uint32_t i = 1; i < 64; i++) {
		ev_ipi(&dom0, 0);
	}
	heap_fail(1);
	assert_int_equal(EV(dom0, bind_ipi, &op), -XEN_ENOMEM);
	assert_int_equal(ev_send(&dom0, 64), -XEN_EINVAL);
	assert_int_equal(ev_close(&dom0, 64), -XEN_EINVAL);
	assert_int_equal(ev_ipi(&dom0, 0), 64);
	assert_int_equal(ev_send(&dom0, 64), 0);
}

static void no_memory_for_a_domain(void **state)
{
	unsigned int nth = 0;
	struct domain d = {
		.id = 3,
		.nr_vcpus = 2,
		.vcpu = { &(struct vcpu){ .id = 0 },
			  &(struct vcpu){ .id = 1 } },
	};
	size_t before = heap_in_use();
	int rc;

	(void)state;
	do {
		heap_fail(++nth);
		rc = evtchn_domain_init(&d);
		heap_fail(0);
		assert_true(!rc || rc == -XEN_ENOMEM);
		assert_true(!rc || heap_in_use() == before);
	} while (rc);
	assert_int_equal(nth, 6);
	evtchn_domain_destroy(&d);
	assert_int_equal(heap_in_use(), before);
}

static void close_answers(void **state)
{
	(void)state;
	assert_int_equal(ev_close(&dom0, 0), -XEN_EINVAL);
	assert_int_equal(ev_close(&dom0, 9), -XEN_EINVAL);
	assert_int_equal(ev_close(&dom0, NO_PORT), -XEN_EINVAL);
	assert_int_equal(ev_close(&dom0, ev_ipi(&dom0, 0)), 0);
	assert_int_equal(ev_close(&dom0, 1), -XEN_EINVAL);
}

static void bad_pointers_and_sub_ops(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < 15; op++) {
		assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op, op,
				       NO_RAM, 0),
				 -XEN_EFAULT);
		assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op, op,
				       ~UINT64_C(0) - 3, 0),
				 -XEN_EFAULT);
	}
	assert_int_equal(
		hcall(self, __HYPERVISOR_event_channel_op, 15, dom0.ram, 0),
		-XEN_ENOSYS);
	assert_int_equal(
		hcall(self, __HYPERVISOR_event_channel_op, ~0u, dom0.ram, 0),
		-XEN_ENOSYS);
}

/* The answer cannot be written: an error, with the port taken. */
static void answer_into_a_read_only_page(void **state)
{
	struct evtchn_bind_ipi *op = guest_at(&dom0, dom0.ram);

	(void)state;
	*op = (struct evtchn_bind_ipi){ .vcpu = 0, .port = 5555 };
	host_s1_map(GVA(0x7000), IPA(dom0.ram), S2_R);
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_bind_ipi, 0x7000, 0),
			 -XEN_EFAULT);
	assert_int_equal(op->port, 5555);
	assert_int_equal(ev_ipi(&dom0, 0), 2);
}

static unsigned int lines;
static char last_line[128];

static void count_line(const char *text)
{
	lines++;
	strncpy(last_line, text, sizeof(last_line) - 1);
}

static void dump_names_every_port(void **state)
{
	uint32_t mine, theirs, port;

	(void)state;
	ev_connect(&mine, &theirs);
	ev_ipi(&dom0, 1);
	ev_unbound(&dom0, 1);
	assert_int_equal(virq(&dom0, VIRQ_CONSOLE, 0, &port), 0);
	set_masked(&dom0, port, true);
	evtchn_send_virq(dom0.d, NULL, VIRQ_CONSOLE);
	lines = 0;
	evtchn_dump(dom0.d, count_line);
	assert_int_equal(lines, 5);
	assert_string_equal(last_line, "  port 4: v0 virq 2 pending masked");
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(lowest_free_port_first),
	EVTCHN_TEST(alloc_unbound_answers),
	EVTCHN_TEST(interdomain_binds_and_unbinds),
	EVTCHN_TEST(interdomain_answers),
	EVTCHN_TEST(loopback_binds_and_unbinds),
	EVTCHN_TEST(virqs_are_global_or_not),
	EVTCHN_TEST(bind_vcpu_answers),
	EVTCHN_TEST(pirqs_are_not_to_be_had),
	EVTCHN_TEST(status_answers),
	EVTCHN_TEST(ports_have_a_limit),
	EVTCHN_TEST(xsa496_virq_without_port),
	EVTCHN_TEST(xsa47_no_memory_for_ports),
	EVTCHN_TEST(no_memory_for_a_domain),
	EVTCHN_TEST(close_answers),
	EVTCHN_TEST(bad_pointers_and_sub_ops),
	EVTCHN_TEST(answer_into_a_read_only_page),
	EVTCHN_TEST(dump_names_every_port),
};

const struct suite bind_suite = { tests, ARRAY_SIZE(tests) };
