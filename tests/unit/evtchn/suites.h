/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the event channels' test program, one file each, and what they
 * share: hypercalls of any domain, and a watch on what events end in.
 */
#ifndef TEST_EVTCHN_SUITES_H
#define TEST_EVTCHN_SUITES_H

#include <stdint.h>

#include <xen/event_channel.h>

#include "../support/guest.h"

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite bind_suite;
extern const struct suite twolevel_suite;
extern const struct suite fifo_suite;
extern const struct suite fifo_model_suite;
extern const struct suite reset_suite;
extern const struct suite race_suite;
extern const struct suite word_suite;

int evtchn_setup(void **state);
int evtchn_teardown(void **state);
#define EVTCHN_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, evtchn_setup, evtchn_teardown)

#define NO_DOMAIN 77
#define NO_PORT	  UINT32_C(0x7fffffff)

/* EVTCHNOP_@name by vCPU 0 of @g; the structure @arg goes in and out. */
#define EV(g, name, arg) \
	ev_call(&(g), EVTCHNOP_##name, (arg), sizeof(struct evtchn_##name))
int64_t ev_call(const struct guest *g, unsigned int op, void *arg, size_t size);

/* The usual ones in one line: they succeed, or return the error. */
uint32_t ev_ipi(const struct guest *g, uint32_t vcpu);
uint32_t ev_unbound(const struct guest *g, domid_t remote);
int64_t ev_send(const struct guest *g, uint32_t port);
int64_t ev_close(const struct guest *g, uint32_t port);
int64_t ev_unmask(const struct guest *g, uint32_t port);
int64_t ev_bind_vcpu(const struct guest *g, uint32_t port, uint32_t vcpu);
int64_t ev_set_priority(const struct guest *g, uint32_t port, uint32_t prio);
int64_t ev_init_control(const struct guest *g, uint32_t vcpu, uint64_t gfn,
			uint32_t offset);
int64_t ev_expand_array(const struct guest *g, uint64_t gfn);
struct evtchn_status ev_status(const struct guest *g, uint32_t port);
/* Two ports of dom0 and domu that are bound to each other. */
void ev_connect(uint32_t *of_dom0, uint32_t *of_domu);

/* 2-level bits of @port. */
bool is_pending(const struct guest *g, uint32_t port);
void set_masked(const struct guest *g, uint32_t port, bool masked);

/* Upcall interrupts to @v since the last call. */
unsigned int take_upcalls(const struct vcpu *v);
/* Domains stopped since the setup, and the last of them. */
unsigned int nr_stopped(void);
const struct domain *last_stopped(void);

/*
 * The @nth update of a word that guests share fails, 1 is the next one: as if
 * the guest wrote to it all the time. 0: none.
 */
void word_unstable_at(unsigned int nth);
/* The next @nr single attempts (guest_word_swap()) fail. */
void swaps_unstable(unsigned int nr);
/* Whether one of them, or one since, found @bits in @word. */
bool swap_saw(const uint32_t *word, uint32_t bits);
/* The @nth allocation from now on fails, 1 is the next; 0: none. */
void heap_fail(unsigned int nth);

#endif
