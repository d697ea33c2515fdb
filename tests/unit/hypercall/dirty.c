/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_dirty: dom0 looks at another domain's RAM, which others write to. */
#include "suites.h"

#include <string.h>

#include <xen/memory.h>

#include <core/bits.h>
#include <public/entresol.h>

#include "memmap/memmap.h"

#define PAGES (TEST_RAM_SIZE / PAGE_SIZE)
#define BITS  MIB /* of dom0's RAM: where bitmaps go */

static struct entresol_dirty *op;

static int64_t call(struct vcpu *v, uint16_t how, uint64_t first, uint64_t nr)
{
	const struct guest *g = v == self ? &dom0 : &domu;

	op = guest_at(g, g->ram);
	*op = (struct entresol_dirty){
		.domid = domu.d->id,
		.op = how,
		.gfn = (domu.ram >> PAGE_SHIFT) + first,
		.nr = nr,
		.bitmap = g->ram + BITS,
	};
	return hcall(v, ENTRESOL_HYPERCALL, ENTRESOL_dirty, g->ram, 0);
}

static uint64_t clear(void)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < PAGES; at += op->nr) {
		assert_int_equal(
			call(self, ENTRESOL_DIRTY_CLEAR, at, PAGES - at), 0);
		assert_true(op->nr);
		sum += op->dirty;
	}
	return sum;
}

/* What its toolstack would have said of its RAM. */
static void add_region(void)
{
	static struct region ram;

	ram = (struct region){
		.name = "ram",
		.kind = REGION_RAM,
		.ipa = IPA(domu.ram),
		.size = TEST_RAM_SIZE,
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
		.populated = true,
	};
	assert_int_equal(call(self, ENTRESOL_DIRTY_START, 0, 1), -XEN_ENOENT);
	assert_int_equal(memmap_add(domu.d->memmap, &ram), 0);
	assert_int_equal(memmap_commit(domu.d->memmap), 0);
}

static void start(void)
{
	assert_int_equal(call(self, ENTRESOL_DIRTY_START, 0, 1), 0);
	assert_int_equal(clear(), PAGES);
	assert_int_equal(clear(), 0);
}

static void only_for_the_hardware_domain(void **state)
{
	struct vcpu *other = domu.d->vcpu[0];

	(void)state;
	host_load_vcpu(other);
	for (uint16_t how = 0; how <= ENTRESOL_DIRTY_CLEAR; how++) {
		assert_int_equal(call(other, how, 0, 1), -XEN_EPERM);
	}
	host_load_vcpu(self);
	assert_int_equal(call(self, ENTRESOL_DIRTY_READ, 0, 1), 0);
}

static void from_start_to_stop(void **state)
{
	(void)state;
	add_region();
	start();
	assert_int_equal(call(self, ENTRESOL_DIRTY_STOP, 0, 1), 0);
	assert_int_equal(clear(), 0);
	start();
}

/* The page stays dirty while dom0 may write to it, and once more after. */
static void a_foreign_mapping(void **state)
{
	uint64_t gfn = guest_page(&dom0, 600) >> PAGE_SHIFT;
	struct xen_add_to_physmap_batch *batch = ARG_AT(dom0, 2048);
	xen_ulong_t *idx = ARG_AT(dom0, 3072);
	xen_pfn_t *to = ARG_AT(dom0, 3080);
	struct xen_remove_from_physmap *rm = ARG_AT(dom0, 2048);

	(void)state;
	add_region();
	start();
	memset(batch, 0, sizeof(*batch));
	batch->domid = DOMID_SELF;
	batch->space = XENMAPSPACE_gmfn_foreign;
	batch->size = 1;
	batch->u.foreign_domid = domu.d->id;
	*idx = (domu.ram >> PAGE_SHIFT) + 5;
	*to = gfn;
	set_xen_guest_handle_raw(batch->idxs, (void *)(dom0.ram + 3072));
	set_xen_guest_handle_raw(batch->gpfns, (void *)(dom0.ram + 3080));
	set_xen_guest_handle_raw(batch->errs, (void *)(dom0.ram + 3088));
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_add_to_physmap_batch, dom0.ram + 2048, 0),
			 0);
	assert_int_equal(guest_entry(&dom0, gfn).type, P2M_FOREIGN_RW);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(clear(), 1);
	}
	*rm = (struct xen_remove_from_physmap){ .domid = DOMID_SELF,
						.gpfn = gfn };
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_remove_from_physmap, dom0.ram + 2048, 0),
			 0);
	assert_int_equal(clear(), 1);
	assert_int_equal(clear(), 0);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(only_for_the_hardware_domain),
	DOM0_TEST(from_start_to_stop),
	DOM0_TEST(a_foreign_mapping),
};

const struct suite dirty_suite = { tests, sizeof(tests) / sizeof(tests[0]) };
