/* SPDX-License-Identifier: BSD-2-Clause */
/* The p2m's promises: the machine under test, and all suites. */
#include <string.h>

#include <core/bits.h>
#include <core/compiler.h>

#include "arch/cache.h"
#include "domain/epoch.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "suite.h"

struct p2m *p2m;
struct s2_root root;
struct p2m_change heard[MAX_HEARD];
unsigned int nr_heard;
uint64_t heard_seq;

static uint64_t free_before;
static char log_of_events[64];

static void event(char c)
{
	size_t len = strlen(log_of_events);

	if ((len && log_of_events[len - 1] == c) ||
	    len + 1 == sizeof(log_of_events)) {
		return;
	}
	log_of_events[len] = c;
	log_of_events[len + 1] = '\0';
}

const char *events(void)
{
	static char copy[sizeof(log_of_events)];

	memcpy(copy, log_of_events, sizeof(copy));
	log_of_events[0] = '\0';
	return copy;
}

void __real_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr);
void __wrap_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr);
void __wrap_arch_s2_flush(const struct s2_root *r,
			  const struct s2_range *ranges, unsigned int nr)
{
	event('F');
	__real_arch_s2_flush(r, ranges, nr);
}

void __real_epoch_wait(void);
void __wrap_epoch_wait(void);
void __wrap_epoch_wait(void)
{
	event('E');
	__real_epoch_wait();
}

void __real_frame_put(mfn_t mfn);
void __wrap_frame_put(mfn_t mfn);
void __wrap_frame_put(mfn_t mfn)
{
	event('P');
	__real_frame_put(mfn);
}

void clear_heard(void)
{
	nr_heard = 0;
}

static void hear(void *opaque, const struct p2m_changes *changes)
{
	assert_ptr_equal(opaque, &nr_heard);
	assert_int_equal(changes->seq, ++heard_seq);
	assert_true(nr_heard + changes->nr <= MAX_HEARD);
	event('L');
	memcpy(&heard[nr_heard], changes->change,
	       changes->nr * sizeof(heard[0]));
	nr_heard += changes->nr;
}

static struct p2m_listener listener = {
	.name = "test",
	.changed = hear,
	.opaque = &nr_heard,
};

int start(bool direct)
{
	host_setup(32);
	p2m_init(44, 8);
	free_before = frame_nr_free();
	p2m = p2m_create(OWNER, 40, direct, POOL);
	assert_non_null(p2m);
	root = (struct s2_root){ p2m_vttbr(p2m), p2m_vtcr(p2m) };
	host_watch(&root);
	heard_seq = 0;
	nr_heard = 0;
	p2m_listen(p2m, &listener);
	events();
	return 0;
}

int setup(void **state)
{
	(void)state;
	return start(false);
}

int setup_direct(void **state)
{
	(void)state;
	return start(true);
}

int teardown(void **state)
{
	(void)state;
	host_check_no_stale(&root);
	if (p2m) {
		p2m_destroy(p2m);
	}
	p2m = NULL;
	assert_int_equal(heap_in_use(), 0);
	for (mfn_t mfn = host_ram_first();
	     mfn.v < host_ram_first().v + host_ram_frames(); mfn.v++) {
		/* A test keeps what it gave no mapping the reference of. */
		free_before -= frame_owner(mfn) < FRAME_OWNER_FREE;
	}
	assert_int_equal(frame_nr_free(), free_before);
	host_teardown();
	return 0;
}

int map(uint64_t gfn, uint64_t mfn, uint64_t nr, enum p2m_type type)
{
	struct p2m_locked l = p2m_lock(p2m);
	int rc = p2m_map(l, GFN(gfn), MFN(mfn), nr, p2m_as(type));

	p2m_unlock(l);
	host_check_no_stale(&root);
	return rc;
}

int unmap(uint64_t gfn, uint64_t nr)
{
	struct p2m_locked l = p2m_lock(p2m);
	int rc = p2m_unmap(l, GFN(gfn), nr);

	p2m_unlock(l);
	host_check_no_stale(&root);
	return rc;
}

struct p2m_entry lookup(uint64_t gfn)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, GFN(gfn));

	p2m_unlock(l);
	return e;
}

struct p2m_stats stats(void)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_stats s = p2m_stats(l);

	p2m_unlock(l);
	return s;
}

mfn_t map_ram(uint64_t gfn, unsigned int order)
{
	mfn_t mfn = frame_alloc(order, OWNER);

	assert_true(frame_valid(mfn));
	assert_int_equal(map(gfn, mfn.v, BIT(order), P2M_RAM_RW), 0);
	return mfn;
}

mfn_t map_foreign(uint64_t gfn, unsigned int order)
{
	mfn_t mfn = frame_alloc(order, OTHER);

	assert_true(frame_valid(mfn));
	for (uint64_t i = 0; i < BIT(order); i++) {
		assert_int_equal(frame_get(mfn_add(mfn, i), OTHER), 0);
	}
	assert_int_equal(map(gfn, mfn.v, BIT(order), P2M_FOREIGN_RW), 0);
	return mfn;
}

int main(void)
{
	struct CMUnitTest tests[128];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < nr_p2m_tests; i++) {
		tests[nr++] = p2m_tests[i];
	}
	for (unsigned int i = 0; i < nr_change_tests; i++) {
		tests[nr++] = change_tests[i];
	}
	for (unsigned int i = 0; i < nr_attack_tests; i++) {
		tests[nr++] = attack_tests[i];
	}
	for (unsigned int i = 0; i < nr_log_tests; i++) {
		tests[nr++] = log_tests[i];
	}
	return _cmocka_run_group_tests("p2m", tests, nr, NULL, NULL);
}
