/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator: free blocks of 2^order frames, aligned to their size, on one
 * list an order. A block joins its buddy when that is free too and as dirty
 * as itself: memory that nobody has owned since boot stays known as such.
 */
#include <stddef.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/stage2.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/lock.h>

#include "frame/entry.h"
#include "frame/frame.h"

#define NR_ORDERS (FRAME_MAX_ORDER + 1)

static struct spinlock buddy_lock;
static uint64_t heads[NR_ORDERS]; /* index + 1 of the first block, 0: none */
static uint64_t nr_free;

void buddy_reset(void)
{
	for (unsigned int order = 0; order < NR_ORDERS; order++) {
		heads[order] = 0;
	}
	nr_free = 0;
}

uint64_t frame_nr_free(void)
{
	return __atomic_load_n(&nr_free, __ATOMIC_RELAXED);
}

/* Free frames are looked at without the lock by frame_get() alone, which only
 * wants to see that they are not owned. */
static frame_entry_t read_entry(const frame_entry_t *slot)
{
	return slot ? __atomic_load_n(slot, __ATOMIC_RELAXED) : ENTRY_NONE;
}

static void write_entry(frame_entry_t *slot, frame_entry_t e)
{
	__atomic_store_n(slot, e, __ATOMIC_RELAXED);
}

static frame_entry_t *entry_at_index(uint64_t index)
{
	return frame_entry(frame_at_index(index));
}

static void set_link(uint64_t index, uint64_t mask, uint64_t to)
{
	frame_entry_t *slot = entry_at_index(index);

	write_entry(slot, (*slot & ~mask) | (to << __builtin_ctzll(mask)));
}

/* Put a block at the head of its list. */
static void push(mfn_t mfn, unsigned int order, frame_entry_t dirty)
{
	uint64_t index = frame_index(mfn);
	uint64_t next = heads[order] ? heads[order] - 1 : INDEX_END;

	write_entry(frame_entry(mfn), FIELD_PREP(ENTRY_PREV, INDEX_END) |
					      FIELD_PREP(ENTRY_NEXT, next) |
					      FIELD_PREP(ENTRY_ORDER, order) |
					      dirty | ENTRY_FREE);
	if (next != INDEX_END) {
		set_link(next, ENTRY_PREV, index);
	}
	heads[order] = index + 1;
	nr_free += BIT(order);
}

/* Take a block off its list; its entries are all NONE then. */
static void take_off(frame_entry_t *slot)
{
	frame_entry_t e = *slot;
	uint64_t next = FIELD_GET(ENTRY_NEXT, e);
	uint64_t prev = FIELD_GET(ENTRY_PREV, e);

	if (next != INDEX_END) {
		set_link(next, ENTRY_PREV, prev);
	}
	if (prev != INDEX_END) {
		set_link(prev, ENTRY_NEXT, next);
	} else {
		heads[entry_order(e)] = next == INDEX_END ? 0 : next + 1;
	}
	write_entry(slot, ENTRY_NONE);
	nr_free -= BIT(entry_order(e));
}

/* Free one aligned block, joined with its buddies as far as that goes. */
static void free_block(mfn_t mfn, unsigned int order, frame_entry_t dirty)
{
	for (; order < FRAME_MAX_ORDER; order++) {
		frame_entry_t *buddy = frame_entry(MFN(mfn.v ^ BIT(order)));
		frame_entry_t e = read_entry(buddy);

		if (!entry_is_free(e, order) || (e & ENTRY_DIRTY) != dirty) {
			break;
		}
		take_off(buddy);
		mfn.v &= ~BIT(order);
	}
	push(mfn, order, dirty);
}

/* Free any run of frames as the fewest aligned blocks. */
static void free_run(mfn_t mfn, uint64_t nr, frame_entry_t dirty)
{
	while (nr) {
		unsigned int order = 63 - __builtin_clzll(nr);

		if (mfn.v && (unsigned int)__builtin_ctzll(mfn.v) < order) {
			order = __builtin_ctzll(mfn.v);
		}
		if (order > FRAME_MAX_ORDER) {
			order = FRAME_MAX_ORDER;
		}
		free_block(mfn, order, dirty);
		mfn = mfn_add(mfn, BIT(order));
		nr -= BIT(order);
	}
}

void frame_seed(mfn_t mfn, uint64_t nr)
{
	spin_lock(&buddy_lock);
	free_run(mfn, nr, 0);
	spin_unlock(&buddy_lock);
}

void buddy_free(mfn_t mfn)
{
	arch_note_free(mfn, 1);
	spin_lock(&buddy_lock);
	free_block(mfn, 0, ENTRY_DIRTY);
	spin_unlock(&buddy_lock);
}

/* The head of the free block that @mfn is in, or NULL. */
static frame_entry_t *find_head(mfn_t mfn, mfn_t *first)
{
	for (unsigned int order = 0; order < NR_ORDERS; order++) {
		frame_entry_t *slot;

		*first = MFN(align_down(mfn.v, BIT(order)));
		slot = frame_entry(*first);
		if (entry_is_free(read_entry(slot), order)) {
			return slot;
		}
	}
	return NULL;
}

bool buddy_is_free(mfn_t mfn)
{
	mfn_t first;
	bool found;

	spin_lock(&buddy_lock);
	found = find_head(mfn, &first);
	spin_unlock(&buddy_lock);
	return found;
}

/* A block of exactly @order, cut from the smallest that is large enough. What
 * is left over are its lower parts: low memory is kept for guests. */
static mfn_t take(unsigned int order)
{
	unsigned int have = order;
	frame_entry_t *slot;
	frame_entry_t dirty;
	mfn_t mfn;

	while (have < NR_ORDERS && !heads[have]) {
		have++;
	}
	if (have == NR_ORDERS) {
		return MFN_INVALID;
	}
	mfn = frame_at_index(heads[have] - 1);
	slot = frame_entry(mfn);
	dirty = *slot & ENTRY_DIRTY;
	take_off(slot);
	while (have > order) {
		have--;
		push(mfn, have, dirty);
		mfn = mfn_add(mfn, BIT(have));
	}
	return mfn;
}

/* Zero, in memory and not only in the caches, and unknown as code. */
static void scrub(mfn_t mfn, uint64_t nr)
{
	arch_clear_frames(mfn, nr);
	arch_cache_clean_inval(mfn_to_ptr(mfn), nr << PAGE_SHIFT);
	arch_icache_inval_all();
}

/* Make @nr frames @e's. Contents come first: from here frame_get() works. */
static void hand_out(mfn_t mfn, uint64_t nr, frame_entry_t e)
{
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t *end = slot + nr;

	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (; end - slot >= 4; slot += 4) {
		write_entry(slot, e);
		write_entry(slot + 1, e);
		write_entry(slot + 2, e);
		write_entry(slot + 3, e);
	}
	for (; slot < end; slot++) {
		write_entry(slot, e);
	}
}

mfn_t frame_alloc(unsigned int order, uint16_t owner)
{
	mfn_t mfn;

	if (order > FRAME_MAX_ORDER) {
		return MFN_INVALID;
	}
	spin_lock(&buddy_lock);
	mfn = take(order);
	spin_unlock(&buddy_lock);
	if (mfn_eq(mfn, MFN_INVALID)) {
		return mfn;
	}
	if (owner != FRAME_OWNER_XEN) {
		scrub(mfn, BIT(order));
	} else {
		/* The hypervisor writes to it as it likes. */
		arch_note_dirty(mfn, BIT(order));
	}
	hand_out(mfn, BIT(order), entry_owned(owner, order));
	return mfn;
}

/* Whether every frame of the run lies in a free block. */
static bool run_is_free(mfn_t mfn, uint64_t nr)
{
	mfn_t end = mfn_add(mfn, nr);

	while (mfn.v < end.v) {
		mfn_t first;
		frame_entry_t *head = find_head(mfn, &first);

		if (!head) {
			return false;
		}
		mfn = mfn_add(first, BIT(entry_order(*head)));
	}
	return true;
}

/* Take the part of the run that lies in @mfn's block, the rest stays free.
 * Returns how many frames that was. */
static uint64_t take_part(mfn_t mfn, uint64_t nr)
{
	mfn_t first;
	frame_entry_t *head = find_head(mfn, &first);
	frame_entry_t dirty = *head & ENTRY_DIRTY;
	uint64_t end = first.v + BIT(entry_order(*head));
	uint64_t part = min_u64(nr, end - mfn.v);

	take_off(head);
	free_run(first, mfn.v - first.v, dirty);
	free_run(mfn_add(mfn, part), end - mfn.v - part, dirty);
	if (dirty) {
		scrub(mfn, part);
	}
	return part;
}

int frame_alloc_at(mfn_t mfn, uint64_t nr, uint16_t owner)
{
	int rc = -XEN_ENOMEM;

	spin_lock(&buddy_lock);
	if (run_is_free(mfn, nr)) {
		while (nr) {
			uint64_t part = take_part(mfn, nr);

			hand_out(mfn, part, entry_owned(owner, 0));
			mfn = mfn_add(mfn, part);
			nr -= part;
		}
		rc = 0;
	}
	spin_unlock(&buddy_lock);
	return rc;
}

mfn_t frame_find_free(unsigned int order)
{
	mfn_t best = MFN_INVALID;

	spin_lock(&buddy_lock);
	for (; order < NR_ORDERS; order++) {
		uint64_t next = heads[order] ? heads[order] - 1 : INDEX_END;

		while (next != INDEX_END) {
			mfn_t mfn = frame_at_index(next);

			best = mfn.v < best.v ? mfn : best;
			next = FIELD_GET(ENTRY_NEXT, *frame_entry(mfn));
		}
	}
	spin_unlock(&buddy_lock);
	return best;
}
