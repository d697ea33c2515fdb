/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware domain: built from the device tree, ready to run. */
#ifndef BOOT_DOM0_H
#define BOOT_DOM0_H

#include <core/compiler.h>

struct boot_memory;
struct domain;
struct dt_host;
struct dt_report;
struct options;

/**
 * dom0_build() - Create dom0 and its vCPUs; nothing runs yet.
 *
 * Its map is the region list of the device tree, its RAM, and the emulated
 * interrupt controller: no case for a kind of node is here.
 * What cannot be done without stops the machine with the reason.
 */
struct domain *dom0_build(const struct dt_host *host, struct boot_memory *m,
			  const struct options *options, unsigned int ipa_bits,
			  const struct dt_report *report);

#endif
