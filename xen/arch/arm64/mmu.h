/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2's own address space: everything at its physical address, code R-X,
 * constants R--, the rest RW- and never executable, a hole below each stack.
 */
#ifndef ARM64_MMU_H
#define ARM64_MMU_H

#include <stdint.h>

#include <core/addr.h>

enum el2_kind {
	EL2_TEXT,   /* normal WB, R-X */
	EL2_RODATA, /* normal WB, R-- */
	EL2_DATA,   /* normal WB, RW- */
	EL2_DEVICE, /* device nGnRE, RW- */
};

/**
 * mmu_map() - Map [pa, pa + size) at its own address.
 *
 * Page-aligned, 48 bits. What is mapped already stays as it is. Used at boot
 * by one CPU. Running out of table pages stops the machine with a message.
 */
void mmu_map(paddr_t pa, uint64_t size, enum el2_kind kind);

/* Called by head.S with the MMU off; returns the root table. */
uint64_t mmu_build_boot_map(uint64_t dtb);

/* Bounds of the image, page aligned. */
extern const char _start[], __image_end[];
extern const char __text_start[], __text_end[];

#endif
