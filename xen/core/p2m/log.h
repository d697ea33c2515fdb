/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging, as far as it is in the table: RAM of type P2M_RAM_RW that
 * lacks the permission to write is clean, all other is written. There is no
 * more to it here; whose pages those are and what was known of them before is
 * the memory map's (memmap/log.h).
 */
#ifndef P2M_LOG_H
#define P2M_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "p2m/p2m.h"

/* The CPUs set the dirty state of stage-2 pages by themselves
 * (ID_AA64MMFR1_EL1.HAFDBS); for p2ms that are made from now on. */
void p2m_use_dirty_state(void);

/* p2m_map() of P2M_RAM_RW that starts clean: the permission to write is left
 * out of @as.attr. */
int p2m_map_clean(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		  struct p2m_as as) __must_check;

/**
 * p2m_log_fault() - A write was refused: let it through if that is our doing.
 *
 * The page becomes writable. A block is split for it, or becomes writable as
 * a whole when there are no table pages: more than was written, never less.
 * TLBs may still have what allows less, see arch_s2_forget(): who takes that
 * for a fault asks here.
 * Return: whether @gfn is RAM that may be written to now.
 */
bool p2m_log_fault(struct p2m_locked l, gfn_t gfn);

enum p2m_log_op {
	P2M_LOG_READ,
	P2M_LOG_CLEAR,	 /* and what was found is clean from now on           */
	P2M_LOG_HARVEST, /* and what is clean stays so until p2m_log_fault() */
};

/* Pages from @gfn on, and where they are in a bitmap. */
struct p2m_log_range {
	gfn_t gfn;
	uint64_t nr;
	uint64_t *map;
	uint64_t first; /* the bit of the page at @gfn */
};

/**
 * p2m_log_collect() - Set the bits of RAM in a range that was written.
 *
 * P2M_LOG_CLEAR: no TLB lets a write pass unseen on return, after one flush;
 * a block that is in the range in part needs table pages, or stays written.
 */
void p2m_log_collect(struct p2m_locked l, enum p2m_log_op op,
		     const struct p2m_log_range *r);

/* Listeners hear now what they would hear when the p2m is unlocked. */
void p2m_settle(struct p2m_locked l);

/* It hears no more. */
void p2m_unlisten(struct p2m_locked l, struct p2m_listener *listener);

#endif
