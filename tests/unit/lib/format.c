/* SPDX-License-Identifier: BSD-2-Clause */
/* fmt_str() against the C library's snprintf(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"

#define SAME(...)                                                      \
	do {                                                           \
		char ours[128], theirs[128];                           \
		int n = fmt_str(ours, sizeof(ours), __VA_ARGS__);      \
		int m = snprintf(theirs, sizeof(theirs), __VA_ARGS__); \
		assert_string_equal(ours, theirs);                     \
		assert_int_equal(n, m);                                \
	} while (0)

static void numbers(void **state)
{
	(void)state;
	SAME("%d %d %d", 0, -1, 2147483647);
	SAME("%u %x %#x", 4294967295u, 0xdeadbeefu, 0xabcu);
	SAME("%lld %llu", INT64_MIN + 1LL, ~0ULL);
	SAME("%5d|%-5d|%05d|%+d", 42, 42, 42, 42);
	SAME("%016llx|%#012llx", 0x1234ULL, 0x40000000ULL);
	SAME("%.3d|%8.3u|%-8.3x|", 7, 7u, 7u);
	SAME("%hhu %hhd %hu %hd", (unsigned char)255, (signed char)-1,
	     (unsigned short)65535, (short)-2);
	SAME("%zu %ld", (size_t)77, -77L);
	SAME("%*d|%-*d|", 6, 5, 6, 5);
	SAME("%i", -12);
}

static void text(void **state)
{
	(void)state;
	SAME("%s|%10s|%-10s|%.2s", "abc", "abc", "abc", "abc");
	SAME("%c%c%%", 'x', 'y');
	SAME("%.*s", 3, "abcdef");
	SAME("plain");
}

static void the_buffer_bounds_what_is_written(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(fmt_str(buf, 4, "%s", "abcdef"), 6);
	assert_string_equal(buf, "abc");
	assert_int_equal(buf[4], '#');
	assert_int_equal(fmt_str(buf, 0, "%d", 12345), 5);
	assert_int_equal(buf[0], 'a');
	assert_int_equal(fmt_str(buf, 1, "x"), 1);
	assert_int_equal(buf[0], '\0');
}

static void unknown_conversions_are_shown(void **state)
{
	const char *fmt = "%q %";
	char buf[16];

	(void)state;
	fmt_str(buf, sizeof(buf), fmt);
	assert_string_equal(buf, fmt);
}

static void sizes_use_the_largest_unit(void **state)
{
	char buf[24];

	(void)state;
	assert_string_equal(fmt_size(buf, sizeof(buf), 0), "0 bytes");
	assert_string_equal(fmt_size(buf, sizeof(buf), 100), "100 bytes");
	assert_string_equal(fmt_size(buf, sizeof(buf), 4096), "4 KiB");
	assert_string_equal(fmt_size(buf, sizeof(buf), 3u << 20), "3 MiB");
	assert_string_equal(fmt_size(buf, sizeof(buf), 1ULL << 40), "1024 GiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(text),
		cmocka_unit_test(the_buffer_bounds_what_is_written),
		cmocka_unit_test(unknown_conversions_are_shown),
		cmocka_unit_test(sizes_use_the_largest_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
