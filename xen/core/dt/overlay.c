/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Overlays. libfdt applies them, but trusts three things too much: that an
 * alias is a path, and that both kinds of fixups point into properties. So
 * these are looked at first.
 */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <core/errno.h>

#include "dt/read.h"

/* An alias that names itself would be followed for ever. */
static bool aliases_are_paths(const void *fdt)
{
	int node = fdt_path_offset(fdt, "/aliases");
	int property;

	if (node < 0) {
		return true;
	}
	fdt_for_each_property_offset(property, fdt, node) {
		int len;
		const char *value =
			fdt_getprop_by_offset(fdt, property, NULL, &len);

		if (!value || len < 1 || value[0] != '/') {
			return false;
		}
	}
	return true;
}

/* "PATH:PROPERTY:OFFSET": the offset is a sane number. */
static bool fixup_is_sane(const char *fixup)
{
	const char *colon = strrchr(fixup, ':');

	/* More digits than that are too many, before strtoul() wraps. */
	return colon && strlen(colon + 1) <= 8 &&
	       strtoul(colon + 1, NULL, 10) < DT_MAX_BYTES;
}

static bool fixups_are_sane(const void *overlay)
{
	int node = fdt_path_offset(overlay, "/__fixups__");
	int property;

	if (node < 0) {
		return true;
	}
	fdt_for_each_property_offset(property, overlay, node) {
		int len;
		const char *text =
			fdt_getprop_by_offset(overlay, property, NULL, &len);
		const char *end = text + len;

		if (!text || len < 1 || end[-1] != '\0') {
			return false;
		}
		for (; text < end; text += strlen(text) + 1) {
			if (!fixup_is_sane(text)) {
				return false;
			}
		}
	}
	return true;
}

/* Properties of @fixups are lists of places in those of @target. */
static bool places_are_inside(const void *overlay, int fixups, int target)
{
	int property;

	fdt_for_each_property_offset(property, overlay, fixups) {
		const char *name = NULL;
		int len;
		int room;
		int i;
		const fdt32_t *place =
			fdt_getprop_by_offset(overlay, property, &name, &len);

		if (!place || !fdt_getprop(overlay, target, name, &room)) {
			return false;
		}
		for (i = 0; i < len / 4; i++) {
			if (room < 4 ||
			    fdt32_ld(place + i) > (uint32_t)room - 4) {
				return false;
			}
		}
	}
	return true;
}

/* Below /__local_fixups__ is a copy of the nodes that have such places. */
static bool local_fixups_are_sane(const void *overlay,
				  const struct dt_report *report)
{
	int target[DT_MAX_DEPTH] = { 0 };
	int top = fdt_path_offset(overlay, "/__local_fixups__");
	struct dt_cursor c = { .fdt = overlay, .report = report };

	if (top < 0) {
		return true;
	}
	if (!dt_goto(&c, top) || !places_are_inside(overlay, top, 0)) {
		return false;
	}
	while (dt_next(&c) && c.depth > 1) {
		int node = fdt_subnode_offset(overlay, target[c.depth - 2],
					      dt_name(&c));

		if (node < 0 ||
		    !places_are_inside(overlay, dt_node(&c), node)) {
			return false;
		}
		target[c.depth - 1] = node;
	}
	return true;
}

static int apply(const void *fdt, void *overlay, void *buf, int len)
{
	int error = fdt_open_into(fdt, buf, len);

	if (!error) {
		error = fdt_overlay_apply(buf, overlay);
	}
	return error ? error : fdt_pack(buf);
}

int dt_apply_overlay(const void *fdt, void *overlay, void *buf, size_t len,
		     const struct dt_report *report)
{
	int error;

	if (!aliases_are_paths(fdt) || !aliases_are_paths(overlay)) {
		dt_tell_tree(report, DT_BAD_VALUE,
			     "/aliases: not every value is a path");
		return -XEN_EINVAL;
	}
	if (!fixups_are_sane(overlay) ||
	    !local_fixups_are_sane(overlay, report)) {
		dt_tell_tree(report, DT_BAD_VALUE,
			     "device tree overlay: bad fixups");
		return -XEN_EINVAL;
	}
	error = apply(fdt, overlay, buf,
		      len > INT32_MAX ? INT32_MAX : (int)len);
	if (error == -FDT_ERR_NOSPACE) {
		return -XEN_ENOSPC;
	}
	if (error) {
		dt_tell_tree(report, DT_BAD_VALUE,
			     "device tree overlay does not fit: %s",
			     fdt_strerror(error));
		return -XEN_EINVAL;
	}
	return 0;
}
