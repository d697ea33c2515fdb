/* SPDX-License-Identifier: BSD-2-Clause */
/* SCHED_OP, VCPU_OP, MULTICALL. */
#include "suites.h"

#include <string.h>

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include <arch/cpu.h>

#include "domain/policy.h"
#include "domain/time.h"
#include "domain/vcpu.h"
#include "frame/frame.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "sched/timer.h"

#define NS UINT64_C(1000000000)

static int64_t sched_op(uint64_t cmd, uint64_t arg)
{
	return hcall(self, __HYPERVISOR_sched_op, cmd, arg, 0);
}

/* Whether the scheduler would run @v now. */
static bool runs(struct vcpu *v)
{
	uint64_t until;

	return sched_pick(0, arch_counter(), &until) == v;
}

/* --------------------------------------------------------------- shutdown */

static int64_t shutdown(uint64_t cmd, unsigned int reason)
{
	((struct sched_shutdown *)ARG_AT(dom0, 0))->reason = reason;
	return sched_op(cmd, dom0.ram);
}

/* Not inlined: what the caller keeps in registers outlives the jump. */
static __attribute__((__noinline__)) enum host_machine
end_by(unsigned int reason, bool noreboot)
{
	dom0.d->shutting_down = false;
	dom0.d->shutdown_code = SHUTDOWN_CODE_NONE;
	domain_policy.noreboot = noreboot;
	return HOST_MACHINE_END(shutdown(SCHEDOP_shutdown, reason));
}

static void dom0_ends_the_machine(void **state)
{
	static const struct {
		unsigned int reason;
		enum host_machine end, noreboot;
	} cases[] = {
		{ SHUTDOWN_poweroff, HOST_MACHINE_OFF, HOST_MACHINE_OFF },
		{ SHUTDOWN_reboot, HOST_MACHINE_RESET, HOST_MACHINE_RESET },
		{ SHUTDOWN_crash, HOST_MACHINE_RESET, HOST_MACHINE_OFF },
		{ SHUTDOWN_suspend, HOST_MACHINE_RESET, HOST_MACHINE_OFF },
		{ SHUTDOWN_watchdog, HOST_MACHINE_RESET, HOST_MACHINE_RESET },
		{ 77, HOST_MACHINE_RESET, HOST_MACHINE_OFF },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int reason = cases[i].reason;

		assert_int_equal(end_by(reason, false), cases[i].end);
		assert_int_equal(end_by(reason, true), cases[i].noreboot);
	}
}

static void a_latched_code_wins(void **state)
{
	(void)state;
	assert_int_equal(shutdown(SCHEDOP_shutdown_code, SHUTDOWN_poweroff), 0);
	assert_int_equal(shutdown(SCHEDOP_shutdown_code, SHUTDOWN_reboot), 0);
	assert_int_equal(
		HOST_MACHINE_END(shutdown(SCHEDOP_shutdown, SHUTDOWN_reboot)),
		HOST_MACHINE_OFF);
}

static void others_only_stop(void **state)
{
	struct sched_remote_shutdown *r = ARG_AT(dom0, 0);
	struct vcpu *v = domu.d->vcpu[0];

	(void)state;
	sched_wake(v);
	assert_true(runs(v));
	*r = (struct sched_remote_shutdown){ 9, SHUTDOWN_crash };
	assert_int_equal(sched_op(SCHEDOP_remote_shutdown, dom0.ram),
			 -XEN_ESRCH);
	r->domain_id = DOMID_SELF;
	assert_int_equal(sched_op(SCHEDOP_remote_shutdown, dom0.ram),
			 -XEN_ESRCH);
	r->domain_id = 1;
	assert_int_equal(sched_op(SCHEDOP_remote_shutdown, dom0.ram), 0);
	assert_true(domu.d->shutting_down);
	assert_int_equal(domu.d->shutdown_code, SHUTDOWN_crash);
	assert_false(runs(v));
	sched_wake(v);
	assert_false(runs(v));
}

static void guests_stop_nobody(void **state)
{
	struct sched_remote_shutdown *r = ARG_AT(domu, 0);

	(void)state;
	self = domu.d->vcpu[0];
	host_load_vcpu(self);
	*r = (struct sched_remote_shutdown){ 0, SHUTDOWN_poweroff };
	assert_int_equal(sched_op(SCHEDOP_remote_shutdown, domu.ram),
			 -XEN_EPERM);
	assert_false(dom0.d->shutting_down);
	assert_int_equal(sched_op(SCHEDOP_pin_override, domu.ram), -XEN_EPERM);
}

static void sched_op_errors(void **state)
{
	(void)state;
	for (uint64_t cmd = SCHEDOP_shutdown; cmd <= SCHEDOP_pin_override;
	     cmd++) {
		assert_int_equal(sched_op(cmd, 0), -XEN_EFAULT);
	}
	for (uint64_t cmd = 8; cmd < 40; cmd++) {
		assert_int_equal(sched_op(cmd, 0), -XEN_ENOSYS);
	}
	assert_int_equal(sched_op(UINT32_MAX, 0), -XEN_ENOSYS);
	assert_int_equal(sched_op(SCHEDOP_yield, 0), 0);
}

static void pinning(void **state)
{
	struct sched_pin_override *p = ARG_AT(dom0, 0);

	(void)state;
	p->pcpu = 0;
	assert_int_equal(sched_op(SCHEDOP_pin_override, dom0.ram), 0);
	p->pcpu = -1;
	assert_int_equal(sched_op(SCHEDOP_pin_override, dom0.ram), 0);
	/* It is undone once. */
	assert_int_equal(sched_op(SCHEDOP_pin_override, dom0.ram), -XEN_EINVAL);
	p->pcpu = 4096;
	assert_int_equal(sched_op(SCHEDOP_pin_override, dom0.ram), -XEN_EINVAL);
}

/* --------------------------------------------------------------- watchdog */

static int64_t watchdog(uint32_t id, uint32_t seconds)
{
	struct sched_watchdog *w = ARG_AT(dom0, 0);

	*w = (struct sched_watchdog){ .id = id, .timeout = seconds };
	return sched_op(SCHEDOP_watchdog, dom0.ram);
}

static void advance(uint64_t seconds)
{
	host_counter_advance(seconds * arch_counter_hz());
	timer_run(0, arch_counter());
}

static void watchdogs_bite(void **state)
{
	(void)state;
	assert_int_equal(watchdog(1, 10), -XEN_EINVAL);
	assert_int_equal(watchdog(0, 10), 1);
	assert_int_equal(watchdog(0, 30), 2);
	assert_int_equal(watchdog(0, 10), -XEN_ENOSPC);
	assert_int_equal(watchdog(3, 10), -XEN_EINVAL);
	assert_int_equal(watchdog(UINT32_MAX, 10), -XEN_EINVAL);
	advance(9);
	assert_int_equal(watchdog(1, 10), 0);
	advance(9);
	assert_int_equal(watchdog(1, 0), 0);
	assert_int_equal(watchdog(1, 0), -XEN_EINVAL);
	advance(11);
	assert_int_equal(HOST_MACHINE_END(advance(2)), HOST_MACHINE_RESET);
	assert_int_equal(dom0.d->shutdown_code, SHUTDOWN_watchdog);
}

static void watchdogs_of_the_longest_kind(void **state)
{
	(void)state;
	assert_int_equal(watchdog(0, UINT32_MAX), 1);
	advance(1000000);
	assert_false(dom0.d->shutting_down);
}

/* ------------------------------------------------------------------- poll */

static int64_t poll(unsigned int nr, uint64_t ports, uint64_t timeout)
{
	struct sched_poll *p = ARG_AT(dom0, 0);

	*p = (struct sched_poll){ .nr_ports = nr, .timeout = timeout };
	p->ports.q = ports;
	return sched_op(SCHEDOP_poll, dom0.ram);
}

/* An unbound port of dom0. */
static uint32_t new_port(void)
{
	struct evtchn_alloc_unbound *a = ARG_AT(dom0, 0x100);

	*a = (struct evtchn_alloc_unbound){ .dom = DOMID_SELF };
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_alloc_unbound, dom0.ram + 0x100, 0),
			 0);
	return a->port;
}

/* XSA-221: ports that do not exist. */
static void poll_looks_at_ports(void **state)
{
	uint32_t *ports = ARG_AT(dom0, 0x200);

	(void)state;
	sched_wake(self);
	ports[0] = new_port();
	ports[1] = ~UINT32_C(0);
	assert_int_equal(poll(2, dom0.ram + 0x200, 0), -XEN_EINVAL);
	ports[1] = 1023;
	assert_int_equal(poll(2, dom0.ram + 0x200, 0), -XEN_EINVAL);
	assert_int_equal(poll(129, dom0.ram + 0x200, 0), -XEN_EINVAL);
	assert_int_equal(poll(2, NO_RAM, 0), -XEN_EFAULT);
	assert_int_equal(poll(UINT32_MAX, dom0.ram, 0), -XEN_EINVAL);
	/* None of these put it to sleep. */
	assert_true(runs(self));
	assert_int_equal(dom0.d->polling, 0);

	dom0.d->shared_info->evtchn_pending[0] |= BIT(ports[0]);
	assert_int_equal(poll(1, dom0.ram + 0x200, 0), 0);
	assert_true(runs(self));
	assert_int_equal(dom0.d->polling, 0);
}

static void poll_sleeps_until_the_port(void **state)
{
	uint32_t *ports = ARG_AT(dom0, 0x200);

	(void)state;
	sched_wake(self);
	ports[0] = new_port();
	ports[1] = new_port();
	assert_int_equal(poll(1, dom0.ram + 0x200, 0), 0);
	assert_false(runs(self));
	vcpu_poll_notify(dom0.d, ports[1]);
	assert_false(runs(self));
	vcpu_poll_notify(dom0.d, ports[0]);
	assert_true(runs(self));
	assert_int_equal(dom0.d->polling, 0);

	/* Of several, each one wakes. */
	assert_int_equal(poll(2, dom0.ram + 0x200, 0), 0);
	assert_false(runs(self));
	vcpu_poll_notify(dom0.d, ports[1]);
	assert_true(runs(self));
}

static void poll_sleeps_until_the_time(void **state)
{
	uint64_t now;

	(void)state;
	advance(100);
	now = time_at(arch_counter());
	sched_wake(self);
	assert_int_equal(poll(0, 0, now + 2 * NS), 0);
	assert_false(runs(self));
	advance(1);
	assert_false(runs(self));
	advance(1);
	assert_true(runs(self));
	assert_int_equal(dom0.d->polling, 0);
	/* In the past: at once. */
	assert_int_equal(poll(0, 0, now), 0);
	timer_run(0, arch_counter());
	assert_true(runs(self));
	/* XSA-20: as late as can be, and an old timer does not fire in it. */
	assert_int_equal(poll(0, 0, time_at(arch_counter()) + NS), 0);
	vcpu_poll_notify(dom0.d, 5);
	assert_int_equal(poll(0, 0, ~UINT64_C(0)), 0);
	advance(1000);
	assert_false(runs(self));
}

/* --------------------------------------------------------------- vcpu_info */

static int64_t register_info(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
	struct vcpu_register_vcpu_info *r = ARG_AT(dom0, 0);

	*r = (struct vcpu_register_vcpu_info){ .mfn = gfn, .offset = offset };
	return hcall(self, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info,
		     v->id, dom0.ram);
}

/* XSA-327: only where atomics on it work. */
static void info_is_aligned_and_inside(void **state)
{
	uint64_t gfn = guest_page(&dom0, 3) >> 12;

	(void)state;
	for (uint32_t offset = 0; offset < 2 * PAGE_SIZE; offset++) {
		if (offset % 8 || offset > PAGE_SIZE - 48) {
			assert_int_equal(register_info(self, gfn, offset),
					 -XEN_ENXIO);
		}
	}
	assert_int_equal(register_info(self, gfn, UINT32_MAX - 7), -XEN_ENXIO);
	assert_int_equal(frame_refs(MFN(gfn)), 1);
	assert_int_equal(register_info(self, gfn, PAGE_SIZE - 48), 0);
	assert_int_equal(frame_refs(MFN(gfn)), 2);
	assert_int_equal(register_info(self, gfn, 0), -XEN_EINVAL);
	assert_int_equal(frame_refs(MFN(gfn)), 2);
}

static void info_moves_with_its_content(void **state)
{
	uint64_t page = guest_page(&dom0, 3);
	struct vcpu_info *info = guest_at(&dom0, page + 64);

	(void)state;
	memset(guest_at(&dom0, page), 0xff, PAGE_SIZE);
	self->info->evtchn_pending_sel = 4;
	assert_int_equal(register_info(self, page >> 12, 64), 0);
	assert_ptr_equal(self->info, info);
	assert_int_equal(info->evtchn_upcall_pending, 1);
	assert_true(info->evtchn_pending_sel & 4);
	assert_int_equal(info->time.version, 0);
	assert_int_equal(*(uint8_t *)guest_at(&dom0, page + 63), 0xff);
	assert_int_equal(*(uint8_t *)guest_at(&dom0, page + 64 + 48), 0xff);
}

/* XSA-301, XSA-473: only the domain's own RAM. */
static void info_needs_ram(void **state)
{
	const uint64_t bad[] = { 0, 0x8000, BIT(52) | (dom0.ram >> 12),
				 BIT(TEST_IPA_BITS - 12), ~UINT64_C(0) };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(register_info(self, bad[i], 0), -XEN_EINVAL);
	}
	assert_ptr_equal(self->info, &dom0.d->shared_info->vcpu_info[0]);
}

static void info_of_another_vcpu(void **state)
{
	struct vcpu *other = dom0.d->vcpu[1];
	uint64_t gfn = guest_page(&dom0, 3) >> 12;

	(void)state;
	assert_ptr_equal(other->info, &other->unseen);
	other->online = true;
	assert_int_equal(register_info(other, gfn, 0), -XEN_EINVAL);
	other->online = false;
	assert_int_equal(register_info(other, gfn, 0), 0);
	assert_ptr_equal(other->info, guest_at(&dom0, gfn << 12));
	for (uint64_t id = 2; id < 200; id++) {
		assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op,
				       VCPUOP_register_vcpu_info, id, dom0.ram),
				 -XEN_ENOENT);
	}
	assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op,
			       VCPUOP_register_vcpu_info, ~UINT64_C(0),
			       dom0.ram),
			 -XEN_ENOENT);
}

static void vcpu_op_errors(void **state)
{
	(void)state;
	for (uint64_t cmd = 0; cmd < 30; cmd++) {
		bool known = cmd == VCPUOP_register_runstate_memory_area ||
			     cmd == VCPUOP_register_vcpu_info;

		assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op, cmd, 0, 0),
				 known ? -XEN_EFAULT : -XEN_EINVAL);
	}
}

/* --------------------------------------------------------------- runstate */

/* The linker sends calls of this in other files here. */
int __real_guest_write(struct vcpu *v, gva_t gva, const void *src, size_t len);
int __wrap_guest_write(struct vcpu *v, gva_t gva, const void *src, size_t len);

static struct vcpu *watched;
static unsigned int writes;

int __wrap_guest_write(struct vcpu *v, gva_t gva, const void *src, size_t len)
{
	if (watched) {
		writes++;
		assert_true(spin_is_locked(&watched->runstate_lock));
	}
	return __real_guest_write(v, gva, src, len);
}

/* Whoever writes the area: another may register it meanwhile. */
static void runstate_is_written_by_one(void **state)
{
	struct vcpu *other = dom0.d->vcpu[1];

	(void)state;
	*(uint64_t *)ARG_AT(dom0, 0) = guest_page(&dom0, 4);
	watched = other;
	assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op,
			       VCPUOP_register_runstate_memory_area, 1,
			       dom0.ram),
			 0);
	runstate_publish(other);
	dom0.d->vm_assist = BIT(VMASST_TYPE_runstate_update_flag);
	runstate_publish(other);
	assert_int_equal(writes, 5);
	assert_false(spin_is_locked(&other->runstate_lock));
	watched = NULL;
}

static void runstate_is_told(void **state)
{
	uint64_t at = guest_page(&dom0, 4) - 20; /* over two pages */
	uint64_t hz = arch_counter_hz();
	struct vcpu_runstate_info info;

	(void)state;
	runstate_change(self, RUNSTATE_running, 1000);
	*(uint64_t *)ARG_AT(dom0, 0) = at;
	assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op,
			       VCPUOP_register_runstate_memory_area, 0,
			       dom0.ram),
			 0);
	memcpy(&info, guest_at(&dom0, at), 20);
	memcpy((char *)&info + 20, guest_at(&dom0, at + 20), 28);
	assert_int_equal(info.state, RUNSTATE_running);
	assert_int_equal(info.state_entry_time, 0);

	runstate_change(self, RUNSTATE_blocked, 1000 + 3 * hz);
	runstate_change(self, RUNSTATE_running, 1000 + 5 * hz);
	dom0.d->vm_assist = BIT(VMASST_TYPE_runstate_update_flag);
	runstate_publish(self);
	memcpy(&info, guest_at(&dom0, at), 20);
	memcpy((char *)&info + 20, guest_at(&dom0, at + 20), 28);
	assert_int_equal(info.state, RUNSTATE_running);
	assert_int_equal(info.state_entry_time, 5 * NS);
	assert_int_equal(info.time[RUNSTATE_running], 3 * NS);
	assert_int_equal(info.time[RUNSTATE_blocked], 2 * NS);
}

/* A page that is not there: no error, nothing written, nothing hurt. */
static void runstate_may_be_unmapped(void **state)
{
	const uint64_t bad[] = { 1, NO_RAM, ~UINT64_C(0), 0x8000000 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		*(uint64_t *)ARG_AT(dom0, 0) = bad[i];
		assert_int_equal(hcall(self, __HYPERVISOR_vcpu_op,
				       VCPUOP_register_runstate_memory_area, 0,
				       dom0.ram),
				 0);
		runstate_publish(self);
		dom0.d->vm_assist = BIT(VMASST_TYPE_runstate_update_flag);
		runstate_publish(self);
	}
}

/* --------------------------------------------------------------- multicall */

#define LIST 0x2000

static struct multicall_entry *list(void)
{
	return ARG_AT(dom0, LIST);
}

static int64_t multicall(uint64_t nr)
{
	return hcall(self, __HYPERVISOR_multicall, dom0.ram + LIST, nr, 0);
}

static void multicall_gives_each_result(void **state)
{
	(void)state;
	memset(list(), 0, PAGE_SIZE);
	list()[0].op = __HYPERVISOR_xen_version;
	list()[1].op = 77;
	list()[2].op = __HYPERVISOR_xen_version;
	list()[2].args[0] = XENVER_pagesize;
	list()[3].op = ~UINT64_C(0);
	assert_int_equal(multicall(4), 0);
	assert_int_equal(list()[0].result, 0x40011);
	assert_int_equal((int64_t)list()[1].result, -XEN_ENOSYS);
	assert_int_equal(list()[2].result, 4096);
	assert_int_equal((int64_t)list()[3].result, -XEN_ENOSYS);
	assert_int_equal(multicall(0), 0);
}

static void multicalls_do_not_nest(void **state)
{
	(void)state;
	memset(list(), 0, PAGE_SIZE);
	list()[0].op = __HYPERVISOR_multicall;
	list()[0].args[0] = dom0.ram + LIST;
	list()[0].args[1] = 1;
	assert_int_equal(multicall(1), 0);
	assert_int_equal((int64_t)list()[0].result, -XEN_EINVAL);
	assert_false(self->in_multicall);
	assert_int_equal(multicall(1), 0);
}

static void multicall_errors(void **state)
{
	uint64_t last = guest_page(&dom0, 6) - sizeof(struct multicall_entry);
	struct multicall_entry *e = guest_at(&dom0, last);

	(void)state;
	assert_int_equal(hcall(self, __HYPERVISOR_multicall, 0, 1, 0),
			 -XEN_EFAULT);
	host_s1_map(GVA(guest_page(&dom0, 6)), IPA(guest_page(&dom0, 6)), 0);
	*e = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
	/* Nothing is done of a list that is not there to its end. */
	assert_int_equal(hcall(self, __HYPERVISOR_multicall, last, 2, 0),
			 -XEN_EFAULT);
	assert_int_equal(e->result, 0);
	assert_int_equal(
		hcall(self, __HYPERVISOR_multicall, last, UINT32_MAX, 0),
		-XEN_EFAULT);
	/* The list is readable alone: results cannot be told. */
	host_s1_map(GVA(guest_page(&dom0, 5)), IPA(guest_page(&dom0, 5)), S2_R);
	assert_int_equal(hcall(self, __HYPERVISOR_multicall, last, 1, 0),
			 -XEN_EFAULT);
	assert_false(self->in_multicall);
}

/* XSA-145, XSA-296: long calls go on later, inside a list too. */
static void long_calls_in_a_multicall(void **state)
{
	struct xen_memory_reservation *r = ARG_AT(dom0, 0);
	uint64_t gfn = (dom0.ram >> 12) + 1024;
	uint64_t *frames = ARG_AT(dom0, 0x8000);

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		frames[i] = gfn + i;
	}
	*r = (struct xen_memory_reservation){
		.nr_extents = 300,
		.domid = DOMID_SELF,
	};
	r->extent_start.q = dom0.ram + 0x8000;
	memset(list(), 0, PAGE_SIZE);
	list()[0].op = __HYPERVISOR_xen_version;
	list()[1].op = __HYPERVISOR_memory_op;
	list()[1].args[0] = XENMEM_decrease_reservation;
	list()[1].args[1] = dom0.ram;
	list()[2].op = __HYPERVISOR_xen_version;
	/* Asked once before call 1, then inside it. */
	host_irq_waiting_after(2);
	assert_int_equal(multicall(3), 0);
	assert_int_equal(hcall_rounds(), 2);
	assert_int_equal(list()[0].result, 0x40011);
	assert_int_equal(list()[1].result, 300);
	assert_int_equal(list()[2].result, 0x40011);
	assert_int_equal(guest_entry(&dom0, gfn + 299).type, P2M_INVALID);
	assert_int_equal(guest_entry(&dom0, gfn + 300).type, P2M_RAM_RW);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(dom0_ends_the_machine),
	DOM0_TEST(a_latched_code_wins),
	DOM0_TEST(others_only_stop),
	DOM0_TEST(guests_stop_nobody),
	DOM0_TEST(sched_op_errors),
	DOM0_TEST(pinning),
	DOM0_TEST(watchdogs_bite),
	DOM0_TEST(watchdogs_of_the_longest_kind),
	DOM0_TEST(poll_looks_at_ports),
	DOM0_TEST(poll_sleeps_until_the_port),
	DOM0_TEST(poll_sleeps_until_the_time),
	DOM0_TEST(info_is_aligned_and_inside),
	DOM0_TEST(info_moves_with_its_content),
	DOM0_TEST(info_needs_ram),
	DOM0_TEST(info_of_another_vcpu),
	DOM0_TEST(vcpu_op_errors),
	DOM0_TEST(runstate_is_told),
	DOM0_TEST(runstate_is_written_by_one),
	DOM0_TEST(runstate_may_be_unmapped),
	DOM0_TEST(multicall_gives_each_result),
	DOM0_TEST(multicalls_do_not_nest),
	DOM0_TEST(multicall_errors),
	DOM0_TEST(long_calls_in_a_multicall),
};

const struct suite sched_suite = { tests, ARRAY_SIZE(tests) };
