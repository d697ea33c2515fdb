/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on a p2m against a naive map of single pages. After each
 * batch: contents equal, tables and blocks those of a map made afresh, the
 * change sets lead from the old map to the new one, hardware remembers nothing that is gone, and every reference, frame
 * and table page is accounted for. The seeds are fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "fresh.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define OTHER	 2
#define IPA_BITS 39
/* At most so many guest frames that operations fall into. */
#define NR_MAX	      786432
#define NR_SMALL      4096
#define NR_OTHER      1024
#define POOL	      24
#define BATCHES	      30000
#define LARGE_BATCHES 600
#define CHECK_PERIOD  32
/* A machine frame that is no RAM, with 1 GiB around it. */
#define BUS_MFN UINT64_C(0x200000)

static struct page truth[NR_MAX]; /* what the operations should have done     */
/* For each page a hash of what has left it: as it should, and as told. */
static uint64_t left[NR_MAX];
static uint64_t heard[NR_MAX];
static uint32_t other_refs[NR_OTHER];
static mfn_t other_first;
static uint64_t window; /* first guest frame */
static uint64_t nr_window;
static bool direct;
static uint64_t last_seq;
static uint64_t free_at_start;
static bool largest_block_seen;

static struct p2m *p2m;
static struct s2_root root;

/* ---------------------------------------------------------------- random */

static uint64_t random_state;

static uint64_t rnd(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* ------------------------------------------------- allocation that fails */

mfn_t __real_frame_alloc(unsigned int order, uint16_t owner);
mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner);
void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);

static unsigned int fail_after = ~0u;

static bool fails_now(void)
{
	return fail_after != ~0u && fail_after-- == 0;
}

mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner)
{
	return fails_now() ? MFN_INVALID : __real_frame_alloc(order, owner);
}

void *__wrap_heap_alloc(size_t size)
{
	return fails_now() ? NULL : __real_heap_alloc(size);
}

/* -------------------------------------------------------------- listener */

static bool is_foreign(enum p2m_type type)
{
	return type == P2M_FOREIGN_RW || type == P2M_FOREIGN_RO;
}

static bool holds_reference(enum p2m_type type)
{
	return is_foreign(type) || (!direct && p2m_is_ram(type));
}

/* Whether a page becomes another thing, not only another permission. */
static bool leaves(const struct page *old, const struct page *new)
{
	enum p2m_type is = new->type;

	if (old->type == P2M_INVALID) {
		return false;
	}
	switch (old->type) {
	case P2M_RAM_RW:
	case P2M_RAM_RO:
		return !p2m_is_ram(is) || old->mfn != new->mfn;
	case P2M_FOREIGN_RW:
	case P2M_FOREIGN_RO:
		return !is_foreign(is) || old->mfn != new->mfn;
	case P2M_GRANT_RW:
	case P2M_GRANT_RO:
		return (is != P2M_GRANT_RW && is != P2M_GRANT_RO) ||
		       old->mfn != new->mfn;
	default:
		return old->type != is || old->mfn != new->mfn;
	}
}

/* Add one event to the hash of a page; the order counts. */
static void add_event(uint64_t *hash, uint64_t old_type, uint64_t old_mfn,
		      uint64_t new_type, uint64_t new_mfn)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);

	if (new_type == P2M_INVALID) {
		new_mfn = 0;
	}
	*hash = (*hash ^ (old_type << 48 | old_mfn)) * odd;
	*hash = (*hash ^ (new_type << 48 | new_mfn)) * odd;
}

/* One frame of a change: it has left, and is still referenced. */
static void hear_page(const struct p2m_change *c, uint64_t i)
{
	if (holds_reference(c->old_type)) {
		assert_true(frame_refs(mfn_add(c->old_mfn, i)) > 0);
	}
	add_event(&heard[c->gfn.v + i - window], c->old_type, c->old_mfn.v + i,
		  c->new_type, c->new_mfn.v + i);
}

static void hear(void *opaque, const struct p2m_changes *changes)
{
	(void)opaque;
	assert_int_equal(changes->seq, last_seq + 1);
	last_seq = changes->seq;
	assert_true(changes->nr > 0);
	for (unsigned int i = 0; i < changes->nr; i++) {
		const struct p2m_change *c = &changes->change[i];

		assert_in_range(c->gfn.v, window, window + nr_window - 1);
		assert_true(c->nr > 0 && c->nr <= nr_window);
		for (uint64_t at = 0; at < c->nr; at++) {
			hear_page(c, at);
		}
	}
	/* Whoever is told may rely on it: no CPU reaches the old page. */
	host_check_no_stale(&root);
}

static struct p2m_listener listener = { .name = "model", .changed = hear };

/* ----------------------------------------------------------- the machine */

static void start(bool is_direct)
{
	host_setup(64);
	p2m_init(40, 8);
	host_set_nr_cpus(2);
	direct = is_direct;
	p2m = p2m_create(DOMAIN, IPA_BITS, direct, POOL);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	listener.next = NULL;
	p2m_listen(p2m, &listener);
	last_seq = 0;
	memset(truth, 0, sizeof(truth));
	memset(left, 0, sizeof(left));
	memset(heard, 0, sizeof(heard));
	memset(other_refs, 0, sizeof(other_refs));
	window = direct ? host_ram_first().v : UINT64_C(0x3fc00);
	nr_window = NR_SMALL;
	if (direct) {
		/* A direct-mapped domain's RAM is its own for ever. */
		assert_int_equal(frame_alloc_at(MFN(window), nr_window, DOMAIN),
				 0);
	}
	other_first = frame_alloc(10, OTHER);
	assert_false(mfn_eq(other_first, MFN_INVALID));
	free_at_start = frame_nr_free();
}

static void stop(void)
{
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	for (unsigned int i = 0; direct && i < nr_window; i++) {
		assert_int_equal(frame_refs(MFN(window + i)), 1);
		frame_put(MFN(window + i));
	}
	for (unsigned int i = 0; i < NR_OTHER; i++) {
		mfn_t mfn = mfn_add(other_first, i);

		assert_int_equal(frame_refs(mfn), 1);
		frame_put(mfn);
	}
	assert_int_equal(frame_nr_free(), frame_nr_total());
	host_teardown();
}

/* --------------------------------------------------------------- checking */

/* The runs of the p2m in [from, to) are those of the truth. */
static void check_runs(uint64_t from, uint64_t to)
{
	struct p2m_locked l = p2m_lock(p2m);

	while (from < to) {
		struct p2m_entry e;
		uint64_t nr = p2m_run(l, GFN(window + from), to - from, &e);
		struct page first = { e.type, e.mfn.v, e.attr };

		assert_in_range(nr, 1, to - from);
		for (uint64_t i = 0; i < nr; i++) {
			assert_true(same_page(&first, &truth[from + i], i));
		}
		from += nr;
		assert_true(from == to || !same_page(&first, &truth[from], nr));
	}
	p2m_unlock(l);
}

/* What hardware finds, read without core/s2. */
static void check_walk(uint64_t i)
{
	static const uint8_t memattr[] = {
		[S2_NORMAL_WB] = 15,   [S2_NORMAL_NC] = 5,
		[S2_DEVICE_GRE] = 3,   [S2_DEVICE_NGRE] = 2,
		[S2_DEVICE_NGNRE] = 1, [S2_DEVICE_NGNRNE] = 0,
	};
	const struct page *page = &truth[i];
	ipa_t ipa = gfn_to_ipa(GFN(window + i));
	struct host_leaf leaf;

	assert_int_equal(host_walk(&root, ipa, &leaf),
			 page->type != P2M_INVALID);
	if (page->type == P2M_INVALID) {
		return;
	}
	assert_int_equal(leaf.pa.v + (ipa.v - leaf.ipa.v),
			 page->mfn << PAGE_SHIFT);
	assert_int_equal(leaf.pte >> 2 & 15, memattr[page->attr.memtype]);
	assert_int_equal(leaf.pte >> 6 & 1, !!(page->attr.perm & S2_R));
	assert_int_equal(leaf.pte >> 7 & 1, !!(page->attr.perm & S2_W));
	assert_int_equal(!(leaf.pte >> 54 & 1), !!(page->attr.perm & S2_X));
}

static void check_tables(void)
{
	const struct fresh_map map = { truth, window, nr_window };
	struct host_shape shape = host_shape(&root);
	struct host_shape fresh = fresh_shape(&map);
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_stats stats = p2m_stats(l);

	p2m_unlock(l);
	largest_block_seen |= shape.leaves[1];
	assert_int_equal(stats.table_pages, shape.tables);
	/* However it came about, it looks like a map made at once. */
	assert_int_equal(shape.tables, fresh.tables);
	for (unsigned int level = 0; level < 4; level++) {
		assert_int_equal(shape.leaves[level], fresh.leaves[level]);
		assert_int_equal(stats.blocks[level], shape.leaves[level]);
	}
}

static void check_frames(void)
{
	uint64_t ram = 0;

	for (uint64_t i = 0; i < nr_window; i++) {
		if (p2m_is_ram(truth[i].type)) {
			assert_int_equal(frame_owner(MFN(truth[i].mfn)),
					 DOMAIN);
			assert_int_equal(frame_refs(MFN(truth[i].mfn)), 1);
			ram++;
		}
	}
	assert_int_equal(frame_nr_free(), free_at_start - (direct ? 0 : ram));
	for (unsigned int i = 0; i < NR_OTHER; i++) {
		assert_int_equal(frame_refs(mfn_add(other_first, i)),
				 1 + other_refs[i]);
	}
}

static void check_all(void)
{
	check_runs(0, nr_window);
	assert_memory_equal(left, heard, nr_window * sizeof(left[0]));
	check_tables();
	check_frames();
	for (unsigned int i = 0; i < 64; i++) {
		check_walk(rnd(nr_window));
	}
}

static void touch_some(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		ipa_t ipa = gfn_to_ipa(GFN(window + rnd(nr_window)));

		host_set_cpu(rnd(2));
		host_touch(&root, ipa, NULL);
		host_touch_va(&root, rnd(2), GVA(rnd(8) << PAGE_SHIFT), ipa,
			      NULL);
	}
	host_set_cpu(0);
}

/* ------------------------------------------------------------- operations */

struct range {
	uint64_t first;
	uint64_t nr;
};

/* Few pages, a block, or a large run; blocks are often aligned. */
static struct range random_range(void)
{
	struct range r = { rnd(nr_window), 1 };

	if (nr_window == NR_MAX && rnd(4) == 0) {
		r.first = align_down(r.first, BIT(18));
		r.nr = BIT(18);
		return r;
	}
	switch (rnd(8)) {
	case 0:
	case 1:
		r.first = align_down(r.first, 512);
		r.nr = 512;
		break;
	case 2:
		r.nr = 1 + rnd(nr_window / 2);
		break;
	case 3:
	case 4:
		r.nr = 1 + rnd(64);
		break;
	default:
		break;
	}
	r.nr = min_u64(r.nr, nr_window - r.first);
	return r;
}

static void set_page(uint64_t i, struct page new)
{
	struct page *page = &truth[i];

	if (leaves(page, &new)) {
		add_event(&left[i], page->type, page->mfn, new.type, new.mfn);
	}
	if (is_foreign(page->type)) {
		other_refs[page->mfn - other_first.v]--;
	}
	if (is_foreign(new.type)) {
		other_refs[new.mfn - other_first.v]++;
	}
	*page = new;
}

/* Map; the references are ours until it has worked. */
static bool map(struct p2m_locked l, struct range r, uint64_t mfn,
		enum p2m_type type, struct s2_attr attr)
{
	int rc = p2m_map(l, GFN(window + r.first), MFN(mfn), r.nr,
			 (struct p2m_as){ type, attr });

	if (rc == 0) {
		for (uint64_t i = 0; i < r.nr; i++) {
			set_page(r.first + i,
				 (struct page){ type, mfn + i, attr });
		}
		return true;
	}
	assert_int_equal(rc, -XEN_ENOMEM);
	for (uint64_t i = 0; holds_reference(type) && i < r.nr; i++) {
		frame_put(MFN(mfn + i));
	}
	return false;
}

/* Another reference on what is mapped, to map it again. */
static void hold(const struct page *page)
{
	uint16_t owner = is_foreign(page->type) ? OTHER : DOMAIN;

	if (holds_reference(page->type)) {
		assert_int_equal(frame_get(MFN(page->mfn), owner), 0);
	}
}

static void release(const struct page *page)
{
	if (holds_reference(page->type)) {
		frame_put(MFN(page->mfn));
	}
}

static void do_device(struct p2m_locked l)
{
	static const struct s2_attr attrs[] = {
		{ S2_DEVICE_NGNRE, S2_RW },
		{ S2_DEVICE_GRE, S2_RW },
		{ S2_DEVICE_NGNRE, S2_R },
	};
	struct range r = random_range();
	uint64_t mfn = BUS_MFN + window % BIT(18) + r.first;

	if (rnd(4) == 0) {
		mfn += rnd(3);
	}
	map(l, r, mfn, P2M_DEVICE, attrs[rnd(3)]);
}

static void do_sram(struct p2m_locked l)
{
	const struct s2_attr attr = { S2_NORMAL_WB, rnd(2) ? S2_RWX : S2_R };
	struct range r = random_range();

	map(l, r, BUS_MFN + window % BIT(18) + r.first, P2M_SRAM, attr);
}

/* Single new frames, or a block of them; its own ones if direct-mapped. */
static void do_ram(struct p2m_locked l)
{
	enum p2m_type type = rnd(4) ? P2M_RAM_RW : P2M_RAM_RO;
	struct range r = random_range();
	unsigned int order = r.nr >= 512 ? 9 : 0;
	mfn_t mfn;

	if (direct) {
		map(l, r, window + r.first, type, p2m_default_attr(type));
		return;
	}
	mfn = frame_alloc(order, DOMAIN);
	if (mfn_eq(mfn, MFN_INVALID)) {
		return;
	}
	r.nr = min_u64(nr_window - r.first, UINT64_C(1) << order);
	for (uint64_t i = r.nr; i < UINT64_C(1) << order; i++) {
		frame_put(mfn_add(mfn, i));
	}
	map(l, r, mfn.v, type, p2m_default_attr(type));
}

static void do_shared(struct p2m_locked l)
{
	static const enum p2m_type types[] = {
		P2M_FOREIGN_RW,
		P2M_FOREIGN_RO,
		P2M_GRANT_RW,
		P2M_GRANT_RO,
	};
	enum p2m_type type = types[rnd(4)];
	struct range r = random_range();
	uint64_t first;

	r.nr = min_u64(r.nr, NR_OTHER);
	first = rnd(2) ? (window + r.first) % 512 : rnd(NR_OTHER);
	r.nr = min_u64(r.nr, NR_OTHER - first);
	for (uint64_t i = 0; is_foreign(type) && i < r.nr; i++) {
		assert_int_equal(
			frame_get(mfn_add(other_first, first + i), OTHER), 0);
	}
	map(l, r, other_first.v + first, type, p2m_default_attr(type));
}

static void do_unmap(struct p2m_locked l)
{
	struct range r = random_range();
	int rc = p2m_unmap(l, GFN(window + r.first), r.nr);

	if (rc) {
		assert_int_equal(rc, -XEN_ENOMEM);
		return;
	}
	for (uint64_t i = 0; i < r.nr; i++) {
		set_page(r.first + i, (struct page){ .type = P2M_INVALID });
	}
}

/* The same frames with another permission, as far as they are alike. */
static void do_protect(struct p2m_locked l)
{
	struct range r = random_range();
	struct page page = truth[r.first];
	struct p2m_entry e;

	if (page.type == P2M_INVALID) {
		return;
	}
	r.nr = p2m_run(l, GFN(window + r.first), r.nr, &e);
	switch (page.type) {
	case P2M_RAM_RW:
	case P2M_FOREIGN_RW:
	case P2M_GRANT_RW:
		page.type++;
		page.attr = p2m_default_attr(page.type);
		break;
	case P2M_RAM_RO:
	case P2M_FOREIGN_RO:
	case P2M_GRANT_RO:
		page.type--;
		page.attr = p2m_default_attr(page.type);
		break;
	default:
		page.attr.perm ^= S2_W;
		break;
	}
	for (uint64_t i = 0; i < r.nr; i++) {
		hold(&truth[r.first + i]);
	}
	map(l, r, page.mfn, page.type, page.attr);
}

/* All pages of a block go and come back, in orders that have nothing to do
 * with each other. */
static void do_rebuild(struct p2m_locked l)
{
	uint64_t first = align_down(rnd(nr_window), 512);
	uint64_t out = 1 + 2 * rnd(256), in = 1 + 2 * rnd(256);
	struct page was[512];

	memcpy(was, &truth[first], sizeof(was));
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t at = first + i * out % 512;

		hold(&truth[at]);
		if (p2m_unmap(l, GFN(window + at), 1)) {
			/* No page for a table: the first one of a block. */
			assert_int_equal(i, 0);
			release(&truth[at]);
			return;
		}
		set_page(at, (struct page){ .type = P2M_INVALID });
	}
	for (uint64_t i = 0; i < 512; i++) {
		const struct page *page = &was[i * in % 512];
		struct range one = { first + i * in % 512, 1 };

		assert_true(page->type == P2M_INVALID ||
			    map(l, one, page->mfn, page->type, page->attr));
	}
}

/* What no p2m may accept. */
static void do_bad(struct p2m_locked l)
{
	const struct p2m_as good = { P2M_DEVICE, { S2_DEVICE_NGNRE, S2_RW } };
	const struct p2m_as bad = { P2M_DEVICE, { S2_DEVICE_NGNRE, S2_RWX } };
	uint64_t limit = p2m_limit(p2m).v;

	assert_int_equal(p2m_map(l, GFN(window), MFN(BUS_MFN), 1, bad),
			 -XEN_EINVAL);
	assert_int_equal(p2m_map(l, GFN(limit - 1), MFN(BUS_MFN), 2, good),
			 -XEN_EINVAL);
	assert_int_equal(p2m_map(l, GFN(limit), MFN(BUS_MFN), 1, good),
			 -XEN_EINVAL);
	assert_int_equal(p2m_map(l, GFN(window + limit), MFN(BUS_MFN), 1, good),
			 -XEN_EINVAL);
	assert_int_equal(p2m_unmap(l, GFN(window), ~UINT64_C(0)), -XEN_EINVAL);
	assert_int_equal(p2m_unmap(l, GFN(~UINT64_C(0)), 2), -XEN_EINVAL);
	assert_int_equal(p2m_lookup(l, GFN(limit + window)).type, P2M_INVALID);
	assert_int_equal(p2m_lookup(l, GFN(~UINT64_C(0))).type, P2M_INVALID);
}

static void do_something(struct p2m_locked l)
{
	switch (rnd(17)) {
	case 16:
		do_rebuild(l);
		break;
	case 0:
	case 1:
	case 2:
		do_device(l);
		break;
	case 3:
		do_sram(l);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		do_ram(l);
		break;
	case 8:
	case 9:
		do_shared(l);
		break;
	case 10:
		do_bad(l);
		break;
	case 11:
	case 12:
		do_protect(l);
		break;
	default:
		do_unmap(l);
		break;
	}
}

static void run_batches(unsigned int nr_batches,
			void (*op)(struct p2m_locked l), unsigned int period)
{
	for (unsigned int batch = 1; batch <= nr_batches; batch++) {
		unsigned int nr = 1 + (rnd(4) ? 0 : rnd(8));
		struct p2m_locked l;

		touch_some();
		l = p2m_lock(p2m);
		while (nr--) {
			op(l);
		}
		p2m_unlock(l);
		host_check_no_stale(&root);
		if (batch % period == 0) {
			check_all();
		}
	}
}

static void run(uint64_t seed, bool is_direct)
{
	random_state = seed;
	start(is_direct);
	run_batches(BATCHES, do_something, CHECK_PERIOD);
	stop();
}

static void do_large(struct p2m_locked l)
{
	switch (rnd(4)) {
	case 0:
		do_unmap(l);
		break;
	case 1:
		do_protect(l);
		break;
	case 2:
		do_sram(l);
		break;
	default:
		do_device(l);
		break;
	}
}

/* Three times 1 GiB, and blocks of that size. */
static void random_operations_large(void **state)
{
	(void)state;
	random_state = UINT64_C(0x2545f4914f6cdd1d);
	start(false);
	assert_int_equal(p2m_set_pool(p2m, 1600), 0);
	free_at_start = frame_nr_free();
	window = UINT64_C(0x40000);
	nr_window = NR_MAX;
	run_batches(LARGE_BATCHES, do_large, 8);
	assert_true(largest_block_seen);
	stop();
}

static void random_operations(void **state)
{
	(void)state;
	run(UINT64_C(0x9e3779b97f4a7c15), false);
}

static void random_operations_direct(void **state)
{
	(void)state;
	run(UINT64_C(0xd1b54a32d192ed03), true);
}

/* ------------------------------------------------- every allocation fails */

static void create_fails_at_each_step(void **state)
{
	unsigned int n = 0;
	struct p2m *made = NULL;

	(void)state;
	host_setup(64);
	p2m_init(40, 8);
	for (; n < 2 * POOL; n++) {
		uint64_t before = frame_nr_free();

		fail_after = n;
		made = p2m_create(DOMAIN, IPA_BITS, false, POOL);
		if (made) {
			break;
		}
		fail_after = ~0u;
		assert_int_equal(frame_nr_free(), before);
		assert_int_equal(heap_in_use(), 0);
	}
	fail_after = ~0u;
	/* The object, the root and each page of the pool. */
	assert_true(n >= POOL);
	assert_non_null(made);
	p2m_destroy(made);
	assert_int_equal(frame_nr_free(), frame_nr_total());
	host_teardown();
}

static void pool_grows_or_not(void **state)
{
	(void)state;
	start(false);
	for (unsigned int n = 0; n < 8; n++) {
		uint64_t before = frame_nr_free();

		fail_after = n;
		assert_int_equal(p2m_set_pool(p2m, POOL + 8), -XEN_ENOMEM);
		fail_after = ~0u;
		assert_int_equal(frame_nr_free(), before);
	}
	assert_int_equal(p2m_set_pool(p2m, POOL + 8), 0);
	assert_int_equal(frame_nr_free(), free_at_start - 8);
	assert_int_equal(p2m_set_pool(p2m, POOL), 0);
	stop();
}

/* With each size of pool an operation works or changes nothing. */
static void map_fails_without_table_pages(void **state)
{
	const struct s2_attr attr = { S2_DEVICE_NGNRE, S2_RW };
	const struct range r = { 100, 3000 };
	bool worked = false;

	(void)state;
	for (unsigned int pages = 0; !worked; pages++) {
		struct host_shape before;
		struct p2m_locked l;

		start(false);
		assert_int_equal(p2m_set_pool(p2m, pages), 0);
		free_at_start = frame_nr_free();
		before = host_shape(&root);
		l = p2m_lock(p2m);
		worked = map(l, r, BUS_MFN + 1, P2M_DEVICE, attr);
		p2m_unlock(l);
		check_all();
		if (!worked) {
			assert_int_equal(host_shape(&root).tables,
					 before.tables);
			assert_true(pages < POOL);
		}
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_fails_at_each_step),
		cmocka_unit_test(pool_grows_or_not),
		cmocka_unit_test(map_fails_without_table_pages),
		cmocka_unit_test(random_operations),
		cmocka_unit_test(random_operations_direct),
		cmocka_unit_test(random_operations_large),
	};

	return cmocka_run_group_tests_name("p2m model", tests, NULL, NULL);
}
