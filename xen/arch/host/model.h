/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the host seam: what its files tell each other. */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/stage2.h>
#include <core/addr.h>
#include <core/bits.h>

#include "host.h"

/*
 * The hardware's own reading of a descriptor (DDI 0487, "VMSAv8-64
 * translation table format descriptors", stage 2, 4 KiB granule). Written
 * down a second time on purpose: the model must not inherit an error of
 * core/s2.
 */
#define HW_VALID	(UINT64_C(1) << 0)
#define HW_TABLE	(UINT64_C(1) << 1) /* table at levels 0..2, page at 3 */
#define HW_ADDR		UINT64_C(0x0000fffffffff000)
#define HW_S2AP		(UINT64_C(3) << 6)
#define HW_AF		(UINT64_C(1) << 10)
#define HW_S2AP_W	(UINT64_C(1) << 7)
#define HW_DBM		(UINT64_C(1) << 51)
#define HW_XN		(UINT64_C(3) << 53)
#define HW_SW		(UINT64_C(15) << 55) /* hardware ignores them */
#define HW_MEMATTR(pte) (((pte) >> 2) & 15)
/* What may change between two valid descriptors without a break. */
#define HW_SOFT	 (HW_S2AP | HW_AF | HW_XN | HW_SW | HW_DBM)
#define HW_SLOTS 512

static inline bool hw_valid(uint64_t pte)
{
	return pte & HW_VALID;
}

static inline bool hw_is_table(uint64_t pte, unsigned int level)
{
	return hw_valid(pte) && level < 3 && (pte & HW_TABLE);
}

static inline bool hw_is_leaf(uint64_t pte, unsigned int level)
{
	return hw_valid(pte) && !hw_is_table(pte, level);
}

/* Bytes that one descriptor of @level covers. */
static inline uint64_t hw_span(unsigned int level)
{
	return UINT64_C(1) << (12 + 9 * (3 - level));
}

struct arena_part {
	uint64_t from;
	uint64_t to; /* exclusive */
};

/* The part of [pa, pa + size) that lies in the arena; empty when none does. */
static inline struct arena_part in_arena(paddr_t pa, uint64_t size)
{
	uint64_t base = HOST_RAM_BASE;
	uint64_t end = base + (host_ram_frames() << PAGE_SHIFT);
	uint64_t from = max_u64(pa.v, base);
	uint64_t to = min_u64(pa.v + size, end);

	return (struct arena_part){ from, to > from ? to : from };
}

static inline uint16_t root_vmid(const struct s2_root *root)
{
	return root->vttbr >> 48;
}

/* Whether a TLBI of @range, one each step, names an address of the entry. */
static inline bool flush_hits(const struct s2_range *range, ipa_t ipa,
			      uint64_t size)
{
	uint64_t at = range->ipa.v;

	if (ipa.v > at) {
		uint64_t steps = (ipa.v - at + range->step - 1) / range->step;

		at += steps * range->step;
	}
	return at < range->ipa.v + range->size && at - ipa.v < size;
}

/* Whether VTCR_EL2.HA and HD let hardware mind HW_DBM. */
static inline bool root_minds_dbm(const struct s2_root *root)
{
	return (root->vtcr >> 21 & 3) == 3;
}

/* walk.c: start level, IPA size and root pages, from VTCR_EL2. */
unsigned int root_level(const struct s2_root *root);
unsigned int root_ipa_bits(const struct s2_root *root);
unsigned int root_pages(const struct s2_root *root);

/* One lock for the whole model; taken by the seam's entry points. */
void model_lock(void);
void model_unlock(void);

/* stage2.c: what hardware does to a descriptor by itself. */
uint64_t model_set_bits(uint64_t *slot, uint64_t bits);

/* shadow.c: tables that are followed. */
void shadow_watch(const struct s2_root *root);
void shadow_check(const struct s2_root *root);
void shadow_note_free(mfn_t mfn);
void shadow_reset(void);

/* tlb.c */
void tlb_drop_range(uint16_t vmid, const struct s2_range *range);
void tlb_drop_combined(uint16_t vmid);
void tlb_drop_vmid(uint16_t vmid);
bool tlb_refers_to(mfn_t mfn);
void tlb_check(const struct s2_root *root);
void tlb_reset(void);

/* cache.c */
void cache_setup(uint64_t frames);
void cache_teardown(void);
void cache_note_freed(mfn_t mfn);
/* Fails unless a guest may get [pa, pa + size) mapped with @pte. */
void cache_check_mapping(paddr_t pa, uint64_t size, uint64_t pte);

/* cpu.c, bug.c, log.c */
void cpu_reset(void);

extern struct host_counts model_counts;

#endif
