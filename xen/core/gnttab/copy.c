/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy. Both sides are held while the bytes move: a grant by a pin,
 * a frame of the caller's own by a reference. The sides of one copy are kept
 * for the next one of the batch, which often names them again.
 */
#include <string.h>

#include <arch/map.h>

#include "domain/connect.h"
#include "frame/frame.h"
#include "gnttab/internal.h"
#include "hypercall/hypercall.h"

struct side {
	bool held;
	bool by_ref;
	enum grant_access access;
	domid_t domid; /* as the caller named it */
	uint64_t what; /* reference or frame number */
	struct domain *owner;
	mfn_t mfn;
};

static void side_drop(struct side *s)
{
	if (s->held && s->by_ref) {
		grant_unpin(s->owner, s->what, s->access);
	} else if (s->held) {
		frame_put(s->mfn);
	}
	s->held = false;
}

/* Whose side it is, and whether @d may reach it so. */
static grant_status_code side_owner(struct domain *d, struct side *s)
{
	s->owner = domain_by_id(d, s->domid);
	if (!s->owner) {
		return GNTST_bad_domain;
	}
	if ((!s->by_ref && s->domid != DOMID_SELF) ||
	    !domain_may_connect(d, s->owner)) {
		return GNTST_permission_denied;
	}
	return GNTST_okay;
}

static grant_status_code side_hold(struct domain *d, struct side *s)
{
	grant_status_code status;

	if (s->by_ref) {
		status = grant_pin(s->owner, d, s->what, s->access, &s->mfn);
	} else {
		status = grant_claim_frame(d, GFN(s->what), s->access, &s->mfn)
				 ? GNTST_okay
				 : GNTST_bad_page;
	}
	s->held = status == GNTST_okay;
	return status;
}

static void side_init(struct side *s, const struct gnttab_copy_ptr *ptr,
		      bool by_ref, enum grant_access access)
{
	*s = (struct side){
		.by_ref = by_ref,
		.access = access,
		.domid = ptr->domid,
		.what = by_ref ? ptr->u.ref : ptr->u.gmfn,
	};
}

static bool side_same(const struct side *a, const struct side *b)
{
	return a->held && a->by_ref == b->by_ref && a->domid == b->domid &&
	       a->what == b->what;
}

/* What the batch holds of both sides. */
struct sides {
	struct side source;
	struct side dest;
};

static void sides_drop(struct sides *held)
{
	side_drop(&held->source);
	side_drop(&held->dest);
}

/* Hold what @op names; keep what is held already. */
static grant_status_code
sides_hold(struct domain *d, const struct gnttab_copy *op, struct sides *held)
{
	grant_status_code status = GNTST_okay;
	struct side source, dest;

	side_init(&source, &op->source, op->flags & GNTCOPY_source_gref,
		  GRANT_READ);
	side_init(&dest, &op->dest, op->flags & GNTCOPY_dest_gref, GRANT_WRITE);
	if (side_same(&held->source, &source) &&
	    side_same(&held->dest, &dest)) {
		return GNTST_okay;
	}
	sides_drop(held);
	status = side_owner(d, &source);
	if (status == GNTST_okay) {
		status = side_owner(d, &dest);
	}
	if (status == GNTST_okay) {
		status = side_hold(d, &source);
	}
	if (status == GNTST_okay) {
		status = side_hold(d, &dest);
	}
	held->source = source;
	held->dest = dest;
	return status;
}

static grant_status_code copy_bytes(const struct gnttab_copy *op,
				    const struct sides *held)
{
	char *to = (char *)mfn_to_ptr(held->dest.mfn) + op->dest.offset;
	const char *from =
		(const char *)mfn_to_ptr(held->source.mfn) + op->source.offset;

	if ((uint32_t)op->source.offset + op->len > PAGE_SIZE ||
	    (uint32_t)op->dest.offset + op->len > PAGE_SIZE) {
		return GNTST_bad_copy_arg;
	}
	if (mfn_eq(held->source.mfn, held->dest.mfn)) {
		memmove(to, from, op->len);
	} else {
		memcpy(to, from, op->len);
	}
	return GNTST_okay;
}

static void copy_one(struct domain *d, struct gnttab_copy *op,
		     struct sides *held)
{
	op->status = sides_hold(d, op, held);
	if (op->status == GNTST_okay) {
		op->status = copy_bytes(op, held);
	}
	if (op->status != GNTST_okay) {
		sides_drop(held);
	}
}

int64_t grant_copy_op(struct vcpu *v, uint64_t *x)
{
	struct gnttab_copy op[BATCH_MAX];
	struct batch b = { .v = v, .x = x, .size = sizeof(op[0]) };
	struct sides held = { 0 };
	unsigned int i;

	while (x[2]) {
		if (batch_read(&b, op)) {
			return -XEN_EFAULT;
		}
		for (i = 0; i < b.nr; i++) {
			copy_one(v->domain, &op[i], &held);
		}
		sides_drop(&held);
		if (batch_write(&b, op)) {
			return -XEN_EFAULT;
		}
		if (batch_preempt(&b)) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}
