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

#define CPU_STACK_SIZE	16384
#define CPU_STACK_GUARD 4096

#endif
