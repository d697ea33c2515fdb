/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/event_channel.h>
#include <xen/memory.h>

#include <public/entresol.h>

#include "abort/mmio.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "ioreq/ioreq.h"
#include "memmap/memmap.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "suites.h"

/* Where dom0 keeps arguments, by offset in its RAM. */
#define OP_AT	 0x0
#define BUFS_AT	 0x400
#define LIST_AT	 0x800
#define FREE_GFN UINT64_C(0x8000) /* dom0's, where nothing is */
#define HELD_GFN UINT64_C(0x9000)

void *__wrap_heap_alloc(size_t size);
void *__real_heap_alloc(size_t size);
mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner);
mfn_t __real_frame_alloc(unsigned int order, uint16_t owner);

static unsigned int heap_fails, frame_fails;

static bool fails(unsigned int *nth)
{
	return *nth && !--*nth;
}

void *__wrap_heap_alloc(size_t size)
{
	return fails(&heap_fails) ? NULL : __real_heap_alloc(size);
}

mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner)
{
	return fails(&frame_fails) ? MFN_INVALID
				   : __real_frame_alloc(order, owner);
}

void fail_heap(unsigned int nth)
{
	heap_fails = nth;
}

void fail_frame(unsigned int nth)
{
	frame_fails = nth;
}

int machine_setup(void **state)
{
	(void)state;
	machine_start();
	dom0 = guest_make(0, true, 1);
	domu = guest_make(1, false, 2);
	domu.d->vcpu[1]->online = true;
	self = dom0.d->vcpu[0];
	host_load_vcpu(self);
	fail_heap(0);
	fail_frame(0);
	return 0;
}

int machine_teardown(void **state)
{
	(void)state;
	host_load_vcpu(NULL);
	guest_end(&domu);
	guest_end(&dom0);
	machine_stop();
	return 0;
}

/* ------------------------------------------------------------------- calls */

int64_t dm_call(struct vcpu *v, domid_t domid, struct xen_dm_op *op,
		uint64_t size)
{
	const struct guest *g = v == self ? &dom0 : &domu;
	struct xen_dm_op_buf *buf = ARG_AT(*g, BUFS_AT);
	int64_t rc;

	memcpy(ARG_AT(*g, OP_AT), op, sizeof(*op));
	buf->h.p = (void *)(uintptr_t)(g->ram + OP_AT);
	buf->size = size;
	rc = hcall(v, __HYPERVISOR_dm_op, domid, 1, g->ram + BUFS_AT);
	memcpy(op, ARG_AT(*g, OP_AT), sizeof(*op));
	return rc;
}

int64_t dm_op(struct xen_dm_op *op)
{
	host_load_vcpu(self);
	return dm_call(self, domu.d->id, op, sizeof(*op));
}

int64_t dm_create(uint16_t *id)
{
	struct xen_dm_op op = { .op = XEN_DMOP_create_ioreq_server };
	int64_t rc = dm_op(&op);

	*id = op.u.create_ioreq_server.id;
	return rc;
}

int64_t dm_range(uint16_t id, bool map, uint64_t first, uint64_t last)
{
	struct xen_dm_op op = {
		.op = map ? XEN_DMOP_map_io_range_to_ioreq_server
			  : XEN_DMOP_unmap_io_range_from_ioreq_server,
		.u.map_io_range_to_ioreq_server = {
			.id = id,
			.type = XEN_DMOP_IO_RANGE_MEMORY,
			.start = first,
			.end = last,
		},
	};

	return dm_op(&op);
}

int64_t dm_enable(uint16_t id, bool enable)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_ioreq_server_state,
		.u.set_ioreq_server_state = { .id = id, .enabled = enable },
	};

	return dm_op(&op);
}

int64_t dm_destroy(uint16_t id)
{
	struct xen_dm_op op = { .op = XEN_DMOP_destroy_ioreq_server,
				.u.destroy_ioreq_server = { .id = id } };

	return dm_op(&op);
}

int64_t dm_options(uint16_t id, uint32_t flags, uint64_t window, uint64_t size,
		   uint32_t *port)
{
	struct entresol_ioreq *op = ARG_AT(dom0, OP_AT);
	int64_t rc;

	host_load_vcpu(self);
	*op = (struct entresol_ioreq){ .domid = domu.d->id,
				       .server = id,
				       .flags = flags,
				       .window = window,
				       .window_size = size };
	rc = hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_ioreq, dom0.ram + OP_AT,
		   0);
	*port = op->port;
	return rc;
}

int64_t dm_map_frame(uint16_t id, uint64_t nr, uint64_t gfn)
{
	struct xen_mem_acquire_resource *r = ARG_AT(dom0, OP_AT);

	host_load_vcpu(self);
	*r = (struct xen_mem_acquire_resource){
		.domid = domu.d->id,
		.type = XENMEM_resource_ioreq_server,
		.id = id,
		.nr_frames = 1,
		.frame = nr,
	};
	r->frame_list.p = (void *)(uintptr_t)(dom0.ram + LIST_AT);
	*(uint64_t *)ARG_AT(dom0, LIST_AT) = gfn;
	return hcall(self, __HYPERVISOR_memory_op, XENMEM_acquire_resource,
		     dom0.ram + OP_AT, 0);
}

/* ----------------------------------------------------------- a device model */

static uint32_t bind(uint32_t port)
{
	struct evtchn_bind_interdomain *op = ARG_AT(dom0, OP_AT);

	*op = (struct evtchn_bind_interdomain){ .remote_dom = domu.d->id,
						.remote_port = port };
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_bind_interdomain, dom0.ram + OP_AT, 0),
			 0);
	return op->local_port;
}

struct dm dm_make_disabled(void)
{
	struct dm m;
	uint64_t gfn;

	assert_int_equal(dm_create(&m.id), 0);
	gfn = FREE_GFN + m.id;
	assert_int_equal(dm_map_frame(m.id, 1, gfn), 0);
	m.slot = guest_at(&dom0, gfn << PAGE_SHIFT);
	for (unsigned int i = 0; i < 2; i++) {
		m.port[i] = bind(m.slot[i].vp_eport);
		(void)dm_event(m.port[i]);
	}
	assert_int_equal(dm_range(m.id, true, DEVICE, DEVICE + 0xfff), 0);
	return m;
}

struct dm dm_make(void)
{
	struct dm m = dm_make_disabled();

	assert_int_equal(dm_enable(m.id, true), 0);
	return m;
}

bool dm_event(uint32_t port)
{
	xen_ulong_t *word = &dom0.d->shared_info->evtchn_pending[port / 64];
	bool was = *word & BIT(port % 64);

	*word &= ~BIT(port % 64);
	return was;
}

void dm_take(struct dm *m, unsigned int slot)
{
	assert_int_equal(m->slot[slot].state, STATE_IOREQ_READY);
	assert_true(dm_event(m->port[slot]));
	m->slot[slot].state = STATE_IOREQ_INPROCESS;
}

void dm_answer(struct dm *m, unsigned int slot, uint64_t data)
{
	struct evtchn_send *op = ARG_AT(dom0, OP_AT);

	host_load_vcpu(self);
	m->slot[slot].data = data;
	m->slot[slot].state = STATE_IORESP_READY;
	op->port = m->port[slot];
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_send, dom0.ram + OP_AT, 0),
			 0);
}

void dm_hold(unsigned int page)
{
	struct xen_add_to_physmap_batch *op = ARG_AT(dom0, OP_AT);
	uint64_t *list = ARG_AT(dom0, LIST_AT);

	host_load_vcpu(self);
	*op = (struct xen_add_to_physmap_batch){
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_gmfn_foreign,
		.size = 1,
		.u.foreign_domid = domu.d->id,
	};
	list[0] = guest_page(&domu, page) >> PAGE_SHIFT;
	list[1] = HELD_GFN;
	op->idxs.p = (void *)(uintptr_t)(dom0.ram + LIST_AT);
	op->gpfns.p = (void *)(uintptr_t)(dom0.ram + LIST_AT + 8);
	op->errs.p = (void *)(uintptr_t)(dom0.ram + LIST_AT + 16);
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_add_to_physmap_batch, dom0.ram + OP_AT,
			       0),
			 0);
	assert_int_equal(*(int *)(list + 2), 0);
}

void dm_drop(void)
{
	struct xen_remove_from_physmap *op = ARG_AT(dom0, OP_AT);

	host_load_vcpu(self);
	*op = (struct xen_remove_from_physmap){ .domid = DOMID_SELF,
						.gpfn = HELD_GFN };
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_remove_from_physmap, dom0.ram + OP_AT, 0),
			 0);
}

/* --------------------------------------------------------------- the guest */

/* As the way out does it (vcpu_exit_work()), but for the blocking. */
enum exit guest_exit(struct vcpu *v)
{
	enum ioreq_result r = IOREQ_GO;
	bool write;
	gva_t va;

	host_load_vcpu(v);
	while (__atomic_exchange_n(&v->work, 0, __ATOMIC_ACQ_REL) &
	       WORK_IOREQ) {
		r = ioreq_work(v, &va, &write);
		if (r == IOREQ_FAIL) {
			v->work |= WORK_IOREQ;
			return EXIT_ABORT;
		}
	}
	if (r == IOREQ_STAY) {
		sched_block(v);
		r = ioreq_work(v, &va, &write);
		assert_int_equal(r, IOREQ_STAY);
		v->work |= WORK_IOREQ;
		host_load_vcpu(self);
		return EXIT_STAY;
	}
	return EXIT_GO;
}

enum exit guest_access(struct vcpu *v, uint64_t addr, unsigned int size,
		       bool write)
{
	const struct abort_access described = {
		.write = write, .reg64 = true, .size = (uint8_t)size, .reg = 1
	};
	struct mmio_access a = { .size = (uint8_t)size,
				 .write = write,
				 .data = v->regs.x[1] };
	struct mmio_run run;

	host_load_vcpu(v);
	v->regs.pc = 0x1000;
	if (memmap_access(v->domain->memmap, v, IPA(addr), &a) != MMIO_WAIT) {
		return EXIT_ABORT;
	}
	mmio_described(&run, described, GVA(addr), IPA(addr));
	ioreq_wait(v, &run);
	return guest_exit(v);
}

bool guest_asked(const struct vcpu *v)
{
	return v->work & WORK_IOREQ;
}

bool run_timers(void)
{
	bool any = host_timer_deadline(0) == 0;

	timer_run(0, 0);
	return any;
}
