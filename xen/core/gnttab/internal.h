/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of gnttab/ share.
 *
 * Two sides. As granter a domain has entries, which it writes, and for each
 * an active entry, which says who uses it and what it was when the use
 * began. As user it has handles, one for each mapping of a grant.
 *
 * Locks: gnttab.lock (entries of a granter) before the p2m lock;
 * maptrack.lock (handles of a user) is held with no other but the heap's.
 */
#ifndef GNTTAB_INTERNAL_H
#define GNTTAB_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/grant_table.h>

#include <arch/cpu.h>
#include <core/addr.h>
#include <core/compiler.h>
#include <core/errno.h>
#include <core/lock.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "p2m/p2m.h"

#define ENTRIES_PER_FRAME ((uint32_t)(PAGE_SIZE / sizeof(grant_entry_v1_t)))
#define HANDLES_PER_CHUNK 512u
/* Uses of each kind that one entry can have, as with Xen. */
#define MAX_PINS 128

/* GNTST_*: 0 or negative. */
typedef int16_t grant_status_code;

enum grant_access {
	GRANT_READ,
	GRANT_WRITE,
};

/*
 * An entry in use. It is pinned while readers or writers is not 0, and then
 * holds one reference on its frame; the guest's own entry is not looked at
 * again for what is pinned (XSA-500).
 */
struct active_entry {
	mfn_t mfn;
	domid_t user;
	uint16_t readers;
	uint16_t writers; /* counted in readers too */
};

struct grant_frame {
	grant_entry_v1_t *entry; /* shared with the guest */
	struct active_entry *active;
};

enum mapping_state {
	MAPPING_FREE,
	MAPPING_TAKEN, /* being made                            */
	MAPPING_LIVE,
	MAPPING_BUSY, /* being undone; nobody else may (XSA-218) */
};

/*
 * A handle's mapping. Who has taken it (TAKEN), or made it BUSY, is alone
 * with it. Mappings do not move.
 */
struct mapping {
	mfn_t mfn;
	gfn_t gfn;	 /* where the user has mapped it */
	grant_ref_t ref; /* FREE: the next free handle   */
	domid_t granter;
	uint8_t state;	/* enum mapping_state, atomic */
	uint8_t access; /* enum grant_access          */
	uint64_t spare; /* a power of two is quicker to index */
};

struct maptrack {
	struct spinlock lock; /* the list of free handles, and growing */
	uint32_t nr;	      /* handles ever made: 0 .. nr - 1 exist; atomic */
	uint32_t limit;
	grant_handle_t free; /* first of the list, or NO_HANDLE */
	struct mapping **chunk;
};

#define NO_HANDLE UINT32_MAX

struct gnttab {
	struct spinlock lock;
	uint32_t nr_frames; /* only grows; read without the lock too */
	uint32_t max_frames;
	struct grant_frame *frame;
	uint64_t *gfn; /* where the guest put each last, or ~0; atomic */
	struct maptrack maptrack;
	/* Of a domain that dies: entries that were looked at, and how many of
	 * those are pinned. Under the lock. */
	uint32_t counted;
	uint32_t pinned;
};

/* pin.c */

/**
 * grant_pin() - Begin a use of an entry of @granter by @user.
 * @mfn: output: the frame, referenced while the pin lasts.
 *
 * Return: GNTST_okay; bad_gntref; bad_page; general_error (not granted to
 * @user, not for this access, too many uses).
 */
grant_status_code grant_pin(struct domain *granter, const struct domain *user,
			    grant_ref_t ref, enum grant_access access,
			    mfn_t *mfn) __must_check;
/* End one use. The frame is out of every table and TLB by now; the granter
 * sees the entry unused afterwards. */
void grant_unpin(struct domain *granter, grant_ref_t ref,
		 enum grant_access access);
/* The frame that is @gfn of @d, for as long as @l is held. False: none, or
 * not @d's to give. */
bool grant_find_frame(const struct domain *d, struct p2m_locked l, gfn_t gfn,
		      enum grant_access access, mfn_t *mfn) __must_check;
/* GNTTABOP_swap_grant_ref. */
grant_status_code grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

/* maptrack.c */
int maptrack_init(struct maptrack *track, uint32_t limit) __must_check;
void maptrack_release(struct maptrack *track);
/* A handle for a mapping to be made, TAKEN; or NULL. */
struct mapping *maptrack_take(struct maptrack *track,
			      grant_handle_t *handle) __must_check;
/* LIVE to BUSY; NULL when the handle is not LIVE. */
struct mapping *maptrack_claim(struct maptrack *track,
			       grant_handle_t handle) __must_check;
/* TAKEN or BUSY to FREE. */
void maptrack_put(struct maptrack *track, grant_handle_t handle);

/* TAKEN or BUSY to LIVE: what was written to it can be seen. */
static inline void mapping_live(struct mapping *m)
{
	__atomic_store_n(&m->state, MAPPING_LIVE, __ATOMIC_RELEASE);
}

/**
 * maptrack_find() - Look for a live mapping of @mfn.
 * @from: handle to begin with; @nr: how many to look at.
 *
 * Return: true when there is one; else *@from is the handle to go on with,
 * NO_HANDLE after the last.
 */
bool maptrack_find(struct maptrack *track, mfn_t mfn, grant_handle_t *from,
		   uint32_t nr);

/* table.c */
int gnttab_grow(struct gnttab *gt, uint32_t nr_frames) __must_check;

/*
 * An array of arguments in the guest is worked off in batches. @x are the
 * argument registers: x[1] the array, x[2] the elements left.
 */
#define BATCH_MAX 16u

struct batch {
	uint32_t size; /* of an element                             */
	uint32_t out;  /* offset in it of what the guest is answered */
};

/* Read up to BATCH_MAX elements. How many; 0: not even one. */
static inline unsigned int batch_read(struct vcpu *v, const uint64_t *x,
				      void *buf, struct batch b)
{
	unsigned int nr = x[2] < BATCH_MAX ? x[2] : BATCH_MAX;

	if (likely(!guest_read(v, buf, GVA(x[1]), (size_t)nr * b.size))) {
		return nr;
	}
	/* When they cannot be read as a whole, the first one may. */
	return nr > 1 && !guest_read(v, buf, GVA(x[1]), b.size);
}

/* Answer @nr of them and step over them. False: the guest's fault. */
static inline bool batch_write(struct vcpu *v, uint64_t *x, const void *buf,
			       struct batch b, unsigned int nr)
{
	size_t bytes = (size_t)nr * b.size;
	int rc = guest_write(v, GVA(x[1] + b.out), (const char *)buf + b.out,
			     bytes - b.out);

	x[1] += bytes;
	x[2] -= nr;
	return !rc;
}

/* Whether to stop here and be called again for the rest. */
static inline bool batch_preempt(const uint64_t *x)
{
	return x[2] && arch_irq_waiting();
}

/* map.c, copy.c, flush.c: one sub-op each. */
int64_t grant_map_op(struct vcpu *v, uint64_t *x);
int64_t grant_unmap_op(struct vcpu *v, uint64_t *x);
int64_t grant_unmap_and_replace_op(struct vcpu *v, uint64_t *x);
int64_t grant_copy_op(struct vcpu *v, uint64_t *x);
int64_t grant_cache_flush_op(struct vcpu *v, uint64_t *x);

/* x[0] is the sub-op in the low bits; above, where cache_flush goes on. */
#define GRANT_CMD_BITS 12

static_assert(sizeof(grant_entry_v1_t) == 8, "Xen ABI: grant_table.h");

#endif
