/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulated distributor and redistributors: every offset, in every size,
 * read and written, with what is reserved, past the end or across an end.
 *
 * Classes: XSA-94 (offsets of interrupts that do not exist), XSA-112 (accesses
 * that cross the end of a region), XSA-117 (reserved encodings of SGIs).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "gic.h"
#include "print.h"
#include "tap.h"

#define FRAME 0x10000UL

static const unsigned int sizes[] = { 1, 2, 4, 8 };

struct access {
	const char *name;
	bool write;
	uint64_t value;
};

static bool faults(const struct access *a, uint64_t at, unsigned int size)
{
	struct fault f = a->write ? probe_write(at, size, a->value)
				  : probe_read(at, size, NULL);

	if (f.taken && (ESR_EC(f.esr) != EC_DABORT || f.far != at)) {
		tap_bail("%s of 0x%lx: esr 0x%x far 0x%lx", a->name, at, f.esr,
			 f.far);
	}
	return f.taken;
}

/* Which offsets of a frame answer, as ranges; offsets in steps of @size. */
static void sweep(const char *what, uint64_t base, const struct access *a,
		  unsigned int size)
{
	uint64_t start = 0;
	uint64_t offset;
	unsigned int ranges = 0;
	bool last = faults(a, base, size);

	for (offset = size; offset <= FRAME; offset += size) {
		bool now = offset < FRAME ? faults(a, base + offset, size)
					  : !last;

		if (now == last) {
			continue;
		}
		tap_note("%s, %s %u: 0x%04lx to 0x%04lx %s", what, a->name,
			 size, start, offset - 1, last ? "abort" : "ok");
		start = offset;
		last = now;
		ranges++;
	}
	tap_ok(ranges < 200, "%s, %s of %u bytes at every offset", what,
	       a->name, size);
}

static void sweep_all(const char *what, uint64_t base, const struct access *a)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		sweep(what, base, a, sizes[i]);
	}
}

static void frames(const struct access *a)
{
	uint64_t rd = gic_redist();

	sweep_all("GICD", board.gicd.base, a);
	sweep_all("GICR RD", rd, a);
	sweep_all("GICR SGI", rd + GICR_SGI, a);
}

/* Accesses that begin inside a region and end outside, or are not aligned. */
static void edges(void)
{
	const struct access read = { "read", false, 0 };
	uint64_t end = board.gicd.base + board.gicd.size;
	uint64_t redist_end = board.gicr.base + board.gicr.size;
	unsigned int i;

	for (i = 1; i < 8; i++) {
		tap_note("read 8 bytes, %u below the end of GICD: %s", i,
			 faults(&read, end - i, 8) ? "abort" : "ok");
	}
	for (i = 1; i < 8; i++) {
		tap_note("read 8 bytes, %u below the end of GICR: %s", i,
			 faults(&read, redist_end - i, 8) ? "abort" : "ok");
	}
	for (i = 1; i < 4; i++) {
		tap_note("read 4 bytes, %u above GICD_TYPER: %s", i,
			 faults(&read, board.gicd.base + GICD_TYPER + i, 4)
				 ? "abort"
				 : "ok");
	}
	tap_ok(faults(&read, end, 4), "the first word past GICD aborts");
	tap_ok(!faults(&read, end - 4, 4) || faults(&read, end - 4, 4),
	       "the last word of GICD answers or aborts");
}

/* Pairs, vectors and post-index leave no valid syndrome; nothing may hang. */
static void odd_forms(void)
{
	uint64_t at = board.gicd.base;
	struct fault f;

	fault_expect(&f);
	__asm__ volatile("ldp w0, w1, [%0]" : : "r"(at) : "x0", "x1", "memory");
	fault_done();
	tap_note("ldp: %s", f.taken ? "abort" : "ok");
	fault_expect(&f);
	__asm__ volatile("mov x2, %0; ldr w0, [x2], #4; nop"
			 :
			 : "r"(at)
			 : "x0", "x2", "memory");
	fault_done();
	tap_note("ldr with post-index: %s", f.taken ? "abort" : "ok");
	fault_expect(&f);
	__asm__ volatile("ldxr w0, [%0]; clrex" : : "r"(at) : "x0", "memory");
	fault_done();
	tap_note("ldxr: %s", f.taken ? "abort" : "ok");
	fault_expect(&f);
	__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	fault_done();
	tap_note("dc civac: %s", f.taken ? "abort" : "ok");
	fault_expect(&f);
	__asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
	fault_done();
	tap_note("dc zva: %s", f.taken ? "abort" : "ok");
	f = probe_exec(at);
	tap_ok(f.taken, "executing a register faults");
}

static void identity(void)
{
	uint64_t d = board.gicd.base;
	uint64_t rd = gic_redist();
	uint32_t typer = mmio_read32(d + GICD_TYPER);

	tap_is(mmio_read32(d + GICD_PIDR2) >> 4 & 15, 3,
	       "GICD_PIDR2: architecture");
	tap_is(mmio_read32(rd + GICD_PIDR2) >> 4 & 15, 3,
	       "GICR_PIDR2: architecture");
	tap_note("GICD_TYPER 0x%08x", typer);
	tap_note("GICD_TYPER2 0x%08x", mmio_read32(d + GICD_TYPER2));
	tap_note("GICD_IIDR 0x%08x", mmio_read32(d + GICD_IIDR));
	tap_note("GICD_CTLR 0x%08x", mmio_read32(d + GICD_CTLR));
	tap_note("GICR_CTLR 0x%08x", mmio_read32(rd + GICR_CTLR));
	tap_note("GICR_TYPER 0x%016lx", mmio_read64(rd + GICR_TYPER));
	tap_note("GICR_WAKER 0x%08x", mmio_read32(rd + GICR_WAKER));
	mmio_write32(d + GICD_TYPER, ~0u);
	tap_ok(mmio_read32(d + GICD_TYPER) == typer,
	       "GICD_TYPER cannot be written");
}

/* All forms of ICC_SGI1R and its kin. Interrupts stay masked. */
static void sgi_encodings(void)
{
	struct fault f = { 0 };
	unsigned int bit;

	fault_expect(&f);
	for (bit = 0; bit < 64; bit++) {
		write_sysreg(1UL << bit, S3_0_C12_C11_5);
		write_sysreg(~(1UL << bit), S3_0_C12_C11_5);
	}
	write_sysreg(0, S3_0_C12_C11_5);
	write_sysreg(~0UL, S3_0_C12_C11_5);
	fault_done();
	tap_ok(!f.taken, "ICC_SGI1R takes every value");
	fault_expect(&f);
	write_sysreg(~0UL, S3_0_C12_C11_7);
	fault_done();
	tap_note("ICC_SGI0R: %s", fault_name(&f));
	fault_expect(&f);
	write_sysreg(~0UL, S3_0_C12_C11_6);
	fault_done();
	tap_note("ICC_ASGI1R: %s", fault_name(&f));
}

void guest_main(void)
{
	const struct access read = { "read", false, 0 };
	const struct access zero = { "write 0", true, 0 };
	const struct access ones = { "write ~0", true, ~0UL };

	identity();
	frames(&read);
	edges();
	odd_forms();
	frames(&zero);
	sgi_encodings();
	frames(&ones);
	tap_ok(mmio_read32(board.gicd.base + GICD_PIDR2) >> 4 == 3,
	       "the distributor still answers");
}
