/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions as people read them: the words are those of their records. */
#include "lib/maptext.h"

#include "memmap/describe.h"
#include "memmap/memmap.h"

const char *region_kind_name(enum region_kind kind)
{
	return maptext_kind(kind);
}

int region_format(char *buf, unsigned int len, const struct region *r)
{
	struct entresol_region record;

	region_describe(r, &record);
	return maptext_region(buf, len, &record);
}
