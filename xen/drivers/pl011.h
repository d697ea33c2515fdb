/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PrimeCell UART (PL011), DDI 0183: polled output, input by interrupt. */
#ifndef DRIVERS_PL011_H
#define DRIVERS_PL011_H

#include <core/addr.h>

/* The firmware has set line speed and format; they stay. */
void pl011_init(paddr_t regs);
void pl011_put(char c);

/* The next character received, or -1. */
int pl011_get(void);

/* Interrupt on input, from now on. pl011_get() until -1 quiets it. */
void pl011_enable_input_irq(void);

#endif
