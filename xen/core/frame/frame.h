/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table: one 8-byte entry for each 4 KiB frame of host RAM, with
 * owner, state and references; and the allocator that hands frames out in
 * naturally aligned blocks.
 */
#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#define FRAME_MAX_ORDER	 18 /* 1 GiB */
#define FRAME_MAX_BANKS	 16
#define FRAME_MAX_FRAMES UINT64_C(0x0fffffff) /* of all banks: 1 TiB less one */

/* Owners: domain ids, and four that are no domain. */
#define FRAME_OWNER_NONE 0xffffu /* not RAM, or in no one's hands */
#define FRAME_OWNER_XEN	 0xfffeu /* the hypervisor itself         */
#define FRAME_OWNER_FREE 0xfffdu /* in the allocator              */
/* Of a domain that is no more; others still have references. */
#define FRAME_OWNER_LATE 0xfffcu

/**
 * frame_table_init() - Describe one bank of RAM; every frame of it is NONE.
 * @base: first frame of the bank; @nr: how many.
 * @mem:  frame_table_bytes(@nr) of zeroed memory, kept for ever.
 *
 * Called once for each bank at boot, before anything else of this header.
 * Banks do not overlap.
 * Return: 0; -XEN_E2BIG (more banks or frames than the table can describe:
 * this bank is not used).
 */
int frame_table_init(mfn_t base, uint64_t nr, void *mem);
uint64_t frame_table_bytes(uint64_t nr);

/* Forget every bank, free block and heap object, for a test that starts another machine. */
void frame_table_reset(void);

/* Whether @mfn is described by the table (is RAM the host uses). */
bool frame_valid(mfn_t mfn);

/**
 * frame_seed() - Give [mfn, mfn + nr) to the allocator at boot.
 *
 * Costs per block, not per frame. The frames must be NONE.
 */
void frame_seed(mfn_t mfn, uint64_t nr);

/**
 * frame_alloc() - Take a block of 2^@order frames, aligned to its size.
 * @owner: FRAME_OWNER_XEN or a domain id; each frame starts with one
 *         reference, the owner's own.
 *
 * Contents are scrubbed (zero) and clean for a guest owner; undefined for
 * FRAME_OWNER_XEN. Takes the allocator lock.
 * Return: the first frame, or MFN_INVALID when none is free.
 */
mfn_t frame_alloc(unsigned int order, uint16_t owner) __must_check;

/**
 * frame_alloc_at() - The same at a given place, for direct-mapped domains.
 *
 * What nobody has owned since boot stays as it is; the rest is scrubbed and
 * clean.
 * Return: 0; -XEN_ENOMEM when a frame of it is not free (nothing is taken).
 */
int frame_alloc_at(mfn_t mfn, uint64_t nr, uint16_t owner) __must_check;

/* The lowest block of 2^@order free frames, for frame_alloc_at(); or
 * MFN_INVALID. */
mfn_t frame_find_free(unsigned int order);

/**
 * frame_get() - Take one more reference on a frame of @owner.
 *
 * Look-up and reference are one step: fails when the frame has another owner
 * or is being freed. Lock-free.
 * Return: 0, -XEN_EPERM (not @owner's), -XEN_EBUSY (reference limit).
 */
int frame_get(mfn_t mfn, uint16_t owner) __must_check;

/*
 * Drop a reference; the last one frees the frame (scrubbed before its next
 * owner sees it). BUG on underflow.
 */
void frame_put(mfn_t mfn);

/**
 * frame_outlive() - @owner ends, and @mfn may have more references than its own.
 *
 * Those of others stay good, and the last one frees the frame; but it is
 * @owner's no more, so a later domain with the same id has nothing to do with
 * it. Nothing happens when the frame is not @owner's.
 */
void frame_outlive(mfn_t mfn, uint16_t owner);

/**
 * frame_all_owned() - Whether every frame of [mfn, mfn + nr) is @owner's.
 *
 * True at the moment of the call; lasting when only the caller could change
 * it, as with the frames of a direct-mapped domain.
 */
bool frame_all_owned(mfn_t mfn, uint64_t nr, uint16_t owner);

/* Whether somebody owns @mfn: it is RAM, and neither free nor set apart. */
bool frame_is_owned(mfn_t mfn);

/* The largest bank, for a look at its entries without a call. */
struct frame_window {
	uint64_t base; /* first frame */
	uint64_t nr;
	const uint64_t *entry;
};
extern struct frame_window frame_window;

#define FRAME_ENTRY_KIND  3
#define FRAME_ENTRY_OWNED 2

/* frame_is_owned() of what lies in the window; false for all else. */
static inline bool frame_window_owned(mfn_t mfn)
{
	uint64_t i = mfn.v - frame_window.base;

	return i < frame_window.nr &&
	       (__atomic_load_n(&frame_window.entry[i], __ATOMIC_RELAXED) &
		FRAME_ENTRY_KIND) == FRAME_ENTRY_OWNED;
}

/* Diagnostics: true at the moment of the call. Free frames have no
 * references. */
uint16_t frame_owner(mfn_t mfn);
uint32_t frame_refs(mfn_t mfn);

/* The order that frame_alloc() was called with; @mfn is the block's first. */
unsigned int frame_order(mfn_t mfn);

/* Free frames in the allocator, and frames the table describes. */
uint64_t frame_nr_free(void);
uint64_t frame_nr_total(void);

/* The first frame above all that the table describes. */
mfn_t frame_end(void);

#endif
