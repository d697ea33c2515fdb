/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside core/vgic: one virtual interrupt, and who may change it.
 *
 * Each interrupt has an owner, the vCPU that it is queued on or would be
 * delivered to, and is guarded by that vCPU's lock. The owner of a private
 * interrupt never changes; that of an SPI changes only under the old owner's
 * lock, while the interrupt is in no list register. Only one of these locks
 * is held at a time; the locks of the scheduler may be taken inside.
 * A guest's reads of single fields (enabled, group, priority) take no lock.
 */
#ifndef VGIC_VIRQ_H
#define VGIC_VIRQ_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/cpu.h>
#include <arch/irq.h>
#include <core/bits.h>
#include <core/lock.h>

#include "memmap/memmap.h"

struct domain;
struct vcpu;

#define NR_PRIVATE 32u
#define NR_SGIS	   16u
/* First of the ids that are special or reserved without LPIs. */
#define NR_INTIDS   1020u
#define READY_WORDS 32u

/* virq.state */
#define VIRQ_ENABLED 0x01u
#define VIRQ_PENDING 0x02u /* latched: an edge, a write, or VIRQ_HELD      */
#define VIRQ_LEVEL   0x04u /* the input line is high                       */
#define VIRQ_ACTIVE  0x08u /* active, and in no list register              */
#define VIRQ_EDGE    0x10u /* ICFGR says edge                              */
#define VIRQ_GROUP1  0x20u
#define VIRQ_HELD \
	0x40u		   /* its physical interrupt is active until the
			      guest deactivates this one                   */
#define VIRQ_NOWHERE 0x80u /* IROUTER names no vCPU                        */

/* virq.lr_flags: what was put into its list register */
#define LRF_HW	  0x01u /* linked to the physical interrupt               */
#define LRF_LATCH 0x02u /* pending because of VIRQ_PENDING, not the line  */
#define LRF_SEEN  0x04u /* `seen` is fresh                                */
#define LRF_STRAY 0x08u /* IROUTER changed meanwhile; outlives the stay   */

/* virq.ask: for the CPU that has it in a list register */
#define ASK_RETRACT	  0x01u /* configuration changed: take it out, look again */
#define ASK_CLEAR_PENDING 0x02u
#define ASK_CLEAR_ACTIVE  0x04u
#define ASK_SET_ACTIVE	  0x08u
#define ASK_SYNC	  0x10u /* somebody wants to know its state */
#define ASK_RAISE	  0x20u /* VIRQ_PENDING or VIRQ_LEVEL came on */

#define LR_NONE	   0xffu
#define NOT_LOADED 0xffffu

struct virq {
	uint8_t state;
	uint8_t priority;
	uint8_t lr; /* list register of the owner's CPU, or LR_NONE; an
		       interrupt may be idle and still be noted here */
	uint8_t lr_flags;
	uint8_t ask;
	uint8_t seen;  /* LR_STATE of its list register, when last asked */
	uint16_t phys; /* physical interrupt, 0 for none */
	uint16_t intid;
	uint16_t owner; /* vCPU id */
	uint32_t route; /* SPI: IROUTER, Aff3 in bits 31:24 */
};
_Static_assert(sizeof(struct virq) == 16, "a thousand of them a domain");

struct vgic_vcpu {
	struct spinlock lock;
	uint16_t loaded;  /* CPU whose list registers hold ours, NOT_LOADED */
	uint16_t routed;  /* CPU that our physical SPIs are routed to       */
	uint8_t groups;	  /* GICD_CTLR.EnableGrp*; 0 while asleep           */
	bool asleep;	  /* GICR_WAKER.ProcessorSleep                      */
	bool retract_all; /* what is in list registers shall come out    */
	uint16_t asked;	  /* list registers whose virq.ask is set; atomic  */
	bool strays;	  /* some LRF_STRAY is out of its register; atomic    */
	bool underflow;	  /* the underflow interrupt is on                   */
	uint16_t eoi;	  /* list registers that report their end (LR_EOI)   */
	/* Interrupts of this owner that want a list register and have none:
	 * a bit each, and a bit for each word that is not 0. */
	uint32_t summary;
	uint32_t ready[READY_WORDS];
	struct virq *slot[MAX_LRS]; /* who was put into list register n  */
	uint32_t phys_ppis;	    /* private interrupts with `phys`    */
	struct vcpu *vcpu;	    /* NULL: not created                 */
	struct vgic *vgic;
	struct irq_cpu_state cpu_state; /* while not loaded */
	struct virq irq[NR_PRIVATE];
};

struct vgic {
	struct domain *domain;
	uint16_t nr_vcpus;
	uint16_t nr_irqs; /* private ones included, a multiple of 32   */
	uint8_t ctlr;	  /* GICD_CTLR.EnableGrp1, EnableGrp0; ctlr_lock */
	struct spinlock ctlr_lock; /* outside the vCPUs' locks               */
	struct region gicd;
	struct region gicr;
	struct virq *spi; /* nr_irqs - 32 of them */
	struct vgic_vcpu cpu[];
};

/* ICH_LR<n>_EL2 */
#define LR_VINTID   GENMASK(31, 0)
#define LR_PINTID   GENMASK(44, 32)
#define LR_EOI	    BIT(41)
#define LR_PRIORITY GENMASK(55, 48)
#define LR_GROUP    BIT(60)
#define LR_HW	    BIT(61)
#define LR_PENDING  BIT(62)
#define LR_ACTIVE   BIT(63)
#define LR_STATE    GENMASK(63, 62)

/* The interrupt @intid as the owner @c sees it; below c->vgic->nr_irqs. */
static inline struct virq *virq_of(struct vgic_vcpu *c, unsigned int intid)
{
	return intid < NR_PRIVATE ? &c->irq[intid]
				  : &c->vgic->spi[intid - NR_PRIVATE];
}

/* Under its owner's lock, for one in a list register of another CPU. */
static inline void virq_ask(struct vgic_vcpu *c, struct virq *irq, uint8_t ask)
{
	irq->ask |= ask;
	c->asked |= (uint16_t)(1u << irq->lr);
}

/* Whether the list registers of this CPU are those of @c; under its lock. */
static inline bool vgic_is_local(const struct vgic_vcpu *c)
{
	return c->loaded == arch_this_cpu();
}

/* Lock the owner of @irq. Returns it. */
struct vgic_vcpu *virq_lock(struct vgic *g, struct virq *irq);

/* After unlocking: @c has something to do, wherever it is. */
void vgic_notify(struct vgic_vcpu *c, bool loaded);

/* Under the owner's lock: does @irq, out of list registers, want one? */
bool virq_wants_lr(const struct virq *irq);
/* Put it into, or take it out of, the ready set accordingly. */
void virq_update(struct vgic_vcpu *c, struct virq *irq);

/*
 * The vCPU that @route names, or NULL.
 */
struct vgic_vcpu *vgic_route(struct vgic *g, uint32_t route);

/* --- lr.c: this CPU's list registers, under the lock of their owner ---- */

/* Give list registers to what is ready, best first. */
void lr_fill(struct vgic_vcpu *c);
/* @irq became pending: the short way into a list register. */
void lr_deliver(struct vgic_vcpu *c, struct virq *irq);
/* Take @irq out of its list register; its state is exact after it. */
void lr_fold(struct vgic_vcpu *c, struct virq *irq);
/* All of them, and the list registers end up empty. */
void lr_fold_all(struct vgic_vcpu *c);
/* Do what others asked for, collect what ended, fill. */
void lr_serve(struct vgic_vcpu *c);
/* LR_STATE of @irq shifted down to bits 1 (active) and 0 (pending). */
unsigned int lr_state(struct vgic_vcpu *c, struct virq *irq);

/* --- change.c: state changes by guest writes and by devices ------------ */

enum virq_change {
	CHANGE_ENABLE,
	CHANGE_DISABLE,
	CHANGE_SET_PENDING,
	CHANGE_CLEAR_PENDING,
	CHANGE_SET_ACTIVE,
	CHANGE_CLEAR_ACTIVE,
	CHANGE_PRIORITY, /* value: priority               */
	CHANGE_GROUP,	 /* value: group                  */
	CHANGE_EDGE,	 /* value: 1 edge, 0 level        */
	CHANGE_LINE_LOW, /* the level-sensitive source is quiet */
	CHANGE_ROUTE,	 /* value: IROUTER, Aff3 in 31:24 */
};

void virq_change(struct vgic *g, struct virq *irq, enum virq_change what,
		 uint32_t value);
/* Under the owner's lock: the physical interrupt need not wait for the guest
 * any more. A level that is still high fires again. */
void virq_release(struct vgic_vcpu *c, struct virq *irq);
/* Pending and active as the guest reads them. */
bool virq_is_pending(struct vgic *g, struct virq *irq);
bool virq_is_active(struct vgic *g, struct virq *irq);
/* SPIs of @c that are routed to another vCPU meanwhile go there. */
void vgic_move_strays(struct vgic_vcpu *c);

/* --- bank.c: the registers that have a field for each interrupt -------- */

/* One access to them: @c is the redistributor's vCPU, or NULL for SPIs. */
struct bank_access {
	struct vgic *vgic;
	struct vgic_vcpu *cpu;
	struct mmio_access *mmio;
	uint32_t offset; /* below 0x1000 */
};

enum mmio_result vgic_bank_access(const struct bank_access *a);

/* Implementer Arm, product 'E', revision 0; architecture 3. */
#define VGIC_IIDR  0x4500043bu
#define VGIC_PIDR2 0x3bu

extern const struct region_ops vgic_dist_ops;
extern const struct region_ops vgic_redist_ops;

/* GICD_CTLR and GICR_WAKER decide what may be delivered. */
void vgic_set_groups(struct vgic *g, uint8_t ctlr);
void vgic_set_asleep(struct vgic_vcpu *c, bool asleep);
/* Whether a write waits for another CPU to take effect. */
bool vgic_write_pending(const struct vgic_vcpu *c);

#endif
