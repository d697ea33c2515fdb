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

void timer_init(struct timer *t, void (*fire)(void *opaque), void *opaque);
/* Arm or re-arm for @deadline on @cpu; the past fires at once. */
void timer_set(struct timer *t, unsigned int cpu, uint64_t deadline);
/* After it, `fire` does not run any more unless it is running on another
 * CPU at this moment. */
void timer_cancel(struct timer *t);

/* Called on @cpu by the hypervisor-timer interrupt: fires what is due and
 * programs the hardware for the next one. */
void timer_run(unsigned int cpu, uint64_t now);

#endif
