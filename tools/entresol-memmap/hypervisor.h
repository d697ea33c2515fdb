/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers ENTRESOL_HYPERCALL, and what is read from there. */
#ifndef ENTRESOL_MEMMAP_HYPERVISOR_H
#define ENTRESOL_MEMMAP_HYPERVISOR_H

#include "dump.h"

/* Records that one call may bring, in bytes. */
#define HYPERVISOR_BUFFER 16384

struct hypervisor {
	/*
	 * One call: @arg is copied there and back, and what is behind its
	 * buffer (HYPERVISOR_BUFFER bytes) to @records. NULL for none.
	 * Return: what the hypervisor says; errors as -errno.
	 */
	int64_t (*call)(struct hypervisor *h, unsigned int cmd,
			struct entresol_dump *arg, void *records);
	void (*close)(struct hypervisor *h);
	void *opaque;
};

/* The one below this Linux, where the program was built with its library. */
bool hypervisor_open(struct hypervisor *h, struct failure *f);

/**
 * dump_read() - The map of domain @domid.
 *
 * A map that changes meanwhile is read anew, some times.
 */
bool dump_read(struct dump *d, struct hypervisor *h, uint16_t domid,
	       struct failure *f);

#endif
