/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_regions, _hidden, _view, _table: a domain's map, by records. */
#include "hypercall/entresol_op.h"

#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "memmap/describe.h"
#include "p2m/dump.h"

static_assert(sizeof(struct entresol_dump) == 48, "the same for all guests");

/* What is read under one lock, and how often in one call. */
#define CHUNK_BYTES 1280
#define CHUNKS	    8

/* One call: the domain's map, and how far the reader got. */
struct reading {
	struct domain *d;
	uint64_t cursor;
	uint64_t generation;
	uint64_t tables;
};

/* Up to @max records from r->cursor on; locks are taken and dropped inside. */
typedef unsigned int read_fn(struct reading *r, void *out, unsigned int max);

static uint16_t vcpu_id(const struct vcpu *v)
{
	return v->id;
}

static struct memmap_reader reader_of(const struct reading *r)
{
	return (struct memmap_reader){
		.map = r->d->memmap,
		.vcpu_id = vcpu_id,
		.cursor = r->cursor,
	};
}

static void move_on(struct reading *r, const struct memmap_reader *reader)
{
	r->cursor = reader->cursor;
	r->generation = reader->generation;
}

static unsigned int read_regions(struct reading *r, void *out, unsigned int max)
{
	struct memmap_reader reader = reader_of(r);
	unsigned int nr = memmap_regions(&reader, out, max);

	move_on(r, &reader);
	return nr;
}

static unsigned int read_hidden(struct reading *r, void *out, unsigned int max)
{
	struct memmap_reader reader = reader_of(r);
	unsigned int nr = memmap_hidden(&reader, out, max);

	move_on(r, &reader);
	return nr;
}

static unsigned int read_view(struct reading *r, void *out, unsigned int max)
{
	struct memmap_reader reader = reader_of(r);
	unsigned int nr = memmap_spans(&reader, out, max);

	move_on(r, &reader);
	return nr;
}

/* Holes are left out: they are where nothing else is. */
static unsigned int read_table(struct reading *r, void *out, unsigned int max)
{
	uint64_t limit = gfn_to_ipa(p2m_limit(r->d->p2m)).v;
	struct p2m_locked l = p2m_lock(r->d->p2m);
	struct entresol_run *run = out;
	unsigned int nr = 0, kept = 0;

	if (r->cursor < limit) {
		nr = p2m_table(l, &r->cursor, run, max);
	}
	r->cursor = r->cursor < limit ? r->cursor : 0;
	r->generation = p2m_generation(l.p2m);
	r->tables = p2m_stats(l).table_pages;
	p2m_unlock(l);
	for (unsigned int i = 0; i < nr; i++) {
		if (run[i].map.type != ENTRESOL_TYPE_NONE) {
			run[kept++] = run[i];
		}
	}
	return kept;
}

static const struct {
	read_fn *read;
	uint32_t size;
} kinds[] = {
	[ENTRESOL_regions] = { read_regions, sizeof(struct entresol_region) },
	[ENTRESOL_hidden] = { read_hidden, sizeof(struct entresol_hidden) },
	[ENTRESOL_view] = { read_view, sizeof(struct entresol_span) },
	[ENTRESOL_table] = { read_table, sizeof(struct entresol_run) },
};

/* The guest's memory is written with no lock held. */
static int64_t copy_out(struct vcpu *v, uint64_t cmd, struct entresol_dump *op,
			struct reading *r)
{
	uint64_t chunk[CHUNK_BYTES / sizeof(uint64_t)];
	uint64_t room = op->nr;

	op->nr = 0;
	for (int i = 0; i < CHUNKS && op->nr < room; i++) {
		unsigned int max =
			min_u64(room - op->nr, sizeof(chunk) / op->size);
		unsigned int nr = kinds[cmd].read(r, chunk, max);

		if (op->cursor && op->generation != r->generation) {
			return -XEN_EAGAIN;
		}
		if (guest_write(v, GVA(op->buffer + op->nr * op->size), chunk,
				nr * op->size)) {
			return -XEN_EFAULT;
		}
		op->nr += nr;
		op->cursor = r->cursor;
		op->generation = r->generation;
		if (!r->cursor) {
			break;
		}
	}
	return 0;
}

int64_t entresol_dump(struct vcpu *v, uint64_t *x)
{
	struct entresol_dump op;
	struct reading r = { .d = NULL };
	int64_t rc;

	if (guest_read(v, &op, GVA(x[1]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	r.d = domain_by_id(v->domain, op.domid);
	if (!r.d) {
		return -XEN_ESRCH;
	}
	rc = right_check(v->domain, RIGHT_OWN, r.d);
	if (rc) {
		return rc;
	}
	if (op.reserved || !op.nr || op.size != kinds[x[0]].size) {
		return -XEN_EINVAL;
	}
	r.cursor = op.cursor;
	rc = copy_out(v, x[0], &op, &r);
	if (rc) {
		return rc;
	}
	op.domid = r.d->id;
	op.tables = r.tables;
	return guest_write(v, GVA(x[1]), &op, sizeof(op)) ? -XEN_EFAULT : 0;
}
