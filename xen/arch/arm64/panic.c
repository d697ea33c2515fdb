/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end: registers, a backtrace with names, what each CPU was doing; then
 * stop or restart, as the option `noreboot` says.
 */
#include <arch/vcpu.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/log.h>

#include "arch/arm64/offsets.h"
#include "arch/arm64/panic.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/symbols.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "domain/policy.h"

#define MAX_FRAMES	  24
#define EC_DATA_ABORT_EL2 0x25

static bool on_my_stack(uint64_t p)
{
	uint64_t top = (uintptr_t)this_pcpu()->stack_top;

	return is_aligned(p, 16) && p < top && p >= top - CPU_STACK_SIZE;
}

/* An exception found no room for its frame below @sp. */
static bool overflown(uint64_t sp)
{
	uint64_t bottom = (uintptr_t)this_pcpu()->stack_top - CPU_STACK_SIZE;

	return sp < bottom + EL2_FRAME && sp >= bottom - CPU_STACK_SIZE;
}

static void print_place(uint64_t pc)
{
	uint64_t offset;
	const char *name = symbol_find(pc, &offset);

	log_err("   [<%016llx>] %s+%#llx", (unsigned long long)pc, name,
		(unsigned long long)offset);
}

/* Frame records: DDI 0487 leaves them to the procedure call standard. */
static void print_backtrace(uint64_t pc, uint64_t lr, uint64_t fp)
{
	uint64_t printed = lr ? lr : pc + 4; /* as a return address */

	log_err("Backtrace:");
	print_place(pc);
	if (lr) {
		print_place(lr - 4);
	}
	for (unsigned int i = 0; i < MAX_FRAMES && on_my_stack(fp); i++) {
		const uint64_t *record = (const uint64_t *)fp;

		if (!record[1]) {
			break;
		}
		if (record[1] != printed) {
			print_place(record[1] - 4);
		}
		fp = record[0];
	}
}

static void print_regs(const struct vcpu_regs *r)
{
	log_err("pc %016llx cpsr %08llx sp %016llx lr %016llx",
		(unsigned long long)r->pc, (unsigned long long)r->cpsr,
		(unsigned long long)r->sp_el0, (unsigned long long)r->x[30]);
	for (unsigned int i = 0; i < 30; i += 3) {
		log_err("x%-2u %016llx x%-2u %016llx x%-2u %016llx", i,
			(unsigned long long)r->x[i], i + 1,
			(unsigned long long)r->x[i + 1], i + 2,
			(unsigned long long)r->x[i + 2]);
	}
}

static void print_guest(void)
{
	const struct vcpu *v = this_pcpu()->loaded;

	if (v) {
		log_err("CPU%u: loaded is d%uv%u, pc=%#llx", this_pcpu()->cpu,
			v->domain->id, v->id, (unsigned long long)v->regs.pc);
	}
}

static void __noreturn_fn finish(void)
{
	smp_stop_others(SMP_STOP_CRASH);
	if (domain_policy.noreboot) {
		log_err("Stopped (noreboot).");
		for (;;) {
			__asm__ volatile("wfi");
		}
	}
	log_err("Reboot.");
	arch_machine_reset();
}

/* A fault while reporting a fault: say no more. */
static void enter_once(void)
{
	static uint32_t entered;

	if (__atomic_fetch_add(&entered, 1, __ATOMIC_RELAXED)) {
		for (;;) {
			__asm__ volatile("wfi");
		}
	}
	console_break_lock();
}

void bug(const char *file, int line, const char *what)
{
	enter_once();
	log_err("BUG: %s at %s:%d", what, file, line);
	print_guest();
	print_backtrace((uintptr_t)__builtin_return_address(0) - 4, 0,
			(uintptr_t)__builtin_frame_address(0));
	finish();
}

static void __noreturn_fn el2_fault(uint64_t vector,
				    const struct vcpu_regs *regs)
{
	static const char *const kind[] = { "synchronous exception", "IRQ",
					    "FIQ", "SError" };

	enter_once();
	log_err("CPU%u: %s in the hypervisor: ESR=%#llx FAR=%#llx HPFAR=%#llx",
		this_pcpu()->cpu,
		overflown(regs->sp_el0) ? "stack overflow" : kind[vector & 3],
		(unsigned long long)READ_SYSREG(esr_el2),
		(unsigned long long)READ_SYSREG(far_el2),
		(unsigned long long)READ_SYSREG(hpfar_el2));
	print_regs(regs);
	print_guest();
	print_backtrace(regs->pc, regs->x[30], regs->x[29]);
	finish();
}

/* From entry.S; sp is in the slot of sp_el0. */
void el2_trap(uint64_t vector, struct vcpu_regs *regs)
{
	uint64_t esr = READ_SYSREG(esr_el2);

	if ((vector & 3) || ESR_EC(esr) != EC_DATA_ABORT_EL2 ||
	    !guest_at_aborted(regs->pc)) {
		el2_fault(vector, regs);
	}
	regs->pc += 4;
}

/* libfdt as Debian compiles it checks its stack frames. */
extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __noreturn_fn;

uintptr_t __stack_chk_guard = 0x5e1f0ca7ba5eba11;

void __stack_chk_fail(void)
{
	bug("libfdt", 0, "stack smashed");
}
