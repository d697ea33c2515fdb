/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hours of scheduling, simulated: shares by weight, nobody starves, who wakes
 * up runs soon, nobody is where it may not be, and no CPU idles while somebody
 * it could run waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "domain/pause.h"
#include "frame/heap.h"
#include "sched/sched.h"
#include "sched/turns.h"

#define NEVER	 (~UINT64_C(0))
#define NR_VCPUS 24u
#define NR_DOMS	 4u
#define NR_CPUS	 4u
#define SECOND	 arch_counter_hz()
#define MS	 (arch_counter_hz() / 1000)
#define SLICE	 (SCHED_SLICE_MS * MS)
#define HOUR	 (3600 * SECOND)

static struct domain doms[NR_DOMS];
static struct vcpu vcpus[NR_VCPUS];
static uint64_t ran[NR_VCPUS];
static uint64_t now;

/* A CPU: who runs, since when, and when it asks again. */
static struct {
	struct vcpu *v;
	uint64_t since;
	uint64_t until;
	unsigned int switches;
} cpus[NR_CPUS];

void vcpu_request(struct vcpu *v, uint32_t bits)
{
	v->work |= bits;
}

static void add(unsigned int i, unsigned int dom, unsigned int cpu)
{
	vcpus[i].id = (uint16_t)i;
	vcpus[i].domain = &doms[dom];
	vcpus[i].online = true;
	assert_int_equal(sched_add(&vcpus[i], cpu), 0);
}

static int setup(void **state)
{
	(void)state;
	host_setup(16);
	memset(doms, 0, sizeof(doms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(ran, 0, sizeof(ran));
	memset(cpus, 0, sizeof(cpus));
	for (unsigned int i = 0; i < NR_DOMS; i++) {
		doms[i].weight = SCHED_DEFAULT_WEIGHT;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		cpus[i].v = NULL;
	}
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		if (vcpus[i].sched) {
			sched_remove(&vcpus[i]);
		}
	}
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

static void charge(unsigned int cpu)
{
	if (cpus[cpu].v) {
		ran[cpus[cpu].v->id] += now - cpus[cpu].since;
	}
	cpus[cpu].since = now;
}

/* The way out of the hypervisor on @cpu. */
static void reschedule(unsigned int cpu)
{
	struct vcpu *prev = cpus[cpu].v, *next;

	charge(cpu);
	host_set_cpu(cpu);
	if (prev) {
		prev->work = 0;
	}
	next = sched_pick(cpu, now, &cpus[cpu].until);
	if (next != prev) {
		cpus[cpu].switches++;
		if (prev) {
			prev->running = false;
			sched_unloaded(prev);
		}
		if (next) {
			assert_false(next->running);
			next->running = true;
			next->cpu = (uint16_t)cpu;
		}
		cpus[cpu].v = next;
	}
	if (next) {
		assert_true(sched_affinity(next) >> cpu & 1);
		assert_true(next->online);
		assert_false(vcpu_is_paused(next));
	}
}

/* All CPUs that were asked to look, until none is. */
static void settle(unsigned int nr)
{
	bool again;

	do {
		again = false;
		for (unsigned int cpu = 0; cpu < nr; cpu++) {
			bool kicked = host_take_kicks(cpu);
			struct vcpu *v = cpus[cpu].v;

			if (!v || kicked || now >= cpus[cpu].until || v->work) {
				reschedule(cpu);
				again |= cpus[cpu].v != v;
			}
		}
	} while (again);
}

static void advance(uint64_t to)
{
	now = to;
	host_counter_set(now);
}

/* Run @nr CPUs for @ticks, in which nothing happens but ends of slices. */
static void run_for(unsigned int nr, uint64_t ticks)
{
	uint64_t end = now + ticks;

	settle(nr);
	while (now < end) {
		uint64_t next = end;

		for (unsigned int cpu = 0; cpu < nr; cpu++) {
			next = min_u64(next, cpus[cpu].until);
		}
		advance(next);
		settle(nr);
	}
	for (unsigned int cpu = 0; cpu < nr; cpu++) {
		charge(cpu);
	}
}

static void start(unsigned int nr_cpus)
{
	host_set_nr_cpus(nr_cpus);
	advance(1000);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		cpus[cpu].since = now;
		cpus[cpu].until = NEVER;
	}
}

/* Within a slice of the share it is to have. */
static void check_share(unsigned int i, uint64_t total, unsigned int weight,
			unsigned int weights)
{
	uint64_t want = total / weights * weight;

	assert_true(ran[i] + 2 * SLICE > want);
	assert_true(ran[i] < want + 2 * SLICE);
}

/* ------------------------------------------------------------------ fairness */

static void equal_shares_for_an_hour(void **state)
{
	(void)state;
	start(1);
	for (unsigned int i = 0; i < 7; i++) {
		add(i, i % NR_DOMS, 0);
		sched_wake(&vcpus[i]);
	}
	run_for(1, HOUR);
	for (unsigned int i = 0; i < 7; i++) {
		check_share(i, HOUR, 1, 7);
	}
	/* Whole slices: no more switches than there are of them. */
	assert_true(cpus[0].switches <= HOUR / SLICE + 1);
}

static void shares_by_weight(void **state)
{
	static const unsigned int weight[] = { 64, 128, 256, 1024 };

	(void)state;
	start(1);
	for (unsigned int i = 0; i < 4; i++) {
		doms[i].weight = (uint16_t)weight[i];
		add(i, i, 0);
		sched_wake(&vcpus[i]);
	}
	run_for(1, HOUR);
	for (unsigned int i = 0; i < 4; i++) {
		check_share(i, HOUR, weight[i], 64 + 128 + 256 + 1024);
	}
}

/* However little it weighs, it waits for a bounded time. */
static void the_least_does_not_starve(void **state)
{
	uint64_t longest = 0, last;

	(void)state;
	start(1);
	doms[0].weight = 1;
	doms[1].weight = 65535;
	for (unsigned int i = 0; i < 3; i++) {
		add(i, i != 0, 0);
		sched_wake(&vcpus[i]);
	}
	run_for(1, SECOND);
	last = now;
	for (unsigned int n = 0; n < 60000; n++) {
		uint64_t before = ran[0];

		run_for(1, SLICE);
		if (ran[0] != before) {
			longest = max_u64(longest, now - last);
			last = now;
		}
	}
	longest = max_u64(longest, now - last);
	assert_true(longest < 2 * 256 * SLICE + 4 * SLICE);
	assert_true(ran[0] > 0);
}

/* What it had before it slept is no debt to others, and no credit. */
static void sleep_is_not_saved_up(void **state)
{
	(void)state;
	start(1);
	add(0, 0, 0);
	add(1, 1, 0);
	sched_wake(&vcpus[0]);
	run_for(1, 600 * SECOND);
	sched_wake(&vcpus[1]);
	run_for(1, 10 * SECOND);
	assert_true(ran[1] > 5 * SECOND - 2 * SLICE);
	assert_true(ran[1] < 5 * SECOND + 3 * SLICE);
}

/* ----------------------------------------------------------------- latency */

static void who_wakes_runs_at_once(void **state)
{
	uint64_t worst = 0;

	(void)state;
	start(1);
	for (unsigned int i = 0; i < 6; i++) {
		add(i, i % 3, 0);
		sched_wake(&vcpus[i]);
	}
	add(6, 3, 0);
	for (unsigned int n = 0; n < 2000; n++) {
		uint64_t woken;

		run_for(1, 20 * MS + n % 7 * MS / 3);
		woken = now;
		sched_wake(&vcpus[6]);
		settle(1);
		while (cpus[0].v != &vcpus[6]) {
			run_for(1, MS / 4);
		}
		/* Not before each of the others has had a turn or two. */
		if (n >= 10) {
			worst = max_u64(worst, now - woken);
		}
		run_for(1, MS);
		sched_block(&vcpus[6]);
		settle(1);
	}
	assert_true(worst <= MS / 4);
}

/* Blocking and waking all the time does not get more than its share. */
static void napping_does_not_pay(void **state)
{
	(void)state;
	start(1);
	for (unsigned int i = 0; i < 3; i++) {
		add(i, i, 0);
		sched_wake(&vcpus[i]);
	}
	for (unsigned int n = 0; n < 200000; n++) {
		run_for(1, MS / 3);
		if (cpus[0].v == &vcpus[0]) {
			sched_block(&vcpus[0]);
			settle(1);
			run_for(1, MS / 50);
			sched_wake(&vcpus[0]);
			settle(1);
		}
	}
	assert_true(ran[0] < (ran[0] + ran[1] + ran[2]) / 3 + 3 * SLICE);
}

/* ------------------------------------------------------------ nothing to do */

static void alone_has_no_ticks(void **state)
{
	(void)state;
	start(1);
	add(0, 0, 0);
	add(1, 1, 0);
	sched_wake(&vcpus[0]);
	settle(1);
	assert_true(cpus[0].until == NEVER);
	advance(now + HOUR);
	sched_wake(&vcpus[1]);
	settle(1);
	assert_true(cpus[0].until <= now + SLICE);
	sched_block(&vcpus[1]);
	settle(1);
	run_for(1, 2 * SLICE);
	assert_true(cpus[0].until == NEVER);
}

/* WFI of the only one at a CPU need not trap; it is asked when that changes. */
static void who_is_alone_is_told(void **state)
{
	(void)state;
	start(2);
	add(0, 0, 0);
	sched_wake(&vcpus[0]);
	settle(2);
	assert_true(sched_alone(&vcpus[0]));
	assert_int_equal(vcpus[0].work, 0);
	add(1, 1, 0);
	assert_int_equal(vcpus[0].work, WORK_SCHED);
	assert_false(sched_alone(&vcpus[0]));
	settle(2);
	assert_int_equal(sched_set_affinity(&vcpus[1], BIT(1)), 0);
	assert_int_equal(vcpus[0].work, WORK_SCHED);
	assert_true(sched_alone(&vcpus[0]));
	assert_true(sched_alone(&vcpus[1]));
	settle(2);
	add(2, 1, 0);
	settle(2);
	vcpus[0].work = 0;
	sched_remove(&vcpus[2]);
	assert_int_equal(vcpus[0].work, WORK_SCHED);
	assert_true(sched_alone(&vcpus[0]));
}

/* ----------------------------------------------------------------- affinity */

static void affinity_moves_what_runs(void **state)
{
	struct vcpu *v = &vcpus[0];

	(void)state;
	start(3);
	add(0, 0, 0);
	sched_wake(v);
	settle(3);
	assert_ptr_equal(cpus[0].v, v);
	assert_int_equal(sched_set_affinity(v, BIT(2)), 0);
	/* Its registers are still those of CPU 0. */
	assert_true(sched_leaving(v));
	assert_null(cpus[2].v);
	settle(3);
	assert_ptr_equal(cpus[2].v, v);
	assert_null(cpus[0].v);
	assert_false(sched_leaving(v));
	assert_int_equal(sched_affinity(v), BIT(2));
	/* Nothing changes for one that may stay, or when there is no CPU. */
	assert_int_equal(sched_set_affinity(v, BIT(2) | BIT(1)), 0);
	assert_int_equal(v->work, 0);
	assert_int_equal(sched_set_affinity(v, 0), -XEN_EINVAL);
	assert_int_equal(sched_set_affinity(v, BIT(3)), -XEN_EINVAL);
	assert_int_equal(sched_affinity(v), BIT(2) | BIT(1));
}

/* One that sleeps moves at once, unless a CPU still has it loaded. */
static void affinity_moves_what_sleeps(void **state)
{
	struct vcpu *v = &vcpus[0];
	uint64_t until;

	(void)state;
	start(2);
	add(0, 0, 0);
	assert_int_equal(sched_set_affinity(v, BIT(1)), 0);
	assert_false(sched_leaving(v));
	sched_wake(v);
	settle(2);
	assert_ptr_equal(cpus[1].v, v);
	/* Blocked, and loaded on the idle CPU 1. */
	sched_block(v);
	host_set_cpu(1);
	assert_null(sched_pick(1, now, &until));
	assert_true(v->running);
	assert_int_equal(sched_set_affinity(v, BIT(0)), 0);
	assert_true(sched_leaving(v));
	sched_wake(v);
	host_set_cpu(0);
	assert_null(sched_pick(0, now, &until));
	v->running = false;
	sched_unloaded(v);
	assert_false(sched_leaving(v));
	assert_ptr_equal(sched_pick(0, now, &until), v);
}

static void idle_cpus_find_work(void **state)
{
	(void)state;
	start(2);
	for (unsigned int i = 0; i < 4; i++) {
		add(i, i, 0);
		sched_wake(&vcpus[i]);
	}
	run_for(2, HOUR);
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(ran[i] > HOUR / 4);
	}
	assert_true(ran[0] + ran[1] + ran[2] + ran[3] > 2 * HOUR - 4 * SLICE);
}

/* A CPU that has run out of work takes some of another's. */
static void work_is_pulled(void **state)
{
	(void)state;
	start(2);
	for (unsigned int i = 0; i < 4; i++) {
		add(i, i, i % 2);
		sched_wake(&vcpus[i]);
	}
	run_for(2, SECOND);
	/* Those of CPU 1 sleep, and the others share both CPUs. */
	sched_block(&vcpus[1]);
	sched_block(&vcpus[3]);
	run_for(2, SLICE);
	memset(ran, 0, sizeof(ran));
	run_for(2, HOUR);
	assert_true(ran[0] == HOUR);
	assert_true(ran[2] == HOUR);
}

/* SCHEDOP_pin_override: it waits rather than to move. */
static void pinned_ones_stay(void **state)
{
	(void)state;
	start(2);
	for (unsigned int i = 0; i < 2; i++) {
		add(i, i, 0);
		vcpus[i].pinned = true;
		sched_wake(&vcpus[i]);
	}
	run_for(2, SECOND);
	assert_null(cpus[1].v);
	check_share(0, SECOND, 1, 2);
	vcpus[1].pinned = false;
	run_for(2, SECOND);
	assert_non_null(cpus[1].v);
}

/* Times of different CPUs have nothing to do with each other. */
static void who_moves_is_neither_ahead_nor_behind(void **state)
{
	(void)state;
	start(2);
	for (unsigned int i = 0; i < 2; i++) {
		add(i, i, i);
		assert_int_equal(sched_set_affinity(&vcpus[i], BIT(i)), 0);
	}
	sched_wake(&vcpus[0]);
	run_for(2, HOUR);
	sched_wake(&vcpus[1]);
	run_for(2, SECOND);
	memset(ran, 0, sizeof(ran));
	assert_int_equal(sched_set_affinity(&vcpus[0], BIT(1)), 0);
	run_for(2, 10 * SECOND);
	check_share(0, 10 * SECOND, 1, 2);
	memset(ran, 0, sizeof(ran));
	assert_int_equal(sched_set_affinity(&vcpus[0], BIT(0)), 0);
	assert_int_equal(sched_set_affinity(&vcpus[1], BIT(0)), 0);
	run_for(2, 10 * SECOND);
	check_share(1, 10 * SECOND, 1, 2);
}

/* -------------------------------------------------------- random, and oracle */

static bool wants[NR_VCPUS];

static bool can_run(unsigned int i)
{
	return vcpus[i].sched && wants[i] && !vcpus[i].pauses &&
	       !vcpus[i].domain->pauses;
}

/* Who runs may, and runs once; somebody does if anybody can. */
static void check_placement(void)
{
	unsigned int able = 0, running = 0;

	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		able += can_run(i);
	}
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct vcpu *v = cpus[cpu].v;

		running += v != NULL;
		if (v) {
			assert_true(can_run(v->id));
			for (unsigned int o = 0; o < cpu; o++) {
				assert_ptr_not_equal(cpus[o].v, v);
			}
		}
	}
	assert_true(able == 0 || running > 0);
}

static void change_one(void)
{
	unsigned int i = (unsigned int)rand() % NR_VCPUS;
	struct vcpu *v = &vcpus[i];
	int rc;

	host_set_cpu((unsigned int)rand() % NR_CPUS);
	switch (rand() % 8) {
	case 0:
	case 1:
		sched_wake(v);
		wants[i] = true;
		break;
	case 2:
		sched_block(v);
		wants[i] = false;
		break;
	case 3:
		/* As vcpu_pause() does, which waits too. */
		v->pauses++;
		sched_update(v);
		v->work |= WORK_PAUSE;
		break;
	case 4:
		v->pauses -= v->pauses != 0;
		sched_update(v);
		break;
	case 5:
		rc = sched_set_affinity(v, (uint64_t)rand() % 16);
		assert_true(!rc || rc == -XEN_EINVAL);
		break;
	case 6:
		if (v->running) {
			sched_pass(v);
		}
		break;
	default:
		v->domain->weight = (uint16_t)rand();
		break;
	}
}

static void random_changes(void **state)
{
	uint64_t waited[NR_VCPUS] = { 0 };

	(void)state;
	srand(7);
	start(NR_CPUS);
	memset(wants, 0, sizeof(wants));
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		add(i, i % NR_DOMS, i % NR_CPUS);
	}
	for (unsigned int n = 0; n < 300000; n++) {
		uint64_t before[NR_VCPUS];

		memcpy(before, ran, sizeof(before));
		change_one();
		settle(NR_CPUS);
		check_placement();
		run_for(NR_CPUS, (uint64_t)rand() % (3 * MS));
		for (unsigned int i = 0; i < NR_VCPUS; i++) {
			bool ok = ran[i] != before[i] || !can_run(i);

			waited[i] = ok ? 0 : waited[i] + 1;
			/* Some 150 slices of others, of any weight. */
			assert_true(waited[i] < 256 * NR_VCPUS);
		}
	}
}

/* ------------------------------------------------------------------- turns */

/* Against a search for the least. */
static void turns_are_in_order(void **state)
{
	enum { NR = 200 };
	static struct turn t[NR];
	static bool in[NR];
	struct turns turns = { 0 };

	(void)state;
	srand(3);
	for (unsigned int n = 0; n < 200000; n++) {
		unsigned int i = (unsigned int)rand() % NR;
		const struct turn *least = NULL;

		if (in[i]) {
			turns_del(&turns, &t[i]);
		} else {
			/* Around the point where it wraps; many are equal. */
			t[i].time = (uint64_t)(rand() % 64) - 32;
			turns_add(&turns, &t[i]);
		}
		in[i] = !in[i];
		for (unsigned int k = 0; n % 8 == 0 && k < NR; k++) {
			if (in[k] &&
			    (!least || turn_before(t[k].time, least->time) ||
			     (t[k].time == least->time &&
			      t[k].arrival < least->arrival))) {
				least = &t[k];
			}
		}
		if (n % 8 == 0) {
			assert_ptr_equal(turns.first, least);
		}
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_in_order),
		TEST(equal_shares_for_an_hour),
		TEST(shares_by_weight),
		TEST(the_least_does_not_starve),
		TEST(sleep_is_not_saved_up),
		TEST(who_wakes_runs_at_once),
		TEST(napping_does_not_pay),
		TEST(alone_has_no_ticks),
		TEST(who_is_alone_is_told),
		TEST(affinity_moves_what_runs),
		TEST(affinity_moves_what_sleeps),
		TEST(idle_cpus_find_work),
		TEST(work_is_pulled),
		TEST(pinned_ones_stay),
		TEST(who_moves_is_neither_ahead_nor_behind),
		TEST(random_changes),
	};

	return cmocka_run_group_tests_name("fair", tests, NULL, NULL);
}
