/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware domain's device tree: the host's, edited (R1.4). */
#ifndef DT_DOM0_H
#define DT_DOM0_H

#include <stddef.h>
#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"

struct dt_host;

struct dt_dom0 {
	const struct dt_host *host;
	const struct dt_range *bank; /* its RAM */
	unsigned int nr_banks;
	/*
	 * Reserved ranges that it was given: they become memory nodes too.
	 */
	const struct dt_range *reserved;
	unsigned int nr_reserved;
	const uint64_t *mpidr; /* one for each vCPU */
	unsigned int nr_vcpus;
	struct dt_range gicr;	   /* GICv3: its one redistributor region */
	unsigned int timer_irq[3]; /* PPIs as interrupt ids 16..31: secure,
				      physical, virtual                   */
	unsigned int evtchn_irq;   /* PPI of the event upcall, 16..31     */
	struct dt_range grant;	   /* where it may map grant frames       */
	const struct dt_range *extended; /* where it may map other things */
	unsigned int nr_extended;
	const char *bootargs;
	struct dt_range initrd; /* size 0: none */
};

/**
 * dt_dom0() - Write the tree.
 * @buf, @len: where to; a size of the host's tree plus 16 KiB does.
 *
 * Kept nodes stay as they are, with their phandles. References to nodes that
 * went away stay too: Linux takes them as absent suppliers.
 * Return: bytes of the finished tree; -XEN_ENOSPC (@len too small);
 * -XEN_EINVAL (an address does not fit the root's cells; reported).
 */
int dt_dom0(const struct dt_dom0 *config, void *buf, size_t len,
	    const struct dt_report *report) __must_check;

#endif
