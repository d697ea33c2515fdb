/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls made for every number of a range that must all be answered alike. */
#ifndef GUEST_RANGE_H
#define GUEST_RANGE_H

#include <stdbool.h>

/**
 * tap_range() - Record whether @call answers @want for each of @lo to @hi.
 *
 * One result for the whole range. When it fails, the answers follow as
 * comments, equal neighbours in one line.
 */
bool tap_range(const char *what, unsigned long lo, unsigned long hi, long want,
	       long (*call)(unsigned long n));

#endif
