/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include "print.h"

extern char measuring_vectors[];

void measure_vectors(void)
{
	write_sysreg(measuring_vectors, vbar_el1);
	isb();
}

void row(const char *id, uint64_t ticks, uint64_t repeats)
{
	print("bench %s %lu\n", id,
	      (ticks * INSNS_PER_TICK + repeats / 2) / repeats);
}

void dither(unsigned int i)
{
	for (i %= INSNS_PER_TICK; i; i--) {
		__asm__ volatile("nop" ::: "memory");
	}
}
