/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses that device models serve; and models that do what they like. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/event_channel.h>
#include <xen/sched.h>

#include <public/entresol.h>

#include <core/compiler.h>

#include "abort/mmio.h"
#include "arch/host/guestreg.h"
#include "ioreq/ioreq.h"
#include "memmap/memmap.h"
#include "sched/sched.h"
#include "suites.h"

static struct vcpu *v0(void)
{
	return domu.d->vcpu[0];
}

static void a_load_and_a_store(void **state)
{
	struct dm m = dm_make();
	struct ioreq *r = &m.slot[0];

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE + 8, 4, false), EXIT_STAY);
	dm_take(&m, 0);
	assert_int_equal(r->type, IOREQ_TYPE_COPY);
	assert_int_equal(r->dir, IOREQ_READ);
	assert_int_equal(r->addr, DEVICE + 8);
	assert_int_equal(r->size, 4);
	assert_int_equal(r->count, 1);
	assert_int_equal(r->data_is_ptr, 0);
	dm_answer(&m, 0, UINT64_C(0xdeadbeef12345678));
	assert_true(guest_asked(v0()));
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	/* Cut to its size. */
	assert_int_equal(v0()->regs.x[1], 0x12345678);
	assert_int_equal(v0()->regs.pc, 0x1004);
	assert_int_equal(r->state, STATE_IOREQ_NONE);

	v0()->regs.x[1] = UINT64_C(0xffffffffffffff5a);
	assert_int_equal(guest_access(v0(), DEVICE + 9, 1, true), EXIT_STAY);
	dm_take(&m, 0);
	assert_int_equal(r->dir, IOREQ_WRITE);
	assert_int_equal(r->data, 0x5a);
	dm_answer(&m, 0, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(v0()->regs.pc, 0x1004);
	assert_int_equal(v0()->regs.x[1], UINT64_C(0xffffffffffffff5a));
}

/* Blocked until the event comes, and runnable then. */
static void the_event_wakes(void **state)
{
	struct dm m = dm_make();
	uint64_t until;

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	/* dom0 has got its event, and could run, too. */
	sched_block(self);
	assert_null(sched_pick(0, 0, &until));
	dm_take(&m, 0);
	m.slot[0].state = STATE_IORESP_READY;
	assert_null(sched_pick(0, 0, &until));
	dm_answer(&m, 0, 1);
	assert_ptr_equal(sched_pick(0, 0, &until), v0());
	assert_int_equal(guest_exit(v0()), EXIT_GO);
}

/* What the access needs is the answer: other wakes lead to another look. */
static void woken_in_vain(void **state)
{
	struct dm m = dm_make();

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE, 8, false), EXIT_STAY);
	for (unsigned int i = 0; i < 3; i++) {
		sched_wake(v0());
		assert_true(guest_asked(v0()));
		assert_int_equal(guest_exit(v0()), EXIT_STAY);
		assert_int_equal(v0()->regs.pc, 0x1000);
	}
	dm_take(&m, 0);
	dm_answer(&m, 0, 7);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(v0()->regs.x[1], 7);
}

static void two_vcpus_two_slots(void **state)
{
	struct dm m = dm_make();
	struct vcpu *v1 = domu.d->vcpu[1];

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	assert_int_equal(guest_access(v1, DEVICE + 4, 4, false), EXIT_STAY);
	dm_take(&m, 1);
	dm_answer(&m, 1, 11);
	assert_int_equal(guest_exit(v1), EXIT_GO);
	assert_int_equal(v1->regs.x[1], 11);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	dm_take(&m, 0);
	dm_answer(&m, 0, 10);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(v0()->regs.x[1], 10);
}

/* All bytes, one server, enabled; the last one of several. */
static void whose_it_is(void **state)
{
	struct dm a = dm_make_disabled(), b = dm_make();

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE + 0xffc, 8, false),
			 EXIT_ABORT);
	assert_int_equal(guest_access(v0(), DEVICE + 0x1000, 1, false),
			 EXIT_ABORT);
	assert_int_equal(guest_access(v0(), DEVICE - 1, 1, false), EXIT_ABORT);
	assert_int_equal(dm_range(a.id, true, DEVICE + 0x1000, DEVICE + 0x1fff),
			 0);
	/* Across two pages; to a server that is off. */
	assert_int_equal(guest_access(v0(), DEVICE + 0xffc, 8, false),
			 EXIT_ABORT);
	assert_int_equal(guest_access(v0(), DEVICE + 0x1000, 1, false),
			 EXIT_ABORT);
	assert_int_equal(dm_enable(a.id, true), 0);
	assert_int_equal(dm_range(b.id, true, DEVICE + 0x1000, DEVICE + 0x1fff),
			 0);
	assert_int_equal(guest_access(v0(), DEVICE + 0xffc, 8, false),
			 EXIT_ABORT);
	/* Unaligned, in one piece. */
	assert_int_equal(guest_access(v0(), DEVICE + 0xf01, 8, false),
			 EXIT_STAY);
	assert_int_equal(b.slot[0].state, STATE_IOREQ_READY);
	assert_int_equal(b.slot[0].size, 8);
	assert_int_equal(a.slot[0].state, STATE_IOREQ_NONE);
	dm_take(&b, 0);
	dm_answer(&b, 0, 0);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(dm_range(b.id, false, DEVICE + 8, DEVICE + 8), 0);
	assert_int_equal(guest_access(v0(), DEVICE + 8, 4, false), EXIT_STAY);
	assert_int_equal(a.slot[0].state, STATE_IOREQ_READY);
}

/* A Thumb instruction of EL0 in an IT block, whose trap is over. */
static void aarch32_waits(void **state)
{
	const struct abort_access described = { .size = 4, .reg = 2 };
	struct mmio_access a = { .size = 4 };
	struct dm m = dm_make();
	struct vcpu *v = v0();
	struct mmio_run run;

	(void)state;
	host_load_vcpu(v);
	v->regs.pc = 0x1000;
	/* IT = 0b00000110: two more; T, user mode. */
	v->regs.cpsr = 0x10 | BIT(5) | 1u << 10 | 2u << 25;
	assert_int_equal(memmap_access(domu.d->memmap, v, IPA(DEVICE), &a),
			 MMIO_WAIT);
	mmio_described(&run, described, GVA(DEVICE), IPA(DEVICE));
	run.length = 2;
	ioreq_wait(v, &run);
	assert_int_equal(guest_exit(v), EXIT_STAY);
	dm_take(&m, 0);
	dm_answer(&m, 0, 9);
	assert_int_equal(guest_exit(v), EXIT_GO);
	assert_int_equal(v->regs.x[2], 9);
	assert_int_equal(v->regs.pc, 0x1002);
	assert_int_equal(v->regs.cpsr,
			 aarch32_next_it(0x10 | BIT(5) | 1u << 10 | 2u << 25));
}

/* ------------------------------------------------------------- pieces */

static enum exit decoded(struct vcpu *v, uint32_t word, uint64_t fault,
			 bool write, int want)
{
	const struct abort_info a = { .gva = GVA(fault),
				      .ipa = IPA(fault),
				      .write = write };
	struct mmio_run run;

	host_load_vcpu(v);
	v->regs.pc = 0x1000;
	assert_int_equal(mmio_decoded(v, &run, word, &a), want);
	if (want) {
		return EXIT_GO;
	}
	switch (mmio_go_on(v, &run)) {
	case MMIO_WAIT:
		ioreq_wait(v, &run);
		return guest_exit(v);
	case MMIO_OK:
		return EXIT_GO;
	default:
		return EXIT_ABORT;
	}
}

/* The next piece: at @addr, of @size; answered by @data. */
static enum exit piece(struct dm *m, uint64_t addr, unsigned int size,
		       uint64_t data)
{
	dm_take(m, 0);
	assert_int_equal(m->slot[0].addr, addr);
	assert_int_equal(m->slot[0].size, size);
	dm_answer(m, 0, data);
	return guest_exit(v0());
}

static void pairs(void **state)
{
	struct dm m = dm_make();
	uint64_t *x = v0()->regs.x;

	(void)state;
	x[3] = DEVICE + 0x10;
	/* ldp x1, x2, [x3], #16 */
	assert_int_equal(decoded(v0(), 0xa8c10861, DEVICE + 0x10, false, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x10, 8, 1), EXIT_STAY);
	assert_int_equal(x[1], 0);
	assert_int_equal(x[3], DEVICE + 0x10);
	assert_int_equal(piece(&m, DEVICE + 0x18, 8, 2), EXIT_GO);
	assert_int_equal(x[1], 1);
	assert_int_equal(x[2], 2);
	assert_int_equal(x[3], DEVICE + 0x20);
	assert_int_equal(v0()->regs.pc, 0x1004);
	/* ldpsw x1, x2, [x3] */
	assert_int_equal(decoded(v0(), 0x69400861, DEVICE + 0x24, false, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x20, 4, 0x80000000), EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x24, 4, 3), EXIT_GO);
	assert_int_equal(x[1], UINT64_C(0xffffffff80000000));
	assert_int_equal(x[2], 3);
}

/* stp q0, q1, [x3, #32]! and ldr q2, [x3] */
static void simd_registers(void **state)
{
	struct dm m = dm_make();

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		host_simd[i / 2][i % 2] = 100 + i;
	}
	v0()->regs.x[3] = DEVICE;
	assert_int_equal(decoded(v0(), 0xad810460, DEVICE + 0x20, true, 0),
			 EXIT_STAY);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(m.slot[0].data, 100 + i);
		assert_int_equal(piece(&m, DEVICE + 0x20 + 8 * i, 8, 0),
				 i < 3 ? EXIT_STAY : EXIT_GO);
	}
	assert_int_equal(v0()->regs.x[3], DEVICE + 0x20);
	assert_int_equal(decoded(v0(), 0x3dc00062, DEVICE + 0x20, false, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x20, 8, 5), EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x28, 8, 6), EXIT_GO);
	assert_int_equal(host_simd[2][0], 5);
	assert_int_equal(host_simd[2][1], 6);
	/* ldr s2, [x3]: what is above is zero, whatever the model says. */
	assert_int_equal(decoded(v0(), 0xbd400062, DEVICE + 0x20, false, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x20, 4, ~UINT64_C(0)), EXIT_GO);
	assert_int_equal(host_simd[2][0], 0xffffffff);
	assert_int_equal(host_simd[2][1], 0);
}

/* The second half is nobody's: no register changes. */
static void pair_over_the_end(void **state)
{
	struct dm m = dm_make();
	uint64_t *x = v0()->regs.x;

	(void)state;
	x[1] = 77;
	x[3] = DEVICE + 0xff8;
	assert_int_equal(decoded(v0(), 0xa8c10861, DEVICE + 0xff8, false, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0xff8, 8, 1), EXIT_ABORT);
	assert_int_equal(x[1], 77);
	assert_int_equal(x[3], DEVICE + 0xff8);
	assert_int_equal(v0()->regs.pc, 0x1000);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
}

/* The stack pointer as a base: str x1, [sp, #-16]! */
static void stack_pointer(void **state)
{
	struct dm m = dm_make();

	(void)state;
	host_sp = DEVICE + 0x110;
	assert_int_equal(decoded(v0(), 0xf81f0fe1, DEVICE + 0x100, true, 0),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x100, 8, 0), EXIT_GO);
	assert_int_equal(host_sp, DEVICE + 0x100);
}

/* The code has changed since it faulted, or is none for a device. */
static void not_that_instruction(void **state)
{
	struct dm m = dm_make();

	(void)state;
	v0()->regs.x[3] = DEVICE;
	/* A load, where a store has faulted; elsewhere; a prefetch. */
	(void)decoded(v0(), 0xf9400061, DEVICE, true, -XEN_EAGAIN);
	(void)decoded(v0(), 0xf9400061, DEVICE + 8, false, -XEN_EAGAIN);
	(void)decoded(v0(), 0xf9400061, DEVICE - 1, false, -XEN_EAGAIN);
	(void)decoded(v0(), 0xf9800060, DEVICE, false, -XEN_EAGAIN);
	/* ldxr x1, [x3]; ldadd x1, x2, [x3]; nop */
	(void)decoded(v0(), 0xc85f7c61, DEVICE, false, -XEN_EOPNOTSUPP);
	(void)decoded(v0(), 0xf8210062, DEVICE, true, -XEN_EOPNOTSUPP);
	(void)decoded(v0(), 0xd503201f, DEVICE, false, -XEN_EOPNOTSUPP);
	assert_int_equal(m.slot[0].state, STATE_IOREQ_NONE);
}

/* ------------------------------------------------------------- buffered */

static void buffered_writes(void **state)
{
	struct buffered_iopage *ring;
	struct dm m = dm_make_disabled();
	uint32_t port;

	(void)state;
	assert_int_equal(dm_options(m.id, ENTRESOL_IOREQ_BUFFERED,
				    DEVICE + 0x100, 0x100, &port),
			 0);
	assert_int_equal(dm_map_frame(m.id, 0, 0x8100), 0);
	ring = guest_at(&dom0, UINT64_C(0x8100) << PAGE_SHIFT);
	assert_int_equal(dm_enable(m.id, true), 0);
	v0()->regs.x[1] = 0x1234;
	assert_int_equal(guest_access(v0(), DEVICE + 0x108, 4, true), EXIT_GO);
	assert_int_equal(v0()->regs.pc, 0x1004);
	assert_int_equal(ring->ptrs.write_pointer, 1);
	assert_int_equal(ring->buf_ioreq[0].addr, 8);
	assert_int_equal(ring->buf_ioreq[0].data, 0x1234);
	assert_int_equal(m.slot[0].state, STATE_IOREQ_NONE);
	/* Reads, and writes that are not inside, wait. */
	assert_int_equal(guest_access(v0(), DEVICE + 0x108, 4, false),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x108, 4, 0), EXIT_GO);
	assert_int_equal(guest_access(v0(), DEVICE + 0x1fe, 4, true),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x1fe, 4, 0), EXIT_GO);
	/* So does one that finds it full. */
	for (unsigned int i = 1; i < IOREQ_BUFFER_SLOT_NUM; i++) {
		assert_int_equal(guest_access(v0(), DEVICE + 0x100, 1, true),
				 EXIT_GO);
	}
	assert_int_equal(guest_access(v0(), DEVICE + 0x100, 1, true),
			 EXIT_STAY);
	assert_int_equal(piece(&m, DEVICE + 0x100, 1, 0), EXIT_GO);
}

/* --------------------------------------------------------------- rogues */

/* XSA-166: each state that is none of a request's life ends the guest, and
 * the guest alone. */
static void wrong_states(void **state)
{
	(void)state;
	for (unsigned int is = 0; is < 16; is++) {
		bool good = is >= STATE_IOREQ_READY && is <= STATE_IORESP_READY;
		struct dm m;

		machine_teardown(state);
		machine_setup(state);
		m = dm_make();
		assert_int_equal(guest_access(v0(), DEVICE, 4, false),
				 EXIT_STAY);
		m.slot[0].state = is & 0xf;
		host_log_clear();
		(void)guest_exit(v0());
		assert_int_equal(domu.d->shutting_down, !good);
		if (!good) {
			assert_non_null(strstr(host_log(), "ioreq server 0"));
			assert_int_equal(domu.d->shutdown_code, SHUTDOWN_crash);
		}
	}
}

/* After INPROCESS was seen it does not become READY again. */
static void back_to_ready(void **state)
{
	struct dm m = dm_make();

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	dm_take(&m, 0);
	assert_int_equal(guest_exit(v0()), EXIT_STAY);
	m.slot[0].state = STATE_IOREQ_READY;
	(void)guest_exit(v0());
	assert_true(domu.d->shutting_down);
}

/* All other fields are nobody's business while a request is out. */
static void fields_changed_meanwhile(void **state)
{
	struct dm m = dm_make();
	uint32_t port = m.slot[0].vp_eport;

	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		assert_int_equal(guest_access(v0(), DEVICE, 2, i & 1),
				 EXIT_STAY);
		dm_take(&m, 0);
		memset(&m.slot[0], (int)i, sizeof(m.slot[0]));
		m.slot[0].state = STATE_IOREQ_INPROCESS;
		assert_int_equal(guest_exit(v0()), EXIT_STAY);
		dm_answer(&m, 0, 0x1ffff);
		assert_int_equal(guest_exit(v0()), EXIT_GO);
		assert_int_equal(v0()->regs.pc, 0x1004);
		assert_true(v0()->regs.x[1] <= 0xffff);
	}
	assert_int_equal(guest_access(v0(), DEVICE, 2, false), EXIT_STAY);
	assert_int_equal(m.slot[0].vp_eport, port);
	assert_int_equal(m.slot[0].data_is_ptr, 0);
}

/* A slot that nobody has a request in is not looked at. */
static void answers_nobody_asked_for(void **state)
{
	struct dm m = dm_make();

	(void)state;
	m.slot[1].state = 9;
	dm_answer(&m, 0, 1);
	assert_false(guest_asked(v0()));
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	assert_int_equal(m.slot[0].state, STATE_IOREQ_READY);
	assert_false(domu.d->shutting_down);
}

/* The ports of a server are no ports for the guest itself to play with. */
static void ports_of_others(void **state)
{
	struct dm m = dm_make();
	struct evtchn_close *arg = ARG_AT(domu, 0);
	struct vcpu *v = v0();
	struct evtchn_status *status = ARG_AT(domu, 0);

	(void)state;
	host_load_vcpu(v);
	arg->port = m.slot[0].vp_eport;
	assert_int_equal(hcall(v, __HYPERVISOR_event_channel_op, EVTCHNOP_close,
			       domu.ram, 0),
			 -XEN_EINVAL);
	assert_int_equal(hcall(v, __HYPERVISOR_event_channel_op, EVTCHNOP_send,
			       domu.ram, 0),
			 -XEN_EINVAL);
	*(struct evtchn_bind_vcpu *)arg =
		(struct evtchn_bind_vcpu){ m.slot[0].vp_eport, 1 };
	assert_int_equal(hcall(v, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_bind_vcpu, domu.ram, 0),
			 -XEN_EINVAL);
	*status = (struct evtchn_status){ .dom = DOMID_SELF,
					  .port = m.slot[0].vp_eport };
	assert_int_equal(hcall(v, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_status, domu.ram, 0),
			 -XEN_EACCES);
	*(struct evtchn_reset *)arg = (struct evtchn_reset){ DOMID_SELF };
	assert_int_equal(hcall(v, __HYPERVISOR_event_channel_op, EVTCHNOP_reset,
			       domu.ram, 0),
			 0);
	assert_int_equal(guest_access(v, DEVICE, 4, false), EXIT_STAY);
	assert_true(dm_event(m.port[0]));
}

/* A model that closes its ports, and binds them anew, has lost nothing. */
static void port_closed_and_bound_again(void **state)
{
	struct dm m = dm_make();
	struct evtchn_close *arg = ARG_AT(dom0, 0);
	struct evtchn_bind_interdomain *bind = ARG_AT(dom0, 0);

	(void)state;
	arg->port = m.port[0];
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_close, dom0.ram, 0),
			 0);
	assert_int_equal(guest_access(v0(), DEVICE, 4, false), EXIT_STAY);
	assert_false(dm_event(m.port[0]));
	*bind = (struct evtchn_bind_interdomain){
		.remote_dom = domu.d->id, .remote_port = m.slot[0].vp_eport
	};
	assert_int_equal(hcall(self, __HYPERVISOR_event_channel_op,
			       EVTCHNOP_bind_interdomain, dom0.ram, 0),
			 0);
	m.port[0] = bind->local_port;
	dm_take(&m, 0);
	dm_answer(&m, 0, 3);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
}

/* ------------------------------------------------------------ the ends */

/* Before it is taken, while it is served, and when it is answered. */
static void destroyed_at_each_step(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 3; n++) {
		struct dm m = dm_make();

		assert_int_equal(guest_access(v0(), DEVICE, 4, false),
				 EXIT_STAY);
		if (n > 0) {
			dm_take(&m, 0);
		}
		if (n > 1) {
			m.slot[0].data = 5;
			m.slot[0].state = STATE_IORESP_READY;
		}
		assert_int_equal(dm_destroy(m.id), 0);
		assert_true(guest_asked(v0()));
		assert_int_equal(guest_exit(v0()), EXIT_GO);
		assert_int_equal(v0()->regs.x[1], 0xffffffff);
		assert_int_equal(v0()->regs.pc, 0x1004);
		assert_int_equal(guest_access(v0(), DEVICE, 4, false),
				 EXIT_ABORT);
		(void)dm_event(m.port[0]);
	}
}

static void model_s_domain_ends(void **state)
{
	struct dm m = dm_make();

	(void)state;
	assert_int_equal(guest_access(v0(), DEVICE, 8, false), EXIT_STAY);
	ioreq_emulator_end(dom0.d);
	assert_int_equal(guest_exit(v0()), EXIT_GO);
	assert_int_equal(v0()->regs.x[1], ~UINT64_C(0));
	assert_int_equal(dm_destroy(m.id), -XEN_ENOENT);
	assert_int_equal(guest_access(v0(), DEVICE, 8, false), EXIT_ABORT);
}

/* The guest ends with a request out; the teardown finds nothing left. */
static void guest_ends_meanwhile(void **state)
{
	(void)state;
	(void)dm_make();
	assert_int_equal(guest_access(v0(), DEVICE, 8, false), EXIT_STAY);
	ioreq_domain_end(domu.d);
	ioreq_domain_end(domu.d);
}

static const struct CMUnitTest tests[] = {
	MACHINE_TEST(a_load_and_a_store),
	MACHINE_TEST(the_event_wakes),
	MACHINE_TEST(woken_in_vain),
	MACHINE_TEST(two_vcpus_two_slots),
	MACHINE_TEST(whose_it_is),
	MACHINE_TEST(aarch32_waits),
	MACHINE_TEST(pairs),
	MACHINE_TEST(simd_registers),
	MACHINE_TEST(pair_over_the_end),
	MACHINE_TEST(stack_pointer),
	MACHINE_TEST(not_that_instruction),
	MACHINE_TEST(buffered_writes),
	MACHINE_TEST(wrong_states),
	MACHINE_TEST(back_to_ready),
	MACHINE_TEST(fields_changed_meanwhile),
	MACHINE_TEST(answers_nobody_asked_for),
	MACHINE_TEST(ports_of_others),
	MACHINE_TEST(port_closed_and_bound_again),
	MACHINE_TEST(destroyed_at_each_step),
	MACHINE_TEST(model_s_domain_ends),
	MACHINE_TEST(guest_ends_meanwhile),
};

const struct suite requests_suite = { tests, ARRAY_SIZE(tests) };
