/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What caches may hold of each page. A guest starts with its caches off, so
 * a page must be clean, and the instruction cache must know nothing of what
 * it held before, when it is first mapped.
 */
#include <stdlib.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/bits.h>

#include "model.h"

struct page {
	uint8_t state;	     /* enum host_page_state                     */
	uint64_t cleaned_at; /* value of icache_invals when it was clean */
};

static struct page *pages;
static uint64_t nr_pages;
static uint64_t icache_invals;

void cache_setup(uint64_t frames)
{
	pages = calloc(frames, sizeof(*pages));
	nr_pages = frames;
	if (!pages) {
		abort();
	}
}

void cache_teardown(void)
{
	free(pages);
	pages = NULL;
	nr_pages = 0;
}

/* NULL for what is not in the arena: devices, SRAM. */
static struct page *page_of(mfn_t mfn)
{
	uint64_t i = mfn.v - host_ram_first().v;

	return i < nr_pages ? &pages[i] : NULL;
}

static void make_dirty(mfn_t mfn)
{
	struct page *page = page_of(mfn);

	if (page) {
		page->state = HOST_PAGE_DIRTY;
	}
}

enum host_page_state host_page_state(mfn_t mfn)
{
	struct page *page = page_of(mfn);

	return page ? (enum host_page_state)page->state : HOST_PAGE_UNTOUCHED;
}

/* Only pages that [p, p + size) covers whole become clean. */
static void clean(const void *p, size_t size)
{
	uint64_t pa = ptr_to_paddr(p).v;
	uint64_t end = align_down(pa + size, PAGE_SIZE);

	model_lock();
	for (pa = align_up(pa, PAGE_SIZE); pa < end; pa += PAGE_SIZE) {
		struct page *page = page_of(paddr_to_mfn(PADDR(pa)));

		model_counts.page_cleans++;
		if (page && page->state == HOST_PAGE_DIRTY) {
			page->state = HOST_PAGE_CLEAN;
			page->cleaned_at = icache_invals;
		}
	}
	model_unlock();
}

void arch_cache_clean_inval(const void *p, size_t size)
{
	clean(p, size);
}

void arch_cache_clean(const void *p, size_t size)
{
	clean(p, size);
}

void arch_icache_inval_all(void)
{
	model_lock();
	icache_invals++;
	model_unlock();
}

void arch_clear_frames(mfn_t mfn, uint64_t nr)
{
	memset(mfn_to_ptr(mfn), 0, nr << PAGE_SHIFT);
	arch_note_dirty(mfn, nr);
}

void arch_note_dirty(mfn_t mfn, uint64_t nr)
{
	model_lock();
	for (uint64_t i = 0; i < nr; i++) {
		make_dirty(mfn_add(mfn, i));
	}
	model_unlock();
}

void cache_note_freed(mfn_t mfn)
{
	make_dirty(mfn);
}

/* It was dirty once, and not invalidated since it became clean. */
static bool icache_is_stale(const struct page *page)
{
	return page->state == HOST_PAGE_CLEAN &&
	       page->cleaned_at == icache_invals;
}

void cache_check_mapping(paddr_t pa, uint64_t size, uint64_t pte)
{
	struct arena_part part = in_arena(pa, size);
	bool exec = (pte & HW_XN) == 0;

	for (uint64_t at = part.from; at < part.to; at += PAGE_SIZE) {
		struct page *page = page_of(paddr_to_mfn(PADDR(at)));

		if (page->state == HOST_PAGE_DIRTY) {
			host_fail("dirty page %#lx mapped", at);
			return;
		}
		if (exec && icache_is_stale(page)) {
			host_fail("page %#lx mapped executable with a stale "
				  "instruction cache",
				  at);
			return;
		}
	}
}
