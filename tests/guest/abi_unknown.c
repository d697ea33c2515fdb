/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that name no hypercall, and sub-operations that no hypercall has.
 *
 * Classes: XSA-296 (an odd number must not stop the hypervisor).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

#define NO_SUCH_OP 0x7fffffffUL

static char zeroes[4096] __attribute__((aligned(4096)));

static void *clear(void)
{
	memset(zeroes, 0, sizeof(zeroes));
	return zeroes;
}

static long by_number(unsigned long nr)
{
	return hypercall5(nr, NO_SUCH_OP, 0, 0, 0, 0);
}

static long memory(unsigned long op)
{
	return memory_op(op, clear());
}

static long version(unsigned long op)
{
	return xen_version(op, clear());
}

static long console(unsigned long op)
{
	return console_io(op, 0, clear());
}

static long grant(unsigned long op)
{
	return grant_table_op(op, clear(), 1);
}

static long grant_count(unsigned long op)
{
	return grant_table_op(op, NULL, 0x80000000UL);
}

static long vcpu(unsigned long op)
{
	return vcpu_op(op, 0, clear());
}

static long vcpu_missing(unsigned long op)
{
	return vcpu_op(op, 64, clear());
}

static long sched(unsigned long op)
{
	return sched_op(op, clear());
}

static long event(unsigned long op)
{
	return event_channel_op(op, clear());
}

static long hvm(unsigned long op)
{
	return hvm_op(op, clear());
}

static long physdev(unsigned long op)
{
	return physdev_op(op, clear());
}

static long assist_enable(unsigned long type)
{
	return vm_assist(VMASST_CMD_enable, type);
}

static long assist_command(unsigned long cmd)
{
	return vm_assist(cmd, VMASST_TYPE_runstate_update_flag);
}

static long platform(unsigned long cmd)
{
	struct xen_platform_op *op = clear();

	op->cmd = (uint32_t)cmd;
	op->interface_version = XENPF_INTERFACE_VERSION;
	return hypercall2(__HYPERVISOR_platform_op, ARG(op), 0);
}

static long system_control(unsigned long cmd)
{
	struct xen_sysctl *op = clear();

	op->cmd = (uint32_t)cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall2(__HYPERVISOR_sysctl, ARG(op), 0);
}

static long missing_domain(unsigned long cmd)
{
	struct xen_domctl *op = clear();

	op->cmd = (uint32_t)cmd;
	op->domain = 77;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return hypercall2(__HYPERVISOR_domctl, ARG(op), 0);
}

static long xsm(unsigned long op)
{
	uint32_t *arg = clear();

	arg[0] = (uint32_t)op;
	arg[1] = 1;
	return hypercall2(__HYPERVISOR_xsm_op, ARG(arg), 0);
}

static long device_model(unsigned long domid)
{
	return hypercall3(__HYPERVISOR_dm_op, domid, 1, ARG(clear()));
}

static void numbers(void)
{
	const char *what = "hypercall, no such sub-op";

	tap_range(what, 0, 6, -XEN_ENOSYS, by_number);
	tap_range(what, 7, 7, -XEN_EFAULT, by_number);
	tap_range(what, 8, 12, -XEN_ENOSYS, by_number);
	tap_range(what, 14, 19, -XEN_ENOSYS, by_number);
	tap_range(what, 20, 21, -XEN_EINVAL, by_number);
	tap_range(what, 22, 23, -XEN_ENOSYS, by_number);
	tap_range(what, 24, 24, -XEN_EINVAL, by_number);
	tap_range(what, 25, 34, -XEN_ENOSYS, by_number);
	tap_range(what, 35, 36, -XEN_EFAULT, by_number);
	tap_range(what, 37, 40, -XEN_ENOSYS, by_number);
	/* dm_op: Debian's Xen is built without IOREQ servers. */
	tap_either(by_number(__HYPERVISOR_dm_op), -XEN_ESRCH, -XEN_ENOSYS,
		   "hypercall, no such sub-op 0x29");
	/* hypfs_op: Debian's Xen has it, a hypervisor need not. */
	tap_either(by_number(__HYPERVISOR_hypfs_op), -XEN_EINVAL, -XEN_ENOSYS,
		   "hypercall, no such sub-op 0x2a");
	tap_range(what, 43, 1000, -XEN_ENOSYS, by_number);
	tap_range(what, ~15UL, ~0UL, -XEN_ENOSYS, by_number);
	tap_range(what, 1UL << 32, (1UL << 32) + 64, -XEN_ENOSYS, by_number);
	tap_range(what, 1UL << 63, (1UL << 63) + 64, -XEN_ENOSYS, by_number);
}

static void sub_operations(void)
{
	tap_range("memory_op", 29, 63, -XEN_ENOSYS, memory);
	tap_range("xen_version", 11, 100, -XEN_ENOSYS, version);
	tap_range("console_io", 2, 100, -XEN_ENOSYS, console);
	tap_range("grant_table_op", 13, 100, -XEN_ENOSYS, grant);
	tap_range("grant_table_op, count 2^31", 0, 100, -XEN_EINVAL,
		  grant_count);
	tap_range("vcpu_op", 0, 1, -XEN_EINVAL, vcpu);
	tap_range("vcpu_op", 3, 4, -XEN_EINVAL, vcpu);
	tap_range("vcpu_op", 6, 9, -XEN_EINVAL, vcpu);
	tap_range("vcpu_op", 11, 100, -XEN_EINVAL, vcpu);
	tap_range("vcpu_op on vCPU 64", 0, 100, -XEN_ENOENT, vcpu_missing);
	tap_range("sched_op", 8, 100, -XEN_ENOSYS, sched);
	tap_range("event_channel_op", 15, 100, -XEN_ENOSYS, event);
	tap_range("hvm_op", 2, 23, -XEN_ENOSYS, hvm);
	tap_range("hvm_op", 25, 100, -XEN_ENOSYS, hvm);
	tap_range("physdev_op", 0, 100, -XEN_ENOSYS, physdev);
	tap_range("vm_assist enable", 0, 4, -XEN_EINVAL, assist_enable);
	tap_range("vm_assist enable", 6, 100, -XEN_EINVAL, assist_enable);
	tap_range("vm_assist command", 2, 100, -XEN_ENOSYS, assist_command);
	tap_range("platform_op", 0, 61, -XEN_ENOSYS, platform);
	tap_range("platform_op", 63, 100, -XEN_ENOSYS, platform);
	tap_range("sysctl", 29, 100, -XEN_ENOSYS, system_control);
	tap_range("domctl on domain 77", 2, 90, -XEN_ESRCH, missing_domain);
	tap_range("xsm_op", 0, 100, -XEN_ENOSYS, xsm);
	tap_either(device_model(0), -XEN_EPERM, -XEN_ENOSYS, "dm_op on itself");
	tap_either(device_model(7), -XEN_ESRCH, -XEN_ENOSYS,
		   "dm_op on no domain");
	tap_either(device_model(DOMID_SELF), -XEN_ESRCH, -XEN_ENOSYS,
		   "dm_op on DOMID_SELF");
}

/*
 * HVC with another immediate is no hypercall but an undefined instruction.
 * The NOPs are there because ELR may be that of the HVC or the one after it.
 */
static void other_immediates(void)
{
	struct fault f;

	fault_expect(&f);
	__asm__ volatile("mov x16, #17; hvc #1; nop; nop"
			 :
			 :
			 : "x0", "x16", "memory");
	fault_done();
	tap_ok(f.taken && ESR_EC(f.esr) == EC_UNKNOWN, "hvc #1: %s",
	       fault_name(&f));
	fault_expect(&f);
	__asm__ volatile("mov x16, #17; hvc #0xea2; nop; nop"
			 :
			 :
			 : "x0", "x16", "memory");
	fault_done();
	tap_ok(f.taken && ESR_EC(f.esr) == EC_UNKNOWN, "hvc #0xea2: %s",
	       fault_name(&f));
}

/* x5 to x15 and x17 to x30 survive a hypercall. */
static void registers_kept(void)
{
	unsigned long kept;

	__asm__ volatile("mov x5, #5; mov x15, #15; mov x17, #17\n\t"
			 "mov x18, #18; mov x28, #28\n\t"
			 "mov x0, xzr; mov x1, xzr; mov x16, #17\n\t"
			 "hvc #0xea1\n\t"
			 "add x5, x5, x15; add x5, x5, x17\n\t"
			 "add x5, x5, x18; add %0, x5, x28"
			 : "=r"(kept)
			 :
			 : "x0", "x1", "x5", "x15", "x16", "x17", "x18", "x28",
			   "memory");
	tap_is((long)kept, 5 + 15 + 17 + 18 + 28,
	       "sum of registers after a hypercall");
}

void guest_main(void)
{
	numbers();
	sub_operations();
	other_immediates();
	registers_kept();
}
