/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to maps of running domains: ROM-devices that are written to,
 * handlers that change the map, and parts that become hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "domain/epoch.h"
#include "domain/later.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/internal.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define DOMAIN	 1
#define IPA_BITS 36
#define BUS	 UINT64_C(0x8000000)

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpu;

static int setup(void **state)
{
	(void)state;
	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, false, 64);
	assert_non_null(p2m);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	vcpu = (struct vcpu){ .work = 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

static void add(struct region *r)
{
	assert_int_equal(memmap_add(map, r), 0);
}

static void commit(void)
{
	assert_int_equal(memmap_commit(map), 0);
	host_check_no_stale(&root);
}

static struct p2m_entry entry_at(uint64_t ipa)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(IPA(ipa)));

	p2m_unlock(l);
	return e;
}

static enum mmio_result write_at(uint64_t ipa, uint64_t data)
{
	struct mmio_access a = { .size = 4, .write = true, .data = data };

	return memmap_access(map, &vcpu, IPA(ipa), &a);
}

static enum mmio_result read_at(uint64_t ipa)
{
	struct mmio_access a = { .size = 4 };

	return memmap_access(map, &vcpu, IPA(ipa), &a);
}

/* ------------------------------------------------------------- ROM-devices */

static uint64_t written_at, written;

static enum mmio_result flash(struct vcpu *v, void *opaque,
			      struct mmio_access *a)
{
	(void)v;
	(void)opaque;
	written_at = a->offset;
	written = a->write ? a->data : 0;
	return MMIO_OK;
}

/* Reads and fetches are direct; what faults for another reason tries again. */
static void rom_device_takes_writes(void **state)
{
	static const struct region_ops ops = {
		.name = "flash",
		.access = flash,
		.valid_sizes = 0xf,
	};
	mfn_t mfn = frame_alloc(0, DOMAIN);
	struct region rom = {
		.name = "flash",
		.kind = REGION_ROM_DEVICE,
		.ipa = IPA(BUS),
		.pa = mfn_to_paddr(mfn),
		.size = PAGE_SIZE,
		.type = P2M_RAM_RO,
		.attr = p2m_default_attr(P2M_RAM_RO),
		.ops = &ops,
	};

	(void)state;
	add(&rom);
	commit();
	assert_int_equal(entry_at(BUS).mfn.v, mfn.v);
	assert_false(entry_at(BUS).attr.perm & S2_W);
	assert_int_equal(write_at(BUS + 0x555, 0xaa), MMIO_ABORT);
	assert_int_equal(write_at(BUS + 0x554, 0xaa), MMIO_OK);
	assert_int_equal(written_at, 0x554);
	assert_int_equal(written, 0xaa);
	assert_int_equal(read_at(BUS + 0x554), MMIO_NOTHING);
	assert_int_equal(write_at(BUS + PAGE_SIZE, 0xaa), MMIO_NOTHING);
	memmap_del(map, &rom);
	commit();
	assert_int_equal(write_at(BUS + 0x554, 0xaa), MMIO_NOTHING);
}

/* ------------------------------------------- a PCI BAR that is programmed */

static struct region config, bar;
static unsigned int nr_turns;

/* The device is looked up again: it might be gone. */
static int move_bar(struct vcpu *v, uint64_t to)
{
	int rc;

	assert_ptr_equal(v, &vcpu);
	/* Outside of the section in which the handler was called. */
	assert_false(epochs[arch_this_cpu()].count & 1);
	if (bar.parent && bar.ipa.v != to && memmap_move(map, &bar, IPA(to))) {
		return 0;
	}
	nr_turns++;
	rc = memmap_commit_by(map, v);
	assert_true(!rc || rc == -XEN_ERESTART);
	return rc;
}

static enum mmio_result config_access(struct vcpu *v, void *opaque,
				      struct mmio_access *a)
{
	(void)opaque;
	assert_true(epochs[arch_this_cpu()].count & 1);
	vcpu_later(v, move_bar, a->data);
	return MMIO_OK;
}

/* As the way out of the hypervisor does. */
static void way_out(void)
{
	while (__atomic_exchange_n(&vcpu.work, 0, __ATOMIC_RELAXED)) {
		vcpu_do_later(&vcpu);
	}
}

static void a_handler_moves_a_region(void **state)
{
	static const struct region_ops ops = {
		.name = "config",
		.access = config_access,
		.valid_sizes = 4,
	};

	(void)state;
	config = (struct region){
		.name = "config",
		.kind = REGION_EMULATED,
		.ipa = IPA(BUS),
		.size = PAGE_SIZE,
		.ops = &ops,
	};
	bar = (struct region){
		.name = "bar",
		.kind = REGION_DIRECT,
		.ipa = IPA(BUS + 16 * PAGE_SIZE),
		.pa = PADDR(BUS),
		.size = 4 * PAGE_SIZE,
		.type = P2M_DEVICE,
		.attr = p2m_default_attr(P2M_DEVICE),
	};
	add(&config);
	add(&bar);
	commit();
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t to = BUS + (32 + 16 * i) * PAGE_SIZE;

		map->transit.turn = i ? 1 : BUDGET_TURN;
		nr_turns = 0;
		assert_int_equal(write_at(BUS, to), MMIO_OK);
		/* It has not moved yet, and the guest is not there yet. */
		assert_int_equal(entry_at(to).type, P2M_INVALID);
		assert_int_equal(vcpu.work, WORK_LATER);
		way_out();
		assert_int_equal(entry_at(to).type, P2M_DEVICE);
		assert_int_equal(entry_at(to - 16 * PAGE_SIZE).type,
				 P2M_INVALID);
		assert_true(i ? nr_turns > 1 : nr_turns == 1);
	}
}

/* ------------------------------------------------------- what is hidden */

static char told[512];

static void note_hidden(void *arg, const struct hidden *h)
{
	size_t len = strlen(told);

	assert_ptr_equal(arg, told);
	snprintf(told + len, sizeof(told) - len, "%s %llx+%llx by %s;",
		 h->region->name,
		 (unsigned long long)(h->ipa.v - BUS) >> PAGE_SHIFT,
		 (unsigned long long)h->size >> PAGE_SHIFT,
		 h->by ? h->by->name : "a hole");
}

static const struct memmap_owner owner = { .hidden = note_hidden };

static void check_told(const char *what)
{
	commit();
	assert_string_equal(told, what);
	told[0] = '\0';
}

static struct region device(const char *name, uint64_t page, uint64_t pages,
			    int priority)
{
	return (struct region){
		.name = name,
		.kind = REGION_DIRECT,
		.ipa = IPA(BUS + page * PAGE_SIZE),
		.pa = PADDR(BUS + page * PAGE_SIZE),
		.size = pages * PAGE_SIZE,
		.priority = priority,
		.type = P2M_DEVICE,
		.attr = p2m_default_attr(P2M_DEVICE),
	};
}

static void a_commit_tells_what_it_hides(void **state)
{
	struct region low = device("low", 0, 16, 0);
	struct region mid = device("mid", 4, 4, 1);
	struct region high = device("high", 6, 8, 2);
	struct region hole = device("hole", 0, 2, 3);
	struct region box = { .name = "box",
			      .kind = REGION_CONTAINER,
			      .ipa = IPA(BUS),
			      .size = 64 * PAGE_SIZE };

	(void)state;
	hole.kind = REGION_HOLE;
	memmap_set_owner(map, &owner, told);
	told[0] = '\0';
	add(&box);
	assert_int_equal(memmap_add_to(map, &box, &low), 0);
	low.ipa.v = 0;
	assert_int_equal(memmap_move(map, &low, IPA(0)), 0);
	add(&mid);
	/* The first view is for its builder to print. */
	check_told("");
	add(&high);
	check_told("mid 6+2 by high;low 8+6 by high;");
	add(&hole);
	check_told("low 0+2 by a hole;");
	check_told("");
	/* Nothing new is hidden by a change of attributes, or what comes to
	 * light. */
	assert_int_equal(
		memmap_set_attr(map, &high,
				(struct s2_attr){ S2_DEVICE_NGNRE, S2_R }),
		0);
	memmap_del(map, &hole);
	check_told("");
	/* By another than before. */
	memmap_set_disabled(map, &high, true);
	check_told("");
	memmap_set_disabled(map, &high, false);
	check_told("mid 6+2 by high;low 8+6 by high;");
	/* One that comes below others, and with a container. */
	memmap_del(map, &mid);
	check_told("");
	add(&mid);
	check_told("low 4+2 by mid;mid 6+2 by high;");
	assert_int_equal(memmap_move(map, &box, IPA(BUS + PAGE_SIZE)), 0);
	check_told("low 4+2 by mid;low 6+8 by high;");
	/* It moves, and is hidden where it was as well: told once. */
	memmap_set_disabled(map, &high, true);
	check_told("");
	memmap_set_disabled(map, &high, false);
	assert_int_equal(memmap_move(map, &box, IPA(BUS)), 0);
	check_told("mid 6+2 by high;low 4+2 by mid;low 6+8 by high;");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rom_device_takes_writes),
		CASE(a_handler_moves_a_region),
		CASE(a_commit_tells_what_it_hides),
	};

	return cmocka_run_group_tests_name("memmap at run time", tests, NULL,
					   NULL);
}
