/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vCPU commits, one accesses, one gives pages back and takes them again:
 * every way in which they may be interleaved with few preemptions
 * (schedules.h). Every access must end with what was there at some moment
 * between its begin and its end. INTERLEAVE_MORE in the environment is a
 * number of preemptions to be allowed beside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "domain/epoch.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"
#include "p2m/internal.h"
#include "schedules.h"

#define DOMAIN	     1
#define IPA_BITS     36
#define SPACE	     UINT64_C(0x8000000)
#define NR_PAGES     6
#define MAX_VERSIONS 8

enum actor { COMMITS, ACCESSES, BALLOONS, NR_ACTORS };

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpus[NR_ACTORS];

/* ---------------------------------------------------------- publication */

/* Between the decision to publish a view and that. */
static int before_publication(void *opaque, const struct memmap_change *c)
{
	(void)opaque;
	(void)c;
	point();
	return 0;
}

static void after_publication(void *opaque)
{
	(void)opaque;
	point();
}

/* -------------------------------------------------------------- being held */

static bool held;
static bool in_guest[NR_ACTORS]; /* or on the way to its exit */

static int hold(void *arg, struct vcpu *by)
{
	(void)arg;
	(void)by;
	held = true;
	point();
	while (in_guest[ACCESSES] || in_guest[BALLOONS]) {
		pause_actor();
	}
	return 0;
}

static void release(void *arg, struct vcpu *by)
{
	(void)arg;
	(void)by;
	held = false;
}

static const struct memmap_owner owner = { .hold = hold, .release = release };

static void enter(void)
{
	in_guest[running_actor()] = false;
	while (held) {
		pause_actor();
	}
	in_guest[running_actor()] = true;
}

static void leave(void)
{
	in_guest[running_actor()] = false;
}

/* ------------------------------------------------------- what there may be */

/* What a page is: its frame, or what emulates it. */
struct thing {
	mfn_t mfn;
	const struct region *by;
	bool is_ram;
};

static const struct thing nothing;
static struct thing now_and_then[MAX_VERSIONS][NR_PAGES];
static unsigned int nr_begun, nr_finished; /* commits */

/* The guest page that is given back and taken again. */
#define BALLOON_PAGE 2
/* What each page of the RAM has been so far, by that. */
#define NR_RAM 4u
static struct {
	struct thing was[MAX_VERSIONS];
	unsigned int nr;   /* the last of them is coming ... */
	unsigned int done; /* ... unless this is as many     */
} content[NR_RAM];
static mfn_t frames;

static void change_is_done(void)
{
	for (unsigned int i = 0; i < NR_RAM; i++) {
		content[i].done = content[i].nr;
	}
}

static void note_content(unsigned int i, struct thing t)
{
	assert_true(content[i].nr < MAX_VERSIONS);
	content[i].was[content[i].nr++] = t;
}

static bool is_same(struct thing a, struct thing b)
{
	return a.by == b.by && mfn_eq(a.mfn, b.mfn);
}

static ipa_t page_ipa(unsigned int page)
{
	return IPA(SPACE + page * PAGE_SIZE);
}

static struct thing thing_at(unsigned int page)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(page_ipa(page)));
	const struct span *s = memmap_find(map, page_ipa(page));
	struct thing t = nothing;

	if (e.type != P2M_INVALID) {
		t.mfn = e.mfn;
		t.is_ram = p2m_is_ram(e.type);
	} else if (s && s->emulated) {
		t.by = s->region;
	}
	p2m_unlock(l);
	return t;
}

/* A moment: commits that are done, and how often each page was changed. */
struct moment {
	unsigned int nr_finished;
	unsigned int nr_changes[NR_RAM];
};

static struct moment this_moment(void)
{
	struct moment m = { .nr_finished = nr_finished };

	for (unsigned int i = 0; i < NR_RAM; i++) {
		m.nr_changes[i] = content[i].done - 1;
	}
	return m;
}

/* Whether @t was at @page at some moment since @then. */
static bool was_there(unsigned int page, struct thing t, struct moment then)
{
	for (unsigned int v = then.nr_finished; v <= nr_begun; v++) {
		struct thing is = now_and_then[v][page];
		unsigned int i = (unsigned int)(is.mfn.v - frames.v);

		if (!is.is_ram && is_same(is, t)) {
			return true;
		}
		for (unsigned int n = is.is_ram ? then.nr_changes[i] : 0;
		     is.is_ram && n < content[i].nr; n++) {
			if (is_same(content[i].was[n], t)) {
				return true;
			}
		}
	}
	return false;
}

/* --------------------------------------------------------------- accessing */

static const struct region *served;
static struct region regions[4];
static bool gone[4];

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	(void)v;
	(void)a;
	point();
	served = opaque;
	assert_false(gone[served - regions]);
	point();
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "test",
	.access = handler,
	.valid_sizes = 4,
};

/* A fault at a page where nothing is emulated. As the trap does it. */
static bool tries_again(unsigned int page, uint64_t seen)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(page_ipa(page)));
	bool again = e.type != P2M_INVALID;

	if (!again && memmap_generation(map) != seen) {
		again = memmap_is_settling(map) ||
			memmap_serves(map, &vcpus[running_actor()],
				      page_ipa(page));
	}
	p2m_unlock(l);
	return again;
}

/* Whether it is over: *@t is what it found. */
static bool try(unsigned int page, struct thing *t)
{
	struct mmio_access a = { .size = 4 };
	uint64_t seen;
	paddr_t pa;

	*t = nothing;
	point();
	if (host_touch(&root, page_ipa(page), &pa)) {
		t->mfn = paddr_to_mfn(pa);
		return true;
	}
	point();
	seen = memmap_generation(map);
	if (memmap_access(map, &vcpus[running_actor()], page_ipa(page), &a) ==
	    MMIO_OK) {
		t->by = served;
		return true;
	}
	return !tries_again(page, seen);
}

static void access_page(unsigned int page)
{
	struct moment then = this_moment();
	struct thing t;
	bool over;

	do {
		enter();
		over = try(page, &t);
	} while (!over);
	if (!was_there(page, t, then)) {
		fail_msg("page %u: found %#llx, %s", page,
			 (unsigned long long)t.mfn.v,
			 t.by ? t.by->name : "not emulated");
	}
	leave();
}

/* How much is explored at once: the more happens, the fewer preemptions. */
static const struct company {
	uint8_t page[4]; /* that are accessed */
	unsigned int nr_pages;
	unsigned int preemptions;
	bool balloons;
} * company;

static void access_pages(void)
{
	for (unsigned int i = 0; i < company->nr_pages; i++) {
		access_page(company->page[i]);
	}
}

/* -------------------------------------------------------------- ballooning */

/* The page of the RAM that shows there, or NR_RAM. */
static unsigned int ram_index(gfn_t gfn)
{
	const struct span *s = memmap_find(map, gfn_to_ipa(gfn));

	if (!s || !s->ram) {
		return NR_RAM;
	}
	return (s->offset + (gfn_to_ipa(gfn).v - s->ipa.v)) >> PAGE_SHIFT;
}

static void give_back(void)
{
	gfn_t gfn = ipa_to_gfn(page_ipa(BALLOON_PAGE));
	struct p2m_locked l = p2m_lock(p2m);
	unsigned int i = ram_index(gfn);

	if (i < NR_RAM && p2m_lookup(l, gfn).type != P2M_INVALID) {
		note_content(i, nothing);
		assert_int_equal(p2m_unmap(l, gfn, 1), 0);
	}
	p2m_unlock(l);
	change_is_done();
}

static void take(void)
{
	gfn_t gfn = ipa_to_gfn(page_ipa(BALLOON_PAGE));
	struct p2m_locked l = p2m_lock(p2m);
	unsigned int i = ram_index(gfn);

	if (i < NR_RAM && p2m_lookup(l, gfn).type == P2M_INVALID) {
		mfn_t mfn = frame_alloc(0, DOMAIN);

		assert_false(mfn_eq(mfn, MFN_INVALID));
		note_content(i, (struct thing){ .mfn = mfn });
		assert_int_equal(p2m_map(l, gfn, mfn, 1, p2m_as(P2M_RAM_RW)),
				 0);
	}
	p2m_unlock(l);
	change_is_done();
}

static void balloon(void)
{
	enter();
	give_back();
	enter();
	take();
	enter();
	give_back();
	leave();
}

/* -------------------------------------------------------------- committing */

enum { RAM, DIRECT, EMULATED, HOLE };

/* One commit each; 0 ends. */
struct scenario {
	const char *name;
	void (*step[3])(void);
	void (*start)(void); /* before the first; or NULL */
};

static void move(unsigned int r, unsigned int page)
{
	assert_int_equal(memmap_move(map, &regions[r], page_ipa(page)), 0);
}

static void enable(unsigned int r, bool enabled)
{
	memmap_set_disabled(map, &regions[r], !enabled);
}

static void ram_goes(void)
{
	enable(RAM, false);
}

static void ram_comes(void)
{
	enable(RAM, true);
}

static void ram_moves(void)
{
	move(RAM, 1);
}

static void device_over_ram(void)
{
	enable(DIRECT, true);
}

static void device_moves(void)
{
	move(DIRECT, 1);
}

static void device_becomes_emulated(void)
{
	enable(DIRECT, false);
	enable(EMULATED, true);
}

static void device_instead(void)
{
	enable(DIRECT, true);
	enable(EMULATED, false);
}

static void emulated_over_ram(void)
{
	enable(EMULATED, true);
}

static void emulated_moves(void)
{
	move(EMULATED, 3);
}

static void emulated_hides(void)
{
	enable(EMULATED, false);
}

static void emulated_goes(void)
{
	memmap_del(map, &regions[EMULATED]);
}

static void hole_over_all(void)
{
	enable(HOLE, true);
}

static void hole_goes(void)
{
	enable(HOLE, false);
}

/* Names for a debugger. */
static const struct scenario scenarios[] = {
	{ .name = "RAM goes and comes", .step = { ram_goes, ram_comes } },
	{ .name = "RAM moves by less than its size", .step = { ram_moves } },
	{ .name = "a device over RAM, then elsewhere",
	  .step = { device_over_ram, device_moves } },
	{ .name = "a device becomes emulated",
	  .step = { device_over_ram, device_becomes_emulated } },
	{ .name = "emulated over RAM, then gone",
	  .step = { emulated_over_ram, emulated_goes } },
	{ .name = "emulated moves",
	  .step = { emulated_over_ram, emulated_moves } },
	{ .name = "a hole over everything",
	  .step = { hole_over_all, hole_goes } },
	{ .name = "emulated, RAM, emulated again",
	  .start = emulated_over_ram,
	  .step = { emulated_hides, emulated_over_ram } },
	{ .name = "emulated, direct, emulated again",
	  .start = emulated_over_ram,
	  .step = { device_instead, device_becomes_emulated } },
};

static const struct scenario *scenario;
static uint64_t turn_size;

static int commit_once(void)
{
	int rc;

	do {
		rc = memmap_commit_by(map, &vcpus[COMMITS]);
		point();
	} while (rc == -XEN_ERESTART);
	return rc;
}

static void do_step(unsigned int i)
{
	nr_begun++;
	scenario->step[i]();
	assert_int_equal(commit_once(), 0);
	nr_finished++;
	gone[EMULATED] = !regions[EMULATED].parent;
	if (!spin_is_locked(&p2m->lock)) {
		host_check_no_stale(&root);
	}
}

static void commit_all_steps(void)
{
	for (unsigned int i = 0; i < 3 && scenario->step[i]; i++) {
		do_step(i);
	}
}

/* ------------------------------------------------------------- the machine */

static void make_regions(void)
{
	static const struct region device = {
		.kind = REGION_DIRECT,
		.type = P2M_DEVICE,
		.attr = { S2_DEVICE_NGNRE, S2_RW },
		.disabled = true,
		.ops = &ops,
		.size = 2 * PAGE_SIZE,
	};
	static const char *const names[] = { "ram", "direct", "emulated",
					     "hole" };

	for (unsigned int i = 0; i < ARRAY_SIZE(regions); i++) {
		regions[i] = device;
		regions[i].name = names[i];
		regions[i].priority = (int)i;
		regions[i].opaque = &regions[i];
		regions[i].ipa = page_ipa(i == HOLE ? 0 : 2);
		gone[i] = false;
	}
	regions[RAM].ipa = page_ipa(0);
	regions[RAM].kind = REGION_RAM;
	regions[RAM].type = P2M_RAM_RW;
	regions[RAM].attr = p2m_default_attr(P2M_RAM_RW);
	regions[RAM].size = 4 * PAGE_SIZE;
	regions[RAM].pa = mfn_to_paddr(frames);
	regions[RAM].disabled = false;
	regions[DIRECT].pa = PADDR(SPACE);
	regions[EMULATED].kind = REGION_EMULATED;
	regions[HOLE].kind = REGION_HOLE;
	regions[HOLE].size = NR_PAGES * PAGE_SIZE;
	for (unsigned int i = 0; i < ARRAY_SIZE(regions); i++) {
		assert_int_equal(memmap_add(map, &regions[i]), 0);
	}
}

static void begin(void)
{
	static struct memmap_listener listener;

	p2m = p2m_create(DOMAIN, IPA_BITS, false, 16);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	make_regions();
	if (scenario->start) {
		scenario->start();
	}
	assert_int_equal(memmap_commit(map), 0);
	listener = (struct memmap_listener){
		.name = "test",
		.prepare = before_publication,
		.begin = after_publication,
	};
	memmap_listen(map, &listener);
	memmap_set_owner(map, &owner, NULL);
	map->transit.turn = turn_size;
	nr_begun = nr_finished = 0;
	for (unsigned int i = 0; i < NR_RAM; i++) {
		content[i].nr = 0;
		note_content(i, (struct thing){ .mfn = mfn_add(frames, i) });
		content[i].done = 1;
	}
	held = false;
	memset(in_guest, 0, sizeof(in_guest));
}

static void end(void)
{
	memmap_destroy(map);
	p2m_destroy(p2m);
	for (unsigned int i = 0; i < NR_RAM; i++) {
		assert_int_equal(frame_refs(mfn_add(frames, i)), 1);
	}
	assert_int_equal(heap_in_use(), 0);
}

static void note_version(void)
{
	for (unsigned int page = 0; page < NR_PAGES; page++) {
		now_and_then[nr_finished][page] = thing_at(page);
	}
}

/* Without the others: what is there after each step. */
static void rehearse(void)
{
	begin();
	note_version();
	for (unsigned int i = 0; i < 3 && scenario->step[i]; i++) {
		do_step(i);
		note_version();
	}
	end();
}

static void check_end(void)
{
	for (unsigned int page = 0; page < NR_PAGES; page++) {
		assert_true(was_there(page, thing_at(page), this_moment()));
	}
	host_check_no_stale(&root);
}

static void run_once(void)
{
	static void (*const actors[NR_ACTORS])(void) = {
		[COMMITS] = commit_all_steps,
		[ACCESSES] = access_pages,
		[BALLOONS] = balloon,
	};

	begin();
	schedules_run(actors, company->balloons ? NR_ACTORS : BALLOONS);
	check_end();
	end();
}

static unsigned int run_all(const struct scenario *s, uint64_t turn,
			    unsigned int max_preemptions)
{
	unsigned int nr = 0;

	scenario = s;
	turn_size = turn;
	rehearse();
	schedules_begin(max_preemptions);
	do {
		run_once();
		nr++;
	} while (schedules_next());
	return nr;
}

static void explore(uint64_t turn)
{
	static const struct company companies[] = {
		{ { BALLOON_PAGE, 1, BALLOON_PAGE, 3 }, 4, 1, true },
		{ { BALLOON_PAGE, 3 }, 2, 2, false },
		/* Too many where each turn is a point. */
		{ { BALLOON_PAGE }, 1, 3, false },
	};
	unsigned int nr_companies = turn == BUDGET_TURN ? 3 : 2;
	const char *more = getenv("INTERLEAVE_MORE");
	unsigned int nr = 0, max_preemptions;

	schedules_reset();
	host_setup(2);
	host_set_nr_cpus(NR_ACTORS);
	p2m_init(40, 8);
	frames = frame_alloc(2, DOMAIN);
	for (unsigned int i = 0; i < nr_companies; i++) {
		company = &companies[i];
		max_preemptions = company->preemptions +
				  (more ? (unsigned int)atoi(more) : 0);
		for (unsigned int n = 0; n < ARRAY_SIZE(scenarios); n++) {
			nr += run_all(&scenarios[n], turn, max_preemptions);
		}
		print_message("# %u schedules\n", nr);
	}
	host_teardown();
}

static void commits_in_one_turn(void **state)
{
	(void)state;
	explore(BUDGET_TURN);
}

static void commits_in_many_turns(void **state)
{
	(void)state;
	explore(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_in_one_turn),
		cmocka_unit_test(commits_in_many_turns),
	};

	return cmocka_run_group_tests_name("memmap interleaved", tests, NULL,
					   NULL);
}
