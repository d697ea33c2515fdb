/* SPDX-License-Identifier: BSD-2-Clause */
/* What the toolstack is told of a domain. */
#ifndef HYPERCALL_DOMAIN_INFO_H
#define HYPERCALL_DOMAIN_INFO_H

#include <stdint.h>

#include <xen/domctl.h>

struct domain;

/* @d may be dying or dead. */
void domain_info(const struct domain *d, struct xen_domctl_getdomaininfo *info);

#endif
