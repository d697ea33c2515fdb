/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside ioreq/: servers, and what a domain with servers has. */
#ifndef IOREQ_INTERNAL_H
#define IOREQ_INTERNAL_H

#include <core/addr.h>
#include <core/lock.h>

#include "abort/mmio.h"
#include "domain/domain.h"
#include "ioreq/flow.h"
#include "ioreq/ioreq.h"
#include "ioreq/ranges.h"
#include "memmap/region.h"
#include "p2m/p2m.h"
#include "sched/timer.h"

#define RANGE_TYPES 3 /* XEN_DMOP_IO_RANGE_* */

struct ioreq_server {
	struct domain *dm;
	mfn_t slots; /* XEN-owned frames, a reference each        */
	mfn_t ring;  /* or MFN_INVALID                            */
	uint32_t ring_port;
	bool enabled;
	struct ranges ranges[RANGE_TYPES];
	uint32_t port[MAX_VCPUS]; /* of the domain: a slot each       */
	uint8_t seen[MAX_VCPUS];  /* the flow's                       */
};

/* Pages that hold a range: a region of the memory map. */
struct io_pages {
	struct ioreq_domain *io;
	struct io_pages *next; /* by ascending address */
	struct region region;
	bool wanted;
};

struct ioreq_domain {
	struct domain *domain;
	struct spinlock config; /* of what changes by device-model calls */
	struct ioreq_server *server[FLOW_SERVERS];
	struct range_map *map; /* of all servers; atomic */
	struct io_pages *pages;
	struct io_pages *unwanted; /* out of the tree, perhaps not of the view */
	struct p2m_listener listener;
	struct timer round; /* the deferred round */
	bool round_armed;   /* atomic             */
	bool listening;
	struct flow flow;
	struct flow_vcpu vcpu[MAX_VCPUS];
	struct mmio_run run[MAX_VCPUS]; /* a vCPU's own, while it waits */
};

/* work.c */

/* Set up the listener, the timer and the flow of a new one. */
void work_init(struct ioreq_domain *io);
/* These have to look at the flow; their domain's vCPUs by number. */
void work_ask(struct domain *d, uint64_t vcpus);
/* If something is to be sent and nobody may come to do it: soon, a step for
 * nobody, without lock. */
void work_send(struct ioreq_domain *io);
extern const struct region_ops ioreq_region_ops;

/* regions.c; config lock held. */

/* A map for one range more, or one split, than there is now. */
struct range_map *regions_alloc(struct ioreq_domain *io) __must_check;
/**
 * regions_show() - What the servers' ranges are, for the guest.
 * @map: from regions_alloc(), and this function's from now on.
 *
 * Return: 0; -XEN_ENOMEM (and others, of commits): the map in force is as
 * before.
 */
int regions_show(struct ioreq_domain *io, struct range_map *map) __must_check;
/* The same when ranges have gone: pages that nobody serves may stay. */
void regions_hide(struct ioreq_domain *io, struct range_map *map);
/* Server @id has nothing any more; cannot fail. */
void regions_mask(struct ioreq_domain *io, unsigned int id);
/* The memory map is going, too. */
void regions_forget(struct ioreq_domain *io);

#endif
