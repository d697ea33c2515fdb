/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions at EL1: interrupts to a handler, faults to whoever expects one. */
#ifndef GUEST_EXCEPTION_H
#define GUEST_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

/** struct regs - Registers at an exception (layout.h). */
struct regs {
	uint64_t x[31];
	uint64_t sp;
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
};

/** struct fault - What became of an access that may fault. */
struct fault {
	bool taken;
	uint32_t esr;
	uint64_t far;
	uint64_t elr;
};

#define ESR_EC(esr)   ((esr) >> 26 & 0x3f)
#define ESR_FSC(esr)  ((esr)&0x3f)
#define EC_UNKNOWN    0x00
#define EC_SYSREG     0x18
#define EC_IABORT     0x21
#define EC_DABORT     0x25
#define FSC_EXTERNAL  0x10
#define FSC_ALIGNMENT 0x21

/** irq_handler - Called for each IRQ, interrupts masked; weak, bails out. */
void irq_handler(struct regs *regs);

/** fault_expect() - Record the next synchronous exception in @f, go on after.
 *
 * The faulting instruction is skipped; an instruction abort returns to the
 * caller's link register.
 */
void fault_expect(struct fault *f);

/** fault_done() - Exceptions are unexpected again. */
void fault_done(void);

/** fault_name() - The class of a fault in words: "none", "undefined", ... */
const char *fault_name(const struct fault *f);

/**
 * probe_read() - Read @size bytes (1, 2, 4 or 8) at @addr.
 * @value: gets what was read; may be NULL.
 */
struct fault probe_read(uint64_t addr, unsigned int size, uint64_t *value);

/** probe_write() - Write @size bytes (1, 2, 4 or 8) at @addr. */
struct fault probe_write(uint64_t addr, unsigned int size, uint64_t value);

/** probe_exec() - Call the function at @addr. */
struct fault probe_exec(uint64_t addr);

#endif
