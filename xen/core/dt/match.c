/* SPDX-License-Identifier: BSD-2-Clause */
/* The match table (R3.4), and how a node finds its row. */
#include <string.h>

#include <libfdt.h>

#include "dt/match.h"
#include "dt/read.h"

/* clang-format off */
#define NORMAL_WB_RWX { S2_NORMAL_WB, S2_RWX }
#define NORMAL_WB_RW { S2_NORMAL_WB, S2_RW }
#define NORMAL_NC_RW { S2_NORMAL_NC, S2_RW }
#define GRE_RW { S2_DEVICE_GRE, S2_RW }
#define NGNRE_RW { S2_DEVICE_NGNRE, S2_RW }
#define NGNRNE_RW { S2_DEVICE_NGNRNE, S2_RW }

static const struct dt_row table[] = {
	/*
	 * On-chip SRAM: memory, so that everything a CPU does to memory works.
	 * Children are areas that the guest's drivers share out.
	 */
	{
		.name = "mmio-sram, no-memory-wc",
		.compatible = "mmio-sram arm,juno-sram-ns "
			      "amlogic,meson-gxbb-sram",
		.property = "no-memory-wc",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	{
		.name = "mmio-sram",
		.compatible = "mmio-sram arm,juno-sram-ns "
			      "amlogic,meson-gxbb-sram",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NORMAL_WB_RWX, .other = NORMAL_WB_RWX,
	},
	/* Parts are firmware's: a speculative access raises SError. */
	{
		.name = "tegra-sysram",
		.compatible = "nvidia,tegra186-sysram nvidia,tegra194-sysram "
			      "nvidia,tegra234-sysram",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	/* Not there before its controller says so, and erased on tampering. */
	{
		.name = "securam",
		.compatible = "atmel,sama5d2-securam",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	/* Survives in the power controller; its resume code runs below EL2. */
	{
		.name = "pmu-sram",
		.compatible = "rockchip,rk3288-pmu-sram",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	/* Shared with a microcontroller, by words only. */
	{
		.name = "rpm-msg-ram",
		.compatible = "qcom,rpm-msg-ram",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	/* Pixels are written unaligned and combined. */
	{
		.name = "simple-framebuffer",
		.compatible = "simple-framebuffer",
		.how = DT_MEMORY, .children = DT_NO_REG,
		.hwdom = NORMAL_NC_RW, .other = NORMAL_NC_RW,
	},
	/* `reg` holds the bridge's registers or its configuration space. */
	{
		.name = "pci-host",
		.compatible = "pci-host-ecam-generic pci-host-cam-generic",
		.device_type = "pci",
		.how = DT_PCI, .children = DT_NO_REG,
		.hwdom = GRE_RW, .other = NGNRE_RW,
	},
	/* A doorbell frame of the GIC, written by devices: no part of what
	 * the hypervisor emulates. */
	{
		.name = "gic-v2m",
		.compatible = "arm,gic-v2m-frame",
		.how = DT_DEVICE, .children = DT_OWN_ROW,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
	{
		.name = "gic-its",
		.compatible = "arm,gic-v3-its",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	/* Emulated; what else hangs below gets the strictest type. */
	{
		.name = "gic-v3",
		.compatible = "arm,gic-v3",
		.how = DT_REMADE, .children = DT_INHERIT,
		.hwdom = NGNRNE_RW, .other = NGNRNE_RW,
	},
	{
		.name = "gic-v2",
		.compatible = "arm,gic-400 arm,cortex-a15-gic "
			      "arm,cortex-a7-gic arm,cortex-a9-gic arm,pl390 "
			      "qcom,msm-qgic2 qcom,msm-8660-qgic",
		.how = DT_REMADE, .children = DT_INHERIT,
		.hwdom = NGNRNE_RW, .other = NGNRNE_RW,
	},
	{
		.name = "timer",
		.compatible = "arm,armv8-timer arm,armv7-timer",
		.how = DT_REMADE, .children = DT_NO_REG,
	},
	{
		.name = "psci",
		.compatible = "arm,psci arm,psci-0.2 arm,psci-1.0",
		.how = DT_REMADE, .children = DT_NO_REG,
	},
	{
		.name = "memory",
		.device_type = "memory",
		.how = DT_REMADE, .children = DT_NO_REG,
	},
	{
		.name = "cpus",
		.path = "/cpus",
		.how = DT_REMADE, .children = DT_NO_REG,
	},
	{
		.name = "chosen",
		.path = "/chosen",
		.how = DT_UNMAPPED, .children = DT_OWN_ROW,
	},
	{
		.name = "reserved-memory",
		.path = "/reserved-memory",
		.how = DT_RESERVED, .children = DT_NO_REG,
		.hwdom = NORMAL_WB_RWX, .other = NORMAL_WB_RWX,
	},
	/* Per-CPU registers that the hypervisor does not share out. */
	{
		.name = "pmu",
		.compatible = "arm,armv8-pmuv3 arm,cortex-a7-pmu "
			      "arm,cortex-a15-pmu arm,cortex-a34-pmu "
			      "arm,cortex-a35-pmu arm,cortex-a53-pmu "
			      "arm,cortex-a55-pmu arm,cortex-a57-pmu "
			      "arm,cortex-a65-pmu arm,cortex-a72-pmu "
			      "arm,cortex-a73-pmu arm,cortex-a75-pmu "
			      "arm,cortex-a76-pmu arm,cortex-a77-pmu "
			      "arm,cortex-a78-pmu arm,cortex-a510-pmu "
			      "arm,cortex-a710-pmu arm,cortex-x1-pmu "
			      "arm,cortex-x2-pmu arm,neoverse-e1-pmu "
			      "arm,neoverse-n1-pmu arm,neoverse-n2-pmu "
			      "arm,neoverse-v1-pmu brcm,vulcan-pmu "
			      "cavium,thunder-pmu nvidia,denver-pmu "
			      "nvidia,carmel-pmu qcom,kryo-pmu",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	{
		.name = "cpu-edac",
		.compatible = "arm,cortex-a53-edac arm,cortex-a57-edac",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	/* Meant for the hypervisor alone. */
	{
		.name = "boot-module",
		.compatible = "multiboot,module xen,multiboot-module "
			      "xen,domain",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	{
		.name = "hypervisor",
		.compatible = "xen,xen",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	/* From here on: found by name only. */
	{
		.name = "reserved-memory, no-map",
		.how = DT_RESERVED, .children = DT_NO_REG,
		.hwdom = NORMAL_WB_RW, .other = NORMAL_WB_RW,
	},
	{
		.name = "pci-window",
		.how = DT_PCI, .children = DT_NO_REG,
		.hwdom = NORMAL_NC_RW, .other = NGNRE_RW,
	},
	{
		.name = "pci-prefetch",
		.how = DT_PCI, .children = DT_NO_REG,
		.hwdom = NORMAL_NC_RW, .other = NORMAL_NC_RW,
	},
	{
		.name = "pci-io",
		.how = DT_PCI, .children = DT_NO_REG,
		.hwdom = GRE_RW, .other = NGNRE_RW,
	},
	{
		.name = "gicv",
		.how = DT_DEVICE, .children = DT_OWN_ROW,
		.hwdom = NGNRNE_RW, .other = NGNRNE_RW,
	},
	{
		.name = "xen-console",
		.how = DT_HIDDEN, .children = DT_NO_REG,
	},
	/* A machine page that no node describes. */
	{
		.name = "unknown",
		.how = DT_DEVICE, .children = DT_OWN_ROW,
		.hwdom = NGNRE_RW, .other = NGNRE_RW,
	},
};
/* clang-format on */

const struct dt_row dt_row_default = {
	.name = "device",
	.how = DT_DEVICE,
	.children = DT_OWN_ROW,
	.hwdom = GRE_RW,
	.other = NGNRE_RW,
};

/* Whether @word is one of the blank-separated words of @list. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list && *list) {
		const char *end = strchr(list, ' ');
		size_t have = end ? (size_t)(end - list) : strlen(list);

		if (have == len && !memcmp(list, word, len)) {
			return true;
		}
		list = end ? end + 1 : NULL;
	}
	return false;
}

static bool has_property(const struct dt_row *row, const void *fdt, int node)
{
	return !row->property || dt_has(fdt, node, row->property);
}

static const struct dt_row *by_compatible(const void *fdt, int node)
{
	const char *word;
	unsigned int row;
	int i;

	for (i = 0;
	     (word = fdt_stringlist_get(fdt, node, "compatible", i, NULL));
	     i++) {
		for (row = 0; row < ARRAY_SIZE(table); row++) {
			if (has_word(table[row].compatible, word) &&
			    has_property(&table[row], fdt, node)) {
				return &table[row];
			}
		}
	}
	return NULL;
}

static bool is_at(const void *fdt, int node, const char *path)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return path && name && !strcmp(strrchr(path, '/') + 1, name) &&
	       fdt_path_offset(fdt, path) == node;
}

const struct dt_row *dt_match(const void *fdt, int node)
{
	const struct dt_row *row = by_compatible(fdt, node);
	const char *type = dt_string(fdt, node, "device_type");
	unsigned int i;

	for (i = 0; !row && i < ARRAY_SIZE(table); i++) {
		const struct dt_row *r = &table[i];

		if (type && r->device_type && !strcmp(type, r->device_type) &&
		    has_property(r, fdt, node)) {
			row = r;
		}
	}
	for (i = 0; !row && i < ARRAY_SIZE(table); i++) {
		if (is_at(fdt, node, table[i].path)) {
			row = &table[i];
		}
	}
	return row;
}

const struct dt_row *dt_row_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!strcmp(table[i].name, name)) {
			return &table[i];
		}
	}
	return NULL;
}

const struct dt_row *dt_row_at(unsigned int i)
{
	return i < ARRAY_SIZE(table) ? &table[i] : NULL;
}
