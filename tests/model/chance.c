/* SPDX-License-Identifier: BSD-2-Clause */
#include "chance.h"

#include <stddef.h>

void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);

unsigned int fail_after = FAIL_NEVER;

void *__wrap_heap_alloc(size_t size)
{
	if (fail_after != FAIL_NEVER && fail_after-- == 0) {
		fail_after = 0;
		return NULL;
	}
	return __real_heap_alloc(size);
}
