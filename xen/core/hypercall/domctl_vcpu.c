/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: the vCPUs of a domain. */
#include <stddef.h>
#include <stdint.h>

#include <xen/vcpu.h>

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/pause.h"
#include "domain/vcpu.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

/* -------------------------------------------------------------- registers */

/* The vCPU whose registers are to be in memory, paused. HYPERCALL_AGAIN: its
 * CPU is about to put them there. */
static int64_t take_registers(struct vcpu *caller, struct domain *d,
			      uint32_t id, struct vcpu **v)
{
	*v = domain_vcpu(d, id);
	if (d == caller->domain) {
		return -XEN_EINVAL;
	}
	if (!*v) {
		return -XEN_EINVAL;
	}
	vcpu_pause(*v);
	if (__atomic_load_n(&(*v)->running, __ATOMIC_ACQUIRE)) {
		vcpu_unpause(*v);
		return HYPERCALL_AGAIN;
	}
	return 0;
}

static int set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	int rc;

	spin_lock(&d->lock);
	rc = arch_vcpu_set_context(v, c);
	if (!rc) {
		vgic_reset_vcpu(v);
		v->online = c->flags & VGCF_online;
	}
	spin_unlock(&d->lock);
	return rc;
}

int64_t domctl_setvcpucontext(struct vcpu *caller, struct domain *d,
			      struct xen_domctl *op)
{
	struct vcpu_guest_context c;
	struct vcpu *v;
	int64_t rc;

	if (guest_read(caller, &c, HANDLE_GVA(op->u.vcpucontext.ctxt, 0),
		       sizeof(c))) {
		return -XEN_EFAULT;
	}
	rc = take_registers(caller, d, op->u.vcpucontext.vcpu, &v);
	if (rc) {
		return rc;
	}
	rc = set_context(v, &c);
	vcpu_unpause(v);
	if (!rc && v->online) {
		sched_wake(v);
	}
	return rc;
}

int64_t domctl_getvcpucontext(struct vcpu *caller, struct domain *d,
			      struct xen_domctl *op)
{
	struct vcpu_guest_context c;
	struct vcpu *v;
	int64_t rc = take_registers(caller, d, op->u.vcpucontext.vcpu, &v);

	if (rc) {
		return rc;
	}
	arch_vcpu_get_context(v, &c);
	c.flags = v->online ? VGCF_online : 0;
	vcpu_unpause(v);
	return guest_write(caller, HANDLE_GVA(op->u.vcpucontext.ctxt, 0), &c,
			   sizeof(c))
		       ? -XEN_EFAULT
		       : 0;
}

int64_t domctl_getvcpuinfo(struct vcpu *caller, struct domain *d,
			   struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
	const struct vcpu *v = domain_vcpu(d, info->vcpu);

	(void)caller;
	if (!v) {
		return -XEN_EINVAL;
	}
	info->online = v->online;
	info->blocked = v->runstate == RUNSTATE_blocked;
	info->running = v->runstate == RUNSTATE_running;
	info->cpu_time = runstate_running_ns(v);
	info->cpu = v->cpu;
	return 0;
}

/* --------------------------------------------------------------- affinity */

/* At most 64 CPUs count; longer maps of the guest are filled with zeroes. */
static int read_map(struct vcpu *v, const struct xenctl_bitmap *map,
		    uint64_t *bits)
{
	uint32_t bytes = (min_u64(map->nr_bits, 64) + 7) / 8;

	*bits = 0;
	if (bytes && guest_read(v, bits, HANDLE_GVA(map->bitmap, 0), bytes)) {
		return -XEN_EFAULT;
	}
	if (map->nr_bits < 64) {
		*bits &= BIT(map->nr_bits) - 1;
	}
	return 0;
}

static int write_map(struct vcpu *v, const struct xenctl_bitmap *map,
		     uint64_t bits)
{
	uint64_t bytes = ((uint64_t)map->nr_bits + 7) / 8;
	const uint8_t none = 0;

	/* Nobody has that many CPUs: no long loop for a wrong number. */
	if (bytes > 4096) {
		return -XEN_EINVAL;
	}
	if (map->nr_bits < 64) {
		bits &= BIT(map->nr_bits) - 1;
	}
	if (bytes && guest_write(v, HANDLE_GVA(map->bitmap, 0), &bits,
				 min_u64(bytes, sizeof(bits)))) {
		return -XEN_EFAULT;
	}
	for (uint64_t i = sizeof(bits); i < bytes; i++) {
		if (guest_write(v, HANDLE_GVA(map->bitmap, i), &none, 1)) {
			return -XEN_EFAULT;
		}
	}
	return 0;
}

#define AFFINITY_FLAGS \
	(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | XEN_VCPUAFFINITY_FORCE)

/* Whom it is about, and whether the flags make sense. */
static int affinity_target(struct domain *d,
			   const struct xen_domctl_vcpuaffinity *a,
			   struct vcpu **v)
{
	*v = domain_vcpu(d, a->vcpu);
	if (!*v) {
		return -XEN_ESRCH;
	}
	return !a->flags || (a->flags & ~AFFINITY_FLAGS) ? -XEN_EINVAL : 0;
}

static uint64_t online_cpus(void)
{
	return BIT(arch_nr_cpus()) - 1;
}

/* Soft affinity is a wish, and none that is granted. */
int64_t domctl_setvcpuaffinity(struct vcpu *caller, struct domain *d,
			       struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	uint64_t bits, effective;
	struct vcpu *v;
	int rc = affinity_target(d, a, &v);

	if (!rc && (a->flags & XEN_VCPUAFFINITY_FORCE)) {
		v->pinned = false;
	}
	if (!rc && (a->flags & XEN_VCPUAFFINITY_HARD)) {
		rc = read_map(caller, &a->cpumap_hard, &bits);
		if (!rc) {
			rc = v->pinned ? -XEN_EBUSY
				       : sched_set_affinity(v, bits);
		}
		if (!rc) {
			rc = write_map(caller, &a->cpumap_hard,
				       bits & online_cpus());
		}
	}
	if (rc || !(a->flags & XEN_VCPUAFFINITY_SOFT)) {
		return rc;
	}
	rc = read_map(caller, &a->cpumap_soft, &bits);
	effective = bits & sched_affinity(v) & online_cpus();
	return rc ? rc : write_map(caller, &a->cpumap_soft, effective);
}

int64_t domctl_getvcpuaffinity(struct vcpu *caller, struct domain *d,
			       struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v;
	int rc = affinity_target(d, a, &v);

	if (!rc && (a->flags & XEN_VCPUAFFINITY_HARD)) {
		rc = write_map(caller, &a->cpumap_hard, sched_affinity(v));
	}
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT)) {
		rc = write_map(caller, &a->cpumap_soft, SCHED_ALL_CPUS);
	}
	return rc;
}

/* All memory is one node, 0. */
int64_t domctl_setnodeaffinity(struct vcpu *caller, struct domain *d,
			       struct xen_domctl *op)
{
	uint64_t nodes;
	int rc = read_map(caller, &op->u.nodeaffinity.nodemap, &nodes);

	(void)d;
	if (rc) {
		return rc;
	}
	return nodes & BIT(0) ? 0 : -XEN_EINVAL;
}

int64_t domctl_getnodeaffinity(struct vcpu *caller, struct domain *d,
			       struct xen_domctl *op)
{
	(void)d;
	return write_map(caller, &op->u.nodeaffinity.nodemap, BIT(0));
}
