/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No machine page is mapped cacheable by one and otherwise by another
 * (R3.7, XSA-154).
 *
 * Three kinds of mappings count. Those that were added are in trees. What the
 * hardware domain has by device tree counts against its own further mappings,
 * not against other domains: it leaves for them; nor against a mapping at the
 * same place, which hides it. It follows that taking a mapping away never
 * makes a conflict. And what dev_mmio made counts for ever.
 */
#include "iomem/internal.h"

static bool contradicts(const struct claim *c, const struct mapping *m)
{
	return iomem_cached(m->region.attr) != c->cached &&
	       ranges_overlap(mapping_mfns(m), c->mfns);
}

static const struct mapping *find_in_list(const struct list *list,
					  const struct claim *c)
{
	struct mapping *m;

	list_for_each(m, list, link) {
		if (contradicts(c, m)) {
			return m;
		}
	}
	return NULL;
}

static const struct mapping *find_in(const struct iomem_domain *i,
				     const struct claim *c)
{
	uint64_t first = c->mfns.first, end = c->mfns.end;
	const struct range_node *n = ranges_first(&i->by_mfn, first, end);

	for (; n; n = ranges_next(n, first, end)) {
		const struct mapping *m =
			container_of(n, struct mapping, by_mfn);

		if (contradicts(c, m)) {
			return m;
		}
	}
	return NULL;
}

static struct rival find_added(const struct claim *c)
{
	struct iomem_domain *i;

	list_for_each(i, &iomem_domains, link) {
		const struct mapping *m = find_in(i, c);

		if (m) {
			return (struct rival){ i->domain, mapping_mfns(m) };
		}
	}
	return (struct rival){ 0 };
}

/* What the hardware domain has, apart from what was added. */
static struct rival find_given(const struct claim *c)
{
	const struct machine_part *part = c->part;

	if (!iomem_hwdom || part_cached(part) == c->cached) {
		return (struct rival){ 0 };
	}
	if (c->d == iomem_hwdom && !c->in_place) {
		return (struct rival){ iomem_hwdom, part->at };
	}
	if (ranges_overlap(part->dev_mmio, c->mfns)) {
		return (struct rival){ iomem_hwdom, part->dev_mmio };
	}
	return (struct rival){ 0 };
}

struct rival conflict_find(const struct claim *c, const struct list *more)
{
	const struct mapping *m = more ? find_in_list(more, c) : NULL;
	struct rival rival;

	if (m) {
		return (struct rival){ c->d, mapping_mfns(m) };
	}
	rival = find_given(c);
	return rival.d ? rival : find_added(c);
}
