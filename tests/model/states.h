/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All states of a model, each a string of bytes with a number, and the steps
 * between them: whether from every one an end can be reached.
 */
#ifndef MODEL_STATES_H
#define MODEL_STATES_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_MAX 256

struct key {
	uint8_t byte[KEY_MAX];
	unsigned int len;
};

void states_begin(void);
void states_free(void);

/* The number of a state, new or known. New ones get the next one. */
uint32_t states_number(const struct key *key);
void states_key(uint32_t n, struct key *key);
uint32_t states_nr(void);

void states_step(uint32_t from, uint32_t to);
uint32_t states_nr_steps(void);
void states_is_end(uint32_t n);

/* False: *@bad is one from which there is no way to an end. */
bool states_all_end(uint32_t *bad);

#endif
