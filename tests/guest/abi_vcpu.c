/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_op, sched_op and vm_assist: what a vCPU can say about itself.
 *
 * Classes: XSA-20 (odd timeouts), XSA-221 (polling ports that do not exist),
 * XSA-327 (vcpu_info and runstate areas that are not aligned).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "arch.h"
#include "badptr.h"
#include "balloon.h"
#include "board.h"
#include "evtchn.h"
#include "exception.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

static long register_info(uint64_t gfn, uint32_t offset)
{
	struct vcpu_register_vcpu_info arg = { .mfn = gfn, .offset = offset };

	return vcpu_op(VCPUOP_register_vcpu_info, 0, &arg);
}

static uint64_t info_gfn;

static long register_at(unsigned long offset)
{
	return register_info(info_gfn, (uint32_t)offset);
}

/* Offsets that are refused come first: only one registration succeeds. */
static void vcpu_info_area(void)
{
	uint64_t *page = ram_take(PAGE_SIZE, PAGE_SIZE);
	const uint32_t last = (uint32_t)(PAGE_SIZE - sizeof(vcpu_info_t));
	struct evtchn_send send;
	evtchn_port_t far;
	uint32_t offset;
	bool good = true;

	memset(page, 0, PAGE_SIZE);
	info_gfn = gfn_of(page);
	for (offset = 0; offset < PAGE_SIZE; offset++) {
		if (offset % 8 || offset > last) {
			good = good && register_at(offset) < 0;
		}
	}
	tap_ok(good, "vcpu_info at no unaligned or crossing offset");
	tap_range("vcpu_info at offset", 1, 7, -XEN_ENXIO, register_at);
	tap_range("vcpu_info at offset", last + 1, PAGE_SIZE + 8, -XEN_ENXIO,
		  register_at);
	tap_range("vcpu_info at offset", 0xfffffff8, 0xffffffff, -XEN_ENXIO,
		  register_at);
	tap_is(register_info(~0UL, 0), -XEN_EINVAL, "vcpu_info at gfn ~0");
	tap_is(register_info(1UL << 40, 0), -XEN_EINVAL,
	       "vcpu_info at gfn 2^40");
	tap_is(register_info(board.region[1].base >> PAGE_SHIFT, 0),
	       -XEN_EINVAL, "vcpu_info in a hole");
	tap_is(register_info(board.gicd.base >> PAGE_SHIFT, 0), -XEN_EINVAL,
	       "vcpu_info in an emulated device");
	tap_is(register_info(info_gfn, last), 0,
	       "vcpu_info at the last offset");
	tap_is(register_info(info_gfn, 0), -XEN_EINVAL, "vcpu_info again");

	send.port = loopback(&far);
	page[511] = 0;
	event_channel_op(EVTCHNOP_send, &send);
	tap_ok(*((uint8_t *)page + last), "upcall_pending appears in it");
}

static long runstate(void *at)
{
	struct vcpu_register_runstate_memory_area arg = { .addr.v = at };

	return vcpu_op(VCPUOP_register_runstate_memory_area, 0, &arg);
}

static void runstate_area(void)
{
	char *pages = ram_take(2 * PAGE_SIZE, PAGE_SIZE);
	struct vcpu_runstate_info *area = (void *)pages;
	unsigned int k;

	memset(pages, 0xff, 2 * PAGE_SIZE);
	tap_is(runstate(area), 0, "runstate area");
	tap_is(area->state, RUNSTATE_running, "the state");
	tap_ok(area->time[RUNSTATE_running] < 1UL << 60 &&
		       area->state_entry_time < 1UL << 60,
	       "its times are filled in");
	tap_is(runstate(pages + 8), 0, "runstate area, another");
	tap_either(runstate(pages + 4), 0, -XEN_EINVAL,
		   "runstate area, unaligned");
	tap_is(runstate(pages + PAGE_SIZE - 16), 0,
	       "runstate area across two pages");
	for (k = 0; k < BADPTR_NR; k++) {
		/* Xen keeps any address and writes where it can. */
		tap_either(runstate((void *)((uint64_t)badptr[k].addr & ~7UL)),
			   0, -XEN_EFAULT, "runstate area: %s", badptr[k].name);
	}
	tap_is(runstate(area), 0, "runstate area, the first again");
	sched_op(SCHEDOP_yield, NULL);
	tap_is(area->state, RUNSTATE_running, "the state");
}

static void assists(void)
{
	tap_is(vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag),
	       0, "vm_assist, enable runstate_update_flag");
	tap_is(vm_assist(VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag),
	       0, "vm_assist, disable runstate_update_flag");
	tap_is(vm_assist(VMASST_CMD_enable, 64), -XEN_EINVAL,
	       "vm_assist, enable 64");
	tap_is(vm_assist(VMASST_CMD_enable, ~0UL), -XEN_EINVAL,
	       "vm_assist, enable ~0");
}

static void timers(void)
{
	struct vcpu_set_periodic_timer periodic = { .period_ns = 1000000 };
	struct vcpu_set_singleshot_timer single = { .timeout_abs_ns = 1 };

	tap_is(vcpu_op(VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL,
	       "set_periodic_timer");
	tap_is(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), -XEN_EINVAL,
	       "stop_periodic_timer");
	tap_is(vcpu_op(VCPUOP_set_singleshot_timer, 0, &single), -XEN_EINVAL,
	       "set_singleshot_timer");
	tap_is(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), -XEN_EINVAL,
	       "stop_singleshot_timer");
	tap_is(vcpu_op(VCPUOP_is_up, 0, NULL), -XEN_EINVAL, "is_up");
}

static long poll(void *ports, unsigned int nr, uint64_t timeout)
{
	struct sched_poll arg = {
		.ports.p = ports,
		.nr_ports = nr,
		.timeout = timeout,
	};

	return sched_op(SCHEDOP_poll, &arg);
}

static void polling(void)
{
	static evtchn_port_t ports[130];
	evtchn_port_t far;
	struct evtchn_send send = { .port = loopback(&far) };
	shared_info_t *shared = shared_info_map();
	unsigned int k;

	ports[0] = far;
	event_channel_op(EVTCHNOP_send, &send);
	tap_is(poll(ports, 1, 0), 0, "poll a pending port");
	shared->evtchn_pending[far / 64] = 0;
	tap_is(poll(ports, 1, 1), 0, "poll, timeout long past");
	tap_is(poll(ports, 0, 1), 0, "poll no port, timeout long past");
	ports[0] = 100000;
	tap_is(poll(ports, 1, 1), -XEN_EINVAL, "poll port 100000");
	ports[0] = 100;
	tap_is(poll(ports, 1, 1), -XEN_EINVAL, "poll a port never used");
	tap_is(poll(ports, 129, 1), -XEN_EINVAL, "poll 129 ports");
	tap_is(poll(ports, ~0u, 1), -XEN_EINVAL, "poll ~0 ports");
	for (k = 0; k < BADPTR_READONLY; k++) {
		tap_is(poll(badptr[k].addr, 1, 1), -XEN_EFAULT, "poll, %s",
		       badptr[k].name);
	}
}

static void scheduling(void)
{
	struct sched_remote_shutdown remote = { .domain_id = 77 };
	struct sched_shutdown code = { .reason = SHUTDOWN_crash };
	struct sched_watchdog dog = { .id = 0, .timeout = 100 };
	struct sched_pin_override pin = { .pcpu = 0 };
	long id;

	tap_is(sched_op(SCHEDOP_yield, NULL), 0, "yield");
	tap_is(sched_op(SCHEDOP_shutdown, NULL), -XEN_EFAULT,
	       "shutdown, null pointer");
	tap_is(sched_op(SCHEDOP_remote_shutdown, &remote), -XEN_ESRCH,
	       "remote_shutdown of domain 77");
	tap_is(sched_op(SCHEDOP_shutdown_code, &code), 0, "shutdown_code");
	id = sched_op(SCHEDOP_watchdog, &dog);
	tap_is(id, 1, "watchdog: its id");
	dog.id = (uint32_t)id;
	tap_is(sched_op(SCHEDOP_watchdog, &dog), 0, "watchdog, once more");
	dog.timeout = 0;
	tap_is(sched_op(SCHEDOP_watchdog, &dog), 0, "watchdog, stop");
	tap_is(sched_op(SCHEDOP_watchdog, &dog), -XEN_EINVAL,
	       "watchdog, stop again");
	dog.id = 9;
	tap_is(sched_op(SCHEDOP_watchdog, &dog), -XEN_EINVAL, "watchdog 9");
	tap_is(sched_op(SCHEDOP_pin_override, &pin), 0, "pin to CPU 0");
	pin.pcpu = -1;
	tap_is(sched_op(SCHEDOP_pin_override, &pin), 0, "unpin");
	pin.pcpu = 99;
	tap_is(sched_op(SCHEDOP_pin_override, &pin), -XEN_EINVAL,
	       "pin to CPU 99");
}

/* Blocking ends when an interrupt is pending, as WFI does. */
static void blocking(void)
{
	write_sysreg(counter() + read_sysreg(cntfrq_el0) / 100, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	tap_is(poll(NULL, 0, 1), 0, "poll without ports returns at once");
	write_sysreg(0, cntv_ctl_el0);
}

void guest_main(void)
{
	struct sched_shutdown off = { .reason = SHUTDOWN_poweroff };

	badptr_init();
	vcpu_info_area();
	runstate_area();
	assists();
	timers();
	polling();
	scheduling();
	blocking();
	/* The other way to power off; the run times out if it does not. */
	tap_plan();
	sched_op(SCHEDOP_shutdown, &off);
	tap_bail("SCHEDOP_shutdown returned");
}
