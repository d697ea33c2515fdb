/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of buffered writes: Xen's layout, one writer under the flow's
 * lock, one reader who is not trusted. */
#include <string.h>

#include <core/compiler.h>

#include "ioreq/flow.h"

static_assert(sizeof(struct buf_ioreq) == 8, "Xen ABI: public/hvm/ioreq.h");
static_assert(sizeof(struct buffered_iopage) == PAGE_SIZE, "Xen ABI");

#define SLOTS ((uint32_t)IOREQ_BUFFER_SLOT_NUM)

/*
 * Pointers count up, and slots are numbered modulo SLOTS: before they could
 * wrap, as many whole rounds are taken off both. The reader advances its
 * pointer by atomic addition.
 */
static void rewind_pointers(struct flow_window *w, uint32_t read)
{
	union bufioreq_pointers old, new;
	uint32_t rounds = read / SLOTS * SLOTS;

	if (!rounds) {
		return;
	}
	old.read_pointer = read;
	old.write_pointer = w->write;
	new.read_pointer = read - rounds;
	new.write_pointer = w->write - rounds;
	if (__atomic_compare_exchange_n(&w->ring->ptrs.full, &old.full,
					new.full, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED)) {
		w->write -= rounds;
	}
}

static void put_slot(struct flow_window *w, uint32_t at, struct buf_ioreq slot)
{
	memcpy(&w->ring->buf_ioreq[at % SLOTS], &slot, sizeof(slot));
}

bool ring_put(struct flow_window *w, const struct flow_access *a)
{
	uint32_t read =
		__atomic_load_n(&w->ring->ptrs.read_pointer, __ATOMIC_ACQUIRE);
	uint32_t need = a->size == 8 ? 2 : 1;
	struct buf_ioreq slot = {
		.type = IOREQ_TYPE_COPY,
		.dir = IOREQ_WRITE,
		.size = (uint8_t)__builtin_ctz(a->size),
		.addr = (uint32_t)(a->addr - w->base),
		.data = (uint32_t)a->data,
	};

	if (w->write < read || w->write - read > SLOTS - need) {
		return false;
	}
	put_slot(w, w->write, slot);
	if (need == 2) {
		slot.data = (uint32_t)(a->data >> 32);
		put_slot(w, w->write + 1, slot);
	}
	w->write += need;
	__atomic_store_n(&w->ring->ptrs.write_pointer, w->write,
			 __ATOMIC_RELEASE);
	rewind_pointers(w, read);
	return true;
}
