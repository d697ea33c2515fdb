/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses that take more than a call of one handler: layers that only one
 * vCPU sees or that forward, sizes a region has not implemented, unaligned
 * accesses, big-endian registers.
 */
#include "memmap/access.h"

#include <string.h>

#include <arch/map.h>
#include <core/bits.h>

#include "lib/bitmap.h"
#include "memmap/log_state.h"
#include "memmap/memmap.h"

/* An interposer's handler gets the first member. */
struct forwarded {
	struct mmio_access a;
	const struct span *layer;
};

static uint64_t low_bytes(unsigned int size)
{
	return size < 8 ? BIT(8 * size) - 1 : ~UINT64_C(0);
}

static uint64_t swap_bytes(uint64_t v, unsigned int size)
{
	return __builtin_bswap64(v) >> (64 - 8 * size);
}

/* ------------------------------------------------------------- one handler */

/* One access that the handler is made for; data is as the guest sees it. */
static enum mmio_result call(struct vcpu *v, const struct span *s,
			     struct mmio_access *a)
{
	struct forwarded f = { .a = *a, .layer = s };
	enum mmio_result r;

	if (a->write && s->ops->big_endian) {
		f.a.data = swap_bytes(a->data & low_bytes(a->size), a->size);
	}
	r = s->ops->access(v, s->region->opaque, &f.a);
	if (!a->write) {
		a->data = f.a.data & low_bytes(a->size);
		if (s->ops->big_endian) {
			a->data = swap_bytes(a->data, a->size);
		}
	}
	return r;
}

/* The bytes of @a that are in the implemented word [at, at + size). */
static enum mmio_result do_word(struct vcpu *v, const struct span *s,
				struct mmio_access *a, uint64_t at,
				unsigned int size)
{
	uint64_t from = max_u64(a->offset, at);
	uint64_t to = min_u64(a->offset + a->size, at + size);
	unsigned int in_word = 8 * (from - at), in_a = 8 * (from - a->offset);
	uint64_t mask = low_bytes(to - from);
	struct mmio_access word = { .offset = at, .size = size };
	enum mmio_result r = MMIO_OK;

	if (!a->write || to - from < size) {
		r = call(v, s, &word);
	}
	if (r == MMIO_OK && !a->write) {
		a->data |= (word.data >> in_word & mask) << in_a;
	} else if (r == MMIO_OK) {
		word.write = true;
		word.data &= ~(mask << in_word);
		word.data |= (a->data >> in_a & mask) << in_word;
		r = call(v, s, &word);
	}
	return r;
}

/* The widest that is implemented and not wider than the access; or the
 * narrowest. */
static unsigned int word_size(uint8_t implemented, unsigned int size)
{
	unsigned int word = size;

	while (word && !(implemented & word)) {
		word >>= 1;
	}
	return word ? word : implemented & -implemented;
}

static enum mmio_result to_handler(struct vcpu *v, const struct span *s,
				   struct mmio_access *a)
{
	const struct region_ops *ops = s->ops;
	uint8_t implemented = ops->impl_sizes ? ops->impl_sizes
					      : ops->valid_sizes;
	unsigned int size = word_size(implemented, a->size);
	enum mmio_result r = MMIO_OK;

	if (!(ops->valid_sizes & a->size) ||
	    (!ops->unaligned && !is_aligned(a->offset, a->size))) {
		return MMIO_ABORT;
	}
	if (size == a->size &&
	    (ops->any_alignment || is_aligned(a->offset, size))) {
		return call(v, s, a);
	}
	a->data = a->write ? a->data : 0;
	for (uint64_t at = align_down(a->offset, size);
	     at < a->offset + a->size && r == MMIO_OK; at += size) {
		r = do_word(v, s, a, at, size);
	}
	return r;
}

/* ------------------------------------------------------------------ layers */

static bool is_access(const struct mmio_access *a)
{
	return a->size && a->size <= 8 && !(a->size & (a->size - 1));
}

/* RAM below an interposer, which hides it from the p2m. */
static enum mmio_result to_ram(const struct span *s, uint64_t in_span,
			       struct mmio_access *a)
{
	void *p = paddr_to_ptr(PADDR(s->pa.v + in_span));

	if (s->populated || (a->write && !(s->attr.perm & S2_W))) {
		return MMIO_ABORT;
	}
	if (a->write) {
		memcpy(p, &a->data, a->size);
		if (s->written) {
			bitmap_set(s->written->map,
				   (s->offset + in_span) >> PAGE_SHIFT, 1);
		}
	} else {
		a->data = 0;
		memcpy(&a->data, p, a->size);
	}
	return MMIO_OK;
}

const struct span *span_seen_by(const struct vcpu *v, const struct span *s)
{
	while (s->only && s->only != v) {
		s++;
		if (!s->below) {
			return NULL;
		}
	}
	return s;
}

enum mmio_result access_layers(struct vcpu *v, const struct span *s,
			       uint64_t in_span, struct mmio_access *a)
{
	s = span_seen_by(v, s);
	/* What is mapped as well, a ROM-device, is read directly. */
	if (!s || !s->emulated || (s->mapped && !a->write)) {
		return MMIO_NOTHING;
	}
	if (!is_access(a) || a->size > s->size - in_span) {
		return MMIO_ABORT;
	}
	a->offset = s->offset + in_span;
	return to_handler(v, s, a);
}

enum mmio_result memmap_forward(struct vcpu *v, struct mmio_access *a)
{
	const struct forwarded *f = container_of(a, struct forwarded, a);
	uint64_t in_span = a->offset - f->layer->offset;
	struct mmio_access next = *a;
	const struct span *s = f->layer + 1;
	enum mmio_result r = MMIO_ABORT;

	s = s->below ? span_seen_by(v, s) : NULL;
	if (!s || !is_access(a) || in_span >= s->size ||
	    a->size > s->size - in_span) {
		return MMIO_ABORT;
	}
	next.offset = s->offset + in_span;
	if (s->emulated && (a->write || !s->mapped)) {
		r = to_handler(v, s, &next);
	} else if (s->ram) {
		r = to_ram(s, in_span, &next);
	}
	a->data = next.data;
	return r;
}
