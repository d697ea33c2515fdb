/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up the view in force, and one guest access on its way to the
 * handler of the region that shows there. That is the path of every
 * interrupt-controller access: keep it short. What is unusual is access.c's.
 */
#include <stddef.h>

#include <arch/cpu.h>
#include <core/bits.h>

#include "domain/epoch.h"
#include "memmap/access.h"
#include "memmap/internal.h"
#include "memmap/view.h"

const struct span *memmap_find(const struct memmap *map, ipa_t ipa)
{
	const struct span *s = view_first_above(view_in_force(map), ipa.v);

	return s && s->ipa.v <= ipa.v ? s : NULL;
}

bool memmap_serves(const struct memmap *map, const struct vcpu *v, ipa_t ipa)
{
	const struct span *s = memmap_find(map, ipa);

	s = s ? span_seen_by(v, s) : NULL;
	return s && s->emulated;
}

/*
 * Spans begin and end at pages, so an access of up to 8 bytes that is
 * naturally aligned ends where it begins (XSA-112).
 */
static inline bool is_plain(const struct emulated_span *s,
			    const struct mmio_access *a)
{
	return (s->plain_sizes & a->size) && is_aligned(a->offset, a->size);
}

static __cold_fn enum mmio_result unusual(const struct flat_view *view,
					  struct vcpu *v, ipa_t ipa,
					  struct mmio_access *a)
{
	const struct span *s = view_first_above(view, ipa.v);

	return access_layers(v, s, ipa.v - s->ipa.v, a);
}

static inline enum mmio_result dispatch(const struct flat_view *view,
					struct vcpu *v, ipa_t ipa,
					struct mmio_access *a)
{
	const struct emulated_span *s = view->emulated;
	uint64_t in_span;

	/* The last one that begins at or below, or the first. */
	for (size_t half = view->half; half; half /= 2) {
		s = s[half].ipa.v <= ipa.v ? s + half : s;
	}
	in_span = ipa.v - s->ipa.v;
	if (unlikely(in_span >= s->size)) {
		return MMIO_NOTHING;
	}
	a->offset = s->offset + in_span;
	if (unlikely(!is_plain(s, a))) {
		return unusual(view, v, ipa, a);
	}
	return s->access(v, s->opaque, a);
}

static inline __attribute__((__always_inline__)) enum mmio_result
in_section(const struct memmap *map, struct vcpu *v, ipa_t ipa,
	   struct mmio_access *a)
{
	enum mmio_result result;
	unsigned int cpu = arch_this_cpu();

	epoch_enter(cpu);
	result = dispatch(view_in_force(map), v, ipa, a);
	epoch_leave(cpu);
	return result;
}

enum mmio_result memmap_access(const struct memmap *map, struct vcpu *v,
			       ipa_t ipa, struct mmio_access *a)
{
	return in_section(map, v, ipa, a);
}

enum mmio_result memmap_access_rare(const struct memmap *map, struct vcpu *v,
				    ipa_t ipa, struct mmio_access *a)
{
	return in_section(map, v, ipa, a);
}
