/* SPDX-License-Identifier: BSD-2-Clause */
/* A map as records of <public/entresol.h>, some at a time. */
#ifndef MEMMAP_DESCRIBE_H
#define MEMMAP_DESCRIBE_H

#include <stdint.h>

#include <public/entresol.h>

struct memmap;
struct region;
struct vcpu;

/*
 * A reader of a map. It takes the map's lock for each call, and in between
 * the map may change: @generation says so.
 */
struct memmap_reader {
	struct memmap *map;
	uint16_t (*vcpu_id)(const struct vcpu *v); /* memmap knows none     */
	uint64_t cursor;     /* where to begin; output: where to go on      */
	uint64_t generation; /* output: another one than before: begin anew */
};

/* Changes with each change of the tree, and of the view in force. */
uint64_t memmap_edition(struct memmap *map);

/**
 * memmap_regions() - The regions from number @r->cursor on.
 * memmap_hidden()  - What the view in force hides of them.
 * memmap_spans()   - That view.
 * @max: room in @out.
 *
 * The cursor is 0 at first, and any other value is harmless; that of hidden
 * parts is memmap_hidden_of() for those of one region and what follows. An
 * output of 0 says that there is no more, and fewer than @max that there may
 * be: each call does a bounded part.
 * Return: records.
 */
unsigned int memmap_regions(struct memmap_reader *r,
			    struct entresol_region *out, unsigned int max);
unsigned int memmap_hidden(struct memmap_reader *r, struct entresol_hidden *out,
			   unsigned int max);
unsigned int memmap_spans(struct memmap_reader *r, struct entresol_span *out,
			  unsigned int max);

static inline uint64_t memmap_hidden_of(uint32_t region)
{
	return (uint64_t)region << 32;
}

/* What is known of a region without its map: no numbers. */
void region_describe(const struct region *region, struct entresol_region *out);

#endif
