/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions, hidden parts and spans as records. The numbers of regions are their
 * places in the tree, counted anew each time: nothing is kept for readers. */
#include "memmap/describe.h"

#include <core/bits.h>

#include "lib/format.h"
#include "memmap/internal.h"
#include "p2m/dump.h"

/* Regions that one call looks at for hidden parts. */
#define HIDDEN_LOOKS 64

static_assert(sizeof(struct entresol_mapping) == 16, "entresol.h");
static_assert(sizeof(struct entresol_region) == 160, "entresol.h");
static_assert(sizeof(struct entresol_hidden) == 24, "entresol.h");
static_assert(sizeof(struct entresol_span) == 120, "entresol.h");
static_assert(sizeof(struct entresol_run) == 32, "entresol.h");
static_assert((int)REGION_CONTAINER == ENTRESOL_KIND_CONTAINER &&
		      (int)REGION_ALIAS == ENTRESOL_KIND_ALIAS &&
		      (int)REGION_RAM == ENTRESOL_KIND_RAM &&
		      (int)REGION_ROM == ENTRESOL_KIND_ROM &&
		      (int)REGION_ROM_DEVICE == ENTRESOL_KIND_ROM_DEVICE &&
		      (int)REGION_DIRECT == ENTRESOL_KIND_DIRECT &&
		      (int)REGION_RESERVED == ENTRESOL_KIND_RESERVED &&
		      (int)REGION_EMULATED == ENTRESOL_KIND_EMULATED &&
		      (int)REGION_INTERPOSER == ENTRESOL_KIND_INTERPOSER &&
		      (int)REGION_HOLE == ENTRESOL_KIND_HOLE,
	      "entresol.h has the kinds of regions");

/* ------------------------------------------------------------------ numbers */

/* The map's lock is held. */
static uint64_t edition(const struct memmap *map)
{
	return map->generation + map->nr_changes;
}

/* The region with number @index, or NULL. The map's lock is held. */
static const struct region *region_at(struct memmap *map, uint64_t index)
{
	const struct region *r = &map->root;

	while (r && index--) {
		r = region_next(&map->root, r);
	}
	return r;
}

static uint32_t number_of(struct memmap *map, const struct region *region)
{
	const struct region *r = &map->root;
	uint32_t index = 0;

	if (!region || !region_is_attached(map, region)) {
		return ENTRESOL_NONE;
	}
	for (; r != region; index++) {
		r = region_next(&map->root, r);
	}
	return index;
}

/* ------------------------------------------------------------------ regions */

static unsigned int flags_of(const struct region *r)
{
	const struct region *parent = r->parent;
	unsigned int flags = 0;

	if (parent &&
	    (r->ipa.v >= parent->size || r->size > parent->size - r->ipa.v)) {
		flags |= ENTRESOL_FLAG_CLIPPED;
	}
	return flags | (r->disabled ? ENTRESOL_FLAG_DISABLED : 0) |
	       (r->populated ? ENTRESOL_FLAG_POPULATED : 0) |
	       (r->log ? ENTRESOL_FLAG_LOG : 0) |
	       (r->buffered ? ENTRESOL_FLAG_BUFFERED : 0) |
	       (r->only ? ENTRESOL_FLAG_VCPU : 0);
}

void region_describe(const struct region *r, struct entresol_region *out)
{
	const char *row = r->kind == REGION_ALIAS ? r->target->name : r->row;

	*out = (struct entresol_region){
		.parent = ENTRESOL_NONE,
		.target = ENTRESOL_NONE,
		.priority = r->priority,
		.size = r->size,
		.target_offset = r->kind == REGION_ALIAS ? r->target_offset : 0,
		.kind = r->kind,
		.flags = flags_of(r),
	};
	if (region_is_mapped(r)) {
		out->map = p2m_mapping(r->type, r->attr,
				       r->populated ? PADDR(0) : r->pa);
	}
	for (const struct region *at = r; at; at = at->parent) {
		out->ipa += at->ipa.v;
		out->depth += at->parent ? 1 : 0;
	}
	fmt_str(out->name, sizeof(out->name), "%s", r->name);
	fmt_str(out->row, sizeof(out->row), "%s", row ? row : "");
}

unsigned int memmap_regions(struct memmap_reader *r,
			    struct entresol_region *out, unsigned int max)
{
	struct memmap *map = r->map;
	const struct region *region;
	unsigned int nr = 0;

	spin_lock(&map->lock);
	region = region_at(map, r->cursor);
	for (; region && nr < max; nr++) {
		region_describe(region, &out[nr]);
		out[nr].index = r->cursor + nr;
		out[nr].vcpu = region->only ? r->vcpu_id(region->only) : 0;
		out[nr].parent = number_of(map, region->parent);
		if (region->kind == REGION_ALIAS) {
			out[nr].target = number_of(map, region->target);
		}
		region = region_next(&map->root, region);
	}
	r->cursor = region ? r->cursor + nr : 0;
	r->generation = edition(map);
	spin_unlock(&map->lock);
	return nr;
}

/* ------------------------------------------------------------ hidden parts */

struct hidden_search {
	struct memmap *map;
	struct entresol_hidden *out;
	uint64_t index;	    /* the region               */
	uint32_t part;	    /* of it, that comes next   */
	uint32_t from_part; /* those before are passed  */
	unsigned int nr;
	unsigned int max;
	bool full; /* there was one more than fits */
};

static void note_hidden(const struct hidden *h, void *arg)
{
	struct hidden_search *s = arg;
	uint32_t by;

	if (s->full || s->part < s->from_part) {
		s->part += !s->full;
		return;
	}
	if (s->nr == s->max) {
		s->full = true;
		return;
	}
	by = number_of(s->map, h->by);
	s->part++;
	s->out[s->nr++] = (struct entresol_hidden){
		.region = s->index,
		.by = by != ENTRESOL_NONE ? by : number_of(s->map, h->via),
		.ipa = h->ipa.v,
		.size = h->size,
	};
}

unsigned int memmap_hidden(struct memmap_reader *r, struct entresol_hidden *out,
			   unsigned int max)
{
	struct hidden_search s = {
		.map = r->map,
		.out = out,
		.index = r->cursor >> 32,
		.from_part = (uint32_t)r->cursor,
		.max = max,
	};
	const struct region *region;

	spin_lock(&r->map->lock);
	region = region_at(r->map, s.index);
	for (int i = 0; region && !s.full && i < HIDDEN_LOOKS; i++) {
		s.part = 0;
		hidden_of(r->map, region, note_hidden, &s);
		if (!s.full) {
			s.from_part = 0;
			s.part = 0;
			s.index++;
			region = region_next(&r->map->root, region);
		}
	}
	r->cursor = region ? memmap_hidden_of(s.index) + s.part : 0;
	r->generation = edition(r->map);
	spin_unlock(&r->map->lock);
	return s.nr;
}

/* --------------------------------------------------------------- the view */

/* The region may have left the tree since, and is still there: a commit that
 * forgets it needs the lock. */
static void span_describe(const struct memmap_reader *r, const struct span *s,
			  struct entresol_span *out)
{
	*out = (struct entresol_span){
		.region = number_of(r->map, s->region),
		.via = number_of(r->map, s->via),
		.ipa = s->ipa.v,
		.size = s->size,
		.offset = s->offset,
		.kind = s->region->kind,
		.flags = (s->below ? ENTRESOL_FLAG_BELOW : 0) |
			 (s->populated ? ENTRESOL_FLAG_POPULATED : 0) |
			 (s->log ? ENTRESOL_FLAG_LOG : 0) |
			 (s->buffered ? ENTRESOL_FLAG_BUFFERED : 0) |
			 (s->only ? ENTRESOL_FLAG_VCPU : 0),
		.vcpu = s->only ? r->vcpu_id(s->only) : 0,
	};
	if (s->mapped) {
		out->map = p2m_mapping(s->type, s->attr,
				       s->populated ? PADDR(0) : s->pa);
	}
	fmt_str(out->name, sizeof(out->name), "%s", s->region->name);
}

unsigned int memmap_spans(struct memmap_reader *r, struct entresol_span *out,
			  unsigned int max)
{
	const struct flat_view *view;
	const struct span *s;
	unsigned int nr = 0;

	spin_lock(&r->map->lock);
	view = r->map->view;
	s = view_span(view, r->cursor);
	for (; nr < max && s; nr++) {
		span_describe(r, s, &out[nr]);
		s = view_next(view, s);
	}
	r->cursor = s ? r->cursor + nr : 0;
	r->generation = edition(r->map);
	spin_unlock(&r->map->lock);
	return nr;
}

uint64_t memmap_edition(struct memmap *map)
{
	uint64_t now;

	spin_lock(&map->lock);
	now = edition(map);
	spin_unlock(&map->lock);
	return now;
}
