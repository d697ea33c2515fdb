/* SPDX-License-Identifier: BSD-2-Clause */
/* Fake RAM: an arena whose pages are committed when they are written. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <arch/map.h>
#include <core/bits.h>

#include "model.h"

uintptr_t arch_direct_offset;

static void *arena;
static uint64_t arena_size;

mfn_t host_ram_first(void)
{
	return paddr_to_mfn(PADDR(HOST_RAM_BASE));
}

uint64_t host_ram_frames(void)
{
	return arena_size >> PAGE_SHIFT;
}

bool host_is_ram(paddr_t pa)
{
	return pa.v >= HOST_RAM_BASE && pa.v - HOST_RAM_BASE < arena_size;
}

void host_arena_teardown(void)
{
	shadow_reset();
	tlb_reset();
	cache_teardown();
	if (arena) {
		munmap(arena, arena_size);
	}
	arena = NULL;
	arena_size = 0;
}

void host_arena_setup(uint64_t mib)
{
	host_arena_teardown();
	cpu_reset();
	host_log_clear();
	model_counts = (struct host_counts){ 0 };

	arena_size = mib << 20;
	arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED) {
		perror("arena");
		abort();
	}
	arch_direct_offset = (uintptr_t)arena - HOST_RAM_BASE;
	cache_setup(host_ram_frames());
}
