/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/arm64/count.h"

#include <arch/cpu.h>
#include <core/log.h>

#ifndef NDEBUG
static uint64_t counts[MAX_CPUS][NR_COUNTED];

void count_one(enum counted kind)
{
	counts[arch_this_cpu()][kind]++;
}

void count_dump(unsigned int cpu)
{
	const uint64_t *n = counts[cpu];

	log_err("CPU%u: %llu TLBI, %llu DSB, %llu DC, %llu IC", cpu,
		(unsigned long long)n[COUNT_TLBI],
		(unsigned long long)n[COUNT_DSB],
		(unsigned long long)n[COUNT_DC],
		(unsigned long long)n[COUNT_IC]);
}
#endif
