/* SPDX-License-Identifier: BSD-2-Clause */
/* VM_ASSIST: x[0] command, x[1] type. */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "hypercall/hypercall.h"

int64_t hypercall_vm_assist(struct vcpu *v, uint64_t *x)
{
	uint32_t type = x[1];

	/* The one type that means something on Arm. */
	if (type != VMASST_TYPE_runstate_update_flag) {
		return -XEN_EINVAL;
	}
	switch ((uint32_t)x[0]) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&v->domain->vm_assist, BIT(type),
				  __ATOMIC_RELAXED);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&v->domain->vm_assist, ~BIT(type),
				   __ATOMIC_RELAXED);
		return 0;
	default:
		return -XEN_ENOSYS;
	}
}
