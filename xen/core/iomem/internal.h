/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside iomem/: who has what, and a change on its way. Under iomem_lock, but
 * for a change that runs: it is its CPU's own, and nobody looks at mappings
 * before it is over.
 */
#ifndef IOMEM_INTERNAL_H
#define IOMEM_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>
#include <core/list.h>
#include <core/lock.h>

#include "domain/domain.h"
#include "iomem/iomem.h"
#include "iomem/machine.h"
#include "iomem/set.h"
#include "lib/ranges.h"
#include "memmap/region.h"

/* Above RAM and what the device tree gave, below what is emulated. */
#define PRIORITY_MAPPED 15
/* Above what the device tree gave, below what was added on purpose. */
#define PRIORITY_SHADE 7

/* Mappings that a domain may have; neighbours that continue are one. */
#define MAX_MAPPINGS 1024

/* What struct domain points to once there is something to tell. */
struct iomem_domain {
	struct list link; /* of all */
	struct domain *domain;
	struct iomem_set rights;
	struct range_tree by_gfn; /* struct mapping; disjoint */
	struct range_tree by_mfn;
	unsigned int nr;
};

/* Machine frames that were added to a domain, all of one part. */
struct mapping {
	struct list link;		  /* of a change */
	struct range_node by_gfn, by_mfn; /* of a domain, which has it */
	struct region region;		  /* in the map of the domain */
	/* In the hardware domain's map, over what it has there by device
	 * tree; of size 0 when the domain is the hardware domain. */
	struct region shade;
	char shade_name[16];
	struct machine_part *part;
};

static inline struct iomem_range mapping_mfns(const struct mapping *m)
{
	uint64_t first = m->region.pa.v >> PAGE_SHIFT;

	return (struct iomem_range){ first,
				     first + (m->region.size >> PAGE_SHIFT) };
}

static inline struct iomem_range mapping_gfns(const struct mapping *m)
{
	uint64_t first = m->region.ipa.v >> PAGE_SHIFT;

	return (struct iomem_range){ first,
				     first + (m->region.size >> PAGE_SHIFT) };
}

static inline bool ranges_overlap(struct iomem_range a, struct iomem_range b)
{
	return a.first < b.end && b.first < a.end;
}

/* A mapping comes to a domain, or leaves it; it is in no list. */
void mapping_give(struct iomem_domain *i, struct mapping *m);
void mapping_take(struct iomem_domain *i, struct mapping *m);

/* The first one that has a guest frame of @gfns, or NULL. */
static inline struct mapping *mapping_at(const struct iomem_domain *i,
					 struct iomem_range gfns)
{
	struct range_node *n = ranges_first(&i->by_gfn, gfns.first, gfns.end);

	return n ? container_of(n, struct mapping, by_gfn) : NULL;
}

extern struct list iomem_domains;  /* struct iomem_domain */
extern struct domain *iomem_hwdom; /* NULL before iomem_give_tree() */

enum change_stage {
	CHANGE_SHADE,	/* new pages leave the hardware domain  */
	CHANGE_MAP,	/* the domain's own map                 */
	CHANGE_UNSHADE, /* what has gone comes back there       */
	CHANGE_DONE,
};

/* From one set of mappings to another; at most one at a time. */
struct change {
	struct iomem_request rq; /* rq.d NULL: none is on its way */
	struct list out;	 /* mappings that go              */
	struct list in;		 /* and come                      */
	struct list unshade;	 /* and whose shades go           */
	enum change_stage stage;
	bool open;	 /* a transaction of this stage */
	bool busy;	 /* a CPU is at it, without lock */
	struct vcpu *by; /* whose hypercall it goes on in */
	int result;
};

void change_init(struct change *c, const struct iomem_request *rq);

/**
 * change_build() - What @c->rq asks for, as lists of mappings.
 *
 * Return: 0; errors of iomem_map(), with nothing changed.
 */
int change_build(struct change *c) __must_check;

/* @c takes over what was built as @built. */
void change_start(struct change *c, struct change *built);

/**
 * change_run() - From where it was left to its end, which is in @c->result.
 *
 * Without locks: commits keep vCPUs out of the guest, and wait for those that
 * are in a hypercall.
 * Return: 0; -XEN_ERESTART.
 */
int change_run(struct change *c) __must_check;

/*
 * The end of a domain, whose map nobody uses any more: @c takes what another
 * change was about, and all that the domain had; then, without locks, pages
 * go back to the hardware domain.
 */
void change_take_over(struct change *c, struct change *from);
void change_take_all(struct change *c, struct iomem_domain *i);
void change_return(struct change *c);

/* The hardware domain's map is gone, and with it what was left there. */
void change_forget_orphans(void);

/* Give back what change_build() made and nobody has seen. */
void change_cancel(struct change *c);

/* A wish: @part's frames @mfns, cached or not, by @d. */
struct claim {
	const struct domain *d;
	const struct machine_part *part;
	struct iomem_range mfns;
	bool cached;
	bool in_place; /* gfn == mfn in the hardware domain */
};

/* Who rules it out, and where. */
struct rival {
	const struct domain *d; /* or NULL */
	struct iomem_range mfns;
};

/**
 * conflict_find() - Somebody who has a frame of it mapped, cacheable where the
 * claim is not or the other way round.
 * @more: mappings that count too, or NULL.
 */
struct rival conflict_find(const struct claim *claim, const struct list *more);

/* iomem_query(). */
void query_answer(const struct domain *d, struct entresol_attribute *q);

/* Whether the hardware domain's device tree has @part cacheable. */
static inline bool part_cached(const struct machine_part *part)
{
	return iomem_cached(part->row->hwdom);
}

static inline enum iomem_who who(const struct domain *d)
{
	return d->hwdom ? IOMEM_HWDOM : IOMEM_OTHER;
}

#endif
