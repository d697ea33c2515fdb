/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t len;
	size_t pos; /* length of the whole text so far, cut or not */
};

struct spec {
	bool left;
	bool zero;
	bool alt;
	bool plus;
	int width;
	int precision; /* -1: not given */
	char length;   /* 0, 'h' (short), 'H' (char), 'l' */
};

static void put(struct out *o, char c)
{
	if (o->pos + 1 < o->len) {
		o->buf[o->pos] = c;
	}
	o->pos++;
}

static void put_run(struct out *o, char c, int n)
{
	while (n-- > 0) {
		put(o, c);
	}
}

static void put_text(struct out *o, const struct spec *s, const char *text,
		     size_t n)
{
	int pad = s->width - (int)n;

	if (!s->left) {
		put_run(o, ' ', pad);
	}
	for (size_t i = 0; i < n; i++) {
		put(o, text[i]);
	}
	if (s->left) {
		put_run(o, ' ', pad);
	}
}

/* Digits of @v, written backwards into @buf. Returns how many. */
static int digits(char *buf, uint64_t v, unsigned int base)
{
	int n = 0;

	do {
		buf[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	return n;
}

static void put_number(struct out *o, const struct spec *s, uint64_t v,
		       unsigned int base, const char *prefix)
{
	char buf[24];
	int n = (v || s->precision) ? digits(buf, v, base) : 0;
	int zeros = s->precision > n ? s->precision - n : 0;
	int pad = s->width - n - zeros - (int)strlen(prefix);

	if (s->zero && !s->left && s->precision < 0 && pad > 0) {
		zeros = pad;
		pad = 0;
	}
	if (!s->left) {
		put_run(o, ' ', pad);
	}
	for (; *prefix; prefix++) {
		put(o, *prefix);
	}
	put_run(o, '0', zeros);
	while (n > 0) {
		put(o, buf[--n]);
	}
	if (s->left) {
		put_run(o, ' ', pad);
	}
}

/* An integer argument of the given length; signed ones sign-extended. */
#define TAKE_SIGNED(s, args)                               \
	((s)->length == 'l'   ? va_arg(args, int64_t)      \
	 : (s)->length == 'h' ? (int16_t)va_arg(args, int) \
	 : (s)->length == 'H' ? (int8_t)va_arg(args, int)  \
			      : (int64_t)va_arg(args, int))
#define TAKE_UNSIGNED(s, args)                                       \
	((s)->length == 'l'   ? va_arg(args, uint64_t)               \
	 : (s)->length == 'h' ? (uint16_t)va_arg(args, unsigned int) \
	 : (s)->length == 'H' ? (uint8_t)va_arg(args, unsigned int)  \
			      : (uint64_t)va_arg(args, unsigned int))

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			s->left = true;
			break;
		case '0':
			s->zero = true;
			break;
		case '#':
			s->alt = true;
			break;
		case '+':
			s->plus = true;
			break;
		default:
			return f;
		}
	}
}

static const char *parse_length(const char *f, struct spec *s)
{
	for (;; f++) {
		switch (*f) {
		case 'h':
			s->length = s->length == 'h' ? 'H' : 'h';
			break;
		case 'l':
		case 'z':
		case 'j':
			s->length = 'l';
			break;
		default:
			return f;
		}
	}
}

static const char *parse_decimal(const char *f, int *n)
{
	*n = 0;
	while (*f >= '0' && *f <= '9' && *n < 10000) {
		*n = *n * 10 + (*f++ - '0');
	}
	return f;
}

/* Flags, width, precision and length: everything up to the conversion. */
static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	f = parse_flags(f, s);
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		f++;
	} else {
		f = parse_decimal(f, &s->width);
	}
	if (*f == '.' && f[1] == '*') {
		s->precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		f = parse_decimal(f + 1, &s->precision);
	}
	return parse_length(f, s);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	if (!text) {
		text = "(null)";
	}
	put_text(o, s, text,
		 s->precision < 0 ? strlen(text)
				  : strnlen(text, (size_t)s->precision));
}

/* One conversion. Returns false for a letter it does not know. */
static bool convert(struct out *o, const struct spec *s, char letter,
		    va_list *ap)
{
	int64_t i;
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		i = TAKE_SIGNED(s, *ap);
		put_number(o, s, i < 0 ? -(uint64_t)i : (uint64_t)i, 10,
			   i < 0     ? "-"
			   : s->plus ? "+"
				     : "");
		return true;
	case 'u':
		put_number(o, s, TAKE_UNSIGNED(s, *ap), 10, "");
		return true;
	case 'x':
		put_number(o, s, TAKE_UNSIGNED(s, *ap), 16, s->alt ? "0x" : "");
		return true;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		return true;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(o, s, &c, 1);
		return true;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		return true;
	case '%':
		put(o, '%');
		return true;
	default:
		return false;
	}
}

int fmt_vstr(char *buf, size_t len, const char *fmt, va_list args)
{
	struct out o = { buf, len, 0 };
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		struct spec s = { .precision = -1 };
		const char *f = fmt;

		if (*f == '%') {
			f = parse_spec(f + 1, &s, &ap);
			if (*f && convert(&o, &s, *f, &ap)) {
				fmt = f + 1;
				continue;
			}
		}
		put(&o, *fmt++); /* text, or an unknown conversion as it is */
	}
	va_end(ap);
	if (len) {
		buf[o.pos < len ? o.pos : len - 1] = '\0';
	}
	return (int)o.pos;
}

int fmt_str(char *buf, size_t len, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = fmt_vstr(buf, len, fmt, args);
	va_end(args);
	return n;
}

char *fmt_size(char *buf, size_t len, unsigned long long bytes)
{
	static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB" };
	unsigned int i = 0;

	while (bytes && i + 1 < sizeof(unit) / sizeof(unit[0]) &&
	       !(bytes % 1024)) {
		bytes /= 1024;
		i++;
	}
	fmt_str(buf, len, "%llu %s", bytes, unit[i]);
	return buf;
}
