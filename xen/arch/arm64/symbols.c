/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table is made by scripts/symbols from a first link with an empty table.
 * It stands last among the constants of the second link and in whole pages
 * of its own, so code is where it was: offsets from the start of the image in
 * ascending order, and the names one after the other.
 */
#include "arch/arm64/symbols.h"

#include "arch/arm64/mmu.h"

extern const uint32_t symbol_count;
extern const uint32_t symbol_offsets[];
extern const char symbol_names[];

static const char *name_at(uint32_t index)
{
	const char *name = symbol_names;

	while (index--) {
		while (*name++) {
		}
	}
	return name;
}

const char *symbol_find(uint64_t pc, uint64_t *offset)
{
	uint64_t at = pc - (uintptr_t)_start;
	uint32_t i = 0;

	*offset = pc;
	if (!symbol_count || pc < (uintptr_t)__text_start ||
	    pc >= (uintptr_t)__text_end) {
		return "?";
	}
	while (i + 1 < symbol_count && symbol_offsets[i + 1] <= at) {
		i++;
	}
	*offset = at - symbol_offsets[i];
	return name_at(i);
}
