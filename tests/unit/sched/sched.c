/* SPDX-License-Identifier: BSD-2-Clause */
/* Run queues and software timers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/compiler.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/heap.h"
#include "sched/sched.h"
#include "sched/timer.h"

#define NEVER	 (~UINT64_C(0))
#define NR_VCPUS 3u

static struct domain dom;
static struct vcpu vcpus[NR_VCPUS];
static uint64_t slice;

/* What the scheduler asks of a vCPU that runs. */
void vcpu_request(struct vcpu *v, uint32_t bits)
{
	v->work |= bits;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	host_setup(16);
	host_set_nr_cpus(2);
	slice = arch_counter_hz() / 1000 * SCHED_SLICE_MS;
	memset(&dom, 0, sizeof(dom));
	dom.weight = SCHED_DEFAULT_WEIGHT;
	memset(vcpus, 0, sizeof(vcpus));
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].id = (uint16_t)i;
		vcpus[i].domain = &dom;
		vcpus[i].online = true;
		assert_int_equal(sched_add(&vcpus[i], 0), 0);
		assert_int_equal(sched_set_affinity(&vcpus[i], 1), 0);
		vcpus[i].work = 0;
	}
	return 0;
}

static int teardown(void **state)
{
	unsigned int i;
	uint64_t until;

	(void)state;
	for (i = 0; i < NR_VCPUS; i++) {
		if (vcpus[i].sched) {
			sched_remove(&vcpus[i]);
		}
	}
	assert_null(sched_pick(0, 0, &until));
	assert_null(sched_pick(1, 0, &until));
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

/* CPU 0 asks at @now; @until is what it answers. */
static struct vcpu *pick(uint64_t now, uint64_t *until)
{
	return sched_pick(0, now, until);
}

static void nothing_to_run(void **state)
{
	uint64_t until = 0;

	(void)state;
	assert_null(pick(5, &until));
	assert_true(until == NEVER);
}

static void one_has_no_slice(void **state)
{
	struct vcpu *v = &vcpus[1];
	uint64_t until;

	(void)state;
	sched_wake(v);
	assert_ptr_equal(pick(5, &until), v);
	assert_true(until == NEVER);
	assert_ptr_equal(pick(5 + 3 * slice, &until), v);
	assert_true(until == NEVER);
	sched_block(v);
	assert_int_equal(v->work, WORK_SCHED);
	assert_null(pick(6, &until));
	sched_wake(v);
	assert_ptr_equal(pick(7, &until), v);
}

static void round_robin(void **state)
{
	struct vcpu *v = NULL;
	uint64_t now = 100;
	uint64_t until;
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_VCPUS; i++) {
		sched_wake(&vcpus[i]);
	}
	for (i = 0; i < 7; i++) {
		v = pick(now, &until);
		assert_ptr_equal(v, &vcpus[i % NR_VCPUS]);
		assert_true(until == now + slice);
		/* Asked too early: nothing changes. */
		assert_ptr_equal(pick(until - 1, &until), v);
		assert_true(until == now + slice);
		now = until;
	}
}

static void blocked_misses_its_turn(void **state)
{
	uint64_t until;

	(void)state;
	sched_wake(&vcpus[0]);
	sched_wake(&vcpus[1]);
	sched_wake(&vcpus[2]);
	assert_ptr_equal(pick(0, &until), &vcpus[0]);
	sched_block(&vcpus[1]);
	sched_block(&vcpus[0]);
	assert_ptr_equal(pick(1, &until), &vcpus[2]);
	assert_true(until == NEVER);
	/* Back at the end of the line, with the one that runs told. */
	vcpus[2].work = 0;
	sched_wake(&vcpus[0]);
	assert_int_equal(vcpus[2].work, WORK_SCHED);
	assert_ptr_equal(pick(2, &until), &vcpus[2]);
	assert_true(until == 1 + slice);
	assert_ptr_equal(pick(until, &until), &vcpus[0]);
}

static void yield(void **state)
{
	uint64_t until;

	(void)state;
	sched_wake(&vcpus[0]);
	assert_ptr_equal(pick(0, &until), &vcpus[0]);
	sched_pass(&vcpus[0]);
	assert_int_equal(vcpus[0].work, 0);
	sched_wake(&vcpus[2]);
	vcpus[0].work = 0;
	sched_pass(&vcpus[0]);
	assert_int_equal(vcpus[0].work, WORK_SCHED);
	assert_ptr_equal(pick(1, &until), &vcpus[2]);
	assert_true(until == 1 + slice);
	assert_ptr_equal(pick(until, &until), &vcpus[0]);
}

static void wake_from_another_cpu(void **state)
{
	uint64_t until;

	(void)state;
	assert_null(pick(0, &until));
	host_take_kicks(0);
	host_set_cpu(1);
	sched_wake(&vcpus[0]);
	assert_int_equal(host_take_kicks(0), 1);
	sched_wake(&vcpus[0]);
	assert_int_equal(host_take_kicks(0), 0);
	host_set_cpu(0);
	assert_ptr_equal(pick(0, &until), &vcpus[0]);
	/* Its own CPU needs no kick when it idles. */
	sched_block(&vcpus[0]);
	assert_null(pick(0, &until));
	sched_wake(&vcpus[1]);
	assert_int_equal(host_take_kicks(0), 0);
}

/* An interrupt for an offline vCPU, or a domain that stops, starts nothing. */
static void offline_stays_off(void **state)
{
	uint64_t until;

	(void)state;
	vcpus[0].online = false;
	sched_wake(&vcpus[0]);
	assert_null(pick(0, &until));
	vcpus[0].online = true;
	sched_wake(&vcpus[0]);
	assert_ptr_equal(pick(0, &until), &vcpus[0]);
	vcpus[0].online = false;
	sched_stop(&vcpus[0]);
	assert_int_equal(vcpus[0].work, WORK_SCHED);
	sched_wake(&vcpus[0]);
	assert_null(pick(0, &until));
	dom.shutting_down = true;
	sched_wake(&vcpus[1]);
	assert_null(pick(0, &until));
}

static void alone(void **state)
{
	(void)state;
	assert_false(sched_alone(&vcpus[0]));
	sched_remove(&vcpus[1]);
	assert_int_equal(sched_add(&vcpus[1], 1), 0);
	assert_int_equal(vcpus[1].cpu, 1);
	assert_true(sched_alone(&vcpus[1]));
	assert_false(sched_alone(&vcpus[0]));
	sched_remove(&vcpus[2]);
	assert_true(sched_alone(&vcpus[0]));
}

/* ---------------------------------------------------------------- timers */

static unsigned int fired[4];
static unsigned int nr_fired;
static struct timer timer[4];

static void fire(void *opaque)
{
	fired[nr_fired++] = (unsigned int)((struct timer *)opaque - timer);
}

static void timers_init(void)
{
	unsigned int i;

	nr_fired = 0;
	for (i = 0; i < ARRAY_SIZE(timer); i++) {
		timer_init(&timer[i], fire, &timer[i]);
	}
}

static void timers_by_deadline(void **state)
{
	(void)state;
	timers_init();
	timer_set(&timer[0], 0, 300);
	assert_true(host_timer_deadline(0) == 300);
	timer_set(&timer[1], 0, 100);
	assert_true(host_timer_deadline(0) == 100);
	timer_set(&timer[2], 0, 200);
	timer_set(&timer[3], 0, 200);
	assert_true(host_timer_deadline(0) == 100);
	timer_run(0, 99);
	assert_int_equal(nr_fired, 0);
	timer_run(0, 200);
	assert_int_equal(nr_fired, 3);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 2);
	assert_int_equal(fired[2], 3);
	assert_false(timer[1].armed);
	assert_true(host_timer_deadline(0) == 300);
	timer_run(0, 1000);
	assert_int_equal(nr_fired, 4);
	assert_true(host_timer_deadline(0) == NEVER);
}

static void timers_change(void **state)
{
	(void)state;
	timers_init();
	timer_set(&timer[0], 0, 300);
	timer_set(&timer[0], 0, 500);
	assert_true(host_timer_deadline(0) == 500);
	timer_set(&timer[1], 0, 400);
	timer_cancel(&timer[1]);
	timer_cancel(&timer[1]);
	assert_true(host_timer_deadline(0) == 500);
	timer_set(&timer[0], 0, NEVER);
	assert_true(host_timer_deadline(0) == NEVER);
	timer_run(0, 1000);
	assert_int_equal(nr_fired, 0);
}

/* Only its own CPU can program its timer: the other one kicks. */
static void timers_of_other_cpus(void **state)
{
	(void)state;
	timers_init();
	host_take_kicks(1);
	timer_set(&timer[0], 1, 300);
	assert_int_equal(host_take_kicks(1), 1);
	assert_true(host_timer_deadline(1) == NEVER);
	host_set_cpu(1);
	timer_sync(1);
	assert_true(host_timer_deadline(1) == 300);
	/* Not the first one: no kick. */
	host_set_cpu(0);
	timer_set(&timer[1], 1, 400);
	assert_int_equal(host_take_kicks(1), 0);
	/* It moves over to this CPU. */
	timer_set(&timer[0], 0, 350);
	assert_true(host_timer_deadline(0) == 350);
	host_set_cpu(1);
	timer_run(1, 350);
	assert_int_equal(nr_fired, 0);
	assert_true(host_timer_deadline(1) == 400);
	timer_run(1, 400);
	assert_int_equal(nr_fired, 1);
	assert_int_equal(fired[0], 1);
	host_set_cpu(0);
	timer_run(0, 350);
	assert_int_equal(nr_fired, 2);
}

/* A handler that arms its own timer again, and cancels another due one. */
static void rearm(void *opaque)
{
	fire(opaque);
	timer_cancel(&timer[1]);
	if (nr_fired < 3) {
		timer_set(&timer[0], 0, timer[0].deadline + 10);
	}
}

static void timers_from_handlers(void **state)
{
	(void)state;
	timers_init();
	timer_init(&timer[0], rearm, &timer[0]);
	timer_set(&timer[0], 0, 100);
	timer_set(&timer[1], 0, 105);
	timer_run(0, 115);
	assert_int_equal(nr_fired, 2);
	assert_true(host_timer_deadline(0) == 120);
	timer_run(0, 125);
	assert_int_equal(nr_fired, 3);
	assert_true(host_timer_deadline(0) == NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_run),
		TEST(one_has_no_slice),
		TEST(round_robin),
		TEST(blocked_misses_its_turn),
		TEST(yield),
		TEST(wake_from_another_cpu),
		TEST(offline_stays_off),
		TEST(alone),
		TEST(timers_by_deadline),
		TEST(timers_change),
		TEST(timers_of_other_cpus),
		TEST(timers_from_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
