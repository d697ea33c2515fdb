/* SPDX-License-Identifier: BSD-2-Clause */
#include "abort/mmio.h"

#include <arch/guest.h>
#include <arch/guestreg.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "memmap/memmap.h"

#define PSR_AARCH32 BIT(4)
#define PIECE	    8u /* bytes, at most */
/* A tag in the top byte of an address is no part of it. */
#define VA_MASK GENMASK(55, 0)

/* --------------------------------------------------------------- registers */

/* Register 31 is zero. */
static uint64_t general(const struct vcpu *v, unsigned int reg)
{
	return reg < 31 ? v->regs.x[reg] : 0;
}

static uint64_t base_of(const struct vcpu *v, const struct insn *i)
{
	return i->base == INSN_SP ? arch_guest_sp(v) : v->regs.x[i->base];
}

/* Pieces of one register. */
static unsigned int pieces_of(const struct insn *i)
{
	return i->size > PIECE ? 2 : 1;
}

static void take_registers(struct vcpu *v, struct mmio_run *run)
{
	const struct insn *i = &run->insn;

	for (unsigned int n = 0; n < i->nr && i->write; n++) {
		uint64_t half[2] = { general(v, i->reg[n]) };
		unsigned int first = n * pieces_of(i);

		if (i->simd) {
			arch_guest_simd_read(i->reg[n], half);
		}
		for (unsigned int p = 0; p < pieces_of(i); p++) {
			run->data[first + p] = half[p];
		}
	}
}

static void give_register(struct vcpu *v, const struct insn *i,
			  unsigned int reg, const uint64_t *piece)
{
	const struct abort_access a = { .sign_extend = i->sign_extend,
					.reg64 = i->reg64,
					.size = i->size };

	if (i->simd) {
		uint64_t half[2] = { piece[0],
				     pieces_of(i) == 2 ? piece[1] : 0 };

		arch_guest_simd_write(reg, half);
	} else if (reg < 31) {
		v->regs.x[reg] = abort_load_value(a, piece[0]);
	}
}

/* All pieces are done. */
static void finish(struct vcpu *v, const struct mmio_run *run)
{
	const struct insn *i = &run->insn;

	for (unsigned int n = 0; n < i->nr && !i->write; n++) {
		give_register(v, i, i->reg[n], &run->data[n * pieces_of(i)]);
	}
	if (i->address != INSN_OFFSET && i->base == INSN_SP) {
		arch_guest_set_sp(v, run->new_base);
	} else if (i->address != INSN_OFFSET) {
		v->regs.x[i->base] = run->new_base;
	}
	v->regs.pc += run->length;
	if (v->regs.cpsr & PSR_AARCH32) {
		/* Its trap is long over: see trap_sync32(). */
		v->regs.cpsr = aarch32_next_it(v->regs.cpsr);
	}
}

/* ------------------------------------------------------------------ pieces */

/* Where stage 1 has @va, which may be on another page than what faulted. */
static bool find_ipa(const struct mmio_run *run, gva_t va, ipa_t *ipa)
{
	if (((va.v ^ run->fault.v) & VA_MASK & PAGE_MASK) == 0) {
		*ipa = IPA((run->ipa.v & PAGE_MASK) | page_offset(va.v));
		return true;
	}
	return arch_guest_translate_s1(
		va, run->insn.write ? GUEST_WRITE : GUEST_READ, ipa);
}

static enum mmio_result do_piece(struct vcpu *v, struct mmio_run *run)
{
	const struct insn *i = &run->insn;
	unsigned int size = min_u64(i->size, PIECE);
	gva_t va = GVA(run->va.v + run->next * size);
	struct mmio_access a = {
		.size = (uint8_t)size,
		.write = i->write,
		.data = run->data[run->next],
	};
	enum mmio_result r;
	ipa_t ipa;

	if (page_offset(va.v) + size > PAGE_SIZE || !find_ipa(run, va, &ipa)) {
		return MMIO_ABORT;
	}
	r = memmap_access_rare(v->domain->memmap, v, ipa, &a);
	run->data[run->next] = a.data;
	/* Half in a device and half in memory is for neither. */
	return r == MMIO_NOTHING ? MMIO_ABORT : r;
}

enum mmio_result mmio_go_on(struct vcpu *v, struct mmio_run *run)
{
	unsigned int all = run->insn.nr * pieces_of(&run->insn);

	for (; run->next < all; run->next++) {
		enum mmio_result r = do_piece(v, run);

		if (r != MMIO_OK) {
			return r;
		}
	}
	finish(v, run);
	return MMIO_OK;
}

enum mmio_result mmio_answer(struct vcpu *v, struct mmio_run *run,
			     uint64_t data)
{
	run->data[run->next++] = data;
	return mmio_go_on(v, run);
}

/* --------------------------------------------------------------- beginnings */

void mmio_described(struct mmio_run *run, struct abort_access a, gva_t va,
		    ipa_t ipa)
{
	*run = (struct mmio_run){
		.insn = { .kind = INSN_ACCESS,
			  .write = a.write,
			  .sign_extend = a.sign_extend,
			  .reg64 = a.reg64,
			  .size = a.size,
			  .nr = 1,
			  .reg = { a.reg },
			  .index = INSN_NONE },
		.va = va,
		.fault = va,
		.ipa = ipa,
		.length = 4,
	};
}

int mmio_decoded(struct vcpu *v, struct mmio_run *run, uint32_t word,
		 const struct abort_info *a)
{
	struct insn *i = &run->insn;
	uint64_t base, moved;

	*run = (struct mmio_run){
		.insn = insn_decode(word),
		.fault = a->gva,
		.ipa = a->ipa,
		.length = 4,
	};
	if (i->kind == INSN_HINT) {
		return -XEN_EAGAIN;
	}
	if (i->kind != INSN_ACCESS) {
		return -XEN_EOPNOTSUPP;
	}
	base = base_of(v, i);
	moved = base + insn_amount(i, i->index == INSN_NONE
					      ? 0
					      : general(v, i->index));
	run->va = GVA(i->address == INSN_POST ? base : moved);
	run->new_base = moved;
	if (i->write != a->write ||
	    ((a->gva.v - run->va.v) & VA_MASK) >= (uint64_t)i->size * i->nr) {
		return -XEN_EAGAIN;
	}
	take_registers(v, run);
	return 0;
}
