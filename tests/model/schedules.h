/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Actors as coroutines, and every way in which they may be interleaved with
 * few preemptions. Each actor is a CPU. It may be preempted at calls of the
 * seam (stores of descriptors, flushes), at the p2m's lock, at waits for
 * epochs, and where it says so; what waits, waits in arch_relax(). The linker
 * sends those calls here (--wrap).
 */
#ifndef MODEL_SCHEDULES_H
#define MODEL_SCHEDULES_H

#include <stdbool.h>

#define MAX_ACTORS 3

/* Before and after actors run; a test that failed may have left one. */
void schedules_reset(void);

/* The first schedule comes next. */
void schedules_begin(unsigned int preemptions);

/* Run actors 0 .. @nr - 1 to their ends, as the schedule says. */
void schedules_run(void (*const *actors)(void), unsigned int nr);

/* The next schedule, or false when all have been. */
bool schedules_next(void);

/* Here the running actor may be preempted. */
void point(void);
/* It has nothing to do before somebody else has done something. */
void pause_actor(void);
unsigned int running_actor(void);

#endif
