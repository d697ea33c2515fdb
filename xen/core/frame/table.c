/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame table: banks, owners and references. */
#include <stddef.h>

#include <core/bug.h>
#include <core/errno.h>

#include "frame/entry.h"
#include "frame/frame.h"
#include "frame/heap.h"

struct bank {
	uint64_t base;	/* first frame               */
	uint64_t nr;	/* frames                    */
	uint64_t first; /* index of its first frame  */
	frame_entry_t *table;
};

static struct bank banks[FRAME_MAX_BANKS];
static unsigned int nr_banks;
struct frame_window frame_window;
static uint64_t nr_frames;

uint64_t frame_table_bytes(uint64_t nr)
{
	return nr * sizeof(frame_entry_t);
}

int frame_table_init(mfn_t base, uint64_t nr, void *mem)
{
	if (nr_banks == FRAME_MAX_BANKS || nr > FRAME_MAX_FRAMES - nr_frames) {
		return -XEN_E2BIG;
	}
	banks[nr_banks++] = (struct bank){
		.base = base.v,
		.nr = nr,
		.first = nr_frames,
		.table = mem,
	};
	nr_frames += nr;
	if (nr > frame_window.nr) {
		frame_window = (struct frame_window){ base.v, nr, mem };
	}
	return 0;
}

void frame_table_reset(void)
{
	banks[0].nr = 0;
	nr_banks = 0;
	nr_frames = 0;
	frame_window.nr = 0;
	buddy_reset();
	heap_reset();
}

static inline const struct bank *bank_of(mfn_t mfn)
{
	/* Most machines have one; without any, its size is 0. */
	if (likely(mfn.v - banks[0].base < banks[0].nr)) {
		return &banks[0];
	}
	for (unsigned int i = 1; i < nr_banks; i++) {
		if (mfn.v - banks[i].base < banks[i].nr) {
			return &banks[i];
		}
	}
	return NULL;
}

frame_entry_t *frame_entry(mfn_t mfn)
{
	const struct bank *bank = bank_of(mfn);

	return bank ? &bank->table[mfn.v - bank->base] : NULL;
}

uint64_t frame_index(mfn_t mfn)
{
	const struct bank *bank = bank_of(mfn);

	return bank->first + (mfn.v - bank->base);
}

mfn_t frame_at_index(uint64_t index)
{
	const struct bank *bank = banks;

	while (index - bank->first >= bank->nr) {
		bank++;
	}
	return MFN(bank->base + (index - bank->first));
}

bool frame_valid(mfn_t mfn)
{
	return bank_of(mfn);
}

uint64_t frame_nr_total(void)
{
	return nr_frames;
}

int frame_get(mfn_t mfn, uint16_t owner)
{
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t old;

	if (!slot) {
		return -XEN_EPERM;
	}
	old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	do {
		if (entry_kind(old) != ENTRY_OWNED ||
		    entry_owner(old) != owner) {
			return -XEN_EPERM;
		}
		if (entry_refs(old) >= ENTRY_MAX_REFS) {
			return -XEN_EBUSY;
		}
	} while (!__atomic_compare_exchange_n(slot, &old, old + ENTRY_ONE_REF,
					      true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return 0;
}

void frame_put(mfn_t mfn)
{
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t old, new;

	BUG_ON(!slot);
	old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	do {
		BUG_ON(entry_kind(old) != ENTRY_OWNED);
		new = entry_refs(old) > 1 ? old - ENTRY_ONE_REF : ENTRY_NONE;
	} while (!__atomic_compare_exchange_n(
		slot, &old, new, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	if (new == ENTRY_NONE) {
		buddy_free(mfn);
	}
}

void frame_outlive(mfn_t mfn, uint16_t owner)
{
	const frame_entry_t late = FIELD_PREP(ENTRY_OWNER, FRAME_OWNER_LATE);
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t old = slot ? __atomic_load_n(slot, __ATOMIC_RELAXED)
				 : ENTRY_NONE;

	while (entry_kind(old) == ENTRY_OWNED && entry_owner(old) == owner &&
	       !__atomic_compare_exchange_n(
		       slot, &old, (old & ~ENTRY_OWNER) | late, true,
		       __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}

uint16_t frame_owner(mfn_t mfn)
{
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t e;

	if (!slot) {
		return FRAME_OWNER_NONE;
	}
	e = __atomic_load_n(slot, __ATOMIC_RELAXED);
	if (entry_kind(e) == ENTRY_OWNED) {
		return entry_owner(e);
	}
	return buddy_is_free(mfn) ? FRAME_OWNER_FREE : FRAME_OWNER_NONE;
}

static_assert(ENTRY_KIND == FRAME_ENTRY_KIND, "frame_window_owned()");
static_assert(ENTRY_OWNED == FRAME_ENTRY_OWNED, "frame_window_owned()");

bool frame_is_owned(mfn_t mfn)
{
	const frame_entry_t *slot = frame_entry(mfn);

	return slot && entry_kind(__atomic_load_n(slot, __ATOMIC_RELAXED)) ==
			       ENTRY_OWNED;
}

/* The entry of @mfn if somebody owns it, or NONE. */
static frame_entry_t owned_entry(mfn_t mfn)
{
	frame_entry_t *slot = frame_entry(mfn);
	frame_entry_t e = slot ? __atomic_load_n(slot, __ATOMIC_RELAXED)
			       : ENTRY_NONE;

	return entry_kind(e) == ENTRY_OWNED ? e : ENTRY_NONE;
}

uint32_t frame_refs(mfn_t mfn)
{
	return entry_refs(owned_entry(mfn));
}

unsigned int frame_order(mfn_t mfn)
{
	return entry_order(owned_entry(mfn));
}

/* The same for frames of one bank. */
static inline bool run_owned(const frame_entry_t *slot, uint64_t nr,
			     uint16_t owner)
{
	const frame_entry_t mask = ENTRY_OWNER | ENTRY_KIND;
	const frame_entry_t want = FIELD_PREP(ENTRY_OWNER, owner) | ENTRY_OWNED;
	frame_entry_t differs = 0;

	for (uint64_t i = 0; i < nr; i++) {
		differs |= __atomic_load_n(&slot[i], __ATOMIC_RELAXED) ^ want;
	}
	return !(differs & mask);
}

/* Banks may adjoin. */
bool frame_all_owned(mfn_t mfn, uint64_t nr, uint16_t owner)
{
	do {
		const struct bank *bank = bank_of(mfn);
		uint64_t at, run;

		if (!bank) {
			return false;
		}
		at = mfn.v - bank->base;
		run = min_u64(nr, bank->nr - at);
		if (!run_owned(&bank->table[at], run, owner)) {
			return false;
		}
		mfn = mfn_add(mfn, run);
		nr -= run;
	} while (nr);
	return true;
}

mfn_t frame_end(void)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < nr_banks; i++) {
		end = max_u64(end, banks[i].base + banks[i].nr);
	}
	return MFN(end);
}
