/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test side of <arch/guest.h>, <arch/vcpu.h> and <arch/console.h>: a
 * guest's own page tables, which vCPU runs here, what became of the machine,
 * and what was typed and printed.
 */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <core/addr.h>

struct vcpu;

/* ----------------------------------------------------- guest translation */

/* @v is loaded on the CPU that this thread is; NULL: none. */
void host_load_vcpu(struct vcpu *v);

/* Stage 1 is the identity for addresses below 2^48, readable and writable. */
void host_s1_reset(void);
/* But the page of @gva is at @ipa, with S2_R and S2_W of @perm only. */
void host_s1_map(gva_t gva, ipa_t ipa, uint8_t perm);

/* The next @n translations of both stages fail, as they do while a descriptor
 * is broken. */
void host_translate_fail(unsigned int n);

/* ------------------------------------------------------------- machine */

enum host_machine {
	HOST_MACHINE_RUNS,
	HOST_MACHINE_OFF,
	HOST_MACHINE_RESET,
};

/* What became of the machine while @statement ran. */
#define HOST_MACHINE_END(statement)                         \
	(setjmp(*host_machine_expect()) == 0                \
		 ? (({ statement; }), host_machine_ended()) \
		 : host_machine_ended())
jmp_buf *host_machine_expect(void);
enum host_machine host_machine_ended(void);

/* Resets of @v so far. */
unsigned int host_vcpu_resets(const struct vcpu *v);

/* ------------------------------------------------------------- console */

/* What console_write() got since the last host_console_clear(). */
const char *host_console(void);
size_t host_console_len(void);
void host_console_clear(void);
/* Characters for console_read(), after those not read yet. */
void host_console_type(const char *text);

#endif
