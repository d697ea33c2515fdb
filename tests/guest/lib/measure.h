/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting instructions.
 *
 * Under QEMU's -icount shift=0 the counter advances by one tick every 16
 * instructions, whoever executes them.
 */
#ifndef GUEST_MEASURE_H
#define GUEST_MEASURE_H

#include <stdint.h>

#include "arch.h"

#define INSNS_PER_TICK 16

/** vector_time - The counter at the first instruction of the last interrupt. */
extern volatile uint64_t vector_time;

/** measure_vectors() - Make this CPU's vectors keep vector_time. */
void measure_vectors(void);

/** row() - Print the mean of @repeats operations that took @ticks. */
void row(const char *id, uint64_t ticks, uint64_t repeats);

/**
 * dither() - Waste 0 to 30 instructions, another number for each @i.
 *
 * Otherwise every repetition could start at the same point of a tick, and the
 * mean would keep the rounding error of one measurement.
 */
void dither(unsigned int i);

/** MEASURE() - The mean cost of @statement, printed as row @id. */
#define MEASURE(id, repeats, statement)                           \
	do {                                                      \
		uint64_t start_ = counter();                      \
		for (unsigned int i_ = 0; i_ < (repeats); i_++) { \
			statement;                                \
		}                                                 \
		row(id, counter() - start_, repeats);             \
	} while (0)

#endif
