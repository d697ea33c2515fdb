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
domctl_fn domctl_iomem_permission;
domctl_fn domctl_memory_mapping;

#endif
