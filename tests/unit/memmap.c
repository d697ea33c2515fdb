/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions, views, commits and dispatch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define KIB	 UINT64_C(0x400)
#define MIB	 UINT64_C(0x100000)
/* Where nothing of the fake RAM is: devices and SRAM. */
#define BUS UINT64_C(0x8000000)

static const struct s2_attr device = { S2_DEVICE_NGNRE, S2_RW };
static const struct s2_attr memory = { S2_NORMAL_WB, S2_RWX };

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;

/* ------------------------------------------------- allocation that fails */

/* The linker sends every call of heap_alloc() in other files here. */
void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);

static unsigned int fail_after = ~0u;

void *__wrap_heap_alloc(size_t size)
{
	if (fail_after != ~0u && fail_after-- == 0) {
		return NULL;
	}
	return __real_heap_alloc(size);
}

/* ----------------------------------------------------------- the machine */

static void start(uint64_t nr_tables)
{
	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, false, nr_tables);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
}

static int setup(void **state)
{
	(void)state;
	start(64);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

static struct region direct(const char *name, uint64_t ipa, uint64_t size)
{
	return (struct region){
		.name = name,
		.ipa = IPA(ipa),
		.pa = PADDR(ipa),
		.size = size,
		.kind = REGION_DIRECT,
		.type = P2M_DEVICE,
		.attr = device,
	};
}

static void add(struct region *r)
{
	assert_int_equal(memmap_add(map, r), 0);
}

static void commit(void)
{
	assert_int_equal(memmap_commit(map), 0);
	host_check_no_stale(&root);
}

static struct p2m_entry entry_at(uint64_t ipa)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(IPA(ipa)));

	p2m_unlock(l);
	return e;
}

static struct p2m_stats stats(void)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_stats s = p2m_stats(l);

	p2m_unlock(l);
	return s;
}

static const struct region *shown_at(uint64_t ipa)
{
	const struct span *s = memmap_find(map, IPA(ipa));

	return s ? s->region : NULL;
}

/* ------------------------------------------------------------- rendering */

static void empty_map_shows_nothing(void **state)
{
	(void)state;
	commit();
	assert_null(shown_at(0));
	assert_null(shown_at(BUS));
	assert_int_equal(memmap_view(map)->nr, 0);
}

static void region_shows_after_commit(void **state)
{
	struct region r = direct("dev", BUS, 64 * KIB);

	(void)state;
	add(&r);
	assert_null(shown_at(BUS));
	assert_int_equal(entry_at(BUS).type, P2M_INVALID);
	commit();
	assert_null(shown_at(BUS - 1));
	assert_ptr_equal(shown_at(BUS), &r);
	assert_ptr_equal(shown_at(BUS + 64 * KIB - 1), &r);
	assert_null(shown_at(BUS + 64 * KIB));
	assert_int_equal(entry_at(BUS).type, P2M_DEVICE);
	assert_int_equal(entry_at(BUS).mfn.v, BUS >> PAGE_SHIFT);
	assert_int_equal(entry_at(BUS + 64 * KIB).type, P2M_INVALID);
	memmap_del(map, &r);
	assert_ptr_equal(shown_at(BUS), &r);
	commit();
	assert_null(shown_at(BUS));
	assert_int_equal(entry_at(BUS).type, P2M_INVALID);
}

static void higher_priority_hides(void **state)
{
	struct region below = direct("below", BUS, 64 * KIB);
	struct region above = direct("above", BUS + 16 * KIB, 16 * KIB);

	(void)state;
	above.priority = 1;
	above.pa = PADDR(BUS + MIB);
	add(&above);
	add(&below);
	commit();
	assert_int_equal(memmap_view(map)->nr, 3);
	assert_ptr_equal(shown_at(BUS), &below);
	assert_ptr_equal(shown_at(BUS + 16 * KIB), &above);
	assert_ptr_equal(shown_at(BUS + 32 * KIB), &below);
	assert_int_equal(entry_at(BUS + 16 * KIB).mfn.v,
			 (BUS + MIB) >> PAGE_SHIFT);
	assert_int_equal(entry_at(BUS + 32 * KIB).mfn.v,
			 (BUS + 32 * KIB) >> PAGE_SHIFT);

	/* What it hid is there again. */
	memmap_del(map, &above);
	commit();
	assert_int_equal(memmap_view(map)->nr, 1);
	assert_int_equal(entry_at(BUS + 16 * KIB).mfn.v,
			 (BUS + 16 * KIB) >> PAGE_SHIFT);
}

static void later_one_wins_a_tie(void **state)
{
	struct region first = direct("first", BUS, 64 * KIB);
	struct region second = direct("second", BUS, 64 * KIB);

	(void)state;
	second.pa = PADDR(BUS + MIB);
	add(&first);
	add(&second);
	commit();
	assert_ptr_equal(shown_at(BUS), &second);
	/* Taken out and added again, the first is the later one. */
	memmap_del(map, &first);
	add(&first);
	commit();
	assert_ptr_equal(shown_at(BUS), &first);
}

static void hole_hides_and_shows_nothing(void **state)
{
	struct region below = direct("below", BUS, 64 * KIB);
	struct region hole = {
		.name = "hole",
		.ipa = IPA(BUS + 16 * KIB),
		.size = 4 * KIB,
		.priority = 1,
		.kind = REGION_HOLE,
	};

	(void)state;
	add(&below);
	add(&hole);
	commit();
	assert_null(shown_at(BUS + 16 * KIB));
	assert_int_equal(entry_at(BUS + 16 * KIB).type, P2M_INVALID);
	assert_int_equal(entry_at(BUS + 20 * KIB).type, P2M_DEVICE);
}

static void bad_regions_are_refused(void **state)
{
	const uint64_t limit = BIT(IPA_BITS);
	struct region good = direct("r", limit - 4 * KIB, 4 * KIB);
	struct region r = good;

	(void)state;
	r.size = 0;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r.size = 8 * KIB;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r.size = ~UINT64_C(0) & PAGE_MASK;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.ipa = IPA(limit);
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.size = 100;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.pa.v += 512;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.pa.v = ~UINT64_C(0) - 4 * KIB + 1;
	r.ipa.v = BUS;
	r.size = 8 * KIB;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.attr = (struct s2_attr){ S2_DEVICE_NGNRE, S2_RWX };
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	r = good;
	r.kind = REGION_EMULATED;
	assert_int_equal(memmap_add(map, &r), -XEN_EINVAL);
	add(&good);
	commit();
	assert_ptr_equal(shown_at(limit - 1), &good);
}

static void note(const struct region *r, void *arg)
{
	strcat(arg, r->name);
}

static void all_regions_by_address(void **state)
{
	struct region a = direct("a", BUS, 4 * KIB);
	struct region b = direct("b", BUS + MIB, 4 * KIB);
	struct region c = direct("c", BUS, 4 * KIB);
	char names[8] = "";

	(void)state;
	c.priority = -1;
	add(&b);
	add(&a);
	add(&c);
	memmap_for_each(map, note, names);
	assert_string_equal(names, "acb");
}

/* ---------------------------------------------------------------- commit */

static void only_differences_touch_the_p2m(void **state)
{
	struct region a = direct("a", BUS, 64 * KIB);
	struct region same = direct("same", BUS, 64 * KIB);
	struct region b = direct("b", BUS + MIB, 64 * KIB);
	struct host_counts before, after;

	(void)state;
	add(&a);
	add(&b);
	commit();
	before = host_counts();
	commit();
	/* Another region that maps the same bytes in the same way. */
	add(&same);
	commit();
	after = host_counts();
	assert_ptr_equal(shown_at(BUS), &same);
	assert_int_equal(after.pte_stores, before.pte_stores);
	assert_int_equal(after.flushes, before.flushes);

	memmap_del(map, &b);
	commit();
	assert_int_equal(host_counts().flushes, before.flushes + 1);
}

static void neighbours_become_one_block(void **state)
{
	struct region a = direct("a", BUS, MIB);
	struct region b = direct("b", BUS + MIB, MIB);
	struct region c = direct("c", BUS + 2 * MIB, MIB);

	(void)state;
	c.attr.memtype = S2_DEVICE_GRE;
	add(&a);
	add(&b);
	add(&c);
	commit();
	assert_int_equal(stats().blocks[2], 1);
	assert_int_equal(stats().blocks[3], 256);
	assert_int_equal(entry_at(BUS + MIB).order, 9);
}

/* A region moves by less than its size; old and new place overlap. */
static void overlapping_move(void **state)
{
	static const int64_t by[] = { 64 * 1024,  -64 * 1024, 2 << 20,
				      -(2 << 20), 4096,	      -4096 };
	struct region r = direct("r", BUS + 16 * MIB, 4 * MIB);

	(void)state;
	add(&r);
	commit();
	for (unsigned int i = 0; i < ARRAY_SIZE(by); i++) {
		memmap_del(map, &r);
		r.ipa.v += by[i];
		add(&r);
		commit();
		for (uint64_t at = 0; at < r.size; at += PAGE_SIZE) {
			assert_int_equal(entry_at(r.ipa.v + at).mfn.v,
					 (r.pa.v + at) >> PAGE_SHIFT);
		}
		assert_int_equal(entry_at(r.ipa.v - 1).type, P2M_INVALID);
		assert_int_equal(entry_at(r.ipa.v + r.size).type, P2M_INVALID);
	}
}

/* Out of table pages: the old view and the old p2m, and no page lost. */
static void pool_exhausted(void **state)
{
	struct region a = direct("a", BUS, 2 * MIB);
	struct region shift = direct("shift", BUS, 64 * MIB);
	uint64_t tables;

	(void)state;
	teardown(state);
	start(8);
	add(&a);
	commit();
	tables = stats().table_pages;
	/* No block can map it: 32 tables. */
	shift.pa.v += PAGE_SIZE;
	add(&shift);
	assert_int_equal(memmap_commit(map), -XEN_ENOMEM);
	host_check_no_stale(&root);
	assert_ptr_equal(shown_at(BUS), &a);
	assert_null(shown_at(BUS + 2 * MIB));
	assert_int_equal(entry_at(BUS).order, 9);
	assert_int_equal(entry_at(BUS + 2 * MIB).type, P2M_INVALID);
	assert_int_equal(stats().table_pages, tables);

	assert_int_equal(p2m_set_pool(p2m, 64), 0);
	commit();
	assert_ptr_equal(shown_at(BUS), &shift);
	assert_int_equal(entry_at(BUS).mfn.v, (BUS >> PAGE_SHIFT) + 1);
}

static void heap_exhausted(void **state)
{
	struct region a = direct("a", BUS, 2 * MIB);
	size_t in_use;

	(void)state;
	add(&a);
	in_use = heap_in_use();
	fail_after = 0;
	assert_int_equal(memmap_commit(map), -XEN_ENOMEM);
	fail_after = ~0u;
	assert_int_equal(heap_in_use(), in_use);
	assert_null(shown_at(BUS));
	commit();
	assert_ptr_equal(shown_at(BUS), &a);

	for (unsigned int n = 0; n < 2; n++) {
		fail_after = n;
		assert_null(memmap_create(p2m));
	}
	fail_after = ~0u;
}

/* Hidden RAM is not freed, and shows again with what was in it. */
static void hidden_ram_keeps_its_frames(void **state)
{
	struct region ram = direct("ram", BUS, 2 * MIB);
	struct region hole = ram;
	mfn_t mfn = frame_alloc(9, DOMAIN);

	(void)state;
	ram.kind = REGION_RAM;
	ram.type = P2M_RAM_RW;
	ram.attr = p2m_default_attr(P2M_RAM_RW);
	ram.pa = mfn_to_paddr(mfn);
	hole.kind = REGION_HOLE;
	hole.priority = 1;
	add(&ram);
	commit();
	assert_int_equal(entry_at(BUS).mfn.v, mfn.v);
	assert_int_equal(frame_refs(mfn), 2);
	add(&hole);
	commit();
	assert_int_equal(entry_at(BUS).type, P2M_INVALID);
	assert_int_equal(frame_refs(mfn), 1);
	memmap_del(map, &hole);
	commit();
	assert_int_equal(entry_at(BUS + 2 * MIB - 1).mfn.v, mfn.v + 511);
	memmap_del(map, &ram);
	commit();
	for (unsigned int i = 0; i < 512; i++) {
		assert_int_equal(frame_refs(mfn_add(mfn, i)), 1);
		frame_put(mfn_add(mfn, i));
	}
}

/* A frame of somebody else in the middle: nothing has happened. */
static void foreign_frame_is_no_ram(void **state)
{
	struct region dev = direct("dev", BUS + 4 * MIB, 4 * KIB);
	struct region first = direct("first", BUS, 4 * KIB);
	struct region second = direct("second", BUS + MIB, 16 * KIB);
	mfn_t mine = frame_alloc(0, DOMAIN);
	mfn_t theirs = frame_alloc(2, DOMAIN + 1);

	(void)state;
	first.kind = REGION_RAM;
	first.type = P2M_RAM_RW;
	first.attr = p2m_default_attr(P2M_RAM_RW);
	first.pa = mfn_to_paddr(mine);
	second.kind = REGION_RAM;
	second.type = P2M_RAM_RW;
	second.attr = first.attr;
	second.pa = mfn_to_paddr(theirs);
	add(&dev);
	add(&first);
	add(&second);
	assert_int_equal(memmap_commit(map), -XEN_EPERM);
	assert_int_equal(frame_refs(mine), 1);
	assert_int_equal(frame_refs(theirs), 1);
	assert_null(shown_at(BUS));
	assert_null(shown_at(BUS + 4 * MIB));
	assert_int_equal(entry_at(BUS).type, P2M_INVALID);
	assert_int_equal(entry_at(BUS + 4 * MIB).type, P2M_INVALID);
	memmap_del(map, &second);
	commit();
	assert_int_equal(entry_at(BUS).mfn.v, mine.v);
}

/* -------------------------------------------------------------- dispatch */

static struct vcpu vcpu;
static struct mmio_access seen;
static unsigned int nr_seen;

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	assert_ptr_equal(v, &vcpu);
	assert_ptr_equal(opaque, &seen);
	seen = *a;
	nr_seen++;
	if (!a->write) {
		a->data = 0x1234;
	}
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "test",
	.access = handler,
	.valid_sizes = 4 | 8,
};

static struct region emulated(uint64_t ipa, uint64_t size)
{
	return (struct region){
		.name = "emulated",
		.ipa = IPA(ipa),
		.size = size,
		.priority = PRIORITY_EMULATED,
		.kind = REGION_EMULATED,
		.ops = &ops,
		.opaque = &seen,
	};
}

static enum mmio_result access_at(uint64_t ipa, uint8_t size)
{
	struct mmio_access a = { .size = size };

	return memmap_access(map, &vcpu, IPA(ipa), &a);
}

static void access_reaches_the_handler(void **state)
{
	struct region dev = direct("dev", BUS, MIB);
	struct region r = emulated(BUS + 64 * KIB, 64 * KIB);
	struct mmio_access a = { .size = 4 };

	(void)state;
	add(&dev);
	add(&r);
	commit();
	assert_int_equal(entry_at(r.ipa.v).type, P2M_INVALID);
	nr_seen = 0;
	assert_int_equal(memmap_access(map, &vcpu, IPA(r.ipa.v + 0x104), &a),
			 MMIO_OK);
	assert_int_equal(a.data, 0x1234);
	assert_int_equal(seen.offset, 0x104);
	assert_int_equal(seen.size, 4);
	assert_false(seen.write);
	a = (struct mmio_access){ .size = 8, .write = true, .data = 99 };
	assert_int_equal(memmap_access(map, &vcpu, r.ipa, &a), MMIO_OK);
	assert_true(seen.write);
	assert_int_equal(seen.data, 99);
	assert_int_equal(nr_seen, 2);
	assert_int_equal(access_at(BUS, 4), MMIO_NOTHING);
	assert_int_equal(access_at(BUS + MIB, 4), MMIO_NOTHING);
	assert_int_equal(nr_seen, 2);
}

/* Sizes the region lacks, odd places, and ends: never at the handler. */
static void bad_accesses_abort(void **state)
{
	struct region r = emulated(BUS, 64 * KIB);
	struct region hole = {
		.name = "hole",
		.ipa = IPA(BUS + 32 * KIB),
		.size = 4 * KIB,
		.priority = PRIORITY_EMULATED + 1,
		.kind = REGION_HOLE,
	};

	(void)state;
	add(&r);
	add(&hole);
	commit();
	nr_seen = 0;
	assert_int_equal(access_at(BUS, 1), MMIO_ABORT);
	assert_int_equal(access_at(BUS, 2), MMIO_ABORT);
	assert_int_equal(access_at(BUS, 0), MMIO_ABORT);
	assert_int_equal(access_at(BUS, 16), MMIO_ABORT);
	for (unsigned int i = 1; i < 8; i++) {
		assert_int_equal(access_at(BUS + i, 8), MMIO_ABORT);
		/* Across the end of the region, and into a hole. */
		assert_int_equal(access_at(BUS + 64 * KIB - i, 8), MMIO_ABORT);
		assert_int_equal(access_at(BUS + 32 * KIB - i, 8), MMIO_ABORT);
	}
	assert_int_equal(access_at(BUS + 32 * KIB, 4), MMIO_NOTHING);
	assert_int_equal(nr_seen, 0);
	assert_int_equal(access_at(BUS + 64 * KIB - 8, 8), MMIO_OK);
	assert_int_equal(access_at(BUS + 36 * KIB, 4), MMIO_OK);
	/* Behind a hole the offset is still the region's. */
	assert_int_equal(seen.offset, 36 * KIB);
}

/* -------------------------------------------------------------- one line */

static void lines_for_people(void **state)
{
	struct region r = direct("sram@7fe00000", 0x7fe00000, 2 * MIB);
	char text[128] = "";

	(void)state;
	r.attr = memory;
	r.row = "mmio-sram";
	assert_int_equal(region_format(text, sizeof(text), &r), 75);
	assert_string_equal(text, "sram@7fe00000: ipa 0x7fe00000 pa 0x7fe00000 "
				  "2 MiB normal-wb rwx (mmio-sram)");
	r.kind = REGION_RAM;
	r.row = NULL;
	r.pa.v = 0;
	region_format(text, sizeof(text), &r);
	assert_string_equal(text, "sram@7fe00000: ipa 0x7fe00000 pa 0x0 "
				  "2 MiB normal-wb rwx (ram)");
	r = emulated(0x8000000, 64 * KIB);
	region_format(text, sizeof(text), &r);
	assert_string_equal(text, "emulated: ipa 0x8000000 64 KiB emulated");
	assert_true(region_format(text, 10, &r) > 10);
	assert_string_equal(text, "emulated:");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(empty_map_shows_nothing),
		CASE(region_shows_after_commit),
		CASE(higher_priority_hides),
		CASE(later_one_wins_a_tie),
		CASE(hole_hides_and_shows_nothing),
		CASE(bad_regions_are_refused),
		CASE(all_regions_by_address),
		CASE(only_differences_touch_the_p2m),
		CASE(neighbours_become_one_block),
		CASE(overlapping_move),
		CASE(pool_exhausted),
		CASE(heap_exhausted),
		CASE(hidden_ram_keeps_its_frames),
		CASE(foreign_frame_is_no_ram),
		CASE(access_reaches_the_handler),
		CASE(bad_accesses_abort),
		CASE(lines_for_people),
	};

	return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}
