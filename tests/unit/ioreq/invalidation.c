/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of the p2m, and who hears of them, how often, and of what. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include <public/entresol.h>

#include <core/compiler.h>

#include "hypercall/hypercall.h"
#include "ioreq/ioreq.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "suites.h"

static struct vcpu *v0(void)
{
	return domu.d->vcpu[0];
}

/* @v gives back @nr pages from @page on, every @step-th; as guests do. */
static int64_t balloon(struct vcpu *v, unsigned int page, unsigned int nr,
		       unsigned int step)
{
	struct xen_memory_reservation *r = ARG_AT(domu, 0);
	uint64_t *list = ARG_AT(domu, 0x100);

	host_load_vcpu(v);
	*r = (struct xen_memory_reservation){
		.extent_start.p = (void *)(uintptr_t)(domu.ram + 0x100),
		.nr_extents = nr,
		.domid = DOMID_SELF,
	};
	for (unsigned int i = 0; i < nr; i++) {
		list[i] = guest_page(&domu, page + i * step) >> PAGE_SHIFT;
	}
	return hcall(v, __HYPERVISOR_memory_op, XENMEM_decrease_reservation,
		     domu.ram, 0);
}

/* dom0 takes a page out of the guest's map. */
static void remove_page(unsigned int page)
{
	struct xen_remove_from_physmap *op = ARG_AT(dom0, 0);

	host_load_vcpu(self);
	*op = (struct xen_remove_from_physmap){
		.domid = domu.d->id,
		.gpfn = guest_page(&domu, page) >> PAGE_SHIFT,
	};
	assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
			       XENMEM_remove_from_physmap, dom0.ram, 0),
			 0);
}

/* An invalidation is in @slot: take it, check it, answer it. */
static void take_all(struct dm *m, unsigned int slot)
{
	dm_take(m, slot);
	assert_int_equal(m->slot[slot].type, IOREQ_TYPE_INVALIDATE);
	assert_int_equal(m->slot[slot].dir, IOREQ_WRITE);
	assert_int_equal(m->slot[slot].size, 4);
	assert_int_equal(m->slot[slot].data, ~UINT64_C(0));
	dm_answer(m, slot, 0);
}

static void take_range(struct dm *m, unsigned int slot, unsigned int page,
		       uint64_t nr)
{
	dm_take(m, slot);
	assert_int_equal(m->slot[slot].type, IOREQ_TYPE_INVALIDATE);
	assert_int_equal(m->slot[slot].addr,
			 guest_page(&domu, page) >> PAGE_SHIFT);
	assert_int_equal(m->slot[slot].data, nr);
	dm_answer(m, slot, 0);
}

static bool is_quiet(const struct dm *m)
{
	return m->slot[0].state == STATE_IOREQ_NONE &&
	       m->slot[1].state == STATE_IOREQ_NONE && !dm_event(m->port[0]) &&
	       !dm_event(m->port[1]);
}

/* R4.3, R4.4: once at the exit, however many pages; nobody else waits. */
static void own_change(void **state)
{
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 20, 3), 20);
	assert_true(is_quiet(&m));
	assert_true(guest_asked(v0()));
	assert_false(guest_asked(domu.d->vcpu[1]));
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_true(is_quiet(&m));
	assert_false(run_timers());
}

/* da20c93108: every server, not the first one. */
static void all_servers(void **state)
{
	struct dm m[8];

	(void)state;
	dm_hold(50);
	for (unsigned int i = 0; i < 8; i++) {
		m[i] = dm_make();
	}
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	for (unsigned int i = 0; i < 8; i++) {
		take_all(&m[7 - i], 0);
		assert_int_equal(guest_exit(v0()), i < 7 ? EXIT_STAY : EXIT_GO);
	}
	for (unsigned int i = 0; i < 8; i++) {
		assert_true(is_quiet(&m[i]));
	}
}

/* 588d961d15: two vCPUs, a change each, none is lost. */
static void two_vcpus_change(void **state)
{
	struct dm m = dm_make();
	struct vcpu *v1 = domu.d->vcpu[1];

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	assert_int_equal(balloon(v1, 11, 1, 1), 1);
	assert_int_equal(guest_exit(v1), EXIT_STAY);
	take_all(&m, 0);
	/* The first answer is not for the second change. */
	assert_int_equal(guest_exit(v1), EXIT_STAY);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v1), EXIT_GO);
	assert_true(is_quiet(&m));
}

/* 177cf860f0: a call that is interrupted returns to the guest, too. */
static void preempted_call(void **state)
{
	struct dm m = dm_make();
	struct xen_memory_reservation *r = ARG_AT(domu, 0);
	uint64_t *list = ARG_AT(domu, 0x100);
	unsigned int nr = 0;

	(void)state;
	dm_hold(50);
	host_load_vcpu(v0());
	*r = (struct xen_memory_reservation){
		.extent_start.p = (void *)(uintptr_t)(domu.ram + 0x100),
		.nr_extents = 200,
		.domid = DOMID_SELF,
	};
	for (unsigned int i = 0; i < 200; i++) {
		list[i] = guest_page(&domu, 100 + 2 * i) >> PAGE_SHIFT;
	}
	v0()->regs.x[0] = XENMEM_decrease_reservation;
	v0()->regs.x[1] = domu.ram;
	v0()->regs.x[16] = __HYPERVISOR_memory_op;
	do {
		v0()->regs.pc = 0x1004;
		host_irq_waiting_after(0);
		hypercall(v0());
		host_irq_waiting_after(~0u);
		assert_int_equal(guest_exit(v0()), EXIT_STAY);
		take_all(&m, 0);
		assert_int_equal(guest_exit(v0()), EXIT_GO);
		nr++;
	} while (v0()->regs.pc != 0x1004);
	assert_true(nr > 1);
	assert_int_equal(v0()->regs.x[0], 200);
}

/* R4.5: all vCPUs wait, one broadcast, the caller goes on. */
static void remote_change(void **state)
{
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	host_set_nr_cpus(2);
	v0()->running = true;
	v0()->cpu = 1;
	remove_page(30);
	assert_int_equal(host_take_kicks(1), 1);
	remove_page(31);
	assert_int_equal(host_take_kicks(1), 0);
	v0()->running = false;
	assert_true(guest_asked(v0()));
	assert_true(guest_asked(domu.d->vcpu[1]));
	assert_true(is_quiet(&m));
	assert_true(run_timers());
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	assert_int_equal(guest_exit(domu.d->vcpu[1]), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(guest_exit(domu.d->vcpu[1]), EXIT_GO);
	assert_true(is_quiet(&m));
	host_set_nr_cpus(1);
}

/* A guest none of whose vCPUs runs: its servers hear at once. */
static void change_of_a_paused_guest(void **state)
{
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	remove_page(30);
	assert_true(run_timers());
	take_all(&m, 0);
	remove_page(31);
	assert_true(run_timers());
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_true(is_quiet(&m));
}

/* R4.2 */
static void what_is_no_change(void **state)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_mem_type,
		.u.set_mem_type = {
			.mem_type = HVMMEM_ram_ro,
			.first_pfn = guest_page(&domu, 3) >> PAGE_SHIFT,
			.nr = 4,
		},
	};
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	assert_int_equal(dm_op(&op), 0);
	op.u.set_mem_type.mem_type = HVMMEM_ram_rw;
	op.u.set_mem_type.first_pfn -= 4;
	op.u.set_mem_type.nr = 4;
	assert_int_equal(dm_op(&op), 0);
	/* A call that fails: there is no RAM. */
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(balloon(v0(), 10, 1, 1), 0);
	assert_false(guest_asked(v0()));
	assert_false(run_timers());
	assert_true(is_quiet(&m));
}

/* What nobody else can map: here, the shared page. */
static void what_is_no_ram(void **state)
{
	struct xen_add_to_physmap *add = ARG_AT(domu, 0);
	struct xen_remove_from_physmap *op = ARG_AT(domu, 0);
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	host_load_vcpu(v0());
	*add = (struct xen_add_to_physmap){ .domid = DOMID_SELF,
					    .space = XENMAPSPACE_shared_info,
					    .gpfn = 0x100 };
	assert_int_equal(hcall(v0(), __HYPERVISOR_memory_op,
			       XENMEM_add_to_physmap, domu.ram, 0),
			 0);
	*op = (struct xen_remove_from_physmap){ .domid = DOMID_SELF,
						.gpfn = 0x100 };
	assert_int_equal(hcall(v0(), __HYPERVISOR_memory_op,
			       XENMEM_remove_from_physmap, domu.ram, 0),
			 0);
	assert_false(guest_asked(v0()));
	assert_true(is_quiet(&m));
}

/* A page put over RAM: that RAM has left. */
static void replaced(void **state)
{
	struct xen_add_to_physmap *add = ARG_AT(domu, 0);
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	host_load_vcpu(v0());
	*add = (struct xen_add_to_physmap){
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_shared_info,
		.gpfn = guest_page(&domu, 60) >> PAGE_SHIFT,
	};
	assert_int_equal(hcall(v0(), __HYPERVISOR_memory_op,
			       XENMEM_add_to_physmap, domu.ram, 0),
			 0);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
}

/* Never a request before the invalidation (R4.5). */
static void request_comes_after(void **state)
{
	struct dm m = dm_make();
	struct vcpu *v1 = domu.d->vcpu[1];

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_access(v1, DEVICE, 4, false), EXIT_STAY);
	/* It has sent the invalidation, not its request. */
	assert_int_equal(m.slot[1].state, STATE_IOREQ_NONE);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v1), EXIT_STAY);
	assert_int_equal(m.slot[1].type, IOREQ_TYPE_COPY);
	dm_take(&m, 1);
	dm_answer(&m, 1, 4);
	assert_int_equal(guest_exit(v1), EXIT_GO);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_true(is_quiet(&m));
}

/* All slots have requests: it waits for one, also while nobody runs. */
static void no_slot_is_free(void **state)
{
	struct dm m = dm_make();
	struct vcpu *v1 = domu.d->vcpu[1];

	(void)state;
	dm_hold(50);
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	assert_int_equal(guest_access(v1, DEVICE, 4, false), EXIT_STAY);
	dm_take(&m, 0);
	dm_take(&m, 1);
	remove_page(30);
	assert_true(run_timers());
	assert_int_equal(m.slot[0].state, STATE_IOREQ_INPROCESS);
	dm_answer(&m, 1, 9);
	assert_true(run_timers());
	take_all(&m, 1);
	dm_answer(&m, 0, 8);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(guest_exit(v1), EXIT_GO);
	assert_int_equal(v0()->regs.x[1], 8);
	assert_int_equal(v1->regs.x[1], 9);
	assert_true(is_quiet(&m));
}

/* ---------------------------------------------------------------- ranges */

static struct dm exact(void)
{
	struct dm m = dm_make_disabled();
	uint32_t port;

	assert_int_equal(dm_options(m.id, ENTRESOL_IOREQ_EXACT, 0, 0, &port),
			 0);
	assert_int_equal(port, 0);
	assert_int_equal(dm_enable(m.id, true), 0);
	return m;
}

static void exact_ranges(void **state)
{
	struct dm m = exact();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 4, 1), 4);
	assert_int_equal(balloon(v0(), 20, 2, 1), 2);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_range(&m, 0, 10, 4);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_range(&m, 0, 20, 2);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_true(is_quiet(&m));
}

/* What comes while the first is out is a batch of its own. */
static void exact_and_later(void **state)
{
	struct dm m = exact();

	(void)state;
	dm_hold(50);
	remove_page(30);
	assert_true(run_timers());
	remove_page(40);
	(void)run_timers();
	take_range(&m, 0, 30, 1);
	(void)run_timers();
	take_range(&m, 0, 40, 1);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_true(is_quiet(&m));
}

/* R4.6: too many ranges are everything. */
static void too_many_ranges(void **state)
{
	struct dm m = exact();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 100, 17, 2), 17);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(balloon(v0(), 200, 16, 2), 16);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	for (unsigned int i = 0; i < 16; i++) {
		take_range(&m, 0, 200 + 2 * i, 1);
		assert_int_equal(guest_exit(v0()),
				 i < 15 ? EXIT_STAY : EXIT_GO);
	}
}

/* ---------------------------------------------------------- who is skipped */

static void without_mappings(void **state)
{
	struct dm m = dm_make();

	(void)state;
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_false(guest_asked(v0()));
	/* Twice at the same place is one. */
	dm_hold(50);
	dm_hold(50);
	assert_int_equal(balloon(v0(), 11, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	dm_drop();
	assert_int_equal(balloon(v0(), 12, 1, 1), 1);
	assert_false(guest_asked(v0()));
	remove_page(13);
	assert_false(run_timers());
	assert_true(is_quiet(&m));
	/* Another page over the one that was there. */
	dm_hold(51);
	dm_hold(52);
	dm_drop();
	assert_int_equal(balloon(v0(), 14, 1, 1), 1);
	assert_false(guest_asked(v0()));
}

static void disabled_and_enabled(void **state)
{
	struct dm m = dm_make_disabled();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_false(guest_asked(v0()));
	assert_true(is_quiet(&m));
	/* It hears before it gets its first request. */
	assert_int_equal(dm_enable(m.id, true), 0);
	assert_true(run_timers());
	take_all(&m, 0);
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	assert_int_equal(m.slot[0].type, IOREQ_TYPE_COPY);
}

static void without_servers(void **state)
{
	struct dm m;

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_false(guest_asked(v0()));
	m = dm_make();
	assert_int_equal(dm_destroy(m.id), 0);
	assert_int_equal(balloon(v0(), 11, 1, 1), 1);
	assert_false(guest_asked(v0()));
}

/* R4.8: it never answers; its end releases who waits. */
static void never_answers(void **state)
{
	struct dm m = dm_make(), other = dm_make();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	take_all(&other, 0);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	assert_int_equal(dm_destroy(m.id), 0);
	assert_true(guest_asked(v0()));
	assert_int_equal(guest_exit(v0()), EXIT_GO);
}

/* An invalidation is a request like others: its states count. */
static void answered_by_nonsense(void **state)
{
	struct dm m = dm_make();

	(void)state;
	dm_hold(50);
	assert_int_equal(balloon(v0(), 10, 1, 1), 1);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	m.slot[0].state = STATE_IOREQ_NONE;
	(void)guest_exit(v0());
	assert_true(domu.d->shutting_down);
}

static const struct CMUnitTest tests[] = {
	MACHINE_TEST(own_change),
	MACHINE_TEST(all_servers),
	MACHINE_TEST(two_vcpus_change),
	MACHINE_TEST(preempted_call),
	MACHINE_TEST(remote_change),
	MACHINE_TEST(change_of_a_paused_guest),
	MACHINE_TEST(what_is_no_change),
	MACHINE_TEST(what_is_no_ram),
	MACHINE_TEST(replaced),
	MACHINE_TEST(request_comes_after),
	MACHINE_TEST(no_slot_is_free),
	MACHINE_TEST(exact_ranges),
	MACHINE_TEST(exact_and_later),
	MACHINE_TEST(too_many_ranges),
	MACHINE_TEST(without_mappings),
	MACHINE_TEST(disabled_and_enabled),
	MACHINE_TEST(without_servers),
	MACHINE_TEST(never_answers),
	MACHINE_TEST(answered_by_nonsense),
};

const struct suite invalidation_suite = { tests, ARRAY_SIZE(tests) };
