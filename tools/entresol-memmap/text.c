/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump as text: the lines are those of the console's key 'm'. */
#include <lib/maptext.h>

#include "dump.h"

static void print_hidden(const struct dump *d, const struct range *range,
			 uint32_t *next, const struct entresol_region *r,
			 FILE *out)
{
	char line[MAPTEXT_LINE];

	for (; *next < d->nr[HIDDEN] && d->hidden[*next].region == r->index;
	     ++*next) {
		const struct entresol_hidden *h = &d->hidden[*next];

		if (in_range(range, h->ipa, h->size)) {
			maptext_hidden(line, sizeof(line), h, r->depth,
				       region_name(d, h->by));
			fprintf(out, "%s\n", line);
		}
	}
}

bool print_text(const struct dump *d, const struct range *range, FILE *out,
		struct failure *f)
{
	(void)f;
	char line[MAPTEXT_LINE];
	uint32_t hidden = 0;

	fprintf(out, "d%u: regions, and what is hidden of them\n", d->domid);
	for (uint32_t i = 0; i < d->nr[REGIONS]; i++) {
		const struct entresol_region *r = &d->region[i];

		if (in_range(range, r->ipa, r->size)) {
			maptext_tree(line, sizeof(line), r);
			fprintf(out, "%s\n", line);
		}
		print_hidden(d, range, &hidden, r, out);
	}
	fprintf(out, "\nd%u: view\n", d->domid);
	for (uint32_t i = 0; i < d->nr[SPANS]; i++) {
		const struct entresol_span *s = &d->span[i];

		if (in_range(range, s->ipa, s->size)) {
			maptext_span(line, sizeof(line), s);
			fprintf(out, "%s\n", line);
		}
	}
	fprintf(out, "\nd%u: stage2_page_tables\n", d->domid);
	for (uint32_t i = 0; i < d->nr[RUNS]; i++) {
		const struct entresol_run *r = &d->run[i];

		if (in_range(range, r->ipa, r->size)) {
			maptext_run(line, sizeof(line), r);
			fprintf(out, "%s\n", line);
		}
	}
	footprint_text(d, line, sizeof(line));
	fprintf(out, "\n%s\n", line);
	return true;
}
