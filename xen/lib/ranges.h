/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of numbers in a balanced tree, sorted by where they begin; they may
 * overlap. The memory is the caller's: a node is a member of what it is for.
 */
#ifndef LIB_RANGES_H
#define LIB_RANGES_H

#include <stdint.h>

/* [first, end). The lower fields are the tree's own. */
struct range_node {
	uint64_t first;
	uint64_t end;
	uint64_t reach; /* the largest end at and below this node */
	struct range_node *parent;
	struct range_node *child[2];
	unsigned int height;
};

/* Zero is the empty tree. */
struct range_tree {
	struct range_node *root;
};

/* Behind those that begin at the same number. @first < @end. Log n. */
void ranges_insert(struct range_tree *tree, struct range_node *node);
void ranges_remove(struct range_tree *tree, struct range_node *node);

/**
 * ranges_first() - The first node that overlaps [from, to), or NULL.
 * ranges_next() - The next one behind @node. The tree is the same as before.
 *
 * Log n each.
 */
struct range_node *ranges_first(const struct range_tree *tree, uint64_t from,
				uint64_t to);
struct range_node *ranges_next(const struct range_node *node, uint64_t from,
			       uint64_t to);

#endif
