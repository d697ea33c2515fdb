/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a domain's run, and of the machine's with the hardware domain. */
#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <core/errno.h>
#include <core/log.h>

#include "domain/domain.h"
#include "domain/life.h"
#include "domain/policy.h"
#include "sched/sched.h"

struct domain_policy domain_policy = { .cmdline = "" };

static const char *const reason_name[] = {
	[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
	[SHUTDOWN_suspend] = "suspend",	  [SHUTDOWN_crash] = "crash",
	[SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
};

/* What the machine does when the hardware domain has ended with @code. */
static void machine_end(const struct domain *d, uint8_t code) __noreturn_fn;
static void machine_end(const struct domain *d, uint8_t code)
{
	bool wanted = code == SHUTDOWN_reboot || code == SHUTDOWN_watchdog ||
		      code == SHUTDOWN_soft_reset;

	log_info("d%u has shut down: %s", d->id,
		 code < ARRAY_SIZE(reason_name) ? reason_name[code] : "?");
	if (code == SHUTDOWN_poweroff) {
		log_info("machine off");
		arch_machine_off();
	}
	if (!wanted && domain_policy.noreboot) {
		log_info("noreboot: machine off instead of restart");
		arch_machine_off();
	}
	log_info("machine restarts");
	arch_machine_reset();
}

void domain_latch_shutdown_code(struct domain *d, uint8_t code)
{
	spin_lock(&d->lock);
	if (d->shutdown_code == SHUTDOWN_CODE_NONE) {
		d->shutdown_code = code;
	}
	spin_unlock(&d->lock);
}

void domain_shutdown(struct domain *d, uint8_t code)
{
	bool first;

	domain_latch_shutdown_code(d, code);
	spin_lock(&d->lock);
	first = !d->shutting_down;
	d->shutting_down = true;
	code = d->shutdown_code;
	spin_unlock(&d->lock);

	if (!first) {
		return;
	}
	if (d->hwdom) {
		machine_end(d, code);
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]->sched) {
			sched_stop(d->vcpu[i]);
		}
	}
	domain_tell_hwdom();
}

/* A wake in vain harms nobody: who waits for something looks again. */
void domain_resume(struct domain *d)
{
	spin_lock(&d->lock);
	d->shutting_down = false;
	d->shutdown_code = SHUTDOWN_CODE_NONE;
	spin_unlock(&d->lock);
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]->sched) {
			sched_wake(d->vcpu[i]);
		}
	}
}
