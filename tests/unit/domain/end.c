/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain: nothing is left, nobody else is touched, and nothing
 * goes before its time, wherever it is interrupted.
 */
#include <stdint.h>
#include <string.h>

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include <arch/cpu.h>
#include <arch/irq.h>

#include "../support/guest.h"

#include "arch/host/gic.h"
#include "domain/life.h"
#include "domain/pause.h"
#include "domain/time.h"
#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "gnttab/internal.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "vgic/vgic.h"

/* The one that ends; dom0 and domu are the others. */
#define ID	5
#define SPI	40u
#define NR_REFS 3u
/* Pages of 1 GiB. */
#define GIB (UINT64_C(1) << 18)
/* Gfns of dom0 where it has nothing. */
#define SPARE(n) (HWDOM_RAM + TEST_RAM_SIZE + (n)*PAGE_SIZE)

static struct guest late;
static uint64_t frames_before;
static size_t heap_before;
static uint32_t virq_port;

static int64_t call(const struct guest *g, uint64_t nr, uint64_t op, void *arg,
		    size_t size, uint64_t count)
{
	void *at = guest_at(g, g->ram);
	int64_t rc;

	host_load_vcpu(g->d->vcpu[0]);
	memcpy(at, arg, size);
	rc = hcall(g->d->vcpu[0], nr, op, g->ram, count);
	memcpy(arg, at, size);
	host_load_vcpu(self);
	return rc;
}

#define EV(g, name, arg)                                                 \
	call((g), __HYPERVISOR_event_channel_op, EVTCHNOP_##name, (arg), \
	     sizeof(*(arg)), 0)
#define GT(g, name, arg)                                               \
	call((g), __HYPERVISOR_grant_table_op, GNTTABOP_##name, (arg), \
	     sizeof(*(arg)), 1)

/* ---------------------------------------------------- what it has and gives */

static uint32_t connect(const struct guest *from, const struct guest *to)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF,
					      .remote_dom = from->d->id };
	struct evtchn_bind_interdomain bind = { .remote_dom = to->d->id };

	assert_int_equal(EV(to, alloc_unbound, &alloc), 0);
	bind.remote_port = alloc.port;
	assert_int_equal(EV(from, bind_interdomain, &bind), 0);
	return bind.local_port;
}

static void grant(const struct guest *g, grant_ref_t ref, domid_t to,
		  unsigned int page)
{
	g->d->gnttab->frame[0].entry[ref] = (grant_entry_v1_t){
		.flags = GTF_permit_access,
		.domid = to,
		.frame = (uint32_t)(guest_page(g, page) >> PAGE_SHIFT),
	};
}

static grant_handle_t map(const struct guest *g, uint64_t addr, domid_t dom,
			  grant_ref_t ref)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = addr,
		.flags = GNTMAP_host_map,
		.ref = ref,
		.dom = dom,
	};

	assert_int_equal(GT(g, map_grant_ref, &op), 0);
	assert_int_equal(op.status, GNTST_okay);
	return op.handle;
}

static int unmap(const struct guest *g, uint64_t addr, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = addr,
					     .handle = handle };

	assert_int_equal(GT(g, unmap_grant_ref, &op), 0);
	return op.status;
}

/* Page @page of @from appears at @gpa of dom0. */
static void map_foreign(const struct guest *from, unsigned int page,
			uint64_t gpa)
{
	struct {
		struct xen_add_to_physmap_batch op;
		xen_ulong_t idx;
		xen_pfn_t gpfn;
		int err;
	} a = {
		.op = { .domid = DOMID_SELF,
			.space = XENMAPSPACE_gmfn_foreign,
			.size = 1,
			.u.foreign_domid = from->d->id },
		.idx = guest_page(from, page) >> PAGE_SHIFT,
		.gpfn = gpa >> PAGE_SHIFT,
	};

	a.op.idxs.q = dom0.ram + ((char *)&a.idx - (char *)&a);
	a.op.gpfns.q = dom0.ram + ((char *)&a.gpfn - (char *)&a);
	a.op.errs.q = dom0.ram + ((char *)&a.err - (char *)&a);
	assert_int_equal(call(&dom0, __HYPERVISOR_memory_op,
			      XENMEM_add_to_physmap_batch, &a, sizeof(a), 0),
			 0);
	assert_int_equal(a.err, 0);
}

static int unmap_foreign(uint64_t gpa)
{
	struct xen_remove_from_physmap op = { .domid = DOMID_SELF,
					      .gpfn = gpa >> PAGE_SHIFT };

	return (int)call(&dom0, __HYPERVISOR_memory_op,
			 XENMEM_remove_from_physmap, &op, sizeof(op), 0);
}

static bool virq_came(void)
{
	struct evtchn_domain *ed = dom0.d->evtchn;
	bool came;

	spin_lock(&ed->lock);
	came = evtchn_is_pending(dom0.d, virq_port);
	assert_true(evtchn_clear_pending(dom0.d, virq_port));
	spin_unlock(&ed->lock);
	return came;
}

static void bind_virq(void)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_DOM_EXC };

	assert_int_equal(EV(&dom0, bind_virq, &op), 0);
	virq_port = op.port;
}

/* A domain, known as `late`. */
static void make(domid_t id)
{
	heap_before = heap_in_use();
	frames_before = frame_nr_free();
	late = guest_make(id, false, 2);
	sched_wake(late.d->vcpu[0]);
}

static uint32_t port_of_dom0, port_of_late;
static grant_handle_t handles[NR_REFS];
static uint8_t *shared; /* a page of it that dom0 has mapped as foreign */

/* With all that a domain can own. */
static void make_rich(void)
{
	make(ID);
	port_of_dom0 = connect(&dom0, &late);
	port_of_late = connect(&late, &dom0);
	assert_int_equal(domain_watchdog(late.d, 0, 10), 1);
	timer_set(&late.d->vcpu[1]->poll_timer, 0, 1000000);
	assert_int_equal(vgic_map_phys(late.d, SPI, SPI), 0);
	arch_irq_enable(SPI);
	host_irq_pulse(SPI);
	assert_int_equal(host_irq_take(), SPI);
	for (unsigned int i = 0; i < NR_REFS; i++) {
		grant(&late, i + 8, 0, i + 1);
		handles[i] = map(&dom0, SPARE(i), ID, i + 8);
	}
	grant(&dom0, 8, ID, 20);
	(void)map(&late, late.ram + TEST_RAM_SIZE, 0, 8);
	map_foreign(&late, 100, SPARE(10));
	shared = guest_at(&dom0, SPARE(10));
	memset(shared, 0x5a, PAGE_SIZE);
}

static void let_go_of_grants(void)
{
	for (unsigned int i = 0; i < NR_REFS; i++) {
		assert_int_equal(unmap(&dom0, SPARE(i), handles[i]),
				 GNTST_okay);
	}
}

/* A millisecond passes, and this CPU takes its timer interrupt. */
static void tick(void)
{
	host_counter_advance(arch_counter_hz() / 1000);
	timer_run(0, arch_counter());
}

/* @left frames are still in somebody's hands. */
static void check_gone(uint64_t left)
{
	assert_null(domain_of_id(ID));
	assert_int_equal(frame_nr_free(), frames_before - left);
	assert_int_equal(heap_in_use(), heap_before);
}

/* One has come and gone: what it made dom0 allocate for itself is there. */
static int setup(void **state)
{
	dom0_setup(state);
	make_rich();
	let_go_of_grants();
	assert_int_equal(unmap_foreign(SPARE(10)), 0);
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	assert_null(domain_of_id(ID));
	sched_block(self);
	return 0;
}

/* ------------------------------------------------------------------- tests */

static void a_poor_one_goes_at_once(void **state)
{
	(void)state;
	make(ID);
	bind_virq();
	assert_int_equal(domain_kill(late.d), 0);
	assert_true(virq_came());
	assert_null(domain_by_id(self->domain, ID));
	assert_null(domain_of_id(ID));
	tick();
	assert_true(virq_came());
	check_gone(0);
	tick();
	assert_false(virq_came());
}

static void the_hardware_domain_does_not_die(void **state)
{
	(void)state;
	assert_int_equal(domain_kill(dom0.d), -XEN_EINVAL);
	assert_true(domain_lives(dom0.d));
}

/* What others have keeps the domain, but nothing of it works any more. */
static void stays_for_those_who_use_its_grants(void **state)
{
	struct gnttab_map_grant_ref op = { .host_addr = SPARE(5),
					   .flags = GNTMAP_host_map,
					   .ref = 9,
					   .dom = ID };
	struct evtchn_status st = { .dom = DOMID_SELF };

	(void)state;
	make_rich();
	assert_int_equal(frame_refs(MFN((dom0.ram >> PAGE_SHIFT) + 20)), 2);
	assert_int_equal(domain_kill(late.d), 0);
	assert_int_equal(late.d->life, DOMAIN_DEAD);
	assert_int_equal(late.d->nr_pages, 0);
	assert_ptr_equal(domain_of_id(ID), late.d);
	assert_null(domain_by_id(self->domain, ID));

	/* The pin on dom0's page is gone, and so is what was connected. */
	assert_int_equal(frame_refs(MFN((dom0.ram >> PAGE_SHIFT) + 20)), 1);
	st.port = port_of_dom0;
	assert_int_equal(EV(&dom0, status, &st), 0);
	assert_int_equal(st.status, EVTCHNSTAT_unbound);
	/* The interrupt is off and can be given to somebody else. */
	assert_false(host_irq_enabled(SPI));
	assert_false(arch_irq_is_active(SPI));

	assert_int_equal(GT(&dom0, map_grant_ref, &op), 0);
	assert_int_equal(op.status, GNTST_bad_domain);
	assert_int_equal(domain_kill(late.d), 0);
	for (unsigned int i = 0; i < 5; i++) {
		tick();
	}
	assert_ptr_equal(domain_of_id(ID), late.d);
	*(uint32_t *)guest_at(&dom0, SPARE(2)) = 7;
	let_go_of_grants();
	tick();
	check_gone(1);
	assert_int_equal(unmap_foreign(SPARE(10)), 0);
	check_gone(0);
}

/* The next one with the same id has nothing to do with what was left. */
static void pages_outlive_their_domain(void **state)
{
	mfn_t mfn;

	(void)state;
	make_rich();
	mfn = guest_entry(&late, guest_page(&late, 100) >> PAGE_SHIFT).mfn;
	let_go_of_grants();
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(1);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_LATE);
	assert_int_equal(shared[17], 0x5a);

	late = guest_make(ID, false, 1);
	assert_int_equal(frame_get(mfn, ID), -XEN_EPERM);
	assert_int_equal(shared[17], 0x5a);
	assert_int_equal(unmap_foreign(SPARE(10)), 0);
	assert_int_equal(frame_owner(mfn), FRAME_OWNER_FREE);
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(0);
}

/* Whenever an interrupt comes, and whatever others do meanwhile. */
static void interrupted_anywhere(void **state)
{
	unsigned int rounds = 0;

	(void)state;
	for (unsigned int after = 0; after < 6; after++) {
		unsigned int calls = 0;
		int rc;

		make_rich();
		do {
			host_irq_waiting_after(after);
			rc = domain_kill(late.d);
			if (rc && late.d->p2m) {
				host_check_no_stale(&late.root);
			}
			if (calls++ == 3 + after) {
				assert_int_equal(
					unmap(&dom0, SPARE(1), handles[1]),
					GNTST_okay);
			}
			assert_true(calls < 1000);
		} while (rc == -XEN_ERESTART);
		host_irq_waiting_after(~0u);
		assert_int_equal(rc, 0);
		assert_int_equal(unmap(&dom0, SPARE(0), handles[0]), 0);
		if (calls <= 3 + after) {
			assert_int_equal(unmap(&dom0, SPARE(1), handles[1]), 0);
		}
		assert_int_equal(domain_of_id(ID)->life, DOMAIN_DEAD);
		assert_int_equal(unmap(&dom0, SPARE(2), handles[2]), 0);
		assert_int_equal(unmap_foreign(SPARE(10)), 0);
		tick();
		check_gone(0);
		rounds += calls;
	}
	assert_true(rounds > 40);
}

/* A CPU that may still use it is waited for, without being held up. */
static void nothing_goes_before_all_cpus_have_left(void **state)
{
	struct vcpu *v;

	(void)state;
	host_set_nr_cpus(3);
	host_kicks_wait(true);
	make(ID);
	v = late.d->vcpu[1];
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	assert_int_equal(late.d->end.step, 1);
	assert_null(domain_by_id(self->domain, ID));
	assert_true(v->work & WORK_PAUSE);
	host_cpu_pass(1);
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	assert_int_equal(late.d->end.step, 1);
	/* CPU 2 was about to load it. */
	v->cpu = 2;
	v->running = true;
	host_cpu_pass(2);
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	assert_int_equal(late.d->end.step, 1);
	v->running = false;
	/* And now a handler of a timer may be running. */
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	assert_int_equal(late.d->end.step, 2);
	assert_int_equal(guest_entry(&late, late.ram >> PAGE_SHIFT).type,
			 P2M_RAM_RW);
	host_cpu_pass(1);
	host_cpu_pass(2);
	assert_int_equal(domain_kill(late.d), 0);
	/* Out of the table, but somebody may have found it before. */
	assert_null(domain_of_id(ID));
	tick();
	assert_true(heap_in_use() > heap_before);
	host_cpu_pass(2);
	tick();
	assert_true(heap_in_use() > heap_before);
	host_cpu_pass(1);
	tick();
	check_gone(0);
	host_kicks_wait(false);
	host_set_nr_cpus(1);
}

static void two_kill_the_same(void **state)
{
	(void)state;
	make(ID);
	late.d->end.busy = true;
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	assert_int_equal(late.d->end.step, 0);
	late.d->end.busy = false;
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(0);
}

static void references_keep_it(void **state)
{
	(void)state;
	make(ID);
	domain_get(late.d);
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	assert_ptr_equal(domain_of_id(ID), late.d);
	domain_put(late.d);
	assert_null(domain_of_id(ID));
	tick();
	check_gone(0);
}

/* Two in a burial, and one that has to wait. */
static void several_at_once(void **state)
{
	struct guest other;

	(void)state;
	make(ID);
	other = late;
	late = guest_make(ID + 1, false, 1);
	assert_int_equal(domain_kill(other.d), 0);
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	assert_null(domain_of_id(ID + 1));
	check_gone(0);
}

/* A block that has to be split when there is no page for it. */
static void without_table_pages(void **state)
{
	struct p2m_locked l;
	struct p2m_stats st;

	(void)state;
	make(ID);
	l = p2m_lock(late.d->p2m);
	assert_int_equal(
		p2m_map(l, GFN(GIB), MFN(16 * GIB), GIB, p2m_as(P2M_DEVICE)),
		0);
	st = p2m_stats(l);
	assert_int_equal(st.blocks[1], 1);
	p2m_unlock(l);
	assert_int_equal(
		p2m_set_pool(late.d->p2m, st.pool_pages - st.pool_free), 0);
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(0);
}

static bool would_run(const struct vcpu *v)
{
	uint64_t until;

	return sched_pick(0, 0, &until) == v;
}

/* The end of its run is told too; what it does not do is run on. */
static void shutdown_is_told(void **state)
{
	(void)state;
	bind_virq();
	make(ID);
	assert_true(would_run(late.d->vcpu[0]));
	domain_shutdown(late.d, SHUTDOWN_crash);
	assert_true(virq_came());
	sched_wake(late.d->vcpu[0]);
	assert_false(would_run(late.d->vcpu[0]));
	domain_shutdown(late.d, SHUTDOWN_crash);
	assert_false(virq_came());
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(0);
}

/* A wake in between does not start what is dying. */
static void the_dying_do_not_run(void **state)
{
	(void)state;
	make(ID);
	assert_true(would_run(late.d->vcpu[0]));
	host_irq_waiting_after(0);
	assert_int_equal(domain_kill(late.d), -XEN_ERESTART);
	host_irq_waiting_after(~0u);
	sched_wake(late.d->vcpu[0]);
	assert_false(would_run(late.d->vcpu[0]));
	/* Not even who holds it. */
	assert_int_equal(domain_hold(late.d->vcpu[0]), 0);
	assert_false(would_run(late.d->vcpu[0]));
	assert_int_equal(domain_kill(late.d), 0);
	tick();
	check_gone(0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, dom0_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_poor_one_goes_at_once),
		TEST(the_hardware_domain_does_not_die),
		TEST(stays_for_those_who_use_its_grants),
		TEST(pages_outlive_their_domain),
		TEST(interrupted_anywhere),
		TEST(nothing_goes_before_all_cpus_have_left),
		TEST(two_kill_the_same),
		TEST(references_keep_it),
		TEST(several_at_once),
		TEST(without_table_pages),
		TEST(shutdown_is_told),
		TEST(the_dying_do_not_run),
	};

	return cmocka_run_group_tests_name("end", tests, NULL, NULL);
}
