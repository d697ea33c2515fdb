/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy. A side that is a grant is pinned while the bytes move. A side
 * that is a frame of the caller's own is looked up under the p2m lock, and
 * kept from being used for something else by an epoch section that begins
 * before the lock is dropped.
 */
#include <string.h>

#include <arch/cpu.h>
#include <arch/map.h>

#include "domain/connect.h"
#include "domain/epoch.h"
#include "gnttab/internal.h"
#include "hypercall/hypercall.h"

struct side {
	struct domain *owner;
	mfn_t mfn;
	bool by_ref;
	bool pinned; /* by_ref, and the pin is taken */
};

/* Whose side it is, and whether @d may reach it so. */
static inline grant_status_code
side_owner(struct domain *d, const struct gnttab_copy_ptr *ptr, struct side *s)
{
	if (ptr->domid == DOMID_SELF) {
		s->owner = d;
		return GNTST_okay;
	}
	s->owner = domain_by_id(d, ptr->domid);
	if (!s->owner) {
		return GNTST_bad_domain;
	}
	return s->by_ref && domain_may_connect(d, s->owner)
		       ? GNTST_okay
		       : GNTST_permission_denied;
}

static inline grant_status_code side_pin(const struct domain *d,
					 const struct gnttab_copy_ptr *ptr,
					 enum grant_access access,
					 struct side *s)
{
	grant_status_code status;

	if (!s->by_ref) {
		return GNTST_okay;
	}
	status = grant_pin(s->owner, d, ptr->u.ref, access, &s->mfn);
	s->pinned = status == GNTST_okay;
	return status;
}

static inline void side_unpin(const struct gnttab_copy_ptr *ptr,
			      enum grant_access access, const struct side *s)
{
	if (s->pinned) {
		grant_unpin(s->owner, ptr->u.ref, access);
	}
}

static inline bool side_find(struct p2m_locked l,
			     const struct gnttab_copy_ptr *ptr,
			     enum grant_access access, struct side *s)
{
	return s->by_ref ||
	       grant_find_frame(s->owner, l, GFN(ptr->u.gmfn), access, &s->mfn);
}

static void move(const struct gnttab_copy *op, mfn_t from_mfn, mfn_t to_mfn)
{
	const char *from =
		(const char *)mfn_to_ptr(from_mfn) + op->source.offset;
	char *to = (char *)mfn_to_ptr(to_mfn) + op->dest.offset;

	if (unlikely(mfn_eq(from_mfn, to_mfn))) {
		memmove(to, from, op->len);
	} else {
		memcpy(to, from, op->len);
	}
}

static bool in_bounds(const struct gnttab_copy *op)
{
	return (uint32_t)op->source.offset + op->len <= PAGE_SIZE &&
	       (uint32_t)op->dest.offset + op->len <= PAGE_SIZE;
}

/* Both sides by reference: pinned, and nothing more is needed. */
static grant_status_code copy_pinned(const struct gnttab_copy *op,
				     const struct side *source,
				     const struct side *dest)
{
	if (!in_bounds(op)) {
		return GNTST_bad_copy_arg;
	}
	move(op, source->mfn, dest->mfn);
	return GNTST_okay;
}

/* At least one side is a frame of @d. */
static grant_status_code copy_own(struct domain *d,
				  const struct gnttab_copy *op,
				  struct side *source, struct side *dest)
{
	grant_status_code status = GNTST_okay;
	struct p2m_locked l = p2m_lock(d->p2m);

	if (!side_find(l, &op->source, GRANT_READ, source) ||
	    !side_find(l, &op->dest, GRANT_WRITE, dest)) {
		status = GNTST_bad_page;
	} else if (!in_bounds(op)) {
		status = GNTST_bad_copy_arg;
	} else {
		epoch_enter(arch_this_cpu());
	}
	/* Nothing was changed: this does not wait for epochs. */
	p2m_unlock(l);
	if (status == GNTST_okay) {
		move(op, source->mfn, dest->mfn);
		epoch_leave(arch_this_cpu());
	}
	return status;
}

static grant_status_code copy_one(struct domain *d,
				  const struct gnttab_copy *op)
{
	struct side source, dest;
	grant_status_code status;

	source.by_ref = op->flags & GNTCOPY_source_gref;
	source.pinned = false;
	dest.by_ref = op->flags & GNTCOPY_dest_gref;
	dest.pinned = false;
	status = side_owner(d, &op->source, &source);
	if (status == GNTST_okay) {
		status = side_owner(d, &op->dest, &dest);
	}
	if (status == GNTST_okay) {
		status = side_pin(d, &op->source, GRANT_READ, &source);
	}
	if (status == GNTST_okay) {
		status = side_pin(d, &op->dest, GRANT_WRITE, &dest);
	}
	if (status == GNTST_okay) {
		status = source.pinned && dest.pinned
				 ? copy_pinned(op, &source, &dest)
				 : copy_own(d, op, &source, &dest);
	}
	side_unpin(&op->source, GRANT_READ, &source);
	side_unpin(&op->dest, GRANT_WRITE, &dest);
	return status;
}

int64_t grant_copy_op(struct vcpu *v, uint64_t *x)
{
	struct gnttab_copy op[BATCH_MAX];
	const struct batch b = {
		.size = sizeof(op[0]),
		.out = offsetof(struct gnttab_copy, status),
	};
	unsigned int i, nr;

	while (x[2]) {
		nr = batch_read(v, x, op, b);
		if (!nr) {
			return -XEN_EFAULT;
		}
		for (i = 0; i < nr; i++) {
			op[i].status = copy_one(v->domain, &op[i]);
		}
		if (!batch_write(v, x, op, b, nr)) {
			return -XEN_EFAULT;
		}
		if (batch_preempt(x)) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}
