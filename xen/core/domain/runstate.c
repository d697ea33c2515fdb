/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a vCPU was running, runnable, blocked and offline. */
#include <stddef.h>
#include <stdint.h>

#include <xen/vcpu.h>

#include <arch/cpu.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/time.h"
#include "domain/vcpu.h"

#define ENTRY_TIME offsetof(struct vcpu_runstate_info, state_entry_time)

void runstate_change(struct vcpu *v, unsigned int state, uint64_t now)
{
	spin_lock(&v->runstate_lock);
	v->runstate_ticks[v->runstate] += now - v->runstate_since;
	v->runstate_since = now;
	v->runstate = state;
	spin_unlock(&v->runstate_lock);
}

static void get(const struct vcpu *v, struct vcpu_runstate_info *info)
{
	*info = (struct vcpu_runstate_info){
		.state = v->runstate,
		.state_entry_time = time_at(v->runstate_since),
	};
	for (unsigned int i = 0; i < ARRAY_SIZE(info->time); i++) {
		info->time[i] = time_ticks_to_ns(v->runstate_ticks[i]);
	}
}

void runstate_get(struct vcpu *v, struct vcpu_runstate_info *info)
{
	spin_lock(&v->runstate_lock);
	get(v, info);
	spin_unlock(&v->runstate_lock);
}

void runstate_register(struct vcpu *caller, struct vcpu *v, gva_t gva)
{
	struct vcpu_runstate_info info;
	int rc;

	spin_lock(&v->runstate_lock);
	v->runstate_gva = gva;
	get(v, &info);
	rc = guest_write(caller, gva, &info, sizeof(info));
	spin_unlock(&v->runstate_lock);
	/* It is for the guest to have the page there when it looks. */
	(void)rc;
}

uint64_t runstate_running_ns(const struct vcpu *v)
{
	uint64_t ticks = v->runstate_ticks[RUNSTATE_running];

	if (v->runstate == RUNSTATE_running) {
		ticks += arch_counter() - v->runstate_since;
	}
	return time_ticks_to_ns(ticks);
}

static int put_entry_time(struct vcpu *v, const uint64_t *entry_time)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return guest_write(v, GVA(v->runstate_gva.v + ENTRY_TIME), entry_time,
			   sizeof(*entry_time));
}

/* With the update flag: readers know a copy that is being written. */
static int publish_flagged(struct vcpu *v, struct vcpu_runstate_info *info)
{
	int rc;

	info->state_entry_time |= XEN_RUNSTATE_UPDATE;
	rc = put_entry_time(v, &info->state_entry_time);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!rc) {
		rc = guest_write(v, v->runstate_gva, info, sizeof(*info));
	}
	info->state_entry_time &= ~XEN_RUNSTATE_UPDATE;
	return rc ? rc : put_entry_time(v, &info->state_entry_time);
}

void runstate_publish(struct vcpu *v)
{
	struct vcpu_runstate_info info;
	int rc;

	if (likely(!v->runstate_gva.v)) {
		return;
	}
	spin_lock(&v->runstate_lock);
	get(v, &info);
	if (v->domain->vm_assist & BIT(VMASST_TYPE_runstate_update_flag)) {
		rc = publish_flagged(v, &info);
	} else {
		rc = guest_write(v, v->runstate_gva, &info, sizeof(info));
	}
	spin_unlock(&v->runstate_lock);
	/* The guest may have taken the page away; that is its own matter. */
	(void)rc;
}
