/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting into a buffer. Conversions: %d %i %u %x %c %s %p %% with flags
 * '-', '0', '#', '+', a width, a precision (numbers or '*'), and the lengths
 * hh h l ll z j. The result is always terminated.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include <core/compiler.h>

/**
 * fmt_str() - Format into @buf.
 * @len: size of @buf with room for the NUL; 0 writes nothing.
 *
 * Return: the length the whole text has, like snprintf(); the text was cut
 * when it is @len or more.
 */
int fmt_str(char *buf, size_t len, const char *fmt, ...) __printf(3, 4);
int fmt_vstr(char *buf, size_t len, const char *fmt, va_list args)
	__printf(3, 0);

/* A size as people write it: "2 MiB", "1 GiB", "768 KiB", "100 bytes": the
 * largest unit that divides it. Returns @buf; 24 bytes are enough. */
char *fmt_size(char *buf, size_t len, unsigned long long bytes);

#endif
