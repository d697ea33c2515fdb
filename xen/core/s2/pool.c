/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Table pages of one domain, taken from the host when the pool grows and at
 * no other time (XSA-409). They are linked through their first descriptor:
 * an address is an invalid one, so a walker that is still in a dead page
 * faults there.
 */
#include "s2/pool.h"

#include <arch/map.h>
#include <arch/stage2.h>
#include <core/bug.h>
#include <core/errno.h>

#include "frame/frame.h"

static void push(paddr_t *list, s2_pte_t *page)
{
	arch_pte_store(page, list->v);
	*list = ptr_to_paddr(page);
}

static s2_pte_t *pop(paddr_t *list)
{
	s2_pte_t *page = paddr_to_ptr(*list);

	*list = PADDR(*page);
	return page;
}

s2_pte_t *s2_pool_take(struct s2_pool *pool)
{
	BUG_ON(!pool->nr_free);
	pool->nr_free--;
	return pop(&pool->free);
}

void s2_pool_kill(struct s2_pool *pool, s2_pte_t *table)
{
	push(&pool->dead, table);
	pool->nr_dead++;
}

void s2_pool_bury(struct s2_pool *pool)
{
	while (pool->nr_dead) {
		s2_pte_t *page = pop(&pool->dead);

		arch_note_free(ptr_to_mfn(page), 1);
		push(&pool->free, page);
		pool->nr_dead--;
		pool->nr_free++;
	}
}

static int grow(struct s2_pool *pool)
{
	mfn_t mfn = frame_alloc(0, FRAME_OWNER_XEN);

	if (mfn_eq(mfn, MFN_INVALID)) {
		return -XEN_ENOMEM;
	}
	push(&pool->free, mfn_to_ptr(mfn));
	pool->nr_free++;
	pool->size++;
	return 0;
}

static void shrink(struct s2_pool *pool)
{
	frame_put(ptr_to_mfn(s2_pool_take(pool)));
	pool->size--;
}

int s2_pool_resize(struct s2 *s2, uint64_t pages)
{
	struct s2_pool *pool = &s2->pool;
	uint64_t before = pool->size;

	if (pages < before && before - pages > pool->nr_free) {
		return -XEN_EBUSY;
	}
	while (pool->size < pages) {
		if (grow(pool) < 0) {
			pages = before;
			while (pool->size > pages) {
				shrink(pool);
			}
			return -XEN_ENOMEM;
		}
	}
	while (pool->size > pages) {
		shrink(pool);
	}
	return 0;
}

uint64_t s2_nr_tables(const struct s2 *s2)
{
	return s2->pool.size - s2->pool.nr_free + BIT(s2->shape.root_order);
}
