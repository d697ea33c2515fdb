/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first C instruction to dom0's first: the composition root. Read
 * boot_main() at the end first.
 */
#include "boot/start.h"

#include <libfdt.h>
#include <stdarg.h>

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/log.h>

#include "arch/arm64/dirty_state.h"
#include "arch/arm64/mmu.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "boot/console.h"
#include "boot/die.h"
#include "boot/dom0.h"
#include "boot/memory.h"
#include "boot/options.h"
#include "boot/ram.h"
#include "domain/domain.h"
#include "domain/policy.h"
#include "domain/time.h"
#include "drivers/gic_v3.h"
#include "dt/host.h"
#include "frame/frame.h"
#include "lib/format.h"
#include "p2m/log.h"
#include "p2m/p2m.h"
#include "sched/sched.h"

#define BOOT_DTB_MAX	 (UINT64_C(2) << 20)
#define OVERLAY_ROOM	 (128u << 10) /* the tree with an overlay applied */
#define MAX_ADDRESS_BITS 48

static struct dt_host host;
static struct options options;
static struct boot_memory memory;

void die(const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	fmt_vstr(text, sizeof(text), fmt, args);
	va_end(args);
	log_err("*** cannot boot: %s", text);
	for (;;) {
		__asm__ volatile("wfi");
	}
}

static void report_line(void *opaque, enum dt_problem problem, const char *text)
{
	(void)opaque;
	switch (problem) {
	case DT_UNALIGNED:
	case DT_NEIGHBOUR:
	case DT_NOTE:
		log_debug("device tree: %s", text);
		break;
	case DT_OVERLAP:
	case DT_IN_RAM:
	case DT_KEPT_BACK:
		log_info("device tree: %s", text);
		break;
	default:
		log_warn("device tree: %s", text);
		break;
	}
}

static const struct dt_report report = { .line = report_line };

/* Modules are in RAM that EL2 maps, or boot ends here. */
static void check_modules(void)
{
	const struct dt_module *bad = ram_bad_module(&host);

	if (bad) {
		die("module %s: %#llx + %#llx is no RAM to read", bad->name,
		    (unsigned long long)bad->range.base,
		    (unsigned long long)bad->range.size);
	}
}

/*
 * A module multiboot,device-tree is an overlay on the machine's tree. It is
 * in RAM that is not mapped yet; the result is a copy of our own.
 */
static const void *apply_overlay(const void *fdt)
{
	static uint64_t copy[OVERLAY_ROOM / sizeof(uint64_t)];
	const struct dt_module *m =
		dt_find_module(&host, DT_MODULE_DEVICE_TREE);
	uint64_t first, last;

	first = align_down(m->range.base, PAGE_SIZE);
	last = m->range.base + m->range.size - 1;
	mmu_map(PADDR(first), align_down(last, PAGE_SIZE) - first + PAGE_SIZE,
		EL2_DATA);
	if (dt_apply_overlay(fdt, (void *)m->range.base, copy, sizeof(copy),
			     &report) ||
	    dt_check(copy, sizeof(copy), &report)) {
		die("%s: cannot be applied as an overlay", m->name);
	}
	return copy;
}

/* The tree again: an overlay, or our own command line, may change it. */
static void scan(uint64_t dtb)
{
	const void *fdt = (const void *)dtb;
	bool named;
	int err = dt_check(fdt, BOOT_DTB_MAX, &report);

	if (!err) {
		err = dt_scan(fdt, NULL, &host, &report);
	}
	if (!err && dt_find_module(&host, DT_MODULE_DEVICE_TREE)) {
		console_init(&host.uart);
		check_modules();
		fdt = apply_overlay(fdt);
		err = dt_scan(fdt, NULL, &host, &report);
	}
	if (err) {
		/* No console is known: the memory image tells (log ring). */
		die("the device tree at %#llx is unusable: error %d",
		    (unsigned long long)dtb, err);
	}
	options_parse(host.xen_bootargs, &options);
	named = options.console[0] &&
		!dt_scan(fdt, options.console, &host, &report) &&
		host.uart.node >= 0;
	if (options.console[0] && !named &&
	    dt_scan(fdt, NULL, &host, &report)) {
		die("the device tree cannot be read twice");
	}
	console_init(&host.uart);
	console_set_level(options.loglvl);
	check_modules();
	if (options.console[0] && !named) {
		log_warn("console=%s: no such UART; using stdout-path",
			 options.console);
	}
}

static unsigned int pa_bits(void)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	unsigned int i = READ_SYSREG(id_aa64mmfr0_el1) & 0xf;

	i = i < sizeof(bits) ? bits[i] : MAX_ADDRESS_BITS;
	return i < MAX_ADDRESS_BITS ? i : MAX_ADDRESS_BITS;
}

static unsigned int vmid_bits(void)
{
	return FIELD_GET(GENMASK(7, 4), READ_SYSREG(id_aa64mmfr1_el1)) == 2 ? 16
									    : 8;
}

static void banner(unsigned int bits)
{
	char size[24];

	log_info("Entresol 4.17-entresol: %s", host.model);
	log_info("CPU %#llx, %u of %u, %u-bit addresses, %u-bit VMIDs, "
		 "counter %llu Hz",
		 (unsigned long long)READ_SYSREG(midr_el1), arch_nr_cpus(),
		 host.nr_cpus, bits, vmid_bits(),
		 (unsigned long long)arch_counter_hz());
	log_info("Image at %#llx, %s", (unsigned long long)(uintptr_t)_start,
		 fmt_size(size, sizeof(size),
			  (unsigned long long)(__image_end - _start)));
	log_info("Command line: %s", host.xen_bootargs);
}

static void map_gic(const struct dt_range *regs)
{
	die_if(!is_aligned(regs->base, PAGE_SIZE),
	       "the GIC: registers at %#llx, which is no page boundary",
	       (unsigned long long)regs->base);
	mmu_map(PADDR(regs->base), align_up(regs->size, PAGE_SIZE), EL2_DEVICE);
}

static void init_gic(void)
{
	static struct gic_region region[GIC_MAX_REGIONS];
	unsigned int nr = host.gic.nr_gicr;
	int err;

	if (host.gic.version != DT_GIC_V3) {
		die("GICv%d: only version 3 is supported", host.gic.version);
	}
	die_if(nr > GIC_MAX_REGIONS, "%u GIC redistributor regions", nr);
	map_gic(&host.gic.gicd);
	for (unsigned int i = 0; i < nr; i++) {
		region[i].base = PADDR(host.gic.gicr[i].base);
		region[i].size = host.gic.gicr[i].size;
		map_gic(&host.gic.gicr[i]);
	}
	err = gic_init(PADDR(host.gic.gicd.base), region, nr,
		       host.gic.gicr_stride);
	die_if(err, "the GIC: error %d", err);
}

/* What neither dom0 nor the allocator nor /reserved-memory has. */
static void log_kept(const struct domain *dom0)
{
	uint64_t kept = frame_nr_total() - frame_nr_free() - dom0->nr_pages;

	for (unsigned int i = 0; i < host.nr_reserved; i++) {
		const struct dt_range *r = &host.reserved[i].range;

		if (frame_valid(paddr_to_mfn(PADDR(r->base)))) {
			kept -= frames_touched(r->base, r->size);
		}
	}
	log_info("Kept by the hypervisor: %llu KiB of %llu MiB, %llu MiB free",
		 (unsigned long long)kept << 2,
		 (unsigned long long)memory.total >> 20,
		 (unsigned long long)frame_nr_free() >> (20 - PAGE_SHIFT));
}

void boot_main(uint64_t dtb, uint64_t start)
{
	unsigned int bits = pa_bits();
	struct domain *dom0;

	time_init();
	scan(dtb);
	domain_policy.noreboot = options.noreboot;
	domain_policy.cmdline = host.xen_bootargs;
	smp_init(&host, options.max_cpus);
	banner(bits);
	memory_init(&host, bits, &memory);
	init_gic();
	irq_init(host.timer[DT_TIMER_HYP].intid, host.gic.maintenance.intid);
	smp_cpu_init();
	p2m_init(bits, vmid_bits());
	sysreg_init(bits);
	smp_start_secondaries();
	log_info("Brought up %u CPUs", arch_nr_cpus());
	if (dirty_state_works()) {
		p2m_use_dirty_state();
		log_info("Dirty pages of guests are noted by hardware");
	}

	dom0 = dom0_build(&host, &memory, &options, bits, &report);
	console_start_input(&host.uart, dom0);
	log_kept(dom0);
	log_info("%llu us since entry; entering dom0",
		 (unsigned long long)((arch_counter() - start) * 1000000 /
				      arch_counter_hz()));
	sched_wake(dom0->vcpu[0]);
	cpu_run();
}
