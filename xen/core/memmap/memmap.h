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
	MMIO_ABORT, /* the guest gets a data abort */
};

struct region_ops {
	const char *name;
	/* Naturally aligned, of a size in valid_sizes. Called without lock. */
	enum mmio_result (*access)(struct vcpu *v, void *opaque,
				   struct mmio_access *a);
	uint8_t valid_sizes; /* bit mask of 1, 2, 4, 8; others abort */
};

/*
 * A region. The fields are the caller's until memmap_add(), and stay
 * unchanged until memmap_del(). Memory: the caller's.
 */
struct region {
	struct list link;  /* in its map                          */
	const char *name;  /* "sram@7fe00000": the node it is from */
	ipa_t ipa;	   /* where the guest sees it             */
	paddr_t pa;	   /* RAM, DIRECT, RESERVED: first byte   */
	uint64_t size;	   /* bytes; RAM and direct: whole pages  */
	int priority;	   /* higher hides lower                  */
	enum region_kind kind;
	enum p2m_type type; /* RAM, DIRECT, RESERVED              */
	struct s2_attr attr;
	const char *row; /* the match-table row, for the log; or NULL */
	const struct region_ops *ops; /* EMULATED */
	void *opaque;
};

/* Ties between regions of equal priority go to the one added later. */
#define PRIORITY_DEVICE 0
#define PRIORITY_RAM 10
#define PRIORITY_EMULATED 20

/* One span of the flat view: [ipa, ipa + size) shows @region. */
struct span {
	ipa_t ipa;
	uint64_t size;
	const struct region *region;
};

struct flat_view {
	unsigned int nr;
	struct span span[];
};

struct memmap *memmap_create(struct p2m *p2m) __must_check;
void memmap_destroy(struct memmap *map);

/* Add or take out a region; nothing shows before memmap_commit().
 * -XEN_EINVAL: empty, wraps, beyond the IPA size, or not page aligned. */
int memmap_add(struct memmap *map, struct region *region) __must_check;
void memmap_del(struct memmap *map, struct region *region);

/**
 * memmap_commit() - Render, compare with the view in force, change the p2m.
 *
 * Only differences touch the p2m. On failure the old view stays in force and
 * the p2m is as before.
 * Return: 0; -XEN_ENOMEM.
 */
int memmap_commit(struct memmap *map) __must_check;

/**
 * memmap_find() - The span of the view in force that shows @ipa.
 *
 * Lock-free, log n. The result lives until the caller leaves the hypervisor.
 * Return: NULL where nothing is.
 */
const struct span *memmap_find(const struct memmap *map, ipa_t ipa);

/* The view in force, for logs and dumps. */
const struct flat_view *memmap_view(const struct memmap *map);

/* All regions of the map, hidden ones too, by ascending address. */
void memmap_for_each(const struct memmap *map,
		     void (*fn)(const struct region *region, void *arg),
		     void *arg);

/* One line: "sram@7fe00000: ipa 0x7fe00000 pa 0x7fe00000 2 MiB normal-wb rwx
 * (mmio-sram)". Returns the length like snprintf. */
int region_format(char *buf, unsigned int len, const struct region *region);

#endif
