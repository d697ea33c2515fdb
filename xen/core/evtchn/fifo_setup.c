/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of FIFO delivery: control blocks of the vCPUs and the event
 * array, given by the guest and kept with a reference each.
 */
#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>

#include "domain/guestcopy.h"
#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "frame/frame.h"
#include "frame/heap.h"

static_assert(sizeof(struct evtchn_fifo_control_block) == 72,
	      "Xen ABI: public/event_channel.h");

/* What is pending at the change of ABI is raised again when its event word
 * comes to be. */
static void carry_pending(struct domain *d)
{
	struct evtchn_domain *ed = d->evtchn;
	uint32_t end = min_u64(ed->nr_valid, EVTCHN_2L_NR_CHANNELS);
	uint32_t port;

	for (port = 1; port < end; port++) {
		struct evtchn *chn = evtchn_find(ed, port);

		chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		chn->early = evtchn_in_use(chn) && evtchn_is_pending(d, port);
	}
}

/* Nothing is published before everything has been had (XSA-188). */
static int set_control(struct vcpu *v, struct vcpu *target, uint64_t gfn,
		       uint32_t offset)
{
	struct evtchn_domain *ed = v->domain->evtchn;
	struct evtchn_fifo *f = ed->fifo;
	mfn_t mfn;
	int rc;

	if (target->evtchn->control) {
		return -XEN_EINVAL;
	}
	rc = guest_page_get(v, GFN(gfn), &mfn);
	if (rc) {
		return rc;
	}
	if (!f) {
		f = heap_alloc(sizeof(*f));
		if (!f) {
			frame_put(mfn);
			return -XEN_ENOMEM;
		}
		carry_pending(v->domain);
	}
	/* Readers: enqueue(), evtchn_fifo_of(). */
	__atomic_store_n(
		&target->evtchn->control,
		(struct evtchn_fifo_control_block *)((char *)mfn_to_ptr(mfn) +
						     offset),
		__ATOMIC_RELEASE);
	__atomic_store_n(&ed->fifo, f, __ATOMIC_RELEASE);
	return 0;
}

int fifo_init_control(struct vcpu *v, struct evtchn_init_control *op)
{
	struct domain *d = v->domain;
	struct vcpu *target = domain_vcpu(d, op->vcpu);
	int rc;

	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	if (!target) {
		return -XEN_ENOENT;
	}
	if (op->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) ||
	    !is_aligned(op->offset, 8)) {
		return -XEN_EINVAL;
	}
	spin_lock(&d->evtchn->lock);
	rc = set_control(v, target, op->control_gfn, op->offset);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

/* Raise what came while the page of [first, first + WORDS_PER_PAGE) was
 * missing. */
static bool raise_early(struct domain *d, uint32_t first)
{
	bool stable = true;
	uint32_t port;

	for (port = first; port < first + WORDS_PER_PAGE; port++) {
		struct evtchn *chn = evtchn_find(d->evtchn, port);

		if (!chn) {
			break;
		}
		if (chn->early) {
			chn->early = false;
			stable = evtchn_raise(d, port, chn) && stable;
		}
	}
	return stable;
}

int fifo_expand_array(struct vcpu *v, const struct evtchn_expand_array *op)
{
	struct domain *d = v->domain;
	struct evtchn_fifo *f;
	bool stable = true;
	uint32_t nr;
	mfn_t mfn;
	int rc;

	/* The ABI in force is looked at under the lock (XSA-505). */
	spin_lock(&d->evtchn->lock);
	f = d->evtchn->fifo;
	nr = f ? f->nr_pages : 0;
	if (!f) {
		rc = -XEN_EOPNOTSUPP;
	} else if (nr >= MAX_ARRAY_PAGES) {
		rc = -XEN_ENOSPC;
	} else {
		rc = guest_page_get(v, GFN(op->array_gfn), &mfn);
	}
	if (!rc) {
		spin_lock(&f->lock);
		__atomic_store_n(&f->page[nr], (event_word_t *)mfn_to_ptr(mfn),
				 __ATOMIC_RELEASE);
		f->nr_pages = nr + 1;
		spin_unlock(&f->lock);
		stable = raise_early(d, nr * WORDS_PER_PAGE);
	}
	spin_unlock(&d->evtchn->lock);
	if (!stable) {
		evtchn_unstable(d);
	}
	return rc;
}

static void forget_control(struct evtchn_vcpu *ev)
{
	unsigned int i;

	if (ev->control) {
		frame_put(ptr_to_mfn(ev->control));
		ev->control = NULL;
	}
	for (i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		ev->tail[i] = 0;
	}
}

void fifo_destroy(struct domain *d)
{
	struct evtchn_fifo *f = d->evtchn->fifo;
	unsigned int i;

	/* The hypervisor's own raise no events here. */
	ASSERT(d->evtchn->nr_active == d->evtchn->nr_xen);
	if (!f) {
		return;
	}
	__atomic_store_n(&d->evtchn->fifo, NULL, __ATOMIC_RELEASE);
	for (i = 0; i < d->nr_vcpus; i++) {
		forget_control(d->vcpu[i]->evtchn);
	}
	for (i = 0; i < f->nr_pages; i++) {
		frame_put(ptr_to_mfn(f->page[i]));
	}
	heap_free(f);
}
