/* SPDX-License-Identifier: BSD-2-Clause */
/* The table as text: KVM's stage2_page_tables, and one line for the log. */
#include <stdbool.h>
#include <stdint.h>

#include <core/bits.h>
#include <lib/format.h>

#include "p2m/internal.h"
#include "s2/walk.h"

#define LINE 128

/* The run of entries that the next line will tell of. */
struct dump {
	void (*line)(const char *text);
	uint64_t start;
	uint64_t end;
	s2_pte_t first; /* page at @start, 0: nothing is mapped */
	uint8_t level;
};

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

/* What KVM prints of a mapping, and behind it what it is here. */
static int format_leaf(char *buf, unsigned int len, s2_pte_t page,
		       unsigned int level)
{
	struct p2m_entry e = p2m_entry_of(page, level);

	return fmt_str(buf, len, "   %c %c %c AF %s %s %s pa %#llx",
		       e.attr.perm & S2_R ? 'R' : ' ',
		       e.attr.perm & S2_W ? 'W' : ' ',
		       e.attr.perm & S2_X ? 'X' : ' ', e.order ? "BLK" : "   ",
		       p2m_type_name(e.type), s2_memtype_name(e.attr.memtype),
		       (unsigned long long)mfn_to_paddr(e.mfn).v);
}

static void print_run(const struct dump *d)
{
	uint64_t size = d->end - d->start;
	char unit = size_unit(&size);
	char buf[LINE];
	int at = fmt_str(buf, sizeof(buf), "0x%016llx-0x%016llx   %9llu%c %u",
			 (unsigned long long)d->start,
			 (unsigned long long)d->end, (unsigned long long)size,
			 unit, d->level);

	if (d->first) {
		format_leaf(buf + at, sizeof(buf) - at, d->first, d->level);
	}
	d->line(buf);
}

static enum s2_step dump_visit(struct s2 *s2 __unused_arg, struct s2_visit *at,
			       void *arg)
{
	struct dump *d = arg;
	s2_pte_t page = s2_is_valid(at->old) ? at->old | S2_TABLE : 0;

	if (s2_is_table(at->old, at->level)) {
		return S2_ENTER;
	}
	if (d->end &&
	    (d->level != at->level ||
	     page != (d->first ? d->first + (d->end - d->start) : 0))) {
		print_run(d);
		d->end = 0;
	}
	if (!d->end) {
		d->start = at->ipa.v;
		d->first = page;
		d->level = at->level;
	}
	d->end = at->ipa.v + s2_level_size(at->level);
	return S2_NEXT;
}

void p2m_dump(struct p2m_locked l, void (*line)(const char *text))
{
	struct s2 *s2 = &l.p2m->s2;
	struct dump d = { .line = line };

	line("---[ Guest IPA ]---");
	s2_walk(s2, 0, BIT(s2->ipa_bits), dump_visit, &d);
	print_run(&d);
}

int p2m_footprint(struct p2m_locked l, char *buf, unsigned int len)
{
	struct p2m_stats stats = p2m_stats(l);

	return fmt_str(buf, len,
		       "d%u: %llux1G %llux2M %llux4K, %llu table pages",
		       l.p2m->owner, (unsigned long long)stats.blocks[1],
		       (unsigned long long)stats.blocks[2],
		       (unsigned long long)stats.blocks[3],
		       (unsigned long long)stats.table_pages);
}
