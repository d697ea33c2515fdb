/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed addresses. A one-member struct travels in a register, and a guest
 * frame can never be taken for a machine frame. All conversions live here.
 */
#ifndef CORE_ADDR_H
#define CORE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

/* clang-format off */
typedef struct { uint64_t v; } paddr_t; /* host physical, bytes  */
typedef struct { uint64_t v; } ipa_t;   /* guest physical, bytes */
typedef struct { uint64_t v; } mfn_t;   /* paddr >> PAGE_SHIFT   */
typedef struct { uint64_t v; } gfn_t;   /* ipa   >> PAGE_SHIFT   */
typedef struct { uint64_t v; } gva_t;   /* guest virtual, bytes  */
/* clang-format on */

#define PADDR(x) ((paddr_t){ (x) })
#define IPA(x)	 ((ipa_t){ (x) })
#define MFN(x)	 ((mfn_t){ (x) })
#define GFN(x)	 ((gfn_t){ (x) })
#define GVA(x)	 ((gva_t){ (x) })

#define MFN_INVALID MFN(~UINT64_C(0))
#define GFN_INVALID GFN(~UINT64_C(0))

static inline mfn_t paddr_to_mfn(paddr_t pa)
{
	return MFN(pa.v >> PAGE_SHIFT);
}

static inline paddr_t mfn_to_paddr(mfn_t mfn)
{
	return PADDR(mfn.v << PAGE_SHIFT);
}

static inline gfn_t ipa_to_gfn(ipa_t ipa)
{
	return GFN(ipa.v >> PAGE_SHIFT);
}

static inline ipa_t gfn_to_ipa(gfn_t gfn)
{
	return IPA(gfn.v << PAGE_SHIFT);
}

static inline mfn_t mfn_add(mfn_t mfn, uint64_t nr)
{
	return MFN(mfn.v + nr);
}

static inline gfn_t gfn_add(gfn_t gfn, uint64_t nr)
{
	return GFN(gfn.v + nr);
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.v == b.v;
}

static inline bool gfn_eq(gfn_t a, gfn_t b)
{
	return a.v == b.v;
}

/* The frame of a direct-mapped domain: gfn and mfn are equal by design. */
static inline gfn_t gfn_of_direct(mfn_t mfn)
{
	return GFN(mfn.v);
}

static inline mfn_t mfn_of_direct(gfn_t gfn)
{
	return MFN(gfn.v);
}

static inline uint64_t page_offset(uint64_t addr)
{
	return addr & ~PAGE_MASK;
}

/* Frames that [addr, addr + size) touches; 0 for size 0. */
static inline uint64_t frames_touched(uint64_t addr, uint64_t size)
{
	uint64_t last = addr + size - 1;

	return size ? (last >> PAGE_SHIFT) - (addr >> PAGE_SHIFT) + 1 : 0;
}

#endif
