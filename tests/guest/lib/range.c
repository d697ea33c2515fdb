/* SPDX-License-Identifier: BSD-2-Clause */
#include "range.h"

#include "print.h"
#include "tap.h"

#define MAX_LINES 24

static void show(unsigned long lo, unsigned long hi,
		 long (*call)(unsigned long n))
{
	unsigned int lines = 0;
	unsigned long start = lo;
	long value = call(lo);

	while (lines < MAX_LINES) {
		long next = lo == hi ? ~value : call(lo + 1);

		if (next != value) {
			print("#   0x%lx to 0x%lx: %s\n", start, lo,
			      errno_name(value));
			lines++;
			start = lo + 1;
			value = next;
		}
		if (lo++ == hi) {
			break;
		}
	}
}

bool tap_range(const char *what, unsigned long lo, unsigned long hi, long want,
	       long (*call)(unsigned long n))
{
	bool good = true;
	unsigned long n;

	for (n = lo; good && n <= hi && n >= lo; n++) {
		good = call(n) == want;
	}
	if (lo == hi) {
		tap_ok(good, "%s 0x%lx: %s", what, lo, errno_name(want));
	} else {
		tap_ok(good, "%s 0x%lx to 0x%lx: %s", what, lo, hi,
		       errno_name(want));
	}
	if (!good) {
		show(lo, hi, call);
	}
	return good;
}
