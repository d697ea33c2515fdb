/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map of a domain: regions with priorities, rendered to a flat
 * view of sorted, disjoint spans; the difference between two views is what
 * the p2m gets.
 */
#ifndef MEMMAP_MEMMAP_H
#define MEMMAP_MEMMAP_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>
#include <core/list.h>

#include "p2m/p2m.h"
#include "s2/attr.h"

struct vcpu;
struct memmap;

enum region_kind {
	REGION_RAM,	 /* host RAM                                  */
	REGION_DIRECT,	 /* device or SRAM, mapped straight through   */
	REGION_RESERVED, /* /reserved-memory                          */
	REGION_EMULATED, /* accesses go to @ops                       */
	REGION_HOLE,	 /* nothing here, hides what lies below        */
};

/* One guest access to an emulated region; offset + size stays inside it. */
struct mmio_access {
	uint64_t offset; /* from the start of the region      */
	uint64_t data;	 /* written, or filled in by a read   */
	uint8_t size;	 /* 1, 2, 4 or 8 bytes                */
	bool write;
};

enum mmio_result {
	MMIO_OK,
	MMIO_ABORT,   /* the guest gets a data abort      */
	MMIO_NOTHING, /* no emulated region shows there   */
};

struct region_ops {
	const char *name;
	/*
	 * Naturally aligned, of a size in valid_sizes. Called without lock,
	 * in an epoch section: it neither waits nor opens another one.
	 */
	enum mmio_result (*access)(struct vcpu *v, void *opaque,
				   struct mmio_access *a);
	uint8_t valid_sizes; /* bit mask of 1, 2, 4, 8; others abort */
};

/*
 * A region. The fields are the caller's until memmap_add() and after
 * memmap_del(), and stay unchanged in between. The memory is the caller's
 * too; it, @ops and @opaque must stay until a memmap_commit() after
 * memmap_del() has succeeded.
 *
 * RAM: the frames are the domain's and keep their owner's reference for as
 * long as the region exists, whether it shows or not; where the p2m counts
 * RAM (a domain that is not direct-mapped), each mapping takes one more.
 */
struct region {
	struct list link; /* in its map, by address              */
	struct list rank; /* in its map, what hides comes first  */
	const char *name; /* "sram@7fe00000": the node it is from */
	ipa_t ipa;	  /* where the guest sees it             */
	paddr_t pa;	  /* RAM, DIRECT, RESERVED: first byte   */
	uint64_t size;	  /* bytes, whole pages                  */
	int priority;	  /* higher hides lower                  */
	enum region_kind kind;
	enum p2m_type type; /* RAM, DIRECT, RESERVED              */
	struct s2_attr attr;
	const char *row; /* the match-table row, for the log; or NULL */
	const struct region_ops *ops; /* EMULATED */
	void *opaque;
};

/* Ties between regions of equal priority go to the one added later. */
#define PRIORITY_DEVICE	  0
#define PRIORITY_RAM	  10
#define PRIORITY_EMULATED 20

/*
 * One span of the flat view: [ipa, ipa + size) shows @region from @offset on.
 * What the p2m gets is noted here, so that a region that was taken out may be
 * changed and added again while the old view is still in force.
 */
struct span {
	ipa_t ipa;
	uint64_t size;
	const struct region *region;
	uint64_t offset;
	paddr_t pa; /* of the first byte; the rest if `mapped` */
	struct s2_attr attr;
	uint8_t type; /* enum p2m_type             */
	bool mapped;  /* region_is_mapped()        */
	bool emulated;
};

/* What dispatch needs of an emulated span, in one cache line. */
struct emulated_span {
	ipa_t ipa;
	uint64_t size;
	uint64_t offset;
	const struct region_ops *ops;
	void *opaque;
} __aligned_to(64);

struct flat_view {
	const struct emulated_span *emulated; /* those of `span`, again */
	unsigned int nr_emulated;
	unsigned int nr;
	struct span span[];
};

/* NULL when out of memory. */
struct memmap *memmap_create(struct p2m *p2m) __must_check;
/* The p2m is left as it is. Nobody uses the map any more. */
void memmap_destroy(struct memmap *map);

/**
 * memmap_add() - Add a region. It does not show before memmap_commit().
 *
 * Takes the map's lock.
 * Return: 0; -XEN_EINVAL (empty, wraps, beyond the IPA size, not page
 * aligned, @type and @attr no legal pair, or emulated without @ops).
 */
int memmap_add(struct memmap *map, struct region *region) __must_check;

/* Take a region out. It shows until memmap_commit(). Takes the map's lock. */
void memmap_del(struct memmap *map, struct region *region);

/**
 * memmap_commit() - Render, compare with the view in force, change the p2m.
 *
 * Only differences touch the p2m: what goes away is unmapped first, then what
 * is new or different is mapped; neighbours that continue each other become
 * one mapping, in the largest blocks. On failure the old view stays in force
 * and the p2m is as before; a later commit tries again.
 *
 * Takes the map's lock and the p2m's, and waits for epoch sections: the
 * caller is in none.
 * Return: 0; -XEN_ENOMEM (a view, or table pages); -XEN_EPERM (a frame of a
 * RAM region is not the domain's), -XEN_EBUSY (its reference limit).
 */
int memmap_commit(struct memmap *map) __must_check;

/**
 * memmap_access() - One guest access to an emulated region.
 * @v:   the vCPU that made it, which is loaded on this CPU.
 * @ipa: the first byte; @a: size (1, 2, 4 or 8), write and data; the call
 *       sets the offset, and data for a read.
 *
 * Lock-free, log n. Opens an epoch section: the caller is in none. An access
 * that the region does not have (size, alignment), or that crosses its end,
 * aborts.
 * Return: MMIO_NOTHING where no emulated region shows. It may be just about
 * to: look again with the p2m lock held before taking it for a fault.
 */
enum mmio_result memmap_access(const struct memmap *map, struct vcpu *v,
			       ipa_t ipa, struct mmio_access *a);

/**
 * memmap_find() - The span of the view in force that shows @ipa.
 *
 * Lock-free, log n. The caller is in an epoch section, or holds the p2m's
 * lock, until it is done with the result.
 * Return: NULL where nothing is.
 */
const struct span *memmap_find(const struct memmap *map, ipa_t ipa);

/* The view in force, for logs and dumps; lives as long as memmap_find()'s. */
const struct flat_view *memmap_view(const struct memmap *map);

/* All regions of the map, hidden ones too, by ascending address. Takes the
 * map's lock. */
void memmap_for_each(struct memmap *map,
		     void (*fn)(const struct region *region, void *arg),
		     void *arg);

/* Whether guests reach the region directly: it is in the p2m. */
static inline bool region_is_mapped(const struct region *region)
{
	return region->kind == REGION_RAM || region->kind == REGION_DIRECT ||
	       region->kind == REGION_RESERVED;
}

/* "ram", "direct", "reserved", "emulated", "hole". */
const char *region_kind_name(enum region_kind kind);

/**
 * region_format() - One line, the same words everywhere (R10.2).
 *
 * "sram@7fe00000: ipa 0x7fe00000 pa 0x7fe00000 2 MiB normal-wb rwx
 * (mmio-sram)"; "gicd: ipa 0x8000000 64 KiB emulated".
 * Return: the length the text has, like snprintf().
 */
int region_format(char *buf, unsigned int len, const struct region *region);

#endif
