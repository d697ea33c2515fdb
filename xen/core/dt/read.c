/* SPDX-License-Identifier: BSD-2-Clause */
/* The cursor, properties, and reports. */
#include <stdarg.h>
#include <string.h>

#include <libfdt.h>

#include "dt/read.h"
#include "lib/format.h"

#define TEXT_MAX 256

void dt_begin(struct dt_cursor *c, const void *fdt,
	      const struct dt_report *report)
{
	c->fdt = fdt;
	c->report = report;
	c->depth = 0;
	c->level[0] = (struct dt_level){ .node = 0 };
}

bool dt_next(struct dt_cursor *c)
{
	int depth = c->depth;
	int node = fdt_next_node(c->fdt, dt_node(c), &depth);

	if (node < 0 || depth < 1 || depth >= DT_MAX_DEPTH) {
		return false;
	}
	c->depth = depth;
	c->level[depth] = (struct dt_level){ .node = node };
	return true;
}

bool dt_goto(struct dt_cursor *c, int node)
{
	dt_begin(c, c->fdt, c->report);
	while (dt_node(c) != node) {
		if (!dt_next(c)) {
			return false;
		}
	}
	return true;
}

static const char *name_of(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return name ? name : "";
}

const char *dt_name(const struct dt_cursor *c)
{
	return name_of(c->fdt, dt_node(c));
}

/* Returns the length the text would have, like fmt_str(). */
static int write_path(const struct dt_cursor *c, char *buf, int room)
{
	int used = 0;
	int depth;

	if (c->depth == 0) {
		return fmt_str(buf, room, "/");
	}
	for (depth = 1; depth <= c->depth && used < room; depth++) {
		used += fmt_str(buf + used, room - used, "/%s",
				name_of(c->fdt, c->level[depth].node));
	}
	return used;
}

/* What comes from the tree must not play tricks on a terminal or a log. */
static void say(const struct dt_report *report, enum dt_problem problem,
		char *text)
{
	char *at;

	for (at = text; *at; at++) {
		if (*at < ' ' || *at > '~') {
			*at = '?';
		}
	}
	report->line(report->opaque, problem, text);
}

void dt_tell(const struct dt_cursor *c, enum dt_problem problem,
	     const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;
	int used;

	used = write_path(c, text, TEXT_MAX / 2);
	if (used >= TEXT_MAX / 2) {
		used = TEXT_MAX / 2 - 1;
	}
	used += fmt_str(text + used, TEXT_MAX - used, ": ");
	va_start(args, fmt);
	fmt_vstr(text + used, TEXT_MAX - used, fmt, args);
	va_end(args);
	say(c->report, problem, text);
}

void dt_tell_tree(const struct dt_report *report, enum dt_problem problem,
		  const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	fmt_vstr(text, sizeof(text), fmt, args);
	va_end(args);
	say(report, problem, text);
}

const char *dt_problem_text(enum dt_problem problem)
{
	static const char *const text[DT_NR_PROBLEMS] = {
		[DT_OK] = "is fine",
		[DT_BAD_BLOB] = "is no device tree",
		[DT_MISSING] = "is missing",
		[DT_OVERFLOW] = "is one too many",
		[DT_BAD_CELLS] = "#address-cells or #size-cells out of range",
		[DT_BAD_LENGTH] = "length is no multiple of its entries",
		[DT_BAD_VALUE] = "has no meaning",
		[DT_NOT_ADDRESS] = "no address: a bus above has no ranges",
		[DT_NO_WINDOW] = "no window of the ranges above covers it",
		[DT_WRAPS] = "runs past the end of the address space",
		[DT_ZERO_SIZE] = "size 0",
		[DT_CUT] = "cut off where the windows above end",
		[DT_UNALIGNED] = "rounded out to pages",
		[DT_NEIGHBOUR] = "shares a page",
		[DT_OVERLAP] = "overlaps",
		[DT_IN_RAM] = "lies in RAM",
		[DT_KEPT_BACK] = "is kept by the hypervisor",
		[DT_NOTE] = "is worth knowing",
	};

	return text[problem];
}

const char *dt_string(const void *fdt, int node, const char *name)
{
	int len;
	const char *s = fdt_getprop(fdt, node, name, &len);

	return s && len > 0 && s[len - 1] == '\0' ? s : NULL;
}

uint32_t dt_u32(const void *fdt, int node, const char *name, uint32_t otherwise)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	return cell && len == sizeof(*cell) ? fdt32_ld(cell) : otherwise;
}

bool dt_has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

bool dt_is(const void *fdt, int node, const char *compatible)
{
	return fdt_node_check_compatible(fdt, node, compatible) == 0;
}

bool dt_available(const void *fdt, int node)
{
	const char *status;

	if (!dt_has(fdt, node, "status")) {
		return true;
	}
	status = dt_string(fdt, node, "status");
	return status && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

/* The aliases are resolved here: libfdt would follow one that names itself
 * for ever. */
int dt_find(const void *fdt, const char *path)
{
	const char *colon = strchr(path, ':');
	int len = colon ? (int)(colon - path) : (int)strlen(path);
	const char *slash = memchr(path, '/', len);
	int alias_len = slash ? (int)(slash - path) : len;
	const char *alias;
	int node;
	int size;

	if (path[0] == '/') {
		return fdt_path_offset_namelen(fdt, path, len);
	}
	node = fdt_path_offset(fdt, "/aliases");
	if (node < 0) {
		return node;
	}
	alias = fdt_getprop_namelen(fdt, node, path, alias_len, &size);
	if (!alias || size < 2 || alias[0] != '/' || alias[size - 1] != '\0') {
		return -FDT_ERR_NOTFOUND;
	}
	node = fdt_path_offset(fdt, alias);
	while (node >= 0 && slash && slash + 1 < path + len) {
		const char *part = slash + 1;
		int left = (int)(path + len - part);

		slash = memchr(part, '/', left);
		node = fdt_subnode_offset_namelen(
			fdt, node, part, slash ? (int)(slash - part) : left);
	}
	return node;
}
