/* SPDX-License-Identifier: BSD-2-Clause */
/* A p2m on a fresh machine, and what is heard of it. */
#ifndef SUITE_H
#define SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <core/addr.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "p2m/p2m.h"

#define OWNER 1
#define OTHER 2
#define POOL  64
/* A machine frame that is no RAM. */
#define BUS UINT64_C(0x1000000)

extern struct p2m *p2m;
extern struct s2_root root;

/* A machine with one p2m of 40 bits, a listener on it. */
int start(bool direct);
int setup(void **state);
int setup_direct(void **state);
/* Checks that nothing is stale, destroys, and that all memory is back. */
int teardown(void **state);

/* What has happened since the last call: F flush, E wait for readers, L the
 * listener, P a reference dropped; runs of the same letter are one. */
const char *events(void);

/* What the listener heard since clear_heard(). */
#define MAX_HEARD 1024
extern struct p2m_change heard[MAX_HEARD];
extern unsigned int nr_heard;
extern uint64_t heard_seq;
void clear_heard(void);

/* One locked operation. */
int map(uint64_t gfn, uint64_t mfn, uint64_t nr, enum p2m_type type);
int unmap(uint64_t gfn, uint64_t nr);
struct p2m_entry lookup(uint64_t gfn);
struct p2m_stats stats(void);

/* Map @nr frames of fresh RAM of @owner; the first is returned. */
mfn_t map_ram(uint64_t gfn, unsigned int order);
mfn_t map_foreign(uint64_t gfn, unsigned int order);

extern const struct CMUnitTest p2m_tests[], change_tests[], attack_tests[],
	log_tests[];
extern const unsigned int nr_p2m_tests, nr_change_tests, nr_attack_tests,
	nr_log_tests;

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define DIRECT(test) \
	cmocka_unit_test_setup_teardown(test, setup_direct, teardown)

#endif
