/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/guestword.h"

/*
 * A weak exchange is one pair of exclusives: it may fail for no reason, and
 * has no loop of its own.
 */
static inline bool swap(uint32_t *word, uint32_t *old, uint32_t new)
{
	return __atomic_compare_exchange_n(word, old, new, true,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

bool guest_word_or(uint32_t *word, uint32_t bits, uint32_t *old)
{
	unsigned int tries = GUEST_WORD_TRIES;

	*old = __atomic_load_n(word, __ATOMIC_RELAXED);
	while (!swap(word, old, *old | bits)) {
		if (!--tries) {
			return false;
		}
	}
	return true;
}

bool guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old)
{
	unsigned int tries = GUEST_WORD_TRIES;

	*old = __atomic_load_n(word, __ATOMIC_RELAXED);
	while (!swap(word, old, *old & ~bits)) {
		if (!--tries) {
			return false;
		}
	}
	return true;
}

bool guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new)
{
	return swap(word, old, new);
}
