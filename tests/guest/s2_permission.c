/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of stage 2 that are the guest's own: each becomes the architectural
 * abort, with the address it is about, and none is taken twice (R2.8).
 *
 * Xen 4.17 takes the write through a read-only grant for ever, so this guest
 * runs on Entresol alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/grant_table.h>
#include <xen/memory.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "mmu.h"
#include "tap.h"

#define REF    8u
#define WALKED (301UL << 30)

static void is_abort(const char *what, const struct fault *f, uint64_t far,
		     unsigned int ec)
{
	tap_ok(f->taken && ESR_EC(f->esr) == ec, "%s: taken", what);
	tap_ok(f->far == far, "%s: its address", what);
	tap_note("%s: %s, status 0x%02x", what, fault_name(f), ESR_FSC(f->esr));
}

static void holes(void)
{
	uint64_t hole = board.region[1].base;
	struct fault f = probe_read(hole + 8, 8, NULL);

	is_abort("read of a hole", &f, hole + 8, EC_DABORT);
	tap_ok(!(f.esr >> 6 & 1), "read of a hole: it is no write");
	f = probe_write(hole + 16, 4, 0);
	is_abort("write to a hole", &f, hole + 16, EC_DABORT);
	tap_ok(f.esr >> 6 & 1, "write to a hole: it is a write");
	mmu_map(hole & ~(MIB(2) - 1), hole & ~(MIB(2) - 1), MIB(2), MMU_NORMAL);
	f = probe_exec(hole + 32);
	is_abort("code in a hole", &f, hole + 32, EC_IABORT);
}

static void readonly_grant(void)
{
	volatile grant_entry_v1_t *table = (void *)board.region[0].base;
	uint64_t *page = ram_take(PAGE_SIZE, PAGE_SIZE);
	volatile uint64_t *at = ram_take(PAGE_SIZE, PAGE_SIZE);
	struct gnttab_map_grant_ref map = {
		.host_addr = (uint64_t)at,
		.flags = GNTMAP_host_map | GNTMAP_readonly,
		.ref = REF,
	};
	struct fault f;

	*page = 0x1234;
	if (physmap_add(XENMAPSPACE_grant_table, 0,
			board.region[0].base >> PAGE_SHIFT) ||
	    balloon_out((void *)at)) {
		tap_bail("cannot set up the grant");
	}
	table[REF].frame = (uint32_t)gfn_of(page);
	dsb();
	table[REF].flags = GTF_permit_access;
	grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
	tap_number(map.status, GNTST_okay, "map a grant read-only");
	tap_is((long)*at, 0x1234, "read through it");
	f = probe_write((uint64_t)at, 8, 0x5678);
	is_abort("write through it", &f, (uint64_t)at, EC_DABORT);
	tap_is((long)*page, 0x1234, "the page is unchanged");
	f = probe_exec((uint64_t)at);
	is_abort("code through it", &f, (uint64_t)at, EC_IABORT);
}

static struct span flash;

static void device_code(void)
{
	struct fault f;

	if (!board_find("cfi-flash", &flash)) {
		tap_bail("no flash");
	}
	mmu_map(flash.base + MIB(2), flash.base + MIB(2), MIB(2), MMU_NORMAL);
	f = probe_read(flash.base + MIB(2), 4, NULL);
	tap_ok(!f.taken, "read a device");
	f = probe_exec(flash.base + MIB(2));
	is_abort("code in a device", &f, flash.base + MIB(2), EC_IABORT);
}

/* A stage-1 table that lies where none may: one abort each time, never a
 * fault that comes back for ever (R2.8). */
static void walks(uint64_t table, const char *what)
{
	struct mmu_table *root = mmu_copy_root();
	struct fault f;

	root->entry[WALKED >> 30] = table | 3;
	dsb();
	mmu_use(root, 1);
	tlb_flush_all();
	f = probe_read(WALKED, 8, NULL);
	is_abort(what, &f, WALKED, EC_DABORT);
	tap_note("%s: status of a walk: %s", what,
		 (ESR_FSC(f.esr) & 0x3c) == 0x14 ? "yes" : "no");
	f = probe_write(WALKED, 8, 0);
	tap_ok(f.taken, "%s: again, writing", what);
}

/* Forms whose syndrome says nothing: still one abort, at the right address. */
static void without_syndrome(void)
{
	uint64_t hole = board.region[1].base;
	struct fault f;

	fault_expect(&f);
	__asm__ volatile("ldp x0, x1, [%0]"
			 :
			 : "r"(hole)
			 : "x0", "x1", "memory");
	fault_done();
	is_abort("pair in a hole", &f, hole, EC_DABORT);
	fault_expect(&f);
	__asm__ volatile("mov x2, %0; ldr x0, [x2], #8"
			 :
			 : "r"(hole)
			 : "x0", "x2", "memory");
	fault_done();
	is_abort("post-index in a hole", &f, hole, EC_DABORT);
	fault_expect(&f);
	__asm__ volatile("ldxr x0, [%0]" : : "r"(hole) : "x0", "memory");
	fault_done();
	is_abort("exclusive in a hole", &f, hole, EC_DABORT);
	fault_expect(&f);
	__asm__ volatile("dc zva, %0" : : "r"(hole) : "memory");
	fault_done();
	is_abort("dc zva in a hole", &f, hole, EC_DABORT);
	fault_expect(&f);
	__asm__ volatile("prfm pldl1keep, [%0]" : : "r"(hole) : "memory");
	fault_done();
	tap_ok(!f.taken, "a prefetch of a hole is nothing");
}

void guest_main(void)
{
	holes();
	readonly_grant();
	device_code();
	walks(board.region[1].base, "walk through a hole");
	walks(board.gicd.base, "walk through an emulated device");
	walks(flash.base + MIB(4), "walk through a device");
	without_syndrome();
}
