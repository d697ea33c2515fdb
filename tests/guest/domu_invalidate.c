/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapcache invalidation: what is told to device models when pages of their
 * guest leave, how often, and that the guest waits for all of them
 * (docs/mapcache.md).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include "arch.h"
#include "board.h"
#include "dm.h"
#include "domu.h"
#include "hypercall.h"
#include "tap.h"

#define NR_VCPUS    2
#define MAX_SERVERS 8
#define DEVICE	    GUEST_VIRTIO_MMIO_BASE
/* Pages that are given away: never next to one another. */
#define PAGE_AT(n) ((AGENT_FREE >> PAGE_SHIFT) + 2 * (n))
#define HOLE	   (0x0a000000UL >> PAGE_SHIFT)
/* What a server that wants ranges is told at most; see public/entresol.h. */
#define MAX_RANGES 16
#define MANY	   100
#define EVERYTHING (~UINT64_C(0))

static struct domu u;
static struct dm dm[MAX_SERVERS];
static unsigned int nr_servers;
static unsigned int changing; /* the vCPU that makes the changes */

/* ------------------------------------------------- what the domain may call */

/* A hypercall by it, @arg in its data; @more behind it. */
static long call_with(unsigned int op, const void *arg, size_t size,
		      const void *more, size_t more_size)
{
	struct agent_job *job = &u.page->job[changing];
	char *data = (char *)job->data;

	memcpy(data, arg, size);
	memcpy(data + size, more, more_size);
	job = job_post(
		&u, changing, AGENT_HYPERCALL,
		JOB_ARGS(__HYPERVISOR_memory_op, op, AGENT_DATA_AT(changing)));
	dm_wait(dm, nr_servers, job);
	return (long)job->result[0];
}

static long reserve(unsigned int op, const xen_pfn_t *gfn, unsigned int nr,
		    unsigned int order)
{
	struct xen_memory_reservation r = {
		.extent_start.p =
			(xen_pfn_t *)(AGENT_DATA_AT(changing) + sizeof(r)),
		.nr_extents = nr,
		.extent_order = order,
		.domid = DOMID_SELF,
	};

	return call_with(op, &r, sizeof(r), gfn, nr * sizeof(*gfn));
}

static long add(unsigned int space, uint64_t gfn)
{
	struct xen_add_to_physmap a = {
		.domid = DOMID_SELF,
		.space = space,
		.gpfn = gfn,
	};

	return call_with(XENMEM_add_to_physmap, &a, sizeof(a), NULL, 0);
}

static long remove(domid_t id, uint64_t gfn)
{
	struct xen_remove_from_physmap r = { .domid = id, .gpfn = gfn };

	return id == DOMID_SELF ? call_with(XENMEM_remove_from_physmap, &r,
					    sizeof(r), NULL, 0)
				: memory_op(XENMEM_remove_from_physmap, &r);
}

static long set_type(uint16_t type)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_mem_type,
		.u.set_mem_type = { .mem_type = type,
				    .nr = 1,
				    .first_pfn = PAGE_AT(0) },
	};

	return dm_op(u.id, &op);
}

/* ------------------------------------------------------------------- changes */

static long give_page(void)
{
	const xen_pfn_t gfn = PAGE_AT(0);

	return reserve(XENMEM_decrease_reservation, &gfn, 1, 0) - 1;
}

static long take_page(void)
{
	const xen_pfn_t gfn = PAGE_AT(0);

	return reserve(XENMEM_populate_physmap, &gfn, 1, 0) - 1;
}

static long give_block(void)
{
	const xen_pfn_t gfn = (GUEST_RAM0_BASE + MIB(6)) >> PAGE_SHIFT;

	return reserve(XENMEM_decrease_reservation, &gfn, 1, 9) - 1;
}

static long take_block(void)
{
	const xen_pfn_t gfn = (GUEST_RAM0_BASE + MIB(6)) >> PAGE_SHIFT;

	return reserve(XENMEM_populate_physmap, &gfn, 1, 9) - 1;
}

static long remove_page(void)
{
	return remove(DOMID_SELF, PAGE_AT(0));
}

static long remove_hole(void)
{
	return remove(DOMID_SELF, HOLE) ? 0 : -1;
}

static long shared_info_over_page(void)
{
	return add(XENMAPSPACE_shared_info, PAGE_AT(0));
}

static long bad_space(void)
{
	return add(99, PAGE_AT(1)) ? 0 : -1;
}

static long grants_over_page(void)
{
	return add(XENMAPSPACE_grant_table, PAGE_AT(2));
}

/* What is in the map must be removed first: refused. */
static long shared_info_again(void)
{
	return add(XENMAPSPACE_shared_info, PAGE_AT(0)) + XEN_EBUSY;
}

static long grants_again(void)
{
	return add(XENMAPSPACE_grant_table, PAGE_AT(2)) + XEN_EBUSY;
}

static long bad_address(void)
{
	const xen_pfn_t gfn = EVERYTHING >> PAGE_SHIFT;

	return reserve(XENMEM_decrease_reservation, &gfn, 1, 0) == 1;
}

static long make_read_only(void)
{
	return set_type(HVMMEM_ram_ro);
}

static long make_writable(void)
{
	return set_type(HVMMEM_ram_rw);
}

/* By domain 0. */
static long taken_from_it(void)
{
	return decrease(u.id, PAGE_AT(0)) - 1;
}

static long given_to_it(void)
{
	return populate(u.id, PAGE_AT(0), 0) - 1;
}

static long replaced_for_it(void)
{
	return populate(u.id, PAGE_AT(0), 0) - 1;
}

static long removed_from_it(void)
{
	return remove(u.id, PAGE_AT(0));
}

/*
 * In this order: each starts where the one before it ended. What is told, as a
 * range, is nothing where @nr is 0.
 */
static const struct change {
	const char *name;
	long (*make)(void); /* returns 0 when it went as it should */
	uint64_t gfn;
	uint64_t nr;
} changes[] = {
	{ "balloon out", give_page, PAGE_AT(0), 1 },
	{ "balloon in", take_page, 0, 0 },
	{ "populate over it", take_page, PAGE_AT(0), 1 },
	{ "remove", remove_page, PAGE_AT(0), 1 },
	{ "balloon in again", take_page, 0, 0 },
	{ "remove nothing", remove_hole, 0, 0 },
	{ "a wrong address", bad_address, 0, 0 },
	{ "a wrong space", bad_space, 0, 0 },
	{ "shared_info in its place", shared_info_over_page, PAGE_AT(0), 1 },
	{ "shared_info there again", shared_info_again, 0, 0 },
	{ "remove shared_info", remove_page, 0, 0 },
	{ "balloon in after it", take_page, 0, 0 },
	{ "grants in place of another", grants_over_page, PAGE_AT(2), 1 },
	{ "grants there again", grants_again, 0, 0 },
	{ "read-only", make_read_only, 0, 0 },
	{ "read-only again", make_read_only, 0, 0 },
	{ "balloon out, read-only", give_page, PAGE_AT(0), 1 },
	{ "balloon in, writable", take_page, 0, 0 },
	{ "writable again", make_writable, 0, 0 },
	{ "a block out", give_block, (GUEST_RAM0_BASE + MIB(6)) >> PAGE_SHIFT,
	  512 },
	{ "a block in", take_block, 0, 0 },
	{ "domain 0 takes it", taken_from_it, PAGE_AT(0), 1 },
	{ "domain 0 gives one", given_to_it, 0, 0 },
	{ "domain 0 replaces it", replaced_for_it, PAGE_AT(0), 1 },
	{ "domain 0 removes it", removed_from_it, PAGE_AT(0), 1 },
	{ "domain 0 gives one again", given_to_it, 0, 0 },
};

/* Serve until nothing has come for a while: not one too many. */
static void settle(void)
{
	uint64_t pause = read_sysreg(cntfrq_el0) / 500;
	uint64_t end = counter() + pause;

	while (counter() < end) {
		for (unsigned int i = 0; i < nr_servers; i++) {
			if (dm_serve(&dm[i])) {
				end = counter() + pause;
			}
		}
		give_way();
	}
}

/* Whether each server was told of @nr frames from @gfn on, in one request. */
static bool told(const unsigned int *before, uint64_t gfn, uint64_t nr,
		 bool exact)
{
	bool right = true;

	for (unsigned int i = 0; i < nr_servers; i++) {
		const struct ioreq *r = &dm[i].last_invalidation;

		if (dm[i].invalidations - before[i] != (nr != 0)) {
			tap_info("%u invalidations of server %u",
				 dm[i].invalidations - before[i], i);
			right = false;
		} else if (nr && exact) {
			right &= r->addr == gfn && r->data == nr;
		} else if (nr) {
			right &= r->data == EVERYTHING;
		}
	}
	return right;
}

static void make_change(const struct change *c, bool exact)
{
	unsigned int before[MAX_SERVERS];
	long rc;

	for (unsigned int i = 0; i < nr_servers; i++) {
		before[i] = dm[i].invalidations;
	}
	rc = c->make();
	settle();
	tap_ok(rc == 0 && told(before, c->gfn, c->nr, exact), "%s", c->name);
	if (rc) {
		tap_info("it answered %ld", rc);
	}
}

static void start(unsigned int servers, bool exact)
{
	domu_make(&u, 0, NR_VCPUS);
	domu_start(&u);
	(void)DO_JOB(&u, 0, AGENT_CPU_ON, 1);
	(void)DO_JOB(&u, 1, AGENT_ID);
	nr_servers = servers;
	for (unsigned int i = 0; i < servers; i++) {
		dm_create(&dm[i], &u, i);
		if (exact) {
			dm_set_exact(&dm[i]);
		}
		dm_device(&dm[i], DEVICE + i * PAGE_SIZE);
	}
}

static void stop(void)
{
	for (unsigned int i = 0; i < nr_servers; i++) {
		dm_destroy(&dm[i]);
	}
	domu_destroy(&u);
}

static void all_changes(unsigned int servers, bool exact, unsigned int vcpu)
{
	tap_note("%u servers, %s, changes by vCPU %u", servers,
		 exact ? "exact" : "stock", vcpu);
	start(servers, exact);
	changing = vcpu;
	for (unsigned int i = 0; i < ARRAY_SIZE(changes); i++) {
		make_change(&changes[i], exact);
	}
	stop();
}

/* -------------------------------------------------------------------- ranges */

/* Pages apart, in one call: a range each, or all when they are too many. */
static void many_ranges(bool exact)
{
	const unsigned int sizes[] = { 2, 8 };
	xen_pfn_t gfn[8];

	start(1, exact);
	changing = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int before = dm[0].invalidations;

		for (unsigned int n = 0; n < sizes[i]; n++) {
			gfn[n] = PAGE_AT(n);
		}
		tap_number(
			reserve(XENMEM_decrease_reservation, gfn, sizes[i], 0),
			sizes[i], "pages apart");
		settle();
		tap_number(dm[0].invalidations - before, exact ? sizes[i] : 1,
			   exact ? "ranges" : "invalidations");
		(void)reserve(XENMEM_populate_physmap, gfn, sizes[i], 0);
	}
	stop();
}

/* While it is paused domain 0 takes more than is kept apart. */
static void too_many(void)
{
	start(1, true);
	tap_is(domctl_simple(u.id, XEN_DOMCTL_pausedomain), 0, "paused");
	for (unsigned int n = 0; n <= MAX_RANGES + 2; n++) {
		(void)decrease(u.id, PAGE_AT(n));
	}
	settle();
	tap_ok(dm[0].last_invalidation.data == EVERYTHING,
	       "too many for ranges: everything, while it is paused");
	tap_is(domctl_simple(u.id, XEN_DOMCTL_unpausedomain), 0, "unpaused");
	(void)DO_JOB(&u, 0, AGENT_ID);
	tap_ok(true, "it goes on");
	stop();
}

/* ---------------------------------------------------------- nobody is ahead */

static uint32_t flag(void)
{
	return __atomic_load_n(&u.page->flag, __ATOMIC_SEQ_CST);
}

/* The vCPU that gives a page back sets a flag as the next thing it does. */
static void waits_for_all(void)
{
	struct agent_job *job;
	uint32_t before;

	start(2, false);
	before = flag();
	job = job_post(&u, 0, AGENT_BALLOON,
		       JOB_ARGS(AGENT_FREE, XENMEM_decrease_reservation));
	dm_wait_request(&dm[0], 0);
	dm_wait_request(&dm[1], 0);
	rest(5);
	tap_ok(flag() == before, "none has answered: it waits");
	(void)dm_serve(&dm[0]);
	rest(5);
	tap_ok(flag() == before, "one has: it waits");
	(void)DO_JOB(&u, 1, AGENT_ID);
	tap_ok(true, "its other vCPU runs");
	(void)dm_serve(&dm[1]);
	job_wait(job);
	tap_number(flag() - before, 1, "both have: it goes on");
	job = job_post(&u, 0, AGENT_BALLOON,
		       JOB_ARGS(AGENT_FREE, XENMEM_populate_physmap));
	job_wait(job);
	tap_number((long)job->result[0], 1, "nothing to wait for");
	stop();
}

/* For longer than the slice of another on the same CPU. */
static bool still(const struct agent_job *job)
{
	uint64_t before = __atomic_load_n(&job->beats, __ATOMIC_RELAXED);

	rest(30);
	return __atomic_load_n(&job->beats, __ATOMIC_RELAXED) == before;
}

static bool goes_on(const struct agent_job *job)
{
	for (unsigned int i = 0; i < 100; i++) {
		if (!still(job)) {
			return true;
		}
	}
	return false;
}

/* What domain 0 takes from a domain that loops stops it until it is known. */
static void remote_stops_all(void)
{
	struct agent_job *job[NR_VCPUS];

	start(2, false);
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		job[i] = job_post(&u, i, AGENT_SPIN, NULL, 0);
	}
	rest(20);
	(void)decrease(u.id, PAGE_AT(0));
	dm_wait_request(&dm[0], 0);
	dm_wait_request(&dm[1], 0);
	rest(5);
	tap_ok(still(job[0]) && still(job[1]), "both vCPUs stand still");
	(void)dm_serve(&dm[0]);
	tap_ok(still(job[0]) && still(job[1]), "one has answered: they do");
	(void)dm_serve(&dm[1]);
	tap_ok(goes_on(job[0]), "vCPU 0 goes on");
	tap_ok(goes_on(job[1]), "vCPU 1 goes on");
	settle();
	tap_number(dm[0].invalidations, 1, "invalidations of one server");
	tap_number(dm[1].invalidations, 1, "of the other");
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		job[i]->stop = 1;
		job_wait(job[i]);
	}
	stop();
}

/* A server that never answers goes, and nobody waits for it any more. */
static void never_answers(void)
{
	struct agent_job *job;

	start(2, false);
	job = job_post(&u, 0, AGENT_BALLOON,
		       JOB_ARGS(AGENT_FREE, XENMEM_decrease_reservation));
	dm_wait_request(&dm[1], 0);
	(void)dm_serve(&dm[0]);
	rest(5);
	tap_ok(!job_is_done(job), "one does not answer");
	dm_destroy(&dm[1]);
	nr_servers = 1;
	job_wait(job);
	tap_ok(true, "it is destroyed: the vCPU goes on");
	stop();
}

/* A request of another vCPU comes after the invalidation, never before. */
static void request_after(void)
{
	struct agent_job *job, *access;

	start(1, false);
	job = job_post(&u, 0, AGENT_BALLOON,
		       JOB_ARGS(AGENT_FREE, XENMEM_decrease_reservation));
	dm_wait_request(&dm[0], 0);
	access = job_post(&u, 1, AGENT_READ, JOB_ARGS(DEVICE, 4));
	rest(20);
	tap_ok(dm_state(&dm[0], 1) == STATE_IOREQ_NONE,
	       "no request while the invalidation is not answered");
	(void)dm_serve(&dm[0]);
	dm_wait(dm, 1, access);
	tap_number(dm[0].requests, 1, "then it comes");
	dm_wait(dm, 1, job);
	stop();
}

/* --------------------------------------------------------------- mappings */

/* A page that is mapped is nobody else's before it is unmapped. */
static void mapping_holds(void)
{
	void *at = window(u.slot, 2);
	struct agent_job *job;
	uint64_t free;

	start(1, true);
	(void)foreign_map(u.id, AGENT_FREE >> PAGE_SHIFT, at);
	memset(at, 0x5a, PAGE_SIZE);
	free = free_frames();
	job = job_post(&u, 0, AGENT_BALLOON,
		       JOB_ARGS(AGENT_FREE, XENMEM_decrease_reservation));
	dm_wait(dm, 1, job);
	tap_ok(*(volatile uint32_t *)at == 0x5a5a5a5a,
	       "the page that has left can be read");
	tap_number((long)(free_frames() - free), 0, "frames that came free");
	(void)foreign_unmap(at);
	tap_number((long)(free_frames() - free), 1, "when it is unmapped");
	stop();
}

/* Who has nothing of the domain mapped has nothing to forget. */
static void without_mappings(void)
{
	start(1, false);
	(void)foreign_unmap(u.page);
	(void)decrease(u.id, PAGE_AT(0));
	settle();
	tap_number(dm[0].invalidations, 0, "nothing is mapped: invalidations");
	(void)foreign_map(u.id, AGENT_PAGE >> PAGE_SHIFT, u.page);
	(void)DO_JOB(&u, 0, AGENT_ID);
	(void)decrease(u.id, PAGE_AT(1));
	settle();
	tap_number(dm[0].invalidations, 1, "the shared page is: invalidations");
	stop();
}

/* Two vCPUs give pages all the time: each waits for its own. */
static void two_vcpus(void)
{
	unsigned int done[NR_VCPUS] = { 0 };

	start(2, false);
	while (done[0] < MANY || done[1] < MANY) {
		for (unsigned int i = 0; i < NR_VCPUS; i++) {
			if (done[i] < MANY && job_is_done(&u.page->job[i])) {
				(void)job_post(
					&u, i, AGENT_BALLOON,
					JOB_ARGS(PAGE_AT(i + 2 * done[i])
							 << PAGE_SHIFT,
						 XENMEM_decrease_reservation));
				done[i]++;
			}
			(void)dm_serve(&dm[i]);
		}
	}
	for (unsigned int i = 0; i < NR_VCPUS; i++) {
		dm_wait(dm, 2, &u.page->job[i]);
	}
	settle();
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int nr = dm[i].invalidations;

		tap_info("%u invalidations", nr);
		tap_ok(nr >= MANY && nr <= 2 * MANY,
		       "server %u: one for one or two changes", i);
	}
	stop();
}

void guest_main(void)
{
	all_changes(0, false, 0);
	all_changes(1, false, 0);
	all_changes(1, true, 1);
	all_changes(2, false, 1);
	all_changes(2, true, 0);
	all_changes(8, false, 0);
	all_changes(8, true, 1);
	many_ranges(false);
	many_ranges(true);
	too_many();
	waits_for_all();
	remote_stops_all();
	never_answers();
	request_after();
	mapping_holds();
	without_mappings();
	two_vcpus();
}
