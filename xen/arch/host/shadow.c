/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages are tables of a followed root, what their descriptors were,
 * and how many descriptors map each frame.
 */
#include <stdlib.h>
#include <string.h>

#include <arch/map.h>

#include "shadow.h"

#define NR_WATCHED 64

static struct watched watched[NR_WATCHED];
static struct list all = { &all, &all };
static struct shadow **shadows; /* by frame of the arena */
static uint32_t *mapped;	/* descriptors that map it */

static uint64_t frame_index(mfn_t mfn)
{
	return mfn.v - host_ram_first().v;
}

static void drop(struct shadow *sh)
{
	shadows[frame_index(paddr_to_mfn(sh->pa))] = NULL;
	list_del(&sh->link);
	free(sh);
}

void shadow_reset(void)
{
	while (!list_empty(&all)) {
		drop(list_entry(all.next, struct shadow, link));
	}
	free(shadows);
	free(mapped);
	shadows = NULL;
	mapped = NULL;
	for (unsigned int i = 0; i < NR_WATCHED; i++) {
		watched[i].active = false;
	}
	broken_reset();
}

static void shadow_setup(void)
{
	shadows = calloc(host_ram_frames(), sizeof(*shadows));
	mapped = calloc(host_ram_frames(), sizeof(*mapped));
	if (!shadows || !mapped) {
		abort();
	}
}

struct shadow *shadow_of(paddr_t pa)
{
	if (!shadows || !host_is_ram(pa)) {
		return NULL;
	}
	return shadows[frame_index(paddr_to_mfn(pa))];
}

/* Note that a leaf descriptor maps its frames (@by 1) or no more (-1). */
void shadow_count(uint64_t pte, unsigned int level, int by)
{
	uint64_t pa = pte & HW_ADDR & ~(hw_span(level) - 1);
	struct arena_part part = in_arena(PADDR(pa), hw_span(level));

	for (pa = part.from; pa < part.to; pa += PAGE_SIZE) {
		mapped[frame_index(paddr_to_mfn(PADDR(pa)))] += by;
	}
}

static void link_slot(struct shadow *sh, unsigned int i)
{
	ipa_t ipa = IPA(sh->ipa.v + i * hw_span(sh->level));
	uint64_t pte = sh->pte[i];

	if (hw_is_table(pte, sh->level)) {
		shadow_link(sh->watched, PADDR(pte & HW_ADDR), sh->level + 1,
			    ipa);
	} else if (hw_is_leaf(pte, sh->level)) {
		cache_check_mapping(PADDR(pte & HW_ADDR), hw_span(sh->level),
				    pte);
		shadow_count(pte, sh->level, 1);
	}
}

/* A table page becomes reachable, with all that is below it. */
void shadow_link(struct watched *w, paddr_t table, unsigned int level,
		 ipa_t ipa)
{
	const uint64_t *pte = paddr_to_ptr(table);
	struct shadow *sh = shadow_of(table);

	if (!host_is_ram(table)) {
		host_fail("table at %#lx is not in RAM", table.v);
		return;
	}
	if (sh) {
		host_fail("table %#lx linked while hardware may walk it for "
			  "ipa %#lx",
			  table.v, sh->ipa.v);
		return;
	}
	if (mapped[frame_index(paddr_to_mfn(table))]) {
		host_fail("table %#lx is mapped into a guest", table.v);
	}
	sh = calloc(1, sizeof(*sh));
	if (!sh) {
		abort();
	}
	shadows[frame_index(paddr_to_mfn(table))] = sh;
	list_add_tail(&all, &sh->link);
	sh->watched = w;
	sh->pa = table;
	sh->ipa = ipa;
	sh->level = level;
	sh->linked = true;
	for (unsigned int i = 0; i < HW_SLOTS; i++) {
		sh->pte[i] = pte[i];
		link_slot(sh, i);
	}
}

/* A table page is reachable no more, but walk caches may lead there. */
void shadow_unlink(struct shadow *sh)
{
	sh->linked = false;
	for (unsigned int i = 0; i < HW_SLOTS; i++) {
		ipa_t ipa = IPA(sh->ipa.v + i * hw_span(sh->level));
		uint64_t pte = sh->pte[i];
		struct shadow *below;

		if (!hw_valid(pte)) {
			continue;
		}
		broken_add(sh->watched, NULL, pte, sh->level, ipa);
		if (hw_is_leaf(pte, sh->level)) {
			shadow_count(pte, sh->level, -1);
			continue;
		}
		below = shadow_of(PADDR(pte & HW_ADDR));
		if (below) {
			shadow_unlink(below);
		}
	}
}

void shadow_forget(paddr_t table)
{
	struct shadow *sh = shadow_of(table);

	if (sh && !sh->linked) {
		drop(sh);
	}
}

struct watched *watched_find(const struct s2_root *root)
{
	for (unsigned int i = 0; i < NR_WATCHED; i++) {
		if (watched[i].active && watched[i].root.vttbr == root->vttbr) {
			return &watched[i];
		}
	}
	return NULL;
}

void shadow_watch(const struct s2_root *root)
{
	struct watched *w = watched_find(root);
	unsigned int level = root_level(root);

	if (w) {
		return;
	}
	if (!shadows) {
		shadow_setup();
	}
	for (w = watched; w < watched + NR_WATCHED && w->active; w++) {
	}
	if (w == watched + NR_WATCHED) {
		host_fail("more than %d tables", NR_WATCHED);
		return;
	}
	w->active = true;
	w->root = *root;
	for (unsigned int i = 0; i < root_pages(root); i++) {
		uint64_t pa = (root->vttbr & HW_ADDR) + i * PAGE_SIZE;

		shadow_link(w, PADDR(pa), level,
			    IPA(i * HW_SLOTS * hw_span(level)));
	}
}

/* The root goes away: allowed when nothing hangs on it any more. */
static bool root_may_go(const struct shadow *sh)
{
	if (broken_of(sh->watched)) {
		return false;
	}
	for (unsigned int i = 0; i < HW_SLOTS; i++) {
		if (hw_valid(sh->pte[i])) {
			return false;
		}
	}
	return true;
}

void shadow_note_free(mfn_t mfn)
{
	struct shadow *sh = shadow_of(mfn_to_paddr(mfn));

	if (!shadows) {
		return;
	}
	if (sh && sh->level == root_level(&sh->watched->root) &&
	    root_may_go(sh)) {
		sh->watched->active = false;
		drop(sh);
		return;
	}
	if (sh) {
		host_fail("table %#lx freed while hardware may walk it",
			  mfn_to_paddr(mfn).v);
	} else if (broken_refers_to(mfn)) {
		host_fail("frame %#lx freed before the flush", mfn.v);
	} else if (host_is_ram(mfn_to_paddr(mfn)) && mapped[frame_index(mfn)]) {
		host_fail("frame %#lx freed while it is mapped", mfn.v);
	}
}

/* The first slot that memory has otherwise, or HW_SLOTS. */
static unsigned int first_difference(const struct shadow *sh)
{
	const uint64_t *pte = paddr_to_ptr(sh->pa);
	unsigned int i = 0;

	if (!memcmp(sh->pte, pte, sizeof(sh->pte))) {
		return HW_SLOTS;
	}
	while (sh->pte[i] == pte[i]) {
		i++;
	}
	return i;
}

/* Everything is flushed, and nobody wrote to a live table behind us. */
void shadow_check(const struct s2_root *root)
{
	const struct watched *w = watched_find(root);
	const struct broken *b = broken_of(w);
	const struct shadow *sh;

	if (b) {
		host_fail("descriptor of ipa %#lx broken and not flushed",
			  b->ipa.v);
	}
	list_for_each(sh, &all, link) {
		unsigned int slot = first_difference(sh);

		if (sh->watched == w && slot < HW_SLOTS) {
			host_fail("live descriptor of ipa %#lx changed by a "
				  "plain store",
				  sh->ipa.v + slot * hw_span(sh->level));
			return;
		}
	}
}
