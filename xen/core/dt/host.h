/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts that the host's device tree tells the hypervisor. */
#ifndef DT_HOST_H
#define DT_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"

#define DT_MAX_BANKS	64
#define DT_MAX_RESERVED 128
#define DT_MAX_CPUS	64
#define DT_MAX_GICR	16
#define DT_MAX_ITS	8
#define DT_MAX_MODULES	16

/* A static reserved range (R1.6), rounded out to pages. */
struct dt_reserved {
	struct dt_range range;
	const char *name; /* node name, or "/memreserve/" */
	bool no_map;
};

/* An interrupt of the root controller, a GIC. */
struct dt_irq {
	uint32_t intid; /* 16..31 PPI, 32..1019 SPI; 0: none */
	bool edge;
	bool active_low; /* PPIs of old trees say so; a remark only */
};

struct dt_cpu {
	uint64_t mpidr;		/* affinity fields, as `reg` has them */
	const char *compatible; /* first string                       */
	bool psci;		/* enable-method                      */
};

enum dt_gic_version { DT_GIC_NONE, DT_GIC_V2, DT_GIC_V3 };

struct dt_gic {
	enum dt_gic_version version;
	int node;
	uint32_t phandle; /* 0: none */
	struct dt_range gicd;
	struct dt_range gicc; /* version 2 (3: where the tree has them) */
	struct dt_range gich;
	struct dt_range gicv;
	struct dt_range gicr[DT_MAX_GICR]; /* version 3, as the tree has it */
	unsigned int nr_gicr;
	uint64_t gicr_stride; /* 0: the architecture's 128 KiB per CPU */
	struct dt_irq maintenance;
	struct dt_range its[DT_MAX_ITS];
	unsigned int nr_its;
};

/* In the order of the binding. */
enum dt_timer {
	DT_TIMER_SECURE,
	DT_TIMER_PHYS,
	DT_TIMER_VIRT,
	DT_TIMER_HYP,
	DT_TIMER_HYP_VIRT,
	DT_NR_TIMERS,
};

enum dt_psci_version { DT_PSCI_NONE, DT_PSCI_0_1, DT_PSCI_0_2, DT_PSCI_1_0 };

struct dt_psci {
	enum dt_psci_version version;
	bool smc;	 /* else hvc                                  */
	uint32_t cpu_on; /* function id: the tree's own, or the usual */
};

struct dt_uart {
	int node;		/* -1: none */
	const char *compatible; /* all strings, NUL between them */
	int compatible_len;
	struct dt_range regs;
	struct dt_irq irq;
	uint32_t clock;	   /* clock-frequency, 0: unknown          */
	uint32_t baud;	   /* current-speed, 0: unknown            */
	uint8_t reg_shift; /* 16550: registers are 1 << shift apart */
	uint8_t reg_width; /* 16550: bytes per access, 1, 2 or 4   */
};

enum dt_module_kind {
	DT_MODULE_KERNEL,
	DT_MODULE_RAMDISK,
	DT_MODULE_DEVICE_TREE,
	DT_MODULE_OTHER,
};

struct dt_module {
	enum dt_module_kind kind;
	struct dt_range range;
	const char *name;     /* node name               */
	const char *bootargs; /* or NULL when it has none */
};

/*
 * Everything by value, or pointing into the tree: the tree must stay where
 * it is, unchanged, for as long as this is used. Banks of RAM are sorted,
 * disjoint, and whole pages.
 */
struct dt_host {
	const void *fdt;
	const char *model; /* or compatible; "" when neither is there */
	struct dt_range bank[DT_MAX_BANKS];
	unsigned int nr_banks;
	struct dt_reserved reserved[DT_MAX_RESERVED]; /* by address */
	unsigned int nr_reserved;
	unsigned int nr_dynamic; /* reserved nodes without address */
	struct dt_cpu cpu[DT_MAX_CPUS];
	unsigned int nr_cpus;
	struct dt_gic gic;
	int timer_node; /* -1: none */
	struct dt_irq timer[DT_NR_TIMERS];
	uint32_t timer_frequency; /* clock-frequency, 0: CNTFRQ_EL0 is right */
	struct dt_psci psci;
	struct dt_uart uart;
	struct dt_module module[DT_MAX_MODULES];
	unsigned int nr_modules;
	const char *xen_bootargs;  /* "" when there is none */
	const char *dom0_bootargs; /* "" when there is none */
};

/**
 * dt_scan() - Gather the facts.
 * @fdt:     passed dt_check().
 * @console: path or alias of the console's node, with or without options
 *           after a colon; NULL: /chosen/stdout-path.
 *
 * Command lines, by the multiboot bindings: ours is xen,xen-bootargs; else
 * bootargs if dom0's is found elsewhere. dom0's is bootargs of the kernel
 * module; else xen,dom0-bootargs; else bootargs if ours is found elsewhere
 * or no kernel module has its own.
 * Modules of unnamed kind: the first is the kernel, the second the ramdisk.
 * linux,initrd-start and -end count as a ramdisk when no module is one.
 *
 * Nodes that are not "okay" are skipped. What is broken but can be done
 * without is reported; what cannot (RAM, boot CPU, GIC, timer, PSCI with
 * several CPUs; overflow of an array) fails.
 * Return: 0; -XEN_ENOSPC (an array is full); -XEN_ENODEV (something that
 * must be there is not; @host has the rest). Each is reported.
 */
int dt_scan(const void *fdt, const char *console, struct dt_host *host,
	    const struct dt_report *report) __must_check;

/* The first module of a kind, or NULL. */
const struct dt_module *dt_find_module(const struct dt_host *host,
				       enum dt_module_kind kind);

/* Whether the string list of the console's node has @compatible. */
bool dt_uart_is(const struct dt_uart *uart, const char *compatible);

#endif
