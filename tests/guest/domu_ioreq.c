/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0 as the device model of another domain: every form of access, several
 * vCPUs and servers, interrupts, and device models that misbehave.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/hvm/hvm_op.h>
#include <xen/sched.h>

#include <public/entresol.h>

#include "arch.h"
#include "board.h"
#include "dm.h"
#include "domu.h"
#include "evtchn.h"
#include "exception.h"
#include "forms.h"
#include "hypercall.h"
#include "tap.h"

#define NR_VCPUS 4
#define DEVICE_A GUEST_VIRTIO_MMIO_BASE
#define DEVICE_B (GUEST_VIRTIO_MMIO_BASE + 0x10000)
/* The page of RAM that forms are compared with. */
#define REFERENCE (AGENT_FREE + 0x10000)
#define FORM_AT	  256 /* in the page; a multiple of 16 */
#define MANY	  200
#define SPI	  40

static struct domu u;
static struct domu nobody; /* whose servers need no service */
static struct dm dm[2];

static void fill(uint8_t *page, unsigned int seed)
{
	for (unsigned int i = 0; i < DM_BYTES; i++) {
		page[i] = (uint8_t)((i * 37 + seed + (i >> 7)) | (i & 1) << 7);
	}
}

/* A job that dm[] has to serve. */
static struct agent_job *served(unsigned int vcpu, enum agent_op op,
				const uint64_t *args, unsigned int nr)
{
	struct agent_job *job = job_post(&u, vcpu, op, args, nr);

	dm_wait(dm, 2, job);
	return job;
}

/* ------------------------------------------------------------------- calls */

static void calls(void)
{
	struct xen_dm_op op = { .op = XEN_DMOP_nr_vcpus };

	tap_is(dm_op(u.id, &op), 0, "nr_vcpus");
	tap_number(op.u.nr_vcpus.vcpus, NR_VCPUS, "vCPUs");
	op = (struct xen_dm_op){ .op = XEN_DMOP_create_ioreq_server };
	op.u.create_ioreq_server.handle_bufioreq = HVM_IOREQSRV_BUFIOREQ_LEGACY;
	tap_is(dm_op(u.id, &op), -XEN_EINVAL, "a server with a ring");
	op = (struct xen_dm_op){ .op = XEN_DMOP_destroy_ioreq_server };
	op.u.destroy_ioreq_server.id = 5;
	tap_is(dm_op(u.id, &op), -XEN_ENOENT, "destroy none");
	op = (struct xen_dm_op){ .op = XEN_DMOP_nr_vcpus };
	tap_is(dm_op(DOMID_SELF, &op), -XEN_ESRCH, "of domain SELF");
	tap_is(dm_op(0, &op), -XEN_EPERM, "of domain 0");
	op = (struct xen_dm_op){ .op = XEN_DMOP_get_ioreq_server_info };
	op.u.get_ioreq_server_info.id = dm[0].id;
	tap_is(dm_op(u.id, &op), -XEN_EOPNOTSUPP, "info with frames");
	op.u.get_ioreq_server_info.flags = XEN_DMOP_no_gfns;
	tap_is(dm_op(u.id, &op), 0, "info without");
	tap_is(dm_range(&dm[0], true, DEVICE_A, DEVICE_A), -XEN_EEXIST,
	       "a range that it has");
	tap_is(dm_range(&dm[0], true, 5, 4), -XEN_EINVAL,
	       "a range that ends before it begins");
	tap_is(dm_range(&dm[0], false, DEVICE_B, DEVICE_B), -XEN_ENOENT,
	       "unmap a range that it does not have");
}

/* An event comes with a request, and one that is sent wakes the vCPU. */
static void events(void)
{
	struct agent_job *job;

	(void)event_take(dm[0].port[0]);
	job = job_post(&u, 0, AGENT_READ, JOB_ARGS(DEVICE_A + 8, 4));
	dm_wait_request(&dm[0], 0);
	while (!event_take(dm[0].port[0])) {
		give_way();
	}
	tap_ok(!job_is_done(job), "a request comes with an event");
	dm[0].slot[0].data = 0x1234567812345678;
	dm_set_state(&dm[0], 0, STATE_IOREQ_INPROCESS);
	dm_notify(&dm[0], 0);
	rest(20);
	tap_ok(!job_is_done(job), "in process: it waits");
	dm_set_state(&dm[0], 0, STATE_IORESP_READY);
	dm_notify(&dm[0], 0);
	tap_ok(job_result(job) == 0x12345678, "the answer, cut to its size");
}

/* ------------------------------------------------------------------- forms */

static const struct {
	unsigned int requests;
	const char *text;
} forms[] = {
#define FORM(requests, text) { requests, text },
	FORMS
#undef FORM
};

static const struct form_regs before = {
	.x2 = 0x0123456789abcdef,
	.x3 = 0xfedcba9876543210,
	.x5 = 8,
	.q0 = { 0x1122334455667788, 0x99aabbccddeeff00 },
	.q1 = { 0xa1a2a3a4a5a6a7a8, 0xb1b2b3b4b5b6b7b8 },
};

/* Form @n at a page of the domain, whose memory is then at @page. */
static bool do_form(unsigned int n, uint64_t base, struct form_regs *after)
{
	struct agent_job *job = &u.page->job[0];

	memcpy(job->data, &before, sizeof(before));
	(void)served(0, AGENT_FORM, JOB_ARGS(n, base + FORM_AT));
	memcpy(after, job->data, sizeof(*after));
	after->x4 -= base;
	return !job->fault;
}

/* What a device does to registers and to itself is what RAM does. */
static bool form_is_right(unsigned int n, uint8_t *ram)
{
	struct form_regs device, memory;
	unsigned int seen = dm[0].requests;
	bool same;

	fill(ram, n);
	fill(dm[0].memory, n);
	same = do_form(n, REFERENCE, &memory);
	if (dm[0].requests != seen || !do_form(n, DEVICE_A, &device) ||
	    dm[0].requests - seen != forms[n].requests) {
		return false;
	}
	return same && !memcmp(&device, &memory, sizeof(device)) &&
	       !memcmp(ram, dm[0].memory, DM_BYTES);
}

static void every_form(void)
{
	uint8_t *ram = window(u.slot, 2);

	tap_is(foreign_map(u.id, REFERENCE >> PAGE_SHIFT, ram), 0,
	       "a page to compare with");
	for (unsigned int i = 0; i < NR_FORMS; i++) {
		if (!tap_ok(form_is_right(i, ram), "%s", forms[i].text)) {
			tap_info("%u requests; fault %u", dm[0].requests,
				 u.page->job[0].fault);
		}
	}
	tap_is(foreign_unmap(ram), 0, "the page removed");
}

/* No bus that devices sit on has exclusives or atomics. */
static void no_exclusives(void)
{
	struct agent_job *job = &u.page->job[0];
	unsigned int seen = dm[0].requests;

	(void)served(0, AGENT_EXCLUSIVE, JOB_ARGS(DEVICE_A));
	tap_ok(job->fault && job->far == DEVICE_A, "LDXR aborts");
	tap_number(dm[0].requests - seen, 0, "requests of it");
}

/* ------------------------------------------------------- edges and crossing */

static void edges(void)
{
	struct agent_job *job = &u.page->job[0];
	uint64_t want;
	unsigned int seen;

	fill(dm[0].memory, 1);
	(void)served(0, AGENT_NC_MAP, JOB_ARGS(DEVICE_A));
	seen = dm[0].requests;
	(void)served(0, AGENT_READ, JOB_ARGS(AGENT_NC_VIEW + 5, 8));
	memcpy(&want, dm[0].memory + 5, 8);
	tap_ok(!job->fault && job->result[0] == want, "8 bytes at 5");
	tap_number(dm[0].requests - seen, 1, "requests");
	tap_ok(dm[0].last.addr == DEVICE_A + 5 && dm[0].last.size == 8,
	       "it says where and how much");
	(void)served(0, AGENT_READ, JOB_ARGS(AGENT_NC_VIEW + 4096 - 2, 4));
	tap_ok(job->fault, "across the end of the device: an abort");
	tap_is(dm_range(&dm[0], false, DEVICE_A + 0x802, DEVICE_A + 0x803), 0,
	       "a hole of two bytes");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_A + 0x800, 4));
	tap_ok(job->fault, "4 bytes that reach into it: an abort");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_A + 0x800, 2));
	tap_ok(!job->fault, "2 before it");
	(void)served(0, AGENT_WRITE, JOB_ARGS(DEVICE_A + 0x804, 4, 7));
	tap_ok(!job->fault && dm[0].memory[0x804] == 7, "4 behind it");
	tap_is(dm_range(&dm[0], true, DEVICE_A + 0x802, DEVICE_A + 0x803), 0,
	       "closed");
}

/* -------------------------------------------------------- vCPUs and servers */

static void all_vcpus(void)
{
	unsigned int before_a = dm[0].requests, before_b = dm[1].requests;

	for (uint64_t i = 1; i < NR_VCPUS; i++) {
		tap_number((long)DO_JOB(&u, 0, AGENT_CPU_ON, i), PSCI_SUCCESS,
			   "CPU_ON of vCPU %lu", i);
	}
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		uint32_t value = 0xabcd0000 + i;
		struct dm *m = &dm[i % 2];

		memcpy(m->memory + 64 * i, &value, sizeof(value));
		(void)job_post(&u, i, AGENT_MANY,
			       JOB_ARGS(m->base + 64 * i, MANY));
	}
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		dm_wait(dm, 2, &u.page->job[i]);
		tap_ok(u.page->job[i].result[1] == 0xabcd0000 + i,
		       "vCPU %u read what is its", i);
	}
	tap_number(dm[0].requests - before_a, MANY * NR_VCPUS / 2,
		   "requests to the first server");
	tap_number(dm[1].requests - before_b, MANY * NR_VCPUS / 2,
		   "requests to the second");
}

/* Of several that cover it, the one with the highest number is asked. */
static void overlap(void)
{
	const uint32_t value = 0x55667788;

	memcpy(dm[1].memory, &value, sizeof(value));
	tap_is(dm_range(&dm[0], true, DEVICE_B, DEVICE_B + 63), 0,
	       "both have the second device");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_B, 4));
	tap_ok(u.page->job[0].result[0] == value, "the second is asked");
	tap_is(dm_range(&dm[0], false, DEVICE_B, DEVICE_B + 63), 0,
	       "it is the second's alone");
}

static void disabled(void)
{
	struct agent_job *job = &u.page->job[0];

	tap_is(dm_enable(&dm[1], false), 0, "the second is off");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_B, 4));
	tap_ok(job->fault, "its device aborts");
	tap_is(dm_enable(&dm[1], true), 0, "and on");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_B, 4));
	tap_ok(!job->fault, "its device answers");
}

/* ------------------------------------------------------- lines, types of RAM */

static long set_level(uint32_t irq, uint8_t level)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_irq_level,
		.u.set_irq_level = { .irq = irq, .level = level },
	};

	return dm_op(u.id, &op);
}

static void lines(void)
{
	struct agent_job *job;

	(void)DO_JOB(&u, 0, AGENT_GIC);
	tap_is(set_level(SPI, 1), 0, "a line goes up");
	(void)DO_JOB(&u, 0, AGENT_ENABLE, SPI);
	job = job_post(&u, 0, AGENT_SLEEP, NULL, 0);
	tap_number((long)job_result(job), SPI, "the interrupt comes");
	(void)DO_JOB(&u, 0, AGENT_ENABLE, SPI);
	tap_number((long)DO_JOB(&u, 0, AGENT_SLEEP), SPI,
		   "and again, as it is still up");
	tap_is(set_level(SPI, 0), 0, "the line goes down");
	(void)DO_JOB(&u, 0, AGENT_ENABLE, SPI);
	job = job_post(&u, 0, AGENT_SLEEP, NULL, 0);
	rest(20);
	tap_ok(!job_is_done(job), "no interrupt");
	tap_is(set_level(SPI, 1), 0, "and up");
	tap_number((long)job_result(job), SPI, "it wakes");
	tap_is(set_level(SPI, 0), 0, "and down");
	tap_is(set_level(SPI, 2), -XEN_EINVAL, "level 2");
	tap_is(set_level(27, 1), -XEN_EINVAL, "a PPI");
	tap_is(set_level(1000, 1), -XEN_EINVAL, "no SPI of it");
}

static long set_type(uint64_t gfn, uint32_t nr, uint16_t type)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_mem_type,
		.u.set_mem_type = { .mem_type = type,
				    .nr = nr,
				    .first_pfn = gfn },
	};

	return dm_op(u.id, &op);
}

static void types(void)
{
	struct agent_job *job = &u.page->job[0];

	(void)served(0, AGENT_WRITE, JOB_ARGS(REFERENCE, 4, 5));
	tap_is(set_type(REFERENCE >> PAGE_SHIFT, 1, HVMMEM_ram_ro), 0,
	       "a page is read-only");
	(void)served(0, AGENT_WRITE, JOB_ARGS(REFERENCE, 4, 6));
	tap_ok(job->fault, "a store aborts");
	(void)served(0, AGENT_READ, JOB_ARGS(REFERENCE, 4));
	tap_ok(!job->fault && job->result[0] == 5, "a load does not");
	tap_is(set_type(REFERENCE >> PAGE_SHIFT, 1, HVMMEM_ram_rw), 0,
	       "it is not any more");
	(void)served(0, AGENT_WRITE, JOB_ARGS(REFERENCE, 4, 6));
	tap_ok(!job->fault, "a store");
	tap_is(set_type(REFERENCE >> PAGE_SHIFT, 1, HVMMEM_mmio_dm),
	       -XEN_EINVAL, "no other types");
	tap_is(set_type(DEVICE_A >> PAGE_SHIFT, 1, HVMMEM_ram_ro), -XEN_EINVAL,
	       "no RAM");
}

/* ----------------------------------------------------------- bad behaviour */

static bool has_crashed(void *arg)
{
	struct xen_domctl_getdomaininfo info;

	(void)arg;
	return domu_info(u.id, &info) == 0 &&
	       info.flags & XEN_DOMINF_shutdown &&
	       (info.flags >> XEN_DOMINF_shutdownshift &
		XEN_DOMINF_shutdownmask) == SHUTDOWN_crash;
}

/* Everybody's request is in the page when the server goes. */
static void destroyed_while_they_wait(void)
{
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		(void)job_post(&u, i, AGENT_READ,
			       JOB_ARGS(DEVICE_B + 8 * i, 8));
	}
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		dm_wait_request(&dm[1], i);
	}
	dm_set_state(&dm[1], 2, STATE_IOREQ_INPROCESS);
	dm_destroy(&dm[1]);
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		tap_ok(job_result(&u.page->job[i]) == ~0UL &&
			       !u.page->job[i].fault,
		       "vCPU %u goes on, with all ones", i);
	}
	(void)DO_JOB(&u, 0, AGENT_READ, DEVICE_B, 4);
	tap_ok(u.page->job[0].fault, "nothing is there any more");
}

static void fresh(void)
{
	domu_make(&u, 0, NR_VCPUS);
	domu_start(&u);
	dm_create(&dm[0], &u, 0);
	dm_device(&dm[0], DEVICE_A);
}

static const struct rogue {
	const char *name;
	unsigned int states[2];
} rogues[] = {
	{ "NONE in place of an answer", { STATE_IOREQ_NONE, 0 } },
	{ "a state that does not exist", { 7, 7 } },
	{ "READY after INPROCESS",
	  { STATE_IOREQ_INPROCESS, STATE_IOREQ_READY } },
	{ "NONE after INPROCESS", { STATE_IOREQ_INPROCESS, STATE_IOREQ_NONE } },
};

static void misbehave(const struct rogue *r)
{
	fresh();
	(void)job_post(&u, 0, AGENT_READ, JOB_ARGS(DEVICE_A, 4));
	dm_wait_request(&dm[0], 0);
	for (unsigned int i = 0; i < 2; i++) {
		dm_set_state(&dm[0], 0, r->states[i]);
		dm_notify(&dm[0], 0);
		rest(20);
	}
	tap_ok(wait_for(has_crashed, NULL, 5000), "%s: its guest has crashed",
	       r->name);
	dm_destroy(&dm[0]);
	domu_destroy(&u);
}

/* What it writes elsewhere in the slot is not looked at. */
static void scribble(void)
{
	struct agent_job *job;
	struct ioreq *slot;

	fresh();
	job = job_post(&u, 0, AGENT_READ, JOB_ARGS(DEVICE_A, 4));
	dm_wait_request(&dm[0], 0);
	slot = &dm[0].slot[0];
	slot->addr = ~0UL;
	slot->size = 4096;
	slot->count = 1000;
	slot->dir = IOREQ_WRITE;
	slot->data_is_ptr = 1;
	slot->type = IOREQ_TYPE_INVALIDATE;
	slot->vp_eport = 3;
	slot->data = 0xffffffff80000001;
	dm_set_state(&dm[0], 0, STATE_IORESP_READY);
	dm_notify(&dm[0], 0);
	tap_ok(job_result(job) == 0x80000001, "other fields do not matter");
	(void)served(0, AGENT_READ, JOB_ARGS(DEVICE_A, 4));
	tap_ok(!job->fault, "the next request is as ever");
}

/* It dies with its guest waiting, or its guest does. */
static void killed_while_it_waits(void)
{
	(void)job_post(&u, 0, AGENT_READ, JOB_ARGS(DEVICE_A, 4));
	dm_wait_request(&dm[0], 0);
	domu_kill(&u);
	tap_ok(true, "killed while it waits");
	tap_number(dm[0].slot[0].addr == DEVICE_A, 1,
		   "the page of its server can be read");
	tap_is(foreign_unmap(dm[0].slot), 0, "and removed");
	tap_is(foreign_unmap(u.page), 0, "the shared page removed");
}

static void remote_shutdown(void)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_remote_shutdown,
		.u.remote_shutdown.reason = SHUTDOWN_crash,
	};

	tap_is(dm_op(u.id, &op), 0, "remote_shutdown");
	tap_ok(wait_for(has_crashed, NULL, 5000), "it has crashed");
	dm_destroy(&dm[0]);
	domu_destroy(&u);
}

void guest_main(void)
{
	(void)shared_info_map();
	fresh();
	dm_create(&dm[1], &u, 1);
	dm_device(&dm[1], DEVICE_B);
	calls();
	events();
	every_form();
	no_exclusives();
	edges();
	lines();
	types();
	all_vcpus();
	overlap();
	disabled();
	destroyed_while_they_wait();
	dm[1].u = &nobody;
	remote_shutdown();
	for (unsigned int i = 0; i < ARRAY_SIZE(rogues); i++) {
		misbehave(&rogues[i]);
	}
	scribble();
	killed_while_it_waits();
}
