/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant tables, version 1. */
#ifndef GNTTAB_GNTTAB_H
#define GNTTAB_GNTTAB_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "p2m/p2m.h"

struct domain;
struct vcpu;

/**
 * gnttab_domain_init() - An empty grant table of one frame.
 * @max_frames:   frames of entries that it may grow to, at least 1.
 * @max_maptrack: pages of 512 handles: how many grants of others @d may have
 *                mapped at a time.
 *
 * Return: 0; -XEN_ENOMEM.
 */
int gnttab_domain_init(struct domain *d, unsigned int max_frames,
		       unsigned int max_maptrack) __must_check;

/*
 * Let go of what @d has mapped, and free the table. After p2m_destroy(): who
 * granted to @d learns only now that it has no access any more. No other
 * domain uses a grant of @d.
 */
void gnttab_domain_destroy(struct domain *d);

/*
 * The end of a domain, a piece at a time; true when there is no more to do.
 * First what it has mapped of others, which is out of its p2m by then: @next
 * is where to go on, @nr how many handles to look at.
 */
bool gnttab_release_mapped(struct domain *d, uint64_t *next, uint32_t nr);
/*
 * Then who still uses what it has granted. The caller has taken a reference on
 * @d (domain_get()) for all of them, which the last one drops. Nobody pins any
 * more.
 */
bool gnttab_count_pins(struct domain *d, uint32_t nr);

/* GRANT_TABLE_OP: x[0] cmd, x[1] array address, x[2] count. */
int64_t hypercall_grant_table_op(struct vcpu *v, uint64_t *x);

/**
 * gnttab_shared_frame() - The machine frame of shared frame @idx, for
 * XENMAPSPACE_grant_table; grows the table as far as allowed.
 *
 * Takes the grant table lock, which comes before the p2m lock.
 * Return: 0; -XEN_EINVAL (beyond the limit); -XEN_ENOMEM.
 */
int gnttab_shared_frame(struct domain *d, uint64_t idx,
			mfn_t *mfn) __must_check;

/*
 * Where @d has mapped shared frame @idx by XENMAPSPACE_grant_table, or
 * GFN_INVALID; it may have it at one place only (-XEN_EBUSY). Whoever maps it
 * says so by the second one, under the same lock.
 */
gfn_t gnttab_frame_gfn(const struct domain *d, struct p2m_locked l,
		       uint64_t idx);
void gnttab_frame_set_gfn(struct domain *d, uint64_t idx, gfn_t gfn);

/* How many shared frames the table of @d may grow to: its size as a resource
 * of XENMEM_acquire_resource. */
uint32_t gnttab_max_frames(const struct domain *d);

#endif
