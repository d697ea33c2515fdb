/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers, barriers and the other one-liners of AArch64. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
#define MIB(n)	   ((uint64_t)(n) << 20)

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

/** read_sysreg() - Read a system register by its architectural name. */
#define read_sysreg(name)                                \
	({                                               \
		uint64_t value_;                         \
		__asm__ volatile("mrs %0, " STRING(name) \
				 : "=r"(value_)          \
				 :                       \
				 : "memory");            \
		value_;                                  \
	})

/** write_sysreg() - Write a system register by its architectural name. */
#define write_sysreg(value, name)                           \
	do {                                                \
		__asm__ volatile("msr " STRING(name) ", %0" \
				 :                          \
				 : "r"((uint64_t)(value))   \
				 : "memory");               \
	} while (0)

#define isb()	      __asm__ volatile("isb" ::: "memory")
#define dsb()	      __asm__ volatile("dsb sy" ::: "memory")
#define wfi()	      __asm__ volatile("wfi" ::: "memory")
#define yield()	      __asm__ volatile("yield" ::: "memory")
#define irq_enable()  __asm__ volatile("msr daifclr, #2" ::: "memory")
#define irq_disable() __asm__ volatile("msr daifset, #2" ::: "memory")

/** tlb_flush_all() - Drop every stage-1 entry of EL1 on all CPUs. */
static inline void tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::
				 : "memory");
}

/** counter() - The virtual counter, read in program order. */
static inline uint64_t counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

#endif
