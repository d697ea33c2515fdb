/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers that only the hardware of a loaded vCPU has. */
#include <string.h>

#include <arch/guestreg.h>
#include <core/bug.h>

#include "arch/host/guestreg.h"

uint64_t host_simd[32][2];
uint64_t host_sp;

uint64_t arch_guest_sp(const struct vcpu *v)
{
	(void)v;
	return host_sp;
}

void arch_guest_set_sp(struct vcpu *v, uint64_t sp)
{
	(void)v;
	host_sp = sp;
}

void arch_guest_simd_read(unsigned int n, uint64_t half[2])
{
	BUG_ON(n >= 32);
	memcpy(half, host_simd[n], sizeof(host_simd[n]));
}

void arch_guest_simd_write(unsigned int n, const uint64_t half[2])
{
	BUG_ON(n >= 32);
	memcpy(host_simd[n], half, sizeof(host_simd[n]));
}
