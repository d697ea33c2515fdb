/* SPDX-License-Identifier: BSD-2-Clause */
/* Pointers that a hypercall must refuse with -EFAULT. */
#ifndef GUEST_BADPTR_H
#define GUEST_BADPTR_H

#include <stdbool.h>
#include <stdint.h>

enum badptr_kind {
	BADPTR_NULL,	 /* the page at 0, not mapped at stage 1 */
	BADPTR_HIGH,	 /* beyond the size of the guest's address space */
	BADPTR_UPPER,	 /* in the upper half, where there is no table */
	BADPTR_HOLE,	 /* mapped at stage 1, nothing at stage 2 */
	BADPTR_EMULATED, /* registers of the distributor */
	BADPTR_BALLOON,	 /* a page that was given back */
	BADPTR_CROSS,	 /* last bytes before a page that is not mapped */
	BADPTR_READONLY, /* stage 1 allows reading only: bad for output */
	BADPTR_NR,
};

struct badptr {
	const char *name;
	void *addr;
};

/** badptr - Filled by badptr_init(). */
extern struct badptr badptr[BADPTR_NR];

/** badptr_init() - Make the pages that the pointers want. */
void badptr_init(void);

/** badptr_readonly_intact() - Is the read-only page as it was made? */
bool badptr_readonly_intact(void);

#endif
