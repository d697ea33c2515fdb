/* SPDX-License-Identifier: BSD-2-Clause */
/* A page that several have: who has to leave, and who is refused. */
#include "suites.h"

#include <string.h>

#include <xen/memory.h>

#include <public/entresol.h>

#define NC ENTRESOL_ATTR_NORMAL_NC
#define WB ENTRESOL_ATTR_NORMAL_WB

/* What is given to another domain leaves dom0, and comes back. */
static void given_pages_leave_dom0(void **state)
{
	(void)state;
	assert_int_equal(permit(&domu, SRAM, SRAM_NR), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 4, 4, 0), 0);
	assert_shows(&domu, FREE, SRAM + 4, S2_NORMAL_WB, S2_RWX);
	assert_nothing(&dom0, SRAM + 4);
	assert_nothing(&dom0, SRAM + 7);
	assert_shows(&dom0, SRAM + 3, SRAM + 3, S2_NORMAL_WB, S2_RWX);
	assert_shows(&dom0, SRAM + 8, SRAM + 8, S2_NORMAL_WB, S2_RWX);
	/* A second place in it: leaving one does not bring it back. */
	assert_int_equal(map(&domu, FREE + 8, SRAM + 4, 1, 0), 0);
	assert_int_equal(unmap(&domu, FREE, SRAM + 4, 2), 0);
	assert_nothing(&dom0, SRAM + 4);
	assert_shows(&dom0, SRAM + 5, SRAM + 5, S2_NORMAL_WB, S2_RWX);
	assert_int_equal(unmap(&domu, FREE + 8, SRAM + 4, 1), 0);
	assert_shows(&dom0, SRAM + 4, SRAM + 4, S2_NORMAL_WB, S2_RWX);
	assert_nothing(&dom0, SRAM + 6);
	host_check_no_stale(&dom0.root);
}

static void given_pages_come_back_at_the_end(void **state)
{
	struct guest third = guest_make(2, false, 1);

	(void)state;
	assert_int_equal(permit(&third, SRAM, SRAM_NR), 0);
	assert_int_equal(map(&third, FREE, SRAM, SRAM_NR, NC), 0);
	assert_int_equal(map(&third, FREE + 1, SRAM + 4, 1, NC), 0);
	assert_nothing(&dom0, SRAM + SRAM_NR - 1);
	guest_end(&third);
	for (unsigned int i = 0; i < SRAM_NR; i++) {
		assert_shows(&dom0, SRAM + i, SRAM + i, S2_NORMAL_WB, S2_RWX);
	}
}

/* XSA-154: cacheable by one, and not by another. */
static void conflicts_are_refused(void **state)
{
	struct guest third = guest_make(2, false, 1);

	(void)state;
	assert_int_equal(permit(&domu, SRAM, SRAM_NR), 0);
	assert_int_equal(permit(&third, SRAM, SRAM_NR), 0);
	/* dom0 has it by device tree only: it goes, whatever is asked for. */
	assert_int_equal(map(&domu, FREE, SRAM + 2, 2, NC), 0);
	assert_int_equal(map(&third, FREE, SRAM, 4, WB), -XEN_EBUSY);
	assert_non_null(strstr(host_log(),
			       "d2: sram@a000000: frame 0xa002: not cached, "
			       "because d1 has it uncached"));
	assert_nothing(&third, FREE);
	assert_shows(&dom0, SRAM, SRAM, S2_NORMAL_WB, S2_RWX);
	/* Uncached in another way is no conflict. */
	assert_int_equal(map(&third, FREE, SRAM, 4, ENTRESOL_ATTR_DEVICE_GRE),
			 0);
	/* Nor with a mapping that it replaces itself. */
	assert_int_equal(unmap(&third, FREE, SRAM, 4), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 2, 2, WB), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 2, 1, NC), 0);
	assert_int_equal(map(&domu, FREE + 9, SRAM + 2, 1, WB), -XEN_EBUSY);
	assert_int_equal(map(&domu, FREE + 9, SRAM + 3, 1, NC), -XEN_EBUSY);
	guest_end(&third);
}

static void dom0_against_itself(void **state)
{
	(void)state;
	assert_int_equal(permit(&domu, SRAM, SRAM_NR), 0);
	/* Elsewhere it is as the tree has it, also when that does not show. */
	assert_int_equal(map(&dom0, FREE, SRAM, 1, NC), -XEN_EBUSY);
	assert_int_equal(map(&dom0, FREE, SRAM, 1, WB), 0);
	/* In its place it may be anything, if nobody else has it. */
	assert_int_equal(map(&dom0, SRAM, SRAM, 1, NC), -XEN_EBUSY);
	assert_int_equal(map(&dom0, SRAM + 1, SRAM + 1, 1, NC), 0);
	assert_shows(&dom0, SRAM + 1, SRAM + 1, S2_NORMAL_NC, S2_RWX);
	assert_int_equal(map(&domu, FREE, SRAM + 1, 1, WB), -XEN_EBUSY);
	assert_int_equal(map(&domu, FREE, SRAM + 1, 1, NC), 0);
	/* On purpose: it stays. */
	assert_shows(&dom0, SRAM + 1, SRAM + 1, S2_NORMAL_NC, S2_RWX);
	assert_int_equal(unmap(&dom0, SRAM + 1, SRAM + 1, 1), 0);
	assert_nothing(&dom0, SRAM + 1);
	assert_int_equal(unmap(&domu, FREE, SRAM + 1, 1), 0);
	assert_shows(&dom0, SRAM + 1, SRAM + 1, S2_NORMAL_WB, S2_RWX);
	/* And what is only beside its place is elsewhere. */
	assert_int_equal(map(&dom0, SRAM + 2, SRAM + 3, 1, NC), -XEN_EBUSY);
}

/* --------------------------------------------------------------- dev_mmio */

static struct iomem_dev dev(uint64_t gfn, uint64_t mfn, uint64_t nr,
			    uint32_t selector)
{
	struct iomem_dev dev = { GFN(gfn), MFN(mfn), nr, selector, 1 };

	assert_int_equal(iomem_dev_mmio(self, &dev), 0);
	return dev;
}

static void dev_mmio_in_runs(void **state)
{
	struct iomem_dev d;

	(void)state;
	d = dev(FREE, DEVICE, 5, 0);
	assert_int_equal(d.nr, 2);
	assert_int_equal(d.err, 0);
	assert_shows(&dom0, FREE + 1, DEVICE + 1, S2_DEVICE_GRE, S2_RW);
	assert_nothing(&dom0, FREE + 2);
	d = dev(FREE, DEVICE - 1, 5, 0);
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.err, 0);
	assert_shows(&dom0, FREE, DEVICE, S2_DEVICE_GRE, S2_RW);
	d = dev(FREE, WINDOW, 0x200, NC);
	assert_int_equal(d.nr, 0x200);
	assert_int_equal(guest_entry(&dom0, FREE).order, 9);
	d = dev(BIT(24) - 3, WINDOW, 9, 0);
	assert_int_equal(d.nr, 3);
	assert_int_equal(d.err, 0);
	d = dev(BIT(24), WINDOW, 9, 0);
	assert_int_equal(d.nr, 9);
	assert_int_equal(d.err, -XEN_EINVAL);
	d = dev(FREE, DEVICE, 2, WB);
	assert_int_equal(d.err, -XEN_EPERM);
	d = dev(FREE, DEVICE, 2, NC | ENTRESOL_ATTR_READONLY);
	assert_int_equal(d.err, 0);
	assert_shows(&dom0, FREE, DEVICE, S2_NORMAL_NC, S2_R);
	/* What dom0 has denied itself is not given any more. */
	assert_int_equal(
		iomem_permit(dom0.d, dom0.d, MFN(DEVICE), 1, IOMEM_DENY), 0);
	d = dev(FREE + 0x400, DEVICE, 1, 0);
	assert_int_equal(d.err, 0);
	assert_nothing(&dom0, FREE + 0x400);
}

/* How many frames iomem was asked for at once, by hypercalls. */
static uint64_t runs[8];
static unsigned int nr_runs;

int __real_iomem_dev_mmio(struct vcpu *v, struct iomem_dev *dev);
int __wrap_iomem_dev_mmio(struct vcpu *v, struct iomem_dev *dev);

int __wrap_iomem_dev_mmio(struct vcpu *v, struct iomem_dev *dev)
{
	if (nr_runs < ARRAY_SIZE(runs)) {
		runs[nr_runs++] = dev->nr;
	}
	return __real_iomem_dev_mmio(v, dev);
}

/* A batch is cut where blocks end: no more of it under one lock. */
static void dev_mmio_in_blocks(void **state)
{
	static const uint64_t want[] = { 3, 512, 512, 73 };
	const unsigned int nr = 3 + 512 + 512 + 73;
	struct xen_add_to_physmap_batch *b = ARG_AT(dom0, 0);
	xen_ulong_t *idxs = ARG_AT(dom0, MIB);
	xen_pfn_t *gpfns = ARG_AT(dom0, 2 * MIB);

	(void)state;
	memset(b, 0, sizeof(*b));
	b->domid = DOMID_SELF;
	b->space = XENMAPSPACE_dev_mmio;
	b->size = nr;
	b->idxs.q = dom0.ram + MIB;
	b->gpfns.q = dom0.ram + 2 * MIB;
	b->errs.q = dom0.ram + 3 * MIB;
	for (unsigned int i = 0; i < nr; i++) {
		idxs[i] = WINDOW + 509 + i;
		gpfns[i] = FREE + 509 + i;
	}
	nr_runs = 0;
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_add_to_physmap_batch, dom0.ram, 0),
			 0);
	assert_int_equal(nr_runs, ARRAY_SIZE(want));
	assert_memory_equal(runs, want, sizeof(want));
	assert_int_equal(guest_entry(&dom0, FREE + 512).order, 9);
	assert_shows(&dom0, FREE + 508 + nr, WINDOW + 508 + nr, S2_NORMAL_NC,
		     S2_RW);
}

static void dev_mmio_and_conflicts(void **state)
{
	struct iomem_dev d;

	(void)state;
	assert_int_equal(permit(&domu, SRAM, SRAM_NR), 0);
	d = dev(FREE, SRAM, 1, NC);
	assert_int_equal(d.err, -XEN_EBUSY);
	assert_int_equal(map(&domu, FREE, SRAM + 4, 2, NC), 0);
	/* Before the other's frames, on them, and behind. */
	d = dev(FREE, SRAM + 2, 9, 0);
	assert_int_equal(d.nr, 2);
	assert_int_equal(d.err, 0);
	d = dev(FREE, SRAM + 4, 9, 0);
	assert_int_equal(d.nr, 2);
	assert_int_equal(d.err, -XEN_EBUSY);
	assert_non_null(strstr(host_log(), "because d1 has it"));
	d = dev(FREE, SRAM + 6, 9, WB);
	assert_int_equal(d.nr, 9);
	assert_int_equal(d.err, 0);
	/* What dev_mmio made counts from now on. */
	assert_int_equal(map(&domu, FREE, SRAM + 8, 1, NC), -XEN_EBUSY);
	assert_int_equal(map(&domu, FREE, SRAM + 8, 1, WB), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 20, 1, NC), 0);
	assert_int_equal(map(&dom0, SRAM + 14, SRAM + 14, 1, NC), -XEN_EBUSY);
	assert_int_equal(map(&dom0, SRAM + 15, SRAM + 15, 1, NC), 0);
}

/* ------------------------------------------------------------------ query */

static struct entresol_attribute ask(const struct guest *g, uint64_t mfn,
				     uint64_t nr)
{
	struct entresol_attribute q = { .mfn = mfn, .nr = nr };

	assert_int_equal(iomem_query(self, g->d, &q), 0);
	return q;
}

static void questions(void **state)
{
	const uint32_t all = 0x7f, uncached = 0x3e, cached = 0x41;
	struct entresol_attribute q;

	(void)state;
	q = ask(&dom0, DEVICE, 100);
	assert_int_equal(q.nr, 2);
	assert_int_equal(q.allowed, 0x3f);
	assert_int_equal(q.in_place, 0x3f);
	assert_int_equal(q.selector, ENTRESOL_ATTR_DEVICE_GRE);
	assert_int_equal(q.holder, DOMID_INVALID);
	assert_string_equal(q.node, "device@9000000");
	q = ask(&dom0, DEVICE - 5, 100);
	assert_int_equal(q.nr, 5);
	assert_int_equal(q.allowed, 0);
	assert_int_equal(q.selector, ENTRESOL_ATTR_DEVICE_NGNRE);
	assert_string_equal(q.node, "");
	/* dom0 elsewhere is bound to what it has by tree. */
	q = ask(&dom0, SRAM, 0x10000);
	assert_int_equal(q.nr, SRAM_NR);
	assert_int_equal(q.allowed, cached);
	assert_int_equal(q.in_place, all);
	assert_int_equal(q.holder, 0);
	/* Without a right: what it is, but nothing of it. */
	q = ask(&domu, SRAM, 1);
	assert_int_equal(q.allowed, 0);
	assert_string_equal(q.node, "sram@a000000");
	assert_int_equal(permit(&domu, SRAM + 2, 8), 0);
	q = ask(&domu, SRAM, 100);
	assert_int_equal(q.nr, 2);
	q = ask(&domu, SRAM + 2, 100);
	assert_int_equal(q.nr, 8);
	assert_int_equal(q.allowed, all);
	assert_int_equal(q.in_place, all);
	assert_int_equal(q.holder, DOMID_INVALID);
	/* Somebody has a part of it. */
	assert_int_equal(map(&domu, FREE, SRAM + 4, 2, NC), 0);
	q = ask(&domu, SRAM + 2, 100);
	assert_int_equal(q.nr, 2);
	q = ask(&domu, SRAM + 4, 100);
	assert_int_equal(q.nr, 2);
	assert_int_equal(q.allowed, uncached);
	assert_int_equal(q.holder, 1);
	q = ask(&dom0, SRAM + 5, 100);
	assert_int_equal(q.nr, 1);
	assert_int_equal(q.allowed, 0);
	assert_int_equal(q.in_place, uncached);
	/* And what dev_mmio has made is for ever. */
	assert_int_equal(permit(&domu, SRAM + 32, 8), 0);
	dev(FREE, SRAM + 34, 2, 0);
	q = ask(&domu, SRAM + 32, 100);
	assert_int_equal(q.nr, 2);
	assert_int_equal(q.allowed, all);
	q = ask(&domu, SRAM + 34, 100);
	assert_int_equal(q.nr, 2);
	assert_int_equal(q.allowed, cached);
	assert_int_equal(q.holder, 0);
	q = ask(&dom0, UINT64_C(1) << 24, 9);
	assert_int_equal(q.nr, 9);
	assert_int_equal(q.allowed, 0);
}

static const struct CMUnitTest tests[] = {
	BOARD_TEST(given_pages_leave_dom0),
	BOARD_TEST(given_pages_come_back_at_the_end),
	BOARD_TEST(conflicts_are_refused),
	BOARD_TEST(dom0_against_itself),
	BOARD_TEST(dev_mmio_in_runs),
	BOARD_TEST(dev_mmio_in_blocks),
	BOARD_TEST(dev_mmio_and_conflicts),
	BOARD_TEST(questions),
};

const struct suite share_suite = { tests, ARRAY_SIZE(tests) };
