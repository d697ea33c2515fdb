/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SIMD register of the guest, which is in the hardware while its vCPU is
 * loaded: EL2 itself uses none of them. A table of two instructions for each.
 */
	.arch	armv8-a+fp+simd

	.macro each_register op
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	q\n, [x1]
	ret
	.endr
	.endm

	.text
	/* void arch_guest_simd_read(unsigned int n, uint64_t half[2]) */
	.global	arch_guest_simd_read
arch_guest_simd_read:
	adr	x2, 1f
	add	x2, x2, w0, uxtw #3
	br	x2
1:	each_register str

	/* void arch_guest_simd_write(unsigned int n, const uint64_t half[2]) */
	.global	arch_guest_simd_write
arch_guest_simd_write:
	adr	x2, 1f
	add	x2, x2, w0, uxtw #3
	br	x2
1:	each_register ldr
