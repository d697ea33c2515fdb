/* SPDX-License-Identifier: BSD-2-Clause */
#include "maps.h"

#include <stdio.h>
#include <string.h>

#include <core/bits.h>

#include "memmap/memmap.h"

#define KIB	    UINT64_C(0x400)
#define MAX_REGIONS 256

static struct region regions[MAX_REGIONS];
static char names[MAX_REGIONS][80];
static unsigned int nr;

static enum mmio_result answer(struct vcpu *v, void *opaque,
			       struct mmio_access *a)
{
	(void)v;
	(void)opaque;
	a->data = 0;
	return MMIO_OK;
}

static const struct region_ops ops = {
	.name = "test",
	.access = answer,
	.valid_sizes = 4,
};

/* The next region: the caller fills in what makes it what it is. */
static struct region *make(enum region_kind kind, uint64_t ipa, uint64_t size,
			   const char *name)
{
	struct region *r = &regions[nr];

	assert_in_range(nr, 0, MAX_REGIONS - 1);
	strncpy(names[nr], name, sizeof(names[nr]) - 1);
	*r = (struct region){
		.name = names[nr],
		.kind = kind,
		.ipa = IPA(ipa),
		.size = size,
		.ops = &ops,
	};
	nr++;
	return r;
}

static struct region *device(uint64_t ipa, uint64_t size, const char *name)
{
	struct region *r = make(REGION_DIRECT, ipa, size, name);

	r->pa = PADDR(0x9000000000 + ipa);
	r->type = P2M_DEVICE;
	r->attr = p2m_default_attr(P2M_DEVICE);
	return r;
}

static struct region *sram(uint64_t ipa, uint64_t size, const char *name)
{
	struct region *r = device(ipa, size, name);

	r->type = P2M_SRAM;
	r->attr = p2m_default_attr(P2M_SRAM);
	r->row = "mmio-sram";
	return r;
}

static void add(struct region *r)
{
	assert_int_equal(memmap_add(dom0.d->memmap, r), 0);
}

static void add_to(struct region *container, struct region *r)
{
	assert_int_equal(memmap_add_to(dom0.d->memmap, container, r), 0);
}

static void commit(void)
{
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
}

/* ------------------------------------------------------------------- small */

/* A container within a container, and what is disabled. */
static void add_bus(void)
{
	struct region *bus, *box, *r;

	bus = make(REGION_CONTAINER, SMALL_MAP, MIB, "bus");
	box = make(REGION_CONTAINER, 0x80000, 64 * KIB, "box");
	add(bus);
	add_to(bus, device(0, 4 * KIB, "uart"));
	r = device(0x10000, 64 * KIB, "eth");
	r->log = true;
	r->attr.memtype = S2_DEVICE_NGNRNE;
	add_to(bus, r);
	add_to(bus, box);
	add_to(box, device(0, 4 * KIB, "adc"));
	r = device(0x2000, 4 * KIB, "old");
	r->disabled = true;
	add_to(box, r);
	/* It sticks out of the box. */
	add_to(box, device(0xf000, 8 * KIB, "wide"));
}

/* What hides: a trap, a hole, and an interposer that lets through. */
static void add_above(void)
{
	struct region *r;

	r = make(REGION_EMULATED, SMALL_MAP + 0x10000, 4 * KIB, "trap");
	r->priority = PRIORITY_EMULATED;
	r->buffered = true;
	add(r);
	r = make(REGION_HOLE, SMALL_MAP + 0x18000, 16 * KIB, "gap");
	r->priority = PRIORITY_EMULATED;
	add(r);
	r = make(REGION_INTERPOSER, SMALL_MAP, 4 * KIB, "spy");
	r->priority = PRIORITY_EMULATED;
	add(r);
}

/* Memory: one below the other, one by an alias, one for one vCPU. */
static void add_memory(void)
{
	struct region *ocm = sram(SMALL_MAP + 0x10000000, 2 * MIB, "ocm");
	struct region *r;

	add(ocm);
	r = device(SMALL_MAP + 0x10000000, 64 * KIB, "under");
	r->priority = -5;
	add(r);
	r = make(REGION_ALIAS, SMALL_MAP + 0x20000000, 64 * KIB, "ocm-low");
	r->target = ocm;
	r->target_offset = 0x10000;
	add(r);
	r = make(REGION_EMULATED, SMALL_MAP + 0x20008000, 4 * KIB, "mine");
	r->priority = 1;
	r->only = dom0.d->vcpu[1];
	add(r);
	r = make(REGION_EMULATED, SMALL_MAP + 0x2000c000, 4 * KIB,
		 "<strange> \"name\" & \001more");
	r->priority = 1;
	add(r);
}

void map_small(void)
{
	nr = 0;
	add_bus();
	add_above();
	add_memory();
	commit();
}

struct region *map_region(const char *name)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (!strcmp(names[i], name)) {
			return &regions[i];
		}
	}
	fail_msg("no region %s", name);
	return NULL;
}

/* -------------------------------------------------------------------- busy */

static uint64_t seed;

static unsigned int below(unsigned int limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % limit;
}

/* Something on a bus, at a random place: most of them overlap others. */
static void add_random(struct region *bus, unsigned int i)
{
	static const enum s2_memtype types[] = {
		S2_DEVICE_NGNRNE, S2_DEVICE_NGNRE, S2_DEVICE_NGRE,
		S2_DEVICE_GRE,	  S2_NORMAL_NC,
	};
	uint64_t size = (4 * KIB) << below(5);
	uint64_t ipa = (uint64_t)below(bus->size / size) * size;
	struct region *r;
	char name[32];

	snprintf(name, sizeof(name), "dev%u@%lx", i,
		 (unsigned long)(bus->ipa.v + ipa));
	r = device(ipa, size, name);
	r->priority = (int)below(4);
	r->attr.memtype = types[below(ARRAY_SIZE(types))];
	if (below(5) == 0) {
		r->kind = REGION_EMULATED;
	}
	r->disabled = below(12) == 0;
	add_to(bus, r);
}

void map_busy(void)
{
	static const uint64_t at[] = { 0x10000000, 0x18000000,	0x20000000,
				       0x2a000000, 0x300000000, 0x308000000 };
	struct region *bank;

	nr = 0;
	seed = 1;
	for (unsigned int b = 0; b < ARRAY_SIZE(at); b++) {
		char name[16];
		struct region *bus, *inner;

		snprintf(name, sizeof(name), "bus%u", b);
		bus = make(REGION_CONTAINER, at[b], MIB << below(4), name);
		snprintf(name, sizeof(name), "bridge%u", b);
		inner = make(REGION_CONTAINER, bus->size / 2, bus->size / 4,
			     name);
		add(bus);
		add_to(bus, inner);
		for (unsigned int i = 0; i < 18; i++) {
			add_random(below(3) ? bus : inner, i);
		}
	}
	bank = sram(0x400000000, 1024 * MIB, "bank");
	add(bank);
	for (unsigned int i = 0; i < 4; i++) {
		struct region *r;
		char name[16];

		snprintf(name, sizeof(name), "window%u", i);
		r = make(REGION_ALIAS, 0x500000000 + i * 4 * MIB, MIB << i,
			 name);
		r->target = bank;
		r->target_offset = i * 16 * MIB;
		add(r);
	}
	add(sram(0x440000000 - 2 * MIB, 4 * MIB, "edge"));
	commit();
}
