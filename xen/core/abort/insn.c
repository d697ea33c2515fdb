/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One function for each class of "Loads and Stores" of DDI 0487; the table at
 * the end says which words are whose.
 */
#include "abort/insn.h"

#include <core/bits.h>
#include <core/compiler.h>

#define ANY_REG 0x1fu /* register 31: the zero register, or SP */

/* The @nr bits of @word from bit @lo on. */
static uint32_t bits(uint32_t word, unsigned int lo, unsigned int nr)
{
	return word >> lo & ((UINT32_C(1) << nr) - 1);
}

static int64_t signed_bits(uint32_t word, unsigned int lo, unsigned int nr)
{
	uint32_t v = bits(word, lo, nr);

	return (int64_t)v - (int64_t)(v >> (nr - 1) << nr);
}

/* Where most words have them. */
#define RT(word)  bits(word, 0, 5)
#define RN(word)  bits(word, 5, 5)
#define RT2(word) bits(word, 10, 5)
#define RM(word)  bits(word, 16, 5)

static struct insn unknown(void)
{
	return (struct insn){ .kind = INSN_UNKNOWN };
}

static struct insn hint(void)
{
	return (struct insn){ .kind = INSN_HINT };
}

static struct insn refused(const char *why)
{
	return (struct insn){ .kind = INSN_REFUSED, .why = why };
}

/* A transfer of one register at [Rn]. */
static struct insn one_register(uint32_t word, unsigned int log2_size)
{
	return (struct insn){
		.kind = INSN_ACCESS,
		.size = (uint8_t)(1u << log2_size),
		.reg64 = log2_size == 3,
		.nr = 1,
		.reg = { (uint8_t)RT(word) },
		.base = (uint8_t)RN(word),
		.index = INSN_NONE,
	};
}

/* What is written back would also be transferred: unpredictable. */
static bool clashes(const struct insn *i)
{
	if (i->address == INSN_OFFSET || i->simd || i->base == INSN_SP) {
		return false;
	}
	return i->base == i->reg[0] || (i->nr == 2 && i->base == i->reg[1]);
}

static struct insn checked(struct insn i)
{
	bool twice = i.nr == 2 && !i.write && i.reg[0] == i.reg[1];

	return twice || clashes(&i) ? unknown() : i;
}

/* ------------------------------------------------- exclusives and ordered */

/* size 001000 o2 L o1 Rs o0 Rt2 Rn Rt */
static struct insn exclusive(uint32_t word)
{
	bool o2 = bits(word, 23, 1), o1 = bits(word, 21, 1);
	struct insn i = one_register(word, bits(word, 30, 2));

	if (o1 && !(!o2 && bits(word, 31, 1))) {
		return refused("compare and swap: devices have no atomics");
	}
	if (!o2) {
		return refused("an exclusive: devices have no monitor");
	}
	/* LDAR, STLR and their LORegion kin: the trap orders all there is. */
	if (RM(word) != ANY_REG || RT2(word) != ANY_REG) {
		return unknown();
	}
	i.write = !bits(word, 22, 1);
	return i;
}

/* size 011001 opc 0 imm9 00 Rn Rt: LDAPUR, STLUR and kin */
static struct insn ordered_unscaled(uint32_t word)
{
	unsigned int opc = bits(word, 22, 2), size = bits(word, 30, 2);
	struct insn i = one_register(word, size);

	if (bits(word, 21, 1)) {
		return refused("memory tags: devices have none");
	}
	if (bits(word, 10, 2) || (opc == 2 && size == 3) ||
	    (opc == 3 && size > 1)) {
		return unknown();
	}
	i.write = !opc;
	i.sign_extend = opc >= 2;
	i.reg64 |= opc == 2;
	i.amount = signed_bits(word, 12, 9);
	return i;
}

/* size 111000 A R 1 Rs o3 opc 00 Rn Rt */
static struct insn atomic(uint32_t word)
{
	/* LDAPR hides among them. */
	if (bits(word, 10, 14) == 0x2ff0 && bits(word, 26, 1) == 0) {
		return one_register(word, bits(word, 30, 2));
	}
	return refused("an atomic: devices have none");
}

/* -------------------------------------------------------- other classes */

/* opc 011 V 00 imm19 Rt */
static struct insn literal(uint32_t word)
{
	if (bits(word, 26, 1)) {
		return bits(word, 30, 2) == 3
			       ? unknown()
			       : refused("a literal: code is not in a device");
	}
	return bits(word, 30, 2) == 3
		       ? hint()
		       : refused("a literal: code is not in a device");
}

/* opc 101 V 0 mode L imm7 Rt2 Rn Rt */
static struct insn pair(uint32_t word)
{
	static const enum insn_address mode[] = {
		INSN_OFFSET, /* no-allocate: a hint for caches */
		INSN_POST,
		INSN_OFFSET,
		INSN_PRE,
	};
	unsigned int opc = bits(word, 30, 2);
	bool simd = bits(word, 26, 1), load = bits(word, 22, 1);
	bool words_signed = !simd && opc == 1;
	unsigned int log2_size = simd ? 2 + opc : 2 + (opc >> 1);
	struct insn i = one_register(word, log2_size);

	if (opc == 3 || (words_signed && (!load || !bits(word, 23, 2)))) {
		return unknown();
	}
	i.write = !load;
	i.simd = simd;
	i.sign_extend = words_signed;
	i.reg64 |= words_signed;
	i.nr = 2;
	i.reg[1] = (uint8_t)RT2(word);
	i.address = mode[bits(word, 23, 2)];
	i.amount = signed_bits(word, 15, 7) * i.size;
	return checked(i);
}

/* ------------------------------------------------------- single registers */

/*
 * What size, V and opc say of a single register; the address is to be added.
 * @prefetch: whether that form has PRFM.
 */
static struct insn register_form(uint32_t word, bool prefetch)
{
	unsigned int size = bits(word, 30, 2), opc = bits(word, 22, 2);
	bool simd = bits(word, 26, 1);
	struct insn i = one_register(word, size);

	if (simd) {
		if (opc >= 2 && size) {
			return unknown();
		}
		i = one_register(word, opc >= 2 ? 4 : size);
		i.simd = true;
		i.write = !(opc & 1);
		return i;
	}
	if (opc == 2 && size == 3) {
		return prefetch ? hint() : unknown();
	}
	if (opc == 3 && size >= 2) {
		return unknown();
	}
	i.write = !opc;
	i.sign_extend = opc >= 2;
	i.reg64 |= opc == 2;
	return i;
}

/* size 111 V 01 opc imm12 Rn Rt */
static struct insn unsigned_offset(uint32_t word)
{
	struct insn i = register_form(word, true);

	if (i.kind == INSN_ACCESS) {
		i.amount = (int64_t)bits(word, 10, 12) * i.size;
	}
	return i;
}

/* size 111 V 00 opc 1 Rm option S 10 Rn Rt */
static struct insn register_offset(uint32_t word)
{
	struct insn i = register_form(word, true);
	unsigned int option = bits(word, 13, 3);

	if (!(option & 2)) {
		return unknown();
	}
	if (i.kind == INSN_ACCESS) {
		i.index = (uint8_t)RM(word);
		i.extend = (uint8_t)option;
		i.shift = bits(word, 12, 1) ? (uint8_t)__builtin_ctz(i.size)
					    : 0;
	}
	return i;
}

/* size 111 V 00 opc 0 imm9 form Rn Rt */
static struct insn small_offset(uint32_t word)
{
	static const enum insn_address form[] = {
		INSN_OFFSET, /* unscaled */
		INSN_POST,
		INSN_OFFSET, /* as at EL0 */
		INSN_PRE,
	};
	unsigned int f = bits(word, 10, 2);
	struct insn i = register_form(word, f == 0);

	if (f == 2 && bits(word, 26, 1)) {
		return unknown();
	}
	if (i.kind == INSN_ACCESS) {
		i.address = form[f];
		i.amount = signed_bits(word, 12, 9);
		i = checked(i);
	}
	return i;
}

static struct insn structures(uint32_t word)
{
	return bits(word, 31, 1) ? unknown()
				 : refused("SIMD structures: not for devices");
}

/* size 111 0 00 M S 1 imm9 W 1 Rn Rt */
static struct insn authenticated(uint32_t word)
{
	return bits(word, 30, 2) == 3 && !bits(word, 26, 1)
		       ? refused("a load with pointer authentication")
		       : unknown();
}

static struct insn zero_block(uint32_t word)
{
	(void)word;
	return refused("DC ZVA: a device is not zeroed by blocks");
}

/* ------------------------------------------------------------------ decode */

struct class
{
	uint32_t mask;
	uint32_t value;
	struct insn (*decode)(uint32_t word);
};

/* The first that matches. */
static const struct class classes[] = {
	{ 0x3b000000, 0x39000000, unsigned_offset },
	{ 0x3b200000, 0x38000000, small_offset },
	{ 0x3b200c00, 0x38200800, register_offset },
	{ 0x3a000000, 0x28000000, pair },
	{ 0x3f000000, 0x08000000, exclusive },
	{ 0x3f000000, 0x19000000, ordered_unscaled },
	{ 0x3b000000, 0x18000000, literal },
	{ 0x3f200c00, 0x38200000, atomic },
	{ 0x3b200400, 0x38200400, authenticated },
	{ 0x3e000000, 0x0c000000, structures },
	{ 0xffffffe0, 0xd50b7420, zero_block }, /* ZVA  */
	{ 0xffffffe0, 0xd50b7460, zero_block }, /* GVA  */
	{ 0xffffffe0, 0xd50b7480, zero_block }, /* GZVA */
};

struct insn insn_decode(uint32_t word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++) {
		if ((word & classes[i].mask) == classes[i].value) {
			return classes[i].decode(word);
		}
	}
	return unknown();
}

uint64_t insn_amount(const struct insn *insn, uint64_t index)
{
	if (insn->index == INSN_NONE) {
		return (uint64_t)insn->amount;
	}
	switch (insn->extend) {
	case 2: /* UXTW */
		index = (uint32_t)index;
		break;
	case 6: /* SXTW */
		index = (uint64_t)(int64_t)(int32_t)index;
		break;
	default:
		break;
	}
	return index << insn->shift;
}
