/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions as people read them. */
#include "lib/format.h"

#include "memmap/memmap.h"

const char *region_kind_name(enum region_kind kind)
{
	static const char *const name[] = {
		[REGION_CONTAINER] = "container",
		[REGION_ALIAS] = "alias",
		[REGION_RAM] = "ram",
		[REGION_ROM] = "rom",
		[REGION_ROM_DEVICE] = "rom-device",
		[REGION_DIRECT] = "direct",
		[REGION_RESERVED] = "reserved",
		[REGION_EMULATED] = "emulated",
		[REGION_INTERPOSER] = "interposer",
		[REGION_HOLE] = "hole",
	};

	return name[kind];
}

int region_format(char *buf, unsigned int len, const struct region *r)
{
	const char *row = r->row ? r->row : region_kind_name(r->kind);
	char size[24];

	fmt_size(size, sizeof(size), r->size);
	if (!region_is_mapped(r)) {
		return fmt_str(buf, len, "%s: ipa %#lx %s %s", r->name,
			       (unsigned long)r->ipa.v, size,
			       region_kind_name(r->kind));
	}
	return fmt_str(buf, len, "%s: ipa %#lx pa %#lx %s %s %s (%s)", r->name,
		       (unsigned long)r->ipa.v, (unsigned long)r->pa.v, size,
		       s2_memtype_name(r->attr.memtype),
		       s2_perm_name(r->attr.perm), row);
}
