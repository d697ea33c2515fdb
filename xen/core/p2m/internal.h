/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside p2m/: the p2m itself. */
#ifndef P2M_INTERNAL_H
#define P2M_INTERNAL_H

#include <core/lock.h>

#include "p2m/p2m.h"
#include "s2/s2.h"

struct p2m {
	struct spinlock lock; /* guards writes of everything here */
	uint16_t owner;
	uint16_t vmid;
	bool direct;
	bool assisted;	     /* some page has S2_DBM, or had it */
	bool silent;	     /* inside p2m_sync_same()          */
	uint64_t generation; /* atomic */
	uint64_t max_mapped; /* atomic */
	uint64_t seq;	     /* of the last change set */
	uint64_t nr_flushes;
	uint64_t nr_changes;
	uint64_t promised; /* table pages, p2m_promise() */
	struct p2m_listener *listeners;
	struct s2 s2;
	struct p2m_change told[S2_MAX_CHANGES]; /* p2m_sync()'s own */
};

/* Flush, make, tell the listeners, drop references, free table pages. Lock
 * held. What was changed so far is settled then (changes.c). */
void p2m_sync(struct p2m *p2m);

/* The same for changes of permissions: nobody is told, references stay. */
void p2m_sync_same(struct p2m *p2m);

/* Table pages for all of @t, before its first visible write. -XEN_ENOMEM. */
int p2m_reserve(struct p2m *p2m, struct s2_target *t) __must_check;

/* The descriptor of a page (0: invalid), spelled out. */
struct p2m_entry p2m_entry_of(s2_pte_t page, unsigned int level);

/* VMIDs (vmid.c): 0 is nobody's. vmid_alloc() returns 0 when out. */
void vmid_init(unsigned int bits);
unsigned int vmid_bits(void);
uint16_t vmid_alloc(void);
void vmid_free(uint16_t vmid);

#endif
