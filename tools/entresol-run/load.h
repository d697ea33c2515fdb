/* SPDX-License-Identifier: BSD-2-Clause */
/* Files, and where they go in the guest's RAM. */
#ifndef RUN_LOAD_H
#define RUN_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "guest.h"

/* A file or block device, mapped. */
struct file {
	const char *path;
	const uint8_t *data;
	size_t size;
};

/* All of these say what went wrong. Return: 0 or -1. */

int file_open(struct file *f, const char *path);
void file_close(struct file *f);

/* An Image or ELF file to where it wants to be: entry and kernel_end of @at. */
int load_kernel(struct guest *g, const struct file *f, struct layout *at);

/*
 * The tree at the top of the low RAM (@tree_size bytes), the ramdisk below,
 * both above the kernel: the rest of @at. Copies the ramdisk; @f may be NULL.
 */
int load_ramdisk(struct guest *g, const struct file *f, size_t tree_size,
		 struct layout *at);

#endif
