/* SPDX-License-Identifier: BSD-2-Clause */
#include "badptr.h"

#include <stddef.h>

#include <string.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "mmu.h"
#include "tap.h"

#define CROSS_BYTES 1
#define PATTERN	    0x5a

struct badptr badptr[BADPTR_NR] = {
	[BADPTR_NULL] = { "null", NULL },
	[BADPTR_HIGH] = { "beyond the address space", NULL },
	[BADPTR_UPPER] = { "upper half", NULL },
	[BADPTR_HOLE] = { "hole at stage 2", NULL },
	[BADPTR_EMULATED] = { "emulated device", NULL },
	[BADPTR_BALLOON] = { "page given back", NULL },
	[BADPTR_CROSS] = { "crossing into an unmapped page", NULL },
	[BADPTR_READONLY] = { "read-only at stage 1", NULL },
};

static char *readonly;

void badptr_init(void)
{
	char *pages = ram_take(4 * PAGE_SIZE, PAGE_SIZE);
	char *unmapped = pages + 2 * PAGE_SIZE;

	readonly = pages;
	memset(readonly, PATTERN, PAGE_SIZE);
	mmu_map((uint64_t)readonly, (uint64_t)readonly, PAGE_SIZE,
		MMU_NORMAL_RO);
	mmu_map((uint64_t)unmapped, 0, PAGE_SIZE, MMU_NONE);
	if (balloon_out(pages + 3 * PAGE_SIZE)) {
		tap_bail("cannot give a page back");
	}
	badptr[BADPTR_HIGH].addr = (void *)(1UL << 40);
	badptr[BADPTR_UPPER].addr = (void *)0xffff000000001000UL;
	badptr[BADPTR_HOLE].addr = (void *)board.region[1].base;
	badptr[BADPTR_EMULATED].addr = (void *)board.gicd.base;
	badptr[BADPTR_BALLOON].addr = pages + 3 * PAGE_SIZE;
	badptr[BADPTR_CROSS].addr = unmapped - CROSS_BYTES;
	badptr[BADPTR_READONLY].addr = readonly;
}

bool badptr_readonly_intact(void)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++) {
		if (readonly[i] != PATTERN) {
			return false;
		}
	}
	return true;
}
