/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump as a picture: addresses downwards; from left to right the tree, what
 * shows, and the stage-2 table. */
#include "svg.h"

#include <string.h>

#include <lib/maptext.h>

#define LEFT	   20.0
#define AXIS_X	   130.0 /* addresses end here              */
#define SIZE_X	   140.0 /* how far it is to the next edge  */
#define TREE_X	   222.0
#define VIEW_WIDTH 240.0
#define RUN_WIDTH  262.0
#define BLOCK_BAR  12.0
#define RIGHT	   24.0
#define TEXT_TOP   11.5 /* base line of a label below its top */
#define TEXT_NEXT  11.5
#define ROOM_FOR_1 13.0
#define ROOM_FOR_2 26.0

/* More of either do not make a picture. */
#define MAX_BOXES 4000

struct picture {
	const struct dump *d;
	FILE *out;
	struct axis axis;
	struct layout tree;
	double top; /* of the axis */
	double view_x;
	double run_x;
	double width;
	double height;
};

static double y_of(const struct picture *p, uint64_t addr)
{
	return p->top + axis_y(&p->axis, addr);
}

struct rect {
	double x;
	double y;
	double width;
	double height;
};

static void put_rect(const struct picture *p, const struct rect *r,
		     const char *style, const char *fill)
{
	fprintf(p->out,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		"height=\"%.1f\"",
		style, r->x, r->y, r->width, r->height);
	if (fill) {
		fprintf(p->out, " fill=\"%s\"", fill);
	}
	fputs("/>\n", p->out);
}

/* Where [from, to) is, between @x and @x + @width. */
static struct rect rect_of(const struct picture *p, uint64_t from, uint64_t to,
			   double x, double width)
{
	double y = y_of(p, from);

	return (struct rect){ x, y, width, y_of(p, to) - y };
}

/* ------------------------------------------------------------------- axis */

static void put_gap(const struct picture *p, uint32_t i)
{
	double y = p->top + p->axis.y[i];
	double mid = (y + p->top + p->axis.y[i + 1]) / 2;
	struct rect band = { TREE_X - 6, y + 1, p->width - RIGHT - TREE_X + 6,
			     p->axis.y[i + 1] - p->axis.y[i] - 2 };

	put_rect(p, &band, "band", "#fafafa");
	fprintf(p->out,
		"<path class=\"axis\" d=\"M%.1f %.1fV%.1fl-5 3 10 4 -5 3V%.1f\""
		"/>\n",
		AXIS_X + 5, y, mid - 5, p->top + p->axis.y[i + 1]);
}

static void put_axis(const struct picture *p)
{
	const struct axis *a = &p->axis;
	char size[24];

	for (uint32_t i = 0; i < a->nr; i++) {
		double y = p->top + a->y[i];
		struct label l = { LEFT,   y + 3.5, AXIS_X - LEFT - 4,
				   "addr", true,    false };

		fprintf(p->out,
			"<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n",
			AXIS_X + 2, y, p->width - RIGHT);
		put_label(p->out, &l, "0x%llx", (unsigned long long)a->edge[i]);
		if (i + 1 == a->nr) {
			break;
		}
		if (a->empty[i]) {
			put_gap(p, i);
		} else {
			fprintf(p->out,
				"<path class=\"axis\" d=\"M%.1f %.1fV%.1f\""
				"/>\n",
				AXIS_X + 5, y, p->top + a->y[i + 1]);
		}
		human_size(size, sizeof(size), a->edge[i + 1] - a->edge[i]);
		l = (struct label){ SIZE_X + 2,
				    p->top + (a->y[i] + a->y[i + 1]) / 2 + 3.5,
				    TREE_X - SIZE_X - 6,
				    a->empty[i] ? "gap" : "size",
				    false,
				    false };
		put_label(p->out, &l, "%s", size);
	}
}

/* ------------------------------------------------------------------- tree */

static void put_title(const struct picture *p, uint32_t i)
{
	const struct parts parts = parts_of(p->d, i);
	char line[MAPTEXT_LINE];

	maptext_tree(line, sizeof(line), &p->d->region[i]);
	fputs("<title>", p->out);
	put_text(p->out, line);
	for (uint32_t k = parts.first; k < parts.end; k++) {
		maptext_hidden(line, sizeof(line), &p->d->hidden[k], 0,
			       region_name(p->d, p->d->hidden[k].by));
		fputc('\n', p->out);
		put_text(p->out, line);
	}
	fputs("</title>\n", p->out);
}

/* Up to where its containers let it show; no less than @from. */
static uint64_t end_of(const struct dump *d, uint32_t i, uint64_t from)
{
	uint64_t end = UINT64_MAX;

	for (; i != ENTRESOL_NONE; i = d->region[i].parent) {
		uint64_t of = d->region[i].ipa + d->region[i].size;

		end = end < of ? end : of;
	}
	return end > from ? end : from;
}

static void put_box(const struct picture *p, uint32_t i)
{
	const struct entresol_region *r = &p->d->region[i];
	const struct box *b = &p->tree.box[i];
	uint64_t end = end_of(p->d, i, b->from);
	bool off = region_is_off(p->d, i);
	struct rect rect = rect_of(p, b->from, b->to, TREE_X + b->x, BOX_WIDTH);

	if (off || end < b->to) {
		put_rect(p, &rect, "off", NULL);
		rect = rect_of(p, b->from, end, TREE_X + b->x, BOX_WIDTH);
	}
	if (off || end == b->from) {
		return;
	}
	if (r->kind == ENTRESOL_KIND_CONTAINER) {
		put_rect(p, &rect, "container", NULL);
	} else if (r->kind == ENTRESOL_KIND_HOLE) {
		put_rect(p, &rect, "box", "#fff");
		put_rect(p, &rect, "box", "url(#hole)");
	} else {
		put_rect(p, &rect,
			 r->kind == ENTRESOL_KIND_ALIAS ? "box alias" : "box",
			 colour_of_region(p->d, r));
	}
}

static void put_hidden_parts(const struct picture *p, uint32_t i)
{
	const struct box *b = &p->tree.box[i];
	const struct parts parts = parts_of(p->d, i);

	for (uint32_t k = parts.first; k < parts.end; k++) {
		const struct entresol_hidden *h = &p->d->hidden[k];
		uint64_t from = h->ipa > b->from ? h->ipa : b->from;
		uint64_t to = h->ipa + h->size < b->to ? h->ipa + h->size
						       : b->to;
		struct rect rect;

		if (from >= to) {
			continue;
		}
		rect = rect_of(p, from, to, TREE_X + b->x, BOX_WIDTH);
		put_rect(p, &rect, "box hidden", "url(#hatch)");
		if (h != b->hidden && rect.height >= ROOM_FOR_1) {
			struct label l = { TREE_X + p->tree.hidden_x[k] + 5,
					   rect.y + TEXT_TOP,
					   b->x + BOX_WIDTH -
						   p->tree.hidden_x[k] - 9,
					   "hid",
					   false,
					   true };

			put_label(p->out, &l, "under %s",
				  region_name(p->d, h->by));
		}
	}
}

/* The second line of a label: how it is mapped, or where it leads. */
static void format_detail(char *buf, size_t len,
			  const struct entresol_region *r)
{
	char size[24];

	human_size(size, sizeof(size), r->size);
	if (r->kind == ENTRESOL_KIND_ALIAS) {
		snprintf(buf, len, "alias of %s+%#llx", r->row,
			 (unsigned long long)r->target_offset);
	} else if (r->map.type == ENTRESOL_TYPE_NONE) {
		snprintf(buf, len, "%s %s", size, maptext_kind(r->kind));
	} else {
		snprintf(buf, len, "%s %s %s %s", size, maptext_kind(r->kind),
			 maptext_perm(r->map.perm), r->row);
	}
}

/* Two lines of text, or one where there is no room for more. */
struct lines {
	struct label label; /* of the first line */
	double height;
	const char *second_style;
};

static void put_lines(const struct picture *p, const struct lines *l,
		      const char *first, const char *second)
{
	struct label at = l->label;
	double used;

	if (l->height < ROOM_FOR_1) {
		return;
	}
	used = put_label(p->out, &at, "%s", first);
	if (l->height >= ROOM_FOR_2) {
		at.y += TEXT_NEXT;
	} else if (used + LABEL_WIDTH * (2 + (double)strlen(second)) <=
		   at.width) {
		at.x += used + 2 * LABEL_WIDTH;
		at.width -= used + 2 * LABEL_WIDTH;
	} else {
		return;
	}
	at.style = l->second_style;
	put_label(p->out, &at, "%s", second);
}

static void put_box_label(const struct picture *p, uint32_t i)
{
	const struct entresol_region *r = &p->d->region[i];
	const struct box *b = &p->tree.box[i];
	struct lines l = {
		.label = { TREE_X + b->label_x + 5,
			   p->top + b->label_y + TEXT_TOP,
			   b->x + BOX_WIDTH - b->label_x - 9, "name", false,
			   b->hidden || r->kind == ENTRESOL_KIND_HOLE },
		.height = b->label_height,
		.second_style = b->hidden ? "hid" : "detail",
	};
	double end = axis_y(&p->axis, end_of(p->d, i, b->from));
	char name[MAPTEXT_LINE], detail[MAPTEXT_LINE];

	/* Not across the end of its container. */
	if (end > b->label_y && end - b->label_y < l.height) {
		l.height = end - b->label_y;
	}
	snprintf(name, sizeof(name), "%s%s", r->name,
		 r->flags & ENTRESOL_FLAG_DISABLED ? " (disabled)" : "");
	if (b->hidden) {
		snprintf(detail, sizeof(detail), "under %s",
			 region_name(p->d, b->hidden->by));
	} else {
		format_detail(detail, sizeof(detail), r);
	}
	put_lines(p, &l, name, detail);
}

static void put_region(const struct picture *p, uint32_t i, bool hides)
{
	const struct box *b = &p->tree.box[i];

	fprintf(p->out,
		"<g class=\"region\" data-index=\"%u\" data-column=\"%u\" "
		"data-lane=\"%u\">\n",
		i, b->column, b->lane);
	put_title(p, i);
	if (hides) {
		struct rect shadow = rect_of(p, b->from, b->to,
					     TREE_X + b->x + 3, BOX_WIDTH);

		shadow.y += 3;
		put_rect(p, &shadow, "shadow", NULL);
	}
	put_box(p, i);
	put_hidden_parts(p, i);
	put_box_label(p, i);
	fputs("</g>\n", p->out);
}

/* Behind all boxes: what belongs to which container. */
static void put_reaches(const struct picture *p)
{
	for (uint32_t i = 1; i < p->d->nr[REGIONS]; i++) {
		const struct box *b = &p->tree.box[i];

		if (b->from < b->to && b->reach > b->x + BOX_WIDTH) {
			struct rect r = rect_of(p, b->from, b->to,
						TREE_X + b->x,
						b->reach - b->x + 5);

			put_rect(p, &r, "reach", NULL);
		}
	}
}

/* What is hidden first, so that it lies below. */
static void put_column(const struct picture *p, uint32_t column)
{
	const struct layout *t = &p->tree;

	for (uint32_t lane = t->nr_lanes[column]; lane-- > 0;) {
		for (uint32_t i = 1; i < p->d->nr[REGIONS]; i++) {
			const struct box *b = &t->box[i];

			if (b->from < b->to && b->column == column &&
			    b->lane == lane) {
				put_region(p, i,
					   lane + 1 < t->nr_lanes[column]);
			}
		}
	}
}

/* --------------------------------------------------------- view and table */

/* Layers of a stretch stand side by side, the upper one to the left. */
static uint32_t put_stretch(const struct picture *p, uint32_t first)
{
	const struct entresol_span *s = &p->d->span[first];
	uint32_t end = first + 1;
	char line[MAPTEXT_LINE];

	while (end < p->d->nr[SPANS] &&
	       p->d->span[end].flags & ENTRESOL_FLAG_BELOW) {
		end++;
	}
	for (uint32_t i = first; i < end; i++) {
		double width = VIEW_WIDTH / (end - first);
		double x = p->view_x + (i - first) * width;
		struct rect r = rect_of(p, s->ipa, s->ipa + s->size, x, width);
		struct lines l = { { x + 5, r.y + TEXT_TOP, width - 9, "name",
				     false, false },
				   r.height,
				   "detail" };

		s = &p->d->span[i];
		maptext_span(line, sizeof(line), s);
		fprintf(p->out, "<g class=\"span\"><title>");
		put_text(p->out, line);
		fputs("</title>\n", p->out);
		put_rect(p, &r, "box", colour_of(s->kind, &s->map));
		snprintf(line, sizeof(line), "%s %s %s", maptext_kind(s->kind),
			 s->map.type ? maptext_attr(s->map.attr) : "",
			 s->map.type ? maptext_perm(s->map.perm) : "");
		put_lines(p, &l, s->name, line);
		fputs("</g>\n", p->out);
	}
	return end;
}

static bool is_visible(const struct picture *p, uint64_t ipa, uint64_t size)
{
	return ipa < p->axis.edge[p->axis.nr - 1] &&
	       ipa + size > p->axis.edge[0];
}

static void put_view(const struct picture *p)
{
	for (uint32_t i = 0; i < p->d->nr[SPANS];) {
		const struct entresol_span *s = &p->d->span[i];

		if (is_visible(p, s->ipa, s->size)) {
			i = put_stretch(p, i);
		} else {
			i++;
		}
	}
}

static void put_run(const struct picture *p, const struct entresol_run *run)
{
	/* By order: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
	static const struct {
		const char *name;
		const char *fill;
	} block[] = {
		{ "4K", "#FFFFFF" },
		{ "2M", "#9A9A9A" },
		{ "1G", "#4A4A4A" },
		{ "512G", "#000000" },
	};
	const struct entresol_mapping *m = &run->map;
	struct rect r =
		rect_of(p, run->ipa, run->ipa + run->size, p->run_x, RUN_WIDTH);
	struct lines l = { { p->run_x + BLOCK_BAR + 5, r.y + TEXT_TOP,
			     RUN_WIDTH - BLOCK_BAR - 9, "detail", false,
			     false },
			   r.height,
			   "detail" };
	char line[MAPTEXT_LINE], pa[40];

	maptext_run(line, sizeof(line), run);
	fprintf(p->out, "<g class=\"run\"><title>");
	put_text(p->out, line);
	fputs("</title>\n", p->out);
	put_rect(p, &r, "box", colour_of(ENTRESOL_KIND_RAM, m));
	r.width = BLOCK_BAR;
	put_rect(p, &r, "box", block[m->order / 9].fill);
	snprintf(line, sizeof(line), "%llu x %s %s %s",
		 (unsigned long long)(run->size >> (12 + m->order)),
		 block[m->order / 9].name, maptext_type(m->type),
		 maptext_perm(m->perm));
	snprintf(pa, sizeof(pa), m->pa == run->ipa ? "pa = ipa" : "pa %#llx",
		 (unsigned long long)m->pa);
	put_lines(p, &l, line, pa);
	fputs("</g>\n", p->out);
}

static void put_table(const struct picture *p)
{
	for (uint32_t i = 0; i < p->d->nr[RUNS]; i++) {
		const struct entresol_run *run = &p->d->run[i];

		if (is_visible(p, run->ipa, run->size)) {
			put_run(p, run);
		}
	}
}

/* ------------------------------------------------------------------ frame */

static void put_head(const struct picture *p, double x, const char *head,
		     const char *note)
{
	fprintf(p->out,
		"<text class=\"head\" x=\"%.1f\" y=\"%.1f\">%s</text>"
		"<text class=\"note\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		x, p->top - 28, head, x, p->top - 13, note);
}

static void put_heads(const struct picture *p)
{
	put_head(p, LEFT, "guest address", "and how far to the next");
	put_head(p, TREE_X, "tree of regions",
		 "deeper to the right, hidden below");
	put_head(p, p->view_x, "what shows", "the flat view");
	put_head(p, p->run_x, "stage-2 table",
		 "bar: 4K white, 2M grey, 1G dark");
}

static void put_top(struct picture *p)
{
	char foot[128];

	fprintf(p->out,
		"<text class=\"title\" x=\"%.1f\" y=\"34\">Memory map of "
		"domain %u</text>\n",
		LEFT, p->d->domid);
	footprint_text(p->d, foot, sizeof(foot));
	fprintf(p->out,
		"<text class=\"note\" x=\"%.1f\" y=\"54\">%u regions, %u "
		"hidden parts, %u spans; stage-2 footprint %s</text>\n"
		"<text class=\"note\" x=\"%.1f\" y=\"71\">Not to scale: "
		"heights grow with the logarithm of sizes, and empty space "
		"is cut short.%s</text>\n",
		LEFT, p->d->nr[REGIONS], p->d->nr[HIDDEN], p->d->nr[SPANS],
		foot, LEFT,
		p->tree.nr_left_out ? " Some regions are nested too deep to be "
				      "drawn."
				    : "");
}

/* How high the legend is, without drawing it. */
static double legend_height(const struct picture *p)
{
	FILE *nowhere = fopen("/dev/null", "w");
	double height = 40;

	if (nowhere) {
		height = put_legend(p->d, &p->tree, 0, p->width, nowhere);
		fclose(nowhere);
	}
	return height;
}

static void put_picture(struct picture *p)
{
	p->view_x = TREE_X + p->tree.width;
	p->run_x = p->view_x + VIEW_WIDTH + 18;
	p->width = p->run_x + RUN_WIDTH + RIGHT;
	p->top = 84 + legend_height(p) + 50;
	p->height = p->top + p->axis.height + 24;
	/* The name space, in two pieces: it is no address to be visited. */
	fprintf(p->out,
		"<svg xmlns=\"http:"
		"//www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\">\n",
		p->width, p->height, p->width, p->height);
	put_styles(p->out);
	fputs("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", p->out);
	put_top(p);
	put_legend(p->d, &p->tree, 84, p->width, p->out);
	put_heads(p);
	put_axis(p);
	put_reaches(p);
	for (uint32_t c = 0; c < p->tree.nr_columns; c++) {
		put_column(p, c);
	}
	put_view(p);
	put_table(p);
	fputs("</svg>\n", p->out);
}

bool print_svg(const struct dump *d, const struct range *range, FILE *out,
	       struct failure *f)
{
	struct picture p = { .d = d, .out = out };
	uint64_t end = d->region[0].size;
	struct range part = { range->from, range->to < end ? range->to : end };
	bool good;

	if (part.from >= part.to) {
		return failed(f, STATUS_USAGE,
			      "the domain has no such addresses");
	}
	if (d->nr[REGIONS] > MAX_BOXES || d->nr[HIDDEN] > MAX_BOXES) {
		return failed(f, STATUS_ERROR,
			      "%u regions and %u hidden parts are no picture",
			      d->nr[REGIONS], d->nr[HIDDEN]);
	}
	good = axis_make(&p.axis, d, &part) && layout_make(&p.tree, d, &p.axis);
	if (good) {
		put_picture(&p);
	} else {
		failed(f, STATUS_ERROR, "out of memory");
	}
	axis_free(&p.axis);
	layout_free(&p.tree);
	return good;
}
