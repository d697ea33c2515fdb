/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/maptext.h"

#include <stdbool.h>

#include <core/bits.h>

#include "lib/format.h"

/* Deeper ones are no further to the right. */
#define MAX_INDENT 16

typedef unsigned long long ull;

#define NAME_OF(list, i) ((i) < ARRAY_SIZE(list) ? (list)[i] : "?")

const char *maptext_kind(unsigned int kind)
{
	static const char *const name[] = {
		[ENTRESOL_KIND_CONTAINER] = "container",
		[ENTRESOL_KIND_ALIAS] = "alias",
		[ENTRESOL_KIND_RAM] = "ram",
		[ENTRESOL_KIND_ROM] = "rom",
		[ENTRESOL_KIND_ROM_DEVICE] = "rom-device",
		[ENTRESOL_KIND_DIRECT] = "direct",
		[ENTRESOL_KIND_RESERVED] = "reserved",
		[ENTRESOL_KIND_EMULATED] = "emulated",
		[ENTRESOL_KIND_INTERPOSER] = "interposer",
		[ENTRESOL_KIND_HOLE] = "hole",
	};

	return NAME_OF(name, kind);
}

const char *maptext_type(unsigned int type)
{
	static const char *const name[] = {
		[ENTRESOL_TYPE_NONE] = "invalid",
		[ENTRESOL_TYPE_RAM_RW] = "ram-rw",
		[ENTRESOL_TYPE_RAM_RO] = "ram-ro",
		[ENTRESOL_TYPE_DEVICE] = "device",
		[ENTRESOL_TYPE_SRAM] = "sram",
		[ENTRESOL_TYPE_RESERVED] = "reserved",
		[ENTRESOL_TYPE_FOREIGN_RW] = "foreign-rw",
		[ENTRESOL_TYPE_FOREIGN_RO] = "foreign-ro",
		[ENTRESOL_TYPE_GRANT_RW] = "grant-rw",
		[ENTRESOL_TYPE_GRANT_RO] = "grant-ro",
		[ENTRESOL_TYPE_XEN] = "xen",
	};

	return NAME_OF(name, type);
}

const char *maptext_attr(unsigned int attr)
{
	static const char *const name[] = {
		[ENTRESOL_ATTR_DEFAULT] = "none",
		[ENTRESOL_ATTR_DEVICE_NGNRNE] = "device-ngnrne",
		[ENTRESOL_ATTR_DEVICE_NGNRE] = "device-ngnre",
		[ENTRESOL_ATTR_DEVICE_NGRE] = "device-ngre",
		[ENTRESOL_ATTR_DEVICE_GRE] = "device-gre",
		[ENTRESOL_ATTR_NORMAL_NC] = "normal-nc",
		[ENTRESOL_ATTR_NORMAL_WB] = "normal-wb",
	};

	return NAME_OF(name, attr);
}

const char *maptext_perm(unsigned int perm)
{
	static const char *const name[] = {
		"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx",
	};

	return NAME_OF(name, perm);
}

/* ----------------------------------------------------------------- lines */

/* A line that is put together from parts. */
struct line {
	char *buf;
	size_t len;
	int at; /* the length so far, also of what was cut */
};

#define ADD(l, ...)                                                \
	((l)->at += fmt_str((l)->buf + min_u64((l)->at, (l)->len), \
			    (l)->len - min_u64((l)->at, (l)->len), \
			    __VA_ARGS__))

static bool is_mapped(unsigned int kind)
{
	return kind >= ENTRESOL_KIND_RAM && kind <= ENTRESOL_KIND_RESERVED;
}

int maptext_region(char *buf, size_t len, const struct entresol_region *r)
{
	struct line l = { buf, len, 0 };
	bool has_pa = !(r->flags & ENTRESOL_FLAG_POPULATED);
	char size[24];

	fmt_size(size, sizeof(size), r->size);
	ADD(&l, "%s: ipa %#llx ", r->name, (ull)r->ipa);
	if (!is_mapped(r->kind)) {
		ADD(&l, "%s %s", size, maptext_kind(r->kind));
		return l.at;
	}
	if (has_pa) {
		ADD(&l, "pa %#llx ", (ull)r->map.pa);
	}
	ADD(&l, "%s %s %s (%s)", size, maptext_attr(r->map.attr),
	    maptext_perm(r->map.perm),
	    r->row[0] ? r->row : maptext_kind(r->kind));
	return l.at;
}

/* "0x0008000000-0x0008010000   64 KiB  ". */
static void add_place(struct line *l, uint64_t ipa, uint64_t size)
{
	char text[24];

	fmt_size(text, sizeof(text), size);
	ADD(l, "0x%010llx-0x%010llx %12s  ", (ull)ipa, (ull)(ipa + size), text);
}

static void add_indent(struct line *l, unsigned int depth)
{
	ADD(l, "%*s", 2 * (int)min_u64(depth, MAX_INDENT), "");
}

static void add_flags(struct line *l, unsigned int flags, unsigned int vcpu)
{
	static const char *const text[] = {
		", disabled", ", clipped", "", ", logged", ", buffered",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(text); i++) {
		if (flags & BIT(i)) {
			ADD(l, "%s", text[i]);
		}
	}
	if (flags & ENTRESOL_FLAG_VCPU) {
		ADD(l, ", vCPU %u only", vcpu);
	}
}

/* Kind, and how it is mapped if it is. */
static void add_what(struct line *l, unsigned int kind, unsigned int flags,
		     const struct entresol_mapping *m)
{
	ADD(l, ": %s", maptext_kind(kind));
	if (is_mapped(kind) && !(flags & ENTRESOL_FLAG_POPULATED)) {
		ADD(l, " pa %#llx", (ull)m->pa);
	}
	if (is_mapped(kind)) {
		ADD(l, " %s %s", maptext_attr(m->attr), maptext_perm(m->perm));
	}
}

int maptext_tree(char *buf, size_t len, const struct entresol_region *r)
{
	struct line l = { buf, len, 0 };

	add_place(&l, r->ipa, r->size);
	add_indent(&l, r->depth);
	ADD(&l, "%s", r->name);
	add_what(&l, r->kind, r->flags, &r->map);
	if (r->kind == ENTRESOL_KIND_ALIAS) {
		ADD(&l, " of %s + %#llx", r->row, (ull)r->target_offset);
	} else if (r->row[0]) {
		ADD(&l, " (%s)", r->row);
	}
	if (r->priority) {
		ADD(&l, ", priority %d", r->priority);
	}
	add_flags(&l, r->flags, r->vcpu);
	return l.at;
}

int maptext_hidden(char *buf, size_t len, const struct entresol_hidden *h,
		   unsigned int depth, const char *by)
{
	struct line l = { buf, len, 0 };

	add_place(&l, h->ipa, h->size);
	add_indent(&l, depth);
	ADD(&l, "- hidden by %s", by);
	return l.at;
}

int maptext_span(char *buf, size_t len, const struct entresol_span *s)
{
	struct line l = { buf, len, 0 };

	add_place(&l, s->ipa, s->size);
	ADD(&l, "%s%s", s->flags & ENTRESOL_FLAG_BELOW ? "below: " : "",
	    s->name);
	if (s->offset) {
		ADD(&l, " + %#llx", (ull)s->offset);
	}
	add_what(&l, s->kind, s->flags, &s->map);
	add_flags(&l, s->flags, s->vcpu);
	return l.at;
}

/* "16M": the largest unit, KiB at least, that divides @bytes. */
static char size_unit(uint64_t *bytes)
{
	static const char units[] = "KMGT";
	unsigned int unit = 0;

	*bytes >>= 10;
	while (units[unit + 1] && !(*bytes & 1023)) {
		*bytes >>= 10;
		unit++;
	}
	return units[unit];
}

int maptext_run(char *buf, size_t len, const struct entresol_run *r)
{
	const struct entresol_mapping *m = &r->map;
	struct line l = { buf, len, 0 };
	uint64_t size = r->size;
	char unit = size_unit(&size);

	ADD(&l, "0x%016llx-0x%016llx   %9llu%c %u", (ull)r->ipa,
	    (ull)(r->ipa + r->size), (ull)size, unit, 3 - m->order / 9);
	if (m->type) {
		ADD(&l, "   %c %c %c AF %s %s %s pa %#llx",
		    m->perm & 1 ? 'R' : ' ', m->perm & 2 ? 'W' : ' ',
		    m->perm & 4 ? 'X' : ' ', m->order ? "BLK" : "   ",
		    maptext_type(m->type), maptext_attr(m->attr), (ull)m->pa);
	}
	return l.at;
}
