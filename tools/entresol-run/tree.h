/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's device tree. */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include "guest.h"
#include "load.h"

/* Room for any tree that is made or changed here, beside a given one. */
#define TREE_ROOM 0x10000u

/**
 * tree_make() - The device tree of a guest, as Xen's tools would make it.
 * @g:	   the domain, with its RAM.
 * @o:	   what was asked for.
 * @given: a tree to start from; NULL to make one.
 * @at:	   where the ramdisk is.
 * @tree:  room for it.
 * @size:  bytes of room.
 *
 * Return: 0 or -1, having said what went wrong.
 */
int tree_make(const struct guest *g, const struct options *o,
	      const struct file *given, const struct layout *at, void *tree,
	      size_t size);

#endif
