/* SPDX-License-Identifier: BSD-2-Clause */
/* Epoch sections: waiting for those of other CPUs. */
#include "domain/epoch.h"

struct epoch epochs[MAX_CPUS];

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
