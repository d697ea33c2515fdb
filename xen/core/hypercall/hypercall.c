/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercall dispatch. */
#include "hypercall/hypercall.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <public/entresol.h>

#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/pause.h"
#include "evtchn/evtchn.h"
#include "gnttab/gnttab.h"

/* The length of HVC, which is executed once more for the next round. */
#define HVC_SIZE 4

static hypercall_fn *const table[HYPERCALL_NR] = {
	[__HYPERVISOR_platform_op] = hypercall_platform_op,
	[__HYPERVISOR_memory_op] = hypercall_memory_op,
	[__HYPERVISOR_multicall] = hypercall_multicall,
	[__HYPERVISOR_xen_version] = hypercall_xen_version,
	[__HYPERVISOR_console_io] = hypercall_console_io,
	[__HYPERVISOR_grant_table_op] = hypercall_grant_table_op,
	[__HYPERVISOR_vm_assist] = hypercall_vm_assist,
	[__HYPERVISOR_vcpu_op] = hypercall_vcpu_op,
	[__HYPERVISOR_xsm_op] = hypercall_xsm_op,
	[__HYPERVISOR_sched_op] = hypercall_sched_op,
	[__HYPERVISOR_event_channel_op] = hypercall_event_channel_op,
	[__HYPERVISOR_physdev_op] = hypercall_physdev_op,
	[__HYPERVISOR_hvm_op] = hypercall_hvm_op,
	[__HYPERVISOR_sysctl] = hypercall_sysctl,
	[__HYPERVISOR_domctl] = hypercall_domctl,
	[__HYPERVISOR_dm_op] = hypercall_dm_op,
	[ENTRESOL_HYPERCALL] = hypercall_entresol_op,
};

int64_t hypercall_call(struct vcpu *v, uint64_t nr, uint64_t *x)
{
	if (unlikely(nr >= HYPERCALL_NR || !table[nr])) {
		return -XEN_ENOSYS;
	}
	return table[nr](v, x);
}

/* The guest executes it once more; or, when it is to see nothing of the
 * rounds, the way out does. */
static void __cold_fn repeat(struct vcpu *v)
{
	v->regs.pc -= HVC_SIZE;
	if (domain_held_by(v)) {
		vcpu_request(v, WORK_AGAIN);
	}
}

void hypercall(struct vcpu *v)
{
	int64_t rc = hypercall_call(v, v->regs.x[16], v->regs.x);

	if (likely(rc != HYPERCALL_AGAIN)) {
		v->regs.x[0] = rc;
	} else {
		repeat(v);
	}
}

void hypercall_again(struct vcpu *v)
{
	v->regs.pc += HVC_SIZE;
	hypercall(v);
}
