/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: the log's way out, the ring that keeps it, and input for the
 * hardware domain or, after Ctrl-A three times, for the hypervisor's keys.
 */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include <core/log.h>

struct domain;
struct dt_uart;

/* Start using the UART: its registers are mapped, its interrupt is off.
 * Unknown kinds leave only the ring. */
void console_init(const struct dt_uart *uart);

/* Lines up to @level are printed (option loglvl=). */
void console_set_level(enum log_level level);

/* Input from now on: VIRQ_CONSOLE goes to @hwdom. */
void console_start_input(const struct dt_uart *uart, struct domain *hwdom);

/* The log so far, for readconsole: copies from @index on, and advances it. */
size_t console_ring_read(uint32_t *index, char *buf, size_t len);

#endif
