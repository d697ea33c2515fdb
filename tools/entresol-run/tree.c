/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's device tree, with libfdt: what Xen's tools tell a guest about
 * the places and interrupts of <xen/arch-arm.h>, and its SRAM.
 *
 * Errors of libfdt add up in @rc: the first one stays.
 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <xen/domctl.h>
#include <xen/xen.h>

#include "report.h"
#include "sram.h"
#include "tree.h"

#define PHANDLE_GIC 0xfde8u /* as Xen's tools have it */
#define PPI	    1
#define LEVEL_LOW   0xf08u

struct making {
	void *fdt;
	int rc;
};

/* ------------------------------------------------------- nodes, properties */

static void note(struct making *m, int rc)
{
	if (!m->rc && rc < 0) {
		m->rc = rc;
	}
}

/* A node below @parent, or the one that is there. */
static int node(struct making *m, int parent, const char *name)
{
	int at = fdt_subnode_offset(m->fdt, parent, name);

	if (at < 0) {
		at = fdt_add_subnode(m->fdt, parent, name);
	}
	note(m, at);
	return at;
}

static int node_at(struct making *m, const char *name, uint64_t address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name,
		 (unsigned long long)address);
	return node(m, 0, full);
}

static void text(struct making *m, int at, const char *name, const char *value)
{
	note(m, fdt_setprop_string(m->fdt, at, name, value));
}

/* A list of strings, which end in 0 each. */
static void texts(struct making *m, int at, const char *name, const char *value,
		  size_t size)
{
	note(m, fdt_setprop(m->fdt, at, name, value, size));
}

#define TEXTS(m, at, name, value) texts(m, at, name, value, sizeof(value))

static void cell(struct making *m, int at, const char *name, uint32_t value)
{
	note(m, fdt_setprop_u32(m->fdt, at, name, value));
}

static void flag(struct making *m, int at, const char *name)
{
	note(m, fdt_setprop_empty(m->fdt, at, name));
}

/* One more range of a reg. */
static void range(struct making *m, int at, uint64_t base, uint64_t size)
{
	note(m, fdt_appendprop_u64(m->fdt, at, "reg", base));
	note(m, fdt_appendprop_u64(m->fdt, at, "reg", size));
}

static void interrupt(struct making *m, int at, uint32_t ppi)
{
	note(m, fdt_appendprop_u32(m->fdt, at, "interrupts", PPI));
	note(m, fdt_appendprop_u32(m->fdt, at, "interrupts", ppi - 16));
	note(m, fdt_appendprop_u32(m->fdt, at, "interrupts", LEVEL_LOW));
}

/* ------------------------------------------------------------- a new tree */

static void root(struct making *m)
{
	text(m, 0, "model", "Entresol guest");
	TEXTS(m, 0, "compatible", "xen,xenvm-4.17\0xen,xenvm");
	cell(m, 0, "#address-cells", 2);
	cell(m, 0, "#size-cells", 2);
	cell(m, 0, "interrupt-parent", PHANDLE_GIC);
}

/* 16 vCPUs have the same affinity above level 0. */
static void cpus(struct making *m, unsigned int nr)
{
	int all = node(m, 0, "cpus");

	cell(m, all, "#address-cells", 1);
	cell(m, all, "#size-cells", 0);
	for (unsigned int i = nr; i-- > 0;) {
		uint32_t mpidr = (i & 15) | (i >> 4) << 8;
		char name[16];
		int at;

		snprintf(name, sizeof(name), "cpu@%x", mpidr);
		at = node(m, all, name);
		text(m, at, "device_type", "cpu");
		text(m, at, "compatible", "arm,armv8");
		text(m, at, "enable-method", "psci");
		cell(m, at, "reg", mpidr);
	}
}

static void psci(struct making *m)
{
	int at = node(m, 0, "psci");

	TEXTS(m, at, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
	text(m, at, "method", "hvc");
	cell(m, at, "cpu_off", PSCI_cpu_off);
	cell(m, at, "cpu_on", PSCI_cpu_on);
}

static void gic(struct making *m, uint8_t version)
{
	int at = node_at(m, "interrupt-controller", GUEST_GICV3_GICD_BASE);

	if (version == XEN_DOMCTL_CONFIG_GIC_V2) {
		text(m, at, "compatible", "arm,gic-400");
		range(m, at, GUEST_GICD_BASE, GUEST_GICD_SIZE);
		range(m, at, GUEST_GICC_BASE, GUEST_GICC_SIZE);
	} else {
		text(m, at, "compatible", "arm,gic-v3");
		range(m, at, GUEST_GICV3_GICD_BASE, GUEST_GICV3_GICD_SIZE);
		range(m, at, GUEST_GICV3_GICR0_BASE, GUEST_GICV3_GICR0_SIZE);
	}
	cell(m, at, "#interrupt-cells", 3);
	cell(m, at, "#address-cells", 0);
	flag(m, at, "interrupt-controller");
	cell(m, at, "phandle", PHANDLE_GIC);
}

static void timer(struct making *m, uint32_t frequency)
{
	int at = node(m, 0, "timer");

	text(m, at, "compatible", "arm,armv8-timer");
	interrupt(m, at, GUEST_TIMER_PHYS_S_PPI);
	interrupt(m, at, GUEST_TIMER_PHYS_NS_PPI);
	interrupt(m, at, GUEST_TIMER_VIRT_PPI);
	if (frequency) {
		cell(m, at, "clock-frequency", frequency);
	}
}

static void hypervisor(struct making *m)
{
	int at = node(m, 0, "hypervisor");

	TEXTS(m, at, "compatible", "xen,xen-4.17\0xen,xen");
	range(m, at, GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE);
	interrupt(m, at, GUEST_EVTCHN_PPI);
}

/* The driver takes it as it is mapped: cached needs no word, the rest does. */
static void sram(struct making *m, const struct iomem *io)
{
	char name[32];
	int at;

	if (!sram_is(io->mfn)) {
		return;
	}
	snprintf(name, sizeof(name), "sram@%llx",
		 (unsigned long long)(io->gfn * PAGE));
	at = node(m, 0, name);
	text(m, at, "compatible", "mmio-sram");
	range(m, at, io->gfn * PAGE, io->nr * PAGE);
	cell(m, at, "#address-cells", 1);
	cell(m, at, "#size-cells", 1);
	note(m, fdt_setprop_u32(m->fdt, at, "ranges", 0));
	note(m, fdt_appendprop_u64(m->fdt, at, "ranges", io->gfn * PAGE));
	note(m, fdt_appendprop_u32(m->fdt, at, "ranges", io->nr * PAGE));
}

static void new_tree(struct making *m, const struct guest *g,
		     const struct options *o)
{
	root(m);
	for (unsigned int i = 0; i < o->nr_iomem; i++) {
		sram(m, &o->iomem[i]);
	}
	hypervisor(m);
	timer(m, g->clock_frequency);
	gic(m, g->gic_version);
	psci(m);
	cpus(m, o->nr_vcpus);
}

/* -------------------------------------------------------- in every tree */

static void memory(struct making *m, const struct guest *g)
{
	int at = node_at(m, "memory", g->bank[0].base);

	text(m, at, "device_type", "memory");
	note(m, fdt_setprop(m->fdt, at, "reg", NULL, 0));
	for (int i = 0; i < 2 && g->bank[i].size; i++) {
		range(m, at, g->bank[i].base, g->bank[i].size);
	}
}

static void chosen(struct making *m, const struct options *o,
		   const struct layout *where)
{
	int at = node(m, 0, "chosen");

	text(m, at, "bootargs", o->append);
	if (where->ramdisk_size) {
		note(m, fdt_setprop_u64(m->fdt, at, "linux,initrd-start",
					where->ramdisk));
		note(m, fdt_setprop_u64(m->fdt, at, "linux,initrd-end",
					where->ramdisk + where->ramdisk_size));
	}
}

int tree_make(const struct guest *g, const struct options *o,
	      const struct file *given, const struct layout *at, void *tree,
	      size_t size)
{
	struct making m = { .fdt = tree };

	if (given) {
		note(&m, fdt_check_full(given->data, given->size));
		note(&m, m.rc ? 0 : fdt_open_into(given->data, tree, size));
	} else {
		note(&m, fdt_create_empty_tree(tree, size));
	}
	if (!m.rc && !given) {
		new_tree(&m, g, o);
	}
	if (!m.rc) {
		memory(&m, g);
		chosen(&m, o, at);
	}
	if (m.rc) {
		report("%s: %s", given ? given->path : "device tree",
		       fdt_strerror(m.rc));
		return -1;
	}
	return 0;
}
