/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where servers meet the rest: changes of the p2m, accesses, vCPUs on their
 * way to the guest, events. Decisions are the flow's.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/log.h>

#include "evtchn/evtchn.h"
#include "ioreq/foreign.h"
#include "ioreq/internal.h"
#include "memmap/memmap.h"
#include "sched/sched.h"

/* ---------------------------------------------------------- who has to look */

/* Set but not taken: whoever set it has kicked, and all that was written
 * before is seen by who takes it. */
static void ask(struct vcpu *v)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&v->work, __ATOMIC_RELAXED) & WORK_IOREQ)) {
		vcpu_request(v, WORK_IOREQ);
	}
}

void work_ask(struct domain *d, uint64_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		struct vcpu *v = d->vcpu[__builtin_ctzll(vcpus)];

		ask(v);
		if (v->sched) {
			sched_wake(v);
		}
	}
}

/* One arms the round; whoever comes before it has fired is served, too. */
void work_send(struct ioreq_domain *io)
{
	if (__atomic_load_n(&io->flow.queued, __ATOMIC_RELAXED) &&
	    !__atomic_exchange_n(&io->round_armed, true, __ATOMIC_SEQ_CST)) {
		timer_set(&io->round, arch_this_cpu(), 0);
	}
}

/* Ports of a server that is gone meanwhile are nobody's: no harm. */
static void notify(struct ioreq_domain *io, const struct flow_out *out)
{
	for (unsigned int i = 0; i < out->nr; i++) {
		evtchn_xen_send(io->domain, out->news[i].port);
	}
}

/* A server that does what it may not stops the domain that relies on it. */
static void broken(struct ioreq_domain *io, const struct flow_out *out)
{
	log_guest("d%u: ioreq server %u: state %u after %u is not one of a "
		  "request's life",
		  io->domain->id, out->server, out->is, out->was);
	domain_shutdown(io->domain, SHUTDOWN_crash);
}

static enum flow_verdict step(struct ioreq_domain *io, unsigned int v,
			      struct flow_out *out)
{
	flow_step(&io->flow, v, out);
	notify(io, out);
	work_ask(io->domain, out->wake);
	if (out->verdict == FLOW_BROKEN) {
		broken(io, out);
	}
	return out->verdict;
}

static void deferred_round(void *opaque)
{
	struct ioreq_domain *io = opaque;
	struct flow_out out;

	__atomic_store_n(&io->round_armed, false, __ATOMIC_SEQ_CST);
	(void)step(io, FLOW_NOBODY, &out);
}

/* -------------------------------------------------------- changes of the p2m */

static bool any_ram(const struct p2m_changes *changes)
{
	for (unsigned int i = 0; i < changes->nr; i++) {
		if (p2m_is_ram(changes->change[i].old_type)) {
			return true;
		}
	}
	return false;
}

/* A vCPU of the domain that is loaded here is the one that changes. */
static unsigned int who_changes(const struct domain *d)
{
	unsigned int cpu = arch_this_cpu();

	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		const struct vcpu *v = d->vcpu[i];

		if (__atomic_load_n(&v->running, __ATOMIC_ACQUIRE) &&
		    v->cpu == cpu) {
			return i;
		}
	}
	return FLOW_NOBODY;
}

static uint8_t who_holds(const struct ioreq_domain *io)
{
	uint8_t held = 0;

	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		const struct ioreq_server *s = io->server[i];

		if (s && foreign_held(s->dm, io->domain->id)) {
			held |= 1u << i;
		}
	}
	return held;
}

static void p2m_changed(void *opaque, const struct p2m_changes *changes)
{
	struct ioreq_domain *io = opaque;
	struct domain *d = io->domain;
	unsigned int own;

	if (!any_ram(changes)) {
		return;
	}
	own = who_changes(d);
	if (!flow_changed(&io->flow, own, who_holds(io), changes)) {
		return;
	}
	if (own != FLOW_NOBODY) {
		ask(d->vcpu[own]);
		return;
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		ask(d->vcpu[i]);
	}
	work_send(io);
}

/* ----------------------------------------------------------------- accesses */

static enum mmio_result access(struct vcpu *v, void *opaque,
			       struct mmio_access *a)
{
	const struct io_pages *p = opaque;
	struct ioreq_domain *io = p->io;
	const struct flow_access request = {
		.addr = p->region.ipa.v + a->offset,
		.data = a->data,
		.size = a->size,
		.write = a->write,
	};
	const struct range_map *map =
		__atomic_load_n(&io->map, __ATOMIC_ACQUIRE);
	uint8_t servers;

	/* Where the next page is, stage 1 alone knows. */
	if (!map || page_offset(request.addr) + a->size > PAGE_SIZE) {
		return MMIO_ABORT;
	}
	servers = range_map_find(map, request.addr, a->size);
	return flow_request(&io->flow, v->id, servers, &request) ? MMIO_WAIT
								 : MMIO_ABORT;
}

const struct region_ops ioreq_region_ops = {
	.name = "ioreq",
	.access = access,
	.valid_sizes = 1 | 2 | 4 | 8,
	.unaligned = true,
	.any_alignment = true,
};

void ioreq_wait(struct vcpu *v, const struct mmio_run *run)
{
	v->domain->ioreq->run[v->id] = *run;
	ask(v);
}

/* ------------------------------------------------------------- on the way out */

enum ioreq_result ioreq_work(struct vcpu *v, gva_t *va, bool *write)
{
	struct ioreq_domain *io = v->domain->ioreq;
	struct mmio_run *run = &io->run[v->id];
	struct flow_out out;

	for (;;) {
		enum mmio_result r;

		switch (step(io, v->id, &out)) {
		case FLOW_WAIT:
			return IOREQ_STAY;
		case FLOW_DONE:
			r = mmio_answer(v, run, out.data);
			break;
		default:
			return IOREQ_GO;
		}
		if (r == MMIO_ABORT) {
			*va = run->va;
			*write = run->insn.write;
			return IOREQ_FAIL;
		}
	}
}

/* The answer was written before; who waits was noted before it was looked
 * for. */
void ioreq_notified(struct domain *d, unsigned int vcpu)
{
	struct ioreq_domain *io = d->ioreq;
	uint64_t who;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	who = __atomic_load_n(&io->flow.waiting, __ATOMIC_RELAXED);
	if (!__atomic_load_n(&io->flow.pending, __ATOMIC_RELAXED)) {
		who &= BIT(vcpu);
	}
	work_ask(d, who);
	work_send(io);
}

void work_init(struct ioreq_domain *io)
{
	io->flow.nr_vcpus = io->domain->nr_vcpus;
	io->flow.vcpu = io->vcpu;
	io->listener = (struct p2m_listener){
		.name = "ioreq",
		.changed = p2m_changed,
		.opaque = io,
	};
	timer_init(&io->round, deferred_round, io);
}
