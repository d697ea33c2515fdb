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

#define SCHED_SLICE_MS 10u

/* Bind @v to @cpu, blocked. -XEN_ENOMEM. */
int sched_add(struct vcpu *v, unsigned int cpu) __must_check;

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
 * @prev: the one that ran, or NULL.
 * @now:  counter value.
 * @until: output: counter value at which to ask again, or ~0.
 *
 * Round robin in slices of SCHED_SLICE_MS; who is the only runnable one has
 * no end of slice. Called on @cpu.
 * Return: NULL when nothing is runnable.
 */
struct vcpu *sched_pick(unsigned int cpu, struct vcpu *prev, uint64_t now,
			uint64_t *until);

/* Whether @v is the only vCPU bound to its CPU: then its WFI need not trap. */
bool sched_alone(const struct vcpu *v);

#endif
