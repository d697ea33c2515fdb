/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu.h"

#include <stddef.h>

#include "arch.h"
#include "tap.h"

#define PTE_VALID   1UL
#define PTE_TABLE   2UL /* table, or page at level 3 */
#define PTE_ATTR(n) ((uint64_t)(n) << 2)
#define PTE_RO	    (1UL << 7)
#define PTE_INNER   (3UL << 8)
#define PTE_AF	    (1UL << 10)
#define PTE_NG	    (1UL << 11)
#define PTE_XN	    (3UL << 53)
#define PTE_ADDR    0x0000fffffffff000UL

/* Attr0 Device-nGnRnE, Attr1 Normal write-back, Attr2 Normal non-cacheable */
#define MAIR 0x0044ff00UL

#define SCTLR_M (1UL << 0)
#define SCTLR_C (1UL << 2)
#define SCTLR_I (1UL << 12)

#define ROOT_LEVEL 1
#define NR_POOL	   96

static struct mmu_table root;
static struct mmu_table pool[NR_POOL];
static unsigned int pool_used;

static uint64_t leaf_bits(enum mmu_attr attr)
{
	const uint64_t normal = PTE_VALID | PTE_AF | PTE_INNER | PTE_ATTR(1);

	switch (attr) {
	case MMU_DEVICE:
		return PTE_VALID | PTE_AF | PTE_ATTR(0) | PTE_XN;
	case MMU_NORMAL:
		return normal;
	case MMU_NORMAL_RO:
		return normal | PTE_RO;
	case MMU_NORMAL_NC:
		return PTE_VALID | PTE_AF | PTE_INNER | PTE_ATTR(2) | PTE_XN;
	case MMU_NORMAL_NG:
		return normal | PTE_NG;
	default:
		return 0;
	}
}

static unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (3 - level);
}

static struct mmu_table *new_table(void)
{
	if (pool_used == NR_POOL) {
		tap_bail("out of stage-1 tables");
	}
	return &pool[pool_used++];
}

/* The table below @slot; a block there is first split into equal parts. */
static struct mmu_table *descend(uint64_t *slot, unsigned int level)
{
	struct mmu_table *table;
	uint64_t step = 1UL << level_shift(level + 1);
	uint64_t old = *slot;
	unsigned int i;

	if ((old & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE)) {
		return (struct mmu_table *)(old & PTE_ADDR);
	}
	table = new_table();
	for (i = 0; i < 512; i++) {
		table->entry[i] = old & PTE_VALID ? old + i * step : 0;
		if (level + 1 == 3 && (old & PTE_VALID)) {
			table->entry[i] |= PTE_TABLE;
		}
	}
	dsb();
	*slot = (uint64_t)table | PTE_VALID | PTE_TABLE;
	return table;
}

static void map_one(struct mmu_table *table, uint64_t va, uint64_t pa,
		    unsigned int leaf, enum mmu_attr attr)
{
	unsigned int level = ROOT_LEVEL;
	uint64_t bits = leaf_bits(attr);
	uint64_t *slot;

	for (;;) {
		slot = &table->entry[va >> level_shift(level) & 511];
		if (level == leaf) {
			break;
		}
		table = descend(slot, level++);
	}
	if (bits) {
		bits |= pa | (leaf == 3 ? PTE_TABLE : 0);
	}
	*slot = bits;
}

void mmu_map_in(struct mmu_table *in, uint64_t va, uint64_t pa, uint64_t size,
		enum mmu_attr attr)
{
	while (size) {
		unsigned int level = ROOT_LEVEL;
		uint64_t step = 1UL << level_shift(level);

		while (((va | pa) & (step - 1)) || size < step) {
			level++;
			step = 1UL << level_shift(level);
		}
		map_one(in, va, pa, level, attr);
		va += step;
		pa += step;
		size -= step;
	}
}

void mmu_map(uint64_t va, uint64_t pa, uint64_t size, enum mmu_attr attr)
{
	mmu_map_in(&root, va, pa, size, attr);
	tlb_flush_all();
}

struct mmu_table *mmu_copy_root(void)
{
	struct mmu_table *copy = new_table();
	unsigned int i;

	for (i = 0; i < 512; i++) {
		copy->entry[i] = root.entry[i];
	}
	dsb();
	return copy;
}

void mmu_use(const struct mmu_table *table, uint16_t asid)
{
	write_sysreg((uint64_t)table | (uint64_t)asid << 48, ttbr0_el1);
	isb();
}

void mmu_enable(void)
{
	/* 39-bit TTBR0, write-back inner-shareable walks, no TTBR1 */
	uint64_t tcr = 25 | 1UL << 8 | 1UL << 10 | 3UL << 12 | 1UL << 23;
	uint64_t range = read_sysreg(id_aa64mmfr0_el1) & 15;

	tcr |= (range > 5 ? 5 : range) << 32;
	write_sysreg(MAIR, mair_el1);
	write_sysreg(tcr, tcr_el1);
	write_sysreg((uint64_t)&root, ttbr0_el1);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	write_sysreg(read_sysreg(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I,
		     sctlr_el1);
	isb();
}

void mmu_disable(void)
{
	const uint64_t on = SCTLR_M | SCTLR_C | SCTLR_I;

	write_sysreg(read_sysreg(sctlr_el1) & ~on, sctlr_el1);
	isb();
}

void mmu_early(const void *fdt)
{
	uint64_t image = (uint64_t)&root >> 30;
	uint64_t tree = (uint64_t)fdt >> 30;
	uint64_t i;

	for (i = 0; i < 512; i++) {
		bool ram = i == image || i == tree;

		root.entry[i] = i << 30 |
				leaf_bits(ram ? MMU_NORMAL : MMU_DEVICE);
	}
	mmu_enable();
}
