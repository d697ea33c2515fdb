/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of rights. The control domain is the hardware domain. */
#include "domain/right.h"

#include <core/bug.h>
#include <core/errno.h>

#include "domain/domain.h"

enum caller {
	CALLER_CONTROL,
	CALLER_SELF,
	CALLER_OTHER,
	CALLER_NR,
};

static const bool allowed[RIGHT_NR][CALLER_NR] = {
	[RIGHT_OWN] = { [CALLER_CONTROL] = true, [CALLER_SELF] = true },
	[RIGHT_CONTROL] = { [CALLER_CONTROL] = true },
};

static enum caller caller_kind(const struct domain *caller,
			       const struct domain *target)
{
	if (caller->hwdom) {
		return CALLER_CONTROL;
	}
	return caller == target ? CALLER_SELF : CALLER_OTHER;
}

int right_check(const struct domain *caller, enum right right,
		const struct domain *target)
{
	ASSERT(right < RIGHT_NR);
	return allowed[right][caller_kind(caller, target)] ? 0 : -XEN_EPERM;
}
