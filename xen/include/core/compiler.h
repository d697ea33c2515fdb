/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for compiler attributes, and the two container helpers. */
#ifndef CORE_COMPILER_H
#define CORE_COMPILER_H

#include <stddef.h>

#define __must_check	    __attribute__((__warn_unused_result__))
#define __printf(fmt, args) __attribute__((__format__(__printf__, fmt, args)))
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#define __aligned_to(n) __attribute__((__aligned__(n)))
#define __noreturn_fn	__attribute__((__noreturn__))
#define __unused_arg	__attribute__((__unused__))
#define __noinline_fn	__attribute__((__noinline__))
/* Rare: kept out of line, away from what is called all the time. */
#define __cold_fn __attribute__((__cold__, __noinline__))

#ifndef static_assert
#define static_assert _Static_assert
#endif

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The object of type @type whose member @member is at @ptr. */
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

#endif
