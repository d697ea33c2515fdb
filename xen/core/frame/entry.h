/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside frame/: what the eight bytes of a frame say.
 *
 *   NONE   0: not RAM, or inside a free block (its head says so), or on the
 *          way between an owner and the allocator
 *   FREE   the first frame of a free block: order, dirty, two list links
 *   OWNED  owner and references; order on the first frame of a block
 *
 * So a zeroed table describes a machine whose frames belong to nobody, and a
 * free block of any size is described by its first entry alone.
 */
#ifndef FRAME_ENTRY_H
#define FRAME_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include <core/bits.h>
#include <core/compiler.h>

#include "frame/frame.h"

typedef uint64_t frame_entry_t;

static_assert(sizeof(frame_entry_t) == 8, "2 MiB of table for 1 GiB of RAM");

#define ENTRY_KIND     GENMASK(1, 0)
#define ENTRY_ORDER    GENMASK(6, 2)
#define ENTRY_DIRTY    BIT(7)	       /* FREE: somebody has owned it        */
#define ENTRY_NEXT     GENMASK(35, 8)  /* FREE: index of the next block      */
#define ENTRY_PREV     GENMASK(63, 36) /* FREE: and of the one before        */
#define ENTRY_OWNER    GENMASK(31, 16) /* OWNED                              */
#define ENTRY_REFS     GENMASK(63, 32) /* OWNED: never 0                     */
#define ENTRY_ONE_REF  BIT(32)
#define ENTRY_MAX_REFS 0x7fffffffu

#define ENTRY_NONE  0
#define ENTRY_FREE  1
#define ENTRY_OWNED 2

/* Ends a free list. */
#define INDEX_END FRAME_MAX_FRAMES

static_assert(FIELD_GET(ENTRY_NEXT, ~UINT64_C(0)) == INDEX_END, "link width");
static_assert(FRAME_MAX_ORDER < 32, "order width");

static inline unsigned int entry_kind(frame_entry_t e)
{
	return FIELD_GET(ENTRY_KIND, e);
}

static inline unsigned int entry_order(frame_entry_t e)
{
	return FIELD_GET(ENTRY_ORDER, e);
}

static inline uint32_t entry_refs(frame_entry_t e)
{
	return FIELD_GET(ENTRY_REFS, e);
}

static inline uint16_t entry_owner(frame_entry_t e)
{
	return FIELD_GET(ENTRY_OWNER, e);
}

static inline bool entry_is_free(frame_entry_t e, unsigned int order)
{
	return entry_kind(e) == ENTRY_FREE && entry_order(e) == order;
}

static inline frame_entry_t entry_owned(uint16_t owner, unsigned int order)
{
	return ENTRY_ONE_REF | FIELD_PREP(ENTRY_OWNER, owner) |
	       FIELD_PREP(ENTRY_ORDER, order) | ENTRY_OWNED;
}

/* The entry of @mfn, or NULL outside the banks (table.c). */
frame_entry_t *frame_entry(mfn_t mfn);

/* A number below FRAME_MAX_FRAMES for each frame, and back (table.c). */
uint64_t frame_index(mfn_t mfn);
mfn_t frame_at_index(uint64_t index);

/* Give one frame back: NONE so far, owned before (buddy.c). */
void buddy_free(mfn_t mfn);

/* All free lists empty, for frame_table_reset() (buddy.c). */
void buddy_reset(void);

/* Whether @mfn lies in a free block (buddy.c). */
bool buddy_is_free(mfn_t mfn);

#endif
