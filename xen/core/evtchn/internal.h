/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of evtchn/ share.
 *
 * Locks, in this order:
 *  1. bind_lock (bind.c): one for all; held while a connection between two
 *     ports is made or broken, so both ends hold still while it is held.
 *  2. evtchn_domain.lock: the ports of one domain. Two of them: the lower
 *     domain id first, both under bind_lock.
 *  3. evtchn_fifo.lock: queues and tails of one domain.
 *
 * A connection changes only with the locks of both its domains held, so
 * either lock is enough to deliver through it.
 */
#ifndef EVTCHN_INTERNAL_H
#define EVTCHN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>

#include <core/addr.h>
#include <core/compiler.h>
#include <core/errno.h>
#include <core/lock.h>

#include "domain/domain.h"

#define PORTS_PER_BUCKET 64
/* Ports that a guest without a limit of its own may have. */
#define DEFAULT_MAX_PORT 1023
#define WORDS_PER_PAGE	 (PAGE_SIZE / sizeof(event_word_t))
#define MAX_ARRAY_PAGES	 (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

enum evtchn_state {
	PORT_FREE,
	PORT_RESERVED, /* port 0 */
	PORT_UNBOUND,
	PORT_INTERDOMAIN,
	PORT_VIRQ,
	PORT_IPI,
	PORT_XEN_UNBOUND, /* the hypervisor's end, nobody has bound */
	PORT_XEN,	  /* the hypervisor's end                   */
	PORT_TO_XEN,	  /* the other end of one                   */
};

struct evtchn {
	uint8_t state;	       /* enum evtchn_state */
	uint8_t priority;      /* FIFO */
	uint8_t last_priority; /* FIFO: the queue it was linked to last ... */
	bool early;	       /* FIFO: raised before it had an event word  */
	uint16_t vcpu;	       /* to notify */
	uint16_t last_vcpu;    /* ... and that queue's vCPU */
	domid_t remote_id;     /* UNBOUND: who may bind */
	uint32_t target;       /* a connected one: port; VIRQ: which */
	/* A connected one: the other end. Channels do not move while bound. */
	struct domain *remote;
	struct evtchn *peer;
};

struct evtchn_domain {
	struct spinlock lock;
	uint32_t nr_valid;	  /* ports that have a bucket; only grows */
	uint32_t nr_active;	  /* ports neither free nor reserved      */
	uint32_t nr_xen;	  /* of these, the hypervisor's own       */
	uint32_t first_free;	  /* every port below is in use           */
	uint32_t max_port;	  /* highest port this domain may have    */
	uint32_t next_reset;	  /* reset under way: go on here, else 0  */
	struct evtchn_fifo *fifo; /* NULL: 2-level; atomic              */
	struct evtchn **bucket;
};

/* FIFO state of a domain. Pages are published with release order and stay
 * until the last port is closed. */
struct evtchn_fifo {
	struct spinlock lock;
	uint32_t nr_pages;
	event_word_t *page[MAX_ARRAY_PAGES];
};

/* Event state of a vCPU. */
struct evtchn_vcpu {
	uint32_t virq_port[NR_VIRQS]; /* 0: not bound */
	/* FIFO, under evtchn_fifo.lock. The guest's words are not trusted
	 * to know the ends of the queues. */
	uint32_t tail[EVTCHN_FIFO_MAX_QUEUES];
	struct evtchn_fifo_control_block *control; /* atomic */
};

/* Whether @port has a channel, used or not. Lock held, as for these two. */
static inline bool evtchn_valid(const struct evtchn_domain *ed, uint32_t port)
{
	return port < ed->nr_valid;
}

/* Its channel. */
static inline struct evtchn *evtchn_at(const struct evtchn_domain *ed,
				       uint32_t port)
{
	return &ed->bucket[port / PORTS_PER_BUCKET][port % PORTS_PER_BUCKET];
}

/* The channel, or NULL when @port is out of range. */
static inline struct evtchn *evtchn_find(const struct evtchn_domain *ed,
					 uint32_t port)
{
	return likely(evtchn_valid(ed, port)) ? evtchn_at(ed, port) : NULL;
}

static inline bool evtchn_in_use(const struct evtchn *chn)
{
	return chn->state > PORT_RESERVED;
}

/* The hypervisor's end: guests neither close, move nor send it. */
static inline bool evtchn_is_xen(const struct evtchn *chn)
{
	return chn->state == PORT_XEN_UNBOUND || chn->state == PORT_XEN;
}

/* There is another end. */
static inline bool evtchn_is_connected(const struct evtchn *chn)
{
	return chn->state == PORT_INTERDOMAIN || chn->state == PORT_XEN ||
	       chn->state == PORT_TO_XEN;
}

/* A sender may hold the lock of the other end only, while this end moves. */
static inline struct vcpu *evtchn_notifies(const struct domain *d,
					   const struct evtchn *chn)
{
	return d->vcpu[__atomic_load_n(&chn->vcpu, __ATOMIC_RELAXED)];
}

static inline struct evtchn_fifo *evtchn_fifo_of(const struct domain *d)
{
	return __atomic_load_n(&d->evtchn->fifo, __ATOMIC_ACQUIRE);
}

/* port.c */

/* Take the lowest free port; the channel is still PORT_FREE. Returns the
 * port, -XEN_ENOSPC or -XEN_ENOMEM. */
int evtchn_port_find_free(struct domain *d) __must_check;
/* Make a port that was found free what @state says. */
void evtchn_port_open(struct domain *d, uint32_t port, enum evtchn_state state,
		      uint16_t vcpu);
/* Back to PORT_FREE; its pending event goes. False: word not stable. */
bool evtchn_port_free(struct domain *d, uint32_t port) __must_check;

/* deliver.c: false always means: the guest's word does not hold still, the
 * caller stops the domain after dropping its locks. */

/* Mark the event and tell the vCPU. A lock of either end is held. */
bool evtchn_raise(struct domain *d, uint32_t port,
		  struct evtchn *chn) __must_check;
bool evtchn_upcall(struct vcpu *v) __must_check;
/* These three want a port in use: others may be beyond what the delivery in
 * force can name. */
bool evtchn_is_pending(struct domain *d, uint32_t port);
bool evtchn_is_masked(struct domain *d, uint32_t port);
bool evtchn_clear_pending(struct domain *d, uint32_t port) __must_check;
/* Clear the mask; raise again what was pending. */
bool evtchn_port_unmask(struct domain *d, uint32_t port,
			struct evtchn *chn) __must_check;
/* Stop a guest that does not let go of a shared word. No lock held. */
void evtchn_unstable(struct domain *d) __cold_fn;

/* fifo.c: delivery; fifo_setup.c: the pages it works on. */
bool fifo_raise(struct domain *d, struct evtchn_fifo *f, uint32_t port,
		struct evtchn *chn) __must_check;
bool fifo_unmask(struct domain *d, struct evtchn_fifo *f, uint32_t port,
		 struct evtchn *chn) __must_check;
/* The event word of @port, or NULL while its page is missing. */
event_word_t *fifo_word(const struct evtchn_fifo *f, uint32_t port);
int fifo_init_control(struct vcpu *v, struct evtchn_init_control *op);
int fifo_expand_array(struct vcpu *v, const struct evtchn_expand_array *op);
/* Back to 2-level. Domain lock held, no port in use. */
void fifo_destroy(struct domain *d);

/* bind.c */
int evtchn_alloc_unbound(struct domain *d, struct evtchn_alloc_unbound *op);
int evtchn_bind_interdomain(struct domain *d,
			    struct evtchn_bind_interdomain *op);
int evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op);
int evtchn_bind_ipi(struct domain *d, struct evtchn_bind_ipi *op);
int evtchn_bind_vcpu(struct domain *d, const struct evtchn_bind_vcpu *op);
int evtchn_close(struct domain *d, uint32_t port);
/* Bound once for the domain (on vCPU 0), not once for each vCPU. */
bool evtchn_virq_is_global(uint32_t virq);

/* op.c */
int evtchn_send(struct domain *d, uint32_t port);

#endif
