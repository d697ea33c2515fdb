/* SPDX-License-Identifier: BSD-2-Clause */
#include "drivers/pl011.h"

#include <stdint.h>

#include <arch/cpu.h>
#include <arch/map.h>
#include <core/bits.h>

#define UARTDR	 (0x00 / 4)
#define UARTFR	 (0x18 / 4)
#define UARTCR	 (0x30 / 4)
#define UARTIMSC (0x38 / 4)
#define UARTICR	 (0x44 / 4)

#define FR_RXFE	  BIT(4)
#define FR_TXFF	  BIT(5)
#define CR_UARTEN BIT(0)
#define CR_TXE	  BIT(8)
#define CR_RXE	  BIT(9)
#define INT_RX	  BIT(4)
#define INT_RT	  BIT(6) /* receive timeout */

static volatile uint32_t *uart;

void pl011_init(paddr_t regs)
{
	uart = paddr_to_ptr(regs);
	uart[UARTIMSC] = 0;
	uart[UARTCR] = CR_UARTEN | CR_TXE | CR_RXE;
}

void pl011_put(char c)
{
	while (uart[UARTFR] & FR_TXFF) {
		arch_relax();
	}
	uart[UARTDR] = (uint8_t)c;
}

int pl011_get(void)
{
	return uart[UARTFR] & FR_RXFE ? -1 : (int)(uart[UARTDR] & 0xff);
}

void pl011_ack_input(void)
{
	uart[UARTICR] = INT_RX | INT_RT;
}

void pl011_enable_input_irq(void)
{
	pl011_ack_input();
	uart[UARTIMSC] = INT_RX | INT_RT;
}
