/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FIFO delivery. Each vCPU has a queue for each priority: a list that runs
 * through the LINK fields of the events' words, its head in the vCPU's
 * control block. The hypervisor appends, the guest takes off the head.
 *
 * All of it is the guest's to overwrite. The hypervisor follows no link and
 * reads no head; it keeps the tail of each queue itself, as a port, and so a
 * guest that scribbles loses its own events and nothing else.
 */
#include <core/bits.h>

#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "lib/guestword.h"

#define PENDING ((uint32_t)BIT(EVTCHN_FIFO_PENDING))
#define MASKED	((uint32_t)BIT(EVTCHN_FIFO_MASKED))
#define LINKED	((uint32_t)BIT(EVTCHN_FIFO_LINKED))
#define BUSY	((uint32_t)BIT(EVTCHN_FIFO_BUSY))
#define LINK	((uint32_t)EVTCHN_FIFO_LINK_MASK)

/* Attempts to append before the guest is asked to hold back (BUSY). */
#define POLITE_TRIES 4

event_word_t *fifo_word(const struct evtchn_fifo *f, uint32_t port)
{
	event_word_t *page = __atomic_load_n(&f->page[port / WORDS_PER_PAGE],
					     __ATOMIC_ACQUIRE);

	return page ? page + port % WORDS_PER_PAGE : NULL;
}

/**
 * append() - Let the tail of a queue point to @port.
 * @word:   event word of the tail.
 * @linked: output: false when the tail is off the queue, which is empty then.
 *
 * BUSY keeps the guest from changing the mask while it is set, so that a
 * guest that masks and unmasks in a loop does not win for ever.
 */
static bool append(event_word_t *word, uint32_t port, bool *linked)
{
	uint32_t old = guest_word_read(word);
	unsigned int tries;
	uint32_t unused;

	for (tries = 0; tries < GUEST_WORD_TRIES; tries++) {
		if (!(old & LINKED)) {
			*linked = false;
			return !(old & BUSY) ||
			       guest_word_clear(word, BUSY, &unused);
		}
		if (guest_word_swap(word, &old,
				    (old & ~(LINK | BUSY)) | port)) {
			*linked = true;
			return true;
		}
		if (tries == POLITE_TRIES) {
			if (!guest_word_or(word, BUSY, &old)) {
				return false;
			}
			old |= BUSY;
		}
	}
	return false;
}

/* An event that was the tail of its last queue has been taken off it: that
 * queue is empty. Otherwise its next event would be appended to this one,
 * which is about to be in another queue. */
static void leave_last_queue(struct domain *d, uint32_t port,
			     const struct evtchn *chn)
{
	struct evtchn_vcpu *last = d->vcpu[chn->last_vcpu]->evtchn;

	if (last->tail[chn->last_priority] == port) {
		last->tail[chn->last_priority] = 0;
	}
}

/**
 * enqueue() - Put an event that is not linked at the end of its queue.
 * @notify: output: the vCPU to tell, when its queue was empty and was not
 *          said to be ready.
 *
 * Takes place under f->lock.
 */
static bool enqueue(struct domain *d, struct evtchn_fifo *f, uint32_t port,
		    struct evtchn *chn, struct vcpu **notify)
{
	uint8_t priority = __atomic_load_n(&chn->priority, __ATOMIC_RELAXED);
	struct vcpu *v = evtchn_notifies(d, chn);
	struct evtchn_vcpu *ev = v->evtchn;
	struct evtchn_fifo_control_block *control =
		__atomic_load_n(&ev->control, __ATOMIC_ACQUIRE);
	event_word_t *word = fifo_word(f, port);
	uint32_t tail, old;
	bool linked = false;

	/* A vCPU without control block takes no events (XSA-107). */
	if (!control) {
		return true;
	}
	if (!guest_word_or(word, LINKED, &old)) {
		return false;
	}
	if (old & LINKED) {
		return true;
	}
	leave_last_queue(d, port, chn);
	chn->last_vcpu = v->id;
	chn->last_priority = priority;
	tail = ev->tail[priority];
	if (tail && !append(fifo_word(f, tail), port, &linked)) {
		return false;
	}
	ev->tail[priority] = port;
	if (linked) {
		return true;
	}
	__atomic_store_n(&control->head[priority], port, __ATOMIC_RELAXED);
	if (!guest_word_or(&control->ready, BIT(priority), &old)) {
		return false;
	}
	if (!(old & BIT(priority))) {
		*notify = v;
	}
	return true;
}

/* The page of @port is missing. Under the lock, so that fifo_expand_array()
 * either has published it by now, or will see the mark. */
static event_word_t *word_or_mark(struct evtchn_fifo *f, uint32_t port,
				  struct evtchn *chn)
{
	event_word_t *word;

	spin_lock(&f->lock);
	word = fifo_word(f, port);
	if (!word) {
		chn->early = true;
	}
	spin_unlock(&f->lock);
	return word;
}

bool fifo_raise(struct domain *d, struct evtchn_fifo *f, uint32_t port,
		struct evtchn *chn)
{
	event_word_t *word = fifo_word(f, port);
	struct vcpu *notify = NULL;
	bool stable;
	uint32_t old;

	if (unlikely(!word)) {
		word = word_or_mark(f, port, chn);
		if (!word) {
			return true;
		}
	}
	if (unlikely(!guest_word_or(word, PENDING, &old))) {
		return false;
	}
	vcpu_poll_notify(d, port);
	if (old & (MASKED | LINKED)) {
		return true;
	}
	spin_lock(&f->lock);
	stable = enqueue(d, f, port, chn, &notify);
	spin_unlock(&f->lock);
	return stable && (!notify || evtchn_upcall(notify));
}

bool fifo_unmask(struct domain *d, struct evtchn_fifo *f, uint32_t port,
		 struct evtchn *chn)
{
	event_word_t *word = fifo_word(f, port);
	uint32_t old;

	if (!word) {
		return true;
	}
	if (!guest_word_clear(word, MASKED, &old)) {
		return false;
	}
	return !(old & PENDING) || fifo_raise(d, f, port, chn);
}
