/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four vCPUs on one stretch of memory: two map SRAM over parts of it and take
 * it away again, one gives pages of it back and gets them again, one reads
 * and writes all of it.
 *
 * Whatever a vCPU meets is a page that belongs there, only a page that was
 * given back may be none; and in the end all is as it was.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/domctl.h>
#include <xen/memory.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "mmu.h"
#include "smp.h"
#include "tap.h"

#define SRAM	    "/sram@bfc00000"
#define SRAM_OFFSET MIB(1) /* what lies before it is others' */
#define PAGES	    64u
#define GROUP	    8u /* pages that one mapper has for itself */
#define ROUNDS	    150u

enum role { MAPPER_EVEN, MAPPER_ODD, BALLOONER, READER, ROLES };

static uint64_t *ram;  /* PAGES of it        */
static uint64_t *sram; /* as many, elsewhere */
/* The page is not there, or about to come or go. */
static uint32_t given_back[PAGES];
static uint32_t mappers_done;
static uint32_t wrong[ROLES];
static uint32_t refused[ROLES];
static uint32_t met_sram, met_ram, met_nothing;

static uint64_t *page(uint64_t *base, unsigned int i)
{
	return base + i * (PAGE_SIZE / sizeof(*base));
}

static uint64_t ram_word(unsigned int i)
{
	return 0x7a60000000000000UL + i;
}

static uint64_t sram_word(unsigned int i)
{
	return 0x57a6000000000000UL + i;
}

static unsigned int next(uint32_t *state, unsigned int below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % below;
}

static long mapping(unsigned int first, unsigned int nr, bool add)
{
	static struct xen_domctl op[ROLES];
	struct xen_domctl *c = &op[this_cpu()->id];

	memset(c, 0, sizeof(*c));
	c->cmd = XEN_DOMCTL_memory_mapping;
	c->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	c->u.memory_mapping.first_gfn = gfn_of(page(ram, first));
	c->u.memory_mapping.first_mfn = gfn_of(page(sram, first));
	c->u.memory_mapping.nr_mfns = nr;
	c->u.memory_mapping.add_mapping = add ? DPCI_ADD_MAPPING
					      : DPCI_REMOVE_MAPPING;
	return hypercall2(__HYPERVISOR_domctl, ARG(c), 0);
}

/* What is at page @i: true if it may be there. */
static bool look(unsigned int i)
{
	uint32_t absent = __atomic_load_n(&given_back[i], __ATOMIC_SEQ_CST);
	uint64_t word = 0;
	struct fault f = probe_read((uint64_t)page(ram, i), 8, &word);

	absent |= __atomic_load_n(&given_back[i], __ATOMIC_SEQ_CST);
	if (this_cpu()->id == READER) {
		met_nothing += f.taken;
		met_ram += !f.taken && word == ram_word(i);
		met_sram += !f.taken && word == sram_word(i);
	}
	return f.taken ? absent : word == ram_word(i) || word == sram_word(i);
}

static void look_at(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		wrong[this_cpu()->id] += !look(i);
	}
}

static void run_mapper(unsigned int self)
{
	uint32_t state = self + 1;

	for (unsigned int n = 0; n < ROUNDS; n++) {
		unsigned int group = 2 * next(&state, PAGES / GROUP / 2) + self;
		unsigned int at = next(&state, GROUP);
		unsigned int first = group * GROUP + at;
		unsigned int nr = next(&state, GROUP - at) + 1;

		refused[self] += mapping(first, nr, true) != 0;
		look_at(first, nr);
		refused[self] += mapping(first, nr, false) != 0;
		look_at(first, nr);
	}
	__atomic_fetch_add(&mappers_done, 1, __ATOMIC_SEQ_CST);
}

static bool all_mapped(void)
{
	return __atomic_load_n(&mappers_done, __ATOMIC_SEQ_CST) == 2;
}

/* What shows SRAM now cannot be given back. */
static void run_ballooner(void)
{
	uint32_t state = 77;

	while (!all_mapped()) {
		unsigned int i = next(&state, PAGES);

		__atomic_store_n(&given_back[i], 1, __ATOMIC_SEQ_CST);
		if (balloon_out(page(ram, i)) == 0) {
			wrong[BALLOONER] += !look(i);
			refused[BALLOONER] += balloon_in(page(ram, i)) != 0;
		}
		__atomic_store_n(&given_back[i], 0, __ATOMIC_SEQ_CST);
	}
}

static void run_reader(void)
{
	while (!all_mapped()) {
		for (unsigned int i = 0; i < PAGES; i++) {
			probe_write((uint64_t)(page(ram, i) + 1), 8, i);
			wrong[READER] += !look(i);
		}
	}
}

static void run(void *arg)
{
	(void)arg;
	switch ((enum role)this_cpu()->id) {
	case BALLOONER:
		run_ballooner();
		break;
	case READER:
		run_reader();
		break;
	default:
		run_mapper(this_cpu()->id);
	}
}

static void prepare(void)
{
	struct span s;

	if (!board_reg(SRAM, 0, &s) || board.nr_cpus < ROLES) {
		tap_bail("no SRAM, or too few CPUs");
	}
	sram = (void *)(s.base + SRAM_OFFSET);
	mmu_map((uint64_t)sram, (uint64_t)sram, PAGES * PAGE_SIZE, MMU_NORMAL);
	ram = ram_take(MIB(2), MIB(2));
	for (unsigned int i = 0; i < PAGES; i++) {
		*page(sram, i) = sram_word(i);
		*page(ram, i) = ram_word(i);
	}
}

void guest_main(void)
{
	static const char *const name[ROLES] = { "first mapper",
						 "second mapper", "ballooner",
						 "reader" };
	unsigned int lost = 0;

	prepare();
	for (unsigned int i = 1; i < ROLES; i++) {
		if (smp_start(i, run, NULL)) {
			tap_bail("CPU_ON of %u", i);
		}
	}
	run(NULL);
	for (unsigned int i = 1; i < ROLES; i++) {
		smp_join(i);
	}
	for (unsigned int i = 0; i < ROLES; i++) {
		tap_is(wrong[i], 0, "%s: what is nobody's there", name[i]);
		tap_is(refused[i], 0, "%s: calls refused", name[i]);
	}
	tap_ok(met_ram && met_sram, "RAM and SRAM were met");
	tap_info("met: RAM %u, SRAM %u, nothing %u", met_ram, met_sram,
		 met_nothing);
	for (unsigned int i = 0; i < PAGES; i++) {
		lost += *page(ram, i) != ram_word(i);
		lost += *page(sram, i) != sram_word(i);
	}
	tap_is(lost, 0, "pages with other contents than before");
}
