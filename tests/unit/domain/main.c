/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains: made and ended, guest copies, time, requests, rights. */
#include "../support/guest.h"

#include <string.h>

#include <xen/vcpu.h>

#include <arch/cpu.h>
#include <arch/map.h>

#include "domain/domain.h"
#include "domain/epoch.h"
#include "domain/guestcopy.h"
#include "domain/life.h"
#include "domain/right.h"
#include "domain/time.h"
#include "domain/vcpu.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/memmap.h"
#include "p2m/p2m.h"

#define NS	UINT64_C(1000000000)
#define DEVICE	UINT64_C(0x9000000)
#define PATTERN 0x5a

/* ------------------------------------------------- allocation that fails */

/* The linker sends calls of these in other files here. */
void *__real_heap_alloc(size_t size);
void *__wrap_heap_alloc(size_t size);
mfn_t __real_frame_alloc(unsigned int order, uint16_t owner);
mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner);

static unsigned int fail_after = ~0u;

static bool fails_now(void)
{
	return fail_after != ~0u && fail_after-- == 0;
}

/* Not 0: another CPU sets the clock, a second on at each allocation. */
static uint64_t clock;

void *__wrap_heap_alloc(size_t size)
{
	if (clock) {
		time_set_wallclock(++clock, 0, 0);
	}
	return fails_now() ? NULL : __real_heap_alloc(size);
}

mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner)
{
	return fails_now() ? MFN_INVALID : __real_frame_alloc(order, owner);
}

/* XSA-181 and kin: whatever is missing, what was made is undone. */
static void creation_may_fail_anywhere(void **state)
{
	unsigned int steps = 0;

	(void)state;
	machine_start();
	for (;; steps++) {
		struct domain *d;

		fail_after = steps;
		d = domain_create(5, false, TEST_IPA_BITS, 3);
		if (d) {
			fail_after = ~0u;
			domain_destroy(d);
			break;
		}
		assert_int_equal(fail_after, ~0u);
		assert_int_equal(heap_in_use(), 0);
		assert_null(domain_next(NULL));
	}
	/* At least: domain, p2m, tables, shared info, vCPUs. */
	assert_true(steps > 10);
	machine_stop();
}

/* ------------------------------------------------------------- the table */

static void domains_by_id(void **state)
{
	struct domain *d[3];
	const domid_t ids[] = { 7, 3, 5 };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		d[i] = domain_create(ids[i], false, TEST_IPA_BITS, 1);
		assert_non_null(d[i]);
	}
	for (unsigned int i = 0; i < 3; i++) {
		assert_ptr_equal(domain_by_id(dom0.d, ids[i]), d[i]);
	}
	assert_ptr_equal(domain_by_id(dom0.d, DOMID_SELF), dom0.d);
	assert_ptr_equal(domain_by_id(d[0], DOMID_SELF), d[0]);
	assert_ptr_equal(domain_by_id(d[0], 0), dom0.d);
	assert_null(domain_by_id(dom0.d, 2));
	assert_null(domain_by_id(dom0.d, 4));
	assert_null(domain_by_id(dom0.d, 8));
	assert_null(domain_by_id(dom0.d, DOMID_XEN));
	assert_null(domain_by_id(dom0.d, DOMID_IO));
	assert_null(domain_by_id(dom0.d, DOMID_INVALID));
	assert_ptr_equal(domain_next(dom0.d), domu.d);
	assert_ptr_equal(domain_next(domu.d), d[1]);
	assert_null(domain_next(d[0]));
	domain_destroy(d[2]);
	assert_null(domain_by_id(dom0.d, 5));
	assert_ptr_equal(domain_next(d[1]), d[0]);
	domain_destroy(d[0]);
	domain_destroy(d[1]);
	assert_null(domain_next(domu.d));
}

static void vcpus_by_id(void **state)
{
	(void)state;
	assert_ptr_equal(domain_vcpu(dom0.d, 0), dom0.d->vcpu[0]);
	assert_ptr_equal(domain_vcpu(dom0.d, 1), dom0.d->vcpu[1]);
	assert_null(domain_vcpu(dom0.d, 2));
	assert_null(domain_vcpu(dom0.d, MAX_VCPUS));
	assert_null(domain_vcpu(dom0.d, UINT32_MAX));
}

static void rights(void **state)
{
	(void)state;
	assert_int_equal(right_check(dom0.d, RIGHT_OWN, domu.d), 0);
	assert_int_equal(right_check(dom0.d, RIGHT_CONTROL, domu.d), 0);
	assert_int_equal(right_check(dom0.d, RIGHT_CONTROL, NULL), 0);
	assert_int_equal(right_check(domu.d, RIGHT_OWN, domu.d), 0);
	assert_int_equal(right_check(domu.d, RIGHT_OWN, dom0.d), -XEN_EPERM);
	assert_int_equal(right_check(domu.d, RIGHT_CONTROL, domu.d),
			 -XEN_EPERM);
	assert_int_equal(right_check(domu.d, RIGHT_CONTROL, NULL), -XEN_EPERM);
}

/* ----------------------------------------------------------- guest copies */

static void copies_of_all_sizes(void **state)
{
	static uint8_t in[3 * PAGE_SIZE], out[3 * PAGE_SIZE];
	const size_t sizes[] = { 1,  2,	   7,	 8,    9,    63,   64,
				 65, 4095, 4096, 4097, 8192, 8193, 12000 };

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = i * 7 + i / 256;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (unsigned int shift = 0; shift < 9; shift += 4) {
			gva_t at = GVA(guest_page(&dom0, 4) - shift);
			size_t n = sizes[i];

			memset(guest_at(&dom0, at.v), PATTERN, n + 1);
			memset(out, PATTERN, sizeof(out));
			assert_int_equal(guest_write(self, at, in, n), 0);
			assert_int_equal(guest_read(self, out, at, n), 0);
			assert_memory_equal(out, in, n);
			assert_int_equal(out[n], PATTERN);
			assert_int_equal(*(uint8_t *)guest_at(&dom0, at.v + n),
					 PATTERN);
		}
	}
}

static void copies_of_nothing(void **state)
{
	const uint64_t at[] = { 0, NO_RAM, ~UINT64_C(0), dom0.ram };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(guest_read(self, NULL, GVA(at[i]), 0), 0);
		assert_int_equal(guest_write(self, GVA(at[i]), NULL, 0), 0);
	}
}

static int try_read(uint64_t at, size_t len)
{
	static uint8_t buf[2 * PAGE_SIZE];

	return guest_read(self, buf, GVA(at), len);
}

static int try_write(uint64_t at, size_t len)
{
	static uint8_t buf[2 * PAGE_SIZE];

	return guest_write(self, GVA(at), buf, len);
}

/* XSA-29: addresses that wrap, are no one's, or of no RAM. */
static void bad_addresses(void **state)
{
	static struct region device = {
		.name = "device@9000000",
		.ipa = { DEVICE },
		.pa = { DEVICE },
		.size = PAGE_SIZE,
		.kind = REGION_DIRECT,
		.type = P2M_DEVICE,
		.attr = { S2_DEVICE_NGNRE, S2_RW },
	};
	const uint64_t bad[] = {
		0,	 NO_RAM,  DEVICE,  0x8000000, /* emulated */
		BIT(47), BIT(48), BIT(63), ~UINT64_C(0), ~UINT64_C(0) - 4095,
	};

	(void)state;
	assert_int_equal(memmap_add(dom0.d->memmap, &device), 0);
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(try_read(bad[i], 8), -XEN_EFAULT);
		assert_int_equal(try_write(bad[i], 8), -XEN_EFAULT);
		assert_int_equal(try_read(bad[i], 5000), -XEN_EFAULT);
		assert_int_equal(try_write(bad[i], 5000), -XEN_EFAULT);
	}
}

/* The last page and the first one are no neighbours. */
static void addresses_do_not_wrap(void **state)
{
	const uint64_t last = ~UINT64_C(0) - PAGE_SIZE + 1;

	(void)state;
	host_s1_map(GVA(last), IPA(guest_page(&dom0, 5)), S2_RW);
	host_s1_map(GVA(0), IPA(guest_page(&dom0, 6)), S2_RW);
	assert_int_equal(try_read(last + PAGE_SIZE - 8, 8), 0);
	assert_int_equal(try_read(0, 8), 0);
	assert_int_equal(try_read(last + PAGE_SIZE - 8, 16), -XEN_EFAULT);
	assert_int_equal(try_write(last + PAGE_SIZE - 8, 16), -XEN_EFAULT);
	assert_int_equal(try_write(last, PAGE_SIZE + 8), -XEN_EFAULT);
}

/* XSA-98: what the guest may not write, is not written for it. */
static void read_only_pages(void **state)
{
	uint64_t page = guest_page(&dom0, 5);
	uint64_t ro = guest_page(&dom0, 6);
	struct p2m_locked l;

	(void)state;
	host_s1_map(GVA(page), IPA(page), S2_R);
	assert_int_equal(try_read(page, 8), 0);
	assert_int_equal(try_write(page, 8), -XEN_EFAULT);
	assert_int_equal(try_write(page - 8, 16), -XEN_EFAULT);

	/* At stage 2, and whoever finds out: hardware or the p2m. */
	l = p2m_lock(dom0.d->p2m);
	assert_int_equal(
		p2m_map(l, GFN(ro >> 12), MFN(ro >> 12), 1, p2m_as(P2M_RAM_RO)),
		0);
	p2m_unlock(l);
	memset(guest_at(&dom0, ro), PATTERN, 8);
	assert_int_equal(try_read(ro, 8), 0);
	assert_int_equal(try_write(ro, 8), -XEN_EFAULT);
	host_translate_fail(1);
	assert_int_equal(try_read(ro, 8), 0);
	host_translate_fail(1);
	assert_int_equal(try_write(ro, 8), -XEN_EFAULT);
	assert_int_equal(*(uint8_t *)guest_at(&dom0, ro), PATTERN);
	l = p2m_lock(dom0.d->p2m);
	assert_int_equal(
		p2m_map(l, GFN(ro >> 12), MFN(ro >> 12), 1, p2m_as(P2M_RAM_RW)),
		0);
	p2m_unlock(l);
}

/* While a descriptor is being broken, hardware finds nothing. */
static void translation_fails_for_a_moment(void **state)
{
	uint64_t value = 0x1234, back = 0;
	gva_t at = GVA(guest_page(&dom0, 4));

	(void)state;
	host_translate_fail(1);
	assert_int_equal(guest_write(self, at, &value, sizeof(value)), 0);
	host_translate_fail(1);
	assert_int_equal(guest_read(self, &back, at, sizeof(back)), 0);
	assert_int_equal(back, value);
	/* Stage 1 says no, whatever the p2m holds. */
	host_s1_map(at, IPA(at.v), 0);
	host_translate_fail(1);
	assert_int_equal(guest_read(self, &back, at, sizeof(back)),
			 -XEN_EFAULT);
	/* Another page now: nothing is remembered from the last copy. */
	host_s1_map(at, IPA(at.v + PAGE_SIZE), S2_RW);
	*(uint64_t *)guest_at(&dom0, at.v + PAGE_SIZE) = 77;
	assert_int_equal(guest_read(self, &back, at, sizeof(back)), 0);
	assert_int_equal(back, 77);
}

static void pages_to_keep(void **state)
{
	uint64_t gfn = guest_page(&dom0, 8) >> 12;
	mfn_t mfn;

	(void)state;
	assert_int_equal(guest_page_get(self, GFN(gfn), &mfn), 0);
	assert_int_equal(mfn.v, gfn);
	assert_int_equal(frame_refs(mfn), 2);
	frame_put(mfn);
	assert_int_equal(guest_page_get(self, GFN(0x8000), &mfn), -XEN_EINVAL);
	assert_int_equal(guest_page_get(self, GFN_INVALID, &mfn), -XEN_EINVAL);
	assert_int_equal(guest_page_get(self, GFN(BIT(52) | gfn), &mfn),
			 -XEN_EINVAL);
}

/* ---------------------------------------------------------- epochs, one CPU */

static void epochs_are_not_nested(void **state)
{
	(void)state;
	epoch_wait();
	assert_true(HOST_BUGS(epoch_leave(3)));
	epoch_enter(3);
	assert_true(HOST_BUGS(epoch_enter(3)));
	epoch_leave(3);
	epoch_wait();
}

/* ------------------------------------------------------------------- time */

static void time_converts(void **state)
{
	uint64_t hz = arch_counter_hz();
	const uint64_t ns[] = { 0,  1,	    15,		16,	      NS - 1,
				NS, NS + 1, 86400 * NS, 1000 * NS + 7 };

	(void)state;
	assert_int_equal(time_at(1000), 0);
	assert_int_equal(time_at(1000 + hz), NS);
	assert_int_equal(time_ticks_to_ns(hz * 1000000000 + 1),
			 NS * 1000000000 + NS / hz);
	for (unsigned int i = 0; i < ARRAY_SIZE(ns); i++) {
		uint64_t counter = time_to_counter(ns[i]);

		/* The first tick that is not before. */
		assert_true(time_at(counter) >= ns[i]);
		assert_true(counter == 1000 || time_at(counter - 1) < ns[i]);
	}
	assert_int_equal(time_to_counter(~UINT64_C(0)),
			 UINT64_C(1152921504606847976));
	(void)hz;
}

/* A clock that is set while a domain is made reaches it too. */
static void clock_set_meanwhile(void **state)
{
	struct domain *d;

	(void)state;
	clock = 1000;
	d = domain_create(7, false, TEST_IPA_BITS, 1);
	assert_non_null(d);
	assert_true(clock > 1000);
	assert_int_equal(d->shared_info->wc_sec, clock);
	assert_int_equal(d->shared_info->wc_version % 2, 0);
	clock = 0;
	domain_destroy(d);
}

static void runstates_add_up(void **state)
{
	struct vcpu_runstate_info info;
	uint64_t hz = arch_counter_hz();
	uint64_t now = 1000;

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		now += hz * (i % 4 + 1);
		runstate_change(self, i % 4, now);
	}
	runstate_get(self, &info);
	assert_int_equal(info.state, 3);
	assert_int_equal(info.state_entry_time, 100 * NS);
	assert_int_equal(info.time[0] + info.time[1] + info.time[2] +
				 info.time[3],
			 100 * NS);
	assert_int_equal(info.time[0], 20 * NS);
}

/* -------------------------------------------------------------- requests */

static void requests_kick_who_runs_elsewhere(void **state)
{
	struct vcpu *v = dom0.d->vcpu[1];

	(void)state;
	host_set_nr_cpus(2);
	host_take_kicks(0);
	host_take_kicks(1);
	vcpu_request(v, WORK_VGIC);
	assert_int_equal(host_take_kicks(1), 0);
	v->cpu = 1;
	v->running = true;
	vcpu_request(v, WORK_SCHED);
	assert_int_equal(v->work, WORK_VGIC | WORK_SCHED);
	assert_int_equal(host_take_kicks(1), 1);
	host_set_cpu(1);
	vcpu_request(v, WORK_SCHED);
	assert_int_equal(host_take_kicks(1), 0);
	host_set_cpu(0);
	v->running = false;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, dom0_setup, dom0_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_may_fail_anywhere),
		TEST(domains_by_id),
		TEST(vcpus_by_id),
		TEST(rights),
		TEST(copies_of_all_sizes),
		TEST(copies_of_nothing),
		TEST(bad_addresses),
		TEST(addresses_do_not_wrap),
		TEST(read_only_pages),
		TEST(translation_fails_for_a_moment),
		TEST(pages_to_keep),
		TEST(epochs_are_not_nested),
		TEST(time_converts),
		TEST(clock_set_meanwhile),
		TEST(runstates_add_up),
		TEST(requests_kick_who_runs_elsewhere),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
