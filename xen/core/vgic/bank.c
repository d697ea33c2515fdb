/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers with a field for each interrupt. Their offsets are the same in
 * the distributor, for SPIs, and in a redistributor's second frame, for
 * private interrupts. One table says what each block of 128 bytes is.
 */
#include <core/compiler.h>

#include "vgic/virq.h"

/* Unimplemented priority bits read as zero: 32 levels. */
#define PRIORITY_BITS 0xf8u

typedef bool predicate(struct vgic *g, struct virq *irq);

/* The registers of one kind. */
struct bank {
	uint8_t sizes; /* valid access sizes, a bit mask            */
	uint8_t bits;  /* a field's width; 0: reads as 0, writes go */
	uint16_t base; /* offset of the field of interrupt 0        */
	predicate *read;
	/* What writing a one does, or writing a zero where `both`. */
	enum virq_change set;
	bool both;
	bool writable;
};

static bool is_group1(struct vgic *g __unused_arg, struct virq *irq)
{
	return irq->state & VIRQ_GROUP1;
}

static bool is_enabled(struct vgic *g __unused_arg, struct virq *irq)
{
	return irq->state & VIRQ_ENABLED;
}

#define BIT_BANK(base_, read_, set_)                                     \
	{                                                                \
		.sizes = 4, .bits = 1, .base = (base_), .read = (read_), \
		.set = (set_), .writable = true,                         \
	}
#define PRIORITY_BANK                                        \
	{                                                    \
		.sizes = 1 | 2 | 4, .bits = 8, .base = 0x400 \
	}
#define CONFIG_BANK                                  \
	{                                            \
		.sizes = 4, .bits = 2, .base = 0xc00 \
	}
#define ZERO_BANK(sizes_)         \
	{                         \
		.sizes = (sizes_) \
	}

/* Index: offset / 0x80. */
static const struct bank banks[32] = {
	[0x000 / 0x80] = ZERO_BANK(1 | 2 | 4 | 8),
	[0x080 / 0x80] = { .sizes = 4,
			   .bits = 1,
			   .base = 0x080,
			   .read = is_group1,
			   .set = CHANGE_GROUP,
			   .both = true,
			   .writable = true },
	[0x100 / 0x80] = BIT_BANK(0x100, is_enabled, CHANGE_ENABLE),
	[0x180 / 0x80] = BIT_BANK(0x180, is_enabled, CHANGE_DISABLE),
	[0x200 / 0x80] = BIT_BANK(0x200, virq_is_pending, CHANGE_SET_PENDING),
	[0x280 / 0x80] = BIT_BANK(0x280, virq_is_pending, CHANGE_CLEAR_PENDING),
	[0x300 / 0x80] = BIT_BANK(0x300, virq_is_active, CHANGE_SET_ACTIVE),
	[0x380 / 0x80] = BIT_BANK(0x380, virq_is_active, CHANGE_CLEAR_ACTIVE),
	/* IPRIORITYR */
	[0x400 / 0x80] = PRIORITY_BANK,
	[0x480 / 0x80] = PRIORITY_BANK,
	[0x500 / 0x80] = PRIORITY_BANK,
	[0x580 / 0x80] = PRIORITY_BANK,
	[0x600 / 0x80] = PRIORITY_BANK,
	[0x680 / 0x80] = PRIORITY_BANK,
	[0x700 / 0x80] = PRIORITY_BANK,
	[0x780 / 0x80] = PRIORITY_BANK,
	/* ITARGETSR: with affinity routing alone, nothing. */
	[0x800 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0x880 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0x900 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0x980 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0xa00 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0xa80 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0xb00 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0xb80 / 0x80] = ZERO_BANK(1 | 2 | 4),
	/* ICFGR */
	[0xc00 / 0x80] = CONFIG_BANK,
	[0xc80 / 0x80] = CONFIG_BANK,
	/* IGRPMODR and NSACR: with one security state, nothing. */
	[0xd00 / 0x80] = ZERO_BANK(4),
	[0xd80 / 0x80] = ZERO_BANK(1 | 2 | 4 | 8),
	[0xe00 / 0x80] = ZERO_BANK(4),
	[0xe80 / 0x80] = ZERO_BANK(4),
	/* SGIR, CPENDSGIR, SPENDSGIR: affinity routing alone, nothing. */
	[0xf00 / 0x80] = ZERO_BANK(1 | 2 | 4),
	[0xf80 / 0x80] = ZERO_BANK(1 | 2 | 4 | 8),
};

/* The interrupt with this number in the frame of @a, or NULL. */
static struct virq *at(const struct bank_access *a, unsigned int intid)
{
	if (a->cpu) {
		return intid < NR_PRIVATE ? &a->cpu->irq[intid] : NULL;
	}
	if (intid < NR_PRIVATE || intid >= a->vgic->nr_irqs) {
		return NULL;
	}
	return &a->vgic->spi[intid - NR_PRIVATE];
}

static uint64_t read_bits(const struct bank_access *a, const struct bank *b,
			  unsigned int first)
{
	uint64_t value = 0;
	unsigned int i;

	/* All of a register's interrupts exist or none does. */
	if (!at(a, first)) {
		return 0;
	}
	for (i = 0; i < 32; i++) {
		if (b->read(a->vgic, at(a, first + i))) {
			value |= BIT(i);
		}
	}
	return value;
}

static void write_bits(const struct bank_access *a, const struct bank *b,
		       unsigned int first)
{
	uint32_t value = (uint32_t)a->mmio->data;
	uint32_t todo = b->both ? ~0u : value;

	if (!at(a, first)) {
		return;
	}
	for (; todo; todo &= todo - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(todo);

		virq_change(a->vgic, at(a, first + i), b->set, value >> i & 1);
	}
}

static uint64_t read_priority(const struct bank_access *a, unsigned int first)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < a->mmio->size; i++) {
		struct virq *irq = at(a, first + i);

		value |= (uint64_t)(irq ? irq->priority : 0) << 8 * i;
	}
	return value;
}

static void write_priority(const struct bank_access *a, unsigned int first)
{
	unsigned int i;

	for (i = 0; i < a->mmio->size; i++) {
		struct virq *irq = at(a, first + i);
		uint32_t priority = a->mmio->data >> 8 * i & PRIORITY_BITS;

		if (irq && irq->priority != priority) {
			virq_change(a->vgic, irq, CHANGE_PRIORITY, priority);
		}
	}
}

static uint64_t read_config(const struct bank_access *a, unsigned int first)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		struct virq *irq = at(a, first + i);

		if (irq && irq->state & VIRQ_EDGE) {
			value |= BIT(2 * i + 1);
		}
	}
	return value;
}

/* SGIs are edges, whatever is written. */
static void write_config(const struct bank_access *a, unsigned int first)
{
	unsigned int i;

	for (i = 0; i < 16 && first >= NR_SGIS; i++) {
		struct virq *irq = at(a, first + i);
		uint32_t edge = a->mmio->data >> (2 * i + 1) & 1;

		if (irq && edge != (irq->state & VIRQ_EDGE ? 1 : 0)) {
			virq_change(a->vgic, irq, CHANGE_EDGE, edge);
		}
	}
}

static uint64_t bank_read(const struct bank_access *a, const struct bank *b,
			  unsigned int first)
{
	switch (b->bits) {
	case 1:
		return read_bits(a, b, first);
	case 2:
		return read_config(a, first);
	case 8:
		return read_priority(a, first);
	default:
		return 0;
	}
}

static void bank_write(const struct bank_access *a, const struct bank *b,
		       unsigned int first)
{
	switch (b->bits) {
	case 1:
		write_bits(a, b, first);
		break;
	case 2:
		write_config(a, first);
		break;
	case 8:
		write_priority(a, first);
		break;
	default:
		break;
	}
}

enum mmio_result vgic_bank_access(const struct bank_access *a)
{
	const struct bank *b = &banks[a->offset / 0x80 % ARRAY_SIZE(banks)];
	unsigned int first = 0;

	if (!(b->sizes & a->mmio->size)) {
		return MMIO_ABORT;
	}
	if (b->bits) {
		first = (a->offset - b->base) * 8 / b->bits;
	}
	if (a->mmio->write) {
		bank_write(a, b, first);
	} else {
		a->mmio->data = bank_read(a, b, first);
	}
	return MMIO_OK;
}
