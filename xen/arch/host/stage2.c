/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam's stage-2 operations, and the rules that they are held to. */
#include <pthread.h>

#include <arch/map.h>

#include "shadow.h"

struct host_counts model_counts;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Whether tables filled so far are ordered before the next link to one. */
static bool published;

void model_lock(void)
{
	pthread_mutex_lock(&lock);
}

void model_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct host_counts host_counts(void)
{
	return model_counts;
}

/* Break-before-make, for one store to a descriptor hardware may read. */
static void check_break(uint64_t old, uint64_t new)
{
	if (hw_valid(old) && hw_valid(new) && ((old ^ new) & ~HW_SOFT)) {
		host_fail("make before break: %#lx to %#lx", old, new);
	}
}

/* Something else was there, and some TLB may still hold it. */
static void check_flushed(uint64_t was, uint64_t new, ipa_t ipa)
{
	if (hw_valid(was) && hw_valid(new) && ((was ^ new) & ~HW_SOFT)) {
		host_fail("make before flush: %#lx to %#lx, ipa %#lx", was, new,
			  ipa.v);
	}
}

static void leave(struct shadow *sh, const uint64_t *slot, uint64_t old,
		  ipa_t ipa)
{
	struct shadow *below;

	broken_add(sh->watched, slot, old, sh->level, ipa);
	sh->was[((uintptr_t)slot & ~PAGE_MASK) / sizeof(*slot)] = old;
	if (hw_is_leaf(old, sh->level)) {
		shadow_count(old, sh->level, -1);
		return;
	}
	below = shadow_of(PADDR(old & HW_ADDR));
	if (below) {
		shadow_unlink(below);
	}
}

static void arrive(struct shadow *sh, uint64_t new, ipa_t ipa)
{
	paddr_t pa = PADDR(new &HW_ADDR);

	if (hw_is_leaf(new, sh->level)) {
		cache_check_mapping(pa, hw_span(sh->level), new);
		shadow_count(new, sh->level, 1);
		return;
	}
	if (!published) {
		host_fail("table %#lx linked before it was published", pa.v);
	}
	published = false;
	shadow_link(sh->watched, pa, sh->level + 1, ipa);
}

/* Nothing but a permission was added: who remembers less faults. */
static bool allows_more(uint64_t old, uint64_t new)
{
	return hw_valid(old) && !(old & ~new) &&
	       !((old ^ new) & ~(HW_S2AP_W | HW_DBM));
}

/* One store into a page that is known to be a live table. */
static void live_store(struct shadow *sh, const uint64_t *slot, uint64_t old,
		       uint64_t new)
{
	unsigned int i = ((uintptr_t)slot & ~PAGE_MASK) / sizeof(*slot);
	ipa_t ipa = IPA(sh->ipa.v + i * hw_span(sh->level));

	if (sh->pte[i] != old) {
		host_fail("live descriptor of ipa %#lx changed by a plain "
			  "store",
			  ipa.v);
	}
	sh->pte[i] = new;
	check_flushed(sh->was[i], new, ipa);
	if (!((old ^ new) & ~HW_SW) || !sh->linked || allows_more(old, new)) {
		return;
	}
	if (hw_valid(old)) {
		leave(sh, slot, old, ipa);
	}
	if (hw_valid(new)) {
		arrive(sh, new, ipa);
	}
}

void arch_pte_store(uint64_t *slot, uint64_t pte)
{
	struct shadow *sh;
	uint64_t old;

	model_lock();
	model_counts.pte_stores++;
	old = *slot;
	check_break(old, pte);
	sh = shadow_of(ptr_to_paddr(slot));
	if (sh) {
		live_store(sh, slot, old, pte);
	}
	__atomic_store_n(slot, pte, __ATOMIC_RELAXED);
	model_unlock();
}

void arch_pte_clear_bits(uint64_t *slot, uint64_t bits)
{
	struct shadow *sh;
	uint64_t old;

	model_lock();
	model_counts.pte_stores++;
	old = *slot;
	sh = shadow_of(ptr_to_paddr(slot));
	if (sh) {
		live_store(sh, slot, old, old & ~bits);
	}
	__atomic_store_n(slot, old & ~bits, __ATOMIC_RELAXED);
	model_unlock();
}

uint64_t model_set_bits(uint64_t *slot, uint64_t bits)
{
	struct shadow *sh = shadow_of(ptr_to_paddr(slot));
	uint64_t new = *slot | bits;

	if (sh) {
		sh->pte[((uintptr_t)slot & ~PAGE_MASK) / sizeof(*slot)] = new;
	}
	__atomic_store_n(slot, new, __ATOMIC_RELAXED);
	return new;
}

void arch_pte_publish(void)
{
	model_lock();
	model_counts.publishes++;
	published = true;
	model_unlock();
}

void arch_s2_flush(const struct s2_root *root, const struct s2_range *ranges,
		   unsigned int nr)
{
	struct watched *w;

	model_lock();
	shadow_watch(root);
	w = watched_find(root);
	model_counts.flushes++;
	model_counts.flush_ranges += nr;
	published = true;
	for (unsigned int i = 0; i < nr; i++) {
		if (!ranges[i].step || ranges[i].size % ranges[i].step) {
			host_fail("flush of %#lx bytes in steps of %#lx",
				  ranges[i].size, ranges[i].step);
			continue;
		}
		model_counts.flush_bytes += ranges[i].size;
		model_counts.flush_steps += ranges[i].size / ranges[i].step;
		tlb_drop_range(root_vmid(root), &ranges[i]);
		broken_flushed(w, &ranges[i]);
	}
	tlb_drop_combined(root_vmid(root));
	if (!nr) {
		tlb_drop_vmid(root_vmid(root));
		broken_flushed(w, NULL);
	}
	model_unlock();
}

void arch_note_free(mfn_t mfn, uint64_t nr)
{
	model_lock();
	for (uint64_t i = 0; i < nr; i++) {
		mfn_t at = mfn_add(mfn, i);

		if (tlb_refers_to(at)) {
			host_fail("frame %#lx freed, a TLB still maps it",
				  at.v);
		}
		shadow_note_free(at);
		cache_note_freed(at);
	}
	model_unlock();
}

void host_watch(const struct s2_root *root)
{
	model_lock();
	shadow_watch(root);
	model_unlock();
}

void host_check_no_stale(const struct s2_root *root)
{
	model_lock();
	shadow_watch(root);
	tlb_check(root);
	shadow_check(root);
	model_unlock();
}
