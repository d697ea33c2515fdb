/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How memory leaves a guest: descriptors are broken already; flush; readers
 * without lock are waited for; listeners; references; table pages. In this
 * order for every change, whoever asked for it.
 */
#include "domain/epoch.h"
#include "frame/frame.h"
#include "p2m/internal.h"

/* RAM stays RAM when it becomes read-only, and so on. */
static enum p2m_type kind_of(enum p2m_type type)
{
	switch (type) {
	case P2M_RAM_RO:
		return P2M_RAM_RW;
	case P2M_FOREIGN_RO:
		return P2M_FOREIGN_RW;
	case P2M_GRANT_RO:
		return P2M_GRANT_RW;
	default:
		return type;
	}
}

/* Whether what was there has left: not when only its attributes changed
 * (R4.2). */
static bool has_left(const struct s2_change *c)
{
	return c->old &&
	       (!c->new || ((c->old ^ c->new) & S2_ADDR) ||
		kind_of(s2_pte_sw(c->old)) != kind_of(s2_pte_sw(c->new)));
}

static bool mfn_continues(mfn_t first, uint64_t nr, mfn_t next,
			  enum p2m_type type)
{
	return type == P2M_INVALID || mfn_eq(mfn_add(first, nr), next);
}

/* Append a run for the listeners, or to the one before. */
static unsigned int add_told(struct p2m_change *told, unsigned int nr,
			     const struct s2_change *c)
{
	struct p2m_change new = {
		.gfn = c->gfn,
		.nr = c->nr,
		.old_mfn = s2_pte_mfn(c->old),
		.old_type = s2_pte_sw(c->old),
		.new_type = s2_pte_sw(c->new),
		.new_mfn = c->new ? s2_pte_mfn(c->new) : MFN_INVALID,
	};
	struct p2m_change *last = nr ? &told[nr - 1] : NULL;

	if (last && gfn_eq(gfn_add(last->gfn, last->nr), new.gfn) &&
	    last->old_type == new.old_type &&
	    last->new_type ==
		    new.new_type &&mfn_continues(last->old_mfn, last->nr,
						 new.old_mfn, new.old_type) &&
	    mfn_continues(last->new_mfn, last->nr, new.new_mfn, new.new_type)) {
		last->nr += new.nr;
		return nr;
	}
	told[nr] = new;
	return nr + 1;
}

/* What listeners are to hear. */
static unsigned int gather(struct p2m *p2m)
{
	const struct s2 *s2 = &p2m->s2;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < s2->nr_changes; i++) {
		const struct s2_change *c = &s2->change[i];

		if (!(c->flags & S2_SHAPE) && has_left(c)) {
			nr = add_told(p2m->told, nr, c);
		}
	}
	return nr;
}

static void tell(struct p2m *p2m)
{
	unsigned int nr = gather(p2m);
	struct p2m_changes changes = { p2m->seq + 1, nr, p2m->told };

	if (!nr) {
		return;
	}
	p2m->seq++;
	p2m->nr_changes += nr;
	for (struct p2m_listener *l = p2m->listeners; l; l = l->next) {
		l->changed(l->opaque, &changes);
	}
}

/* Each page that was mapped had a reference; what is mapped now came with its
 * own, also where it is the same page. */
static void drop_references(struct p2m *p2m)
{
	const struct s2_change *end = p2m->s2.change + p2m->s2.nr_changes;

	for (const struct s2_change *c = p2m->s2.change; c < end; c++) {
		if (c->flags & S2_SHAPE ||
		    !p2m_counts(p2m, s2_pte_sw(c->old))) {
			continue;
		}
		for (uint64_t n = 0; n < c->nr; n++) {
			frame_put(mfn_add(s2_pte_mfn(c->old), n));
		}
	}
}

static void settle(struct p2m *p2m)
{
	bool flushed = s2_settle(&p2m->s2);

	if (!p2m->s2.nr_changes) {
		return;
	}
	if (flushed) {
		/*
		 * After the flush: who reads the new number finds nothing
		 * stale in a TLB to remember under it.
		 */
		p2m->nr_flushes++;
		__atomic_store_n(&p2m->generation, p2m->generation + 1,
				 __ATOMIC_RELEASE);
		epoch_wait();
	}
	if (!p2m->silent) {
		if (p2m->listeners) {
			tell(p2m);
		}
		drop_references(p2m);
	}
	s2_clear_log(&p2m->s2);
}

void p2m_sync(struct p2m *p2m)
{
	/* More than once where a table was looked at during a break. */
	do {
		settle(p2m);
	} while (p2m->s2.nr_touched);
}

void p2m_sync_same(struct p2m *p2m)
{
	p2m->silent = true;
	p2m_sync(p2m);
	p2m->silent = false;
}
