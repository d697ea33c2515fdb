/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hvm_op, multicall, and the calls of the toolstack: parameters, what wrong
 * versions get, and what does not exist on Arm.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/hvm/params.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include <xen/version.h>

#include "badptr.h"
#include "board.h"
#include "hypercall.h"
#include "range.h"
#include "tap.h"

static struct xen_sysctl sysctl;
static struct xen_domctl domctl;
static struct xen_platform_op platform;

static long get_param(unsigned long index)
{
	struct xen_hvm_param p = {
		.domid = DOMID_SELF,
		.index = (uint32_t)index,
		.value = 0x5555,
	};
	long rc = hvm_op(HVMOP_get_param, &p);

	return rc ? rc : (long)p.value;
}

static long set_param(unsigned long index)
{
	struct xen_hvm_param p = {
		.domid = DOMID_SELF,
		.index = (uint32_t)index,
	};

	return hvm_op(HVMOP_set_param, &p);
}

static void parameters(void)
{
	struct xen_hvm_param p = { .domid = 77 };
	const long ppi = (long)(2UL << 56 | 2UL << 8 | board.evtchn_intid);

	tap_ok(get_param(HVM_PARAM_CALLBACK_IRQ) == ppi,
	       "get_param CALLBACK_IRQ: PPI %u, level low", board.evtchn_intid);
	tap_range("get_param", HVM_PARAM_STORE_PFN, HVM_PARAM_STORE_EVTCHN, 0,
		  get_param);
	tap_range("get_param", 3, 16, -XEN_EINVAL, get_param);
	tap_range("get_param", HVM_PARAM_CONSOLE_PFN, HVM_PARAM_CONSOLE_EVTCHN,
		  0, get_param);
	tap_range("get_param", 19, 27, -XEN_EINVAL, get_param);
	tap_range("get_param", HVM_PARAM_MONITOR_RING_PFN,
		  HVM_PARAM_MONITOR_RING_PFN, -XEN_EPERM, get_param);
	tap_range("get_param", 29, 100, -XEN_EINVAL, get_param);
	tap_range("get_param", 0xffffffff, 0xffffffff, -XEN_EINVAL, get_param);
	tap_range("set_param", 0, 2, -XEN_EPERM, set_param);
	tap_range("set_param", 3, 16, -XEN_EINVAL, set_param);
	tap_range("set_param", 17, 18, -XEN_EPERM, set_param);
	tap_range("set_param", 19, 27, -XEN_EINVAL, set_param);
	tap_range("set_param", 28, 28, -XEN_EPERM, set_param);
	tap_range("set_param", 29, 100, -XEN_EINVAL, set_param);
	tap_is(hvm_op(HVMOP_get_param, &p), -XEN_ESRCH,
	       "get_param of domain 77");
	tap_is(hvm_op(HVMOP_set_param, &p), -XEN_ESRCH,
	       "set_param of domain 77");
}

static void pointers(void)
{
	unsigned int k;

	for (k = 0; k < BADPTR_READONLY; k++) {
		void *bad = badptr[k].addr;
		const char *name = badptr[k].name;

		tap_is(hvm_op(HVMOP_get_param, bad), -XEN_EFAULT,
		       "get_param, %s", name);
		tap_is(hvm_op(HVMOP_set_param, bad), -XEN_EFAULT,
		       "set_param, %s", name);
		tap_is(hypercall2(__HYPERVISOR_sysctl, ARG(bad), 0),
		       -XEN_EFAULT, "sysctl, %s", name);
		tap_is(hypercall2(__HYPERVISOR_domctl, ARG(bad), 0),
		       -XEN_EFAULT, "domctl, %s", name);
		tap_is(hypercall2(__HYPERVISOR_platform_op, ARG(bad), 0),
		       -XEN_EFAULT, "platform_op, %s", name);
		tap_is(hypercall2(__HYPERVISOR_multicall, ARG(bad), 1),
		       -XEN_EFAULT, "multicall, %s", name);
		tap_is(console_io(CONSOLEIO_write, 4, bad), -XEN_EFAULT,
		       "console write, %s", name);
	}
}

static void interface_versions(void)
{
	sysctl.cmd = XEN_SYSCTL_physinfo;
	sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION + 1;
	tap_is(hypercall2(__HYPERVISOR_sysctl, ARG(&sysctl), 0), -XEN_EACCES,
	       "sysctl, version + 1");
	sysctl.interface_version = 0;
	tap_is(hypercall2(__HYPERVISOR_sysctl, ARG(&sysctl), 0), -XEN_EACCES,
	       "sysctl, version 0");
	domctl.cmd = XEN_DOMCTL_getdomaininfo;
	domctl.interface_version = XEN_DOMCTL_INTERFACE_VERSION + 1;
	tap_is(hypercall2(__HYPERVISOR_domctl, ARG(&domctl), 0), -XEN_EACCES,
	       "domctl, version + 1");
	platform.cmd = XENPF_settime64;
	platform.interface_version = XENPF_INTERFACE_VERSION + 1;
	tap_is(hypercall2(__HYPERVISOR_platform_op, ARG(&platform), 0),
	       -XEN_EACCES, "platform_op, version + 1");
}

static void settime(void)
{
	memset(&platform, 0, sizeof(platform));
	platform.cmd = XENPF_settime64;
	platform.interface_version = XENPF_INTERFACE_VERSION;
	platform.u.settime64.secs = 1000000000;
	tap_is(hypercall2(__HYPERVISOR_platform_op, ARG(&platform), 0), 0,
	       "settime64");
	platform.u.settime64.mbz = 1;
	tap_is(hypercall2(__HYPERVISOR_platform_op, ARG(&platform), 0),
	       -XEN_EINVAL, "settime64, mbz not zero");
}

static void multicalls(void)
{
	static struct multicall_entry calls[3];
	struct multicall_entry *edge;
	struct xen_hvm_param p = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_STORE_PFN,
		.value = 7,
	};

	calls[0].op = __HYPERVISOR_xen_version;
	calls[0].args[0] = XENVER_version;
	calls[1].op = 63;
	calls[2].op = __HYPERVISOR_hvm_op;
	calls[2].args[0] = HVMOP_get_param;
	calls[2].args[1] = ARG(&p);
	tap_is(hypercall2(__HYPERVISOR_multicall, ARG(calls), 3), 0,
	       "multicall of 3");
	tap_is((long)calls[0].result, 0x40011, "its first result");
	tap_is((long)calls[1].result, -XEN_ENOSYS, "its second result");
	tap_is((long)calls[2].result, 0, "its third result");
	tap_is((long)p.value, 0, "the third call wrote");
	calls[0].op = __HYPERVISOR_multicall;
	calls[0].args[0] = ARG(calls);
	calls[0].args[1] = 1;
	tap_is(hypercall2(__HYPERVISOR_multicall, ARG(calls), 1), 0,
	       "multicall in a multicall");
	tap_is((long)calls[0].result, -XEN_EINVAL, "its result");
	calls[0].op = ~0UL;
	hypercall2(__HYPERVISOR_multicall, ARG(calls), 1);
	tap_is((long)calls[0].result, -XEN_ENOSYS, "call ~0 in a multicall");
	tap_is(hypercall2(__HYPERVISOR_multicall, ARG(calls), 0), 0,
	       "multicall of 0");
	/* One entry before a page that is not mapped, and one in it. */
	edge = (void *)((char *)badptr[BADPTR_CROSS].addr + 1 - sizeof(*edge));
	memset(edge, 0, sizeof(*edge));
	edge->op = __HYPERVISOR_xen_version;
	tap_is(hypercall2(__HYPERVISOR_multicall, ARG(edge), 2), -XEN_EFAULT,
	       "multicall that runs into an unmapped page");
	tap_either((long)edge->result, 0x40011, 0,
		   "the result of what came before");
}

static void physdev(void)
{
	struct physdev_pci_device_add add = { .seg = 0 };
	struct physdev_manage_pci manage = { .bus = 0 };

	tap_is(physdev_op(PHYSDEVOP_pci_device_add, &add), -XEN_ENOSYS,
	       "pci_device_add");
	tap_is(physdev_op(PHYSDEVOP_manage_pci_add, &manage), -XEN_ENOSYS,
	       "manage_pci_add");
	tap_is(physdev_op(PHYSDEVOP_pci_device_add, NULL), -XEN_ENOSYS,
	       "pci_device_add, null pointer");
}

void guest_main(void)
{
	badptr_init();
	parameters();
	pointers();
	interface_versions();
	settime();
	multicalls();
	physdev();
}
