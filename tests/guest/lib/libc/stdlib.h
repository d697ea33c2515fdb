/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of <stdlib.h> that libfdt's headers want. */
#ifndef GUEST_STDLIB_H
#define GUEST_STDLIB_H

unsigned long strtoul(const char *s, char **end, int base);

#endif
