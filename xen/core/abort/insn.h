/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores of AArch64, decoded from the instruction word: for aborts
 * whose syndrome does not describe the access. Pure; nothing is executed.
 */
#ifndef ABORT_INSN_H
#define ABORT_INSN_H

#include <stdbool.h>
#include <stdint.h>

enum insn_kind {
	INSN_UNKNOWN, /* no load or store, or not one that is known */
	INSN_ACCESS,
	INSN_HINT,    /* a prefetch: there is nothing to do         */
	INSN_REFUSED, /* known, and not for emulated devices: see why */
};

/* How the address comes about. */
enum insn_address {
	INSN_OFFSET, /* base + amount                                */
	INSN_PRE,    /* the same, which the base becomes             */
	INSN_POST,   /* base, which becomes base + amount            */
};

#define INSN_MAX_REGS 2
#define INSN_SP	      31u /* as the base; as another register: zero */
#define INSN_NONE     0xffu

/*
 * Of a pair, the second register is right behind the first in memory. A
 * register of 16 bytes is a SIMD one.
 */
struct insn {
	enum insn_kind kind;
	const char *why; /* REFUSED: in words                        */
	bool write;
	bool simd;	  /* B, H, S, D or Q registers, zero above @size */
	bool sign_extend; /* loads, to 32 or (@reg64) 64 bits            */
	bool reg64;
	uint8_t size; /* bytes of one register: 1, 2, 4, 8, 16      */
	uint8_t nr;   /* registers: 1 or 2                          */
	uint8_t reg[INSN_MAX_REGS];
	uint8_t base;
	enum insn_address address;
	int64_t amount; /* unless there is an index                 */
	uint8_t index;	/* register added to the base, or INSN_NONE */
	uint8_t extend; /* of it: the `option` field of the word    */
	uint8_t shift;	/* of it: left, after extension             */
};

/**
 * insn_decode() - What the word @word loads or stores.
 *
 * DDI 0487, "Loads and Stores" in "A64 Base Instruction Encoding". Words that
 * are unallocated or unpredictable (a pair that loads one register twice, a
 * base that is written back and transferred) are INSN_UNKNOWN.
 */
struct insn insn_decode(uint32_t word);

/* What is added to the base, with @index as the value of the index register. */
uint64_t insn_amount(const struct insn *insn, uint64_t index);

#endif
