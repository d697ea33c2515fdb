/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the hypercalls' test program, one file each. */
#ifndef TEST_HYPERCALL_SUITES_H
#define TEST_HYPERCALL_SUITES_H

#include "../support/guest.h"

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite version_suite;
extern const struct suite small_suite;
extern const struct suite reserve_suite;
extern const struct suite physmap_suite;
extern const struct suite sched_suite;
extern const struct suite domctl_suite;
extern const struct suite dirty_suite;
extern const struct suite busy_suite;
extern const struct suite life_suite;

/* A test with dom0, which calls, and another domain. */
#define DOM0_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, dom0_setup, dom0_teardown)

#endif
