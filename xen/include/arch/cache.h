/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam: data and instruction caches. The host version keeps {untouched,
 * dirty, clean} for each page: a page that EL2 or a former owner may have
 * dirtied must be clean before it is mapped into a guest (guests start with
 * caches off), and mapping a dirty one fails the test.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <stddef.h>

#include <core/addr.h>

/* Clean and invalidate [p, p + size) to the point of coherency, then DSB. */
void arch_cache_clean_inval(const void *p, size_t size);

/* Clean [p, p + size) to the point of coherency, then DSB. */
void arch_cache_clean(const void *p, size_t size);

/* Invalidate the whole instruction cache, all CPUs (IC IALLUIS, DSB). */
void arch_icache_inval_all(void);

/* Fill @nr frames with zero: scrubbed and dirty, not yet clean. */
void arch_clear_frames(mfn_t mfn, uint64_t nr);

/*
 * Tell the host model: EL2 has written to @nr frames (dirty), or a guest is
 * about to get them. No instruction at EL2.
 */
void arch_note_dirty(mfn_t mfn, uint64_t nr);

#endif
