/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the test program of core/iomem, one file each. */
#ifndef TEST_IOMEM_SUITES_H
#define TEST_IOMEM_SUITES_H

#include "../support/guest.h"

#include "iomem/internal.h"

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite policy_suite;
extern const struct suite set_suite;
extern const struct suite map_suite;
extern const struct suite share_suite;
extern const struct suite fail_suite;

/* Machine frames of the board that tests with domains have. */
#define DEVICE	  UINT64_C(0x9000) /* 2 frames                            */
#define SRAM	  UINT64_C(0xa000) /* 4 MiB                               */
#define SRAM_NR	  UINT64_C(0x400)
#define NO_WC	  UINT64_C(0xa400)   /* SRAM without write-combining, 2 MiB */
#define RESERVED  UINT64_C(0xb000)   /* 1 frame                             */
#define STRICT	  UINT64_C(0xb100)   /* 1 frame                             */
#define WINDOW	  UINT64_C(0x400000) /* prefetchable, 1 GiB                */
#define WINDOW_NR UINT64_C(0x40000)

/* dom0 with that board, and domu. */
int board_setup(void **state);
int board_teardown(void **state);
#define BOARD_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, board_setup, board_teardown)

/* A guest frame with nothing, for blocks of all sizes. */
#define FREE UINT64_C(0x800000)

/* iomem_map() by dom0, repeated as often as it asks for. */
int map(const struct guest *g, uint64_t gfn, uint64_t mfn, uint64_t nr,
	uint32_t selector);
int unmap(const struct guest *g, uint64_t gfn, uint64_t mfn, uint64_t nr);
int permit(const struct guest *g, uint64_t mfn, uint64_t nr);

/* What @gfn shows. */
void assert_shows(const struct guest *g, uint64_t gfn, uint64_t mfn,
		  enum s2_memtype memtype, uint8_t perm);
void assert_nothing(const struct guest *g, uint64_t gfn);

#endif
