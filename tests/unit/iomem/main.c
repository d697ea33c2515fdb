/* SPDX-License-Identifier: BSD-2-Clause */
/* All suites as one group, and the board. */
#include "suites.h"

#include <string.h>

#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define REGION(n, r, k, t, first, nr, memtype, rights)                       \
	{                                                                    \
		.name = (n), .ipa = { (first) << PAGE_SHIFT },               \
		.pa = { (first) << PAGE_SHIFT }, .size = (nr) << PAGE_SHIFT, \
		.kind = (k), .type = (t), .attr = { (memtype), (rights) },   \
		.row = (r),                                                  \
	}

static const struct region regions[] = {
	REGION("device@9000000", "device", REGION_DIRECT, P2M_DEVICE, DEVICE,
	       UINT64_C(2), S2_DEVICE_GRE, S2_RW),
	REGION("sram@a000000", "mmio-sram", REGION_DIRECT, P2M_SRAM, SRAM,
	       SRAM_NR, S2_NORMAL_WB, S2_RWX),
	REGION("sram@a400000", "mmio-sram, no-memory-wc", REGION_DIRECT,
	       P2M_SRAM, NO_WC, UINT64_C(0x200), S2_DEVICE_NGNRE, S2_RW),
	REGION("pool@b000000", "reserved-memory", REGION_RESERVED, P2M_RESERVED,
	       RESERVED, UINT64_C(1), S2_NORMAL_WB, S2_RWX),
	REGION("gicv@b100000", "gicv", REGION_DIRECT, P2M_DEVICE, STRICT,
	       UINT64_C(1), S2_DEVICE_NGNRNE, S2_RW),
	REGION("pcie@400000000", "pci-prefetch", REGION_DIRECT, P2M_DEVICE,
	       WINDOW, WINDOW_NR, S2_NORMAL_NC, S2_RW),
};

static struct region board[ARRAY_SIZE(regions)];

int board_setup(void **state)
{
	int rc = dom0_setup(state);

	memcpy(board, regions, sizeof(board));
	for (unsigned int i = 0; i < ARRAY_SIZE(board); i++) {
		assert_int_equal(memmap_add(dom0.d->memmap, &board[i]), 0);
	}
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	assert_int_equal(iomem_give_tree(dom0.d, board, ARRAY_SIZE(board)), 0);
	host_console_clear();
	return rc;
}

int board_teardown(void **state)
{
	return dom0_teardown(state);
}

static int repeat(const struct iomem_request *rq)
{
	int rc;

	do {
		rc = iomem_map(self, rq);
	} while (rc == -XEN_ERESTART);
	return rc;
}

int map(const struct guest *g, uint64_t gfn, uint64_t mfn, uint64_t nr,
	uint32_t selector)
{
	return repeat(&(struct iomem_request){ .d = g->d,
					       .gfn = GFN(gfn),
					       .mfn = MFN(mfn),
					       .nr = nr,
					       .action = IOMEM_ADD,
					       .selector = selector });
}

int unmap(const struct guest *g, uint64_t gfn, uint64_t mfn, uint64_t nr)
{
	return repeat(&(struct iomem_request){ .d = g->d,
					       .gfn = GFN(gfn),
					       .mfn = MFN(mfn),
					       .nr = nr,
					       .action = IOMEM_REMOVE });
}

int permit(const struct guest *g, uint64_t mfn, uint64_t nr)
{
	return iomem_permit(dom0.d, g->d, MFN(mfn), nr, IOMEM_ALLOW);
}

void assert_shows(const struct guest *g, uint64_t gfn, uint64_t mfn,
		  enum s2_memtype memtype, uint8_t perm)
{
	struct p2m_entry e = guest_entry(g, gfn);

	assert_int_not_equal(e.type, P2M_INVALID);
	assert_int_equal(e.mfn.v, mfn);
	assert_string_equal(s2_memtype_name(e.attr.memtype),
			    s2_memtype_name(memtype));
	assert_int_equal(e.attr.perm, perm);
}

void assert_nothing(const struct guest *g, uint64_t gfn)
{
	assert_int_equal(guest_entry(g, gfn).type, P2M_INVALID);
}

int main(void)
{
	static const struct suite *const suites[] = {
		&policy_suite, &set_suite,  &map_suite,
		&share_suite,  &fail_suite,
	};
	struct CMUnitTest all[100];
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		const struct suite *s = suites[i];

		if (s->nr > ARRAY_SIZE(all) - nr) {
			return 99;
		}
		memcpy(&all[nr], s->tests, s->nr * sizeof(all[0]));
		nr += s->nr;
	}
	return _cmocka_run_group_tests("iomem", all, nr, NULL, NULL);
}
