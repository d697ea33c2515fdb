/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions from sending an SGI to the vector of another CPU.
 *
 * The CPUs take turns on one thread of QEMU and the counter counts for both,
 * so the row is the sum of the sender's and the target's paths.
 */
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "exception.h"
#include "gic.h"
#include "measure.h"
#include "smp.h"
#include "tap.h"

#define REPEAT	 2000
#define TEST_SGI 5

static volatile uint32_t interrupts;

void irq_handler(struct regs *regs)
{
	(void)regs;
	gic_eoi(gic_ack());
	interrupts++;
}

static uint32_t cross_ready;

static void cross_target(void *stop)
{
	measure_vectors();
	gic_init_cpu();
	gic_enable(TEST_SGI, 0x80);
	irq_enable();
	flag_set(&cross_ready, 1);
	flag_wait(stop, 1);
	irq_disable();
}

void guest_main(void)
{
	static uint32_t stop;
	uint64_t sum = 0;
	uint64_t start;
	unsigned int i;

	gic_init();
	if (smp_start(1, cross_target, &stop)) {
		tap_bail("CPU_ON failed");
	}
	flag_wait(&cross_ready, 1);
	for (i = 0; i < REPEAT; i++) {
		uint32_t before = interrupts;

		dither(i);
		start = counter();
		gic_sgi(TEST_SGI, board.mpidr[1]);
		while (interrupts == before) {
			yield();
		}
		sum += vector_time - start;
	}
	row("sgi-cross", sum, REPEAT);
	flag_set(&stop, 1);
	smp_join(1);
	tap_ok(interrupts == REPEAT, "all rows measured");
}
