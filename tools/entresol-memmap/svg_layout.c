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

struct parts parts_of(const struct dump *d, uint32_t region)
{
	uint32_t lo = 0, hi = d->nr[HIDDEN];
	struct parts parts;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (d->hidden[mid].region < region) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	parts = (struct parts){ lo, lo };
	while (parts.end < d->nr[HIDDEN] &&
	       d->hidden[parts.end].region == region) {
		parts.end++;
	}
	return parts;
}

bool region_is_off(const struct dump *d, uint32_t region)
{
	while (region != ENTRESOL_NONE) {
		if (d->region[region].flags & ENTRESOL_FLAG_DISABLED) {
			return true;
		}
		region = d->region[region].parent;
	}
	return false;
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
	bool *off;
	struct pair *pair; /* of each hidden part */
};

/*
 * Who of one column hides whom: the two of a hidden part, or the container of
 * one that is as deep as the other. ENTRESOL_NONE where that is one and the
 * same, and for holes.
 */
struct pair {
	uint32_t hider;
	uint32_t hidden;
};

static struct pair pair_of(const struct dump *d,
			   const struct entresol_hidden *h)
{
	const struct entresol_region *r = d->region;
	struct pair p = { h->by, h->region };

	if (p.hider == ENTRESOL_NONE) {
		return p;
	}
	while (r[p.hider].depth > r[p.hidden].depth) {
		p.hider = r[p.hider].parent;
	}
	while (r[p.hidden].depth > r[p.hider].depth) {
		p.hidden = r[p.hidden].parent;
	}
	if (p.hider == p.hidden) {
		p.hider = ENTRESOL_NONE;
	}
	return p;
}

/* Whether @a is to be placed before @b: nobody hides it any more (but regions
 * may hide each other); it is not disabled; it has the higher priority; it is
 * no container. */
static bool is_before(const struct queue *q, uint32_t a, uint32_t b)
{
	const struct entresol_region *x = &q->d->region[a],
				     *y = &q->d->region[b];

	if (!q->hiders[a] != !q->hiders[b]) {
		return !q->hiders[a];
	}
	if (q->off[a] != q->off[b]) {
		return q->off[b];
	}
	if (x->priority != y->priority) {
		return x->priority > y->priority;
	}
	return x->kind != ENTRESOL_KIND_CONTAINER &&
	       y->kind == ENTRESOL_KIND_CONTAINER;
}

/* ENTRESOL_NONE at the end. */
static uint32_t choose(const struct queue *q)
{
	uint32_t best = ENTRESOL_NONE;

	for (uint32_t i = 1; i < q->d->nr[REGIONS]; i++) {
		if (!q->placed[i] && is_drawn(&q->l->box[i]) &&
		    (best == ENTRESOL_NONE || is_before(q, i, best))) {
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
		if (q->pair[h].hider == i) {
			q->hiders[q->pair[h].hidden]--;
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
		.off = calloc(d->nr[REGIONS], sizeof(*q.off)),
		.pair = calloc(d->nr[HIDDEN] + 1, sizeof(*q.pair)),
	};
	bool good = q.hiders && q.placed && q.off && q.pair;
	uint32_t i;

	for (i = 0; good && i < d->nr[REGIONS]; i++) {
		q.off[i] = region_is_off(d, i);
	}

	for (uint32_t h = 0; good && h < d->nr[HIDDEN]; h++) {
		q.pair[h] = pair_of(d, &d->hidden[h]);
		if (q.pair[h].hider != ENTRESOL_NONE) {
			q.hiders[q.pair[h].hidden]++;
		}
	}
	while (good && (i = choose(&q)) != ENTRESOL_NONE) {
		place(&q, l, i);
	}
	free(q.hiders);
	free(q.placed);
	free(q.off);
	free(q.pair);
	return good;
}

static void find_places(struct layout *l, const struct dump *d)
{
	for (uint32_t c = 0; c < l->nr_columns; c++) {
		uint32_t lanes = l->nr_lanes[c];

		l->x[c] = l->width;
		l->width += BOX_WIDTH + COLUMN_GAP +
			    (lanes ? (lanes - 1) * shift_of(lanes) : 0);
	}
	for (uint32_t i = d->nr[REGIONS] - 1; i > 0; i--) {
		struct box *b = &l->box[i];
		struct box *in = &l->box[d->region[i].parent];

		if (!is_drawn(b)) {
			continue;
		}
		b->x = l->x[b->column] +
		       b->lane * shift_of(l->nr_lanes[b->column]);
		if (b->reach < b->x + BOX_WIDTH) {
			b->reach = b->x + BOX_WIDTH;
		}
		if (in->reach < b->reach) {
			in->reach = b->reach;
		}
	}
}

/* ----------------------------------------------------------------- labels */

/* The part at @addr that is hidden, or NULL; @parts moves on to it. */
static const struct entresol_hidden *
hidden_at(const struct dump *d, struct parts *parts, uint64_t addr)
{
	const struct entresol_hidden *h;

	for (; parts->first < parts->end; parts->first++) {
		h = &d->hidden[parts->first];
		if (h->ipa + h->size > addr) {
			return h->ipa <= addr ? h : NULL;
		}
	}
	return NULL;
}

/* Rather where it shows; where least of it is covered; the higher of two. */
static void place_label(struct box *b, const struct dump *d,
			const struct axis *a, const double *covered,
			struct parts parts)
{
	uint32_t end = axis_edge(a, b->to);
	double best = 1e9;

	for (uint32_t i = axis_edge(a, b->from); i < end; i++) {
		const struct entresol_hidden *h =
			hidden_at(d, &parts, a->edge[i]);
		double left = covered[i] > b->x ? covered[i] : b->x;
		double badness = left + (h ? 1e6 : 0);

		if (badness < best) {
			best = badness;
			b->label_x = left;
			b->label_y = a->y[i];
			b->label_height = a->y[i + 1] - a->y[i];
			b->hidden = h;
		} else if (badness == best && b->hidden == h &&
			   b->label_y + b->label_height == a->y[i]) {
			b->label_height = a->y[i + 1] - b->label_y;
		}
	}
}

/* Each hidden part on its own: right of all that covers it. */
static void place_hidden(struct layout *l, const struct dump *d,
			 const struct axis *a, const double *covered,
			 uint32_t region)
{
	const struct box *b = &l->box[region];
	const struct parts parts = parts_of(d, region);

	for (uint32_t k = parts.first; k < parts.end; k++) {
		const struct entresol_hidden *h = &d->hidden[k];
		uint32_t end = axis_edge(a, h->ipa + h->size);

		l->hidden_x[k] = b->x;
		for (uint32_t e = axis_edge(a, h->ipa); e < end; e++) {
			if (l->hidden_x[k] < covered[e]) {
				l->hidden_x[k] = covered[e];
			}
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
				place_label(b, d, a, covered, parts_of(d, i));
				place_hidden(l, d, a, covered, i);
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
	l->hidden_x = calloc(d->nr[HIDDEN] + 1, sizeof(*l->hidden_x));
	if (!l->box || !l->hidden_x || !covered) {
		free(covered);
		return false;
	}
	find_columns(l, d, a);
	if (!find_lanes(l, d)) {
		free(covered);
		return false;
	}
	find_places(l, d);
	for (uint32_t c = 0; c < l->nr_columns; c++) {
		place_labels(l, d, a, c, covered);
	}
	free(covered);
	return true;
}

void layout_free(struct layout *l)
{
	free(l->box);
	free(l->hidden_x);
}
