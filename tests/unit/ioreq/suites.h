/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device model in dom0 (`self` is its vCPU) and a guest with two vCPUs,
 * `domu`. Calls are hypercalls as libxendevicemodel makes them; the page of
 * slots is the one that dom0 has mapped.
 */
#ifndef IOREQ_SUITES_H
#define IOREQ_SUITES_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/hvm/dm_op.h>
#include <xen/hvm/ioreq.h>

#include "../support/guest.h"

struct suite {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct suite ranges_suite;
extern const struct suite calls_suite;
extern const struct suite requests_suite;
extern const struct suite invalidation_suite;

/* A test with the machine that is described above. */
#define MACHINE_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, machine_setup, machine_teardown)

/* An address of the guest where there is nothing. */
#define DEVICE UINT64_C(0x20000000)

int machine_setup(void **state);
int machine_teardown(void **state);

/* The @nth heap or frame allocation from now on fails; 0: none does. */
void fail_heap(unsigned int nth);
void fail_frame(unsigned int nth);

/* DM_OP by @v on @domid, with one buffer of @size bytes that holds @op. */
int64_t dm_call(struct vcpu *v, domid_t domid, struct xen_dm_op *op,
		uint64_t size);
/* By dom0 on domu. */
int64_t dm_op(struct xen_dm_op *op);
int64_t dm_create(uint16_t *id);
int64_t dm_range(uint16_t id, bool map, uint64_t first, uint64_t last);
int64_t dm_enable(uint16_t id, bool enable);
int64_t dm_destroy(uint16_t id);
int64_t dm_options(uint16_t id, uint32_t flags, uint64_t window, uint64_t size,
		   uint32_t *port);

/* A device model of its own: server, page mapped, ports bound, enabled, with
 * [DEVICE, DEVICE + 0x1000). */
struct dm {
	uint16_t id;
	struct ioreq *slot; /* by vCPU */
	uint32_t port[2];   /* dom0's ends */
};
struct dm dm_make(void);
struct dm dm_make_disabled(void);

/* The page with number @nr of server @id as dom0 sees it at @gfn. */
int64_t dm_map_frame(uint16_t id, uint64_t nr, uint64_t gfn);

/* Whether dom0 has got an event for its end of @port, which is cleared. */
bool dm_event(uint32_t port);
/* Take a request: it must be READY. Answer it and send the event. */
void dm_take(struct dm *m, unsigned int slot);
void dm_answer(struct dm *m, unsigned int slot, uint64_t data);

/* dom0 maps, and gives back, a page of the guest at a place of its own. */
void dm_hold(unsigned int page);
void dm_drop(void);

/*
 * A load or store of @v of the guest, as the trap handler does it; what is
 * loaded goes to x1, which is also what is stored. The result of the first
 * exit work.
 */
enum exit { EXIT_GO, EXIT_STAY, EXIT_ABORT };
enum exit guest_access(struct vcpu *v, uint64_t addr, unsigned int size,
		       bool write);
/* Exit work of @v, if any is asked for. */
enum exit guest_exit(struct vcpu *v);
/* Whether somebody has asked @v to look. */
bool guest_asked(const struct vcpu *v);

/* Timers that are due on this CPU. Whether there was one. */
bool run_timers(void);

#endif
