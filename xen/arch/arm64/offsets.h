/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets that assembly uses; context.c asserts each of them. */
#ifndef ARM64_OFFSETS_H
#define ARM64_OFFSETS_H

#define VCPU_X(n) ((n)*8)
#define VCPU_PC	  248
#define VCPU_CPSR 256
#define VCPU_WORK 272

/* An exception in EL2: struct vcpu_regs. */
#define EL2_FRAME 272

#define PCPU_STACK_TOP 0

/* A CPU's unit, aligned to its size: guard, emergency stack, guard, stack. */
#define CPU_STACK_SIZE	  16384
#define CPU_STACK_BIT	  14 /* set in the addresses of the stack alone */
#define CPU_STACK_GUARD	  4096
#define CPU_STACK_RESERVE 8192
#define CPU_STACK_UNIT	  32768

#endif
