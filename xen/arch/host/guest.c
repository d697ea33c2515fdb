/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation of guest addresses: a few pages of stage 1, then the p2m. */
#include <arch/guest.h>

#include <core/bits.h>
#include <core/bug.h>

#include "arch/host/guest.h"
#include "domain/domain.h"
#include "model.h"
#include "p2m/p2m.h"
#include "s2/attr.h"

#define VA_BITS	  48
#define MAX_PAGES 64

struct page {
	uint64_t va;
	uint64_t ipa;
	uint8_t perm;
};

static struct page pages[MAX_PAGES];
static unsigned int nr_pages;
static unsigned int failures;
static _Thread_local struct vcpu *loaded;

void host_load_vcpu(struct vcpu *v)
{
	if (loaded) {
		__atomic_store_n(&loaded->running, false, __ATOMIC_RELEASE);
	}
	loaded = v;
	if (v) {
		v->cpu = arch_this_cpu();
		__atomic_store_n(&v->running, true, __ATOMIC_RELEASE);
	}
}

void host_s1_reset(void)
{
	nr_pages = 0;
	failures = 0;
}

void host_s1_map(gva_t gva, ipa_t ipa, uint8_t perm)
{
	BUG_ON(nr_pages == MAX_PAGES);
	pages[nr_pages++] = (struct page){
		.va = gva.v & PAGE_MASK,
		.ipa = ipa.v & PAGE_MASK,
		.perm = perm,
	};
}

void host_translate_fail(unsigned int n)
{
	failures = n;
}

static uint8_t needed(enum guest_access access)
{
	return access == GUEST_WRITE ? S2_W : S2_R;
}

bool arch_guest_translate_s1(gva_t gva, enum guest_access access, ipa_t *ipa)
{
	*ipa = IPA(gva.v);
	/* The one that was added last counts. */
	for (unsigned int i = nr_pages; i-- > 0;) {
		if (pages[i].va == (gva.v & PAGE_MASK)) {
			ipa->v = pages[i].ipa | page_offset(gva.v);
			return pages[i].perm & needed(access);
		}
	}
	return !(gva.v >> VA_BITS);
}

/* S2AP of the descriptor: bit 6 allows reads, bit 7 writes. */
static uint8_t leaf_perm(const struct host_leaf *leaf)
{
	return (leaf->pte & HW_S2AP) >> 6;
}

bool arch_guest_translate(gva_t gva, enum guest_access access, paddr_t *pa)
{
	struct s2_root root;
	struct host_leaf leaf;
	ipa_t ipa;

	BUG_ON(!loaded);
	if (failures) {
		failures--;
		return false;
	}
	root.vttbr = p2m_vttbr(loaded->domain->p2m);
	root.vtcr = p2m_vtcr(loaded->domain->p2m);
	if (!arch_guest_translate_s1(gva, access, &ipa) ||
	    !host_walk(&root, ipa, &leaf) ||
	    !(leaf_perm(&leaf) & needed(access))) {
		return false;
	}
	*pa = PADDR(leaf.pa.v + (ipa.v - leaf.ipa.v));
	return true;
}
