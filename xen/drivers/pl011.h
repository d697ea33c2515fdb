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

/* Interrupt on input, from now on. Its handler acknowledges first and then
 * takes characters until there is none: one that comes in between interrupts
 * again. */
void pl011_ack_input(void);
void pl011_enable_input_irq(void);

#endif
