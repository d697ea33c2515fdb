/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: layers sizes text clang format fpregs; as: xen/core/p2m/sample.c */
#include <stdint.h>

#include <core/addr.h>
#include <xen/memory.h>

#include "s2/attr.h"

static uint64_t sum_to(uint64_t n)
{
	uint64_t sum = 0;

	while (n > 0) {
		sum += n--;
	}
	return sum;
}

uint64_t sample(void);
uint64_t sample(void)
{
	return sum_to(10);
}
