/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vCPU runs where. Each CPU has a run queue of the vCPUs that are
 * bound to it; a switch happens only on the way out to a guest.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

struct vcpu;

#define SCHED_SLICE_MS	     10u
#define SCHED_DEFAULT_WEIGHT 256u
#define SCHED_ALL_CPUS	     (~UINT64_C(0))

/* Bind @v to @cpu, blocked; it may run anywhere. -XEN_ENOMEM. */
int sched_add(struct vcpu *v, unsigned int cpu) __must_check;
/* The CPU that the fewest are bound to. */
unsigned int sched_emptiest(void);

/* Undo sched_add(); @v runs nowhere. */
void sched_remove(struct vcpu *v);

/*
 * Make @v runnable (interrupt, event, CPU_ON); kicks its CPU if needed. From
 * any CPU, and cheap when it is runnable already. Without effect while
 * v->online is false or the domain shuts down: what an offline vCPU gets does
 * not start it. CPU_ON sets v->online before the call.
 */
void sched_wake(struct vcpu *v);

/*
 * @v, running here, waits for an interrupt: it is runnable no more. No wake
 * is lost when the caller blocks first, then looks whether something is
 * pending, and if so undoes it with sched_wake(). Sets WORK_SCHED, like the
 * two that follow.
 */
void sched_block(struct vcpu *v);

/* Pauses of @v or of its domain have become more or fewer: it may run or not.
 * One that runs is asked by the caller to leave. */
void sched_update(struct vcpu *v);

/* @v, running here, lets the next of its CPU run first (yield). */
void sched_pass(struct vcpu *v);

/* Take @v off for good (CPU_OFF, shutdown), until sched_wake(). CPU_OFF
 * clears v->online before the call. @v may be running on any CPU. */
void sched_stop(struct vcpu *v);

/**
 * sched_pick() - The vCPU that shall run on @cpu now.
 * @now:   counter value.
 * @until: output: counter value at which to ask again, or ~0.
 *
 * The one with the least virtual time, in slices of SCHED_SLICE_MS; who is the
 * only one to run has no end of slice. A CPU with nothing to do takes one who
 * waits elsewhere. Called on @cpu.
 * Return: NULL when nothing is to run.
 */
struct vcpu *sched_pick(unsigned int cpu, uint64_t now, uint64_t *until);

/* Whether @v is the only vCPU bound to its CPU: then its WFI need not trap.
 * When that changes, who runs there is asked for WORK_SCHED. */
bool sched_alone(const struct vcpu *v);

/**
 * sched_set_affinity() - @v runs on @cpus alone, a bit each.
 *
 * Where it may not be it leaves on the way out of the hypervisor, and is bound
 * to the emptiest of @cpus then.
 * Return: 0; -XEN_EINVAL (no CPU that there is).
 */
int sched_set_affinity(struct vcpu *v, uint64_t cpus) __must_check;
uint64_t sched_affinity(const struct vcpu *v);

/* Whether the CPU that has @v loaded is to unload it, even if it has nothing
 * else to do. */
bool sched_leaving(const struct vcpu *v);
/* @v has just been unloaded here (v->running is false). No lock is held. */
void sched_unloaded(struct vcpu *v);

#endif
