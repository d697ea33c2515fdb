/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: memory of a domain, and of its tables. */
#include <stddef.h>
#include <stdint.h>

#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "hypercall/target.h"
#include "p2m/p2m.h"

/* Table pages between two looks at the interrupts. */
#define TABLES_AT_ONCE 128
/* Pages that are flushed between two looks. */
#define FLUSH_AT_ONCE 32
/* As many as Xen takes in one call. */
#define FLUSH_MAX (UINT64_C(1) << 18)

int64_t domctl_max_mem(struct vcpu *v, struct domain *d, struct xen_domctl *op)
{
	(void)v;
	__atomic_store_n(&d->max_pages,
			 op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10),
			 __ATOMIC_RELAXED);
	return 0;
}

/* The pool in pages; table pages in use are a part of it. */
static uint64_t pool_pages(struct domain *d)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	uint64_t pages = p2m_stats(l).pool_pages;

	p2m_unlock(l);
	return pages;
}

int64_t domctl_get_paging_mempool_size(struct vcpu *v, struct domain *d,
				       struct xen_domctl *op)
{
	(void)v;
	op->u.paging_mempool.size = pool_pages(d) << PAGE_SHIFT;
	return 0;
}

int64_t domctl_set_paging_mempool_size(struct vcpu *v, struct domain *d,
				       struct xen_domctl *op)
{
	uint64_t want = op->u.paging_mempool.size >> PAGE_SHIFT;
	uint64_t have = pool_pages(d);

	(void)v;
	if (!is_aligned(op->u.paging_mempool.size, PAGE_SIZE) ||
	    want != (uint32_t)want) {
		return -XEN_EINVAL;
	}
	while (have != want) {
		uint64_t next =
			have < want
				? min_u64(want, have + TABLES_AT_ONCE)
				: max_u64(want, have > TABLES_AT_ONCE
							? have - TABLES_AT_ONCE
							: 0);
		int rc = p2m_set_pool(d->p2m, next);

		if (rc) {
			return rc;
		}
		have = next;
		if (have != want && arch_irq_waiting()) {
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

int64_t domctl_set_address_size(struct vcpu *v, struct domain *d,
				struct xen_domctl *op)
{
	/* Guests run AArch64 at EL1. */
	(void)v;
	(void)d;
	return op->u.address_size.size == 64 ? 0 : -XEN_EINVAL;
}

/* ------------------------------------------------------------------- caches */

/* The RAM among the @nr frames from @first on. Holes are passed over. */
static void flush_frames(struct p2m_locked l, uint64_t first, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		struct p2m_entry e = p2m_lookup(l, GFN(first + i));

		if (p2m_is_ram(e.type)) {
			arch_cache_clean_inval(mfn_to_ptr(e.mfn), PAGE_SIZE);
		}
	}
}

/*
 * What the toolstack has written with its caches on, a guest that starts with
 * its own off will see. What is done is told in the argument: the next round
 * does the rest.
 */
int64_t domctl_cacheflush(struct vcpu *v, struct domain *d,
			  struct xen_domctl *op)
{
	struct xen_domctl_cacheflush *c = &op->u.cacheflush;
	uint64_t end = min_u64(c->start_pfn + c->nr_pfns,
			       p2m_max_mapped(d->p2m).v + 1);

	(void)v;
	if (c->nr_pfns > FLUSH_MAX || c->start_pfn + c->nr_pfns < c->nr_pfns) {
		return -XEN_EINVAL;
	}
	while (c->start_pfn < end) {
		uint64_t nr = min_u64(end - c->start_pfn, FLUSH_AT_ONCE);
		struct p2m_locked l;

		if (!target_lock(d, &l)) {
			return HYPERCALL_AGAIN;
		}
		flush_frames(l, c->start_pfn, nr);
		p2m_unlock(l);
		c->start_pfn += nr;
		c->nr_pfns -= nr;
		if (c->start_pfn < end && arch_irq_waiting()) {
			return HYPERCALL_AGAIN;
		}
	}
	arch_icache_inval_all();
	return 0;
}
