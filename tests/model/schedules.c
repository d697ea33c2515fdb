/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/stage2.h>

#include "arch/host/host.h"
#include "domain/epoch.h"
#include "p2m/p2m.h"

#define STACK_SIZE  (256 * 1024)
#define MAX_CHOICES 4096

/* -------------------------------------------------------------- schedules */

static struct {
	ucontext_t context;
	bool done;
	char stack[STACK_SIZE];
} actors[MAX_ACTORS];

static ucontext_t scheduler;
static unsigned int running, nr_actors;
static bool on; /* actors are running */

/* Which of several ways was gone at each point; the next run takes the next
 * one, depth first. */
static struct {
	uint8_t taken;
	uint8_t ways;
} choice[MAX_CHOICES];
static unsigned int nr_choices, at_choice, preemptions, max_preemptions;
static unsigned int waits; /* in a row, with nobody getting anywhere */

static unsigned int choose(unsigned int ways)
{
	assert_true(at_choice < MAX_CHOICES);
	if (at_choice == nr_choices) {
		choice[nr_choices].taken = 0;
		choice[nr_choices].ways = (uint8_t)ways;
		nr_choices++;
	}
	assert_int_equal(choice[at_choice].ways, ways);
	return choice[at_choice++].taken;
}

bool schedules_next(void)
{
	while (nr_choices) {
		if (++choice[nr_choices - 1].taken <
		    choice[nr_choices - 1].ways) {
			return true;
		}
		nr_choices--;
	}
	return false;
}

static void go_to(unsigned int next)
{
	unsigned int from = running;

	running = next;
	host_set_cpu(next);
	if (next != from) {
		swapcontext(&actors[from].context, &actors[next].context);
		host_set_cpu(from);
	}
}

/* The @n-th actor after this one that has not finished. */
static unsigned int other(unsigned int n)
{
	unsigned int a = running;

	do {
		a = (a + 1) % nr_actors;
		if (!actors[a].done && n-- == 0) {
			return a;
		}
	} while (a != running);
	return running;
}

static unsigned int nr_others(void)
{
	unsigned int nr = 0;

	for (unsigned int a = 0; a < nr_actors; a++) {
		nr += a != running && !actors[a].done;
	}
	return nr;
}

void point(void)
{
	unsigned int way;

	if (!on || preemptions == max_preemptions || !nr_others()) {
		return;
	}
	waits = 0;
	way = choose(1 + nr_others());
	if (way) {
		preemptions++;
		go_to(other(way - 1));
	}
}

/* It cannot go on: the others in turn. */
void __wrap_arch_relax(void);
void __wrap_arch_relax(void)
{
	if (on) {
		/* Somebody who could go on would have. */
		assert_true(nr_others() && waits++ < 1000);
		go_to(other(0));
	}
}

void pause_actor(void)
{
	arch_relax();
}

unsigned int running_actor(void)
{
	return running;
}

/* The end of an actor. */
static void finish(void)
{
	actors[running].done = true;
	waits = 0;
	if (!nr_others()) {
		setcontext(&scheduler);
	}
	go_to(other(choose(nr_others())));
	abort();
}

/* --------------------------------------------------------------- programs */

static void (*const *programs)(void);

static void start_actor(void)
{
	programs[running]();
	finish();
}

static void make_actor(unsigned int a)
{
	getcontext(&actors[a].context);
	actors[a].context.uc_stack.ss_sp = actors[a].stack;
	actors[a].context.uc_stack.ss_size = STACK_SIZE;
	actors[a].done = false;
	makecontext(&actors[a].context, start_actor, 0);
}

void schedules_reset(void)
{
	on = false;
	host_set_cpu(0);
	for (unsigned int cpu = 0; cpu < MAX_ACTORS; cpu++) {
		epochs[cpu].count = 0;
	}
}

void schedules_begin(unsigned int allowed)
{
	nr_choices = 0;
	max_preemptions = allowed;
}

void schedules_run(void (*const *fn)(void), unsigned int nr)
{
	volatile bool over = false;

	programs = fn;
	nr_actors = nr;
	for (unsigned int a = 0; a < nr; a++) {
		make_actor(a);
	}
	at_choice = preemptions = waits = 0;
	getcontext(&scheduler);
	if (!over) {
		over = true;
		on = true;
		running = choose(nr);
		host_set_cpu(running);
		setcontext(&actors[running].context);
	}
	schedules_reset();
}

/* ------------------------------------------------------------- the points */

void __real_arch_pte_store(uint64_t *slot, uint64_t pte);
void __wrap_arch_pte_store(uint64_t *slot, uint64_t pte);
void __wrap_arch_pte_store(uint64_t *slot, uint64_t pte)
{
	point();
	__real_arch_pte_store(slot, pte);
}

void __real_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr);
void __wrap_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr);
void __wrap_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr)
{
	point();
	__real_arch_s2_flush(r, ranges, nr);
	point();
}

void __real_arch_pte_publish(void);
void __wrap_arch_pte_publish(void);
void __wrap_arch_pte_publish(void)
{
	point();
	__real_arch_pte_publish();
}

struct p2m_locked __real_p2m_lock(struct p2m *p);
struct p2m_locked __wrap_p2m_lock(struct p2m *p);
struct p2m_locked __wrap_p2m_lock(struct p2m *p)
{
	struct p2m_locked l;

	point();
	l = __real_p2m_lock(p);
	point();
	return l;
}

void __real_p2m_unlock(struct p2m_locked l);
void __wrap_p2m_unlock(struct p2m_locked l);
void __wrap_p2m_unlock(struct p2m_locked l)
{
	point();
	__real_p2m_unlock(l);
	point();
}

void __real_epoch_wait(void);
void __wrap_epoch_wait(void);
void __wrap_epoch_wait(void)
{
	point();
	__real_epoch_wait();
	point();
}
