/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up the view in force, and one guest access on its way to the
 * handler of the region that shows there. That is the path of every
 * interrupt-controller access: keep it short.
 */
#include <stddef.h>

#include <arch/cpu.h>
#include <core/bits.h>

#include "domain/epoch.h"
#include "memmap/internal.h"

static_assert(offsetof(struct span, ipa) == 0, "search() reads it");
static_assert(offsetof(struct emulated_span, ipa) == 0, "search() reads it");

/* The last of @nr (at least 1) sorted spans that begins at or below @ipa, or
 * the first. @stride is the size of one. */
static inline const void *search(const void *spans, size_t stride,
				 unsigned int nr, ipa_t ipa)
{
	const char *s = spans;

	while (nr > 1) {
		unsigned int half = nr / 2;
		const char *mid = s + half * stride;

		s = ((const ipa_t *)mid)->v <= ipa.v ? mid : s;
		nr -= half;
	}
	return s;
}

const struct span *memmap_find(const struct memmap *map, ipa_t ipa)
{
	const struct flat_view *view = view_in_force(map);
	const struct span *s;

	if (!view->nr) {
		return NULL;
	}
	s = search(view->span, sizeof(*s), view->nr, ipa);
	return ipa.v - s->ipa.v < s->size ? s : NULL;
}

/*
 * Spans begin and end at pages, so an access of up to 8 bytes that is
 * naturally aligned ends where it begins (XSA-112).
 */
static bool access_is_valid(const struct emulated_span *s,
			    const struct mmio_access *a)
{
	return (s->ops->valid_sizes & a->size) &&
	       is_aligned(a->offset, a->size);
}

static enum mmio_result dispatch(const struct flat_view *view, struct vcpu *v,
				 ipa_t ipa, struct mmio_access *a)
{
	const struct emulated_span *s;
	uint64_t in_span;

	if (unlikely(!view->nr_emulated)) {
		return MMIO_NOTHING;
	}
	s = search(view->emulated, sizeof(*s), view->nr_emulated, ipa);
	in_span = ipa.v - s->ipa.v;
	if (unlikely(in_span >= s->size)) {
		return MMIO_NOTHING;
	}
	a->offset = s->offset + in_span;
	if (unlikely(!access_is_valid(s, a))) {
		return MMIO_ABORT;
	}
	return s->ops->access(v, s->opaque, a);
}

enum mmio_result memmap_access(const struct memmap *map, struct vcpu *v,
			       ipa_t ipa, struct mmio_access *a)
{
	enum mmio_result result;
	unsigned int cpu = arch_this_cpu();

	epoch_enter(cpu);
	result = dispatch(view_in_force(map), v, ipa, a);
	epoch_leave(cpu);
	return result;
}
