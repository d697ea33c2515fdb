/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine pages as Xen's ABI has them: iomem_permission and memory_mapping of
 * dom0 for itself, dev_mmio in batches; and how a caller finds out whether
 * there is more than that.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/domctl.h>
#include <xen/errno.h>

#include <public/entresol.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "iomem.h"
#include "tap.h"

#define ADD    DPCI_ADD_MAPPING
#define REMOVE DPCI_REMOVE_MAPPING

/* A register of the real-time clock that is the same at every read. */
#define PL031_PERIPHID 0xfe0

static uint64_t hole; /* frames of the extended region, not populated */
static uint64_t rtc, flash, ram;

static long mapping(uint64_t gfn, uint64_t mfn, uint64_t nr, uint32_t word)
{
	return iomem_mapping(0, gfn, mfn, nr, word);
}

/* Whether the clock is at frame @gfn. */
static bool clock_at(uint64_t gfn)
{
	uint64_t want = 0, got = 0;

	return !probe_read((rtc << PAGE_SHIFT) + PL031_PERIPHID, 4, &want)
			.taken &&
	       !probe_read((gfn << PAGE_SHIFT) + PL031_PERIPHID, 4, &got)
			.taken &&
	       want == got;
}

static bool nothing_at(uint64_t gfn)
{
	return probe_read(gfn << PAGE_SHIFT, 4, NULL).taken;
}

static void add_and_remove(void)
{
	tap_is(mapping(hole, rtc, 1, ADD), 0, "add the clock");
	tap_ok(clock_at(hole), "it is there");
	tap_is(mapping(hole, rtc, 1, ADD), 0, "add it again");
	tap_is(mapping(hole + 1, rtc, 1, ADD), 0, "add it at a second frame");
	tap_ok(clock_at(hole + 1), "it is there too");
	tap_is(mapping(hole, rtc, 1, REMOVE), 0, "remove the first");
	tap_ok(nothing_at(hole), "it is gone");
	tap_ok(clock_at(hole + 1), "the second is not");
	tap_is(mapping(hole, rtc, 1, REMOVE), 0, "remove the first again");
	tap_is(mapping(hole + 1, rtc, 1, REMOVE), 0, "remove the second");
	tap_ok(clock_at(rtc), "the clock is where it was");
}

static void sizes(void)
{
	tap_is(mapping(hole, flash, 64, ADD), 0, "add 64 pages");
	tap_ok(!nothing_at(hole) && !nothing_at(hole + 63), "they are there");
	tap_is(mapping(hole + 8, flash + 8, 16, REMOVE), 0,
	       "remove 16 from the middle");
	tap_ok(!nothing_at(hole + 7) && nothing_at(hole + 8) &&
		       nothing_at(hole + 23) && !nothing_at(hole + 24),
	       "they are gone");
	tap_is(mapping(hole, flash, 64, REMOVE), 0, "remove all 64");
	tap_ok(nothing_at(hole) && nothing_at(hole + 63), "they are gone");
	/* Xen leaves it to the library to ask for less. */
	tap_either(mapping(hole, flash, 65, ADD), 0, -XEN_E2BIG,
		   "add 65 pages");
	mapping(hole, flash, 64, REMOVE);
	mapping(hole + 64, flash + 64, 1, REMOVE);
	tap_is(mapping(hole, flash, 0, ADD), -XEN_EINVAL, "add none");
	tap_is(mapping(hole, 0, 0, ADD), -XEN_EINVAL, "add none of frame 0");
	tap_is(mapping(hole, ~0UL, 2, ADD), -XEN_EINVAL, "machine frames wrap");
	tap_is(mapping(~0UL, flash, 2, ADD), -XEN_EINVAL, "guest frames wrap");
	tap_is(mapping(hole, 1UL << 36, 1, ADD), -XEN_EINVAL,
	       "a machine frame of more than 48 bits");
}

static void rights(void)
{
	tap_is(mapping(hole, ram, 1, ADD), -XEN_EPERM, "add RAM");
	tap_is(mapping(hole, ram, 1, REMOVE), -XEN_EPERM,
	       "remove something that is not dom0's");
	tap_is(iomem_mapping(77, hole, rtc, 1, ADD), -XEN_ESRCH,
	       "add to domain 77");
	tap_is(iomem_mapping(DOMID_SELF, hole, rtc, 1, ADD), -XEN_ESRCH,
	       "add to DOMID_SELF");
	tap_is(iomem_permission(77, rtc, 1, 1), -XEN_ESRCH,
	       "permit to domain 77");
	tap_is(iomem_permission(0, rtc, 1, 1), 0, "permit what dom0 has");
	tap_is(iomem_permission(0, ram, 1, 1), -XEN_EPERM, "permit RAM");
	tap_is(iomem_permission(0, rtc, 0, 1), -XEN_EINVAL, "permit none");
	tap_is(iomem_permission(0, rtc, ~0UL, 1), -XEN_EINVAL,
	       "permit 2^64 - 1 frames");
	tap_is(iomem_permission(0, rtc, 1, 0), 0, "deny the clock");
	tap_ok(clock_at(rtc), "it is still where it was");
	tap_is(mapping(hole, rtc, 1, ADD), -XEN_EPERM, "add it");
	tap_is(dev_mmio(hole, rtc, 1, 0), 0, "add it as dev_mmio");
	tap_ok(nothing_at(hole), "that maps nothing");
	tap_is(iomem_permission(0, rtc, 1, 1), -XEN_EPERM,
	       "and it cannot be permitted again");
}

/* A clean probe: the answers before and after the extension. */
static void probes(void)
{
	tap_either(hypercall2(ENTRESOL_HYPERCALL, ENTRESOL_version, 0),
		   ENTRESOL_VERSION, -XEN_ENOSYS, "ENTRESOL_version");
	tap_either(dev_mmio(hole, flash, 1, ENTRESOL_ATTR_DEVICE_NGNRNE), 0,
		   -XEN_EOPNOTSUPP, "dev_mmio, a selector");
	tap_either(dev_mmio(hole, flash, 1, 0xff), -XEN_EINVAL, -XEN_EOPNOTSUPP,
		   "dev_mmio, no selector");
	tap_is(dev_mmio(hole, flash, 1, 0), 0, "dev_mmio, nothing selected");
}

static uint64_t frame_of(const char *compatible)
{
	struct span s;

	if (!board_find(compatible, &s)) {
		tap_bail("no %s", compatible);
	}
	return s.base >> PAGE_SHIFT;
}

void guest_main(void)
{
	hole = (board.region[1].base >> PAGE_SHIFT) + 0x800;
	rtc = frame_of("arm,pl031");
	flash = frame_of("cfi-flash");
	ram = (uint64_t)ram_take(PAGE_SIZE, PAGE_SIZE) >> PAGE_SHIFT;

	add_and_remove();
	sizes();
	rights();
	probes();
}
