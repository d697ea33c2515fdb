/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam: the machine's console. */
#ifndef ARCH_CONSOLE_H
#define ARCH_CONSOLE_H

#include <stddef.h>

/* Write @len bytes as they are, newline becomes CR LF; serialised. */
void console_write(const char *text, size_t len);

/* Take up to @len bytes typed for the hardware domain. Returns how many. */
size_t console_read(char *buf, size_t len);

#endif
