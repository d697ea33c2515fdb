/* SPDX-License-Identifier: BSD-2-Clause */
/* Colours, texts and the legend of the picture. */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <lib/format.h>
#include <lib/maptext.h>

#include "svg.h"

#define COLOUR_EMULATED "#CC79A7"
#define COLOUR_NEUTRAL	"#F4F4F2"

/* Okabe and Ito's colours, which all eyes tell apart. */
static const char *const attr_colour[] = {
	[ENTRESOL_ATTR_DEFAULT] = "#DDDDDD",
	[ENTRESOL_ATTR_DEVICE_NGNRNE] = "#D9703B",
	[ENTRESOL_ATTR_DEVICE_NGNRE] = "#E9AF35",
	[ENTRESOL_ATTR_DEVICE_NGRE] = "#F0E442",
	[ENTRESOL_ATTR_DEVICE_GRE] = "#F7F1A6",
	[ENTRESOL_ATTR_NORMAL_NC] = "#4DB795",
	[ENTRESOL_ATTR_NORMAL_WB] = "#7CC4EE",
};

static bool is_emulated(unsigned int kind)
{
	return kind == ENTRESOL_KIND_EMULATED ||
	       kind == ENTRESOL_KIND_INTERPOSER;
}

const char *colour_of(unsigned int kind, const struct entresol_mapping *m)
{
	if (is_emulated(kind)) {
		return COLOUR_EMULATED;
	}
	return m->type == ENTRESOL_TYPE_NONE ? COLOUR_NEUTRAL
					     : attr_colour[m->attr];
}

const char *colour_of_region(const struct dump *d,
			     const struct entresol_region *r)
{
	if (r->kind == ENTRESOL_KIND_ALIAS && r->target != ENTRESOL_NONE) {
		r = &d->region[r->target];
	}
	return r->kind == ENTRESOL_KIND_HOLE ? "#FFFFFF"
					     : colour_of(r->kind, &r->map);
}

void human_size(char *buf, size_t len, uint64_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	unsigned int shift = 10;
	char exact[24];

	fmt_size(exact, sizeof(exact), size);
	if (strlen(exact) <= 8) {
		snprintf(buf, len, "%s", exact);
		return;
	}
	while (shift < 40 && size >> (shift + 10)) {
		shift += 10;
	}
	snprintf(buf, len, "~%.1f %s",
		 (double)size / (double)(UINT64_C(1) << shift),
		 units[shift / 10 - 1]);
}

/* ------------------------------------------------------------------- text */

void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;

		switch (c) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc((c >= 0x20 && c < 0x7f) || c == '\n' ? c : '?',
			      out);
		}
	}
}

double put_label(FILE *out, const struct label *l, const char *format, ...)
{
	size_t fits = l->width > 0 ? l->width / LABEL_WIDTH : 0;
	char text[MAPTEXT_LINE];
	double width;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (fits < 3) {
		return 0;
	}
	if (strlen(text) > fits) {
		strcpy(text + fits - 2, "..");
	}
	width = LABEL_WIDTH * (double)strlen(text);
	if (l->hatched) {
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"11\" fill=\"#fff\" fill-opacity=\".8\"/>",
			l->x - 2, l->y - 8.5, width + 4);
	}
	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", l->style,
		l->end ? l->x + l->width - width : l->x, l->y);
	put_text(out, text);
	fputs("</text>\n", out);
	return width;
}

void put_styles(FILE *out)
{
	fputs("<style>\n"
	      "text{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;"
	      "font-size:10px;fill:#1c1c1c}\n"
	      ".title{font:bold 20px 'DejaVu Sans',Arial,sans-serif}\n"
	      ".head{font:bold 12px 'DejaVu Sans',Arial,sans-serif}\n"
	      ".note{font:11px 'DejaVu Sans',Arial,sans-serif;fill:#555}\n"
	      ".name{font-weight:bold}\n"
	      ".hid{font-style:italic;fill:#444}\n"
	      ".size,.gap{fill:#777}\n"
	      ".grid{stroke:#e4e4e4;stroke-width:1}\n"
	      ".axis{stroke:#555;stroke-width:1.2;fill:none}\n"
	      ".box{stroke:#333;stroke-width:.8}\n"
	      ".reach{fill:#f4f4f2;fill-opacity:.5;stroke:#bbb;stroke-dasharray:5 3}\n"
	      ".container{fill:#f4f4f2;stroke:#777;stroke-dasharray:5 3}\n"
	      ".off{fill:#fff;stroke:#999;stroke-dasharray:2 3}\n"
	      ".alias{stroke-width:1.6;stroke-dasharray:1.5 2.5;"
	      "stroke-linecap:round}\n"
	      ".shadow{fill:#000;opacity:.16}\n"
	      "</style>\n"
	      "<defs>\n"
	      "<pattern id=\"hatch\" width=\"7\" height=\"7\" "
	      "patternUnits=\"userSpaceOnUse\" "
	      "patternTransform=\"rotate(45)\">"
	      "<rect width=\"7\" height=\"7\" fill=\"#fff\" "
	      "fill-opacity=\".62\"/>"
	      "<path d=\"M0 0V7\" stroke=\"#777\" stroke-width=\"1.4\"/>"
	      "</pattern>\n"
	      "<pattern id=\"hole\" width=\"8\" height=\"8\" "
	      "patternUnits=\"userSpaceOnUse\">"
	      "<path d=\"M0 0L8 8M8 0L0 8\" stroke=\"#bbb\" "
	      "stroke-width=\".8\"/></pattern>\n"
	      "</defs>\n",
	      out);
}

/* ----------------------------------------------------------------- legend */

struct legend {
	FILE *out;
	double x;
	double y;
	double width;
};

static void entry(struct legend *l, const char *style, const char *fill,
		  const char *text)
{
	double width = 34 + 7.0 * (double)strlen(text);

	if (l->x + width > l->width) {
		l->x = 20;
		l->y += 20;
	}
	fprintf(l->out,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"22\" "
		"height=\"12\" fill=\"%s\"/>"
		"<text class=\"note\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		style, l->x, l->y, fill, l->x + 28, l->y + 10, text);
	l->x += width;
}

/* Which of the legend's entries the picture has. */
struct used {
	bool attr[ENTRESOL_ATTR_NORMAL_WB + 1];
	bool emulated;
	bool kind[ENTRESOL_KIND_HOLE + 1];
	bool disabled;
};

static struct used find_used(const struct dump *d, const struct layout *l)
{
	struct used u = { .disabled = false };

	for (uint32_t i = 1; i < d->nr[REGIONS]; i++) {
		const struct entresol_region *r = &d->region[i];

		if (l->box[i].from < l->box[i].to) {
			u.kind[r->kind] = true;
			u.attr[r->map.attr] |= r->map.type != 0;
			u.emulated |= is_emulated(r->kind);
			u.disabled |= r->flags & ENTRESOL_FLAG_DISABLED;
		}
	}
	for (uint32_t i = 0; i < d->nr[RUNS]; i++) {
		u.attr[d->run[i].map.attr] = true;
	}
	return u;
}

double put_legend(const struct dump *d, const struct layout *l, double y,
		  double width, FILE *out)
{
	struct used u = find_used(d, l);
	struct legend legend = { out, 20, y, width };

	for (int a = ENTRESOL_ATTR_NORMAL_WB; a > 0; a--) {
		if (u.attr[a]) {
			entry(&legend, "box", attr_colour[a], maptext_attr(a));
		}
	}
	if (u.emulated) {
		entry(&legend, "box", COLOUR_EMULATED, "emulated (trapped)");
	}
	if (d->nr[HIDDEN]) {
		entry(&legend, "box", "url(#hatch)",
		      "hidden: what hides it is on top");
	}
	if (u.kind[ENTRESOL_KIND_CONTAINER]) {
		entry(&legend, "container", COLOUR_NEUTRAL, "container");
	}
	if (u.kind[ENTRESOL_KIND_ALIAS]) {
		entry(&legend, "box alias", "#fff", "alias of another region");
	}
	if (u.kind[ENTRESOL_KIND_HOLE]) {
		entry(&legend, "box", "url(#hole)", "hole");
	}
	if (u.disabled) {
		entry(&legend, "off", "#fff", "disabled");
	}
	return legend.y - y + 20;
}
