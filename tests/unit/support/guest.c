/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include <string.h>

#include <arch/map.h>

#include "arch/host/gic.h"
#include "domain/life.h"
#include "domain/policy.h"
#include "domain/time.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "hypercall/hypercall.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

#define BLOCK_ORDER 9
#define BLOCK	    (PAGE_SIZE << BLOCK_ORDER)
#define MAX_ROUNDS  100000

struct guest dom0, domu;
uint64_t guest_ram_size = TEST_RAM_SIZE;
struct vcpu *self;

static uint64_t free_at_start;
static unsigned int rounds;
void (*hcall_between)(void);

void machine_start(void)
{
	host_setup(TEST_MACHINE_MIB);
	host_gic_reset(4);
	host_s1_reset();
	host_console_clear();
	p2m_init(40, 8);
	domain_policy = (struct domain_policy){ .cmdline = "console=dtuart" };
	host_counter_set(1000);
	time_init();
	free_at_start = frame_nr_free();
}

void machine_stop(void)
{
	assert_null(domain_next(NULL));
	assert_int_equal(heap_in_use(), 0);
	assert_int_equal(frame_nr_free(), free_at_start);
	host_teardown();
}

static void give_ram(struct guest *g)
{
	uint64_t nr = guest_ram_size >> PAGE_SHIFT;

	if (g->d->direct) {
		mfn_t mfn = MFN(g->ram >> PAGE_SHIFT);
		struct p2m_locked l = p2m_lock(g->d->p2m);

		assert_int_equal(frame_alloc_at(mfn, nr, g->d->id), 0);
		assert_int_equal(p2m_map(l, gfn_of_direct(mfn), mfn, nr,
					 p2m_as(P2M_RAM_RW)),
				 0);
		p2m_unlock(l);
	}
	for (uint64_t at = 0; !g->d->direct && at < nr;
	     at += BIT(BLOCK_ORDER)) {
		mfn_t mfn = frame_alloc(BLOCK_ORDER, g->d->id);
		struct p2m_locked l = p2m_lock(g->d->p2m);

		assert_int_equal(p2m_map(l, GFN((g->ram >> PAGE_SHIFT) + at),
					 mfn, BIT(BLOCK_ORDER),
					 p2m_as(P2M_RAM_RW)),
				 0);
		p2m_unlock(l);
	}
	g->d->nr_pages = nr;
	g->d->max_pages = nr;
}

struct guest guest_make(domid_t id, bool hwdom, unsigned int nr_vcpus)
{
	static const struct vgic_layout layout = {
		.gicd = { 0x8000000 },
		.gicd_size = 0x10000,
		.gicr = { 0x80a0000 },
		.gicr_size = 0x20000 * MAX_VCPUS,
	};
	struct guest g = { .ram = hwdom ? HWDOM_RAM : DOMU_RAM };

	g.d = domain_create(id, hwdom, TEST_IPA_BITS, nr_vcpus);
	assert_non_null(g.d);
	g.root.vttbr = p2m_vttbr(g.d->p2m);
	g.root.vtcr = p2m_vtcr(g.d->p2m);
	host_watch(&g.root);
	assert_int_equal(vgic_create(g.d, &layout, 32), 0);
	assert_int_equal(memmap_commit(g.d->memmap), 0);
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		assert_int_equal(sched_add(g.d->vcpu[i], 0), 0);
	}
	g.d->evtchn_irq = 31;
	g.d->vcpu[0]->online = true;
	give_ram(&g);
	return g;
}

void guest_end(struct guest *g)
{
	bool direct = g->d->direct;
	domid_t id = g->d->id;

	host_check_no_stale(&g->root);
	for (unsigned int i = 0; i < g->d->nr_vcpus; i++) {
		sched_remove(g->d->vcpu[i]);
	}
	vgic_destroy(g->d);
	domain_destroy(g->d);
	for (uint64_t at = 0; direct && at < guest_ram_size; at += PAGE_SIZE) {
		mfn_t mfn = MFN((g->ram + at) >> PAGE_SHIFT);

		/* Nobody has taken what is the domain's own. */
		assert_int_equal(frame_owner(mfn), id);
		assert_int_equal(frame_refs(mfn), 1);
		frame_put(mfn);
	}
}

void *guest_at(const struct guest *g, uint64_t ipa)
{
	struct host_leaf leaf;

	assert_true(host_walk(&g->root, IPA(ipa), &leaf));
	return paddr_to_ptr(PADDR(leaf.pa.v + (ipa - leaf.ipa.v)));
}

uint64_t guest_page(const struct guest *g, unsigned int n)
{
	return g->ram + n * PAGE_SIZE;
}

struct p2m_entry guest_entry(const struct guest *g, uint64_t gfn)
{
	struct p2m_locked l = p2m_lock(g->d->p2m);
	struct p2m_entry e = p2m_lookup(l, GFN(gfn));

	p2m_unlock(l);
	return e;
}

int64_t hcall(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1,
	      uint64_t a2)
{
	const uint64_t pc = 0x1000;

	v->regs.x[0] = a0;
	v->regs.x[1] = a1;
	v->regs.x[2] = a2;
	v->regs.x[16] = nr;
	for (rounds = 0; rounds < MAX_ROUNDS;) {
		rounds++;
		v->regs.pc = pc;
		hypercall(v);
		if (v->regs.pc == pc) {
			return v->regs.x[0];
		}
		assert_int_equal(v->regs.pc, pc - 4);
		assert_int_equal(v->regs.x[16], nr);
		if (hcall_between) {
			hcall_between();
		}
	}
	fail_msg("hypercall %lu does not end", nr);
	return 0;
}

unsigned int hcall_rounds(void)
{
	return rounds;
}

int dom0_setup(void **state)
{
	(void)state;
	hcall_between = NULL;
	machine_start();
	dom0 = guest_make(0, true, 2);
	domu = guest_make(1, false, 1);
	self = dom0.d->vcpu[0];
	host_load_vcpu(self);
	return 0;
}

int dom0_teardown(void **state)
{
	(void)state;
	host_load_vcpu(NULL);
	guest_end(&domu);
	guest_end(&dom0);
	machine_stop();
	return 0;
}
