/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_dirty: dirty logging of a domain's RAM, by guest frames. */
#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/entresol_op.h"
#include "lib/bitmap.h"
#include "memmap/log.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

static_assert(sizeof(struct entresol_dirty) == 40, "the same for all guests");

/* How often one call takes the p2m's lock. */
#define CHUNKS 8

/* ---------------------------------------------------------- start and stop */

/* The next region in a transaction of its own. 0 and @more: it remains to be
 * committed. */
static int begin_next(struct memmap *map, const struct entresol_dirty *op,
		      bool *more)
{
	bool on = op->op == ENTRESOL_DIRTY_START, ram = false;
	struct region *r;
	int rc = memmap_begin(map);

	if (rc) {
		return rc;
	}
	r = memmap_log_next(map, GFN(op->gfn), op->nr, on, &ram);
	if (r) {
		rc = memmap_set_log(map, r, on);
	} else if (!ram) {
		rc = -XEN_ENOENT;
	}
	*more = r && !rc;
	if (!*more) {
		memmap_end(map);
	}
	return rc;
}

/* One turn. What fails leaves the region as it was. */
static int64_t commit(struct vcpu *v, struct memmap *map,
		      const struct entresol_dirty *op)
{
	int rc = memmap_commit_by(map, v);

	if (rc && rc != -XEN_ERESTART) {
		int undone = memmap_log_undo(map, GFN(op->gfn), op->nr);

		memmap_end(map);
		rc = undone ? undone : rc;
	}
	/* EAGAIN: a sibling holds the domain for a commit of its own. */
	return rc == -XEN_ERESTART || rc == -XEN_EAGAIN ? HYPERCALL_AGAIN : rc;
}

static int64_t switch_log(struct vcpu *v, struct memmap *map,
			  const struct entresol_dirty *op)
{
	bool more = memmap_commits_for(map, v);
	int64_t rc = 0;

	while (!rc) {
		rc = more ? 0 : begin_next(map, op, &more);
		if (!more) {
			break;
		}
		rc = commit(v, map, op);
		more = false;
	}
	return rc;
}

/* ----------------------------------------------------------------- reading */

/* Nobody but the caller will know of what is cleared: it stays dirty if the
 * caller cannot be told. */
static int read_chunk(struct vcpu *v, struct memmap *map,
		      struct entresol_dirty *op, unsigned int nr)
{
	enum p2m_log_op how = op->op == ENTRESOL_DIRTY_CLEAR ? P2M_LOG_CLEAR
							     : P2M_LOG_READ;
	gva_t to = GVA(op->bitmap + op->nr / 8);
	gfn_t gfn = GFN(op->gfn + op->nr);
	uint64_t bits[MEMMAP_LOG_PAGES / BITMAP_WORD];
	int rc = memmap_log_read(map, gfn, nr, how, bits);

	if (rc) {
		return rc;
	}
	if (guest_write(v, to, bits, bitmap_words(nr) * sizeof(*bits))) {
		if (how == P2M_LOG_CLEAR) {
			memmap_log_mark(map, gfn, nr, bits);
		}
		return -XEN_EFAULT;
	}
	op->nr += nr;
	op->dirty += bitmap_count(bits, nr);
	return 0;
}

static int64_t read_log(struct vcpu *v, struct memmap *map,
			struct entresol_dirty *op)
{
	uint64_t nr = op->nr;
	int rc = 0;

	op->nr = 0;
	op->dirty = 0;
	for (int i = 0; i < CHUNKS && op->nr < nr && !rc; i++) {
		rc = read_chunk(v, map, op,
				min_u64(nr - op->nr, MEMMAP_LOG_PAGES));
	}
	/* What has been read has been read; the next call fails then. */
	if (op->nr) {
		return 0;
	}
	return rc == -XEN_ERESTART ? HYPERCALL_AGAIN : rc;
}

int64_t entresol_dirty(struct vcpu *v, uint64_t *x)
{
	struct entresol_dirty op;
	struct domain *d;
	uint64_t limit;
	int64_t rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	d = domain_by_id(v->domain, op.domid);
	if (!d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_CONTROL, d);
	if (rc) {
		return rc;
	}
	limit = p2m_limit(d->p2m).v;
	if (op.reserved || op.op > ENTRESOL_DIRTY_CLEAR || !op.nr ||
	    op.gfn >= limit || op.nr > limit - op.gfn) {
		return -XEN_EINVAL;
	}
	if (op.op <= ENTRESOL_DIRTY_STOP) {
		return switch_log(v, d->memmap, &op);
	}
	op.domid = d->id;
	/* Before anything is cleared that could not be told. */
	rc = guest_write(v, GVA(x[1]), &op, sizeof(op))
		     ? -XEN_EFAULT
		     : read_log(v, d->memmap, &op);
	if (!rc && guest_write(v, GVA(x[1]), &op, sizeof(op))) {
		rc = -XEN_EFAULT;
	}
	return rc;
}
