/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SRAM is memory (R3.3): with stage 1 on and Normal write-back, everything that
 * works in RAM works in it. SRAM with no-memory-wc is a device beside it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "mmu.h"
#include "tap.h"

#define SRAM	    "/sram@bfc00000"
#define SRAM_DEVICE "/sram@bfe00000"

static void map_pages(const struct span *s)
{
	uint64_t base = s->base & ~(PAGE_SIZE - 1);
	uint64_t end = (s->base + s->size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

	mmu_map(base, base, end - base, MMU_NORMAL);
}

static bool all_bytes(const volatile uint8_t *at, uint8_t value, uint64_t size)
{
	while (size--) {
		if (*at++ != value) {
			return false;
		}
	}
	return true;
}

static void fill(uint8_t *at, uint64_t size)
{
	memset(at, 0xa5, size);
	tap_ok(all_bytes(at, 0xa5, size), "memset of all of it");
	memset(at, 0, size);
	tap_ok(all_bytes(at, 0, size), "memset of all of it to zero");
}

static void unaligned(uint8_t *at)
{
	uint64_t odd = (uint64_t)at + 1;
	uint64_t across = (uint64_t)at + PAGE_SIZE - 3;
	struct fault f;
	uint64_t value;

	f = probe_write(odd, 8, 0x1122334455667788);
	tap_ok(!f.taken, "8 bytes written at an odd address");
	f = probe_read(odd, 8, &value);
	tap_ok(!f.taken && value == 0x1122334455667788, "and read");
	f = probe_write(across, 8, 0x8877665544332211);
	tap_ok(!f.taken, "8 bytes written across two pages");
	f = probe_read(across, 8, &value);
	tap_ok(!f.taken && value == 0x8877665544332211, "and read");
}

static void zero_block(uint8_t *at)
{
	uint64_t block = 4UL << (read_sysreg(dczid_el0) & 15);
	struct fault f;

	memset(at, 0xff, 2 * block);
	fault_expect(&f);
	__asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
	fault_done();
	tap_ok(!f.taken, "dc zva");
	tap_ok(all_bytes(at, 0, block) && all_bytes(at + block, 0xff, block),
	       "it zeroes one block");
}

static void exclusive(uint8_t *at)
{
	uint64_t value = 0;
	uint32_t failed = 1;
	unsigned int tries;
	struct fault f;

	memset(at, 0, 8);
	fault_expect(&f);
	for (tries = 0; failed && tries < 100; tries++) {
		__asm__ volatile("ldxr %0, [%2]\n\tadd %0, %0, #7\n\t"
				 "stxr %w1, %0, [%2]"
				 : "=&r"(value), "=&r"(failed)
				 : "r"(at)
				 : "memory");
	}
	fault_done();
	tap_ok(!f.taken && !failed && *(volatile uint64_t *)at == 7,
	       "ldxr and stxr");
}

static void code(uint8_t *at)
{
	uint32_t *insn = (uint32_t *)at;
	uint64_t value = 0;
	struct fault f;

	insn[0] = 0xd2800540; /* mov x0, #42 */
	insn[1] = 0xd65f03c0; /* ret */
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\t"
			 "isb"
			 :
			 : "r"(at)
			 : "memory");
	fault_expect(&f);
	__asm__ volatile("blr %1\n\tmov %0, x0"
			 : "=r"(value)
			 : "r"(at)
			 : "x0", "x30", "memory");
	fault_done();
	tap_ok(!f.taken && value == 42, "code runs from it");
}

static void memory_kind(void)
{
	struct span s;
	uint8_t *at;

	if (!board_reg(SRAM, 0, &s)) {
		tap_bail("dom0's tree has no " SRAM);
	}
	tap_ok(s.size == 0x1ff800, "the node is as it was");
	map_pages(&s);
	at = (uint8_t *)s.base;
	tap_ok(!probe_read(s.base, 1, NULL).taken, "its first byte");
	tap_ok(!probe_read(s.base + s.size - 1, 1, NULL).taken,
	       "its last byte");
	fill(at, s.size);
	unaligned(at + 2 * PAGE_SIZE);
	zero_block(at + 3 * PAGE_SIZE);
	exclusive(at + 4 * PAGE_SIZE);
	code(at + 5 * PAGE_SIZE);
}

/* Does this machine fault unaligned accesses to Device memory at all? */
static bool device_checks_alignment(const struct span *s)
{
	struct fault f;

	mmu_map(s->base, s->base, PAGE_SIZE, MMU_DEVICE);
	f = probe_read(s->base + 1, 4, NULL);
	mmu_map(s->base, s->base, PAGE_SIZE, MMU_NORMAL);
	return f.taken && ESR_FSC(f.esr) == FSC_ALIGNMENT;
}

static void device_kind(void)
{
	struct span s;
	struct fault f;
	uint64_t value;

	if (!board_reg(SRAM_DEVICE, 0, &s)) {
		tap_bail("dom0's tree has no " SRAM_DEVICE);
	}
	map_pages(&s);
	f = probe_write(s.base + 8, 8, 0x1234);
	tap_ok(!f.taken, "device: write");
	f = probe_read(s.base + 8, 8, &value);
	tap_ok(!f.taken && value == 0x1234, "device: read");
	f = probe_write(s.base, 4, 0xd65f03c0); /* ret */
	f = probe_exec(s.base);
	tap_ok(f.taken && ESR_EC(f.esr) == EC_IABORT, "device: no code runs");
	if (!device_checks_alignment(&s)) {
		tap_skip("this QEMU lets Device memory be unaligned",
			 "device: unaligned access faults");
		return;
	}
	f = probe_read(s.base + 1, 4, NULL);
	tap_ok(f.taken && ESR_FSC(f.esr) == FSC_ALIGNMENT,
	       "device: unaligned access faults");
}

void guest_main(void)
{
	memory_kind();
	device_kind();
}
