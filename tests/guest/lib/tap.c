/* SPDX-License-Identifier: BSD-2-Clause */
#include "tap.h"

#include <stdarg.h>

#include "arch.h"
#include "hypercall.h"
#include "print.h"

static unsigned int run;
static unsigned int failed;

static bool record(bool passed, const char *what, const char *tail)
{
	run++;
	failed += !passed;
	print("%s %u - %s%s\n", passed ? "ok" : "not ok", run, what, tail);
	return passed;
}

bool tap_ok(bool passed, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	return record(passed, what, "");
}

bool tap_is(long got, long want, const char *fmt, ...)
{
	char what[256];
	char tail[64];
	va_list ap;

	va_start(ap, fmt);
	vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (got == want) {
		format(tail, sizeof(tail), ": %s", errno_name(got));
	} else {
		format(tail, sizeof(tail), ": %s, expected %s", errno_name(got),
		       errno_name(want));
	}
	return record(got == want, what, tail);
}

bool tap_number(long got, long want, const char *fmt, ...)
{
	char what[256];
	char tail[64];
	va_list ap;

	va_start(ap, fmt);
	vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (got == want) {
		format(tail, sizeof(tail), ": %ld", got);
	} else {
		format(tail, sizeof(tail), ": %ld, expected %ld", got, want);
	}
	return record(got == want, what, tail);
}

bool tap_either(long got, long want, long other, const char *fmt, ...)
{
	char what[256];
	char tail[96];
	va_list ap;
	bool good = got == want || got == other;

	va_start(ap, fmt);
	vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (good) {
		format(tail, sizeof(tail), ": %s", errno_name(got));
	} else {
		format(tail, sizeof(tail), ": %s, expected %s or %s",
		       errno_name(got), errno_name(want), errno_name(other));
	}
	return record(good, what, tail);
}

void tap_skip(const char *why, const char *what)
{
	run++;
	print("ok %u - %s # SKIP %s\n", run, what, why);
}

static void comment(const char *mark, const char *fmt, va_list ap)
{
	char text[256];

	vformat(text, sizeof(text), fmt, ap);
	print("%s %s\n", mark, text);
}

void tap_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	comment("#", fmt, ap);
	va_end(ap);
}

void tap_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	comment("#~", fmt, ap);
	va_end(ap);
}

void power_off(void)
{
	smccc_hvc(NULL, PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;) {
		wfi();
	}
}

void tap_plan(void)
{
	print("1..%u\n", run);
	print("# %u passed, %u failed\n", run - failed, failed);
}

void tap_done(void)
{
	tap_plan();
	power_off();
}

void tap_bail(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	print("Bail out! %s\n", text);
	power_off();
}
