/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods: what a CPU found without a lock it uses until it leaves the
 * hypervisor, and no longer. So once every CPU has been in a guest, or idle,
 * nobody uses what could not be found any more when the period began.
 *
 * Nobody waits here: who asks in vain comes back later (a continuation, a
 * timer). So it does not matter what the others wait for meanwhile.
 */
#ifndef DOMAIN_GRACE_H
#define DOMAIN_GRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/cpu.h>

struct grace {
	uint32_t seen[MAX_CPUS];
};

/* A period begins; the other CPUs are kicked. */
void grace_begin(struct grace *g);

/**
 * grace_over() - Whether all CPUs have been out of the hypervisor since.
 *
 * But for the calling one, whose caller has nothing in use that it found
 * before the period began. Those that are late are kicked once more.
 */
bool grace_over(const struct grace *g);

#endif
