/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside DOMCTL: what its files share. */
#ifndef HYPERCALL_DOMCTL_H
#define HYPERCALL_DOMCTL_H

#include <stdint.h>

#include <xen/domctl.h>

struct domain;
struct vcpu;

/*
 * A command on @d, for which the caller has the right. @op is a copy of the
 * argument. HYPERCALL_AGAIN: once more with the same argument.
 */
typedef int64_t domctl_fn(struct vcpu *v, struct domain *d,
			  struct xen_domctl *op);

/* The commands, by file. */
domctl_fn domctl_cacheflush;
domctl_fn domctl_createdomain;
domctl_fn domctl_destroydomain;
domctl_fn domctl_get_paging_mempool_size;
domctl_fn domctl_getdomaininfo;
domctl_fn domctl_getnodeaffinity;
domctl_fn domctl_getvcpuaffinity;
domctl_fn domctl_getvcpucontext;
domctl_fn domctl_getvcpuinfo;
domctl_fn domctl_iomem_permission;
domctl_fn domctl_max_mem;
domctl_fn domctl_max_vcpus;
domctl_fn domctl_memory_mapping;
domctl_fn domctl_pausedomain;
domctl_fn domctl_resumedomain;
domctl_fn domctl_scheduler_op;
domctl_fn domctl_set_address_size;
domctl_fn domctl_set_paging_mempool_size;
domctl_fn domctl_setdomainhandle;
domctl_fn domctl_setnodeaffinity;
domctl_fn domctl_setvcpuaffinity;
domctl_fn domctl_setvcpucontext;
domctl_fn domctl_unpausedomain;

#endif
