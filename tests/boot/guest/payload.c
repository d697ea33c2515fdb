/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tiny guest, as ELF: says hello on its console, and ends as it is told by
 * what is typed:
 *
 *   p poweroff, r reboot, c crash, w watchdog, f fault (a write to nowhere)
 *   =X writes X to the first and last byte of 8 pages of SRAM, ? shows them
 *
 * Anything else comes back. It runs without MMU.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/sched.h>
#include <xen/xen.h>

#define NOWHERE	  0x08000000u
#define SRAM	  0x20000000u
#define SRAM_SIZE 0x8000u

static struct xencons_interface *ring;
static evtchn_port_t port;

static int64_t hypercall(unsigned int nr, uint64_t a, uint64_t b)
{
	register uint64_t x0 asm("x0") = a;
	register uint64_t x1 asm("x1") = b;
	register uint64_t x16 asm("x16") = nr;

	asm volatile("hvc #0xea1"
		     : "+r"(x0), "+r"(x1), "+r"(x16)
		     :
		     : "memory", "x2", "x3", "x4");
	return (int64_t)x0;
}

static uint64_t param(uint32_t index)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };

	hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p);
	return p.value;
}

static void notify(void)
{
	struct evtchn_send send = { .port = port };

	asm volatile("dsb sy" : : : "memory");
	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
		  (uintptr_t)&send);
}

static void put(char c)
{
	volatile struct xencons_interface *r = ring;

	while (r->out_prod - r->out_cons >= sizeof(r->out)) {
		notify();
	}
	r->out[MASK_XENCONS_IDX(r->out_prod, r->out)] = c;
	asm volatile("dmb sy" : : : "memory");
	r->out_prod++;
}

static void print(const char *text)
{
	while (*text) {
		put(*text++);
	}
	notify();
}

static char get(void)
{
	volatile struct xencons_interface *r = ring;
	char c;

	while (r->in_cons == r->in_prod) {
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	c = r->in[MASK_XENCONS_IDX(r->in_cons, r->in)];
	r->in_cons++;
	return c;
}

static void end(unsigned int reason)
{
	struct sched_shutdown shutdown = { .reason = reason };

	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
		  (uintptr_t)&shutdown);
}

static void sram_set(char c)
{
	volatile char *sram = (volatile char *)(uintptr_t)SRAM;

	sram[0] = c;
	sram[SRAM_SIZE - 1] = c;
}

static void sram_show(void)
{
	volatile char *sram = (volatile char *)(uintptr_t)SRAM;

	print("SRAM ");
	put(sram[0]);
	put(sram[SRAM_SIZE - 1]);
	print("\n");
}

static void obey(char c)
{
	switch (c) {
	case 'p':
		end(SHUTDOWN_poweroff);
		return;
	case 'r':
		end(SHUTDOWN_reboot);
		return;
	case 'c':
		end(SHUTDOWN_crash);
		return;
	case 'w':
		end(SHUTDOWN_watchdog);
		return;
	case 'f':
		*(volatile uint32_t *)NOWHERE = 1;
		print("after the fault\n");
		return;
	case '=':
		sram_set(get());
		return;
	case '?':
		sram_show();
		return;
	default:
		put(c);
		notify();
	}
}

/* Called from below alone. */
__attribute__((used, noreturn)) void payload_main(void);
__attribute__((used, noreturn)) void fault(void);

void payload_main(void)
{
	ring = (struct xencons_interface *)(param(HVM_PARAM_CONSOLE_PFN) << 12);
	port = param(HVM_PARAM_CONSOLE_EVTCHN);
	print("hello from EL1\n");
	for (;;) {
		obey(get());
	}
}

/* The vectors, all of which lead to fault(), and the entry. */
asm("	.pushsection .text.start, \"ax\"\n"
    "	.globl _start\n"
    "	.balign 2048\n"
    "vectors:\n"
    "	.rept 16\n"
    "	b	fault\n"
    "	.balign 128\n"
    "	.endr\n"
    "_start:\n"
    "	adr	x1, vectors\n"
    "	msr	vbar_el1, x1\n"
    "	isb\n"
    "	adrp	x1, stack_top\n"
    "	mov	sp, x1\n"
    "	b	payload_main\n"
    "	.popsection\n"
    "	.bss\n"
    "	.balign 4096\n"
    "	.skip 4096\n"
    "stack_top:\n"
    "	.skip 16\n"
    "	.text\n");

void fault(void)
{
	end(SHUTDOWN_crash);
	for (;;) {
	}
}
