/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam: registers of the loaded vCPU that are not in struct vcpu_regs. */
#ifndef ARCH_GUESTREG_H
#define ARCH_GUESTREG_H

#include <stdint.h>

struct vcpu;

/* The stack pointer that instructions of @v, which is loaded on this CPU, name
 * by SP. */
uint64_t arch_guest_sp(const struct vcpu *v);
void arch_guest_set_sp(struct vcpu *v, uint64_t sp);

/* SIMD register @n (0 .. 31) of the vCPU loaded on this CPU: low half first. */
void arch_guest_simd_read(unsigned int n, uint64_t half[2]);
void arch_guest_simd_write(unsigned int n, const uint64_t half[2]);

#endif
