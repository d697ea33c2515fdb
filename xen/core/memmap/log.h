/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging of a region of RAM (R5.4): which of its pages may have been
 * written since they were read and cleared last. At the start that is all of
 * them.
 *
 * What shows is logged by the table itself (p2m/log.h). What was written and
 * does not show any more, and writes that pass the table by, are in a bitmap
 * of the region, so they are known wherever it shows next. A page that the
 * guest gives back, or that is replaced, counts as written; and one that
 * others have a reference on (grants, foreign mappings, pages the hypervisor
 * writes to) stays written until they are done with it.
 */
#ifndef MEMMAP_LOG_H
#define MEMMAP_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "memmap/region.h"
#include "p2m/log.h"

struct memmap;

/* Pages of one memmap_log_read(). */
#define MEMMAP_LOG_PAGES 4096

/**
 * memmap_log_read() - What was written in [gfn, gfn + nr).
 * @nr:   up to MEMMAP_LOG_PAGES.
 * @op:   P2M_LOG_READ or P2M_LOG_CLEAR: also begin anew for these pages.
 * @bits: output, bitmap_words(@nr) words: bit i is page @gfn + i. What is not
 *        logged is 0.
 *
 * Pages of a region that shows at several places count as written when they
 * were at one of them, and are clear at all of them then. When it returns, all
 * writes that it tells of have been done. Takes the p2m's lock; the caller is
 * in no epoch section.
 * Return: 0; -XEN_ERESTART: not now, between two turns of a commit.
 */
int memmap_log_read(struct memmap *map, gfn_t gfn, unsigned int nr,
		    enum p2m_log_op op, uint64_t *bits) __must_check;

/* Pages of [gfn, gfn + nr) whose bit is set have been written: for who could
 * not tell others what he has read and cleared. */
void memmap_log_mark(struct memmap *map, gfn_t gfn, unsigned int nr,
		     const uint64_t *bits);

/**
 * memmap_log_write() - Somebody writes to @gfn who asks the p2m, not the MMU.
 * @l: the map's p2m. Held until the write is done, or an epoch section has
 *     begun that it is done in, or the frame has a reference for as long as
 *     writes may come.
 */
void memmap_log_write(struct memmap *map, struct p2m_locked l, gfn_t gfn);

/* Whether writes to some page must go by memmap_log_write(). */
bool memmap_log_is_on(const struct memmap *map);

/**
 * memmap_log_next() - RAM that shows in [gfn, gfn + nr) and is to be switched.
 * @on:  for memmap_set_log().
 * @ram: output: whether any RAM shows there that can be logged.
 *
 * Inside a transaction of the caller.
 * Return: a region that is not @on; NULL: there is none.
 */
struct region *memmap_log_next(struct memmap *map, gfn_t gfn, uint64_t nr,
			       bool on, bool *ram);

/* The commit has failed: flags of regions of RAM that show there are again
 * what the view in force has. */
int memmap_log_undo(struct memmap *map, gfn_t gfn, uint64_t nr);

#endif
