/* SPDX-License-Identifier: BSD-2-Clause */
/* ENTRESOL_HYPERCALL: what Xen's ABI does not have. */
#include "hypercall/entresol_op.h"

#include <xen/xen.h>

#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

static_assert(ENTRESOL_HYPERCALL == __HYPERVISOR_arch_7, "a free number");

static int64_t version(struct vcpu *v, uint64_t *x)
{
	(void)v;
	(void)x;
	return ENTRESOL_VERSION;
}

static hypercall_fn *const commands[] = {
	[ENTRESOL_version] = version,
	[ENTRESOL_attribute] = entresol_attribute,
	[ENTRESOL_regions] = entresol_dump,
	[ENTRESOL_hidden] = entresol_dump,
	[ENTRESOL_view] = entresol_dump,
	[ENTRESOL_table] = entresol_dump,
	[ENTRESOL_dirty] = entresol_dirty,
	[ENTRESOL_ioreq] = entresol_ioreq,
};

int64_t hypercall_entresol_op(struct vcpu *v, uint64_t *x)
{
	if (x[0] >= ARRAY_SIZE(commands) || !commands[x[0]]) {
		return -XEN_ENOSYS;
	}
	return commands[x[0]](v, x);
}
