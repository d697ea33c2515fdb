/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How memory gets to dom0: device tree -> regions -> memory map -> p2m. Read
 * dom0_build() at the end first.
 */
#include "boot/dom0.h"

#include <libfdt.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/log.h>

#include "arch/arm64/mmu.h"
#include "arch/arm64/trap.h"
#include "boot/die.h"
#include "boot/image.h"
#include "boot/memory.h"
#include "boot/options.h"
#include "domain/domain.h"
#include "domain/life.h"
#include "drivers/gic_v3.h"
#include "dt/dom0.h"
#include "dt/host.h"
#include "dt/regions.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "iomem/iomem.h"
#include "lib/format.h"
#include "lib/maptext.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

#define MAX_BANKS    16
#define BASE_TABLES  256 /* table pages for all that is no RAM */
#define MAX_REGIONS  512
#define MAX_EXTENDED 8
#define TREE_SLACK   (UINT64_C(16) << 10)
#define GRANT_BYTES  (UINT64_C(64) << PAGE_SHIFT) /* 64 grant frames */
#define GICR_FRAMES  (UINT64_C(128) << 10)	  /* a vCPU's two frames */

struct build {
	const struct dt_host *host;
	const struct dt_report *report;
	struct domain *d;
	unsigned int ipa_bits;
	unsigned int nr_vcpus;
	struct dt_range bank[MAX_BANKS];
	unsigned int nr_banks;
	struct region *region;
	unsigned int nr_regions;
	struct dt_irqs irqs;
	struct dt_range grant;
	struct dt_range extended[MAX_EXTENDED];
	unsigned int nr_extended;
	struct vgic_layout gic;
	struct boot_layout layout;
};

static void choose_memory(struct build *b, struct boot_memory *m,
			  uint64_t bytes)
{
	char size[24];

	b->nr_banks = memory_choose(m, bytes, 0, b->bank, MAX_BANKS);
	if (!b->nr_banks) {
		die("dom0_mem=%s: the host has no such memory free",
		    fmt_size(size, sizeof(size), bytes));
	}
	log_info("Allocating 1:1 mappings for dom0:");
	for (unsigned int i = 0; i < b->nr_banks; i++) {
		const struct dt_range *r = &b->bank[i];

		log_info("BANK[%u] %#llx-%#llx (%s)", i,
			 (unsigned long long)r->base,
			 (unsigned long long)(r->base + r->size),
			 fmt_size(size, sizeof(size), r->size));
	}
}

/* What no region of the tree may touch although it is no RAM bank. */
static void find_regions(struct build *b)
{
	struct dt_range deny[] = {
		{ (uintptr_t)_start, (uintptr_t)(__image_end - _start) },
		{ (uintptr_t)b->host->fdt, fdt_totalsize(b->host->fdt) },
	};
	struct dt_regions_request request = {
		.host = b->host,
		.ipa_bits = b->ipa_bits,
		.deny = deny,
		.nr_deny = ARRAY_SIZE(deny),
		.region = b->region,
		.max_regions = MAX_REGIONS,
		.irqs = &b->irqs,
	};
	int nr = dt_regions(&request, b->report);

	if (nr < 0) {
		die("the device tree's regions: error %d", nr);
	}
	b->nr_regions = (unsigned int)nr;
	die_if(iomem_give_tree(b->d, b->region, b->nr_regions),
	       "no memory for the table of machine pages");
}

static void add_ram(struct build *b)
{
	struct region *ram = heap_alloc(b->nr_banks * sizeof(*ram));

	die_if(!ram, "no memory for dom0's RAM regions");
	for (unsigned int i = 0; i < b->nr_banks; i++) {
		ram[i] = (struct region){
			.name = "memory",
			.ipa = IPA(b->bank[i].base),
			.pa = PADDR(b->bank[i].base),
			.size = b->bank[i].size,
			.priority = PRIORITY_RAM,
			.kind = REGION_RAM,
			.type = P2M_RAM_RW,
			.attr = p2m_default_attr(P2M_RAM_RW),
			.row = "dom0_mem",
		};
		die_if(memmap_add(b->d->memmap, &ram[i]),
		       "dom0's RAM does not fit its address space");
		b->d->nr_pages += b->bank[i].size >> PAGE_SHIFT;
	}
	b->d->max_pages = b->d->nr_pages;
	/* Ballooning may break every block of it up. */
	die_if(p2m_set_pool(b->d->p2m, BASE_TABLES + (b->d->nr_pages >> 9)),
	       "no memory for dom0's page tables");
}

static void add_regions(struct build *b)
{
	for (unsigned int i = 0; i < b->nr_regions; i++) {
		struct region *r = &b->region[i];
		int err = memmap_add(b->d->memmap, r);

		if (err) {
			log_err("%s: not mapped, error %d", r->name, err);
		}
	}
}

static void log_hidden(const struct hidden *h, void *arg)
{
	char line[MAPTEXT_LINE];

	(void)arg;
	hidden_format(line, sizeof(line), h);
	log_info("%s", line);
}

static void log_region(const struct region *r, void *arg)
{
	char line[160];

	(void)arg;
	region_format(line, sizeof(line), r);
	log_info("%s", line);
}

static void add_gic(struct build *b)
{
	const struct dt_gic *gic = &b->host->gic;
	unsigned int nr_spis = gic_nr_irqs() - 32;

	b->gic = (struct vgic_layout){
		.gicd = IPA(gic->gicd.base),
		.gicd_size = gic->gicd.size,
		.gicr = IPA(gic->gicr[0].base),
		.gicr_size = gic->gicr[0].size,
	};
	die_if(b->gic.gicr_size < b->nr_vcpus * GICR_FRAMES,
	       "the GIC's redistributor region is too small for the vCPUs");
	die_if(vgic_create(b->d, &b->gic, nr_spis), "no memory for the GIC");
}

/* Interrupts of kept nodes and the timers are the guest's own. */
static void give_irqs(struct build *b)
{
	static const enum dt_timer timers[] = { DT_TIMER_PHYS, DT_TIMER_VIRT };

	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++) {
		unsigned int id = b->host->timer[timers[i]].intid;

		die_if(vgic_map_phys(b->d, id, id), "the timers' interrupts");
		irq_give(id, b->d);
	}
	for (unsigned int id = 32; id < gic_nr_irqs(); id++) {
		if (!dt_irq_routed(&b->irqs, id)) {
			continue;
		}
		if (vgic_map_phys(b->d, id, id)) {
			log_err("interrupt %u cannot be given to dom0", id);
			continue;
		}
		arch_irq_set_edge(id, dt_irq_edge(&b->irqs, id));
		irq_give(id, b->d);
	}
}

/* A PPI that neither a timer nor the GIC uses; 16 as the peer has it. */
static unsigned int choose_evtchn_irq(const struct dt_host *host)
{
	for (unsigned int id = 16; id < 32; id++) {
		bool used = host->gic.maintenance.intid == id;

		for (unsigned int i = 0; i < DT_NR_TIMERS; i++) {
			used |= host->timer[i].intid == id;
		}
		if (!used) {
			return id;
		}
	}
	die("no PPI is left for event channels");
}

/*
 * Guest addresses without anything: the place of our image for grant frames
 * (RAM that dom0 never has), the rest for foreign mappings.
 */
static void choose_unused(struct build *b)
{
	static struct dt_range
		used[MAX_BANKS + MAX_REGIONS + DT_MAX_BANKS + DT_MAX_GICR + 8];
	unsigned int nr = 0;

	b->grant = (struct dt_range){ (uintptr_t)_start, GRANT_BYTES };
	for (unsigned int i = 0; i < b->host->nr_banks; i++) {
		used[nr++] = b->host->bank[i];
	}
	for (unsigned int i = 0; i < b->nr_regions; i++) {
		used[nr++] = (struct dt_range){ b->region[i].ipa.v,
						b->region[i].size };
	}
	used[nr++] = b->host->gic.gicd;
	for (unsigned int i = 0; i < b->host->gic.nr_gicr; i++) {
		used[nr++] = b->host->gic.gicr[i];
	}
	for (unsigned int i = 0; i < b->host->gic.nr_its; i++) {
		used[nr++] = b->host->gic.its[i];
	}
	used[nr++] = b->host->uart.regs;
	b->nr_extended = dt_unused_ranges(used, nr, b->ipa_bits, b->extended,
					  MAX_EXTENDED);
}

/* Copy into dom0's RAM; its CPUs start with caches off. */
static void place(struct dt_range to, const void *from, uint64_t size)
{
	void *p = paddr_to_ptr(PADDR(to.base));

	memcpy(p, from, size);
	arch_cache_clean_inval(p, size);
}

static void load_kernel(struct build *b)
{
	const struct dt_module *kernel =
		dt_find_module(b->host, DT_MODULE_KERNEL);
	const struct dt_module *initrd =
		dt_find_module(b->host, DT_MODULE_RAMDISK);
	uint64_t tree = fdt_totalsize(b->host->fdt) + TREE_SLACK;
	struct kernel_image image;
	int err = -XEN_ENOMEM;

	if (!kernel) {
		die("no kernel: /chosen has no module multiboot,kernel");
	}
	die_if(image_parse(kernel->range, &image), "the kernel is unusable");
	for (unsigned int i = 0; i < b->nr_banks && err; i++) {
		err = layout_fit(b->bank[i], &image,
				 initrd ? initrd->range.size : 0, tree,
				 &b->layout);
	}
	die_if(err == -XEN_E2BIG,
	       "dom0's device tree takes %llu bytes; Linux takes 2 MiB at most",
	       (unsigned long long)tree);
	die_if(err, "no bank of dom0's RAM holds kernel and ramdisk");
	log_info("Loading kernel at %#llx (%llu KiB), ramdisk at %#llx "
		 "(%llu KiB), device tree at %#llx",
		 (unsigned long long)b->layout.kernel.base,
		 (unsigned long long)b->layout.kernel.size >> 10,
		 (unsigned long long)b->layout.initrd.base,
		 (unsigned long long)b->layout.initrd.size >> 10,
		 (unsigned long long)b->layout.tree.base);
	place(b->layout.kernel, paddr_to_ptr(PADDR(kernel->range.base)),
	      kernel->range.size);
	if (initrd) {
		place(b->layout.initrd, paddr_to_ptr(PADDR(initrd->range.base)),
		      initrd->range.size);
	}
}

static void write_tree(struct build *b)
{
	static uint64_t mpidr[MAX_VCPUS];
	static struct dt_range reserved[DT_MAX_RESERVED];
	void *tree = paddr_to_ptr(PADDR(b->layout.tree.base));
	struct dt_dom0 config = {
		.host = b->host,
		.bank = b->bank,
		.nr_banks = b->nr_banks,
		.reserved = reserved,
		.mpidr = mpidr,
		.nr_vcpus = b->nr_vcpus,
		.gicr = { b->gic.gicr.v, b->gic.gicr_size },
		.timer_irq = { b->host->timer[DT_TIMER_SECURE].intid,
			       b->host->timer[DT_TIMER_PHYS].intid,
			       b->host->timer[DT_TIMER_VIRT].intid },
		.evtchn_irq = b->d->evtchn_irq,
		.grant = b->grant,
		.extended = b->extended,
		.nr_extended = b->nr_extended,
		.bootargs = b->host->dom0_bootargs,
		.initrd = b->layout.initrd,
	};
	int len;

	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		mpidr[i] = arch_vcpu_mpidr(i);
	}
	/* Memory for dom0 as well, unless nobody may map it. */
	for (unsigned int i = 0; i < b->host->nr_reserved; i++) {
		if (!b->host->reserved[i].no_map) {
			reserved[config.nr_reserved++] =
				b->host->reserved[i].range;
		}
	}
	len = dt_dom0(&config, tree, b->layout.tree.size, b->report);
	if (len < 0) {
		die("dom0's device tree: error %d", len);
	}
	arch_cache_clean_inval(tree, b->layout.tree.size);
}

static void place_vcpus(struct build *b)
{
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		die_if(sched_add(b->d->vcpu[i], i % arch_nr_cpus()),
		       "no memory for a run queue");
	}
}

static void log_footprint(struct domain *d)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	char line[80];

	p2m_footprint(l, line, sizeof(line));
	p2m_unlock(l);
	log_info("%s", line);
}

static bool overlap(struct dt_range a, struct dt_range b)
{
	return a.base < b.base + b.size && b.base < a.base + a.size;
}

/* Whether something else claims a part of module @m too. */
static bool shared_module(const struct dt_host *host, unsigned int m)
{
	struct dt_range r = host->module[m].range;
	bool shared = false;

	for (unsigned int i = 0; i < host->nr_modules; i++) {
		shared |= i != m && overlap(r, host->module[i].range);
	}
	for (unsigned int i = 0; i < host->nr_reserved; i++) {
		shared |= overlap(r, host->reserved[i].range);
	}
	return shared;
}

/* The modules have been copied: their memory is free now, unless somebody
 * else has it as well. */
static void free_modules(const struct dt_host *host)
{
	for (unsigned int i = 0; i < host->nr_modules; i++) {
		struct dt_range r = host->module[i].range;
		uint64_t first = align_up(r.base, PAGE_SIZE);
		uint64_t end = align_down(r.base + r.size, PAGE_SIZE);

		if (first < end && !shared_module(host, i)) {
			frame_seed(paddr_to_mfn(PADDR(first)),
				   (end - first) >> PAGE_SHIFT);
		}
	}
}

struct domain *dom0_build(const struct dt_host *host, struct boot_memory *m,
			  const struct options *options, unsigned int ipa_bits,
			  const struct dt_report *report)
{
	static struct build b;

	log_info("*** LOADING DOMAIN 0 ***");
	b.host = host;
	b.report = report;
	b.ipa_bits = ipa_bits;
	b.nr_vcpus = options->dom0_max_vcpus ? options->dom0_max_vcpus
					     : arch_nr_cpus();
	b.nr_vcpus = (unsigned int)min_u64(b.nr_vcpus, MAX_VCPUS);
	b.region = heap_alloc(MAX_REGIONS * sizeof(*b.region));
	die_if(!b.region, "no memory for the region list");
	choose_memory(&b, m, options->dom0_mem);
	b.d = domain_create(0, true, ipa_bits, b.nr_vcpus);
	die_if(!b.d, "no memory for dom0");

	find_regions(&b);
	add_regions(&b);
	add_ram(&b);
	add_gic(&b);
	memmap_for_each(b.d->memmap, log_region, NULL);
	die_if(memmap_commit(b.d->memmap), "no memory for dom0's p2m");
	memmap_for_each_hidden(b.d->memmap, log_hidden, NULL);

	give_irqs(&b);
	b.d->evtchn_irq = choose_evtchn_irq(host);
	choose_unused(&b);
	load_kernel(&b);
	write_tree(&b);
	free_modules(host);
	place_vcpus(&b);
	log_footprint(b.d);

	arch_icache_inval_all();
	arch_vcpu_reset(b.d->vcpu[0], b.layout.kernel.base, b.layout.tree.base);
	b.d->vcpu[0]->online = true;
	return b.d;
}
