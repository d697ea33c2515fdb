/* SPDX-License-Identifier: BSD-2-Clause */
/* MEMORY_OP: pages that are no RAM of the domain's own. */
#include "suites.h"

#include <string.h>

#include <xen/memory.h>

#include <public/entresol.h>

#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "hypercall/memory_op.h"
#include "iomem/iomem.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define RAM_GFN(g) ((g).ram >> PAGE_SHIFT)
/* A frame number of dom0 where nothing is. */
#define FREE_GFN UINT64_C(0x90000)
#define DEVICE	 UINT64_C(0x9000000) /* two pages of a device */

/* Where the tests have the arrays of a batch. */
#define IDXS  0x1000
#define GPFNS 0x3000
#define ERRS  0x5000

static int64_t memory_op(uint64_t cmd, uint64_t arg)
{
	return hcall(self, __HYPERVISOR_memory_op, cmd, arg, 0);
}

static int64_t add(domid_t id, unsigned int space, uint64_t idx, uint64_t gfn)
{
	struct xen_add_to_physmap *a = ARG_AT(dom0, 0);

	*a = (struct xen_add_to_physmap){
		.domid = id,
		.space = space,
		.idx = idx,
		.gpfn = gfn,
	};
	return memory_op(XENMEM_add_to_physmap, dom0.ram);
}

static int64_t take_out(domid_t id, uint64_t gfn)
{
	struct xen_remove_from_physmap *r = ARG_AT(dom0, 0);

	*r = (struct xen_remove_from_physmap){ .domid = id, .gpfn = gfn };
	return memory_op(XENMEM_remove_from_physmap, dom0.ram);
}

static uint64_t *idxs(void)
{
	return ARG_AT(dom0, IDXS);
}

static uint64_t *gpfns(void)
{
	return ARG_AT(dom0, GPFNS);
}

static int *errs(void)
{
	return ARG_AT(dom0, ERRS);
}

/* The batch in dom0's arrays; @extra is the foreign domain. */
static struct xen_add_to_physmap_batch *batch_arg(uint16_t space, uint16_t size,
						  uint16_t extra)
{
	struct xen_add_to_physmap_batch *b = ARG_AT(dom0, 0);

	memset(b, 0, sizeof(*b));
	b->domid = DOMID_SELF;
	b->space = space;
	b->size = size;
	b->u.foreign_domid = extra;
	b->idxs.q = dom0.ram + IDXS;
	b->gpfns.q = dom0.ram + GPFNS;
	b->errs.q = dom0.ram + ERRS;
	return b;
}

static int64_t batch(uint16_t space, uint16_t size, uint16_t extra)
{
	batch_arg(space, size, extra);
	return memory_op(XENMEM_add_to_physmap_batch, dom0.ram);
}

static int64_t add_foreign(uint64_t idx, uint64_t gfn)
{
	int64_t rc;

	idxs()[0] = idx;
	gpfns()[0] = gfn;
	errs()[0] = 1;
	rc = batch(XENMAPSPACE_gmfn_foreign, 1, 1);
	return rc ? rc : errs()[0];
}

/* ------------------------------------------- shared info and grant frames */

static void shared_info_is_shown(void **state)
{
	uint64_t ram = RAM_GFN(dom0) + 50;

	(void)state;
	assert_int_equal(add(DOMID_SELF, XENMAPSPACE_shared_info, 0, FREE_GFN),
			 0);
	assert_ptr_equal(guest_at(&dom0, FREE_GFN << 12), dom0.d->shared_info);
	/* At one place alone. */
	assert_int_equal(add(0, XENMAPSPACE_shared_info, 0, ram), -XEN_EBUSY);
	assert_int_equal(add(0, XENMAPSPACE_shared_info, 1, ram), -XEN_EINVAL);
	assert_int_equal(take_out(0, FREE_GFN), 0);
	assert_int_equal(take_out(0, FREE_GFN), -XEN_ENOENT);
	/* Also over RAM, as Linux does it. */
	assert_int_equal(add(0, XENMAPSPACE_shared_info, 0, ram), 0);
	assert_ptr_equal(guest_at(&dom0, ram << 12), dom0.d->shared_info);
	assert_int_equal(guest_entry(&dom0, FREE_GFN).type, P2M_INVALID);
	assert_int_equal(frame_refs(dom0.d->shared_info_mfn), 1);
	host_check_no_stale(&dom0.root);
}

static void grant_frames_are_shown(void **state)
{
	mfn_t mfn;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(
			add(0, XENMAPSPACE_grant_table, i, FREE_GFN + i), 0);
		assert_int_equal(gnttab_shared_frame(dom0.d, i, &mfn), 0);
		assert_int_equal(guest_entry(&dom0, FREE_GFN + i).mfn.v, mfn.v);
	}
	assert_int_equal(add(0, XENMAPSPACE_grant_table, 64, FREE_GFN),
			 -XEN_EINVAL);
	assert_int_equal(add(0, XENMAPSPACE_grant_table,
			     XENMAPIDX_grant_table_status, FREE_GFN),
			 -XEN_EINVAL);
	assert_int_equal(
		add(0, XENMAPSPACE_grant_table, ~UINT64_C(0), FREE_GFN),
		-XEN_EINVAL);
	assert_int_equal(add(0, XENMAPSPACE_grant_table, 0, FREE_GFN + 9),
			 -XEN_EBUSY);
	/* A call after refused ones is served: no lock was left (XSA-235). */
	assert_int_equal(take_out(0, FREE_GFN), 0);
	assert_int_equal(add(0, XENMAPSPACE_grant_table, 0, FREE_GFN), 0);
}

/* XSA-301: frame numbers beyond the guest's addresses alias nothing. */
static void frame_numbers_have_a_limit(void **state)
{
	const uint64_t max = BIT(TEST_IPA_BITS - 12);
	const uint64_t bad[] = { max,
				 max + 1,
				 max | FREE_GFN,
				 BIT(52) | FREE_GFN,
				 ~UINT64_C(0) - 1,
				 ~UINT64_C(0) };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(add(0, XENMAPSPACE_shared_info, 0, bad[i]),
				 -XEN_EINVAL);
		assert_int_equal(add(0, XENMAPSPACE_grant_table, 0, bad[i]),
				 -XEN_EINVAL);
		errs()[0] = 0;
		assert_int_equal(take_out(0, bad[i]), -XEN_ENOENT);
		assert_int_equal(add_foreign(bad[i], FREE_GFN), -XEN_EINVAL);
		assert_int_equal(add_foreign(RAM_GFN(domu), bad[i]),
				 -XEN_EINVAL);
	}
	assert_int_equal(guest_entry(&dom0, FREE_GFN).type, P2M_INVALID);
	assert_int_equal(guest_entry(&dom0, 0).type, P2M_INVALID);
	assert_int_equal(frame_refs(guest_entry(&domu, RAM_GFN(domu)).mfn), 1);
	assert_int_equal(add(0, XENMAPSPACE_shared_info, 0, max - 1), 0);
}

static void spaces_and_domains(void **state)
{
	(void)state;
	assert_int_equal(memory_op(XENMEM_add_to_physmap, 0), -XEN_EFAULT);
	assert_int_equal(memory_op(XENMEM_remove_from_physmap, 0), -XEN_EFAULT);
	assert_int_equal(add(0, XENMAPSPACE_gmfn, 0, FREE_GFN), -XEN_ENOSYS);
	assert_int_equal(add(0, XENMAPSPACE_gmfn_foreign, 0, FREE_GFN),
			 -XEN_ENOSYS);
	assert_int_equal(add(0, XENMAPSPACE_gmfn_range, 0, FREE_GFN), 0);
	assert_int_equal(add(0, 6, 0, FREE_GFN), -XEN_ENOSYS);
	assert_int_equal(add(9, XENMAPSPACE_shared_info, 0, FREE_GFN),
			 -XEN_ESRCH);
	assert_int_equal(take_out(9, FREE_GFN), -XEN_ESRCH);
	assert_int_equal(add(1, XENMAPSPACE_dev_mmio, DEVICE >> 12, FREE_GFN),
			 -XEN_EACCES);
	assert_int_equal(
		memory_op(XENMEM_add_to_physmap | BIT(16 + 6), dom0.ram),
		-XEN_EDOM);
	/* Of another domain: its own page, in its own map. */
	assert_int_equal(add(1, XENMAPSPACE_shared_info, 0, FREE_GFN), 0);
	assert_ptr_equal(guest_at(&domu, FREE_GFN << 12), domu.d->shared_info);
}

static void ram_may_be_removed(void **state)
{
	uint64_t gfn = RAM_GFN(domu) + 3;
	uint64_t nr = domu.d->nr_pages;
	uint64_t free = frame_nr_free();

	(void)state;
	assert_int_equal(take_out(1, gfn), 0);
	assert_int_equal(domu.d->nr_pages, nr - 1);
	assert_int_equal(frame_nr_free(), free + 1);
	assert_int_equal(take_out(0, RAM_GFN(dom0) + 3), 0);
	assert_int_equal(frame_owner(MFN(RAM_GFN(dom0) + 3)), 0);
	/* The interrupt controller is not in the p2m. */
	assert_int_equal(take_out(0, 0x8000), -XEN_ENOENT);
	/* A page of shared info over RAM of a domain that is not 1:1. */
	assert_int_equal(add(1, XENMAPSPACE_shared_info, 0, gfn + 1), 0);
	assert_int_equal(domu.d->nr_pages, nr - 2);
	assert_int_equal(frame_nr_free(), free + 2);
}

/* ------------------------------------------------------- foreign mappings */

static void foreign_pages_are_shared(void **state)
{
	uint64_t theirs = RAM_GFN(domu) + 8;
	mfn_t mfn = guest_entry(&domu, theirs).mfn;
	uint64_t mine = RAM_GFN(dom0) + 70;

	(void)state;
	assert_int_equal(add_foreign(theirs, mine), 0);
	assert_int_equal(guest_entry(&dom0, mine).type, P2M_FOREIGN_RW);
	assert_int_equal(frame_refs(mfn), 2);
	strcpy(guest_at(&domu, theirs << 12), "seen");
	assert_string_equal(guest_at(&dom0, mine << 12), "seen");

	/* The owner gives it back: it stays until dom0 lets go (XSA-473). */
	assert_int_equal(take_out(1, theirs), 0);
	assert_int_equal(frame_owner(mfn), 1);
	assert_string_equal(guest_at(&dom0, mine << 12), "seen");
	assert_int_equal(take_out(0, mine), 0);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);

	/* And dom0's own frame comes back there. */
	((uint64_t *)ARG_AT(dom0, IDXS))[0] = mine;
	*(struct xen_memory_reservation *)ARG_AT(dom0, 0) =
		(struct xen_memory_reservation){ .nr_extents = 1 };
	((struct xen_memory_reservation *)ARG_AT(dom0, 0))->extent_start.q =
		dom0.ram + IDXS;
	assert_int_equal(memory_op(XENMEM_populate_physmap, dom0.ram), 1);
	assert_int_equal(guest_entry(&dom0, mine).mfn.v, mine);
	host_check_no_stale(&dom0.root);
}

/* One foreign page replaced by another: each is counted once. */
static void foreign_pages_replace_each_other(void **state)
{
	mfn_t a = guest_entry(&domu, RAM_GFN(domu)).mfn;
	mfn_t b = guest_entry(&domu, RAM_GFN(domu) + 1).mfn;

	(void)state;
	assert_int_equal(add_foreign(RAM_GFN(domu), FREE_GFN), 0);
	assert_int_equal(add_foreign(RAM_GFN(domu) + 1, FREE_GFN), 0);
	assert_int_equal(frame_refs(a), 1);
	assert_int_equal(frame_refs(b), 2);
	assert_int_equal(add_foreign(RAM_GFN(domu) + 1, FREE_GFN), 0);
	assert_int_equal(frame_refs(b), 2);
	assert_int_equal(take_out(0, FREE_GFN), 0);
	assert_int_equal(frame_refs(b), 1);
}

static void foreign_domains(void **state)
{
	static const struct {
		domid_t id;
		int err;
	} cases[] = {
		{ 0, -XEN_ESRCH },	  { DOMID_SELF, -XEN_EINVAL },
		{ 9, -XEN_ESRCH },	  { DOMID_XEN, -XEN_ESRCH },
		{ DOMID_IO, -XEN_ESRCH },
	};

	(void)state;
	idxs()[0] = RAM_GFN(dom0);
	gpfns()[0] = FREE_GFN;
	/* The call is well, the items are not. */
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			batch(XENMAPSPACE_gmfn_foreign, 1, cases[i].id), 0);
		assert_int_equal(errs()[0], cases[i].err);
	}
	/* Not what the other one has by mapping, nor what is no page. */
	assert_int_equal(add(1, XENMAPSPACE_shared_info, 0, FREE_GFN), 0);
	assert_int_equal(add_foreign(FREE_GFN, FREE_GFN), -XEN_EINVAL);
	assert_int_equal(add_foreign(0x8000, FREE_GFN), -XEN_EINVAL);
}

/* 35b75699a1 and kin: a guest cannot map the control domain. */
static void guests_map_nobody(void **state)
{
	struct xen_add_to_physmap_batch *b =
		batch_arg(XENMAPSPACE_gmfn_foreign, 1, 0);
	uint64_t *arg = ARG_AT(domu, 0);

	(void)state;
	memcpy(arg, b, sizeof(*b));
	b = (void *)arg;
	b->idxs.q = b->gpfns.q = b->errs.q = domu.ram + 0x1000;
	*(uint64_t *)ARG_AT(domu, 0x1000) = RAM_GFN(dom0);
	self = domu.d->vcpu[0];
	host_load_vcpu(self);
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, domu.ram), 0);
	assert_int_equal(*(int *)ARG_AT(domu, 0x1000), -XEN_EPERM);
	b->domid = 0;
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, domu.ram),
			 -XEN_EPERM);
	assert_int_equal(frame_refs(MFN(RAM_GFN(dom0))), 1);
}

/* ----------------------------------------------------------------- batches */

static void every_item_has_its_error(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		idxs()[i] = i % 7 ? RAM_GFN(domu) + i : 0x8000;
		gpfns()[i] = i % 11 ? FREE_GFN + i : BIT(TEST_IPA_BITS);
		errs()[i] = 1;
	}
	host_irq_waiting_after(0);
	assert_int_equal(batch(XENMAPSPACE_gmfn_foreign, 200, 1), 0);
	assert_int_equal(hcall_rounds(), 2);
	for (unsigned int i = 0; i < 200; i++) {
		mfn_t mfn = guest_entry(&domu, RAM_GFN(domu) + i).mfn;
		bool ok = i % 7 && i % 11;

		assert_int_equal(errs()[i], ok ? 0 : -XEN_EINVAL);
		assert_int_equal(guest_entry(&dom0, FREE_GFN + i).type,
				 ok ? P2M_FOREIGN_RW : P2M_INVALID);
		assert_int_equal(frame_refs(mfn), ok ? 2 : 1);
	}
	host_check_no_stale(&dom0.root);
}

static void batch_errors(void **state)
{
	struct xen_add_to_physmap_batch *b;

	(void)state;
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, 0),
			 -XEN_EFAULT);
	assert_int_equal(batch(XENMAPSPACE_gmfn_range, 0, 0), -XEN_EOPNOTSUPP);
	assert_int_equal(batch(XENMAPSPACE_gmfn_foreign, 0, 9), 0);
	assert_int_equal(batch(XENMAPSPACE_dev_mmio, 1, 7), -XEN_EINVAL);
	assert_int_equal(batch(XENMAPSPACE_dev_mmio, 1, 0x200), -XEN_EINVAL);
	batch_arg(XENMAPSPACE_gmfn_foreign, 4, 1);
	assert_int_equal(
		memory_op(XENMEM_add_to_physmap_batch | 4 << 6, dom0.ram),
		-XEN_EILSEQ);
	assert_int_equal(
		memory_op(XENMEM_add_to_physmap_batch | 5 << 6, dom0.ram),
		-XEN_EILSEQ);
	assert_int_equal(
		memory_op(XENMEM_add_to_physmap_batch | 1 << 22, dom0.ram),
		-XEN_EDOM);
	b = batch_arg(XENMAPSPACE_shared_info, 1, 0);
	b->idxs.q = 0;
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, dom0.ram),
			 -XEN_EFAULT);
	b = batch_arg(XENMAPSPACE_shared_info, 1, 0);
	b->errs.q = ~UINT64_C(0) - 3;
	idxs()[0] = 0;
	gpfns()[0] = FREE_GFN;
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, dom0.ram),
			 -XEN_EFAULT);
	/* The array wraps: its end is not where its start is (XSA-212). */
	b = batch_arg(XENMAPSPACE_gmfn_foreign, 64, 1);
	b->idxs.q = ~UINT64_C(0) - 63;
	assert_int_equal(memory_op(XENMEM_add_to_physmap_batch, dom0.ram),
			 -XEN_EFAULT);
}

/* ---------------------------------------------------------------- devices */

static struct region device = {
	.name = "device@9000000",
	.ipa = { DEVICE },
	.pa = { DEVICE },
	.size = 0x2000,
	.kind = REGION_DIRECT,
	.type = P2M_DEVICE,
	.attr = { S2_DEVICE_GRE, S2_RW },
	.row = "device",
};

static void add_device(void)
{
	assert_int_equal(memmap_add(dom0.d->memmap, &device), 0);
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	assert_int_equal(iomem_give_tree(dom0.d, &device, 1), 0);
}

static void devices_that_were_given(void **state)
{
	struct p2m_entry e;

	(void)state;
	add_device();
	assert_int_equal(add(0, XENMAPSPACE_dev_mmio, DEVICE >> 12, FREE_GFN),
			 0);
	e = guest_entry(&dom0, FREE_GFN);
	assert_int_equal(e.type, P2M_DEVICE);
	assert_int_equal(e.mfn.v, DEVICE >> 12);
	/* As the row of the region says, not as the ABI's blanket. */
	assert_int_equal(e.attr.memtype, S2_DEVICE_GRE);

	assert_int_equal(
		add(0, XENMAPSPACE_dev_mmio, (DEVICE >> 12) + 2, FREE_GFN + 1),
		0);
	/* Emulated, RAM, another's RAM, nothing, beyond everything. */
	assert_int_equal(add(0, XENMAPSPACE_dev_mmio, 0x8000, FREE_GFN + 1), 0);
	assert_int_equal(
		add(0, XENMAPSPACE_dev_mmio, RAM_GFN(dom0), FREE_GFN + 1), 0);
	assert_int_equal(add(0, XENMAPSPACE_dev_mmio,
			     guest_entry(&domu, RAM_GFN(domu)).mfn.v,
			     FREE_GFN + 1),
			 0);
	assert_int_equal(add(0, XENMAPSPACE_dev_mmio, BIT(52) | DEVICE >> 12,
			     FREE_GFN + 1),
			 0);
	assert_int_equal(
		add(0, XENMAPSPACE_dev_mmio, ~UINT64_C(0), FREE_GFN + 1), 0);
	/* The answer is as if, but nothing is there. */
	assert_int_equal(guest_entry(&dom0, FREE_GFN + 1).type, P2M_INVALID);
	assert_non_null(strstr(host_log(), "dev_mmio: frame 0x9002"));
}

static void devices_in_batches(void **state)
{
	static const uint64_t idx[] = { 0, 1, 2, 1, 0, 0, 1 };
	static const uint64_t gfn[] = { 0, 1, 2, 3, 9, 11, ~UINT64_C(0) };
	static const int want[] = { 0, 0, 0, 0, 0, 0, 1 };

	(void)state;
	add_device();
	for (unsigned int i = 0; i < ARRAY_SIZE(idx); i++) {
		idxs()[i] = (DEVICE >> 12) + idx[i];
		gpfns()[i] = FREE_GFN + gfn[i];
	}
	/* The last one ends the call; its error is not told. */
	gpfns()[6] = ~UINT64_C(0);
	errs()[6] = 1;
	assert_int_equal(batch(XENMAPSPACE_dev_mmio, ARRAY_SIZE(idx), 0),
			 -XEN_EINVAL);
	for (unsigned int i = 0; i < ARRAY_SIZE(idx); i++) {
		assert_int_equal(errs()[i], want[i]);
		if (i != 2 && i != 6) {
			assert_int_equal(
				guest_entry(&dom0, FREE_GFN + gfn[i]).mfn.v,
				(DEVICE >> 12) + idx[i]);
		}
	}
	/* A run that goes over the last frame number: one of it is mapped. */
	idxs()[0] = DEVICE >> 12;
	idxs()[1] = (DEVICE >> 12) + 1;
	gpfns()[0] = BIT(TEST_IPA_BITS - 12) - 1;
	gpfns()[1] = BIT(TEST_IPA_BITS - 12);
	assert_int_equal(batch(XENMAPSPACE_dev_mmio, 2, 0), 0);
	assert_int_equal(errs()[0], 0);
	assert_int_equal(errs()[1], -XEN_EINVAL);
}

static struct region window = {
	.name = "pcie@400000000",
	.ipa = { UINT64_C(0x400000000) },
	.pa = { UINT64_C(0x400000000) },
	.size = 8 * MIB,
	.kind = REGION_DIRECT,
	.type = P2M_DEVICE,
	.attr = { S2_NORMAL_NC, S2_RW },
	.row = "pci-prefetch",
};

/* u.res0 selects; what continues becomes a block, also where calls end. */
static void devices_by_blocks(void **state)
{
	const uint64_t mfn = window.pa.v >> PAGE_SHIFT;
	const unsigned int nr = 1024;

	(void)state;
	assert_int_equal(memmap_add(dom0.d->memmap, &window), 0);
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	assert_int_equal(iomem_give_tree(dom0.d, &window, 1), 0);
	/* One page ahead of a block: the second run is one. */
	for (unsigned int i = 0; i < nr; i++) {
		idxs()[i] = mfn + 511 + i;
		gpfns()[i] = FREE_GFN + 511 + i;
	}
	memset(ARG_AT(dom0, ERRS), 0x5a, nr * sizeof(int));
	assert_int_equal(
		batch(XENMAPSPACE_dev_mmio, nr, ENTRESOL_ATTR_DEVICE_NGRE), 0);
	for (unsigned int i = 0; i < nr; i++) {
		struct p2m_entry e = guest_entry(&dom0, FREE_GFN + 511 + i);

		assert_int_equal(errs()[i], 0);
		assert_int_equal(e.mfn.v, mfn + 511 + i);
		assert_int_equal(e.attr.memtype, S2_DEVICE_NGRE);
	}
	assert_int_equal(guest_entry(&dom0, FREE_GFN + 511).order, 0);
	assert_int_equal(guest_entry(&dom0, FREE_GFN + 512).order, 9);
	/* Refused: each item says so. */
	assert_int_equal(
		batch(XENMAPSPACE_dev_mmio, nr, ENTRESOL_ATTR_NORMAL_WB), 0);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(errs()[i], -XEN_EPERM);
	}
	/* Interrupted again and again. */
	host_irq_waiting_after(0);
	assert_int_equal(batch(XENMAPSPACE_dev_mmio, nr, 0), 0);
	assert_true(hcall_rounds() > 1);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(errs()[i], 0);
		assert_int_equal(
			guest_entry(&dom0, FREE_GFN + 511 + i).attr.memtype,
			S2_NORMAL_NC);
	}
	host_check_no_stale(&dom0.root);
}

/* --------------------------------------------------------------- resources */

static int64_t acquire(domid_t id, uint16_t type, uint32_t res, uint64_t frame,
		       uint32_t nr, uint64_t list)
{
	struct xen_mem_acquire_resource *r = ARG_AT(dom0, 0);

	memset(r, 0, sizeof(*r));
	r->domid = id;
	r->type = type;
	r->id = res;
	r->frame = frame;
	r->nr_frames = nr;
	r->frame_list.q = list;
	return memory_op(XENMEM_acquire_resource, dom0.ram);
}

static void grant_table_as_resource(void **state)
{
	const uint16_t grants = XENMEM_resource_grant_table;
	struct xen_mem_acquire_resource *r = ARG_AT(dom0, 0);
	mfn_t mfn;

	(void)state;
	assert_int_equal(acquire(1, grants, 0, 0, 0, 0), 0);
	assert_int_equal(r->nr_frames, gnttab_max_frames(domu.d));
	for (unsigned int i = 0; i < 40; i++) {
		idxs()[i] = FREE_GFN + i;
	}
	host_irq_waiting_after(0);
	assert_int_equal(acquire(1, grants, 0, 2, 40, dom0.ram + IDXS), 0);
	assert_int_equal(hcall_rounds(), 2);
	for (unsigned int i = 0; i < 40; i++) {
		assert_int_equal(gnttab_shared_frame(domu.d, 2 + i, &mfn), 0);
		assert_int_equal(guest_entry(&dom0, FREE_GFN + i).mfn.v, mfn.v);
		assert_int_equal(frame_refs(mfn), 2);
		assert_int_equal(take_out(0, FREE_GFN + i), 0);
		assert_int_equal(frame_refs(mfn), 1);
	}
}

/* XSA-334: every way to fail; the teardown checks that nothing is kept. */
static void resources_refused(void **state)
{
	const uint16_t grants = XENMEM_resource_grant_table;
	const uint64_t list = dom0.ram + IDXS;
	struct xen_mem_acquire_resource *r = ARG_AT(dom0, 0);

	(void)state;
	idxs()[0] = FREE_GFN;
	idxs()[1] = ~UINT64_C(0);
	assert_int_equal(memory_op(XENMEM_acquire_resource, 0), -XEN_EFAULT);
	assert_int_equal(acquire(0, grants, 0, 0, 1, list), -XEN_EPERM);
	assert_int_equal(acquire(DOMID_SELF, grants, 0, 0, 1, list),
			 -XEN_ESRCH);
	assert_int_equal(acquire(9, grants, 0, 0, 1, list), -XEN_ESRCH);
	assert_int_equal(acquire(1, grants, 1, 0, 1, list), -XEN_EINVAL);
	/* An IOREQ server that is not there, or cannot be. */
	assert_int_equal(acquire(1, 0, 0, 0, 1, list), -XEN_ENOENT);
	assert_int_equal(acquire(1, 0, 65536, 0, 1, list), -XEN_EINVAL);
	assert_int_equal(acquire(1, 2, 0, 0, 1, list), -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, 0, 1, 0), -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, 64, 1, list), -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, 0, 65, list), -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, ~UINT64_C(0), 1, list),
			 -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, UINT32_MAX, 1, list),
			 -XEN_EINVAL);
	assert_int_equal(acquire(1, grants, 0, 0, BIT(27), list), -XEN_E2BIG);
	assert_int_equal(acquire(1, grants, 0, 0, 1, NO_RAM), -XEN_EFAULT);
	assert_int_equal(acquire(1, grants, 0, 0, 2, list), -XEN_EIO);
	idxs()[0] = ~UINT64_C(0);
	assert_int_equal(acquire(1, grants, 0, 0, 1, list), -XEN_EINVAL);
	acquire(1, grants, 0, 0, 1, list);
	r->pad = 1;
	assert_int_equal(memory_op(XENMEM_acquire_resource, dom0.ram),
			 -XEN_EINVAL);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(shared_info_is_shown),
	DOM0_TEST(grant_frames_are_shown),
	DOM0_TEST(frame_numbers_have_a_limit),
	DOM0_TEST(spaces_and_domains),
	DOM0_TEST(ram_may_be_removed),
	DOM0_TEST(foreign_pages_are_shared),
	DOM0_TEST(foreign_pages_replace_each_other),
	DOM0_TEST(foreign_domains),
	DOM0_TEST(guests_map_nobody),
	DOM0_TEST(every_item_has_its_error),
	DOM0_TEST(batch_errors),
	DOM0_TEST(devices_that_were_given),
	DOM0_TEST(devices_in_batches),
	DOM0_TEST(devices_by_blocks),
	DOM0_TEST(grant_table_as_resource),
	DOM0_TEST(resources_refused),
};

const struct suite physmap_suite = { tests, ARRAY_SIZE(tests) };
