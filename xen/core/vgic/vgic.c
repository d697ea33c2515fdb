/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's vGIC as a whole: create, link to hardware, reset, show. */
#include "vgic/vgic.h"

#include <core/bug.h>
#include <core/compiler.h>
#include <core/errno.h>
#include <lib/format.h>

#include "domain/domain.h"
#include "frame/heap.h"
#include "vgic/virq.h"

#define GICD_SIZE      0x10000u
#define GICR_FRAMES    0x20000u
#define RESET_PRIORITY 0

static void irq_reset(struct virq *irq)
{
	bool sgi = irq->intid < NR_SGIS;

	irq->state = VIRQ_GROUP1;
	if (sgi) {
		irq->state |= VIRQ_ENABLED | VIRQ_EDGE;
	}
	irq->priority = RESET_PRIORITY;
}

static void irq_init(struct virq *irq, unsigned int intid, unsigned int owner)
{
	irq->intid = (uint16_t)intid;
	irq->owner = (uint16_t)owner;
	irq->lr = LR_NONE;
	irq_reset(irq);
}

static void region_init(struct region *r, const char *name, ipa_t ipa,
			uint64_t size, const struct region_ops *ops)
{
	r->name = name;
	r->ipa = ipa;
	r->size = size;
	r->priority = PRIORITY_EMULATED;
	r->kind = REGION_EMULATED;
	r->ops = ops;
}

static int add_regions(struct domain *d, struct vgic *g,
		       const struct vgic_layout *layout)
{
	int rc;

	region_init(&g->gicd, "gicd", layout->gicd, layout->gicd_size,
		    &vgic_dist_ops);
	region_init(&g->gicr, "gicr", layout->gicr, layout->gicr_size,
		    &vgic_redist_ops);
	g->gicd.opaque = g;
	g->gicr.opaque = g;
	rc = memmap_add(d->memmap, &g->gicd);
	if (rc) {
		return rc;
	}
	rc = memmap_add(d->memmap, &g->gicr);
	if (rc) {
		memmap_del(d->memmap, &g->gicd);
	}
	return rc;
}

static struct vgic *vgic_alloc(struct domain *d, unsigned int nr_spis)
{
	struct vgic *g =
		heap_alloc(sizeof(*g) + d->nr_vcpus * sizeof(g->cpu[0]));
	unsigned int i;
	unsigned int n;

	if (!g) {
		return NULL;
	}
	g->domain = d;
	g->nr_vcpus = d->nr_vcpus;
	g->nr_irqs = (uint16_t)(NR_PRIVATE + nr_spis);
	if (nr_spis) {
		g->spi = heap_alloc(nr_spis * sizeof(g->spi[0]));
		if (!g->spi) {
			heap_free(g);
			return NULL;
		}
	}
	for (i = 0; i < nr_spis; i++) {
		irq_init(&g->spi[i], NR_PRIVATE + i, 0);
	}
	for (i = 0; i < g->nr_vcpus; i++) {
		g->cpu[i].vgic = g;
		g->cpu[i].loaded = NOT_LOADED;
		g->cpu[i].routed = NOT_LOADED;
		for (n = 0; n < NR_PRIVATE; n++) {
			irq_init(&g->cpu[i].irq[n], n, i);
		}
	}
	return g;
}

int vgic_create(struct domain *d, const struct vgic_layout *layout,
		unsigned int nr_spis)
{
	struct vgic *g;
	unsigned int i;
	int rc;

	if (!d->nr_vcpus || d->nr_vcpus > MAX_VCPUS || nr_spis > 988 ||
	    layout->gicd_size < GICD_SIZE ||
	    layout->gicr_size / GICR_FRAMES < d->nr_vcpus) {
		return -XEN_EINVAL;
	}
	g = vgic_alloc(d, (unsigned int)align_up(nr_spis, 32));
	if (!g) {
		return -XEN_ENOMEM;
	}
	rc = add_regions(d, g, layout);
	if (rc) {
		heap_free(g->spi);
		heap_free(g);
		return rc;
	}
	d->vgic = g;
	for (i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]) {
			vgic_add_vcpu(d->vcpu[i]);
		}
	}
	return 0;
}

void vgic_destroy(struct domain *d)
{
	struct vgic *g = d->vgic;

	if (!g) {
		return;
	}
	memmap_del(d->memmap, &g->gicd);
	memmap_del(d->memmap, &g->gicr);
	heap_free(g->spi);
	heap_free(g);
	d->vgic = NULL;
}

void vgic_add_vcpu(struct vcpu *v)
{
	struct vgic *g = v->domain->vgic;
	struct vgic_vcpu *c = &g->cpu[v->id];

	ASSERT(v->id < g->nr_vcpus);
	v->vgic = c;
	vgic_reset_vcpu(v);
	__atomic_store_n(&c->vcpu, v, __ATOMIC_RELEASE);
}

void vgic_reset_vcpu(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;
	unsigned int i;

	spin_lock(&c->lock);
	if (vgic_is_local(c)) {
		lr_fold_all(c);
	}
	c->cpu_state = (struct irq_cpu_state){ 0 };
	for (i = 0; i < NR_PRIVATE; i++) {
		virq_release(c, &c->irq[i]);
		irq_reset(&c->irq[i]);
		virq_update(c, &c->irq[i]);
	}
	spin_unlock(&c->lock);
}

/* One interrupt gets its physical one; its owner is locked. */
static int map_one(struct vgic *g, struct virq *irq, unsigned int intid)
{
	struct vgic_vcpu *c = virq_lock(g, irq);
	int rc = 0;

	if (irq->phys) {
		rc = -XEN_EBUSY;
	} else {
		irq->phys = (uint16_t)intid;
		if (irq->intid < NR_PRIVATE) {
			c->phys_ppis |= 1u << irq->intid;
		}
	}
	spin_unlock(&c->lock);
	return rc;
}

static int map_spi(struct vgic *g, unsigned int virq, unsigned int intid)
{
	struct virq *irq = &g->spi[virq - NR_PRIVATE];
	unsigned int i;
	bool on;
	int rc;

	for (i = 0; i < g->nr_irqs - NR_PRIVATE; i++) {
		if (g->spi[i].phys == intid) {
			return -XEN_EBUSY;
		}
	}
	rc = map_one(g, irq, intid);
	if (rc) {
		return rc;
	}
	on = irq->state & VIRQ_ENABLED;
	virq_change(g, irq, CHANGE_EDGE, irq->state & VIRQ_EDGE);
	virq_change(g, irq, on ? CHANGE_ENABLE : CHANGE_DISABLE, 0);
	return 0;
}

int vgic_map_phys(struct domain *d, unsigned int virq, unsigned int intid)
{
	struct vgic *g = d->vgic;
	unsigned int i;
	int rc;

	if (virq < NR_SGIS || virq >= g->nr_irqs || intid < NR_SGIS ||
	    intid >= NR_INTIDS || (virq < NR_PRIVATE) != (intid < NR_PRIVATE)) {
		return -XEN_EINVAL;
	}
	if (virq >= NR_PRIVATE) {
		return map_spi(g, virq, intid);
	}
	for (i = 0; i < g->nr_vcpus; i++) {
		rc = map_one(g, &g->cpu[i].irq[virq], intid);
		if (rc) {
			return rc;
		}
	}
	return 0;
}

void vgic_forget_phys(struct domain *d)
{
	struct vgic *g = d->vgic;
	unsigned int i;

	for (i = 0; g && i < g->nr_irqs - NR_PRIVATE; i++) {
		struct vgic_vcpu *c = virq_lock(g, &g->spi[i]);

		if (g->spi[i].phys) {
			arch_irq_forget(g->spi[i].phys);
			g->spi[i].phys = 0;
			g->spi[i].state &= (uint8_t)~VIRQ_HELD;
		}
		spin_unlock(&c->lock);
	}
}

void vgic_set_groups(struct vgic *g, uint8_t ctlr)
{
	unsigned int i;

	spin_lock(&g->ctlr_lock);
	g->ctlr = ctlr;
	for (i = 0; i < g->nr_vcpus; i++) {
		vgic_set_asleep(&g->cpu[i], g->cpu[i].asleep);
	}
	spin_unlock(&g->ctlr_lock);
}

void vgic_set_asleep(struct vgic_vcpu *c, bool asleep)
{
	bool loaded;
	bool local;

	spin_lock(&c->lock);
	loaded = c->loaded != NOT_LOADED;
	local = vgic_is_local(c);
	c->asleep = asleep;
	c->groups = asleep ? 0 : c->vgic->ctlr;
	if (loaded) {
		/* What may not be delivered any more comes back. */
		c->asked = UINT16_MAX;
		c->retract_all = true;
	}
	if (local) {
		lr_serve(c);
	}
	spin_unlock(&c->lock);
	vgic_notify(c, loaded && !local);
}

bool vgic_write_pending(const struct vgic_vcpu *c)
{
	return __atomic_load_n(&c->asked, __ATOMIC_RELAXED);
}

/* --- the console's view ------------------------------------------------ */

static void dump_irq(const struct virq *irq, void (*line)(const char *text))
{
	char buf[100];
	unsigned int s = irq->state;

	fmt_str(buf, sizeof(buf), "  %4u v%u prio %02x%s%s%s%s%s%s%s%s",
		irq->intid, irq->owner, irq->priority,
		s & VIRQ_ENABLED ? " on" : " off",
		s & VIRQ_PENDING ? " pending" : "",
		s & VIRQ_LEVEL ? " high" : "", s & VIRQ_ACTIVE ? " active" : "",
		s & VIRQ_HELD ? " held" : "",
		s & VIRQ_EDGE ? " edge" : " level", irq->phys ? " hw" : "",
		irq->lr != LR_NONE ? " lr" : "");
	line(buf);
}

static bool idle(const struct virq *irq)
{
	const uint8_t busy = VIRQ_PENDING | VIRQ_LEVEL | VIRQ_ACTIVE |
			     VIRQ_HELD;

	return !(irq->state & busy) && irq->lr == LR_NONE;
}

void vgic_dump(struct domain *d, void (*line)(const char *text))
{
	struct vgic *g = d->vgic;
	unsigned int i;
	unsigned int n;
	char buf[64];

	fmt_str(buf, sizeof(buf), "d%d vgic: %u interrupts, groups %x", d->id,
		g->nr_irqs, g->ctlr);
	line(buf);
	for (i = 0; i < g->nr_vcpus; i++) {
		for (n = 0; n < NR_PRIVATE; n++) {
			if (!idle(&g->cpu[i].irq[n])) {
				dump_irq(&g->cpu[i].irq[n], line);
			}
		}
	}
	for (n = 0; n < g->nr_irqs - NR_PRIVATE; n++) {
		if (!idle(&g->spi[n])) {
			dump_irq(&g->spi[n], line);
		}
	}
}
