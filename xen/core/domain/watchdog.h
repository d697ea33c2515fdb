/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog timers of a domain, for those who make and end domains. */
#ifndef DOMAIN_WATCHDOG_H
#define DOMAIN_WATCHDOG_H

struct domain;

/* None runs. */
void watchdog_init(struct domain *d);
void watchdog_stop_all(struct domain *d);

#endif
