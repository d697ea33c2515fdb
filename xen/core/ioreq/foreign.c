/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioreq/foreign.h"

#include <core/errno.h>

#include "domain/domain.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "p2m/p2m.h"

/* Domains that fall on one counter share it. */
#define COUNTERS 64

struct foreign {
	struct domain *domain;
	struct p2m_listener listener;
	uint64_t count[COUNTERS]; /* atomic */
};

static uint64_t *counter(struct foreign *f, domid_t of)
{
	return &f->count[of % COUNTERS];
}

static bool is_foreign(enum p2m_type type)
{
	return type == P2M_FOREIGN_RW || type == P2M_FOREIGN_RO;
}

/* The references on the frames are dropped after this: owners are known. */
static void changed(void *opaque, const struct p2m_changes *changes)
{
	struct foreign *f = opaque;

	for (unsigned int i = 0; i < changes->nr; i++) {
		const struct p2m_change *c = &changes->change[i];

		for (uint64_t n = 0; n < c->nr && is_foreign(c->old_type);
		     n++) {
			foreign_sub(f->domain,
				    frame_owner(mfn_add(c->old_mfn, n)), 1);
		}
	}
}

int foreign_begin(struct domain *d)
{
	struct foreign *f;
	struct p2m_locked l;

	if (__atomic_load_n(&d->foreign, __ATOMIC_ACQUIRE)) {
		return 0;
	}
	f = heap_alloc(sizeof(*f));
	if (!f) {
		return -XEN_ENOMEM;
	}
	f->domain = d;
	f->listener = (struct p2m_listener){ .name = "foreign",
					     .changed = changed,
					     .opaque = f };
	l = p2m_lock(d->p2m);
	if (!d->foreign) {
		p2m_listen(d->p2m, &f->listener);
		__atomic_store_n(&d->foreign, f, __ATOMIC_RELEASE);
		f = NULL;
	}
	p2m_unlock(l);
	heap_free(f);
	return 0;
}

void foreign_end(struct domain *d)
{
	heap_free(d->foreign);
	d->foreign = NULL;
}

void foreign_add(struct domain *d, domid_t of, uint32_t nr)
{
	__atomic_fetch_add(counter(d->foreign, of), nr, __ATOMIC_RELAXED);
}

void foreign_sub(struct domain *d, domid_t of, uint32_t nr)
{
	uint64_t *at = counter(d->foreign, of);
	uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);

	/* Frames of the hypervisor's own are mapped without being counted. */
	while (of < FRAME_OWNER_FREE && old >= nr &&
	       !__atomic_compare_exchange_n(at, &old, old - nr, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED)) {
	}
}

bool foreign_held(const struct domain *d, domid_t of)
{
	struct foreign *f = __atomic_load_n(&d->foreign, __ATOMIC_ACQUIRE);

	return f && __atomic_load_n(counter(f, of), __ATOMIC_ACQUIRE);
}
