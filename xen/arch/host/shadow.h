/* SPDX-License-Identifier: BSD-2-Clause */
/* The shadow of every table page that hardware may walk. */
#ifndef HOST_SHADOW_H
#define HOST_SHADOW_H

#include <core/list.h>

#include "model.h"

/* A followed table, by its VTTBR value. */
struct watched {
	struct s2_root root;
	bool active;
};

/*
 * One table page: what its descriptors were when hardware last could read
 * them. Unlinked tables stay until a flush covers them, because a walk cache
 * may still lead there.
 */
struct shadow {
	struct list link; /* of all */
	struct watched *watched;
	paddr_t pa;
	ipa_t ipa; /* first byte that slot 0 covers */
	uint8_t level;
	bool linked;
	uint64_t pte[HW_SLOTS];
	uint64_t was[HW_SLOTS]; /* valid until lately, not flushed; or 0 */
};

/* A descriptor that was valid, and is not flushed yet. */
struct broken {
	struct watched *watched;
	const uint64_t *slot; /* NULL: it went away with its table */
	uint64_t pte;	      /* what it was                       */
	ipa_t ipa;
	uint8_t level;
};

/* shadow.c */
struct watched *watched_find(const struct s2_root *root);
struct shadow *shadow_of(paddr_t pa);
void shadow_link(struct watched *w, paddr_t table, unsigned int level,
		 ipa_t ipa);
void shadow_unlink(struct shadow *sh);
void shadow_forget(paddr_t table);
void shadow_count(uint64_t pte, unsigned int level, int by);

/* broken.c */
void broken_add(struct watched *w, const uint64_t *slot, uint64_t pte,
		unsigned int level, ipa_t ipa);
const struct broken *broken_of(const struct watched *w);
bool broken_refers_to(mfn_t mfn);
/* Whole VMID when @range is NULL. */
void broken_flushed(struct watched *w, const struct s2_range *range);
void broken_reset(void);

#endif
