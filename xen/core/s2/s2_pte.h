/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 descriptors, 4 KiB granule: the only place that knows their bits.
 *
 * DDI 0487, "VMSAv8-64 translation table format descriptors" and "Stage 2
 * attribute fields", without FEAT_S2FWB and FEAT_XNX. An invalid descriptor
 * is zero: nothing is kept in it (XSA-393).
 */
#ifndef S2_S2_PTE_H
#define S2_S2_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/bits.h>

#include "s2/attr.h"

typedef uint64_t s2_pte_t;

#define S2_LAST_LEVEL 3
#define S2_ENTRIES    512 /* of one table page */

#define S2_VALID   BIT(0)
#define S2_TABLE   BIT(1) /* levels 0 to 2: a table; level 3: a page */
#define S2_MEMATTR GENMASK(5, 2)
#define S2_AP	   GENMASK(7, 6)
#define S2_AP_R	   BIT(6)
#define S2_AP_W	   BIT(7)
#define S2_SH	   GENMASK(9, 8)
#define S2_AF	   BIT(10)
#define S2_ADDR	   GENMASK(47, 12)
#define S2_DBM	   BIT(51) /* hardware sets S2_AP_W on a write */
#define S2_XN	   BIT(54)
#define S2_SW	   GENMASK(58, 55) /* software's: what the mapping is */

#define S2_SH_OUTER 2u
#define S2_SH_INNER 3u

/* MemAttr[3:0] when HCR_EL2.FWB is 0. */
#define S2_MEMATTR_DEVICE_NGNRNE 0x0u
#define S2_MEMATTR_DEVICE_NGNRE	 0x1u
#define S2_MEMATTR_DEVICE_NGRE	 0x2u
#define S2_MEMATTR_DEVICE_GRE	 0x3u
#define S2_MEMATTR_NORMAL_NC	 0x5u
#define S2_MEMATTR_NORMAL_WB	 0xfu

/* What one entry of level @level covers: log2 of bytes, bytes, frames. */
static inline unsigned int s2_level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (S2_LAST_LEVEL - level);
}

static inline uint64_t s2_level_size(unsigned int level)
{
	return BIT(s2_level_shift(level));
}

static inline uint64_t s2_level_frames(unsigned int level)
{
	return BIT(s2_level_shift(level) - PAGE_SHIFT);
}

static inline bool s2_is_valid(s2_pte_t pte)
{
	return pte & S2_VALID;
}

static inline bool s2_is_table(s2_pte_t pte, unsigned int level)
{
	return level < S2_LAST_LEVEL &&
	       (pte & (S2_VALID | S2_TABLE)) == (S2_VALID | S2_TABLE);
}

static inline bool s2_is_leaf(s2_pte_t pte, unsigned int level)
{
	return s2_is_valid(pte) && !s2_is_table(pte, level);
}

/* The table that a table descriptor points to, or the first frame of a leaf. */
static inline mfn_t s2_pte_mfn(s2_pte_t pte)
{
	return paddr_to_mfn(PADDR(pte & S2_ADDR));
}

/* The page @offset bytes into leaf @pte, as level-3 descriptor; 0 for 0. */
static inline s2_pte_t s2_page_of(s2_pte_t pte, uint64_t offset)
{
	return s2_is_valid(pte) ? (pte | S2_TABLE) + offset : 0;
}

static inline unsigned int s2_pte_sw(s2_pte_t pte)
{
	return FIELD_GET(S2_SW, pte);
}

/* S2_R, S2_W, S2_X of a valid leaf. */
static inline uint8_t s2_pte_perm(s2_pte_t pte)
{
	return FIELD_GET(S2_AP, pte) | (pte & S2_XN ? 0 : S2_X);
}

/* The attribute of a valid leaf. */
struct s2_attr s2_pte_attr(s2_pte_t pte);

/* A leaf of @level at address 0: S2_ADDR bits are to be or-ed in.
 * @sw: at most 15. */
s2_pte_t s2_leaf(struct s2_attr attr, unsigned int sw, unsigned int level);

/* Whether a block of @level may be as @pte, by address and bits. */
static inline bool s2_fits_block(s2_pte_t pte, unsigned int level)
{
	return level > 0 && !(pte & S2_DBM) &&
	       !(pte & S2_ADDR & (s2_level_size(level) - 1));
}

static inline s2_pte_t s2_table(mfn_t mfn)
{
	return mfn_to_paddr(mfn).v | S2_TABLE | S2_VALID;
}

#endif
