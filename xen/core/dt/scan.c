/* SPDX-License-Identifier: BSD-2-Clause */
/* Host facts: RAM, reserved memory, CPUs, PSCI, timer. */
#include <string.h>

#include <libfdt.h>

#include <core/addr.h>
#include <core/bits.h>
#include <core/errno.h>

#include "dt/scan.h"

static const struct dt_range nothing;

/* Whole pages inside @r: what is RAM. */
static struct dt_range pages_inside(struct dt_range r)
{
	uint64_t first = align_up(r.base, PAGE_SIZE);
	uint64_t lost = first - r.base;

	if (first < r.base || lost >= r.size) {
		return nothing;
	}
	return (struct dt_range){ first, (r.size - lost) & PAGE_MASK };
}

struct dt_range dt_pages_around(struct dt_range r)
{
	uint64_t first = align_down(r.base, PAGE_SIZE);
	uint64_t last = r.base + (r.size - 1);

	if (r.size == 0) {
		return (struct dt_range){ first, 0 };
	}
	last |= PAGE_SIZE - 1;
	/* All 2^64 bytes do not fit in a size: the last page is left out. */
	if (first == 0 && last == UINT64_MAX) {
		last -= PAGE_SIZE;
	}
	return (struct dt_range){ first, last - first + 1 };
}

static int add_bank(struct dt_cursor *c, struct dt_host *host,
		    struct dt_range r)
{
	struct dt_range pages = pages_inside(r);

	if (pages.size != r.size) {
		dt_tell(c, DT_UNALIGNED, "RAM at 0x%llx: not whole pages",
			(unsigned long long)r.base);
	}
	if (pages.size == 0) {
		return 0;
	}
	if (host->nr_banks == DT_MAX_BANKS) {
		dt_tell(c, DT_OVERFLOW, "more than %d banks of RAM",
			DT_MAX_BANKS);
		return -XEN_ENOSPC;
	}
	host->bank[host->nr_banks++] = pages;
	return 0;
}

static int scan_memory(struct dt_cursor *c, struct dt_host *host)
{
	enum dt_problem problem;
	unsigned int nr = dt_reg_count(c, &problem);
	unsigned int i;

	if (problem != DT_OK) {
		dt_tell(c, problem, "reg: %s", dt_problem_text(problem));
	}
	for (i = 0; i < nr; i++) {
		struct dt_range r;
		int error;

		problem = dt_reg(c, i, &r);
		if (problem != DT_OK) {
			dt_tell(c, problem, "RAM at 0x%llx: %s",
				(unsigned long long)r.base,
				dt_problem_text(problem));
		}
		if (problem != DT_OK && problem != DT_CUT) {
			continue;
		}
		error = add_bank(c, host, r);
		if (error) {
			return error;
		}
	}
	return 0;
}

static void tidy_banks(struct dt_host *host, const struct dt_report *report)
{
	uint64_t before = 0;
	uint64_t after = 0;
	unsigned int i;

	for (i = 0; i < host->nr_banks; i++) {
		before += host->bank[i].size;
	}
	host->nr_banks = dt_ranges_tidy(host->bank, host->nr_banks);
	for (i = 0; i < host->nr_banks; i++) {
		after += host->bank[i].size;
	}
	if (before != after) {
		dt_tell_tree(report, DT_OVERLAP, "memory nodes overlap");
	}
}

/* Sorted by address as they come. */
static int add_reserved(const struct dt_report *report, struct dt_host *host,
			const struct dt_reserved *r)
{
	unsigned int i = host->nr_reserved;

	if (i == DT_MAX_RESERVED) {
		dt_tell_tree(report, DT_OVERFLOW,
			     "%s: more than %d reserved ranges", r->name,
			     DT_MAX_RESERVED);
		return -XEN_ENOSPC;
	}
	while (i > 0 && host->reserved[i - 1].range.base > r->range.base) {
		host->reserved[i] = host->reserved[i - 1];
		i--;
	}
	host->reserved[i] = *r;
	host->nr_reserved++;
	return 0;
}

static int reserve(struct dt_cursor *c, struct dt_host *host,
		   struct dt_range exact)
{
	struct dt_reserved r = {
		.range = dt_pages_around(exact),
		.name = dt_name(c),
		.no_map = dt_has(c->fdt, dt_node(c), "no-map"),
	};

	if (r.range.size != exact.size) {
		dt_tell(c, DT_UNALIGNED, "rounded out to 0x%llx + 0x%llx",
			(unsigned long long)r.range.base,
			(unsigned long long)r.range.size);
	}
	return add_reserved(c->report, host, &r);
}

/*
 * A child of /reserved-memory. Without a usable `ranges` above, which the
 * binding asks for, the address is taken as it stands: reserving too much
 * harms nobody.
 */
static int scan_reserved(struct dt_cursor *c, struct dt_host *host)
{
	enum dt_problem problem;
	unsigned int nr = dt_reg_count(c, &problem);
	unsigned int i;

	if (problem == DT_MISSING) {
		host->nr_dynamic += dt_has(c->fdt, dt_node(c), "size");
		return 0;
	}
	if (problem != DT_OK) {
		dt_tell(c, problem, "reg: %s", dt_problem_text(problem));
	}
	for (i = 0; i < nr; i++) {
		struct dt_range r;
		int error;

		problem = dt_reg(c, i, &r);
		if (problem == DT_NOT_ADDRESS || problem == DT_NO_WINDOW ||
		    problem == DT_CUT) {
			dt_tell(c, problem, "reg %u: %s, taken as it is", i,
				dt_problem_text(problem));
			problem = dt_reg_local(c, i, &r);
		}
		if (problem != DT_OK) {
			dt_tell(c, problem, "reg %u: %s", i,
				dt_problem_text(problem));
			continue;
		}
		error = reserve(c, host, r);
		if (error) {
			return error;
		}
	}
	return 0;
}

static int scan_memreserve(const void *fdt, struct dt_host *host,
			   const struct dt_report *report)
{
	int nr = fdt_num_mem_rsv(fdt);
	int i;

	for (i = 0; i < nr; i++) {
		struct dt_reserved r = { .name = "/memreserve/" };
		struct dt_range exact;
		int error;

		if (fdt_get_mem_rsv(fdt, i, &exact.base, &exact.size)) {
			break;
		}
		if (range_wraps(exact.base, exact.size)) {
			dt_tell_tree(report, DT_WRAPS,
				     "/memreserve/ 0x%llx: %s",
				     (unsigned long long)exact.base,
				     dt_problem_text(DT_WRAPS));
			continue;
		}
		r.range = dt_pages_around(exact);
		error = r.range.size ? add_reserved(report, host, &r) : 0;
		if (error) {
			return error;
		}
	}
	return 0;
}

static int scan_cpu(struct dt_cursor *c, struct dt_host *host)
{
	struct dt_cpu cpu = { 0 };
	struct dt_range reg;
	const char *method = dt_string(c->fdt, dt_node(c), "enable-method");
	enum dt_problem problem = dt_reg_local(c, 0, &reg);

	if (problem != DT_OK && problem != DT_ZERO_SIZE) {
		dt_tell(c, problem, "reg: %s", dt_problem_text(problem));
		return 0;
	}
	if (host->nr_cpus == DT_MAX_CPUS) {
		dt_tell(c, DT_OVERFLOW, "more than %d CPUs", DT_MAX_CPUS);
		return -XEN_ENOSPC;
	}
	cpu.mpidr = reg.base;
	cpu.psci = method && !strcmp(method, "psci");
	cpu.compatible = dt_string(c->fdt, dt_node(c), "compatible");
	if (!cpu.compatible) {
		cpu.compatible = "arm,armv8";
	}
	host->cpu[host->nr_cpus++] = cpu;
	return 0;
}

static void scan_psci(struct dt_cursor *c, struct dt_host *host)
{
	static const struct {
		const char *compatible;
		enum dt_psci_version version;
	} known[] = {
		{ "arm,psci-1.0", DT_PSCI_1_0 },
		{ "arm,psci-0.2", DT_PSCI_0_2 },
		{ "arm,psci", DT_PSCI_0_1 },
	};
	const char *method = dt_string(c->fdt, dt_node(c), "method");
	struct dt_psci psci = { .cpu_on = 0xc4000003 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known) && !psci.version; i++) {
		if (dt_is(c->fdt, dt_node(c), known[i].compatible)) {
			psci.version = known[i].version;
		}
	}
	if (!psci.version || host->psci.version) {
		return;
	}
	if (!method || (strcmp(method, "smc") && strcmp(method, "hvc"))) {
		dt_tell(c, DT_BAD_VALUE, "method is neither smc nor hvc");
		return;
	}
	psci.smc = !strcmp(method, "smc");
	if (psci.version == DT_PSCI_0_1) {
		psci.cpu_on = dt_u32(c->fdt, dt_node(c), "cpu_on", 0);
	}
	host->psci = psci;
}

struct timer_scan {
	struct dt_cursor *c;
	struct dt_host *host;
};

static enum dt_timer timer_at(struct dt_cursor *c, unsigned int index)
{
	static const char *const names[DT_NR_TIMERS] = {
		[DT_TIMER_SECURE] = "sec-phys",	  [DT_TIMER_PHYS] = "phys",
		[DT_TIMER_VIRT] = "virt",	  [DT_TIMER_HYP] = "hyp-phys",
		[DT_TIMER_HYP_VIRT] = "hyp-virt",
	};
	unsigned int i;

	if (!dt_has(c->fdt, dt_node(c), "interrupt-names")) {
		return index;
	}
	for (i = 0; i < DT_NR_TIMERS; i++) {
		if (fdt_stringlist_search(c->fdt, dt_node(c), "interrupt-names",
					  names[i]) == (int)index) {
			return i;
		}
	}
	return DT_NR_TIMERS;
}

static void timer_irq(void *arg, unsigned int index, const struct dt_irq *irq)
{
	struct timer_scan *scan = arg;
	enum dt_timer timer = timer_at(scan->c, index);

	if (timer < DT_NR_TIMERS) {
		scan->host->timer[timer] = *irq;
	}
}

static void scan_timer(struct dt_cursor *c, struct dt_host *host)
{
	struct timer_scan scan = { c, host };

	if (host->timer_node >= 0) {
		return;
	}
	if (!dt_is(c->fdt, dt_node(c), "arm,armv8-timer") &&
	    !dt_is(c->fdt, dt_node(c), "arm,armv7-timer")) {
		return;
	}
	host->timer_node = dt_node(c);
	host->timer_frequency =
		dt_u32(c->fdt, dt_node(c), "clock-frequency", 0);
	dt_each_irq(c, &host->gic, timer_irq, &scan);
}

static bool child_of(const struct dt_cursor *c, const char *name)
{
	return c->depth == 2 &&
	       !strcmp(fdt_get_name(c->fdt, c->level[1].node, NULL), name);
}

static int scan_node(struct dt_cursor *c, struct dt_host *host)
{
	const char *type = dt_string(c->fdt, dt_node(c), "device_type");

	if (!dt_available(c->fdt, dt_node(c))) {
		return 0;
	}
	if (child_of(c, "reserved-memory")) {
		return scan_reserved(c, host);
	}
	if (type && !strcmp(type, "memory")) {
		return scan_memory(c, host);
	}
	if (type && !strcmp(type, "cpu") && child_of(c, "cpus")) {
		return scan_cpu(c, host);
	}
	scan_psci(c, host);
	scan_timer(c, host);
	return 0;
}

static int complete(const struct dt_host *host, const struct dt_report *report)
{
	const struct {
		bool there;
		const char *what;
	} need[] = {
		{ host->nr_banks, "RAM" },
		{ host->nr_cpus, "CPU" },
		{ host->gic.version != DT_GIC_NONE, "GIC" },
		{ host->timer[DT_TIMER_PHYS].intid &&
			  host->timer[DT_TIMER_VIRT].intid &&
			  host->timer[DT_TIMER_HYP].intid,
		  "timer with its interrupts" },
		{ host->nr_cpus < 2 || host->psci.version, "PSCI" },
	};
	int error = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(need); i++) {
		if (!need[i].there) {
			dt_tell_tree(report, DT_MISSING, "device tree: no %s",
				     need[i].what);
			error = -XEN_ENODEV;
		}
	}
	return error;
}

static const char *model_of(const void *fdt)
{
	const char *model = dt_string(fdt, 0, "model");

	if (!model) {
		model = dt_string(fdt, 0, "compatible");
	}
	return model ? model : "";
}

int dt_scan(const void *fdt, const char *console, struct dt_host *host,
	    const struct dt_report *report)
{
	struct dt_cursor c;
	int error;

	memset(host, 0, sizeof(*host));
	host->fdt = fdt;
	host->model = model_of(fdt);
	host->gic.node = -1;
	host->timer_node = -1;
	dt_begin(&c, fdt, report);
	dt_scan_gic(&c, host); /* first: interrupts need it */
	error = scan_memreserve(fdt, host, report);
	dt_begin(&c, fdt, report);
	while (!error && dt_next(&c)) {
		error = scan_node(&c, host);
	}
	if (error) {
		return error;
	}
	tidy_banks(host, report);
	dt_scan_console(&c, host, console);
	error = dt_scan_chosen(&c, host);
	return error ? error : complete(host, report);
}
