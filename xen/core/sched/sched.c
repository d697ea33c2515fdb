/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues. The list of a queue holds the vCPUs that can run, in the order
 * of their turns; the one that runs is at its head.
 */
#include "sched/sched.h"

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/list.h>
#include <core/lock.h>

#include "domain/domain.h"
#include "domain/pause.h"
#include "frame/heap.h"

/* What the scheduler knows of a vCPU; guarded by its queue's lock. */
struct sched_unit {
	struct list link; /* in the queue while runnable */
	struct vcpu *vcpu;
	uint16_t cpu;  /* the queue it is bound to */
	bool runnable; /* atomic: sched_wake() looks without the lock */
	bool queued;   /* in the list: runnable, and not paused       */
};

struct run_queue {
	struct spinlock lock;
	struct list runnable;
	struct vcpu *current; /* what sched_pick() answered last       */
	uint64_t slice_end;   /* of `current`                          */
	uint32_t bound;	      /* vCPUs bound to this CPU; atomic       */
	bool ready;	      /* `runnable` is a list: see queue_get() */
};

static struct run_queue queue[MAX_CPUS];

/* The queue of @cpu, locked. */
static struct run_queue *queue_lock(unsigned int cpu)
{
	struct run_queue *q = &queue[cpu];

	ASSERT(cpu < MAX_CPUS);
	spin_lock(&q->lock);
	if (!q->ready) {
		list_init(&q->runnable);
		q->ready = true;
	}
	return q;
}

/* In the list or not, as it has to be. True when it has just come. */
static bool refresh(struct run_queue *q, struct sched_unit *u)
{
	bool queued = u->runnable && !vcpu_is_paused(u->vcpu);

	if (queued == u->queued) {
		return false;
	}
	u->queued = queued;
	if (queued) {
		list_add_tail(&q->runnable, &u->link);
	} else {
		list_del(&u->link);
	}
	return queued;
}

static void set_runnable(struct sched_unit *u, bool runnable)
{
	__atomic_store_n(&u->runnable, runnable, __ATOMIC_RELAXED);
}

int sched_add(struct vcpu *v, unsigned int cpu)
{
	struct sched_unit *u = heap_alloc(sizeof(*u));
	struct run_queue *q;

	if (!u) {
		return -XEN_ENOMEM;
	}
	list_init(&u->link);
	u->vcpu = v;
	u->cpu = (uint16_t)cpu;
	v->sched = u;
	v->cpu = (uint16_t)cpu;
	q = queue_lock(cpu);
	__atomic_fetch_add(&q->bound, 1, __ATOMIC_RELAXED);
	spin_unlock(&q->lock);
	return 0;
}

void sched_remove(struct vcpu *v)
{
	struct sched_unit *u = v->sched;
	struct run_queue *q = queue_lock(u->cpu);

	set_runnable(u, false);
	(void)refresh(q, u);
	if (q->current == v) {
		q->current = NULL;
	}
	__atomic_fetch_sub(&q->bound, 1, __ATOMIC_RELAXED);
	spin_unlock(&q->lock);
	v->sched = NULL;
	heap_free(u);
}

/* What changes when @u joins @q: who is there is told, an idle CPU woken. */
static void tell_queue(struct run_queue *q, const struct sched_unit *u)
{
	if (q->current) {
		vcpu_request(q->current, WORK_SCHED);
	} else if (u->cpu != arch_this_cpu()) {
		arch_cpu_kick(u->cpu);
	}
}

static void wake_blocked(struct vcpu *v)
{
	struct sched_unit *u = v->sched;
	struct run_queue *q = queue_lock(u->cpu);

	if (!u->runnable && v->online && !v->domain->shutting_down) {
		set_runnable(u, true);
		if (refresh(q, u)) {
			tell_queue(q, u);
		}
	}
	spin_unlock(&q->lock);
}

void sched_update(struct vcpu *v)
{
	struct sched_unit *u = v->sched;
	struct run_queue *q = queue_lock(u->cpu);

	if (refresh(q, u)) {
		tell_queue(q, u);
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

void sched_block(struct vcpu *v)
{
	struct run_queue *q = queue_lock(v->sched->cpu);

	set_runnable(v->sched, false);
	(void)refresh(q, v->sched);
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
	struct sched_unit *u = v->sched;
	struct run_queue *q = queue_lock(u->cpu);
	bool others = u->queued && u->link.next != u->link.prev;

	if (others) {
		list_del(&u->link);
		list_add_tail(&q->runnable, &u->link);
	}
	spin_unlock(&q->lock);
	if (others) {
		vcpu_request(v, WORK_SCHED);
	}
}

static struct sched_unit *head(struct run_queue *q)
{
	return list_entry(q->runnable.next, struct sched_unit, link);
}

struct vcpu *sched_pick(unsigned int cpu, struct vcpu *prev, uint64_t now,
			uint64_t *until)
{
	struct run_queue *q = queue_lock(cpu);
	struct sched_unit *u = head(q);
	bool alone = q->runnable.next == q->runnable.prev;
	struct vcpu *next = NULL;

	*until = ~UINT64_C(0);
	if (!list_empty(&q->runnable)) {
		if (u->vcpu == prev && !alone && now >= q->slice_end) {
			list_del(&u->link);
			list_add_tail(&q->runnable, &u->link);
			u = head(q);
		}
		next = u->vcpu;
		if (next != prev) {
			q->slice_end =
				now + arch_counter_hz() / 1000 * SCHED_SLICE_MS;
		}
		if (!alone) {
			*until = q->slice_end;
		}
	}
	q->current = next;
	spin_unlock(&q->lock);
	return next;
}

bool sched_alone(const struct vcpu *v)
{
	const struct run_queue *q = &queue[v->sched->cpu];

	return __atomic_load_n(&q->bound, __ATOMIC_RELAXED) == 1;
}
