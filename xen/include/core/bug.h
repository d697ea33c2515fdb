/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASSERT() states what a caller inside the hypervisor promised; BUG_ON()
 * guards isolation and stays in every build. Neither may be reachable by a
 * value that a guest, a device tree or a device model controls.
 */
#ifndef CORE_BUG_H
#define CORE_BUG_H

#include <core/compiler.h>

/**
 * bug() - Stop the machine: registers, backtrace, what each CPU was doing.
 * @file, @line: where; @what: the condition that held.
 */
void bug(const char *file, int line, const char *what) __noreturn_fn;

#define BUG_ON(cond)                                    \
	do {                                            \
		if (unlikely(cond)) {                   \
			bug(__FILE__, __LINE__, #cond); \
		}                                       \
	} while (0)

#ifdef NDEBUG
#define ASSERT(cond) ((void)sizeof(cond))
#else
#define ASSERT(cond) BUG_ON(!(cond))
#endif

#endif
