/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a commit and an access cost in maps of 10 to 1,000 regions over 64 GiB
 * of sparse RAM: counted, not timed. Accesses take steps as the logarithm of
 * the map, commits cost what the change does: of the map they copy a word or
 * two for each region, and a line for each emulated one if one of those
 * changes. The time is printed beside, and nothing depends on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <core/bits.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/view.h"

#define DOMAIN	    1
#define IPA_BITS    40
#define MIB	    UINT64_C(0x100000)
#define GIB	    UINT64_C(0x40000000)
#define MAX_REGIONS 1000

static struct p2m *p2m;
static struct memmap *map;
static struct region ram[MAX_REGIONS], dev[MAX_REGIONS];

/* ---------------------------------------------------------------- counting */

struct cost {
	uint64_t stores;   /* of descriptors            */
	uint64_t flushes;  /* of TLBs                   */
	uint64_t rendered; /* regions laid into a view  */
	uint64_t ops;	   /* calls of the p2m          */
	uint64_t runs;	   /* of the p2m looked at      */
	uint64_t copied;   /* spans of the old view     */
	uint64_t visited;  /* regions, to render them   */
	uint64_t bytes;	   /* that were allocated       */
	uint64_t ns;
};

static struct cost counted;

void __real_canvas_lay_down(struct canvas *c, const struct span *new);
void __wrap_canvas_lay_down(struct canvas *c, const struct span *new);
void __wrap_canvas_lay_down(struct canvas *c, const struct span *new)
{
	counted.rendered++;
	__real_canvas_lay_down(c, new);
}

void __real_canvas_append(struct canvas *c, const struct span *s, uint64_t from,
			  uint64_t to);
void __wrap_canvas_append(struct canvas *c, const struct span *s, uint64_t from,
			  uint64_t to);
void __wrap_canvas_append(struct canvas *c, const struct span *s, uint64_t from,
			  uint64_t to)
{
	counted.copied++;
	__real_canvas_append(c, s, from, to);
}

struct range_node *__real_ranges_first(const struct range_tree *tree,
				       uint64_t from, uint64_t to);
struct range_node *__wrap_ranges_first(const struct range_tree *tree,
				       uint64_t from, uint64_t to);
struct range_node *__wrap_ranges_first(const struct range_tree *tree,
				       uint64_t from, uint64_t to)
{
	counted.visited++;
	return __real_ranges_first(tree, from, to);
}

struct range_node *__real_ranges_next(const struct range_node *node,
				      uint64_t from, uint64_t to);
struct range_node *__wrap_ranges_next(const struct range_node *node,
				      uint64_t from, uint64_t to);
struct range_node *__wrap_ranges_next(const struct range_node *node,
				      uint64_t from, uint64_t to)
{
	counted.visited++;
	return __real_ranges_next(node, from, to);
}

void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size)
{
	counted.bytes += size;
	return __real_heap_alloc(size);
}

int __real_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as);
int __wrap_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as);
int __wrap_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as)
{
	counted.ops++;
	return __real_p2m_map(l, gfn, mfn, nr, as);
}

int __real_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr);
int __wrap_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr);
int __wrap_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr)
{
	counted.ops++;
	return __real_p2m_unmap(l, gfn, nr);
}

uint64_t __real_p2m_run(struct p2m_locked l, gfn_t gfn, uint64_t max,
			struct p2m_entry *e);
uint64_t __wrap_p2m_run(struct p2m_locked l, gfn_t gfn, uint64_t max,
			struct p2m_entry *e);
uint64_t __wrap_p2m_run(struct p2m_locked l, gfn_t gfn, uint64_t max,
			struct p2m_entry *e)
{
	counted.runs++;
	return __real_p2m_run(l, gfn, max, e);
}

static uint64_t time_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct cost commit(void)
{
	struct host_counts before = host_counts(), after;
	uint64_t start = time_now();

	counted = (struct cost){ .ns = 0 };
	assert_int_equal(memmap_commit(map), 0);
	after = host_counts();
	counted.ns = time_now() - start;
	counted.stores = after.pte_stores - before.pte_stores;
	counted.flushes = after.flushes - before.flushes;
	return counted;
}

/* Steps of a look-up by halves. */
static unsigned int steps(void)
{
	unsigned int n = 0;

	for (unsigned int half = memmap_view(map)->half; half; half /= 2) {
		n++;
	}
	return n;
}

static unsigned int log2_up(unsigned int n)
{
	unsigned int bits = 0;

	while ((1u << bits) < n) {
		bits++;
	}
	return bits;
}

/* ----------------------------------------------------------------- the map */

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	(void)v;
	(void)opaque;
	(void)a;
	return MMIO_OK;
}

static const struct region_ops device_ops = {
	.name = "test",
	.access = handler,
	.valid_sizes = 4,
};

/* @nr pieces of RAM, and an emulated device in the gap behind each. */
static void make_map(unsigned int nr)
{
	uint64_t piece = align_down(64 * GIB / nr, 2 * MIB);

	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, true, 4096);
	assert_non_null(p2m);
	map = memmap_create(p2m);
	assert_non_null(map);
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t at = 4 * GIB + i * (piece + 2 * MIB);

		ram[i] = (struct region){
			.name = "ram",
			.kind = REGION_RAM,
			.ipa = IPA(at),
			.pa = PADDR(at),
			.size = piece,
			.type = P2M_RAM_RW,
			.attr = p2m_default_attr(P2M_RAM_RW),
		};
		dev[i] = (struct region){
			.name = "device",
			.kind = REGION_EMULATED,
			.ipa = IPA(at + piece + MIB),
			.size = PAGE_SIZE,
			.priority = 1,
			.ops = &device_ops,
		};
		assert_int_equal(memmap_add(map, &ram[i]), 0);
		assert_int_equal(memmap_add(map, &dev[i]), 0);
	}
}

static void destroy_map(void)
{
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
}

static uint64_t table_pages(void)
{
	struct p2m_locked l = p2m_lock(p2m);
	uint64_t tables = p2m_stats(l).table_pages;

	p2m_unlock(l);
	return tables;
}

static void print(const char *what, unsigned int nr, struct cost c)
{
	const uint64_t column[] = { c.stores, c.flushes, c.rendered, c.ops,
				    c.runs,   c.copied,	 c.visited,  c.bytes };

	print_message("# %-22s %5u", what, nr);
	for (unsigned int i = 0; i < ARRAY_SIZE(column); i++) {
		print_message(" %7llu", (unsigned long long)column[i]);
	}
	print_message("  %8.1f\n", (double)c.ns / 1000);
}

/* ------------------------------------------------------------------ curves */

/* Of the view: a chunk and its neighbours where the change is, and for each
 * chunk of the map its address; and the list of handlers, if it changes. */
static void check_view(struct cost c, unsigned int nr, unsigned int listed)
{
	assert_true(c.copied <= 40 && c.visited <= 16);
	assert_true(c.bytes <= 8192 + 4 * nr + 128 * listed);
}

/* One page of RAM is hidden, and shows again. */
static void hide_a_page(unsigned int nr)
{
	struct region *d = &dev[nr / 2];
	ipa_t home = d->ipa;
	struct cost c;

	assert_int_equal(memmap_move(map, d, ram[nr / 2].ipa), 0);
	c = commit();
	print("hide a page of RAM", 2 * nr, c);
	/* A block of 1 GiB, or of 2 MiB, is split for it. */
	assert_true(c.stores <= 8 && c.flushes <= 2);
	assert_true(c.rendered <= 8 && c.ops <= 4 && c.runs <= 16);
	check_view(c, 2 * nr, nr);
	assert_int_equal(memmap_move(map, d, home), 0);
	c = commit();
	print("and show it again", 2 * nr, c);
	/* It may become a block again: the table is written once more. */
	assert_true(c.stores <= 8 + 512 && c.flushes <= 4);
	assert_true(c.rendered <= 8 && c.ops <= 4 && c.runs <= 16);
	check_view(c, 2 * nr, nr);
}

/* A piece goes: what it costs is what it is, in the largest blocks. */
static void disable_a_piece(unsigned int nr)
{
	uint64_t blocks = ram[nr / 3].size / (2 * MIB) + 1;
	/* More than one turn goes by pieces that hold the largest block. */
	uint64_t ops = 4 + ram[nr / 3].size / GIB;
	struct cost c;

	memmap_set_disabled(map, &ram[nr / 3], true);
	c = commit();
	print("disable a piece", 2 * nr, c);
	assert_true(c.stores <= blocks + 16);
	assert_true(c.rendered <= 8 && c.ops <= ops);
	assert_true(c.runs <= blocks / 4 + 32);
	check_view(c, 2 * nr, 0);
	memmap_set_disabled(map, &ram[nr / 3], false);
	c = commit();
	print("and enable it again", 2 * nr, c);
	assert_true(c.stores <= blocks + 16);
	assert_true(c.rendered <= 8 && c.ops <= ops);
	check_view(c, 2 * nr, 0);
}

static void one_size(unsigned int nr)
{
	uint64_t tables;
	struct cost c;

	make_map(nr / 2);
	c = commit();
	tables = table_pages();
	print("all of it, at boot", nr, c);
	/* Two tables for the ends of each piece, and those above. */
	assert_true(tables <= nr + 80);
	assert_true(c.ops <= nr && c.rendered == nr);
	hide_a_page(nr / 2);
	disable_a_piece(nr / 2);
	assert_int_equal(steps(), log2_up(nr / 2));
	print_message("# %22s %5u: %u steps to a handler, %llu table pages\n",
		      "", nr, steps(), (unsigned long long)tables);
	destroy_map();
}

static void curves(void **state)
{
	static const unsigned int sizes[] = { 10, 30, 100, 300, 1000, 2000 };

	(void)state;
	print_message("# %-22s %5s %7s %7s %7s %7s %7s %7s %7s %7s  %8s\n",
		      "commit", "of", "stores", "flushes", "laid", "p2m ops",
		      "runs", "copied", "visited", "bytes", "us");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		one_size(sizes[i]);
	}
}

/* All but the last chunk are worth it, whatever came and went. */
static void check_chunks(void)
{
	const struct flat_view *view = memmap_view(map);

	for (unsigned int i = 0; i + 1 < view->nr_chunks; i++) {
		assert_in_range(view->chunk[i].chunk->nr, 4, 15);
	}
}

/* Regions go one by one, and come back. */
static void thin_out(void **state)
{
	const unsigned int nr = 200;

	(void)state;
	make_map(nr);
	commit();
	for (unsigned int i = 0; i < nr; i++) {
		memmap_set_disabled(map, &ram[i], i % 16);
		memmap_set_disabled(map, &dev[i], i % 16);
		commit();
		check_chunks();
	}
	assert_true(memmap_view(map)->nr_chunks <= 2 * nr / 16 / 4 + 2);
	for (unsigned int i = nr; i-- > 0;) {
		memmap_set_disabled(map, &ram[i], false);
		commit();
		check_chunks();
	}
	destroy_map();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curves),
		cmocka_unit_test(thin_out),
	};

	return cmocka_run_group_tests_name("memmap curves", tests, NULL, NULL);
}
