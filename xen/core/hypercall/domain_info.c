/* SPDX-License-Identifier: BSD-2-Clause */
#include "hypercall/domain_info.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/vcpu.h>

#include "domain/domain.h"
#include "domain/time.h"
#include "domain/vcpu.h"

static uint64_t cpu_time(const struct domain *d)
{
	uint64_t ns = 0;

	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		ns += runstate_running_ns(d->vcpu[i]);
	}
	return ns;
}

static uint32_t run_flags(const struct domain *d, uint32_t *nr_online)
{
	bool running = false, blocked = true;

	*nr_online = 0;
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		const struct vcpu *v = d->vcpu[i];

		if (!v->online) {
			continue;
		}
		++*nr_online;
		running |= v->runstate == RUNSTATE_running;
		blocked &= v->runstate == RUNSTATE_blocked;
	}
	return (running ? XEN_DOMINF_running : 0) |
	       (blocked ? XEN_DOMINF_blocked : 0);
}

static uint32_t state_flags(const struct domain *d)
{
	uint32_t flags = XEN_DOMINF_hvm_guest | XEN_DOMINF_hap;

	if (d->life == DOMAIN_DEAD) {
		flags |= XEN_DOMINF_dying;
	}
	if (d->shutting_down) {
		flags |= XEN_DOMINF_shutdown |
			 (uint32_t)d->shutdown_code << XEN_DOMINF_shutdownshift;
	}
	if (d->control_pauses) {
		flags |= XEN_DOMINF_paused;
	}
	return flags | (d->is_xenstore ? XEN_DOMINF_xs_domain : 0);
}

void domain_info(const struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info->flags = state_flags(d) | run_flags(d, &info->nr_online_vcpus);
	info->tot_pages = __atomic_load_n(&d->nr_pages, __ATOMIC_RELAXED);
	info->max_pages = d->max_pages;
	info->shared_info_frame = d->shared_info_gfn.v;
	info->cpu_time = cpu_time(d);
	info->max_vcpu_id = d->nr_vcpus - 1u;
	info->ssidref = d->ssidref;
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->gpaddr_bits = d->ipa_bits;
	info->arch_config.gic_version = XEN_DOMCTL_CONFIG_GIC_V3;
}
