/* SPDX-License-Identifier: BSD-2-Clause */
/* The beginning and the end of domains. */
#ifndef DOMAIN_LIFE_H
#define DOMAIN_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <core/compiler.h>

struct domain;
struct vcpu;

/* What differs from domain to domain. */
struct domain_config {
	domid_t id;
	bool hwdom;	      /* the hardware domain, whose RAM is mapped 1:1 */
	uint8_t ipa_bits;     /* size of its guest physical address space     */
	uint16_t nr_vcpus;    /* 1 .. MAX_VCPUS                               */
	uint32_t max_port;    /* highest event port, or 0                     */
	int32_t grant_frames; /* of its grant table, at least 1; < 0: usual   */
	int32_t maptrack_frames; /* for what it maps of others; < 0: usual    */
};

/**
 * domain_make() - A domain that nobody can find before domain_enlist().
 *
 * As domain_create(). domain_destroy() undoes it, enlisted or not.
 */
struct domain *domain_make(const struct domain_config *config) __must_check;
/* False: another has the id. */
bool domain_enlist(struct domain *d) __must_check;

/**
 * domain_create() - A domain with all that is the same for every one.
 * @id:       an id that no domain has; @hwdom: it is the hardware domain,
 *            whose RAM is mapped 1:1.
 * @ipa_bits: size of its guest physical address space.
 * @nr_vcpus: 1 .. MAX_VCPUS.
 *
 * Made are: empty p2m and memory map, shared info page, vCPUs (offline, on
 * no CPU), event channels and grant table. The caller adds the interrupt
 * controller, memory, max_pages and nr_pages, and the vCPUs to the scheduler.
 *
 * Return: NULL when out of memory; everything undone then.
 */
struct domain *domain_create(domid_t id, bool hwdom, unsigned int ipa_bits,
			     unsigned int nr_vcpus) __must_check;

/*
 * Undo domain_create(). No vCPU of it runs, no hypercall uses it, and what
 * the caller of domain_create() added has been taken away.
 */
void domain_destroy(struct domain *d);

/**
 * domain_kill() - Take everything from @d, step by step.
 *
 * Its vCPUs leave their CPUs, its channels are closed on both ends, its
 * memory goes back. It cannot be found by domain_by_id() any more. What others
 * have of it (pins of its grants, references) keeps its id, and the domain as
 * a dead one, until they let go; pages of it that others have mapped stay
 * theirs to unmap. The hardware domain is told by VIRQ_DOM_EXC.
 *
 * Preemptible. Return: 0, also for one that is dead; -XEN_ERESTART: call
 * again, after a look at the interrupts; -XEN_EINVAL: the hardware domain.
 */
int domain_kill(struct domain *d) __must_check;

/* ------------------------------------------------------- inside domain/ */

/* Out of the table: it cannot be found any more (domain.c). */
void domain_unlist(struct domain *d);

/* VIRQ_DOM_EXC: some domain has shut down, died or gone (end.c). No lock is
 * held. */
void domain_tell_hwdom(void);

/* The timers that would wake @v, which is loaded nowhere, are off (vcpu.c). */
void vcpu_stop_timers(struct vcpu *v);

#endif
