/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map of a domain: a tree of regions with priorities, rendered to
 * a flat view of sorted, disjoint stretches; the difference between two views
 * is what the p2m and other listeners get.
 *
 * Changes of the tree do not show before memmap_commit(). Who may meet others
 * begins a transaction first; at boot there is nobody else.
 */
#ifndef MEMMAP_MEMMAP_H
#define MEMMAP_MEMMAP_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "memmap/region.h"
#include "memmap/span.h"
#include "p2m/p2m.h"

struct hidden;
struct memmap;
struct vcpu;

/* NULL when out of memory. */
struct memmap *memmap_create(struct p2m *p2m) __must_check;
/* The p2m is left as it is. Nobody uses the map any more; regions that are
 * still in it are not looked at, unless a commit is under way: that is ended
 * first, as by memmap_abort(). */
void memmap_destroy(struct memmap *map);

/* What a map asks of whoever has the domain; NULL for what does not matter.
 * Called without locks, but `hidden`. */
struct memmap_owner {
	/*
	 * Keep the domain's vCPUs out of the guest until release; @by is the
	 * vCPU for which the commit is made, or NULL. On return none but @by,
	 * which is in the hypervisor, is in the guest or in the middle of a
	 * hypercall. May fail: then the commit does, with that error.
	 */
	int (*hold)(void *arg, struct vcpu *by);
	void (*release)(void *arg, struct vcpu *by);
	/* Told once when a commit hides a part of a region; with the map's
	 * lock and the p2m's. Not of the first view, which is the builder's to
	 * print. */
	void (*hidden)(void *arg, const struct hidden *h);
};

/* Before the first commit. */
void memmap_set_owner(struct memmap *map, const struct memmap_owner *owner,
		      void *arg);

/* ------------------------------------------------------------------ tree */

/**
 * memmap_add() - Add a region at guest address @region->ipa.
 * memmap_add_to() - Add it to a container, which need not be in the map yet.
 *
 * The part that is outside of the container does not show. What a region
 * hides is as it was when the region is gone, disabled, or elsewhere. A region
 * is in one container of one map at a time.
 *
 * Takes the map's lock.
 * Return: 0; -XEN_EINVAL (empty, wraps, beyond the IPA size, not page
 * aligned, @type and @attr no legal pair, emulated without @ops, a window
 * without or beyond its target, @container no container or inside @region).
 */
int memmap_add(struct memmap *map, struct region *region) __must_check;
int memmap_add_to(struct memmap *map, struct region *container,
		  struct region *region) __must_check;

/*
 * Take a region out, with all that is in it. What the guest did to its RAM
 * is forgotten where it does not show once that is committed: to bring it
 * back, disable instead. One that is added again before, with the same RAM,
 * has not been away. Not while it is the target of an alias. Takes the map's
 * lock, as all below.
 */
void memmap_del(struct memmap *map, struct region *region);

/* Put it elsewhere in its container. -XEN_EINVAL as for memmap_add(). */
int memmap_move(struct memmap *map, struct region *region,
		ipa_t to) __must_check;

void memmap_set_disabled(struct memmap *map, struct region *region,
			 bool disabled);
void memmap_set_priority(struct memmap *map, struct region *region,
			 int priority);
/* -XEN_EINVAL: no legal pair with the region's type. */
int memmap_set_attr(struct memmap *map, struct region *region,
		    struct s2_attr attr) __must_check;
/* For RAM, see memmap/log.h; others hear of it. The commit of a memmap_del()
 * ends it. -XEN_ENOMEM: the region stays as it was. */
int memmap_set_log(struct memmap *map, struct region *region,
		   bool log) __must_check;
void memmap_set_buffered(struct memmap *map, struct region *region,
			 bool buffered);

/* ---------------------------------------------------------- transactions */

/* From here to memmap_commit() or memmap_end() the map is the caller's.
 * -XEN_EBUSY: it is somebody else's. */
int memmap_begin(struct memmap *map) __must_check;

/**
 * memmap_commit() - Render, compare with the view in force, change the p2m.
 * memmap_commit_by() - One turn of it, for @by, whose hypercall this is.
 *
 * Only differences touch the p2m: what goes away is unmapped first, then what
 * is new or different is mapped; neighbours that continue each other become
 * one mapping, in the largest blocks. What the guest has done to its pages
 * since stays (docs/design/10-the-guest-and-the-tree.md).
 *
 * One turn is a bounded part of it (docs/design/14-commits-in-chunks.md), and
 * most changes need no more. For those that do the domain's vCPUs are held out
 * of the guest from the first turn to the last. After -XEN_ERESTART
 * memmap_commit_by() is called again for the same vCPU until it answers
 * something else: the hypercall returns HYPERCALL_AGAIN. memmap_commit() does
 * all turns, one after the other: for boot, and for who knows that it is one.
 * Changes of the tree between two turns are for a later commit.
 *
 * On failure the old view stays in force, the p2m is as before, and a
 * transaction stays open: the caller takes its changes back or tries again.
 *
 * Takes the map's lock and the p2m's, and waits for epoch sections: the
 * caller is in none.
 * Return: 0; -XEN_ERESTART (memmap_commit_by()); -XEN_ENOMEM (a view, or table pages); -XEN_E2BIG
 * (nested too deep, or without end); -XEN_EPERM (a frame of a RAM region is
 * not the domain's), -XEN_EBUSY (its reference limit; others keep changing
 * the p2m); what the owner's hold() answers.
 */
int memmap_commit(struct memmap *map) __must_check;
int memmap_commit_by(struct memmap *map, struct vcpu *by) __must_check;

/**
 * memmap_abort() - Nobody will call memmap_commit() again.
 *
 * A commit under way that has not been published is undone, one that has been
 * is finished; the transaction ends. For teardown: any CPU may call it, and
 * regions of both views are still there.
 * Return: 0; -XEN_ERESTART: there is more to do.
 */
int memmap_abort(struct memmap *map) __must_check;

/*
 * Whether a commit is under way, between two turns of it. Whoever changes the
 * p2m of a domain that is not its own asks with the p2m's lock held, and
 * tries again later: the domain's own vCPUs are held out. Own hypercalls need
 * not ask.
 */
bool memmap_is_busy(const struct memmap *map);

/* Whether it is one that memmap_commit_by() makes for @by. */
bool memmap_commits_for(const struct memmap *map, const struct vcpu *by);

/*
 * Whether the view in force is ahead of the p2m, which will follow. With the
 * p2m's lock held. What a vCPU finds missing may be there next time.
 */
bool memmap_is_settling(const struct memmap *map);

/* End a transaction without commit: what it changed waits for the next. */
void memmap_end(struct memmap *map);

/* ---------------------------------------------------------------- access */

/**
 * memmap_access() - One guest access to an emulated region.
 * @v:   the vCPU that made it, which is loaded on this CPU.
 * @ipa: the first byte; @a: size (1, 2, 4 or 8), write and data; the call
 *       sets the offset, and data for a read.
 *
 * Lock-free, log n. Opens an epoch section: the caller is in none. An access
 * that the region does not have (size, alignment), or that crosses its end,
 * aborts.
 * Return: MMIO_NOTHING where no emulated region shows. It may be just about
 * to: look again with the p2m lock held before taking it for a fault.
 */
enum mmio_result memmap_access(const struct memmap *map, struct vcpu *v,
			       ipa_t ipa, struct mmio_access *a);

/* The same, for all but the one caller that the compiler makes it a part of:
 * the trap that emulates loads and stores. */
__cold_fn enum mmio_result memmap_access_rare(const struct memmap *map,
					      struct vcpu *v, ipa_t ipa,
					      struct mmio_access *a);

/**
 * memmap_forward() - Let what lies below an interposer have the access.
 * @a: what the interposer's handler was called with; size, write and data
 *     may differ by now.
 *
 * To emulated regions and RAM; direct devices and nothing at all abort.
 */
enum mmio_result memmap_forward(struct vcpu *v, struct mmio_access *a);

/* ------------------------------------------------------------- questions */

/**
 * memmap_find() - The span of the view in force that shows @ipa.
 *
 * The uppermost, also where only one vCPU sees it. Lock-free, log n. The
 * caller is in an epoch section, or holds the p2m's lock, until it is done
 * with the result.
 * Return: NULL where nothing is.
 */
const struct span *memmap_find(const struct memmap *map, ipa_t ipa);

/* Whether memmap_access() by @v at @ipa would find a handler. The caller is
 * where memmap_find() wants it. */
bool memmap_serves(const struct memmap *map, const struct vcpu *v, ipa_t ipa);

/* The view in force, for logs and dumps; lives as long as memmap_find()'s. */
const struct flat_view *memmap_view(const struct memmap *map);

/* Rises when a view comes in force: what was looked up before may be old. */
uint64_t memmap_generation(const struct memmap *map);

/* All regions of the tree, hidden ones too: by ascending address, what is in
 * a container after it. Takes the map's lock. */
void memmap_for_each(struct memmap *map,
		     void (*fn)(const struct region *region, void *arg),
		     void *arg);

/* [ipa, ipa + size) of a region that does not show there. */
struct hidden {
	const struct region *region;
	ipa_t ipa;
	uint64_t size;
	const struct region *by;  /* NULL: nothing shows, as in a hole */
	const struct region *via; /* the alias it is seen by, or NULL */
};

/* One line for logs: "sram: ipa 0x10010000 4 KiB hidden by trap"; returns the
 * length the text has. */
int hidden_format(char *buf, unsigned int len, const struct hidden *h);

/* What the view in force hides of the regions of the tree, and by what.
 * Takes the map's lock. */
void memmap_for_each_hidden(struct memmap *map,
			    void (*fn)(const struct hidden *h, void *arg),
			    void *arg);

#endif
