/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/console.h"

#include <stdarg.h>
#include <string.h>

#include <xen/xen.h>

#include <arch/console.h>
#include <arch/cpu.h>
#include <core/lock.h>

#include "arch/arm64/mmu.h"
#include "arch/arm64/panic.h"
#include "arch/arm64/trap.h"
#include "boot/keys.h"
#include "domain/domain.h"
#include "drivers/pl011.h"
#include "dt/host.h"
#include "evtchn/evtchn.h"
#include "lib/format.h"

#include <arch/irq.h>

#define RING_SIZE  32768u /* powers of two */
#define INPUT_SIZE 1024u
#define LINE_SIZE  256

#define CTRL_A	     1
#define CTRL_A_COUNT 3

/* What guests cause: lines at once, then lines a second. */
#define GUEST_BURST	 20
#define GUEST_PER_SECOND 5

static struct spinlock lock = SPINLOCK_INIT; /* output and the ring */
static bool lock_broken;
static bool have_uart;
static enum log_level level = LOG_INFO;

static char ring[RING_SIZE];
static uint32_t ring_end; /* bytes ever written */

static struct spinlock input_lock = SPINLOCK_INIT;
static char input[INPUT_SIZE];
static uint32_t input_head, input_tail;
static struct domain *input_domain;
static bool input_is_ours;
static unsigned int ctrl_a_seen;

/* Whether it is locked. In a crash everybody prints without. */
static __must_check bool console_lock(void)
{
	return spin_lock_unless(&lock, &lock_broken);
}

static void console_unlock(bool locked)
{
	if (locked) {
		spin_unlock(&lock);
	}
}

void console_break_lock(void)
{
	__atomic_store_n(&lock_broken, true, __ATOMIC_RELAXED);
}

static void uart_write(const char *text, size_t len)
{
	if (!have_uart) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			pl011_put('\r');
		}
		pl011_put(text[i]);
	}
}

static void ring_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ring[ring_end++ % RING_SIZE] = text[i];
	}
}

void console_write(const char *text, size_t len)
{
	bool locked = console_lock();

	uart_write(text, len);
	console_unlock(locked);
}

size_t console_ring_read(uint32_t *index, char *buf, size_t len)
{
	bool locked = console_lock();
	size_t n = 0;

	if (ring_end - *index > RING_SIZE) {
		*index = ring_end - RING_SIZE;
	}
	while (n < len && *index != ring_end) {
		buf[n++] = ring[(*index)++ % RING_SIZE];
	}
	console_unlock(locked);
	return n;
}

void console_set_level(enum log_level new_level)
{
	level = new_level;
}

static void __printf(2, 0)
	log_args(enum log_level at, const char *fmt, va_list args)
{
	char line[LINE_SIZE];
	size_t n = sizeof("(XEN) ") - 1;
	bool locked;
	int len;

	memcpy(line, "(XEN) ", n);
	len = fmt_vstr(line + n, sizeof(line) - n - 1, fmt, args);
	n += min_u64((uint64_t)len, sizeof(line) - n - 2);
	line[n++] = '\n';
	locked = console_lock();
	ring_write(line, n);
	if (at <= level) {
		uart_write(line, n);
	}
	console_unlock(locked);
}

void log_line(enum log_level at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_args(at, fmt, args);
	va_end(args);
}

/* One token a line; they come back with time (XSA-118, -141, -146). */
static bool guest_may_log(unsigned int *missed)
{
	static struct spinlock rate_lock = SPINLOCK_INIT;
	static uint64_t last;
	static unsigned int tokens = GUEST_BURST;
	static unsigned int dropped;
	uint64_t now = arch_counter();
	uint64_t step = arch_counter_hz() / GUEST_PER_SECOND;
	bool may;

	spin_lock(&rate_lock);
	if (now - last >= step) {
		uint64_t back = tokens + (now - last) / step;

		tokens = (unsigned int)min_u64(back, GUEST_BURST);
		last = now;
	}
	may = tokens > 0;
	if (may) {
		tokens--;
		*missed = dropped;
		dropped = 0;
	} else {
		dropped++;
	}
	spin_unlock(&rate_lock);
	return may;
}

void log_guest(const char *fmt, ...)
{
	unsigned int missed = 0;
	va_list args;

	if (!guest_may_log(&missed)) {
		return;
	}
	if (missed) {
		log_warn("%u lines about guests left out", missed);
	}
	va_start(args, fmt);
	log_args(LOG_WARN, fmt, args);
	va_end(args);
}

static void switch_input(void)
{
	input_is_ours = !input_is_ours;
	log_err("*** Serial input to %s (type 'CTRL-a' three times to switch "
		"input)",
		input_is_ours ? "Entresol" : "DOM0");
}

static void keep_for_domain(char c)
{
	spin_lock(&input_lock);
	if (input_head - input_tail < INPUT_SIZE) {
		input[input_head++ % INPUT_SIZE] = c;
	}
	spin_unlock(&input_lock);
}

static void take(char c)
{
	if (c == CTRL_A) {
		if (++ctrl_a_seen == CTRL_A_COUNT) {
			ctrl_a_seen = 0;
			switch_input();
		}
		return;
	}
	/* One or two of them were meant for whom we talk to. */
	for (; ctrl_a_seen; ctrl_a_seen--) {
		if (!input_is_ours) {
			keep_for_domain(CTRL_A);
		}
	}
	if (input_is_ours) {
		key_pressed(c);
	} else {
		keep_for_domain(c);
	}
}

static void input_irq(void)
{
	int c;

	pl011_ack_input();
	while ((c = pl011_get()) >= 0) {
		take((char)c);
	}
	if (input_domain && input_head != input_tail) {
		evtchn_send_virq(input_domain, input_domain->vcpu[0],
				 VIRQ_CONSOLE);
	}
}

size_t console_read(char *buf, size_t len)
{
	size_t n = 0;

	spin_lock(&input_lock);
	while (n < len && input_tail != input_head) {
		buf[n++] = input[input_tail++ % INPUT_SIZE];
	}
	spin_unlock(&input_lock);
	return n;
}

void console_init(const struct dt_uart *uart)
{
	paddr_t regs = PADDR(align_down(uart->regs.base, PAGE_SIZE));

	if (uart->node < 0 || !dt_uart_is(uart, "arm,pl011")) {
		return;
	}
	mmu_map(regs, PAGE_SIZE, EL2_DEVICE);
	pl011_init(PADDR(uart->regs.base));
	have_uart = true;
}

void console_start_input(const struct dt_uart *uart, struct domain *hwdom)
{
	if (!have_uart || !uart->irq.intid) {
		log_warn("no console input: the device tree names no usable "
			 "UART interrupt");
		return;
	}
	input_domain = hwdom;
	irq_handle(uart->irq.intid, input_irq);
	arch_irq_set_edge(uart->irq.intid, uart->irq.edge);
	arch_irq_route(uart->irq.intid, 0);
	pl011_enable_input_irq();
	arch_irq_enable(uart->irq.intid);
}
