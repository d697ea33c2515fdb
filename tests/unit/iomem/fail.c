/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fails or is interrupted anywhere: everything is as before, or as
 * asked for, and goes on with whoever comes next.
 */
#include "suites.h"

#include <string.h>

#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"

/* Wrapped by the linker: allocations and commits that fail. */
void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);
int __real_memmap_commit_by(struct memmap *map, struct vcpu *by);
int __wrap_memmap_commit_by(struct memmap *map, struct vcpu *by);

#define NEVER UINT32_MAX

static unsigned int allocations = NEVER; /* that succeed       */
static bool once;			 /* one fails, not all */
static unsigned int commits = NEVER;	 /* before the failure */
static unsigned int failures;		 /* how many then      */
static int failure;

void *__wrap_heap_alloc(size_t size)
{
	if (allocations == 0) {
		allocations = once ? NEVER : 0;
		return NULL;
	}
	allocations -= allocations != NEVER;
	return __real_heap_alloc(size);
}

int __wrap_memmap_commit_by(struct memmap *map, struct vcpu *by)
{
	if (commits != NEVER && !commits) {
		if (failures) {
			failures--;
			return failure;
		}
	} else if (commits != NEVER) {
		commits--;
	}
	return __real_memmap_commit_by(map, by);
}

static void fail_commits(unsigned int before, unsigned int nr, int rc)
{
	commits = before;
	failures = nr;
	failure = rc;
}

static void no_failures(void)
{
	allocations = NEVER;
	commits = NEVER;
}

/* Frames with something to lose, of both domains. */
#define NR 32
struct picture {
	struct p2m_entry dom0[NR], domu[NR];
	unsigned int nr[2];
};

static struct picture look(void)
{
	struct picture p;

	memset(&p, 0, sizeof(p));
	for (unsigned int i = 0; i < NR; i++) {
		struct p2m_entry e = guest_entry(&dom0, SRAM + i);

		if (e.type != P2M_INVALID) {
			p.dom0[i].mfn = e.mfn;
			p.dom0[i].attr = e.attr;
			p.dom0[i].type = e.type;
		}
		e = guest_entry(&domu, FREE + i);
		if (e.type != P2M_INVALID) {
			p.domu[i].mfn = e.mfn;
			p.domu[i].attr = e.attr;
			p.domu[i].type = e.type;
		}
	}
	p.nr[0] = dom0.d->iomem->nr;
	p.nr[1] = domu.d->iomem ? domu.d->iomem->nr : 0;
	return p;
}

static void assert_same(const struct picture *a)
{
	struct picture b = look();

	assert_memory_equal(a, &b, sizeof(b));
}

/* Cuts one mapping in two, replaces a part, moves three pages. */
static int change_much(void)
{
	return map(&domu, FREE + 4, SRAM + 8, 4, ENTRESOL_ATTR_NORMAL_NC);
}

static void begin(void)
{
	assert_int_equal(permit(&domu, SRAM, SRAM_NR), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 16, 16, 0), 0);
}

static struct picture after;

static void learn(void)
{
	begin();
	assert_int_equal(change_much(), 0);
	after = look();
	assert_int_equal(after.nr[1], 3);
	assert_int_equal(unmap(&domu, FREE + 4, SRAM + 8, 4), 0);
	assert_int_equal(map(&domu, FREE, SRAM + 16, 16, 0), 0);
	assert_int_equal(domu.d->iomem->nr, 1);
}

/* Let what had to wait for memory come back, and the tree show. */
static void recover(void)
{
	no_failures();
	assert_int_equal(memmap_commit(domu.d->memmap), 0);
	assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
}

/* Allocation number @n fails, or all from there on. */
static int change_without(unsigned int n, bool just_once)
{
	int rc;

	once = just_once;
	allocations = n;
	rc = change_much();
	no_failures();
	return rc;
}

static void every_allocation_may_fail(void **state)
{
	struct picture before;
	unsigned int n;
	size_t heap;
	int rc;

	(void)state;
	learn();
	recover();
	before = look();
	heap = heap_in_use();
	for (n = 0; (rc = change_without(n, true)); n++) {
		assert_int_equal(rc, -XEN_ENOMEM);
		recover();
		assert_same(&before);
		assert_int_equal(heap_in_use(), heap);
	}
	assert_true(n > 4);
	recover();
	assert_same(&after);
	host_check_no_stale(&dom0.root);
	host_check_no_stale(&domu.root);
}

/* Not even the way back has memory: pages may be late in dom0. */
static void all_allocations_may_fail(void **state)
{
	struct picture before;
	unsigned int n;
	size_t heap;
	int rc;

	(void)state;
	learn();
	recover();
	before = look();
	heap = heap_in_use();
	for (n = 0; (rc = change_without(n, false)); n++) {
		struct picture now = look();

		assert_int_equal(rc, -XEN_ENOMEM);
		assert_memory_equal(now.domu, before.domu, sizeof(now.domu));
		recover();
		assert_same(&before);
		assert_int_equal(heap_in_use(), heap);
	}
	assert_true(n > 4);
	recover();
	assert_same(&after);
}

static void rights_may_fail(void **state)
{
	(void)state;
	once = true;
	for (unsigned int n = 0; n < 2; n++) {
		allocations = n;
		assert_int_equal(permit(&domu, SRAM, 1), -XEN_ENOMEM);
		no_failures();
		assert_int_equal(map(&domu, FREE, SRAM, 1, 0), -XEN_EPERM);
	}
	assert_int_equal(permit(&domu, SRAM, 1), 0);
	assert_int_equal(map(&domu, FREE, SRAM, 1, 0), 0);
}

/* Each of the commits of one change: holes, the map, no holes. */
static void every_commit_may_fail(void **state)
{
	struct picture before;

	(void)state;
	learn();
	before = look();
	for (unsigned int n = 0; n < 2; n++) {
		fail_commits(n, 1, -XEN_ENOMEM);
		assert_int_equal(change_much(), -XEN_ENOMEM);
		no_failures();
		assert_same(&before);
	}
	/* The last one: done, but pages are missing in dom0 for now. */
	fail_commits(2, 1, -XEN_ENOMEM);
	assert_int_equal(change_much(), 0);
	no_failures();
	assert_nothing(&dom0, SRAM + 20);
	assert_non_null(strstr(host_log(), "do not come back: error -12"));
	assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
	assert_shows(&dom0, SRAM + 20, SRAM + 20, S2_NORMAL_WB, S2_RWX);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
	assert_same(&after);
}

/* And the way back from a failure may fail as well. */
static void no_way_back(void **state)
{
	struct picture before;

	(void)state;
	learn();
	before = look();
	fail_commits(1, 2, -XEN_ENOMEM);
	assert_int_equal(change_much(), -XEN_ENOMEM);
	no_failures();
	assert_nothing(&dom0, SRAM + 8);
	assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
	assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
	assert_same(&before);
}

static const struct iomem_request *much(void)
{
	static struct iomem_request rq;

	rq = (struct iomem_request){ .d = domu.d,
				     .gfn = GFN(FREE + 4),
				     .mfn = MFN(SRAM + 8),
				     .nr = 4,
				     .selector = ENTRESOL_ATTR_NORMAL_NC };
	return &rq;
}

/* Interrupted at each commit: the same call again, and it is done. */
static void interrupted(void **state)
{
	(void)state;
	learn();
	for (unsigned int n = 0; n < 3; n++) {
		fail_commits(n, 2, -XEN_ERESTART);
		assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
		assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
		assert_int_equal(iomem_map(self, much()), 0);
		no_failures();
		assert_same(&after);
		assert_int_equal(unmap(&domu, FREE + 4, SRAM + 8, 4), 0);
		assert_int_equal(map(&domu, FREE, SRAM + 16, 16, 0), 0);
	}
}

/* Interrupted, then failed: whoever asked hears of it, once. */
static void interrupted_and_failed(void **state)
{
	struct picture before;

	(void)state;
	learn();
	before = look();
	fail_commits(1, 1, -XEN_ERESTART);
	assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
	fail_commits(0, 1, -XEN_ENOMEM);
	assert_int_equal(iomem_map(self, much()), -XEN_ENOMEM);
	no_failures();
	assert_same(&before);
	assert_int_equal(iomem_map(self, much()), 0);
	assert_same(&after);
}

/* Others go on with it: a question, another change, dev_mmio. */
static void others_help(void **state)
{
	struct entresol_attribute q = { .mfn = SRAM + 8, .nr = 1 };
	struct iomem_dev dev = { GFN(FREE), MFN(WINDOW), 1, 0, 1 };

	(void)state;
	learn();
	fail_commits(0, 3, -XEN_ERESTART);
	assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
	assert_int_equal(iomem_query(self, domu.d, &q), -XEN_ERESTART);
	assert_int_equal(iomem_dev_mmio(self, &dev), -XEN_ERESTART);
	assert_nothing(&dom0, FREE);
	assert_int_equal(iomem_query(self, domu.d, &q), 0);
	no_failures();
	assert_int_equal(q.allowed, 0x3e);
	assert_same(&after);
	assert_int_equal(iomem_map(self, much()), 0);
	assert_same(&after);
	/* Another change in between: the first is asked for anew. */
	fail_commits(1, 1, -XEN_ERESTART);
	assert_int_equal(unmap(&domu, FREE + 4, SRAM + 8, 4), 0);
	no_failures();
	fail_commits(0, 1, -XEN_ERESTART);
	assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
	assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
	assert_int_equal(iomem_map(self, much()), 0);
	no_failures();
}

/* The map is in somebody else's transaction. */
static void waits_for_a_transaction(void **state)
{
	struct memmap *maps[2];
	struct picture before;

	(void)state;
	learn();
	maps[0] = dom0.d->memmap;
	maps[1] = domu.d->memmap;
	before = look();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(memmap_begin(maps[i]), 0);
		assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
		assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
		assert_memory_equal(before.domu, look().domu,
				    sizeof(before.domu));
		memmap_end(maps[i]);
		assert_int_equal(iomem_map(self, much()), 0);
		assert_same(&after);
		assert_int_equal(unmap(&domu, FREE + 4, SRAM + 8, 4), 0);
		assert_int_equal(map(&domu, FREE, SRAM + 16, 16, 0), 0);
	}
}

/* A range that no block can map takes several turns of its own accord, here of
 * little patience. */
static void long_changes_come_in_turns(void **state)
{
	static const struct guest *const guests[] = { &dom0, &domu };
	const uint64_t nr = 100000;

	(void)state;
	assert_int_equal(permit(&domu, WINDOW, WINDOW_NR), 0);
	dom0.d->memmap->transit.turn = 8;
	domu.d->memmap->transit.turn = 8;
	for (unsigned int i = 0; i < ARRAY_SIZE(guests); i++) {
		const struct guest *g = guests[i];
		struct iomem_request rq = { .d = g->d,
					    .gfn = GFN(FREE + 1),
					    .mfn = MFN(WINDOW),
					    .nr = nr,
					    .selector =
						    ENTRESOL_ATTR_DEVICE_GRE };
		unsigned int turns = 0;
		int rc;

		do {
			rc = iomem_map(self, &rq);
			turns++;
		} while (rc == -XEN_ERESTART);
		assert_int_equal(rc, 0);
		assert_true(turns > 1);
		assert_shows(g, FREE + 1, WINDOW, S2_DEVICE_GRE, S2_RW);
		assert_shows(g, FREE + nr, WINDOW + nr - 1, S2_DEVICE_GRE,
			     S2_RW);
		assert_int_equal(unmap(g, FREE + 1, WINDOW, nr), 0);
		assert_nothing(g, FREE + nr);
	}
}

/* The domain ends while a change of it is on its way, at each stage. */
static void ends_in_between(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 5; n++) {
		struct guest third = guest_make(2, false, 1);
		struct iomem_request rq = *much();

		rq.d = third.d;
		assert_int_equal(permit(&third, SRAM, SRAM_NR), 0);
		assert_int_equal(map(&third, FREE, SRAM + 16, 16, 0), 0);
		if (n < 3) {
			fail_commits(n, 2, -XEN_ERESTART);
		} else {
			assert_int_equal(memmap_begin(n == 3 ? third.d->memmap
							     : dom0.d->memmap),
					 0);
		}
		assert_int_equal(iomem_map(self, &rq), -XEN_ERESTART);
		guest_end(&third);
		no_failures();
		if (n > 3) {
			memmap_end(dom0.d->memmap);
		}
		assert_int_equal(map(&dom0, FREE, WINDOW, 1, 0), 0);
		assert_int_equal(unmap(&dom0, FREE, WINDOW, 1), 0);
		for (unsigned int i = 0; i < NR; i++) {
			assert_shows(&dom0, SRAM + i, SRAM + i, S2_NORMAL_WB,
				     S2_RWX);
		}
	}
}

/* Nobody goes on for a domain that ends, which takes it back. */
static void dying_domains(void **state)
{
	struct guest third = guest_make(2, false, 1);
	struct entresol_attribute q = { .mfn = SRAM, .nr = 1 };
	struct iomem_request rq = *much();

	(void)state;
	rq.d = third.d;
	assert_int_equal(permit(&third, SRAM, SRAM_NR), 0);
	fail_commits(1, 1, -XEN_ERESTART);
	assert_int_equal(iomem_map(self, &rq), -XEN_ERESTART);
	no_failures();
	third.d->life = DOMAIN_DYING;
	assert_int_equal(iomem_map(self, &rq), -XEN_ERESTART);
	assert_int_equal(iomem_query(self, dom0.d, &q), -XEN_ERESTART);
	assert_nothing(&third, FREE + 4);
	guest_end(&third);
	assert_int_equal(iomem_query(self, dom0.d, &q), 0);
	assert_shows(&dom0, SRAM + 8, SRAM + 8, S2_NORMAL_WB, S2_RWX);
}

/* Other domains' vCPUs wait, whatever they ask. */
static void others_wait(void **state)
{
	struct entresol_attribute q = { .mfn = SRAM, .nr = 1 };

	(void)state;
	learn();
	fail_commits(0, 1, -XEN_ERESTART);
	assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
	no_failures();
	assert_int_equal(iomem_query(domu.d->vcpu[0], domu.d, &q),
			 -XEN_ERESTART);
	assert_int_equal(iomem_map(dom0.d->vcpu[1], much()), 0);
	assert_int_equal(iomem_query(domu.d->vcpu[0], domu.d, &q), 0);
	assert_same(&after);
}

/* The domain's vCPUs cannot be held out for now: nothing stays open. */
static void held_by_others(void **state)
{
	static const int codes[] = { -XEN_EAGAIN, -XEN_EBUSY };

	(void)state;
	learn();
	for (unsigned int n = 0; n < 6; n++) {
		fail_commits(n / 2, 1, codes[n % 2]);
		assert_int_equal(iomem_map(self, much()), -XEN_ERESTART);
		assert_int_equal(memmap_begin(dom0.d->memmap), 0);
		memmap_end(dom0.d->memmap);
		assert_int_equal(memmap_begin(domu.d->memmap), 0);
		memmap_end(domu.d->memmap);
		assert_int_equal(iomem_map(self, much()), 0);
		no_failures();
		assert_same(&after);
		assert_int_equal(unmap(&domu, FREE + 4, SRAM + 8, 4), 0);
		assert_int_equal(map(&domu, FREE, SRAM + 16, 16, 0), 0);
	}
}

static const struct CMUnitTest tests[] = {
	BOARD_TEST(every_allocation_may_fail),
	BOARD_TEST(all_allocations_may_fail),
	BOARD_TEST(rights_may_fail),
	BOARD_TEST(every_commit_may_fail),
	BOARD_TEST(no_way_back),
	BOARD_TEST(interrupted),
	BOARD_TEST(interrupted_and_failed),
	BOARD_TEST(others_help),
	BOARD_TEST(waits_for_a_transaction),
	BOARD_TEST(long_changes_come_in_turns),
	BOARD_TEST(ends_in_between),
	BOARD_TEST(dying_domains),
	BOARD_TEST(others_wait),
	BOARD_TEST(held_by_others),
};

const struct suite fail_suite = { tests, ARRAY_SIZE(tests) };
