/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging in the table. Frames and types stay what they are here, so
 * these changes have no references and no listeners: the log of changes is
 * empty before, and is settled without them after.
 */
#include "p2m/log.h"

#include <core/bits.h>

#include "p2m/internal.h"
#include "s2/dirty.h"

/* From here on changes are of permissions alone. */
static void begin(struct p2m *p2m)
{
	if (p2m->s2.nr_changes || p2m->s2.nr_touched) {
		p2m_sync(p2m);
	}
}

static bool is_ram(s2_pte_t page)
{
	return page && s2_pte_sw(page) == P2M_RAM_RW;
}

/* The pages from @t->start on get @t->leaf, which differs in permissions. */
static int set(struct p2m *p2m, struct s2_target *t)
{
	uint64_t at = t->start;
	int rc = p2m_reserve(p2m, t);

	while (!rc && at < t->end) {
		at = s2_apply(&p2m->s2, t, at);
		p2m_sync_same(p2m);
	}
	return rc;
}

static void walk(struct p2m *p2m, enum s2_dirty_op op, struct s2_dirty d)
{
	d.op = op;
	d.sw = P2M_RAM_RW;
	s2_dirty_walk(&p2m->s2, &d);
}

/* What is changed without being noted. */
static struct s2_dirty around(uint64_t ipa, uint64_t size)
{
	ipa = align_down(ipa, size);
	return (struct s2_dirty){ .start = ipa, .end = ipa + size };
}

/* ------------------------------------------------------------------ faults */

/* The page alone; or the smallest block of it for which there are tables. */
static bool make_writable(struct p2m *p2m, uint64_t ipa)
{
	for (unsigned int level = S2_LAST_LEVEL; level > 0; level--) {
		uint64_t size = s2_level_size(level);
		unsigned int found;
		struct s2_target t;

		ipa = align_down(ipa, size);
		t = (struct s2_target){
			.start = ipa,
			.end = ipa + size,
			.leaf = s2_lookup(&p2m->s2, ipa, &found) | S2_AP_W,
		};
		if (!set(p2m, &t)) {
			return level == S2_LAST_LEVEL;
		}
	}
	return false;
}

/* The pages around: hardware notes the next writes without a fault. */
static void assist(struct p2m *p2m, uint64_t ipa)
{
	p2m->assisted = true;
	walk(p2m, S2_DIRTY_ASSIST,
	     around(ipa, s2_level_size(S2_LAST_LEVEL - 1)));
}

bool p2m_log_fault(struct p2m_locked l, gfn_t gfn)
{
	struct p2m *p2m = l.p2m;
	uint64_t ipa = gfn_to_ipa(gfn).v;
	unsigned int level;
	bool split = true;
	s2_pte_t page;

	if (gfn.v >= p2m_limit(p2m).v) {
		return false;
	}
	page = s2_lookup(&p2m->s2, ipa, &level);
	if (!is_ram(page) || page & S2_AP_W) {
		return is_ram(page);
	}
	if (level == S2_LAST_LEVEL) {
		walk(p2m, S2_DIRTY_ALLOW, around(ipa, PAGE_SIZE));
	} else {
		begin(p2m);
		split = make_writable(p2m, ipa);
	}
	if (split && !(page & S2_DBM) && p2m->s2.hw.vtcr & S2_VTCR_DIRTY) {
		assist(p2m, ipa);
	}
	return true;
}

/* -------------------------------------------------------------- collecting */

/* The part in [start, end) of the block at @ipa, if it sticks out and was
 * written, becomes clean. Without tables it stays written. */
static void clean_part(struct p2m *p2m, uint64_t ipa, uint64_t start,
		       uint64_t end)
{
	unsigned int level;
	s2_pte_t page = s2_lookup(&p2m->s2, ipa, &level);
	uint64_t size = s2_level_size(level);
	uint64_t from = max_u64(align_down(ipa, size), start);
	uint64_t to = min_u64(align_down(ipa, size) + size, end);
	struct s2_target t = { .start = from, .end = to };

	if (is_ram(page) && page & S2_AP_W && to - from < size) {
		t.leaf = (page & ~S2_AP_W) - (ipa - from);
		/* More than true, where there is no memory. */
		(void)!set(p2m, &t);
	}
}

static void clear(struct p2m *p2m, struct s2_dirty d)
{
	walk(p2m, S2_DIRTY_CLEAN, d);
	p2m_sync_same(p2m);
	clean_part(p2m, d.start, d.start, d.end);
	clean_part(p2m, d.end - PAGE_SIZE, d.start, d.end);
}

/* Hardware first: what it gives after that is a fault. */
static void harvest(struct p2m *p2m, struct s2_dirty d)
{
	if (p2m->assisted) {
		walk(p2m, S2_DIRTY_FREEZE, d);
		p2m_sync_same(p2m);
	}
	walk(p2m, S2_DIRTY_FIND, d);
}

void p2m_log_collect(struct p2m_locked l, enum p2m_log_op op,
		     const struct p2m_log_range *r)
{
	struct s2_dirty d = {
		.start = gfn_to_ipa(r->gfn).v,
		.end = gfn_to_ipa(gfn_add(r->gfn, r->nr)).v,
		.map = r->map,
		.first = r->first,
	};

	switch (op) {
	case P2M_LOG_READ:
		walk(l.p2m, S2_DIRTY_FIND, d);
		break;
	case P2M_LOG_CLEAR:
		begin(l.p2m);
		clear(l.p2m, d);
		break;
	case P2M_LOG_HARVEST:
		begin(l.p2m);
		harvest(l.p2m, d);
		break;
	}
}

/* --------------------------------------------------------------- listeners */

void p2m_settle(struct p2m_locked l)
{
	begin(l.p2m);
}

void p2m_unlisten(struct p2m_locked l, struct p2m_listener *listener)
{
	struct p2m_listener **at = &l.p2m->listeners;

	while (*at != listener) {
		at = &(*at)->next;
	}
	*at = listener->next;
}
