/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLBs of all CPUs: stage-2 entries (IPA to PA) and combined entries (VA to
 * PA), tagged by VMID and CPU. An entry is used until something drops it,
 * whatever the table says by then.
 */
#include <arch/cpu.h>

#include "model.h"

#define NR_ENTRIES 256

struct entry {
	bool valid;
	bool combined;
	uint8_t cpu;
	uint16_t vmid;
	uint16_t asid; /* combined: and the page of the VA */
	uint64_t va;
	ipa_t ipa; /* the page (combined) or block it came from */
	struct host_leaf leaf;
};

static struct entry entries[NR_ENTRIES];
static unsigned int next_victim;
static uint16_t loaded_vmid[MAX_CPUS];

void tlb_reset(void)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		entries[i].valid = false;
	}
}

static struct entry *stage2_entry(uint16_t vmid, ipa_t ipa)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		struct entry *e = &entries[i];

		if (e->valid && !e->combined && e->vmid == vmid &&
		    e->cpu == arch_this_cpu() &&
		    ipa.v - e->leaf.ipa.v < e->leaf.size) {
			return e;
		}
	}
	return NULL;
}

static struct entry *combined_entry(uint16_t vmid, uint16_t asid, gva_t va)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		struct entry *e = &entries[i];

		if (e->valid && e->combined && e->vmid == vmid &&
		    e->cpu == arch_this_cpu() && e->asid == asid &&
		    e->va == va.v >> PAGE_SHIFT) {
			return e;
		}
	}
	return NULL;
}

static struct entry *new_entry(const struct s2_root *root)
{
	struct entry *e = &entries[next_victim++ % NR_ENTRIES];

	*e = (struct entry){
		.valid = true,
		.cpu = arch_this_cpu(),
		.vmid = root_vmid(root),
	};
	return e;
}

/* Translate through the stage-2 TLB, filling it; NULL on a fault. */
static struct entry *translate(const struct s2_root *root, ipa_t ipa)
{
	struct entry *e = stage2_entry(root_vmid(root), ipa);
	struct host_leaf leaf;

	if (e) {
		return e;
	}
	if (!host_walk(root, ipa, &leaf)) {
		return NULL;
	}
	cache_check_mapping(leaf.pa, leaf.size, leaf.pte);
	e = new_entry(root);
	e->ipa = leaf.ipa;
	e->leaf = leaf;
	return e;
}

bool host_touch(const struct s2_root *root, ipa_t ipa, paddr_t *pa)
{
	struct entry *e;

	model_lock();
	shadow_watch(root);
	e = translate(root, ipa);
	if (e && pa) {
		*pa = PADDR(e->leaf.pa.v + (ipa.v - e->leaf.ipa.v));
	}
	model_unlock();
	return e;
}

/* A write by an entry that does not allow it: hardware looks again. */
static bool write_again(const struct s2_root *root, struct entry *e, ipa_t ipa)
{
	struct host_leaf now;

	if (!host_walk(root, ipa, &now)) {
		return false;
	}
	if (!(e->leaf.pte & HW_DBM) || !root_minds_dbm(root)) {
		/* Nothing says that it may have changed: a fault. */
		return false;
	}
	if (!(now.pte & HW_S2AP_W)) {
		if (!(now.pte & HW_DBM)) {
			return false;
		}
		now.pte = model_set_bits(now.slot, HW_S2AP_W);
	}
	e->leaf = now;
	return true;
}

bool host_touch_write(const struct s2_root *root, ipa_t ipa, paddr_t *pa)
{
	struct entry *e;
	bool done;

	model_lock();
	shadow_watch(root);
	e = translate(root, ipa);
	done = e && ((e->leaf.pte & HW_S2AP_W) || write_again(root, e, ipa));
	if (done && pa) {
		*pa = PADDR(e->leaf.pa.v + (ipa.v - e->leaf.ipa.v));
	}
	model_unlock();
	return done;
}

bool host_touch_va(const struct s2_root *root, uint16_t asid, gva_t va,
		   ipa_t ipa, paddr_t *pa)
{
	struct entry *e, *s2;

	model_lock();
	shadow_watch(root);
	e = combined_entry(root_vmid(root), asid, va);
	if (!e && (s2 = translate(root, ipa))) {
		struct host_leaf leaf = s2->leaf;

		e = new_entry(root);
		e->combined = true;
		e->asid = asid;
		e->va = va.v >> PAGE_SHIFT;
		e->ipa = ipa;
		e->leaf = leaf;
	}
	if (e && pa) {
		*pa = PADDR(e->leaf.pa.v + (e->ipa.v - e->leaf.ipa.v));
	}
	model_unlock();
	return e;
}

void host_load_root(const struct s2_root *root)
{
	loaded_vmid[arch_this_cpu()] = root_vmid(root);
}

void arch_s2_flush_local(void)
{
	unsigned int cpu = arch_this_cpu();

	model_lock();
	model_counts.local_flushes++;
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		struct entry *e = &entries[i];

		if (e->combined && e->cpu == cpu &&
		    e->vmid == loaded_vmid[cpu]) {
			e->valid = false;
		}
	}
	model_unlock();
}

void arch_s2_forget(ipa_t ipa, gva_t gva)
{
	unsigned int cpu = arch_this_cpu();

	model_lock();
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		struct entry *e = &entries[i];
		bool hit = e->combined ? e->va == gva.v >> PAGE_SHIFT
				       : ipa.v - e->leaf.ipa.v < e->leaf.size;

		if (hit && e->cpu == cpu && e->vmid == loaded_vmid[cpu]) {
			e->valid = false;
		}
	}
	model_unlock();
}

/* TLBI IPAS2E1IS for each step of a range. */
void tlb_drop_range(uint16_t vmid, const struct s2_range *range)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		struct entry *e = &entries[i];

		if (e->valid && !e->combined && e->vmid == vmid &&
		    flush_hits(range, e->leaf.ipa, e->leaf.size)) {
			e->valid = false;
		}
	}
}

/* TLBI VMALLE1IS: combined entries, which an IPA cannot find. */
void tlb_drop_combined(uint16_t vmid)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		if (entries[i].combined && entries[i].vmid == vmid) {
			entries[i].valid = false;
		}
	}
}

/* TLBI VMALLS12E1IS. */
void tlb_drop_vmid(uint16_t vmid)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		if (entries[i].vmid == vmid) {
			entries[i].valid = false;
		}
	}
}

bool tlb_refers_to(mfn_t mfn)
{
	uint64_t pa = mfn_to_paddr(mfn).v;

	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		const struct entry *e = &entries[i];

		if (e->valid && pa - e->leaf.pa.v < e->leaf.size) {
			return true;
		}
	}
	return false;
}

/* Whether an entry is what the table says, or allows less: then there will
 * be a fault, or hardware looks again. */
static bool is_current(const struct entry *e, const struct host_leaf *now)
{
	uint64_t more = now->pte & ~e->leaf.pte & (HW_S2AP_W | HW_DBM);

	return (now->pte & ~HW_SW & ~more) == (e->leaf.pte & ~HW_SW) &&
	       now->level == e->leaf.level;
}

void tlb_check(const struct s2_root *root)
{
	for (unsigned int i = 0; i < NR_ENTRIES; i++) {
		const struct entry *e = &entries[i];
		struct host_leaf now;

		if (!e->valid || e->vmid != root_vmid(root)) {
			continue;
		}
		if (!host_walk(root, e->ipa, &now) || !is_current(e, &now)) {
			host_fail("stale %s entry on CPU %u: ipa %#lx",
				  e->combined ? "combined" : "stage-2", e->cpu,
				  e->ipa.v);
			return;
		}
	}
}
