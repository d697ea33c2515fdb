/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns and lanes of regions, and where their labels have room. */
#include <stdlib.h>
#include <string.h>

#include "svg.h"

#define COLUMN_GAP 18.0
/* How far a hidden region sticks out; together they stay below MAX_OUT. */
#define LANE_SHIFT 104.0
#define MAX_OUT	   1000.0

static double shift_of(uint32_t nr_lanes)
{
	double shift = nr_lanes > 1 ? MAX_OUT / (nr_lanes - 1) : 0;

	return shift < LANE_SHIFT ? shift : LANE_SHIFT;
}

static bool is_drawn(const struct box *b)
{
	return b->from < b->to;
}

static void find_columns(struct layout *l, const struct dump *d,
			 const struct axis *a)
{
	uint64_t first = a->edge[0], last = a->edge[a->nr - 1];

	for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
		const struct entresol_region *r = &d->region[i];
		struct box *b = &l->box[i];
		uint64_t to = r->ipa + r->size;

		if (r->ipa >= last || to <= first) {
			continue;
		}
		if (r->depth > MAX_COLUMNS) {
			l->nr_left_out++;
			continue;
		}
		b->from = r->ipa > first ? r->ipa : first;
		b->to = to < last ? to : last;
		b->column = r->depth - 1;
		if (b->column >= l->nr_columns) {
			l->nr_columns = b->column + 1;
		}
	}
}

/* ------------------------------------------------------------------ lanes */

/* Regions of a column that hide others of it come first. */
struct queue {
	const struct dump *d;
	const struct layout *l;
	uint32_t *hiders; /* of each region, those not placed yet */
	bool *placed;
};

/* A part that is hidden by a box of the same column: both are drawn. */
static bool counts(const struct queue *q, const struct entresol_hidden *h)
{
	return h->by != ENTRESOL_NONE && h->by != h->region &&
	       is_drawn(&q->l->box[h->region]) && is_drawn(&q->l->box[h->by]) &&
	       q->l->box[h->region].column == q->l->box[h->by].column;
}

/* Whom to place next: what nobody hides any more, by priority; or, should
 * regions hide each other, any. ENTRESOL_NONE at the end. */
static uint32_t choose(const struct queue *q)
{
	uint32_t best = ENTRESOL_NONE;

	for (uint32_t i = 1; i < q->d->nr[REGIONS]; i++) {
		const struct entresol_region *r = &q->d->region[i];

		if (q->placed[i] || !is_drawn(&q->l->box[i])) {
			continue;
		}
		if (best == ENTRESOL_NONE || !q->hiders[i] > !q->hiders[best] ||
		    (!q->hiders[i] == !q->hiders[best] &&
		     r->priority > q->d->region[best].priority)) {
			best = i;
		}
	}
	return best;
}

/* The first lane behind all that is placed at the same addresses. */
static void place(struct queue *q, struct layout *l, uint32_t i)
{
	struct box *b = &l->box[i];

	for (uint32_t k = 1; k < q->d->nr[REGIONS]; k++) {
		const struct box *other = &l->box[k];

		if (q->placed[k] && other->column == b->column &&
		    other->from < b->to && other->to > b->from &&
		    other->lane >= b->lane) {
			b->lane = other->lane + 1;
		}
	}
	if (b->lane >= l->nr_lanes[b->column]) {
		l->nr_lanes[b->column] = b->lane + 1;
	}
	q->placed[i] = true;
	for (uint32_t h = 0; h < q->d->nr[HIDDEN]; h++) {
		if (q->d->hidden[h].by == i && counts(q, &q->d->hidden[h])) {
			q->hiders[q->d->hidden[h].region]--;
		}
	}
}

static bool find_lanes(struct layout *l, const struct dump *d)
{
	struct queue q = {
		.d = d,
		.l = l,
		.hiders = calloc(d->nr[REGIONS], sizeof(*q.hiders)),
		.placed = calloc(d->nr[REGIONS], sizeof(*q.placed)),
	};
	bool good = q.hiders && q.placed;
	uint32_t i;

	for (uint32_t h = 0; good && h < d->nr[HIDDEN]; h++) {
		q.hiders[d->hidden[h].region] += counts(&q, &d->hidden[h]);
	}
	while (good && (i = choose(&q)) != ENTRESOL_NONE) {
		place(&q, l, i);
	}
	free(q.hiders);
	free(q.placed);
	return good;
}

static void find_places(struct layout *l, uint32_t nr_regions)
{
	for (uint32_t c = 0; c < l->nr_columns; c++) {
		uint32_t lanes = l->nr_lanes[c];

		l->x[c] = l->width;
		l->width += BOX_WIDTH + COLUMN_GAP +
			    (lanes ? (lanes - 1) * shift_of(lanes) : 0);
	}
	for (uint32_t i = 1; i < nr_regions; i++) {
		struct box *b = &l->box[i];

		b->x = l->x[b->column] +
		       b->lane * shift_of(l->nr_lanes[b->column]);
	}
}

/* ----------------------------------------------------------------- labels */

/* The part of @b where least of it is covered; the higher of two. */
static void place_label(struct box *b, const struct axis *a,
			const double *covered)
{
	uint32_t end = axis_edge(a, b->to);
	double best = 1e9;

	for (uint32_t i = axis_edge(a, b->from); i < end; i++) {
		double left = covered[i] > b->x ? covered[i] : b->x;

		if (left < best) {
			best = left;
			b->label_x = left;
			b->label_y = a->y[i];
			b->label_height = a->y[i + 1] - a->y[i];
		} else if (left == best &&
			   b->label_y + b->label_height == a->y[i]) {
			b->label_height = a->y[i + 1] - b->label_y;
		}
	}
}

/* Lane by lane, from what is on top: what has been covered so far. */
static void place_labels(struct layout *l, const struct dump *d,
			 const struct axis *a, uint32_t column, double *covered)
{
	memset(covered, 0, a->nr * sizeof(*covered));
	for (uint32_t lane = 0; lane < l->nr_lanes[column]; lane++) {
		for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
			struct box *b = &l->box[i];

			if (is_drawn(b) && b->column == column &&
			    b->lane == lane) {
				place_label(b, a, covered);
			}
		}
		for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
			const struct box *b = &l->box[i];
			uint32_t end;

			if (!is_drawn(b) || b->column != column ||
			    b->lane != lane) {
				continue;
			}
			end = axis_edge(a, b->to);
			for (uint32_t e = axis_edge(a, b->from); e < end; e++) {
				covered[e] = b->x + BOX_WIDTH;
			}
		}
	}
}

bool layout_make(struct layout *l, const struct dump *d, const struct axis *a)
{
	double *covered = calloc(a->nr, sizeof(*covered));

	memset(l, 0, sizeof(*l));
	l->box = calloc(d->nr[REGIONS], sizeof(*l->box));
	if (!l->box || !covered) {
		free(covered);
		return false;
	}
	find_columns(l, d, a);
	if (!find_lanes(l, d)) {
		free(covered);
		return false;
	}
	find_places(l, d->nr[REGIONS]);
	for (uint32_t c = 0; c < l->nr_columns; c++) {
		place_labels(l, d, a, c, covered);
	}
	free(covered);
	return true;
}

void layout_free(struct layout *l)
{
	free(l->box);
}
