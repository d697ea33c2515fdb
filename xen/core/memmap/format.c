/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions as people read them: the words are those of their records. */
#include "lib/format.h"
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

int hidden_format(char *buf, unsigned int len, const struct hidden *h)
{
	char size[24];

	fmt_size(size, sizeof(size), h->size);
	return fmt_str(buf, len, "%s: ipa %#llx %s hidden by %s",
		       h->region->name, (unsigned long long)h->ipa.v, size,
		       h->by ? h->by->name : "a hole");
}
