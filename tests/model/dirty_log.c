/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging against an oracle that has one bit for each page of RAM: a
 * guest writes, gives pages back and takes others, regions hide each other
 * and move, frames are shared, logs start and stop, and ranges are read and
 * cleared. Never is less reported than was written; with enough table pages
 * exactly that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/stage2.h>
#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "chance.h"
#include "domain/domain.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "lib/bitmap.h"
#include "memmap/log.h"
#include "memmap/memmap.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define SPACE	 UINT64_C(0x8000000)
#define NR_PAGES 2048
#define NR_RAM	 3
#define MAX_RAM	 576
#define NR_ABOVE 3
#define NR_PINS	 4
#define STEPS	 40000

/* How a run differs from others. */
struct kind {
	bool direct;   /* frames are not counted, and RAM shows twice */
	bool hardware; /* notes writes in the table                   */
	uint64_t pool; /* table pages                                 */
	bool exact;    /* they suffice                                */
};

static struct kind kind;
static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static uint64_t random_state;

static struct region ram[NR_RAM], above[NR_ABOVE], again;
static const uint64_t ram_pages[NR_RAM] = { MAX_RAM, 16, 40 };
static mfn_t base[NR_RAM];
/* The oracle. */
static bool written[NR_RAM][MAX_RAM];
/* Frames that somebody else has, and writes to. */
static struct {
	bool used;
	mfn_t mfn;
} pins[NR_PINS];
static mfn_t shared_mfn;

static uint64_t rnd(uint64_t below)
{
	return chance(&random_state, below);
}

/* ---------------------------------------------------------------- the map */

static gfn_t gfn_at(uint64_t page)
{
	return GFN((SPACE >> PAGE_SHIFT) + page);
}

/* The oracle's bit of the RAM that shows at @gfn, or NULL; its region. */
static bool *bit_at(gfn_t gfn, unsigned int *i)
{
	const struct span *s = memmap_find(map, gfn_to_ipa(gfn));

	if (!s || !s->ram) {
		return NULL;
	}
	*i = (unsigned int)(s->region - ram);
	return &written[*i][(s->offset + (gfn_to_ipa(gfn).v - s->ipa.v)) >>
			    PAGE_SHIFT];
}

static bool is_pinned_at(struct p2m_locked l, gfn_t gfn)
{
	mfn_t mfn;

	if (p2m_frame(l, gfn, &mfn) != P2M_RAM_RW) {
		return false;
	}
	for (unsigned int i = 0; i < NR_PINS; i++) {
		if (pins[i].used && mfn_eq(pins[i].mfn, mfn)) {
			return true;
		}
	}
	return false;
}

/* There, or at the other place where the page shows. */
static bool is_pinned(struct p2m_locked l, gfn_t gfn)
{
	unsigned int i;
	const bool *bit = bit_at(gfn, &i);

	for (uint64_t n = 0; n < NR_PAGES && ram[i].nr_aliases; n++) {
		if (bit_at(gfn_at(n), &i) == bit &&
		    is_pinned_at(l, gfn_at(n))) {
			return true;
		}
	}
	return is_pinned_at(l, gfn);
}

/* --------------------------------------------------------------- checking */

static void check_bit(struct p2m_locked l, gfn_t gfn, bool reported, bool clear)
{
	unsigned int i;
	bool *bit = bit_at(gfn, &i);

	if (!bit || !ram[i].log) {
		assert_false(reported);
		return;
	}
	if (*bit && !reported) {
		fail_msg("gfn %#lx was written, ram %u", gfn.v, i);
	}
	if (kind.exact && !*bit && reported) {
		fail_msg("gfn %#lx was not written, ram %u", gfn.v, i);
	}
	if (clear) {
		*bit = is_pinned(l, gfn);
	}
}

static void read_range(uint64_t page, unsigned int nr, enum p2m_log_op op)
{
	uint64_t bits[MEMMAP_LOG_PAGES / BITMAP_WORD];
	struct p2m_locked l;

	assert_int_equal(memmap_log_read(map, gfn_at(page), nr, op, bits), 0);
	host_check_no_stale(&root);
	l = p2m_lock(p2m);
	for (unsigned int n = 0; n < nr; n++) {
		bool set = bits[n / BITMAP_WORD] >> n % BITMAP_WORD & 1;

		check_bit(l, gfn_at(page + n), set, op == P2M_LOG_CLEAR);
	}
	p2m_unlock(l);
}

static void read_some(void)
{
	uint64_t page = rnd(NR_PAGES);
	unsigned int nr = 1 + rnd(rnd(2) ? 64 : NR_PAGES - page);

	read_range(page, min_u64(nr, NR_PAGES - page),
		   rnd(2) ? P2M_LOG_CLEAR : P2M_LOG_READ);
}

/* ----------------------------------------------------------------- commits */

/* It fails at each allocation once; nothing has changed then. */
static void commit(void)
{
	int rc = rnd(16) ? memmap_commit(map) : -XEN_ENOMEM;

	for (unsigned int n = 0; rc; n++) {
		size_t in_use = heap_in_use();

		fail_after = n;
		rc = memmap_commit(map);
		fail_after = FAIL_NEVER;
		if (rc && kind.exact) {
			assert_int_equal(rc, -XEN_ENOMEM);
			assert_int_equal(heap_in_use(), in_use);
		} else if (rc && n > 64) {
			/* The pool is too small for it. */
			assert_int_equal(p2m_set_pool(p2m, ++kind.pool), 0);
		}
	}
	host_check_no_stale(&root);
}

static ipa_t somewhere(uint64_t pages)
{
	uint64_t page = rnd(NR_PAGES - pages);

	if (pages == MAX_RAM && rnd(8)) {
		page = align_down(page, 512);
	}
	return IPA(SPACE + page * PAGE_SIZE);
}

static void set_log(unsigned int i, bool on)
{
	int rc;

	fail_after = rnd(8) ? FAIL_NEVER : 0;
	rc = memmap_set_log(map, &ram[i], on);
	fail_after = FAIL_NEVER;
	if (rc) {
		assert_int_equal(rc, -XEN_ENOMEM);
		assert_false(ram[i].log);
		return;
	}
	if (on && !rnd(4)) {
		/* Off and on again, and nobody has noticed. */
		assert_int_equal(memmap_set_log(map, &ram[i], false), 0);
		assert_int_equal(memmap_set_log(map, &ram[i], true), 0);
	}
}

static void change_log(void)
{
	unsigned int i = rnd(2) ? rnd(NR_RAM) : 0;
	bool was = ram[i].log;

	set_log(i, rnd(4));
	commit();
	if (ram[i].log && !was) {
		memset(written[i], true, sizeof(written[i]));
	}
}

/* As new, in large blocks perhaps: what the guest did to it is forgotten. */
static void renew(struct region *r)
{
	if (r->nr_aliases) {
		return;
	}
	memmap_del(map, r);
	commit();
	assert_false(r->log);
	r->ipa = somewhere(r->size >> PAGE_SHIFT);
	r->disabled = false;
	r->priority = (int)rnd(5);
	assert_int_equal(memmap_add(map, r), 0);
	commit();
}

static void change_ram(void)
{
	unsigned int i = rnd(2) ? rnd(NR_RAM) : 0;
	struct region *r = &ram[i];

	switch (rnd(6)) {
	case 0:
		memmap_set_disabled(map, r, !r->disabled);
		break;
	case 1:
		memmap_set_priority(map, r, (int)rnd(5));
		break;
	case 2:
		assert_int_equal(
			memmap_set_attr(
				map, r,
				(struct s2_attr){ S2_NORMAL_WB,
						  rnd(2) ? S2_RW : S2_RWX }),
			0);
		break;
	case 3:
		renew(r);
		break;
	default:
		assert_int_equal(memmap_move(map, r, somewhere(ram_pages[i])),
				 0);
		break;
	}
}

static void change_above(void)
{
	struct region *r = &above[rnd(NR_ABOVE)];

	if (kind.direct && rnd(4) == 0) {
		r = &again;
	}
	if (rnd(2)) {
		memmap_set_disabled(map, r, !r->disabled);
	} else {
		assert_int_equal(
			memmap_move(map, r, somewhere(r->size >> PAGE_SHIFT)),
			0);
	}
}

/* --------------------------------------------------------------- the guest */

static bool fault(gfn_t gfn)
{
	struct p2m_locked l = p2m_lock(p2m);
	bool done = p2m_log_fault(l, gfn);

	p2m_unlock(l);
	host_load_root(&root);
	arch_s2_forget(gfn_to_ipa(gfn), GVA(0));
	host_check_no_stale(&root);
	return done;
}

static void guest_writes(gfn_t gfn)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, gfn);
	unsigned int i;
	bool *bit = bit_at(gfn, &i);
	bool done;

	p2m_unlock(l);
	done = host_touch_write(&root, gfn_to_ipa(gfn), NULL);
	if (!done && fault(gfn)) {
		done = host_touch_write(&root, gfn_to_ipa(gfn), NULL);
	}
	if (e.type == P2M_RAM_RW) {
		assert_true(done);
		assert_non_null(bit);
		*bit = true;
		/* Who is not logged does not pay for it. */
		assert_true(ram[i].log || e.attr.perm & S2_W);
	}
}

static void guest_reads(gfn_t gfn)
{
	host_touch(&root, gfn_to_ipa(gfn), NULL);
}

/* A hot area, so that tables and blocks come and go elsewhere. */
static void guest_touches(void)
{
	gfn_t gfn = gfn_at(rnd(NR_PAGES));

	host_set_cpu(rnd(2));
	for (uint64_t n = rnd(8); n; n--) {
		gfn = rnd(4) ? gfn_add(gfn, 1) : gfn_at(rnd(NR_PAGES));
		if (rnd(3)) {
			guest_writes(gfn);
		} else {
			guest_reads(gfn);
		}
	}
}

/* The frame that comes to where a page of RAM was given back. */
static mfn_t new_frame(unsigned int i, uint64_t page)
{
	mfn_t mfn = mfn_add(base[i], page);

	if (!kind.direct && (ram[i].populated || rnd(2))) {
		mfn = frame_alloc(0, DOMAIN);
		assert_false(mfn_eq(mfn, MFN_INVALID));
	} else if (!kind.direct) {
		assert_int_equal(frame_get(mfn, DOMAIN), 0);
	}
	return mfn;
}

/* RAM goes, comes, or is replaced; all of that is a change of its page. */
static int change_ram_page(struct p2m_locked l, gfn_t gfn, enum p2m_type type,
			   uint64_t page, const struct span *s)
{
	struct p2m_as as = { P2M_RAM_RW, s->attr };
	unsigned int i = (unsigned int)(s->region - ram);
	mfn_t mfn;
	int rc;

	if (type == P2M_RAM_RW) {
		return rnd(2) ? p2m_unmap(l, gfn, 1)
			      : p2m_map(l, gfn, shared_mfn, 1, p2m_as(P2M_XEN));
	}
	mfn = new_frame(i, page);
	rc = p2m_map(l, gfn, mfn, 1, as);
	if (rc && !kind.direct) {
		frame_put(mfn);
	}
	return rc;
}

static void guest_changes(gfn_t gfn)
{
	struct p2m_locked l = p2m_lock(p2m);
	enum p2m_type type = p2m_lookup(l, gfn).type;
	unsigned int i;
	bool *bit = bit_at(gfn, &i);
	int rc = 0;

	if (type == P2M_XEN) {
		rc = p2m_unmap(l, gfn, 1);
	} else if (bit) {
		rc = change_ram_page(l, gfn, type, (uint64_t)(bit - written[i]),
				     memmap_find(map, gfn_to_ipa(gfn)));
		if (!rc) {
			*bit = true;
		}
	}
	p2m_unlock(l);
	assert_true(!rc || (rc == -XEN_ENOMEM && !kind.exact));
	host_check_no_stale(&root);
}

/* Grants, foreign mappings, pages that the hypervisor keeps. */
static void share(gfn_t gfn)
{
	unsigned int n = rnd(NR_PINS), i;
	struct p2m_locked l = p2m_lock(p2m);
	bool *bit = bit_at(gfn, &i);
	mfn_t mfn;

	if (pins[n].used) {
		pins[n].used = false;
		frame_put(pins[n].mfn);
	} else if (p2m_frame(l, gfn, &mfn) == P2M_RAM_RW &&
		   !frame_get(mfn, DOMAIN)) {
		memmap_log_write(map, l, gfn);
		pins[n].used = true;
		pins[n].mfn = mfn;
		*bit = true;
	}
	p2m_unlock(l);
}

/* ----------------------------------------------------------------- the run */

static void make_ram(unsigned int i)
{
	base[i] = frame_alloc(i ? 6 : 10, DOMAIN);
	assert_false(mfn_eq(base[i], MFN_INVALID));
	ram[i] = (struct region){
		.name = "ram",
		.kind = REGION_RAM,
		.ipa = somewhere(ram_pages[i]),
		.size = ram_pages[i] * PAGE_SIZE,
		.pa = mfn_to_paddr(base[i]),
		.type = P2M_RAM_RW,
		.attr = p2m_default_attr(P2M_RAM_RW),
		.populated = i == 1 && !kind.direct,
	};
	assert_int_equal(memmap_add(map, &ram[i]), 0);
}

static void make_above(void)
{
	for (unsigned int i = 0; i < NR_ABOVE; i++) {
		uint64_t pages = 1 + rnd(NR_PAGES / 4);

		above[i] = (struct region){
			.name = "above",
			.kind = i ? REGION_DIRECT : REGION_HOLE,
			.ipa = somewhere(pages),
			.size = pages * PAGE_SIZE,
			.pa = PADDR((1 + i) * BIT(24)),
			.type = P2M_DEVICE,
			.attr = p2m_default_attr(P2M_DEVICE),
			.priority = 2,
			.disabled = true,
		};
		assert_int_equal(memmap_add(map, &above[i]), 0);
	}
	again = (struct region){
		.name = "again",
		.kind = REGION_ALIAS,
		.ipa = somewhere(ram_pages[2] - 4),
		.size = (ram_pages[2] - 4) * PAGE_SIZE,
		.target = &ram[2],
		.target_offset = 2 * PAGE_SIZE,
		.priority = 3,
		.disabled = true,
	};
	if (kind.direct) {
		assert_int_equal(memmap_add(map, &again), 0);
	}
}

static void start(void)
{
	host_setup(32);
	host_set_nr_cpus(2);
	p2m_init(40, 8);
	if (kind.hardware) {
		p2m_use_dirty_state();
	}
	p2m = p2m_create(DOMAIN, IPA_BITS, kind.direct, kind.pool);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	random_state = 20240511;
	shared_mfn = frame_alloc(0, FRAME_OWNER_XEN);
	arch_cache_clean_inval(mfn_to_ptr(shared_mfn), PAGE_SIZE);
	memset(written, 0, sizeof(written));
	for (unsigned int i = 0; i < NR_RAM; i++) {
		make_ram(i);
	}
	make_above();
	commit();
}

/* No reference and no memory is lost. */
static void finish(void)
{
	for (unsigned int i = 0; i < NR_PINS; i++) {
		if (pins[i].used) {
			frame_put(pins[i].mfn);
			pins[i].used = false;
		}
	}
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	for (unsigned int i = 0; i < NR_RAM; i++) {
		for (unsigned int n = 0; n < (i ? 64 : 1024); n++) {
			assert_int_equal(frame_refs(mfn_add(base[i], n)), 1);
		}
	}
	host_teardown();
}

/* As few table pages as there can be. */
static void empty_pool(void)
{
	kind.pool = 1;
	while (p2m_set_pool(p2m, kind.pool)) {
		kind.pool++;
	}
}

static void step(void)
{
	switch (rnd(32)) {
	case 0:
		change_ram();
		break;
	case 1:
		change_above();
		break;
	case 2:
		change_log();
		break;
	case 3:
	case 4:
		commit();
		break;
	case 5:
		share(gfn_at(rnd(NR_PAGES)));
		break;
	case 6:
	case 7:
	case 8:
		read_some();
		break;
	case 10:
		renew(&ram[0]);
		change_log();
		break;
	case 9:
		/* Mostly at one end, so that blocks stay elsewhere. */
		guest_changes(gfn_at(rnd(rnd(8) ? 256 : NR_PAGES)));
		break;
	default:
		guest_touches();
	}
}

static void run(struct kind how)
{
	kind = how;
	start();
	for (unsigned int n = 0; n < STEPS; n++) {
		step();
		if (!kind.exact && rnd(64) == 0) {
			empty_pool();
		}
	}
	commit();
	read_range(0, NR_PAGES, P2M_LOG_READ);
	finish();
}

static void write_protection(void **state)
{
	(void)state;
	run((struct kind){ .pool = 64, .exact = true });
}

static void hardware_dirty_state(void **state)
{
	(void)state;
	run((struct kind){ .hardware = true, .pool = 64, .exact = true });
}

static void ram_that_shows_twice(void **state)
{
	(void)state;
	run((struct kind){ .direct = true, .pool = 64, .exact = true });
	run((struct kind){
		.direct = true, .hardware = true, .pool = 64, .exact = true });
}

static void few_table_pages(void **state)
{
	(void)state;
	run((struct kind){ .pool = 5 });
	run((struct kind){ .hardware = true, .pool = 5 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_protection),
		cmocka_unit_test(hardware_dirty_state),
		cmocka_unit_test(ram_that_shows_twice),
		cmocka_unit_test(few_table_pages),
	};

	return cmocka_run_group_tests_name("dirty log", tests, NULL, NULL);
}
