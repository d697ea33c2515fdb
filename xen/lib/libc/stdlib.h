/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of <stdlib.h> that libfdt's headers expect to find.
 */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

unsigned long strtoul(const char *s, char **end, int base);

#endif /* LIBC_STDLIB_H */
