/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions of what a toolstack and a device model do to another domain: its
 * pages populated and mapped, its accesses served, its changes acknowledged; and
 * of a switch between two domains. All on one CPU.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

#include "arch.h"
#include "board.h"
#include "dm.h"
#include "domu.h"
#include "evtchn.h"
#include "exception.h"
#include "gic.h"
#include "hypercall.h"
#include "measure.h"
#include "tap.h"

#define REPEAT 200
#define DEVICE GUEST_VIRTIO_MMIO_BASE
#define LATER  2000 /* ticks */
#define WARM   20   /* switches until domain 0 has slept its share */

static struct domu u;
static struct dm dm[8];

static volatile uint32_t interrupts;

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();

	(void)regs;
	if (intid == board.vtimer_intid) {
		write_sysreg(0, cntv_ctl_el0);
		isb();
		interrupts++;
	}
	gic_eoi(intid);
}

/* --------------------------------------------------------- the toolstack's */

static void bench_pages(void)
{
	const uint64_t first = AGENT_FREE >> PAGE_SHIFT;
	uint64_t ticks[4] = { 0 };
	void *at = window(u.slot, 2);

	for (unsigned int i = 0; i < REPEAT; i++) {
		uint64_t t[5];

		dither(i);
		t[0] = counter();
		(void)foreign_map(u.id, first + i, at);
		t[1] = counter();
		(void)foreign_unmap(at);
		t[2] = counter();
		(void)decrease(u.id, first + i);
		t[3] = counter();
		(void)populate(u.id, first + i, 0);
		t[4] = counter();
		for (unsigned int n = 0; n < 4; n++) {
			ticks[n] += t[n + 1] - t[n];
		}
	}
	row("foreign-map", ticks[0], REPEAT);
	row("foreign-unmap", ticks[1], REPEAT);
	row("domu-decrease", ticks[2], REPEAT);
	row("domu-populate", ticks[3], REPEAT);
}

/* ------------------------------------------------------ the device model's */

/* Ticks that the device model's own code took. */
static uint64_t own;
static unsigned int answered;

static void answer(struct dm *m, uint64_t *mark)
{
	if (dm_state(m, 0) != STATE_IOREQ_READY) {
		return;
	}
	answered++;
	m->slot[0].data = answered;
	dm_set_state(m, 0, STATE_IORESP_READY);
	own += counter() - *mark;
	dm_notify(m, 0);
	*mark = counter();
}

/*
 * The device model sleeps until there is an event, as a program would, and
 * answers what it finds.
 */
static void serve(unsigned int nr, unsigned int requests)
{
	evtchn_port_t ports[ARRAY_SIZE(dm)];
	struct sched_poll poll = { .ports.p = ports, .nr_ports = nr };
	uint64_t mark;

	for (unsigned int i = 0; i < nr; i++) {
		ports[i] = dm[i].port[0];
	}
	while (answered < requests) {
		sched_op(SCHEDOP_poll, &poll);
		mark = counter();
		for (unsigned int i = 0; i < nr; i++) {
			(void)event_take(ports[i]);
			answer(&dm[i], &mark);
		}
		own += counter() - mark;
	}
}

/* Ticks of a job of the domain with a request of each server @repeat times, less
 * what the device models took. */
static uint64_t job_ticks(unsigned int servers, unsigned int repeat,
			  enum agent_op op, const uint64_t *args,
			  unsigned int nr_args)
{
	struct agent_job *job;

	own = 0;
	answered = 0;
	job = job_post(&u, 0, op, args, nr_args);
	serve(servers, servers * repeat);
	return job_result(job) - own;
}

static uint64_t balloon_ticks(unsigned int servers)
{
	uint64_t ticks = job_ticks(servers, REPEAT, AGENT_BALLOONS,
				   JOB_ARGS(AGENT_FREE, REPEAT));

	for (unsigned int i = 0; i < REPEAT; i++) {
		(void)populate(u.id, (AGENT_FREE >> PAGE_SHIFT) + i, 0);
	}
	return ticks;
}

static void bench_devices(void)
{
	uint64_t alone, ticks;

	row("domu-null-hypercall",
	    job_ticks(0, 0, AGENT_CALLS, JOB_ARGS(REPEAT)), REPEAT);
	alone = balloon_ticks(0);
	dm_create(&dm[0], &u, 0);
	dm_device(&dm[0], DEVICE);
	row("ioreq-null-hypercall",
	    job_ticks(1, 0, AGENT_CALLS, JOB_ARGS(REPEAT)), REPEAT);
	ticks = job_ticks(1, REPEAT, AGENT_MANY, JOB_ARGS(DEVICE, REPEAT));
	row("mmio-round-trip", ticks, REPEAT);
	ticks = balloon_ticks(1);
	row("invalidate-1", ticks - alone, REPEAT);
	for (unsigned int i = 1; i < ARRAY_SIZE(dm); i++) {
		dm_create(&dm[i], &u, i);
		dm_device(&dm[i], DEVICE + i * PAGE_SIZE);
	}
	ticks = balloon_ticks(ARRAY_SIZE(dm));
	row("invalidate-8", ticks - alone, REPEAT);
}

/* ------------------------------------------------------------------ switches */

/* Asleep, the other domain runs; then the timer is due. */
static void bench_switch(void)
{
	struct agent_job *job = job_post(&u, 0, AGENT_SPIN, NULL, 0);
	uint64_t ticks = 0;

	gic_init();
	gic_enable(board.vtimer_intid, 0x80);
	measure_vectors();
	for (unsigned int i = 0; i < WARM + REPEAT; i++) {
		uint32_t before = interrupts;
		uint64_t due;

		dither(i);
		due = counter() + LATER;
		write_sysreg(due, cntv_cval_el0);
		write_sysreg(1, cntv_ctl_el0);
		isb();
		wfi();
		irq_enable();
		while (interrupts == before) {
			yield();
		}
		irq_disable();
		ticks += i < WARM ? 0 : vector_time - due;
	}
	row("wfi-switch", ticks, REPEAT);
	job->stop = 1;
	job_wait(job);
}

void guest_main(void)
{
	irq_disable();
	(void)shared_info_map();
	domu_make(&u, 0, 1);
	domu_start(&u);
	bench_pages();
	bench_switch();
	bench_devices();
	domu_destroy(&u);
	tap_ok(true, "measured");
}
