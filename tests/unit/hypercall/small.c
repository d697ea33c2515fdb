/* SPDX-License-Identifier: BSD-2-Clause */
/* VM_ASSIST, PLATFORM_OP, HVM_OP, and the toolstack's calls. */
#include "suites.h"

#include <string.h>

#include <xen/domctl.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

static void vm_assist_has_one_type(void **state)
{
	const uint64_t flag = VMASST_TYPE_runstate_update_flag;

	(void)state;
	for (uint64_t type = 0; type < 70; type++) {
		int64_t want = type == flag ? 0 : -XEN_EINVAL;

		assert_int_equal(hcall(self, __HYPERVISOR_vm_assist,
				       VMASST_CMD_enable, type, 0),
				 want);
	}
	assert_int_equal(dom0.d->vm_assist, BIT(flag));
	assert_int_equal(hcall(self, __HYPERVISOR_vm_assist, VMASST_CMD_disable,
			       flag, 0),
			 0);
	assert_int_equal(dom0.d->vm_assist, 0);
	assert_true(hcall(self, __HYPERVISOR_vm_assist, 2, flag, 0) < 0);
}

static int64_t settime(uint64_t sec, uint32_t mbz)
{
	struct xen_platform_op *op = ARG_AT(dom0, 0);

	*op = (struct xen_platform_op){
		.cmd = XENPF_settime64,
		.interface_version = XENPF_INTERFACE_VERSION,
	};
	op->u.settime64.secs = sec;
	op->u.settime64.nsecs = 999999999;
	op->u.settime64.mbz = mbz;
	op->u.settime64.system_time = 1500000000;
	return hcall(self, __HYPERVISOR_platform_op, dom0.ram, 0, 0);
}

static void wallclock_reaches_every_domain(void **state)
{
	const struct shared_info *s = domu.d->shared_info;
	uint32_t version_before = s->wc_version;

	(void)state;
	assert_int_equal(settime(UINT64_C(0x123456789), 0), 0);
	assert_int_equal(s->wc_sec, 0x23456788);
	assert_int_equal(s->wc_sec_hi, 1);
	assert_int_equal(s->wc_nsec, 499999999);
	assert_int_equal(s->wc_version, version_before + 2);
	assert_int_equal(s->wc_version & 1, 0);
	assert_int_equal(settime(1, 1), -XEN_EINVAL);
	assert_int_equal(s->wc_version, version_before + 2);
}

static void platform_op_errors(void **state)
{
	struct xen_platform_op *op = ARG_AT(dom0, 0);

	(void)state;
	assert_int_equal(hcall(self, __HYPERVISOR_platform_op, 0, 0, 0),
			 -XEN_EFAULT);
	memset(op, 0, sizeof(*op));
	assert_int_equal(hcall(self, __HYPERVISOR_platform_op, dom0.ram, 0, 0),
			 -XEN_EACCES);
	op->interface_version = XENPF_INTERFACE_VERSION;
	for (op->cmd = 0; op->cmd < 70; op->cmd++) {
		if (op->cmd != XENPF_settime64) {
			assert_int_equal(hcall(self, __HYPERVISOR_platform_op,
					       dom0.ram, 0, 0),
					 -XEN_ENOSYS);
		}
	}
	host_load_vcpu(domu.d->vcpu[0]);
	op = ARG_AT(domu, 0);
	op->interface_version = XENPF_INTERFACE_VERSION;
	assert_int_equal(hcall(domu.d->vcpu[0], __HYPERVISOR_platform_op,
			       domu.ram, 0, 0),
			 -XEN_EPERM);
}

static bool sysctl_known(uint32_t cmd)
{
	return cmd == XEN_SYSCTL_physinfo || cmd == XEN_SYSCTL_sched_id ||
	       cmd == XEN_SYSCTL_getdomaininfolist;
}

/* XSA-492, XSA-499: who has no right is told so at once; XSA-127. */
static void toolstack_calls_are_guarded(void **state)
{
	struct xen_sysctl *sys = ARG_AT(dom0, 0);
	struct xen_domctl *dom = ARG_AT(dom0, 0x400);

	(void)state;
	memset(sys, 0, PAGE_SIZE);
	assert_int_equal(hcall(self, __HYPERVISOR_sysctl, 0, 0, 0),
			 -XEN_EFAULT);
	assert_int_equal(hcall(self, __HYPERVISOR_domctl, 0, 0, 0),
			 -XEN_EFAULT);
	assert_int_equal(hcall(self, __HYPERVISOR_sysctl, dom0.ram, 0, 0),
			 -XEN_EACCES);
	assert_int_equal(
		hcall(self, __HYPERVISOR_domctl, dom0.ram + 0x400, 0, 0),
		-XEN_EACCES);
	sys->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	dom->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	for (uint32_t cmd = 0; cmd < 90; cmd++) {
		sys->cmd = cmd;
		dom->cmd = cmd;
		dom->domain = DOMID_SELF;
		assert_int_equal(
			hcall(self, __HYPERVISOR_sysctl, dom0.ram, 0, 0),
			sysctl_known(cmd) ? 0 : -XEN_ENOSYS);
		assert_int_equal(hcall(self, __HYPERVISOR_domctl,
				       dom0.ram + 0x400, 0, 0),
				 cmd == XEN_DOMCTL_createdomain ? -XEN_EINVAL
								: -XEN_ESRCH);
	}
	memcpy(ARG_AT(domu, 0), sys, PAGE_SIZE);
	host_load_vcpu(domu.d->vcpu[0]);
	assert_int_equal(
		hcall(domu.d->vcpu[0], __HYPERVISOR_sysctl, domu.ram, 0, 0),
		-XEN_EPERM);
	assert_int_equal(hcall(domu.d->vcpu[0], __HYPERVISOR_domctl,
			       domu.ram + 0x400, 0, 0),
			 -XEN_EPERM);
}

static int64_t param(struct vcpu *v, const struct guest *g, uint64_t op,
		     domid_t id, uint32_t index, uint64_t value)
{
	struct xen_hvm_param *p = guest_at(g, g->ram);

	*p = (struct xen_hvm_param){
		.domid = id,
		.index = index,
		.value = value,
	};
	return hcall(v, __HYPERVISOR_hvm_op, op, g->ram, 0);
}

static void hvm_params_have_bounds(void **state)
{
	struct xen_hvm_param *p = ARG_AT(dom0, 0);

	(void)state;
	for (uint32_t i = 0; i < HVM_NR_PARAMS + 10; i++) {
		bool known = i == HVM_PARAM_CALLBACK_IRQ ||
			     i == HVM_PARAM_STORE_PFN ||
			     i == HVM_PARAM_STORE_EVTCHN ||
			     i == HVM_PARAM_CONSOLE_PFN ||
			     i == HVM_PARAM_CONSOLE_EVTCHN;
		bool ring = i == HVM_PARAM_MONITOR_RING_PFN;
		int64_t get = known ? 0 : ring ? -XEN_EPERM : -XEN_EINVAL;

		assert_int_equal(
			param(self, &dom0, HVMOP_get_param, DOMID_SELF, i, 1),
			get);
		assert_int_equal(param(self, &dom0, HVMOP_set_param, 0, i, 1),
				 known || ring ? -XEN_EPERM : -XEN_EINVAL);
		assert_int_equal(
			param(self, &dom0, HVMOP_set_param, 1, i, 100 + i),
			known || ring ? 0 : -XEN_EINVAL);
		assert_int_equal(param(self, &dom0, HVMOP_get_param, 1, i, 77),
				 known || ring ? 0 : -XEN_EINVAL);
		assert_int_equal(p->value, known || ring ? 100 + i : 77);
	}
	assert_int_equal(param(self, &dom0, HVMOP_get_param, 0, UINT32_MAX, 0),
			 -XEN_EINVAL);
	assert_int_equal(param(self, &dom0, HVMOP_get_param, 9, 0, 0),
			 -XEN_ESRCH);
}

static void hvm_op_errors(void **state)
{
	struct vcpu *v = domu.d->vcpu[0];

	(void)state;
	assert_int_equal(
		hcall(self, __HYPERVISOR_hvm_op, HVMOP_get_param, 0, 0),
		-XEN_EFAULT);
	assert_int_equal(hcall(self, __HYPERVISOR_hvm_op, 2, dom0.ram, 0),
			 -XEN_ENOSYS);
	assert_int_equal(hcall(self, __HYPERVISOR_hvm_op,
			       HVMOP_guest_request_vm_event, 0, 0),
			 0);
	host_load_vcpu(v);
	assert_int_equal(param(v, &domu, HVMOP_get_param, 0, 1, 0), -XEN_EPERM);
	assert_int_equal(param(v, &domu, HVMOP_set_param, 0, 1, 0), -XEN_EPERM);
	assert_int_equal(param(v, &domu, HVMOP_get_param, 1, 1, 0), 0);
}

static void callback_irq_is_told(void **state)
{
	struct xen_hvm_param *p = ARG_AT(dom0, 0);

	(void)state;
	dom0.d->evtchn_irq = 16;
	assert_int_equal(param(self, &dom0, HVMOP_get_param, DOMID_SELF,
			       HVM_PARAM_CALLBACK_IRQ, 0),
			 0);
	assert_int_equal(p->value, UINT64_C(0x0200000000000210));
}

/* ------------------------------------------------------- pages shared once */

/* The linker sends calls of this in other files here. */
void __real_arch_cache_clean_inval(const void *p, size_t size);
void __wrap_arch_cache_clean_inval(const void *p, size_t size);

static uint32_t other_space = ~0u; /* what another vCPU maps meanwhile */
static int64_t other_rc;

static int64_t add(uint32_t space, uint64_t gpfn)
{
	struct xen_add_to_physmap *op = ARG_AT(dom0, 0);

	*op = (struct xen_add_to_physmap){ .domid = DOMID_SELF,
					   .space = space,
					   .gpfn = gpfn };
	return hcall(self, __HYPERVISOR_memory_op, XENMEM_add_to_physmap,
		     dom0.ram, 0);
}

void __wrap_arch_cache_clean_inval(const void *p, size_t size)
{
	uint32_t space = other_space;

	if (space != ~0u) {
		other_space = ~0u;
		other_rc = add(space, 0x701);
	}
	__real_arch_cache_clean_inval(p, size);
}

/* Two vCPUs at once: one of them maps the page, and once. */
static void shared_pages_are_mapped_once(void **state)
{
	const uint32_t spaces[] = { XENMAPSPACE_shared_info,
				    XENMAPSPACE_grant_table };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(spaces); i++) {
		struct xen_remove_from_physmap *op = ARG_AT(dom0, 0);

		other_space = spaces[i];
		assert_int_equal(add(spaces[i], 0x700), -XEN_EBUSY);
		assert_int_equal(other_rc, 0);
		*op = (struct xen_remove_from_physmap){ DOMID_SELF, 0x701 };
		assert_int_equal(hcall(self, __HYPERVISOR_memory_op,
				       XENMEM_remove_from_physmap, dom0.ram, 0),
				 0);
		assert_int_equal(add(spaces[i], 0x701), 0);
	}
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(shared_pages_are_mapped_once),
	DOM0_TEST(vm_assist_has_one_type),
	DOM0_TEST(wallclock_reaches_every_domain),
	DOM0_TEST(platform_op_errors),
	DOM0_TEST(toolstack_calls_are_guarded),
	DOM0_TEST(hvm_params_have_bounds),
	DOM0_TEST(hvm_op_errors),
	DOM0_TEST(callback_irq_is_told),
};

const struct suite small_suite = { tests, ARRAY_SIZE(tests) };
