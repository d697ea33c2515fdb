/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marking an event and telling the vCPU: the upcall, and 2-level delivery.
 *
 * 2-level: one bit for each port in shared_info says pending, one masked; a
 * selector word in vcpu_info says which words of pending bits to look at.
 */
#include <stdint.h>

#include <xen/sched.h>

#include <core/bits.h>
#include <core/log.h>

#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "lib/guestword.h"
#include "vgic/vgic.h"

static_assert(sizeof(struct shared_info) <= PAGE_SIZE, "one page");
static_assert(sizeof(((struct shared_info *)0)->evtchn_pending) * 8 ==
		      EVTCHN_2L_NR_CHANNELS,
	      "a bit for each port");
/* The word that holds evtchn_upcall_pending holds nothing but padding. */
static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == 0 &&
		      offsetof(struct vcpu_info, evtchn_pending_sel) == 8,
	      "Xen ABI: public/xen.h");

#define UPCALL_PENDING UINT32_C(0xff)

/* Bit @n of an array of 64-bit words, as bit n % 32 of a 32-bit word. */
static uint32_t *word_of(void *bits, uint32_t n)
{
	return (uint32_t *)bits + n / 32;
}

static uint32_t mask_of(uint32_t n)
{
	return UINT32_C(1) << (n % 32);
}

static struct vcpu_info *info_of(const struct vcpu *v)
{
	return __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);
}

bool evtchn_upcall(struct vcpu *v)
{
	struct vcpu_info *info = info_of(v);
	uint32_t old;

	if (unlikely(!guest_word_or(word_of(info, 0), 1, &old))) {
		return false;
	}
	if (!(old & UPCALL_PENDING)) {
		vgic_inject(v->domain, v, v->domain->evtchn_irq);
	}
	return true;
}

bool evtchn_upcall_pending(const struct vcpu *v)
{
	return guest_word_read(word_of(info_of(v), 0)) & UPCALL_PENDING;
}

void evtchn_info_moved(struct vcpu *v)
{
	struct vcpu_info *info = info_of(v);
	uint32_t old;

	if (!guest_word_or(word_of(&info->evtchn_pending_sel, 0), ~0u, &old) ||
	    !guest_word_or(word_of(&info->evtchn_pending_sel, 32), ~0u, &old) ||
	    !guest_word_or(word_of(info, 0), 1, &old)) {
		evtchn_unstable(v->domain);
		return;
	}
	vgic_inject(v->domain, v, v->domain->evtchn_irq);
}

/* Pending and not masked: point the selector at it, and upcall. */
static bool select_port(struct vcpu *v, uint32_t port)
{
	struct vcpu_info *info = info_of(v);
	uint32_t *word = word_of(&info->evtchn_pending_sel, port / 64);
	uint32_t old;

	if (unlikely(!guest_word_or(word, mask_of(port / 64), &old))) {
		return false;
	}
	return (old & mask_of(port / 64)) || evtchn_upcall(v);
}

/* The pending bit is set, and was not before if @fresh. */
static inline bool tell(struct domain *d, uint32_t port,
			const struct evtchn *chn, bool fresh)
{
	uint32_t *mask = word_of(d->shared_info->evtchn_mask, port);

	if (!fresh || (guest_word_read(mask) & mask_of(port))) {
		return true;
	}
	return select_port(evtchn_notifies(d, chn), port);
}

/* The same when somebody waits in SCHEDOP_poll. */
static bool __cold_fn tell_polled(struct domain *d, uint32_t port,
				  const struct evtchn *chn, bool fresh)
{
	vcpu_poll_wake(d, port);
	return tell(d, port, chn, fresh);
}

static bool twolevel_raise(struct domain *d, uint32_t port,
			   const struct evtchn *chn)
{
	uint32_t *word = word_of(d->shared_info->evtchn_pending, port);
	uint32_t old;

	if (unlikely(!guest_word_or(word, mask_of(port), &old))) {
		return false;
	}
	if (unlikely(vcpu_polling(d))) {
		return tell_polled(d, port, chn, !(old & mask_of(port)));
	}
	return tell(d, port, chn, !(old & mask_of(port)));
}

static bool twolevel_unmask(struct domain *d, uint32_t port,
			    const struct evtchn *chn)
{
	struct shared_info *s = d->shared_info;
	uint32_t old;

	if (!guest_word_clear(word_of(s->evtchn_mask, port), mask_of(port),
			      &old)) {
		return false;
	}
	if (!(old & mask_of(port)) || !evtchn_is_pending(d, port)) {
		return true;
	}
	return select_port(evtchn_notifies(d, chn), port);
}

bool evtchn_raise(struct domain *d, uint32_t port, struct evtchn *chn)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);

	return f ? fifo_raise(d, f, port, chn) : twolevel_raise(d, port, chn);
}

bool evtchn_port_unmask(struct domain *d, uint32_t port, struct evtchn *chn)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);

	return f ? fifo_unmask(d, f, port, chn) : twolevel_unmask(d, port, chn);
}

bool evtchn_is_pending(struct domain *d, uint32_t port)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);
	uint32_t *word = f ? fifo_word(f, port)
			   : word_of(d->shared_info->evtchn_pending, port);
	uint32_t mask = f ? BIT(EVTCHN_FIFO_PENDING) : mask_of(port);

	return word && (guest_word_read(word) & mask);
}

bool evtchn_is_masked(struct domain *d, uint32_t port)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);
	uint32_t *word = f ? fifo_word(f, port)
			   : word_of(d->shared_info->evtchn_mask, port);
	uint32_t mask = f ? BIT(EVTCHN_FIFO_MASKED) : mask_of(port);

	return !word || (guest_word_read(word) & mask);
}

bool evtchn_clear_pending(struct domain *d, uint32_t port)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);
	uint32_t *word = f ? fifo_word(f, port)
			   : word_of(d->shared_info->evtchn_pending, port);
	uint32_t mask = f ? BIT(EVTCHN_FIFO_PENDING) : mask_of(port);
	uint32_t old;

	return !word || guest_word_clear(word, mask, &old);
}

void evtchn_unstable(struct domain *d)
{
	log_guest("d%u: an event word does not hold still", d->id);
	domain_shutdown(d, SHUTDOWN_crash);
}
