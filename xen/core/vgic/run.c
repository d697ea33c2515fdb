/* SPDX-License-Identifier: BSD-2-Clause */
/* What the switch of vCPUs and the way into a guest need of the vGIC. */
#include <core/compiler.h>

#include "domain/domain.h"
#include "vgic/vgic.h"
#include "vgic/virq.h"

/* ICH_VMCR_EL2 */
#define VMCR_ENABLE(group) BIT(group)
#define VMCR_PRIORITY_MASK GENMASK(31, 24)

void vgic_flush(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;

	spin_lock(&c->lock);
	if (vgic_is_local(c)) {
		lr_serve(c);
	}
	spin_unlock(&c->lock);
	vgic_move_strays(c);
}

/*
 * The physical active state of private interrupts belongs to this CPU, which
 * another vCPU will use: it goes with the vCPU whose guest is to end it.
 */
static void switch_ppis(struct vgic_vcpu *c, bool active)
{
	uint32_t bits;

	for (bits = c->phys_ppis; bits; bits &= bits - 1) {
		struct virq *irq = &c->irq[__builtin_ctz(bits)];

		if (!(irq->state & VIRQ_HELD)) {
			continue;
		}
		if (!(irq->state & (VIRQ_PENDING | VIRQ_ACTIVE))) {
			/* Cleared by another vCPU meanwhile. */
			arch_irq_set_active(irq->phys, false);
			irq->state &= (uint8_t)~VIRQ_HELD;
			continue;
		}
		arch_irq_set_active(irq->phys, active);
	}
}

void vgic_save(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;

	spin_lock(&c->lock);
	lr_fold_all(c);
	switch_ppis(c, false);
	arch_irq_cpu_save(&c->cpu_state);
	if (c->underflow) {
		c->underflow = false;
		arch_lr_underflow_irq(false);
	}
	c->asked = 0;
	c->retract_all = false;
	c->loaded = NOT_LOADED;
	spin_unlock(&c->lock);
	vgic_move_strays(c);
}

/* Physical SPIs follow their vCPU to another CPU. */
static void route_spis(struct vgic *g, struct vgic_vcpu *c, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < g->nr_irqs - NR_PRIVATE; i++) {
		struct virq *irq = &g->spi[i];
		uint16_t owner = __atomic_load_n(&irq->owner, __ATOMIC_RELAXED);

		/* Another owner's may be changed just now, ours may not. */
		if (&g->cpu[owner] == c && irq->phys) {
			arch_irq_route(irq->phys, cpu);
		}
	}
}

void vgic_load(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;
	unsigned int cpu = arch_this_cpu();

	spin_lock(&c->lock);
	c->loaded = (uint16_t)cpu;
	if (unlikely(c->routed != cpu)) {
		c->routed = (uint16_t)cpu;
		route_spis(v->domain->vgic, c, cpu);
	}
	arch_irq_cpu_load(&c->cpu_state);
	switch_ppis(c, true);
	lr_fill(c);
	spin_unlock(&c->lock);
}

/* Whether the CPU interface would signal @irq: group on, above the mask. */
static bool signalled(const struct virq *irq, uint64_t vmcr)
{
	unsigned int group = irq->state & VIRQ_GROUP1 ? 1 : 0;

	return vmcr & VMCR_ENABLE(group) &&
	       irq->priority < FIELD_GET(VMCR_PRIORITY_MASK, vmcr);
}

/* The same for the ready ones; a group that is off signals nothing. */
static bool ready_signalled(struct vgic_vcpu *c, uint64_t vmcr)
{
	unsigned int word;
	uint32_t bits;

	for (word = 0; word < READY_WORDS; word++) {
		for (bits = c->ready[word]; bits; bits &= bits - 1) {
			struct virq *irq = virq_of(
				c,
				word * 32 + (unsigned int)__builtin_ctz(bits));
			unsigned int group = irq->state & VIRQ_GROUP1 ? 1 : 0;

			if (!(irq->state & VIRQ_ACTIVE) &&
			    c->groups >> group & 1 && signalled(irq, vmcr)) {
				return true;
			}
		}
	}
	return false;
}

static bool slots_signalled(struct vgic_vcpu *c, uint64_t vmcr)
{
	unsigned int n;

	for (n = 0; n < arch_lr_count(); n++) {
		if (c->slot[n] && signalled(c->slot[n], vmcr) &&
		    arch_lr_read(n) & LR_PENDING) {
			return true;
		}
	}
	return false;
}

bool vgic_pending(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;
	bool result;

	spin_lock(&c->lock);
	if (vgic_is_local(c)) {
		uint64_t vmcr = arch_vmcr_read();

		result = slots_signalled(c, vmcr) ||
			 (c->summary && ready_signalled(c, vmcr));
	} else {
		result = c->summary && ready_signalled(c, c->cpu_state.vmcr);
	}
	spin_unlock(&c->lock);
	return result;
}
