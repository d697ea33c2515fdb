/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains and their vCPUs: identity, and the parts that others own. */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

#include <core/addr.h>
#include <core/bits.h>
#include <core/compiler.h>
#include <core/list.h>
#include <core/lock.h>

#define MAX_VCPUS 64

struct arch_vcpu;
struct evtchn_domain;
struct evtchn_vcpu;
struct gnttab;
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
#define WORK_VGIC BIT(1)  /* list registers want a look             */
#define WORK_PAUSE BIT(2) /* vCPU or domain is paused or going down */
#define WORK_FLUSH BIT(3) /* local TLB entries of a sibling (R2.9)  */

struct vcpu {
	struct vcpu_regs regs; /* first: entry.S relies on it */
	uint32_t work;	       /* WORK_*, atomic              */
	uint16_t id;
	bool online;	       /* PSCI: on                    */
	bool running;	       /* loaded on CPU `cpu`, atomic */
	uint16_t cpu;	       /* where it runs or ran last   */
	struct domain *domain;
	struct arch_vcpu *arch; /* system registers, timers     */
	struct vgic_vcpu *vgic;
	struct evtchn_vcpu *evtchn;
	struct sched_unit *sched;
	/* The registered vcpu_info, or the one in shared_info (ids 0..31). */
	struct vcpu_info *info;
	mfn_t info_mfn; /* frame referenced for `info`, or invalid */
	gva_t runstate_gva; /* VCPUOP_register_runstate_memory_area, or 0 */
	uint64_t runstate_since; /* counter value of the last change      */
	uint64_t runstate_time[4]; /* ns in each RUNSTATE_*               */
	uint8_t runstate;
};

struct domain {
	domid_t id;
	bool hwdom;    /* the hardware domain, dom0        */
	bool direct;   /* RAM is mapped 1:1                */
	bool shutting_down;
	uint8_t shutdown_code; /* SHUTDOWN_*, when shutting_down */
	uint16_t nr_vcpus;
	struct spinlock lock; /* hvm params, vcpu state changes */
	struct p2m *p2m;
	struct memmap *memmap;
	struct vgic *vgic;
	struct evtchn_domain *evtchn;
	struct gnttab *gnttab;
	struct shared_info *shared_info; /* one XEN-owned page       */
	mfn_t shared_info_mfn;
	uint64_t nr_pages;  /* RAM frames it has in its p2m, atomic  */
	uint64_t max_pages; /* and may have                          */
	uint64_t vm_assist;
	uint64_t hvm_param[HVM_NR_PARAMS];
	unsigned int evtchn_irq; /* interrupt id of the event upcall  */
	struct vcpu *vcpu[MAX_VCPUS];
};

/* The domain with this id (DOMID_SELF means @self's own), or NULL. */
struct domain *domain_by_id(struct domain *self, domid_t id);
/* The vCPU, or NULL when the id is out of range or it was not created. */
struct vcpu *domain_vcpu(struct domain *d, uint32_t id);

/**
 * domain_create() - A domain without memory and vCPUs.
 *
 * Return: NULL when out of memory; everything undone then.
 */
struct domain *domain_create(domid_t id, bool hwdom, unsigned int ipa_bits,
			     unsigned int nr_vcpus) __must_check;

/* The guest asked to stop, or must be: all its vCPUs stop, the toolstack or
 * the hypervisor (for dom0: power off, reboot, crash) acts on @code. */
void domain_shutdown(struct domain *d, uint8_t code);

/* Ask for exit work: sets @bits, and kicks the CPU when @v runs elsewhere. */
void vcpu_request(struct vcpu *v, uint32_t bits);

#endif
