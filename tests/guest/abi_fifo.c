/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels with the FIFO ABI: control blocks, the event array, queues by
 * priority, and the way back to the 2-level ABI.
 *
 * Classes: XSA-107 (a vCPU without control block), XSA-188 (init_control that
 * fails half way), XSA-342 (ports beyond the 2-level limit and a reset).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/event_channel.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "evtchn.h"
#include "exception.h"
#include "gic.h"
#include "hypercall.h"
#include "tap.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))

static vcpu_info_t *info;
static evtchn_fifo_control_block_t *control;
static event_word_t *array;
static volatile uint32_t upcalls;

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();

	(void)regs;
	if (intid == board.evtchn_intid) {
		upcalls++;
		info->evtchn_upcall_pending = 0;
	}
	gic_eoi(intid);
}

static void settle(void)
{
	uint64_t end = counter() + read_sysreg(cntfrq_el0) / 1000;

	while (counter() < end) {
		yield();
	}
}

static long init_control(uint64_t gfn, uint32_t offset, uint32_t vcpu)
{
	struct evtchn_init_control arg = {
		.control_gfn = gfn,
		.offset = offset,
		.vcpu = vcpu,
	};
	long rc = event_channel_op(EVTCHNOP_init_control, &arg);

	return rc ? rc : arg.link_bits;
}

static long expand_array(uint64_t gfn)
{
	struct evtchn_expand_array arg = { .array_gfn = gfn };

	return event_channel_op(EVTCHNOP_expand_array, &arg);
}

static long set_priority(evtchn_port_t port, uint32_t priority)
{
	struct evtchn_set_priority arg = {
		.port = port,
		.priority = priority,
	};

	return event_channel_op(EVTCHNOP_set_priority, &arg);
}

static long send(evtchn_port_t port)
{
	struct evtchn_send arg = { .port = port };

	return event_channel_op(EVTCHNOP_send, &arg);
}

static long close(evtchn_port_t port)
{
	struct evtchn_close arg = { .port = port };

	return event_channel_op(EVTCHNOP_close, &arg);
}

static bool flag(evtchn_port_t port, unsigned int bit)
{
	return array[port] >> bit & 1;
}

static void flag_clear(evtchn_port_t port, unsigned int bit)
{
	__atomic_and_fetch(&array[port], ~(1u << bit), __ATOMIC_SEQ_CST);
}

/* Take the head of a queue off it, as a guest's upcall does. 0: empty. */
static evtchn_port_t consume(unsigned int priority)
{
	evtchn_port_t port = control->head[priority];
	event_word_t link;

	if (!port) {
		__atomic_and_fetch(&control->ready, ~(1u << priority),
				   __ATOMIC_SEQ_CST);
		return 0;
	}
	link = array[port] & EVTCHN_FIFO_LINK_MASK;
	__atomic_and_fetch(&array[port],
			   ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK),
			   __ATOMIC_SEQ_CST);
	control->head[priority] = link;
	if (!link) {
		__atomic_and_fetch(&control->ready, ~(1u << priority),
				   __ATOMIC_SEQ_CST);
	}
	flag_clear(port, EVTCHN_FIFO_PENDING);
	return port;
}

static void setup(void)
{
	const uint64_t top = 1UL << 40;
	uint64_t gfn = gfn_of(control);

	tap_is(expand_array(gfn_of(array)), -XEN_EOPNOTSUPP,
	       "expand_array before init_control");
	tap_is(set_priority(1, 0), -XEN_ENOSYS,
	       "set_priority before init_control");
	tap_is(init_control(gfn, 0, board.nr_cpus), -XEN_ENOENT,
	       "init_control, no such vCPU");
	tap_is(init_control(gfn, 4, 0), -XEN_EINVAL,
	       "init_control, offset not a multiple of 8");
	tap_is(init_control(gfn, 4096, 0), -XEN_EINVAL,
	       "init_control, offset beyond the page");
	tap_is(init_control(gfn, 4096 - 64, 0), -XEN_EINVAL,
	       "init_control, block crosses the page");
	tap_is(init_control(top, 0, 0), -XEN_EINVAL, "init_control, gfn 2^40");
	tap_is(init_control(~0UL, 0, 0), -XEN_EINVAL, "init_control, gfn ~0");
	tap_is(init_control(board.gicd.base >> PAGE_SHIFT, 0, 0), -XEN_EINVAL,
	       "init_control, gfn of an emulated device");
	tap_is(init_control(gfn, 4096 - 72, 0), EVTCHN_FIFO_LINK_BITS,
	       "init_control: link_bits");
	control = (void *)((char *)control + 4096 - 72);
	tap_is(init_control(gfn, 0, 0), -XEN_EINVAL, "init_control again");
	tap_is(expand_array(~0UL), -XEN_EINVAL, "expand_array, gfn ~0");
	tap_is(expand_array(board.gicd.base >> PAGE_SHIFT), -XEN_EINVAL,
	       "expand_array, gfn of an emulated device");
	tap_is(expand_array(gfn_of(array)), 0, "expand_array");
}

static void one_event(void)
{
	evtchn_port_t far;
	evtchn_port_t near = loopback(&far);
	struct evtchn_unmask unmask = { .port = far };
	uint32_t before;

	settle();
	while (consume(EVTCHN_FIFO_PRIORITY_DEFAULT)) {
	}
	before = upcalls;
	tap_ok(!flag(far, EVTCHN_FIFO_MASKED), "a new port is not masked");
	tap_is(send(near), 0, "send");
	settle();
	tap_ok(upcalls == before + 1, "one upcall");
	tap_is(control->ready, 1 << EVTCHN_FIFO_PRIORITY_DEFAULT,
	       "ready: the default queue");
	tap_is(control->head[EVTCHN_FIFO_PRIORITY_DEFAULT], (long)far,
	       "its head");
	tap_ok(flag(far, EVTCHN_FIFO_PENDING), "pending");
	tap_ok(flag(far, EVTCHN_FIFO_LINKED), "linked");
	send(near);
	settle();
	tap_ok(upcalls == before + 1, "no second upcall while it is pending");
	tap_is(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), (long)far, "consumed");
	tap_is(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), 0, "then it is empty");

	__atomic_or_fetch(&array[far], 1u << EVTCHN_FIFO_MASKED,
			  __ATOMIC_SEQ_CST);
	send(near);
	settle();
	tap_ok(flag(far, EVTCHN_FIFO_PENDING) && !flag(far, EVTCHN_FIFO_LINKED),
	       "masked: pending, not linked");
	tap_ok(upcalls == before + 1, "and no upcall");
	tap_is(event_channel_op(EVTCHNOP_unmask, &unmask), 0, "unmask");
	settle();
	tap_ok(flag(far, EVTCHN_FIFO_LINKED) && upcalls == before + 2,
	       "unmask links it and brings the upcall");
	tap_ok(!flag(far, EVTCHN_FIFO_MASKED), "and clears the mask");
	consume(EVTCHN_FIFO_PRIORITY_DEFAULT);
	close(near);
	close(far);
}

static void priorities(void)
{
	evtchn_port_t far[3];
	evtchn_port_t near[3];
	unsigned int i;

	irq_disable();
	for (i = 0; i < 3; i++) {
		near[i] = loopback(&far[i]);
	}
	for (i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		while (consume(i)) {
		}
	}
	tap_is(set_priority(far[0], EVTCHN_FIFO_PRIORITY_MAX), 0,
	       "set_priority, highest");
	tap_is(set_priority(far[1], EVTCHN_FIFO_PRIORITY_MIN), 0,
	       "set_priority, lowest");
	tap_is(set_priority(far[1], 16), -XEN_EINVAL, "set_priority 16");
	for (i = 0; i < 3; i++) {
		send(near[i]);
	}
	tap_is(control->ready,
	       1 << EVTCHN_FIFO_PRIORITY_MAX |
		       1 << EVTCHN_FIFO_PRIORITY_DEFAULT |
		       1 << EVTCHN_FIFO_PRIORITY_MIN,
	       "ready: three queues");
	tap_is(consume(EVTCHN_FIFO_PRIORITY_MAX), (long)far[0], "highest");
	tap_is(consume(EVTCHN_FIFO_PRIORITY_MIN), (long)far[1], "lowest");
	tap_is(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), (long)far[2], "default");

	/* One queue keeps the order of sending. */
	set_priority(far[0], EVTCHN_FIFO_PRIORITY_DEFAULT);
	set_priority(far[1], EVTCHN_FIFO_PRIORITY_DEFAULT);
	for (i = 3; i--;) {
		send(near[i]);
	}
	for (i = 3; i--;) {
		tap_is(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), (long)far[i],
		       "in order");
	}
	for (i = 0; i < 3; i++) {
		close(near[i]);
		close(far[i]);
	}
	info->evtchn_upcall_pending = 0;
	irq_enable();
}

/* Ports beyond the first page of the array. */
static void second_page(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	event_word_t *second = ram_take(PAGE_SIZE, PAGE_SIZE);
	evtchn_port_t last = 0;
	long rc;

	memset(second, 0, PAGE_SIZE);
	while (!(rc = event_channel_op(EVTCHNOP_bind_ipi, &ipi))) {
		last = ipi.port;
		if (last >= 2 * WORDS_PER_PAGE) {
			break;
		}
	}
	tap_is(rc, 0, "ports beyond the array can be bound");
	tap_is(send(WORDS_PER_PAGE + 1), 0, "send on one of them");
	tap_is(expand_array(gfn_of(second)), 0, "expand_array, second page");
	tap_is(send(WORDS_PER_PAGE + 2), 0, "send on a port of it");
	tap_ok(second[2] >> EVTCHN_FIFO_PENDING & 1, "it is pending");
	tap_ok(second[1] >> EVTCHN_FIFO_PENDING & 1,
	       "and so is the one that was sent before");
	close(last);
}

static void too_many_pages(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	unsigned int pages = 2;
	long rc;

	while (!(rc = expand_array(gfn_of(array)))) {
		pages++;
	}
	tap_is(rc, -XEN_ENOSPC, "expand_array, one too many");
	tap_is(pages * WORDS_PER_PAGE, EVTCHN_FIFO_NR_CHANNELS,
	       "words in the array");
	tap_is(event_channel_op(EVTCHNOP_reset, &reset), 0, "reset");
	tap_is(expand_array(gfn_of(array)), -XEN_EOPNOTSUPP,
	       "expand_array after the reset");
	tap_is(init_control(gfn_of(array), 0, 0), EVTCHN_FIFO_LINK_BITS,
	       "init_control after the reset");
}

void guest_main(void)
{
	control = ram_take(PAGE_SIZE, PAGE_SIZE);
	array = ram_take(PAGE_SIZE, PAGE_SIZE);
	memset(control, 0, PAGE_SIZE);
	memset(array, 0, PAGE_SIZE);
	info = vcpu_info_register(0);
	gic_init();
	gic_enable(board.evtchn_intid, 0x80);
	irq_enable();

	setup();
	one_event();
	priorities();
	second_page();
	too_many_pages();
}
