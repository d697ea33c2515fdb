/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

#include <xen/sched.h>

#include "evtchn/evtchn.h"
#include "suites.h"

/* What the linker puts in place of these (-Wl,--wrap). */
void __wrap_vgic_inject(struct domain *d, struct vcpu *v, unsigned int virq);
void __wrap_domain_shutdown(struct domain *d, uint8_t code);
bool __wrap_guest_word_or(uint32_t *word, uint32_t bits, uint32_t *old);
bool __wrap_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old);
bool __wrap_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new);
void *__wrap_heap_alloc(size_t size);
bool __real_guest_word_or(uint32_t *word, uint32_t bits, uint32_t *old);
bool __real_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old);
bool __real_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new);
void *__real_heap_alloc(size_t size);

#define MAX_DOMS       4
#define MAX_VCPUS_SEEN 4

static unsigned int upcalls[MAX_DOMS][MAX_VCPUS_SEEN];
static unsigned int stopped;
static const struct domain *stopped_domain;
static unsigned int unstable;
static unsigned int swaps; /* those to fail, and 1 */
static const uint32_t *swapped;
static uint32_t saw;
static unsigned int failing;

void __wrap_vgic_inject(struct domain *d, struct vcpu *v, unsigned int virq)
{
	assert_int_equal(virq, d->evtchn_irq);
	assert_ptr_equal(v->domain, d);
	__atomic_fetch_add(&upcalls[d->id][v->id], 1, __ATOMIC_RELAXED);
}

/* No lock may be held: it goes on to stop vCPUs, or the machine. */
void __wrap_domain_shutdown(struct domain *d, uint8_t code)
{
	assert_int_equal(code, SHUTDOWN_crash);
	stopped_domain = d;
	__atomic_fetch_add(&stopped, 1, __ATOMIC_RELAXED);
}

static bool holds_still(void)
{
	return !unstable || --unstable;
}

bool __wrap_guest_word_or(uint32_t *word, uint32_t bits, uint32_t *old)
{
	return holds_still() && __real_guest_word_or(word, bits, old);
}

bool __wrap_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old)
{
	return holds_still() && __real_guest_word_clear(word, bits, old);
}

bool __wrap_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new)
{
	if (!swaps) {
		return __real_guest_word_swap(word, old, new);
	}
	swapped = word;
	saw |= *word;
	if (swaps > 1) {
		swaps--;
		*old = *word;
		return false;
	}
	return __real_guest_word_swap(word, old, new);
}

void *__wrap_heap_alloc(size_t size)
{
	if (failing && !--failing) {
		return NULL;
	}
	return __real_heap_alloc(size);
}

void word_unstable_at(unsigned int nth)
{
	unstable = nth;
}

void swaps_unstable(unsigned int nr)
{
	swaps = nr ? nr + 1 : 0;
	saw = 0;
	swapped = NULL;
}

bool swap_saw(const uint32_t *word, uint32_t bits)
{
	return swapped == word && (saw & bits);
}

void heap_fail(unsigned int nth)
{
	failing = nth;
}

unsigned int take_upcalls(const struct vcpu *v)
{
	return __atomic_exchange_n(&upcalls[v->domain->id][v->id], 0,
				   __ATOMIC_RELAXED);
}

unsigned int nr_stopped(void)
{
	return stopped;
}

const struct domain *last_stopped(void)
{
	return stopped_domain;
}

int evtchn_setup(void **state)
{
	memset(upcalls, 0, sizeof(upcalls));
	stopped = 0;
	stopped_domain = NULL;
	unstable = 0;
	swaps = 0;
	failing = 0;
	return dom0_setup(state);
}

int evtchn_teardown(void **state)
{
	unstable = 0;
	swaps = 0;
	failing = 0;
	return dom0_teardown(state);
}

int64_t ev_call(const struct guest *g, unsigned int op, void *arg, size_t size)
{
	void *page = guest_at(g, g->ram);
	int64_t rc;

	memcpy(page, arg, size);
	host_load_vcpu(g->d->vcpu[0]);
	rc = hcall(g->d->vcpu[0], __HYPERVISOR_event_channel_op, op, g->ram, 0);
	host_load_vcpu(self);
	memcpy(arg, page, size);
	return rc;
}

uint32_t ev_ipi(const struct guest *g, uint32_t vcpu)
{
	struct evtchn_bind_ipi op = { .vcpu = vcpu };

	assert_int_equal(EV(*g, bind_ipi, &op), 0);
	return op.port;
}

uint32_t ev_unbound(const struct guest *g, domid_t remote)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = remote,
	};

	assert_int_equal(EV(*g, alloc_unbound, &op), 0);
	return op.port;
}

int64_t ev_send(const struct guest *g, uint32_t port)
{
	struct evtchn_send op = { .port = port };

	return EV(*g, send, &op);
}

int64_t ev_close(const struct guest *g, uint32_t port)
{
	struct evtchn_close op = { .port = port };

	return EV(*g, close, &op);
}

int64_t ev_unmask(const struct guest *g, uint32_t port)
{
	struct evtchn_unmask op = { .port = port };

	return EV(*g, unmask, &op);
}

int64_t ev_bind_vcpu(const struct guest *g, uint32_t port, uint32_t vcpu)
{
	struct evtchn_bind_vcpu op = { .port = port, .vcpu = vcpu };

	return EV(*g, bind_vcpu, &op);
}

int64_t ev_set_priority(const struct guest *g, uint32_t port, uint32_t prio)
{
	struct evtchn_set_priority op = { .port = port, .priority = prio };

	return EV(*g, set_priority, &op);
}

int64_t ev_init_control(const struct guest *g, uint32_t vcpu, uint64_t gfn,
			uint32_t offset)
{
	struct evtchn_init_control op = {
		.control_gfn = gfn,
		.offset = offset,
		.vcpu = vcpu,
	};
	int64_t rc = EV(*g, init_control, &op);

	if (!rc) {
		assert_int_equal(op.link_bits, EVTCHN_FIFO_LINK_BITS);
	}
	return rc;
}

int64_t ev_expand_array(const struct guest *g, uint64_t gfn)
{
	struct evtchn_expand_array op = { .array_gfn = gfn };

	return EV(*g, expand_array, &op);
}

struct evtchn_status ev_status(const struct guest *g, uint32_t port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

	assert_int_equal(EV(*g, status, &op), 0);
	return op;
}

void ev_connect(uint32_t *of_dom0, uint32_t *of_domu)
{
	struct evtchn_bind_interdomain op = { .remote_dom = domu.d->id };

	*of_domu = ev_unbound(&domu, dom0.d->id);
	op.remote_port = *of_domu;
	assert_int_equal(EV(dom0, bind_interdomain, &op), 0);
	*of_dom0 = op.local_port;
}

bool is_pending(const struct guest *g, uint32_t port)
{
	return g->d->shared_info->evtchn_pending[port / 64] & BIT(port % 64);
}

void set_masked(const struct guest *g, uint32_t port, bool masked)
{
	uint64_t *word = &g->d->shared_info->evtchn_mask[port / 64];

	*word = masked ? *word | BIT(port % 64) : *word & ~BIT(port % 64);
}
