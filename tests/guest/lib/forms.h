/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores in the forms that compilers emit. Each is done with x2, x3
 * (data), x4 (base), x5 (index), q0 and q1.
 */
#ifndef GUEST_FORMS_H
#define GUEST_FORMS_H

#include <stdint.h>

/* FORM(requests, instruction): requests a device model sees, of a device that
 * the base points into, at a multiple of 16. */
#define FORMS                                \
	FORM(1, "ldrb w2, [x4]")             \
	FORM(1, "ldrh w2, [x4]")             \
	FORM(1, "ldr w2, [x4]")              \
	FORM(1, "ldr x2, [x4]")              \
	FORM(1, "ldrsb w2, [x4]")            \
	FORM(1, "ldrsb x2, [x4]")            \
	FORM(1, "ldrsh w2, [x4]")            \
	FORM(1, "ldrsh x2, [x4]")            \
	FORM(1, "ldrsw x2, [x4]")            \
	FORM(1, "ldr xzr, [x4]")             \
	FORM(1, "strb w2, [x4]")             \
	FORM(1, "strh w2, [x4]")             \
	FORM(1, "str w2, [x4]")              \
	FORM(1, "str x2, [x4]")              \
	FORM(1, "str wzr, [x4]")             \
	FORM(1, "str xzr, [x4]")             \
	FORM(1, "ldrb w2, [x4, #5]")         \
	FORM(1, "ldurh w2, [x4, #-2]")       \
	FORM(1, "stur w2, [x4, #-4]")        \
	FORM(1, "ldr x2, [x4, #16]")         \
	FORM(1, "ldrb w2, [x4], #1")         \
	FORM(1, "ldr w2, [x4], #4")          \
	FORM(1, "ldr x2, [x4], #-8")         \
	FORM(1, "ldr x2, [x4, #8]!")         \
	FORM(1, "ldrsw x2, [x4, #-4]!")      \
	FORM(1, "ldrsb w2, [x4], #3")        \
	FORM(1, "strb w2, [x4], #1")         \
	FORM(1, "strh w2, [x4, #2]!")        \
	FORM(1, "str w2, [x4], #-16")        \
	FORM(1, "str x2, [x4, #-16]!")       \
	FORM(1, "str xzr, [x4], #8")         \
	FORM(1, "ldrb w2, [x4, x5]")         \
	FORM(1, "ldr w2, [x4, w5, uxtw]")    \
	FORM(1, "ldr x2, [x4, x5, lsl #3]")  \
	FORM(1, "str w2, [x4, w5, sxtw #2]") \
	FORM(1, "strh w2, [x4, x5, lsl #1]") \
	FORM(2, "ldp x2, x3, [x4]")          \
	FORM(2, "ldp w2, w3, [x4, #8]")      \
	FORM(2, "ldpsw x2, x3, [x4]")        \
	FORM(2, "ldp x2, x3, [x4], #16")     \
	FORM(2, "ldp x2, x3, [x4, #-16]!")   \
	FORM(2, "stp x2, x3, [x4]")          \
	FORM(2, "stp w2, w3, [x4, #-8]!")    \
	FORM(2, "stp x2, xzr, [x4], #16")    \
	FORM(2, "ldnp x2, x3, [x4]")         \
	FORM(2, "stnp x2, x3, [x4]")         \
	FORM(1, "ldr b0, [x4]")              \
	FORM(1, "ldr h0, [x4]")              \
	FORM(1, "ldr s0, [x4]")              \
	FORM(1, "ldr d0, [x4]")              \
	FORM(2, "ldr q0, [x4]")              \
	FORM(1, "str b0, [x4]")              \
	FORM(1, "str h0, [x4]")              \
	FORM(1, "str s0, [x4], #4")          \
	FORM(1, "str d0, [x4, #8]!")         \
	FORM(2, "str q0, [x4]")              \
	FORM(2, "str q0, [x4], #16")         \
	FORM(2, "ldp s0, s1, [x4]")          \
	FORM(2, "ldp d0, d1, [x4], #16")     \
	FORM(4, "ldp q0, q1, [x4]")          \
	FORM(2, "stp d0, d1, [x4]")          \
	FORM(4, "stp q0, q1, [x4, #-32]!")   \
	FORM(1, "ldar w2, [x4]")             \
	FORM(1, "ldarb w2, [x4]")            \
	FORM(1, "stlr x2, [x4]")             \
	FORM(1, "stlrh w2, [x4]")

/* What a form is given, and what it leaves: in the data of a job. */
struct form_regs {
	uint64_t x2;
	uint64_t x3;
	uint64_t x4; /* output alone: an argument of the job */
	uint64_t x5;
	uint64_t q0[2];
	uint64_t q1[2];
};

#define FORM(requests, text) +1
enum { NR_FORMS = 0 FORMS };
#undef FORM

#endif
