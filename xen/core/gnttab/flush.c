/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_cache_flush: a guest asks for cache maintenance by bus address,
 * of its own memory or of what it has mapped of others'.
 */
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/map.h>

#include "domain/guestcopy.h"
#include "frame/frame.h"
#include "gnttab/internal.h"
#include "hypercall/hypercall.h"

/* Handles looked at between two looks at the interrupts. */
#define FIND_STEP 1024

#define FLUSH_OPS (GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL)

static int flush_check(const struct gnttab_cache_flush *op)
{
	if (op->offset >= PAGE_SIZE || op->length > PAGE_SIZE ||
	    (uint32_t)op->offset + op->length > PAGE_SIZE ||
	    (op->op & ~FLUSH_OPS)) {
		return -XEN_EINVAL;
	}
	return 0;
}

/*
 * Whether @d may reach the frame, which it does not own: it has a grant of
 * it mapped. *@from as in maptrack_find().
 * Return: 0; -XEN_EPERM; HYPERCALL_AGAIN.
 */
static int64_t find_mapping(struct domain *d, mfn_t mfn, grant_handle_t *from)
{
	while (!maptrack_find(&d->gnttab->maptrack, mfn, from, FIND_STEP)) {
		if (*from == NO_HANDLE) {
			return -XEN_EPERM;
		}
		if (arch_irq_waiting()) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

/* Invalidation alone cleans too: what is dirty is never thrown away. */
static void flush_lines(const struct gnttab_cache_flush *op, mfn_t mfn)
{
	const char *p = (const char *)mfn_to_ptr(mfn) + op->offset;

	if (op->op & GNTTAB_CACHE_INVAL) {
		arch_cache_clean_inval(p, op->length);
	} else {
		arch_cache_clean(p, op->length);
	}
}

/* A reference keeps the frame what it is; frames of nobody, and of the
 * hypervisor, have no user (XSA-232). */
static int64_t flush_frame(struct domain *d,
			   const struct gnttab_cache_flush *op,
			   grant_handle_t *from)
{
	mfn_t mfn = paddr_to_mfn(PADDR(op->a.dev_bus_addr));
	uint16_t owner;
	int64_t rc = 0;

	if (!frame_valid(mfn)) {
		return -XEN_EINVAL;
	}
	owner = frame_owner(mfn);
	if (owner == FRAME_OWNER_NONE || owner == FRAME_OWNER_FREE ||
	    frame_get(mfn, owner)) {
		return -XEN_EPERM;
	}
	if (owner != d->id) {
		rc = find_mapping(d, mfn, from);
	}
	if (!rc) {
		flush_lines(op, mfn);
	}
	frame_put(mfn);
	return rc;
}

static int64_t flush_one(struct domain *d, const struct gnttab_cache_flush *op,
			 grant_handle_t *from)
{
	int rc = flush_check(op);

	if (rc) {
		return rc;
	}
	if (!op->length || !op->op) {
		return *from ? -XEN_EILSEQ : 0;
	}
	return flush_frame(d, op, from);
}

int64_t grant_cache_flush_op(struct vcpu *v, uint64_t *x)
{
	grant_handle_t from = (uint32_t)x[0] >> GRANT_CMD_BITS;
	struct gnttab_cache_flush op;
	int64_t rc;

	while (x[2]) {
		if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
			return -XEN_EFAULT;
		}
		rc = flush_one(v->domain, &op, &from);
		if (rc == HYPERCALL_AGAIN) {
			x[0] = GNTTABOP_cache_flush | (uint64_t)from
							      << GRANT_CMD_BITS;
		}
		if (rc) {
			return rc;
		}
		x[0] = GNTTABOP_cache_flush;
		x[1] += sizeof(op);
		x[2]--;
		from = 0;
		if (x[2] && arch_irq_waiting()) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}
