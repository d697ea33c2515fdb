/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a blob may be walked. */
#include <libfdt.h>

#include <core/bits.h>
#include <core/errno.h>

#include "dt/read.h"

/* Node names end up in the log: nothing but visible ASCII. */
static bool name_is_plain(const char *name)
{
	for (; *name; name++) {
		if (*name <= ' ' || *name > '~') {
			return false;
		}
	}
	return true;
}

static bool nodes_are_sane(const void *fdt, const struct dt_report *report)
{
	int depth = 0;
	int node;

	for (node = 0; node >= 0 && depth >= 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		const char *name = fdt_get_name(fdt, node, NULL);

		if (depth >= DT_MAX_DEPTH) {
			dt_tell_tree(report, DT_BAD_BLOB,
				     "device tree deeper than %d nodes",
				     DT_MAX_DEPTH);
			return false;
		}
		if (!name || !name_is_plain(name)) {
			dt_tell_tree(report, DT_BAD_BLOB,
				     "device tree: bad name of node at %d",
				     node);
			return false;
		}
	}
	return true;
}

int dt_check(const void *fdt, size_t max, const struct dt_report *report)
{
	int error;

	if (!is_aligned((uintptr_t)fdt, 8) || max < FDT_V1_SIZE) {
		dt_tell_tree(report, DT_BAD_BLOB,
			     "device tree: address not a multiple of 8");
		return -XEN_EINVAL;
	}
	error = fdt_check_header(fdt);
	if (!error &&
	    (fdt_totalsize(fdt) > max || fdt_totalsize(fdt) > DT_MAX_BYTES)) {
		dt_tell_tree(report, DT_BAD_BLOB, "device tree: %u bytes",
			     fdt_totalsize(fdt));
		return -XEN_EINVAL;
	}
	if (!error) {
		error = fdt_check_full(fdt, fdt_totalsize(fdt));
	}
	if (!error && fdt_path_offset(fdt, "/") != 0) {
		error = -FDT_ERR_BADSTRUCTURE;
	}
	if (error) {
		dt_tell_tree(report, DT_BAD_BLOB, "device tree: %s",
			     fdt_strerror(error));
		return -XEN_EINVAL;
	}
	return nodes_are_sane(fdt, report) ? 0 : -XEN_EINVAL;
}
