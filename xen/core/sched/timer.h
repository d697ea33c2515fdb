/* SPDX-License-Identifier: BSD-2-Clause */
/* Software timers: a sorted queue a CPU, driven by the hypervisor timer. */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <core/list.h>

struct timer {
	struct list link;
	uint64_t deadline; /* counter value */
	unsigned int cpu;
	bool armed;
	void (*fire)(void *opaque); /* on `cpu`, no lock held */
	void *opaque;
};

/* One timer's calls of timer_set() and timer_cancel() do not overlap; the
 * caller sees to it. `fire` may be running meanwhile. */
void timer_init(struct timer *t, void (*fire)(void *opaque), void *opaque);
/*
 * Arm or re-arm for @deadline on @cpu. The past fires as soon as that CPU
 * takes its timer interrupt; ~0 is never. Another CPU is kicked if its next
 * deadline moved, and has to call timer_sync() then.
 */
void timer_set(struct timer *t, unsigned int cpu, uint64_t deadline);
/* After it, `fire` does not run any more unless it is running on another
 * CPU at this moment. */
void timer_cancel(struct timer *t);

/* Called on @cpu by the hypervisor-timer interrupt: fires what is due and
 * programs the hardware for the next one. */
void timer_run(unsigned int cpu, uint64_t now);

/* Called on @cpu after each kick: programs the hardware if another CPU armed
 * a timer here. */
void timer_sync(unsigned int cpu);

#endif
