/* SPDX-License-Identifier: BSD-2-Clause */
/* MEMORY_OP: questions, and RAM given back and taken again. */
#include "suites.h"

#include <stdlib.h>
#include <string.h>

#include <xen/memory.h>

#include <arch/map.h>

#include "frame/frame.h"
#include "hypercall/memory_op.h"
#include "p2m/p2m.h"

#define LIST	   0x1000 /* where the tests have their list of frames */
#define NR_RAM	   (TEST_RAM_SIZE >> PAGE_SHIFT)
#define RAM_GFN(g) ((g).ram >> PAGE_SHIFT)

static int64_t memory_op(struct vcpu *v, uint64_t cmd, uint64_t arg)
{
	return hcall(v, __HYPERVISOR_memory_op, cmd, arg, 0);
}

/* A reservation of @g by its vCPU 0, for itself. */
static int64_t reserve(const struct guest *g, uint64_t cmd, uint64_t nr,
		       unsigned int order, uint32_t flags)
{
	struct xen_memory_reservation *r = guest_at(g, g->ram);

	*r = (struct xen_memory_reservation){
		.nr_extents = nr,
		.extent_order = order,
		.mem_flags = flags,
		.domid = DOMID_SELF,
	};
	r->extent_start.q = g->ram + LIST;
	return memory_op(g->d->vcpu[0], cmd, g->ram);
}

static int64_t decrease(const struct guest *g, uint64_t nr, unsigned int order)
{
	return reserve(g, XENMEM_decrease_reservation, nr, order, 0);
}

static int64_t populate(const struct guest *g, uint64_t nr, unsigned int order)
{
	return reserve(g, XENMEM_populate_physmap, nr, order, 0);
}

static uint64_t *list_of(const struct guest *g)
{
	return guest_at(g, g->ram + LIST);
}

/* @nr frames from @gfn on into the list. */
static void fill_list(const struct guest *g, uint64_t gfn, uint64_t nr,
		      uint64_t step)
{
	for (uint64_t i = 0; i < nr; i++) {
		list_of(g)[i] = gfn + i * step;
	}
}

static bool is_ram(const struct guest *g, uint64_t gfn)
{
	return guest_entry(g, gfn).type == P2M_RAM_RW;
}

/* The caller is domu from now on. */
static void be_domu(void)
{
	self = domu.d->vcpu[0];
	host_load_vcpu(self);
}

/* -------------------------------------------------------- what dom0 does */

/* R1.7: the frame stays dom0's, unscrubbed, and comes back. */
static void direct_frames_come_back(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 100;
	uint64_t free = frame_nr_free();
	uint64_t *word = guest_at(&dom0, gfn << PAGE_SHIFT);

	(void)state;
	*word = 0x1234;
	fill_list(&dom0, gfn, 1, 1);
	assert_int_equal(decrease(&dom0, 1, 0), 1);
	assert_false(is_ram(&dom0, gfn));
	assert_int_equal(frame_owner(MFN(gfn)), 0);
	assert_int_equal(frame_nr_free(), free);
	assert_int_equal(dom0.d->nr_pages, NR_RAM);

	/* Not there: nothing to give. */
	assert_int_equal(decrease(&dom0, 1, 0), 0);

	assert_int_equal(populate(&dom0, 1, 0), 1);
	assert_true(is_ram(&dom0, gfn));
	assert_ptr_equal(guest_at(&dom0, gfn << PAGE_SHIFT), word);
	assert_int_equal(*word, 0x1234);
	host_check_no_stale(&dom0.root);
}

static void direct_batch_of_512(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 512;
	struct host_counts before;

	(void)state;
	fill_list(&dom0, gfn, 512, 1);
	before = host_counts();
	assert_int_equal(decrease(&dom0, 512, 0), 512);
	assert_true(host_counts().flushes - before.flushes <= 8);
	for (uint64_t i = 0; i < 512; i++) {
		assert_false(is_ram(&dom0, gfn + i));
	}
	assert_true(is_ram(&dom0, gfn - 1));
	assert_true(is_ram(&dom0, gfn + 512));
	assert_int_equal(populate(&dom0, 512, 0), 512);

	/* Downwards there are no runs; the result is the same. */
	fill_list(&dom0, gfn + 511, 512, ~UINT64_C(0));
	assert_int_equal(decrease(&dom0, 512, 0), 512);
	assert_false(is_ram(&dom0, gfn));
	assert_int_equal(populate(&dom0, 512, 0), 512);
	assert_true(is_ram(&dom0, gfn));
	host_check_no_stale(&dom0.root);
}

static void direct_blocks(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 1024;

	(void)state;
	fill_list(&dom0, gfn, 2, 512);
	assert_int_equal(decrease(&dom0, 2, 9), 2);
	assert_false(is_ram(&dom0, gfn + 1023));
	assert_int_equal(populate(&dom0, 2, 9), 2);
	assert_int_equal(guest_entry(&dom0, gfn + 1023).order, 9);
}

/* Only what is its own, and there: not devices, others' frames, the past. */
static void direct_populate_refuses(void **state)
{
	uint64_t own = RAM_GFN(dom0) + 7;
	uint64_t foreign = guest_entry(&domu, RAM_GFN(domu)).mfn.v;
	uint64_t xen = dom0.d->shared_info_mfn.v;
	const uint64_t bad[] = {
		foreign,
		xen,
		0x8000, /* the interrupt controller */
		NO_RAM >> 12,
		BIT(TEST_IPA_BITS - 12) - 1,
		BIT(TEST_IPA_BITS - 12),
		BIT(TEST_IPA_BITS - 12) | own,
		BIT(52) | own,
		~UINT64_C(0),
		~UINT64_C(0) - 1,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		fill_list(&dom0, bad[i], 1, 1);
		assert_int_equal(populate(&dom0, 1, 0), 0);
		assert_int_equal(decrease(&dom0, 1, 0), 0);
		assert_int_equal(populate(&dom0, 1, 9), 0);
		assert_int_equal(decrease(&dom0, 1, 9), 0);
	}
	assert_true(is_ram(&dom0, own));
	assert_int_equal(guest_entry(&domu, RAM_GFN(domu)).mfn.v, foreign);

	/* Its own and a neighbour's, in one block. */
	fill_list(&dom0, RAM_GFN(dom0) + NR_RAM - 256, 1, 1);
	assert_int_equal(populate(&dom0, 1, 9), 0);
	assert_int_equal(decrease(&dom0, 1, 9), 0);
	assert_true(is_ram(&dom0, RAM_GFN(dom0) + NR_RAM - 1));
}

/* What it has already, it gets again. */
static void direct_populate_is_idempotent(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 512;
	struct host_counts before;

	(void)state;
	fill_list(&dom0, gfn, 1, 1);
	before = host_counts();
	assert_int_equal(populate(&dom0, 1, 9), 1);
	assert_int_equal(host_counts().pte_stores, before.pte_stores);
	assert_int_equal(frame_refs(MFN(gfn)), 1);
}

/* ------------------------------------------------------ extents and lists */

static void a_bad_extent_ends_the_list(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 600;

	(void)state;
	for (unsigned int bad = 0; bad < 130; bad += 43) {
		fill_list(&dom0, gfn, 130, 1);
		list_of(&dom0)[bad] = 5;
		assert_int_equal(decrease(&dom0, 130, 0), bad);
		assert_true(is_ram(&dom0, gfn + bad));
		assert_true(is_ram(&dom0, gfn + bad + 1));
		assert_int_equal(populate(&dom0, 130, 0), bad);
		assert_true(is_ram(&dom0, gfn));
	}
}

/* A run that fails as a whole is done as far as it goes. */
static void a_hole_in_a_run_ends_it_there(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 700;

	(void)state;
	fill_list(&dom0, gfn + 20, 1, 1);
	assert_int_equal(decrease(&dom0, 1, 0), 1);
	fill_list(&dom0, gfn, 40, 1);
	assert_int_equal(decrease(&dom0, 40, 0), 20);
	assert_false(is_ram(&dom0, gfn + 19));
	assert_true(is_ram(&dom0, gfn + 21));
}

/* XSA-31, XSA-158: extents have a largest size, by who asks. */
static void orders_are_bounded(void **state)
{
	(void)state;
	for (unsigned int order = 0; order < 256; order++) {
		fill_list(&dom0, RAM_GFN(dom0) + 2048, 1, 1);
		assert_int_equal(populate(&dom0, 1, order), order <= 11);
		assert_int_equal(reserve(&dom0, XENMEM_increase_reservation, 1,
					 order, 0),
				 0);
	}
	fill_list(&dom0, RAM_GFN(dom0) + 2048, 1, 1);
	assert_int_equal(decrease(&dom0, 1, 10), 1);
	assert_int_equal(decrease(&dom0, 1, 19), 0);
	assert_int_equal(decrease(&dom0, 1, UINT32_MAX), 0);

	be_domu();
	fill_list(&domu, RAM_GFN(domu) + 2048, 1, 1);
	assert_int_equal(decrease(&domu, 1, 10), 0);
	assert_int_equal(decrease(&domu, 1, 9), 1);
}

/* XSA-29, XSA-212: lists that are not there, or wrap. */
static void lists_are_checked(void **state)
{
	struct xen_memory_reservation *r = ARG_AT(dom0, 0);
	const uint64_t bad[] = {
		0, NO_RAM, ~UINT64_C(0) - 7, BIT(63), ~UINT64_C(0) - 0x1000 + 1,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		*r = (struct xen_memory_reservation){ .nr_extents = 1024 };
		r->extent_start.q = bad[i];
		assert_int_equal(
			memory_op(self, XENMEM_populate_physmap, dom0.ram), 0);
		assert_int_equal(
			memory_op(self, XENMEM_decrease_reservation, dom0.ram),
			0);
		assert_int_equal(
			memory_op(self, XENMEM_populate_physmap, bad[i]), 0);
	}
	fill_list(&dom0, RAM_GFN(dom0) + 600, 4, 1);
	assert_int_equal(decrease(&dom0, BIT(26), 0), 0);
	assert_int_equal(decrease(&dom0, ~UINT64_C(0), 0), 0);
	assert_true(is_ram(&dom0, RAM_GFN(dom0) + 600));
}

/* The list runs into a page that is not there: what could be read is done. */
static void a_list_may_end_in_a_hole(void **state)
{
	uint64_t hole = guest_page(&dom0, 9);
	uint64_t gfn = RAM_GFN(dom0) + 600;
	struct xen_memory_reservation *r = ARG_AT(dom0, 0);

	(void)state;
	host_s1_map(GVA(hole), IPA(hole), 0);
	for (unsigned int i = 0; i < 5; i++) {
		*(uint64_t *)guest_at(&dom0, hole - 40 + 8 * i) = gfn + i;
	}
	*r = (struct xen_memory_reservation){
		.nr_extents = 64,
		.domid = DOMID_SELF,
	};
	r->extent_start.q = hole - 40;
	assert_int_equal(memory_op(self, XENMEM_decrease_reservation, dom0.ram),
			 5);
	assert_false(is_ram(&dom0, gfn + 4));
}

/* A start in the command, as continuations have it. */
static void start_extents(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 600;
	uint64_t cmd = XENMEM_decrease_reservation | 3 << MEMOP_SHIFT;

	(void)state;
	fill_list(&dom0, gfn, 8, 1);
	assert_int_equal(reserve(&dom0, cmd, 8, 0, 0), 8);
	assert_true(is_ram(&dom0, gfn + 2));
	assert_false(is_ram(&dom0, gfn + 3));
	assert_int_equal(reserve(&dom0, cmd, 3, 0, 0), 3);
	assert_int_equal(reserve(&dom0, cmd, 2, 0, 0), 3);
	assert_int_equal(memory_op(self, cmd, 0), 3);
	assert_int_equal(memory_op(self, XENMEM_maximum_gpfn | 64, dom0.ram),
			 -XEN_EINVAL);
}

static void interrupts_cut_batches(void **state)
{
	uint64_t gfn = RAM_GFN(dom0) + 512;

	(void)state;
	fill_list(&dom0, gfn, 512, 1);
	host_irq_waiting_after(2);
	assert_int_equal(decrease(&dom0, 512, 0), 512);
	assert_int_equal(hcall_rounds(), 2);
	host_irq_waiting_after(0);
	assert_int_equal(populate(&dom0, 512, 0), 512);
	assert_int_equal(hcall_rounds(), 2);
	assert_true(is_ram(&dom0, gfn + 511));

	/* Large extents: a look after each. */
	fill_list(&dom0, gfn, 4, 512);
	host_irq_waiting_after(1);
	assert_int_equal(decrease(&dom0, 4, 9), 4);
	assert_int_equal(hcall_rounds(), 2);
}

/* XSA-231 and kin: flags that mean nothing here. */
static void flags_of_populate(void **state)
{
	(void)state;
	fill_list(&dom0, RAM_GFN(dom0) + 600, 1, 1);
	for (unsigned int node = 0; node < 256; node++) {
		uint32_t flags = node << 8;

		assert_int_equal(
			reserve(&dom0, XENMEM_populate_physmap, 1, 0, flags),
			1);
	}
	for (unsigned int bits = 1; bits < 256; bits++) {
		/* 128 MiB from 1 GiB on: 31 bits. */
		assert_int_equal(
			reserve(&dom0, XENMEM_populate_physmap, 1, 0, bits),
			bits >= 31);
	}
	assert_int_equal(reserve(&dom0, XENMEM_populate_physmap, 1, 0,
				 XENMEMF_populate_on_demand),
			 0);
	assert_int_equal(
		reserve(&dom0, XENMEM_populate_physmap, 1, 0, XENMEMF_vnode),
		0);
}

/* ---------------------------------------------------- other domains' RAM */

/* XSA-100 and kin: what comes back is empty. XSA-383, XSA-385: and capped. */
static void fresh_memory(void **state)
{
	uint64_t gfn = RAM_GFN(domu) + 100;
	uint64_t free = frame_nr_free();
	uint64_t outside = RAM_GFN(domu) + NR_RAM;

	(void)state;
	be_domu();
	memset(guest_at(&domu, gfn << PAGE_SHIFT), 0x5a, PAGE_SIZE);
	fill_list(&domu, gfn, 1, 1);
	assert_int_equal(decrease(&domu, 1, 0), 1);
	assert_int_equal(frame_nr_free(), free + 1);
	assert_int_equal(domu.d->nr_pages, NR_RAM - 1);
	assert_int_equal(populate(&domu, 1, 0), 1);
	for (unsigned int i = 0; i < PAGE_SIZE; i++) {
		const uint8_t *p = guest_at(&domu, gfn << PAGE_SHIFT);

		assert_int_equal(p[i], 0);
	}
	assert_int_equal(domu.d->nr_pages, NR_RAM);

	fill_list(&domu, outside, 1, 1);
	assert_int_equal(populate(&domu, 1, 0), 0);
	assert_int_equal(populate(&domu, 1, 9), 0);
	domu.d->max_pages = NR_RAM + 511;
	assert_int_equal(populate(&domu, 1, 9), 0);
	/* The sum is more than 32 bits. */
	domu.d->max_pages = UINT32_MAX;
	domu.d->nr_pages = UINT32_MAX - 1;
	assert_int_equal(populate(&domu, 1, 9), 0);
	domu.d->max_pages = ~UINT64_C(0);
	assert_int_equal(populate(&domu, 1, 9), 1);
	assert_int_equal(domu.d->nr_pages, UINT64_C(0xfffffffe) + 512);
	domu.d->nr_pages = NR_RAM + 512;
	assert_int_equal(frame_nr_free(), free - 512);
	host_check_no_stale(&domu.root);
}

/* RAM in the way is replaced and counted. */
static void populate_over_ram(void **state)
{
	uint64_t gfn = RAM_GFN(domu) + 100;
	uint64_t free = frame_nr_free();

	(void)state;
	be_domu();
	domu.d->max_pages = NR_RAM + 1;
	fill_list(&domu, gfn, 1, 1);
	assert_int_equal(populate(&domu, 1, 0), 1);
	assert_int_equal(domu.d->nr_pages, NR_RAM);
	assert_int_equal(frame_nr_free(), free);
}

/* XSA-222, XSA-409: no table page to split a block, nothing happens. */
static void out_of_table_pages(void **state)
{
	uint64_t gfn = RAM_GFN(domu) + 512 + 5;
	uint64_t pool = 64;
	uint64_t free;

	(void)state;
	/* As few as are in use. */
	while (!p2m_set_pool(domu.d->p2m, pool)) {
		pool--;
	}
	free = frame_nr_free();
	be_domu();
	fill_list(&domu, gfn, 1, 1);
	assert_int_equal(decrease(&domu, 1, 0), 0);
	assert_true(is_ram(&domu, gfn));
	assert_int_equal(domu.d->nr_pages, NR_RAM);
	assert_int_equal(frame_nr_free(), free);

	domu.d->max_pages = NR_RAM + 512;
	fill_list(&domu, UINT64_C(0x400000), 1, 1);
	assert_int_equal(populate(&domu, 1, 0), 0);
	assert_int_equal(domu.d->nr_pages, NR_RAM);
	assert_int_equal(frame_nr_free(), free);
}

static void for_another_domain(void **state)
{
	struct xen_memory_reservation *r = ARG_AT(dom0, 0);
	uint64_t gfn = RAM_GFN(domu) + 10;

	(void)state;
	fill_list(&dom0, gfn, 1, 1);
	*r = (struct xen_memory_reservation){ .nr_extents = 1, .domid = 1 };
	r->extent_start.q = dom0.ram + LIST;
	assert_int_equal(memory_op(self, XENMEM_decrease_reservation, dom0.ram),
			 1);
	assert_false(is_ram(&domu, gfn));
	r->domid = 9;
	assert_int_equal(memory_op(self, XENMEM_decrease_reservation, dom0.ram),
			 0);

	/* But not the other way round. */
	be_domu();
	r = ARG_AT(domu, 0);
	fill_list(&domu, RAM_GFN(dom0) + 600, 1, 1);
	*r = (struct xen_memory_reservation){ .nr_extents = 1, .domid = 0 };
	r->extent_start.q = domu.ram + LIST;
	assert_int_equal(memory_op(self, XENMEM_decrease_reservation, domu.ram),
			 0);
	assert_true(is_ram(&dom0, RAM_GFN(dom0) + 600));
}

/* ------------------------------------------------------------- questions */

static int64_t ask(uint64_t cmd, domid_t id)
{
	struct xen_memory_domain *m = ARG_AT(dom0, 0);

	m->domid = id;
	return memory_op(self, cmd, dom0.ram);
}

static void questions(void **state)
{
	static const uint64_t cmds[] = { XENMEM_current_reservation,
					 XENMEM_maximum_reservation,
					 XENMEM_maximum_gpfn };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++) {
		assert_int_equal(memory_op(self, cmds[i], 0), -XEN_EFAULT);
		assert_int_equal(ask(cmds[i], 9), -XEN_ESRCH);
	}
	domu.d->max_pages = 12345;
	assert_int_equal(ask(XENMEM_current_reservation, DOMID_SELF), NR_RAM);
	assert_int_equal(ask(XENMEM_maximum_reservation, 1), 12345);
	assert_int_equal(ask(XENMEM_maximum_gpfn, 1),
			 RAM_GFN(domu) + NR_RAM - 1);
	assert_int_equal(memory_op(self, XENMEM_maximum_ram_page, 0),
			 (HOST_RAM_BASE + TEST_MACHINE_MIB * MIB) >> 12);
	assert_int_equal(memory_op(self, XENMEM_get_sharing_freed_pages, 0), 0);
	assert_int_equal(memory_op(self, XENMEM_get_sharing_shared_pages, 0),
			 0);

	be_domu();
	((struct xen_memory_domain *)ARG_AT(domu, 0))->domid = 0;
	assert_int_equal(memory_op(self, XENMEM_current_reservation, domu.ram),
			 -XEN_EPERM);
}

static void what_there_is_not(void **state)
{
	static const uint64_t none[] = {
		XENMEM_machphys_mfn_list, 8,
		XENMEM_memory_map,	  XENMEM_machine_memory_map,
		XENMEM_machphys_mapping,  XENMEM_set_memory_map,
		XENMEM_set_pod_target,	  XENMEM_get_pod_target,
		XENMEM_paging_op,	  XENMEM_access_op,
		XENMEM_sharing_op,	  XENMEM_machphys_compat_mfn_list,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
		assert_int_equal(memory_op(self, none[i], 0), -XEN_ENOSYS);
		assert_int_equal(memory_op(self, none[i], dom0.ram),
				 -XEN_ENOSYS);
	}
	for (uint64_t cmd = 29; cmd < 64; cmd++) {
		assert_int_equal(memory_op(self, cmd, dom0.ram), -XEN_ENOSYS);
	}
}

static void odd_ones(void **state)
{
	struct xen_memory_exchange *e = ARG_AT(dom0, 0);
	struct xen_reserved_device_memory_map *r = ARG_AT(dom0, 0x200);

	(void)state;
	memset(e, 0, PAGE_SIZE);
	assert_int_equal(memory_op(self, XENMEM_exchange, 0), -XEN_EFAULT);
	assert_int_equal(memory_op(self, XENMEM_exchange, dom0.ram), 0);
	e->in.nr_extents = 1;
	assert_int_equal(memory_op(self, XENMEM_exchange, dom0.ram),
			 -XEN_EINVAL);
	e->out.nr_extents = 1;
	assert_int_equal(memory_op(self, XENMEM_exchange, dom0.ram),
			 -XEN_EOPNOTSUPP);
	e->in.extent_order = 255;
	assert_int_equal(memory_op(self, XENMEM_exchange, dom0.ram),
			 -XEN_EPERM);

	r->nr_entries = 5;
	assert_int_equal(memory_op(self, XENMEM_reserved_device_memory_map,
				   dom0.ram + 0x200),
			 0);
	assert_int_equal(r->nr_entries, 0);
	r->flags = 2;
	assert_int_equal(memory_op(self, XENMEM_reserved_device_memory_map,
				   dom0.ram + 0x200),
			 -XEN_EINVAL);
}

static void claims(void **state)
{
	struct xen_memory_reservation *r = ARG_AT(dom0, 0);

	(void)state;
	memset(r, 0, sizeof(*r));
	assert_int_equal(memory_op(self, XENMEM_claim_pages, 0), -XEN_EFAULT);
	assert_int_equal(memory_op(self, XENMEM_claim_pages, dom0.ram), 0);
	r->domid = DOMID_SELF;
	assert_int_equal(memory_op(self, XENMEM_claim_pages, dom0.ram),
			 -XEN_EINVAL);
	r->domid = 0;
	r->nr_extents = NR_RAM;
	assert_int_equal(memory_op(self, XENMEM_claim_pages, dom0.ram),
			 -XEN_EINVAL);
	dom0.d->max_pages = NR_RAM + 10;
	r->nr_extents = NR_RAM + 10;
	assert_int_equal(memory_op(self, XENMEM_claim_pages, dom0.ram),
			 -XEN_ENOMEM);
	r->extent_order = 1;
	assert_int_equal(memory_op(self, XENMEM_claim_pages, dom0.ram),
			 -XEN_EINVAL);
}

/* ---------------------------------------------------------------- a model */

/* Random calls against one bit a page of what dom0 must have. */
static void random_balloon(void **state)
{
	static bool have[NR_RAM];
	const uint64_t first = 1024;
	unsigned int seed = 1;

	(void)state;
	memset(have, 1, sizeof(have));
	for (unsigned int round = 0; round < 400; round++) {
		bool down = rand_r(&seed) & 1;
		unsigned int order = rand_r(&seed) % 11;
		uint64_t nr = 1 + rand_r(&seed) % 70;
		uint64_t done = 0;

		for (uint64_t i = 0; i < nr; i++) {
			uint64_t at =
				rand_r(&seed) % 3 && i
					? list_of(&dom0)[i - 1] + BIT(order)
					: RAM_GFN(dom0) + first +
						  rand_r(&seed) % 3000;

			list_of(&dom0)[i] = at;
		}
		for (; done < nr; done++) {
			uint64_t at = list_of(&dom0)[done] - RAM_GFN(dom0);
			bool ok = at + BIT(order) <= NR_RAM;

			for (uint64_t i = 0; down && ok && i < BIT(order);
			     i++) {
				ok = have[at + i];
			}
			if (!ok) {
				break;
			}
			memset(&have[at], !down, BIT(order));
		}
		assert_int_equal(down ? decrease(&dom0, nr, order)
				      : populate(&dom0, nr, order),
				 done);
		host_check_no_stale(&dom0.root);
	}
	for (uint64_t i = first; i < NR_RAM; i++) {
		assert_int_equal(is_ram(&dom0, RAM_GFN(dom0) + i), have[i]);
	}
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(direct_frames_come_back),
	DOM0_TEST(direct_batch_of_512),
	DOM0_TEST(direct_blocks),
	DOM0_TEST(direct_populate_refuses),
	DOM0_TEST(direct_populate_is_idempotent),
	DOM0_TEST(a_bad_extent_ends_the_list),
	DOM0_TEST(a_hole_in_a_run_ends_it_there),
	DOM0_TEST(orders_are_bounded),
	DOM0_TEST(lists_are_checked),
	DOM0_TEST(a_list_may_end_in_a_hole),
	DOM0_TEST(start_extents),
	DOM0_TEST(interrupts_cut_batches),
	DOM0_TEST(flags_of_populate),
	DOM0_TEST(fresh_memory),
	DOM0_TEST(populate_over_ram),
	DOM0_TEST(out_of_table_pages),
	DOM0_TEST(for_another_domain),
	DOM0_TEST(questions),
	DOM0_TEST(what_there_is_not),
	DOM0_TEST(odd_ones),
	DOM0_TEST(claims),
	DOM0_TEST(random_balloon),
};

const struct suite reserve_suite = { tests, ARRAY_SIZE(tests) };
