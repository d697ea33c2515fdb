/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs: made, asked for work, woken from a poll. */
#include "domain/vcpu.h"

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/vcpu.h>

#include "domain/domain.h"
#include "domain/life.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "sched/sched.h"

static void poll_timeout(void *opaque)
{
	struct vcpu *v = opaque;

	__atomic_fetch_and(&v->domain->polling, ~BIT(v->id), __ATOMIC_RELAXED);
	sched_wake(v);
}

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = heap_alloc(sizeof(*v));

	if (!v) {
		return NULL;
	}
	v->id = id;
	v->domain = d;
	v->info = id < XEN_LEGACY_MAX_VCPUS ? &d->shared_info->vcpu_info[id]
					    : &v->unseen;
	v->info_mfn = MFN_INVALID;
	v->runstate = RUNSTATE_offline;
	v->runstate_since = arch_counter();
	timer_init(&v->poll_timer, poll_timeout, v);
	if (arch_vcpu_create(v)) {
		heap_free(v);
		return NULL;
	}
	return v;
}

void vcpu_stop_timers(struct vcpu *v)
{
	timer_cancel(&v->poll_timer);
	/* Those of the guest go with its registers. */
	arch_vcpu_reset(v, 0, 0);
}

void vcpu_destroy(struct vcpu *v)
{
	timer_cancel(&v->poll_timer);
	arch_vcpu_destroy(v);
	if (!mfn_eq(v->info_mfn, MFN_INVALID)) {
		frame_put(v->info_mfn);
	}
	heap_free(v);
}

void vcpu_request(struct vcpu *v, uint32_t bits)
{
	/* Set, then look; who loads a vCPU says so, then reads the word. */
	__atomic_fetch_or(&v->work, bits, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&v->running, __ATOMIC_ACQUIRE) &&
	    v->cpu != arch_this_cpu()) {
		arch_cpu_kick(v->cpu);
	}
}

void vcpu_poll_wake(struct domain *d, uint32_t port)
{
	uint64_t ids = __atomic_load_n(&d->polling, __ATOMIC_ACQUIRE);

	for (; ids; ids &= ids - 1) {
		struct vcpu *v = d->vcpu[__builtin_ctzll(ids)];
		uint32_t waits_for =
			__atomic_load_n(&v->poll_port, __ATOMIC_RELAXED);

		if (waits_for != port && waits_for != POLL_MANY) {
			continue;
		}
		/* One waker is enough. */
		if (__atomic_fetch_and(&d->polling, ~BIT(v->id),
				       __ATOMIC_ACQ_REL) &
		    BIT(v->id)) {
			timer_cancel(&v->poll_timer);
			sched_wake(v);
		}
	}
}
