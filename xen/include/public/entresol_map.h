/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of entresol.h: what is where in a domain's address space. */
#ifndef ENTRESOL_MAP_H
#define ENTRESOL_MAP_H

#include <stdint.h>

/*
 * ENTRESOL_regions, _hidden, _view, _table: the memory map of @domid as
 * records: its tree of regions, which parts of them do not show, what shows
 * where, and the stage-2 table. By the hardware domain for any domain, by
 * others for themselves.
 *
 * A call writes as many records as it likes, at most @nr and @size bytes
 * each. While @cursor is not 0 there are more: call again with @cursor and
 * @generation as they were returned.
 * Errors: -ESRCH, -EPERM, -EFAULT, -EINVAL (a @size other than that of the
 * record), -EAGAIN (the map has changed in between: begin anew, @cursor 0).
 */
struct entresol_dump {
	uint16_t domid;	     /* in, or 0x7ff0; out: the domain             */
	uint16_t reserved;   /* 0                                          */
	uint32_t size;	     /* in: of a record                            */
	uint64_t buffer;     /* in: address of the records                 */
	uint64_t nr;	     /* in: room, 1 or more; out: records written  */
	uint64_t cursor;     /* in: 0 begins; out: 0 when there is no more */
	uint64_t generation; /* out; in: unless @cursor is 0               */
	uint64_t tables;     /* out, _table: table pages in use            */
};

#define ENTRESOL_NONE UINT32_MAX /* an index of nothing */

/* What a region is, and the type of what is mapped. */
#define ENTRESOL_KIND_CONTAINER	 0
#define ENTRESOL_KIND_ALIAS	 1
#define ENTRESOL_KIND_RAM	 2
#define ENTRESOL_KIND_ROM	 3
#define ENTRESOL_KIND_ROM_DEVICE 4
#define ENTRESOL_KIND_DIRECT	 5
#define ENTRESOL_KIND_RESERVED	 6
#define ENTRESOL_KIND_EMULATED	 7
#define ENTRESOL_KIND_INTERPOSER 8
#define ENTRESOL_KIND_HOLE	 9
#define ENTRESOL_TYPE_NONE	 0
#define ENTRESOL_TYPE_RAM_RW	 1
#define ENTRESOL_TYPE_RAM_RO	 2
#define ENTRESOL_TYPE_DEVICE	 3
#define ENTRESOL_TYPE_SRAM	 4
#define ENTRESOL_TYPE_RESERVED	 5
#define ENTRESOL_TYPE_FOREIGN_RW 6
#define ENTRESOL_TYPE_FOREIGN_RO 7
#define ENTRESOL_TYPE_GRANT_RW	 8
#define ENTRESOL_TYPE_GRANT_RO	 9
#define ENTRESOL_TYPE_XEN	 10

/* Of a region; DISABLED, CLIPPED and POPULATED not of a span. */
#define ENTRESOL_FLAG_DISABLED	0x01u /* does not show, nor what is in it   */
#define ENTRESOL_FLAG_CLIPPED	0x02u /* ends outside of its container      */
#define ENTRESOL_FLAG_POPULATED 0x04u /* RAM, page by page: no address @pa  */
#define ENTRESOL_FLAG_LOG	0x08u /* dirty logging                      */
#define ENTRESOL_FLAG_BUFFERED	0x10u /* writes may be queued               */
#define ENTRESOL_FLAG_VCPU	0x20u /* only vCPU @vcpu sees it            */
#define ENTRESOL_FLAG_BELOW	0x40u /* span: below the one before         */

/* How memory is mapped; all 0 where nothing is. */
struct entresol_mapping {
	uint64_t pa;
	uint8_t type;  /* ENTRESOL_TYPE_*                     */
	uint8_t attr;  /* ENTRESOL_ATTR_*                     */
	uint8_t perm;  /* 1: read, 2: write, 4: execute       */
	uint8_t order; /* table: pages of a block: 0, 9, 18 or 27 */
	uint32_t reserved;
};

/* Record @index of ENTRESOL_regions. The root is the first; what is in a
 * container comes after it, by address. */
struct entresol_region {
	uint32_t index;
	uint32_t parent;  /* ENTRESOL_NONE: the root              */
	uint32_t target;  /* of an alias, if it is in the tree    */
	int32_t priority; /* in its container: higher hides lower */
	uint64_t ipa;
	uint64_t size;
	uint64_t target_offset;
	struct entresol_mapping map;
	uint16_t kind;
	uint16_t depth;
	uint16_t flags;
	uint16_t vcpu;
	char name[64];
	char row[32]; /* match-table row; alias: name of its target */
};

/* A part of a region that does not show, by ascending region and address. */
struct entresol_hidden {
	uint32_t region;
	uint32_t by; /* or the alias that leads to it; NONE: a hole */
	uint64_t ipa;
	uint64_t size;
};

/* What shows in [ipa, ipa + size), by ascending address. */
struct entresol_span {
	uint32_t region; /* ENTRESOL_NONE: not in the tree        */
	uint32_t via;	 /* the alias it is seen by, if any       */
	uint64_t ipa;
	uint64_t size;
	uint64_t offset; /* into the region                       */
	struct entresol_mapping map;
	uint16_t kind;
	uint16_t flags;
	uint16_t vcpu;
	uint16_t reserved;
	char name[64]; /* of the region                           */
};

/* Entries of one order, which continue each other, by ascending address. A
 * run may be cut where a call ends. */
struct entresol_run {
	uint64_t ipa;
	uint64_t size;
	struct entresol_mapping map;
};

#endif
