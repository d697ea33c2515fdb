/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a toolstack asks about the machine and about domain 0.
 */
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/sysctl.h>

#include "board.h"
#include "hypercall.h"
#include "tap.h"

static struct xen_sysctl sysctl;
static struct xen_domctl domctl;

static void physinfo(void)
{
	const struct xen_sysctl_physinfo *info = &sysctl.u.physinfo;

	memset(&sysctl, 0, sizeof(sysctl));
	sysctl.cmd = XEN_SYSCTL_physinfo;
	sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	tap_is(hypercall2(__HYPERVISOR_sysctl, ARG(&sysctl), 0), 0, "physinfo");
	tap_is(info->threads_per_core, 1, "threads_per_core");
	tap_is(info->cores_per_socket, 1, "cores_per_socket");
	tap_is(info->nr_cpus, board.nr_cpus, "nr_cpus");
	tap_is(info->nr_nodes, 1, "nr_nodes");
	tap_is((long)info->total_pages, (long)(2048UL << 8), "total_pages");
	tap_ok(info->free_pages > 0 && info->free_pages < info->total_pages,
	       "some pages are free");
	tap_is(info->capabilities & ~XEN_SYSCTL_PHYSCAP_vpmu,
	       XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap |
		       XEN_SYSCTL_PHYSCAP_gnttab_v1,
	       "capabilities without vpmu");
	tap_is(info->arch_capabilities, 0, "arch_capabilities");
}

static void domaininfo(void)
{
	const struct xen_domctl_getdomaininfo *info = &domctl.u.getdomaininfo;

	memset(&domctl, 0, sizeof(domctl));
	domctl.cmd = XEN_DOMCTL_getdomaininfo;
	domctl.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	tap_is(hypercall2(__HYPERVISOR_domctl, ARG(&domctl), 0), 0,
	       "getdomaininfo of domain 0");
	tap_is(info->domain, 0, "its domain");
	tap_is(info->nr_online_vcpus, 1, "nr_online_vcpus");
	tap_is((long)info->max_vcpu_id, (long)board.nr_cpus - 1, "max_vcpu_id");
	tap_note("flags 0x%x", info->flags);
	tap_note("tot_pages 0x%lx, max_pages 0x%lx", info->tot_pages,
		 info->max_pages);
	tap_info("shared_info_frame 0x%lx", info->shared_info_frame);
	domctl.domain = 5;
	tap_is(hypercall2(__HYPERVISOR_domctl, ARG(&domctl), 0), -XEN_ESRCH,
	       "getdomaininfo of domain 5");
}

void guest_main(void)
{
	physinfo();
	domaininfo();
}
