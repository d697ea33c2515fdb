/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any blob as the host's device tree: refused, or read without harm. Walks
 * everything that boot walks: facts, regions, dom0's tree, an overlay.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <core/errno.h>

#include "dt/dom0.h"
#include "dt/host.h"
#include "dt/regions.h"
#include "memmap/memmap.h"

#define MAX_BLOB    (256u << 10)
#define MAX_REGIONS 256
#define SLACK	    4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reports must be lines. */
static void check_line(void *opaque, enum dt_problem problem, const char *text)
{
	(void)opaque;
	if (problem <= DT_OK || problem >= DT_NR_PROBLEMS || !text[0] ||
	    strchr(text, '\n')) {
		abort();
	}
}

static const struct dt_report report = { check_line, NULL };

static void find_regions(const struct dt_host *host)
{
	static struct region region[MAX_REGIONS];
	static struct dt_irqs irqs;
	const struct dt_regions_request request = {
		.host = host,
		.ipa_bits = 40,
		.region = region,
		.max_regions = MAX_REGIONS,
		.irqs = &irqs,
	};
	int nr = dt_regions(&request, &report);
	int i;

	for (i = 0; i < nr; i++) {
		const struct region *r = &region[i];

		/* What memmap and p2m are promised. */
		if (r->size == 0 || (r->ipa.v | r->size) % PAGE_SIZE ||
		    (r->ipa.v + r->size - 1) >> 40 ||
		    !p2m_legal(r->type, r->attr) ||
		    (i > 0 && r->ipa.v < r[-1].ipa.v)) {
			abort();
		}
	}
}

static void make_dom0(const struct dt_host *host, size_t size)
{
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
		.bootargs = host->dom0_bootargs,
	};
	void *buf = malloc(size + SLACK);
	int made = dt_dom0(&config, buf, size + SLACK, &report);

	/* What was made is itself a tree. */
	if (made >= 0 && dt_check(buf, made, &report)) {
		abort();
	}
	free(buf);
}

static void overlay_on_itself(const void *fdt, size_t size)
{
	void *overlay = malloc(size);
	void *buf = malloc(2 * size + SLACK);
	int error;

	memcpy(overlay, fdt, size);
	error = dt_apply_overlay(fdt, overlay, buf, 2 * size + SLACK, &report);
	if (error && error != -XEN_EINVAL && error != -XEN_ENOSPC) {
		abort();
	}
	free(buf);
	free(overlay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dt_host host;
	void *fdt;
	int error;

	if (size > MAX_BLOB) {
		return 0;
	}
	fdt = malloc(size ? size : 1);
	memcpy(fdt, data, size);
	if (!dt_check(fdt, size, &report)) {
		error = dt_scan(fdt, NULL, &host, &report);
		if (!error || error == -XEN_ENODEV) {
			find_regions(&host);
			make_dom0(&host, size);
		}
		overlay_on_itself(fdt, size);
	}
	free(fdt);
	return 0;
}
