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

static void add_region(struct line *l, const struct entresol_region *r)
{
	char size[24];

	fmt_size(size, sizeof(size), r->size);
	ADD(l, "%s: ipa %#llx ", r->name, (ull)r->ipa);
	if (!is_mapped(r->kind)) {
		ADD(l, "%s %s", size, maptext_kind(r->kind));
		return;
	}
	if (!(r->flags & ENTRESOL_FLAG_POPULATED)) {
		ADD(l, "pa %#llx ", (ull)r->map.pa);
	}
	ADD(l, "%s %s %s (%s)", size, maptext_attr(r->map.attr),
	    maptext_perm(r->map.perm),
	    r->row[0] ? r->row : maptext_kind(r->kind));
}

int maptext_region(char *buf, size_t len, const struct entresol_region *r)
{
	struct line l = { buf, len, 0 };

	add_region(&l, r);
	return l.at;
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

int maptext_tree(char *buf, size_t len, const struct entresol_region *r)
{
	struct line l = { buf, len, 0 };

	ADD(&l, "%*s", 2 * (int)min_u64(r->depth, MAX_INDENT), "");
	add_region(&l, r);
	if (r->kind == ENTRESOL_KIND_ALIAS) {
		ADD(&l, " of %s + %#llx", r->row, (ull)r->target_offset);
	}
	if (r->priority) {
		ADD(&l, ", priority %d", r->priority);
	}
	add_flags(&l, r->flags, r->vcpu);
	return l.at;
}

int maptext_hidden(char *buf, size_t len, const struct entresol_hidden *h,
		   const char *name, const char *by)
{
	char size[24];

	fmt_size(size, sizeof(size), h->size);
	return fmt_str(buf, len, "%s: ipa %#llx %s hidden by %s", name,
		       (ull)h->ipa, size, by ? by : "a hole");
}

int maptext_span(char *buf, size_t len, const struct entresol_span *s)
{
	struct line l = { buf, len, 0 };
	char size[24];

	fmt_size(size, sizeof(size), s->size);
	ADD(&l, "0x%010llx-0x%010llx %9s  %s%s", (ull)s->ipa,
	    (ull)(s->ipa + s->size), size,
	    s->flags & ENTRESOL_FLAG_BELOW ? "below: " : "", s->name);
	if (s->offset) {
		ADD(&l, " + %#llx", (ull)s->offset);
	}
	ADD(&l, ": %s", maptext_kind(s->kind));
	if (s->map.type && !(s->flags & ENTRESOL_FLAG_POPULATED)) {
		ADD(&l, " pa %#llx", (ull)s->map.pa);
	}
	if (s->map.type) {
		ADD(&l, " %s %s", maptext_attr(s->map.attr),
		    maptext_perm(s->map.perm));
	}
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
