/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM that a domain gives back and takes again, in extents of 2^order pages.
 *
 * Each extent is done or not, whole. The result is the number of extents
 * done from the first on; it is no error code, whatever was wrong.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>

#include <arch/cpu.h>
#include <core/bits.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"
#include "hypercall/memory_op.h"
#include "hypercall/target.h"
#include "p2m/p2m.h"

/* Largest extents: what one step may cost the others (XSA-158). */
#define ORDER_MAX_GUEST	  9
#define ORDER_MAX_CONTROL 18

static_assert(ORDER_MAX_CONTROL <= FRAME_MAX_ORDER, "allocator's blocks");

struct reserve {
	struct domain *d;
	gva_t list; /* the first frame of each extent, as the guest has it */
	uint64_t nr;
	unsigned int order;
};

/* Do @nr extents, which are consecutive frames from @gfn on, or none. */
typedef bool extents_fn(const struct reserve *r, struct p2m_locked l, gfn_t gfn,
			uint64_t nr);

bool memory_is_own_ram(enum p2m_type type)
{
	return type == P2M_RAM_RW || type == P2M_RAM_RO;
}

uint64_t memory_count_ram(struct p2m_locked l, gfn_t gfn, uint64_t nr)
{
	uint64_t count = 0;

	while (nr) {
		struct p2m_entry e;
		uint64_t run = p2m_run(l, gfn, nr, &e);

		if (memory_is_own_ram(e.type)) {
			count += run;
		}
		gfn = gfn_add(gfn, run);
		nr -= run;
	}
	return count;
}

/* Whether the range lies in the guest's address space. */
static bool in_limit(const struct domain *d, gfn_t gfn, uint64_t nr)
{
	uint64_t limit = p2m_limit(d->p2m).v;

	return gfn.v < limit && nr <= limit - gfn.v;
}

/*
 * A direct-mapped domain gets the frame of the same number, if it is its own:
 * then it has not been used by anybody else since (R1.7).
 */
static bool populate_direct(const struct reserve *r, struct p2m_locked l,
			    gfn_t gfn, uint64_t nr)
{
	mfn_t mfn = mfn_of_direct(gfn);

	nr <<= r->order;
	return frame_all_owned(mfn, nr, r->d->id) &&
	       !p2m_map(l, gfn, mfn, nr, p2m_as(P2M_RAM_RW));
}

static void put_frames(mfn_t mfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		frame_put(mfn_add(mfn, i));
	}
}

/* One extent of fresh memory. @nr is 1. */
static bool populate_fresh(const struct reserve *r, struct p2m_locked l,
			   gfn_t gfn, uint64_t nr)
{
	struct memory_run run = { .gfn = gfn, .type = P2M_RAM_RW };
	struct domain *d = r->d;

	nr <<= r->order;
	if (!in_limit(d, gfn, nr) || d->nr_pages + nr > d->max_pages) {
		return false;
	}
	run.nr = nr;
	run.mfn = frame_alloc(r->order, d->id);
	if (mfn_eq(run.mfn, MFN_INVALID)) {
		return false;
	}
	if (memory_map_over(d, l, &run)) {
		put_frames(run.mfn, nr);
		return false;
	}
	d->nr_pages += nr;
	return true;
}

/* What a domain may give back: its RAM, and what hides it. */
#define MAY_GO (BIT(P2M_RAM_RW) | BIT(P2M_RAM_RO) | BIT(P2M_XEN))

/* Whether each of [gfn, gfn + nr) may go; frames beyond the limit are
 * invalid. */
static bool all_may_go(struct p2m_locked l, gfn_t gfn, uint64_t nr)
{
	while (nr) {
		struct p2m_entry e;
		uint64_t run = p2m_run(l, gfn, nr, &e);

		if (!(MAY_GO & BIT(e.type))) {
			return false;
		}
		gfn = gfn_add(gfn, run);
		nr -= run;
	}
	return true;
}

static bool decrease_page(struct domain *d, struct p2m_locked l, gfn_t gfn)
{
	enum p2m_type was;

	if (p2m_remove(l, gfn, MAY_GO, &was)) {
		return false;
	}
	d->nr_pages -= !d->direct && memory_is_own_ram(was);
	return true;
}

/* Out of line, for the registers that it needs and a page does not. */
static __noinline_fn bool decrease_run(struct domain *d, struct p2m_locked l,
				       gfn_t gfn, uint64_t nr)
{
	uint64_t gone = 0;

	if (!all_may_go(l, gfn, nr)) {
		return false;
	}
	if (!d->direct) {
		gone = memory_count_ram(l, gfn, nr);
	}
	if (p2m_unmap(l, gfn, nr)) {
		return false;
	}
	d->nr_pages -= gone;
	return true;
}

static bool decrease(const struct reserve *r, struct p2m_locked l, gfn_t gfn,
		     uint64_t nr)
{
	nr <<= r->order;
	return nr == 1 ? decrease_page(r->d, l, gfn)
		       : decrease_run(r->d, l, gfn, nr);
}

/* Extents of @gfn that follow each other without a gap. */
static unsigned int extent_run(const xen_pfn_t *gfn, unsigned int nr,
			       unsigned int order)
{
	unsigned int run = 1;

	while (run < nr && gfn[run] == gfn[run - 1] + BIT(order)) {
		run++;
	}
	return run;
}

/* Returns how many extents from the first on are done. */
static unsigned int do_each(const struct reserve *r, struct p2m_locked l,
			    const xen_pfn_t *gfn, unsigned int nr,
			    extents_fn *fn)
{
	unsigned int i = 0;

	while (i < nr && fn(r, l, GFN(gfn[i]), 1)) {
		i++;
	}
	return i;
}

/* The same, neighbours in one step; what fails as a run goes one by one. */
static unsigned int do_runs(const struct reserve *r, struct p2m_locked l,
			    const xen_pfn_t *gfn, unsigned int nr,
			    extents_fn *fn)
{
	unsigned int done = 0;

	while (done < nr) {
		unsigned int run = extent_run(gfn + done, nr - done, r->order);

		if (!fn(r, l, GFN(gfn[done]), run)) {
			run = do_each(r, l, gfn + done, run, fn);
			if (!run) {
				break;
			}
		}
		done += run;
	}
	return done;
}

/* Frame numbers of the extents from @first on: as many as can be read. */
static unsigned int read_list(struct vcpu *v, const struct reserve *r,
			      uint64_t first, xen_pfn_t *gfn)
{
	uint64_t max = r->order < 6 ? MEMOP_CHUNK >> r->order : 1;
	uint64_t nr = min_u64(max, r->nr - first);
	gva_t at = GVA(r->list.v + first * sizeof(*gfn));
	unsigned int i = 0;

	if (!guest_read(v, gfn, at, nr * sizeof(*gfn))) {
		return nr;
	}
	while (i < nr && !guest_read(v, &gfn[i], GVA(at.v + i * sizeof(*gfn)),
				     sizeof(*gfn))) {
		i++;
	}
	return i;
}

/* One extent of the caller's own, whole: what a balloon asks for to make room
 * for one page. */
static inline int64_t do_single(struct vcpu *v, const struct reserve *r,
				extents_fn *fn)
{
	struct p2m_locked l;
	xen_pfn_t gfn;
	bool done;

	if (guest_read(v, &gfn, r->list, sizeof(gfn))) {
		return 0;
	}
	l = p2m_lock(r->d->p2m);
	done = fn(r, l, GFN(gfn), 1);
	p2m_unlock(l);
	return done;
}

static int64_t do_list(struct vcpu *v, uint64_t *x, const struct reserve *r,
		       extents_fn *fn)
{
	uint64_t done = MEMOP_START(x[0]);

	while (done < r->nr) {
		xen_pfn_t gfn[MEMOP_CHUNK];
		unsigned int nr = read_list(v, r, done, gfn);
		struct p2m_locked l;
		unsigned int now;

		if (!target_lock(r->d, &l)) {
			return memop_again(x, done);
		}
		now = fn == populate_fresh ? do_each(r, l, gfn, nr, fn)
					   : do_runs(r, l, gfn, nr, fn);
		p2m_unlock(l);
		done += now;
		if (!nr || now < nr) {
			break;
		}
		if (done < r->nr && arch_irq_waiting()) {
			return memop_again(x, done);
		}
	}
	return done;
}

static inline int64_t do_extents(struct vcpu *v, uint64_t *x,
				 const struct reserve *r, extents_fn *fn)
{
	bool single = r->nr == 1 && !MEMOP_START(x[0]) && r->d == v->domain;

	return single ? do_single(v, r, fn) : do_list(v, x, r, fn);
}

/* What must hold of every reservation; false when nothing may be done. */
static inline bool reserve_begin(struct vcpu *v, const uint64_t *x,
				 struct reserve *r, uint32_t *flags)
{
	struct xen_memory_reservation in;
	unsigned int order_max = v->domain->hwdom ? ORDER_MAX_CONTROL
						  : ORDER_MAX_GUEST;

	if (guest_read(v, &in, GVA(x[1]), sizeof(in)) ||
	    in.nr_extents > MEMOP_MAX_EXTENTS || in.extent_order > order_max) {
		return false;
	}
	*r = (struct reserve){
		.d = domain_by_id(v->domain, in.domid),
		.list = HANDLE_GVA(in.extent_start, 0),
		.nr = in.nr_extents,
		.order = in.extent_order,
	};
	*flags = in.mem_flags;
	return r->d && !right_check(v->domain, RIGHT_OWN, r->d) &&
	       !range_wraps(r->list.v, r->nr * sizeof(xen_pfn_t));
}

/* Populate on demand and virtual nodes are not for guests on Arm; an address
 * width must be one that all of the RAM has. */
static bool flags_ok(uint32_t flags)
{
	unsigned int bits = XENMEMF_get_address_bits(flags);

	return !(flags & (XENMEMF_populate_on_demand | XENMEMF_vnode)) &&
	       (!bits || bits >= 64 ||
		frame_end().v <= BIT(bits) >> PAGE_SHIFT);
}

int64_t memory_populate_physmap(struct vcpu *v, uint64_t *x)
{
	struct reserve r;
	uint32_t flags;

	if (!reserve_begin(v, x, &r, &flags) || (flags && !flags_ok(flags))) {
		return MEMOP_START(x[0]);
	}
	return do_extents(v, x, &r,
			  r.d->direct ? populate_direct : populate_fresh);
}

int64_t memory_decrease_reservation(struct vcpu *v, uint64_t *x)
{
	struct reserve r;
	uint32_t flags;

	if (!reserve_begin(v, x, &r, &flags)) {
		return MEMOP_START(x[0]);
	}
	return do_extents(v, x, &r, decrease);
}

/*
 * Memory without a place in the guest's address space: what this call gives
 * is of no use to a guest with stage-2 translation, so it gives nothing.
 */
int64_t memory_increase_reservation(struct vcpu *v, uint64_t *x)
{
	(void)v;
	return MEMOP_START(x[0]);
}
