/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every encoding of a system register, read and written at EL1.
 *
 * Classes: XSA-93 and XSA-351 (debug, PMU, activity monitors and registers of
 * the implementation that reach the hardware untrapped). Each encoding must
 * answer or be undefined; none may hang, and none may do anything else.
 *
 * A line for each op0, op1 and CRn that has any register: 128 bits, CRm from
 * left to right, op2 within a pair of digits, set where the access worked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "print.h"
#include "tap.h"

#define MSR_INSN 0xd5100000u
#define MRS_INSN 0xd5300000u
#define RET_INSN 0xd65f03c0u

struct result {
	bool worked;
	bool odd; /* neither worked nor undefined */
	uint64_t value;
};

/* Code that is made up as the sweep goes. */
static uint32_t *code;

static unsigned int odd;
static unsigned int too_high;	    /* registers of EL2 and EL3 */
static unsigned int implementation; /* of the implementation, not zero */
static unsigned int monitors;	    /* of the performance monitors, not zero */

static uint32_t encode(unsigned int op0, unsigned int op1, unsigned int crn,
		       unsigned int crm, unsigned int op2)
{
	return (op0 - 2) << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5;
}

static struct result run(uint32_t insn, uint64_t value)
{
	uint64_t at = (uint64_t)code;
	struct result r = { 0 };
	struct fault f;

	code[0] = insn;
	code[1] = RET_INSN;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\t"
			 "isb"
			 :
			 : "r"(at)
			 : "memory");
	fault_expect(&f);
	__asm__ volatile("mov x0, %1\n\tblr %2\n\tmov %0, x0"
			 : "=r"(r.value)
			 : "r"(value), "r"(at)
			 : "x0", "x30", "memory");
	fault_done();
	r.worked = !f.taken;
	r.odd = f.taken && ESR_EC(f.esr) != EC_UNKNOWN;
	return r;
}

/* Is this an encoding whose class the test insists on? */
static void judge(unsigned int op0, unsigned int op1, unsigned int crn,
		  unsigned int crm, const struct result *r)
{
	if (!r->worked) {
		odd += r->odd;
		return;
	}
	if (op0 == 3 && op1 >= 4 && !(op1 == 5 && crn < 15)) {
		too_high++;
	}
	if (op0 == 3 && (crn == 11 || crn == 15) && r->value) {
		implementation++;
	}
	if (op0 == 3 && op1 == 3 && ((crn == 9 && crm >= 12) || crn == 14) &&
	    (crn == 9 || crm >= 8) && r->value) {
		monitors++;
	}
}

static void row(unsigned int op0, unsigned int op1, unsigned int crn)
{
	uint8_t reads[16] = { 0 };
	uint8_t writes[16] = { 0 };
	bool any = false;
	char text[2][33];
	unsigned int crm;
	unsigned int op2;

	for (crm = 0; crm < 16; crm++) {
		for (op2 = 0; op2 < 8; op2++) {
			uint32_t reg = encode(op0, op1, crn, crm, op2);
			struct result r = run(MRS_INSN | reg, 0);
			struct result w;

			judge(op0, op1, crn, crm, &r);
			/* What can be read gets its own value back. */
			w = run(MSR_INSN | reg, r.worked ? r.value : 0);
			odd += w.odd;
			reads[crm] |= (uint8_t)(r.worked << op2);
			writes[crm] |= (uint8_t)(w.worked << op2);
			any = any || r.worked || w.worked;
		}
		format(text[0] + 2 * crm, 3, "%02x", reads[crm]);
		format(text[1] + 2 * crm, 3, "%02x", writes[crm]);
	}
	if (any) {
		tap_note("read  %u,%u,c%-2u %s", op0, op1, crn, text[0]);
		tap_note("write %u,%u,c%-2u %s", op0, op1, crn, text[1]);
	}
}

void guest_main(void)
{
	unsigned int i;

	code = ram_take(PAGE_SIZE, PAGE_SIZE);
	for (i = 0; i < 2 * 8 * 16; i++) {
		row(2 + i / 128, i / 16 % 8, i % 16);
	}
	tap_ok(!odd, "every encoding answers or is undefined (%u do not)", odd);
	tap_ok(!too_high, "no register of EL2 or EL3 answers (%u do)",
	       too_high);
	/* One is the base address of peripherals: QEMU 7.2 does not trap it. */
	tap_ok(implementation <= 1,
	       "no register of the implementation shows a value (%u do)",
	       implementation);
	tap_ok(!monitors, "no performance monitor shows a value (%u do)",
	       monitors);
}
