/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside MEMORY_OP: what its files share. */
#ifndef HYPERCALL_MEMORY_OP_H
#define HYPERCALL_MEMORY_OP_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "hypercall/hypercall.h"
#include "p2m/p2m.h"

struct domain;
struct vcpu;

/*
 * x[0]: the command in the low bits, and above them the number of the extent
 * (or item) to go on with. x[1]: address of the argument.
 */
#define MEMOP_SHIFT	6
#define MEMOP_CMD(x0)	((uint32_t)((x0) & ((1u << MEMOP_SHIFT) - 1)))
#define MEMOP_START(x0) ((x0) >> MEMOP_SHIFT)
/* More extents than this cannot be numbered. */
#define MEMOP_MAX_EXTENTS (UINT32_MAX >> MEMOP_SHIFT)

/* Items that are copied in, and worked on under one lock, at a time. */
#define MEMOP_CHUNK 64

/* Come again for the rest: @done extents are done. */
static inline int64_t memop_again(uint64_t *x, uint64_t done)
{
	x[0] = MEMOP_CMD(x[0]) | done << MEMOP_SHIFT;
	return HYPERCALL_AGAIN;
}

/* The commands, by file. */
hypercall_fn memory_increase_reservation;
hypercall_fn memory_decrease_reservation;
hypercall_fn memory_populate_physmap;

hypercall_fn memory_add_to_physmap;
hypercall_fn memory_add_to_physmap_batch;
hypercall_fn memory_remove_from_physmap;

hypercall_fn memory_acquire_resource;

/* Of the domain's own: neither devices nor what others let it see. */
bool memory_is_own_ram(enum p2m_type type);

/* How many of [gfn, gfn + nr) are RAM of the domain. */
uint64_t memory_count_ram(struct p2m_locked l, gfn_t gfn, uint64_t nr);

/* Frames to map, as p2m_map() has them. */
struct memory_run {
	gfn_t gfn;
	mfn_t mfn;
	uint64_t nr;
	enum p2m_type type;
};

/**
 * memory_map_over() - p2m_map(), for a domain that may have RAM there.
 *
 * RAM that it hides is gone, unless @d is direct-mapped; d->nr_pages follows.
 * Return: as p2m_map().
 */
int memory_map_over(struct domain *d, struct p2m_locked l,
		    const struct memory_run *run) __must_check;

/* XENMAPSPACE_dev_mmio: one page; 0 or the error of the item, or
 * -XEN_ERESTART. */
int memory_add_device(struct vcpu *v, uint64_t idx, gfn_t gfn) __must_check;

/* A batch of them, all of the caller's own domain. */
struct memory_devices {
	gva_t idxs, gpfns, errs;
	uint64_t size;
	uint32_t selector; /* ENTRESOL_ATTR_* */
};

/* From item MEMOP_START() of @x on. */
int64_t memory_add_devices(struct vcpu *v, uint64_t *x,
			   const struct memory_devices *b) __must_check;

#endif
