/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder of loads and stores: against an assembler's texts, which the
 * test reads by itself; against tables of encodings, over all opcodes; and
 * over random words, for what must always hold.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/compiler.h>

#include "abort/insn.h"

static const struct {
	uint32_t word;
	const char *text;
} words[] = {
#include "insn_words.inc"
};

static void same(uint32_t word, const struct insn *got, const struct insn *want)
{
	if (got->kind != want->kind ||
	    (got->kind == INSN_ACCESS &&
	     (got->write != want->write || got->simd != want->simd ||
	      got->size != want->size || got->nr != want->nr ||
	      (!got->write && !got->simd &&
	       (got->sign_extend != want->sign_extend ||
		((got->sign_extend || got->size == 8) &&
		 got->reg64 != want->reg64))) ||
	      got->reg[0] != want->reg[0] ||
	      (got->nr == 2 && got->reg[1] != want->reg[1]) ||
	      got->base != want->base || got->address != want->address ||
	      got->index != want->index ||
	      (got->index == INSN_NONE && got->amount != want->amount) ||
	      (got->index != INSN_NONE &&
	       (got->extend != want->extend || got->shift != want->shift))))) {
		fail_msg("%#x: kind %d/%d size %u/%u nr %u/%u write %d/%d "
			 "amount %ld/%ld address %d/%d base %u/%u",
			 word, got->kind, want->kind, got->size, want->size,
			 got->nr, want->nr, got->write, want->write,
			 (long)got->amount, (long)want->amount, got->address,
			 want->address, got->base, want->base);
	}
}

/* ------------------------------------------------------------------- texts */

/* "x12", "wzr", "sp", "q3": the number; *@kind: the letter. */
static uint8_t reg_of(const char *s, char *kind)
{
	*kind = s[0] == 's' && s[1] == 'p' ? 'x' : s[0];
	if (!strncmp(s, "sp", 2) || !strncmp(s + 1, "zr", 2)) {
		return 31;
	}
	return (uint8_t)atoi(s + 1);
}

static const struct {
	const char *stem;
	uint8_t size; /* 0: of the register */
	bool signs;
} stems[] = {
	/* The longest first. */
	{ "ldpsw", 4, true },	 { "ldapursb", 1, true },
	{ "ldapursh", 2, true }, { "ldapursw", 4, true },
	{ "ldapurb", 1, false }, { "ldapurh", 2, false },
	{ "ldapur", 0, false },	 { "ldaprb", 1, false },
	{ "ldaprh", 2, false },	 { "ldapr", 0, false },
	{ "ldlar", 0, false },	 { "stllr", 0, false },
	{ "ldarb", 1, false },	 { "ldarh", 2, false },
	{ "ldar", 0, false },	 { "stlurb", 1, false },
	{ "stlurh", 2, false },	 { "stlur", 0, false },
	{ "stlrb", 1, false },	 { "stlrh", 2, false },
	{ "stlr", 0, false },	 { "ldtrsb", 1, true },
	{ "ldtr", 0, false },	 { "sttr", 0, false },
	{ "ldursw", 4, true },	 { "ldursh", 2, true },
	{ "ldurb", 1, false },	 { "ldur", 0, false },
	{ "sturb", 1, false },	 { "stur", 0, false },
	{ "ldrsb", 1, true },	 { "ldrsh", 2, true },
	{ "ldrsw", 4, true },	 { "ldrb", 1, false },
	{ "ldrh", 2, false },	 { "ldr", 0, false },
	{ "strb", 1, false },	 { "strh", 2, false },
	{ "str", 0, false },	 { "ldnp", 0, false },
	{ "stnp", 0, false },	 { "ldp", 0, false },
	{ "stp", 0, false },
};

static uint8_t size_of(char kind)
{
	switch (kind) {
	case 'b':
		return 1;
	case 'h':
		return 2;
	case 'w':
	case 's':
		return 4;
	case 'q':
		return 16;
	default:
		return 8;
	}
}

/* "[x2, w3, sxtw #2]", "[x2], #8", "[x2, #-8]!" */
static void read_address(const char *s, struct insn *want)
{
	static const char *const extends[] = { "lsl", "uxtw", "sxtw", "sxtx" };
	static const uint8_t option[] = { 3, 2, 6, 7 };
	const char *end = strchr(s, ']'), *comma = strchr(s, ',');
	char kind;

	want->base = reg_of(s + 1, &kind);
	want->index = INSN_NONE;
	if (end[1]) {
		want->address = end[1] == '!' ? INSN_PRE : INSN_POST;
	}
	if (!comma) {
		return;
	}
	comma += 2;
	if (*comma == '#') {
		want->amount = atol(comma + 1);
		return;
	}
	want->index = reg_of(comma, &kind);
	want->extend = 3;
	comma = strchr(comma, ',');
	for (unsigned int i = 0; i < 4 && comma; i++) {
		if (!strncmp(comma + 2, extends[i], strlen(extends[i]))) {
			want->extend = option[i];
		}
	}
	comma = comma ? strchr(comma, '#') : NULL;
	want->shift = comma ? (uint8_t)atoi(comma + 1) : 0;
}

/* What an access in text is; false: it is none of those. */
static bool read_text(const char *text, struct insn *want)
{
	size_t len = strcspn(text, " ");
	const char *regs = text + len + 1, *address = strchr(text, '[');
	char kind;

	for (unsigned int i = 0; i < ARRAY_SIZE(stems) && address; i++) {
		if (strlen(stems[i].stem) != len ||
		    strncmp(text, stems[i].stem, len)) {
			continue;
		}
		*want = (struct insn){ .kind = INSN_ACCESS, .nr = 1 };
		want->reg[0] = reg_of(regs, &kind);
		want->simd = kind != 'x' && kind != 'w';
		want->size = stems[i].size ? stems[i].size : size_of(kind);
		want->sign_extend = stems[i].signs;
		want->reg64 = kind == 'x';
		want->write = text[0] == 's';
		regs = strchr(regs, ',') + 2;
		if (*regs != '[') {
			want->nr = 2;
			want->reg[1] = reg_of(regs, &kind);
		}
		read_address(address, want);
		return true;
	}
	return false;
}

static enum insn_kind kind_of(const char *text)
{
	static const char *const refused[] = {
		"ldr ",	 "ldrsw ", "ldxr",   "stxr",   "ldaxr",	  "stlxr",
		"ldxp",	 "stlxp",  "cas",    "ldadd",  "swp",	  "ldsmax",
		"stadd", "ldraa",  "ldrab",  "ld1",    "st1",	  "ld4",
		"stg",	 "ldg",	   "dc zva", "dc gva", "dc gzva",
	};

	if (!strncmp(text, "prf", 3)) {
		return INSN_HINT;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
		if (!strncmp(text, refused[i], strlen(refused[i]))) {
			return INSN_REFUSED;
		}
	}
	return INSN_UNKNOWN;
}

static void texts(void **state)
{
	unsigned int accesses = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		struct insn got = insn_decode(words[i].word), want;

		if (!read_text(words[i].text, &want)) {
			want = (struct insn){ .kind = kind_of(words[i].text) };
		}
		accesses += want.kind == INSN_ACCESS;
		if (got.kind != want.kind) {
			fail_msg("%s: %d", words[i].text, got.kind);
		}
		same(words[i].word, &got, &want);
		assert_int_equal(!got.why, got.kind != INSN_REFUSED);
	}
	assert_true(accesses > 100);
}

/* ------------------------------------------------------------ all opcodes */

/* The upper bits of single registers: size, V, opc. */
struct row {
	uint32_t bits; /* 31:30, 26, 23:22 in place */
	uint8_t size;
	bool write, simd, sign, reg64;
};

#define UPPER 0xc4c00000u
#define STORE(b, n, v)                       \
	{                                    \
		b, n, true, v, false, n == 8 \
	}
#define LOAD(b, n, v)                         \
	{                                     \
		b, n, false, v, false, n == 8 \
	}
#define SIGNED(b, n, x)                     \
	{                                   \
		b, n, false, false, true, x \
	}

static const struct row singles[] = {
	STORE(0x00000000, 1, false), LOAD(0x00400000, 1, false),
	SIGNED(0x00800000, 1, true), SIGNED(0x00c00000, 1, false),
	STORE(0x40000000, 2, false), LOAD(0x40400000, 2, false),
	SIGNED(0x40800000, 2, true), SIGNED(0x40c00000, 2, false),
	STORE(0x80000000, 4, false), LOAD(0x80400000, 4, false),
	SIGNED(0x80800000, 4, true), STORE(0xc0000000, 8, false),
	LOAD(0xc0400000, 8, false),  STORE(0x04000000, 1, true),
	LOAD(0x04400000, 1, true),   STORE(0x04800000, 16, true),
	LOAD(0x04c00000, 16, true),  STORE(0x44000000, 2, true),
	LOAD(0x44400000, 2, true),   STORE(0x84000000, 4, true),
	LOAD(0x84400000, 4, true),   STORE(0xc4000000, 8, true),
	LOAD(0xc4400000, 8, true),
};
#define PREFETCH 0xc0800000u

/* The upper bits of pairs: opc, V, L. */
#define PAIR_UPPER 0xc4400000u
static const struct row pairs[] = {
	STORE(0x00000000, 4, false), LOAD(0x00400000, 4, false),
	SIGNED(0x40400000, 4, true), STORE(0x80000000, 8, false),
	LOAD(0x80400000, 8, false),  STORE(0x04000000, 4, true),
	LOAD(0x04400000, 4, true),   STORE(0x44000000, 8, true),
	LOAD(0x44400000, 8, true),   STORE(0x84000000, 16, true),
	LOAD(0x84400000, 16, true),
};

/* Of one size each, which is in bits 31:30, at [Rn]. */
static const struct {
	uint32_t value; /* of bits 29:10 */
	bool write;
} ordered[] = {
	{ 0x08dffc00, false }, { 0x089ffc00, true },  { 0x08df7c00, false },
	{ 0x089f7c00, true },  { 0x38bfc000, false },
};

static const struct row *find(const struct row *rows, unsigned int nr,
			      uint32_t bits)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (rows[i].bits == bits) {
			return &rows[i];
		}
	}
	return NULL;
}

static struct insn from_row(const struct row *r, uint32_t word)
{
	return (struct insn){ .kind = INSN_ACCESS,
			      .write = r->write,
			      .simd = r->simd,
			      .sign_extend = r->sign,
			      .reg64 = r->reg64,
			      .size = r->size,
			      .nr = 1,
			      .reg = { word & 31 },
			      .base = word >> 5 & 31,
			      .index = INSN_NONE };
}

static int64_t sext(uint32_t v, unsigned int nr)
{
	return v >> (nr - 1) & 1 ? (int64_t)v - (INT64_C(1) << nr) : v;
}

static bool oracle_pair(uint32_t word, struct insn *e)
{
	const struct row *r = find(pairs, ARRAY_SIZE(pairs), word & PAIR_UPPER);
	unsigned int mode = word >> 23 & 3;
	bool wback = mode & 1;

	if ((word & 0x3a000000) != 0x28000000 || !r || (!mode && r->sign)) {
		return false;
	}
	*e = from_row(r, word);
	e->nr = 2;
	e->reg[1] = word >> 10 & 31;
	e->amount = sext(word >> 15 & 127, 7) * r->size;
	e->address = mode == 1 ? INSN_POST : mode == 3 ? INSN_PRE : INSN_OFFSET;
	return !(!r->write && e->reg[0] == e->reg[1]) &&
	       !(wback && !r->simd && e->base != 31 &&
		 (e->base == e->reg[0] || e->base == e->reg[1]));
}

static bool oracle_single(uint32_t word, struct insn *e)
{
	const struct row *r = find(singles, ARRAY_SIZE(singles), word & UPPER);
	unsigned int form = word >> 10 & 3, option = word >> 13 & 7;

	if (!r) {
		return false;
	}
	*e = from_row(r, word);
	switch (word & 0x3b200000) {
	case 0x39000000:
	case 0x39200000:
		e->amount = (int64_t)(word >> 10 & 4095) * r->size;
		return true;
	case 0x38000000:
		e->amount = sext(word >> 12 & 511, 9);
		e->address = form == 1	 ? INSN_POST
			     : form == 3 ? INSN_PRE
					 : INSN_OFFSET;
		return !(form == 2 && r->simd) &&
		       !((form & 1) && !r->simd && e->base != 31 &&
			 e->base == e->reg[0]);
	case 0x38200000:
		e->index = word >> 16 & 31;
		e->extend = (uint8_t)option;
		for (unsigned int n = r->size; n > 1 && word & 0x1000; n /= 2) {
			e->shift++;
		}
		return form == 2 && (option == 2 || option == 3 ||
				     option == 6 || option == 7);
	default:
		return false;
	}
}

static bool oracle_ordered(uint32_t word, struct insn *e)
{
	unsigned int size = 1u << (word >> 30), opc = word >> 22 & 3;
	struct row r = { 0, (uint8_t)size, false, false, false, size == 8 };

	for (unsigned int i = 0; i < ARRAY_SIZE(ordered); i++) {
		if ((word & 0x3ffffc00) == ordered[i].value) {
			r.write = ordered[i].write;
			*e = from_row(&r, word);
			return true;
		}
	}
	if ((word & 0x3f200c00) != 0x19000000 || (opc == 2 && size > 4) ||
	    (opc == 3 && size > 2)) {
		return false;
	}
	r.write = opc == 0;
	r.sign = opc >= 2;
	r.reg64 |= opc == 2;
	*e = from_row(&r, word);
	e->amount = sext(word >> 12 & 511, 9);
	return true;
}

static bool oracle_hint(uint32_t word)
{
	unsigned int option = word >> 13 & 7;

	if ((word & 0xff000000) == 0xd8000000) {
		return true; /* PRFM (literal) */
	}
	if ((word & UPPER) != PREFETCH) {
		return false;
	}
	return (word & 0x3b000000) == 0x39000000 ||
	       (word & 0x3b200c00) == 0x38000000 ||
	       ((word & 0x3b200c00) == 0x38200800 && (option & 2));
}

static void check_word(uint32_t word)
{
	struct insn got = insn_decode(word), want = { .kind = INSN_UNKNOWN };

	if (oracle_hint(word)) {
		want.kind = INSN_HINT;
	} else if (!oracle_pair(word, &want) && !oracle_single(word, &want) &&
		   !oracle_ordered(word, &want)) {
		/* Known or not, it is no access. */
		assert_true(got.kind == INSN_UNKNOWN ||
			    got.kind == INSN_REFUSED);
		return;
	}
	same(word, &got, &want);
}

/* Each opcode with every immediate; few registers. */
static void all_opcodes(void **state)
{
	(void)state;
	for (uint32_t upper = 0; upper < 1u << 22; upper++) {
		uint32_t word = upper << 10;

		check_word(word | 2 << 5 | 1);
		if ((upper & 7) == 5) {
			check_word(word | 31 << 5 | 31);
			check_word(word | 5 << 5 | 5);
		}
	}
}

/* What the code that uses an access relies on, for any word. */
static void any_word(void **state)
{
	uint64_t x = 88172645463325252u;

	(void)state;
	for (unsigned int i = 0; i < 3000000; i++) {
		struct insn got;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		got = insn_decode((uint32_t)x);
		if (got.kind != INSN_ACCESS) {
			continue;
		}
		assert_true(got.size && got.size <= 16 &&
			    !(got.size & (got.size - 1)));
		assert_true(got.size < 16 || got.simd);
		assert_true(got.nr == 1 || got.nr == 2);
		assert_true(got.base < 32 && got.reg[0] < 32 &&
			    got.reg[1] < 32);
		assert_true(got.index == INSN_NONE || got.index < 32);
		assert_true(got.index == INSN_NONE ||
			    got.address == INSN_OFFSET);
		assert_true(got.shift <= 4);
		check_word((uint32_t)x);
	}
}

static void amounts(void **state)
{
	struct insn i = { .index = 1, .extend = 2, .shift = 2 };

	(void)state;
	assert_int_equal(insn_amount(&i, UINT64_C(0xffffffff80000001)),
			 UINT64_C(0x200000004));
	i.extend = 6;
	assert_int_equal(insn_amount(&i, UINT64_C(0x180000001)),
			 UINT64_C(0xfffffffe00000004));
	i.extend = 3;
	assert_int_equal(insn_amount(&i, UINT64_C(0x180000001)),
			 UINT64_C(0x600000004));
	i = (struct insn){ .index = INSN_NONE, .amount = -8 };
	assert_int_equal(insn_amount(&i, 1), ~UINT64_C(7));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(all_opcodes),
		cmocka_unit_test(any_word),
		cmocka_unit_test(amounts),
	};

	return cmocka_run_group_tests_name("abort/insn", tests, NULL, NULL);
}
