/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual and the physical timer of each CPU: exact, maskable, and able to
 * wake it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "gic.h"
#include "smp.h"
#include "tap.h"

#define CTL_ENABLE  1u
#define CTL_IMASK   2u
#define CTL_ISTATUS 4u
#define REPEAT	    50

struct timer {
	const char *name;
	unsigned int intid;
	bool physical;
};

/* Per CPU: when its last timer interrupt came, and how many there were. */
static volatile uint64_t fired_at[MAX_CPUS];
static volatile uint32_t fired[MAX_CPUS];

static uint64_t now(const struct timer *t)
{
	isb();
	return t->physical ? read_sysreg(cntpct_el0) : read_sysreg(cntvct_el0);
}

static void set(const struct timer *t, uint64_t cval, uint32_t ctl)
{
	if (t->physical) {
		write_sysreg(cval, cntp_cval_el0);
		write_sysreg(ctl, cntp_ctl_el0);
	} else {
		write_sysreg(cval, cntv_cval_el0);
		write_sysreg(ctl, cntv_ctl_el0);
	}
	isb();
}

static uint32_t control(const struct timer *t)
{
	return (uint32_t)(t->physical ? read_sysreg(cntp_ctl_el0)
				      : read_sysreg(cntv_ctl_el0));
}

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();
	unsigned int id = this_cpu()->id;

	(void)regs;
	if (intid == board.vtimer_intid) {
		fired_at[id] = read_sysreg(cntvct_el0);
		write_sysreg(0, cntv_ctl_el0);
	} else if (intid == board.ptimer_intid) {
		fired_at[id] = read_sysreg(cntpct_el0);
		write_sysreg(0, cntp_ctl_el0);
	} else {
		return;
	}
	isb();
	fired[id]++;
	gic_eoi(intid);
}

static void spin(const struct timer *t, uint64_t ticks)
{
	uint64_t end = now(t) + ticks;

	while (now(t) < end) {
		yield();
	}
}

/* Wait, no more than 2 s, for an interrupt to come; return how many did. */
static uint32_t fired_since(const struct timer *t, uint32_t before)
{
	uint64_t end = now(t) + 2 * read_sysreg(cntfrq_el0);

	while (fired[this_cpu()->id] == before && now(t) < end) {
		yield();
	}
	return fired[this_cpu()->id] - before;
}

/* Wait, no more than 2 s, for the timer to say that it is due. */
static uint32_t control_when_due(const struct timer *t)
{
	uint64_t end = now(t) + 2 * read_sysreg(cntfrq_el0);

	while (!(control(t) & CTL_ISTATUS) && now(t) < end) {
		yield();
	}
	return control(t);
}

/* Deadlines of 50 us to 5 ms: none may come early, none may be lost. */
static unsigned int misses(const struct timer *t, bool sleep)
{
	uint64_t us = read_sysreg(cntfrq_el0) / 1000000;
	unsigned int id = this_cpu()->id;
	unsigned int bad = 0;
	unsigned int i;

	for (i = 1; i <= REPEAT; i++) {
		uint32_t before = fired[id];
		uint64_t due = now(t) + us * 100 * i;

		set(t, due, CTL_ENABLE);
		while (fired[id] == before) {
			if (sleep) {
				irq_disable();
				if (fired[id] == before) {
					wfi();
				}
				irq_enable();
			} else if (now(t) > due + us * 2000000) {
				bad++;
				break;
			}
		}
		bad += fired_at[id] < due;
	}
	return bad;
}

static void one(const struct timer *t)
{
	uint64_t ms = read_sysreg(cntfrq_el0) / 1000;
	unsigned int id = this_cpu()->id;
	uint32_t before = fired[id];
	uint64_t tval;

	tap_is(misses(t, false), 0, "%s: early or lost while running", t->name);
	tap_is(misses(t, true), 0, "%s: early or lost in WFI", t->name);

	before = fired[id];
	set(t, now(t) - ms, CTL_ENABLE);
	tap_is(fired_since(t, before), 1, "%s: a deadline in the past",
	       t->name);
	before = fired[id];
	set(t, now(t), CTL_ENABLE | CTL_IMASK);
	spin(t, ms);
	tap_is(fired[id] - before, 0, "%s: masked", t->name);
	tap_is(control_when_due(t), CTL_ENABLE | CTL_IMASK | CTL_ISTATUS,
	       "%s: its control register", t->name);
	set(t, now(t) - ms, CTL_ENABLE);
	tap_is(fired_since(t, before), 1, "%s: then not masked", t->name);
	before = fired[id];
	set(t, now(t) + ms, 0);
	spin(t, 3 * ms);
	tap_is(fired[id] - before, 0, "%s: off", t->name);
	tap_is(control(t) & CTL_ENABLE, 0, "%s: its control register is 0",
	       t->name);
	/*
	 * Not ~0, which QEMU 7.2 wraps into the past and spins on, and not
	 * centuries, which Xen's nanoseconds have no room for.
	 */
	set(t, now(t) + 100000 * ms, CTL_ENABLE);
	spin(t, ms);
	tap_is(fired[id] - before, 0, "%s: 100 seconds ahead", t->name);
	set(t, now(t) + 1000 * ms, 0);
	tval = t->physical ? read_sysreg(cntp_tval_el0)
			   : read_sysreg(cntv_tval_el0);
	tap_ok(tval > 900 * ms && tval <= 1000 * ms, "%s: TVAL counts down",
	       t->name);
}

static void both(void)
{
	const struct timer virtual = {
		"virtual timer",
		board.vtimer_intid,
		false,
	};
	const struct timer physical = {
		"physical timer",
		board.ptimer_intid,
		true,
	};

	gic_enable(board.vtimer_intid, 0x80);
	gic_enable(board.ptimer_intid, 0x80);
	irq_enable();
	one(&virtual);
	one(&physical);
	irq_disable();
}

static void counters(void)
{
	uint64_t v = counter();
	uint64_t p = read_sysreg(cntpct_el0);

	tap_ok(read_sysreg(cntfrq_el0) == 62500000, "CNTFRQ");
	tap_ok(p >= v, "the virtual counter is not ahead of the physical one");
	tap_ok(counter() > v, "it counts");
}

static void second(void *arg)
{
	(void)arg;
	gic_init_cpu();
	both();
}

void guest_main(void)
{
	gic_init();
	counters();
	both();
	if (board.nr_cpus > 1) {
		tap_note("CPU 1");
		if (smp_start(1, second, NULL)) {
			tap_bail("CPU_ON");
		}
		smp_join(1);
	}
}
