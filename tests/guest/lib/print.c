/* SPDX-License-Identifier: BSD-2-Clause */
#include "print.h"

#include <stdbool.h>
#include <stdint.h>

#include <xen/errno.h>

#include "hypercall.h"

struct sink {
	char *buf;
	size_t size;
	size_t len;
};

/* How one conversion of a format string is to be printed. */
struct spec {
	bool left;
	bool zero;
	bool longs;
	unsigned int width;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size) {
		s->buf[s->len] = c;
	}
	s->len++;
}

static void put_field(struct sink *s, const struct spec *sp, const char *text,
		      size_t len)
{
	size_t pad = sp->width > len ? sp->width - len : 0;

	while (!sp->left && pad) {
		put(s, sp->zero ? '0' : ' ');
		pad--;
	}
	while (len--) {
		put(s, *text++);
	}
	while (pad--) {
		put(s, ' ');
	}
}

static void put_number(struct sink *s, const struct spec *sp, uint64_t value,
		       unsigned int base, bool negative)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative) {
		digits[--at] = '-';
	}
	put_field(s, sp, digits + at, sizeof(digits) - at);
}

static void put_string(struct sink *s, const struct spec *sp, const char *text)
{
	size_t len = 0;

	while (text[len]) {
		len++;
	}
	put_field(s, sp, text, len);
}

static const char *parse_spec(struct spec *sp, const char *fmt)
{
	*sp = (struct spec){ 0 };
	for (; *fmt == '-' || *fmt == '0'; fmt++) {
		sp->left |= *fmt == '-';
		sp->zero |= *fmt == '0';
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++) {
		sp->width = sp->width * 10 + (unsigned int)(*fmt - '0');
	}
	for (; *fmt == 'l' || *fmt == 'z'; fmt++) {
		sp->longs = true;
	}
	return fmt;
}

size_t vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = { buf, size, 0 };
	struct spec sp;
	int64_t number;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		fmt = parse_spec(&sp, fmt + 1);
		switch (*fmt) {
		case 'd':
			number = sp.longs ? va_arg(ap, long) : va_arg(ap, int);
			put_number(&s, &sp,
				   number < 0 ? 0 - (uint64_t)number
					      : (uint64_t)number,
				   10, number < 0);
			break;
		case 'u':
		case 'x':
			put_number(&s, &sp,
				   sp.longs ? va_arg(ap, unsigned long)
					    : va_arg(ap, unsigned int),
				   *fmt == 'x' ? 16 : 10, false);
			break;
		case 'p':
			put_number(&s, &sp, (uintptr_t)va_arg(ap, void *), 16,
				   false);
			break;
		case 's':
			put_string(&s, &sp, va_arg(ap, const char *));
			break;
		case 'c':
			put(&s, (char)va_arg(ap, int));
			break;
		default:
			put(&s, *fmt);
			break;
		}
	}
	if (size) {
		buf[s.len < size ? s.len : size - 1] = '\0';
	}
	return s.len < size ? s.len : size - 1;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = vformat(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

void vprint(const char *fmt, va_list ap)
{
	char line[512];
	size_t len = vformat(line, sizeof(line), fmt, ap);

	console_io(CONSOLEIO_write, len, line);
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}

static const struct {
	int value;
	const char *name;
} names[] = {
#define XEN_ERRNO(name, value) { value, #name },
#include <xen/errno.h>
};

const char *errno_name(long value)
{
	static char text[4][24];
	static unsigned int turn;
	char *buf = text[turn++ % 4];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (-value == names[i].value) {
			format(buf, sizeof(text[0]), "-%s", names[i].name);
			return buf;
		}
	}
	if (value < 0) {
		format(buf, sizeof(text[0]), "%ld", value);
	} else {
		format(buf, sizeof(text[0]), value < 4096 ? "%lu" : "0x%lx",
		       (unsigned long)value);
	}
	return buf;
}
