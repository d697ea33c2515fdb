/* SPDX-License-Identifier: BSD-2-Clause */
#include "evtchn.h"

#include <stdint.h>

#include <xen/memory.h>
#include <xen/vcpu.h>

#include "arch.h"
#include "board.h"
#include "hypercall.h"
#include "tap.h"

shared_info_t *shared_info_map(void)
{
	static shared_info_t *page;
	struct xen_add_to_physmap map = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_shared_info,
	};
	long rc;

	if (page) {
		return page;
	}
	page = ram_take(PAGE_SIZE, PAGE_SIZE);
	map.gpfn = (uint64_t)page >> PAGE_SHIFT;
	rc = memory_op(XENMEM_add_to_physmap, &map);
	if (rc) {
		tap_bail("shared_info: %ld", rc);
	}
	return page;
}

vcpu_info_t *vcpu_info_register(unsigned int vcpu)
{
	vcpu_info_t *info = ram_take(PAGE_SIZE, PAGE_SIZE);
	struct vcpu_register_vcpu_info arg = {
		.mfn = (uint64_t)info >> PAGE_SHIFT,
	};
	long rc = vcpu_op(VCPUOP_register_vcpu_info, vcpu, &arg);

	if (rc) {
		tap_bail("vcpu_info of vCPU %u: %ld", vcpu, rc);
	}
	return info;
}

evtchn_port_t loopback(evtchn_port_t *far)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	long rc = event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	bind.remote_port = alloc.port;
	rc = rc ? rc : event_channel_op(EVTCHNOP_bind_interdomain, &bind);
	if (rc) {
		tap_bail("loopback channel: %ld", rc);
	}
	*far = alloc.port;
	return bind.local_port;
}

bool event_take(evtchn_port_t port)
{
	uint64_t bit = 1UL << port % 64;

	return __atomic_fetch_and(&shared_info_map()->evtchn_pending[port / 64],
				  ~bit, __ATOMIC_SEQ_CST) &
	       bit;
}

evtchn_port_t virq_bind(uint32_t virq)
{
	struct evtchn_bind_virq bind = { .virq = virq };
	long rc = event_channel_op(EVTCHNOP_bind_virq, &bind);

	if (rc) {
		tap_bail("virq %u: %ld", virq, rc);
	}
	return bind.port;
}
