/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant tables, version 1. */
#ifndef GNTTAB_GNTTAB_H
#define GNTTAB_GNTTAB_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

struct domain;
struct vcpu;

int gnttab_domain_init(struct domain *d, unsigned int max_frames,
		       unsigned int max_maptrack) __must_check;
void gnttab_domain_destroy(struct domain *d);

/* GRANT_TABLE_OP: x[0] cmd, x[1] array address, x[2] count. */
int64_t hypercall_grant_table_op(struct vcpu *v, uint64_t *x);

/**
 * gnttab_shared_frame() - The machine frame of shared frame @idx, for
 * XENMAPSPACE_grant_table; grows the table as far as allowed.
 *
 * Return: 0; -XEN_EINVAL (beyond the limit); -XEN_ENOMEM.
 */
int gnttab_shared_frame(struct domain *d, uint64_t idx,
			mfn_t *mfn) __must_check;

/* How many shared frames the table of @d may grow to: its size as a resource
 * of XENMEM_acquire_resource. */
uint32_t gnttab_max_frames(const struct domain *d);

#endif
