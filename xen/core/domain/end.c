/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain, in steps that can be interrupted.
 *
 * What a domain owns, and the step that takes it away:
 *
 *   its CPUs: vCPUs that are loaded or queued; watchdogs   stop, leave_cpus
 *   timers of its vCPUs; physical interrupts               silence
 *   IOREQ servers, and those it is the device model of     end_servers
 *   event channels and their other ends; FIFO pages        close_ports
 *   RAM, foreign pages, devices: all of its map            unmap
 *   pins on what others have granted                       release_grants
 *   virtual interrupt controller, rights on machine pages,
 *   memory map, stage-2 table with its pool, VMID          release_map
 *   pins of others on what it has granted                  count_pins
 *   id, grant table, vCPUs, shared info                    with the last
 *                                                          reference
 *
 * A step may rely on those before: after leave_cpus nothing of the domain runs
 * and no hypercall is under way that has found it alive, after silence no
 * interrupt comes for it either. Frames go through the p2m, which flushes
 * before it drops references; the allocator scrubs them for the next owner.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/life.h"
#include "domain/pause.h"
#include "domain/watchdog.h"
#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "iomem/iomem.h"
#include "ioreq/ioreq.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

/* What is done between two looks at the interrupts. */
#define PORTS_AT_ONCE	64
#define FRAMES_AT_ONCE	512
#define HANDLES_AT_ONCE 64
#define ENTRIES_AT_ONCE 4096
#define TABLES_AT_ONCE	128

/* How often the dead are looked at while there are any. */
#define BURIAL_HZ 1000

/* ------------------------------------------------------------ references */

static struct domain *dead; /* without references, not freed yet */
static struct timer burial; /* armed while there are any         */
static struct spinlock dead_lock = SPINLOCK_INIT;

/* Lock held. */
static void look_later(void)
{
	timer_set(&burial, arch_this_cpu(),
		  arch_counter() + arch_counter_hz() / BURIAL_HZ);
}

/* Take those off the list whose time has come. */
static struct domain *take_the_ready(void)
{
	struct domain **at = &dead;
	struct domain *ready = NULL;
	struct domain *d;

	spin_lock(&dead_lock);
	while ((d = *at)) {
		if (grace_over(&d->end.grace)) {
			*at = d->end.next_dead;
			d->end.next_dead = ready;
			ready = d;
		} else {
			at = &d->end.next_dead;
		}
	}
	if (dead) {
		look_later();
	}
	spin_unlock(&dead_lock);
	return ready;
}

void domain_tell_hwdom(void)
{
	struct domain *hwdom = domain_hwdom();

	if (hwdom) {
		evtchn_send_virq(hwdom, NULL, VIRQ_DOM_EXC);
	}
}

static void bury(void *opaque)
{
	struct domain *d = take_the_ready();
	bool any = d;

	(void)opaque;
	while (d) {
		struct domain *next = d->end.next_dead;

		domain_destroy(d);
		d = next;
	}
	if (any) {
		domain_tell_hwdom();
	}
}

void domain_get(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
}

void domain_put(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL)) {
		return;
	}
	domain_unlist(d);
	grace_begin(&d->end.grace);
	spin_lock(&dead_lock);
	if (!burial.fire) {
		timer_init(&burial, bury, NULL);
	}
	d->end.next_dead = dead;
	dead = d;
	look_later();
	spin_unlock(&dead_lock);
}

/* ------------------------------------------------- steps: 0 when it is done */

static int stop(struct domain *d)
{
	watchdog_stop_all(d);
	domain_stop(d);
	return 0;
}

/* Once every CPU has been out of the hypervisor, none is about to load a vCPU
 * of @d, and who has one loaded unloads it. */
static int leave_cpus(struct domain *d)
{
	if (!d->end.begun) {
		grace_begin(&d->end.grace);
		d->end.begun = true;
	}
	if (!grace_over(&d->end.grace)) {
		return -XEN_ERESTART;
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		if (__atomic_load_n(&v->running, __ATOMIC_ACQUIRE)) {
			vcpu_request(v, WORK_PAUSE);
			return -XEN_ERESTART;
		}
	}
	return 0;
}

/* A handler that has begun elsewhere ends before its CPU leaves. */
static int silence(struct domain *d)
{
	if (!d->end.begun) {
		for (unsigned int i = 0; i < d->nr_vcpus; i++) {
			vcpu_stop_timers(d->vcpu[i]);
		}
		watchdog_stop_all(d);
		vgic_forget_phys(d);
		grace_begin(&d->end.grace);
		d->end.begun = true;
	}
	return grace_over(&d->end.grace) ? 0 : -XEN_ERESTART;
}

/* Its own, and those it is the device model of. */
static int end_servers(struct domain *d)
{
	ioreq_domain_end(d);
	ioreq_emulator_end(d);
	return 0;
}

static int close_ports(struct domain *d)
{
	if (!evtchn_close_some(d, &d->end.next, PORTS_AT_ONCE)) {
		return -XEN_ERESTART;
	}
	evtchn_domain_destroy(d);
	return 0;
}

/* RAM that others use too stays until they are done with it. */
static void outlive(const struct domain *d, mfn_t mfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		if (frame_refs(mfn_add(mfn, i)) > 1) {
			frame_outlive(mfn_add(mfn, i), d->id);
		}
	}
}

/* @nr frames that are all as @e. -XEN_ENOMEM: they are a part of a block, and
 * there is no page to split it with. */
static int unmap_part(struct domain *d, struct p2m_locked l, gfn_t gfn,
		      const struct p2m_entry *e, uint64_t nr)
{
	bool ram = p2m_is_ram(e->type) && !d->direct;
	int rc;

	if (ram) {
		outlive(d, e->mfn, nr);
	}
	rc = p2m_unmap(l, gfn, nr);
	if (ram && !rc) {
		__atomic_fetch_sub(&d->nr_pages, nr, __ATOMIC_RELAXED);
	}
	return rc;
}

/* Unmap up to @max frames from @gfn on; how many are gone. */
static uint64_t unmap_run(struct domain *d, gfn_t gfn, uint64_t max)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	struct p2m_entry e;
	uint64_t nr = p2m_run(l, gfn, min_u64(max, FRAMES_AT_ONCE), &e);

	if (e.type == P2M_INVALID) {
		nr = p2m_run(l, gfn, max, &e);
	} else if (unmap_part(d, l, gfn, &e, nr)) {
		nr = BIT(e.order) - (gfn.v & (BIT(e.order) - 1));
		BUG_ON(unmap_part(d, l, gfn, &e, nr));
	}
	p2m_unlock(l);
	return nr;
}

static int unmap(struct domain *d)
{
	uint64_t end = p2m_max_mapped(d->p2m).v + 1;

	if (d->end.next < end) {
		d->end.next +=
			unmap_run(d, GFN(d->end.next), end - d->end.next);
	}
	return d->end.next < end ? -XEN_ERESTART : 0;
}

static int release_grants(struct domain *d)
{
	return gnttab_release_mapped(d, &d->end.next, HANDLES_AT_ONCE)
		       ? 0
		       : -XEN_ERESTART;
}

/* The pool goes first, as it may be large. */
static int release_map(struct domain *d)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	struct p2m_stats s = p2m_stats(l);
	uint64_t less = min_u64(s.pool_free, TABLES_AT_ONCE);

	p2m_unlock(l);
	/* Not even the last of its channels can wake it now. */
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]->sched) {
			sched_remove(d->vcpu[i]);
		}
	}
	if (less && !p2m_set_pool(d->p2m, s.pool_pages - less)) {
		return -XEN_ERESTART;
	}
	vgic_destroy(d);
	iomem_domain_destroy(d);
	d->iomem = NULL;
	memmap_destroy(d->memmap);
	d->memmap = NULL;
	p2m_destroy(d->p2m);
	d->p2m = NULL;
	return 0;
}

static int count_pins(struct domain *d)
{
	if (!d->end.begun) {
		domain_get(d);
		d->end.begun = true;
	}
	return gnttab_count_pins(d, ENTRIES_AT_ONCE) ? 0 : -XEN_ERESTART;
}

static int (*const steps[])(struct domain *d) = {
	stop,  leave_cpus,     silence,	    end_servers, close_ports,
	unmap, release_grants, release_map, count_pins,
};

/* All steps that can be done before an interrupt wants to be served. */
static int go_on(struct domain *d)
{
	struct domain_end *end = &d->end;

	while (end->step < ARRAY_SIZE(steps)) {
		int rc = steps[end->step](d);

		if (!rc) {
			end->step++;
			end->begun = false;
			end->next = 0;
		}
		if (arch_irq_waiting() || (rc && end->begun)) {
			return -XEN_ERESTART;
		}
	}
	return 0;
}

/* Nobody is to find it alive from now on. False: the hardware domain. */
static bool begin(struct domain *d)
{
	uint8_t lives = DOMAIN_LIVES;

	if (d->hwdom) {
		return false;
	}
	(void)__atomic_compare_exchange_n(&d->life, &lives, DOMAIN_DYING, false,
					  __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	return true;
}

int domain_kill(struct domain *d)
{
	int rc;

	if (!begin(d)) {
		return -XEN_EINVAL;
	}
	if (__atomic_exchange_n(&d->end.busy, true, __ATOMIC_ACQUIRE)) {
		/* Another CPU is at it. */
		return -XEN_ERESTART;
	}
	rc = d->life == DOMAIN_DEAD ? 0 : go_on(d);
	if (!rc && d->life == DOMAIN_DYING) {
		__atomic_store_n(&d->life, DOMAIN_DEAD, __ATOMIC_RELEASE);
		domain_tell_hwdom();
		domain_put(d);
	}
	__atomic_store_n(&d->end.busy, false, __ATOMIC_RELEASE);
	return rc;
}
