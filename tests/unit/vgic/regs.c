/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest reads from and writes to distributor and redistributors. */
#include "machine.h"
#include "suites.h"

#include <arch/vcpu.h>

static enum mmio_result try(uint64_t offset, uint8_t size, bool redist)
{
	struct mmio_access a = { .offset = offset, .size = size };

	return redist ? gicr(0, &a) : gicd(0, &a);
}

static void identification(void **state)
{
	struct mmio_access a = { .offset = 0x20000 + 8, .size = 8 };

	(void)state;
	/* ARE and DS, both groups; nothing in progress. */
	assert_int_equal(gicd_read(GICD_CTLR), 0x53);
	/* 128 interrupts, 10 bits of id, no 1 of N, no LPIs, no MBIs. */
	assert_int_equal(gicd_read(GICD_TYPER), 3 | 9u << 19 | 1u << 25);
	assert_int_equal(gicd_read(8), VGIC_IIDR);
	assert_int_equal(gicd_read(0xc), 0);
	assert_int_equal(gicd_read(0xffe8) & 0xf0, 0x30);
	assert_int_equal(gicr_read(0, 0xffe8) & 0xf0, 0x30);
	assert_int_equal(gicr_read(0, 4), VGIC_IIDR);
	assert_int_equal(gicr_read(0, 0), 0);
	/* Affinity 1, processor 1, not the last. */
	assert_int_equal(gicr(0, &a), MMIO_OK);
	assert_int_equal(a.data, UINT64_C(1) << 32 | 1 << 8);
	assert_int_equal(gicr_read(1, 8), 1 << 8);
	assert_int_equal(gicr_read(1, 12), 1);
	assert_int_equal(gicr_read(3, 8), 3 << 8 | 1 << 4);
}

static void control_write(void **state)
{
	(void)state;
	gicd_write(GICD_CTLR, ~0u);
	assert_int_equal(gicd_read(GICD_CTLR) & ~(1u << 31), 0x53);
	gicd_write(GICD_CTLR, 0);
	assert_int_equal(gicd_read(GICD_CTLR) & ~(1u << 31), 0x50);
	/* Read-only: nothing changes. */
	gicd_write(GICD_TYPER, ~0u);
	assert_int_equal(gicd_read(GICD_TYPER) & 31, 3);
}

static void set_and_clear(void **state)
{
	(void)state;
	gicd_write(GIC_ISENABLER + 4, 0x81);
	gicd_write(GIC_ISENABLER + 4, 0x10);
	assert_int_equal(gicd_read(GIC_ISENABLER + 4), 0x91);
	assert_int_equal(gicd_read(GIC_ICENABLER + 4), 0x91);
	gicd_write(GIC_ICENABLER + 4, 0x80);
	assert_int_equal(gicd_read(GIC_ISENABLER + 4), 0x11);
	gicd_write(GIC_ISENABLER + 4, 0);
	assert_int_equal(gicd_read(GIC_ISENABLER + 4), 0x11);
	gicd_write(GIC_IGROUPR + 8, 0xf0f0f0f0);
	assert_int_equal(gicd_read(GIC_IGROUPR + 8), 0xf0f0f0f0);
	/* The first word is the redistributors', and theirs are apart. */
	gicd_write(GIC_ISENABLER, ~0u);
	assert_int_equal(gicd_read(GIC_ISENABLER), 0);
	gicr_write(2, GICR_SGI + GIC_ICENABLER, ~0u);
	gicr_write(2, GICR_SGI + GIC_ISENABLER, 0x08000001);
	assert_int_equal(gicr_read(2, GICR_SGI + GIC_ISENABLER), 0x08000001);
	assert_int_equal(gicr_read(1, GICR_SGI + GIC_ISENABLER), 0xffff);
}

static void pending_and_active(void **state)
{
	(void)state;
	/* Disabled, so they stay where they are. */
	gicd_write(GIC_ISPENDR + 4, 6);
	assert_int_equal(gicd_read(GIC_ISPENDR + 4), 6);
	assert_int_equal(gicd_read(GIC_ICPENDR + 4), 6);
	gicd_write(GIC_ICPENDR + 4, 2);
	assert_int_equal(gicd_read(GIC_ISPENDR + 4), 4);
	gicd_write(GIC_ISACTIVER + 8, 9);
	assert_int_equal(gicd_read(GIC_ISACTIVER + 8), 9);
	gicd_write(GIC_ICACTIVER + 8, 1);
	assert_int_equal(gicd_read(GIC_ICACTIVER + 8), 8);
	assert_int_equal(gicd_read(GIC_ISPENDR + 8), 0);
}

static void priorities(void **state)
{
	struct mmio_access a = { .offset = GIC_IPRIORITYR + 42,
				 .size = 2,
				 .data = 0xffff1357,
				 .write = true };

	(void)state;
	gicd_write(GIC_IPRIORITYR + 40, 0xff804008);
	assert_int_equal(gicd_read(GIC_IPRIORITYR + 40), 0xf8804008);
	assert_int_equal(gicd(0, &a), MMIO_OK);
	assert_int_equal(gicd_read(GIC_IPRIORITYR + 40), 0x10504008);
	irq_priority(0, 41, 0xa0);
	assert_int_equal(gicd_read(GIC_IPRIORITYR + 40), 0x1050a008);
	irq_priority(3, TIMER, 0x60);
	assert_int_equal(gicr_read(3, GICR_SGI + GIC_IPRIORITYR + 24),
			 0x60000000);
	assert_int_equal(gicr_read(2, GICR_SGI + GIC_IPRIORITYR + 24), 0);
	/* Past the last interrupt, and the private ones from here. */
	gicd_write(GIC_IPRIORITYR + 128, ~0u);
	assert_int_equal(gicd_read(GIC_IPRIORITYR + 128), 0);
	gicd_write(GIC_IPRIORITYR, ~0u);
	assert_int_equal(gicd_read(GIC_IPRIORITYR), 0);
}

static void configuration(void **state)
{
	(void)state;
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ICFGR), 0xaaaaaaaa);
	gicr_write(0, GICR_SGI + GIC_ICFGR, 0);
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ICFGR), 0xaaaaaaaa);
	gicd_write(GIC_ICFGR + 8, 0xffffffff);
	assert_int_equal(gicd_read(GIC_ICFGR + 8), 0xaaaaaaaa);
	gicd_write(GIC_ICFGR + 8, 0x00000008);
	assert_int_equal(gicd_read(GIC_ICFGR + 8), 8);
}

static void routes(void **state)
{
	struct mmio_access a = { .offset = GICD_IROUTER + 8 * 40, .size = 8 };

	(void)state;
	irq_route(40, UINT64_C(0xffffffffffffffff));
	assert_int_equal(gicd(0, &a), MMIO_OK);
	assert_int_equal(a.data, UINT64_C(0xff00ffffff));
	gicd_write(GICD_IROUTER + 8 * 40, 0x80000003);
	assert_int_equal(gicd_read(GICD_IROUTER + 8 * 40), 3);
	assert_int_equal(gicd_read(GICD_IROUTER + 8 * 40 + 4), 0xff);
	gicd_write(GICD_IROUTER + 8 * 40 + 4, 0);
	assert_int_equal(gicd(0, &a), MMIO_OK);
	assert_int_equal(a.data, 3);
	/* No SPI, or not ours. */
	irq_route(31, 3);
	assert_int_equal(gicd_read(GICD_IROUTER + 8 * 31), 0);
	irq_route(128, 3);
	assert_int_equal(gicd_read(GICD_IROUTER + 8 * 128), 0);
}

static void bad_sizes(void **state)
{
	static const struct {
		uint32_t offset;
		uint8_t bad; /* sizes that abort */
		bool redist;
	} row[] = {
		{ GICD_CTLR, 1 | 2 | 8, false },
		{ GICD_TYPER, 1 | 2 | 8, false },
		{ GIC_IGROUPR + 8, 1 | 2 | 8, false },
		{ GIC_ISENABLER + 8, 1 | 2 | 8, false },
		{ GIC_ICACTIVER + 8, 1 | 2 | 8, false },
		{ GIC_IPRIORITYR + 40, 8, false },
		{ GIC_ICFGR + 8, 1 | 2 | 8, false },
		{ GICD_IROUTER + 8 * 40, 1 | 2, false },
		{ 0xffe8, 1 | 2 | 8, false },
		{ 0x4000, 0, false },
		{ 0x0, 1 | 2 | 8, true },
		{ 0x8, 1 | 2, true },
		{ GICR_WAKER, 1 | 2 | 8, true },
		{ GICR_SGI + GIC_ISENABLER, 1 | 2 | 8, true },
		{ GICR_SGI + GIC_IPRIORITYR, 8, true },
	};
	unsigned int i;
	uint8_t size;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (size = 1; size <= 8; size = (uint8_t)(size * 2)) {
			assert_int_equal(
				try(row[i].offset, size, row[i].redist),
				row[i].bad & size ? MMIO_ABORT : MMIO_OK);
		}
	}
}

/* XSA-94, XSA-117: every offset, size and direction; ASan and UBSan look. */
static void sweep(void **state)
{
	static const uint64_t data[] = { 0, ~UINT64_C(0),
					 UINT64_C(0x5a5a0ff5a5a5f00f) };
	uint64_t size_of[2] = { 0x10000, (NR_VCPUS + 1) * 0x20000 };
	unsigned int kind;
	uint64_t at;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		for (at = 0; at < 3 * 4 * 2 * size_of[kind]; at++) {
			struct mmio_access a = {
				.offset = at / 24,
				.size = (uint8_t)(1u << at % 4),
				.write = at / 4 % 2,
				.data = data[at / 8 % 3],
			};

			if (a.offset % a.size ||
			    a.offset + a.size > size_of[kind]) {
				continue;
			}
			if ((kind ? gicr(1, &a) : gicd(1, &a)) == MMIO_OK &&
			    !a.write && a.size < 8) {
				assert_int_equal(a.data >> 8 * a.size, 0);
			}
		}
	}
	/* Still there, and still of the same size. */
	assert_int_equal(gicd_read(GICD_TYPER) & 31, 3);
	for (at = 16; at < 128; at += 4) {
		assert_int_equal(gicd_read((uint32_t)(GIC_ISENABLER + at)), 0);
	}
}

/* A vCPU below the maximum that was never made reads as nothing. */
static void missing_vcpu(void **state)
{
	struct vgic_vcpu *c = &dom.vgic->cpu[3];
	unsigned int i;

	(void)state;
	c->vcpu = NULL;
	assert_int_equal(gicr_read(3, 8), 0);
	assert_int_equal(gicr_read(3, 0xffe8), 0);
	gicr_write(3, GICR_SGI + GIC_ICENABLER, ~0u);
	assert_int_equal(gicr_read(3, GICR_SGI + GIC_ISENABLER), 0);
	/* Now the third is the last one. */
	assert_int_equal(gicr_read(2, 8), 2 << 8 | 1 << 4);
	/* Nor is there one beyond the maximum, whatever memory says. */
	dom.vgic->nr_vcpus = 1;
	for (i = 1; i < MAX_VCPUS; i++) {
		assert_int_equal(gicr_read(i, 8), 0);
		assert_int_equal(gicr_read(i, 0xffe8), 0);
	}
	dom.vgic->nr_vcpus = NR_VCPUS;
	/* SGIs and routes to it go nowhere. */
	sgi(1, 1u << 3);
	irq_put(0, GIC_ISENABLER, 40);
	irq_route(40, 3);
	vgic_inject(&dom, NULL, 40);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	vgic_add_vcpu(&vcpus[3]);
	assert_int_equal(gicr_read(3, GICR_SGI + GIC_ISENABLER), 0xffff);
	assert_int_equal(gicr_read(3, GICR_SGI + GIC_ISPENDR), 0);
}

static void create_errors(void **state)
{
	static const struct vgic_layout small = { .gicd_size = 0x10000,
						  .gicr_size = 0x20000 };
	struct domain other = { .nr_vcpus = 2 };

	(void)state;
	assert_int_equal(vgic_create(&other, &small, 32), -XEN_EINVAL);
	other.nr_vcpus = 1;
	assert_int_equal(vgic_create(&other, &small, 989), -XEN_EINVAL);
	assert_null(other.vgic);
}

static const struct CMUnitTest tests[] = {
	ON_MACHINE(identification), ON_MACHINE(control_write),
	ON_MACHINE(set_and_clear),  ON_MACHINE(pending_and_active),
	ON_MACHINE(priorities),	    ON_MACHINE(configuration),
	ON_MACHINE(routes),	    ON_MACHINE(bad_sizes),
	ON_MACHINE(sweep),	    ON_MACHINE(missing_vcpu),
	ON_MACHINE(create_errors),
};

const struct suite vgic_regs = { tests, ARRAY_SIZE(tests) };
