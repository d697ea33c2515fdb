/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam: how the hypervisor reaches memory by machine address. All RAM is
 * mapped once, at a constant distance: 0 at EL2 (identity), the place of a
 * malloc()ed arena in host tests.
 */
#ifndef ARCH_MAP_H
#define ARCH_MAP_H

#include <core/addr.h>

extern uintptr_t arch_direct_offset;

static inline void *paddr_to_ptr(paddr_t pa)
{
	return (void *)(uintptr_t)(pa.v + arch_direct_offset);
}

static inline void *mfn_to_ptr(mfn_t mfn)
{
	return paddr_to_ptr(mfn_to_paddr(mfn));
}

static inline paddr_t ptr_to_paddr(const void *p)
{
	return PADDR((uintptr_t)p - arch_direct_offset);
}

static inline mfn_t ptr_to_mfn(const void *p)
{
	return paddr_to_mfn(ptr_to_paddr(p));
}

#endif
