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

/* Bind @v to @cpu, blocked. -XEN_ENOMEM. */
int sched_add(struct vcpu *v, unsigned int cpu) __must_check;

/* Make @v runnable (interrupt, event, CPU_ON); kicks its CPU if needed. */
void sched_wake(struct vcpu *v);

/* @v, running here, waits for an interrupt: it is runnable no more. The
 * caller has checked that nothing is pending; sched_wake() undoes it. */
void sched_block(struct vcpu *v);

/* @v, running here, lets the next of its CPU run first. */
void sched_yield(struct vcpu *v);

/* Take @v off for good (CPU_OFF, shutdown), until sched_wake(). */
void sched_stop(struct vcpu *v);

/**
 * sched_pick() - The vCPU that shall run on @cpu now.
 * @prev: the one that ran, or NULL.
 * @now:  counter value.
 * @until: output: counter value at which to ask again, or ~0.
 *
 * Return: NULL when nothing is runnable.
 */
struct vcpu *sched_pick(unsigned int cpu, struct vcpu *prev, uint64_t now,
			uint64_t *until);

/* Whether @v is the only vCPU bound to its CPU: then its WFI need not trap. */
bool sched_alone(const struct vcpu *v);

#endif
