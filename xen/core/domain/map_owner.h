/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside domain/: a domain and its memory map. */
#ifndef DOMAIN_MAP_OWNER_H
#define DOMAIN_MAP_OWNER_H

struct domain;

/* Commits of several turns hold the vCPUs of @d; what is hidden is logged. */
void domain_own_map(struct domain *d);

/* No commit is under way on return, whoever began it; for teardown, before
 * its vCPUs and regions go. */
void domain_abort_map(struct domain *d);

#endif
