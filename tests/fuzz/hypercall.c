/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls with arguments and memory that a guest made up.
 *
 * An input is a program of at most MAX_CALLS calls by one of three vCPUs.
 * Whatever it says, the hypervisor must not crash, hang, leave a lock held,
 * map what is not the caller's, or keep anything when the domains are gone:
 * the host seam, the sanitizers and the fixture's teardown see to that.
 */
#include "../unit/support/guest.h"

#include <stdlib.h>
#include <string.h>

#include <xen/domctl.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

#include "domain/life.h"
#include "frame/frame.h"
#include "hypercall/hypercall.h"
#include "iomem/iomem.h"
#include "iomem/machine.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "vpsci/vpsci.h"

#define MAX_CALLS  40
#define MAX_ROUNDS 300
/* Pages at the start of RAM in which arguments are written. */
#define ARG_PAGES 4
/* Where the machine has devices. */
#define DEVICE_GFN UINT64_C(0x9000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

static uint8_t take(struct input *in)
{
	if (!in->left) {
		return 0;
	}
	in->left--;
	return *in->data++;
}

static uint64_t take_n(struct input *in, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--) {
		v = v << 8 | take(in);
	}
	return v;
}

/* Numbers that mean something: addresses, frames, versions, limits. */
static uint64_t value(struct input *in, const struct guest *g)
{
	uint8_t kind = take(in);
	uint8_t small = take(in);

	switch (kind % 16) {
	case 0:
		return small;
	case 1:
		return g->ram + small * 8;
	case 2:
		return g->ram + PAGE_SIZE + small * 8;
	case 3:
		return (g->ram >> PAGE_SHIFT) + ARG_PAGES + small;
	case 4:
		return (domu.ram >> PAGE_SHIFT) + small;
	case 5:
		return (g->ram + (small << 21)) >> PAGE_SHIFT;
	case 6:
		return BIT(small % 64);
	case 7:
		return BIT(small % 64) - 1;
	case 8:
		return ~(uint64_t)small;
	case 9:
		return DOMID_FIRST_RESERVED + small % 16;
	case 10:
		return XEN_SYSCTL_INTERFACE_VERSION + (uint64_t)small % 2;
	case 11:
		return XENPF_INTERFACE_VERSION;
	case 12:
		return 0x90000 + small;
	case 13:
		return take_n(in, 4) << small % 32;
	case 14:
		return take_n(in, 8);
	default:
		if (small >= 0x80) {
			return DEVICE_GFN + (small & 0x7f);
		}
		return (uint64_t)small << 32 | take(in);
	}
}

/* Some of the argument pages: 1, 2, 4 or 8 bytes at a place. */
static void fill_memory(struct input *in, const struct guest *g)
{
	for (unsigned int n = take(in) % 24; n; n--) {
		uint8_t where = take(in);
		unsigned int at =
			(where & 31) * 4 + (where >> 5 & 3) * PAGE_SIZE / 2;
		uint64_t v = value(in, g);
		struct host_leaf leaf;

		/* The guest may have given the page away. */
		if (host_walk(&g->root, IPA(g->ram + at), &leaf) &&
		    host_is_ram(leaf.pa)) {
			memcpy(guest_at(g, g->ram + at), &v,
			       where & 128 ? 4 : 8);
		}
	}
}

static void make_call(struct input *in, const struct guest *g, struct vcpu *v)
{
	static const uint8_t known[] = { 7,  12, 13, 17, 18, 20, 21, 24, 27, 29,
					 32, 33, 34, 35, 36, 41, 55, 55, 36 };
	uint8_t nr = take(in);

	for (unsigned int i = 0; i < 5; i++) {
		v->regs.x[i] = value(in, g);
	}
	v->regs.x[16] = nr < 0xf0 ? known[nr % ARRAY_SIZE(known)]
				  : take_n(in, nr & 7);
	if (nr == 0xff) {
		vpsci_call(v);
		return;
	}
	for (unsigned int i = 0; i < MAX_ROUNDS; i++) {
		v->regs.pc = 0x1000;
		hypercall(v);
		if (v->regs.pc == 0x1000) {
			break;
		}
	}
	host_console_clear();
}

/* One call; what it put to sleep or off is woken for the next. */
static void step(struct input *in)
{
	static struct guest *const callers[] = { &dom0, &dom0, &domu };
	unsigned int who = take(in) % ARRAY_SIZE(callers);
	struct guest *g = who < 2 || domain_lives(domu.d) ? callers[who]
							  : &dom0;
	struct vcpu *v = g->d->vcpu[who == 1];

	host_load_vcpu(NULL);
	v->online = true;
	sched_wake(v);
	host_load_vcpu(v);
	host_irq_waiting_after(take(in) % 8 ? ~0u : 0);
	fill_memory(in, g);
	make_call(in, g, v);
	host_counter_advance(1000);
	timer_run(0, arch_counter());
}

static void run(struct input *in)
{
	for (unsigned int i = 0; i < MAX_CALLS && in->left; i++) {
		step(in);
		host_check_no_stale(&dom0.root);
		if (domain_lives(domu.d)) {
			host_check_no_stale(&domu.root);
		}
	}
}

/* ------------------------------------------------------------- the machine */

static struct region device, sram, ram;

static void add_region(const struct guest *g, struct region *r)
{
	assert_int_equal(memmap_add(g->d->memmap, r), 0);
	assert_int_equal(memmap_commit(g->d->memmap), 0);
}

/* Pages of the machine that dom0 may give away; domu's RAM as a region. */
static void begin(void)
{
	dom0_setup(NULL);
	device = (struct region){
		.name = "device",
		.row = "device",
		.ipa = IPA(DEVICE_GFN << PAGE_SHIFT),
		.pa = PADDR(DEVICE_GFN << PAGE_SHIFT),
		.size = 16 * PAGE_SIZE,
		.kind = REGION_DIRECT,
		.type = P2M_DEVICE,
		.attr = p2m_default_attr(P2M_DEVICE),
	};
	sram = device;
	sram.name = "sram";
	sram.row = "mmio-sram";
	sram.type = P2M_SRAM;
	sram.attr = p2m_default_attr(P2M_SRAM);
	sram.ipa.v += 32 * PAGE_SIZE;
	sram.pa.v += 32 * PAGE_SIZE;
	ram = (struct region){
		.name = "ram",
		.ipa = IPA(domu.ram),
		.size = guest_ram_size,
		.kind = REGION_RAM,
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
		.populated = true,
	};
	add_region(&dom0, &device);
	add_region(&dom0, &sram);
	add_region(&domu, &ram);
	assert_int_equal(
		iomem_give_tree(dom0.d, (struct region[]){ device, sram }, 2),
		0);
	domain_get(domu.d);
}

static void tick(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		host_counter_advance(arch_counter_hz() / 100);
		timer_run(0, arch_counter());
	}
}

/* All others are ended, in whatever state they are; then dom0. */
static void end(void)
{
	struct domain *d = NULL;

	host_load_vcpu(NULL);
	while ((d = domain_next(d))) {
		while (d != dom0.d && domain_kill(d) == -XEN_ERESTART) {
		}
	}
	domain_put(domu.d);
	guest_end(&dom0);
	tick();
	machine_stop();
}

/* -------------------------------------------------------------- the oracle */

/* What a domain may have: its own frames, others' RAM that dom0 has put
 * there, devices of the machine. */
static void check_map(const struct guest *g)
{
	struct p2m_locked l = p2m_lock(g->d->p2m);
	uint64_t limit = p2m_limit(g->d->p2m).v;
	uint64_t gfn = 0;

	while (gfn < limit) {
		struct p2m_entry e;
		uint64_t nr = p2m_run(l, GFN(gfn), limit - gfn, &e);
		uint16_t owner = e.type == P2M_INVALID ? FRAME_OWNER_NONE
						       : frame_owner(e.mfn);

		if (e.type == P2M_RAM_RW || e.type == P2M_RAM_RO) {
			assert_int_equal(owner, g->d->id);
		} else if (e.type == P2M_XEN) {
			assert_int_equal(owner, FRAME_OWNER_XEN);
		} else if (e.type == P2M_FOREIGN_RW ||
			   e.type == P2M_FOREIGN_RO) {
			assert_int_not_equal(owner, g->d->id);
			assert_int_not_equal(owner, FRAME_OWNER_NONE);
		} else if (e.type == P2M_DEVICE || e.type == P2M_SRAM) {
			assert_non_null(machine_find(e.mfn.v));
		}
		gfn += nr;
	}
	p2m_unlock(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	guest_ram_size = 2 * MIB;
	begin();
	/* The end of the machine is an end like any other. */
	(void)HOST_MACHINE_END(run(&in));
	check_map(&dom0);
	if (domain_lives(domu.d)) {
		check_map(&domu);
	}
	host_irq_waiting_after(~0u);
	end();
	return 0;
}
