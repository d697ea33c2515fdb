/* SPDX-License-Identifier: BSD-2-Clause */
/* Does nothing, for good: tests/guest/crash types keys to the hypervisor. */
#include "arch.h"
#include "board.h"
#include "print.h"

void guest_main(void)
{
	print("# waiting\n");
	for (;;) {
		wfi();
	}
}
