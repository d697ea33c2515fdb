/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CPU commits, the others access what is in the map at that moment. Built
 * with ThreadSanitizer: the view and the regions in it must never be read
 * after the commit that took them away has returned.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/bits.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define READERS	 3
#define SLOTS	 8
#define COMMITS	 3000
#define BUS	 UINT64_C(0x8000000)
#define SLOT_GAP UINT64_C(0x10000)

/* What stands behind an emulated region; gone means gone. */
struct device {
	uint64_t alive;
	uint64_t slot;
};

static struct memmap *map;
static struct device devices[SLOTS];
static bool done;
static unsigned int wrong;
static unsigned int nr_accesses;

static enum mmio_result handler(struct vcpu *v, void *opaque,
				struct mmio_access *a)
{
	const struct device *dev = opaque;

	(void)v;
	/* Plain reads: a device that is being taken away is a data race. */
	a->data = dev->alive ? dev->slot : ~UINT64_C(0);
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "device",
	.access = handler,
	.valid_sizes = 4,
};

static void *reader(void *arg)
{
	struct vcpu vcpu = { .cpu = (uintptr_t)arg };

	host_set_cpu(vcpu.cpu);
	for (unsigned int i = 0; !__atomic_load_n(&done, __ATOMIC_RELAXED);
	     i++) {
		struct mmio_access a = { .size = 4 };
		uint64_t slot = i % SLOTS;
		ipa_t ipa = IPA(BUS + slot * SLOT_GAP);

		if (memmap_access(map, &vcpu, ipa, &a) == MMIO_OK) {
			__atomic_fetch_add(&nr_accesses, 1, __ATOMIC_RELAXED);
			if (a.data != slot) {
				__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
			}
		}
		if (i % 64 == 0) {
			arch_relax();
		}
	}
	return NULL;
}

static void make_device(struct region *r, unsigned int slot)
{
	devices[slot] = (struct device){ .alive = 1, .slot = slot };
	*r = (struct region){
		.name = "device",
		.ipa = IPA(BUS + slot * SLOT_GAP),
		.size = PAGE_SIZE,
		.kind = REGION_EMULATED,
		.ops = &ops,
		.opaque = &devices[slot],
	};
	assert_int_equal(memmap_add(map, r), 0);
}

/* Every other commit takes a device away, and its memory is used again. */
static void commit_all_the_time(void)
{
	static struct region regions[SLOTS];
	static bool there[SLOTS];

	for (unsigned int i = 0; i < COMMITS; i++) {
		unsigned int slot = (i * 5 + i / 7) % SLOTS;

		if (there[slot]) {
			memmap_del(map, &regions[slot]);
		} else {
			make_device(&regions[slot], slot);
		}
		assert_int_equal(memmap_commit(map), 0);
		if (there[slot]) {
			devices[slot].alive = 0;
			memset(&regions[slot], 0xff, sizeof(regions[slot]));
		}
		there[slot] = !there[slot];
		arch_relax();
	}
}

static void readers_see_whole_views(void **state)
{
	pthread_t threads[READERS];
	struct p2m *p2m;

	(void)state;
	host_setup(64);
	host_set_nr_cpus(READERS + 1);
	p2m_init(40, 8);
	p2m = p2m_create(1, 36, false, 64);
	assert_non_null(p2m);
	map = memmap_create(p2m);
	assert_non_null(map);
	for (uintptr_t i = 0; i < READERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, reader,
						(void *)(i + 1)),
				 0);
	}
	commit_all_the_time();
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(wrong, 0);
	assert_true(nr_accesses > 0);
	memmap_destroy(map);
	p2m_destroy(p2m);
	host_teardown();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_whole_views),
	};

	return cmocka_run_group_tests_name("memmap threads", tests, NULL, NULL);
}
