/* SPDX-License-Identifier: BSD-2-Clause */
/* Commits that take several turns: who is held out, what is there between two
 * turns, and how they end when something fails. */
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
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define KIB	 UINT64_C(0x400)
#define MIB	 UINT64_C(0x100000)
#define BUS	 UINT64_C(0x8000000)
#define NR_RAM	 32u
#define NR_DEV	 16u

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpu;

/* ------------------------------------------------------------ who is held */

static unsigned int holds, releases;
static int hold_error;
static void (*on_hold)(void);

static int hold(void *arg, struct vcpu *by)
{
	assert_ptr_equal(arg, &holds);
	assert_ptr_equal(by, &vcpu);
	assert_int_equal(holds, releases);
	/* Those who are waited for may want the locks. */
	assert_false(spin_is_locked(&map->lock));
	p2m_unlock(p2m_lock(p2m));
	if (on_hold) {
		on_hold();
	}
	holds += !hold_error;
	return hold_error;
}

static void release(void *arg, struct vcpu *by)
{
	assert_ptr_equal(arg, &holds);
	assert_ptr_equal(by, &vcpu);
	assert_int_equal(holds, releases + 1);
	assert_false(spin_is_locked(&map->lock));
	assert_false(memmap_is_busy(map));
	releases++;
}

static const struct memmap_owner owner = { .hold = hold, .release = release };

/* ----------------------------------------------------------- the machine */

static struct region ram, spare, dev[NR_DEV];
static mfn_t frames, other;

static int setup(void **state)
{
	(void)state;
	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, false, 64);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	memmap_set_owner(map, &owner, &holds);
	holds = releases = 0;
	hold_error = 0;
	on_hold = NULL;
	frames = frame_alloc(5, DOMAIN);
	other = frame_alloc(5, DOMAIN + 1);
	return 0;
}

static uint64_t all_references(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < NR_RAM; i++) {
		sum += frame_refs(mfn_add(frames, i));
	}
	return sum;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(holds, releases);
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	assert_int_equal(all_references(), NR_RAM);
	host_teardown();
	return 0;
}

static struct region ram_at(uint64_t ipa, mfn_t mfn)
{
	return (struct region){
		.name = "ram",
		.ipa = IPA(ipa),
		.pa = mfn_to_paddr(mfn),
		.size = NR_RAM * PAGE_SIZE,
		.kind = REGION_RAM,
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
	};
}

static void add(struct region *r)
{
	assert_int_equal(memmap_add(map, r), 0);
}

/* Every other page of the RAM has a device above it. */
static void make_map(void)
{
	ram = ram_at(BUS, frames);
	add(&ram);
	for (unsigned int i = 0; i < NR_DEV; i++) {
		dev[i] = (struct region){
			.name = "dev",
			.ipa = IPA(BUS + 2 * i * PAGE_SIZE),
			.pa = PADDR(BUS + i * PAGE_SIZE),
			.size = PAGE_SIZE,
			.priority = 1,
			.kind = REGION_DIRECT,
			.type = P2M_DEVICE,
			.attr = p2m_default_attr(P2M_DEVICE),
		};
		add(&dev[i]);
	}
	assert_int_equal(memmap_commit(map), 0);
	map->transit.turn = 1;
}

/* ------------------------------------------------------- what the p2m has */

#define NR_PAGES (4 * NR_RAM)

struct picture {
	struct p2m_entry e[NR_PAGES];
};

static struct picture look(void)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct picture p;

	for (unsigned int i = 0; i < NR_PAGES; i++) {
		p.e[i] = p2m_lookup(l, GFN((BUS >> PAGE_SHIFT) + i));
	}
	p2m_unlock(l);
	return p;
}

static bool is_same(struct p2m_entry a, struct p2m_entry b)
{
	return a.type == b.type &&
	       (a.type == P2M_INVALID || mfn_eq(a.mfn, b.mfn));
}

static bool all_same(const struct picture *a, const struct picture *b)
{
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		if (!is_same(a->e[i], b->e[i])) {
			return false;
		}
	}
	return true;
}

/* No frame is at two places. */
static void check_places(const struct picture *p)
{
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		for (unsigned int j = i + 1; p->e[i].type && j < NR_PAGES;
		     j++) {
			assert_false(p->e[j].type &&
				     mfn_eq(p->e[i].mfn, p->e[j].mfn));
		}
	}
}

static int turn(void)
{
	int rc = memmap_commit_by(map, &vcpu);

	host_check_no_stale(&root);
	assert_true(!memmap_is_busy(map) || rc == -XEN_ERESTART);
	assert_int_equal(holds,
			 releases + (memmap_is_busy(map) && !hold_error));
	return rc;
}

static int all_turns(unsigned int *nr)
{
	int rc;

	for (*nr = 1; (rc = turn()) == -XEN_ERESTART; ++*nr) {
		assert_true(*nr < 10000);
	}
	return rc;
}

/* ----------------------------------------------------------------- turns */

static void one_turn_holds_nobody(void **state)
{
	unsigned int nr;

	(void)state;
	make_map();
	map->transit.turn = BUDGET_TURN;
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	assert_int_equal(all_turns(&nr), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(holds, 0);
}

/* Nothing before the view is switched; then what goes, then what comes. */
static void a_region_moves_in_turns(void **state)
{
	const struct flat_view *old;
	struct picture before, now;
	unsigned int nr_changes = 0;
	int rc;

	(void)state;
	make_map();
	old = memmap_view(map);
	before = look();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 17 * PAGE_SIZE)), 0);
	do {
		rc = turn();
		now = look();
		check_places(&now);
		assert_int_equal(holds, 1);
		assert_int_equal(memmap_is_settling(map),
				 rc && memmap_view(map) != old);
		if (memmap_view(map) == old) {
			assert_true(all_same(&before, &now));
		} else if (!all_same(&before, &now)) {
			nr_changes++;
			before = now;
		}
	} while (rc == -XEN_ERESTART);
	assert_int_equal(rc, 0);
	assert_int_equal(releases, 1);
	/* Really in parts. */
	assert_true(nr_changes > 10);
	for (unsigned int i = 0; i < NR_RAM; i++) {
		struct p2m_entry e = now.e[17 + i];
		bool hidden = (17 + i) % 2 == 0 && 17 + i < 2 * NR_DEV;

		assert_int_equal(e.type, hidden ? P2M_DEVICE : P2M_RAM_RW);
		assert_true(hidden || mfn_eq(e.mfn, mfn_add(frames, i)));
	}
}

/* The last region of the change is not the domain's. */
static void failure_leaves_all_as_it_was(void **state)
{
	struct picture before, now;
	uint64_t references;
	unsigned int nr;
	size_t in_use;

	(void)state;
	make_map();
	spare = ram_at(BUS + 80 * PAGE_SIZE, other);
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 40 * PAGE_SIZE)), 0);
	add(&spare);
	before = look();
	references = all_references();
	in_use = heap_in_use();
	assert_int_equal(all_turns(&nr), -XEN_EPERM);
	assert_true(nr > 10);
	assert_int_equal(holds, 1);
	now = look();
	assert_true(all_same(&before, &now));
	assert_int_equal(all_references(), references);
	assert_int_equal(heap_in_use(), in_use);
	/* Without it the rest works: nothing of the change was forgotten. */
	memmap_del(map, &spare);
	assert_int_equal(all_turns(&nr), 0);
	now = look();
	assert_int_equal(now.e[40].mfn.v, frames.v);
}

/* ------------------------------------------------------------ other writers */

static int map_page(uint64_t ipa)
{
	struct p2m_locked l = p2m_lock(p2m);
	int rc = p2m_map(l, ipa_to_gfn(IPA(ipa)), MFN(BUS >> PAGE_SHIFT), 1,
			 p2m_as(P2M_DEVICE));

	p2m_unlock(l);
	return rc;
}

static uint64_t tables_in_use(void)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_stats stats = p2m_stats(l);

	p2m_unlock(l);
	return stats.pool_pages - stats.pool_free;
}

/* The commit needs the last table pages, and gets them. */
static void counted_tables_are_promised(void **state)
{
	uint64_t size;
	int rc;

	(void)state;
	make_map();
	size = tables_in_use();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * MIB)), 0);
	/* With the least that is enough. */
	do {
		size++;
		assert_int_equal(p2m_set_pool(p2m, size), 0);
		do {
			rc = turn();
		} while (rc == -XEN_ERESTART &&
			 map->commit.stage < COMMIT_REFER);
	} while (rc == -XEN_ENOMEM);
	assert_true(map->commit.tables > 0);
	do {
		assert_int_equal(map_page(BUS + 512 * MIB), -XEN_ENOMEM);
		assert_int_equal(p2m_set_pool(p2m, size - 1), -XEN_EBUSY);
		rc = turn();
	} while (rc == -XEN_ERESTART);
	assert_int_equal(rc, 0);
	assert_int_equal(p2m_set_pool(p2m, 64), 0);
	assert_int_equal(map_page(BUS + 512 * MIB), 0);
}

static void give_back(unsigned int page)
{
	struct p2m_locked l = p2m_lock(p2m);

	assert_int_equal(p2m_unmap(l, GFN((BUS >> PAGE_SHIFT) + page), 1), 0);
	p2m_unlock(l);
}

/* Somebody who did not ask: the plan is made anew. */
static void a_plan_that_became_wrong(void **state)
{
	struct picture now;
	unsigned int nr;

	(void)state;
	make_map();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	do {
		assert_int_equal(turn(), -XEN_ERESTART);
	} while (map->commit.plan.stage < PLAN_SHOW);
	give_back(3);
	assert_int_equal(all_turns(&nr), 0);
	now = look();
	/* It was given back, wherever it is. */
	assert_int_equal(now.e[64 + 3].type, P2M_INVALID);
	assert_int_equal(now.e[64 + 5].mfn.v, frames.v + 5);
	assert_int_equal(now.e[3].type, P2M_INVALID);
}

static void a_plan_that_is_never_right(void **state)
{
	struct picture before, now;
	bool there = true;
	int rc;

	(void)state;
	make_map();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	before = look();
	while ((rc = turn()) == -XEN_ERESTART) {
		/* A device of the guest's own, on and off. */
		if (there) {
			assert_int_equal(map_page(BUS + 120 * PAGE_SIZE), 0);
		} else {
			give_back(120);
		}
		there = !there;
	}
	assert_int_equal(rc, -XEN_EBUSY);
	give_back(120);
	now = look();
	assert_true(all_same(&before, &now));
	assert_int_equal(all_references(), 2 * NR_RAM - NR_DEV);
}

/* --------------------------------------------------------- who goes on, and
 * who does not */

static unsigned int nr_tried;

static void another_cpu(void)
{
	struct picture before = look(), now;

	/* Nothing moves before all are out of the guest, though it could. */
	map->transit.turn = BUDGET_TURN;
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(memmap_commit_by(map, NULL), -XEN_ERESTART);
		nr_tried++;
	}
	map->transit.turn = 1;
	now = look();
	assert_true(all_same(&before, &now));
	assert_false(memmap_is_settling(map));
}

static void nobody_goes_on_before_all_are_out(void **state)
{
	unsigned int nr;

	(void)state;
	make_map();
	on_hold = another_cpu;
	nr_tried = 0;
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	assert_int_equal(all_turns(&nr), 0);
	assert_int_equal(nr_tried, 100);
}

static void nobody_can_be_held(void **state)
{
	uint64_t references;
	unsigned int nr;

	(void)state;
	make_map();
	hold_error = -XEN_EAGAIN;
	references = all_references();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	assert_int_equal(all_turns(&nr), -XEN_EAGAIN);
	assert_int_equal(all_references(), references);
	hold_error = 0;
	assert_int_equal(all_turns(&nr), 0);
}

static unsigned int abort_all(void)
{
	unsigned int nr = 1;

	while (memmap_abort(map) == -XEN_ERESTART) {
		nr++;
	}
	assert_false(memmap_is_busy(map));
	return nr;
}

/* After each number of turns nobody comes back. */
static void its_vcpu_is_destroyed(void **state)
{
	unsigned int undone = 0, finished = 0;

	for (unsigned int n = 1;; n++) {
		struct picture before, now;
		uint64_t references;
		unsigned int i = 0;

		if (n > 1) {
			setup(state);
		}
		make_map();
		assert_int_equal(memmap_begin(map), 0);
		assert_int_equal(
			memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
		before = look();
		references = all_references();
		while (i < n && turn() == -XEN_ERESTART) {
			i++;
		}
		if (i < n) {
			break;
		}
		if (memmap_is_settling(map)) {
			abort_all();
			now = look();
			assert_int_equal(now.e[65].mfn.v, frames.v + 1);
			finished++;
		} else {
			abort_all();
			now = look();
			assert_true(all_same(&before, &now));
			assert_int_equal(all_references(), references);
			undone++;
		}
		assert_int_equal(memmap_begin(map), 0);
		teardown(state);
	}
	assert_true(undone > 10 && finished > 10);
}

/* Somebody changes the tree between two turns: that is another commit. */
static void changes_meanwhile(void **state)
{
	struct picture now;
	unsigned int nr;

	(void)state;
	make_map();
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	assert_int_equal(turn(), -XEN_ERESTART);
	memmap_del(map, &dev[0]);
	assert_int_equal(memmap_move(map, &dev[1], IPA(BUS + 50 * PAGE_SIZE)),
			 0);
	assert_int_equal(all_turns(&nr), 0);
	now = look();
	assert_int_equal(now.e[0].type, P2M_INVALID);
	assert_int_equal(now.e[2].type, P2M_INVALID);
	assert_int_equal(now.e[50].type, P2M_DEVICE);
	assert_int_equal(now.e[64].type, P2M_RAM_RW);
}

/* ------------------------------------------------------------- listeners */

static unsigned int nr_begin, nr_commit, nr_prepare, nr_spans;

static int prepares(void *opaque, const struct memmap_change *c)
{
	(void)opaque;
	(void)c;
	/* All are out by then. */
	assert_int_equal(holds, releases + 1);
	nr_prepare++;
	return 0;
}

static void begins(void *opaque)
{
	(void)opaque;
	nr_begin++;
}

static void commits(void *opaque)
{
	(void)opaque;
	nr_commit++;
}

static void hears(void *opaque, const struct span *span)
{
	struct p2m_entry e =
		p2m_lookup((struct p2m_locked){ p2m }, ipa_to_gfn(span->ipa));

	(void)opaque;
	nr_spans++;
	/* The p2m is done with it. */
	assert_int_equal(e.mfn.v, paddr_to_mfn(span->pa).v);
}

static void listeners_hear_once(void **state)
{
	struct memmap_listener l = {
		.name = "test",
		.prepare = prepares,
		.begin = begins,
		.add = hears,
		.commit = commits,
	};
	unsigned int nr;

	(void)state;
	make_map();
	memmap_listen(map, &l);
	nr_begin = nr_commit = nr_spans = 0;
	assert_int_equal(memmap_move(map, &ram, IPA(BUS + 64 * PAGE_SIZE)), 0);
	assert_int_equal(all_turns(&nr), 0);
	assert_true(nr > 10);
	assert_int_equal(nr_prepare, 1);
	assert_int_equal(nr_begin, 1);
	assert_int_equal(nr_commit, 1);
	assert_int_equal(nr_spans, 1);
	memmap_unlisten(map, &l);
}

/* ----------------------------------------------- records, and a failure */

/* A region with holes of the guest's is taken out, which fails; it comes back
 * with them. */
static void failure_keeps_the_records(void **state)
{
	struct picture before, now;
	unsigned int nr;

	(void)state;
	make_map();
	give_back(3);
	memmap_set_disabled(map, &ram, true);
	assert_int_equal(all_turns(&nr), 0);
	assert_int_equal(look().e[5].type, P2M_INVALID);
	memmap_del(map, &ram);
	spare = ram_at(BUS + 80 * PAGE_SIZE, other);
	add(&spare);
	assert_int_equal(all_turns(&nr), -XEN_EPERM);
	memmap_del(map, &spare);
	add(&ram);
	memmap_set_disabled(map, &ram, false);
	assert_int_equal(all_turns(&nr), 0);
	before = look();
	assert_int_equal(before.e[3].type, P2M_INVALID);
	assert_int_equal(before.e[5].mfn.v, frames.v + 5);
	/* Once that has succeeded the region is as new. */
	memmap_set_disabled(map, &ram, true);
	assert_int_equal(all_turns(&nr), 0);
	memmap_del(map, &ram);
	assert_int_equal(all_turns(&nr), 0);
	memmap_set_disabled(map, &ram, false);
	add(&ram);
	assert_int_equal(all_turns(&nr), 0);
	now = look();
	assert_int_equal(now.e[3].mfn.v, frames.v + 3);
}

/* Other RAM by the same name has no holes. */
static void other_ram_has_no_record(void **state)
{
	unsigned int nr;

	(void)state;
	make_map();
	give_back(3);
	memmap_set_disabled(map, &ram, true);
	assert_int_equal(all_turns(&nr), 0);
	memmap_del(map, &ram);
	ram.disabled = false;
	ram.size = PAGE_SIZE * NR_RAM / 2;
	ram.pa.v += ram.size;
	add(&ram);
	assert_int_equal(all_turns(&nr), 0);
	assert_int_equal(look().e[3].mfn.v, frames.v + NR_RAM / 2 + 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_turn_holds_nobody),
		CASE(a_region_moves_in_turns),
		CASE(failure_leaves_all_as_it_was),
		CASE(counted_tables_are_promised),
		CASE(a_plan_that_became_wrong),
		CASE(a_plan_that_is_never_right),
		CASE(nobody_goes_on_before_all_are_out),
		CASE(nobody_can_be_held),
		CASE(its_vcpu_is_destroyed),
		CASE(changes_meanwhile),
		CASE(listeners_hear_once),
		CASE(failure_keeps_the_records),
		CASE(other_ram_has_no_record),
	};

	return cmocka_run_group_tests_name("memmap turns", tests, NULL, NULL);
}
