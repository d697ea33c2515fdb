/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts come in: from devices, from hardware, from other vCPUs. */
#include <core/compiler.h>

#include "domain/domain.h"
#include "sched/sched.h"
#include "vgic/vgic.h"
#include "vgic/virq.h"

#include <arch/vcpu.h>

/* ICC_SGI1R_EL1 */
#define SGI1R_TARGETS GENMASK(15, 0)
#define SGI1R_AFF1    GENMASK(23, 16)
#define SGI1R_INTID   GENMASK(27, 24)
#define SGI1R_AFF2    GENMASK(39, 32)
#define SGI1R_IRM     BIT(40)
#define SGI1R_RS      GENMASK(47, 44)
#define SGI1R_AFF3    GENMASK(55, 48)

/* The interrupt, or NULL when there is none of that number. */
static struct virq *find(struct vgic *g, struct vcpu *v, unsigned int virq)
{
	if (virq < NR_PRIVATE) {
		return &v->vgic->irq[virq];
	}
	return virq < g->nr_irqs ? &g->spi[virq - NR_PRIVATE] : NULL;
}

/* The same for an owner that is not loaded here. */
static void raise_elsewhere(struct vgic_vcpu *c, struct virq *irq)
{
	bool loaded = c->loaded != NOT_LOADED;

	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RAISE);
	} else {
		virq_update(c, irq);
	}
	spin_unlock(&c->lock);
	vgic_notify(c, loaded);
}

/* @bits (PENDING, LEVEL, HELD) come on, for an interrupt whose owner @c is
 * locked; unlocks. */
static void raise_unlock(struct vgic_vcpu *c, struct virq *irq, uint8_t bits)
{
	irq->state |= bits;
	if (unlikely(!vgic_is_local(c))) {
		raise_elsewhere(c, irq);
		return;
	}
	lr_deliver(c, irq);
	spin_unlock(&c->lock);
	/* It may be the one that its CPU waits for. */
	sched_wake(c->vcpu);
}

/* A stray may leave now if it has ended: the next one is for the new vCPU. */
static struct vgic_vcpu *lock_owner(struct vgic *g, struct virq *irq)
{
	struct vgic_vcpu *c = virq_lock(g, irq);

	if (likely(!(irq->lr_flags & LRF_STRAY))) {
		return c;
	}
	if (vgic_is_local(c) && irq->lr != LR_NONE) {
		lr_fold(c, irq);
	}
	spin_unlock(&c->lock);
	vgic_move_strays(c);
	return virq_lock(g, irq);
}

void vgic_inject(struct domain *d, struct vcpu *v, unsigned int virq)
{
	struct virq *irq = find(d->vgic, v, virq);

	if (irq) {
		raise_unlock(lock_owner(d->vgic, irq), irq, VIRQ_PENDING);
	}
}

void vgic_set_level(struct domain *d, struct vcpu *v, unsigned int virq,
		    bool level)
{
	struct virq *irq = find(d->vgic, v, virq);
	struct vgic_vcpu *c;

	if (!irq) {
		return;
	}
	if (!level) {
		virq_change(d->vgic, irq, CHANGE_LINE_LOW, 0);
		return;
	}
	c = lock_owner(d->vgic, irq);
	if (irq->state & VIRQ_LEVEL) {
		spin_unlock(&c->lock);
		return;
	}
	raise_unlock(c, irq,
		     irq->state & VIRQ_EDGE ? VIRQ_LEVEL | VIRQ_PENDING
					    : VIRQ_LEVEL);
}

bool vgic_is_free_spi(const struct domain *d, unsigned int virq)
{
	return virq >= NR_PRIVATE && virq < d->vgic->nr_irqs &&
	       !d->vgic->spi[virq - NR_PRIVATE].phys;
}

void vgic_phys_fired(struct domain *d, struct vcpu *v, unsigned int virq)
{
	struct virq *irq = find(d->vgic, v, virq);
	struct vgic_vcpu *c;

	if (!irq) {
		return;
	}
	c = virq < NR_PRIVATE ? v->vgic : NULL;
	if (c) {
		spin_lock(&c->lock);
	} else {
		c = lock_owner(d->vgic, irq);
	}
	/* It fired, so the guest has deactivated the one before. */
	irq->lr_flags &= (uint8_t)~LRF_HW;
	raise_unlock(c, irq, VIRQ_PENDING | VIRQ_HELD);
}

/*
 * SGI @sgi to @c, sent by @v. One of group 0 is not for ICC_SGI1R_EL1 to send.
 */
static void send_sgi(struct vcpu *v, struct vgic_vcpu *c, unsigned int sgi)
{
	struct virq *irq = &c->irq[sgi];

	spin_lock(&c->lock);
	if (unlikely(!(irq->state & VIRQ_GROUP1))) {
		spin_unlock(&c->lock);
	} else if (c == v->vgic) {
		irq->state |= VIRQ_PENDING;
		lr_deliver(c, irq);
		spin_unlock(&c->lock);
	} else {
		raise_unlock(c, irq, VIRQ_PENDING);
	}
}

static void sgi_to_others(struct vcpu *v, unsigned int sgi)
{
	struct vgic *g = v->domain->vgic;
	unsigned int i;

	for (i = 0; i < g->nr_vcpus; i++) {
		if (i != v->id && g->cpu[i].vcpu) {
			send_sgi(v, &g->cpu[i], sgi);
		}
	}
}

void vgic_sgi1r(struct vcpu *v, uint64_t value)
{
	struct vgic *g = v->domain->vgic;
	unsigned int sgi = (unsigned int)FIELD_GET(SGI1R_INTID, value);
	uint32_t targets = (uint32_t)FIELD_GET(SGI1R_TARGETS, value);
	uint64_t base = FIELD_GET(SGI1R_AFF3, value) << 32 |
			FIELD_GET(SGI1R_AFF2, value) << 16 |
			FIELD_GET(SGI1R_AFF1, value) << 8 |
			FIELD_GET(SGI1R_RS, value) << 4;
	int first = arch_vcpu_from_mpidr(base);

	if (unlikely(value & SGI1R_IRM)) {
		sgi_to_others(v, sgi);
		return;
	}
	/* The list's bits are affinity 0, and neighbours by id. */
	for (; first >= 0 && targets; targets &= targets - 1) {
		unsigned int id =
			(unsigned int)(first + __builtin_ctz(targets));

		if (id < g->nr_vcpus && g->cpu[id].vcpu) {
			send_sgi(v, &g->cpu[id], sgi);
		}
	}
}
