/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's p2m: its life, its operations, what it answers. */
#include "p2m/p2m.h"

#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>
#include <lib/format.h>

#include "frame/heap.h"
#include "p2m/internal.h"
#include "p2m/log.h"

static unsigned int host_pa_bits;
static bool host_dirty_state;

void p2m_init(unsigned int pa_bits, unsigned int nr_vmid_bits)
{
	host_pa_bits = min_u64(pa_bits, S2_MAX_IPA_BITS);
	host_dirty_state = false;
	vmid_init(nr_vmid_bits);
}

void p2m_use_dirty_state(void)
{
	host_dirty_state = true;
}

static bool good_ipa_bits(unsigned int ipa_bits)
{
	return ipa_bits >= S2_MIN_IPA_BITS && ipa_bits <= host_pa_bits;
}

static int setup(struct p2m *p2m, unsigned int ipa_bits, uint64_t pool)
{
	int rc = s2_init(&p2m->s2, ipa_bits, host_pa_bits, vmid_bits(),
			 p2m->vmid);

	if (rc == 0) {
		p2m->s2.hw.vtcr |= host_dirty_state ? S2_VTCR_DIRTY : 0;
		rc = s2_pool_resize(&p2m->s2, pool);
		if (rc < 0) {
			s2_fini(&p2m->s2);
		}
	}
	return rc;
}

struct p2m *p2m_create(uint16_t owner, unsigned int ipa_bits, bool direct,
		       uint64_t pool)
{
	struct p2m *p2m;

	if (!good_ipa_bits(ipa_bits)) {
		return NULL;
	}
	p2m = heap_alloc(sizeof(*p2m));
	if (!p2m) {
		return NULL;
	}
	p2m->owner = owner;
	p2m->direct = direct;
	p2m->vmid = vmid_alloc();
	if (p2m->vmid && setup(p2m, ipa_bits, pool) == 0) {
		return p2m;
	}
	/* VMID 0 is nobody's, and was not taken here either (XSA-181). */
	if (p2m->vmid) {
		vmid_free(p2m->vmid);
	}
	heap_free(p2m);
	return NULL;
}

void p2m_destroy(struct p2m *p2m)
{
	struct p2m_locked l = p2m_lock(p2m);
	int rc = p2m_unmap(l, GFN(0), p2m_limit(p2m).v);

	BUG_ON(rc < 0);
	p2m_unlock(l);
	/* The VMID's next owner starts with nothing remembered. */
	arch_s2_flush(&p2m->s2.hw, NULL, 0);
	s2_fini(&p2m->s2);
	vmid_free(p2m->vmid);
	heap_free(p2m);
}

struct p2m_locked p2m_lock(struct p2m *p2m)
{
	spin_lock(&p2m->lock);
	return (struct p2m_locked){ p2m };
}

static __noinline_fn void sync_and_unlock(struct p2m *p2m)
{
	struct s2 *s2 = &p2m->s2;

	if (s2->nr_changes || s2->nr_touched) {
		p2m_sync(p2m);
	} else {
		s2_publish(s2);
	}
	spin_unlock(&p2m->lock);
}

void p2m_unlock(struct p2m_locked l)
{
	if (unlikely(l.p2m->s2.unsettled)) {
		sync_and_unlock(l.p2m);
		return;
	}
	spin_unlock(&l.p2m->lock);
}

gfn_t p2m_limit(const struct p2m *p2m)
{
	return GFN(BIT(p2m->s2.ipa_bits - PAGE_SHIFT));
}

/* Whether [first, first + nr) is not empty and ends at @limit at the latest. */
static bool in_range(uint64_t first, uint64_t nr, uint64_t limit)
{
	return nr && first < limit && nr <= limit - first;
}

bool p2m_mfn_ok(mfn_t mfn, uint64_t nr)
{
	return in_range(mfn.v, nr, BIT(host_pa_bits - PAGE_SHIFT));
}

/* Table pages that nobody else was promised. */
static uint64_t pool_free(const struct p2m *p2m)
{
	uint64_t nr = p2m->s2.pool.nr_free;

	return nr - min_u64(nr, p2m->promised);
}

int p2m_reserve(struct p2m *p2m, struct s2_target *t)
{
	uint64_t need;

	if (s2_bound_tables(t) <= pool_free(p2m)) {
		return 0;
	}
	need = s2_count_tables(&p2m->s2, t);
	if (need > pool_free(p2m) && p2m->s2.pool.nr_dead) {
		p2m_sync(p2m);
	}
	return need <= pool_free(p2m) ? 0 : -XEN_ENOMEM;
}

void p2m_promise(struct p2m_locked l, uint64_t tables)
{
	l.p2m->promised = tables;
}

/* One page in a table that is there, as most: nothing to reserve. False when it
 * is not that simple; nothing has changed then. */
static inline bool change_page(struct p2m *p2m, const struct s2_target *t)
{
	if (t->end - t->start != PAGE_SIZE ||
	    (t->leaf && s2_flush_pending(&p2m->s2, t->start, t->end)) ||
	    !s2_apply_page(&p2m->s2, t->start, t->leaf)) {
		return false;
	}
	if (p2m->s2.pending & S2_MAKE) {
		p2m_sync(p2m);
	}
	return true;
}

/* Make the tables what @t says, in as many steps as the log needs. */
static int change(struct p2m *p2m, struct s2_target *t)
{
	uint64_t at = t->start;
	int rc;

	if (t->leaf && s2_flush_pending(&p2m->s2, t->start, t->end)) {
		/* Broken by an earlier call and not forgotten yet. */
		p2m_sync(p2m);
	}
	rc = p2m_reserve(p2m, t);
	if (rc < 0) {
		return rc;
	}
	while ((at = s2_apply(&p2m->s2, t, at)) < t->end) {
		p2m_sync(p2m);
	}
	if (p2m->s2.pending & S2_MAKE) {
		p2m_sync(p2m);
	}
	return 0;
}

static inline __attribute__((__always_inline__)) int
map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr, struct p2m_as as,
    s2_pte_t without)
{
	struct s2_target t;
	int rc;

	if (!in_range(gfn.v, nr, p2m_limit(l.p2m).v) || !p2m_mfn_ok(mfn, nr) ||
	    !p2m_legal(as.type, as.attr)) {
		return -XEN_EINVAL;
	}
	t = (struct s2_target){
		.start = gfn_to_ipa(gfn).v,
		.end = gfn_to_ipa(gfn_add(gfn, nr)).v,
		.leaf = (s2_leaf(as.attr, as.type, S2_LAST_LEVEL) & ~without) |
			mfn_to_paddr(mfn).v,
	};
	rc = change_page(l.p2m, &t) ? 0 : change(l.p2m, &t);
	if (!rc && gfn.v + nr - 1 > l.p2m->max_mapped) {
		__atomic_store_n(&l.p2m->max_mapped, gfn.v + nr - 1,
				 __ATOMIC_RELAXED);
	}
	return rc;
}

int p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
	    struct p2m_as as)
{
	return map(l, gfn, mfn, nr, as, 0);
}

int p2m_map_clean(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		  struct p2m_as as)
{
	return map(l, gfn, mfn, nr, as, S2_AP_W);
}

int p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr)
{
	struct s2_target t;

	if (!in_range(gfn.v, nr, p2m_limit(l.p2m).v)) {
		return -XEN_EINVAL;
	}
	t = (struct s2_target){
		.start = gfn_to_ipa(gfn).v,
		.end = gfn_to_ipa(gfn_add(gfn, nr)).v,
	};
	return change_page(l.p2m, &t) ? 0 : change(l.p2m, &t);
}

static __noinline_fn int remove_from_block(struct p2m *p2m, uint64_t ipa)
{
	struct s2_target t = { .start = ipa, .end = ipa + PAGE_SIZE };

	return change(p2m, &t);
}

int p2m_remove(struct p2m_locked l, gfn_t gfn, unsigned int types,
	       enum p2m_type *was)
{
	uint64_t ipa = gfn_to_ipa(gfn).v;
	unsigned int level;
	s2_pte_t page;

	if (gfn.v >= p2m_limit(l.p2m).v) {
		return -XEN_ENOENT;
	}
	page = s2_lookup(&l.p2m->s2, ipa, &level);
	*was = s2_pte_sw(page);
	if (!(types & BIT(*was))) {
		return -XEN_ENOENT;
	}
	if (level == S2_LAST_LEVEL && s2_apply_page(&l.p2m->s2, ipa, 0)) {
		return 0;
	}
	return remove_from_block(l.p2m, ipa);
}

struct p2m_entry p2m_entry_of(s2_pte_t page, unsigned int level)
{
	uint8_t order = s2_level_shift(level) - PAGE_SHIFT;

	if (!page) {
		return (struct p2m_entry){ .mfn = MFN_INVALID, .order = order };
	}
	return (struct p2m_entry){
		.mfn = s2_pte_mfn(page),
		.type = s2_pte_sw(page),
		.attr = s2_pte_attr(page),
		.order = order,
	};
}

struct p2m_entry p2m_lookup(struct p2m_locked l, gfn_t gfn)
{
	unsigned int level = S2_LAST_LEVEL;
	s2_pte_t page = 0;

	if (gfn.v < p2m_limit(l.p2m).v) {
		page = s2_lookup(&l.p2m->s2, gfn_to_ipa(gfn).v, &level);
	}
	return p2m_entry_of(page, level);
}

enum p2m_type p2m_frame(struct p2m_locked l, gfn_t gfn, mfn_t *mfn)
{
	unsigned int level;
	s2_pte_t page;

	if (gfn.v >= p2m_limit(l.p2m).v) {
		return P2M_INVALID;
	}
	page = s2_lookup(&l.p2m->s2, gfn_to_ipa(gfn).v, &level);
	*mfn = s2_pte_mfn(page);
	return page ? s2_pte_sw(page) : P2M_INVALID;
}

uint64_t p2m_run(struct p2m_locked l, gfn_t gfn, uint64_t max,
		 struct p2m_entry *e)
{
	uint64_t limit = p2m_limit(l.p2m).v;
	unsigned int level;
	uint64_t bytes;
	s2_pte_t first;

	if (gfn.v >= limit) {
		*e = p2m_entry_of(0, S2_LAST_LEVEL);
		return max;
	}
	max = min_u64(max, limit - gfn.v);
	bytes = s2_run(&l.p2m->s2, gfn_to_ipa(gfn).v,
		       gfn_to_ipa(gfn_add(gfn, max)).v, &first, &level);
	*e = p2m_entry_of(first, level);
	return bytes >> PAGE_SHIFT;
}

void p2m_listen(struct p2m *p2m, struct p2m_listener *listener)
{
	struct p2m_listener **end = &p2m->listeners;

	while (*end) {
		end = &(*end)->next;
	}
	listener->next = NULL;
	*end = listener;
}

gfn_t p2m_max_mapped(const struct p2m *p2m)
{
	return GFN(__atomic_load_n(&p2m->max_mapped, __ATOMIC_RELAXED));
}

uint16_t p2m_owner(const struct p2m *p2m)
{
	return p2m->owner;
}

uint64_t p2m_vttbr(const struct p2m *p2m)
{
	return p2m->s2.hw.vttbr;
}

uint64_t p2m_vtcr(const struct p2m *p2m)
{
	return p2m->s2.hw.vtcr;
}

unsigned int p2m_ipa_bits(const struct p2m *p2m)
{
	return p2m->s2.ipa_bits;
}

uint64_t p2m_generation(const struct p2m *p2m)
{
	return __atomic_load_n(&p2m->generation, __ATOMIC_ACQUIRE);
}

int p2m_set_pool(struct p2m *p2m, uint64_t pages)
{
	struct p2m_locked l = p2m_lock(p2m);
	uint64_t size = p2m->s2.pool.size;
	int rc = -XEN_EBUSY;

	if (pages >= size || size - pages <= pool_free(p2m)) {
		rc = s2_pool_resize(&p2m->s2, pages);
	}
	p2m_unlock(l);
	return rc;
}

struct p2m_stats p2m_stats(struct p2m_locked l)
{
	const struct p2m *p2m = l.p2m;
	struct p2m_stats stats = {
		.table_pages = s2_nr_tables(&p2m->s2),
		.pool_pages = p2m->s2.pool.size,
		.pool_free = pool_free(p2m),
		.pool_dead = p2m->s2.pool.nr_dead,
		.flushes = p2m->nr_flushes,
		.changes = p2m->nr_changes,
	};

	for (unsigned int i = 0; i <= S2_LAST_LEVEL; i++) {
		stats.blocks[i] = p2m->s2.leaves[i];
	}
	return stats;
}
