/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers by name, and the barriers that go with them. */
#ifndef ARM64_SYSREG_H
#define ARM64_SYSREG_H

#include <stdint.h>

#include "arch/arm64/count.h"

#define READ_SYSREG(name)                                      \
	({                                                     \
		uint64_t v_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(v_)); \
		v_;                                            \
	})

#define WRITE_SYSREG(name, value) \
	__asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)))

#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb(kind)                                              \
	do {                                                   \
		COUNT(COUNT_DSB);                              \
		__asm__ volatile("dsb " #kind : : : "memory"); \
	} while (0)
#define dmb(kind) __asm__ volatile("dmb " #kind : : : "memory")

/* Registers that the assembler knows only by encoding. */
#define ICC_IAR1_EL1	S3_0_C12_C12_0
#define ICC_EOIR1_EL1	S3_0_C12_C12_1
#define ICC_DIR_EL1	S3_0_C12_C11_1
#define ICC_PMR_EL1	S3_0_C4_C6_0
#define ICC_CTLR_EL1	S3_0_C12_C12_4
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SGI1R_EL1	S3_0_C12_C11_5
#define ICC_SRE_EL2	S3_4_C12_C9_5
#define ICH_HCR_EL2	S3_4_C12_C11_0
#define ICH_VTR_EL2	S3_4_C12_C11_1
#define ICH_MISR_EL2	S3_4_C12_C11_2
#define ICH_ELRSR_EL2	S3_4_C12_C11_5
#define ICH_VMCR_EL2	S3_4_C12_C11_7

#endif
