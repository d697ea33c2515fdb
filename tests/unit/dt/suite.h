/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tree tests share: trees from sources, caught reports. */
#ifndef TESTS_DT_SUITE_H
#define TESTS_DT_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dt/dt.h"
#include "dt/host.h"
#include "dt/regions.h"
#include "memmap/memmap.h"

#define MAX_REGIONS 1024

/* Collects what is reported. */
extern const struct dt_report report;
void report_clear(void);
/* Whether @problem was reported with @part in its text. */
bool reported(enum dt_problem problem, const char *part);

/* Compile dts/fixtures/NAME.dts, or a whole source; checked by dt_check().
 * Both live until the test ends. */
void *tree_of(const char *name);
void *tree_of_text(const char *text);

/* dt_scan() of a tree that lacks this and that (no RAM, no CPU, ...). */
void scan_part(const void *fdt, const char *console, struct dt_host *host);

struct found {
	struct region region[MAX_REGIONS];
	int nr;
	struct dt_irqs irqs;
};

/* dt_regions() with 48 bits and nothing denied. */
void find_regions(const struct dt_host *host, struct found *found);

/* The only region of this name that has this start, or NULL. */
const struct region *region_at(const struct found *found, const char *name,
			       uint64_t base);
void assert_region(const struct found *found, const char *name, uint64_t base,
		   uint64_t size, const char *row);
void assert_range(struct dt_range r, uint64_t base, uint64_t size);

/* To be run around every test. */
int setup(void **state);
int teardown(void **state);

extern const struct CMUnitTest ranges_tests[];
extern const size_t nr_ranges_tests;
extern const struct CMUnitTest scan_tests[];
extern const size_t nr_scan_tests;
extern const struct CMUnitTest regions_tests[];
extern const size_t nr_regions_tests;
extern const struct CMUnitTest dom0_tests[];
extern const size_t nr_dom0_tests;
extern const struct CMUnitTest boards_tests[];
extern const size_t nr_boards_tests;

#endif
