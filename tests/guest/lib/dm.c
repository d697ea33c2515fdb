/* SPDX-License-Identifier: BSD-2-Clause */
#include "dm.h"

#include <string.h>

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include <public/entresol.h>

#include "arch.h"
#include "hypercall.h"
#include "print.h"
#include "tap.h"

#define FIRST_WINDOW 16
#define TIMEOUT_MS   20000

static void check(long rc, const char *what)
{
	if (rc) {
		tap_bail("%s: %s", what, errno_name(rc));
	}
}

long dm_op(domid_t id, struct xen_dm_op *op)
{
	struct xen_dm_op_buf buf = { .h.p = op, .size = sizeof(*op) };

	return hypercall3(__HYPERVISOR_dm_op, id, 1, ARG(&buf));
}

/* -------------------------------------------------------------- beginnings */

static void map_slots(struct dm *m, unsigned int nr)
{
	void *at = window(m->u->slot, FIRST_WINDOW + nr);
	xen_pfn_t gfn = (uint64_t)at >> PAGE_SHIFT;
	struct xen_mem_acquire_resource op = {
		.domid = m->u->id,
		.type = XENMEM_resource_ioreq_server,
		.id = m->id,
		.nr_frames = 1,
		.frame = XENMEM_resource_ioreq_server_frame_ioreq(0),
		.frame_list.p = &gfn,
	};

	check(memory_op(XENMEM_acquire_resource, &op), "acquire_resource");
	m->slot = at;
}

static void bind_ports(struct dm *m)
{
	for (unsigned int i = 0; i < m->u->nr_vcpus; i++) {
		struct evtchn_bind_interdomain bind = {
			.remote_dom = m->u->id,
			.remote_port = m->slot[i].vp_eport,
		};

		check(event_channel_op(EVTCHNOP_bind_interdomain, &bind),
		      "port of a server");
		m->port[i] = bind.local_port;
	}
}

void dm_create(struct dm *m, struct domu *u, unsigned int nr)
{
	struct xen_dm_op op = { .op = XEN_DMOP_create_ioreq_server };

	memset(m, 0, sizeof(*m));
	m->u = u;
	check(dm_op(u->id, &op), "create_ioreq_server");
	m->id = op.u.create_ioreq_server.id;
	map_slots(m, nr);
	bind_ports(m);
}

void dm_set_exact(struct dm *m)
{
	struct entresol_ioreq op = {
		.domid = m->u->id,
		.server = m->id,
		.flags = ENTRESOL_IOREQ_EXACT,
	};

	check(hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_ioreq, ARG(&op)),
	      "ENTRESOL_ioreq");
}

long dm_range(const struct dm *m, bool map, uint64_t first, uint64_t last)
{
	struct xen_dm_op op = {
		.op = map ? XEN_DMOP_map_io_range_to_ioreq_server
			  : XEN_DMOP_unmap_io_range_from_ioreq_server,
		.u.map_io_range_to_ioreq_server = {
			.id = m->id,
			.type = XEN_DMOP_IO_RANGE_MEMORY,
			.start = first,
			.end = last,
		},
	};

	return dm_op(m->u->id, &op);
}

long dm_enable(const struct dm *m, bool enable)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_ioreq_server_state,
		.u.set_ioreq_server_state = { .id = m->id, .enabled = enable },
	};

	return dm_op(m->u->id, &op);
}

void dm_device(struct dm *m, uint64_t base)
{
	m->base = base;
	check(dm_range(m, true, base, base + DM_BYTES - 1), "map_io_range");
	check(dm_enable(m, true), "set_ioreq_server_state");
}

void dm_destroy(struct dm *m)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_destroy_ioreq_server,
		.u.destroy_ioreq_server.id = m->id,
	};

	check(dm_op(m->u->id, &op), "destroy_ioreq_server");
	for (unsigned int i = 0; i < m->u->nr_vcpus; i++) {
		struct evtchn_close shut = { .port = m->port[i] };

		check(event_channel_op(EVTCHNOP_close, &shut), "close");
	}
	check(foreign_unmap(m->slot), "the page of a server removed");
}

/* ----------------------------------------------------------------- serving */

unsigned int dm_state(const struct dm *m, unsigned int vcpu)
{
	unsigned int state = ((volatile struct ioreq *)&m->slot[vcpu])->state;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return state;
}

void dm_set_state(struct dm *m, unsigned int vcpu, unsigned int state)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	((volatile struct ioreq *)&m->slot[vcpu])->state = state & 15;
}

void dm_notify(const struct dm *m, unsigned int vcpu)
{
	struct evtchn_send send = { .port = m->port[vcpu] };

	check(event_channel_op(EVTCHNOP_send, &send), "send");
}

static void copy(struct dm *m, struct ioreq *r)
{
	uint64_t at = r->addr - m->base;

	m->last = *r;
	m->requests++;
	if (r->type != IOREQ_TYPE_COPY || r->count != 1 || r->data_is_ptr ||
	    at >= DM_BYTES || r->size > DM_BYTES - at) {
		tap_bail("request of type %u, count %u, size %u at 0x%lx",
			 r->type, r->count, r->size, r->addr);
	}
	if (r->dir == IOREQ_READ) {
		r->data = 0;
		memcpy(&r->data, m->memory + at, r->size);
	} else {
		memcpy(m->memory + at, &r->data, r->size);
	}
}

static void answer(struct dm *m, unsigned int vcpu)
{
	struct ioreq *r = &m->slot[vcpu];

	dm_set_state(m, vcpu, STATE_IOREQ_INPROCESS);
	if (r->type == IOREQ_TYPE_INVALIDATE) {
		m->invalidations++;
		m->last_invalidation = *r;
	} else {
		copy(m, r);
	}
	dm_set_state(m, vcpu, STATE_IORESP_READY);
	dm_notify(m, vcpu);
}

unsigned int dm_serve(struct dm *m)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < m->u->nr_vcpus; i++) {
		if (dm_state(m, i) == STATE_IOREQ_READY) {
			answer(m, i);
			nr++;
		}
	}
	return nr;
}

void dm_wait(struct dm *m, unsigned int nr, const struct agent_job *job)
{
	uint64_t end =
		counter() + TIMEOUT_MS * (read_sysreg(cntfrq_el0) / 1000);

	while (!job_is_done(job)) {
		unsigned int served = 0;

		for (unsigned int i = 0; i < nr; i++) {
			served += dm_serve(&m[i]);
		}
		if (!served) {
			give_way();
		}
		if (counter() > end) {
			tap_bail("job %u (%lx %lx) is not done", job->op,
				 job->arg[0], job->arg[1]);
		}
	}
}

void dm_wait_request(const struct dm *m, unsigned int vcpu)
{
	uint64_t end =
		counter() + TIMEOUT_MS * (read_sysreg(cntfrq_el0) / 1000);

	while (dm_state(m, vcpu) != STATE_IOREQ_READY) {
		give_way();
		if (counter() > end) {
			tap_bail("no request of vCPU %u", vcpu);
		}
	}
}
