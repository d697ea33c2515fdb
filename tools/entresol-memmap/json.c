/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump as JSON: one record a line, keys always in the same order. */
#include <inttypes.h>

#include <lib/maptext.h>

#include "dump.h"

struct json {
	FILE *out;
	const char *separator; /* before the next key or element */
};

static void text(struct json *j, const char *s)
{
	fputc('"', j->out);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\') {
			fprintf(j->out, "\\%c", c);
		} else if (c < 0x20 || c >= 0x7f) {
			fprintf(j->out, "\\u%04x", c);
		} else {
			fputc(c, j->out);
		}
	}
	fputc('"', j->out);
}

static void key(struct json *j, const char *name)
{
	fprintf(j->out, "%s\"%s\": ", j->separator, name);
	j->separator = ", ";
}

static void number(struct json *j, const char *name, uint64_t v)
{
	key(j, name);
	fprintf(j->out, "%" PRIu64, v);
}

static void string(struct json *j, const char *name, const char *s)
{
	key(j, name);
	text(j, s);
}

static void truth(struct json *j, const char *name, bool v)
{
	key(j, name);
	fputs(v ? "true" : "false", j->out);
}

/* The number of a region, or null. */
static void index_of(struct json *j, const char *name, uint32_t v)
{
	key(j, name);
	if (v == ENTRESOL_NONE) {
		fputs("null", j->out);
	} else {
		fprintf(j->out, "%" PRIu32, v);
	}
}

static void place(struct json *j, uint64_t ipa, uint64_t size)
{
	number(j, "ipa", ipa);
	number(j, "size", size);
}

static void mapping(struct json *j, const struct entresol_mapping *m,
		    unsigned int flags)
{
	key(j, "pa");
	if (m->type == ENTRESOL_TYPE_NONE || flags & ENTRESOL_FLAG_POPULATED) {
		fputs("null", j->out);
	} else {
		fprintf(j->out, "%" PRIu64, m->pa);
	}
	string(j, "type", maptext_type(m->type));
	string(j, "attribute", maptext_attr(m->attr));
	string(j, "permissions", maptext_perm(m->perm));
}

static void marks(struct json *j, unsigned int flags, unsigned int vcpu)
{
	truth(j, "log", flags & ENTRESOL_FLAG_LOG);
	truth(j, "buffered", flags & ENTRESOL_FLAG_BUFFERED);
	index_of(j, "only_vcpu",
		 flags & ENTRESOL_FLAG_VCPU ? vcpu : ENTRESOL_NONE);
}

/* ------------------------------------------------------------------ lists */

static void list(struct json *j, const char *name)
{
	fprintf(j->out, ",\n\"%s\": [", name);
	j->separator = "\n";
}

static void element(struct json *j)
{
	fprintf(j->out, "%s  {", j->separator);
	j->separator = "";
}

static void end(struct json *j)
{
	fputc('}', j->out);
	j->separator = ",\n";
}

static void region(struct json *j, const struct entresol_region *r)
{
	element(j);
	number(j, "index", r->index);
	string(j, "name", r->name);
	string(j, "kind", maptext_kind(r->kind));
	index_of(j, "parent", r->parent);
	number(j, "depth", r->depth);
	place(j, r->ipa, r->size);
	mapping(j, &r->map, r->flags);
	key(j, "priority");
	fprintf(j->out, "%" PRId32, r->priority);
	truth(j, "disabled", r->flags & ENTRESOL_FLAG_DISABLED);
	truth(j, "clipped", r->flags & ENTRESOL_FLAG_CLIPPED);
	marks(j, r->flags, r->vcpu);
	if (r->kind == ENTRESOL_KIND_ALIAS) {
		index_of(j, "target", r->target);
		string(j, "target_name", r->row);
		number(j, "target_offset", r->target_offset);
	} else {
		string(j, "row", r->row);
	}
	end(j);
}

static void hidden(struct json *j, const struct dump *d,
		   const struct entresol_hidden *h)
{
	element(j);
	index_of(j, "region", h->region);
	string(j, "name", region_name(d, h->region));
	place(j, h->ipa, h->size);
	index_of(j, "by", h->by);
	end(j);
}

static void span(struct json *j, const struct entresol_span *s)
{
	element(j);
	index_of(j, "region", s->region);
	string(j, "name", s->name);
	string(j, "kind", maptext_kind(s->kind));
	index_of(j, "via", s->via);
	place(j, s->ipa, s->size);
	number(j, "offset", s->offset);
	mapping(j, &s->map, s->flags);
	truth(j, "below", s->flags & ENTRESOL_FLAG_BELOW);
	marks(j, s->flags, s->vcpu);
	end(j);
}

static void run(struct json *j, const struct entresol_run *r)
{
	element(j);
	place(j, r->ipa, r->size);
	mapping(j, &r->map, 0);
	number(j, "block", UINT64_C(4096) << r->map.order);
	end(j);
}

static void footprint(struct json *j, const struct dump *d)
{
	struct footprint f = dump_footprint(d);

	fputs(",\n\"footprint\": {", j->out);
	j->separator = "";
	number(j, "4K", f.leaves[0]);
	number(j, "2M", f.leaves[1]);
	number(j, "1G", f.leaves[2]);
	number(j, "table_pages", d->tables);
	fputs("}", j->out);
}

bool print_json(const struct dump *d, const struct range *range, FILE *out,
		struct failure *f)
{
	(void)f;
	struct json j = { out, "" };

	fprintf(out, "{\"format\": \"entresol-memmap\", \"version\": 1,\n");
	fprintf(out, "\"domain\": %u", d->domid);
	list(&j, "regions");
	for (uint32_t i = 0; i < d->nr[REGIONS]; i++) {
		if (in_range(range, d->region[i].ipa, d->region[i].size)) {
			region(&j, &d->region[i]);
		}
	}
	fputs("]", out);
	list(&j, "hidden");
	for (uint32_t i = 0; i < d->nr[HIDDEN]; i++) {
		if (in_range(range, d->hidden[i].ipa, d->hidden[i].size)) {
			hidden(&j, d, &d->hidden[i]);
		}
	}
	fputs("]", out);
	list(&j, "view");
	for (uint32_t i = 0; i < d->nr[SPANS]; i++) {
		if (in_range(range, d->span[i].ipa, d->span[i].size)) {
			span(&j, &d->span[i]);
		}
	}
	fputs("]", out);
	list(&j, "table");
	for (uint32_t i = 0; i < d->nr[RUNS]; i++) {
		if (in_range(range, d->run[i].ipa, d->run[i].size)) {
			run(&j, &d->run[i]);
		}
	}
	fputs("]", out);
	footprint(&j, d);
	fputs("}\n", out);
	return true;
}
