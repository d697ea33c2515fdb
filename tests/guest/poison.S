/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bad start: every register that the Image protocol leaves open holds what
 * hurts, timers have long been due, and then comes the hypervisor's own
 * image, which follows this one in the file.
 */
#define SIZE 0x10000

	.text
start:
	b	poison
	.word	0
	.quad	0			/* text_offset */
	.quad	0x800000		/* more than both need */
	.quad	0xa
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

	/* @reg = @value */
	.macro	put reg, value
	ldr	x1, =\value
	msr	\reg, x1
	.endm

poison:
	put	hstr_el2, 0xffff
	put	hacr_el2, -1
	mrs	x1, mdcr_el2
	orr	x1, x1, #0xf00
	msr	mdcr_el2, x1
	put	vttbr_el2, 0x00ff0000deadf000
	put	vtcr_el2, 0x80000000
	put	vpidr_el2, 0x12345678
	put	vmpidr_el2, 0x8badf00d
	put	tpidr_el2, 0xdeadbeef
	put	vbar_el2, 0xdead0800
	put	esr_el2, 0xdeadbeef
	put	far_el2, 0xdeadbeef
	put	mdscr_el1, 0xa001
	put	pmuserenr_el0, 0xf
	put	osdlr_el1, 0

	put	cntvoff_el2, 0x123456789
	put	cntv_cval_el0, 0
	put	cntp_cval_el0, 0
	put	cnthp_cval_el2, 0
	put	cntv_ctl_el0, 1
	put	cntp_ctl_el0, 1
	put	cnthp_ctl_el2, 1
	put	cntkctl_el1, 0x3ff
	put	cnthctl_el2, 0xfc

	/* The virtual interrupt interface, with an interrupt in it. */
	put	icc_sre_el2, 0xf
	isb
	put	ich_hcr_el2, 0x7d
	put	ich_vmcr_el2, -1
	put	ich_ap1r0_el2, -1
	put	ich_lr0_el2, 0x5080000000000028
	put	icc_pmr_el1, 0
	put	icc_igrpen1_el1, 0

	/* Of the virtual SError's syndrome, and what v8.7 traps. */
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #28, #4
	cbz	x1, 1f
	put	S3_4_C5_C2_3, 0x1abcdef
	put	S3_4_C12_C1_1, 0x81000000
1:	mrs	x1, id_aa64mmfr1_el1
	ubfx	x1, x1, #40, #4
	cbz	x1, 2f
	put	S3_4_C1_C2_2, -1
2:
	.irp	reg, ttbr0_el1, ttbr1_el1, mair_el1, amair_el1, \
		contextidr_el1, tpidr_el0, tpidrro_el0, tpidr_el1, vbar_el1, \
		esr_el1, far_el1, afsr0_el1, afsr1_el1, elr_el1, spsr_el1, \
		sp_el1, par_el1, cpacr_el1
	put	\reg, 0x5a5a5a5a5a5a5a5a
	.endr
	put	tcr_el1, 0x00100010
	put	sctlr_el1, 0x30d5d9ff
	put	csselr_el1, 1

	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #-\n
	.endr

	/*
	 * SError, IRQ and FIQ pending for the guest, everything trapped, VHE;
	 * no FP, big-endian data, and the other stack pointer.
	 */
	ldr	x4, =0x0000000f85fff9ff
	ldr	x1, =0xc010f7ff
	ldr	x2, =0x32c50832
	adr	x3, start + SIZE
	msr	cptr_el2, x1
	msr	hcr_el2, x4
	msr	sctlr_el2, x2
	mov	sp, x3
	msr	spsel, #0
	mov	sp, x3
	isb
	br	x3

	.ltorg
	.balign	SIZE
