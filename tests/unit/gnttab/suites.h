/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the grant tables' test program, one file each, and what they
 * share. domu grants, dom0 uses, unless a test says otherwise.
 */
#ifndef TEST_GNTTAB_SUITES_H
#define TEST_GNTTAB_SUITES_H

#include <stdint.h>

#include <xen/grant_table.h>

#include "../support/guest.h"

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite copy_suite;
extern const struct suite flush_suite;
extern const struct suite map_suite;
extern const struct suite order_suite;
extern const struct suite race_suite;
extern const struct suite table_suite;

int gnttab_setup(void **state);
int gnttab_teardown(void **state);
#define GNTTAB_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, gnttab_setup, gnttab_teardown)

#define NO_DOMAIN 77
/* Gfns where dom0 has nothing, for what it maps. */
#define SPARE(n) (HWDOM_RAM + TEST_RAM_SIZE + (n)*PAGE_SIZE)

/* GNTTABOP_@name of @nr elements by vCPU 0 of @g, in and out of @arg. */
#define GT(g, name, arg, nr) \
	gt_call(&(g), GNTTABOP_##name, (arg), sizeof(*(arg)) * (nr), (nr))
int64_t gt_call(const struct guest *g, unsigned int op, void *arg, size_t size,
		uint64_t nr);

/* The guest's entry, as the guest sees it. */
grant_entry_v1_t *entry(const struct guest *g, grant_ref_t ref);
/* Grant page @page of @g's RAM to domain @to. */
void grant(const struct guest *g, grant_ref_t ref, domid_t to,
	   unsigned int page, uint16_t flags);
/* Page @page of @g's RAM: contents, and references on it. */
void *page_of(const struct guest *g, unsigned int page);
mfn_t mfn_of(const struct guest *g, unsigned int page);
uint32_t refs_of(const struct guest *g, unsigned int page);

/* One map by dom0 of @ref of @dom at @addr. Returns the status. */
struct gnttab_map_grant_ref map(uint64_t addr, uint32_t flags, grant_ref_t ref,
				domid_t dom);
/* The same, which succeeds. Returns the handle. */
grant_handle_t map_ok(uint64_t addr, uint32_t flags, grant_ref_t ref);
int unmap(uint64_t addr, grant_handle_t handle);

/* Domains stopped since the setup, and the last of them. */
unsigned int nr_stopped(void);
const struct domain *last_stopped(void);

/* The @nth update of a shared word fails; 0: none. See tests/unit/evtchn. */
void word_unstable_at(unsigned int nth);
/* Single attempts fail as long as it is on. */
void swaps_unstable(bool on);
/* Called before the bits of a shared word are cleared. */
void on_clear(void (*fn)(void));
/* The @nth heap_alloc(), frame_alloc(), p2m_map(), p2m_unmap() fails, 1 is the
 * next. */
void heap_fail(unsigned int nth);
void frame_fail(unsigned int nth);
void p2m_map_fail(unsigned int nth);
void p2m_unmap_fail(unsigned int nth);

#endif
