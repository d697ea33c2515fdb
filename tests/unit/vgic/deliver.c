/* SPDX-License-Identifier: BSD-2-Clause */
/* From an interrupt's source to the guest of the same CPU. */
#include "machine.h"
#include "suites.h"

static void sgi_to_self(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		sgi(5, 1);
		assert_int_equal(lrs_in_use(), 1);
		take(5);
		end(5);
		take(HOST_SPURIOUS);
	}
	assert_false(irq_get(0, GIC_ISPENDR, 5));
	assert_false(irq_get(0, GIC_ISACTIVER, 5));
}

/* All targets, filters and reserved bits of ICC_SGI1R_EL1 (XSA-117). */
static void sgi_encodings(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 0x10000; i++) {
		uint64_t value = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);

		vgic_sgi1r(&vcpus[0], value);
		vgic_sgi1r(&vcpus[0], value & ~GENMASK(55, 41));
	}
	vgic_sgi1r(&vcpus[0], ~UINT64_C(0));
	machine_teardown(NULL);
	machine_up(4);
	/* Other affinities: none of ours. */
	vgic_sgi1r(&vcpus[0], UINT64_C(1) << 16 | 1);
	vgic_sgi1r(&vcpus[0], UINT64_C(1) << 32 | 1);
	vgic_sgi1r(&vcpus[0], UINT64_C(1) << 48 | 1);
	vgic_sgi1r(&vcpus[0], UINT64_C(1) << 44 | 1);
	vgic_sgi1r(&vcpus[0], 0x10);
	take(HOST_SPURIOUS);
	for (i = 1; i < NR_VCPUS; i++) {
		assert_int_equal(vcpus[i].work, 0);
	}
	/* All but self. */
	vgic_sgi1r(&vcpus[0], BIT(40) | 7 << 24);
	take(HOST_SPURIOUS);
	for (i = 1; i < NR_VCPUS; i++) {
		on_cpu(i);
		take(7);
	}
}

static void sgi_of_group0_is_not_sent(void **state)
{
	(void)state;
	gicr_write(0, GICR_SGI + GIC_IGROUPR, ~(1u << 3));
	sgi(3, 1);
	sgi(4, 1);
	take(4);
	end(4);
	take(HOST_SPURIOUS);
}

/* A second edge while the first is handled comes after it. */
static void edge_while_active(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, UPCALL);
	vgic_inject(&dom, &vcpus[0], UPCALL);
	vgic_inject(&dom, &vcpus[0], UPCALL);
	take(UPCALL);
	take(HOST_SPURIOUS);
	vgic_inject(&dom, &vcpus[0], UPCALL);
	assert_true(irq_get(0, GIC_ISPENDR, UPCALL));
	assert_true(irq_get(0, GIC_ISACTIVER, UPCALL));
	take(HOST_SPURIOUS);
	end(UPCALL);
	take(UPCALL);
	end(UPCALL);
	take(HOST_SPURIOUS);
}

/* Twice as many as list registers, the most urgent ones last. */
static void more_than_fit(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		irq_priority(0, 40 + i, (uint8_t)(0x80 - 8 * i));
		irq_put(0, GIC_ISENABLER, 40 + i);
		vgic_inject(&dom, NULL, 40 + i);
	}
	assert_int_equal(lrs_in_use(), 4);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	assert_true(irq_get(0, GIC_ISPENDR, 47));
	for (i = 8; i-- > 0;) {
		take(40 + i);
		end(40 + i);
		/* When the last but one has gone, the rest moves up. */
		assert_int_equal(maintain(), i == 5 || i == 2);
	}
	take(HOST_SPURIOUS);
	assert_false(host_maintenance());
}

/* What comes while others wait gets in line, free list register or not. */
static void no_jumping_the_queue(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		irq_priority(0, 40 + i, (uint8_t)(0x40 + 8 * i));
		irq_put(0, GIC_ISENABLER, 40 + i);
	}
	for (i = 0; i < 6; i++) {
		vgic_inject(&dom, NULL, 40 + i);
	}
	for (i = 0; i < 2; i++) {
		take(40 + i);
		end(40 + i);
		assert_false(maintain());
	}
	vgic_inject(&dom, NULL, 46);
	vgic_inject(&dom, NULL, 47);
	for (i = 2; i < 8; i++) {
		take(40 + i);
		end(40 + i);
		maintain();
	}
	take(HOST_SPURIOUS);
}

/* All list registers active: what comes waits, and is not lost. */
static void all_active(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		irq_priority(0, i, (uint8_t)(0x80 - 8 * i));
		sgi(i, 1);
		if (i < 4) {
			take(i);
		}
	}
	take(HOST_SPURIOUS);
	for (i = 4; i-- > 0;) {
		end(i);
		maintain();
	}
	take(4);
	end(4);
	take(HOST_SPURIOUS);
}

static void disabled_waits(void **state)
{
	(void)state;
	vgic_inject(&dom, &vcpus[0], UPCALL);
	take(HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, UPCALL));
	irq_put(0, GIC_ISENABLER, UPCALL);
	irq_put(0, GIC_ICENABLER, UPCALL);
	take(HOST_SPURIOUS);
	irq_put(0, GIC_ISENABLER, UPCALL);
	take(UPCALL);
	/* Disabled while active: it ends as ever. */
	irq_put(0, GIC_ICENABLER, UPCALL);
	assert_true(irq_get(0, GIC_ISACTIVER, UPCALL));
	end(UPCALL);
	assert_false(irq_get(0, GIC_ISACTIVER, UPCALL));
}

static void cleared_is_gone(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, 33);
	vgic_inject(&dom, NULL, 33);
	irq_put(0, GIC_ICPENDR, 33);
	take(HOST_SPURIOUS);
	irq_put(0, GIC_ISPENDR, 33);
	take(33);
	irq_put(0, GIC_ISPENDR, 33);
	irq_put(0, GIC_ICACTIVER, 33);
	assert_false(irq_get(0, GIC_ISACTIVER, 33));
	/* The guest's priority did not drop: nothing of it may come. */
	take(HOST_SPURIOUS);
	end(33);
	take(33);
	end(33);
	take(HOST_SPURIOUS);
	/* A guest that hands over an active one. */
	irq_put(0, GIC_ISACTIVER, 33);
	vgic_inject(&dom, NULL, 33);
	take(HOST_SPURIOUS);
	end(33);
	take(33);
}

static void groups(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, 33);
	irq_put(0, GIC_ISENABLER, 34);
	gicd_write(GIC_IGROUPR + 4, ~(1u << 2));
	gicd_write(GICD_CTLR, 1);
	vgic_inject(&dom, NULL, 33);
	vgic_inject(&dom, NULL, 34);
	take(34);
	end(34);
	take(HOST_SPURIOUS);
	gicd_write(GICD_CTLR, 2);
	vgic_inject(&dom, NULL, 34);
	take(33);
	end(33);
	take(HOST_SPURIOUS);
	gicd_write(GICD_CTLR, 3);
	take(34);
	end(34);
	/* What was handed to the hardware comes back. */
	vgic_inject(&dom, NULL, 34);
	gicd_write(GICD_CTLR, 0);
	take(HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, 34));
}

static void asleep(void **state)
{
	(void)state;
	assert_int_equal(gicr_read(0, GICR_WAKER), 0);
	gicr_write(0, GICR_WAKER, 2);
	assert_int_equal(gicr_read(0, GICR_WAKER), 6);
	sgi(1, 1);
	take(HOST_SPURIOUS);
	gicr_write(0, GICR_WAKER, 0);
	take(1);
}

static void level(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, 50);
	vgic_set_level(&dom, NULL, 50, true);
	vgic_set_level(&dom, NULL, 50, true);
	take(50);
	end(50);
	/* Still high: again, after the end was reported. */
	assert_true(maintain());
	take(50);
	vgic_set_level(&dom, NULL, 50, false);
	end(50);
	maintain();
	take(HOST_SPURIOUS);
	assert_false(host_maintenance());
	/* Gone before the guest looked. */
	vgic_set_level(&dom, NULL, 50, true);
	vgic_set_level(&dom, NULL, 50, false);
	take(HOST_SPURIOUS);
	assert_false(irq_get(0, GIC_ISPENDR, 50));
	/* ISPENDR latches; the line alone does not outlive itself. */
	vgic_set_level(&dom, NULL, 50, true);
	irq_put(0, GIC_ISPENDR, 50);
	vgic_set_level(&dom, NULL, 50, false);
	assert_true(irq_get(0, GIC_ISPENDR, 50));
	take(50);
	end(50);
	maintain();
	take(HOST_SPURIOUS);
}

/* Configured as an edge, a rising line counts once. */
static void level_as_edge(void **state)
{
	(void)state;
	gicd_write(GIC_ICFGR + 12, 2u << 4);
	irq_put(0, GIC_ISENABLER, 50);
	vgic_set_level(&dom, NULL, 50, true);
	vgic_set_level(&dom, NULL, 50, false);
	take(50);
	end(50);
	maintain();
	vgic_set_level(&dom, NULL, 50, true);
	take(50);
	end(50);
	maintain();
	take(HOST_SPURIOUS);
}

static void numbers_out_of_range(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 128; i < 0x10000; i += 7) {
		vgic_inject(&dom, &vcpus[0], i);
		vgic_set_level(&dom, &vcpus[0], i, i & 1);
		vgic_phys_fired(&dom, &vcpus[0], i);
	}
	take(HOST_SPURIOUS);
}

/* What WFI asks: is there something that would wake the guest? */
static void pending_for_wfi(void **state)
{
	(void)state;
	assert_false(vgic_pending(&vcpus[0]));
	irq_priority(0, 9, 0x80);
	sgi(9, 1);
	assert_true(vgic_pending(&vcpus[0]));
	host_guest_interface(0x80, 3);
	assert_false(vgic_pending(&vcpus[0]));
	host_guest_interface(0x88, 3);
	assert_true(vgic_pending(&vcpus[0]));
	host_guest_interface(0xff, 1);
	assert_false(vgic_pending(&vcpus[0]));
	host_guest_interface(0xff, 3);
	take(9);
	assert_false(vgic_pending(&vcpus[0]));
	end(9);
	assert_false(vgic_pending(&vcpus[0]));
	/* The same when it is not loaded. */
	vgic_save(&vcpus[0]);
	assert_false(vgic_pending(&vcpus[0]));
	host_set_cpu(1);
	sgi(9, 1);
	host_set_cpu(0);
	assert_true(vgic_pending(&vcpus[0]));
	irq_put(0, GIC_ICENABLER, 9);
	assert_false(vgic_pending(&vcpus[0]));
}

static unsigned int nr_lines;
static char last_line[128];

static void count_line(const char *text)
{
	nr_lines++;
	strncpy(last_line, text, sizeof(last_line) - 1);
}

static void dump(void **state)
{
	(void)state;
	nr_lines = 0;
	vgic_dump(&dom, count_line);
	assert_int_equal(nr_lines, 1);
	irq_priority(0, 45, 0x48);
	vgic_inject(&dom, NULL, 45);
	nr_lines = 0;
	vgic_dump(&dom, count_line);
	assert_int_equal(nr_lines, 2);
	assert_string_equal(last_line, "    45 v0 prio 48 off pending level");
}

static const struct CMUnitTest tests[] = {
	ON_MACHINE(sgi_to_self),
	ON_MACHINE(sgi_encodings),
	ON_MACHINE(sgi_of_group0_is_not_sent),
	ON_MACHINE(edge_while_active),
	ON_MACHINE(more_than_fit),
	ON_MACHINE(no_jumping_the_queue),
	ON_MACHINE(all_active),
	ON_MACHINE(disabled_waits),
	ON_MACHINE(cleared_is_gone),
	ON_MACHINE(groups),
	ON_MACHINE(asleep),
	ON_MACHINE(level),
	ON_MACHINE(level_as_edge),
	ON_MACHINE(numbers_out_of_range),
	ON_MACHINE(pending_for_wfi),
	ON_MACHINE(dump),
};

const struct suite vgic_deliver = { tests, ARRAY_SIZE(tests) };
