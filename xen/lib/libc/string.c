/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The string functions that the compiler, libfdt and the hypervisor call, for
 * EL2. Bulk work goes through 64-bit words; unaligned access is fine there
 * because C code runs with the MMU on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Keep the compiler from turning these loops into calls of themselves. */
#define PLAIN_LOOP \
	__attribute__((__optimize__("no-tree-loop-distribute-patterns")))
#ifdef __clang__
#undef PLAIN_LOOP
#define PLAIN_LOOP
#endif

typedef uint64_t __attribute__((__aligned__(1), __may_alias__)) word_t;

/* Loads before it stores. */
static inline void copy_line(unsigned char *d, const unsigned char *s)
{
	const word_t *in = (const word_t *)s;
	word_t *out = (word_t *)d;
	uint64_t a = in[0], b = in[1], c = in[2], e = in[3];
	uint64_t f = in[4], g = in[5], h = in[6], i = in[7];

	out[0] = a;
	out[1] = b;
	out[2] = c;
	out[3] = e;
	out[4] = f;
	out[5] = g;
	out[6] = h;
	out[7] = i;
}

/* Upwards: right for overlaps with @d below @s. */
PLAIN_LOOP static void copy_up(unsigned char *d, const unsigned char *s,
			       size_t size)
{
	/* A page, in rounds of four lines. */
	for (; size >= 256; size -= 256, d += 256, s += 256) {
		copy_line(d, s);
		copy_line(d + 64, s + 64);
		copy_line(d + 128, s + 128);
		copy_line(d + 192, s + 192);
	}
	for (; size >= 64; size -= 64, d += 64, s += 64) {
		copy_line(d, s);
	}
	for (; size >= 8; size -= 8, d += 8, s += 8) {
		*(word_t *)d = *(const word_t *)s;
	}
	while (size--) {
		*d++ = *s++;
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_up(to, from, size);
	return to;
}

PLAIN_LOOP void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= size) {
		copy_up(d, s, size);
		return to;
	}
	while (size >= 8) {
		size -= 8;
		*(word_t *)(d + size) = *(const word_t *)(s + size);
	}
	while (size--) {
		d[size] = s[size];
	}
	return to;
}

PLAIN_LOOP void *memset(void *to, int byte, size_t size)
{
	unsigned char *d = to;
	uint64_t fill = (unsigned char)byte * UINT64_C(0x0101010101010101);

	for (; size >= 32; size -= 32, d += 32) {
		word_t *out = (word_t *)d;

		out[0] = fill;
		out[1] = fill;
		out[2] = fill;
		out[3] = fill;
	}
	for (; size >= 8; size -= 8, d += 8) {
		*(word_t *)d = fill;
	}
	while (size--) {
		*d++ = (unsigned char)byte;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (; size; size--, x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
	}
	return 0;
}

void *memchr(const void *in, int byte, size_t size)
{
	const unsigned char *p = in;

	for (; size; size--, p++) {
		if (*p == (unsigned char)byte) {
			return (void *)(uintptr_t)p;
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

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max && *a && *a == *b; max--) {
		a++;
		b++;
	}
	return max ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)(uintptr_t)s;
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
	return (char *)(uintptr_t)last;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
		return (c | 0x20) - 'a' + 10;
	}
	return 99;
}

/* Like C's, for non-negative numbers; too large a one becomes ULONG_MAX. */
unsigned long strtoul(const char *s, char **end, int base)
{
	const char *start = s;
	unsigned long v = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' &&
	    digit_value(s[2]) < 16) {
		s += 2;
		base = 16;
		start = s;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (; digit_value(*s) < base; s++) {
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit_value(*s), &v)) {
			v = ~0UL;
		}
	}
	if (end) {
		*end = (char *)(uintptr_t)(s == start ? start : s);
	}
	return v;
}
