/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI and the calling convention, as a guest sees them. */
#include "../support/guest.h"

#include <xen/sched.h>

#include <arch/cpu.h>
#include <arch/vcpu.h>

#include "sched/sched.h"
#include "vpsci/psci.h"
#include "vpsci/vpsci.h"

#define FN32(n) (0x84000000u | (n))
#define FN64(n) (0xc4000000u | (n))
#define UPPER	UINT64_C(0x1111111100000000)

static struct vcpu *other;

static int64_t call(uint64_t fn, uint64_t a, uint64_t b, uint64_t c)
{
	self->regs.x[0] = fn;
	self->regs.x[1] = a;
	self->regs.x[2] = b;
	self->regs.x[3] = c;
	vpsci_call(self);
	return self->regs.x[0];
}

static int setup(void **state)
{
	dom0_setup(state);
	other = dom0.d->vcpu[1];
	sched_wake(self);
	return 0;
}

static bool runs(struct vcpu *v)
{
	uint64_t until;

	return sched_pick(0, arch_counter(), &until) == v;
}

/* ------------------------------------------------- the calling convention */

static void versions(void **state)
{
	(void)state;
	assert_int_equal(call(0x80000000, 0, 0, 0), 0x10001);
	assert_int_equal(call(FN32(0), 0, 0, 0), 0x10001);
	/* The upper half of the register does not count. */
	assert_int_equal(call(UPPER | FN32(0), 0, 0, 0), 0x10001);
}

static void unknown_functions(void **state)
{
	static const uint64_t none[] = {
		0x80000002, /* architecture */
		0xc0000000, 0xc0000001,
		0x81000000, /* CPU, SiP, OEM services */
		0x82000000, 0x83000000,
		FN64(0),    FN64(2),
		FN64(6),    FN64(8),
		FN64(9),    FN64(10),
		FN32(5),    FN32(7),
		FN32(11),   FN32(14),
		FN64(14),   FN64(18), /* SYSTEM_RESET2 */
		FN32(0x50),	      /* TRNG_VERSION */
		0x84010000, FN32(0xff02),
		0xc400ff00, 0x8500ff02,
		0x8600ff00, 0x8600ff01, /* another's hypervisor service */
		0xb2000000, 0xbf00ff01, /* trusted OS */
		0,	    3,
		0x100ffff,  0x7fffffff,
		0xffffffff,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
		assert_int_equal(call(none[i], 1, 2, 3), -1);
		assert_int_equal(self->regs.x[1], 1);
	}
}

static void workarounds(void **state)
{
	(void)state;
	for (uint64_t fn = 0x80007ff0; fn < 0x80008010; fn++) {
		assert_int_equal(call(0x80000001, fn, 0, 0), -1);
	}
	assert_int_equal(call(0x80000001, 0xc5000020, 0, 0), -1);
	/* Calling one that is not needed does nothing. */
	assert_int_equal(call(0x80008000, 5, 6, 7), 0x80008000);
	assert_int_equal(self->regs.x[1], 5);
	assert_int_equal(call(0x80007fff, 5, 6, 7), 0x80007fff);
	assert_int_equal(call(0x80003fff, 5, 6, 7), 0x80003fff);
}

static void services_tell_who_they_are(void **state)
{
	(void)state;
	assert_int_equal(call(0x8400ff00, 0, 0, 0), 15);
	assert_int_equal(call(0x8400ff01, 0, 0, 0), 0x6f3863f8);
	assert_int_equal(self->regs.x[1], 0xbd4c394b);
	assert_int_equal(self->regs.x[2], 0x16ce2092);
	assert_int_equal(self->regs.x[3], 0x6f9fe541);
	assert_int_equal(call(0x8500ff00, 0, 0, 0), 3);
	assert_int_equal(call(0x8500ff01, 0, 0, 0), 0xdc1218a7);
	assert_int_equal(call(0x8500ff03, 9, 9, 9), 0);
	assert_int_equal(self->regs.x[1], 1);
}

static void features(void **state)
{
	static const uint32_t yes[] = {
		FN32(0), FN32(1),  FN64(1),    FN32(2), FN32(3),
		FN64(3), FN32(4),  FN64(4),    FN32(6), FN32(8),
		FN32(9), FN32(10), 0x80000000,
	};

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		for (unsigned int wide = 0; wide < 2; wide++) {
			uint32_t fn = wide ? FN64(i) : FN32(i);
			int64_t want = -1;

			for (unsigned int k = 0; k < ARRAY_SIZE(yes); k++) {
				want = fn == yes[k] ? 0 : want;
			}
			assert_int_equal(call(FN32(10), fn, 0, 0), want);
		}
	}
	assert_int_equal(call(FN32(10), 0x80000000, 0, 0), 0);
	assert_int_equal(call(FN32(10), 0x80000001, 0, 0), -1);
	assert_int_equal(call(FN32(6), 0, 0, 0), 2);
}

/* ------------------------------------------------------------ on and off */

static void a_cpu_goes_on_and_off(void **state)
{
	(void)state;
	assert_int_equal(call(FN64(4), 1, 0, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(call(FN64(3), 1, UPPER | 0x40000, UPPER | 7), 0);
	assert_true(other->online);
	assert_int_equal(other->regs.pc, UPPER | 0x40000);
	assert_int_equal(other->regs.x[0], UPPER | 7);
	assert_int_equal(host_vcpu_resets(other), 1);
	assert_int_equal(call(FN64(4), 1, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(FN64(3), 1, 0x40000, 7), PSCI_ALREADY_ON);
	assert_int_equal(host_vcpu_resets(other), 1);

	/* It turns itself off, and is on until it has left its CPU. */
	host_load_vcpu(other);
	self = other;
	assert_int_equal(call(FN32(2), 0, 0, 0), 0);
	self = dom0.d->vcpu[0];
	assert_false(other->online);
	assert_false(runs(other));
	assert_int_equal(call(FN64(4), 1, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(FN64(3), 1, 0x50000, 8), PSCI_ALREADY_ON);
	host_load_vcpu(self);
	assert_int_equal(call(FN64(4), 1, 0, 0), PSCI_AFFINITY_OFF);
	sched_wake(other);
	assert_false(runs(other));
	assert_int_equal(call(FN64(3), 1, 0x50000, 8), 0);
	assert_int_equal(other->regs.pc, 0x50000);
	assert_int_equal(host_vcpu_resets(other), 2);
}

static void narrow_calls_have_narrow_arguments(void **state)
{
	(void)state;
	assert_int_equal(call(FN32(3), UPPER | 1, UPPER | 0x40000, UPPER | 7),
			 0);
	assert_int_equal(other->regs.pc, 0x40000);
	assert_int_equal(other->regs.x[0], 7);
	assert_int_equal(call(FN32(4), UPPER | 1, UPPER, 0), PSCI_AFFINITY_ON);
}

/* 7ad6cfa66f: numbers below the most there can be, but not there. */
static void cpus_that_are_not_there(void **state)
{
	static const uint64_t none[] = {
		2,
		3,
		15,
		16,
		0x100,
		0x101,
		0x10000,
		BIT(32),
		BIT(40),
		UINT64_C(0xff00ffffff),
		~UINT64_C(0),
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
		int64_t rc = call(FN64(3), none[i], 0x40000, 0);

		/* Bits that are no affinity may be ignored or refused. */
		assert_true(rc == PSCI_INVALID_PARAMETERS ||
			    arch_vcpu_from_mpidr(none[i]) < 2);
	}
	assert_int_equal(call(FN64(3), 1, 0x40001, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(host_vcpu_resets(other), 0);
}

static void affinity_levels(void **state)
{
	(void)state;
	assert_int_equal(call(FN64(4), 0, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(FN64(4), 1, 0, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(call(FN64(4), 9, 0, 0), PSCI_AFFINITY_OFF);
	for (uint64_t level = 1; level < 4; level++) {
		assert_int_equal(call(FN64(4), 9, level, 0), PSCI_AFFINITY_ON);
	}
	assert_int_equal(call(FN64(4), 0x100, 1, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(call(FN64(4), 0x100, 2, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(FN64(4), 0, 4, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(FN64(4), 0, ~UINT64_C(0), 0),
			 PSCI_INVALID_PARAMETERS);
}

static void psci_0_1(void **state)
{
	(void)state;
	assert_int_equal(call(2, 1, 0x40000, 0), 0);
	assert_true(other->online);
	assert_int_equal(other->regs.pc, 0x40000);
	assert_int_equal(call(1, 0, 0, 0), 0);
	assert_false(self->online);
	assert_false(runs(self));
}

static void suspend_waits(void **state)
{
	(void)state;
	assert_true(runs(self));
	assert_int_equal(call(FN64(1), 0, 0, 0), 0);
	assert_false(runs(self));
	assert_true(self->online);
	sched_wake(self);
	assert_true(runs(self));
}

/* --------------------------------------------------------------- the end */

static void off_and_reset(void **state)
{
	(void)state;
	assert_int_equal(HOST_MACHINE_END(call(FN32(8), 0, 0, 0)),
			 HOST_MACHINE_OFF);
	dom0.d->shutting_down = false;
	dom0.d->shutdown_code = SHUTDOWN_CODE_NONE;
	assert_int_equal(HOST_MACHINE_END(call(FN32(9), 0, 0, 0)),
			 HOST_MACHINE_RESET);
}

static void others_end_alone(void **state)
{
	(void)state;
	self = domu.d->vcpu[0];
	host_load_vcpu(self);
	sched_wake(self);
	assert_int_equal(call(FN32(8), 0, 0, 0), PSCI_INTERNAL_FAILURE);
	assert_true(domu.d->shutting_down);
	assert_int_equal(domu.d->shutdown_code, SHUTDOWN_poweroff);
	assert_false(runs(self));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, dom0_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(versions),
		TEST(unknown_functions),
		TEST(workarounds),
		TEST(services_tell_who_they_are),
		TEST(features),
		TEST(a_cpu_goes_on_and_off),
		TEST(narrow_calls_have_narrow_arguments),
		TEST(cpus_that_are_not_there),
		TEST(affinity_levels),
		TEST(psci_0_1),
		TEST(suspend_waits),
		TEST(off_and_reset),
		TEST(others_end_alone),
	};

	return cmocka_run_group_tests_name("vpsci", tests, NULL, NULL);
}
