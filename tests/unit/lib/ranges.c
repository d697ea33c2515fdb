/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree of ranges against a sorted array of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ranges.h"

#define NR     200u
#define SPACE  256u
#define ROUNDS 20000u

static struct range_node node[NR];
static bool is_in[NR];
static struct range_node *sorted[NR];
static unsigned int nr_sorted;
static uint32_t random_state = 1;

static unsigned int rnd(unsigned int below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* Its height, or a failure; all that the tree says of itself is true. */
static unsigned int check(const struct range_node *n,
			  const struct range_node *parent)
{
	unsigned int height[2];
	uint64_t reach;

	if (!n) {
		return 0;
	}
	assert_ptr_equal(n->parent, parent);
	height[0] = check(n->child[0], n);
	height[1] = check(n->child[1], n);
	assert_true(height[0] <= height[1] + 1 && height[1] <= height[0] + 1);
	assert_int_equal(n->height,
			 1 + (height[0] > height[1] ? height[0] : height[1]));
	reach = n->end;
	for (unsigned int side = 0; side < 2; side++) {
		if (n->child[side] && n->child[side]->reach > reach) {
			reach = n->child[side]->reach;
		}
	}
	assert_int_equal(n->reach, reach);
	return n->height;
}

static void insert(struct range_tree *tree, struct range_node *n)
{
	unsigned int i = nr_sorted++;

	n->first = rnd(SPACE);
	n->end = n->first + 1 + rnd(rnd(4) ? 8 : SPACE);
	for (; i && sorted[i - 1]->first > n->first; i--) {
		sorted[i] = sorted[i - 1];
	}
	sorted[i] = n;
	ranges_insert(tree, n);
}

static void take(struct range_tree *tree, struct range_node *n)
{
	unsigned int i = 0;

	while (sorted[i] != n) {
		i++;
	}
	memmove(&sorted[i], &sorted[i + 1],
		(--nr_sorted - i) * sizeof(sorted[0]));
	ranges_remove(tree, n);
}

static void check_query(const struct range_tree *tree, uint64_t from,
			uint64_t to)
{
	const struct range_node *n = ranges_first(tree, from, to);

	for (unsigned int i = 0; i < nr_sorted; i++) {
		if (sorted[i]->first < to && sorted[i]->end > from) {
			assert_ptr_equal(n, sorted[i]);
			n = ranges_next(n, from, to);
		}
	}
	assert_null(n);
}

static void random_ranges(void **state)
{
	struct range_tree tree = { NULL };

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int i = rnd(round / 1000 % 2 ? NR : NR / 8);
		uint64_t from = rnd(SPACE);

		if (is_in[i]) {
			take(&tree, &node[i]);
		} else {
			insert(&tree, &node[i]);
		}
		is_in[i] = !is_in[i];
		check(tree.root, NULL);
		check_query(&tree, from, from + 1 + rnd(SPACE / 4));
		check_query(&tree, 0, UINT64_MAX);
	}
}

/* In the order that makes a plain tree a list. */
static void ascending(void **state)
{
	struct range_tree tree = { NULL };

	(void)state;
	for (unsigned int i = 0; i < NR; i++) {
		node[i].first = i;
		node[i].end = i + 1;
		ranges_insert(&tree, &node[i]);
	}
	assert_in_range(check(tree.root, NULL), 8, 11);
	for (unsigned int i = 0; i < NR; i++) {
		assert_ptr_equal(ranges_first(&tree, 0, NR), &node[i]);
		ranges_remove(&tree, &node[i]);
		check(tree.root, NULL);
	}
	assert_null(tree.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_ranges),
		cmocka_unit_test(ascending),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
