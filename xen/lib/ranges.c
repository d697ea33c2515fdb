/* SPDX-License-Identifier: BSD-2-Clause */
/* An AVL tree: the heights of two siblings differ by one at most. */
#include "lib/ranges.h"

#include <stdbool.h>
#include <stddef.h>

#include <core/bits.h>

enum side { LEFT, RIGHT };

static unsigned int height(const struct range_node *n)
{
	return n ? n->height : 0;
}

static uint64_t reach(const struct range_node *n)
{
	return n ? n->reach : 0;
}

/* What is known of @n follows from its children. Whether it is news. */
static bool update(struct range_node *n)
{
	const struct range_node *left = n->child[LEFT];
	const struct range_node *right = n->child[RIGHT];
	unsigned int below = height(left) > height(right) ? height(left)
							  : height(right);
	uint64_t most = max_u64(n->end, max_u64(reach(left), reach(right)));
	bool is_news = n->height != below + 1 || n->reach != most;

	n->height = below + 1;
	n->reach = most;
	return is_news;
}

/* @with, or nothing, comes to where @n is. */
static void replace(struct range_tree *tree, const struct range_node *n,
		    struct range_node *with)
{
	struct range_node *parent = n->parent;

	if (!parent) {
		tree->root = with;
	} else {
		parent->child[parent->child[RIGHT] == n] = with;
	}
	if (with) {
		with->parent = parent;
	}
}

static void put_below(struct range_node *n, enum side side,
		      struct range_node *child)
{
	n->child[side] = child;
	if (child) {
		child->parent = n;
	}
}

/* The child of @n at @side comes up, @n goes down to the other side of it. */
static struct range_node *rotate(struct range_tree *tree, struct range_node *n,
				 enum side side)
{
	struct range_node *up = n->child[side];

	replace(tree, n, up);
	put_below(n, side, up->child[!side]);
	put_below(up, !side, n);
	update(n);
	update(up);
	return up;
}

/* From @n up, as far as there is news. */
static void rebalance(struct range_tree *tree, struct range_node *n)
{
	for (; n; n = n->parent) {
		unsigned int left = height(n->child[LEFT]);
		unsigned int right = height(n->child[RIGHT]);
		enum side high = right > left;
		struct range_node *child = n->child[high];

		if (left <= right + 1 && right <= left + 1) {
			if (!update(n)) {
				return;
			}
			continue;
		}
		if (height(child->child[!high]) > height(child->child[high])) {
			rotate(tree, child, !high);
		}
		n = rotate(tree, n, high);
	}
}

void ranges_insert(struct range_tree *tree, struct range_node *node)
{
	struct range_node **at = &tree->root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = &parent->child[node->first >= parent->first];
	}
	node->parent = parent;
	node->child[LEFT] = NULL;
	node->child[RIGHT] = NULL;
	node->height = 0;
	*at = node;
	rebalance(tree, node);
}

void ranges_remove(struct range_tree *tree, struct range_node *node)
{
	struct range_node *from = node->parent, *next = node->child[RIGHT];

	if (!next || !node->child[LEFT]) {
		replace(tree, node, next ? next : node->child[LEFT]);
		rebalance(tree, from);
		return;
	}
	while (next->child[LEFT]) {
		next = next->child[LEFT];
	}
	from = next;
	if (next->parent != node) {
		from = next->parent;
		replace(tree, next, next->child[RIGHT]);
		put_below(next, RIGHT, node->child[RIGHT]);
	}
	put_below(next, LEFT, node->child[LEFT]);
	replace(tree, node, next);
	next->height = 0;
	rebalance(tree, from);
	rebalance(tree, next);
}

/* The first one at or below @n that ends above @from, if it begins below
 * @to: those behind it begin no earlier. */
static struct range_node *first_below(struct range_node *n, uint64_t from,
				      uint64_t to)
{
	while (n && n->reach > from) {
		struct range_node *left = n->child[LEFT];

		if (left && left->reach > from) {
			n = left;
		} else if (n->end > from) {
			return n->first < to ? n : NULL;
		} else {
			n = n->child[RIGHT];
		}
	}
	return NULL;
}

struct range_node *ranges_first(const struct range_tree *tree, uint64_t from,
				uint64_t to)
{
	return first_below(tree->root, from, to);
}

struct range_node *ranges_next(const struct range_node *node, uint64_t from,
			       uint64_t to)
{
	for (;;) {
		struct range_node *right = node->child[RIGHT], *up;

		if (right && right->reach > from) {
			return first_below(right, from, to);
		}
		for (up = node->parent; up && up->child[RIGHT] == node;
		     up = up->parent) {
			node = up;
		}
		if (!up || up->end > from) {
			return up && up->first < to ? up : NULL;
		}
		node = up;
	}
}
