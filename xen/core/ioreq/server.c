/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers: made, changed and ended by their device models. */
#include <stddef.h>
#include <stdint.h>

#include <xen/hvm/dm_op.h>
#include <xen/memory.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>

#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "ioreq/internal.h"

static_assert(FLOW_SERVERS == 8, "as many as Xen has");
static_assert(MAX_VCPUS * sizeof(struct ioreq) <= PAGE_SIZE, "one page");
static_assert(FRAME_OWNER_XEN > DOMID_FIRST_RESERVED, "no domain's id");

#define RING_WINDOW_MAX (UINT64_C(1) << 20) /* the ring has 20 bits */

/* -------------------------------------------------------------- a domain's */

static struct ioreq_domain *io_of(const struct domain *d)
{
	return __atomic_load_n(&d->ioreq, __ATOMIC_ACQUIRE);
}

/* Made with the first server. Two may try: the p2m's lock decides. */
static struct ioreq_domain *io_make(struct domain *d)
{
	struct ioreq_domain *io = io_of(d);
	struct p2m_locked l;

	if (io) {
		return io;
	}
	io = heap_alloc(sizeof(*io));
	if (!io) {
		return NULL;
	}
	io->domain = d;
	work_init(io);
	l = p2m_lock(d->p2m);
	if (!d->ioreq) {
		p2m_listen(d->p2m, &io->listener);
		__atomic_store_n(&d->ioreq, io, __ATOMIC_RELEASE);
		io = NULL;
	}
	p2m_unlock(l);
	heap_free(io);
	return d->ioreq;
}

/* Config lock held. */
static int find(struct ioreq_domain *io, const struct ioreq_name *name,
		struct ioreq_server **s)
{
	*s = name->id < FLOW_SERVERS ? io->server[name->id] : NULL;
	if (!*s) {
		return -XEN_ENOENT;
	}
	return (*s)->dm == name->dm ? 0 : -XEN_EPERM;
}

/* The server, with its domain's config lock if that succeeds. */
static int lock_server(const struct ioreq_name *name, struct ioreq_server **s)
{
	struct ioreq_domain *io = io_of(name->d);
	int rc;

	if (!io) {
		return -XEN_ENOENT;
	}
	spin_lock(&io->config);
	rc = find(io, name, s);
	if (rc) {
		spin_unlock(&io->config);
	}
	return rc;
}

/* ------------------------------------------------------------------ parts */

/* A device model may look at it before its caches are on. */
static int make_frame(mfn_t *mfn)
{
	*mfn = frame_alloc(0, FRAME_OWNER_XEN);
	if (mfn_eq(*mfn, MFN_INVALID)) {
		return -XEN_ENOMEM;
	}
	arch_clear_frames(*mfn, 1);
	arch_cache_clean_inval(mfn_to_ptr(*mfn), PAGE_SIZE);
	return 0;
}

static void drop_frame(mfn_t mfn)
{
	if (!mfn_eq(mfn, MFN_INVALID)) {
		frame_put(mfn);
	}
}

static int open_ports(struct domain *d, struct ioreq_server *s)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		int port = evtchn_xen_open(d, s->dm, (uint16_t)i);

		if (port < 0) {
			return port;
		}
		s->port[i] = (uint32_t)port;
	}
	return 0;
}

/* Where a device model finds its ports; nobody believes what it says later. */
static void tell_ports(const struct domain *d, const struct ioreq_server *s)
{
	struct ioreq *slot = mfn_to_ptr(s->slots);

	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		slot[i].vp_eport = s->port[i];
	}
}

/* What exists of it. */
static void free_server(struct domain *d, struct ioreq_server *s)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (s->port[i]) {
			evtchn_xen_close(d, s->port[i]);
		}
	}
	if (s->ring_port) {
		evtchn_xen_close(d, s->ring_port);
	}
	drop_frame(s->slots);
	drop_frame(s->ring);
	for (unsigned int i = 0; i < RANGE_TYPES; i++) {
		ranges_free(&s->ranges[i]);
	}
	heap_free(s);
}

static int make_server(struct domain *d, struct domain *dm,
		       struct ioreq_server **out)
{
	struct ioreq_server *s = heap_alloc(sizeof(*s));
	int rc;

	if (!s) {
		return -XEN_ENOMEM;
	}
	s->dm = dm;
	s->ring = MFN_INVALID;
	rc = make_frame(&s->slots);
	if (!rc) {
		rc = open_ports(d, s);
	}
	if (rc) {
		free_server(d, s);
		return rc;
	}
	tell_ports(d, s);
	*out = s;
	return 0;
}

/* ------------------------------------------------------ beginning and end */

static int find_free(const struct ioreq_domain *io)
{
	int id = 0;

	while (id < FLOW_SERVERS && io->server[id]) {
		id++;
	}
	return id < FLOW_SERVERS ? id : -XEN_ENOSPC;
}

/* The listener reads who there is under the p2m's lock. */
static void set_server(struct ioreq_domain *io, unsigned int id,
		       struct ioreq_server *s)
{
	struct p2m_locked l = p2m_lock(io->domain->p2m);

	io->server[id] = s;
	p2m_unlock(l);
}

int ioreq_create(struct ioreq_name *name)
{
	struct ioreq_domain *io = io_make(name->d);
	struct ioreq_server *s;
	int rc, id;

	if (!io) {
		return -XEN_ENOMEM;
	}
	spin_lock(&io->config);
	id = find_free(io);
	rc = id < 0 ? id : make_server(name->d, name->dm, &s);
	if (!rc) {
		const struct flow_server flow = { .page = mfn_to_ptr(s->slots),
						  .seen = s->seen,
						  .port = s->port };

		flow_create(&io->flow, (uint8_t)id, &flow);
		set_server(io, (unsigned int)id, s);
		name->id = (uint16_t)id;
	}
	spin_unlock(&io->config);
	return rc;
}

/*
 * Nobody finds it by an address any more, then nobody has to wait for it, then
 * it goes. Config lock held.
 */
static void end_server(struct ioreq_domain *io, unsigned int id)
{
	struct ioreq_server *s = io->server[id];

	regions_mask(io, id);
	work_ask(io->domain, flow_destroy(&io->flow, (uint8_t)id));
	set_server(io, id, NULL);
	free_server(io->domain, s);
}

int ioreq_destroy(const struct ioreq_name *name)
{
	struct ioreq_server *s;
	struct ioreq_domain *io;
	struct range_map *map;
	int rc = lock_server(name, &s);

	if (rc) {
		return rc;
	}
	io = name->d->ioreq;
	end_server(io, name->id);
	map = regions_alloc(io);
	if (map) {
		regions_hide(io, map);
	}
	spin_unlock(&io->config);
	return 0;
}

/* ---------------------------------------------------------------- changes */

int ioreq_enable(const struct ioreq_name *name, bool enable)
{
	struct ioreq_server *s;
	struct ioreq_domain *io;
	int rc = lock_server(name, &s);

	if (rc) {
		return rc;
	}
	io = name->d->ioreq;
	if (s->enabled != enable) {
		s->enabled = enable;
		work_ask(io->domain,
			 flow_enable(&io->flow, (uint8_t)name->id, enable));
		work_send(io);
	}
	spin_unlock(&io->config);
	return 0;
}

static int range_check(const struct ioreq_range *range)
{
	return range->first > range->last || range->type >= RANGE_TYPES
		       ? -XEN_EINVAL
		       : 0;
}

/* Ports and PCI are kept, as Xen keeps them; nothing on Arm looks at them. */
static bool is_memory(const struct ioreq_range *range)
{
	return range->type == XEN_DMOP_IO_RANGE_MEMORY;
}

/* The bytes have been added: show them, or take them back. Uses @map up. */
static int show_range(struct ioreq_domain *io, struct ranges *to,
		      struct range bytes, struct range_map *map)
{
	int rc = regions_show(io, map);

	if (rc) {
		/* It has the room that it had before. */
		int undone = ranges_del(to, bytes);

		BUG_ON(undone);
	}
	return rc;
}

enum range_op {
	RANGE_ADD,
	RANGE_DEL,
};

static int change_range(struct ioreq_domain *io, struct ioreq_server *s,
			const struct ioreq_range *range, enum range_op op)
{
	struct ranges *of = &s->ranges[range->type];
	const struct range bytes = { range->first, range->last };
	struct range_map *map = regions_alloc(io);
	int rc;

	if (!map) {
		return -XEN_ENOMEM;
	}
	rc = op == RANGE_ADD ? ranges_add(of, bytes) : ranges_del(of, bytes);
	if (rc || !is_memory(range)) {
		heap_free(map);
	} else if (op == RANGE_ADD) {
		rc = show_range(io, of, bytes, map);
	} else {
		regions_hide(io, map);
	}
	return rc;
}

static int range_call(const struct ioreq_name *name,
		      const struct ioreq_range *range, enum range_op op)
{
	struct ioreq_server *s;
	int rc = range_check(range);

	if (!rc) {
		rc = lock_server(name, &s);
	}
	if (rc) {
		return rc;
	}
	rc = change_range(name->d->ioreq, s, range, op);
	spin_unlock(&name->d->ioreq->config);
	return rc;
}

int ioreq_map(const struct ioreq_name *name, const struct ioreq_range *range)
{
	return range_call(name, range, RANGE_ADD);
}

int ioreq_unmap(const struct ioreq_name *name, const struct ioreq_range *range)
{
	return range_call(name, range, RANGE_DEL);
}

/* A ring is made once, and stays. */
static int make_ring(struct domain *d, struct ioreq_server *s)
{
	int rc = make_frame(&s->ring);
	int port;

	if (rc) {
		return rc;
	}
	port = evtchn_xen_open(d, s->dm, 0);
	if (port < 0) {
		drop_frame(s->ring);
		s->ring = MFN_INVALID;
		return port;
	}
	s->ring_port = (uint32_t)port;
	return 0;
}

static int set_options(struct ioreq_domain *io, struct ioreq_server *s,
		       uint16_t id, const struct ioreq_options *o)
{
	struct flow_window w = { .base = o->window, .size = o->window_size };
	int rc = 0;

	if (s->enabled || s->ring_port) {
		return -XEN_EBUSY;
	}
	if (o->window_size > RING_WINDOW_MAX ||
	    range_wraps(o->window, o->window_size)) {
		return -XEN_EINVAL;
	}
	if (o->window_size) {
		rc = make_ring(io->domain, s);
	}
	if (!rc) {
		w.ring = w.size ? mfn_to_ptr(s->ring) : NULL;
		w.port = s->ring_port;
		flow_options(&io->flow, (uint8_t)id, o->exact, &w);
	}
	return rc;
}

int ioreq_set_options(const struct ioreq_name *name,
		      const struct ioreq_options *options)
{
	struct ioreq_server *s;
	int rc = lock_server(name, &s);

	if (!rc) {
		rc = set_options(name->d->ioreq, s, name->id, options);
		spin_unlock(&name->d->ioreq->config);
	}
	return rc;
}

/* -------------------------------------------------------------- questions */

int ioreq_info(const struct ioreq_name *name, uint32_t *ring_port)
{
	struct ioreq_server *s;
	int rc = lock_server(name, &s);

	if (!rc) {
		*ring_port = s->ring_port;
		spin_unlock(&name->d->ioreq->config);
	}
	return rc;
}

int ioreq_frame(const struct ioreq_name *name, uint64_t nr, mfn_t *mfn)
{
	struct ioreq_server *s;
	int rc = lock_server(name, &s);

	if (rc) {
		return rc;
	}
	switch (nr) {
	case XENMEM_resource_ioreq_server_frame_bufioreq:
		*mfn = s->ring;
		rc = s->ring_port ? 0 : -XEN_ENOENT;
		break;
	case XENMEM_resource_ioreq_server_frame_ioreq(0):
		*mfn = s->slots;
		break;
	default:
		rc = -XEN_EINVAL;
	}
	if (!rc) {
		rc = frame_get(*mfn, FRAME_OWNER_XEN);
	}
	spin_unlock(&name->d->ioreq->config);
	return rc;
}

/* ------------------------------------------------------------------- ends */

/* All servers, or those of @dm. */
static void end_servers(struct ioreq_domain *io, const struct domain *dm)
{
	bool any = false;

	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		if (io->server[i] && (!dm || io->server[i]->dm == dm)) {
			end_server(io, i);
			any = true;
		}
	}
	if (any && dm) {
		struct range_map *map = regions_alloc(io);

		if (map) {
			regions_hide(io, map);
		}
	}
}

void ioreq_domain_end(struct domain *d)
{
	struct ioreq_domain *io = io_of(d);

	if (io) {
		spin_lock(&io->config);
		end_servers(io, NULL);
		spin_unlock(&io->config);
		timer_cancel(&io->round);
	}
}

void ioreq_domain_free(struct domain *d)
{
	if (d->ioreq) {
		regions_forget(d->ioreq);
		heap_free(d->ioreq);
		d->ioreq = NULL;
	}
}

void ioreq_emulator_end(struct domain *dm)
{
	for (struct domain *d = domain_next(NULL); d; d = domain_next(d)) {
		struct ioreq_domain *io = io_of(d);

		if (io) {
			spin_lock(&io->config);
			end_servers(io, dm);
			spin_unlock(&io->config);
		}
	}
}
