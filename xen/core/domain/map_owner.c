/* SPDX-License-Identifier: BSD-2-Clause */
/* What a memory map asks of its domain. */
#include "domain/map_owner.h"

#include <core/log.h>

#include "domain/domain.h"
#include "domain/pause.h"
#include "lib/maptext.h"
#include "memmap/memmap.h"

static int hold(void *arg, struct vcpu *by)
{
	struct domain *d = arg;

	if (by && by->domain == d) {
		return domain_hold(by);
	}
	domain_pause(d);
	return 0;
}

static void release(void *arg, struct vcpu *by)
{
	struct domain *d = arg;

	if (by && by->domain == d) {
		domain_release(by);
	} else {
		domain_unpause(d);
	}
}

static void hidden(void *arg, const struct hidden *h)
{
	const struct domain *d = arg;
	char line[MAPTEXT_LINE];

	hidden_format(line, sizeof(line), h);
	log_guest("d%u: %s", d->id, line);
}

void domain_own_map(struct domain *d)
{
	static const struct memmap_owner owner = {
		.hold = hold,
		.release = release,
		.hidden = hidden,
	};

	memmap_set_owner(d->memmap, &owner, d);
}

void domain_abort_map(struct domain *d)
{
	int rc;

	do {
		rc = memmap_abort(d->memmap);
	} while (rc);
}
