/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of domains, and the parts that each one has. */
#include "domain/domain.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/grant_table.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/bug.h>

#include "domain/epoch.h"
#include "domain/life.h"
#include "domain/map_owner.h"
#include "domain/time.h"
#include "domain/vcpu.h"
#include "domain/watchdog.h"
#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "gnttab/gnttab.h"
#include "iomem/iomem.h"
#include "ioreq/foreign.h"
#include "ioreq/ioreq.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"

/* Table pages of a domain to begin with; p2m_set_pool() gives more. */
#define TABLE_PAGES 256
/* As Xen's defaults are. */
#define GRANT_FRAMES	64
#define MAPTRACK_FRAMES 1024

static_assert(MAX_VCPUS <= 64, "domain.polling has a bit for each");
static_assert(sizeof(struct shared_info) <= PAGE_SIZE, "Xen ABI");

/* By ascending id. Added to under the lock; read without. */
static struct domain *first;
static struct spinlock table_lock = SPINLOCK_INIT;

struct domain *domain_next(const struct domain *d)
{
	return __atomic_load_n(d ? &d->next : &first, __ATOMIC_ACQUIRE);
}

struct domain *domain_by_id(struct domain *self, domid_t id)
{
	struct domain *d;

	if (id == DOMID_SELF || id == self->id) {
		return self;
	}
	d = domain_of_id(id);
	return d && domain_lives(d) ? d : NULL;
}

struct domain *domain_of_id(domid_t id)
{
	struct domain *d = NULL;

	while ((d = domain_next(d)) && d->id < id) {
	}
	return d && d->id == id ? d : NULL;
}

struct domain *domain_hwdom(void)
{
	struct domain *d = NULL;

	while ((d = domain_next(d)) && !d->hwdom) {
	}
	return d;
}

struct vcpu *domain_vcpu(struct domain *d, uint32_t id)
{
	return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}

static struct domain **place_of(domid_t id)
{
	struct domain **at = &first;

	while (*at && (*at)->id < id) {
		at = &(*at)->next;
	}
	return at;
}

bool domain_enlist(struct domain *d)
{
	struct domain **at;
	bool is_free;

	spin_lock(&table_lock);
	at = place_of(d->id);
	is_free = !*at || (*at)->id != d->id;
	if (is_free) {
		d->next = *at;
		__atomic_store_n(at, d, __ATOMIC_RELEASE);
	}
	spin_unlock(&table_lock);
	if (is_free) {
		/* Whoever sets the clock from now on finds it; so none is
		 * missed. */
		time_publish_wallclock(d);
	}
	return is_free;
}

void domain_unlist(struct domain *d)
{
	struct domain **at;

	spin_lock(&table_lock);
	at = place_of(d->id);
	if (*at == d) {
		__atomic_store_n(at, d->next, __ATOMIC_RELEASE);
	}
	spin_unlock(&table_lock);
}

/* The page may be mapped before caches are on, so it starts clean. */
static bool create_shared_info(struct domain *d)
{
	d->shared_info_mfn = frame_alloc(0, FRAME_OWNER_XEN);
	if (mfn_eq(d->shared_info_mfn, MFN_INVALID)) {
		return false;
	}
	arch_clear_frames(d->shared_info_mfn, 1);
	d->shared_info = mfn_to_ptr(d->shared_info_mfn);
	arch_cache_clean_inval(d->shared_info, PAGE_SIZE);
	return true;
}

static bool create_vcpus(struct domain *d, unsigned int nr)
{
	for (; d->nr_vcpus < nr; d->nr_vcpus++) {
		d->vcpu[d->nr_vcpus] = vcpu_create(d, d->nr_vcpus);
		if (!d->vcpu[d->nr_vcpus]) {
			return false;
		}
	}
	return true;
}

static bool create_memory(struct domain *d, unsigned int ipa_bits)
{
	d->p2m = p2m_create(d->id, ipa_bits, d->direct, TABLE_PAGES);
	if (!d->p2m) {
		return false;
	}
	d->memmap = memmap_create(d->p2m);
	if (d->memmap) {
		domain_own_map(d);
	}
	return d->memmap;
}

/* What exists of @d, whose first missing part is the rest. */
static bool create_parts(struct domain *d, const struct domain_config *c)
{
	unsigned int grants = c->grant_frames < 0 ? GRANT_FRAMES
						  : c->grant_frames;
	unsigned int maptrack = c->maptrack_frames < 0 ? MAPTRACK_FRAMES
						       : c->maptrack_frames;

	return create_memory(d, c->ipa_bits) && create_shared_info(d) &&
	       create_vcpus(d, c->nr_vcpus) && evtchn_domain_init(d) == 0 &&
	       gnttab_domain_init(d, grants, maptrack) == 0;
}

struct domain *domain_make(const struct domain_config *c)
{
	struct domain *d = heap_alloc(sizeof(*d));

	ASSERT(c->nr_vcpus && c->nr_vcpus <= MAX_VCPUS && c->grant_frames);
	if (!d) {
		return NULL;
	}
	d->id = c->id;
	d->hwdom = c->hwdom;
	d->direct = c->hwdom;
	d->ipa_bits = c->ipa_bits;
	d->max_port = c->max_port;
	d->refs = 1;
	d->weight = SCHED_DEFAULT_WEIGHT;
	d->shutdown_code = SHUTDOWN_CODE_NONE;
	d->shared_info_mfn = MFN_INVALID;
	d->shared_info_gfn = GFN_INVALID;
	watchdog_init(d);
	if (!create_parts(d, c)) {
		domain_destroy(d);
		return NULL;
	}
	return d;
}

struct domain *domain_create(domid_t id, bool hwdom, unsigned int ipa_bits,
			     unsigned int nr_vcpus)
{
	const struct domain_config config = {
		.id = id,
		.hwdom = hwdom,
		.ipa_bits = ipa_bits,
		.nr_vcpus = nr_vcpus,
		.grant_frames = -1,
		.maptrack_frames = -1,
	};
	struct domain *d = domain_make(&config);

	if (d) {
		BUG_ON(!domain_enlist(d));
	}
	return d;
}

void domain_destroy(struct domain *d)
{
	domain_unlist(d);
	epoch_wait();
	watchdog_stop_all(d);
	if (d->memmap) {
		domain_abort_map(d);
	}
	ioreq_domain_end(d);
	if (d->evtchn) {
		evtchn_domain_destroy(d);
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		vcpu_destroy(d->vcpu[i]);
	}
	iomem_domain_destroy(d);
	if (d->memmap) {
		memmap_destroy(d->memmap);
	}
	if (d->p2m) {
		p2m_destroy(d->p2m);
	}
	ioreq_domain_free(d);
	foreign_end(d);
	/* Grants that it had mapped are out of its map by now. */
	if (d->gnttab) {
		gnttab_domain_destroy(d);
	}
	if (!mfn_eq(d->shared_info_mfn, MFN_INVALID)) {
		frame_put(d->shared_info_mfn);
	}
	heap_free(d);
}
