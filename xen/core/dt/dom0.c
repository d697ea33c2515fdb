/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware domain's tree. First what goes is overwritten with NOPs: that moves nothing, so offsets are still those of the host's tree.
 * Then the kept nodes are edited from the back to the front, and new ones
 * are added below the root.
 */
#include <string.h>

#include <libfdt.h>

#include <core/errno.h>

#include "dt/dom0.h"
#include "dt/edit.h"
#include "dt/match.h"
#include "dt/place.h"
#include "dt/read.h"

/* What the PPIs of a guest look like: level, active low, all CPUs. */
#define PPI_FLAGS 0xf08

static bool is_edited(const struct dt_host *host, int node)
{
	return node == host->gic.node || node == host->timer_node;
}

/* Whether cell @cell of a property is the phandle of an ITS. */
static bool names_its(const void *fdt, int node, const char *name, int cell)
{
	int len;
	const fdt32_t *value = fdt_getprop(fdt, node, name, &len);
	uint32_t phandle = 0;

	if (value && len >= (cell + 1) * (int)sizeof(*value)) {
		phandle = fdt32_ld(value + cell);
	}
	return phandle && dt_is(fdt, fdt_node_offset_by_phandle(fdt, phandle),
				"arm,gic-v3-its");
}

/*
 * dom0 has no ITS. Without these properties Linux knows that a device has no
 * message interrupts and takes legacy ones; with them it trips over it.
 */
static void remove_messages(struct dt_edit *e, const struct dt_cursor *c)
{
	static const struct {
		const char *name;
		int cell; /* where the phandle is */
	} property[] = { { "msi-map", 1 }, { "msi-parent", 0 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(property); i++) {
		if (names_its(c->fdt, dt_node(c), property[i].name,
			      property[i].cell)) {
			dt_edit_check(e, fdt_nop_property(e->fdt, dt_node(c),
							  property[i].name));
		}
	}
}

static void remove_nodes(struct dt_edit *e, const struct dt_host *host)
{
	struct dt_place place[DT_MAX_DEPTH];
	struct dt_cursor c;
	int gone = DT_MAX_DEPTH; /* nodes below this depth went already */

	dt_begin(&c, host->fdt, e->report);
	do {
		const struct dt_place *above = c.depth ? &place[c.depth - 1]
						       : NULL;
		struct dt_place *p = &place[c.depth];

		if (c.depth > gone) {
			continue;
		}
		gone = DT_MAX_DEPTH;
		*p = dt_place(&c, host, above);
		if ((p->row->how == DT_HIDDEN || p->row->how == DT_REMADE) &&
		    !p->inherited && !is_edited(host, dt_node(&c))) {
			gone = c.depth;
			dt_edit_check(e, fdt_nop_node(e->fdt, dt_node(&c)));
		} else {
			remove_messages(e, &c);
		}
	} while (dt_next(&c));
}

/* Specifiers of PPIs, as long as the GIC wants them. */
static void set_ppis(struct dt_edit *e, int node, uint32_t cells,
		     const unsigned int *intid, unsigned int nr)
{
	unsigned int i;
	unsigned int j;

	dt_edit_empty(e, node, "interrupts");
	for (i = 0; i < nr; i++) {
		dt_edit_append(e, node, "interrupts", 1, 1);
		dt_edit_append(e, node, "interrupts", intid[i] - 16, 1);
		dt_edit_append(e, node, "interrupts", PPI_FLAGS, 1);
		for (j = 3; j < cells; j++) {
			dt_edit_append(e, node, "interrupts", 0, 1);
		}
	}
}

static uint32_t irq_cells(const struct dt_host *host)
{
	uint32_t cells =
		dt_u32(host->fdt, host->gic.node, "#interrupt-cells", 3);

	return cells <= DT_MAX_CELLS ? cells : 3;
}

static void edit_timer(struct dt_edit *e, const struct dt_dom0 *config)
{
	int timer = config->host->timer_node;

	if (timer < 0) {
		return;
	}
	dt_edit_remove(e, timer, "interrupts-extended");
	dt_edit_remove(e, timer, "interrupt-names");
	set_ppis(e, timer, irq_cells(config->host), config->timer_irq, 3);
	if (config->host->gic.phandle) {
		dt_edit_u32(e, timer, "interrupt-parent",
			    config->host->gic.phandle);
	}
}

/*
 * `reg` of the GIC, in the space of its parent: what the host's tree says,
 * with the redistributors moved and sized as asked for.
 */
static void edit_gic_reg(struct dt_edit *e, const struct dt_dom0 *config)
{
	const struct dt_gic *gic = &config->host->gic;
	struct dt_range second = gic->version == DT_GIC_V3 ? config->gicr
							   : gic->gicc;
	uint64_t seen = gic->version == DT_GIC_V3 ? gic->gicr[0].base
						  : gic->gicc.base;
	struct dt_cursor c;
	struct dt_range local[2] = { { 0, 0 }, { 0, 0 } };
	struct dt_cells cells;

	dt_begin(&c, config->host->fdt, e->report);
	if (!dt_goto(&c, gic->node) || c.depth == 0 ||
	    dt_reg_local(&c, 0, &local[0]) != DT_OK ||
	    dt_reg_local(&c, 1, &local[1]) != DT_OK) {
		dt_edit_check(e, -FDT_ERR_BADVALUE);
		return;
	}
	cells = dt_cells(c.fdt, c.level[c.depth - 1].node);
	local[1].base += second.base - seen;
	local[1].size = second.size;
	dt_edit_empty(e, gic->node, "reg");
	dt_edit_append_range(e, gic->node, "reg", cells, local[0]);
	dt_edit_append_range(e, gic->node, "reg", cells, local[1]);
}

static void edit_gic(struct dt_edit *e, const struct dt_dom0 *config)
{
	static const char *const gone[] = {
		"interrupts", "interrupts-extended", "redistributor-stride",
		"mbi-ranges", "mbi-alias",	     "msi-controller",
	};
	const struct dt_gic *gic = &config->host->gic;
	unsigned int i;

	if (gic->version == DT_GIC_NONE) {
		return;
	}
	for (i = 0; i < ARRAY_SIZE(gone); i++) {
		dt_edit_remove(e, gic->node, gone[i]);
	}
	if (gic->version == DT_GIC_V3) {
		dt_edit_u32(e, gic->node, "#redistributor-regions", 1);
	}
	edit_gic_reg(e, config);
}

static void add_memory(struct dt_edit *e, const struct dt_range *range,
		       unsigned int nr)
{
	unsigned int i;

	/* Each new node comes first below the root: last one first. */
	for (i = nr; i > 0; i--) {
		struct dt_range r = range[i - 1];
		int node = dt_edit_node_at(e, 0, "memory", r.base);

		dt_edit_string(e, node, "device_type", "memory");
		dt_edit_empty(e, node, "reg");
		dt_edit_append_range(e, node, "reg", dt_cells(e->fdt, 0), r);
	}
}

static void add_cpus(struct dt_edit *e, const struct dt_dom0 *config)
{
	const struct dt_host *host = config->host;
	int cpus = dt_edit_node(e, 0, "cpus");
	uint32_t cells = 1;
	unsigned int i;

	for (i = 0; i < config->nr_vcpus; i++) {
		cells = config->mpidr[i] >> 32 ? 2 : cells;
	}
	dt_edit_u32(e, cpus, "#address-cells", cells);
	dt_edit_u32(e, cpus, "#size-cells", 0);
	for (i = config->nr_vcpus; i > 0; i--) {
		uint64_t mpidr = config->mpidr[i - 1];
		unsigned int like = i - 1 < host->nr_cpus ? i - 1 : 0;
		int cpu = dt_edit_node_at(e, cpus, "cpu", mpidr);

		dt_edit_string(e, cpu, "device_type", "cpu");
		dt_edit_string(e, cpu, "compatible",
			       host->nr_cpus ? host->cpu[like].compatible
					     : "arm,armv8");
		dt_edit_string(e, cpu, "enable-method", "psci");
		dt_edit_empty(e, cpu, "reg");
		dt_edit_append(e, cpu, "reg", mpidr, cells);
	}
}

static void add_psci(struct dt_edit *e)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";
	int psci = dt_edit_node(e, 0, "psci");

	dt_edit_bytes(e, psci, "compatible", compatible, sizeof(compatible));
	dt_edit_string(e, psci, "method", "hvc");
}

static void add_hypervisor(struct dt_edit *e, const struct dt_dom0 *config)
{
	static const char compatible[] = "xen,xen-4.17\0xen,xen";
	int node = dt_edit_node(e, 0, "hypervisor");
	struct dt_cells cells = dt_cells(e->fdt, 0);
	unsigned int i;

	dt_edit_bytes(e, node, "compatible", compatible, sizeof(compatible));
	dt_edit_empty(e, node, "reg");
	dt_edit_append_range(e, node, "reg", cells, config->grant);
	for (i = 0; i < config->nr_extended; i++) {
		dt_edit_append_range(e, node, "reg", cells,
				     config->extended[i]);
	}
	set_ppis(e, node, irq_cells(config->host), &config->evtchn_irq, 1);
	if (config->host->gic.phandle) {
		dt_edit_u32(e, node, "interrupt-parent",
			    config->host->gic.phandle);
	}
}

/* Properties of /chosen that are about the host's own boot. */
static bool is_host_only(const char *name)
{
	return !strncmp(name, "xen,", 4) || !strncmp(name, "linux,uefi-", 11) ||
	       !strncmp(name, "linux,initrd-", 13) ||
	       !strcmp(name, "linux,usable-memory-range") ||
	       !strcmp(name, "stdout-path") ||
	       !strcmp(name, "linux,stdout-path");
}

static void strip_chosen(struct dt_edit *e, int chosen)
{
	int property = fdt_first_property_offset(e->fdt, chosen);

	while (property >= 0 && !e->error) {
		const char *name = NULL;

		fdt_getprop_by_offset(e->fdt, property, &name, NULL);
		if (name && is_host_only(name)) {
			dt_edit_remove(e, chosen, name);
			property = fdt_first_property_offset(e->fdt, chosen);
		} else {
			property = fdt_next_property_offset(e->fdt, property);
		}
	}
}

static void edit_chosen(struct dt_edit *e, const struct dt_dom0 *config)
{
	int chosen = fdt_path_offset(e->fdt, "/chosen");

	if (chosen < 0) {
		chosen = dt_edit_node(e, 0, "chosen");
	}
	strip_chosen(e, chosen);
	dt_edit_string(e, chosen, "bootargs",
		       config->bootargs ? config->bootargs : "");
	if (config->initrd.size) {
		uint64_t end = config->initrd.base + config->initrd.size;

		dt_edit_empty(e, chosen, "linux,initrd-start");
		dt_edit_append(e, chosen, "linux,initrd-start",
			       config->initrd.base, 2);
		dt_edit_empty(e, chosen, "linux,initrd-end");
		dt_edit_append(e, chosen, "linux,initrd-end", end, 2);
	}
}

/* From the back to the front: an edit moves what is behind it. */
static void edit_kept(struct dt_edit *e, const struct dt_dom0 *config)
{
	const struct dt_host *host = config->host;

	if (host->timer_node > host->gic.node) {
		edit_timer(e, config);
		edit_gic(e, config);
	} else {
		edit_gic(e, config);
		edit_timer(e, config);
	}
}

int dt_dom0(const struct dt_dom0 *config, void *buf, size_t len,
	    const struct dt_report *report)
{
	const void *fdt = config->host->fdt;
	struct dt_edit e = { .fdt = buf, .report = report };

	if (len > INT32_MAX) {
		len = INT32_MAX;
	}
	dt_edit_check(&e, fdt_open_into(fdt, buf, (int)len));
	if (!e.error) {
		remove_nodes(&e, config->host);
		edit_kept(&e, config);
		edit_chosen(&e, config);
		add_hypervisor(&e, config);
		add_psci(&e);
		add_cpus(&e, config);
		add_memory(&e, config->reserved, config->nr_reserved);
		add_memory(&e, config->bank, config->nr_banks);
	}
	if (!e.error) {
		dt_edit_check(&e, fdt_pack(buf));
	}
	if (e.error == -FDT_ERR_NOSPACE) {
		return -XEN_ENOSPC;
	}
	if (e.error) {
		dt_tell_tree(report, DT_BAD_VALUE, "dom0's device tree: %s",
			     fdt_strerror(e.error));
		return -XEN_EINVAL;
	}
	return (int)fdt_totalsize(buf);
}
