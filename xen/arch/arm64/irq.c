/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical interrupts: whose they are, and what to do when one comes. */
#include <arch/irq.h>

#include <stddef.h>

#include <core/bug.h>
#include <core/log.h>

#include "arch/arm64/gic_cpu.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "sched/timer.h"
#include "vgic/vgic.h"

#define NR_IRQS	  1020
#define FIRST_SPI 32
#define NR_SGIS	  16

/* Who gets an interrupt: a guest, a handler of ours, or nobody. */
struct irq_owner {
	struct domain *domain;
	void (*handler)(void);
};

static struct irq_owner owner[NR_IRQS];

static void hyp_timer(void)
{
	timer_run(this_pcpu()->cpu, arch_counter());
}

/* List registers ran low; the exit work fills them. */
static void maintenance(void)
{
	struct vcpu *v = this_pcpu()->loaded;

	if (v) {
		vcpu_request(v, WORK_VGIC);
	}
}

void irq_init(unsigned int hyp_timer_ppi, unsigned int maintenance_ppi)
{
	irq_handle(hyp_timer_ppi, hyp_timer);
	irq_handle(maintenance_ppi, maintenance);
}

void irq_give(unsigned int intid, struct domain *d)
{
	ASSERT(intid >= NR_SGIS && intid < NR_IRQS);
	owner[intid].domain = d;
}

/* Nobody's from now on; quiet and off. */
void arch_irq_forget(unsigned int intid)
{
	ASSERT(intid >= FIRST_SPI && intid < NR_IRQS);
	arch_irq_disable(intid);
	owner[intid].domain = NULL;
	arch_irq_set_pending(intid, false);
	arch_irq_set_active(intid, false);
}

void irq_handle(unsigned int intid, void (*handler)(void))
{
	ASSERT(intid >= NR_SGIS && intid < NR_IRQS);
	owner[intid].handler = handler;
}

static void unexpected(unsigned int intid)
{
	log_warn("CPU%u: interrupt %u has no owner; switched off",
		 this_pcpu()->cpu, intid);
	arch_irq_disable(intid);
	gic_deactivate(intid);
}

/* @v: the vCPU that is loaded here, or NULL. */
static void dispatch(struct vcpu *v, unsigned int intid)
{
	const struct irq_owner *o = &owner[intid];

	gic_eoi(intid);
	if (o->domain && (intid >= FIRST_SPI || v)) {
		/* Stays active until the guest deactivates it. */
		vgic_phys_fired(intid >= FIRST_SPI ? o->domain : v->domain, v,
				intid);
	} else if (intid == SMP_STOP_SGI) {
		smp_stop_self(v);
	} else if (intid < NR_SGIS) {
		gic_deactivate(intid); /* a kick: the work word says why */
		__atomic_store_n(&this_pcpu()->kicks, this_pcpu()->kicks + 1,
				 __ATOMIC_RELEASE);
		timer_sync(this_pcpu()->cpu);
	} else if (o->handler) {
		o->handler();
		gic_deactivate(intid);
	} else if (o->domain) {
		/* A timer of a vCPU that has just been unloaded. */
		gic_deactivate(intid);
	} else {
		unexpected(intid);
	}
}

void trap_irq(struct vcpu *v)
{
	unsigned int intid = gic_ack();

	if (likely(intid < NR_IRQS)) {
		this_pcpu()->irqs++;
		dispatch(v, intid);
	}
}

void irq_poll(struct vcpu *v)
{
	unsigned int intid;

	while ((intid = gic_ack()) < NR_IRQS) {
		dispatch(v, intid);
	}
}
