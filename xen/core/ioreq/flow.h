/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What flows between a domain and its IOREQ servers: requests of vCPUs, and
 * invalidations after changes of the p2m. One lock, the innermost of all;
 * decisions and stores to shared pages only. Events, wakes and instructions
 * are the caller's (work.c). docs/mapcache.md explains the protocol;
 * tests/model/mapcache.c walks through all that can happen here.
 */
#ifndef IOREQ_FLOW_H
#define IOREQ_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/hvm/ioreq.h>

#include <core/lock.h>

#include "p2m/p2m.h"

#define FLOW_SERVERS 8
/* Ranges kept for a server; one more means "all". */
#define FLOW_RANGES 16
#define FLOW_NOBODY 0xffffu

struct flow_range {
	uint64_t gfn;
	uint64_t nr;
};

struct flow_list {
	uint8_t nr;
	bool all;
	struct flow_range range[FLOW_RANGES];
};

/* One access, as a server gets it. */
struct flow_access {
	uint64_t addr; /* guest physical  */
	uint64_t data; /* of a write      */
	uint8_t size;  /* 1, 2, 4 or 8    */
	bool write;
};

enum flow_state {
	FLOW_IDLE,
	FLOW_WANTED,   /* not sent yet                   */
	FLOW_SENT,     /* in its slot of the server      */
	FLOW_ANSWERED, /* `access.data` is the answer    */
};

struct flow_vcpu {
	uint64_t need; /* change that all servers must have acknowledged */
	uint8_t state; /* enum flow_state                                */
	uint8_t server;
	struct flow_access access;
};

/* Writes to [base, base + size) go to the ring. */
struct flow_window {
	uint64_t base;
	uint64_t size; /* 0: no ring */
	struct buffered_iopage *ring;
	uint32_t write; /* our own copy of the write pointer */
	uint32_t port;	/* for news in the ring              */
};

struct flow_server {
	bool live;
	bool enabled;
	bool exact;	  /* gets ranges                                   */
	uint16_t carrier; /* slot of the invalidation under way, or NOBODY */
	uint8_t next;	  /* item of `batch` that is under way             */
	uint64_t sent;	  /* newest change in `batch` or before            */
	uint64_t acked;	  /* newest change that is acknowledged            */
	struct flow_list batch; /* under way; empty: all acknowledged      */
	struct flow_list due;	/* after `sent`                            */
	uint64_t busy;	      /* slots in use, by vCPU                       */
	struct ioreq *page;   /* shared with the server: a slot a vCPU       */
	uint8_t *seen;	      /* by slot: the last state seen there          */
	const uint32_t *port; /* by slot: the target's event port         */
	struct flow_window window;
};

struct flow {
	struct spinlock lock;
	uint16_t nr_vcpus;
	uint64_t seq; /* the newest change that counts */
	/* Read without the lock by who gets an event: */
	uint64_t waiting; /* vCPUs that do not run before an answer      */
	uint8_t pending;  /* servers with changes not acknowledged        */
	uint8_t queued;	  /* of these: those with something to be sent */
	struct flow_server server[FLOW_SERVERS];
	struct flow_vcpu *vcpu;
};

enum flow_verdict {
	FLOW_RUN,    /* nothing holds the vCPU back                  */
	FLOW_WAIT,   /* it does not run before somebody answers      */
	FLOW_DONE,   /* its request is answered: go on, then ask again */
	FLOW_BROKEN, /* a server broke the rules: stop the domain    */
};

/* An invalidation for each server, and a request. */
#define FLOW_NEWS (FLOW_SERVERS + 1)

/* What a step leaves to do once the lock is dropped. */
struct flow_out {
	uint64_t wake;	 /* vCPUs that may go on, perhaps                 */
	uint64_t data;	 /* DONE: what was read                           */
	uint8_t verdict; /* enum flow_verdict                           */
	uint8_t server;	 /* BROKEN: which                               */
	uint8_t was, is; /* BROKEN: the states of its slot              */
	uint8_t nr;
	struct flow_news {
		uint32_t port; /* to send an event to */
		uint8_t server;
		uint8_t slot;
	} news[FLOW_NEWS];
};

#define IOREQ_STATE_BROKEN 0xffu

/**
 * ioreq_next() - The life of a request, as its server may lead it.
 * @seen: the last state that was legal: READY or INPROCESS.
 * @now:  the state of the slot, read once.
 *
 * Return: @now, or IOREQ_STATE_BROKEN.
 */
uint8_t ioreq_next(uint8_t seen, uint8_t now);

/**
 * flow_changed() - RAM has left the domain's p2m.
 * @own:  the vCPU that changed it, or FLOW_NOBODY: somebody else did, and
 *        all vCPUs must see it acknowledged.
 * @held: servers, by number, whose domains have frames of this one mapped.
 *
 * Return: whether any server has to be told.
 */
bool flow_changed(struct flow *f, unsigned int own, uint8_t held,
		  const struct p2m_changes *c);

/**
 * flow_request() - @v has an access for one of @servers, a bit each.
 *
 * It has no other; step until it is DONE. Of several that are enabled the
 * last one gets it, as on Xen. Return: whether there is one.
 */
bool flow_request(struct flow *f, unsigned int v, uint8_t servers,
		  const struct flow_access *a);

/**
 * flow_step() - Look at answers, send what is due, and ask for @v.
 * @v: a vCPU on its way to the guest, or FLOW_NOBODY.
 */
void flow_step(struct flow *f, unsigned int v, struct flow_out *out);

/*
 * A new server: it knows all changes so far. @s: page, seen and port are used.
 * It gets nothing until it is enabled, and options are set before that.
 */
void flow_create(struct flow *f, uint8_t id, const struct flow_server *s);

void flow_options(struct flow *f, uint8_t id, bool exact,
		  const struct flow_window *window);

/* Return: vCPUs that have to look. */
uint64_t flow_enable(struct flow *f, uint8_t id, bool enable);

/* Its requests are answered with all ones, and it is forgotten. Return: vCPUs
 * that have to look. */
uint64_t flow_destroy(struct flow *f, uint8_t id);

/* ring.c: put a write into the ring. False when it is full, or its reader
 * out of its mind. */
bool ring_put(struct flow_window *w, const struct flow_access *a);

#endif
