/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of the hypervisor; docs/options.md describes each word. */
#ifndef BOOT_OPTIONS_H
#define BOOT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <core/log.h>

struct options {
	uint64_t dom0_mem;	     /* bytes */
	unsigned int dom0_max_vcpus; /* 0: one a CPU */
	unsigned int max_cpus;	     /* CPUs to start; 0: all */
	char console[64]; /* path or alias of the UART's node, or "" */
	enum log_level loglvl;
	bool noreboot;
};

/* Parse @line; words it does not know are reported once and ignored. */
void options_parse(const char *line, struct options *o);

#endif
