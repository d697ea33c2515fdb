/* SPDX-License-Identifier: BSD-2-Clause */
/* MULTICALL: x[0] array of calls, x[1] how many. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct multicall_entry) == 64, "Xen ABI");

#define RESULT offsetof(struct multicall_entry, result)
#define ARGS   offsetof(struct multicall_entry, args)

/*
 * One call of the list at @at. A call that wants to go on later leaves the
 * arguments of its next round in the guest's entry.
 */
static int64_t call_one(struct vcpu *v, gva_t at)
{
	struct multicall_entry call;
	int64_t result;

	if (guest_read(v, &call, at, sizeof(call))) {
		return -XEN_EFAULT;
	}
	result = hypercall_call(v, call.op, call.args);
	if (result == HYPERCALL_AGAIN) {
		return guest_write(v, GVA(at.v + ARGS), call.args,
				   sizeof(call.args))
			       ? -XEN_EFAULT
			       : HYPERCALL_AGAIN;
	}
	return guest_write(v, GVA(at.v + RESULT), &result, sizeof(result));
}

/*
 * Whether the end of the list can be read. A count that is far too large is
 * found before results are written over all that follows the list.
 */
static bool list_ends(struct vcpu *v, uint64_t list, uint32_t nr)
{
	uint64_t size = nr * sizeof(struct multicall_entry);
	uint64_t last;

	return !range_wraps(list, size) &&
	       !guest_read(v, &last, GVA(list + size - sizeof(last)),
			   sizeof(last));
}

static int64_t call_all(struct vcpu *v, uint64_t *x)
{
	uint32_t nr = x[1];
	uint32_t i;

	for (i = 0; i < nr; i++) {
		uint64_t offset = i * sizeof(struct multicall_entry);
		int64_t rc = 0;

		if (i && arch_irq_waiting()) {
			rc = HYPERCALL_AGAIN;
		} else {
			rc = call_one(v, GVA(x[0] + offset));
		}
		if (rc == HYPERCALL_AGAIN) {
			x[0] += offset;
			x[1] = nr - i;
		}
		if (rc) {
			return rc;
		}
	}
	return 0;
}

int64_t hypercall_multicall(struct vcpu *v, uint64_t *x)
{
	int64_t rc;

	if (v->in_multicall) {
		return -XEN_EINVAL;
	}
	if ((uint32_t)x[1] > 1 && !list_ends(v, x[0], x[1])) {
		return -XEN_EFAULT;
	}
	v->in_multicall = true;
	rc = call_all(v, x);
	v->in_multicall = false;
	return rc;
}
