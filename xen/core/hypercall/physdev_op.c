/* SPDX-License-Identifier: BSD-2-Clause */
/* PHYSDEV_OP: x[0] command, x[1] argument. */
#include <core/errno.h>

#include "hypercall/hypercall.h"

/* Interrupts of devices are the GIC's matter on Arm, and dom0 finds its PCI
 * devices by itself: there is nothing to tell the hypervisor. */
int64_t hypercall_physdev_op(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return -XEN_ENOSYS;
}
