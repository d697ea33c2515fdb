/* SPDX-License-Identifier: BSD-2-Clause */
/* SYSCTL: x[0] argument. The toolstack's questions about the machine. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/sysctl.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"
#include "hypercall/domain_info.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_sysctl) == 136, "Xen ABI");

static int64_t physinfo(struct vcpu *v, struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;

	(void)v;
	memset(p, 0, sizeof(*p));
	p->threads_per_core = 1;
	p->cores_per_socket = 1;
	p->nr_cpus = arch_nr_cpus();
	p->max_cpu_id = arch_nr_cpus() - 1;
	p->nr_nodes = 1;
	p->cpu_khz = (uint32_t)(arch_counter_hz() / 1000);
	p->capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap |
			  XEN_SYSCTL_PHYSCAP_gnttab_v1;
	p->total_pages = frame_nr_total();
	p->free_pages = frame_nr_free();
	p->max_mfn = frame_end().v - 1;
	return 0;
}

static int64_t sched_id(struct vcpu *v, struct xen_sysctl *op)
{
	(void)v;
	op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
	return 0;
}

/* From the first that is not below what is asked for. A list is told in one
 * go: there are not so many domains that an interrupt would wait for long. */
static int64_t getdomaininfolist(struct vcpu *v, struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	struct xen_domctl_getdomaininfo info;
	struct domain *d = NULL;
	uint32_t nr = 0;

	while (nr < l->max_domains && (d = domain_next(d))) {
		if (d->id < l->first_domain) {
			continue;
		}
		domain_info(d, &info);
		if (guest_write(v, HANDLE_GVA(l->buffer, nr), &info,
				sizeof(info))) {
			return -XEN_EFAULT;
		}
		nr++;
	}
	l->num_domains = nr;
	return 0;
}

static int64_t (*const commands[])(struct vcpu *v, struct xen_sysctl *op) = {
	[XEN_SYSCTL_physinfo] = physinfo,
	[XEN_SYSCTL_sched_id] = sched_id,
	[XEN_SYSCTL_getdomaininfolist] = getdomaininfolist,
};

int64_t hypercall_sysctl(struct vcpu *v, uint64_t *x)
{
	struct xen_sysctl op;
	int64_t rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	if (rc) {
		return rc;
	}
	if (op.cmd >= ARRAY_SIZE(commands) || !commands[op.cmd]) {
		return -XEN_ENOSYS;
	}
	rc = commands[op.cmd](v, &op);
	if (!rc && guest_write(v, GVA(x[0]), &op, sizeof(op))) {
		return -XEN_EFAULT;
	}
	return rc;
}
