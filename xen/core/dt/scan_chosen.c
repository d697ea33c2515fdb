/* SPDX-License-Identifier: BSD-2-Clause */
/* Host facts: console, boot modules, command lines. */
#include <string.h>

#include <libfdt.h>

#include <core/bits.h>
#include <core/errno.h>

#include "dt/scan.h"

static const char *stdout_path(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *path = NULL;

	if (chosen >= 0) {
		path = dt_string(fdt, chosen, "stdout-path");
	}
	if (chosen >= 0 && !path) {
		path = dt_string(fdt, chosen, "linux,stdout-path");
	}
	return path;
}

static void uart_irq(void *arg, unsigned int index, const struct dt_irq *irq)
{
	struct dt_uart *uart = arg;

	if (index == 0) {
		uart->irq = *irq;
	}
}

void dt_scan_console(struct dt_cursor *c, struct dt_host *host,
		     const char *console)
{
	const char *path = console ? console : stdout_path(c->fdt);
	struct dt_uart uart = { .node = path ? dt_find(c->fdt, path) : -1 };
	enum dt_problem problem;

	host->uart.node = -1;
	if (!path) {
		dt_tell_tree(c->report, DT_NOTE, "no console in /chosen");
		return;
	}
	if (uart.node < 0 || !dt_goto(c, uart.node)) {
		dt_tell_tree(c->report, DT_BAD_VALUE, "console %.64s: no node",
			     path);
		return;
	}
	problem = dt_reg(c, 0, &uart.regs);
	if (problem != DT_OK) {
		dt_tell(c, problem, "console: %s", dt_problem_text(problem));
		return;
	}
	uart.compatible = dt_string(c->fdt, uart.node, "compatible");
	if (!uart.compatible) {
		dt_tell(c, DT_MISSING, "console without compatible");
		return;
	}
	fdt_getprop(c->fdt, uart.node, "compatible", &uart.compatible_len);
	uart.clock = dt_u32(c->fdt, uart.node, "clock-frequency", 0);
	uart.baud = dt_u32(c->fdt, uart.node, "current-speed", 0);
	uart.reg_shift = dt_u32(c->fdt, uart.node, "reg-shift", 0) & 7;
	uart.reg_width = dt_u32(c->fdt, uart.node, "reg-io-width", 1) & 7;
	dt_each_irq(c, &host->gic, uart_irq, &uart);
	host->uart = uart;
}

bool dt_uart_is(const struct dt_uart *uart, const char *compatible)
{
	return uart->node >= 0 &&
	       fdt_stringlist_contains(uart->compatible, uart->compatible_len,
				       compatible);
}

static const struct {
	const char *compatible;
	enum dt_module_kind kind;
} module_kinds[] = {
	{ "multiboot,kernel", DT_MODULE_KERNEL },
	{ "xen,linux-zimage", DT_MODULE_KERNEL },
	{ "multiboot,ramdisk", DT_MODULE_RAMDISK },
	{ "xen,linux-initrd", DT_MODULE_RAMDISK },
	{ "multiboot,device-tree", DT_MODULE_DEVICE_TREE },
};

static enum dt_module_kind kind_of(const void *fdt, int node)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(module_kinds); i++) {
		if (dt_is(fdt, node, module_kinds[i].compatible)) {
			return module_kinds[i].kind;
		}
	}
	return DT_MODULE_OTHER;
}

static bool is_module(const void *fdt, int node)
{
	return dt_is(fdt, node, "multiboot,module") ||
	       dt_is(fdt, node, "xen,multiboot-module");
}

static int add_module(struct dt_cursor *c, struct dt_host *host,
		      const struct dt_module *module)
{
	if (host->nr_modules == DT_MAX_MODULES) {
		dt_tell(c, DT_OVERFLOW, "more than %d boot modules",
			DT_MAX_MODULES);
		return -XEN_ENOSPC;
	}
	host->module[host->nr_modules++] = *module;
	return 0;
}

/* Modules that do not say what they are. */
static enum dt_module_kind guess(unsigned int how_many_before)
{
	static const enum dt_module_kind order[] = { DT_MODULE_KERNEL,
						     DT_MODULE_RAMDISK };

	return how_many_before < ARRAY_SIZE(order) ? order[how_many_before]
						   : DT_MODULE_OTHER;
}

static int scan_module(struct dt_cursor *c, struct dt_host *host,
		       unsigned int *unnamed)
{
	struct dt_module module = {
		.kind = kind_of(c->fdt, dt_node(c)),
		.name = dt_name(c),
		.bootargs = dt_string(c->fdt, dt_node(c), "bootargs"),
	};
	enum dt_problem problem = dt_reg_local(c, 0, &module.range);

	if (problem != DT_OK) {
		dt_tell(c, problem, "boot module: %s",
			dt_problem_text(problem));
		return 0;
	}
	if (module.kind == DT_MODULE_OTHER) {
		module.kind = guess((*unnamed)++);
	}
	return add_module(c, host, &module);
}

/* The binding lets /chosen inherit the cells of the root. */
static void inherit_cells(struct dt_cursor *c)
{
	struct dt_level *chosen = &c->level[c->depth];
	uint32_t address = dt_u32(c->fdt, 0, "#address-cells", 2);
	uint32_t size = dt_u32(c->fdt, 0, "#size-cells", 1);

	chosen->address_cells =
		dt_u32(c->fdt, chosen->node, "#address-cells", address);
	chosen->size_cells = dt_u32(c->fdt, chosen->node, "#size-cells", size);
	chosen->cells_known = true;
}

/* A number of one or two cells. */
static bool read_number(const void *fdt, int node, const char *name,
			uint64_t *out)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	if (!cell || (len != 4 && len != 8)) {
		return false;
	}
	*out = fdt32_ld(cell);
	if (len == 8) {
		*out = *out << 32 | fdt32_ld(cell + 1);
	}
	return true;
}

static int scan_initrd(struct dt_cursor *c, struct dt_host *host, int chosen)
{
	struct dt_module module = {
		.kind = DT_MODULE_RAMDISK,
		.name = "linux,initrd-start",
	};
	uint64_t start;
	uint64_t end;

	if (dt_find_module(host, DT_MODULE_RAMDISK) ||
	    !read_number(c->fdt, chosen, "linux,initrd-start", &start) ||
	    !read_number(c->fdt, chosen, "linux,initrd-end", &end)) {
		return 0;
	}
	if (end <= start) {
		dt_tell(c, DT_BAD_VALUE,
			"linux,initrd-end is not behind the "
			"start");
		return 0;
	}
	module.range = (struct dt_range){ start, end - start };
	return add_module(c, host, &module);
}

static void choose_bootargs(struct dt_host *host, int chosen)
{
	const struct dt_module *kernel = dt_find_module(host, DT_MODULE_KERNEL);
	const char *common = dt_string(host->fdt, chosen, "bootargs");
	const char *xen = dt_string(host->fdt, chosen, "xen,xen-bootargs");
	const char *dom0 = dt_string(host->fdt, chosen, "xen,dom0-bootargs");

	if (kernel && kernel->bootargs) {
		dom0 = kernel->bootargs;
	}
	if (!xen && dom0) {
		xen = common;
	} else if (!dom0) {
		dom0 = common;
	}
	host->xen_bootargs = xen ? xen : "";
	host->dom0_bootargs = dom0 ? dom0 : "";
}

int dt_scan_chosen(struct dt_cursor *c, struct dt_host *host)
{
	int chosen = fdt_path_offset(c->fdt, "/chosen");
	unsigned int unnamed = 0;
	int error = 0;

	host->xen_bootargs = "";
	host->dom0_bootargs = "";
	if (chosen < 0 || !dt_goto(c, chosen)) {
		return 0;
	}
	inherit_cells(c);
	while (!error && dt_next(c) && c->depth > 1) {
		if (c->depth == 2 && is_module(c->fdt, dt_node(c))) {
			error = scan_module(c, host, &unnamed);
		}
	}
	dt_goto(c, chosen);
	error = error ? error : scan_initrd(c, host, chosen);
	choose_bootargs(host, chosen);
	return error;
}

const struct dt_module *dt_find_module(const struct dt_host *host,
				       enum dt_module_kind kind)
{
	unsigned int i;

	for (i = 0; i < host->nr_modules; i++) {
		if (host->module[i].kind == kind) {
			return &host->module[i];
		}
	}
	return NULL;
}
