/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of <limits.h> that libfdt's headers want. */
#ifndef GUEST_LIMITS_H
#define GUEST_LIMITS_H

#define INT_MAX	 __INT_MAX__
#define UINT_MAX (INT_MAX * 2U + 1U)

#endif
