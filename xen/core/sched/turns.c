/* SPDX-License-Identifier: BSD-2-Clause */
#include "sched/turns.h"

#include <stddef.h>

static bool comes_before(const struct turn *a, const struct turn *b)
{
	return a->time == b->time ? turn_before(a->arrival, b->arrival)
				  : turn_before(a->time, b->time);
}

/* One tree of two: the later root becomes a child of the other. */
static struct turn *meld(struct turn *a, struct turn *b)
{
	struct turn *root = a;

	if (!a || !b) {
		return a ? a : b;
	}
	if (comes_before(b, a)) {
		root = b;
		b = a;
	}
	b->prev = root;
	b->next = root->child;
	if (b->next) {
		b->next->prev = b;
	}
	root->child = b;
	return root;
}

static struct turn *cut_off(struct turn *t)
{
	t->next = NULL;
	t->prev = NULL;
	return t;
}

/* One tree of a list of siblings: in pairs, then all pairs. */
static struct turn *meld_siblings(struct turn *t)
{
	struct turn *pairs = NULL;
	struct turn *root = NULL;

	while (t) {
		struct turn *a = t;
		struct turn *b = a->next;

		t = b ? b->next : NULL;
		a = meld(cut_off(a), b ? cut_off(b) : NULL);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		t = pairs->next;
		root = meld(root, cut_off(pairs));
		pairs = t;
	}
	return root;
}

void turns_add(struct turns *turns, struct turn *t)
{
	t->arrival = turns->arrivals++;
	t->child = NULL;
	turns->first = meld(turns->first, cut_off(t));
}

void turns_del(struct turns *turns, struct turn *t)
{
	struct turn *below = meld_siblings(t->child);

	if (t == turns->first) {
		turns->first = below;
		return;
	}
	if (t->prev->child == t) {
		t->prev->child = t->next;
	} else {
		t->prev->next = t->next;
	}
	if (t->next) {
		t->next->prev = t->prev;
	}
	turns->first = meld(turns->first, below);
}
