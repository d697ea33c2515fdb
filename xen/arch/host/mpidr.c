/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPU ids and affinities: Aff0 counts to 16, as the SGI registers want. */
#include <arch/vcpu.h>

uint64_t arch_vcpu_mpidr(unsigned int id)
{
	return (uint64_t)(id >> 4) << 8 | (id & 15);
}

int arch_vcpu_from_mpidr(uint64_t mpidr)
{
	if (mpidr & ~UINT64_C(0xff0f)) {
		return -1;
	}
	return (int)((mpidr >> 8 & 0xff) << 4 | (mpidr & 15));
}
