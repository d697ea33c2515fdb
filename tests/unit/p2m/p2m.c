/* SPDX-License-Identifier: BSD-2-Clause */
/* What a p2m says of itself: lookups, runs, legal pairs, text, VMIDs. */
#include <string.h>

#include <core/bits.h>
#include <core/compiler.h>

#include "frame/frame.h"
#include "suite.h"

static void lookups(void **state)
{
	struct p2m_entry e;

	(void)state;
	assert_int_equal(map(0x200, BUS + 0x200, 0x205, P2M_DEVICE), 0);
	e = lookup(0x3ff);
	assert_int_equal(e.type, P2M_DEVICE);
	assert_int_equal(e.mfn.v, BUS + 0x3ff);
	assert_int_equal(e.attr.memtype, S2_DEVICE_NGNRE);
	assert_int_equal(e.attr.perm, S2_RW);
	assert_int_equal(e.order, 9);
	e = lookup(0x404);
	assert_int_equal(e.mfn.v, BUS + 0x404);
	assert_int_equal(e.order, 0);
	assert_int_equal(lookup(0x405).type, P2M_INVALID);
	assert_int_equal(lookup(0x1ff).type, P2M_INVALID);
	assert_int_equal(lookup(p2m_limit(p2m).v).type, P2M_INVALID);
	assert_int_equal(lookup(p2m_limit(p2m).v + 0x200).type, P2M_INVALID);
	assert_int_equal(lookup(~UINT64_C(0)).type, P2M_INVALID);
}

static void runs(void **state)
{
	struct p2m_locked l;
	struct p2m_entry e;

	(void)state;
	assert_int_equal(map(0x200, BUS + 0x200, 0x300, P2M_DEVICE), 0);
	assert_int_equal(map(0x500, BUS + 0x500, 0x10, P2M_SRAM), 0);
	assert_int_equal(map(0x510, BUS + 0x520, 0x10, P2M_SRAM), 0);
	l = p2m_lock(p2m);
	assert_int_equal(p2m_run(l, GFN(0x200), ~UINT64_C(0), &e), 0x300);
	assert_int_equal(e.type, P2M_DEVICE);
	assert_int_equal(p2m_run(l, GFN(0x27f), 5, &e), 5);
	assert_int_equal(e.mfn.v, BUS + 0x27f);
	assert_int_equal(p2m_run(l, GFN(0x500), 0x20, &e), 0x10);
	assert_int_equal(e.type, P2M_SRAM);
	assert_int_equal(p2m_run(l, GFN(0), 0x10000, &e), 0x200);
	assert_int_equal(e.type, P2M_INVALID);
	assert_int_equal(p2m_run(l, GFN(0x520), ~UINT64_C(0), &e),
			 p2m_limit(p2m).v - 0x520);
	assert_int_equal(p2m_run(l, p2m_limit(p2m), 7, &e), 7);
	assert_int_equal(e.type, P2M_INVALID);
	p2m_unlock(l);
}

/* The rules of R2.7 and R3.2, said in another way than the table says them. */
static bool should_be_legal(enum p2m_type type, struct s2_attr attr)
{
	bool device = attr.memtype >= S2_DEVICE_GRE;
	bool can_write = attr.perm & S2_W;

	if (!(attr.perm & S2_R) || (device && (attr.perm & S2_X))) {
		return false;
	}
	switch (type) {
	case P2M_RAM_RW:
		return attr.memtype == S2_NORMAL_WB && can_write;
	case P2M_RAM_RO:
		return attr.memtype == S2_NORMAL_WB && !can_write;
	case P2M_DEVICE:
		return attr.memtype != S2_NORMAL_WB && !(attr.perm & S2_X);
	case P2M_SRAM:
	case P2M_RESERVED:
		return true;
	case P2M_FOREIGN_RW:
	case P2M_GRANT_RW:
		return attr.memtype == S2_NORMAL_WB && attr.perm == S2_RW;
	case P2M_FOREIGN_RO:
	case P2M_GRANT_RO:
		return attr.memtype == S2_NORMAL_WB && attr.perm == S2_R;
	case P2M_XEN:
		return attr.memtype == S2_NORMAL_WB && !(attr.perm & S2_X);
	default:
		return false;
	}
}

static void legal_pairs(void **state)
{
	unsigned int nr = 0;

	(void)state;
	for (unsigned int type = 0; type <= P2M_NR_TYPES; type++) {
		for (unsigned int m = 0; m <= S2_NR_MEMTYPES; m++) {
			for (unsigned int perm = 0; perm <= 8; perm++) {
				struct s2_attr attr = { m, perm };
				bool legal = m < S2_NR_MEMTYPES && perm < 8 &&
					     should_be_legal(type, attr);

				assert_int_equal(p2m_legal(type, attr), legal);
				nr += legal;
			}
		}
	}
	assert_int_equal(nr, 2 + 2 + 10 + 2 * 16 + 4 + 2);
	for (unsigned int t = P2M_INVALID + 1; t < P2M_NR_TYPES; t++) {
		assert_true(p2m_legal(t, p2m_default_attr(t)));
	}
}

static void bad_pairs_are_refused(void **state)
{
	const struct p2m_as bad[] = {
		{ P2M_DEVICE, { S2_NORMAL_WB, S2_RW } },
		{ P2M_DEVICE, { S2_DEVICE_NGNRE, S2_RWX } },
		{ P2M_RAM_RW, { S2_NORMAL_NC, S2_RW } },
		{ P2M_INVALID, { S2_NORMAL_WB, S2_RW } },
		{ P2M_NR_TYPES, { S2_NORMAL_WB, S2_RW } },
	};
	struct p2m_locked l = p2m_lock(p2m);

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(p2m_map(l, GFN(1), MFN(BUS), 1, bad[i]),
				 -XEN_EINVAL);
	}
	p2m_unlock(l);
	assert_int_equal(stats().table_pages, 2);
}

/* ------------------------------------------------------------------- text */

static char text[4096];

static void add_line(const char *line)
{
	strcat(text, line);
	strcat(text, "\n");
}

/* The columns up to the third are KVM's stage2_page_tables. */
static void dump(void **state)
{
	struct p2m_locked l;
	char line[80];

	(void)state;
	assert_int_equal(map(0x40000, BUS, 0x40201, P2M_DEVICE), 0);
	assert_int_equal(map(0x90000, BUS + 1, 2, P2M_SRAM), 0);
	assert_int_equal(map(0x90002, BUS + 3, 1, P2M_RESERVED), 0);
	text[0] = '\0';
	l = p2m_lock(p2m);
	p2m_dump(l, add_line);
	p2m_footprint(l, line, sizeof(line));
	p2m_unlock(l);
	assert_string_equal(
		text, "---[ Guest IPA ]---\n"
		      "0x0000000000000000-0x0000000040000000           1G 1\n"
		      "0x0000000040000000-0x0000000080000000           1G 1"
		      "   R W   AF BLK device device-ngnre pa 0x1000000000\n"
		      "0x0000000080000000-0x0000000080200000           2M 2"
		      "   R W   AF BLK device device-ngnre pa 0x1040000000\n"
		      "0x0000000080200000-0x0000000080201000           4K 3"
		      "   R W   AF     device device-ngnre pa 0x1040200000\n"
		      "0x0000000080201000-0x0000000080400000        2044K 3\n"
		      "0x0000000080400000-0x0000000090000000         252M 2\n"
		      "0x0000000090000000-0x0000000090002000           8K 3"
		      "   R W X AF     sram normal-wb pa 0x1000001000\n"
		      "0x0000000090002000-0x0000000090003000           4K 3"
		      "   R W   AF     reserved normal-wb pa 0x1000003000\n"
		      "0x0000000090003000-0x0000000090200000        2036K 3\n"
		      "0x0000000090200000-0x00000000c0000000         766M 2\n"
		      "0x00000000c0000000-0x0000010000000000        1021G 1\n");
	assert_string_equal(line, "d1: 1x1G 1x2M 4x4K, 5 table pages");
}

/* ---------------------------------------------------------------- life */

static void sizes_that_cannot_be(void **state)
{
	(void)state;
	assert_null(p2m_create(2, 31, false, 0));
	assert_null(p2m_create(2, 45, false, 0)); /* above the host's 44 */
	assert_null(p2m_create(2, 49, false, 0));
	assert_int_equal(p2m_limit(p2m).v, BIT(28));
	assert_int_equal(p2m_ipa_bits(p2m), 40);
	/* A host with 52 bits counts as one with 48. */
	p2m_destroy(p2m);
	p2m_init(52, 8);
	p2m = p2m_create(2, 49, false, 0);
	assert_null(p2m);
	p2m = p2m_create(2, 48, false, 0);
	assert_non_null(p2m);
	assert_int_equal(p2m_vtcr(p2m) >> 16 & 7, 5);
}

/* XSA-181: VMIDs run out, and come back. */
static void vmids_run_out(void **state)
{
	static struct p2m *other[256];
	uint64_t free = frame_nr_free();
	unsigned int nr = 0;

	(void)state;
	/* One that was not created takes none with it. */
	assert_null(p2m_create(3, 32, false, BIT(40)));
	while ((other[nr] = p2m_create(3, 32, false, 0))) {
		uint64_t vmid = p2m_vttbr(other[nr]) >> 48;

		/* 0 is nobody's, 1 the first p2m's. */
		assert_int_equal(vmid, nr + 2);
		nr++;
	}
	assert_int_equal(nr, 254);
	events();
	p2m_destroy(other[100]);
	/* Its TLB entries went before its number did. */
	assert_string_equal(events(), "FP");
	other[100] = p2m_create(3, 32, false, 0);
	assert_int_equal(p2m_vttbr(other[100]) >> 48, 102);
	while (nr) {
		p2m_destroy(other[--nr]);
	}
	assert_int_equal(frame_nr_free(), free);
}

static void pool_can_change(void **state)
{
	(void)state;
	assert_int_equal(stats().pool_pages, POOL);
	assert_int_equal(map(0, BUS + 1, 1, P2M_DEVICE), 0);
	assert_int_equal(p2m_set_pool(p2m, 1), -XEN_EBUSY);
	assert_int_equal(p2m_set_pool(p2m, 2), 0);
	assert_int_equal(map(0x80000, BUS + 1, 1, P2M_DEVICE), -XEN_ENOMEM);
	assert_int_equal(p2m_set_pool(p2m, UINT64_C(1) << 50), -XEN_ENOMEM);
	assert_int_equal(stats().pool_pages, 2);
	assert_int_equal(p2m_set_pool(p2m, 4), 0);
	assert_int_equal(map(0x80000, BUS + 1, 1, P2M_DEVICE), 0);
	/* Two root tables, and two for each page. */
	assert_int_equal(stats().table_pages, 6);
}

/* A page that is dead but for the flush is better than none. */
static void dead_tables_are_reclaimed(void **state)
{
	struct p2m_locked l;

	(void)state;
	assert_int_equal(p2m_set_pool(p2m, 2), 0);
	assert_int_equal(map(1, BUS + 1, 1, P2M_DEVICE), 0);
	l = p2m_lock(p2m);
	assert_int_equal(p2m_unmap(l, GFN(0), 0x200), 0);
	assert_int_equal(
		p2m_map(l, GFN(0x201), MFN(BUS), 1, p2m_as(P2M_DEVICE)), 0);
	p2m_unlock(l);
	assert_int_equal(stats().table_pages, 4);
}

static int take_out(uint64_t gfn, unsigned int types, enum p2m_type *was)
{
	struct p2m_locked l = p2m_lock(p2m);
	int rc = p2m_remove(l, GFN(gfn), types, was);

	p2m_unlock(l);
	return rc;
}

static void frames_go_by_type(void **state)
{
	const unsigned int types = BIT(P2M_DEVICE) | BIT(P2M_SRAM);
	enum p2m_type was;

	(void)state;
	assert_int_equal(map(0x200, BUS + 0x200, 0x200, P2M_DEVICE), 0);
	assert_int_equal(map(0x401, BUS + 0x401, 1, P2M_XEN), 0);
	assert_int_equal(take_out(0x201, BIT(P2M_XEN), &was), -XEN_ENOENT);
	assert_int_equal(take_out(0x401, types, &was), -XEN_ENOENT);
	assert_int_equal(take_out(0x400, types, &was), -XEN_ENOENT);
	assert_int_equal(take_out(p2m_limit(p2m).v, types, &was), -XEN_ENOENT);
	assert_int_equal(nr_heard, 0);
	/* Out of a block, and out of a table. */
	assert_int_equal(take_out(0x201, types, &was), 0);
	assert_int_equal(was, P2M_DEVICE);
	assert_int_equal(take_out(0x203, types, &was), 0);
	assert_int_equal(take_out(0x203, types, &was), -XEN_ENOENT);
	assert_int_equal(nr_heard, 2);
	assert_int_equal(heard[1].gfn.v, 0x203);
}

static void removal_needs_a_table(void **state)
{
	enum p2m_type was;

	(void)state;
	assert_int_equal(map(0x200, BUS + 0x200, 0x200, P2M_DEVICE), 0);
	assert_int_equal(
		p2m_set_pool(p2m, stats().pool_pages - stats().pool_free), 0);
	assert_int_equal(take_out(0x201, BIT(P2M_DEVICE), &was), -XEN_ENOMEM);
	assert_int_equal(nr_heard, 0);
}

static void highest_and_generation(void **state)
{
	uint64_t g = p2m_generation(p2m);

	(void)state;
	assert_int_equal(map(0x100, BUS, 0x10, P2M_DEVICE), 0);
	assert_int_equal(p2m_generation(p2m), g);
	assert_int_equal(p2m_max_mapped(p2m).v, 0x10f);
	assert_int_equal(unmap(0x100, 1), 0);
	assert_int_not_equal(p2m_generation(p2m), g);
	g = p2m_generation(p2m);
	assert_int_equal(unmap(0x100, 1), 0);
	assert_int_equal(p2m_generation(p2m), g);
	assert_int_equal(map(0x101, BUS + 7, 1, P2M_DEVICE), 0);
	assert_int_not_equal(p2m_generation(p2m), g);
}

const struct CMUnitTest p2m_tests[] = {
	TEST(lookups),
	TEST(runs),
	TEST(legal_pairs),
	TEST(bad_pairs_are_refused),
	TEST(dump),
	TEST(sizes_that_cannot_be),
	TEST(vmids_run_out),
	TEST(pool_can_change),
	TEST(dead_tables_are_reclaimed),
	TEST(highest_and_generation),
	TEST(frames_go_by_type),
	TEST(removal_needs_a_table),
};
const unsigned int nr_p2m_tests = ARRAY_SIZE(p2m_tests);
