/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test side of the host seam: a machine in user space whose CPUs are
 * threads (or one thread that says which CPU it is), whose RAM is an arena,
 * and whose TLBs and caches are a model that fails on wrong maintenance.
 * docs/testing.md lists the rules.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include <arch/stage2.h>
#include <core/addr.h>
#include <core/compiler.h>

/* Where the fake RAM begins, as on QEMU's virt board. */
#define HOST_RAM_BASE UINT64_C(0x40000000)

/* ---------------------------------------------------------- the machine */

/**
 * host_setup() - A fresh machine with @mib MiB of RAM.
 *
 * Arena, frame table, every frame given to the allocator; one CPU, counter 0,
 * empty TLBs, all pages untouched. An earlier machine is torn down first.
 */
void host_setup(uint64_t mib);
void host_teardown(void);

/* The same without the frame table and allocator, for tests below them. */
void host_arena_setup(uint64_t mib);
void host_arena_teardown(void);

mfn_t host_ram_first(void);
uint64_t host_ram_frames(void);
/* Whether @pa is inside the arena. */
bool host_is_ram(paddr_t pa);

/* ------------------------------------------------------------------ CPUs */

/* This thread is CPU @cpu from now on. A new thread is CPU 0. */
void host_set_cpu(unsigned int cpu);
void host_set_nr_cpus(unsigned int nr);

/* Kicks sent to @cpu since the last call. */
unsigned int host_take_kicks(unsigned int cpu);

/* CPUs take kicks at once, or (@wait) when they pass: host_cpu_pass() says that
 * @cpu is out of the hypervisor for a moment. */
void host_kicks_wait(bool wait);
void host_cpu_pass(unsigned int cpu);

/* The counter stands still unless it is told to move. */
void host_counter_set(uint64_t ticks);
void host_counter_advance(uint64_t ticks);
/* What arch_timer_set() programmed on @cpu last; ~0 is off. */
uint64_t host_timer_deadline(unsigned int cpu);

/* arch_irq_waiting() says no @n times, then yes once; ~0u: always no. */
void host_irq_waiting_after(unsigned int n);

/* ------------------------------------------------- what stage 2 remembers */

struct host_leaf {
	ipa_t ipa;     /* first byte that the descriptor translates */
	uint64_t size; /* bytes that it translates                  */
	paddr_t pa;    /* what @ipa becomes                         */
	uint64_t pte;
	uint64_t *slot; /* where the descriptor is */
	uint8_t level;
};

/**
 * host_watch() - Let the model follow the table of @root.
 *
 * From here on each descriptor of it must be stored with arch_pte_store().
 * A table is also followed from its first flush or touch on.
 */
void host_watch(const struct s2_root *root);

/* What a table walk by hardware finds; false where it faults. */
bool host_walk(const struct s2_root *root, ipa_t ipa, struct host_leaf *leaf);

/* What a table consists of, counted in memory. */
struct host_shape {
	uint64_t leaves[4];    /* block and page descriptors, by level */
	uint64_t tables;       /* table pages, root included           */
	uint64_t empty_tables; /* those that map nothing               */
};
struct host_shape host_shape(const struct s2_root *root);

/*
 * This CPU translates @ipa under @root: from its TLB, or by a walk that
 * fills it. Stale entries are used as hardware would. False on a fault.
 */
bool host_touch(const struct s2_root *root, ipa_t ipa, paddr_t *pa);

/*
 * The same, to write. Where the descriptor lets it, hardware gives itself the
 * permission and says so there; a TLB entry that has it is used without a look
 * at the table.
 */
bool host_touch_write(const struct s2_root *root, ipa_t ipa, paddr_t *pa);

/*
 * The same by virtual address: a combined entry (VA to PA) under @asid,
 * filled from stage 1 mapping @va to @ipa.
 */
bool host_touch_va(const struct s2_root *root, uint16_t asid, gva_t va,
		   ipa_t ipa, paddr_t *pa);

/* What VTTBR_EL2 of this CPU holds, for arch_s2_flush_local(). */
void host_load_root(const struct s2_root *root);

/**
 * host_check_no_stale() - Fail when hardware remembers what is not so.
 *
 * No TLB entry of the VMID may differ from the table, no broken descriptor
 * may be unflushed, no descriptor changed by a plain store. To be called
 * whenever the p2m is unlocked.
 */
void host_check_no_stale(const struct s2_root *root);

struct host_counts {
	uint64_t pte_stores;
	uint64_t publishes;
	uint64_t flushes;	/* arch_s2_flush()                       */
	uint64_t flush_ranges;	/* ranges in them; 0 for a whole VMID    */
	uint64_t flush_bytes;	/* bytes in those ranges                 */
	uint64_t flush_steps;	/* invalidations by address for them     */
	uint64_t local_flushes; /* arch_s2_flush_local()                 */
	uint64_t page_cleans;	/* pages cleaned to point of coherency   */
};
struct host_counts host_counts(void);

/* ---------------------------------------------------------------- caches */

enum host_page_state {
	HOST_PAGE_UNTOUCHED, /* as firmware left it                       */
	HOST_PAGE_DIRTY,     /* EL2 or a former owner may have written it */
	HOST_PAGE_CLEAN,
};
enum host_page_state host_page_state(mfn_t mfn);

/* ------------------------------------------------- failures and messages */

/*
 * A broken rule of the seam ends the program with a message. Between
 * host_expect_begin() and host_expect_end() it is only recorded.
 */
void host_expect_begin(void);
/* Returns how many rules were broken; host_last_failure() tells the last. */
unsigned int host_expect_end(void);
const char *host_last_failure(void);
void host_fail(const char *fmt, ...) __printf(1, 2);

/*
 * HOST_BUGS() - Whether the statement runs into bug(); true if so. Locks
 * that it held stay held, so set the machine up again afterwards.
 */
#define HOST_BUGS(statement)                                      \
	(setjmp(*host_bug_expect()) == 0                          \
		 ? (({ statement; }), host_bug_unexpect(), false) \
		 : (host_bug_unexpect(), true))
jmp_buf *host_bug_expect(void);
void host_bug_unexpect(void);

/* The log since the last host_log_clear(), lines separated by newlines. */
const char *host_log(void);
void host_log_clear(void);

#endif
