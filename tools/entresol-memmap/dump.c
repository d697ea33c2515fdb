/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists of a dump, and the file that keeps them. */
#include "dump.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC	     "entresol"
#define FILE_VERSION 1
#define MAX_RECORDS  (1u << 20)

struct file_header {
	char magic[8];
	uint32_t version;
	uint32_t domid;
	uint64_t tables;
	struct {
		uint32_t nr;
		uint32_t size;
	} part[NR_PARTS];
};

static const struct {
	const char *name;
	uint32_t size;
	size_t offset;
} parts[NR_PARTS] = {
	[REGIONS] = { "region", sizeof(struct entresol_region),
		      offsetof(struct dump, region) },
	[HIDDEN] = { "hidden part", sizeof(struct entresol_hidden),
		     offsetof(struct dump, hidden) },
	[SPANS] = { "span", sizeof(struct entresol_span),
		    offsetof(struct dump, span) },
	[RUNS] = { "run", sizeof(struct entresol_run),
		   offsetof(struct dump, run) },
};

bool failed(struct failure *f, enum status status, const char *format, ...)
{
	va_list args;

	f->status = status;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
	return false;
}

const char *part_name(enum part part)
{
	return parts[part].name;
}

uint32_t part_size(enum part part)
{
	return parts[part].size;
}

void *part_records(const struct dump *d, enum part part)
{
	void *records;

	memcpy(&records, (const char *)d + parts[part].offset, sizeof(records));
	return records;
}

void *dump_grow(struct dump *d, enum part part, uint32_t nr)
{
	size_t size = parts[part].size;
	size_t old = d->nr[part] * size;
	char *records;

	if (nr > MAX_RECORDS - d->nr[part]) {
		return NULL;
	}
	records = realloc(part_records(d, part), old + nr * size + 1);
	if (!records) {
		return NULL;
	}
	memcpy((char *)d + parts[part].offset, &records, sizeof(records));
	d->nr[part] += nr;
	return records + old;
}

void dump_free(struct dump *d)
{
	for (int part = 0; part < NR_PARTS; part++) {
		free(part_records(d, part));
	}
	*d = (struct dump){ .domid = 0 };
}

const char *region_name(const struct dump *d, uint32_t index)
{
	return index < d->nr[REGIONS] ? d->region[index].name : "a hole";
}

struct footprint dump_footprint(const struct dump *d)
{
	struct footprint f = { { 0 } };

	for (uint32_t i = 0; i < d->nr[RUNS]; i++) {
		const struct entresol_run *r = &d->run[i];

		f.leaves[r->map.order / 9] += r->size >> (12 + r->map.order);
	}
	return f;
}

void footprint_text(const struct dump *d, char *buf, size_t len)
{
	struct footprint f = dump_footprint(d);

	snprintf(buf, len, "d%u: %llux1G %llux2M %llux4K, %llu table pages",
		 d->domid, (unsigned long long)f.leaves[2],
		 (unsigned long long)f.leaves[1],
		 (unsigned long long)f.leaves[0],
		 (unsigned long long)d->tables);
}

/* ------------------------------------------------------------------- file */

bool dump_save(const struct dump *d, FILE *file)
{
	struct file_header h = {
		.magic = MAGIC,
		.version = FILE_VERSION,
		.domid = d->domid,
		.tables = d->tables,
	};

	for (int i = 0; i < NR_PARTS; i++) {
		h.part[i].nr = d->nr[i];
		h.part[i].size = parts[i].size;
	}
	fwrite(&h, sizeof(h), 1, file);
	for (int i = 0; i < NR_PARTS; i++) {
		if (d->nr[i]) {
			fwrite(part_records(d, i), parts[i].size, d->nr[i],
			       file);
		}
	}
	return !ferror(file);
}

static bool check_header(const struct file_header *h, struct failure *f)
{
	if (memcmp(h->magic, MAGIC, sizeof(h->magic))) {
		return failed(f, STATUS_BAD_FILE,
			      "this is no saved memory map");
	}
	if (h->version != FILE_VERSION) {
		return failed(
			f, STATUS_BAD_FILE,
			"its format has version %u, this program knows %u",
			h->version, FILE_VERSION);
	}
	if (h->domid > UINT16_MAX) {
		return failed(f, STATUS_BAD_FILE, "no domain has number %u",
			      h->domid);
	}
	for (int i = 0; i < NR_PARTS; i++) {
		if (h->part[i].size != parts[i].size) {
			return failed(
				f, STATUS_BAD_FILE, "a %s has %u bytes, not %u",
				parts[i].name, h->part[i].size, parts[i].size);
		}
		if (h->part[i].nr > MAX_RECORDS) {
			return failed(f, STATUS_BAD_FILE,
				      "%u records of kind '%s' are too many",
				      h->part[i].nr, parts[i].name);
		}
	}
	return true;
}

/* In steps: a count may promise more than the file has. */
static bool load_part(struct dump *d, enum part part, uint32_t nr, FILE *file,
		      struct failure *f)
{
	while (d->nr[part] < nr) {
		uint32_t left = nr - d->nr[part];
		uint32_t step = left < 1024 ? left : 1024;
		void *records = dump_grow(d, part, step);

		if (!records) {
			return failed(f, STATUS_ERROR, "out of memory");
		}
		if (fread(records, parts[part].size, step, file) != step) {
			return failed(f, STATUS_BAD_FILE,
				      "it ends before %s %u of %u",
				      parts[part].name, d->nr[part] - step, nr);
		}
	}
	return true;
}

bool dump_load(struct dump *d, FILE *file, struct failure *f)
{
	struct file_header h;

	*d = (struct dump){ .domid = 0 };
	if (fread(&h, sizeof(h), 1, file) != 1) {
		return failed(f, STATUS_BAD_FILE, "it is too short");
	}
	if (!check_header(&h, f)) {
		return false;
	}
	d->domid = h.domid;
	d->tables = h.tables;
	for (int i = 0; i < NR_PARTS; i++) {
		if (!load_part(d, i, h.part[i].nr, file, f)) {
			dump_free(d);
			return false;
		}
	}
	if (fgetc(file) != EOF) {
		failed(f, STATUS_BAD_FILE,
		       "there is more behind the last record");
		dump_free(d);
		return false;
	}
	if (!dump_check(d, f)) {
		dump_free(d);
		return false;
	}
	return true;
}
