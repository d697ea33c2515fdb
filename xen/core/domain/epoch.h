/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epoch sections: a CPU that reads memory it found without a lock says so,
 * and whoever wants to reuse that memory waits until every CPU that was in a
 * section has left it. Sections are short and never nested. What runs in one
 * (copies of at most a page, handlers of emulated regions) may take locks, but
 * none under which epoch_wait() is called: the p2m's and the memory map's.
 */
#ifndef DOMAIN_EPOCH_H
#define DOMAIN_EPOCH_H

#include <stdint.h>

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/compiler.h>

/* A counter for each CPU, odd while it is in a section. A cache line each:
 * they are written all the time. */
struct epoch {
	uint64_t count;
} __aligned_to(64);

extern struct epoch epochs[MAX_CPUS];

static inline void epoch_enter(unsigned int cpu)
{
	uint64_t *count = &epochs[cpu].count;

	ASSERT(!(*count & 1));
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	/* Seen by epoch_wait() before anything is looked up. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void epoch_leave(unsigned int cpu)
{
	uint64_t *count = &epochs[cpu].count;

	ASSERT(*count & 1);
	__atomic_store_n(count, *count + 1, __ATOMIC_RELEASE);
}

/* Returns when every section that was open at the call has been left. The
 * caller is in no section. Bounded: sections copy at most a page. */
void epoch_wait(void);

#endif
