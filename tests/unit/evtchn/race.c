/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several CPUs at once, each doing what an advisory was about: ports made
 * while others send (XSA-340), reset against everything (XSA-343), control
 * blocks and array pages published while a peer notifies (XSA-358, XSA-359).
 * What must hold: no access that the sanitizers see, no lock held for ever,
 * every reference given back.
 */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "frame/frame.h"
#include "hypercall/hypercall.h"
#include "suites.h"

#define ROUNDS 400
/* A loaded machine hands fair locks over slowly: then fewer rounds do. */
#define SECONDS	   1
#define NR_PORTS   80
#define NR_THREADS 4

static uint32_t stop;

static uint64_t gfn_of(unsigned int page)
{
	return guest_page(&dom0, page) >> PAGE_SHIFT;
}

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static bool time_left(time_t since)
{
	return time(NULL) - since <= SECONDS;
}

/* dom0's vCPU 0 goes round: FIFO on, array grown, all closed. */
static void *changes_abi(void *arg)
{
	struct evtchn_reset *op = guest_at(&dom0, dom0.ram);
	time_t since = time(NULL);

	(void)arg;
	host_set_cpu(0);
	host_load_vcpu(dom0.d->vcpu[0]);
	op->dom = DOMID_SELF;
	for (unsigned int i = 0; i < ROUNDS && time_left(since); i++) {
		struct evtchn_init_control control = {
			.control_gfn = gfn_of(8),
			.vcpu = i & 1,
		};
		struct evtchn_expand_array array = { .array_gfn = gfn_of(16) };
		uint64_t x[5] = { EVTCHNOP_reset, dom0.ram };

		(void)fifo_init_control(dom0.d->vcpu[0], &control);
		(void)fifo_expand_array(dom0.d->vcpu[0], &array);
		if (i % 4 == 3) {
			(void)hypercall_event_channel_op(dom0.d->vcpu[0], x);
		}
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	host_load_vcpu(NULL);
	return NULL;
}

/* dom0's vCPU 1 makes ports and unmasks them. */
static void *opens_ports(void *arg)
{
	(void)arg;
	host_set_cpu(1);
	for (uint32_t i = 1; !stopped(); i++) {
		struct evtchn_bind_interdomain bind = {
			.remote_dom = 1,
			.remote_port = 1 + i % NR_PORTS,
		};
		struct evtchn_bind_vcpu move = {
			.port = 1 + i % 40,
			.vcpu = i & 1,
		};

		(void)evtchn_bind_interdomain(dom0.d, &bind);
		(void)evtchn_bind_vcpu(dom0.d, &move);
		(void)evtchn_close(dom0.d, 1 + i % 61);
	}
	return NULL;
}

/* domu sends to all that may be there, in range or not. */
static void *sends(void *arg)
{
	(void)arg;
	host_set_cpu(2);
	for (uint32_t i = 0; !stopped(); i++) {
		(void)evtchn_send(domu.d, i % (NR_PORTS + 60));
	}
	return NULL;
}

/* domu closes and makes what others bind to. */
static void *offers_ports(void *arg)
{
	(void)arg;
	host_set_cpu(3);
	for (uint32_t i = 0; !stopped(); i++) {
		struct evtchn_alloc_unbound op = {
			.dom = DOMID_SELF,
			.remote_dom = 0,
		};

		(void)evtchn_alloc_unbound(domu.d, &op);
		if (i % 3 == 0) {
			(void)evtchn_close(domu.d, 1 + i % NR_PORTS);
		}
	}
	return NULL;
}

static void xsa340_343_358_359_all_at_once(void **state)
{
	void *(*const run[NR_THREADS])(void *) = {
		changes_abi,
		opens_ports,
		sends,
		offers_ports,
	};
	struct evtchn_reset op = { .dom = DOMID_SELF };
	pthread_t thread[NR_THREADS];

	(void)state;
	host_set_nr_cpus(NR_THREADS);
	host_load_vcpu(NULL);
	__atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, run[i], NULL),
				 0);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	}
	host_load_vcpu(self);
	assert_false(spin_is_locked(&dom0.d->evtchn->lock));
	assert_false(spin_is_locked(&domu.d->evtchn->lock));
	assert_int_equal(nr_stopped(), 0);
	assert_int_equal(EV(domu, reset, &op), 0);
	assert_int_equal(EV(dom0, reset, &op), 0);
	assert_int_equal(dom0.d->evtchn->nr_active, 0);
	assert_int_equal(domu.d->evtchn->nr_active, 0);
	assert_int_equal(frame_refs(MFN(gfn_of(8))), 1);
	assert_int_equal(frame_refs(MFN(gfn_of(16))), 1);
}

static const struct CMUnitTest tests[] = {
	EVTCHN_TEST(xsa340_343_358_359_all_at_once),
};

const struct suite race_suite = { tests, ARRAY_SIZE(tests) };
