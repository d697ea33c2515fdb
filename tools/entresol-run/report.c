/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static void say(const char *format, va_list args, const char *why)
{
	fputs("entresol-run: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s%s\n", why ? ": " : "", why ? why : "");
}

void report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
}

int failed(const char *format, ...)
{
	const char *why = strerror(errno);
	va_list args;

	va_start(args, format);
	say(format, args, why);
	va_end(args);
	return -1;
}
