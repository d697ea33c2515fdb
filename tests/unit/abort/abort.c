/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding of aborts and injection of exceptions: registers in, values out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <core/bits.h>

#include "abort/abort.h"

#define EC_DATA		   (UINT64_C(0x24) << 26)
#define EC_FETCH	   (UINT64_C(0x20) << 26)
#define ISV		   BIT(24)
#define SAS(n)		   ((uint64_t)(n) << 22)
#define SSE		   BIT(21)
#define SRT(n)		   ((uint64_t)(n) << 16)
#define SF		   BIT(15)
#define FNV		   BIT(10)
#define CM		   BIT(8)
#define S1PTW		   BIT(7)
#define WNR		   BIT(6)
#define TRANSLATION(level) (0x04 + (level))
#define ACCESS_FLAG	   0x0b
#define PERMISSION	   0x0f
#define EXTERNAL	   0x10
#define ALIGNMENT	   0x21

#define FAR   UINT64_C(0xffff000012345678)
#define HPFAR (UINT64_C(0x8000) << 4) /* page 0x8000 */

static void kinds_follow_the_fault_status(void **state)
{
	static const struct {
		unsigned int fsc;
		enum abort_kind kind;
		bool hpfar_valid;
	} cases[] = {
		{ 0x00, ABORT_TRANSLATION, true }, /* address size */
		{ TRANSLATION(0), ABORT_TRANSLATION, true },
		{ TRANSLATION(3), ABORT_TRANSLATION, true },
		{ ACCESS_FLAG, ABORT_ACCESS_FLAG, true },
		{ PERMISSION, ABORT_PERMISSION, false },
		{ EXTERNAL, ABORT_EXTERNAL, false },
		{ ALIGNMENT, ABORT_OTHER, false },
		{ 0x30, ABORT_OTHER, false }, /* TLB conflict */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct abort_info a =
			abort_decode(EC_DATA | cases[i].fsc, FAR, HPFAR);

		assert_int_equal(a.kind, cases[i].kind);
		assert_int_equal(a.hpfar_valid, cases[i].hpfar_valid);
	}
}

static void the_ipa_has_the_offset_of_the_access(void **state)
{
	struct abort_info a =
		abort_decode(EC_DATA | TRANSLATION(2), FAR, HPFAR);

	(void)state;
	assert_int_equal(a.ipa.v, 0x8000678);
	assert_int_equal(a.level, 2);
	assert_true(a.far_valid);
}

/* R2.8: a fault on a stage-1 walk says its page even for permissions, and
 * the offset of FAR_EL2 has nothing to do with it. */
static void a_walk_says_its_page(void **state)
{
	struct abort_info a =
		abort_decode(EC_DATA | S1PTW | PERMISSION | WNR, FAR, HPFAR);

	(void)state;
	assert_true(a.s1ptw);
	assert_true(a.hpfar_valid);
	assert_int_equal(a.ipa.v, 0x8000000);
	assert_false(abort_is_access(EC_DATA | S1PTW | ISV | TRANSLATION(3)));
}

/* A debug aid of R2.8: a poisoned HPFAR_EL2 must not show up anywhere. */
static void hpfar_is_not_used_for_permission_faults(void **state)
{
	struct abort_info a =
		abort_decode(EC_DATA | PERMISSION, FAR, ~UINT64_C(0));

	(void)state;
	assert_false(a.hpfar_valid);
	assert_int_equal(a.ipa.v, 0);
}

static void external_aborts_may_not_know_the_address(void **state)
{
	(void)state;
	assert_false(abort_decode(EC_DATA | EXTERNAL | FNV, FAR, 0).far_valid);
	assert_true(abort_decode(EC_DATA | EXTERNAL, FAR, 0).far_valid);
}

static void fetches_have_no_data_fields(void **state)
{
	/* WNR, CM, ISV are RES0 in the syndrome of an Instruction Abort. */
	struct abort_info a = abort_decode(
		EC_FETCH | WNR | CM | ISV | TRANSLATION(3), FAR, HPFAR);

	(void)state;
	assert_true(a.fetch);
	assert_false(a.write);
	assert_false(a.cache_op);
}

/* Maintenance reports WnR, and may go through read-only mappings. */
static void maintenance_is_no_write(void **state)
{
	struct abort_info a =
		abort_decode(EC_DATA | CM | WNR | TRANSLATION(3), FAR, HPFAR);

	(void)state;
	assert_true(a.cache_op);
	assert_false(a.write);
}

static void accesses_are_those_with_a_syndrome(void **state)
{
	uint64_t good = EC_DATA | ISV | TRANSLATION(3);

	(void)state;
	assert_true(abort_is_access(good));
	assert_true(abort_is_access(good | WNR | SAS(3) | SRT(31)));
	assert_false(abort_is_access(good & ~ISV));
	assert_false(abort_is_access(good | CM));
	assert_false(abort_is_access(EC_DATA | ISV | PERMISSION));
	assert_false(abort_is_access(EC_DATA | ISV | EXTERNAL));
	assert_false(abort_is_access(EC_DATA | ISV | ALIGNMENT));
}

static void refused_stores_are_those_with_a_syndrome(void **state)
{
	uint64_t good = EC_DATA | ISV | WNR | PERMISSION;

	(void)state;
	assert_true(abort_is_refused_store(good));
	assert_true(abort_is_refused_store(good | SAS(3) | SRT(31)));
	assert_false(abort_is_refused_store(good & ~ISV));
	assert_false(abort_is_refused_store(good & ~WNR));
	assert_false(abort_is_refused_store(good | CM));
	assert_false(abort_is_refused_store(good | S1PTW));
	assert_false(
		abort_is_refused_store(EC_DATA | ISV | WNR | TRANSLATION(3)));
	assert_false(abort_is_refused_store(EC_DATA | ISV | WNR | EXTERNAL));
}

static void every_size_and_register_decodes(void **state)
{
	(void)state;
	for (unsigned int sas = 0; sas < 4; sas++) {
		for (unsigned int reg = 0; reg < 32; reg++) {
			uint64_t esr = EC_DATA | ISV | SAS(sas) | SRT(reg) |
				       TRANSLATION(1) | WNR;
			struct abort_access a = abort_access(esr);

			assert_int_equal(a.size, 1u << sas);
			assert_int_equal(a.reg, reg);
			assert_true(a.write);
			assert_false(a.sign_extend);
			assert_false(a.reg64);
		}
	}
	assert_true(abort_access(EC_DATA | SSE).sign_extend);
	assert_true(abort_access(EC_DATA | SF).reg64);
}

static void loads_extend_as_the_instruction_says(void **state)
{
	struct abort_access ldrb = { .size = 1 };
	struct abort_access ldrsb_w = { .size = 1, .sign_extend = true };
	struct abort_access ldrsb_x = { .size = 1,
					.sign_extend = true,
					.reg64 = true };
	struct abort_access ldrsw = { .size = 4,
				      .sign_extend = true,
				      .reg64 = true };
	struct abort_access ldr_x = { .size = 8, .reg64 = true };
	uint64_t data = UINT64_C(0xaabbccdd8899eef0);

	(void)state;
	assert_true(abort_load_value(ldrb, data) == 0xf0);
	assert_true(abort_load_value(ldrsb_w, data) == 0xfffffff0);
	assert_true(abort_load_value(ldrsb_x, data) ==
		    UINT64_C(0xfffffffffffffff0));
	assert_true(abort_load_value(ldrsw, data) ==
		    UINT64_C(0xffffffff8899eef0));
	assert_true(abort_load_value(ldr_x, data) == data);
}

static struct inject_state inject_from(uint64_t cpsr, enum inject_kind kind)
{
	struct inject_state s = {
		.pc = 0x4000,
		.cpsr = cpsr,
		.vbar = 0x80000,
		.sctlr = BIT(23), /* SPAN: leave PAN alone */
	};

	inject_exception(&s, (struct inject){ .kind = kind });
	return s;
}

/* XSA-102, XSA-103: the vector depends on where the guest was. */
static void the_vector_depends_on_the_mode(void **state)
{
	static const struct {
		uint64_t cpsr;
		uint64_t vector;
		uint64_t ec; /* of a data abort */
	} cases[] = {
		{ 0x4, 0x80000, 0x25 },	 /* EL1t */
		{ 0x5, 0x80200, 0x25 },	 /* EL1h */
		{ 0x0, 0x80400, 0x24 },	 /* EL0, AArch64 */
		{ 0x10, 0x80600, 0x24 }, /* EL0, AArch32 User */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inject_state s =
			inject_from(cases[i].cpsr, INJECT_DATA_ABORT);

		assert_int_equal(s.pc, cases[i].vector);
		assert_int_equal(s.esr >> 26, cases[i].ec);
		assert_int_equal(s.esr & 0x3f, EXTERNAL);
		assert_int_equal(s.elr, 0x4000);
		assert_int_equal(s.spsr, cases[i].cpsr);
		assert_int_equal(s.cpsr & 0x3ff, 0x3c5);
	}
	assert_int_equal(inject_from(0x0, INJECT_FETCH_ABORT).esr >> 26, 0x20);
	assert_int_equal(inject_from(0x5, INJECT_FETCH_ABORT).esr >> 26, 0x21);
	assert_int_equal(inject_from(0x5, INJECT_UNDEF).esr, BIT(25));
}

static void the_syndrome_tells_of_the_access(void **state)
{
	struct inject what = { .kind = INJECT_DATA_ABORT, .write = true };
	struct inject_state s = { .cpsr = 0x5 };

	(void)state;
	inject_exception(&s, what);
	assert_true(s.esr & WNR);
	assert_int_equal(s.esr & 0x3f, EXTERNAL);
	what.s1ptw = true;
	what.level = 2;
	s.cpsr = 0x5;
	inject_exception(&s, what);
	assert_int_equal(s.esr & 0x3f, 0x16);
	/* A fetch has no WnR. */
	what.kind = INJECT_FETCH_ABORT;
	inject_exception(&s, what);
	assert_false(s.esr & WNR);
}

static void pan_is_set_when_span_is_clear(void **state)
{
	struct inject_state s = { .cpsr = 0x5, .sctlr = 0 };

	(void)state;
	inject_exception(&s, (struct inject){ .kind = INJECT_UNDEF });
	assert_true(s.cpsr & BIT(22));
	assert_false(inject_from(0x5, INJECT_UNDEF).cpsr & BIT(22));
}

/* Single-step, illegal state and BTYPE do not survive the entry. */
static void only_flags_survive_the_entry(void **state)
{
	uint64_t cpsr = 0x5 | GENMASK(31, 28) | BIT(20) | BIT(21) |
			GENMASK(11, 10);
	struct inject_state s = inject_from(cpsr, INJECT_UNDEF);

	(void)state;
	assert_int_equal(s.spsr, cpsr);
	assert_int_equal(s.cpsr, GENMASK(31, 28) | 0x3c5);
}

/* --------------------------------------------------------------- AArch32 */

#define EC_WFX	    (UINT64_C(0x01) << 26)
#define EC_CP15	    (UINT64_C(0x03) << 26)
#define CV	    BIT(24)
#define COND(n)	    ((uint64_t)(n) << 20)
#define THUMB	    BIT(5)
#define USER32	    BIT(4)
#define IT(n)	    (((uint64_t)(n) >> 2) << 10 | ((uint64_t)(n)&3) << 25)
#define FLAGS(nzcv) ((uint64_t)(nzcv) << 28)

/* For each condition, a bit for each value of NZCV: written out by hand. */
static void failed_conditions_do_nothing(void **state)
{
	static const uint16_t passes[16] = {
		0xf0f0, 0x0f0f, /* EQ, NE: Z      */
		0xcccc, 0x3333, /* CS, CC: C      */
		0xff00, 0x00ff, /* MI, PL: N      */
		0xaaaa, 0x5555, /* VS, VC: V      */
		0x0c0c, 0xf3f3, /* HI, LS: C, !Z  */
		0xaa55, 0x55aa, /* GE, LT: N == V */
		0x0a05, 0xf5fa, /* GT, LE         */
		0xffff, 0xffff,
	};

	(void)state;
	for (unsigned int cond = 0; cond < 16; cond++) {
		for (unsigned int nzcv = 0; nzcv < 16; nzcv++) {
			uint64_t cpsr = FLAGS(nzcv) | USER32;
			bool passed = passes[cond] >> nzcv & 1;

			assert_int_equal(
				aarch32_executes(EC_WFX | CV | COND(cond),
						 cpsr),
				passed);
			assert_int_equal(
				aarch32_executes(EC_CP15 | CV | COND(cond),
						 cpsr),
				passed);
			/* Not told: the IT block says it. */
			assert_int_equal(
				aarch32_executes(EC_WFX,
						 cpsr | THUMB |
							 IT(cond << 4 | 8)),
				passed);
		}
	}
	assert_true(aarch32_executes(EC_WFX, USER32 | THUMB));
	assert_true(aarch32_executes(EC_WFX, USER32));
}

/* Bits 24..20 mean something else there. */
static void only_what_is_conditional_can_fail(void **state)
{
	(void)state;
	for (unsigned int ec = 0; ec < 64; ec++) {
		uint64_t esr = (uint64_t)ec << 26 | CV | COND(0);
		bool conditional = ec == 1 || (ec >= 3 && ec <= 8) || ec == 12;

		assert_int_equal(aarch32_executes(esr, USER32), !conditional);
	}
}

static void it_blocks_advance(void **state)
{
	/* ITTEE EQ: EQ, EQ, NE, NE; as the instruction sees it, and after. */
	static const uint8_t steps[] = { 0x07, 0x0e, 0x1c, 0x18, 0x00, 0x00 };
	uint64_t other = FLAGS(9) | USER32 | THUMB | BIT(27) | BIT(9);

	(void)state;
	for (unsigned int i = 0; i + 1 < sizeof(steps); i++) {
		assert_int_equal(aarch32_next_it(other | IT(steps[i])),
				 other | IT(steps[i + 1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failed_conditions_do_nothing),
		cmocka_unit_test(only_what_is_conditional_can_fail),
		cmocka_unit_test(it_blocks_advance),
		cmocka_unit_test(kinds_follow_the_fault_status),
		cmocka_unit_test(the_ipa_has_the_offset_of_the_access),
		cmocka_unit_test(a_walk_says_its_page),
		cmocka_unit_test(hpfar_is_not_used_for_permission_faults),
		cmocka_unit_test(external_aborts_may_not_know_the_address),
		cmocka_unit_test(fetches_have_no_data_fields),
		cmocka_unit_test(maintenance_is_no_write),
		cmocka_unit_test(accesses_are_those_with_a_syndrome),
		cmocka_unit_test(refused_stores_are_those_with_a_syndrome),
		cmocka_unit_test(every_size_and_register_decodes),
		cmocka_unit_test(loads_extend_as_the_instruction_says),
		cmocka_unit_test(the_vector_depends_on_the_mode),
		cmocka_unit_test(the_syndrome_tells_of_the_access),
		cmocka_unit_test(pan_is_set_when_span_is_clear),
		cmocka_unit_test(only_flags_survive_the_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
