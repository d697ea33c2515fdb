/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library functions that gcc and libfdt call. */
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include "tap.h"

uintptr_t __stack_chk_guard = 0x0000a5c35a3cff00;
void __stack_chk_fail(void) __attribute__((noreturn));

void __stack_chk_fail(void)
{
	tap_bail("stack overrun");
}

void *memcpy(void *to, const void *from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (n--) {
		*t++ = *f++;
	}
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f) {
		return memcpy(to, from, n);
	}
	while (n--) {
		t[n] = f[n];
	}
	return to;
}

void *memset(void *to, int value, size_t n)
{
	unsigned char *t = to;

	while (n--) {
		*t++ = (unsigned char)value;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a;
	const unsigned char *q = b;

	for (; n--; p++, q++) {
		if (*p != *q) {
			return *p - *q;
		}
	}
	return 0;
}

void *memchr(const void *in, int value, size_t n)
{
	const unsigned char *p = in;

	for (; n--; p++) {
		if (*p == (unsigned char)value) {
			return (void *)p;
		}
	}
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)s;
		}
		if (!*s) {
			return NULL;
		}
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c) {
			last = s;
		}
	} while (*s++);
	return (char *)last;
}

/* Decimal only: libfdt parses the numbers of its own paths with it. */
unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long value = 0;

	(void)base;
	for (; *s >= '0' && *s <= '9'; s++) {
		value = value * 10 + (unsigned long)(*s - '0');
	}
	if (end) {
		*end = (char *)s;
	}
	return value;
}
