/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device models: IOREQ servers of a domain that a test has made, served by
 * polling. The device is a page of memory.
 */
#ifndef GUEST_DM_H
#define GUEST_DM_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/ioreq.h>

#include "domu.h"

#define DM_BYTES 4096u

struct dm {
	struct domu *u;
	uint16_t id;
	struct ioreq *slot; /* one a vCPU */
	evtchn_port_t port[MAX_CPUS];
	uint64_t base; /* of the device, in the domain */
	uint8_t memory[DM_BYTES];
	unsigned int requests;
	unsigned int invalidations;
	struct ioreq last;		/* request          */
	struct ioreq last_invalidation; /* and invalidation */
};

/** dm_op() - XEN_DMOP_* of domain @id; @op is written back. */
long dm_op(domid_t id, struct xen_dm_op *op);

/**
 * dm_create() - A new server of @u, not enabled, its page mapped.
 * @nr: 0 .. 7, of its own for each server of a domain.
 *
 * Bails out when something fails, like all that follow.
 */
void dm_create(struct dm *m, struct domu *u, unsigned int nr);

/** dm_set_exact() - ENTRESOL_ioreq: invalidations by range. */
void dm_set_exact(struct dm *m);

/** dm_range() - Map or unmap bytes [first, last] of memory. */
long dm_range(const struct dm *m, bool map, uint64_t first, uint64_t last);
long dm_enable(const struct dm *m, bool enable);

/** dm_device() - The device is the page at @base; enable the server. */
void dm_device(struct dm *m, uint64_t base);

/** dm_destroy() - Destroy the server and unmap its page. */
void dm_destroy(struct dm *m);

/** dm_state() - The state of the slot of @vcpu. */
unsigned int dm_state(const struct dm *m, unsigned int vcpu);
/** dm_set_state() - Store a state after all that was written before. */
void dm_set_state(struct dm *m, unsigned int vcpu, unsigned int state);
/** dm_notify() - Send the event of @vcpu. */
void dm_notify(const struct dm *m, unsigned int vcpu);

/** dm_serve() - Answer what is there. Return: how many requests. */
unsigned int dm_serve(struct dm *m);

/** dm_wait() - Serve @nr servers until the job is done. */
void dm_wait(struct dm *m, unsigned int nr, const struct agent_job *job);

/** dm_wait_request() - Until the slot of @vcpu is READY; nothing is served. */
void dm_wait_request(const struct dm *m, unsigned int vcpu);

#endif
