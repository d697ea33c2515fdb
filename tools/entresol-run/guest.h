/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain: made, filled, started, and taken away. */
#ifndef RUN_GUEST_H
#define RUN_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

#define PAGE	    4096ull
#define CONSOLE_GFN (GUEST_MAGIC_BASE / PAGE)
#define STORE_GFN   (CONSOLE_GFN + 1)

struct xc_interface_core;
struct xenevtchn_handle;
struct xenforeignmemory_handle;

/* A part of the guest's RAM. */
struct bank {
	uint64_t base;
	uint64_t size;
};

struct guest {
	struct xc_interface_core *xch;
	struct xenevtchn_handle *xce;
	struct xenforeignmemory_handle *mem;
	uint32_t domid;
	bool made;
	uint8_t gic_version;	  /* XEN_DOMCTL_CONFIG_GIC_* */
	uint32_t clock_frequency; /* 0: that of the counter  */
	struct bank bank[2];	  /* the second may be empty */
	uint32_t console_port;	  /* the guest's end         */
	uint32_t store_port;
};

/* Where what was loaded is. Sizes of 0: there is none. */
struct layout {
	uint64_t entry;
	uint64_t kernel_end; /* RAM from here on is free for others */
	uint64_t ramdisk;
	uint64_t ramdisk_size;
	uint64_t tree;
};

/*
 * All of these say what went wrong. Return: 0 or -1.
 */

/* The way to the hypervisor. */
int guest_open(struct guest *g);

/* A domain without anything, paused. */
int guest_make(struct guest *g, const struct options *o);

/* RAM, the pages for console and store, and their ports. */
int guest_furnish(struct guest *g, const struct options *o);

/* Machine pages, with the permission for them. */
int guest_map_iomem(struct guest *g, const struct iomem *io);

/* Copy @size bytes to @ipa, which is in RAM; the caches are clean then. */
int guest_write(struct guest *g, uint64_t ipa, const void *data, size_t size);

/* Where the first vCPU begins; then it runs. */
int guest_start(struct guest *g, const struct layout *at);

/* Destroy what there is, and wait until its memory is free. */
void guest_end(struct guest *g);

#endif
