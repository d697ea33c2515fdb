/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains and their vCPUs: identity, and the parts that others own. */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/hvm/params.h>
#include <xen/xen.h>

#include <arch/cpu.h>
#include <core/addr.h>
#include <core/bits.h>
#include <core/compiler.h>
#include <core/lock.h>

#include "domain/grace.h"
#include "sched/timer.h"

#define MAX_VCPUS 64

struct arch_vcpu;
struct evtchn_domain;
struct evtchn_vcpu;
struct foreign;
struct gnttab;
struct iomem_domain;
struct ioreq_domain;
struct memmap;
struct p2m;
struct sched_unit;
struct vgic;
struct vgic_vcpu;

/* The guest's general registers; entry.S saves and restores them. */
struct vcpu_regs {
	uint64_t x[31];
	uint64_t pc;   /* ELR_EL2  */
	uint64_t cpsr; /* SPSR_EL2 */
	uint64_t sp_el0;
};

/*
 * Reasons to do something before a vCPU enters the guest. One word, read
 * once on the way out; everything that may be pending folds into it.
 */
#define WORK_SCHED BIT(0) /* another vCPU may have to run           */
#define WORK_VGIC  BIT(1) /* list registers want a look             */
#define WORK_PAUSE BIT(2) /* vCPU or domain is paused or going down */
#define WORK_FLUSH BIT(3) /* local TLB entries of a sibling (R2.9)  */
#define WORK_AGAIN BIT(4) /* the next round of a hypercall that holds */
#define WORK_IOREQ BIT(5) /* a request or a change of the p2m to tell  */
#define WORK_LATER BIT(5) /* vcpu_later()                        */

struct vcpu {
	struct vcpu_regs regs; /* first: entry.S relies on it */
	uint32_t work;	       /* WORK_*, atomic              */
	uint16_t id;
	bool online;	   /* PSCI: on; changed under domain->lock */
	bool running;	   /* loaded on CPU `cpu`, atomic          */
	uint16_t cpu;	   /* where it runs or ran last            */
	bool pinned;	   /* SCHEDOP_pin_override: on `cpu`        */
	bool in_multicall; /* it may not start another             */
	uint8_t runstate;  /* RUNSTATE_*                           */
	uint32_t pauses;   /* vcpu_pause(); atomic                 */
	struct domain *domain;
	struct arch_vcpu *arch; /* system registers, timers */
	struct vgic_vcpu *vgic;
	struct evtchn_vcpu *evtchn;
	struct sched_unit *sched;
	/*
	 * Where events for it are marked; never NULL. Before the guest has
	 * registered a place of its own: the one in shared_info for vCPU 0,
	 * and `unseen` for the others.
	 */
	struct vcpu_info *info;
	struct vcpu_info unseen;
	mfn_t info_mfn;	    /* frame referenced for `info`, or invalid */
	gva_t runstate_gva; /* where the guest wants it, or 0          */
	struct spinlock runstate_lock; /* these, and the guest's copy */
	uint64_t runstate_since; /* counter value of the last change        */
	uint64_t runstate_ticks[4]; /* counter ticks in each RUNSTATE_*        */
	uint32_t poll_port; /* SCHEDOP_poll: the one port, or POLL_MANY */
	struct timer poll_timer;
	int (*later)(struct vcpu *v, uint64_t arg); /* vcpu_later(), or NULL */
	uint64_t later_arg;
};

/* Any of several ports ends the poll. */
#define POLL_MANY (~UINT32_C(0))

/* Not shut down and no code latched (SCHEDOP_shutdown_code). */
#define SHUTDOWN_CODE_NONE 0xff

#define NR_WATCHDOGS 2

struct watchdog {
	struct timer timer;
	struct domain *domain;
	bool in_use;
};

enum domain_life {
	DOMAIN_LIVES,
	DOMAIN_DYING, /* domain_kill() has begun                        */
	DOMAIN_DEAD,  /* it owns nothing; others have references to it  */
};

/* How far domain_kill() is. */
struct domain_end {
	bool busy;	    /* some CPU is at it; atomic               */
	uint8_t step;	    /* of those in end.c                       */
	bool begun;	    /* this step has begun                     */
	uint64_t next;	    /* where this step goes on                 */
	struct grace grace; /* of this step                            */
	struct domain *next_dead;
};

struct domain {
	domid_t id;
	bool hwdom;  /* the hardware domain, dom0 */
	bool direct; /* RAM is mapped 1:1         */
	bool shutting_down;
	bool is_xenstore;	/* as the toolstack said */
	uint8_t control_pauses; /* those of the toolstack; under the lock */
	uint8_t ipa_bits;
	uint8_t life;	       /* enum domain_life; atomic */
	uint8_t shutdown_code; /* SHUTDOWN_*, or SHUTDOWN_CODE_NONE */
	uint16_t nr_vcpus;
	uint16_t weight;      /* share of CPUs, SCHED_DEFAULT_WEIGHT is usual */
	uint32_t pauses;      /* domain_pause(); atomic                    */
	struct vcpu *holder;  /* domain_hold(), or NULL; atomic            */
	struct spinlock lock; /* hvm params, vcpu state, watchdogs */
	struct p2m *p2m;
	struct memmap *memmap;
	struct iomem_domain *iomem; /* NULL: no machine pages but RAM */
	struct vgic *vgic;
	struct evtchn_domain *evtchn;
	struct gnttab *gnttab;
	struct ioreq_domain *ioreq;	 /* NULL: never had a server; atomic  */
	struct foreign *foreign;	 /* NULL: never mapped others' frames */
	struct shared_info *shared_info; /* one XEN-owned page */
	mfn_t shared_info_mfn;
	gfn_t shared_info_gfn; /* where it was mapped last */
	/*
	 * RAM frames it owns, atomic, and may own. A frame that a direct-mapped
	 * domain has given back is still its own (R1.7) and counted.
	 */
	uint64_t nr_pages;
	uint64_t max_pages;
	uint64_t vm_assist;
	uint64_t hvm_param[HVM_NR_PARAMS];
	uint32_t max_port;	 /* highest event port; 0: the usual one */
	uint32_t ssidref;	 /* as the toolstack gave it             */
	unsigned int evtchn_irq; /* interrupt id of the event upcall */
	uint8_t handle[16];	 /* UUID, as the toolstack gave it   */
	uint64_t polling;	 /* vCPUs in SCHEDOP_poll, by id; atomic */
	struct watchdog watchdog[NR_WATCHDOGS];
	struct domain *next; /* in the table, by ascending id */
	uint32_t refs;	     /* domain_get(); one of its own while it lives */
	struct domain_end end;
	/* By CPU: which of its vCPUs ran there last (R2.9). */
	struct vcpu *last_vcpu[MAX_CPUS];
	struct vcpu *vcpu[MAX_VCPUS];
};

/*
 * References. Whoever finds a domain (these three, domain_next(), a port's
 * other end) may use it without more ado until its CPU leaves the hypervisor:
 * for the rest of the hypercall or interrupt, whatever it waits for, but not
 * in the next round of a hypercall. Who keeps a pointer longer than that takes
 * a reference.
 */

/* The living domain with this id (DOMID_SELF means @self's own), or NULL.
 * @self is found even if it is dying: its vCPUs are on the way out. */
struct domain *domain_by_id(struct domain *self, domid_t id);
/* Whoever has this id, dying and dead ones too; or NULL. What parts it still
 * has is known to end.c alone: its numbers may be read. */
struct domain *domain_of_id(domid_t id);
/* The hardware domain; NULL before it is made. */
struct domain *domain_hwdom(void);

static inline bool domain_lives(const struct domain *d)
{
	return __atomic_load_n(&d->life, __ATOMIC_RELAXED) == DOMAIN_LIVES;
}

/* Keep @d, which was just found alive; the last reference ends a dead domain
 * (not at once: domain_put() may be called with locks held). */
void domain_get(struct domain *d);
void domain_put(struct domain *d);

/* The vCPU, or NULL when the id is out of range or it was not created. */
struct vcpu *domain_vcpu(struct domain *d, uint32_t id);

/* All domains, dying and dead ones too, by ascending id; NULL ends. */
struct domain *domain_next(const struct domain *d);

/*
 * The guest asked to stop, or must be stopped. For the hardware domain the
 * machine goes down or restarts, and this does not return; the vCPUs of
 * others leave the guest for good. A code latched earlier replaces @code.
 */
void domain_shutdown(struct domain *d, uint8_t code);

/* Undo the shutdown of @d, which others have looked at: its vCPUs go on. */
void domain_resume(struct domain *d);

/* SCHEDOP_shutdown_code: the first code latched stays. */
void domain_latch_shutdown_code(struct domain *d, uint8_t code);

/**
 * domain_watchdog() - SCHEDOP_watchdog.
 * @id: 0 for a new one, else the one to poke (@seconds) or to stop (0).
 *
 * Return: the id of a new one, 0, -XEN_EINVAL, -XEN_ENOSPC.
 */
int domain_watchdog(struct domain *d, uint32_t id, uint32_t seconds);

/* Ask for exit work: sets @bits, and kicks the CPU when @v runs elsewhere. */
void vcpu_request(struct vcpu *v, uint32_t bits);

/* Wake the vCPUs of @d that poll @port. */
void vcpu_poll_wake(struct domain *d, uint32_t port) __cold_fn;

/* Whether any does; asked after a port was made pending, in total order. */
static inline bool vcpu_polling(const struct domain *d)
{
	/* Pairs with the fence in SCHEDOP_poll: it sets, then looks. */
	return __atomic_load_n(&d->polling, __ATOMIC_SEQ_CST);
}

/* @port of @d has just been made pending, by an operation in total order. */
static inline void vcpu_poll_notify(struct domain *d, uint32_t port)
{
	if (unlikely(vcpu_polling(d))) {
		vcpu_poll_wake(d, port);
	}
}

#endif
