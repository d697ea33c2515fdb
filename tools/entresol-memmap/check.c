/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether records make sense: a file may say anything. */
#include <string.h>

#include "dump.h"

#define PAGE_MASK UINT64_C(0xfff)
/* Generous: regions in containers may begin beyond any table. */
#define MAX_ROOT (UINT64_C(1) << 56)

struct check {
	const struct dump *d;
	struct failure *f;
	enum part part;
	uint32_t i;
};

static bool bad(const struct check *c, const char *what)
{
	return failed(c->f, STATUS_BAD_FILE, "%s %u: %s", part_name(c->part),
		      c->i, what);
}

static bool index_is_good(const struct check *c, uint32_t index)
{
	return index == ENTRESOL_NONE || index < c->d->nr[REGIONS];
}

static bool place_is_good(uint64_t ipa, uint64_t size)
{
	return size && ipa < MAX_ROOT && size <= MAX_ROOT - ipa &&
	       !((ipa | size) & PAGE_MASK);
}

static bool mapping_is_good(const struct entresol_mapping *m)
{
	return m->type <= ENTRESOL_TYPE_XEN &&
	       m->attr <= ENTRESOL_ATTR_NORMAL_WB && m->perm <= 7 &&
	       m->order <= 27 && m->order % 9 == 0 && !(m->pa & PAGE_MASK) &&
	       m->pa < MAX_ROOT;
}

static bool text_ends(const char *text, size_t len)
{
	return memchr(text, '\0', len);
}

static bool parent_is_good(const struct check *c,
			   const struct entresol_region *r)
{
	const struct entresol_region *parent;

	if (c->i == 0) {
		return r->parent == ENTRESOL_NONE && r->depth == 0 &&
		       r->kind == ENTRESOL_KIND_CONTAINER && r->ipa == 0;
	}
	if (r->parent >= c->i) {
		return false;
	}
	parent = &c->d->region[r->parent];
	return parent->kind == ENTRESOL_KIND_CONTAINER &&
	       r->depth == parent->depth + 1;
}

static bool check_region(const struct check *c)
{
	const struct entresol_region *r = &c->d->region[c->i];

	if (r->index != c->i) {
		return bad(c, "its index is another one");
	}
	if (!parent_is_good(c, r)) {
		return bad(c, "it is in no container that came before");
	}
	if (!place_is_good(r->ipa, r->size)) {
		return bad(c, "no guest address space has its range");
	}
	if (r->kind > ENTRESOL_KIND_HOLE || !mapping_is_good(&r->map)) {
		return bad(c, "unknown kind or attributes");
	}
	if (!index_is_good(c, r->target)) {
		return bad(c, "its target does not exist");
	}
	if (!text_ends(r->name, sizeof(r->name)) ||
	    !text_ends(r->row, sizeof(r->row))) {
		return bad(c, "its name does not end");
	}
	return true;
}

static bool check_hidden(const struct check *c)
{
	const struct entresol_hidden *h = &c->d->hidden[c->i];

	if (h->region >= c->d->nr[REGIONS] || !index_is_good(c, h->by)) {
		return bad(c, "its region does not exist");
	}
	if (!place_is_good(h->ipa, h->size)) {
		return bad(c, "no guest address space has its range");
	}
	if (c->i &&
	    (h[-1].region > h->region ||
	     (h[-1].region == h->region && h[-1].ipa + h[-1].size > h->ipa))) {
		return bad(c, "it is not behind the one before");
	}
	return true;
}

static bool check_span(const struct check *c)
{
	const struct entresol_span *s = &c->d->span[c->i];

	if (!index_is_good(c, s->region) || !index_is_good(c, s->via)) {
		return bad(c, "its region does not exist");
	}
	if (!place_is_good(s->ipa, s->size) ||
	    s->ipa + s->size > c->d->region[0].size) {
		return bad(c, "it ends above the guest's addresses");
	}
	if (s->kind > ENTRESOL_KIND_HOLE || !mapping_is_good(&s->map)) {
		return bad(c, "unknown kind or attributes");
	}
	if (!text_ends(s->name, sizeof(s->name))) {
		return bad(c, "its name does not end");
	}
	if (s->flags & ENTRESOL_FLAG_BELOW) {
		if (!c->i || s[-1].ipa != s->ipa || s[-1].size != s->size) {
			return bad(c, "it is below nothing");
		}
	} else if (c->i && s[-1].ipa + s[-1].size > s->ipa) {
		return bad(c, "it is not behind the one before");
	}
	return true;
}

static bool check_run(const struct check *c)
{
	const struct entresol_run *r = &c->d->run[c->i];

	if (!place_is_good(r->ipa, r->size) ||
	    r->ipa + r->size > c->d->region[0].size) {
		return bad(c, "it ends above the guest's addresses");
	}
	if (r->map.type == ENTRESOL_TYPE_NONE || !mapping_is_good(&r->map)) {
		return bad(c, "unknown type or attributes");
	}
	if ((r->ipa | r->size) & (((PAGE_MASK + 1) << r->map.order) - 1)) {
		return bad(c, "it is not of whole blocks");
	}
	if (c->i && r[-1].ipa + r[-1].size > r->ipa) {
		return bad(c, "it is not behind the one before");
	}
	return true;
}

bool dump_check(const struct dump *d, struct failure *f)
{
	static bool (*const check[NR_PARTS])(const struct check *c) = {
		[REGIONS] = check_region,
		[HIDDEN] = check_hidden,
		[SPANS] = check_span,
		[RUNS] = check_run,
	};
	struct check c = { .d = d, .f = f };

	if (!d->nr[REGIONS]) {
		return failed(f, STATUS_BAD_FILE, "it has no regions");
	}
	for (c.part = 0; c.part < NR_PARTS; c.part++) {
		for (c.i = 0; c.i < d->nr[c.part]; c.i++) {
			if (!check[c.part](&c)) {
				return false;
			}
		}
	}
	return true;
}
