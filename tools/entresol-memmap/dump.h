/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map of a domain, as the hypervisor has told it or a file keeps
 * it: four lists of records (xen/include/public/entresol.h). */
#ifndef ENTRESOL_MEMMAP_DUMP_H
#define ENTRESOL_MEMMAP_DUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <public/entresol.h>

enum part { REGIONS, HIDDEN, SPANS, RUNS, NR_PARTS };

struct dump {
	uint16_t domid;
	uint64_t tables; /* pages of the stage-2 table */
	uint32_t nr[NR_PARTS];
	struct entresol_region *region;
	struct entresol_hidden *hidden;
	struct entresol_span *span;
	struct entresol_run *run;
};

/* What went wrong, for people; and the exit status that it means. */
enum status {
	STATUS_OK,
	STATUS_ERROR, /* the machine: out of memory, a file cannot be written */
	STATUS_USAGE,
	STATUS_NOT_ENTRESOL,
	STATUS_NO_DOMAIN,
	STATUS_DENIED,
	STATUS_BAD_FILE,
};

struct failure {
	enum status status;
	char text[256];
};

/* Note it; always false. */
bool failed(struct failure *f, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "region", "hidden part", "span", "run": one record of the list. */
const char *part_name(enum part part);
/* The size of its record, and where the records are. */
uint32_t part_size(enum part part);
void *part_records(const struct dump *d, enum part part);

/* Room for @nr more records at the end; NULL when out of memory. */
void *dump_grow(struct dump *d, enum part part, uint32_t nr);
void dump_free(struct dump *d);

/**
 * dump_check() - Whether the records make sense together.
 *
 * Indices and parents exist, lists are sorted, ranges do not wrap, texts end.
 * Everything else here takes that for granted. The failure names the record.
 */
bool dump_check(const struct dump *d, struct failure *f);

/* A file: version, counts and sizes, records; checked when it is read. */
bool dump_save(const struct dump *d, FILE *file);
bool dump_load(struct dump *d, FILE *file, struct failure *f);

/* What the name of a region is; "a hole" for ENTRESOL_NONE. */
const char *region_name(const struct dump *d, uint32_t index);

/* Leaves of the table by size of page: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
struct footprint {
	uint64_t leaves[4];
};
struct footprint dump_footprint(const struct dump *d);
/* "d0: 1x1G 510x2M 37x4K, 14 table pages". */
void footprint_text(const struct dump *d, char *buf, size_t len);

/* ----------------------------------------------------------------- output */

/* Guest addresses [from, to): others are left out. */
struct range {
	uint64_t from;
	uint64_t to;
};

static inline bool in_range(const struct range *r, uint64_t ipa, uint64_t size)
{
	return ipa < r->to && ipa + size > r->from;
}

/* Only print_svg() fails: not every map makes a picture. */
typedef bool print_fn(const struct dump *d, const struct range *range,
		      FILE *out, struct failure *f);
print_fn print_text, print_json, print_svg;

#endif
