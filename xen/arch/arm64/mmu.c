/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-1 tables of EL2. mmu_build_boot_map() runs before the MMU is on, so
 * this file is compiled without unaligned accesses.
 *
 * DDI 0487, "VMSAv8-64 translation table format descriptors".
 */
#include "arch/arm64/mmu.h"

#include <core/bits.h>
#include <core/bug.h>

#include "arch/arm64/offsets.h"
#include "arch/arm64/sysreg.h"

#define NR_TABLES     32
#define ENTRIES	      512
#define BOOT_DTB_SIZE (UINT64_C(2) << 20)

#define D_VALID	   BIT(0)
#define D_TABLE	   BIT(1) /* at levels 0..2; at level 3: page */
#define D_ATTR(n)  ((uint64_t)(n) << 2)
#define D_AP_RES1  BIT(6) /* AP[1] is RES1 in a regime of one EL */
#define D_AP_RO	   BIT(7)
#define D_SH_INNER (UINT64_C(3) << 8)
#define D_AF	   BIT(10)
#define D_XN	   BIT(54)
#define D_ADDR	   GENMASK(47, 12)

typedef struct {
	uint64_t entry[ENTRIES];
} table_t;

table_t el2_root_table __attribute__((__aligned__(4096)));
static table_t tables[NR_TABLES] __attribute__((__aligned__(4096)));
static unsigned int nr_tables;

extern const char __rodata_start[], __rodata_end[], __data_start[];
extern const char __bss_end[], cpu_stacks[];

static const uint64_t kind_bits[] = {
	[EL2_TEXT] = D_ATTR(0) | D_SH_INNER | D_AP_RO,
	[EL2_RODATA] = D_ATTR(0) | D_SH_INNER | D_AP_RO | D_XN,
	[EL2_DATA] = D_ATTR(0) | D_SH_INNER | D_XN,
	[EL2_DEVICE] = D_ATTR(1) | D_XN,
};

static table_t *new_table(void)
{
	BUG_ON(nr_tables == NR_TABLES);
	return &tables[nr_tables++];
}

static table_t *next_table(uint64_t *entry)
{
	if (!(*entry & D_VALID)) {
		*entry = (uintptr_t)new_table() | D_VALID | D_TABLE;
	}
	return (table_t *)(uintptr_t)(*entry & D_ADDR);
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return (entry & D_VALID) && (level == 3 || !(entry & D_TABLE));
}

/* Map the largest block at @pa that fits; returns its size. */
static uint64_t map_one(uint64_t pa, uint64_t size, uint64_t bits)
{
	table_t *table = &el2_root_table;

	for (unsigned int level = 0;; level++) {
		unsigned int shift = 39 - 9 * level;
		uint64_t block = BIT(shift);
		uint64_t *entry = &table->entry[(pa >> shift) % ENTRIES];
		bool fits = is_aligned(pa, block) && size >= block;

		if (is_leaf(*entry, level)) {
			return min_u64(size, block - (pa & (block - 1)));
		}
		if (level == 3 || (level && fits && !(*entry & D_VALID))) {
			*entry = pa | bits | D_VALID | D_AF | D_AP_RES1 |
				 (level == 3 ? D_TABLE : 0);
			return block;
		}
		table = next_table(entry);
	}
}

static void map_range(uint64_t pa, uint64_t size, enum el2_kind kind)
{
	while (size) {
		uint64_t done = map_one(pa, size, kind_bits[kind]);

		pa += done;
		size -= done;
	}
}

void mmu_map(paddr_t pa, uint64_t size, enum el2_kind kind)
{
	ASSERT(is_aligned(pa.v | size, PAGE_SIZE));
	BUG_ON(size && (pa.v + size - 1) >> 48);
	map_range(pa.v, size, kind);
	dsb(ishst);
	isb();
}

static void map_part(const char *from, const char *to, enum el2_kind kind)
{
	map_range((uintptr_t)from, (uintptr_t)(to - from), kind);
}

/* Bytes of the pages that the tree at @dtb says it fills, within reason. */
static uint64_t dtb_pages(uint64_t dtb)
{
	const uint8_t *header = (const uint8_t *)dtb;
	uint64_t size = (uint64_t)header[4] << 24 | header[5] << 16 |
			header[6] << 8 | header[7];

	size = min_u64(max_u64(size, PAGE_SIZE), BOOT_DTB_SIZE);
	return frames_touched(dtb, size) << PAGE_SHIFT;
}

uint64_t mmu_build_boot_map(uint64_t dtb)
{
	uint64_t dtb_page = align_down(dtb, PAGE_SIZE);

	map_part(__text_start, __text_end, EL2_TEXT);
	map_part(__rodata_start, __rodata_end, EL2_RODATA);
	map_part(__data_start, __bss_end, EL2_DATA);
	for (const char *unit = cpu_stacks; unit < __image_end;
	     unit += CPU_STACK_UNIT) {
		const char *reserve = unit + CPU_STACK_GUARD;
		const char *stack = unit + CPU_STACK_UNIT - CPU_STACK_SIZE;

		map_part(reserve, reserve + CPU_STACK_RESERVE, EL2_DATA);
		map_part(stack, stack + CPU_STACK_SIZE, EL2_DATA);
	}
	map_range(dtb_page, dtb_pages(dtb), EL2_DATA);
	return (uintptr_t)&el2_root_table;
}
