/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees: reading, host facts, regions, dom0's tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libfdt.h>

#include <core/errno.h>

#include "suite.h"

#define MAX_TREES   8
#define MAX_REPORTS 512
#define MAX_TESTS   128

static struct {
	enum dt_problem problem;
	char text[256];
} reports[MAX_REPORTS];
static unsigned int nr_reports;

static void *trees[MAX_TREES];
static unsigned int nr_trees;

static void catch_report(void *opaque, enum dt_problem problem,
			 const char *text)
{
	(void)opaque;
	assert_in_range(problem, DT_OK + 1, DT_NR_PROBLEMS - 1);
	assert_int_not_equal(strlen(text), 0);
	if (nr_reports < MAX_REPORTS) {
		reports[nr_reports].problem = problem;
		snprintf(reports[nr_reports].text,
			 sizeof(reports[nr_reports].text), "%s", text);
		nr_reports++;
	}
}

const struct dt_report report = { catch_report, NULL };

void report_clear(void)
{
	nr_reports = 0;
}

bool reported(enum dt_problem problem, const char *part)
{
	unsigned int i;

	for (i = 0; i < nr_reports; i++) {
		if (reports[i].problem == problem &&
		    strstr(reports[i].text, part)) {
			return true;
		}
	}
	return false;
}

/* The command writes a blob to its standard output. */
static void *tree_from(const char *command)
{
	const size_t room = 1 << 20;
	void *blob = aligned_alloc(8, room);
	FILE *pipe = popen(command, "r");
	size_t size;

	assert_non_null(blob);
	assert_non_null(pipe);
	size = fread(blob, 1, room, pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_in_range(nr_trees, 0, MAX_TREES - 1);
	trees[nr_trees++] = blob;
	assert_int_equal(dt_check(blob, size, &report), 0);
	return blob;
}

void *tree_of(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char command[512];

	snprintf(command, sizeof(command),
		 "dtc -q -I dts -O dtb %s/dts/fixtures/%s.dts",
		 srcdir ? srcdir : ".", name);
	return tree_from(command);
}

void *tree_of_text(const char *text)
{
	char path[] = "/tmp/dt-test-XXXXXX";
	char command[128];
	int fd = mkstemp(path);
	void *blob;

	assert_in_range(fd, 0, 1 << 20);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	snprintf(command, sizeof(command), "dtc -q -f -I dts -O dtb %s", path);
	blob = tree_from(command);
	unlink(path);
	return blob;
}

void scan_part(const void *fdt, const char *console, struct dt_host *host)
{
	assert_int_equal(dt_scan(fdt, console, host, &report), -XEN_ENODEV);
}

void find_regions(const struct dt_host *host, struct found *found)
{
	const struct dt_regions_request request = {
		.host = host,
		.ipa_bits = 48,
		.region = found->region,
		.max_regions = MAX_REGIONS,
		.irqs = &found->irqs,
	};

	found->nr = dt_regions(&request, &report);
	assert_in_range(found->nr, 0, MAX_REGIONS);
}

const struct region *region_at(const struct found *found, const char *name,
			       uint64_t base)
{
	const struct region *at = NULL;
	int i;

	for (i = 0; i < found->nr; i++) {
		const struct region *r = &found->region[i];

		if (!strcmp(r->name, name) && r->ipa.v == base) {
			assert_null(at);
			at = r;
		}
	}
	return at;
}

void assert_region(const struct found *found, const char *name, uint64_t base,
		   uint64_t size, const char *row)
{
	const struct region *r = region_at(found, name, base);

	assert_non_null(r);
	assert_int_equal(r->size, size);
	assert_int_equal(r->pa.v, base);
	assert_string_equal(r->row, row);
	assert_true(p2m_legal(r->type, r->attr));
}

void assert_range(struct dt_range r, uint64_t base, uint64_t size)
{
	assert_int_equal(r.base, base);
	assert_int_equal(r.size, size);
}

int setup(void **state)
{
	(void)state;
	report_clear();
	return 0;
}

int teardown(void **state)
{
	(void)state;
	while (nr_trees > 0) {
		free(trees[--nr_trees]);
	}
	return 0;
}

/* One group, so that there is one plan. */
static size_t collect(struct CMUnitTest *into, size_t nr,
		      const struct CMUnitTest *tests, size_t more)
{
	assert_in_range(nr + more, 1, MAX_TESTS);
	memcpy(into + nr, tests, more * sizeof(*tests));
	return nr + more;
}

int main(void)
{
	static struct CMUnitTest all[MAX_TESTS];
	size_t nr = 0;

	nr = collect(all, nr, ranges_tests, nr_ranges_tests);
	nr = collect(all, nr, scan_tests, nr_scan_tests);
	nr = collect(all, nr, regions_tests, nr_regions_tests);
	nr = collect(all, nr, dom0_tests, nr_dom0_tests);
	nr = collect(all, nr, boards_tests, nr_boards_tests);
	return _cmocka_run_group_tests("dt", all, nr, NULL, NULL);
}
