/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which domains may share events and memory: the hardware domain with
 * everybody, others with themselves, as Xen on Arm is shipped. Asked before
 * any lock is taken, like the rights of right.h.
 */
#ifndef DOMAIN_CONNECT_H
#define DOMAIN_CONNECT_H

#include <stdbool.h>

#include "domain/domain.h"

static inline bool domain_may_connect(const struct domain *a,
				      const struct domain *b)
{
	return a == b || a->hwdom || b->hwdom;
}

#endif
