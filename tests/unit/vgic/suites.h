/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the vGIC's test program, one file each. */
#ifndef TEST_VGIC_SUITES_H
#define TEST_VGIC_SUITES_H

#include <stddef.h>

struct CMUnitTest;

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite vgic_regs;
extern const struct suite vgic_deliver;
extern const struct suite vgic_hardware;
extern const struct suite vgic_remote;
extern const struct suite vgic_random;

/* A test on a fresh machine. */
#define ON_MACHINE(test) \
	cmocka_unit_test_setup_teardown(test, machine_setup, machine_teardown)

#endif
