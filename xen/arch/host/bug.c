/* SPDX-License-Identifier: BSD-2-Clause */
/* bug() and broken rules of the seam: end the program, or be expected. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <core/bug.h>

#include "model.h"

/* Of the sanitizers' runtime; absent in builds without them. */
extern void __sanitizer_print_stack_trace(void) __attribute__((__weak__));

static _Thread_local jmp_buf bug_jump;
static _Thread_local bool bug_expected;

static bool expecting;
static unsigned int nr_failures;
static char last_failure[256];

static void die(void) __noreturn_fn;
static void die(void)
{
	if (__sanitizer_print_stack_trace) {
		__sanitizer_print_stack_trace();
	}
	abort();
}

void bug(const char *file, int line, const char *what)
{
	if (bug_expected) {
		longjmp(bug_jump, 1);
	}
	fprintf(stderr, "# BUG at %s:%d: %s\n", file, line, what);
	die();
}

jmp_buf *host_bug_expect(void)
{
	bug_expected = true;
	return &bug_jump;
}

void host_bug_unexpect(void)
{
	bug_expected = false;
}

void host_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(last_failure, sizeof(last_failure), fmt, args);
	va_end(args);
	nr_failures++;
	if (!expecting) {
		fprintf(stderr, "# seam: %s\n", last_failure);
		die();
	}
}

void host_expect_begin(void)
{
	expecting = true;
	nr_failures = 0;
	last_failure[0] = '\0';
}

unsigned int host_expect_end(void)
{
	expecting = false;
	return nr_failures;
}

const char *host_last_failure(void)
{
	return last_failure;
}
