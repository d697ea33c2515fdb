/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random trees of regions against an oracle that goes down the tree for each
 * page: view, p2m and dispatch agree with it, and the view that was changed
 * step by step is the one that is rendered afresh. STEPS in the environment
 * says how many steps; MEMMAP_SEED which seed to begin with.
 */
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
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/view.h"

#define DOMAIN	   1
#define IPA_BITS   36
#define SPACE	   UINT64_C(0x8000000)
#define NR_PAGES   64
#define NR_REGIONS 32
#define NR_SEEDS   10
#define STEPS	   UINT64_C(1000000)

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpus[2];

/* The first is where all of them are, a container. */
static struct region pool[NR_REGIONS];
static unsigned int deleted_in[NR_REGIONS]; /* of which commit */
static unsigned int nr_commits;

/* ---------------------------------------------------------------- random */

static uint64_t random_state;

static uint64_t rnd(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* -------------------------------------------------------------- dispatch */

static const struct region *seen_by;
static uint64_t seen_offset;

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	seen_by = opaque;
	seen_offset = a->offset;
	if (seen_by->kind == REGION_INTERPOSER) {
		return memmap_forward(v, a);
	}
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "test",
	.access = handler,
	.valid_sizes = 4,
};

/* ---------------------------------------------------------------- oracle */

/* One layer of what shows at a page. */
struct layer {
	const struct region *region;
	uint64_t offset;
	const struct vcpu *only;
};

struct layers {
	struct layer layer[NR_REGIONS];
	unsigned int nr;
	bool closed;
};

/* All regions of @container, what hides others first: by priority, then the
 * later one; the list that the map keeps is not looked at. */
static uint64_t added_at[NR_REGIONS];

static bool hides(const struct region *a, const struct region *b)
{
	return a->priority > b->priority ||
	       (a->priority == b->priority &&
		added_at[a - pool] > added_at[b - pool]);
}

static const struct region *next_below(const struct region *container,
				       const struct region *above)
{
	const struct region *best = NULL;

	for (unsigned int i = 1; i < NR_REGIONS; i++) {
		const struct region *r = &pool[i];

		if (r->parent == container && (!above || hides(above, r)) &&
		    (!best || hides(r, best))) {
			best = r;
		}
	}
	return best;
}

static void descend(struct layers *l, const struct region *r, uint64_t at,
		    const struct vcpu *only)
{
	const struct region *child = NULL;

	if (r->disabled || at >= r->size || l->closed ||
	    (r->only && only && r->only != only)) {
		return;
	}
	only = r->only ? r->only : only;
	switch (r->kind) {
	case REGION_CONTAINER:
		while ((child = next_below(r, child))) {
			descend(l, child, at - child->ipa.v, only);
		}
		break;
	case REGION_ALIAS:
		descend(l, r->target, at + r->target_offset, only);
		break;
	default:
		if (only && region_is_mapped(r)) {
			return;
		}
		l->layer[l->nr++] = (struct layer){ r, at, only };
		l->closed = !only && r->kind != REGION_INTERPOSER;
	}
}

static const struct layer *seen(const struct layers *l, unsigned int i,
				const struct vcpu *v)
{
	for (; i < l->nr; i++) {
		if (!l->layer[i].only || l->layer[i].only == v) {
			return &l->layer[i];
		}
	}
	return NULL;
}

static void check_dispatch(const struct layers *l, uint64_t ipa, struct vcpu *v)
{
	const struct layer *top = seen(l, 0, v), *end = top;
	struct mmio_access a = { .size = 4, .write = true };
	enum mmio_result want = MMIO_NOTHING, got;

	seen_by = NULL;
	/* Writes into the fake RAM below interposers are refused by ROM. */
	got = memmap_access(map, v, IPA(ipa), &a);
	if (!top || !region_is_emulated(top->region)) {
		assert_int_equal(got, want);
		assert_null(seen_by);
		return;
	}
	while (end && end->region->kind == REGION_INTERPOSER) {
		top = end;
		end = seen(l, (unsigned int)(end - l->layer) + 1, v);
	}
	want = MMIO_ABORT;
	if (end && region_is_emulated(end->region)) {
		top = end;
		want = MMIO_OK;
	}
	assert_int_equal(got, want);
	assert_ptr_equal(seen_by, top->region);
	assert_int_equal(seen_offset, top->offset);
}

static void check_page(struct p2m_locked l, uint64_t ipa)
{
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(IPA(ipa)));
	const struct span *s = memmap_find(map, IPA(ipa));
	struct layers layers = { .nr = 0 };
	const struct layer *top = layers.layer;
	bool nothing;

	descend(&layers, &pool[0], ipa - SPACE, NULL);
	/* A hole is no span, unless it is one for one vCPU only. */
	nothing = !layers.nr ||
		  (top->region->kind == REGION_HOLE && !top->only);
	assert_ptr_equal(s ? s->region : NULL, nothing ? NULL : top->region);
	if (s) {
		assert_int_equal(s->offset + (ipa - s->ipa.v), top->offset);
	}
	if (nothing || !region_is_mapped(top->region)) {
		assert_int_equal(e.type, P2M_INVALID);
		return;
	}
	assert_int_equal(e.type, top->region->type);
	assert_int_equal(e.attr.memtype, top->region->attr.memtype);
	assert_int_equal(e.attr.perm, top->region->attr.perm);
	assert_int_equal(e.mfn.v,
			 (top->region->pa.v + top->offset) >> PAGE_SHIFT);
}

static bool is_same(const struct span *a, const struct span *b)
{
	return a->ipa.v == b->ipa.v && a->size == b->size &&
	       a->region == b->region && a->via == b->via &&
	       a->offset == b->offset && a->pa.v == b->pa.v &&
	       a->ops == b->ops && a->only == b->only &&
	       a->attr.memtype == b->attr.memtype &&
	       a->attr.perm == b->attr.perm && a->type == b->type &&
	       a->mapped == b->mapped && a->emulated == b->emulated &&
	       a->ram == b->ram && a->below == b->below && a->log == b->log &&
	       a->buffered == b->buffered;
}

static void check_handlers(const struct flat_view *a, const struct flat_view *b)
{
	assert_int_equal(a->nr_emulated, b->nr_emulated);
	assert_int_equal(a->half, b->half);
	for (unsigned int i = 0; i < (a->half ? 2 * a->half : 1); i++) {
		const struct emulated_span *x = &a->emulated[i];
		const struct emulated_span *y = &b->emulated[i];

		assert_true(x->ipa.v == y->ipa.v && x->size == y->size &&
			    x->offset == y->offset && x->access == y->access &&
			    x->opaque == y->opaque &&
			    x->plain_sizes == y->plain_sizes);
	}
}

/* Chunks stay few: all but the last one have four spans, or more. */
static void check_chunks(const struct flat_view *view)
{
	for (unsigned int i = 0; i + 1 < view->nr_chunks; i++) {
		assert_true(view->chunk[i].chunk->nr >= 4);
	}
}

/* As many spans, and each the same, as when all is rendered at once. */
static void check_afresh(void)
{
	static const struct flat_view nothing;
	struct dirty all = { { { 0, BIT(IPA_BITS) } }, 1 };
	const struct flat_view *view = memmap_view(map);
	const struct span *a, *b;
	struct flat_view *fresh;

	assert_int_equal(view_render(&map->root, &nothing, &all, &fresh), 0);
	assert_int_equal(fresh->nr, view->nr);
	a = view_first_above(fresh, 0);
	b = view_first_above(view, 0);
	for (; a && b; a = view_next(fresh, a), b = view_next(view, b)) {
		assert_true(is_same(a, b));
	}
	assert_true(!a && !b);
	check_handlers(fresh, view);
	check_chunks(view);
	view_destroy(fresh);
}

static void check_all(void)
{
	struct p2m_locked l = p2m_lock(p2m);

	for (uint64_t i = 0; i < NR_PAGES; i++) {
		check_page(l, SPACE + i * PAGE_SIZE);
	}
	p2m_unlock(l);
	for (uint64_t i = 0; i < NR_PAGES; i++) {
		struct layers layers = { .nr = 0 };

		descend(&layers, &pool[0], i * PAGE_SIZE, NULL);
		check_dispatch(&layers, SPACE + i * PAGE_SIZE, &vcpus[0]);
		check_dispatch(&layers, SPACE + i * PAGE_SIZE, &vcpus[1]);
	}
	check_afresh();
	host_check_no_stale(&root);
}

/* ----------------------------------------------------------------- steps */

static void set_mapping(struct region *r)
{
	static const struct {
		enum p2m_type type;
		struct s2_attr attr;
	} direct[] = {
		{ P2M_DEVICE, { S2_DEVICE_NGNRE, S2_RW } },
		{ P2M_SRAM, { S2_NORMAL_WB, S2_RWX } },
		{ P2M_RESERVED, { S2_NORMAL_NC, S2_R } },
	};
	unsigned int i = rnd(3);

	/* Each region has its own bytes, so that any mistake is one. */
	r->pa = PADDR((1 + (r - pool)) * BIT(28));
	r->type = direct[i].type;
	r->attr = direct[i].attr;
	if (region_is_ram(r)) {
		r->type = P2M_RAM_RO;
		r->attr = p2m_default_attr(P2M_RAM_RO);
	}
}

static void random_region(struct region *r)
{
	static const enum region_kind kinds[] = {
		REGION_CONTAINER, REGION_CONTAINER,  REGION_ALIAS,
		REGION_ROM,	  REGION_ROM_DEVICE, REGION_DIRECT,
		REGION_DIRECT,	  REGION_DIRECT,     REGION_EMULATED,
		REGION_EMULATED,  REGION_INTERPOSER, REGION_HOLE,
	};
	uint64_t first = rnd(NR_PAGES), nr = 1 + rnd(NR_PAGES - first);

	*r = (struct region){
		.name = "r",
		.kind = kinds[rnd(ARRAY_SIZE(kinds))],
		.ipa = IPA(first * PAGE_SIZE),
		.size = nr * PAGE_SIZE,
		.priority = (int)rnd(5) - 2,
		.disabled = !rnd(8),
		.ops = &ops,
		.opaque = r,
	};
	if (region_is_mapped(r)) {
		set_mapping(r);
	} else if (!rnd(4)) {
		r->only = &vcpus[rnd(2)];
	}
	if (r->kind == REGION_ALIAS) {
		r->target = &pool[1 + rnd(NR_REGIONS - 1)];
		r->target_offset = rnd(NR_PAGES) * PAGE_SIZE;
	}
}

/* Whether @from leads to @to; aliases must not lead back. */
static bool leads_to(const struct region *from, const struct region *to)
{
	if (from == to) {
		return true;
	}
	if (from->kind == REGION_ALIAS && from->parent &&
	    leads_to(from->target, to)) {
		return true;
	}
	for (unsigned int i = 1; i < NR_REGIONS; i++) {
		if (pool[i].parent == from && leads_to(&pool[i], to)) {
			return true;
		}
	}
	return false;
}

static void put_in(struct region *r, uint64_t step)
{
	struct region *in = &pool[rnd(3) ? 0 : rnd(NR_REGIONS)];
	bool bad =
		r->kind == REGION_ALIAS &&
		(r->target == r || !r->target->size || leads_to(r->target, in));

	if (bad || in->kind != REGION_CONTAINER || leads_to(r, in)) {
		return;
	}
	if (memmap_add_to(map, in, r) == 0) {
		added_at[r - pool] = step;
	}
}

static void change(struct region *r, uint64_t step)
{
	switch (rnd(8)) {
	case 0:
	case 1:
		if (!r->nr_aliases) {
			memmap_del(map, r);
			deleted_in[r - pool] = nr_commits;
		}
		break;
	case 2:
		memmap_set_disabled(map, r, !r->disabled);
		break;
	case 3:
		memmap_set_priority(map, r, (int)rnd(5) - 2);
		added_at[r - pool] = step;
		break;
	case 4:
		if (region_is_mapped(r) && r->type == P2M_SRAM) {
			struct s2_attr attr = { rnd(2), S2_RW };

			assert_int_equal(memmap_set_attr(map, r, attr), 0);
		}
		assert_int_equal(memmap_set_log(map, r, rnd(2)), 0);
		memmap_set_buffered(map, r, rnd(2));
		break;
	default:
		assert_int_equal(
			memmap_move(map, r, IPA(rnd(NR_PAGES) * PAGE_SIZE)), 0);
		break;
	}
}

static bool has_children(const struct region *r)
{
	for (unsigned int i = 1; i < NR_REGIONS; i++) {
		if (pool[i].parent == r) {
			return true;
		}
	}
	return false;
}

static void step(uint64_t n)
{
	struct region *r = &pool[1 + rnd(NR_REGIONS - 1)];

	if (r->parent) {
		change(r, n);
	} else if (has_children(r)) {
		put_in(r, n); /* what was taken out with all in it */
	} else if (deleted_in[r - pool] != nr_commits && !r->nr_aliases) {
		random_region(r);
		put_in(r, n);
	}
}

/* -------------------------------------------------------------- programs */

static void start(uint64_t seed)
{
	host_setup(16);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, true, 64);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	memset(pool, 0, sizeof(pool));
	memset(deleted_in, 0, sizeof(deleted_in));
	nr_commits = 1;
	pool[0] = (struct region){
		.name = "space",
		.kind = REGION_CONTAINER,
		.ipa = IPA(SPACE),
		.size = NR_PAGES * PAGE_SIZE,
	};
	assert_int_equal(memmap_add(map, &pool[0]), 0);
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
}

static void finish(void)
{
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
}

static void run(uint64_t seed, uint64_t steps)
{
	start(seed);
	for (uint64_t n = 1; n <= steps; n++) {
		step(n);
		if (rnd(8) == 0) {
			int rc;

			map->transit.turn = rnd(2) ? BUDGET_TURN : 1 + rnd(4);
			rc = memmap_commit(map);

			if (rc) {
				fail_msg("seed %llu, step %llu: %d",
					 (unsigned long long)seed,
					 (unsigned long long)n, rc);
			}
			nr_commits++;
			if (rnd(16) == 0) {
				check_all();
			}
		}
	}
	assert_int_equal(memmap_commit(map), 0);
	check_all();
	finish();
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void random_trees(void **state)
{
	uint64_t steps = number("MEMMAP_STEPS", STEPS);
	uint64_t first = number("MEMMAP_SEED", 1);

	(void)state;
	for (uint64_t i = 0; i < NR_SEEDS; i++) {
		run(first + i, steps / NR_SEEDS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_trees),
	};

	return cmocka_run_group_tests_name("memmap trees", tests, NULL, NULL);
}
