/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random memory maps against an oracle that looks at all regions for each
 * page: view, p2m and dispatch agree with it after every commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/heap.h"
#include "memmap/commit.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define IPA_BITS 36
/* Where nothing of the fake RAM is: devices and SRAM. */
#define BUS	   UINT64_C(0x8000000)
#define NR_PAGES   2048 /* 8 MiB of guest address */
#define NR_REGIONS 24
#define STEPS	   8000

static const struct s2_attr device = { S2_DEVICE_NGNRE, S2_RW };
static const struct s2_attr memory = { S2_NORMAL_WB, S2_RWX };

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpu;

static struct region pool[NR_REGIONS];
static bool added[NR_REGIONS];
static uint64_t added_at[NR_REGIONS];
static unsigned int deleted_in[NR_REGIONS]; /* step */

/* ----------------------------------------------------------- the machine */

static void start(uint64_t nr_tables)
{
	host_setup(64);
	host_set_nr_cpus(2);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, false, nr_tables);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	memset(added, 0, sizeof(added));
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

static void add(unsigned int i, uint64_t when)
{
	assert_int_equal(memmap_add(map, &pool[i]), 0);
	added[i] = true;
	added_at[i] = when;
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

static const struct region *shown_at(uint64_t ipa)
{
	const struct span *s = memmap_find(map, IPA(ipa));

	return s ? s->region : NULL;
}

/* -------------------------------------------------------------- dispatch */

static struct mmio_access seen;

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	(void)v;
	(void)opaque;
	seen = *a;
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "test",
	.access = handler,
	.valid_sizes = 4,
};

static enum mmio_result access_at(uint64_t ipa)
{
	struct mmio_access a = { .size = 4 };

	return memmap_access(map, &vcpu, IPA(ipa), &a);
}

/* ---------------------------------------------------------------- random */

static uint64_t random_state;

static uint64_t rnd(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void random_region(struct region *r)
{
	static const enum p2m_type types[] = { P2M_DEVICE, P2M_SRAM,
					       P2M_RESERVED };
	uint64_t first = rnd(NR_PAGES), nr = 1 + rnd(NR_PAGES - first);

	if (rnd(3) == 0) {
		first = align_down(first, 512);
		nr = 512 * (1 + rnd(2));
		nr = min_u64(nr, NR_PAGES - first);
	} else if (rnd(2)) {
		nr = min_u64(nr, 1 + rnd(32));
	}
	if (rnd(4) == 0) {
		nr = align_up(first + nr, 512) - first;
	}
	*r = (struct region){
		.name = "r",
		.ipa = IPA(BUS + first * PAGE_SIZE),
		.pa = PADDR(BUS + first * PAGE_SIZE),
		.size = nr * PAGE_SIZE,
		.priority = (int)rnd(5) - 2,
		.kind = REGION_DIRECT,
	};
	r->type = types[rnd(3)];
	r->attr = r->type == P2M_DEVICE ? device : memory;
	if (rnd(3) == 0) {
		r->attr.perm = S2_R;
	}
	if (rnd(3) == 0) {
		r->attr.memtype = S2_NORMAL_NC;
	}
	if (rnd(4) == 0) {
		r->pa.v += rnd(3) * PAGE_SIZE;
	}
	switch (rnd(6)) {
	case 0:
		r->kind = REGION_HOLE;
		break;
	case 1:
		r->kind = REGION_EMULATED;
		r->ops = &ops;
		break;
	default:
		break;
	}
}

/* The region that shows on a page, by looking at all of them. */
static const struct region *oracle(uint64_t ipa)
{
	const struct region *best = NULL;
	uint64_t best_at = 0;

	for (unsigned int i = 0; i < NR_REGIONS; i++) {
		const struct region *r = &pool[i];

		if (!added[i] || ipa - r->ipa.v >= r->size) {
			continue;
		}
		if (!best || r->priority > best->priority ||
		    (r->priority == best->priority && added_at[i] > best_at)) {
			best = r;
			best_at = added_at[i];
		}
	}
	return best && best->kind != REGION_HOLE ? best : NULL;
}

static void check_page(uint64_t ipa)
{
	const struct region *r = oracle(ipa);
	struct p2m_entry e = entry_at(ipa);
	bool is_emulated = r && r->kind == REGION_EMULATED;

	assert_ptr_equal(shown_at(ipa), r);
	assert_int_equal(access_at(ipa), is_emulated ? MMIO_OK : MMIO_NOTHING);
	if (is_emulated) {
		assert_int_equal(seen.offset, ipa - r->ipa.v);
	}
	if (!r || is_emulated) {
		assert_int_equal(e.type, P2M_INVALID);
		return;
	}
	assert_int_equal(e.type, r->type);
	assert_int_equal(e.attr.memtype, r->attr.memtype);
	assert_int_equal(e.attr.perm, r->attr.perm);
	assert_int_equal(e.mfn.v, (r->pa.v + ipa - r->ipa.v) >> PAGE_SHIFT);
}

static void check_view(void)
{
	const struct flat_view *view = memmap_view(map);
	unsigned int nr = 0;
	uint64_t end = 0;

	for (const struct span *s = view_first_above(view, 0); s;
	     s = view_next(view, s)) {
		assert_true(s->size > 0);
		assert_true(s->ipa.v >= end);
		end = s->ipa.v + s->size;
		nr++;
	}
	assert_int_equal(nr, view->nr);
}

static void check_all(void)
{
	for (uint64_t i = 0; i < NR_PAGES; i++) {
		check_page(BUS + i * PAGE_SIZE);
	}
	check_view();
	host_check_no_stale(&root);
}

static void touch_some(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		ipa_t ipa = IPA(BUS + rnd(NR_PAGES) * PAGE_SIZE);

		host_set_cpu(rnd(2));
		host_touch(&root, ipa, NULL);
		host_touch_va(&root, 1, GVA(rnd(8) * PAGE_SIZE), ipa, NULL);
	}
	host_set_cpu(0);
}

static void change_some(unsigned int step)
{
	unsigned int nr = 1 + rnd(4);

	while (nr--) {
		unsigned int i = rnd(NR_REGIONS);

		if (added[i]) {
			memmap_del(map, &pool[i]);
			added[i] = false;
			deleted_in[i] = step;
		} else if (deleted_in[i] != step) {
			random_region(&pool[i]);
			add(i, step * 16 - nr);
		}
	}
}

static void random_maps(void **state)
{
	struct host_counts before;

	(void)state;
	random_state = 0x9e3779b97f4a7c15;
	for (unsigned int step = 1; step <= STEPS; step++) {
		change_some(step);
		touch_some();
		map->transit.turn = rnd(2) ? BUDGET_TURN : 1 + rnd(8);
		commit();
		if (step % 8 == 0) {
			check_all();
		}
	}
	check_all();
	before = host_counts();
	commit();
	assert_int_equal(host_counts().pte_stores, before.pte_stores);
}

static void add_six(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		random_region(&pool[i]);
		add(i, i);
	}
}

/* With each size of pool a commit works, or nothing has happened. */
static void small_pools(void **state)
{
	(void)state;
	random_state = 4711;
	for (unsigned int round = 0; round < 400; round++) {
		struct host_shape before, after;
		int rc;

		teardown(state);
		start(rnd(16));
		add_six();
		before = host_shape(&root);
		rc = memmap_commit(map);
		if (!rc) {
			check_all();
			continue;
		}
		assert_int_equal(rc, -XEN_ENOMEM);
		host_check_no_stale(&root);
		after = host_shape(&root);
		assert_memory_equal(&before, &after, sizeof(before));
		assert_int_equal(memmap_view(map)->nr, 0);
	}
}

/* What an empty p2m needs for all that shows. */
static uint64_t bound_of(const struct flat_view *view)
{
	static const struct flat_view nothing;
	struct dirty all = { { { 0, BIT(IPA_BITS) } }, 1 };
	struct memmap_change c = { map, &nothing, view, &all };
	struct p2m *empty = p2m_create(DOMAIN, IPA_BITS, false, 0);
	struct plan plan = { .l = p2m_lock(empty) };
	struct budget much = { UINT64_MAX };
	struct list none;
	uint64_t bound;

	list_init(&none);
	plan.kept.all = &none;
	assert_int_equal(plan_make(&plan, &c, &much), 0);
	bound = plan_tables(plan.op, plan.nr);
	plan_free(&plan);
	p2m_unlock(plan.l);
	p2m_destroy(empty);
	return bound;
}

/* In an empty p2m the bound is exact, but for the level above the root. */
static void bound_of_tables(void **state)
{
	random_state = 815;
	for (unsigned int round = 0; round < 400; round++) {
		uint64_t bound, used;

		teardown(state);
		start(64);
		add_six();
		commit();
		bound = bound_of(memmap_view(map));
		used = host_shape(&root).tables - 1;
		assert_in_range(bound, used, used + 1);
	}
}

/* In the end nothing is left, whatever was there. */
static void everything_deleted(void **state)
{
	struct host_shape shape;

	(void)state;
	random_state = 42;
	for (unsigned int i = 0; i < NR_REGIONS; i++) {
		random_region(&pool[i]);
		add(i, i);
	}
	commit();
	for (unsigned int i = 0; i < NR_REGIONS; i++) {
		memmap_del(map, &pool[i]);
	}
	commit();
	assert_int_equal(memmap_view(map)->nr, 0);
	shape = host_shape(&root);
	for (unsigned int level = 0; level < 4; level++) {
		assert_int_equal(shape.leaves[level], 0);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(random_maps),
		CASE(small_pools),
		CASE(bound_of_tables),
		CASE(everything_deleted),
	};

	return cmocka_run_group_tests_name("memmap model", tests, NULL, NULL);
}
