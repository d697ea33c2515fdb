/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB maintenance for stage 2, and the descriptor stores that hardware may
 * see. The one place at EL2 where a TLBI stands.
 *
 * DDI 0487, "TLB maintenance instructions", and the requirement that combined
 * entries (made of both stages) go by a second, stage-1 invalidation.
 */
#include <arch/stage2.h>

#include <core/bits.h>

#include "arch/arm64/context.h"
#include "arch/arm64/sysreg.h"

/* More invalidations than this, and dropping the whole VMID is cheaper. */
#define MAX_STEPS 64

/* A root of any shape, from which no walk gets on. */
static uint64_t empty[8192] __attribute__((__aligned__(65536)));

void arch_pte_store(uint64_t *slot, uint64_t pte)
{
	__atomic_store_n(slot, pte, __ATOMIC_RELAXED);
}

void arch_pte_clear_bits(uint64_t *slot, uint64_t bits)
{
	__atomic_fetch_and(slot, ~bits, __ATOMIC_RELAXED);
}

void arch_pte_publish(void)
{
	dsb(ishst);
}

static void flush_entry(uint64_t page)
{
	COUNT(COUNT_TLBI);
	__asm__ volatile("tlbi ipas2e1is, %0" : : "r"(page) : "memory");
}

static uint64_t total_steps(const struct s2_range *ranges, unsigned int nr)
{
	uint64_t steps = nr ? 0 : ~UINT64_C(0);

	for (unsigned int i = 0; i < nr && steps <= MAX_STEPS; i++) {
		/* Steps are powers of two: no division. */
		steps += ranges[i].size >> __builtin_ctzll(ranges[i].step);
	}
	return steps;
}

static void flush_ranges(const struct s2_range *ranges, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t step = ranges[i].step >> PAGE_SHIFT;
		uint64_t page = ranges[i].ipa.v >> PAGE_SHIFT;
		uint64_t end = page + (ranges[i].size >> PAGE_SHIFT);

		for (; page < end; page += step) {
			flush_entry(page);
		}
	}
}

static void flush_loaded(const struct s2_range *ranges, unsigned int nr)
{
	bool one_entry = nr == 1 && ranges->size == ranges->step;

	dsb(ishst);
	if (!one_entry && total_steps(ranges, nr) > MAX_STEPS) {
		COUNT(COUNT_TLBI);
		__asm__ volatile("tlbi vmalls12e1is" : : : "memory");
	} else {
		if (one_entry) {
			flush_entry(ranges->ipa.v >> PAGE_SHIFT);
		} else {
			flush_ranges(ranges, nr);
		}
		dsb(ish);
		/* Combined entries are not tagged by IPA. */
		COUNT(COUNT_TLBI);
		__asm__ volatile("tlbi vmalle1is" : : : "memory");
	}
	dsb(ish);
	isb();
}

/*
 * TLBIs act on the VMID in VTTBR_EL2, so the target's is loaded for a moment
 * when another (or none) is. The guest of this CPU does not run meanwhile,
 * but the CPU may walk speculatively with its EL1 registers and the foreign
 * table: on cores with the speculative AT errata the root is an empty one.
 */
void arch_s2_flush(const struct s2_root *root, const struct s2_range *ranges,
		   unsigned int nr)
{
	uint64_t mine = READ_SYSREG(vttbr_el2);
	uint64_t vmid = root->vttbr & GENMASK(63, 48);

	if (mine == root->vttbr) {
		flush_loaded(ranges, nr);
		return;
	}
	WRITE_SYSREG(vttbr_el2, vmid | (uintptr_t)empty);
	isb();
	flush_loaded(ranges, nr);
	WRITE_SYSREG(vttbr_el2, mine);
	isb();
}

/* VMID 0 is nobody's. */
void stage2_load_none(void)
{
	WRITE_SYSREG(vttbr_el2, (uintptr_t)empty);
	isb();
}

void arch_note_free(mfn_t mfn, uint64_t nr)
{
	(void)mfn;
	(void)nr;
}

void arch_s2_flush_local(void)
{
	dsb(nshst);
	COUNT(COUNT_TLBI);
	__asm__ volatile("tlbi vmalle1" : : : "memory");
	dsb(nsh);
	isb();
}

void arch_s2_forget(ipa_t ipa, gva_t gva)
{
	dsb(nshst);
	__asm__ volatile("tlbi ipas2e1, %0"
			 :
			 : "r"(ipa.v >> PAGE_SHIFT)
			 : "memory");
	dsb(nsh);
	/* Of all ASIDs, with what was cached on the way. */
	__asm__ volatile("tlbi vaae1, %0"
			 :
			 : "r"(gva.v << 8 >> (PAGE_SHIFT + 8))
			 : "memory");
	dsb(nsh);
	isb();
}
