/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain may have of a machine page on, and for how many more pages
 * the answer is the same. */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <core/bits.h>

#include "iomem/internal.h"
#include "lib/format.h"

#define CACHED BIT(ENTRESOL_ATTR_NORMAL_WB)

/* The answer changes at @frame. */
static void until(struct entresol_attribute *q, uint64_t frame)
{
	if (frame > q->mfn) {
		q->nr = min_u64(q->nr, frame - q->mfn);
	}
}

static void until_range(struct entresol_attribute *q, struct iomem_range r)
{
	until(q, r.first);
	until(q, r.end);
}

/* Where the frames that the answer is for end, as far as is known. */
static uint64_t end_of(const struct entresol_attribute *q)
{
	return q->nr < UINT64_MAX - q->mfn ? q->mfn + q->nr : UINT64_MAX;
}

/* What others have changes there. */
static void until_mappings(struct entresol_attribute *q)
{
	struct iomem_domain *i;

	list_for_each(i, &iomem_domains, link) {
		const struct range_node *n =
			ranges_first(&i->by_mfn, q->mfn, end_of(q));

		for (; n; n = ranges_next(n, q->mfn, end_of(q))) {
			until(q, n->first);
			until(q, n->end);
		}
	}
}

/* @mask less what somebody rules out, who is noted. */
static uint32_t agreed(struct entresol_attribute *q, struct claim claim,
		       uint32_t mask)
{
	const uint32_t of[2] = { mask & ~CACHED, mask & CACHED };
	uint32_t left = 0;

	for (unsigned int cached = 0; cached < 2; cached++) {
		struct rival rival;

		claim.cached = cached;
		rival = conflict_find(&claim, NULL);
		if (!rival.d) {
			left |= of[cached];
		} else if (of[cached]) {
			q->holder = rival.d->id;
		}
	}
	return left;
}

/* With bit 0 for the default, if that is among them. */
static uint32_t with_default(uint32_t mask, struct s2_attr attr)
{
	uint32_t selector = iomem_selector(attr) & ENTRESOL_ATTR_MASK;

	return mask | (mask & BIT(selector) ? BIT(ENTRESOL_ATTR_DEFAULT) : 0);
}

static void answer_part(const struct domain *d, struct entresol_attribute *q,
			const struct machine_part *part)
{
	struct s2_attr attr = d->hwdom ? part->row->hwdom : part->row->other;
	uint32_t mask = iomem_policy(part->kind, who(d));
	struct claim claim = { .d = d,
			       .part = part,
			       .mfns = { q->mfn, q->mfn + 1 } };

	q->selector = (uint16_t)iomem_selector(attr);
	fmt_str(q->node, sizeof(q->node), "%s", part->node);
	until(q, part->at.end);
	until_range(q, part->dev_mmio);
	if (d->iomem && iomem_set_run(&d->iomem->rights, q->mfn)) {
		until_mappings(q);
		claim.in_place = d->hwdom;
		q->in_place = with_default(agreed(q, claim, mask), attr);
		claim.in_place = false;
		q->allowed = with_default(agreed(q, claim, mask), attr);
	}
}

void query_answer(const struct domain *d, struct entresol_attribute *q)
{
	const struct machine_part *part = machine_find(q->mfn);
	uint64_t run = d->iomem ? iomem_set_run(&d->iomem->rights, q->mfn) : 0;

	q->allowed = 0;
	q->in_place = 0;
	q->holder = DOMID_INVALID;
	q->selector = ENTRESOL_ATTR_DEVICE_NGNRE;
	q->node[0] = '\0';
	if (run) {
		until(q, q->mfn + run);
	} else if (d->iomem) {
		uint64_t gap = iomem_set_gap(&d->iomem->rights, q->mfn);

		q->nr = min_u64(q->nr, gap);
	}
	if (part) {
		answer_part(d, q, part);
		return;
	}
	for (unsigned int i = 0; (part = machine_part(i)); i++) {
		until(q, part->at.first);
	}
}
