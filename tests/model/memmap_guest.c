/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest balloons, populates and maps other pages while regions come, go and
 * move above its RAM: each page of RAM comes back as the guest left it, and
 * what the guest put above stays. Allocations fail at every point.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "chance.h"
#include "domain/domain.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define SPACE	 UINT64_C(0x8000000)
#define NR_PAGES 64
#define NR_RAM	 3
#define RAM_ORD	 4
#define RAM_SIZE (1u << RAM_ORD)
#define NR_ABOVE 5
#define STEPS	 60000

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static bool direct;

static struct region box = { .name = "box", .kind = REGION_CONTAINER };
static struct region ram[NR_RAM];
static struct region above[NR_ABOVE];
/* What each page of RAM is, shown or not. */
static mfn_t base[NR_RAM];
static mfn_t frame[NR_RAM][RAM_SIZE];
/* What the guest put above everything. */
static bool shared[NR_PAGES];
static mfn_t shared_mfn;

static uint64_t random_state;

static uint64_t rnd(uint64_t below)
{
	return chance(&random_state, below);
}

/* --------------------------------------------------------------- checking */

static gfn_t gfn_at(unsigned int page)
{
	return GFN((SPACE >> PAGE_SHIFT) + page);
}

static const struct span *top(unsigned int page)
{
	return memmap_find(map, gfn_to_ipa(gfn_at(page)));
}

/* The page of RAM that shows, or NULL. */
static mfn_t *ram_at(unsigned int page)
{
	const struct span *s = top(page);
	uint64_t in;

	if (!s || !s->ram) {
		return NULL;
	}
	in = s->offset + (gfn_to_ipa(gfn_at(page)).v - s->ipa.v);
	return &frame[s->region - ram][in >> PAGE_SHIFT];
}

static bool is_device(unsigned int page)
{
	const struct span *s = top(page);

	return s && s->mapped && !s->ram;
}

static void check_page(struct p2m_locked l, unsigned int page)
{
	struct p2m_entry e = p2m_lookup(l, gfn_at(page));
	const struct span *s = top(page);
	const mfn_t *mfn = ram_at(page);

	if (shared[page]) {
		assert_int_equal(e.type, P2M_XEN);
		assert_int_equal(e.mfn.v, shared_mfn.v);
	} else if (mfn && !mfn_eq(*mfn, MFN_INVALID)) {
		assert_int_equal(e.type, P2M_RAM_RW);
		assert_int_equal(e.mfn.v, mfn->v);
		assert_int_equal(e.attr.perm, s->attr.perm);
	} else if (is_device(page)) {
		assert_int_equal(e.type, P2M_DEVICE);
	} else {
		assert_int_equal(e.type, P2M_INVALID);
	}
}

static void check_all(void)
{
	struct p2m_locked l = p2m_lock(p2m);

	for (unsigned int page = 0; page < NR_PAGES; page++) {
		check_page(l, page);
	}
	p2m_unlock(l);
	host_check_no_stale(&root);
}

static uint64_t all_references(void)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < host_ram_frames(); i++) {
		mfn_t mfn = mfn_add(host_ram_first(), i);

		if (frame_owner(mfn) == DOMAIN) {
			sum += frame_refs(mfn);
		}
	}
	return sum;
}

/* ----------------------------------------------------------------- commits */

/* Each allocation fails once; nothing has happened then. */
static void fail_everywhere(void)
{
	const struct flat_view *view = memmap_view(map);
	size_t in_use = heap_in_use();
	uint64_t references = all_references();
	int rc = -XEN_ENOMEM;

	for (unsigned int n = 0; rc; n++) {
		fail_after = n;
		rc = memmap_commit(map);
		fail_after = FAIL_NEVER;
		if (rc) {
			assert_int_equal(rc, -XEN_ENOMEM);
			assert_ptr_equal(memmap_view(map), view);
			assert_int_equal(heap_in_use(), in_use);
			assert_int_equal(all_references(), references);
			check_all();
		}
	}
}

static void commit(void)
{
	/* In one turn, or in as many as possible, or some. */
	map->transit.turn = rnd(2) ? BUDGET_TURN : 1 + rnd(8);
	if (rnd(16)) {
		assert_int_equal(memmap_commit(map), 0);
	} else {
		fail_everywhere();
	}
	/* A page of RAM that shows below something shared has been replaced. */
	for (unsigned int page = 0; page < NR_PAGES; page++) {
		mfn_t *mfn = ram_at(page);

		if (shared[page] && mfn) {
			*mfn = MFN_INVALID;
		}
	}
	check_all();
}

static void as_new(unsigned int i)
{
	for (unsigned int page = 0; page < RAM_SIZE; page++) {
		frame[i][page] = ram[i].populated ? MFN_INVALID
						  : mfn_add(base[i], page);
	}
}

static ipa_t somewhere(void)
{
	return IPA(SPACE + rnd(NR_PAGES - RAM_SIZE) * PAGE_SIZE);
}

static void change_ram(void)
{
	unsigned int i = rnd(NR_RAM);
	struct region *r = &ram[i];

	switch (rnd(6)) {
	case 0:
		memmap_set_disabled(map, r, !r->disabled);
		break;
	case 1:
		memmap_set_priority(map, r, (int)rnd(5));
		break;
	case 2:
		assert_int_equal(
			memmap_set_attr(
				map, r,
				(struct s2_attr){ S2_NORMAL_WB,
						  rnd(2) ? S2_RW : S2_RWX }),
			0);
		break;
	case 3:
		if (rnd(8) == 0) {
			memmap_del(map, r);
			commit();
			as_new(i);
			assert_int_equal(memmap_add(map, r), 0);
		}
		break;
	default:
		assert_int_equal(memmap_move(map, r, somewhere()), 0);
		break;
	}
}

static void change_above(void)
{
	struct region *r = &above[rnd(NR_ABOVE)];

	if (rnd(3) == 0) {
		memmap_set_priority(map, r, (int)rnd(5));
	} else if (rnd(2)) {
		memmap_set_disabled(map, r, !r->disabled);
	} else {
		assert_int_equal(
			memmap_move(map, r, IPA(rnd(NR_PAGES / 2) * PAGE_SIZE)),
			0);
	}
	if (rnd(4) == 0) {
		memmap_set_disabled(map, &box, !box.disabled);
	}
}

/* --------------------------------------------------------------- the guest */

static void put_back(struct p2m_locked l, unsigned int page)
{
	const struct span *s = top(page);
	mfn_t *mfn = ram_at(page), was, new;
	unsigned int i = (unsigned int)(s->region - ram);

	was = mfn_add(base[i], (unsigned int)(mfn - frame[i]));
	new = was;
	if (!direct && rnd(2)) {
		new = frame_alloc(0, DOMAIN);
		assert_false(mfn_eq(new, MFN_INVALID));
	} else if (!direct) {
		assert_int_equal(frame_get(was, DOMAIN), 0);
	}
	assert_int_equal(p2m_map(l, gfn_at(page), new, 1,
				 (struct p2m_as){ P2M_RAM_RW, s->attr }),
			 0);
	*mfn = new;
}

static void guest_does(unsigned int page)
{
	struct p2m_locked l = p2m_lock(p2m);
	mfn_t *mfn = ram_at(page);
	bool given = mfn && mfn_eq(*mfn, MFN_INVALID);

	if (is_device(page)) {
		/* It leaves that alone. */
	} else if (shared[page]) {
		assert_int_equal(p2m_unmap(l, gfn_at(page), 1), 0);
		shared[page] = false;
	} else if (rnd(4) == 0) {
		assert_int_equal(p2m_map(l, gfn_at(page), shared_mfn, 1,
					 p2m_as(P2M_XEN)),
				 0);
		shared[page] = true;
		if (mfn) {
			*mfn = MFN_INVALID;
		}
	} else if (given) {
		put_back(l, page);
	} else if (mfn) {
		assert_int_equal(p2m_unmap(l, gfn_at(page), 1), 0);
		*mfn = MFN_INVALID;
	}
	p2m_unlock(l);
}

/* ----------------------------------------------------------------- the run */

static void make_ram(void)
{
	for (unsigned int i = 0; i < NR_RAM; i++) {
		base[i] = frame_alloc(RAM_ORD, DOMAIN);
		ram[i] = (struct region){
			.name = "ram",
			.kind = REGION_RAM,
			.ipa = somewhere(),
			.size = RAM_SIZE * PAGE_SIZE,
			.pa = mfn_to_paddr(base[i]),
			.type = P2M_RAM_RW,
			.attr = p2m_default_attr(P2M_RAM_RW),
			.populated = i == 0,
		};
		as_new(i);
		assert_int_equal(memmap_add(map, &ram[i]), 0);
	}
}

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	(void)v;
	(void)opaque;
	(void)a;
	return MMIO_OK;
}

static void make_above(void)
{
	static const enum region_kind kinds[NR_ABOVE] = {
		REGION_DIRECT,	   REGION_DIRECT, REGION_EMULATED,
		REGION_INTERPOSER, REGION_HOLE,
	};
	static const struct region_ops ops = { .name = "test",
					       .access = handler,
					       .valid_sizes = 4 };

	box.ipa = IPA(SPACE);
	box.size = NR_PAGES * PAGE_SIZE;
	box.priority = 2;
	assert_int_equal(memmap_add(map, &box), 0);
	for (unsigned int i = 0; i < NR_ABOVE; i++) {
		above[i] = (struct region){
			.name = "above",
			.kind = kinds[i],
			.ipa = IPA(rnd(NR_PAGES / 2) * PAGE_SIZE),
			.size = (1 + rnd(NR_PAGES / 2)) * PAGE_SIZE,
			.pa = PADDR((1 + i) * BIT(20)),
			.type = P2M_DEVICE,
			.attr = p2m_default_attr(P2M_DEVICE),
			.disabled = true,
			.ops = &ops,
		};
		assert_int_equal(memmap_add_to(map, &box, &above[i]), 0);
	}
}

static void start(void)
{
	host_setup(16);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, direct, 64);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	memset(&box, 0, sizeof(box));
	box.name = "box";
	memset(shared, 0, sizeof(shared));
	shared_mfn = frame_alloc(0, FRAME_OWNER_XEN);
	arch_cache_clean_inval(mfn_to_ptr(shared_mfn), PAGE_SIZE);
	random_state = 20240229;
	make_ram();
	make_above();
	commit();
}

/* All frames are where they were before: no reference is lost. */
static void finish(void)
{
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	for (unsigned int i = 0; i < NR_RAM; i++) {
		for (unsigned int page = 0; page < RAM_SIZE; page++) {
			mfn_t mfn = mfn_add(base[i], page);

			assert_int_equal(frame_refs(mfn), 1);
			frame_put(mfn);
		}
	}
	assert_int_equal(all_references(), 0);
	host_teardown();
}

static void run(void)
{
	start();
	for (unsigned int step = 0; step < STEPS; step++) {
		switch (rnd(8)) {
		case 0:
			change_ram();
			break;
		case 1:
			change_above();
			break;
		case 2:
			commit();
			break;
		default:
			guest_does(rnd(NR_PAGES));
		}
	}
	commit();
	finish();
}

static void frames_that_are_counted(void **state)
{
	(void)state;
	direct = false;
	run();
}

static void frames_of_a_direct_map(void **state)
{
	(void)state;
	direct = true;
	run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_that_are_counted),
		cmocka_unit_test(frames_of_a_direct_map),
	};

	return cmocka_run_group_tests_name("memmap and guest", tests, NULL,
					   NULL);
}
