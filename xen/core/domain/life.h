/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside domain/: what the beginning and the end of domains share. */
#ifndef DOMAIN_LIFE_H
#define DOMAIN_LIFE_H

struct domain;
struct vcpu;

/* Out of the table: it cannot be found any more (domain.c). */
void domain_unlist(struct domain *d);

/* VIRQ_DOM_EXC: some domain has shut down, died or gone (end.c). No lock is
 * held. */
void domain_tell_hwdom(void);

/* The timers that would wake @v, which is loaded nowhere, are off (vcpu.c). */
void vcpu_stop_timers(struct vcpu *v);

#endif
