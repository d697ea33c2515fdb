/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping vCPUs out of the guest for a while.
 *
 * Pauses are counted. What a paused vCPU gets meanwhile (interrupts, events,
 * its timers) is kept for it. A CPU that executes in the hypervisor on behalf
 * of a paused vCPU finishes what it does and stops on the way out.
 */
#ifndef DOMAIN_PAUSE_H
#define DOMAIN_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "domain/domain.h"

/**
 * domain_pause() - No vCPU of @d is in the guest on return, nor will be
 * before domain_unpause().
 *
 * The caller may run on behalf of a vCPU of @d: that one does not enter the
 * guest again either, so who pauses its own domain unpauses it before it
 * returns, or uses domain_hold(). The caller holds no lock and is in no epoch
 * section; two may pause each other. Bounded: a CPU that does not come out of
 * its guest within seconds of a kick is a bug.
 */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

/* The same for one vCPU, beside what its domain is. */
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

/* @d runs no more, for good. Its vCPUs are asked to leave their CPUs, and
 * nobody waits for them. */
void domain_stop(struct domain *d);

/**
 * domain_hold() - Pause the domain of @v, whose hypercall this is, for longer
 * than one round of it.
 *
 * As long as @v holds its domain, HYPERCALL_AGAIN does not lead to the guest:
 * interrupts are served, other domains may run, and the next round begins.
 * So no code of the guest runs between the rounds, not even an interrupt
 * handler that might wait for a vCPU that is kept out. Called again by the
 * same vCPU it does nothing more.
 *
 * Return: 0; -XEN_EAGAIN when another vCPU of the domain holds it. The caller
 * undoes what it has begun and returns HYPERCALL_AGAIN; it comes back when the
 * other one has released the domain.
 */
int domain_hold(struct vcpu *v) __must_check;
void domain_release(struct vcpu *v);

/* Whether @v may hold its domain, and does. */
static inline bool domain_held_by(const struct vcpu *v)
{
	return __atomic_load_n(&v->domain->holder, __ATOMIC_RELAXED) == v;
}

/* Whether @v must stay out of the guest. The holder's own hold lets it go on
 * with its hypercall. */
static inline bool vcpu_is_paused(const struct vcpu *v)
{
	uint32_t all = __atomic_load_n(&v->domain->pauses, __ATOMIC_RELAXED);
	uint32_t own = __atomic_load_n(&v->pauses, __ATOMIC_RELAXED);

	return unlikely(all | own) && (own || all > domain_held_by(v));
}

/*
 * The way out tells when this CPU cannot be in a guest: between cpu_rests()
 * and cpu_goes_on() it looks for a vCPU that may run. cpu_goes_on() comes
 * after the vCPU was loaded and before its work word is read.
 */
void cpu_rests(unsigned int cpu);
void cpu_goes_on(unsigned int cpu);

#endif
