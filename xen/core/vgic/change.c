/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of one interrupt's state. An interrupt in a list register of this
 * CPU is taken out first, so that the change is exact. For one in a list
 * register of another CPU the change is noted, and that CPU is asked.
 */
#include <core/compiler.h>

#include "domain/domain.h"
#include "sched/sched.h"
#include "vgic/virq.h"

#include <arch/vcpu.h>

struct vgic_vcpu *virq_lock(struct vgic *g, struct virq *irq)
{
	for (;;) {
		uint16_t id = __atomic_load_n(&irq->owner, __ATOMIC_RELAXED);
		struct vgic_vcpu *c = &g->cpu[id];

		spin_lock(&c->lock);
		/*
		 * It may have gone and come back meanwhile: this load, not
		 * the lock, is what follows what the others did to it.
		 */
		if (likely(__atomic_load_n(&irq->owner, __ATOMIC_ACQUIRE) ==
			   id)) {
			return c;
		}
		spin_unlock(&c->lock);
	}
}

void vgic_notify(struct vgic_vcpu *c, bool loaded)
{
	if (!c->vcpu) {
		return;
	}
	if (loaded) {
		vcpu_request(c->vcpu, WORK_VGIC);
	}
	sched_wake(c->vcpu);
}

struct vgic_vcpu *vgic_route(struct vgic *g, uint32_t route)
{
	uint64_t mpidr = (uint64_t)(route >> 24) << 32 | (route & 0xffffff);
	int id = arch_vcpu_from_mpidr(mpidr);

	if (id < 0 || id >= g->nr_vcpus || !g->cpu[id].vcpu) {
		return NULL;
	}
	return &g->cpu[id];
}

void virq_release(struct vgic_vcpu *c, struct virq *irq)
{
	if (!(irq->state & VIRQ_HELD)) {
		return;
	}
	if (irq->intid < NR_PRIVATE && c->loaded != NOT_LOADED &&
	    !vgic_is_local(c)) {
		/* That CPU alone can: HELD stays until it looks. */
		return;
	}
	if (irq->intid >= NR_PRIVATE || c->loaded != NOT_LOADED) {
		arch_irq_set_active(irq->phys, false);
	}
	irq->state &= (uint8_t)~VIRQ_HELD;
}

/* The physical side follows the owner's CPU. */
static void route_phys(const struct vgic_vcpu *c, const struct virq *irq)
{
	if (irq->phys && c->vcpu) {
		arch_irq_route(irq->phys, c->vcpu->cpu);
	}
}

static void apply_enable(struct vgic_vcpu *c, struct virq *irq)
{
	irq->state |= VIRQ_ENABLED;
	if (!irq->phys) {
		return;
	}
	/* A level may have gone away meanwhile: let the hardware tell. */
	if (irq->lr == LR_NONE && irq->state & VIRQ_HELD &&
	    !(irq->state & (VIRQ_EDGE | VIRQ_ACTIVE))) {
		irq->state &= (uint8_t)~VIRQ_PENDING;
		virq_release(c, irq);
	}
	if (irq->intid >= NR_PRIVATE) {
		route_phys(c, irq);
		arch_irq_enable(irq->phys);
	}
}

static void apply_disable(struct vgic_vcpu *c, struct virq *irq)
{
	irq->state &= (uint8_t)~VIRQ_ENABLED;
	if (irq->phys && irq->intid >= NR_PRIVATE) {
		arch_irq_disable(irq->phys);
	}
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RETRACT);
	}
}

static void apply_pending(struct vgic_vcpu *c, struct virq *irq)
{
	if (irq->phys && irq->intid >= NR_PRIVATE) {
		arch_irq_set_pending(irq->phys, true);
		return;
	}
	irq->state |= VIRQ_PENDING;
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RETRACT);
	}
}

static void apply_not_pending(struct vgic_vcpu *c, struct virq *irq)
{
	if (irq->phys && irq->intid >= NR_PRIVATE) {
		arch_irq_set_pending(irq->phys, false);
	}
	irq->state &= (uint8_t)~VIRQ_PENDING;
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_CLEAR_PENDING);
	} else if (!(irq->state & VIRQ_ACTIVE)) {
		virq_release(c, irq);
	}
}

static void apply_active(struct vgic_vcpu *c, struct virq *irq)
{
	if (irq->lr == LR_NONE) {
		irq->state |= VIRQ_ACTIVE;
		return;
	}
	virq_ask(c, irq, ASK_SET_ACTIVE);
	irq->ask &= (uint8_t)~ASK_CLEAR_ACTIVE;
}

static void apply_not_active(struct vgic_vcpu *c, struct virq *irq)
{
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_CLEAR_ACTIVE);
		irq->ask &= (uint8_t)~ASK_SET_ACTIVE;
		return;
	}
	irq->state &= (uint8_t)~VIRQ_ACTIVE;
	if (!(irq->state & VIRQ_PENDING)) {
		virq_release(c, irq);
	}
}

static void apply_bit(struct vgic_vcpu *c, struct virq *irq, uint8_t bit,
		      uint32_t value)
{
	irq->state &= (uint8_t)~bit;
	irq->state |= value ? bit : 0;
	if (bit != VIRQ_EDGE && irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RETRACT);
	}
	if (bit == VIRQ_EDGE && irq->phys && irq->intid >= NR_PRIVATE) {
		arch_irq_set_edge(irq->phys, value);
	}
}

static void apply_priority(struct vgic_vcpu *c, struct virq *irq,
			   uint32_t value)
{
	irq->priority = (uint8_t)value;
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RETRACT);
	}
}

/*
 * Give @irq to the vCPU that IROUTER names, unless it is in a list register
 * or active: then it goes when that has ended.
 */
static void apply_route(struct vgic_vcpu *c, struct virq *irq)
{
	struct vgic_vcpu *to = vgic_route(c->vgic, irq->route);

	irq->state &= (uint8_t)~VIRQ_NOWHERE;
	irq->lr_flags &= (uint8_t)~LRF_STRAY;
	if (!to) {
		irq->state |= VIRQ_NOWHERE;
	}
	if (irq->lr != LR_NONE) {
		virq_ask(c, irq, ASK_RETRACT);
		irq->lr_flags |= LRF_STRAY;
	} else if (irq->state & VIRQ_ACTIVE) {
		irq->lr_flags |= LRF_STRAY;
	} else if (to && to != c) {
		unsigned int word = irq->intid / 32;

		c->ready[word] &= ~(1u << irq->intid % 32);
		if (!c->ready[word]) {
			c->summary &= ~(1u << word);
		}
		route_phys(to, irq);
		/* From here on it is guarded by the other lock. */
		__atomic_store_n(&irq->owner, (uint16_t)(to - c->vgic->cpu),
				 __ATOMIC_RELEASE);
	}
}

static void apply(struct vgic_vcpu *c, struct virq *irq, enum virq_change what,
		  uint32_t value)
{
	switch (what) {
	case CHANGE_ENABLE:
		apply_enable(c, irq);
		break;
	case CHANGE_DISABLE:
		apply_disable(c, irq);
		break;
	case CHANGE_SET_PENDING:
		apply_pending(c, irq);
		break;
	case CHANGE_CLEAR_PENDING:
		apply_not_pending(c, irq);
		break;
	case CHANGE_SET_ACTIVE:
		apply_active(c, irq);
		break;
	case CHANGE_CLEAR_ACTIVE:
		apply_not_active(c, irq);
		break;
	case CHANGE_PRIORITY:
		apply_priority(c, irq, value);
		break;
	case CHANGE_GROUP:
		apply_bit(c, irq, VIRQ_GROUP1, value);
		break;
	case CHANGE_EDGE:
		apply_bit(c, irq, VIRQ_EDGE, value);
		break;
	case CHANGE_LINE_LOW:
		apply_bit(c, irq, VIRQ_LEVEL, 0);
		break;
	case CHANGE_ROUTE:
		irq->route = value;
		apply_route(c, irq);
		break;
	}
}

/* Changes are made: queue or deliver @irq, unlock @c, tell its CPU. */
static void finish(struct vgic_vcpu *c, struct virq *irq)
{
	bool local = vgic_is_local(c);
	bool loaded = c->loaded != NOT_LOADED;
	bool tell = !local && (c->asked || virq_wants_lr(irq));

	virq_update(c, irq);
	if (local) {
		lr_fill(c);
	}
	spin_unlock(&c->lock);
	if (tell) {
		vgic_notify(c, loaded);
	}
}

void virq_change(struct vgic *g, struct virq *irq, enum virq_change what,
		 uint32_t value)
{
	struct vgic_vcpu *c = virq_lock(g, irq);

	if (vgic_is_local(c) && irq->lr != LR_NONE) {
		lr_fold(c, irq);
	}
	apply(c, irq, what, value);
	if (unlikely(what == CHANGE_ROUTE)) {
		spin_unlock(&c->lock);
		c = virq_lock(g, irq);
	}
	finish(c, irq);
}

void vgic_move_strays(struct vgic_vcpu *c)
{
	struct vgic *g = c->vgic;
	unsigned int i;

	if (likely(!__atomic_load_n(&c->strays, __ATOMIC_RELAXED))) {
		return;
	}
	__atomic_store_n(&c->strays, false, __ATOMIC_RELAXED);
	for (i = 0; i < g->nr_irqs - NR_PRIVATE; i++) {
		struct virq *irq = &g->spi[i];
		struct vgic_vcpu *at = virq_lock(g, irq);

		if (!(irq->lr_flags & LRF_STRAY) || irq->lr != LR_NONE ||
		    irq->state & VIRQ_ACTIVE) {
			spin_unlock(&at->lock);
			continue;
		}
		apply_route(at, irq);
		spin_unlock(&at->lock);
		finish(virq_lock(g, irq), irq);
	}
}

bool virq_is_pending(struct vgic *g, struct virq *irq)
{
	struct vgic_vcpu *c = virq_lock(g, irq);
	bool spi = irq->intid >= NR_PRIVATE;
	bool pending = irq->state & VIRQ_PENDING;
	bool loaded = c->loaded != NOT_LOADED;
	bool tell;

	if ((irq->state & (VIRQ_LEVEL | VIRQ_EDGE)) == VIRQ_LEVEL) {
		pending = true;
	}
	if (irq->lr != LR_NONE && lr_state(c, irq) & 1) {
		pending = true;
	}
	if (irq->phys && (spi || vgic_is_local(c)) &&
	    arch_irq_is_pending(irq->phys)) {
		pending = true;
	}
	tell = !vgic_is_local(c) && c->asked;
	spin_unlock(&c->lock);
	if (tell) {
		vgic_notify(c, loaded);
	}
	return pending;
}

bool virq_is_active(struct vgic *g, struct virq *irq)
{
	struct vgic_vcpu *c = virq_lock(g, irq);
	bool active = irq->state & VIRQ_ACTIVE;
	bool loaded = c->loaded != NOT_LOADED;
	bool tell;

	if (irq->lr != LR_NONE && lr_state(c, irq) & 2) {
		active = true;
	}
	tell = !vgic_is_local(c) && c->asked;
	spin_unlock(&c->lock);
	if (tell) {
		vgic_notify(c, loaded);
	}
	return active;
}
