/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses of grant entries: the state bits in the guest's entry, the count and
 * the frame in ours.
 *
 * The guest's entry is one 32-bit word {flags, domid} and the frame number.
 * The word is judged and marked in one atomic step; the frame number is read
 * once, after that.
 */
#include <stdint.h>

#include <xen/sched.h>

#include <core/bits.h>
#include <core/bug.h>
#include <core/log.h>

#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"
#include "lib/guestword.h"
#include "memmap/log.h"
#include "memmap/memmap.h"

static_assert(offsetof(grant_entry_v1_t, flags) == 0 &&
		      offsetof(grant_entry_v1_t, domid) == 2,
	      "Xen ABI: one word holds both");

static uint32_t *word_of(grant_entry_v1_t *entry)
{
	return (uint32_t *)entry;
}

static grant_entry_v1_t *entry_of(const struct gnttab *gt, grant_ref_t ref)
{
	return &gt->frame[ref / ENTRIES_PER_FRAME]
			.entry[ref % ENTRIES_PER_FRAME];
}

static struct active_entry *active_of(const struct gnttab *gt, grant_ref_t ref)
{
	return &gt->frame[ref / ENTRIES_PER_FRAME]
			.active[ref % ENTRIES_PER_FRAME];
}

static bool ref_valid(const struct gnttab *gt, grant_ref_t ref)
{
	return ref < gt->nr_frames * ENTRIES_PER_FRAME;
}

/* Whether an entry lets @user have @access: a pure judgement of its word. */
static bool permits(uint32_t word, domid_t user, enum grant_access access)
{
	uint32_t flags = word & 0xffff;

	return (flags & (GTF_type_mask | GTF_sub_page)) == GTF_permit_access &&
	       word >> 16 == user &&
	       (access == GRANT_READ || !(flags & GTF_readonly));
}

/* Say in the guest's entry that it is in use. */
static inline bool mark(uint32_t *word, domid_t user, enum grant_access access)
{
	uint32_t bits = GTF_reading | (access == GRANT_WRITE ? GTF_writing : 0);
	uint32_t old = guest_word_read(word);
	unsigned int tries;

	for (tries = 0; tries < GUEST_WORD_TRIES; tries++) {
		if (!permits(old, user, access)) {
			return false;
		}
		if (guest_word_swap(word, &old, old | bits)) {
			return true;
		}
	}
	return false;
}

/* The bits that say more than the remaining uses do. False: not stable. */
static bool unmark(uint32_t *word, const struct active_entry *act)
{
	uint32_t bits = (act->readers ? 0 : GTF_reading) |
			(act->writers ? 0 : GTF_writing);
	uint32_t old;

	return !bits || guest_word_clear(word, bits, &old);
}

static void __cold_fn unstable(struct domain *granter)
{
	log_guest("d%u: a grant entry does not hold still", granter->id);
	domain_shutdown(granter, SHUTDOWN_crash);
}

/* Types that @access of the domain itself could use. */
static bool type_permits(enum p2m_type type, enum grant_access access)
{
	switch (type) {
	case P2M_RAM_RW:
	case P2M_FOREIGN_RW:
	case P2M_GRANT_RW:
	case P2M_XEN:
		return true;
	case P2M_RAM_RO:
	case P2M_FOREIGN_RO:
	case P2M_GRANT_RO:
		return access == GRANT_READ;
	default:
		return false;
	}
}

/* Only what the domain owns, or shares with the hypervisor, is its to give.
 * RAM is its own by type; other types may be anybody's. */
static uint16_t owner_of(const struct domain *d, enum p2m_type type)
{
	return type == P2M_XEN ? FRAME_OWNER_XEN : d->id;
}

bool grant_find_frame(const struct domain *d, struct p2m_locked l, gfn_t gfn,
		      enum grant_access access, mfn_t *mfn)
{
	enum p2m_type type = p2m_frame(l, gfn, mfn);

	if (access == GRANT_WRITE) {
		memmap_log_write(d->memmap, l, gfn);
	}
	return type == P2M_RAM_RW || (type_permits(type, access) &&
				      frame_owner(*mfn) == owner_of(d, type));
}

/* The same with a reference, taken under the same lock (XSA-473). Between two
 * turns of a commit a page may be away for a moment. */
static grant_status_code claim_frame(struct domain *d, gfn_t gfn,
				     enum grant_access access, mfn_t *mfn)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	enum p2m_type type = p2m_frame(l, gfn, mfn);
	grant_status_code status = GNTST_okay;

	if (likely(type_permits(type, access) &&
		   !frame_get(*mfn, owner_of(d, type)))) {
		/* Those that read now may write later, under the same pin. */
		memmap_log_write(d->memmap, l, gfn);
	} else {
		status = memmap_is_settling(d->memmap) ? GNTST_eagain
						       : GNTST_bad_page;
	}
	p2m_unlock(l);
	return status;
}

/* The first use of an entry: it gets its frame. */
static grant_status_code pin_first(struct domain *granter,
				   grant_entry_v1_t *entry,
				   struct active_entry *act, domid_t user,
				   enum grant_access access)
{
	gfn_t gfn;

	if (!mark(word_of(entry), user, access)) {
		return GNTST_general_error;
	}
	gfn = GFN(__atomic_load_n(&entry->frame, __ATOMIC_RELAXED));
	act->user = user;
	return claim_frame(granter, gfn, access, &act->mfn);
}

/* One more use. What the entry says today counts only when the use wants
 * more than those before. */
static grant_status_code pin_again(grant_entry_v1_t *entry,
				   const struct active_entry *act, domid_t user,
				   enum grant_access access)
{
	unsigned int same = access == GRANT_WRITE ? act->writers
						  : act->readers - act->writers;

	if (act->user != user || same >= MAX_PINS) {
		return GNTST_general_error;
	}
	if (access == GRANT_WRITE && !act->writers &&
	    !mark(word_of(entry), user, access)) {
		return GNTST_general_error;
	}
	return GNTST_okay;
}

/* One of the two, and the count. Lock held. */
static grant_status_code pin(struct domain *granter, domid_t user,
			     grant_entry_v1_t *entry, struct active_entry *act,
			     enum grant_access access)
{
	grant_status_code status =
		act->readers ? pin_again(entry, act, user, access)
			     : pin_first(granter, entry, act, user, access);

	if (likely(status == GNTST_okay)) {
		act->readers++;
		act->writers += access == GRANT_WRITE;
	}
	return status;
}

grant_status_code grant_pin(struct domain *granter, const struct domain *user,
			    grant_ref_t ref, enum grant_access access,
			    mfn_t *mfn)
{
	struct gnttab *gt = granter->gnttab;
	grant_status_code status = GNTST_bad_gntref;
	struct active_entry *act;
	bool stable = true;

	spin_lock(&gt->lock);
	if (likely(ref_valid(gt, ref))) {
		act = active_of(gt, ref);
		status = pin(granter, user->id, entry_of(gt, ref), act, access);
		*mfn = act->mfn;
		if (unlikely(status == GNTST_bad_page ||
			     status == GNTST_eagain)) {
			/* Marked, and then there was no frame. */
			stable = unmark(word_of(entry_of(gt, ref)), act);
		}
	}
	spin_unlock(&gt->lock);
	if (unlikely(!stable)) {
		unstable(granter);
	}
	return status;
}

static uint32_t nr_refs(const struct gnttab *gt)
{
	return gt->nr_frames * ENTRIES_PER_FRAME;
}

/* One entry less of those that keep a domain from its end. True: the last. */
static bool __cold_fn uncount(struct gnttab *gt)
{
	return --gt->pinned == 0 && gt->counted == nr_refs(gt);
}

bool gnttab_count_pins(struct domain *d, uint32_t nr)
{
	struct gnttab *gt = d->gnttab;
	bool all, over;

	spin_lock(&gt->lock);
	for (; nr && gt->counted < nr_refs(gt); nr--) {
		gt->pinned += active_of(gt, gt->counted++)->readers != 0;
	}
	all = gt->counted == nr_refs(gt);
	over = all && !gt->pinned;
	spin_unlock(&gt->lock);
	if (over) {
		domain_put(d);
	}
	return all;
}

void grant_unpin(struct domain *granter, grant_ref_t ref,
		 enum grant_access access)
{
	struct gnttab *gt = granter->gnttab;
	struct active_entry *act;
	mfn_t mfn;
	bool stable, last, over = false;

	spin_lock(&gt->lock);
	act = active_of(gt, ref);
	ASSERT(act->readers && (access == GRANT_READ || act->writers));
	act->readers--;
	act->writers -= access == GRANT_WRITE;
	mfn = act->mfn;
	last = !act->readers;
	stable = unmark(word_of(entry_of(gt, ref)), act);
	if (unlikely(ref < gt->counted)) {
		over = last && uncount(gt);
	}
	spin_unlock(&gt->lock);
	/* After the count, so that a pin always has its frame (XSA-236). */
	if (last) {
		frame_put(mfn);
	}
	if (!stable) {
		unstable(granter);
	}
	if (unlikely(over)) {
		domain_put(granter);
	}
}

grant_status_code grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
	struct gnttab *gt = d->gnttab;
	grant_status_code status = GNTST_okay;

	spin_lock(&gt->lock);
	if (!ref_valid(gt, a) || !ref_valid(gt, b)) {
		status = GNTST_bad_gntref;
	} else if (a != b &&
		   (active_of(gt, a)->readers || active_of(gt, b)->readers)) {
		status = GNTST_eagain;
	} else {
		grant_entry_v1_t was = *entry_of(gt, a);

		*entry_of(gt, a) = *entry_of(gt, b);
		*entry_of(gt, b) = was;
	}
	spin_unlock(&gt->lock);
	return status;
}
