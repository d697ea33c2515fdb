/* SPDX-License-Identifier: BSD-2-Clause */
#include "sched/timer.h"

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/compiler.h>
#include <core/lock.h>

#define NEVER (~UINT64_C(0))

struct timer_queue {
	struct spinlock lock;
	struct list armed; /* by ascending deadline                        */
	bool ready;	   /* `armed` is a list                            */
	bool stale;	   /* another CPU armed a new first one; atomic    */
};

static struct timer_queue queue[MAX_CPUS];

static struct timer_queue *queue_lock(unsigned int cpu)
{
	struct timer_queue *q = &queue[cpu];

	ASSERT(cpu < MAX_CPUS);
	spin_lock(&q->lock);
	if (!q->ready) {
		list_init(&q->armed);
		q->ready = true;
	}
	return q;
}

static uint64_t first_deadline(const struct timer_queue *q)
{
	if (list_empty(&q->armed)) {
		return NEVER;
	}
	return list_entry(q->armed.next, struct timer, link)->deadline;
}

/* The first deadline of @cpu has changed: the hardware has to know. */
static void program(struct timer_queue *q, unsigned int cpu)
{
	if (cpu == arch_this_cpu()) {
		arch_timer_set(first_deadline(q));
		return;
	}
	__atomic_store_n(&q->stale, true, __ATOMIC_RELEASE);
	arch_cpu_kick(cpu);
}

void timer_init(struct timer *t, void (*fire)(void *opaque), void *opaque)
{
	*t = (struct timer){ .fire = fire, .opaque = opaque };
	list_init(&t->link);
}

void timer_cancel(struct timer *t)
{
	struct timer_queue *q = queue_lock(t->cpu);
	uint64_t first = first_deadline(q);

	if (t->armed) {
		list_del(&t->link);
		t->armed = false;
	}
	/* On another CPU the interrupt comes in vain, which does no harm. */
	if (first != first_deadline(q) && t->cpu == arch_this_cpu()) {
		program(q, t->cpu);
	}
	spin_unlock(&q->lock);
}

static void insert(struct timer_queue *q, struct timer *t)
{
	struct timer *at;

	list_for_each(at, &q->armed, link) {
		if (at->deadline > t->deadline) {
			break;
		}
	}
	list_add_before(&at->link, &t->link);
}

void timer_set(struct timer *t, unsigned int cpu, uint64_t deadline)
{
	struct timer_queue *q;

	timer_cancel(t);
	if (deadline == NEVER) {
		return;
	}
	q = queue_lock(cpu);
	t->cpu = cpu;
	t->deadline = deadline;
	t->armed = true;
	insert(q, t);
	if (q->armed.next == &t->link) {
		program(q, cpu);
	}
	spin_unlock(&q->lock);
}

void timer_run(unsigned int cpu, uint64_t now)
{
	struct timer_queue *q = queue_lock(cpu);

	while (first_deadline(q) <= now) {
		struct timer *t = list_entry(q->armed.next, struct timer, link);
		void (*fire)(void *opaque) = t->fire;
		void *opaque = t->opaque;

		list_del(&t->link);
		t->armed = false;
		spin_unlock(&q->lock);
		fire(opaque);
		q = queue_lock(cpu);
	}
	q->stale = false;
	arch_timer_set(first_deadline(q));
	spin_unlock(&q->lock);
}

void timer_sync(unsigned int cpu)
{
	struct timer_queue *q = &queue[cpu];

	if (likely(!__atomic_load_n(&q->stale, __ATOMIC_ACQUIRE))) {
		return;
	}
	q = queue_lock(cpu);
	q->stale = false;
	arch_timer_set(first_deadline(q));
	spin_unlock(&q->lock);
}
