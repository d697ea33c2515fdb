/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to guest virtual addresses.
 *
 * The hardware translates; an epoch section keeps the frame from being used
 * for something else meanwhile. What the hardware refuses, perhaps only
 * because a descriptor is being broken at the moment, is looked up under the
 * p2m lock. Nothing is remembered from one copy to the next: the guest changes
 * its own tables without telling anybody.
 */
#include "domain/guestcopy.h"

#include <string.h>

#include <arch/cpu.h>
#include <arch/guest.h>
#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/epoch.h"
#include "frame/frame.h"
#include "memmap/log.h"
#include "p2m/p2m.h"

/* Words that may stand anywhere and be part of anything. */
typedef uint64_t __attribute__((__aligned__(1), __may_alias__)) word_t;
typedef uint32_t __attribute__((__aligned__(1), __may_alias__)) half_t;

/* Arguments are a few words; a port is half a one. */
#define SMALL_MAX 64

static inline bool is_small(size_t len)
{
	return len <= SMALL_MAX && len % sizeof(half_t) == 0;
}

static inline void copy_words(char *out, const char *in, size_t len)
{
	const char *end = in + len;

	if (len & sizeof(half_t)) {
		*(half_t *)out = *(const half_t *)in;
		out += sizeof(half_t);
		in += sizeof(half_t);
	}
	if (len & sizeof(word_t)) {
		*(word_t *)out = *(const word_t *)in;
		out += sizeof(word_t);
		in += sizeof(word_t);
	}
	for (; in < end; in += 2 * sizeof(word_t), out += 2 * sizeof(word_t)) {
		word_t a = ((const word_t *)in)[0], b = ((const word_t *)in)[1];

		((word_t *)out)[0] = a;
		((word_t *)out)[1] = b;
	}
}

/*
 * Whether it is a write that is to be told. Hardware that notes writes in the
 * table need not do so for an AT. Asked in the epoch section: a log that begins
 * after it is read after it.
 */
static inline bool is_logged(const struct vcpu *v, enum guest_access access)
{
	return access == GUEST_WRITE && memmap_log_is_on(v->domain->memmap);
}

/*
 * A few words inside one page, in the bank that holds most of the RAM; without
 * a call, so that the common copy has nothing to save on the stack. False when
 * it is anything else.
 */
static inline __attribute__((__always_inline__)) bool
copy_small(const struct vcpu *v, gva_t gva, void *buf, size_t len,
	   enum guest_access access)
{
	unsigned int cpu = arch_this_cpu();
	bool done = false;
	paddr_t pa;

	epoch_enter(cpu);
	if (likely(!is_logged(v, access)) &&
	    likely(arch_guest_translate(gva, access, &pa)) &&
	    likely(frame_window_owned(paddr_to_mfn(pa)))) {
		char *guest = paddr_to_ptr(pa);

		if (access == GUEST_READ) {
			copy_words(buf, guest, len);
		} else {
			copy_words(guest, buf, len);
		}
		done = true;
	}
	epoch_leave(cpu);
	return done;
}

static void move(void *buf, paddr_t pa, size_t len, enum guest_access access)
{
	if (access == GUEST_READ) {
		memcpy(buf, paddr_to_ptr(pa), len);
	} else {
		memcpy(paddr_to_ptr(pa), buf, len);
	}
}

/*
 * What hardware can translate, inside one page. Only RAM that somebody owns
 * is touched; so no device, and nothing that EL2 does not map.
 */
static bool copy_fast(const struct vcpu *v, gva_t gva, void *buf, size_t len,
		      enum guest_access access)
{
	unsigned int cpu = arch_this_cpu();
	bool done = false;
	paddr_t pa;

	epoch_enter(cpu);
	if (!is_logged(v, access) && arch_guest_translate(gva, access, &pa) &&
	    frame_is_owned(paddr_to_mfn(pa))) {
		move(buf, pa, len, access);
		done = true;
	}
	epoch_leave(cpu);
	return done;
}

static bool type_allows(enum p2m_type type, enum guest_access access)
{
	switch (type) {
	case P2M_RAM_RW:
	case P2M_FOREIGN_RW:
	case P2M_GRANT_RW:
	case P2M_XEN:
		return true;
	case P2M_RAM_RO:
	case P2M_FOREIGN_RO:
	case P2M_GRANT_RO:
		return access == GUEST_READ;
	default:
		return false;
	}
}

/* The lock keeps the entry, and so the entry's reference on the frame. */
static int copy_locked(struct vcpu *v, gva_t gva, void *buf, size_t len,
		       enum guest_access access)
{
	struct p2m_locked l = p2m_lock(v->domain->p2m);
	int rc = -XEN_EFAULT;
	struct p2m_entry e;
	ipa_t ipa;

	if (arch_guest_translate_s1(gva, access, &ipa)) {
		e = p2m_lookup(l, ipa_to_gfn(ipa));
		if (type_allows(e.type, access)) {
			paddr_t page = mfn_to_paddr(e.mfn);

			if (access == GUEST_WRITE) {
				memmap_log_write(v->domain->memmap, l,
						 ipa_to_gfn(ipa));
			}
			move(buf, PADDR(page.v + page_offset(ipa.v)), len,
			     access);
			rc = 0;
		}
	}
	p2m_unlock(l);
	return rc;
}

/* Page by page; each by hardware if it can. */
static int copy_pages(struct vcpu *v, gva_t gva, char *buf, size_t len,
		      enum guest_access access)
{
	if (range_wraps(gva.v, len)) {
		return -XEN_EFAULT;
	}
	while (len) {
		size_t n = min_u64(len, PAGE_SIZE - page_offset(gva.v));

		if (!copy_fast(v, gva, buf, n, access)) {
			int rc = copy_locked(v, gva, buf, n, access);

			if (rc) {
				return rc;
			}
		}
		buf += n;
		gva.v += n;
		len -= n;
	}
	return 0;
}

/* True for some copies of nothing too: no harm. */
static inline bool in_one_page(gva_t gva, size_t len)
{
	return !((gva.v ^ (gva.v + len - 1)) >> PAGE_SHIFT);
}

int guest_read(struct vcpu *v, void *dst, gva_t gva, size_t len)
{
	if (likely(in_one_page(gva, len) && is_small(len)) &&
	    likely(copy_small(v, gva, dst, len, GUEST_READ))) {
		return 0;
	}
	return copy_pages(v, gva, dst, len, GUEST_READ);
}

int guest_write(struct vcpu *v, gva_t gva, const void *src, size_t len)
{
	/* A write does not touch the buffer. */
	char *buf = (char *)(uintptr_t)src;

	if (likely(in_one_page(gva, len) && is_small(len)) &&
	    likely(copy_small(v, gva, buf, len, GUEST_WRITE))) {
		return 0;
	}
	return copy_pages(v, gva, buf, len, GUEST_WRITE);
}

int guest_page_get(struct vcpu *v, gfn_t gfn, mfn_t *mfn)
{
	struct domain *d = v->domain;
	struct p2m_locked l = p2m_lock(d->p2m);
	struct p2m_entry e = p2m_lookup(l, gfn);
	int rc = -XEN_EINVAL;

	if (e.type == P2M_RAM_RW && !frame_get(e.mfn, d->id)) {
		memmap_log_write(d->memmap, l, gfn);
		*mfn = e.mfn;
		rc = 0;
	}
	p2m_unlock(l);
	return rc;
}
