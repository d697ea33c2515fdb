/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL and ENTRESOL_attribute: machine pages, as a guest asks for them. */
#include "suites.h"

#include <string.h>

#include <xen/domctl.h>

#include <public/entresol.h>

#include "iomem/iomem.h"
#include "memmap/memmap.h"

#define DEVICE	 UINT64_C(0x9000)
#define SRAM	 UINT64_C(0xa000)
#define FREE_GFN UINT64_C(0x90000)

static struct region board[] = {
	{
		.name = "device@9000000",
		.ipa = { DEVICE << PAGE_SHIFT },
		.pa = { DEVICE << PAGE_SHIFT },
		.size = 2 * PAGE_SIZE,
		.kind = REGION_DIRECT,
		.type = P2M_DEVICE,
		.attr = { S2_DEVICE_GRE, S2_RW },
		.row = "device",
	},
	{
		.name = "sram@a000000",
		.ipa = { SRAM << PAGE_SHIFT },
		.pa = { SRAM << PAGE_SHIFT },
		.size = 512 * PAGE_SIZE,
		.kind = REGION_DIRECT,
		.type = P2M_SRAM,
		.attr = { S2_NORMAL_WB, S2_RWX },
		.row = "mmio-sram",
	},
};

static void give_board(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(board); i++) {
		assert_int_equal(memmap_add(dom0.d->memmap, &board[i]), 0);
	}
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	assert_int_equal(iomem_give_tree(dom0.d, board, ARRAY_SIZE(board)), 0);
}

/* Sent by dom0 from the start of its RAM; what is not set is garbage. */
static struct xen_domctl *domctl(uint32_t cmd, domid_t id)
{
	struct xen_domctl *op = ARG_AT(dom0, 0);

	memset(op, 0xa5, sizeof(*op));
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = id;
	return op;
}

static int64_t send(void)
{
	return hcall(self, __HYPERVISOR_domctl, dom0.ram, 0, 0);
}

static int64_t permit(domid_t id, uint64_t first, uint64_t nr, uint8_t allow)
{
	struct xen_domctl *op = domctl(XEN_DOMCTL_iomem_permission, id);

	op->u.iomem_permission.first_mfn = first;
	op->u.iomem_permission.nr_mfns = nr;
	op->u.iomem_permission.allow_access = allow;
	return send();
}

static int64_t mapping(domid_t id, uint64_t mfn, uint64_t nr, uint32_t add)
{
	struct xen_domctl *op = domctl(XEN_DOMCTL_memory_mapping, id);

	op->u.memory_mapping.first_gfn = FREE_GFN;
	op->u.memory_mapping.first_mfn = mfn;
	op->u.memory_mapping.nr_mfns = nr;
	op->u.memory_mapping.add_mapping = add;
	return send();
}

static void the_toolstack_gives_a_device(void **state)
{
	(void)state;
	give_board();
	assert_int_equal(mapping(1, DEVICE, 2, 1), -XEN_EPERM);
	assert_int_equal(permit(1, DEVICE, 2, 0xff), 0);
	assert_int_equal(mapping(1, DEVICE, 2, 1), 0);
	assert_int_equal(guest_entry(&domu, FREE_GFN + 1).mfn.v, DEVICE + 1);
	assert_int_equal(guest_entry(&domu, FREE_GFN + 1).attr.memtype,
			 S2_DEVICE_NGNRE);
	assert_int_equal(mapping(1, DEVICE, 2, 0), 0);
	assert_int_equal(guest_entry(&domu, FREE_GFN).type, P2M_INVALID);
	assert_int_equal(permit(1, DEVICE, 2, 0), 0);
	assert_int_equal(mapping(1, DEVICE, 2, 1), -XEN_EPERM);
}

/* Bit 0, bits 31:8, and nothing between. */
static void the_word_add_mapping(void **state)
{
	(void)state;
	give_board();
	assert_int_equal(mapping(0, SRAM, 512, 1 | 6 << 8), 0);
	assert_int_equal(guest_entry(&dom0, FREE_GFN).order, 9);
	assert_int_equal(guest_entry(&dom0, FREE_GFN).attr.memtype,
			 S2_NORMAL_WB);
	assert_int_equal(mapping(0, SRAM, 512, 1 | 0x106 << 8), 0);
	assert_int_equal(guest_entry(&dom0, FREE_GFN).attr.perm, S2_R | S2_X);
	for (unsigned int bit = 1; bit < 8; bit++) {
		assert_int_equal(mapping(0, SRAM, 1, 1 | 1u << bit),
				 -XEN_EINVAL);
		assert_int_equal(mapping(0, SRAM, 1, 1u << bit), -XEN_EINVAL);
	}
	for (uint32_t selector = 7; selector < 0x400; selector++) {
		int64_t want = selector >= 0x100 && selector <= 0x106
				       ? 1
				       : -XEN_EINVAL;

		if (want < 0) {
			assert_int_equal(mapping(0, SRAM, 1, 1 | selector << 8),
					 want);
		}
	}
	assert_int_equal(mapping(0, SRAM, 1, 1u | 0x800000u << 8), -XEN_EINVAL);
	assert_int_equal(mapping(0, SRAM, 1, 6 << 8), -XEN_EINVAL);
	assert_int_equal(mapping(0, SRAM, 1, 1 | 5 << 8), -XEN_EBUSY);
	assert_int_equal(mapping(0, DEVICE, 1, 1 | 6 << 8), -XEN_EPERM);
	assert_int_equal(guest_entry(&dom0, FREE_GFN + 511).mfn.v, SRAM + 511);
}

static void sizes(void **state)
{
	const uint64_t all = UINT64_MAX;

	(void)state;
	give_board();
	assert_int_equal(mapping(0, SRAM, 0, 1), -XEN_EINVAL);
	assert_int_equal(mapping(0, 0, 0, 1), -XEN_EINVAL);
	assert_int_equal(mapping(0, SRAM, all, 1), -XEN_EINVAL);
	assert_int_equal(mapping(0, all, 2, 1), -XEN_EINVAL);
	assert_int_equal(mapping(0, SRAM, UINT64_C(1) << 35, 1), -XEN_EPERM);
	assert_int_equal(permit(1, SRAM, 0, 1), -XEN_EINVAL);
	assert_int_equal(permit(1, 0, 0, 1), -XEN_EPERM);
	assert_int_equal(permit(1, SRAM, all, 1), -XEN_EINVAL);
	assert_int_equal(permit(1, 0, all, 1), -XEN_EPERM);
	assert_int_equal(permit(1, dom0.ram >> 12, 1, 1), -XEN_EPERM);
}

/* A right is asked for before anything else (XSA-492, XSA-499). */
static void domains(void **state)
{
	struct vcpu *v = domu.d->vcpu[0];

	(void)state;
	give_board();
	assert_int_equal(permit(9, SRAM, 1, 1), -XEN_ESRCH);
	assert_int_equal(mapping(9, SRAM, 1, 1), -XEN_ESRCH);
	assert_int_equal(mapping(DOMID_SELF, SRAM, 1, 1), -XEN_ESRCH);
	assert_int_equal(mapping(DOMID_IO, SRAM, 1, 1), -XEN_ESRCH);
	assert_int_equal(permit(1, SRAM, 1, 1), 0);
	mapping(1, SRAM, 1, 1 | 0xfe);
	memcpy(ARG_AT(domu, 0), ARG_AT(dom0, 0), sizeof(struct xen_domctl));
	host_load_vcpu(v);
	for (domid_t id = 0; id < 4; id++) {
		((struct xen_domctl *)ARG_AT(domu, 0))->domain = id;
		assert_int_equal(hcall(v, __HYPERVISOR_domctl, domu.ram, 0, 0),
				 -XEN_EPERM);
	}
	host_load_vcpu(self);
}

/* ------------------------------------------------------------ the query */

static int64_t ask(struct vcpu *v, const struct guest *g, domid_t id,
		   uint64_t mfn, uint64_t nr)
{
	struct entresol_attribute *q = guest_at(g, g->ram);

	memset(q, 0xa5, sizeof(*q));
	q->domid = id;
	q->reserved = 0;
	q->mfn = mfn;
	q->nr = nr;
	return hcall(v, ENTRESOL_HYPERCALL, ENTRESOL_attribute, g->ram, 0);
}

static void questions_and_answers(void **state)
{
	struct entresol_attribute *q = ARG_AT(dom0, 0);

	(void)state;
	give_board();
	assert_int_equal(ask(self, &dom0, DOMID_SELF, SRAM, 9), 0);
	assert_int_equal(q->nr, 9);
	assert_int_equal(q->allowed, 0x41);
	assert_int_equal(q->in_place, 0x7f);
	assert_int_equal(q->selector, ENTRESOL_ATTR_NORMAL_WB);
	assert_int_equal(q->holder, 0);
	assert_string_equal(q->node, "sram@a000000");
	assert_int_equal(q->node[63], 0);
	assert_int_equal(ask(self, &dom0, 9, SRAM, 1), -XEN_ESRCH);
	assert_int_equal(ask(self, &dom0, 0, SRAM, 0), -XEN_EINVAL);
	assert_int_equal(ask(self, &dom0, 0, UINT64_MAX, 1), -XEN_EINVAL);
	assert_int_equal(ask(self, &dom0, 0, SRAM, UINT64_MAX), -XEN_EINVAL);
	assert_int_equal(ask(self, &dom0, 0, UINT64_C(1) << 28, 1),
			 -XEN_EINVAL);
	ask(self, &dom0, 0, SRAM, 1);
	q->reserved = 1;
	assert_int_equal(hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_attribute,
			       dom0.ram, 0),
			 -XEN_EINVAL);
	assert_int_equal(
		hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_attribute, 0, 0),
		-XEN_EFAULT);
	assert_int_equal(
		hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_attribute, NO_RAM, 0),
		-XEN_EFAULT);
	/* The structure runs off the end of RAM. */
	assert_int_equal(hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_attribute,
			       dom0.ram + TEST_RAM_SIZE - 95, 0),
			 -XEN_EFAULT);
	/* Of another domain, by who may ask. */
	assert_int_equal(ask(self, &dom0, 1, SRAM, 1), 0);
	assert_int_equal(q->allowed, 0);
	assert_string_equal(q->node, "sram@a000000");
}

/* Who has no right learns nothing of the machine. */
static void others_ask_for_themselves(void **state)
{
	struct entresol_attribute *q = ARG_AT(domu, 0);
	struct vcpu *v = domu.d->vcpu[0];

	(void)state;
	give_board();
	assert_int_equal(permit(1, SRAM + 1, 1, 1), 0);
	host_load_vcpu(v);
	assert_int_equal(ask(v, &domu, 0, SRAM, 1), -XEN_EPERM);
	assert_int_equal(ask(v, &domu, 1, SRAM, 9), 0);
	assert_int_equal(q->nr, 1);
	assert_int_equal(q->allowed, 0);
	assert_int_equal(q->selector, 0);
	assert_int_equal(q->holder, DOMID_INVALID);
	assert_string_equal(q->node, "");
	assert_int_equal(ask(v, &domu, DOMID_SELF, DEVICE, 1), 0);
	assert_string_equal(q->node, "");
	assert_int_equal(ask(v, &domu, DOMID_SELF, SRAM + 1, 9), 0);
	assert_int_equal(q->nr, 1);
	assert_int_equal(q->allowed, 0x7f);
	assert_string_equal(q->node, "sram@a000000");
	host_load_vcpu(self);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(the_toolstack_gives_a_device),
	DOM0_TEST(the_word_add_mapping),
	DOM0_TEST(sizes),
	DOM0_TEST(domains),
	DOM0_TEST(questions_and_answers),
	DOM0_TEST(others_ask_for_themselves),
};

const struct suite domctl_suite = { tests, ARRAY_SIZE(tests) };
