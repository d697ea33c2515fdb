/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A GICv3 in user space, as far as <arch/irq.h> reaches. List registers and
 * private interrupts belong to the fake CPU that a thread says it is.
 */
#include <string.h>

#include <arch/cpu.h>
#include <arch/irq.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/lock.h>

#include "gic.h"

#define NR_PRIVATE 32u
#define NR_IRQS	   1020u

#define LR_EOI	   BIT(41)
#define LR_HW	   BIT(61)
#define LR_PENDING BIT(62)
#define LR_ACTIVE  BIT(63)
#define LR_STATE   GENMASK(63, 62)

void arch_irq_forget(unsigned int intid)
{
	arch_irq_disable(intid);
	arch_irq_set_pending(intid, false);
	arch_irq_set_active(intid, false);
}

/* One physical interrupt. */
struct irq {
	bool enabled;
	bool edge;
	bool latched; /* pending by an edge or by a write */
	bool line;
	bool active;
	uint8_t cpu;
};

/* One CPU: its private interrupts, and its virtual interface. */
struct cpu {
	struct irq private[NR_PRIVATE];
	uint64_t lr[MAX_LRS];
	struct irq_cpu_state state;
	bool underflow;
};

static struct cpu cpus[MAX_CPUS];
static struct irq spis[NR_IRQS];
static unsigned int nr_lrs = 4;
static unsigned int writes;
static struct spinlock lock;

static struct cpu *this(void)
{
	return &cpus[arch_this_cpu()];
}

static struct irq *get(unsigned int intid)
{
	BUG_ON(intid >= NR_IRQS);
	return intid < NR_PRIVATE ? &this()->private[intid] : &spis[intid];
}

void host_gic_reset(unsigned int lrs)
{
	BUG_ON(!lrs || lrs > MAX_LRS);
	memset(cpus, 0, sizeof(cpus));
	memset(spis, 0, sizeof(spis));
	nr_lrs = lrs;
	writes = 0;
}

/* ------------------------------------------------- physical distributor */

/* The interrupt, for a change; done() ends it. */
static struct irq *change(unsigned int intid)
{
	spin_lock(&lock);
	writes++;
	return get(intid);
}

static void done(void)
{
	spin_unlock(&lock);
}

void arch_irq_enable(unsigned int intid)
{
	change(intid)->enabled = true;
	done();
}

void arch_irq_disable(unsigned int intid)
{
	change(intid)->enabled = false;
	done();
}

void arch_irq_set_edge(unsigned int intid, bool edge)
{
	change(intid)->edge = edge;
	done();
}

void arch_irq_route(unsigned int intid, unsigned int cpu)
{
	BUG_ON(intid < NR_PRIVATE || cpu >= MAX_CPUS);
	change(intid)->cpu = (uint8_t)cpu;
	done();
}

void arch_irq_deactivate(unsigned int intid)
{
	arch_irq_set_active(intid, false);
}

/* The interrupt as it is at this moment. */
static struct irq now(unsigned int intid)
{
	struct irq copy;

	spin_lock(&lock);
	copy = *get(intid);
	spin_unlock(&lock);
	return copy;
}

bool arch_irq_is_active(unsigned int intid)
{
	return now(intid).active;
}

void arch_irq_set_active(unsigned int intid, bool active)
{
	change(intid)->active = active;
	done();
}

static bool pending(const struct irq *i)
{
	return i->latched || (i->line && !i->edge);
}

bool arch_irq_is_pending(unsigned int intid)
{
	struct irq i = now(intid);

	return pending(&i);
}

void arch_irq_set_pending(unsigned int intid, bool on)
{
	change(intid)->latched = on;
	done();
}

bool host_irq_enabled(unsigned int intid)
{
	return now(intid).enabled;
}

bool host_irq_edge(unsigned int intid)
{
	return now(intid).edge;
}

unsigned int host_irq_cpu(unsigned int intid)
{
	return now(intid).cpu;
}

unsigned int host_irq_writes(void)
{
	return writes;
}

void host_irq_line(unsigned int intid, bool high)
{
	spin_lock(&lock);
	get(intid)->line = high;
	spin_unlock(&lock);
}

void host_irq_pulse(unsigned int intid)
{
	spin_lock(&lock);
	get(intid)->latched = true;
	spin_unlock(&lock);
}

unsigned int host_irq_take(void)
{
	unsigned int n;
	unsigned int found = HOST_SPURIOUS;

	spin_lock(&lock);
	for (n = 16; n < NR_IRQS && found == HOST_SPURIOUS; n++) {
		struct irq *i = get(n);
		bool here = n < NR_PRIVATE ||
			    (i->enabled && i->cpu == arch_this_cpu());

		if (here && pending(i) && !i->active) {
			i->active = true;
			i->latched = false;
			found = n;
		}
	}
	spin_unlock(&lock);
	return found;
}

/* --------------------------------------------------------- list registers */

static unsigned int vintid(uint64_t lr)
{
	return (unsigned int)(lr & GENMASK(31, 0));
}

static unsigned int pintid(uint64_t lr)
{
	return (unsigned int)FIELD_GET(GENMASK(44, 32), lr);
}

static unsigned int priority(uint64_t lr)
{
	return (unsigned int)FIELD_GET(GENMASK(55, 48), lr);
}

static void check(const struct cpu *c, unsigned int n, uint64_t lr)
{
	unsigned int i;

	if (!(lr & LR_STATE)) {
		return;
	}
	for (i = 0; i < nr_lrs; i++) {
		BUG_ON(i != n && c->lr[i] & LR_STATE &&
		       vintid(c->lr[i]) == vintid(lr));
	}
	if (lr & LR_HW) {
		BUG_ON((lr & LR_STATE) == LR_STATE);
		BUG_ON(!now(pintid(lr)).active);
	}
}

unsigned int arch_lr_count(void)
{
	return nr_lrs;
}

uint64_t arch_lr_read(unsigned int n)
{
	BUG_ON(n >= nr_lrs);
	return this()->lr[n];
}

void arch_lr_write(unsigned int n, uint64_t lr)
{
	BUG_ON(n >= nr_lrs);
	check(this(), n, lr);
	this()->lr[n] = lr;
}

/* Over, and nothing to report. */
static bool is_empty(uint64_t lr)
{
	return !(lr & LR_STATE) && (lr & LR_HW || !(lr & LR_EOI));
}

uint32_t arch_lr_empty(void)
{
	uint32_t bits = 0;
	unsigned int n;

	for (n = 0; n < nr_lrs; n++) {
		if (is_empty(this()->lr[n])) {
			bits |= 1u << n;
		}
	}
	return bits;
}

void arch_lr_underflow_irq(bool on)
{
	this()->underflow = on;
}

uint64_t arch_vmcr_read(void)
{
	return this()->state.vmcr;
}

void arch_irq_cpu_save(struct irq_cpu_state *state)
{
	*state = this()->state;
}

void arch_irq_cpu_load(const struct irq_cpu_state *state)
{
	this()->state = *state;
}

/* ---------------------------------------------------------------- guest */

void host_guest_interface(uint8_t mask, unsigned int groups)
{
	this()->state.vmcr = FIELD_PREP(GENMASK(31, 24), mask) | (groups & 3);
}

static unsigned int group(uint64_t lr)
{
	return lr & BIT(60) ? 1 : 0;
}

/* The active priorities register that holds the highest one, or NULL. */
static uint32_t *running(struct cpu *c)
{
	uint32_t *apr0 = &c->state.apr[0][0];
	uint32_t *apr1 = &c->state.apr[1][0];

	if (!*apr0 && !*apr1) {
		return NULL;
	}
	return !*apr1 || (*apr0 && (*apr0 & -*apr0) < (*apr1 & -*apr1)) ? apr0
									: apr1;
}

static bool signalled(struct cpu *c, uint64_t lr)
{
	const uint32_t *apr = running(c);
	unsigned int level = priority(lr) >> 3;

	return (lr & LR_STATE) == LR_PENDING &&
	       c->state.vmcr >> group(lr) & 1 &&
	       priority(lr) < FIELD_GET(GENMASK(31, 24), c->state.vmcr) &&
	       (!apr || level < (unsigned int)__builtin_ctz(*apr));
}

unsigned int host_guest_ack(void)
{
	struct cpu *c = this();
	uint64_t *best = NULL;
	unsigned int n;

	for (n = 0; n < nr_lrs; n++) {
		if (signalled(c, c->lr[n]) &&
		    (!best || priority(c->lr[n]) < priority(*best))) {
			best = &c->lr[n];
		}
	}
	if (!best) {
		return HOST_SPURIOUS;
	}
	*best ^= LR_STATE; /* pending becomes active */
	c->state.apr[group(*best)][0] |= 1u << (priority(*best) >> 3);
	return vintid(*best);
}

void host_guest_eoi(unsigned int intid)
{
	struct cpu *c = this();
	uint32_t *apr = running(c);
	unsigned int n;

	if (apr) {
		*apr &= *apr - 1;
	}
	for (n = 0; n < nr_lrs; n++) {
		uint64_t lr = c->lr[n];

		if (!(lr & LR_ACTIVE) || vintid(lr) != intid) {
			continue;
		}
		c->lr[n] &= ~LR_ACTIVE;
		if (lr & LR_HW) {
			spin_lock(&lock);
			get(pintid(lr))->active = false;
			spin_unlock(&lock);
		}
		return;
	}
}

bool host_maintenance(void)
{
	const struct cpu *c = this();
	unsigned int valid = 0;
	unsigned int n;

	for (n = 0; n < nr_lrs; n++) {
		if (c->lr[n] & LR_STATE) {
			valid++;
		} else if (!is_empty(c->lr[n])) {
			return true;
		}
	}
	return c->underflow && valid <= 1;
}
