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
#include "p2m/p2m.h"

/* One piece of a copy: at most to the end of a page. */
struct piece {
	void *buf;
	size_t len;
	enum guest_access access;
};

/* RAM that somebody owns; so no device, and nothing EL2 does not map. */
static inline bool is_memory(paddr_t pa)
{
	uint16_t owner = frame_owner(paddr_to_mfn(pa));

	return owner != FRAME_OWNER_NONE && owner != FRAME_OWNER_FREE;
}

static inline void move(const struct piece *p, paddr_t pa)
{
	if (p->access == GUEST_READ) {
		memcpy(p->buf, paddr_to_ptr(pa), p->len);
	} else {
		memcpy(paddr_to_ptr(pa), p->buf, p->len);
	}
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
static int copy_slow(struct vcpu *v, gva_t gva, const struct piece *p)
{
	struct p2m_locked l = p2m_lock(v->domain->p2m);
	int rc = -XEN_EFAULT;
	struct p2m_entry e;
	ipa_t ipa;

	if (arch_guest_translate_s1(gva, p->access, &ipa)) {
		e = p2m_lookup(l, ipa_to_gfn(ipa));
		if (type_allows(e.type, p->access)) {
			paddr_t page = mfn_to_paddr(e.mfn);

			move(p, PADDR(page.v + page_offset(ipa.v)));
			rc = 0;
		}
	}
	p2m_unlock(l);
	return rc;
}

static inline int copy_piece(struct vcpu *v, gva_t gva, const struct piece *p)
{
	unsigned int cpu = arch_this_cpu();
	paddr_t pa;
	bool done;

	epoch_enter(cpu);
	done = arch_guest_translate(gva, p->access, &pa) && is_memory(pa);
	if (likely(done)) {
		move(p, pa);
	}
	epoch_leave(cpu);
	return likely(done) ? 0 : copy_slow(v, gva, p);
}

static int copy_pages(struct vcpu *v, gva_t gva, char *buf, size_t len,
		      enum guest_access access)
{
	if (range_wraps(gva.v, len)) {
		return -XEN_EFAULT;
	}
	while (len) {
		struct piece p = {
			.buf = buf,
			.len = min_u64(len, PAGE_SIZE - page_offset(gva.v)),
			.access = access,
		};
		int rc = copy_piece(v, gva, &p);

		if (rc) {
			return rc;
		}
		buf += p.len;
		gva.v += p.len;
		len -= p.len;
	}
	return 0;
}

static inline bool in_one_page(gva_t gva, size_t len)
{
	return len - 1 < PAGE_SIZE - page_offset(gva.v);
}

int guest_read(struct vcpu *v, void *dst, gva_t gva, size_t len)
{
	const struct piece p = { dst, len, GUEST_READ };

	if (likely(in_one_page(gva, len))) {
		return copy_piece(v, gva, &p);
	}
	return copy_pages(v, gva, dst, len, GUEST_READ);
}

int guest_write(struct vcpu *v, gva_t gva, const void *src, size_t len)
{
	/* A write does not touch the buffer. */
	const struct piece p = { (void *)(uintptr_t)src, len, GUEST_WRITE };

	if (likely(in_one_page(gva, len))) {
		return copy_piece(v, gva, &p);
	}
	return copy_pages(v, gva, p.buf, len, GUEST_WRITE);
}

int guest_page_get(struct vcpu *v, gfn_t gfn, mfn_t *mfn)
{
	struct domain *d = v->domain;
	struct p2m_locked l = p2m_lock(d->p2m);
	struct p2m_entry e = p2m_lookup(l, gfn);
	int rc = -XEN_EINVAL;

	if (e.type == P2M_RAM_RW && !frame_get(e.mfn, d->id)) {
		*mfn = e.mfn;
		rc = 0;
	}
	p2m_unlock(l);
	return rc;
}
