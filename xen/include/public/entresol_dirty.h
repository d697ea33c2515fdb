/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_dirty: a part of entresol.h, which includes it. */
#ifndef ENTRESOL_DIRTY_H
#define ENTRESOL_DIRTY_H

#include <stdint.h>

/*
 * ENTRESOL_dirty: which pages of RAM of @domid have been written. By the
 * hardware domain, for any domain.
 *
 * _START and _STOP are about whole regions of RAM: those that show in the
 * @nr pages from @gfn on. A region stays logged while it is hidden or
 * somewhere else. When it starts, all its pages count as written; from when
 * they are cleared on, those that were written since, by whomever. A page
 * counts as written when it was given back or replaced, and for as long as
 * another domain has it mapped or granted, or the hypervisor writes to it by
 * itself (a vCPU's info, queues of events).
 *
 * _READ and _CLEAR write bits to @bitmap, whole words of 64: bit i is page
 * @gfn + i. Pages that are not logged are 0. _CLEAR begins anew for the pages
 * that it has read. A call does as many pages as it likes, always whole words
 * of bits unless it is done: call again for the rest.
 * Errors: -ESRCH, -EPERM, -EFAULT (nothing is lost), -EINVAL (empty, beyond
 * the guest's addresses), -ENOENT (_START, _STOP: no RAM there), -ENOMEM,
 * -EBUSY (the map is being changed by somebody else).
 */
#define ENTRESOL_DIRTY_START 0
#define ENTRESOL_DIRTY_STOP  1
#define ENTRESOL_DIRTY_READ  2
#define ENTRESOL_DIRTY_CLEAR 3

struct entresol_dirty {
	uint16_t domid;	   /* in, or 0x7ff0                           */
	uint16_t op;	   /* in: ENTRESOL_DIRTY_*                    */
	uint32_t reserved; /* 0                                       */
	uint64_t gfn;	   /* in: first page                          */
	uint64_t nr;	   /* in: pages; out: those the call has done */
	uint64_t bitmap;   /* in: address                             */
	uint64_t dirty;	   /* out: how many of them were written      */
};

#endif
