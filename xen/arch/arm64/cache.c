/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance by virtual address, and clearing of frames. */
#include <arch/cache.h>
#include <arch/map.h>

#include <core/bits.h>

#include "arch/arm64/sysreg.h"

/* Smallest data cache line of the system, in bytes (CTR_EL0.DminLine). */
static uint64_t line_size(void)
{
	return UINT64_C(4) << FIELD_GET(GENMASK(19, 16), READ_SYSREG(ctr_el0));
}

/* The number of lines is computed first, so nothing wraps (XSA-447). */
#define FOR_EACH_LINE(op, p, size)                                           \
	do {                                                                 \
		uint64_t line_ = line_size();                                \
		uint64_t at_ = align_down((uintptr_t)(p), line_);            \
		uint64_t over_ = (uintptr_t)(p)-at_;                         \
		uint64_t n_ = (size) ? ((size) + over_ + line_ - 1) / line_  \
				     : 0;                                    \
		for (; n_; n_--, at_ += line_) {                             \
			COUNT(COUNT_DC);                                     \
			__asm__ volatile(op ", %0" : : "r"(at_) : "memory"); \
		}                                                            \
		dsb(sy);                                                     \
	} while (0)

void arch_cache_clean_inval(const void *p, size_t size)
{
	FOR_EACH_LINE("dc civac", p, size);
}

void arch_cache_clean(const void *p, size_t size)
{
	FOR_EACH_LINE("dc cvac", p, size);
}

void arch_icache_inval_all(void)
{
	dsb(ish);
	COUNT(COUNT_IC);
	__asm__ volatile("ic ialluis" : : : "memory");
	dsb(ish);
	isb();
}

void arch_clear_frames(mfn_t mfn, uint64_t nr)
{
	uint64_t block = UINT64_C(4)
			 << FIELD_GET(GENMASK(3, 0), READ_SYSREG(dczid_el0));
	uintptr_t p = (uintptr_t)mfn_to_ptr(mfn);
	uintptr_t end = p + (nr << PAGE_SHIFT);

	for (; p < end; p += block) {
		__asm__ volatile("dc zva, %0" : : "r"(p) : "memory");
	}
}

void arch_note_dirty(mfn_t mfn, uint64_t nr)
{
	(void)mfn;
	(void)nr;
}
