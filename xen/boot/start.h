/* SPDX-License-Identifier: BSD-2-Clause */
/* What head.S calls. */
#ifndef BOOT_START_H
#define BOOT_START_H

#include <stdint.h>

#include <core/compiler.h>

/* MMU on, on the boot CPU's stack. @dtb: device tree; @start: CNTPCT at the
 * first instruction. */
void boot_main(uint64_t dtb, uint64_t start) __noreturn_fn;

#endif
