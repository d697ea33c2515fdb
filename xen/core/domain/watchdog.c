/* SPDX-License-Identifier: BSD-2-Clause */
/* SCHEDOP_watchdog: a domain that stops poking its timer is shut down. */
#include "domain/watchdog.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include <arch/cpu.h>
#include <core/errno.h>
#include <core/log.h>

#include "domain/domain.h"
#include "domain/time.h"

static void expired(void *opaque)
{
	struct watchdog *w = opaque;

	log_warn("d%u: watchdog timer fired", w->domain->id);
	domain_shutdown(w->domain, SHUTDOWN_watchdog);
}

void watchdog_init(struct domain *d)
{
	for (unsigned int i = 0; i < NR_WATCHDOGS; i++) {
		struct watchdog *w = &d->watchdog[i];

		w->domain = d;
		timer_init(&w->timer, expired, w);
	}
}

void watchdog_stop_all(struct domain *d)
{
	for (unsigned int i = 0; i < NR_WATCHDOGS; i++) {
		timer_cancel(&d->watchdog[i].timer);
	}
}

static void poke(struct watchdog *w, uint32_t seconds)
{
	/* Below 2^32 seconds: no overflow for counters up to 4 GHz. */
	uint64_t ticks = seconds * arch_counter_hz();

	timer_set(&w->timer, arch_this_cpu(), arch_counter() + ticks);
}

static int start(struct domain *d, uint32_t seconds)
{
	for (unsigned int i = 0; i < NR_WATCHDOGS; i++) {
		struct watchdog *w = &d->watchdog[i];

		if (!w->in_use) {
			w->in_use = true;
			poke(w, seconds);
			return i + 1;
		}
	}
	return -XEN_ENOSPC;
}

static int change(struct domain *d, uint32_t id, uint32_t seconds)
{
	struct watchdog *w;

	if (id > NR_WATCHDOGS || !d->watchdog[id - 1].in_use) {
		return -XEN_EINVAL;
	}
	w = &d->watchdog[id - 1];
	if (seconds) {
		poke(w, seconds);
	} else {
		timer_cancel(&w->timer);
		w->in_use = false;
	}
	return 0;
}

int domain_watchdog(struct domain *d, uint32_t id, uint32_t seconds)
{
	int rc;

	spin_lock(&d->lock);
	rc = id ? change(d, id, seconds) : start(d, seconds);
	spin_unlock(&d->lock);
	return rc;
}
