/* SPDX-License-Identifier: BSD-2-Clause */
/* A region: what is at an address, how it may be reached, and what is known
 * of it wherever it shows. */
#ifndef MEMMAP_REGION_H
#define MEMMAP_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/list.h>

#include "lib/ranges.h"
#include "p2m/p2m.h"
#include "s2/attr.h"

struct kept;
struct vcpu;
struct written;

enum region_kind {
	REGION_CONTAINER,  /* other regions; where none is, what lies below */
	REGION_ALIAS,	   /* a window onto another region                  */
	REGION_RAM,	   /* host RAM                                      */
	REGION_ROM,	   /* the same, and writes abort                    */
	REGION_ROM_DEVICE, /* reads and fetches direct, writes go to @ops   */
	REGION_DIRECT,	   /* device or SRAM, mapped straight through       */
	REGION_RESERVED,   /* /reserved-memory                              */
	REGION_EMULATED,   /* accesses go to @ops                           */
	REGION_INTERPOSER, /* the same, which may memmap_forward() them     */
	REGION_HOLE,	   /* nothing here, hides what lies below           */
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
	MMIO_WAIT,    /* somebody else answers, later     */
};

struct region_ops {
	const char *name;
	/*
	 * @v made the access. Naturally aligned, of a size that is
	 * implemented. Called without lock, in an epoch section: it neither
	 * waits nor opens another one. What takes more than that, such as a
	 * commit when a PCI BAR is written to, is for vcpu_later(). After
	 * MMIO_WAIT the vCPU does not go on before there is an answer
	 * (abort/mmio.h); for regions with `any_alignment`, and all sizes:
	 * they are never called for a part of an access.
	 */
	enum mmio_result (*access)(struct vcpu *v, void *opaque,
				   struct mmio_access *a);
	uint8_t valid_sizes; /* bit mask of 1, 2, 4, 8; others abort        */
	/* Those @access is called with, or 0 for the valid ones. Wider ones
	 * are split; of a narrower one it gets the aligned whole, a write
	 * after a read. */
	uint8_t impl_sizes;
	bool unaligned;	    /* an access need not be naturally aligned   */
	bool any_alignment; /* nor is it, when @access is called      */
	bool big_endian;    /* so are its registers; guests are little   */
};

/*
 * A region. The upper fields are the caller's before memmap_add() and after
 * memmap_del(), change by memmap_set_*() in between, and zero is a good
 * default for each. The memory is the caller's too; it, @ops and @opaque must
 * stay until a memmap_commit() after memmap_del() has succeeded.
 *
 * RAM: the frames are the domain's and keep their owner's reference for as
 * long as the region exists, whether it shows or not; where the p2m counts
 * RAM (a domain that is not direct-mapped), each mapping takes one more.
 */
struct region {
	const char *name; /* "sram@7fe00000": the node it is from      */
	ipa_t ipa;	  /* from the start of its container           */
	paddr_t pa;	  /* of what is mapped: first byte             */
	uint64_t size;	  /* bytes, whole pages                        */
	int priority;	  /* in its container: higher hides lower      */
	enum region_kind kind;
	enum p2m_type type;  /* of what is mapped                      */
	struct s2_attr attr; /* of what is mapped                      */
	bool disabled;	     /* does not show, and nothing below it    */
	bool log;	     /* dirty logging (memmap/log.h)           */
	bool buffered;	     /* writes may be queued for its owner     */
	bool populated;	     /* RAM: frames are put there one by one, no @pa */
	const struct vcpu *only; /* who sees it and what is in it; or NULL */
	const char *row; /* the match-table row, for the log; or NULL  */
	const struct region_ops *ops; /* EMULATED, INTERPOSER, ROM_DEVICE */
	void *opaque;
	struct region *target;	/* ALIAS: onto this one,                */
	uint64_t target_offset; /* from here on                        */

	/* The map's own. */
	struct region *parent;	 /* the container it is in               */
	struct range_node place; /* there                              */
	uint64_t rank;	   /* of those of equal priority, higher hides lower */
	struct list fresh; /* it is somewhere else than in the view */
	struct range_tree children; /* CONTAINER: what is in it, by address */
	unsigned int nr_aliases;    /* that have it as target             */
	struct kept *kept;	    /* RAM: what the guest made of it     */
	struct written *written;    /* RAM: if it is logged               */
};

/* Ties between regions of equal priority go to the one added later. */
#define PRIORITY_DEVICE	  0
#define PRIORITY_RAM	  10
#define PRIORITY_EMULATED 20

/* Whether guests may reach it directly: it is in the p2m. */
static inline bool region_is_mapped(const struct region *r)
{
	return r->kind >= REGION_RAM && r->kind <= REGION_RESERVED;
}

/* Whether it is the domain's RAM, which the guest may give back by pages. */
static inline bool region_is_ram(const struct region *r)
{
	return r->kind >= REGION_RAM && r->kind <= REGION_ROM_DEVICE;
}

/* Whether some accesses go to its handler. */
static inline bool region_is_emulated(const struct region *r)
{
	return r->kind == REGION_EMULATED || r->kind == REGION_INTERPOSER ||
	       r->kind == REGION_ROM_DEVICE;
}

/* "ram", "direct", "reserved", "emulated", "hole", ... */
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
