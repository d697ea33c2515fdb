/* SPDX-License-Identifier: BSD-2-Clause */
/* Console output through HYPERVISOR_console_io. */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/**
 * print() - Print to the console, a whole line at a time.
 * @fmt: %d %u %x %s %c %p and %%, with 'l', zero padding and a width, and '-'.
 */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** vprint() - print() with an argument list. */
void vprint(const char *fmt, va_list ap);

/** format() - Format into @buf of @size bytes; always terminates it. */
size_t format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** vformat() - format() with an argument list. */
size_t vformat(char *buf, size_t size, const char *fmt, va_list ap);

/**
 * errno_name() - The name of an error that a hypercall returned.
 * @value: what the call returned; positive values are formatted as numbers.
 *
 * The text lives in one of four static buffers, used in turn.
 */
const char *errno_name(long value);

#endif
