/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU a vCPU is bound to. It changes when it may not be there any more,
 * and when it would wait while another CPU has nothing to do; never while its
 * state is in the registers of a CPU.
 */
#include <stddef.h>

#include <arch/cpu.h>
#include <core/errno.h>
#include <core/list.h>

#include "sched/internal.h"
#include "sched/sched.h"

/* How many are bound decides who traps WFI: who runs there looks again. */
static void change_bound(struct run_queue *q, int32_t by)
{
	uint32_t bound = __atomic_add_fetch(&q->bound, by, __ATOMIC_RELAXED);

	if (q->current && (bound == 1 || bound - by == 1)) {
		vcpu_request(q->current->vcpu, WORK_SCHED);
	}
}

void unit_bind(struct run_queue *q, struct sched_unit *u, unsigned int cpu)
{
	__atomic_store_n(&u->cpu, (uint16_t)cpu, __ATOMIC_RELAXED);
	change_bound(q, 1);
}

void unit_unbind(struct run_queue *q)
{
	change_bound(q, -1);
}

bool sched_alone(const struct vcpu *v)
{
	const struct run_queue *q =
		queue_of(__atomic_load_n(&v->sched->cpu, __ATOMIC_RELAXED));

	return __atomic_load_n(&q->bound, __ATOMIC_RELAXED) == 1;
}

/* SCHEDOP_pin_override keeps it where it is. */
static bool allowed(const struct sched_unit *u, unsigned int cpu)
{
	if (u->vcpu && u->vcpu->pinned) {
		return cpu == __atomic_load_n(&u->cpu, __ATOMIC_RELAXED);
	}
	return __atomic_load_n(&u->cpus, __ATOMIC_RELAXED) >> cpu & 1;
}

/* A hint, without the lock. */
static bool is_idle(unsigned int cpu)
{
	const struct run_queue *q = queue_of(cpu);

	return !__atomic_load_n(&q->current, __ATOMIC_RELAXED) &&
	       !__atomic_load_n(&q->turns.first, __ATOMIC_RELAXED);
}

/* ------------------------------------------------------------------- moving */

/* Lock the queue of @u, which is returned, and that of @cpu: the lower CPU's
 * first. */
static struct run_queue *lock_both(struct sched_unit *u, unsigned int cpu)
{
	for (;;) {
		unsigned int from = __atomic_load_n(&u->cpu, __ATOMIC_RELAXED);

		spin_lock(&queue_of(from < cpu ? from : cpu)->lock);
		if (from != cpu) {
			spin_lock(&queue_of(from < cpu ? cpu : from)->lock);
		}
		if (u->cpu == from) {
			return queue_of(from);
		}
		spin_unlock(&queue_of(from)->lock);
		if (from != cpu) {
			spin_unlock(&queue_of(cpu)->lock);
		}
	}
}

/* Both locks are held: whether nobody has its state but memory. */
static bool is_movable(const struct run_queue *from, const struct sched_unit *u)
{
	return from->current != u &&
	       !__atomic_load_n(&u->vcpu->running, __ATOMIC_ACQUIRE);
}

/* It is as far behind, or ahead, of the others as it was. */
static void move(struct run_queue *from, struct sched_unit *u,
		 struct run_queue *to, unsigned int cpu)
{
	if (u->queued) {
		turns_del(&from->turns, &u->turn);
		u->queued = false;
	}
	unit_unbind(from);
	u->turn.time += to->floor - from->floor;
	unit_bind(to, u, cpu);
	__atomic_store_n(&u->leaving, !allowed(u, cpu), __ATOMIC_RELAXED);
	unit_refresh(to, u);
}

/* Move @u to @cpu, if it may be there and that is still a good idea. */
static bool try_move(struct sched_unit *u, unsigned int cpu,
		     bool (*good)(const struct sched_unit *u, unsigned int cpu))
{
	struct run_queue *to = queue_of(cpu);
	struct run_queue *from = lock_both(u, cpu);
	bool moves = from != to && allowed(u, cpu) && is_movable(from, u) &&
		     good(u, cpu);

	if (moves) {
		move(from, u, to, cpu);
	}
	if (from != to) {
		spin_unlock(&from->lock);
	}
	spin_unlock(&to->lock);
	return moves;
}

static bool to_idle(const struct sched_unit *u, unsigned int cpu)
{
	return is_idle(cpu) && !is_idle(u->cpu);
}

void unit_find_idle(struct sched_unit *u)
{
	unsigned int home = __atomic_load_n(&u->cpu, __ATOMIC_RELAXED);

	if (is_idle(home) ||
	    __atomic_load_n(&queue_of(home)->current, __ATOMIC_RELAXED) == u) {
		return;
	}
	for (unsigned int cpu = 0; cpu < arch_nr_cpus(); cpu++) {
		if (allowed(u, cpu) && is_idle(cpu) &&
		    try_move(u, cpu, to_idle)) {
			return;
		}
	}
}

/* ------------------------------------------------------------------ pulling */

/* The first of those who wait at @from that may move to @cpu, and does: both
 * locks are held, so it cannot vanish. */
static bool pull_from(unsigned int from, unsigned int cpu)
{
	struct run_queue *q = queue_of(from);
	struct run_queue *to = queue_of(cpu);
	struct sched_unit *u = NULL;

	spin_lock(&queue_of(from < cpu ? from : cpu)->lock);
	spin_lock(&queue_of(from < cpu ? cpu : from)->lock);
	if (q->turns.first) {
		u = list_entry(q->turns.first, struct sched_unit, turn);
		if (allowed(u, cpu) && is_movable(q, u)) {
			move(q, u, to, cpu);
		} else {
			u = NULL;
		}
	}
	spin_unlock(&q->lock);
	spin_unlock(&to->lock);
	return u;
}

bool queue_pull(unsigned int cpu)
{
	for (unsigned int from = 0; from < arch_nr_cpus(); from++) {
		struct run_queue *q = queue_of(from);

		/* Who waits behind another, not for a CPU to wake up. */
		if (from != cpu &&
		    __atomic_load_n(&q->turns.first, __ATOMIC_RELAXED) &&
		    __atomic_load_n(&q->current, __ATOMIC_RELAXED) &&
		    pull_from(from, cpu)) {
			return true;
		}
	}
	return false;
}

/* ----------------------------------------------------------------- affinity */

/* Where it may be and the fewest are. */
static unsigned int emptiest(const struct sched_unit *u)
{
	unsigned int best = u->cpu;
	uint32_t least = UINT32_MAX;

	for (unsigned int cpu = 0; cpu < arch_nr_cpus(); cpu++) {
		uint32_t bound = __atomic_load_n(&queue_of(cpu)->bound,
						 __ATOMIC_RELAXED);

		if (allowed(u, cpu) && bound < least) {
			best = cpu;
			least = bound;
		}
	}
	return best;
}

unsigned int sched_emptiest(void)
{
	const struct sched_unit any = { .cpus = SCHED_ALL_CPUS };

	return emptiest(&any);
}

static bool is_leaving(const struct sched_unit *u, unsigned int cpu)
{
	(void)cpu;
	return u->leaving;
}

void sched_unloaded(struct vcpu *v)
{
	struct sched_unit *u = v->sched;

	/* Pairs with the one in sched_set_affinity(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(u && __atomic_load_n(&u->leaving, __ATOMIC_RELAXED))) {
		(void)try_move(u, emptiest(u), is_leaving);
	}
}

bool sched_leaving(const struct vcpu *v)
{
	return v->sched &&
	       __atomic_load_n(&v->sched->leaving, __ATOMIC_RELAXED);
}

int sched_set_affinity(struct vcpu *v, uint64_t cpus)
{
	struct sched_unit *u = v->sched;
	uint64_t all = BIT(arch_nr_cpus()) - 1;
	struct run_queue *q;
	bool leaving;

	if (!(cpus & all)) {
		return -XEN_EINVAL;
	}
	q = unit_lock(u);
	__atomic_store_n(&u->cpus, cpus, __ATOMIC_RELAXED);
	leaving = !allowed(u, u->cpu);
	__atomic_store_n(&u->leaving, leaving, __ATOMIC_RELAXED);
	unit_refresh(q, u);
	spin_unlock(&q->lock);
	if (leaving) {
		/* Its CPU lets go of it, or has; one of the two moves it. */
		vcpu_request(v, WORK_SCHED);
		sched_unloaded(v);
	}
	return 0;
}

uint64_t sched_affinity(const struct vcpu *v)
{
	return __atomic_load_n(&v->sched->cpus, __ATOMIC_RELAXED);
}
