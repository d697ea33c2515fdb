/* SPDX-License-Identifier: BSD-2-Clause */
/* VCPU_OP: x[0] command, x[1] vCPU, x[2] argument. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/vcpu.h>

#include <arch/map.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/vcpu.h"
#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct vcpu_info) == 48, "Xen ABI");
static_assert(sizeof(struct vcpu_runstate_info) == 48, "Xen ABI");

/* Atomics on it must not fault (XSA-327), and it stays inside the page. */
static bool info_offset_ok(uint32_t offset)
{
	return offset <= PAGE_SIZE - sizeof(struct vcpu_info) &&
	       !(offset % _Alignof(struct vcpu_info));
}

/*
 * Make @mfn + @offset the vcpu_info of @v. An event may be marked in the old
 * place meanwhile: evtchn_info_moved() has the guest look at all of them.
 */
static void move_info(struct vcpu *v, mfn_t mfn, uint32_t offset)
{
	struct vcpu_info *info =
		(struct vcpu_info *)((char *)mfn_to_ptr(mfn) + offset);

	memcpy(info, v->info, sizeof(*info));
	v->info_mfn = mfn;
	__atomic_store_n(&v->info, info, __ATOMIC_RELEASE);
}

static int64_t register_info(struct vcpu *caller, struct vcpu *v, gva_t arg)
{
	struct vcpu_register_vcpu_info reg;
	bool moved = false;
	mfn_t mfn;
	int rc;

	if (guest_read(caller, &reg, arg, sizeof(reg))) {
		return -XEN_EFAULT;
	}
	if (!info_offset_ok(reg.offset)) {
		return -XEN_ENXIO;
	}
	rc = guest_page_get(caller, GFN(reg.mfn), &mfn);
	if (rc) {
		return rc;
	}
	spin_lock(&v->domain->lock);
	/* Once, by itself or before it has been started. */
	if (mfn_eq(v->info_mfn, MFN_INVALID) && (v == caller || !v->online)) {
		move_info(v, mfn, reg.offset);
		moved = true;
	}
	spin_unlock(&v->domain->lock);
	if (!moved) {
		frame_put(mfn);
		return -XEN_EINVAL;
	}
	evtchn_info_moved(v);
	return 0;
}

static int64_t register_runstate(struct vcpu *caller, struct vcpu *v, gva_t arg)
{
	struct vcpu_register_runstate_memory_area area;

	if (guest_read(caller, &area, arg, sizeof(area))) {
		return -XEN_EFAULT;
	}
	runstate_register(caller, v, GVA(area.addr.p));
	return 0;
}

int64_t hypercall_vcpu_op(struct vcpu *v, uint64_t *x)
{
	struct vcpu *target = domain_vcpu(v->domain, x[1]);

	if (!target) {
		return -XEN_ENOENT;
	}
	switch ((uint32_t)x[0]) {
	case VCPUOP_register_vcpu_info:
		return register_info(v, target, GVA(x[2]));
	case VCPUOP_register_runstate_memory_area:
		return register_runstate(v, target, GVA(x[2]));
	default:
		return -XEN_EINVAL;
	}
}
