/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vectors that measure: the first instructions of an interrupt note the
 * counter, and a synchronous exception is skipped and left as fast as can be.
 */

	.bss
	.globl	vector_time
	.balign	8
vector_time:
	.quad	0

	.text
	.balign	0x800
	.globl	measuring_vectors
measuring_vectors:
	.balign	0x200		/* current EL with SP_ELx */
	.space	0x200
	msr	tpidr_el0, x0
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	mrs	x0, tpidr_el0
	eret

	.balign	0x80
	msr	tpidr_el0, x0
	mrs	x0, cntvct_el0
	msr	tpidrro_el0, x1
	adrp	x1, vector_time
	str	x0, [x1, #:lo12:vector_time]
	mrs	x0, tpidr_el0
	mrs	x1, tpidrro_el0
	b	vectors + 0x280
