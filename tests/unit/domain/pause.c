/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pausing, with threads for CPUs: each runs vCPUs as the way out of the
 * hypervisor does, and says when one is in its guest.
 */
#include "domain/pause.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "../support/guest.h"

#include "hypercall/hypercall.h"
#include "sched/sched.h"

#define NR_CPUS 3u
#define ROUNDS	400u

/* What each vCPU of domu does; atomic. */
static bool in_guest[NR_CPUS];
static uint64_t entries[NR_CPUS];
static bool stop;

static struct domain *d;

static void put(bool *flag, bool value)
{
	__atomic_store_n(flag, value, __ATOMIC_SEQ_CST);
}

static bool get(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

/* The vCPU in its guest, until a kick. */
static void guest(struct vcpu *v, unsigned int cpu)
{
	put(&in_guest[v->id], true);
	__atomic_fetch_add(&entries[v->id], 1, __ATOMIC_RELAXED);
	while (!host_take_kicks(cpu) && !get(&stop)) {
		sched_yield();
	}
	put(&in_guest[v->id], false);
}

/* vcpu_exit_work() in short: NULL when nothing is to run. */
static struct vcpu *exit_work(struct vcpu *v, unsigned int cpu)
{
	uint64_t until;

	if (v && !__atomic_load_n(&v->work, __ATOMIC_ACQUIRE)) {
		return v;
	}
	do {
		cpu_rests(cpu);
		if (v) {
			__atomic_exchange_n(&v->work, 0, __ATOMIC_ACQ_REL);
			put(&v->running, false);
		}
		v = sched_pick(cpu, 0, &until);
		if (!v) {
			return NULL;
		}
		__atomic_store_n(&v->running, true, __ATOMIC_RELEASE);
		cpu_goes_on(cpu);
	} while (__atomic_load_n(&v->work, __ATOMIC_ACQUIRE));
	return v;
}

static void *cpu_main(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	struct vcpu *v = NULL;

	host_set_cpu(cpu);
	while (!get(&stop)) {
		v = exit_work(v, cpu);
		if (v) {
			guest(v, cpu);
		} else {
			sched_yield();
		}
	}
	cpu_rests(cpu);
	return NULL;
}

/* domu gets a vCPU for each CPU but 0, on which the test itself runs. */
static void threads_begin(pthread_t *thread)
{
	host_set_nr_cpus(NR_CPUS);
	stop = false;
	for (unsigned int i = 0; i < NR_CPUS - 1; i++) {
		struct vcpu *v = d->vcpu[i];

		sched_remove(v);
		assert_int_equal(sched_add(v, i + 1), 0);
		v->online = true;
		sched_wake(v);
		assert_int_equal(pthread_create(&thread[i], NULL, cpu_main,
						(void *)(uintptr_t)(i + 1)),
				 0);
	}
}

static void threads_end(pthread_t *thread)
{
	put(&stop, true);
	for (unsigned int i = 0; i < NR_CPUS - 1; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		d->vcpu[i]->running = false;
	}
}

static bool any_in_guest(void)
{
	return get(&in_guest[0]) || get(&in_guest[1]);
}

static void wait_entry(unsigned int id)
{
	uint64_t seen = __atomic_load_n(&entries[id], __ATOMIC_RELAXED);

	while (__atomic_load_n(&entries[id], __ATOMIC_RELAXED) == seen) {
		sched_yield();
	}
}

static void nobody_is_in_a_paused_guest(void **state)
{
	pthread_t thread[NR_CPUS - 1];

	(void)state;
	threads_begin(thread);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		domain_pause(d);
		for (unsigned int look = 0; look < 3; look++) {
			assert_false(any_in_guest());
			sched_yield();
		}
		domain_unpause(d);
		if (round % 4 == 0) {
			wait_entry(round / 4 % 2);
		}
	}
	threads_end(thread);
}

/* The other one runs on. */
static void one_vcpu_is_paused(void **state)
{
	pthread_t thread[NR_CPUS - 1];

	(void)state;
	threads_begin(thread);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int id = round % 2;

		vcpu_pause(d->vcpu[id]);
		assert_false(get(&in_guest[id]));
		while (!get(&in_guest[!id])) {
			sched_yield();
		}
		assert_false(get(&in_guest[id]));
		vcpu_unpause(d->vcpu[id]);
		while (!get(&in_guest[id])) {
			sched_yield();
		}
	}
	threads_end(thread);
}

/* ---------------------------------------- vCPUs that pause their own domain */

static unsigned int held;  /* vCPUs that hold the domain; atomic  */
static unsigned int wrong; /* what was not as it has to be; atomic */

static void check(bool right)
{
	__atomic_fetch_add(&wrong, !right, __ATOMIC_RELAXED);
}

/* A hypercall in two rounds: through the way out, and back. */
static void hold_for_two_rounds(struct vcpu *v, unsigned int cpu)
{
	struct vcpu *next = v;

	check(__atomic_add_fetch(&held, 1, __ATOMIC_SEQ_CST) == 1);
	check(domain_hold(v) == 0);
	do {
		next = exit_work(next, cpu);
	} while (!next);
	check(next == v);
	__atomic_sub_fetch(&held, 1, __ATOMIC_SEQ_CST);
	domain_release(v);
}

static void *holder_main(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	struct vcpu *v = NULL;

	host_set_cpu(cpu);
	for (unsigned int round = 0; round < ROUNDS;) {
		v = exit_work(v, cpu);
		if (!v) {
			sched_yield();
			continue;
		}
		/* In the hypervisor on behalf of v from here on. */
		sched_yield();
		if (round % 2) {
			domain_pause(d);
			domain_unpause(d);
		} else if (domain_hold(v)) {
			continue;
		} else {
			hold_for_two_rounds(v, cpu);
		}
		round++;
	}
	cpu_rests(cpu);
	put(&v->running, false);
	return NULL;
}

/* Neither waits for the other for ever, and one at a time holds. */
static void two_pause_each_other(void **state)
{
	pthread_t thread[NR_CPUS - 1];

	(void)state;
	host_set_nr_cpus(NR_CPUS);
	for (unsigned int i = 0; i < NR_CPUS - 1; i++) {
		sched_remove(d->vcpu[i]);
		assert_int_equal(sched_add(d->vcpu[i], i + 1), 0);
		d->vcpu[i]->online = true;
		sched_wake(d->vcpu[i]);
	}
	for (unsigned int i = 0; i < NR_CPUS - 1; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, holder_main,
						(void *)(uintptr_t)(i + 1)),
				 0);
	}
	for (unsigned int i = 0; i < NR_CPUS - 1; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(d->pauses, 0);
}

/* ------------------------------------------------------------ without threads */

static struct vcpu *pick(void)
{
	uint64_t until;

	return sched_pick(0, 0, &until);
}

static void pauses_are_counted(void **state)
{
	struct vcpu *v = d->vcpu[0];

	(void)state;
	sched_wake(v);
	assert_ptr_equal(pick(), v);
	domain_pause(d);
	assert_int_equal(v->work & WORK_PAUSE, WORK_PAUSE);
	domain_pause(d);
	vcpu_pause(v);
	assert_null(pick());
	domain_unpause(d);
	assert_null(pick());
	domain_unpause(d);
	assert_null(pick());
	vcpu_unpause(v);
	assert_ptr_equal(pick(), v);
	assert_true(HOST_BUGS(vcpu_unpause(v)));
}

/* What wakes a paused vCPU is not lost, and does not start it. */
static void wakes_are_kept(void **state)
{
	struct vcpu *v = d->vcpu[0];

	(void)state;
	domain_pause(d);
	sched_wake(v);
	assert_null(pick());
	domain_unpause(d);
	assert_ptr_equal(pick(), v);
	/* And what was blocked stays so. */
	sched_block(v);
	domain_pause(d);
	domain_unpause(d);
	assert_null(pick());
}

static void who_holds_may_run(void **state)
{
	struct vcpu *a = d->vcpu[0], *b = d->vcpu[1];

	(void)state;
	b->online = true;
	sched_wake(a);
	sched_wake(b);
	assert_int_equal(domain_hold(a), 0);
	assert_int_equal(domain_hold(b), -XEN_EAGAIN);
	assert_ptr_equal(pick(), a);
	sched_pass(a);
	assert_ptr_equal(pick(), a);
	/* Somebody else's pause is for everybody. */
	domain_pause(d);
	assert_null(pick());
	domain_unpause(d);
	vcpu_pause(a);
	assert_null(pick());
	vcpu_unpause(a);
	domain_release(a);
	assert_int_equal(domain_hold(b), 0);
	assert_ptr_equal(pick(), b);
	domain_release(b);
}

static void *late(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 30; i++) {
		sched_yield();
		host_counter_advance(arch_counter_hz());
	}
	return NULL;
}

/* A CPU that never answers is found out. */
static void waiting_has_a_bound(void **state)
{
	struct vcpu *v = d->vcpu[0];
	pthread_t thread;

	(void)state;
	host_set_nr_cpus(2);
	v->cpu = 1;
	v->running = true;
	cpu_goes_on(1);
	assert_int_equal(pthread_create(&thread, NULL, late, NULL), 0);
	assert_true(HOST_BUGS(domain_pause(d)));
	assert_int_equal(pthread_join(thread, NULL), 0);
	cpu_rests(1);
	cpu_rests(0);
	v->running = false;
	v->cpu = 0;
	domain_unpause(d);
}

/* ------------------------------------------------- rounds of a held hypercall */

static void rounds_without_the_guest(void **state)
{
	uint64_t pc = 0x1000;

	(void)state;
	/* A list of which each element but the first is a round of its own. */
	self->regs.pc = pc;
	self->regs.x[0] = guest_page(&dom0, 1);
	self->regs.x[1] = 2;
	self->regs.x[16] = __HYPERVISOR_multicall;
	memset(guest_at(&dom0, guest_page(&dom0, 1)), 0,
	       2 * sizeof(struct multicall_entry));
	self->work = 0;
	host_irq_waiting_after(0);
	hypercall(self);
	assert_int_equal(self->regs.pc, pc - 4);
	assert_int_equal(self->work, 0);

	self->regs.pc = pc;
	self->regs.x[0] = guest_page(&dom0, 1);
	self->regs.x[1] = 2;
	assert_int_equal(domain_hold(self), 0);
	self->work = 0;
	host_irq_waiting_after(0);
	hypercall(self);
	assert_int_equal(self->regs.pc, pc - 4);
	assert_int_equal(self->work, WORK_AGAIN);
	host_irq_waiting_after(~0u);
	hypercall_again(self);
	assert_int_equal(self->regs.pc, pc);
	assert_int_equal(self->regs.x[0], 0);
	domain_release(self);
}

static int setup(void **state)
{
	dom0_setup(state);
	guest_end(&domu);
	domu = guest_make(1, false, NR_CPUS - 1);
	d = domu.d;
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, dom0_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pauses_are_counted),
		TEST(wakes_are_kept),
		TEST(who_holds_may_run),
		TEST(waiting_has_a_bound),
		TEST(rounds_without_the_guest),
		TEST(nobody_is_in_a_paused_guest),
		TEST(one_vcpu_is_paused),
		TEST(two_pause_each_other),
	};

	return cmocka_run_group_tests_name("pause", tests, NULL, NULL);
}
