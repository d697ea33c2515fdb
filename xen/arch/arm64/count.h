/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that cost more than they look, counted in a build with
 * --enable-debug alone.
 */
#ifndef ARM64_COUNT_H
#define ARM64_COUNT_H

enum counted {
	COUNT_TLBI,
	COUNT_DSB,
	COUNT_DC, /* cache lines cleaned or invalidated */
	COUNT_IC,
	NR_COUNTED,
};

#ifdef NDEBUG
#define COUNT(kind) ((void)0)
static inline void count_dump(unsigned int cpu)
{
	(void)cpu;
}
#else
#define COUNT(kind) count_one(kind)
/* One more on this CPU. */
void count_one(enum counted kind);
/* To the log. */
void count_dump(unsigned int cpu);
#endif

#endif
