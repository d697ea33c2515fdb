/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump from the hypervisor: four lists, call by call. */
#include <errno.h>
#include <string.h>

#include "hypervisor.h"

/* How often a map that changes is read anew. */
#define TRIES 100

static const unsigned int commands[NR_PARTS] = {
	[REGIONS] = ENTRESOL_regions,
	[HIDDEN] = ENTRESOL_hidden,
	[SPANS] = ENTRESOL_view,
	[RUNS] = ENTRESOL_table,
};

static bool call_failed(struct failure *f, int64_t rc, uint16_t domid)
{
	switch (-rc) {
	case ENOSYS:
		return failed(
			f, STATUS_NOT_ENTRESOL,
			"this Entresol is too old to tell its memory maps");
	case ESRCH:
		return failed(f, STATUS_NO_DOMAIN, "there is no domain %u",
			      domid);
	case EPERM:
	case EACCES:
		return failed(f, STATUS_DENIED,
			      "this domain may not see the map of domain %u",
			      domid);
	case EAGAIN:
		return failed(f, STATUS_ERROR,
			      "the map of domain %u changes all the time",
			      domid);
	default:
		return failed(f, STATUS_ERROR, "the hypervisor says: %s",
			      strerror(-rc));
	}
}

/* One list. Of regions, parts and spans the generation is the same. */
static int64_t read_part(struct dump *d, struct hypervisor *h, enum part part,
			 uint64_t *generation)
{
	char records[HYPERVISOR_BUFFER];
	struct entresol_dump op = {
		.domid = d->domid,
		.size = part_size(part),
	};

	do {
		int64_t rc;
		void *to;

		op.nr = sizeof(records) / op.size;
		rc = h->call(h, commands[part], &op, records);
		if (rc < 0) {
			return rc;
		}
		if (op.nr > sizeof(records) / op.size) {
			return -EINVAL;
		}
		to = dump_grow(d, part, op.nr);
		if (!to) {
			return -ENOMEM;
		}
		memcpy(to, records, op.nr * op.size);
	} while (op.cursor);
	if (part == REGIONS) {
		*generation = op.generation;
	}
	d->domid = op.domid;
	d->tables = op.tables;
	return part == RUNS || op.generation == *generation ? 0 : -EAGAIN;
}

/* A run may have been cut where a call ended. */
static void join_runs(struct dump *d)
{
	struct entresol_run *last = d->run;

	for (uint32_t i = 1; i < d->nr[RUNS]; i++) {
		const struct entresol_run *r = &d->run[i];
		struct entresol_mapping next = last->map;

		next.pa += last->size;
		if (r->ipa == last->ipa + last->size &&
		    !memcmp(&next, &r->map, sizeof(next))) {
			last->size += r->size;
		} else {
			*++last = *r;
		}
	}
	if (d->nr[RUNS]) {
		d->nr[RUNS] = last + 1 - d->run;
	}
}

static int64_t read_all(struct dump *d, struct hypervisor *h, uint16_t domid)
{
	uint64_t generation = 0;
	int64_t rc = 0;

	dump_free(d);
	d->domid = domid;
	for (int part = 0; part < NR_PARTS && !rc; part++) {
		rc = read_part(d, h, part, &generation);
	}
	join_runs(d);
	return rc;
}

bool dump_read(struct dump *d, struct hypervisor *h, uint16_t domid,
	       struct failure *f)
{
	int64_t rc = h->call(h, ENTRESOL_version, NULL, NULL);

	*d = (struct dump){ .domid = domid };
	if (rc < 0) {
		return rc == -ENOSYS ? failed(f, STATUS_NOT_ENTRESOL,
					      "this hypervisor is not Entresol")
				     : call_failed(f, rc, domid);
	}
	for (int i = 0; i < TRIES; i++) {
		rc = read_all(d, h, domid);
		if (rc != -EAGAIN) {
			break;
		}
	}
	if (rc < 0) {
		dump_free(d);
		return call_failed(f, rc, domid);
	}
	if (!dump_check(d, f)) {
		dump_free(d);
		return false;
	}
	return true;
}
