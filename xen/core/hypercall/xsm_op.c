/* SPDX-License-Identifier: BSD-2-Clause */
/* XSM_OP: x[0] argument. */
#include <core/errno.h>

#include "hypercall/hypercall.h"

/* There is no loadable policy: rights are those of domain/right.c. */
int64_t hypercall_xsm_op(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return -XEN_ENOSYS;
}
