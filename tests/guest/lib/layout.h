/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes and offsets that start.S and the C code share. */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define MAX_CPUS   8
#define STACK_SIZE 0x4000

/* struct regs */
#define REGS_ELR  256
#define REGS_ESR  272
#define REGS_SIZE 288

/* struct cpu */
#define CPU_STACK 0

/* struct boot_state */
#define BOOT_SP	    248
#define BOOT_CNTPCT 256
#define BOOT_SCTLR  264
#define BOOT_DAIF   272
#define BOOT_EL	    280

#define R_AARCH64_RELATIVE 1027

#endif
