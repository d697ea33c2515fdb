/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * List registers. They stay in hardware while their vCPU is loaded and are
 * not looked at on exits: an interrupt that the guest has finished stays noted
 * in its slot until the slot, or the interrupt, is wanted again.
 *
 * The state of an interrupt moves into the list register and comes back by
 * lr_fold(); what is meant for one that is in there is kept beside it in
 * `ask` (or VIRQ_PENDING) and joined when it comes back.
 */
#include <core/compiler.h>

#include "vgic/virq.h"

static bool pending(const struct virq *irq)
{
	const uint8_t on = VIRQ_ENABLED | VIRQ_NOWHERE;

	if ((irq->state & on) != VIRQ_ENABLED) {
		return false;
	}
	return irq->state & VIRQ_PENDING ||
	       (irq->state & (VIRQ_LEVEL | VIRQ_EDGE)) == VIRQ_LEVEL;
}

bool virq_wants_lr(const struct virq *irq)
{
	return irq->state & VIRQ_ACTIVE || pending(irq);
}

/* Whether it may have one at once. */
static bool deliverable(const struct vgic_vcpu *c, const struct virq *irq)
{
	unsigned int group = irq->state & VIRQ_GROUP1 ? 1 : 0;

	if (irq->state & VIRQ_ACTIVE) {
		return true;
	}
	/* A stray is about to go to another vCPU. */
	return pending(irq) && c->groups >> group & 1 &&
	       !(irq->lr_flags & LRF_STRAY);
}

void virq_update(struct vgic_vcpu *c, struct virq *irq)
{
	unsigned int word = irq->intid / 32;
	uint32_t bit = 1u << irq->intid % 32;

	if (irq->lr == LR_NONE && virq_wants_lr(irq)) {
		c->ready[word] |= bit;
		c->summary |= 1u << word;
		return;
	}
	c->ready[word] &= ~bit;
	if (!c->ready[word]) {
		c->summary &= ~(1u << word);
	}
}

/* The order in which list registers are given away; lower is first. */
static unsigned int rank(const struct virq *irq)
{
	return irq->priority | (irq->state & VIRQ_ACTIVE ? 0u : 0x100u);
}

/* The first of the ready ones by rank, then by number. NULL: none. */
static struct virq *best_ready(struct vgic_vcpu *c)
{
	struct virq *best = NULL;
	uint32_t words;
	uint32_t bits;

	for (words = c->summary; words; words &= words - 1) {
		unsigned int word = (unsigned int)__builtin_ctz(words);

		for (bits = c->ready[word]; bits; bits &= bits - 1) {
			struct virq *irq = virq_of(
				c,
				word * 32 + (unsigned int)__builtin_ctz(bits));

			if (deliverable(c, irq) &&
			    (!best || rank(irq) < rank(best))) {
				best = irq;
			}
		}
	}
	return best;
}

/*
 * The value that hands @irq to the hardware; what it hands over leaves
 * `state`. A hardware link cannot be active and pending at once: then the
 * link is left to the pending one, which follows when the active one ends.
 * A stray's pending one is for another vCPU, and follows likewise.
 */
static uint64_t lr_encode(struct virq *irq)
{
	uint64_t lr = irq->intid | FIELD_PREP(LR_PRIORITY, irq->priority);
	bool active = irq->state & VIRQ_ACTIVE;
	bool held = irq->state & VIRQ_HELD;
	bool stray = irq->lr_flags & LRF_STRAY;
	bool later = active && (held || stray) && irq->state & VIRQ_PENDING;

	if (irq->state & VIRQ_GROUP1) {
		lr |= LR_GROUP;
	}
	if (active) {
		lr |= LR_ACTIVE;
	}
	if (pending(irq) && !later) {
		if (irq->state & VIRQ_PENDING) {
			lr |= LR_PENDING;
			irq->lr_flags |= LRF_LATCH;
			irq->state &= (uint8_t)~VIRQ_PENDING;
		} else if (!active) {
			lr |= LR_PENDING;
		}
	}
	if (held && !later) {
		lr |= LR_HW | FIELD_PREP(LR_PINTID, irq->phys);
		irq->lr_flags |= LRF_HW;
	} else if (later || irq->state & VIRQ_LEVEL) {
		lr |= LR_EOI;
	}
	irq->state &= (uint8_t)~VIRQ_ACTIVE;
	return lr;
}

/* @irq left its list register, which held @lr in the end. */
static void lr_settle(struct vgic_vcpu *c, struct virq *irq, uint64_t lr)
{
	unsigned int n = irq->lr;
	bool in = lr & LR_STATE;
	bool is_pending = lr & LR_PENDING && !(irq->ask & ASK_CLEAR_PENDING);
	bool is_active = (lr & LR_ACTIVE || irq->ask & ASK_SET_ACTIVE) &&
			 !(irq->ask & ASK_CLEAR_ACTIVE);

	c->slot[n] = NULL;
	c->eoi &= (uint16_t) ~(1u << n);
	irq->lr = LR_NONE;
	if (is_pending && irq->lr_flags & LRF_LATCH) {
		irq->state |= VIRQ_PENDING;
	}
	if (is_active) {
		irq->state |= VIRQ_ACTIVE;
	}
	if (irq->lr_flags & LRF_HW && !is_pending && !(in && is_active)) {
		if (in) {
			virq_release(c, irq);
		} else {
			irq->state &= (uint8_t)~VIRQ_HELD;
		}
	}
	irq->ask = 0;
	irq->lr_flags &= LRF_STRAY;
	if (irq->lr_flags) {
		__atomic_store_n(&c->strays, true, __ATOMIC_RELAXED);
	}
	virq_update(c, irq);
}

/* Whether lr_detach() says all there is to say of @irq. */
static bool lr_simple(const struct virq *irq)
{
	return likely(!irq->ask && !(irq->lr_flags & LRF_STRAY));
}

/* @irq left its list register by ending there: the guest deactivated it. */
static void lr_detach(struct vgic_vcpu *c, struct virq *irq)
{
	if (irq->lr_flags & LRF_HW) {
		irq->state &= (uint8_t)~VIRQ_HELD;
	}
	c->slot[irq->lr] = NULL;
	irq->lr = LR_NONE;
	irq->lr_flags = 0;
}

/* The hardware reports list register @n as empty: free its slot. */
static void lr_ended(struct vgic_vcpu *c, unsigned int n)
{
	struct virq *irq = c->slot[n];

	if (!irq) {
		return;
	}
	if (lr_simple(irq) && !(irq->state & (VIRQ_PENDING | VIRQ_LEVEL))) {
		lr_detach(c, irq);
	} else {
		lr_settle(c, irq, 0);
	}
}

void lr_fold(struct vgic_vcpu *c, struct virq *irq)
{
	uint64_t lr = arch_lr_read(irq->lr);

	arch_lr_write(irq->lr, 0);
	lr_settle(c, irq, lr);
}

void lr_fold_all(struct vgic_vcpu *c)
{
	unsigned int n;

	for (n = 0; n < arch_lr_count(); n++) {
		if (c->slot[n]) {
			lr_fold(c, c->slot[n]);
		}
	}
}

/* Whether @irq is only pending, in group 1, and may have a list register: so
 * are nearly all. */
static bool is_plain(const struct vgic_vcpu *c, const struct virq *irq)
{
	const uint8_t any = VIRQ_EDGE | VIRQ_HELD;
	const uint8_t plain = VIRQ_ENABLED | VIRQ_PENDING | VIRQ_GROUP1;

	return likely((irq->state & (uint8_t)~any) == plain && c->groups & 2 &&
		      !irq->lr_flags);
}

/* What lr_encode() makes of a plain one, at less length. */
static uint64_t encode_plain(struct virq *irq)
{
	uint64_t lr = irq->intid | FIELD_PREP(LR_PRIORITY, irq->priority) |
		      LR_GROUP | LR_PENDING;

	irq->lr_flags = LRF_LATCH;
	if (irq->state & VIRQ_HELD) {
		irq->lr_flags = LRF_LATCH | LRF_HW;
		lr |= LR_HW | FIELD_PREP(LR_PINTID, irq->phys);
	}
	irq->state &= (uint8_t)~VIRQ_PENDING;
	return lr;
}

static void lr_put(struct vgic_vcpu *c, struct virq *irq, unsigned int n)
{
	uint64_t lr = lr_encode(irq);

	c->slot[n] = irq;
	irq->lr = (uint8_t)n;
	if ((lr & (LR_HW | LR_EOI)) == LR_EOI) {
		c->eoi |= (uint16_t)(1u << n);
	}
	arch_lr_write(n, lr);
}

/* An empty list register whose last guest is accounted for, or LR_NONE. */
static unsigned int lr_free(struct vgic_vcpu *c)
{
	uint32_t empty = arch_lr_empty();
	unsigned int n;

	if (!empty) {
		return LR_NONE;
	}
	n = (unsigned int)__builtin_ctz(empty);
	lr_ended(c, n);
	return n;
}

/* Make room for @irq: the pending one of the lowest priority goes back. */
static unsigned int lr_evict(struct vgic_vcpu *c, const struct virq *irq)
{
	struct virq *worst = NULL;
	unsigned int n;

	for (n = 0; n < arch_lr_count(); n++) {
		struct virq *at = c->slot[n];

		if (!at || (arch_lr_read(n) & LR_STATE) != LR_PENDING) {
			continue;
		}
		if (!worst || at->priority > worst->priority) {
			worst = at;
		}
	}
	if (!worst || (worst->priority | 0x100u) <= rank(irq)) {
		return LR_NONE;
	}
	n = worst->lr;
	lr_fold(c, worst);
	return n;
}

void lr_fill(struct vgic_vcpu *c)
{
	struct virq *irq = NULL;

	while (c->summary && (irq = best_ready(c))) {
		unsigned int n = lr_free(c);

		if (n == LR_NONE) {
			n = lr_evict(c, irq);
		}
		if (n == LR_NONE) {
			break;
		}
		lr_put(c, irq, n);
		virq_update(c, irq);
		irq = NULL;
	}
	if (c->underflow != (irq != NULL)) {
		c->underflow = irq != NULL;
		arch_lr_underflow_irq(c->underflow);
	}
}

void lr_deliver(struct vgic_vcpu *c, struct virq *irq)
{
	uint32_t empty = arch_lr_empty();
	unsigned int n = irq->lr;

	if (n == LR_NONE) {
		if (likely(empty)) {
			n = (unsigned int)__builtin_ctz(empty);
			lr_ended(c, n);
		}
	} else if (empty & 1u << n && lr_simple(irq)) {
		lr_detach(c, irq);
	} else {
		lr_fold(c, irq);
		n = LR_NONE;
	}
	if (likely(n != LR_NONE && !c->summary)) {
		if (is_plain(c, irq)) {
			c->slot[n] = irq;
			irq->lr = (uint8_t)n;
			arch_lr_write(n, encode_plain(irq));
			return;
		}
		if (deliverable(c, irq)) {
			lr_put(c, irq, n);
			return;
		}
	}
	virq_update(c, irq);
	lr_fill(c);
}

/* What others asked for in list register @n, or that it reports its end. */
static void serve_slot(struct vgic_vcpu *c, unsigned int n)
{
	struct virq *irq = c->slot[n];
	uint64_t lr;

	if (!irq) {
		return;
	}
	if (likely(irq->ask == ASK_RAISE && !c->retract_all)) {
		irq->ask = 0;
		lr_deliver(c, irq);
		return;
	}
	lr = arch_lr_read(n);
	if (c->retract_all || irq->ask & ~ASK_SYNC || !(lr & LR_STATE)) {
		lr_fold(c, irq);
	} else if (irq->ask) {
		irq->ask = 0;
		irq->seen = (uint8_t)FIELD_GET(LR_STATE, lr);
		irq->lr_flags |= LRF_SEEN;
	}
}

void lr_serve(struct vgic_vcpu *c)
{
	uint32_t slots = (c->asked | c->eoi) & (BIT(arch_lr_count()) - 1);

	c->asked = 0;
	for (; slots; slots &= slots - 1) {
		serve_slot(c, (unsigned int)__builtin_ctz(slots));
	}
	c->retract_all = false;
	lr_fill(c);
}

unsigned int lr_state(struct vgic_vcpu *c, struct virq *irq)
{
	unsigned int state = 3;

	if (vgic_is_local(c)) {
		return FIELD_GET(LR_STATE, arch_lr_read(irq->lr));
	}
	/* Unknown counts as both, until its CPU has answered. */
	if (irq->lr_flags & LRF_SEEN) {
		state = irq->seen;
		irq->lr_flags &= (uint8_t)~LRF_SEEN;
	}
	virq_ask(c, irq, ASK_SYNC);
	if (irq->ask & ASK_CLEAR_PENDING) {
		state &= ~1u;
	}
	if (irq->ask & ASK_CLEAR_ACTIVE) {
		state &= ~2u;
	}
	if (irq->ask & ASK_SET_ACTIVE) {
		state |= 2u;
	}
	return state;
}
