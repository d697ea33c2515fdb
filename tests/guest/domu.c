/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain beside domain 0: it runs. */
#include "domu.h"
#include "board.h"
#include "tap.h"

void guest_main(void)
{
	struct domu u;

	domu_make(&u, 0, 1);
	tap_ok(true, "made");
	domu_start(&u);
	tap_ok(true, "it runs");
	domu_destroy(&u);
}
