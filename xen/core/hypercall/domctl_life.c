/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: domains come, stand still, and go. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/life.h"
#include "domain/pause.h"
#include "hypercall/domain_info.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

#define GUEST_IPA_BITS 40
#define MAX_SPIS       960u
/* What the toolstack may allow a guest at most. */
#define MAX_PORT	 131071u
#define MAX_GRANT_FRAMES 1024
#define MAX_MAPTRACK	 4096
#define MAX_PAUSES	 255

#define FLAGS_NEEDED (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap)
#define FLAGS_KNOWN  (FLAGS_NEEDED | XEN_DOMCTL_CDF_xs_domain)

/* ---------------------------------------------------------------- creation */

/* A pure judgement of what is asked for. */
static int check_config(const struct xen_domctl_createdomain *c)
{
	const struct xen_arch_domainconfig *arch = &c->arch;

	if ((c->flags & FLAGS_NEEDED) != FLAGS_NEEDED ||
	    (c->flags & ~FLAGS_KNOWN) || c->iommu_opts || c->vmtrace_size) {
		return -XEN_EINVAL;
	}
	if (!c->max_vcpus || c->max_vcpus > MAX_VCPUS || c->cpupool_id) {
		return -XEN_EINVAL;
	}
	if (c->grant_opts != XEN_DOMCTL_GRANT_version(1) ||
	    c->max_grant_frames > MAX_GRANT_FRAMES || !c->max_grant_frames ||
	    c->max_maptrack_frames > MAX_MAPTRACK) {
		return -XEN_EINVAL;
	}
	if ((arch->gic_version != XEN_DOMCTL_CONFIG_GIC_NATIVE &&
	     arch->gic_version != XEN_DOMCTL_CONFIG_GIC_V3) ||
	    arch->tee_type != XEN_DOMCTL_CONFIG_TEE_NONE ||
	    arch->nr_spis > MAX_SPIS) {
		return -XEN_EINVAL;
	}
	return 0;
}

static struct domain_config config_of(const struct xen_domctl_createdomain *c)
{
	unsigned int bits = p2m_ipa_bits(domain_hwdom()->p2m);

	return (struct domain_config){
		.ipa_bits = min_u64(bits, GUEST_IPA_BITS),
		.nr_vcpus = c->max_vcpus,
		.max_port = min_u64(c->max_evtchn_port, MAX_PORT),
		.grant_frames = c->max_grant_frames,
		.maptrack_frames = c->max_maptrack_frames,
	};
}

/* The first free id after the last one that was given; the caller may have
 * wished for another. */
static int choose_id(domid_t wish, domid_t *id)
{
	static uint16_t last;
	unsigned int tries;

	if (wish && wish < DOMID_FIRST_RESERVED) {
		*id = wish;
		return domain_of_id(wish) ? -XEN_EEXIST : 0;
	}
	*id = __atomic_load_n(&last, __ATOMIC_RELAXED);
	for (tries = 1; tries < DOMID_FIRST_RESERVED; tries++) {
		*id = *id + 1u < DOMID_FIRST_RESERVED ? *id + 1 : 1;
		if (!domain_of_id(*id)) {
			__atomic_store_n(&last, *id, __ATOMIC_RELAXED);
			return 0;
		}
	}
	return -XEN_ENOMEM;
}

static int add_interrupts(struct domain *d, unsigned int nr_spis)
{
	static const struct vgic_layout layout = {
		.gicd = { GUEST_GICV3_GICD_BASE },
		.gicd_size = GUEST_GICV3_GICD_SIZE,
		.gicr = { GUEST_GICV3_GICR0_BASE },
		.gicr_size = GUEST_GICV3_GICR0_SIZE,
	};
	static const unsigned int timers[] = { GUEST_TIMER_PHYS_NS_PPI,
					       GUEST_TIMER_VIRT_PPI };
	int rc = vgic_create(d, &layout, nr_spis);

	for (unsigned int i = 0; !rc && i < ARRAY_SIZE(timers); i++) {
		rc = vgic_map_phys(d, timers[i], timers[i]);
	}
	d->evtchn_irq = GUEST_EVTCHN_PPI;
	return rc ? rc : memmap_commit(d->memmap);
}

static int add_vcpus(struct domain *d)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < d->nr_vcpus; i++) {
		rc = sched_add(d->vcpu[i], sched_emptiest());
	}
	return rc;
}

/* It is nobody's yet; so nothing has to be waited for. */
static void undo(struct domain *d)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (d->vcpu[i]->sched) {
			sched_remove(d->vcpu[i]);
		}
	}
	vgic_destroy(d);
	domain_destroy(d);
}

int64_t domctl_createdomain(struct vcpu *v, struct domain *none,
			    struct xen_domctl *op)
{
	struct xen_domctl_createdomain *c = &op->u.createdomain;
	struct domain_config config;
	struct domain *d;
	int rc = check_config(c);

	(void)v;
	(void)none;
	if (rc) {
		return rc;
	}
	config = config_of(c);
	rc = choose_id(op->domain, &config.id);
	if (rc) {
		return rc;
	}
	d = domain_make(&config);
	if (!d) {
		return -XEN_ENOMEM;
	}
	memcpy(d->handle, c->handle, sizeof(d->handle));
	d->ssidref = c->ssidref;
	d->is_xenstore = c->flags & XEN_DOMCTL_CDF_xs_domain;
	d->control_pauses = 1;
	domain_pause(d);
	rc = add_interrupts(d, c->arch.nr_spis);
	if (!rc) {
		rc = add_vcpus(d);
	}
	if (!rc && !domain_enlist(d)) {
		rc = -XEN_EEXIST;
	}
	if (rc) {
		undo(d);
		return rc;
	}
	op->domain = d->id;
	c->arch.gic_version = XEN_DOMCTL_CONFIG_GIC_V3;
	c->arch.clock_frequency = 0;
	return 0;
}

/* The vCPUs are made with the domain; here is said that they are wanted. */
int64_t domctl_max_vcpus(struct vcpu *v, struct domain *d,
			 struct xen_domctl *op)
{
	return d == v->domain || op->u.max_vcpus.max != d->nr_vcpus
		       ? -XEN_EINVAL
		       : 0;
}

/* ------------------------------------------------- stand still, go on, go */

/* Nobody does these to itself: it would wait for itself (XSA-127). */
int64_t domctl_pausedomain(struct vcpu *v, struct domain *d,
			   struct xen_domctl *op)
{
	int rc = 0;

	(void)op;
	if (d == v->domain) {
		return -XEN_EINVAL;
	}
	spin_lock(&d->lock);
	if (d->control_pauses == MAX_PAUSES) {
		rc = -XEN_EOVERFLOW;
	} else {
		d->control_pauses++;
	}
	spin_unlock(&d->lock);
	if (!rc) {
		domain_pause(d);
	}
	return rc;
}

int64_t domctl_unpausedomain(struct vcpu *v, struct domain *d,
			     struct xen_domctl *op)
{
	bool paused;

	(void)op;
	if (d == v->domain) {
		return -XEN_EINVAL;
	}
	spin_lock(&d->lock);
	paused = d->control_pauses;
	d->control_pauses -= paused;
	spin_unlock(&d->lock);
	if (!paused) {
		return -XEN_EINVAL;
	}
	domain_unpause(d);
	return 0;
}

int64_t domctl_resumedomain(struct vcpu *v, struct domain *d,
			    struct xen_domctl *op)
{
	(void)op;
	if (d == v->domain) {
		return -XEN_EINVAL;
	}
	domain_resume(d);
	return 0;
}

int64_t domctl_destroydomain(struct vcpu *v, struct domain *d,
			     struct xen_domctl *op)
{
	int rc;

	(void)op;
	if (d == v->domain) {
		return -XEN_EINVAL;
	}
	rc = domain_kill(d);
	return rc == -XEN_ERESTART ? HYPERCALL_AGAIN : rc;
}

/* -------------------------------------------------------------- questions */

int64_t domctl_getdomaininfo(struct vcpu *v, struct domain *d,
			     struct xen_domctl *op)
{
	(void)v;
	domain_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	return 0;
}

int64_t domctl_setdomainhandle(struct vcpu *v, struct domain *d,
			       struct xen_domctl *op)
{
	(void)v;
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

int64_t domctl_scheduler_op(struct vcpu *v, struct domain *d,
			    struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;

	(void)v;
	if (s->sched_id != XEN_SCHEDULER_CREDIT2) {
		return -XEN_EINVAL;
	}
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (!s->u.credit2.weight) {
			return -XEN_EINVAL;
		}
		if (s->u.credit2.cap) {
			return -XEN_EOPNOTSUPP;
		}
		d->weight = s->u.credit2.weight;
		return 0;
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = d->weight;
		s->u.credit2.cap = 0;
		return 0;
	default:
		return -XEN_EINVAL;
	}
}
