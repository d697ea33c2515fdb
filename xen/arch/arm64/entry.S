/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions to EL2, and the way back to the guest.
 *
 * While a guest runs, SP_EL2 points at its struct vcpu, whose first member is
 * the register frame; so an exit stores straight there. C code then runs on
 * the stack of the CPU. x19 holds the vcpu across the C call.
 *
 * EL2 runs with interrupts masked from the exit to the ERET: what another CPU
 * requests after the work word was read comes with an SGI, which is taken
 * right after the ERET.
 */
#include "arch/arm64/offsets.h"

	/* Into the frame at sp. */
	.macro store_x2_to_x29
	stp	x2, x3, [sp, #VCPU_X(2)]
	stp	x4, x5, [sp, #VCPU_X(4)]
	stp	x6, x7, [sp, #VCPU_X(6)]
	stp	x8, x9, [sp, #VCPU_X(8)]
	stp	x10, x11, [sp, #VCPU_X(10)]
	stp	x12, x13, [sp, #VCPU_X(12)]
	stp	x14, x15, [sp, #VCPU_X(14)]
	stp	x16, x17, [sp, #VCPU_X(16)]
	stp	x18, x19, [sp, #VCPU_X(18)]
	stp	x20, x21, [sp, #VCPU_X(20)]
	stp	x22, x23, [sp, #VCPU_X(22)]
	stp	x24, x25, [sp, #VCPU_X(24)]
	stp	x26, x27, [sp, #VCPU_X(26)]
	stp	x28, x29, [sp, #VCPU_X(28)]
	.endm

	.macro save_guest
	stp	x0, x1, [sp, #VCPU_X(0)]
	store_x2_to_x29
	mrs	x21, elr_el2
	mrs	x20, spsr_el2
	stp	x30, x21, [sp, #VCPU_X(30)]
	str	x20, [sp, #VCPU_CPSR]
	mov	x19, sp
	mrs	x1, tpidr_el2
	ldr	x1, [x1, #PCPU_STACK_TOP]
	mov	sp, x1
	mov	x0, x19
	mov	x29, xzr
	.endm

	/* A vector slot is 32 instructions: too small for the frame. */
	.macro guest_vector handler
	.balign	128
	b	\handler
	.endm

	/*
	 * Is there room for the frame? The bit is set in all addresses of a
	 * stack, and clear below it (struct cpu_stack). No register is free to
	 * look at the stack pointer: x0 lives in the difference meanwhile.
	 */
	.macro el2_vector kind
	.balign	128
	sub	sp, sp, #EL2_FRAME
	add	sp, sp, x0
	sub	x0, sp, x0
	tbz	x0, #CPU_STACK_BIT, 1f
	sub	x0, sp, x0
	sub	sp, sp, x0
	stp	x0, x1, [sp, #VCPU_X(0)]
	mov	x0, #\kind
	add	x1, sp, #EL2_FRAME
	b	el2_exception
1:	sub	x0, sp, x0
	sub	sp, sp, x0
	msr	tpidr_el1, x0
	mov	x0, #\kind
	b	el2_no_stack
	.endm

	.section .text.vectors, "ax"
	.balign	2048
	.global	vectors
vectors:
	el2_vector 0
	el2_vector 1
	el2_vector 2
	el2_vector 3
	el2_vector 4
	el2_vector 5
	el2_vector 6
	el2_vector 7
	guest_vector guest_sync
	guest_vector guest_irq
	guest_vector guest_fiq
	guest_vector guest_serror
	guest_vector guest_sync32
	guest_vector guest_irq
	guest_vector guest_fiq
	guest_vector guest_serror

guest_sync:
	save_guest
	mrs	x1, esr_el2
	bl	trap_sync
	/* fall through */

/* x19: the vcpu that was running. */
guest_exit:
	ldr	w1, [x19, #VCPU_WORK]
	cbnz	w1, exit_work
restore_guest:
	mov	sp, x19
	ldr	x20, [sp, #VCPU_CPSR]
	ldp	x30, x21, [sp, #VCPU_X(30)]
	ldp	x0, x1, [sp, #VCPU_X(0)]
	ldp	x2, x3, [sp, #VCPU_X(2)]
	ldp	x4, x5, [sp, #VCPU_X(4)]
	ldp	x6, x7, [sp, #VCPU_X(6)]
	msr	elr_el2, x21
	msr	spsr_el2, x20
	ldp	x8, x9, [sp, #VCPU_X(8)]
	ldp	x10, x11, [sp, #VCPU_X(10)]
	ldp	x12, x13, [sp, #VCPU_X(12)]
	ldp	x14, x15, [sp, #VCPU_X(14)]
	ldp	x16, x17, [sp, #VCPU_X(16)]
	ldp	x18, x19, [sp, #VCPU_X(18)]
	ldp	x20, x21, [sp, #VCPU_X(20)]
	ldp	x22, x23, [sp, #VCPU_X(22)]
	ldp	x24, x25, [sp, #VCPU_X(24)]
	ldp	x26, x27, [sp, #VCPU_X(26)]
	ldp	x28, x29, [sp, #VCPU_X(28)]
	eret
	/* No speculation past the ERET (XSA-312). */
	dsb	nsh
	isb

guest_sync32:
	save_guest
	mrs	x1, esr_el2
	bl	trap_sync32
	b	guest_exit

guest_irq:
	save_guest
	bl	trap_irq
	b	guest_exit

guest_fiq:
	save_guest
	bl	trap_fiq
	b	guest_exit

guest_serror:
	save_guest
	mrs	x1, esr_el2
	bl	trap_serror
	b	guest_exit

exit_work:
	mov	x0, x19
	bl	vcpu_exit_work
	mov	x19, x0
	b	restore_guest

/*
 * void enter_guest(struct vcpu *v): the first entry on a CPU. Its exit work
 * has been done. Does not return; the stack starts afresh at the next exit.
 */
	.global	enter_guest
enter_guest:
	mov	x19, x0
	b	restore_guest

/*
 * The same without room on the stack: the dump goes to the emergency stack.
 * There is no way back, so registers of the guest may be used up.
 */
el2_no_stack:
	msr	tpidr_el0, x1
	mov	x1, sp
	msr	tpidrro_el0, x1
	mrs	x1, tpidr_el2
	ldr	x1, [x1, #PCPU_STACK_TOP]
	sub	x1, x1, #(CPU_STACK_SIZE + CPU_STACK_GUARD)
	sub	sp, x1, #EL2_FRAME
	mrs	x1, tpidr_el1
	str	x1, [sp, #VCPU_X(0)]
	mrs	x1, tpidr_el0
	str	x1, [sp, #VCPU_X(1)]
	mrs	x1, tpidrro_el0
	add	x1, x1, #EL2_FRAME
	/* fall through */

/*
 * An exception in EL2 itself. x0: vector number; x1: the stack pointer then.
 * The frame at sp has the old x0 and x1: 31 registers, pc, cpsr, sp. It is for
 * the crash dump; the one exception that has an end is an AT that aborted.
 */
el2_exception:
	store_x2_to_x29
	mrs	x9, elr_el2
	mrs	x10, spsr_el2
	stp	x30, x9, [sp, #VCPU_X(30)]
	stp	x10, x1, [sp, #VCPU_CPSR]
	mov	x1, sp
	bl	el2_trap
	ldp	x30, x9, [sp, #VCPU_X(30)]
	ldr	x10, [sp, #VCPU_CPSR]
	msr	elr_el2, x9
	msr	spsr_el2, x10
	ldp	x0, x1, [sp, #VCPU_X(0)]
	ldp	x2, x3, [sp, #VCPU_X(2)]
	ldp	x4, x5, [sp, #VCPU_X(4)]
	ldp	x6, x7, [sp, #VCPU_X(6)]
	ldp	x8, x9, [sp, #VCPU_X(8)]
	ldp	x10, x11, [sp, #VCPU_X(10)]
	ldp	x12, x13, [sp, #VCPU_X(12)]
	ldp	x14, x15, [sp, #VCPU_X(14)]
	ldp	x16, x17, [sp, #VCPU_X(16)]
	ldr	x18, [sp, #VCPU_X(18)]
	add	sp, sp, #EL2_FRAME
	eret
	dsb	nsh
	isb
