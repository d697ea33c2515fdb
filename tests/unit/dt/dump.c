/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Print what dt/ makes of a device tree, one fact a line, for comparison
 * with other programs and for people: dt-dump [-o DOM0-TREE] TREE...
 * Fails when a tree is refused; a lack of RAM or CPUs is no refusal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/errno.h>

#include "dt/dom0.h"
#include "dt/host.h"
#include "dt/regions.h"
#include "memmap/memmap.h"

#define IPA_BITS    48
#define MAX_REGIONS 8192
#define ROOM	    (4u << 20)

static const char *const problems[DT_NR_PROBLEMS] = {
	[DT_BAD_BLOB] = "bad-blob",
	[DT_MISSING] = "missing",
	[DT_OVERFLOW] = "overflow",
	[DT_BAD_CELLS] = "bad-cells",
	[DT_BAD_LENGTH] = "bad-length",
	[DT_BAD_VALUE] = "bad-value",
	[DT_NOT_ADDRESS] = "not-address",
	[DT_NO_WINDOW] = "no-window",
	[DT_CUT] = "cut",
	[DT_WRAPS] = "wraps",
	[DT_ZERO_SIZE] = "zero-size",
	[DT_UNALIGNED] = "unaligned",
	[DT_NEIGHBOUR] = "neighbour",
	[DT_OVERLAP] = "overlap",
	[DT_IN_RAM] = "in-ram",
	[DT_KEPT_BACK] = "kept-back",
	[DT_NOTE] = "note",
};

static void print_report(void *opaque, enum dt_problem problem,
			 const char *text)
{
	(void)opaque;
	printf("report %s %s\n", problems[problem], text);
}

static const struct dt_report report = { print_report, NULL };

static void print_range(const char *what, struct dt_range r)
{
	printf("%s %llx %llx", what, (unsigned long long)r.base,
	       (unsigned long long)r.size);
}

static void print_memory(const struct dt_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr_banks; i++) {
		print_range("bank", host->bank[i]);
		printf("\n");
	}
	for (i = 0; i < host->nr_reserved; i++) {
		print_range("reserved", host->reserved[i].range);
		printf(" %s %s\n", host->reserved[i].no_map ? "no-map" : "map",
		       host->reserved[i].name);
	}
	printf("dynamic %u\n", host->nr_dynamic);
}

static void print_gic(const struct dt_gic *gic)
{
	unsigned int i;

	printf("gic %d maintenance %u\n", (int)gic->version,
	       gic->maintenance.intid);
	print_range("gicd", gic->gicd);
	for (i = 0; i < gic->nr_gicr; i++) {
		print_range(" gicr", gic->gicr[i]);
	}
	print_range(" gicc", gic->gicc);
	print_range(" gich", gic->gich);
	print_range(" gicv", gic->gicv);
	for (i = 0; i < gic->nr_its; i++) {
		print_range(" its", gic->its[i]);
	}
	printf("\n");
}

static void print_host(const struct dt_host *host)
{
	unsigned int i;

	printf("model %s\n", host->model);
	print_memory(host);
	print_gic(&host->gic);
	for (i = 0; i < host->nr_cpus; i++) {
		printf("cpu %llx %s %s\n",
		       (unsigned long long)host->cpu[i].mpidr,
		       host->cpu[i].psci ? "psci" : "other",
		       host->cpu[i].compatible);
	}
	for (i = 0; i < DT_NR_TIMERS; i++) {
		printf("timer %u %u\n", i, host->timer[i].intid);
	}
	printf("psci %d %s %x\n", (int)host->psci.version,
	       host->psci.smc ? "smc" : "hvc", host->psci.cpu_on);
	if (host->uart.node >= 0) {
		print_range("uart", host->uart.regs);
		printf(" irq %u %s\n", host->uart.irq.intid,
		       host->uart.compatible);
	}
	for (i = 0; i < host->nr_modules; i++) {
		print_range("module", host->module[i].range);
		printf(" %d %s\n", (int)host->module[i].kind,
		       host->module[i].name);
	}
	printf("xen-bootargs %s\ndom0-bootargs %s\n", host->xen_bootargs,
	       host->dom0_bootargs);
}

static struct region region[MAX_REGIONS];

static int print_regions(const struct dt_host *host)
{
	static struct dt_irqs irqs;
	const struct dt_regions_request request = {
		.host = host,
		.ipa_bits = IPA_BITS,
		.region = region,
		.max_regions = MAX_REGIONS,
		.irqs = &irqs,
	};
	int nr = dt_regions(&request, &report);
	int i;

	for (i = 0; i < nr; i++) {
		const struct region *r = &region[i];

		printf("region %llx %llx %s %s %s %d (%s) %s\n",
		       (unsigned long long)r->ipa.v,
		       (unsigned long long)r->size, p2m_type_name(r->type),
		       s2_memtype_name(r->attr.memtype),
		       s2_perm_name(r->attr.perm), r->priority, r->row,
		       r->name);
	}
	for (i = 0; i < DT_NR_INTIDS; i++) {
		if (dt_irq_routed(&irqs, i)) {
			printf("irq %d %s\n", i,
			       dt_irq_edge(&irqs, i) ? "edge" : "level");
		}
	}
	return nr < 0 ? nr : 0;
}

static int write_dom0(const struct dt_host *host, const char *path)
{
	static uint64_t tree[ROOM / 8];
	static const uint64_t mpidr[] = { 0, 1 };
	const struct dt_dom0 config = {
		.host = host,
		.bank = host->bank,
		.nr_banks = host->nr_banks,
		.mpidr = mpidr,
		.nr_vcpus = 2,
		.gicr = host->gic.gicr[0],
		.timer_irq = { 29, 30, 27 },
		.evtchn_irq = 16,
		.grant = { 0x10000000, 0x40000 },
		.bootargs = "console=hvc0",
		.initrd = { 0x48000000, 0x123456 },
	};
	int size = dt_dom0(&config, tree, sizeof(tree), &report);
	FILE *file = size < 0 ? NULL : fopen(path, "wb");
	int error = size < 0 ? size : 0;

	if (!file || fwrite(tree, size, 1, file) != 1) {
		printf("dom0: error %d\n", size);
		error = -XEN_EIO;
	}
	if (file) {
		fclose(file);
	}
	return error;
}

static int dump(const char *path, const char *dom0)
{
	static uint64_t blob[ROOM / 8];
	static struct dt_host host;
	FILE *file = fopen(path, "rb");
	size_t size;
	int error;

	printf("tree %s\n", path);
	if (!file) {
		return -XEN_ENOENT;
	}
	size = fread(blob, 1, sizeof(blob), file);
	fclose(file);
	error = dt_check(blob, size, &report);
	if (error) {
		return error;
	}
	error = dt_scan(blob, NULL, &host, &report);
	print_host(&host);
	if (error && error != -XEN_ENODEV) {
		return error;
	}
	error = print_regions(&host);
	if (!error && dom0) {
		error = write_dom0(&host, dom0);
	}
	return error;
}

int main(int argc, char **argv)
{
	const char *dom0 = NULL;
	int status = 0;
	int i = 1;

	if (argc > 2 && !strcmp(argv[1], "-o")) {
		dom0 = argv[2];
		i = 3;
	}
	for (; i < argc; i++) {
		if (dump(argv[i], dom0)) {
			fprintf(stderr, "dt-dump: %s is refused\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
