/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel of the hardware domain: a Linux arm64 Image. */
#ifndef BOOT_IMAGE_H
#define BOOT_IMAGE_H

#include <stdint.h>

#include <core/compiler.h>

#include "dt/dt.h"

struct kernel_image {
	uint64_t text_offset; /* from a 2 MiB boundary */
	uint64_t size;	      /* memory it needs, bss included */
};

/**
 * image_parse() - What the header of @file says.
 *
 * Linux Documentation, "Booting AArch64 Linux": nothing of it is trusted.
 * Return: 0; -XEN_EINVAL (no Image, reported with the reason).
 */
int image_parse(struct dt_range file, struct kernel_image *image) __must_check;

/* Where things go in the hardware domain's RAM. */
struct boot_layout {
	struct dt_range kernel; /* base: entry point */
	struct dt_range initrd;
	struct dt_range tree;
};

/**
 * layout_fit() - Place kernel, ramdisk and tree in one bank.
 * @tree_size: room for the device tree, at most 2 MiB.
 *
 * The kernel lowest, the tree and the ramdisk at the end, so that the kernel
 * finds a large free piece between.
 * Return: 0; -XEN_ENOMEM (@bank is too small); -XEN_E2BIG (@tree_size).
 */
int layout_fit(struct dt_range bank, const struct kernel_image *image,
	       uint64_t initrd_size, uint64_t tree_size,
	       struct boot_layout *layout) __must_check;

#endif
