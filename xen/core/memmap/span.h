/* SPDX-License-Identifier: BSD-2-Clause */
/* The flat view: what shows where. */
#ifndef MEMMAP_SPAN_H
#define MEMMAP_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "memmap/region.h"

/*
 * One layer of a stretch of the flat view: [ipa, ipa + size) shows @region
 * from @offset on. Most stretches have one; below a region that only one vCPU
 * sees, or one that forwards accesses, there is a next one. What listeners
 * get is noted here, so that a region may change in the tree while the old
 * view is still in force.
 */
struct span {
	ipa_t ipa;
	uint64_t size;
	const struct region *region;
	const struct region *via; /* the outermost alias it is seen by, or NULL */
	uint64_t offset;
	paddr_t pa;		      /* of the first byte, if `mapped` */
	const struct region_ops *ops; /* if `emulated`          */
	struct written *written;      /* RAM that is logged, or NULL */
	struct s2_attr attr;
	const struct vcpu *only; /* as of the region or a container  */
	uint8_t type;		 /* enum p2m_type                    */
	bool mapped;		 /* region_is_mapped()               */
	bool emulated;		 /* region_is_emulated()             */
	bool ram;		 /* region_is_ram()                  */
	bool populated;		 /* RAM whose frames the p2m knows   */
	bool below; /* the next layer of the span before it          */
	bool log;
	bool buffered;
};

/* What dispatch needs of an emulated stretch, in one cache line. */
struct emulated_span {
	ipa_t ipa;
	uint64_t size;
	uint64_t offset;
	enum mmio_result (*access)(struct vcpu *v, void *opaque,
				   struct mmio_access *a);
	void *opaque;
	/* Sizes that, if aligned, need nothing but a call of @access. */
	uint8_t plain_sizes;
} __aligned_to(64);

/* Spans of a view: whole stretches, with all layers. Never changed. */
struct chunk {
	unsigned int nr;
	struct span span[]; /* one more, empty, ends them */
};

struct chunk_at {
	uint64_t end; /* of the last span */
	const struct chunk *chunk;
};

/* Chunks of a view, [is, is_end), that are there instead of [was, was_end) of
 * the view before it. All others are in both. */
struct view_part {
	unsigned int was;
	unsigned int was_end;
	unsigned int is;
	unsigned int is_end;
};

/* Parts of the address space that a commit tells apart. */
#define MAX_WINDOWS 8

struct flat_view {
	/* Stretches with a handler. As many as a power of two, with empty
	 * ones at the end: dispatch halves without a look at the number. */
	const struct emulated_span *emulated;
	unsigned int half; /* of that power */
	unsigned int nr_emulated;
	void *handlers;	 /* the memory of that list */
	unsigned int nr; /* spans */
	unsigned int nr_parts;
	struct view_part part[MAX_WINDOWS];
	unsigned int nr_chunks;
	struct chunk_at chunk[];
};

static inline uint64_t span_end(const struct span *s)
{
	return s->ipa.v + s->size;
}

/* Leave [from, to) of it. */
static inline void span_clip(struct span *s, uint64_t from, uint64_t to)
{
	uint64_t skip = from - s->ipa.v;

	s->ipa = IPA(from);
	s->size = to - from;
	s->offset += skip;
	s->pa.v += skip;
}

/* Whether what lies below is to be seen by somebody. */
static inline bool span_sees_through(const struct span *s)
{
	return s->only || s->region->kind == REGION_INTERPOSER;
}

#endif
