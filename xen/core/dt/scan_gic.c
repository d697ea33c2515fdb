/* SPDX-License-Identifier: BSD-2-Clause */
/* Host facts: the interrupt controller. */
#include <libfdt.h>

#include "dt/scan.h"

static enum dt_gic_version version_of(const void *fdt, int node)
{
	static const char *const v2[] = {
		"arm,gic-400",	     "arm,cortex-a15-gic",
		"arm,cortex-a7-gic", "arm,cortex-a9-gic",
		"arm,eb11mp-gic",    "arm,pl390",
		"arm,tc11mp-gic",    "qcom,msm-8660-qgic",
		"qcom,msm-qgic2",    "arm,arm1176jzf-devchip-gic",
		"arm,arm11mp-gic",   "nvidia,tegra210-agic",
	};
	unsigned int i;

	if (dt_is(fdt, node, "arm,gic-v3")) {
		return DT_GIC_V3;
	}
	for (i = 0; i < ARRAY_SIZE(v2); i++) {
		if (dt_is(fdt, node, v2[i])) {
			return DT_GIC_V2;
		}
	}
	return DT_GIC_NONE;
}

static bool read_reg(struct dt_cursor *c, unsigned int index, const char *what,
		     struct dt_range *out)
{
	enum dt_problem problem = dt_reg(c, index, out);

	if (problem == DT_OK) {
		return true;
	}
	*out = (struct dt_range){ 0, 0 };
	if (problem != DT_MISSING) {
		dt_tell(c, problem, "%s: %s", what, dt_problem_text(problem));
	}
	return false;
}

static uint64_t stride_of(const void *fdt, int node)
{
	int len;
	const fdt32_t *cell =
		fdt_getprop(fdt, node, "redistributor-stride", &len);

	if (cell && len == 4) {
		return fdt32_ld(cell);
	}
	return cell && len == 8
		       ? (uint64_t)fdt32_ld(cell) << 32 | fdt32_ld(cell + 1)
		       : 0;
}

static bool scan_v3(struct dt_cursor *c, struct dt_gic *gic)
{
	uint32_t regions =
		dt_u32(c->fdt, dt_node(c), "#redistributor-regions", 1);
	unsigned int i;

	if (regions < 1 || regions > DT_MAX_GICR) {
		dt_tell(c, DT_OVERFLOW, "%u redistributor regions, not 1 to %d",
			regions, DT_MAX_GICR);
		return false;
	}
	for (i = 0; i < regions; i++) {
		if (!read_reg(c, 1 + i, "redistributor region",
			      &gic->gicr[i])) {
			return false;
		}
	}
	gic->nr_gicr = regions;
	gic->gicr_stride = stride_of(c->fdt, dt_node(c));
	read_reg(c, 1 + regions, "GICC", &gic->gicc);
	read_reg(c, 2 + regions, "GICH", &gic->gich);
	read_reg(c, 3 + regions, "GICV", &gic->gicv);
	return true;
}

static bool scan_v2(struct dt_cursor *c, struct dt_gic *gic)
{
	if (!read_reg(c, 1, "GICC", &gic->gicc)) {
		return false;
	}
	read_reg(c, 2, "GICH", &gic->gich);
	read_reg(c, 3, "GICV", &gic->gicv);
	return true;
}

static void maintenance_irq(void *arg, unsigned int index,
			    const struct dt_irq *irq)
{
	struct dt_gic *gic = arg;

	if (index == 0) {
		gic->maintenance = *irq;
	}
}

/* A secondary controller hangs on another one by an interrupt. */
static bool is_root_gic(struct dt_cursor *c)
{
	uint32_t parent = dt_u32(c->fdt, dt_node(c), "interrupt-parent", 0);

	return parent == 0 || parent == fdt_get_phandle(c->fdt, dt_node(c));
}

static void scan_controller(struct dt_cursor *c, struct dt_host *host)
{
	struct dt_gic gic = {
		.version = version_of(c->fdt, dt_node(c)),
		.node = dt_node(c),
		.phandle = fdt_get_phandle(c->fdt, dt_node(c)),
	};

	if (gic.version == DT_GIC_NONE || !dt_available(c->fdt, gic.node)) {
		return;
	}
	if (host->gic.version != DT_GIC_NONE || !is_root_gic(c)) {
		dt_tell(c, DT_NOTE, "a second GIC, left alone");
		return;
	}
	if (!read_reg(c, 0, "distributor", &gic.gicd) ||
	    !(gic.version == DT_GIC_V3 ? scan_v3(c, &gic) : scan_v2(c, &gic))) {
		dt_tell(c, DT_BAD_VALUE, "the GIC's addresses are not usable");
		return;
	}
	host->gic = gic;
	dt_each_irq(c, &host->gic, maintenance_irq, &host->gic);
}

static void scan_its(struct dt_cursor *c, struct dt_gic *gic)
{
	struct dt_range its;

	if (!dt_is(c->fdt, dt_node(c), "arm,gic-v3-its") ||
	    !read_reg(c, 0, "ITS", &its)) {
		return;
	}
	if (gic->nr_its == DT_MAX_ITS) {
		dt_tell(c, DT_OVERFLOW, "more than %d ITS", DT_MAX_ITS);
		return;
	}
	gic->its[gic->nr_its++] = its;
}

void dt_scan_gic(struct dt_cursor *c, struct dt_host *host)
{
	while (dt_next(c)) {
		scan_controller(c, host);
		scan_its(c, &host->gic);
	}
}
