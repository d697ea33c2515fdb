/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic updates of 32-bit words that a guest writes too.
 *
 * A guest can store to the same cache line for ever, so every loop here has
 * a bound: an update that does not get through is reported, and the caller
 * stops the guest that owns the word (XSA-295). All operations are
 * sequentially consistent with each other and with guest_word_read().
 *
 * Wider and narrower fields of the ABI are reached through the aligned word
 * that holds them; the guests are little-endian.
 */
#ifndef LIB_GUESTWORD_H
#define LIB_GUESTWORD_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

/* Attempts before a word counts as unstable. */
#define GUEST_WORD_TRIES 1024

/* One read, which the compiler neither repeats nor moves. */
static inline uint32_t guest_word_read(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/**
 * guest_word_or() - Set @bits.
 * @old: output: the value before.
 *
 * The store happens even when the bits were set: it orders the caller's
 * earlier writes before the guest's next look at the word.
 *
 * Return: true; false when the word did not hold still.
 */
bool guest_word_or(uint32_t *word, uint32_t bits, uint32_t *old) __must_check;

/* The same for clearing @bits. */
bool guest_word_clear(uint32_t *word, uint32_t bits,
		      uint32_t *old) __must_check;

/**
 * guest_word_swap() - Replace *@old by @new in one attempt.
 *
 * Return: true; false when the word holds something else, which is in *@old
 * then, or when somebody else wrote to its cache line.
 */
bool guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new) __must_check;

#endif
