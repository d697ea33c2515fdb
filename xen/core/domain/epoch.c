/* SPDX-License-Identifier: BSD-2-Clause */
/* Epoch sections: one counter a CPU, odd while it is in a section. */
#include "domain/epoch.h"

#include <stdint.h>

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/compiler.h>

/* A cache line each: they are written all the time. */
static struct epoch {
	uint64_t count;
} __aligned_to(64) epochs[MAX_CPUS];

void epoch_enter(unsigned int cpu)
{
	uint64_t *count = &epochs[cpu].count;

	ASSERT(!(*count & 1));
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	/* Seen by epoch_wait() before anything is looked up. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void epoch_leave(unsigned int cpu)
{
	uint64_t *count = &epochs[cpu].count;

	ASSERT(*count & 1);
	__atomic_store_n(count, *count + 1, __ATOMIC_RELEASE);
}

void epoch_wait(void)
{
	unsigned int nr = arch_nr_cpus();

	/* What made the memory unreachable is seen by later sections. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int cpu = 0; cpu < nr; cpu++) {
		uint64_t *count = &epochs[cpu].count;
		uint64_t seen = __atomic_load_n(count, __ATOMIC_ACQUIRE);

		if (!(seen & 1)) {
			continue;
		}
		while (__atomic_load_n(count, __ATOMIC_ACQUIRE) == seen) {
			arch_relax();
		}
	}
}
