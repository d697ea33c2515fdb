/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture of a dump: an axis that compresses, and boxes beside it. */
#ifndef ENTRESOL_MEMMAP_SVG_H
#define ENTRESOL_MEMMAP_SVG_H

#include "dump.h"

/* ------------------------------------------------------------------- axis */

/*
 * Addresses downwards. Wherever something begins or ends is an edge, and what
 * lies between two edges has room for a line of text: 4 KiB can be read beside
 * 64 GiB. Heights grow with the logarithm of sizes, and empty space is cut.
 */
struct axis {
	uint64_t *edge;
	double *y;   /* of each edge, from 0                        */
	bool *empty; /* nothing is between this edge and the next   */
	uint32_t nr; /* edges: two or more                          */
	double height;
};

/* False when out of memory. @range is not empty. */
bool axis_make(struct axis *a, const struct dump *d, const struct range *range);
void axis_free(struct axis *a);
/* The edge at or below @addr; the last one at most. */
uint32_t axis_edge(const struct axis *a, uint64_t addr);
double axis_y(const struct axis *a, uint64_t addr);

/* ----------------------------------------------------------------- layout */

#define BOX_WIDTH   240.0
#define MAX_COLUMNS 16 /* as deep as the hypervisor lets regions nest */

/*
 * Where a region is drawn: its column says how deep it is nested, its lane
 * what hides it. Who hides is to the left and on top of the hidden one, which
 * sticks out to the right. The label is where nothing lies on the box.
 */
struct box {
	uint64_t from; /* what the range leaves of it */
	uint64_t to;   /* empty: it is not drawn      */
	uint32_t column;
	uint32_t lane;
	double x;
	double label_x;
	double label_y; /* top of the stretch that has room for it */
	double label_height;
	double reach; /* a container: right end of what is in it */
	const struct entresol_hidden *hidden; /* what hides it at the label */
};

struct layout {
	struct box *box;  /* one for each region                             */
	double *hidden_x; /* for each hidden part: where it can have a label */
	uint32_t nr_columns;
	uint32_t nr_lanes[MAX_COLUMNS];
	double x[MAX_COLUMNS];
	double width;	      /* of all columns */
	uint32_t nr_left_out; /* too deep */
};

/* The hidden parts of a region are [first, end) of the list. */
struct parts {
	uint32_t first;
	uint32_t end;
};
struct parts parts_of(const struct dump *d, uint32_t region);

/* Whether it, or a container that it is in, is disabled. */
bool region_is_off(const struct dump *d, uint32_t region);

bool layout_make(struct layout *l, const struct dump *d, const struct axis *a);
void layout_free(struct layout *l);

/* ---------------------------------------------------------------- drawing */

/* Labels: DejaVu Sans Mono and its kin, which are 0.602 em wide. */
#define LABEL_SIZE  10
#define LABEL_WIDTH 6.02

/* "64 KiB", "~1.5 GiB" where no unit divides it well. */
void human_size(char *buf, size_t len, uint64_t size);

/* The colour of memory with an attribute, and of what is emulated. */
const char *colour_of(unsigned int kind, const struct entresol_mapping *m);
/* One that stands for alias @r: that of its target. */
const char *colour_of_region(const struct dump *d,
			     const struct entresol_region *r);

/* Text for XML: what means something there is written otherwise. */
void put_text(FILE *out, const char *text);

struct label {
	double x;
	double y;	   /* of the base line      */
	double width;	   /* longer text is cut    */
	const char *style; /* CSS class        */
	bool end;	   /* the text ends at the right of its width */
	bool hatched;	   /* something unquiet is below it */
};
/* A line of text that stays inside its width; nothing when that is tiny.
 * Return: how wide it is. */
double put_label(FILE *out, const struct label *l, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The legend: what the colours mean, those that are used. Its height. */
double put_legend(const struct dump *d, const struct layout *l, double y,
		  double width, FILE *out);

/* Patterns and styles. */
void put_styles(FILE *out);

#endif
