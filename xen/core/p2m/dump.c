/* SPDX-License-Identifier: BSD-2-Clause */
/* The table as records and as text, and one line for the log. */
#include <core/bits.h>
#include <lib/format.h>
#include <lib/maptext.h>

#include "p2m/dump.h"
#include "p2m/internal.h"
#include "s2/walk.h"

static_assert((int)P2M_INVALID == ENTRESOL_TYPE_NONE &&
		      (int)P2M_RAM_RW == ENTRESOL_TYPE_RAM_RW &&
		      (int)P2M_RAM_RO == ENTRESOL_TYPE_RAM_RO &&
		      (int)P2M_DEVICE == ENTRESOL_TYPE_DEVICE &&
		      (int)P2M_SRAM == ENTRESOL_TYPE_SRAM &&
		      (int)P2M_RESERVED == ENTRESOL_TYPE_RESERVED &&
		      (int)P2M_FOREIGN_RW == ENTRESOL_TYPE_FOREIGN_RW &&
		      (int)P2M_FOREIGN_RO == ENTRESOL_TYPE_FOREIGN_RO &&
		      (int)P2M_GRANT_RW == ENTRESOL_TYPE_GRANT_RW &&
		      (int)P2M_GRANT_RO == ENTRESOL_TYPE_GRANT_RO &&
		      (int)P2M_XEN == ENTRESOL_TYPE_XEN &&
		      P2M_NR_TYPES == ENTRESOL_TYPE_XEN + 1,
	      "entresol.h has the types of the p2m");

/* An entry that the walk has reached, for as long as others continue it. */
struct dump {
	struct entresol_run *run;
	unsigned int nr;
	unsigned int max;
	uint64_t entries; /* that may still be looked at */
	s2_pte_t first;	  /* page at the start of the run, 0: not mapped */
	uint8_t level;
};

struct entresol_mapping p2m_mapping(enum p2m_type type, struct s2_attr attr,
				    paddr_t pa)
{
	static const uint8_t selector[S2_NR_MEMTYPES] = {
		[S2_NORMAL_WB] = ENTRESOL_ATTR_NORMAL_WB,
		[S2_NORMAL_NC] = ENTRESOL_ATTR_NORMAL_NC,
		[S2_DEVICE_GRE] = ENTRESOL_ATTR_DEVICE_GRE,
		[S2_DEVICE_NGRE] = ENTRESOL_ATTR_DEVICE_NGRE,
		[S2_DEVICE_NGNRE] = ENTRESOL_ATTR_DEVICE_NGNRE,
		[S2_DEVICE_NGNRNE] = ENTRESOL_ATTR_DEVICE_NGNRNE,
	};

	return (struct entresol_mapping){
		.pa = pa.v,
		.type = type,
		.attr = selector[attr.memtype],
		.perm = attr.perm,
	};
}

static void begin_run(struct dump *d, const struct s2_visit *at, s2_pte_t page)
{
	struct entresol_run *run = &d->run[d->nr++];

	d->first = page;
	d->level = at->level;
	*run = (struct entresol_run){ .ipa = at->ipa.v };
	if (page) {
		struct p2m_entry e = p2m_entry_of(page, at->level);

		run->map = p2m_mapping(e.type, e.attr, mfn_to_paddr(e.mfn));
	}
	run->map.order = s2_level_shift(at->level) - PAGE_SHIFT;
}

/* Whether the entry continues the last run. */
static bool continues(const struct dump *d, const struct s2_visit *at,
		      s2_pte_t page)
{
	return d->nr && d->level == at->level &&
	       page == (d->first ? d->first + d->run[d->nr - 1].size : 0);
}

static enum s2_step dump_visit(struct s2 *s2 __unused_arg, struct s2_visit *at,
			       void *arg)
{
	struct dump *d = arg;
	s2_pte_t page = s2_is_valid(at->old) ? at->old | S2_TABLE : 0;

	if (s2_is_table(at->old, at->level)) {
		return S2_ENTER;
	}
	if (!d->entries) {
		return S2_STOP;
	}
	d->entries--;
	if (!continues(d, at, page)) {
		if (d->nr == d->max) {
			return S2_STOP;
		}
		begin_run(d, at, page);
	}
	d->run[d->nr - 1].size += s2_level_size(at->level);
	return S2_NEXT;
}

unsigned int p2m_table(struct p2m_locked l, uint64_t *at,
		       struct entresol_run *run, unsigned int max)
{
	struct s2 *s2 = &l.p2m->s2;
	struct dump d = { .run = run, .max = max, .entries = P2M_TABLE_LOOKS };

	*at = s2_walk(s2, align_down(*at, PAGE_SIZE), BIT(s2->ipa_bits),
		      dump_visit, &d);
	return d.nr;
}

void p2m_dump(struct p2m_locked l, void (*line)(const char *text))
{
	struct s2 *s2 = &l.p2m->s2;
	uint64_t end = BIT(s2->ipa_bits);
	char text[MAPTEXT_LINE];

	line("---[ Guest IPA ]---");
	for (uint64_t at = 0; at < end;) {
		struct entresol_run run;
		struct dump d = { .run = &run, .max = 1, .entries = ~0ull };

		at = s2_walk(s2, at, end, dump_visit, &d);
		maptext_run(text, sizeof(text), &run);
		line(text);
	}
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
