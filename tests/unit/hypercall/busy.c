/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on another domain's p2m while a commit of its map is in turns: they
 * come again until it is over, and do their work then. */
#include "suites.h"

#include <string.h>

#include <xen/hvm/dm_op.h>
#include <xen/memory.h>

#include <core/bits.h>
#include <public/entresol.h>

#include "frame/frame.h"
#include "memmap/internal.h"
#include "p2m/p2m.h"

#define RAM_GFN(g) ((g).ram >> PAGE_SHIFT)
#define NR_RAM	   (TEST_RAM_SIZE >> PAGE_SHIFT)
#define FREE_GFN   UINT64_C(0x90000)
#define DEVICES	   UINT64_C(0x9000000) /* of the machine */
#define NR_DEV	   16u
#define BATCH	   8u

/* Where the arguments are in dom0's RAM. */
#define OP    0x800
#define LIST  0x1000
#define TO    0x2000
#define ERRS  0x3000
#define PAGES 0x4000

/* -------------------------------------------------------------- the commit */

static struct region ram, dev[NR_DEV];
/* A frame of domu that the call under test is to change, and how it was when
 * the commit began. */
static uint64_t watched;
static struct p2m_entry before;

static struct memmap *map(void)
{
	return domu.d->memmap;
}

static void add_region(struct region *r)
{
	assert_int_equal(memmap_add(map(), r), 0);
}

static void make_map(void)
{
	ram = (struct region){
		.name = "ram",
		.kind = REGION_RAM,
		.ipa = IPA(domu.ram),
		.size = TEST_RAM_SIZE,
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
		.populated = true,
	};
	add_region(&ram);
	for (unsigned int i = 0; i < NR_DEV; i++) {
		dev[i] = (struct region){
			.name = "dev",
			.kind = REGION_DIRECT,
			.ipa = IPA(DEVICES + 2 * i * PAGE_SIZE),
			.pa = PADDR(DEVICES + i * PAGE_SIZE),
			.size = PAGE_SIZE,
			.type = P2M_DEVICE,
			.attr = p2m_default_attr(P2M_DEVICE),
		};
		add_region(&dev[i]);
	}
	assert_int_equal(memmap_commit(map()), 0);
}

static void turn(void)
{
	struct p2m_entry now = guest_entry(&domu, watched);

	/* The call has not done anything. */
	assert_int_equal(now.type, before.type);
	assert_true(!now.type || mfn_eq(now.mfn, before.mfn));
	if (memmap_commit_by(map(), NULL) == 0) {
		assert_false(memmap_is_busy(map()));
		hcall_between = NULL;
	}
}

/* A commit has begun that needs many turns; @gfn of domu is looked at. */
static void begin(uint64_t gfn)
{
	watched = gfn;
	before = guest_entry(&domu, gfn);
	for (unsigned int i = 0; i < NR_DEV; i++) {
		assert_int_equal(memmap_move(map(), &dev[i],
					     IPA(dev[i].ipa.v + 64 * MIB)),
				 0);
	}
	map()->transit.turn = 1;
	assert_int_equal(memmap_commit_by(map(), NULL), -XEN_ERESTART);
	hcall_between = turn;
}

/* What the call is for has come, after the commit. */
static void check_waited(void)
{
	assert_true(hcall_rounds() > 10);
	assert_null(hcall_between);
	assert_false(memmap_is_busy(map()));
	host_check_no_stale(&domu.root);
}

/* ---------------------------------------------------------------- the calls */

static int64_t memory_op(uint64_t cmd)
{
	return hcall(self, __HYPERVISOR_memory_op, cmd, dom0.ram + OP, 0);
}

static int64_t reserve(uint64_t cmd, uint64_t nr)
{
	struct xen_memory_reservation *r = ARG_AT(dom0, OP);

	*r = (struct xen_memory_reservation){
		.nr_extents = nr,
		.domid = domu.d->id,
	};
	r->extent_start.q = dom0.ram + LIST;
	return memory_op(cmd);
}

/* One page is what has a path of its own if it is the caller's. */
static void given_back_and_taken(void **state)
{
	static const uint64_t counts[] = { 1, 3 };
	xen_pfn_t *list = ARG_AT(dom0, LIST);

	(void)state;
	make_map();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		for (uint64_t n = 0; n < counts[i]; n++) {
			list[n] = RAM_GFN(domu) + 7 + n;
		}
		begin(list[0]);
		assert_int_equal(
			reserve(XENMEM_decrease_reservation, counts[i]),
			counts[i]);
		check_waited();
		assert_int_equal(guest_entry(&domu, list[0]).type, P2M_INVALID);
		begin(list[0]);
		assert_int_equal(reserve(XENMEM_populate_physmap, counts[i]),
				 counts[i]);
		check_waited();
		assert_int_equal(guest_entry(&domu, list[0]).type, P2M_RAM_RW);
		assert_int_equal(domu.d->nr_pages, NR_RAM);
	}
}

static int64_t add(unsigned int space, uint64_t idx, uint64_t gfn)
{
	struct xen_add_to_physmap *a = ARG_AT(dom0, OP);

	*a = (struct xen_add_to_physmap){
		.domid = domu.d->id,
		.space = space,
		.idx = idx,
		.gpfn = gfn,
	};
	return memory_op(XENMEM_add_to_physmap);
}

static void added_and_removed(void **state)
{
	struct xen_remove_from_physmap *r = ARG_AT(dom0, OP);

	(void)state;
	make_map();
	begin(FREE_GFN);
	assert_int_equal(add(XENMAPSPACE_shared_info, 0, FREE_GFN), 0);
	check_waited();
	begin(FREE_GFN + 1);
	assert_int_equal(add(XENMAPSPACE_grant_table, 0, FREE_GFN + 1), 0);
	check_waited();
	assert_int_equal(guest_entry(&domu, FREE_GFN + 1).type, P2M_XEN);
	begin(FREE_GFN);
	*r = (struct xen_remove_from_physmap){ .domid = domu.d->id,
					       .gpfn = FREE_GFN };
	assert_int_equal(memory_op(XENMEM_remove_from_physmap), 0);
	check_waited();
	assert_int_equal(guest_entry(&domu, FREE_GFN).type, P2M_INVALID);
}

/* Frames of @from, from @idx on, to @gfn on of @to. */
static int64_t batch(unsigned int space, domid_t from, uint64_t idx, domid_t to,
		     uint64_t gfn)
{
	struct xen_add_to_physmap_batch *b = ARG_AT(dom0, OP);
	uint64_t *idxs = ARG_AT(dom0, LIST), *gpfns = ARG_AT(dom0, TO);
	int *errs = ARG_AT(dom0, ERRS);

	for (unsigned int i = 0; i < BATCH; i++) {
		idxs[i] = idx + i;
		gpfns[i] = gfn + i;
		errs[i] = 1;
	}
	memset(b, 0, sizeof(*b));
	b->domid = to;
	b->space = space;
	b->size = BATCH;
	b->u.foreign_domid = from;
	b->idxs.q = dom0.ram + LIST;
	b->gpfns.q = dom0.ram + TO;
	b->errs.q = dom0.ram + ERRS;
	return memory_op(XENMEM_add_to_physmap_batch);
}

static void check_batch(void)
{
	const int *errs = ARG_AT(dom0, ERRS);

	check_waited();
	for (unsigned int i = 0; i < BATCH; i++) {
		assert_int_equal(errs[i], 0);
	}
}

static void a_batch(void **state)
{
	(void)state;
	make_map();
	begin(FREE_GFN);
	assert_int_equal(
		batch(XENMAPSPACE_grant_table, 0, 0, domu.d->id, FREE_GFN), 0);
	check_batch();
	for (unsigned int i = 0; i < BATCH; i++) {
		assert_int_equal(guest_entry(&domu, FREE_GFN + i).type,
				 P2M_XEN);
	}
}

/* RAM that is away for some turns is not missing. */
static void foreign_frames_of_it(void **state)
{
	uint64_t from = RAM_GFN(domu) + 20;
	mfn_t mfn;

	(void)state;
	make_map();
	mfn = guest_entry(&domu, from).mfn;
	begin(FREE_GFN);
	assert_int_equal(batch(XENMAPSPACE_gmfn_foreign, domu.d->id, from,
			       DOMID_SELF, FREE_GFN),
			 0);
	check_batch();
	assert_int_equal(guest_entry(&dom0, FREE_GFN).type, P2M_FOREIGN_RW);
	assert_int_equal(frame_refs(mfn), 2);
}

/* What was taken of the other domain is given back each time. */
static void foreign_frames_for_it(void **state)
{
	struct guest third = guest_make(2, false, 1);
	uint64_t from = RAM_GFN(third) + 20;
	mfn_t mfn = guest_entry(&third, from).mfn;

	(void)state;
	host_load_vcpu(self);
	make_map();
	begin(FREE_GFN);
	assert_int_equal(batch(XENMAPSPACE_gmfn_foreign, third.d->id, from,
			       domu.d->id, FREE_GFN),
			 0);
	check_batch();
	assert_int_equal(guest_entry(&domu, FREE_GFN).type, P2M_FOREIGN_RW);
	assert_int_equal(frame_refs(mfn), 2);
	host_load_vcpu(NULL);
	guest_end(&third);
	host_load_vcpu(self);
}

static void retyped(void **state)
{
	struct xen_dm_op_buf *buf = ARG_AT(dom0, LIST);
	struct xen_dm_op *op = ARG_AT(dom0, OP);
	uint64_t gfn = RAM_GFN(domu) + 30;

	(void)state;
	make_map();
	begin(gfn);
	*op = (struct xen_dm_op){ .op = XEN_DMOP_set_mem_type };
	op->u.set_mem_type.nr = 1;
	op->u.set_mem_type.mem_type = HVMMEM_ram_ro;
	op->u.set_mem_type.first_pfn = gfn;
	memset(buf, 0, sizeof(*buf));
	buf->h.q = dom0.ram + OP;
	buf->size = sizeof(*op);
	assert_int_equal(
		hcall(self, __HYPERVISOR_dm_op, domu.d->id, 1, dom0.ram + LIST),
		0);
	check_waited();
	assert_int_equal(guest_entry(&domu, gfn).type, P2M_RAM_RO);
}

/* What goes out of sight has its bits on the way: they are not missed. */
static void the_dirty_log(void **state)
{
	static const uint16_t how[] = { ENTRESOL_DIRTY_READ,
					ENTRESOL_DIRTY_CLEAR };
	struct entresol_dirty *op = ARG_AT(dom0, OP);

	(void)state;
	make_map();
	assert_int_equal(memmap_set_log(map(), &ram, true), 0);
	assert_int_equal(memmap_commit(map()), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(how); i++) {
		begin(RAM_GFN(domu));
		*op = (struct entresol_dirty){
			.domid = domu.d->id,
			.op = how[i],
			.gfn = RAM_GFN(domu),
			.nr = NR_RAM,
			.bitmap = dom0.ram + PAGES,
		};
		assert_int_equal(hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_dirty,
				       dom0.ram + OP, 0),
				 0);
		check_waited();
		assert_int_equal(op->dirty, NR_RAM);
	}
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(given_back_and_taken),
	DOM0_TEST(added_and_removed),
	DOM0_TEST(a_batch),
	DOM0_TEST(foreign_frames_of_it),
	DOM0_TEST(foreign_frames_for_it),
	DOM0_TEST(retyped),
	DOM0_TEST(the_dirty_log),
};

const struct suite busy_suite = { tests, sizeof(tests) / sizeof(tests[0]) };
