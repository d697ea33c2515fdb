/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside sched/: run queues, and what is known of each vCPU. */
#ifndef SCHED_INTERNAL_H
#define SCHED_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <core/bits.h>
#include <core/lock.h>

#include "domain/domain.h"
#include "domain/pause.h"
#include "sched/turns.h"

/* Guarded by the lock of the queue it is bound to. */
struct sched_unit {
	struct turn turn; /* its virtual time; in the queue if `queued` */
	struct vcpu *vcpu;
	uint64_t cpus; /* where it may run, a bit each; atomic       */
	uint16_t cpu;  /* the queue it is bound to; atomic           */
	bool runnable; /* atomic: sched_wake() looks without the lock */
	bool queued;   /* waits for its turn                         */
	bool leaving;  /* it may not be where it is; atomic          */
};

struct run_queue {
	struct spinlock lock;
	struct turns turns;	    /* who waits                         */
	struct sched_unit *current; /* who sched_pick() answered last    */
	uint64_t since;		    /* `current` is charged up to here   */
	uint64_t slice_end;	    /* of `current`                      */
	bool pass;		    /* `current` lets the next run first */
	uint64_t floor;		    /* virtual time; only grows          */
	uint32_t bound;		    /* vCPUs bound to this CPU; atomic   */
};

/* Whether @u wants to run and may. Its queue's lock is held. */
static inline bool unit_may_run(const struct sched_unit *u)
{
	return u->runnable && !u->leaving && !vcpu_is_paused(u->vcpu);
}

/* sched.c */
struct run_queue *queue_of(unsigned int cpu);
/* The queue that @u is bound to, locked. */
struct run_queue *unit_lock(struct sched_unit *u);
/* Waiting or not, as it has to be; who is concerned is told. */
void unit_refresh(struct run_queue *q, struct sched_unit *u);

/* place.c */

/* Bind @u, which waits for no turn: the lock of @q is held. */
void unit_bind(struct run_queue *q, struct sched_unit *u, unsigned int cpu);
void unit_unbind(struct run_queue *q);
/* @u has woken up: if its CPU is busy and another one idle, it moves there. No
 * lock is held. */
void unit_find_idle(struct sched_unit *u);
/* Somebody who waits elsewhere moves to the idle @cpu. False: nobody can. */
bool queue_pull(unsigned int cpu);

#endif
