/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Entresol has and Xen's ABI does not. For guests, tools and the
 * hypervisor alike; needs <stdint.h> alone.
 *
 * One hypercall of the numbers that Xen keeps for architectures: x0 (of a
 * library call: the first argument) is a command, x1 the address of its
 * structure. Xen, and an older Entresol that does not know a command, answer
 * -ENOSYS: a clean probe. Reserved fields are zero, or -EINVAL.
 */
#ifndef ENTRESOL_H
#define ENTRESOL_H

#include <stdint.h>

#define ENTRESOL_HYPERCALL 55 /* __HYPERVISOR_arch_7 */

/* Commands; 0 is none. ENTRESOL_version returns ENTRESOL_VERSION. */
#define ENTRESOL_version   1
#define ENTRESOL_attribute 2
#define ENTRESOL_regions   3
#define ENTRESOL_view	   4
#define ENTRESOL_table	   5
#define ENTRESOL_dirty	   6
#define ENTRESOL_hidden	   7
#define ENTRESOL_ioreq	   8

#define ENTRESOL_VERSION 1

/* ------------------------------------------------------------- attributes */

/*
 * The memory attribute of a mapping, where Xen's ABI has bits to spare:
 *
 * - XEN_DOMCTL_memory_mapping: bits 31:8 of add_mapping are the selector, bit
 *   0 is "add" as ever, bits 7:1 are zero (the stock library passes the word
 *   through: add_mapping = DPCI_ADD_MAPPING | selector << 8). Nothing is
 *   selected to remove.
 * - XENMEM_add_to_physmap_batch, XENMAPSPACE_dev_mmio: u.res0 is the selector.
 *   Xen answers -EOPNOTSUPP to all but 0.
 *
 * A selector that is not listed here is an error (-EINVAL), never a default;
 * one that policy does not allow for the page or the domain is -EPERM; one
 * in conflict with how the page is mapped elsewhere (cacheable against
 * anything else) is -EBUSY, and the log names the owner.
 */
#define ENTRESOL_ATTR_DEFAULT	    0u /* as the device tree has the page */
#define ENTRESOL_ATTR_DEVICE_NGNRNE 1u
#define ENTRESOL_ATTR_DEVICE_NGNRE  2u
#define ENTRESOL_ATTR_DEVICE_NGRE   3u
#define ENTRESOL_ATTR_DEVICE_GRE    4u
#define ENTRESOL_ATTR_NORMAL_NC	    5u
#define ENTRESOL_ATTR_NORMAL_WB	    6u
#define ENTRESOL_ATTR_MASK	    0x00ffu
#define ENTRESOL_ATTR_READONLY	    0x0100u /* with any of these */

/*
 * ENTRESOL_attribute: what @domid may have of machine frame @mfn on. By the
 * hardware domain for any domain, by others for themselves (0x7ff0).
 *
 * Sets of selectors have bit n for selector n, bit 0 if the default is among
 * them; READONLY goes with all. They are empty where @domid may not access
 * the frame; who is not the hardware domain then learns nothing else either.
 * The hardware domain may have more where a page replaces itself, at the guest
 * frame of the same number: that is @in_place.
 * Errors: -ESRCH, -EPERM, -EFAULT, -EINVAL (empty, or beyond the CPU's
 * physical addresses).
 */
struct entresol_attribute {
	uint16_t domid;	   /* in                                            */
	uint16_t reserved; /* in: 0                                         */
	uint32_t allowed;  /* out: selectors                                */
	uint64_t mfn;	   /* in                                            */
	uint64_t nr;	   /* in: frames; out: those the answer is true for */
	uint16_t selector; /* out: what the default means here              */
	uint16_t holder;   /* out: a domain that has it mapped and rules    */
			   /* selectors out, or 0x7ff4 (nobody)             */
	uint32_t in_place; /* out: selectors                                */
	char node[64];	   /* out: device-tree node, "" if unknown          */
};

/* ------------------------------------------------------------- dirty pages */

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

/* --------------------------------------------------------- IOREQ servers */

/*
 * ENTRESOL_ioreq: how an IOREQ server of @domid, made by the caller and not
 * enabled yet, is to be served. Once; without it a server is as on Xen.
 *
 * _EXACT: an invalidation (IOREQ_TYPE_INVALIDATE) names what has left: addr is
 * the first guest frame, data the number of frames; a request for each range.
 * Data of ~0 means everything, as ever.
 *
 * _BUFFERED: writes to [window, window + window_size) go to the ring of
 * XENMEM_resource_ioreq_server_frame_bufioreq and do not wait. The address in
 * the ring is the offset in the window, which has at most 1 MiB; 8 bytes take
 * two slots. The reader advances read_pointer by atomic addition (pointers are
 * set back by whole rounds now and then), and **drains the ring before it
 * looks at any slot**: what is there was written before. A write that finds
 * the ring full is a request like others. @port tells of news in the ring.
 *
 * Errors: -ESRCH, -EPERM, -EFAULT, -EINVAL, -ENOENT (no such server),
 * -EBUSY (it is enabled, or has a ring), -ENOSPC (no port), -ENOMEM.
 */
#define ENTRESOL_IOREQ_EXACT	0x1u
#define ENTRESOL_IOREQ_BUFFERED 0x2u

struct entresol_ioreq {
	uint16_t domid;	      /* in: whose server                  */
	uint16_t server;      /* in: as XEN_DMOP_create_ioreq_server */
	uint32_t flags;	      /* in: ENTRESOL_IOREQ_*              */
	uint64_t window;      /* in: _BUFFERED, else 0             */
	uint64_t window_size; /* in: the same                      */
	uint32_t port;	      /* out: of the domain, to bind to; 0: no ring */
	uint32_t reserved;    /* 0                                 */
};

/* ENTRESOL_regions, _hidden, _view, _table: what is where. */
#include "entresol_map.h"

#endif
