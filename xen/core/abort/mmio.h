/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An access of a guest to emulated regions, from its instruction to its end:
 * in pieces of at most 8 bytes, each of which may have to wait for an answer.
 * Registers and the program counter change when the last piece is done.
 */
#ifndef ABORT_MMIO_H
#define ABORT_MMIO_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

#include "abort/abort.h"
#include "abort/insn.h"
#include "memmap/region.h"

struct vcpu;

#define MMIO_PIECES 4 /* two SIMD registers of 16 bytes */

struct mmio_run {
	struct insn insn;
	gva_t va;	/* of the first byte                        */
	gva_t fault;	/* of the byte that faulted, and where ...  */
	ipa_t ipa;	/* ... stage 1 has it                       */
	uint8_t length; /* of the instruction                       */
	uint8_t next;	/* piece that is under way                  */
	uint64_t new_base;
	uint64_t data[MMIO_PIECES];
};

/* A load or store that the syndrome described, of 4 bytes unless the caller
 * says so in @run. */
void mmio_described(struct mmio_run *run, struct abort_access a, gva_t va,
		    ipa_t ipa);

/**
 * mmio_decoded() - A load or store that the syndrome did not describe.
 * @word: the instruction at the program counter.
 * @a:    the abort; its gva, ipa and write are used.
 *
 * Return: 0; -XEN_EAGAIN (that instruction does not fault so: somebody has
 * changed it meanwhile); -XEN_EOPNOTSUPP (not for devices, see
 * run->insn.why, or unknown).
 */
int mmio_decoded(struct vcpu *v, struct mmio_run *run, uint32_t word,
		 const struct abort_info *a) __must_check;

/**
 * mmio_go_on() - Do the pieces that are left; at the end, the registers.
 *
 * @v is loaded on this CPU; the caller is in no epoch section.
 * Return: MMIO_OK when all is done; MMIO_WAIT: for mmio_answer(); MMIO_ABORT:
 * the guest gets its abort, and no register has changed.
 */
enum mmio_result mmio_go_on(struct vcpu *v, struct mmio_run *run);

/* The piece that waited has @data for an answer; then as mmio_go_on(). */
enum mmio_result mmio_answer(struct vcpu *v, struct mmio_run *run,
			     uint64_t data);

#endif
