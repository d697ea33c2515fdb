/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry of a test guest: Linux Image header, self-relocation, first stage-1
 * map, and the EL1 vectors.
 *
 * The image runs wherever the hypervisor puts it. Until it has relocated
 * itself only PC-relative addresses are used.
 */

#include "layout.h"

	.section .head, "ax"
	.globl _start
_start:
	b	entry			/* code0 */
	.word	0			/* code1 */
	.quad	0			/* text_offset */
	/* guest.lds puts image_size here: it covers .bss */

	.section .head.rest, "ax"
	.quad	0xa			/* little endian, 4 KiB, anywhere */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.word	0

	.text
/*
 * The first instructions spoil x1 and TPIDR_EL1 only, so that boot_state holds
 * what the hypervisor left in every other register, and CNTPCT_EL0 as close to
 * the first instruction as can be.
 */
entry:
	msr	tpidr_el1, x1
	adrp	x1, boot_state
	add	x1, x1, #:lo12:boot_state
	stp	x0, x1, [x1, #0]
	mrs	x0, cntpct_el0
	str	x0, [x1, #BOOT_CNTPCT]
	mrs	x0, tpidr_el1
	str	x0, [x1, #8]
	stp	x2, x3, [x1, #16]
	stp	x4, x5, [x1, #32]
	stp	x6, x7, [x1, #48]
	stp	x8, x9, [x1, #64]
	stp	x10, x11, [x1, #80]
	stp	x12, x13, [x1, #96]
	stp	x14, x15, [x1, #112]
	stp	x16, x17, [x1, #128]
	stp	x18, x19, [x1, #144]
	stp	x20, x21, [x1, #160]
	stp	x22, x23, [x1, #176]
	stp	x24, x25, [x1, #192]
	stp	x26, x27, [x1, #208]
	stp	x28, x29, [x1, #224]
	str	x30, [x1, #240]
	mov	x2, sp
	str	x2, [x1, #BOOT_SP]
	mrs	x2, sctlr_el1
	str	x2, [x1, #BOOT_SCTLR]
	mrs	x2, daif
	str	x2, [x1, #BOOT_DAIF]
	mrs	x2, CurrentEL
	str	x2, [x1, #BOOT_EL]

	/* Add the load address to each word that a relocation names. */
	adrp	x2, _start
	add	x2, x2, #:lo12:_start
	adrp	x3, _rela_start
	add	x3, x3, #:lo12:_rela_start
	adrp	x4, _rela_end
	add	x4, x4, #:lo12:_rela_end
1:	cmp	x3, x4
	b.hs	2f
	ldp	x5, x6, [x3], #16	/* offset, info */
	ldr	x7, [x3], #8		/* addend */
	cmp	w6, #R_AARCH64_RELATIVE
	b.ne	1b
	add	x7, x7, x2
	str	x7, [x2, x5]
	b	1b

2:	adrp	x3, _bss_start
	add	x3, x3, #:lo12:_bss_start
	adrp	x4, _bss_end
	add	x4, x4, #:lo12:_bss_end
3:	cmp	x3, x4
	b.hs	4f
	stp	xzr, xzr, [x3], #16
	b	3b

4:	ldr	x0, [x1]		/* the device tree, as handed over */
	adrp	x2, stacks
	add	x2, x2, #:lo12:stacks
	add	sp, x2, #STACK_SIZE
	bl	cpu_setup
	adrp	x1, boot_state
	ldr	x0, [x1, #:lo12:boot_state]
	bl	mmu_early
	adrp	x1, boot_state
	ldr	x0, [x1, #:lo12:boot_state]
	bl	guest_start
	b	.

/* PSCI CPU_ON enters here; x0 is the address of this CPU's struct cpu. */
	.globl secondary_entry
secondary_entry:
	msr	tpidr_el1, x0
	ldr	x1, [x0, #CPU_STACK]
	mov	sp, x1
	bl	cpu_setup
	bl	mmu_enable
	mrs	x0, tpidr_el1
	bl	smp_entered
	b	.

/* Vectors, floating point on, interrupts masked. */
cpu_setup:
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x2, #(3 << 20)
	msr	cpacr_el1, x2
	adrp	x2, vectors
	add	x2, x2, #:lo12:vectors
	msr	vbar_el1, x2
	isb
	ret

	.macro vector index
	.balign 0x80
	sub	sp, sp, #REGS_SIZE
	stp	x0, x1, [sp, #0]
	mov	x0, #\index
	b	exception_entry
	.endm

	.text
	.balign 0x800
	.globl vectors
vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\index
	.endr

exception_entry:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	add	x1, sp, #REGS_SIZE
	stp	x30, x1, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #REGS_ELR]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #REGS_ESR]
	mov	x1, sp
	bl	exception_dispatch
	ldp	x1, x2, [sp, #REGS_ELR]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #REGS_SIZE
	eret
