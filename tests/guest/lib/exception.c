/* SPDX-License-Identifier: BSD-2-Clause */
#include "exception.h"

#include <stddef.h>

#include "arch.h"
#include "print.h"
#include "smp.h"
#include "tap.h"

/* Vectors come in groups of four: synchronous, IRQ, FIQ, SError. */
enum { VECTOR_SYNC, VECTOR_IRQ, VECTOR_FIQ, VECTOR_SERROR };

void exception_dispatch(uint64_t vector, struct regs *regs);

__attribute__((weak)) void irq_handler(struct regs *regs)
{
	tap_bail("unexpected interrupt at 0x%lx", regs->elr);
}

static void unexpected(uint64_t vector, const struct regs *regs)
{
	unsigned int i;

	for (i = 0; i < 30; i += 3) {
		print("#~ x%-2u %016lx  x%-2u %016lx  x%-2u %016lx\n", i,
		      regs->x[i], i + 1, regs->x[i + 1], i + 2, regs->x[i + 2]);
	}
	tap_bail("exception, vector %lu: esr %lx far %lx elr %lx lr %lx",
		 vector, regs->esr, regs->far, regs->elr, regs->x[30]);
}

void exception_dispatch(uint64_t vector, struct regs *regs)
{
	struct fault *f = this_cpu()->probe;

	if (vector % 4 == VECTOR_IRQ) {
		irq_handler(regs);
		return;
	}
	if (vector % 4 != VECTOR_SYNC || !f) {
		unexpected(vector, regs);
	}
	*f = (struct fault){ true, (uint32_t)regs->esr, regs->far, regs->elr };
	if (ESR_EC(regs->esr) == EC_IABORT) {
		regs->elr = regs->x[30];
	} else {
		regs->elr += 4;
	}
}

void fault_expect(struct fault *f)
{
	*f = (struct fault){ 0 };
	this_cpu()->probe = f;
	__asm__ volatile("" ::: "memory");
}

void fault_done(void)
{
	__asm__ volatile("" ::: "memory");
	this_cpu()->probe = NULL;
}

const char *fault_name(const struct fault *f)
{
	if (!f->taken) {
		return "none";
	}
	switch (ESR_EC(f->esr)) {
	case EC_UNKNOWN:
		return "undefined";
	case EC_SYSREG:
		return "sysreg trap";
	case EC_IABORT:
	case EC_DABORT:
		break;
	default:
		return "other exception";
	}
	switch (ESR_FSC(f->esr)) {
	case FSC_EXTERNAL:
		return "external abort";
	case FSC_ALIGNMENT:
		return "alignment fault";
	default:
		break;
	}
	switch (ESR_FSC(f->esr) & 0x3c) {
	case 0x00:
		return "address size fault";
	case 0x04:
		return "translation fault";
	case 0x0c:
		return "permission fault";
	default:
		return "other abort";
	}
}

#define LOAD(insn, value, addr) \
	__asm__ volatile(insn : "=r"(value) : "r"(addr) : "memory")
#define STORE(insn, value, addr) \
	__asm__ volatile(insn : : "r"(value), "r"(addr) : "memory")

struct fault probe_read(uint64_t addr, unsigned int size, uint64_t *value)
{
	struct fault f;
	uint64_t got = 0;

	fault_expect(&f);
	switch (size) {
	case 1:
		LOAD("ldrb %w0, [%1]", got, addr);
		break;
	case 2:
		LOAD("ldrh %w0, [%1]", got, addr);
		break;
	case 4:
		LOAD("ldr %w0, [%1]", got, addr);
		break;
	default:
		LOAD("ldr %0, [%1]", got, addr);
		break;
	}
	fault_done();
	if (value) {
		*value = got;
	}
	return f;
}

struct fault probe_write(uint64_t addr, unsigned int size, uint64_t value)
{
	struct fault f;

	fault_expect(&f);
	switch (size) {
	case 1:
		STORE("strb %w0, [%1]", value, addr);
		break;
	case 2:
		STORE("strh %w0, [%1]", value, addr);
		break;
	case 4:
		STORE("str %w0, [%1]", value, addr);
		break;
	default:
		STORE("str %0, [%1]", value, addr);
		break;
	}
	fault_done();
	return f;
}

struct fault probe_exec(uint64_t addr)
{
	struct fault f;

	fault_expect(&f);
	__asm__ volatile("blr %0"
			 :
			 : "r"(addr)
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
			   "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x30", "memory");
	fault_done();
	return f;
}
