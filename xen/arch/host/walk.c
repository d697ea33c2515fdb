/* SPDX-License-Identifier: BSD-2-Clause */
/* Table walks as hardware does them. */
#include <arch/map.h>

#include "model.h"

unsigned int root_level(const struct s2_root *root)
{
	return 2 - ((root->vtcr >> 6) & 3);
}

unsigned int root_ipa_bits(const struct s2_root *root)
{
	return 64 - (root->vtcr & 63);
}

bool host_walk(const struct s2_root *root, ipa_t ipa, struct host_leaf *leaf)
{
	uint64_t table = root->vttbr & HW_ADDR;
	unsigned int level = root_level(root);
	uint64_t index = ipa.v / hw_span(level);

	if (ipa.v >> root_ipa_bits(root)) {
		return false;
	}
	/* The first index may exceed 511: concatenated root tables. */
	for (;; level++) {
		uint64_t *slot = (uint64_t *)paddr_to_ptr(PADDR(table)) + index;
		uint64_t pte = __atomic_load_n(slot, __ATOMIC_RELAXED);

		if (!hw_valid(pte) || (level == 3 && !(pte & HW_TABLE))) {
			return false;
		}
		if (hw_is_leaf(pte, level)) {
			leaf->size = hw_span(level);
			leaf->ipa = IPA(ipa.v & ~(leaf->size - 1));
			leaf->pa = PADDR(pte & HW_ADDR & ~(leaf->size - 1));
			leaf->pte = pte;
			leaf->slot = slot;
			leaf->level = level;
			return (pte & HW_AF) && level > 0;
		}
		table = pte & HW_ADDR;
		index = ipa.v / hw_span(level + 1) % HW_SLOTS;
	}
}

/* Count what hangs below one table page. */
static void count_table(paddr_t table, unsigned int level,
			struct host_shape *shape)
{
	const uint64_t *pte = paddr_to_ptr(table);
	unsigned int used = 0;

	shape->tables++;
	for (unsigned int i = 0; i < HW_SLOTS; i++) {
		if (!hw_valid(pte[i])) {
			continue;
		}
		used++;
		if (hw_is_leaf(pte[i], level)) {
			shape->leaves[level]++;
		} else {
			count_table(PADDR(pte[i] & HW_ADDR), level + 1, shape);
		}
	}
	shape->empty_tables += !used;
}

unsigned int root_pages(const struct s2_root *root)
{
	uint64_t slots = (UINT64_C(1) << root_ipa_bits(root)) /
			 hw_span(root_level(root));

	return slots > HW_SLOTS ? slots / HW_SLOTS : 1;
}

struct host_shape host_shape(const struct s2_root *root)
{
	struct host_shape shape = { 0 };

	for (unsigned int i = 0; i < root_pages(root); i++) {
		uint64_t pa = (root->vttbr & HW_ADDR) + i * PAGE_SIZE;

		count_table(PADDR(pa), root_level(root), &shape);
	}
	return shape;
}
