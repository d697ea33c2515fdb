/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "svg.h"

/* Heights in pixels. A line of text needs ROW, and two lines TWO_ROWS. */
#define ROW	   15.5
#define TWO_ROWS   28.0
#define PER_DOUBLE 3.0 /* for each doubling of 4 KiB */
#define GAP	   26.0

/* With more than these the table has no edges of its own. */
#define MAX_RUNS 400

static int by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint32_t axis_edge(const struct axis *a, uint64_t addr)
{
	uint32_t lo = 0, hi = a->nr - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (a->edge[mid] <= addr) {
			lo = mid;
		} else {
			hi = mid - 1;
		}
	}
	return lo;
}

double axis_y(const struct axis *a, uint64_t addr)
{
	uint32_t i = axis_edge(a, addr);

	if (i == a->nr - 1 || addr <= a->edge[i]) {
		return a->y[i];
	}
	return a->y[i] + (a->y[i + 1] - a->y[i]) * (double)(addr - a->edge[i]) /
				 (double)(a->edge[i + 1] - a->edge[i]);
}

/* ------------------------------------------------------------------ edges */

static void add_edges(struct axis *a, uint64_t from, uint64_t size)
{
	uint64_t first = a->edge[0], last = a->edge[1];
	uint64_t to = from + size;

	if (from < last && to > first) {
		a->edge[a->nr++] = from > first ? from : first;
		a->edge[a->nr++] = to < last ? to : last;
	}
}

static bool find_edges(struct axis *a, const struct dump *d,
		       const struct range *range)
{
	size_t nr = 1;
	uint32_t unique = 1;

	for (int part = 0; part < NR_PARTS; part++) {
		nr += d->nr[part];
	}
	a->edge = calloc(2 * nr, sizeof(*a->edge));
	if (!a->edge) {
		return false;
	}
	a->edge[0] = range->from;
	a->edge[1] = range->to;
	a->nr = 2;
	for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
		add_edges(a, d->region[i].ipa, d->region[i].size);
	}
	for (uint32_t i = 0; i < d->nr[HIDDEN]; i++) {
		add_edges(a, d->hidden[i].ipa, d->hidden[i].size);
	}
	for (uint32_t i = 0; i < d->nr[SPANS]; i++) {
		add_edges(a, d->span[i].ipa, d->span[i].size);
	}
	for (uint32_t i = 0; d->nr[RUNS] <= MAX_RUNS && i < d->nr[RUNS]; i++) {
		add_edges(a, d->run[i].ipa, d->run[i].size);
	}
	qsort(a->edge, a->nr, sizeof(*a->edge), by_address);
	for (uint32_t i = 1; i < a->nr; i++) {
		if (a->edge[i] != a->edge[unique - 1]) {
			a->edge[unique++] = a->edge[i];
		}
	}
	a->nr = unique;
	return true;
}

/* ---------------------------------------------------------------- heights */

/* Count up where something is, and down where it ends. */
static void mark(const struct axis *a, int32_t *count, uint64_t from,
		 uint64_t size)
{
	uint64_t to = from + size;

	if (from < a->edge[a->nr - 1] && to > a->edge[0]) {
		count[from > a->edge[0] ? axis_edge(a, from) : 0]++;
		count[axis_edge(a, to)]--;
	}
}

static void sum_up(int32_t *count, uint32_t nr)
{
	for (uint32_t i = 1; i < nr; i++) {
		count[i] += count[i - 1];
	}
}

static double height_of(uint64_t size)
{
	uint64_t pages = size >> 12;
	unsigned int log = pages ? 63 - __builtin_clzll(pages) : 0;
	double part = pages ? (double)pages / (double)(UINT64_C(1) << log) : 1;

	return ROW + PER_DOUBLE * (log + part - 1);
}

static bool find_heights(struct axis *a, const struct dump *d)
{
	int32_t *used = calloc(a->nr, sizeof(*used));
	int32_t *hidden = calloc(a->nr, sizeof(*hidden));

	a->y = calloc(a->nr, sizeof(*a->y));
	a->empty = calloc(a->nr, sizeof(*a->empty));
	if (!used || !hidden || !a->y || !a->empty) {
		free(used);
		free(hidden);
		return false;
	}
	for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
		if (d->region[i].kind != ENTRESOL_KIND_CONTAINER) {
			mark(a, used, d->region[i].ipa, d->region[i].size);
		}
	}
	for (uint32_t i = 0; i < d->nr[RUNS]; i++) {
		mark(a, used, d->run[i].ipa, d->run[i].size);
	}
	for (uint32_t i = 0; i < d->nr[HIDDEN]; i++) {
		mark(a, hidden, d->hidden[i].ipa, d->hidden[i].size);
	}
	sum_up(used, a->nr);
	sum_up(hidden, a->nr);
	for (uint32_t i = 0; i + 1 < a->nr; i++) {
		double height = height_of(a->edge[i + 1] - a->edge[i]);

		a->empty[i] = !used[i];
		if (hidden[i] && height < TWO_ROWS) {
			height = TWO_ROWS;
		}
		a->y[i + 1] = a->y[i] + (a->empty[i] ? GAP : height);
	}
	a->height = a->y[a->nr - 1];
	free(used);
	free(hidden);
	return true;
}

bool axis_make(struct axis *a, const struct dump *d, const struct range *range)
{
	memset(a, 0, sizeof(*a));
	return find_edges(a, d, range) && find_heights(a, d);
}

void axis_free(struct axis *a)
{
	free(a->edge);
	free(a->y);
	free(a->empty);
}
