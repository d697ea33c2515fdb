/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that were valid until lately. Some TLB may hold what they
 * said, whether a test touched them or not, until a flush covers them.
 */
#include <stdlib.h>

#include <arch/map.h>

#include "shadow.h"

static struct broken *list;
static unsigned int nr, room;

void broken_reset(void)
{
	free(list);
	list = NULL;
	nr = 0;
	room = 0;
}

void broken_add(struct watched *w, const uint64_t *slot, uint64_t pte,
		unsigned int level, ipa_t ipa)
{
	if (nr == room) {
		room = room ? 2 * room : 64;
		list = realloc(list, room * sizeof(*list));
		if (!list) {
			abort();
		}
	}
	list[nr++] = (struct broken){
		.watched = w,
		.slot = slot,
		.pte = pte,
		.level = level,
		.ipa = ipa,
	};
}

const struct broken *broken_of(const struct watched *w)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (list[i].watched == w) {
			return &list[i];
		}
	}
	return NULL;
}

bool broken_refers_to(mfn_t mfn)
{
	for (unsigned int i = 0; i < nr; i++) {
		const struct broken *b = &list[i];
		uint64_t from = (b->pte & HW_ADDR) >> PAGE_SHIFT;
		uint64_t frames = hw_is_table(b->pte, b->level)
					  ? 1
					  : hw_span(b->level) >> PAGE_SHIFT;

		if (mfn.v - from < frames) {
			return true;
		}
	}
	return false;
}

static bool covers(const struct s2_range *range, const struct broken *b)
{
	return !range || flush_hits(range, b->ipa, hw_span(b->level));
}

/* Its slot may be made again with any value. */
static void forget_slot(const uint64_t *slot)
{
	struct shadow *sh = slot ? shadow_of(ptr_to_paddr(slot)) : NULL;

	if (sh) {
		sh->was[((uintptr_t)slot & ~PAGE_MASK) / sizeof(*slot)] = 0;
	}
}

void broken_flushed(struct watched *w, const struct s2_range *range)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct broken b = list[i];

		if (b.watched != w || !covers(range, &b)) {
			list[kept++] = b;
			continue;
		}
		forget_slot(b.slot);
		if (hw_is_table(b.pte, b.level)) {
			shadow_forget(PADDR(b.pte & HW_ADDR));
		}
	}
	nr = kept;
}
