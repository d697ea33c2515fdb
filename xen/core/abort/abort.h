/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aborts of a guest, decoded: syndrome registers in, a description out. And
 * the exceptions a guest gets: registers in, registers out. Pure functions.
 */
#ifndef ABORT_ABORT_H
#define ABORT_ABORT_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>

enum abort_kind {
	ABORT_TRANSLATION, /* nothing is mapped at stage 2           */
	ABORT_PERMISSION,  /* mapped, and this access is not allowed */
	ABORT_ACCESS_FLAG,
	ABORT_EXTERNAL, /* the bus answered with an error */
	ABORT_OTHER,	/* alignment, TLB conflict, ...   */
};

struct abort_info {
	enum abort_kind kind;
	uint8_t level; /* of the stage-2 walk */
	bool fetch;    /* an instruction fetch */
	bool write;
	bool s1ptw;	  /* the access was the guest's own stage-1 walk */
	bool cache_op;	  /* cache maintenance or AT, not a load or store */
	bool far_valid;	  /* gva is known */
	bool hpfar_valid; /* ipa comes from HPFAR_EL2; else translate gva */
	gva_t gva;
	ipa_t ipa; /* with the offset in the page, when hpfar_valid */
};

/**
 * abort_decode() - What an abort from a lower exception level was.
 *
 * DDI 0487, "ISS encoding for an exception from a Data Abort" and "... an
 * Instruction Abort"; HPFAR_EL2 is used only for faults for which "HPFAR_EL2,
 * Hypervisor IPA Fault Address Register" says it is valid: translation,
 * access flag and address size faults at stage 2, and any fault on a stage-1
 * walk.
 */
struct abort_info abort_decode(uint64_t esr, uint64_t far, uint64_t hpfar);

/* The IPA of a fault for which HPFAR_EL2 is valid. */
static inline ipa_t abort_ipa(uint64_t far, uint64_t hpfar)
{
	return IPA((hpfar & UINT64_C(0xffffffffff0)) << 8 | page_offset(far));
}

/* The load or store that a syndrome describes. */
struct abort_access {
	bool write;
	bool sign_extend;
	bool reg64;
	uint8_t size; /* bytes */
	uint8_t reg;  /* 31 is XZR */
};

/**
 * abort_is_access() - Whether the data abort is a load or store, described by
 * its syndrome, of an address where nothing is mapped: the case of emulated
 * devices, which has to be fast. HPFAR_EL2 is valid then.
 */
bool abort_is_access(uint64_t esr);

/* Whether it is a store, described likewise, to a page that refuses writes. The
 * guest's own walks are none. HPFAR_EL2 is not valid. */
bool abort_is_refused_store(uint64_t esr);

/* The access, where one of the two says yes. */
struct abort_access abort_access(uint64_t esr);

/* The value that a load of @a leaves in its register. */
uint64_t abort_load_value(struct abort_access a, uint64_t data);

/*
 * AArch32 at EL0. DDI 0487, "ISS encoding for an exception from a WFI or WFE
 * instruction" and those of coprocessor accesses: an instruction may trap
 * although its condition has failed.
 *
 * aarch32_executes() - Whether what trapped would have been executed: @esr of
 * any exception, @cpsr the guest's.
 */
bool aarch32_executes(uint64_t esr, uint64_t cpsr);

/* @cpsr after one more instruction: an IT block advances. */
uint64_t aarch32_next_it(uint64_t cpsr);

/* Exceptions to inject into EL1. */
enum inject_kind {
	INJECT_UNDEF,	   /* unknown reason */
	INJECT_DATA_ABORT, /* synchronous external abort */
	INJECT_FETCH_ABORT,
};

/* What the guest's syndrome tells of an abort. */
struct inject {
	enum inject_kind kind;
	bool write;    /* a data abort: by a store                   */
	bool s1ptw;    /* on the guest's own stage-1 walk ...        */
	uint8_t level; /* ... at this level; the hardware tells that
			* of stage 2 only, which stands in for it */
};

struct inject_state {
	uint64_t pc;
	uint64_t cpsr;
	uint64_t vbar;	/* VBAR_EL1, in */
	uint64_t sctlr; /* SCTLR_EL1, in */
	uint64_t elr;	/* ELR_EL1, out  */
	uint64_t spsr;	/* SPSR_EL1, out */
	uint64_t esr;	/* ESR_EL1, out  */
};

/**
 * inject_exception() - EL1 takes a synchronous exception.
 * @s: pc and cpsr: before, in, and at the handler, out.
 *
 * DDI 0487, "Synchronous exception entry": R_QXRZH and the pseudocode
 * AArch64.TakeException; fault status codes: the DFSC field of ESR_ELx.
 */
void inject_exception(struct inject_state *s, struct inject what);

#endif
