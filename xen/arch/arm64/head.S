/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions: Linux arm64 Image header (which is a PE/COFF header
 * as well), relocation, page tables, MMU on.
 *
 * Entry state (Linux Documentation, "Booting AArch64 Linux"): EL2, MMU off,
 * x0 = physical address of the device tree. The image may be anywhere; it
 * stays there and is mapped at its physical address.
 */
#include "arch/arm64/offsets.h"

/*
 * Sizes in the headers, as distances from _start: no relocation is left for
 * who reads them before we run. The headers fill the first page.
 */
#define HEAD_SIZE 4096
#define FROM_START(symbol) (symbol - _start)
#define TEXT_SIZE (__rodata_end - _start - HEAD_SIZE)

	.section .head, "ax"
	.global	_start
_start:
	/* "MZ" as an instruction without effect: add x13, x18, #0x16. */
	add	x13, x18, #0x16
	b	start
	.quad	0			/* text_offset: anywhere      */
	.quad	FROM_START(__image_end)	/* memory it needs, bss too   */
	.quad	0xa			/* LE, 4 KiB pages, anywhere  */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	pe_header - _start

	.balign	8
pe_header:
	.ascii	"PE\0\0"
	.short	0xaa64			/* machine: AArch64           */
	.short	2			/* sections                   */
	.long	0			/* time                       */
	.long	0			/* symbol table               */
	.long	0			/* symbols                    */
	.short	section_table - optional_header
	.short	0x206			/* executable, no line numbers,
					 * no debug info              */
optional_header:
	.short	0x20b			/* PE32+                      */
	.byte	2, 20			/* linker version             */
	.long	TEXT_SIZE
	.long	pe_data_file
	.long	0			/* uninitialised data         */
	.long	FROM_START(pe_entry)	/* no UEFI entry yet: says so */
	.long	HEAD_SIZE
	.quad	0			/* image base                 */
	.long	4096			/* section alignment          */
	.long	512			/* file alignment             */
	.short	0, 0			/* OS version                 */
	.short	0, 0			/* image version              */
	.short	0, 0			/* subsystem version          */
	.long	0
	.long	FROM_START(__image_end)
	.long	HEAD_SIZE		/* size of headers            */
	.long	0			/* checksum                   */
	.short	10			/* EFI application            */
	.short	0
	.quad	0, 0, 0, 0
	.long	0
	.long	6			/* data directories           */
	.quad	0, 0, 0, 0, 0, 0
section_table:
	.ascii	".text\0\0\0"
	.long	TEXT_SIZE, HEAD_SIZE, TEXT_SIZE, HEAD_SIZE
	.long	0, 0
	.short	0, 0
	.long	0x60000020		/* code, read, execute        */
	.ascii	".data\0\0\0"
	.long	pe_data_memory, FROM_START(__data_start)
	.long	pe_data_file, FROM_START(__data_start)
	.long	0, 0
	.short	0, 0
	.long	0xc0000040		/* data, read, write          */

	.text
/*
 * Firmware that calls the PE entry gets EFI_UNSUPPORTED: booting as a UEFI
 * application is not there yet.
 */
	.global	pe_entry
pe_entry:
	mov	x0, #3
	movk	x0, #0x8000, lsl #48
	ret

start:
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	wrong_el
	mov	x20, x0			/* device tree */
	bl	el2_known
	mrs	x24, cntpct_el0

	/* The image may hold stale lines of a boot loader: its own range. */
	adrp	x0, _start
	adrp	x1, __image_end
	bl	clean_range

	/* bss */
	adrp	x0, __bss_start
	adrp	x1, __bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	/* R_AARCH64_RELATIVE: *(base + offset) = base + addend. */
	adrp	x0, __rela_start
	add	x0, x0, :lo12:__rela_start
	adrp	x1, __rela_end
	add	x1, x1, :lo12:__rela_end
	adrp	x2, _start
2:	cmp	x0, x1
	b.hs	3f
	ldp	x3, x4, [x0]
	ldr	x5, [x0, #16]
	add	x0, x0, #24
	cmp	w4, #1027
	b.ne	2b
	add	x5, x5, x2
	str	x5, [x3, x2]
	b	2b

3:	adrp	x0, pcpus
	add	x0, x0, :lo12:pcpus
	msr	tpidr_el2, x0
	adrp	x1, cpu_stacks + CPU_STACK_UNIT
	str	x1, [x0, #PCPU_STACK_TOP]
	mov	sp, x1
	mov	x29, xzr
	mov	x0, x20
	bl	mmu_build_boot_map	/* returns the root table */
	bl	mmu_on
	mov	x0, x20
	mov	x1, x24
	bl	boot_main
	b	.

/*
 * A secondary CPU, started by PSCI CPU_ON with its struct pcpu in x0. MMU and
 * caches are off; the tables are the boot CPU's.
 */
	.global	secondary_start
secondary_start:
	msr	daifset, #0xf
	bl	el2_known
	msr	tpidr_el2, x0
	ldr	x1, [x0, #PCPU_STACK_TOP]
	mov	sp, x1
	mov	x29, xzr
	mov	x20, x0
	adrp	x0, el2_root_table
	bl	mmu_on
	mov	x0, x20
	bl	secondary_main
	b	.

/*
 * What the first loads, stores and FP registers (libfdt) depend on; reset
 * leaves it UNKNOWN. Keeps all registers but x9.
 */
el2_known:
	msr	spsel, #1
	mov	x9, #(1 << 31)		/* no VHE */
	msr	hcr_el2, x9
	isb
	mov	x9, #0x0830		/* MMU and caches off, little endian */
	movk	x9, #0x30c5, lsl #16
	msr	sctlr_el2, x9
	mov	x9, #0x32ff		/* RES1 */
	msr	cptr_el2, x9
	isb
	ret

/* x0: root table. Turns the MMU and caches on; the mapping is the identity. */
mmu_on:
	mov	x9, #0x04ff		/* 0: normal WB, 1: device nGnRE */
	movk	x9, #0x0044, lsl #16	/* 2: normal NC, 3: nGnRnE       */
	msr	mair_el2, x9
	mrs	x10, id_aa64mmfr0_el1
	and	x10, x10, #0xf
	mov	x11, #5			/* 48 bits at most */
	cmp	x10, x11
	csel	x10, x10, x11, lo
	mov	x9, #0x3510		/* T0SZ 16, WB, inner shareable */
	movk	x9, #0x8080, lsl #16	/* RES1 */
	orr	x9, x9, x10, lsl #16	/* PS */
	msr	tcr_el2, x9
	msr	ttbr0_el2, x0
	adrp	x9, vectors
	add	x9, x9, :lo12:vectors
	msr	vbar_el2, x9
	isb
	tlbi	alle2
	tlbi	alle1
	ic	iallu
	dsb	nsh
	isb
	mov	x9, #0x183d		/* M, C, SA, I, and RES1 */
	movk	x9, #0x30cd, lsl #16	/* WXN, and RES1         */
	msr	sctlr_el2, x9
	isb
	ret

/* Invalidate and clean [x0, x1) to the point of coherency. */
clean_range:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x3, x3, x2
	sub	x4, x3, #1
	bic	x0, x0, x4
1:	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/* Not at EL2: there is nothing to talk to yet. The register tells. */
wrong_el:
	wfe
	b	wrong_el
