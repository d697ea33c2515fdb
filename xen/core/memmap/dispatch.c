/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One guest access on its way to the handler of the region that shows there.
 * This is the path of every interrupt-controller access: keep it short.
 */
#include <arch/cpu.h>
#include <core/bits.h>

#include "domain/epoch.h"
#include "memmap/memmap.h"
#include "memmap/view.h"

/* Whether the region has accesses like @a at this place of its span. */
static bool access_is_valid(const struct span *s, ipa_t ipa,
			    const struct mmio_access *a)
{
	return (s->region->ops->valid_sizes & a->size) &&
	       is_aligned(a->offset, a->size) &&
	       s->size - (ipa.v - s->ipa.v) >= a->size;
}

static enum mmio_result dispatch(const struct span *s, struct vcpu *v,
				 ipa_t ipa, struct mmio_access *a)
{
	const struct region *r = s->region;

	a->offset = s->offset + (ipa.v - s->ipa.v);
	if (unlikely(!access_is_valid(s, ipa, a))) {
		return MMIO_ABORT;
	}
	return r->ops->access(v, r->opaque, a);
}

enum mmio_result memmap_access(const struct memmap *map, struct vcpu *v,
			       ipa_t ipa, struct mmio_access *a)
{
	enum mmio_result result = MMIO_NOTHING;
	unsigned int cpu = arch_this_cpu();
	const struct flat_view *view;
	const struct span *s;

	epoch_enter(cpu);
	view = memmap_view(map);
	s = span_search(view->emulated, view->nr_emulated, ipa);
	if (likely(s)) {
		result = dispatch(s, v, ipa, a);
	}
	epoch_leave(cpu);
	return result;
}
