/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

#include <xen/sched.h>

#include "frame/frame.h"
#include "gnttab/gnttab.h"
#include "gnttab/internal.h"
#include "suites.h"

/* What the linker puts in place of these (-Wl,--wrap). */
void __wrap_domain_shutdown(struct domain *d, uint8_t code);
bool __wrap_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old);
bool __wrap_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new);
void *__wrap_heap_alloc(size_t size);
mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner);
mfn_t __real_frame_alloc(unsigned int order, uint16_t owner);
int __wrap_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as);
int __wrap_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr);
bool __real_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old);
bool __real_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new);
void *__real_heap_alloc(size_t size);
int __real_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as);
int __real_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr);

static struct {
	unsigned int clear, heap, frame, map, unmap; /* which one fails */
	bool swap;
	void (*on_clear)(void);
	unsigned int stopped;
	const struct domain *last_stopped;
} fault;

static bool fails(unsigned int *nth)
{
	return *nth && !--*nth;
}

void __wrap_domain_shutdown(struct domain *d, uint8_t code)
{
	assert_int_equal(code, SHUTDOWN_crash);
	/* It goes on to stop vCPUs, or the machine. */
	assert_false(spin_is_locked(&d->gnttab->lock));
	fault.last_stopped = d;
	fault.stopped++;
}

bool __wrap_guest_word_clear(uint32_t *word, uint32_t bits, uint32_t *old)
{
	if (fault.on_clear) {
		fault.on_clear();
	}
	return !fails(&fault.clear) && __real_guest_word_clear(word, bits, old);
}

bool __wrap_guest_word_swap(uint32_t *word, uint32_t *old, uint32_t new)
{
	return !fault.swap && __real_guest_word_swap(word, old, new);
}

void *__wrap_heap_alloc(size_t size)
{
	return fails(&fault.heap) ? NULL : __real_heap_alloc(size);
}

mfn_t __wrap_frame_alloc(unsigned int order, uint16_t owner)
{
	return fails(&fault.frame) ? MFN_INVALID
				   : __real_frame_alloc(order, owner);
}

int __wrap_p2m_map(struct p2m_locked l, gfn_t gfn, mfn_t mfn, uint64_t nr,
		   struct p2m_as as)
{
	return fails(&fault.map) ? -XEN_ENOMEM
				 : __real_p2m_map(l, gfn, mfn, nr, as);
}

int __wrap_p2m_unmap(struct p2m_locked l, gfn_t gfn, uint64_t nr)
{
	return fails(&fault.unmap) ? -XEN_ENOMEM : __real_p2m_unmap(l, gfn, nr);
}

void word_unstable_at(unsigned int nth)
{
	fault.clear = nth;
}

void swaps_unstable(bool on)
{
	fault.swap = on;
}

void on_clear(void (*fn)(void))
{
	fault.on_clear = fn;
}

void heap_fail(unsigned int nth)
{
	fault.heap = nth;
}

void frame_fail(unsigned int nth)
{
	fault.frame = nth;
}

void p2m_map_fail(unsigned int nth)
{
	fault.map = nth;
}

void p2m_unmap_fail(unsigned int nth)
{
	fault.unmap = nth;
}

unsigned int nr_stopped(void)
{
	return fault.stopped;
}

const struct domain *last_stopped(void)
{
	return fault.last_stopped;
}

int gnttab_setup(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return dom0_setup(state);
}

int gnttab_teardown(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return dom0_teardown(state);
}

int64_t gt_call(const struct guest *g, unsigned int op, void *arg, size_t size,
		uint64_t nr)
{
	void *page = guest_at(g, g->ram);
	int64_t rc;

	assert_true(size <= PAGE_SIZE);
	memcpy(page, arg, size);
	host_load_vcpu(g->d->vcpu[0]);
	rc = hcall(g->d->vcpu[0], __HYPERVISOR_grant_table_op, op, g->ram, nr);
	host_load_vcpu(self);
	memcpy(arg, page, size);
	return rc;
}

grant_entry_v1_t *entry(const struct guest *g, grant_ref_t ref)
{
	return &g->d->gnttab->frame[ref / ENTRIES_PER_FRAME]
			.entry[ref % ENTRIES_PER_FRAME];
}

void grant(const struct guest *g, grant_ref_t ref, domid_t to,
	   unsigned int page, uint16_t flags)
{
	*entry(g, ref) = (grant_entry_v1_t){
		.flags = flags,
		.domid = to,
		.frame = (uint32_t)(guest_page(g, page) >> PAGE_SHIFT),
	};
}

void *page_of(const struct guest *g, unsigned int page)
{
	return guest_at(g, guest_page(g, page));
}

mfn_t mfn_of(const struct guest *g, unsigned int page)
{
	return guest_entry(g, guest_page(g, page) >> PAGE_SHIFT).mfn;
}

uint32_t refs_of(const struct guest *g, unsigned int page)
{
	return frame_refs(mfn_of(g, page));
}

struct gnttab_map_grant_ref map(uint64_t addr, uint32_t flags, grant_ref_t ref,
				domid_t dom)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = addr,
		.flags = flags,
		.ref = ref,
		.dom = dom,
		.status = 99,
		.handle = 0xdead,
	};

	assert_int_equal(GT(dom0, map_grant_ref, &op, 1), 0);
	return op;
}

grant_handle_t map_ok(uint64_t addr, uint32_t flags, grant_ref_t ref)
{
	struct gnttab_map_grant_ref op =
		map(addr, GNTMAP_host_map | flags, ref, domu.d->id);

	assert_int_equal(op.status, GNTST_okay);
	return op.handle;
}

int unmap(uint64_t addr, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref op = {
		.host_addr = addr,
		.handle = handle,
		.status = 99,
	};

	assert_int_equal(GT(dom0, unmap_grant_ref, &op, 1), 0);
	return op.status;
}
