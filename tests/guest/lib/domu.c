/* SPDX-License-Identifier: BSD-2-Clause */
#include "domu.h"

#include <stddef.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#include <libfdt.h>

#include "arch.h"
#include "board.h"
#include "hypercall.h"
#include "mmu.h"
#include "print.h"
#include "tap.h"

#define MAX_MEM_KIB    ((DOMU_MIB + 1) * 1024)
#define POOL_BYTES     MIB(1)
#define CPSR_EL1H      0x1c5
#define ORDER_2M       9
#define WINDOW_PAGES   64
#define WINDOW_SLOTS   16
#define JOB_TIMEOUT_MS 20000

extern const char agent_image[], agent_image_end[];

static void check(long rc, const char *what)
{
	if (rc) {
		tap_bail("%s: %s", what, errno_name(rc));
	}
}

long domctl(domid_t id, uint32_t cmd, struct xen_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = id;
	return hypercall2(__HYPERVISOR_domctl, ARG(op), 0);
}

long domctl_simple(domid_t id, uint32_t cmd)
{
	struct xen_domctl op = { 0 };

	return domctl(id, cmd, &op);
}

long domu_info(domid_t id, struct xen_domctl_getdomaininfo *info)
{
	struct xen_domctl op = { 0 };
	long rc = domctl(id, XEN_DOMCTL_getdomaininfo, &op);

	*info = op.u.getdomaininfo;
	return rc;
}

uint64_t free_frames(void)
{
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_physinfo,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};

	check(hypercall2(__HYPERVISOR_sysctl, ARG(&op), 0), "physinfo");
	return op.u.physinfo.free_pages;
}

/* ----------------------------------------------------------------- windows */

/* In the region that the hypervisor offers for what is mapped of others. */
void *window(unsigned int slot, unsigned int nr)
{
	static bool known;
	const uint64_t size = WINDOW_SLOTS * WINDOW_PAGES * PAGE_SIZE;
	uint64_t base;

	if (board.nr_regions < 2) {
		tap_bail("no extended region");
	}
	base = (board.region[1].base + MIB(2) - 1) / MIB(2) * MIB(2);
	if (!known) {
		mmu_map(base, base, size, MMU_NORMAL);
		known = true;
	}
	return (void *)(base + (slot * WINDOW_PAGES + nr) * PAGE_SIZE);
}

long foreign_map(domid_t id, uint64_t gfn, void *at)
{
	xen_ulong_t idx = gfn;
	xen_pfn_t to = (uint64_t)at >> PAGE_SHIFT;
	int err = 0;
	struct xen_add_to_physmap_batch op = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_gmfn_foreign,
		.size = 1,
		.u.foreign_domid = id,
		.idxs.p = &idx,
		.gpfns.p = &to,
		.errs.p = &err,
	};
	long rc = memory_op(XENMEM_add_to_physmap_batch, &op);

	return rc ? rc : err;
}

long foreign_unmap(void *at)
{
	struct xen_remove_from_physmap op = {
		.domid = DOMID_SELF,
		.gpfn = (uint64_t)at >> PAGE_SHIFT,
	};

	return memory_op(XENMEM_remove_from_physmap, &op);
}

static long extent(unsigned int cmd, domid_t id, uint64_t gfn,
		   unsigned int order)
{
	xen_pfn_t first = gfn;
	struct xen_memory_reservation op = {
		.extent_start.p = &first,
		.nr_extents = 1,
		.extent_order = order,
		.domid = id,
	};

	return memory_op(cmd, &op);
}

long populate(domid_t id, uint64_t gfn, unsigned int order)
{
	return extent(XENMEM_populate_physmap, id, gfn, order);
}

long decrease(domid_t id, uint64_t gfn)
{
	return extent(XENMEM_decrease_reservation, id, gfn, 0);
}

/* -------------------------------------------------------------------- tree */

static void fdt_interrupts(void *fdt, const char *name, unsigned int ppi)
{
	const uint32_t cells[] = { cpu_to_fdt32(1), cpu_to_fdt32(ppi - 16),
				   cpu_to_fdt32(0xf08) };

	fdt_property(fdt, name, cells, sizeof(cells));
}

static void fdt_reg(void *fdt, const uint64_t *spans, unsigned int nr)
{
	uint64_t cells[4];

	for (unsigned int i = 0; i < nr; i++) {
		cells[i] = cpu_to_fdt64(spans[i]);
	}
	fdt_property(fdt, "reg", cells, nr * sizeof(cells[0]));
}

static void fdt_cpus(void *fdt, unsigned int nr)
{
	char name[16];

	fdt_begin_node(fdt, "cpus");
	fdt_property_u32(fdt, "#address-cells", 1);
	fdt_property_u32(fdt, "#size-cells", 0);
	for (unsigned int i = 0; i < nr; i++) {
		format(name, sizeof(name), "cpu@%x", i);
		fdt_begin_node(fdt, name);
		fdt_property_string(fdt, "device_type", "cpu");
		fdt_property_u32(fdt, "reg", i);
		fdt_end_node(fdt);
	}
	fdt_end_node(fdt);
}

static void fdt_gic(void *fdt)
{
	const uint64_t spans[] = { GUEST_GICV3_GICD_BASE, GUEST_GICV3_GICD_SIZE,
				   GUEST_GICV3_GICR0_BASE,
				   GUEST_GICV3_GICR0_SIZE };

	fdt_begin_node(fdt, "interrupt-controller");
	fdt_property_string(fdt, "compatible", "arm,gic-v3");
	fdt_reg(fdt, spans, ARRAY_SIZE(spans));
	fdt_end_node(fdt);
}

static void fdt_timer(void *fdt)
{
	const uint32_t ppis[] = { GUEST_TIMER_PHYS_S_PPI,
				  GUEST_TIMER_PHYS_NS_PPI,
				  GUEST_TIMER_VIRT_PPI };
	uint32_t cells[9];

	for (unsigned int i = 0; i < ARRAY_SIZE(ppis); i++) {
		cells[3 * i] = cpu_to_fdt32(1);
		cells[3 * i + 1] = cpu_to_fdt32(ppis[i] - 16);
		cells[3 * i + 2] = cpu_to_fdt32(0xf08);
	}
	fdt_begin_node(fdt, "timer");
	fdt_property_string(fdt, "compatible", "arm,armv8-timer");
	fdt_property(fdt, "interrupts", cells, sizeof(cells));
	fdt_end_node(fdt);
}

/* What board_init() looks at, no more. */
static void make_tree(void *fdt, unsigned int nr_vcpus)
{
	const uint64_t ram[] = { GUEST_RAM0_BASE, MIB(DOMU_MIB) };
	const uint64_t grants[] = { GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE };

	check(fdt_create(fdt, PAGE_SIZE), "fdt_create");
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	fdt_property_u32(fdt, "#address-cells", 2);
	fdt_property_u32(fdt, "#size-cells", 2);
	fdt_cpus(fdt, nr_vcpus);
	fdt_begin_node(fdt, "memory");
	fdt_property_string(fdt, "device_type", "memory");
	fdt_reg(fdt, ram, ARRAY_SIZE(ram));
	fdt_end_node(fdt);
	fdt_gic(fdt);
	fdt_timer(fdt);
	fdt_begin_node(fdt, "hypervisor");
	fdt_property_string(fdt, "compatible", "xen,xen");
	fdt_reg(fdt, grants, ARRAY_SIZE(grants));
	fdt_interrupts(fdt, "interrupts", GUEST_EVTCHN_PPI);
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "chosen");
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	check(fdt_finish(fdt), "fdt_finish");
}

/* -------------------------------------------------------------------- life */

static void create(struct domu *u)
{
	struct xen_domctl op = {
		.u.createdomain = {
			.ssidref = 12,
			.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
			.max_vcpus = u->nr_vcpus,
			.max_evtchn_port = 1023,
			.max_grant_frames = -1,
			.max_maptrack_frames = -1,
			.grant_opts = XEN_DOMCTL_GRANT_version(1),
			.arch.gic_version = XEN_DOMCTL_CONFIG_GIC_NATIVE,
			.arch.nr_spis = 32,
		},
	};

	check(domctl(DOMID_INVALID, XEN_DOMCTL_createdomain, &op),
	      "createdomain");
	u->id = op.domain;
}

static void configure(const struct domu *u)
{
	struct xen_domctl op = { .u.max_vcpus.max = u->nr_vcpus };

	check(domctl(u->id, XEN_DOMCTL_max_vcpus, &op), "max_vcpus");
	op = (struct xen_domctl){ .u.max_mem.max_memkb = MAX_MEM_KIB };
	check(domctl(u->id, XEN_DOMCTL_max_mem, &op), "max_mem");
	op = (struct xen_domctl){ .u.paging_mempool.size = POOL_BYTES };
	check(domctl(u->id, XEN_DOMCTL_set_paging_mempool_size, &op),
	      "set_paging_mempool_size");
	op = (struct xen_domctl){ .u.address_size.size = 64 };
	check(domctl(u->id, XEN_DOMCTL_set_address_size, &op),
	      "set_address_size");
	for (uint64_t i = 0; i < DOMU_MIB / 2; i++) {
		if (populate(u->id, (GUEST_RAM0_BASE >> PAGE_SHIFT) + (i << 9),
			     ORDER_2M) != 1) {
			tap_bail("populate_physmap");
		}
	}
}

static void load(const struct domu *u, uint64_t to, const char *from,
		 uint64_t size)
{
	void *at = window(u->slot, 1);
	struct xen_domctl op = {
		.u.cacheflush = { to >> PAGE_SHIFT, size >> PAGE_SHIFT },
	};

	for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
		check(foreign_map(u->id, (to + done) >> PAGE_SHIFT, at),
		      "foreign mapping");
		memcpy(at, from + done, PAGE_SIZE);
		check(foreign_unmap(at), "foreign mapping removed");
	}
	check(domctl(u->id, XEN_DOMCTL_cacheflush, &op), "cacheflush");
}

static void set_context(const struct domu *u)
{
	static struct vcpu_guest_context context;
	struct xen_domctl op = { .u.vcpucontext.ctxt.p = &context };

	context = (struct vcpu_guest_context){
		.flags = VGCF_online,
		.user_regs = { .pc64 = AGENT_IMAGE,
			       .x0 = AGENT_FDT,
			       .cpsr = CPSR_EL1H },
		.sctlr = 0x00c50078,
	};
	check(domctl(u->id, XEN_DOMCTL_setvcpucontext, &op), "setvcpucontext");
}

void domu_make(struct domu *u, unsigned int slot, unsigned int nr_vcpus)
{
	static char tree[PAGE_SIZE] __attribute__((aligned(8)));

	*u = (struct domu){ .nr_vcpus = nr_vcpus, .slot = slot };
	create(u);
	configure(u);
	load(u, AGENT_IMAGE, agent_image,
	     (uint64_t)(agent_image_end - agent_image));
	memset(tree, 0, sizeof(tree));
	make_tree(tree, nr_vcpus);
	load(u, AGENT_FDT, tree, sizeof(tree));
	u->page = window(slot, 0);
	check(foreign_map(u->id, AGENT_PAGE >> PAGE_SHIFT, u->page),
	      "the shared page");
	set_context(u);
}

static bool is_ready(void *page)
{
	return __atomic_load_n(&((struct agent_page *)page)->ready,
			       __ATOMIC_ACQUIRE);
}

void domu_start(struct domu *u)
{
	check(domctl_simple(u->id, XEN_DOMCTL_unpausedomain), "unpausedomain");
	if (!wait_for(is_ready, u->page, JOB_TIMEOUT_MS)) {
		tap_bail("the agent of d%u does not run", u->id);
	}
}

void domu_pin(const struct domu *u, unsigned int vcpu, unsigned int cpu)
{
	uint64_t map = 1UL << cpu;
	struct xen_domctl op = {
		.u.vcpuaffinity = {
			.vcpu = vcpu,
			.flags = XEN_VCPUAFFINITY_HARD,
			.cpumap_hard = { .nr_bits = 64,
					 .bitmap.p = (uint8_t *)&map },
		},
	};

	check(domctl(u->id, XEN_DOMCTL_setvcpuaffinity, &op),
	      "setvcpuaffinity");
}

void domu_kill(const struct domu *u)
{
	check(domctl_simple(u->id, XEN_DOMCTL_destroydomain), "destroydomain");
}

static bool is_gone(void *u)
{
	struct xen_domctl_getdomaininfo info;

	return domu_info(((struct domu *)u)->id, &info) == -XEN_ESRCH;
}

void domu_destroy(struct domu *u)
{
	check(foreign_unmap(u->page), "the shared page removed");
	domu_kill(u);
	if (!wait_for(is_gone, u, JOB_TIMEOUT_MS)) {
		tap_bail("d%u stays", u->id);
	}
}

/* -------------------------------------------------------------------- jobs */

struct agent_job *job_post(const struct domu *u, unsigned int vcpu,
			   enum agent_op op, const uint64_t *args,
			   unsigned int nr_args)
{
	struct agent_job *job = &u->page->job[vcpu];

	for (unsigned int i = 0; i < AGENT_ARGS; i++) {
		job->arg[i] = i < nr_args ? args[i] : 0;
	}
	job->op = op;
	job->stop = 0;
	__atomic_store_n(&job->posted, job->posted + 1, __ATOMIC_RELEASE);
	return job;
}

bool job_is_done(const struct agent_job *job)
{
	return __atomic_load_n(&job->done, __ATOMIC_ACQUIRE) == job->posted;
}

static bool is_done(void *job)
{
	return job_is_done(job);
}

void job_wait(const struct agent_job *job)
{
	if (!wait_for(is_done, (void *)job, JOB_TIMEOUT_MS)) {
		tap_bail("job %u (%lx %lx %lx) is not done", job->op,
			 job->arg[0], job->arg[1], job->arg[2]);
	}
}

uint64_t job_result(const struct agent_job *job)
{
	job_wait(job);
	return job->result[0];
}

void give_way(void)
{
	sched_op(SCHEDOP_yield, NULL);
}

void rest(unsigned int ms)
{
	uint64_t end = counter() + ms * (read_sysreg(cntfrq_el0) / 1000);

	while (counter() < end) {
		give_way();
	}
}

bool wait_for(bool (*done)(void *arg), void *arg, unsigned int ms)
{
	uint64_t end = counter() + ms * (read_sysreg(cntfrq_el0) / 1000);

	while (!done(arg)) {
		if (counter() > end) {
			return done(arg);
		}
		give_way();
	}
	return true;
}
