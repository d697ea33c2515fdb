/* SPDX-License-Identifier: BSD-2-Clause */
/* What is added shows, as what was asked for, and goes again in any parts. */
#include "suites.h"

#include <string.h>

#include "memmap/memmap.h"

static void rights(void **state)
{
	const uint64_t all = UINT64_MAX;

	(void)state;
	assert_int_equal(permit(&domu, DEVICE, 1), 0);
	assert_int_equal(map(&domu, FREE, DEVICE, 2, 0), -XEN_EPERM);
	assert_non_null(strstr(host_log(), "d1: frames 0x9000 to 0x9001"));
	assert_int_equal(map(&domu, FREE, DEVICE, 1, 0), 0);
	/* RAM, its own too; nothing; a hole; wraps. */
	assert_int_equal(permit(&domu, dom0.ram >> 12, 1), -XEN_EPERM);
	assert_int_equal(permit(&domu, 0x5000, 1), -XEN_EPERM);
	assert_int_equal(permit(&domu, DEVICE, 3), -XEN_EPERM);
	assert_int_equal(permit(&domu, DEVICE, 0), -XEN_EINVAL);
	assert_int_equal(permit(&domu, DEVICE, all), -XEN_EINVAL);
	assert_int_equal(permit(&domu, all, 1), -XEN_EPERM);
	assert_int_equal(permit(&domu, 0, 0), -XEN_EPERM);
	assert_int_equal(map(&dom0, FREE, dom0.ram >> 12, 1, 0), -XEN_EPERM);
	/* Denied: it stays where it is, and cannot be had once more. */
	assert_int_equal(
		iomem_permit(dom0.d, domu.d, MFN(DEVICE), 1, IOMEM_DENY), 0);
	assert_shows(&domu, FREE, DEVICE, S2_DEVICE_NGNRE, S2_RW);
	assert_int_equal(map(&domu, FREE + 1, DEVICE, 1, 0), -XEN_EPERM);
	assert_int_equal(unmap(&domu, FREE, DEVICE, 1), -XEN_EPERM);
	/* A domain gives what it has, not more. */
	assert_int_equal(
		iomem_permit(domu.d, domu.d, MFN(DEVICE), 1, IOMEM_ALLOW),
		-XEN_EPERM);
}

static void no_rights_at_all(void **state)
{
	(void)state;
	assert_int_equal(map(&domu, FREE, DEVICE, 1, 0), -XEN_EPERM);
	assert_int_equal(unmap(&domu, FREE, DEVICE, 1), -XEN_EPERM);
	assert_nothing(&domu, FREE);
}

static void bad_arguments(void **state)
{
	const uint64_t limit = BIT(TEST_IPA_BITS - 12);
	const uint64_t all = UINT64_MAX;

	(void)state;
	assert_int_equal(map(&dom0, FREE, DEVICE, 0, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, 0, 0, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, all, DEVICE, 2, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, all, 1, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, all, 2, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, BIT(36), 1, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, BIT(36) - 1, 1, 0), -XEN_EPERM);
	assert_int_equal(map(&dom0, limit, DEVICE, 1, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, limit - 1, DEVICE, 2, 0), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, DEVICE, 1, 7), -XEN_EINVAL);
	assert_int_equal(map(&dom0, FREE, DEVICE, 1, 0x200), -XEN_EINVAL);
	assert_nothing(&dom0, FREE);
	assert_int_equal(map(&dom0, limit - 2, DEVICE, 2, 0), 0);
	assert_shows(&dom0, limit - 1, DEVICE + 1, S2_DEVICE_GRE, S2_RW);
}

/* Each selector on each kind of page: what shows, or nothing. */
static void every_selector(void **state)
{
	static const uint64_t mfns[] = { DEVICE, NO_WC, RESERVED, STRICT,
					 WINDOW };
	static const uint8_t memtype[] = {
		0,
		S2_DEVICE_NGNRNE,
		S2_DEVICE_NGNRE,
		S2_DEVICE_NGRE,
		S2_DEVICE_GRE,
		S2_NORMAL_NC,
		S2_NORMAL_WB,
	};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(mfns); i++) {
		const struct guest *g = i % 2 ? &domu : &dom0;
		uint64_t mfn = mfns[i / 2];
		uint32_t allowed =
			iomem_policy(machine_find(mfn)->kind, who(g->d));

		assert_int_equal(permit(g, mfn, 1), 0);
		for (uint32_t s = 1; s < IOMEM_NR_SELECTORS; s++) {
			int rc = map(g, FREE, mfn, 1, s);

			if (!(allowed & BIT(s))) {
				assert_int_equal(rc, -XEN_EPERM);
				continue;
			}
			assert_int_equal(rc, 0);
			assert_int_equal(guest_entry(g, FREE).attr.memtype,
					 memtype[s]);
			assert_int_equal(map(g, FREE, mfn, 1,
					     s | ENTRESOL_ATTR_READONLY),
					 0);
			assert_int_equal(guest_entry(g, FREE).attr.perm & S2_W,
					 0);
		}
		assert_int_equal(unmap(g, FREE, mfn, 1), 0);
		assert_nothing(g, FREE);
		assert_int_equal(g->d->iomem->nr, 0);
	}
}

static void defaults_by_column(void **state)
{
	(void)state;
	assert_int_equal(permit(&domu, DEVICE, 2), 0);
	assert_int_equal(permit(&domu, SRAM, 2), 0);
	assert_int_equal(map(&dom0, FREE, DEVICE, 1, 0), 0);
	assert_shows(&dom0, FREE, DEVICE, S2_DEVICE_GRE, S2_RW);
	assert_int_equal(map(&domu, FREE, DEVICE, 1, 0), 0);
	assert_shows(&domu, FREE, DEVICE, S2_DEVICE_NGNRE, S2_RW);
	assert_int_equal(map(&domu, FREE + 1, SRAM, 1, 0), 0);
	assert_shows(&domu, FREE + 1, SRAM, S2_NORMAL_WB, S2_RWX);
	assert_int_equal(map(&domu, FREE + 1, SRAM, 1, 0x100), 0);
	assert_shows(&domu, FREE + 1, SRAM, S2_NORMAL_WB, S2_R | S2_X);
}

/* A gigabyte is one block, one mapping, and two of a half are the same. */
static void large_ranges_are_blocks(void **state)
{
	uint64_t half = WINDOW_NR / 2;

	(void)state;
	assert_int_equal(permit(&domu, WINDOW, WINDOW_NR), 0);
	assert_int_equal(map(&domu, FREE, WINDOW, WINDOW_NR, 0), 0);
	assert_int_equal(guest_entry(&domu, FREE + 5).order, 18);
	assert_shows(&domu, FREE + WINDOW_NR - 1, WINDOW + WINDOW_NR - 1,
		     S2_NORMAL_NC, S2_RW);
	assert_int_equal(unmap(&domu, FREE, WINDOW, WINDOW_NR), 0);
	assert_int_equal(map(&domu, FREE + half, WINDOW + half, half, 0), 0);
	assert_int_equal(map(&domu, FREE, WINDOW, half, 0), 0);
	assert_int_equal(domu.d->iomem->nr, 1);
	assert_shows(&domu, FREE + half - 1, WINDOW + half - 1, S2_NORMAL_NC,
		     S2_RW);
	/* Another attribute is another mapping. */
	assert_int_equal(
		map(&domu, FREE + 7, WINDOW + 7, 1, ENTRESOL_ATTR_DEVICE_GRE),
		0);
	assert_int_equal(domu.d->iomem->nr, 3);
	assert_shows(&domu, FREE + 6, WINDOW + 6, S2_NORMAL_NC, S2_RW);
	assert_shows(&domu, FREE + 7, WINDOW + 7, S2_DEVICE_GRE, S2_RW);
	assert_shows(&domu, FREE + 8, WINDOW + 8, S2_NORMAL_NC, S2_RW);
	assert_int_equal(map(&domu, FREE + 7, WINDOW + 7, 1, 0), 0);
	assert_int_equal(domu.d->iomem->nr, 1);
}

static void removal_in_parts(void **state)
{
	(void)state;
	assert_int_equal(map(&dom0, FREE, WINDOW, 16, 0), 0);
	assert_int_equal(unmap(&dom0, FREE + 4, WINDOW + 4, 2), 0);
	assert_int_equal(unmap(&dom0, FREE + 8, WINDOW + 8, 1), 0);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
	assert_int_equal(unmap(&dom0, FREE + 15, WINDOW + 15, 9), 0);
	for (unsigned int i = 0; i < 16; i++) {
		if (i == 0 || i == 4 || i == 5 || i == 8 || i == 15) {
			assert_nothing(&dom0, FREE + i);
		} else {
			assert_shows(&dom0, FREE + i, WINDOW + i, S2_NORMAL_NC,
				     S2_RW);
		}
	}
	assert_int_equal(dom0.d->iomem->nr, 3);
	/* Other frames than those that are there: nothing happens at all. */
	assert_int_equal(unmap(&dom0, FREE, WINDOW + 1, 4), -XEN_EILSEQ);
	assert_shows(&dom0, FREE + 1, WINDOW + 1, S2_NORMAL_NC, S2_RW);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, WINDOW_NR), 0);
	assert_int_equal(dom0.d->iomem->nr, 0);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
	/* What the tree gave is not what was added. */
	assert_int_equal(unmap(&dom0, DEVICE, DEVICE, 1), 0);
	assert_shows(&dom0, DEVICE, DEVICE, S2_DEVICE_GRE, S2_RW);
}

/* One call over neighbours that are not alike. */
static void parts_of_a_range(void **state)
{
	(void)state;
	assert_int_equal(map(&dom0, FREE, NO_WC - 1, 2, 0), 0);
	assert_shows(&dom0, FREE, NO_WC - 1, S2_NORMAL_WB, S2_RWX);
	assert_shows(&dom0, FREE + 1, NO_WC, S2_DEVICE_NGNRE, S2_RW);
	/* One of them refused: none is there. */
	assert_int_equal(
		map(&dom0, FREE + 8, NO_WC - 1, 2, ENTRESOL_ATTR_DEVICE_GRE),
		-XEN_EBUSY);
	assert_int_equal(
		map(&dom0, FREE + 8, DEVICE, 2, ENTRESOL_ATTR_NORMAL_WB),
		-XEN_EPERM);
	assert_non_null(strstr(host_log(), "d0: device@9000000: frame 0x9000: "
					   "no attribute 0x6 for a page of "
					   "kind device (device)"));
	assert_nothing(&dom0, FREE + 8);
	assert_nothing(&dom0, FREE + 9);
	assert_int_equal(unmap(&dom0, FREE, NO_WC - 1, 2), 0);
}

/* What is hidden comes back, and what is emulated is never hidden. */
static void hidden_pages_come_back(void **state)
{
	uint64_t gicd = 0x8000;

	(void)state;
	assert_int_equal(map(&dom0, DEVICE - 1, SRAM, 4, 0), 0);
	assert_shows(&dom0, DEVICE, SRAM + 1, S2_NORMAL_WB, S2_RWX);
	assert_int_equal(unmap(&dom0, DEVICE, SRAM + 1, 1), 0);
	assert_shows(&dom0, DEVICE, DEVICE, S2_DEVICE_GRE, S2_RW);
	assert_shows(&dom0, DEVICE + 1, SRAM + 2, S2_NORMAL_WB, S2_RWX);
	assert_int_equal(unmap(&dom0, DEVICE - 1, SRAM, 4), 0);
	assert_shows(&dom0, DEVICE + 1, DEVICE + 1, S2_DEVICE_GRE, S2_RW);
	assert_nothing(&dom0, DEVICE - 1);
	assert_int_equal(map(&dom0, gicd, DEVICE, 1, 0), 0);
	assert_nothing(&dom0, gicd);
}

static void there_is_a_limit(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MAX_MAPPINGS; i++) {
		assert_int_equal(map(&dom0, FREE + 2 * i, WINDOW, 1, 0), 0);
	}
	assert_int_equal(map(&dom0, FREE + 2 * i, WINDOW, 1, 0), -XEN_ENOSPC);
	assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
	assert_int_equal(map(&dom0, FREE + 2 * i, WINDOW, 1, 0), 0);
	assert_int_equal(dom0.d->iomem->nr, MAX_MAPPINGS);
}

/* Against a list of frames: adds and removals at random. */
static void random_changes(void **state)
{
	enum { NR = 24 };
	uint32_t seed = 11;
	uint64_t want[NR] = { 0 };
	uint8_t type[NR] = { 0 };

	(void)state;
	for (unsigned int step = 0; step < 1500; step++) {
		unsigned int gfn, nr, mfn;
		bool device;

		seed = seed * 1664525 + 1013904223;
		gfn = seed >> 24 & 15;
		nr = 1 + (seed >> 16 & 7);
		mfn = seed >> 12 & 3;
		device = seed >> 10 & 1;
		if (seed >> 30) {
			assert_int_equal(
				map(&dom0, FREE + gfn, WINDOW + gfn + mfn, nr,
				    device ? ENTRESOL_ATTR_DEVICE_GRE : 0),
				0);
		} else {
			int rc = 0;

			for (unsigned int i = gfn; i < gfn + nr; i++) {
				if (want[i] && want[i] != WINDOW + i + mfn) {
					rc = -XEN_EILSEQ;
				}
			}
			assert_int_equal(unmap(&dom0, FREE + gfn,
					       WINDOW + gfn + mfn, nr),
					 rc);
			nr = rc ? 0 : nr;
		}
		for (unsigned int i = gfn; i < gfn + nr; i++) {
			want[i] = seed >> 30 ? WINDOW + i + mfn : 0;
			type[i] = device ? S2_DEVICE_GRE : S2_NORMAL_NC;
		}
		for (unsigned int i = 0; i < NR; i++) {
			if (want[i]) {
				assert_shows(&dom0, FREE + i, want[i], type[i],
					     S2_RW);
			} else {
				assert_nothing(&dom0, FREE + i);
			}
		}
	}
	host_check_no_stale(&dom0.root);
}

static const struct CMUnitTest tests[] = {
	BOARD_TEST(rights),
	BOARD_TEST(no_rights_at_all),
	BOARD_TEST(bad_arguments),
	BOARD_TEST(every_selector),
	BOARD_TEST(defaults_by_column),
	BOARD_TEST(large_ranges_are_blocks),
	BOARD_TEST(removal_in_parts),
	BOARD_TEST(parts_of_a_range),
	BOARD_TEST(hidden_pages_come_back),
	BOARD_TEST(there_is_a_limit),
	BOARD_TEST(random_changes),
};

const struct suite map_suite = { tests, ARRAY_SIZE(tests) };
