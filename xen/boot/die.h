/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot cannot go on: say why, in words for who set up the machine. */
#ifndef BOOT_DIE_H
#define BOOT_DIE_H

#include <core/compiler.h>

void die(const char *fmt, ...) __printf(1, 2) __noreturn_fn;

#define die_if(cond, ...)                 \
	do {                              \
		if (unlikely(cond)) {     \
			die(__VA_ARGS__); \
		}                         \
	} while (0)

#endif
