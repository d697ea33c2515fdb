/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From ranges of bytes to regions of pages. A region without a range in it
 * does no harm: its handler finds nobody. So what cannot be taken out of the
 * memory map at once stays there until the next change.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/hvm/dm_op.h>

#include <core/bits.h>
#include <core/errno.h>

#include "domain/epoch.h"
#include "frame/heap.h"
#include "ioreq/internal.h"
#include "memmap/memmap.h"

/* Below everything else: devices of the hypervisor and RAM hide it. */
#define PRIORITY_IOREQ (PRIORITY_DEVICE - 10)

/* ----------------------------------------------------------------- ranges */

static unsigned int memory_ranges(const struct ioreq_domain *io,
				  const struct ranges **of)
{
	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		const struct ioreq_server *s = io->server[i];

		of[i] = s ? &s->ranges[XEN_DMOP_IO_RANGE_MEMORY] : NULL;
	}
	return FLOW_SERVERS;
}

static void publish_map(struct ioreq_domain *io, struct range_map *map)
{
	struct range_map *old = io->map;

	__atomic_store_n(&io->map, map, __ATOMIC_RELEASE);
	epoch_wait();
	heap_free(old);
}

/* ------------------------------------------------------------------ pages */

/* The pages [ipa, end) that hold something from @step on; to be continued
 * at the step that is returned. */
static unsigned int next_pages(const struct range_map *map, unsigned int i,
			       uint64_t limit, uint64_t *ipa, uint64_t *end)
{
	*ipa = *end = 0;
	for (; i < map->nr; i++) {
		uint64_t first = map->step[i].first;
		uint64_t last = i + 1 < map->nr ? map->step[i + 1].first - 1
						: ~UINT64_C(0);

		if (!map->step[i].servers || first >= limit) {
			continue;
		}
		if (*end && align_down(first, PAGE_SIZE) > *end) {
			break;
		}
		*ipa = *end ? *ipa : align_down(first, PAGE_SIZE);
		*end = last >= limit ? limit : align_up(last + 1, PAGE_SIZE);
	}
	return i;
}

static struct io_pages *find_pages(struct ioreq_domain *io, uint64_t ipa,
				   uint64_t size)
{
	struct io_pages *p = io->pages;

	while (p && (p->region.ipa.v != ipa || p->region.size != size)) {
		p = p->next;
	}
	return p;
}

static int add_pages(struct ioreq_domain *io, uint64_t ipa, uint64_t size)
{
	struct io_pages *p = find_pages(io, ipa, size);
	int rc;

	if (p) {
		p->wanted = true;
		return 0;
	}
	p = heap_alloc(sizeof(*p));
	if (!p) {
		return -XEN_ENOMEM;
	}
	p->io = io;
	p->wanted = true;
	p->region = (struct region){
		.name = "ioreq",
		.ipa = IPA(ipa),
		.size = size,
		.priority = PRIORITY_IOREQ,
		.kind = REGION_EMULATED,
		.ops = &ioreq_region_ops,
		.opaque = p,
	};
	rc = memmap_add(io->domain->memmap, &p->region);
	if (rc) {
		heap_free(p);
		return rc;
	}
	p->next = io->pages;
	io->pages = p;
	return 0;
}

static int add_all(struct ioreq_domain *io, const struct range_map *map)
{
	uint64_t limit = gfn_to_ipa(p2m_limit(io->domain->p2m)).v;
	uint64_t ipa, end;
	unsigned int i = 0;
	int rc = 0;

	while (!rc && i < map->nr) {
		i = next_pages(map, i, limit, &ipa, &end);
		if (end) {
			rc = add_pages(io, ipa, end - ipa);
		}
	}
	return rc;
}

/* Out of the tree; the memory stays until a commit has succeeded. */
static void drop_unwanted(struct ioreq_domain *io)
{
	struct io_pages **at = &io->pages;

	while (*at) {
		struct io_pages *p = *at;

		if (p->wanted) {
			at = &p->next;
			continue;
		}
		memmap_del(io->domain->memmap, &p->region);
		*at = p->next;
		p->next = io->unwanted;
		io->unwanted = p;
	}
}

static void free_pages(struct io_pages **list)
{
	while (*list) {
		struct io_pages *p = *list;

		*list = p->next;
		heap_free(p);
	}
}

static int update_pages(struct ioreq_domain *io, const struct range_map *map)
{
	int rc;

	for (struct io_pages *p = io->pages; p; p = p->next) {
		p->wanted = false;
	}
	rc = add_all(io, map);
	drop_unwanted(io);
	if (!rc) {
		/* Nothing of it is mapped: there is one turn to do. */
		rc = memmap_commit(io->domain->memmap);
	}
	if (!rc) {
		free_pages(&io->unwanted);
	}
	return rc;
}

struct range_map *regions_alloc(struct ioreq_domain *io)
{
	const struct ranges *of[FLOW_SERVERS];
	unsigned int nr = memory_ranges(io, of);

	return range_map_alloc(of, nr);
}

static void fill(struct ioreq_domain *io, struct range_map *map)
{
	const struct ranges *of[FLOW_SERVERS];
	unsigned int nr = memory_ranges(io, of);

	range_map_fill(map, of, nr);
}

int regions_show(struct ioreq_domain *io, struct range_map *map)
{
	int rc;

	fill(io, map);
	rc = update_pages(io, map);
	if (rc) {
		heap_free(map);
		return rc;
	}
	publish_map(io, map);
	return 0;
}

void regions_hide(struct ioreq_domain *io, struct range_map *map)
{
	fill(io, map);
	publish_map(io, map);
	(void)update_pages(io, map);
}

void regions_mask(struct ioreq_domain *io, unsigned int id)
{
	struct range_map *map = io->map;

	for (unsigned int i = 0; map && i < map->nr; i++) {
		uint8_t *servers = &map->step[i].servers;

		__atomic_store_n(servers, *servers & ~(1u << id),
				 __ATOMIC_RELAXED);
	}
	epoch_wait();
}

void regions_forget(struct ioreq_domain *io)
{
	free_pages(&io->pages);
	free_pages(&io->unwanted);
	heap_free(io->map);
	io->map = NULL;
}
