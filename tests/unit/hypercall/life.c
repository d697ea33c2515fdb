/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL and SYSCTL of domains' lives: made, told of, stopped, ended. */
#include "suites.h"

#include <string.h>

#include <xen/domctl.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/vcpu.h>

#include "domain/pause.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "sched/timer.h"

#define KIB_PER_PAGE 4
/* Where dom0 has what its arguments point at. */
#define CONTEXT 0x1000
#define MAP_A	0x2000
#define MAP_B	0x3000
#define INFOS	0x4000

static struct xen_domctl *arg(uint32_t cmd, domid_t id)
{
	struct xen_domctl *op = ARG_AT(dom0, 0);

	memset(op, 0, sizeof(*op));
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = id;
	return op;
}

static int64_t call(void)
{
	return hcall(self, __HYPERVISOR_domctl, dom0.ram, 0, 0);
}

static int64_t simple(uint32_t cmd, domid_t id)
{
	(void)arg(cmd, id);
	return call();
}

static struct xen_domctl_createdomain *create_arg(domid_t id)
{
	struct xen_domctl_createdomain *c =
		&arg(XEN_DOMCTL_createdomain, id)->u.createdomain;

	c->flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
	c->max_vcpus = 2;
	c->max_evtchn_port = 1023;
	c->max_grant_frames = -1;
	c->max_maptrack_frames = -1;
	c->grant_opts = XEN_DOMCTL_GRANT_version(1);
	c->ssidref = 12;
	c->handle[3] = 0x33;
	return c;
}

/* As the toolstack makes one; its id. */
static domid_t create(void)
{
	(void)create_arg(DOMID_INVALID);
	assert_int_equal(call(), 0);
	return ((struct xen_domctl *)ARG_AT(dom0, 0))->domain;
}

static void tick(void)
{
	host_counter_advance(arch_counter_hz() / 1000);
	timer_run(0, arch_counter());
}

static void destroy(domid_t id)
{
	assert_int_equal(simple(XEN_DOMCTL_destroydomain, id), 0);
	tick();
	assert_null(domain_of_id(id));
}

static struct xen_domctl_getdomaininfo *info(domid_t id)
{
	struct xen_domctl *op = arg(XEN_DOMCTL_getdomaininfo, id);

	assert_int_equal(call(), 0);
	assert_int_equal(op->domain, id);
	return &op->u.getdomaininfo;
}

/* ------------------------------------------------------------------ creation */

static void made_and_destroyed(void **state)
{
	const struct xen_domctl_getdomaininfo *i;
	uint64_t frames = frame_nr_free();
	size_t heap = heap_in_use();

	(void)state;
	for (unsigned int n = 0; n < 3; n++) {
		const struct xen_domctl *op = ARG_AT(dom0, 0);
		domid_t id = create();
		struct domain *d = domain_of_id(id);

		assert_int_equal(op->u.createdomain.arch.gic_version,
				 XEN_DOMCTL_CONFIG_GIC_V3);
		assert_int_equal(d->evtchn_irq, GUEST_EVTCHN_PPI);
		i = info(id);
		assert_int_equal(i->flags, XEN_DOMINF_hvm_guest |
						   XEN_DOMINF_hap |
						   XEN_DOMINF_paused |
						   XEN_DOMINF_blocked);
		assert_int_equal(i->max_vcpu_id, 1);
		assert_int_equal(i->nr_online_vcpus, 0);
		assert_int_equal(i->tot_pages, 0);
		assert_int_equal(i->handle[3], 0x33);
		assert_int_equal(i->ssidref, 12);
		assert_int_equal(i->gpaddr_bits, TEST_IPA_BITS);
		destroy(id);
		assert_int_equal(frame_nr_free(), frames);
		assert_int_equal(heap_in_use(), heap);
	}
}

static void ids(void **state)
{
	domid_t a, b;

	(void)state;
	a = create();
	b = create();
	assert_int_not_equal(a, b);
	(void)create_arg(a);
	assert_int_equal(call(), -XEN_EEXIST);
	(void)create_arg(77);
	assert_int_equal(call(), 0);
	assert_non_null(domain_of_id(77));
	destroy(77);
	destroy(a);
	/* A fresh one, not the one that has just gone. */
	assert_int_not_equal(create(), a);
	destroy(((struct xen_domctl *)ARG_AT(dom0, 0))->domain);
	destroy(b);
}

static void bad_configurations(void **state)
{
	(void)state;
#define BAD(field, value)                              \
	do {                                           \
		create_arg(0)->field = (value);        \
		assert_int_equal(call(), -XEN_EINVAL); \
	} while (0)
	BAD(flags, 0);
	BAD(flags, XEN_DOMCTL_CDF_hvm);
	BAD(flags, ~0u);
	BAD(flags, 3 | XEN_DOMCTL_CDF_iommu);
	BAD(flags, 3 | XEN_DOMCTL_CDF_vpmu);
	BAD(iommu_opts, 1);
	BAD(vmtrace_size, 4096);
	BAD(cpupool_id, 1);
	BAD(max_vcpus, 0);
	BAD(max_vcpus, MAX_VCPUS + 1);
	BAD(max_vcpus, ~0u);
	BAD(grant_opts, 0);
	BAD(grant_opts, 2);
	BAD(grant_opts, 0x11);
	BAD(max_grant_frames, 0);
	BAD(max_grant_frames, INT32_MAX);
	BAD(max_maptrack_frames, INT32_MAX);
	BAD(arch.gic_version, XEN_DOMCTL_CONFIG_GIC_V2);
	BAD(arch.gic_version, 77);
	BAD(arch.tee_type, 1);
	BAD(arch.nr_spis, 1000);
#undef BAD
	assert_null(domain_next(domu.d));
}

/* --------------------------------------------------------- pause and the end */

static void pauses_of_the_toolstack(void **state)
{
	domid_t id = create();
	struct domain *d = domain_of_id(id);

	(void)state;
	assert_int_equal(d->pauses, 1);
	assert_int_equal(simple(XEN_DOMCTL_pausedomain, id), 0);
	assert_int_equal(simple(XEN_DOMCTL_unpausedomain, id), 0);
	assert_true(info(id)->flags & XEN_DOMINF_paused);
	assert_int_equal(simple(XEN_DOMCTL_unpausedomain, id), 0);
	assert_false(info(id)->flags & XEN_DOMINF_paused);
	assert_int_equal(d->pauses, 0);
	assert_int_equal(simple(XEN_DOMCTL_unpausedomain, id), -XEN_EINVAL);
	assert_int_equal(d->pauses, 0);
	for (unsigned int i = 0; i < 255; i++) {
		assert_int_equal(simple(XEN_DOMCTL_pausedomain, id), 0);
	}
	assert_int_equal(simple(XEN_DOMCTL_pausedomain, id), -XEN_EOVERFLOW);
	destroy(id);
}

/* XSA-127: nobody stops itself this way. */
static void not_to_itself(void **state)
{
	static const uint32_t cmds[] = {
		XEN_DOMCTL_pausedomain,	   XEN_DOMCTL_unpausedomain,
		XEN_DOMCTL_destroydomain,  XEN_DOMCTL_max_vcpus,
		XEN_DOMCTL_getvcpucontext,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++) {
		assert_int_equal(simple(cmds[i], 0), -XEN_EINVAL);
		assert_int_equal(simple(cmds[i], DOMID_SELF), -XEN_ESRCH);
		assert_int_equal(simple(cmds[i], 4711), -XEN_ESRCH);
	}
	assert_int_equal(dom0.d->pauses, 0);
	assert_true(domain_lives(dom0.d));
}

static void the_dead_can_be_asked_for(void **state)
{
	domid_t id = create();
	struct domain *d = domain_of_id(id);

	(void)state;
	domain_get(d);
	host_irq_waiting_after(0);
	assert_int_equal(simple(XEN_DOMCTL_destroydomain, id), 0);
	assert_true(hcall_rounds() > 1);
	host_irq_waiting_after(~0u);
	assert_true(info(id)->flags & XEN_DOMINF_dying);
	assert_int_equal(simple(XEN_DOMCTL_destroydomain, id), 0);
	assert_int_equal(simple(XEN_DOMCTL_pausedomain, id), -XEN_ESRCH);
	assert_int_equal(simple(XEN_DOMCTL_getvcpuinfo, id), -XEN_ESRCH);
	domain_put(d);
	tick();
	assert_int_equal(simple(XEN_DOMCTL_getdomaininfo, id), -XEN_ESRCH);
}

static void shutdown_reasons(void **state)
{
	(void)state;
	domain_shutdown(domu.d, 3);
	assert_true(info(1)->flags & XEN_DOMINF_shutdown);
	assert_int_equal(info(1)->flags >> XEN_DOMINF_shutdownshift &
				 XEN_DOMINF_shutdownmask,
			 3);
}

/* Shut down to be suspended, and then not. */
static void resumed(void **state)
{
	(void)state;
	domain_shutdown(domu.d, SHUTDOWN_suspend);
	sched_wake(domu.d->vcpu[0]);
	assert_int_equal(simple(XEN_DOMCTL_resumedomain, 0), -XEN_EINVAL);
	assert_int_equal(simple(XEN_DOMCTL_resumedomain, 1), 0);
	assert_false(info(1)->flags & XEN_DOMINF_shutdown);
	domain_shutdown(domu.d, SHUTDOWN_crash);
	assert_int_equal(info(1)->flags >> XEN_DOMINF_shutdownshift &
				 XEN_DOMINF_shutdownmask,
			 SHUTDOWN_crash);
}

/* -------------------------------------------------------------------- vCPUs */

static struct vcpu_guest_context *context(void)
{
	return ARG_AT(dom0, CONTEXT);
}

static int64_t vcpu_context(uint32_t cmd, domid_t id, uint32_t vcpu)
{
	struct xen_domctl *op = arg(cmd, id);

	op->u.vcpucontext.vcpu = vcpu;
	op->u.vcpucontext.ctxt.q = dom0.ram + CONTEXT;
	return call();
}

static void contexts(void **state)
{
	struct vcpu_guest_context *c = context();
	domid_t id = create();
	struct vcpu *v = domain_of_id(id)->vcpu[1];
	uint64_t until;

	(void)state;
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_online;
	c->user_regs.x0 = 0x48000000;
	c->user_regs.pc64 = 0x40000000;
	c->user_regs.cpsr = 0x1c5;
	assert_int_equal(vcpu_context(XEN_DOMCTL_setvcpucontext, id, 1), 0);
	assert_true(v->online);
	assert_int_equal(v->regs.pc, 0x40000000);
	assert_int_equal(v->regs.x[0], 0x48000000);
	assert_int_equal(v->pauses, 0);
	memset(c, 0xff, sizeof(*c));
	assert_int_equal(vcpu_context(XEN_DOMCTL_getvcpucontext, id, 1), 0);
	assert_int_equal(c->flags, VGCF_online);
	assert_int_equal(c->user_regs.pc64, 0x40000000);
	assert_int_equal(c->user_regs.cpsr, 0x1c5);
	/* It does not run before the domain does. */
	assert_ptr_not_equal(sched_pick(0, 0, &until), v);
	assert_int_equal(simple(XEN_DOMCTL_unpausedomain, id), 0);
	sched_block(self);
	assert_ptr_equal(sched_pick(0, 0, &until), v);
	/* EL2, AArch32, and what is reserved. */
	for (unsigned int i = 0; i < 4; i++) {
		static const uint64_t bad[] = { 0x1c9, 0x1d3, 0x1c6,
						UINT64_C(1) << 32 | 0x1c5 };

		c->user_regs.cpsr = bad[i];
		assert_int_equal(vcpu_context(XEN_DOMCTL_setvcpucontext, id, 1),
				 -XEN_EINVAL);
	}
	assert_int_equal(v->regs.cpsr, 0x1c5);
	assert_int_equal(vcpu_context(XEN_DOMCTL_setvcpucontext, id, 2),
			 -XEN_EINVAL);
	arg(XEN_DOMCTL_setvcpucontext, id)->u.vcpucontext.ctxt.q = NO_RAM;
	assert_int_equal(call(), -XEN_EFAULT);
	destroy(id);
}

static void vcpu_info(void **state)
{
	struct xen_domctl *op = arg(XEN_DOMCTL_getvcpuinfo, 0);

	(void)state;
	op->u.getvcpuinfo.vcpu = 2;
	assert_int_equal(call(), -XEN_EINVAL);
	op->u.getvcpuinfo.vcpu = 1;
	assert_int_equal(call(), 0);
	assert_int_equal(op->u.getvcpuinfo.online, 0);
	assert_int_equal(op->u.getvcpuinfo.cpu, 0);
}

static int64_t affinity(uint32_t cmd, domid_t id, uint32_t flags, uint32_t bits)
{
	struct xen_domctl_vcpuaffinity *a = &arg(cmd, id)->u.vcpuaffinity;

	a->vcpu = 0;
	a->flags = flags;
	a->cpumap_hard.bitmap.q = dom0.ram + MAP_A;
	a->cpumap_soft.bitmap.q = dom0.ram + MAP_B;
	a->cpumap_hard.nr_bits = bits;
	a->cpumap_soft.nr_bits = bits;
	return call();
}

static void affinities(void **state)
{
	uint8_t *hard = ARG_AT(dom0, MAP_A), *soft = ARG_AT(dom0, MAP_B);

	(void)state;
	host_set_nr_cpus(4);
	memset(hard, 0xff, 24);
	memset(soft, 0xff, 24);
	hard[0] = 0xfa;
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 3, 128), 0);
	/* What has an effect, and nothing beyond the map. */
	assert_int_equal(hard[0], 0x0a);
	assert_int_equal(soft[0], 0x0a);
	assert_int_equal(hard[15], 0);
	assert_int_equal(hard[16], 0xff);
	assert_int_equal(sched_affinity(domu.d->vcpu[0]) & 0xf, 0xa);
	assert_int_equal(affinity(XEN_DOMCTL_getvcpuaffinity, 1, 3, 4), 0);
	assert_int_equal(hard[0], 0x0a);
	assert_int_equal(soft[0], 0x0f);
	hard[0] = 0xf0;
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 1, 8),
			 -XEN_EINVAL);
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 1, 0),
			 -XEN_EINVAL);
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 0, 8),
			 -XEN_EINVAL);
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 8, 8),
			 -XEN_EINVAL);
	hard[0] = 1;
	assert_int_equal(affinity(XEN_DOMCTL_setvcpuaffinity, 1, 1, ~0u),
			 -XEN_EINVAL);
	host_set_nr_cpus(1);
}

static int64_t nodes(uint32_t cmd, uint8_t bits)
{
	struct xen_domctl *op = arg(cmd, 1);
	uint8_t *map = ARG_AT(dom0, MAP_A);

	*map = bits;
	op->u.nodeaffinity.nodemap.nr_bits = 8;
	op->u.nodeaffinity.nodemap.bitmap.q = dom0.ram + MAP_A;
	return call();
}

static void node_affinity(void **state)
{
	(void)state;
	assert_int_equal(nodes(XEN_DOMCTL_setnodeaffinity, 0xff), 0);
	assert_int_equal(nodes(XEN_DOMCTL_setnodeaffinity, 0xfe), -XEN_EINVAL);
	assert_int_equal(nodes(XEN_DOMCTL_getnodeaffinity, 0xff), 0);
	assert_int_equal(*(uint8_t *)ARG_AT(dom0, MAP_A), 1);
}

/* ------------------------------------------------------------------- limits */

static void memory_and_pool(void **state)
{
	struct xen_domctl *op;

	(void)state;
	op = arg(XEN_DOMCTL_max_mem, 1);
	op->u.max_mem.max_memkb = 132096;
	assert_int_equal(call(), 0);
	assert_int_equal(domu.d->max_pages, 132096 / KIB_PER_PAGE);
	op = arg(XEN_DOMCTL_set_paging_mempool_size, 1);
	op->u.paging_mempool.size = 2 * MIB;
	host_irq_waiting_after(0);
	assert_int_equal(call(), 0);
	assert_true(hcall_rounds() > 1);
	host_irq_waiting_after(~0u);
	op = arg(XEN_DOMCTL_get_paging_mempool_size, 1);
	assert_int_equal(call(), 0);
	assert_int_equal(op->u.paging_mempool.size, 2 * MIB);
	op = arg(XEN_DOMCTL_set_paging_mempool_size, 1);
	op->u.paging_mempool.size = 2 * MIB + 1;
	assert_int_equal(call(), -XEN_EINVAL);
	op->u.paging_mempool.size = UINT64_C(1) << 60;
	assert_int_equal(call(), -XEN_EINVAL);
	/* More than the machine has; fewer than are in use. */
	op->u.paging_mempool.size = UINT64_C(1) << 40;
	assert_int_equal(call(), -XEN_ENOMEM);
	op->u.paging_mempool.size = 0;
	assert_int_equal(call(), -XEN_EBUSY);
}

static void small_ones(void **state)
{
	struct xen_domctl *op = arg(XEN_DOMCTL_max_vcpus, 1);

	(void)state;
	op->u.max_vcpus.max = 1;
	assert_int_equal(call(), 0);
	op->u.max_vcpus.max = 2;
	assert_int_equal(call(), -XEN_EINVAL);
	op = arg(XEN_DOMCTL_set_address_size, 1);
	op->u.address_size.size = 64;
	assert_int_equal(call(), 0);
	op->u.address_size.size = 32;
	assert_int_equal(call(), -XEN_EINVAL);
	op = arg(XEN_DOMCTL_setdomainhandle, 1);
	op->u.setdomainhandle.handle[15] = 9;
	assert_int_equal(call(), 0);
	assert_int_equal(info(1)->handle[15], 9);
}

static int64_t flush(uint64_t gfn, uint64_t nr)
{
	struct xen_domctl *op = arg(XEN_DOMCTL_cacheflush, 1);

	op->u.cacheflush.start_pfn = gfn;
	op->u.cacheflush.nr_pfns = nr;
	return call();
}

/* Pages that EL2 has written to are clean afterwards; holes do not matter, nor
 * do interrupts in between. */
static void caches(void **state)
{
	uint64_t first = domu.ram >> PAGE_SHIFT;
	mfn_t mfn = guest_entry(&domu, first).mfn;

	(void)state;
	arch_note_dirty(mfn, 2);
	assert_int_equal(flush(first, 1), 0);
	assert_int_equal(host_page_state(mfn), HOST_PAGE_CLEAN);
	assert_int_equal(host_page_state(MFN(mfn.v + 1)), HOST_PAGE_DIRTY);
	assert_int_equal(flush(first - 1, 3), 0);
	assert_int_equal(flush(0, 1u << 18), 0);
	assert_int_equal(flush(0, (1u << 18) + 1), -XEN_EINVAL);
	assert_int_equal(flush(~UINT64_C(0), 2), -XEN_EINVAL);
	assert_int_equal(flush(~UINT64_C(0) - 8, 2), 0);
	host_irq_waiting_after(0);
	assert_int_equal(flush(first, 100), 0);
	assert_true(hcall_rounds() > 1);
	host_irq_waiting_after(~0u);
}

static int64_t sched_op(uint32_t cmd, uint16_t weight, uint16_t cap)
{
	struct xen_domctl_scheduler_op *s =
		&arg(XEN_DOMCTL_scheduler_op, 1)->u.scheduler_op;

	s->sched_id = XEN_SCHEDULER_CREDIT2;
	s->cmd = cmd;
	s->u.credit2.weight = weight;
	s->u.credit2.cap = cap;
	return call();
}

static void scheduler_parameters(void **state)
{
	const struct xen_domctl *op = ARG_AT(dom0, 0);

	(void)state;
	assert_int_equal(sched_op(XEN_DOMCTL_SCHEDOP_getinfo, 1, 1), 0);
	assert_int_equal(op->u.scheduler_op.u.credit2.weight, 256);
	assert_int_equal(op->u.scheduler_op.u.credit2.cap, 0);
	assert_int_equal(sched_op(XEN_DOMCTL_SCHEDOP_putinfo, 512, 0), 0);
	assert_int_equal(domu.d->weight, 512);
	assert_int_equal(sched_op(XEN_DOMCTL_SCHEDOP_putinfo, 0, 0),
			 -XEN_EINVAL);
	assert_int_equal(sched_op(XEN_DOMCTL_SCHEDOP_putinfo, 256, 50),
			 -XEN_EOPNOTSUPP);
	assert_int_equal(sched_op(7, 256, 0), -XEN_EINVAL);
	arg(XEN_DOMCTL_scheduler_op, 1)->u.scheduler_op.sched_id =
		XEN_SCHEDULER_CREDIT;
	assert_int_equal(call(), -XEN_EINVAL);
	assert_int_equal(domu.d->weight, 512);
}

/* --------------------------------------------------------- rights, and SYSCTL */

/* Each is refused to others before anything is looked at (XSA-492). */
static void not_for_guests(void **state)
{
	struct vcpu *v = domu.d->vcpu[0];

	(void)state;
	host_load_vcpu(v);
	for (uint32_t cmd = 0; cmd < 100; cmd++) {
		struct xen_domctl *op = ARG_AT(domu, 0);

		memset(op, 0, sizeof(*op));
		op->cmd = cmd;
		op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		op->domain = cmd % 2;
		spin_lock(&domu.d->lock);
		spin_lock(&dom0.d->lock);
		assert_int_equal(hcall(v, __HYPERVISOR_domctl, domu.ram, 0, 0),
				 -XEN_EPERM);
		spin_unlock(&dom0.d->lock);
		spin_unlock(&domu.d->lock);
	}
	host_load_vcpu(self);
}

static struct xen_sysctl *sysctl(uint32_t cmd)
{
	struct xen_sysctl *op = ARG_AT(dom0, 0);

	memset(op, 0, sizeof(*op));
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return op;
}

static int64_t sysctl_call(void)
{
	return hcall(self, __HYPERVISOR_sysctl, dom0.ram, 0, 0);
}

static void lists(void **state)
{
	const struct xen_domctl_getdomaininfo *i = ARG_AT(dom0, INFOS);
	struct xen_sysctl_getdomaininfolist *l;
	domid_t id = create();

	(void)state;
	l = &sysctl(XEN_SYSCTL_getdomaininfolist)->u.getdomaininfolist;
	l->max_domains = 10;
	l->buffer.q = dom0.ram + INFOS;
	assert_int_equal(sysctl_call(), 0);
	assert_int_equal(l->num_domains, 3);
	assert_int_equal(i[0].domain, 0);
	assert_int_equal(i[1].domain, 1);
	assert_int_equal(i[2].domain, id);
	assert_int_equal(i[1].tot_pages, TEST_RAM_SIZE >> PAGE_SHIFT);
	l->first_domain = 1;
	l->max_domains = 1;
	assert_int_equal(sysctl_call(), 0);
	assert_int_equal(l->num_domains, 1);
	assert_int_equal(i[0].domain, 1);
	l->first_domain = 2000;
	assert_int_equal(sysctl_call(), 0);
	assert_int_equal(l->num_domains, 0);
	l->first_domain = 0;
	l->buffer.q = NO_RAM;
	assert_int_equal(sysctl_call(), -XEN_EFAULT);
	destroy(id);
}

static void the_machine(void **state)
{
	const struct xen_sysctl *op = sysctl(XEN_SYSCTL_physinfo);

	(void)state;
	assert_int_equal(sysctl_call(), 0);
	assert_int_equal(op->u.physinfo.nr_cpus, 1);
	assert_int_equal(op->u.physinfo.total_pages, frame_nr_total());
	assert_int_equal(op->u.physinfo.free_pages, frame_nr_free());
	op = sysctl(XEN_SYSCTL_sched_id);
	assert_int_equal(sysctl_call(), 0);
	assert_int_equal(op->u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);
	(void)sysctl(200);
	assert_int_equal(sysctl_call(), -XEN_ENOSYS);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(made_and_destroyed), DOM0_TEST(ids),
	DOM0_TEST(bad_configurations), DOM0_TEST(pauses_of_the_toolstack),
	DOM0_TEST(not_to_itself),      DOM0_TEST(the_dead_can_be_asked_for),
	DOM0_TEST(shutdown_reasons),   DOM0_TEST(resumed),
	DOM0_TEST(contexts),	       DOM0_TEST(vcpu_info),
	DOM0_TEST(affinities),	       DOM0_TEST(node_affinity),
	DOM0_TEST(memory_and_pool),    DOM0_TEST(caches),
	DOM0_TEST(small_ones),	       DOM0_TEST(scheduler_parameters),
	DOM0_TEST(not_for_guests),     DOM0_TEST(lists),
	DOM0_TEST(the_machine),
};

const struct suite life_suite = { tests, ARRAY_SIZE(tests) };
