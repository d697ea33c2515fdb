/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues. Each vCPU has a virtual time, which advances while it runs, the
 * slower the more weight its domain has; who is behind is next. Who has slept
 * is not further behind than one slice, which is enough to run at once.
 */
#include "sched/sched.h"

#include <stddef.h>

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/list.h>

#include "frame/heap.h"
#include "sched/internal.h"

#define NEVER (~UINT64_C(0))

/* Nobody waits longer than 256 slices of one other vCPU. */
#define MIN_WEIGHT 16u
#define MAX_WEIGHT 4096u

static struct run_queue queue[MAX_CPUS];

struct run_queue *queue_of(unsigned int cpu)
{
	ASSERT(cpu < MAX_CPUS);
	return &queue[cpu];
}

struct run_queue *unit_lock(struct sched_unit *u)
{
	for (;;) {
		unsigned int cpu = __atomic_load_n(&u->cpu, __ATOMIC_RELAXED);
		struct run_queue *q = queue_of(cpu);

		spin_lock(&q->lock);
		if (u->cpu == cpu) {
			return q;
		}
		spin_unlock(&q->lock);
	}
}

static uint64_t slice_ticks(void)
{
	return arch_counter_hz() / 1000 * SCHED_SLICE_MS;
}

/* ----------------------------------------------------------- virtual time */

/* How much later it is for @u after it ran for @ticks. */
static uint64_t virtual(const struct sched_unit *u, uint64_t ticks)
{
	uint64_t weight = u->vcpu->domain->weight;

	weight = max_u64(MIN_WEIGHT, min_u64(weight, MAX_WEIGHT));
	return ticks * SCHED_DEFAULT_WEIGHT / weight;
}

/* The virtual time of @q's current at @now. */
static uint64_t current_time(const struct run_queue *q, uint64_t now)
{
	uint64_t ran = now > q->since ? now - q->since : 0;

	return q->current->turn.time + virtual(q->current, ran);
}

/* Who waits here for so long that it runs before the end of the slice. */
static bool is_urgent(const struct run_queue *q, const struct turn *t,
		      uint64_t now)
{
	return !turn_before(current_time(q, now), t->time + slice_ticks());
}

static void raise_floor(struct run_queue *q)
{
	const struct turn *first = q->turns.first;
	const struct turn *current = q->current ? &q->current->turn : first;

	if (!current) {
		return;
	}
	if (!first || turn_before(current->time, first->time)) {
		first = current;
	}
	if (turn_before(q->floor, first->time)) {
		q->floor = first->time;
	}
}

/* ----------------------------------------------------------------- waiting */

static struct sched_unit *unit_at(struct turn *t)
{
	return t ? list_entry(t, struct sched_unit, turn) : NULL;
}

static void enqueue(struct run_queue *q, struct sched_unit *u)
{
	uint64_t earliest = q->floor - slice_ticks();

	if (turn_before(u->turn.time, earliest)) {
		u->turn.time = earliest;
	}
	turns_add(&q->turns, &u->turn);
	u->queued = true;
}

static void dequeue(struct run_queue *q, struct sched_unit *u)
{
	turns_del(&q->turns, &u->turn);
	u->queued = false;
}

/* @u is new in @q: an idle CPU wakes up; a busy one has slices from now on, or
 * a new first one. */
static void tell_queue(struct run_queue *q, const struct sched_unit *u)
{
	if (!q->current) {
		if (u->cpu != arch_this_cpu()) {
			arch_cpu_kick(u->cpu);
		}
	} else if (!q->turns.first->child ||
		   (q->turns.first == &u->turn &&
		    is_urgent(q, &u->turn, arch_counter()))) {
		vcpu_request(q->current->vcpu, WORK_SCHED);
	}
}

/* What runs has run up to @now. */
static void charge(struct run_queue *q, uint64_t now)
{
	if (q->current) {
		q->current->turn.time = current_time(q, now);
	}
	q->since = now;
	raise_floor(q);
}

void unit_refresh(struct run_queue *q, struct sched_unit *u)
{
	bool waits = unit_may_run(u) && q->current != u;

	if (waits && !u->queued) {
		charge(q, arch_counter());
		enqueue(q, u);
		tell_queue(q, u);
	} else if (!waits && u->queued) {
		dequeue(q, u);
	}
}

/* -------------------------------------------------------------- membership */

int sched_add(struct vcpu *v, unsigned int cpu)
{
	struct sched_unit *u = heap_alloc(sizeof(*u));
	struct run_queue *q = queue_of(cpu);

	if (!u) {
		return -XEN_ENOMEM;
	}
	u->vcpu = v;
	u->cpus = SCHED_ALL_CPUS;
	v->sched = u;
	v->cpu = (uint16_t)cpu;
	spin_lock(&q->lock);
	/* As if it had slept for long. */
	u->turn.time = q->floor - slice_ticks();
	unit_bind(q, u, cpu);
	spin_unlock(&q->lock);
	return 0;
}

void sched_remove(struct vcpu *v)
{
	struct sched_unit *u = v->sched;
	struct run_queue *q = unit_lock(u);

	u->runnable = false;
	unit_refresh(q, u);
	if (q->current == u) {
		q->current = NULL;
	}
	unit_unbind(q);
	spin_unlock(&q->lock);
	v->sched = NULL;
	heap_free(u);
}

/* ---------------------------------------------------------- wake and block */

static void wake_blocked(struct vcpu *v)
{
	struct sched_unit *u = v->sched;
	struct run_queue *q;

	unit_find_idle(u);
	q = unit_lock(u);
	if (!u->runnable && v->online && !v->domain->shutting_down) {
		__atomic_store_n(&u->runnable, true, __ATOMIC_RELAXED);
		unit_refresh(q, u);
	}
	spin_unlock(&q->lock);
}

void sched_wake(struct vcpu *v)
{
	/* Pairs with sched_block(): what was made pending comes before. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(!__atomic_load_n(&v->sched->runnable, __ATOMIC_RELAXED))) {
		wake_blocked(v);
	}
}

void sched_update(struct vcpu *v)
{
	struct run_queue *q = unit_lock(v->sched);

	unit_refresh(q, v->sched);
	spin_unlock(&q->lock);
}

void sched_block(struct vcpu *v)
{
	struct run_queue *q = unit_lock(v->sched);

	__atomic_store_n(&v->sched->runnable, false, __ATOMIC_RELAXED);
	unit_refresh(q, v->sched);
	spin_unlock(&q->lock);
	/* What the caller looks for as pending comes after. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	vcpu_request(v, WORK_SCHED);
}

void sched_stop(struct vcpu *v)
{
	sched_block(v);
}

void sched_pass(struct vcpu *v)
{
	struct run_queue *q = unit_lock(v->sched);
	bool others = q->current == v->sched && q->turns.first;

	q->pass |= others;
	spin_unlock(&q->lock);
	if (others) {
		vcpu_request(v, WORK_SCHED);
	}
}

/* ------------------------------------------------------------------ picking */

/* Whether @u, which runs, goes on before @first, who waits. */
static bool goes_on(const struct run_queue *q, const struct sched_unit *u,
		    const struct turn *first, uint64_t now)
{
	if (!first) {
		return true;
	}
	if (q->pass) {
		return false;
	}
	return now < q->slice_end ? !is_urgent(q, first, now)
				  : turn_before(u->turn.time, first->time);
}

static void switch_to(struct run_queue *q, struct sched_unit *next)
{
	struct sched_unit *prev = q->current;

	if (next) {
		dequeue(q, next);
	}
	q->current = next;
	if (prev && unit_may_run(prev)) {
		enqueue(q, prev);
	}
}

/* The lock is held. */
static struct sched_unit *pick(struct run_queue *q, uint64_t now)
{
	struct sched_unit *u = q->current;
	struct turn *first = q->turns.first;

	charge(q, now);
	if (!u || !unit_may_run(u) || !goes_on(q, u, first, now)) {
		switch_to(q, unit_at(first));
		q->slice_end = now + slice_ticks();
	} else if (now >= q->slice_end) {
		q->slice_end = now + slice_ticks();
	}
	q->pass = false;
	raise_floor(q);
	return q->current;
}

struct vcpu *sched_pick(unsigned int cpu, uint64_t now, uint64_t *until)
{
	struct run_queue *q = queue_of(cpu);
	struct sched_unit *u;

	do {
		spin_lock(&q->lock);
		u = pick(q, now);
		*until = u && q->turns.first ? q->slice_end : NEVER;
		spin_unlock(&q->lock);
	} while (!u && queue_pull(cpu));
	return u ? u->vcpu : NULL;
}
