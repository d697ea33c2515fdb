/* SPDX-License-Identifier: BSD-2-Clause */
/* Small objects of the hypervisor itself, on top of the frame allocator. */
#ifndef FRAME_HEAP_H
#define FRAME_HEAP_H

#include <stddef.h>

#include <core/compiler.h>

/* Zeroed, aligned to 16 (a page and more: to a page). NULL when out. */
void *heap_alloc(size_t size) __must_check;

/* NULL is allowed. */
void heap_free(void *p);

/* Bytes handed out and not freed yet, rounded as the heap rounds them. */
size_t heap_in_use(void);

/* Forget everything, for frame_table_reset(). */
void heap_reset(void);

#endif
