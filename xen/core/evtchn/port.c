/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports of a domain: where they live, and taking and freeing them. */
#include <core/bits.h>
#include <core/bug.h>

#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "frame/heap.h"
#include "lib/guestword.h"

static_assert(EVTCHN_FIFO_NR_CHANNELS % PORTS_PER_BUCKET == 0,
	      "the last bucket is full");
static_assert(sizeof(struct evtchn) == 32, "two buckets to a page");

/* Ports that the delivery in force can name. */
static uint32_t abi_ports(const struct domain *d)
{
	return evtchn_fifo_of(d) ? EVTCHN_FIFO_NR_CHANNELS
				 : EVTCHN_2L_NR_CHANNELS;
}

/* Make the bucket of @port; ports grow one bucket at a time. */
static int grow(struct evtchn_domain *ed, uint32_t port)
{
	struct evtchn *bucket;

	ASSERT(port == ed->nr_valid);
	bucket = heap_alloc(PORTS_PER_BUCKET * sizeof(*bucket));
	if (!bucket) {
		return -XEN_ENOMEM;
	}
	ed->bucket[port / PORTS_PER_BUCKET] = bucket;
	ed->nr_valid += PORTS_PER_BUCKET;
	return 0;
}

/* A freed port may still be linked in a queue of the guest: it is not used
 * again before the guest has taken it off. */
static bool still_linked(const struct domain *d, uint32_t port)
{
	struct evtchn_fifo *f = evtchn_fifo_of(d);
	event_word_t *word = f ? fifo_word(f, port) : NULL;

	return word && (guest_word_read(word) & BIT(EVTCHN_FIFO_LINKED));
}

int evtchn_port_find_free(struct domain *d)
{
	struct evtchn_domain *ed = d->evtchn;
	uint32_t end = min_u64(abi_ports(d), (uint64_t)ed->max_port + 1);
	bool passed_over = false;
	uint32_t port;

	for (port = ed->first_free; port < end; port++) {
		if (port == ed->nr_valid) {
			int rc = grow(ed, port);

			if (rc) {
				return rc;
			}
		}
		if (evtchn_find(ed, port)->state != PORT_FREE) {
			continue;
		}
		if (!passed_over) {
			ed->first_free = port;
		}
		if (!still_linked(d, port)) {
			return (int)port;
		}
		passed_over = true;
	}
	return -XEN_ENOSPC;
}

void evtchn_port_open(struct domain *d, uint32_t port, enum evtchn_state state,
		      uint16_t vcpu)
{
	struct evtchn *chn = evtchn_find(d->evtchn, port);

	ASSERT(chn->state == PORT_FREE);
	chn->state = state;
	chn->vcpu = vcpu;
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	d->evtchn->nr_active++;
}

bool evtchn_port_free(struct domain *d, uint32_t port)
{
	struct evtchn_domain *ed = d->evtchn;
	struct evtchn *chn = evtchn_find(ed, port);
	bool stable = evtchn_clear_pending(d, port);

	/* The queue it was linked to last stays known: it may be the tail. */
	chn->state = PORT_FREE;
	chn->early = false;
	chn->remote = NULL;
	chn->peer = NULL;
	ed->nr_active--;
	if (port < ed->first_free) {
		ed->first_free = port;
	}
	return stable;
}

static bool make_vcpus(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		d->vcpu[i]->evtchn = heap_alloc(sizeof(struct evtchn_vcpu));
		if (!d->vcpu[i]->evtchn) {
			return false;
		}
	}
	return true;
}

/* What evtchn_domain_init() has made so far, no port in use. */
static void release(struct domain *d)
{
	struct evtchn_domain *ed = d->evtchn;
	uint32_t port;
	unsigned int i;

	for (i = 0; i < d->nr_vcpus; i++) {
		heap_free(d->vcpu[i]->evtchn);
		d->vcpu[i]->evtchn = NULL;
	}
	for (port = 0; port < ed->nr_valid; port += PORTS_PER_BUCKET) {
		heap_free(ed->bucket[port / PORTS_PER_BUCKET]);
	}
	heap_free(ed->bucket);
	heap_free(ed);
	d->evtchn = NULL;
}

int evtchn_domain_init(struct domain *d)
{
	struct evtchn_domain *ed = heap_alloc(sizeof(*ed));
	uint32_t nr_ports;

	if (!ed) {
		return -XEN_ENOMEM;
	}
	d->evtchn = ed;
	ed->max_port = d->hwdom	     ? EVTCHN_FIFO_NR_CHANNELS - 1
		       : d->max_port ? d->max_port
				     : DEFAULT_MAX_PORT;
	nr_ports = align_up((uint64_t)ed->max_port + 1, PORTS_PER_BUCKET);
	ed->bucket =
		heap_alloc(nr_ports / PORTS_PER_BUCKET * sizeof(*ed->bucket));
	if (!ed->bucket || grow(ed, 0) || !make_vcpus(d)) {
		release(d);
		return -XEN_ENOMEM;
	}
	ed->bucket[0][0].state = PORT_RESERVED;
	ed->first_free = 1;
	return 0;
}

bool evtchn_close_some(struct domain *d, uint64_t *next, uint32_t nr)
{
	struct evtchn_domain *ed = d->evtchn;

	for (; nr && *next < ed->nr_valid && ed->nr_active; nr--, ++*next) {
		if (evtchn_in_use(evtchn_find(ed, *next))) {
			(void)evtchn_close(d, *next);
		}
	}
	return *next >= ed->nr_valid || !ed->nr_active;
}

void evtchn_domain_destroy(struct domain *d)
{
	struct evtchn_domain *ed = d->evtchn;
	uint64_t next = 1;

	(void)evtchn_close_some(d, &next, ed->nr_valid);
	spin_lock(&ed->lock);
	fifo_destroy(d);
	spin_unlock(&ed->lock);
	release(d);
}
