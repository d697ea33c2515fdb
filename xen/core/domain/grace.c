/* SPDX-License-Identifier: BSD-2-Clause */
/* Grace periods. */
#include "domain/grace.h"

void grace_begin(struct grace *g)
{
	/* What was made unreachable is so before a CPU is seen anywhere. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int cpu = 0; cpu < arch_nr_cpus(); cpu++) {
		g->seen[cpu] = arch_cpu_kicks(cpu);
		if (cpu != arch_this_cpu()) {
			arch_cpu_kick(cpu);
		}
	}
}

bool grace_over(const struct grace *g)
{
	bool over = true;

	for (unsigned int cpu = 0; cpu < arch_nr_cpus(); cpu++) {
		if (cpu != arch_this_cpu() &&
		    arch_cpu_kicks(cpu) == g->seen[cpu]) {
			arch_cpu_kick(cpu);
			over = false;
		}
	}
	return over;
}
