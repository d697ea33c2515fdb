/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain by the stock libraries, in the order in which libxl makes one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xentoollog.h>

#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>

#include "guest.h"
#include "report.h"

#define MIB 0x100000ull
/* 2 MiB: the extents that RAM is made of. */
#define EXTENT_ORDER	9
#define EXTENT_PAGES	(1u << EXTENT_ORDER)
#define EXTENTS_AT_ONCE 64
/* Pages that are mapped here at once to be written. */
#define WINDOW 256

int guest_open(struct guest *g)
{
	/* What fails is said here, once. */
	xentoollog_logger *quiet =
		(xentoollog_logger *)xtl_createlogger_stdiostream(
			stderr, XTL_CRITICAL, 0);

	g->xch = xc_interface_open(quiet, quiet, 0);
	if (!g->xch) {
		return failed("no way to the hypervisor (is this a control "
			      "domain with /dev/xen/privcmd?)");
	}
	g->mem = xenforeignmemory_open(quiet, 0);
	if (!g->mem) {
		return failed("foreign memory");
	}
	g->xce = xenevtchn_open(quiet, 0);
	return g->xce ? 0 : failed("event channels (/dev/xen/evtchn)");
}

/* ----------------------------------------------------------- the new domain */

/* A random UUID, so that two guests differ. */
static int make_handle(xen_domain_handle_t handle)
{
	if (getrandom(handle, sizeof(xen_domain_handle_t), 0) !=
	    sizeof(xen_domain_handle_t)) {
		return failed("random numbers");
	}
	handle[6] = (handle[6] & 0x0f) | 0x40;
	handle[8] = (handle[8] & 0x3f) | 0x80;
	return 0;
}

/* The library keeps this one for libxenguest. */
static int set_address_size(struct guest *g)
{
	xencall_handle *call = xencall_open(NULL, 0);
	struct xen_domctl *op;
	int rc = -1;

	op = call ? xencall_alloc_buffer(call, sizeof(*op)) : NULL;
	if (op) {
		memset(op, 0, sizeof(*op));
		op->cmd = XEN_DOMCTL_set_address_size;
		op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		op->domain = (domid_t)g->domid;
		op->u.address_size.size = 64;
		rc = xencall1(call, __HYPERVISOR_domctl, (uintptr_t)op);
		xencall_free_buffer(call, op);
	}
	if (call) {
		xencall_close(call);
	}
	return rc;
}

/* Tables for so much memory, by libxl's rule, in whole MiB. */
static uint64_t table_bytes(const struct options *o)
{
	uint64_t pages = 256 * o->nr_vcpus + o->memory / MIB + 1;

	for (unsigned int i = 0; i < o->nr_iomem; i++) {
		pages += o->iomem[i].nr / 512 + 4;
	}
	return (pages * PAGE + MIB - 1) / MIB * MIB;
}

int guest_make(struct guest *g, const struct options *o)
{
	struct xen_domctl_createdomain config = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = o->nr_vcpus,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	uint64_t kib = o->memory / 1024 + 1024;

	if (make_handle(config.handle)) {
		return -1;
	}
	g->domid = 0xffff; /* the hypervisor chooses */
	if (xc_domain_create(g->xch, &g->domid, &config)) {
		return failed("creating a domain of %u vCPUs", o->nr_vcpus);
	}
	g->made = true;
	g->gic_version = config.arch.gic_version;
	g->clock_frequency = config.arch.clock_frequency;
	if (xc_domain_max_vcpus(g->xch, g->domid, o->nr_vcpus)) {
		return failed("%u vCPUs", o->nr_vcpus);
	}
	if (xc_domain_setmaxmem(g->xch, g->domid, kib)) {
		return failed("a limit of %llu KiB of memory",
			      (unsigned long long)kib);
	}
	if (xc_set_paging_mempool_size(g->xch, g->domid, table_bytes(o))) {
		return failed("%llu KiB for its page tables",
			      (unsigned long long)table_bytes(o) / 1024);
	}
	return set_address_size(g) ? failed("64-bit vCPUs") : 0;
}

/* --------------------------------------------------------------------- RAM */

/* @nr extents of @order from @gfn on. */
static int populate(struct guest *g, uint64_t gfn, uint64_t nr,
		    unsigned int order)
{
	xen_pfn_t extent[EXTENTS_AT_ONCE];

	while (nr) {
		uint64_t now = nr < EXTENTS_AT_ONCE ? nr : EXTENTS_AT_ONCE;

		for (uint64_t i = 0; i < now; i++) {
			extent[i] = gfn + (i << order);
		}
		if (xc_domain_populate_physmap_exact(g->xch, g->domid, now,
						     order, 0, extent)) {
			return -1;
		}
		gfn += now << order;
		nr -= now;
	}
	return 0;
}

static int add_bank(struct guest *g, struct bank *bank, uint64_t base,
		    uint64_t size)
{
	uint64_t gfn = base / PAGE;
	uint64_t pages = size / PAGE;
	uint64_t large = pages / EXTENT_PAGES;

	*bank = (struct bank){ base, size };
	if (populate(g, gfn, large, EXTENT_ORDER) ||
	    populate(g, gfn + large * EXTENT_PAGES, pages % EXTENT_PAGES, 0)) {
		return failed("%llu MiB of memory (what is free: xl info; what "
			      "the hypervisor leaves: its option dom0_mem)",
			      (unsigned long long)(size / MIB));
	}
	return 0;
}

static int add_ram(struct guest *g, uint64_t size)
{
	uint64_t low = size < GUEST_RAM0_SIZE ? size : GUEST_RAM0_SIZE;

	if (add_bank(g, &g->bank[0], GUEST_RAM0_BASE, low)) {
		return -1;
	}
	return size > low
		       ? add_bank(g, &g->bank[1], GUEST_RAM1_BASE, size - low)
		       : 0;
}

/* ------------------------------------------------------- console and store */

/* Write to pages of the guest, through a window of ours. */
static int write_pages(struct guest *g, uint64_t gfn, uint64_t nr,
		       size_t offset, const void *data, size_t size)
{
	xen_pfn_t frames[WINDOW];
	uint8_t *at;

	for (uint64_t i = 0; i < nr; i++) {
		frames[i] = gfn + i;
	}
	at = xenforeignmemory_map(g->mem, g->domid, PROT_READ | PROT_WRITE, nr,
				  frames, NULL);
	if (!at) {
		return failed("mapping %llu pages of d%u from %#llx on",
			      (unsigned long long)nr, g->domid,
			      (unsigned long long)gfn);
	}
	memcpy(at + offset, data, size);
	xenforeignmemory_unmap(g->mem, at, nr);
	if (xc_domain_cacheflush(g->xch, g->domid, gfn, nr)) {
		return failed("cleaning the caches of %llu pages of d%u",
			      (unsigned long long)nr, g->domid);
	}
	return 0;
}

int guest_write(struct guest *g, uint64_t ipa, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size) {
		size_t offset = ipa % PAGE;
		size_t now = WINDOW * PAGE - offset;

		if (now > size) {
			now = size;
		}
		if (write_pages(g, ipa / PAGE, (offset + now + PAGE - 1) / PAGE,
				offset, from, now)) {
			return -1;
		}
		ipa += now;
		from += now;
		size -= now;
	}
	return 0;
}

/*
 * The store has nobody at the other end. A guest that reads the state of the
 * connection waits for one without harm.
 */
static int write_rings(struct guest *g)
{
	static const struct xencons_interface console;
	static const struct xenstore_domain_interface store = {
		.connection = XENSTORE_RECONNECT,
	};

	if (populate(g, CONSOLE_GFN, 2, 0)) {
		return failed("pages for console and store");
	}
	return guest_write(g, CONSOLE_GFN * PAGE, &console, sizeof(console)) ||
			       guest_write(g, STORE_GFN * PAGE, &store,
					   sizeof(store))
		       ? -1
		       : 0;
}

static int open_port(struct guest *g, uint32_t *port)
{
	int rc = xc_evtchn_alloc_unbound(g->xch, g->domid, 0);

	*port = rc;
	return rc < 0 ? failed("a port of d%u", g->domid) : 0;
}

static int set_params(struct guest *g)
{
	const struct {
		uint32_t index;
		uint64_t value;
	} params[] = {
		{ HVM_PARAM_CALLBACK_IRQ,
		  (uint64_t)HVM_PARAM_CALLBACK_TYPE_PPI << 56 |
			  HVM_PARAM_CALLBACK_TYPE_PPI_FLAG_LOW_LEVEL << 8 |
			  GUEST_EVTCHN_PPI },
		{ HVM_PARAM_CONSOLE_PFN, CONSOLE_GFN },
		{ HVM_PARAM_CONSOLE_EVTCHN, g->console_port },
		{ HVM_PARAM_STORE_PFN, STORE_GFN },
		{ HVM_PARAM_STORE_EVTCHN, g->store_port },
	};

	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (xc_hvm_param_set(g->xch, g->domid, params[i].index,
				     params[i].value)) {
			return failed("parameter %u of d%u", params[i].index,
				      g->domid);
		}
	}
	return 0;
}

int guest_furnish(struct guest *g, const struct options *o)
{
	if (open_port(g, &g->store_port) || open_port(g, &g->console_port)) {
		return -1;
	}
	return add_ram(g, o->memory) || write_rings(g) || set_params(g) ? -1
									: 0;
}

/* What is there already, in the guest's address space. */
static const char *taken_by(const struct guest *g, const struct iomem *io)
{
	const struct {
		const char *what;
		uint64_t base;
		uint64_t size;
	} places[] = {
		{ "interrupt controller", GUEST_GICV3_GICD_BASE,
		  GUEST_GICV3_GICR0_BASE + GUEST_GICV3_GICR0_SIZE -
			  GUEST_GICV3_GICD_BASE },
		{ "place for grants", GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE },
		{ "console and store", GUEST_MAGIC_BASE, GUEST_MAGIC_SIZE },
		{ "memory", g->bank[0].base, g->bank[0].size },
		{ "memory", g->bank[1].base, g->bank[1].size },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t first = places[i].base / PAGE;

		if (io->gfn < first + places[i].size / PAGE &&
		    first < io->gfn + io->nr) {
			return places[i].what;
		}
	}
	return NULL;
}

int guest_map_iomem(struct guest *g, const struct iomem *io)
{
	uint32_t word = DPCI_ADD_MAPPING | io->selector << 8;
	const char *taken = taken_by(g, io);

	if (taken) {
		report("--iomem: guest pages %#llx to %#llx are in its %s",
		       (unsigned long long)io->gfn,
		       (unsigned long long)(io->gfn + io->nr - 1), taken);
		return -1;
	}
	if (xc_domain_iomem_permission(g->xch, g->domid, io->mfn, io->nr, 1)) {
		return failed(
			"permission for %#llx machine pages from %#llx on",
			(unsigned long long)io->nr,
			(unsigned long long)io->mfn);
	}
	if (xc_domain_memory_mapping(g->xch, g->domid, io->gfn, io->mfn, io->nr,
				     word)) {
		return failed("mapping %#llx machine pages from %#llx on at "
			      "%#llx (the hypervisor's log says more)",
			      (unsigned long long)io->nr,
			      (unsigned long long)io->mfn,
			      (unsigned long long)io->gfn);
	}
	return 0;
}

/* ------------------------------------------------------------ start and end */

int guest_start(struct guest *g, const struct layout *at)
{
	vcpu_guest_context_any_t context = {
		.c = { .flags = VGCF_online,
		       .user_regs = { .pc64 = at->entry,
				      .x0 = at->tree,
				      .cpsr = PSR_GUEST64_INIT },
		       .sctlr = SCTLR_GUEST_INIT },
	};

	if (xc_vcpu_setcontext(g->xch, g->domid, 0, &context)) {
		return failed("registers of d%u's first vCPU", g->domid);
	}
	return xc_domain_unpause(g->xch, g->domid)
		       ? failed("letting d%u run", g->domid)
		       : 0;
}

void guest_end(struct guest *g)
{
	if (g->made && xc_domain_destroy(g->xch, g->domid) && errno != ESRCH) {
		failed("destroying d%u", g->domid);
	}
	g->made = false;
	if (g->xce) {
		xenevtchn_close(g->xce);
	}
	if (g->mem) {
		xenforeignmemory_close(g->mem);
	}
	if (g->xch) {
		xc_interface_close(g->xch);
	}
}
