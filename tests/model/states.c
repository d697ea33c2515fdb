/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "states.h"

#define MAX_BYTES  (UINT64_C(1) << 30)
#define MAX_STATES (1u << 23)
#define MAX_STEPS  (1u << 25)
#define TABLE	   (1u << 24)

struct step {
	uint32_t from, to;
};

static struct {
	uint8_t *bytes; /* all keys, one after the other */
	uint64_t used;
	uint64_t *start; /* of each state's key          */
	uint32_t nr;
	uint32_t *table; /* hash: number + 1             */
	struct step *step;
	uint32_t nr_steps;
	uint8_t *good; /* the end can be reached         */
} all;

/* What is not touched costs nothing. */
static void *room(size_t size)
{
	void *p = calloc(1, size);

	assert_non_null(p);
	return p;
}

void states_begin(void)
{
	all.bytes = room(MAX_BYTES);
	all.start = room(MAX_STATES * sizeof(*all.start));
	all.table = room(TABLE * sizeof(*all.table));
	all.step = room(MAX_STEPS * sizeof(*all.step));
	all.good = room(MAX_STATES);
	all.used = 0;
	all.nr = all.nr_steps = 0;
}

void states_free(void)
{
	free(all.bytes);
	free(all.start);
	free(all.table);
	free(all.step);
	free(all.good);
}

static uint64_t hash(const struct key *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (unsigned int i = 0; i < key->len; i++) {
		h = (h ^ key->byte[i]) * UINT64_C(0x100000001b3);
	}
	return h ^ h >> 29;
}

static unsigned int key_len(uint32_t n)
{
	uint64_t end = n + 1 < all.nr ? all.start[n + 1] : all.used;

	return (unsigned int)(end - all.start[n]);
}

uint32_t states_number(const struct key *key)
{
	uint32_t at = (uint32_t)hash(key) & (TABLE - 1);

	for (; all.table[at]; at = (at + 1) & (TABLE - 1)) {
		uint32_t n = all.table[at] - 1;

		if (key_len(n) == key->len &&
		    !memcmp(all.bytes + all.start[n], key->byte, key->len)) {
			return n;
		}
	}
	assert_true(all.nr < MAX_STATES);
	assert_true(all.used + key->len <= MAX_BYTES);
	memcpy(all.bytes + all.used, key->byte, key->len);
	all.start[all.nr] = all.used;
	all.used += key->len;
	all.table[at] = ++all.nr;
	return all.nr - 1;
}

void states_key(uint32_t n, struct key *key)
{
	key->len = key_len(n);
	memcpy(key->byte, all.bytes + all.start[n], key->len);
}

uint32_t states_nr(void)
{
	return all.nr;
}

void states_step(uint32_t from, uint32_t to)
{
	assert_true(all.nr_steps < MAX_STEPS);
	all.step[all.nr_steps++] = (struct step){ from, to };
}

uint32_t states_nr_steps(void)
{
	return all.nr_steps;
}

void states_is_end(uint32_t n)
{
	all.good[n] = 1;
}

/* Those that lead to state n are from[first[n]] up to from[first[n + 1]]. */
static void sort_steps(uint32_t *first, uint32_t *from)
{
	for (uint32_t e = 0; e < all.nr_steps; e++) {
		first[all.step[e].to + 1]++;
	}
	for (uint32_t n = 0; n < all.nr; n++) {
		first[n + 1] += first[n];
	}
	for (uint32_t e = all.nr_steps; e-- > 0;) {
		from[--first[all.step[e].to + 1]] = all.step[e].from;
	}
	/* Each has moved by its own number now: the start of its own. */
	memmove(first, first + 1, all.nr * sizeof(*first));
	first[all.nr] = all.nr_steps;
}

bool states_all_end(uint32_t *bad)
{
	uint32_t *first = room((all.nr + 2) * sizeof(*first));
	uint32_t *from = room((all.nr_steps + 1) * sizeof(*from));
	uint32_t *todo = room(all.nr * sizeof(*todo));
	uint32_t nr = 0;
	bool ok = true;

	sort_steps(first, from);
	for (uint32_t n = 0; n < all.nr; n++) {
		if (all.good[n]) {
			todo[nr++] = n;
		}
	}
	for (uint32_t done = 0; done < nr; done++) {
		for (uint32_t e = first[todo[done]]; e < first[todo[done] + 1];
		     e++) {
			if (!all.good[from[e]]) {
				all.good[from[e]] = 1;
				todo[nr++] = from[e];
			}
		}
	}
	for (uint32_t n = 0; n < all.nr && ok; n++) {
		*bad = n;
		ok = all.good[n];
	}
	free(first);
	free(from);
	free(todo);
	return ok;
}
