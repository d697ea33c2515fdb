/* SPDX-License-Identifier: BSD-2-Clause */
/* Two CPUs: what one does to an interrupt that another one holds. */
#include "machine.h"
#include "suites.h"

/* SPI @intid, enabled and routed to vCPU @target. */
static void spi_for(unsigned int intid, unsigned int target)
{
	irq_put(0, GIC_ISENABLER, intid);
	irq_route(intid, target);
}

static void sgi_to_other(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		host_set_cpu(0);
		sgi(2, 1u << 1);
		assert_int_equal(vcpus[1].work, WORK_VGIC);
		assert_int_equal(vcpus[0].work, 0);
		on_cpu(1);
		take(2);
		end(2);
		take(HOST_SPURIOUS);
	}
	/* Not loaded: it is woken instead. */
	vgic_save(&vcpus[1]);
	host_set_cpu(0);
	wakes[1] = 0;
	sgi(2, 1u << 1);
	assert_int_equal(vcpus[1].work, 0);
	assert_true(wakes[1] > 0);
	assert_true(vgic_pending(&vcpus[1]));
	host_set_cpu(1);
	vgic_load(&vcpus[1]);
	take(2);
}

/* The target handles the first one when the second comes. */
static void second_while_active(void **state)
{
	(void)state;
	sgi(2, 1u << 1);
	on_cpu(1);
	take(2);
	host_set_cpu(0);
	sgi(2, 1u << 1);
	on_cpu(1);
	take(HOST_SPURIOUS);
	end(2);
	take(2);
	end(2);
	take(HOST_SPURIOUS);
}

/* RWP stays until the other CPU has let go of the interrupt. */
static void disable_elsewhere(void **state)
{
	(void)state;
	spi_for(40, 1);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	assert_int_equal(lrs_in_use(), 1);
	host_set_cpu(0);
	assert_int_equal(gicd_read(GICD_CTLR) >> 31, 0);
	irq_put(0, GIC_ICENABLER, 40);
	assert_int_equal(gicd_read(GICD_CTLR) >> 31, 1);
	assert_int_equal(gicr_read(1, 0), 8);
	on_cpu(1);
	assert_int_equal(gicd_read(GICD_CTLR) >> 31, 0);
	take(HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	host_set_cpu(0);
	irq_put(0, GIC_ISENABLER, 40);
	on_cpu(1);
	take(40);
}

static void clear_elsewhere(void **state)
{
	(void)state;
	spi_for(40, 1);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	host_set_cpu(0);
	irq_put(0, GIC_ICPENDR, 40);
	assert_false(irq_get(0, GIC_ISPENDR, 40));
	on_cpu(1);
	take(HOST_SPURIOUS);
	/* Cleared and set again, before that CPU had a look. */
	host_set_cpu(0);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	host_set_cpu(0);
	irq_put(0, GIC_ICPENDR, 40);
	irq_put(0, GIC_ISPENDR, 40);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	on_cpu(1);
	take(40);
	/* Active there: cleared, and set. */
	host_set_cpu(0);
	irq_put(0, GIC_ICACTIVER, 40);
	assert_false(irq_get(0, GIC_ISACTIVER, 40));
	on_cpu(1);
	assert_false(irq_get(0, GIC_ISACTIVER, 40));
	host_set_cpu(0);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	host_set_cpu(0);
	irq_put(0, GIC_ISACTIVER, 40);
	irq_put(0, GIC_ICPENDR, 40);
	on_cpu(1);
	assert_true(irq_get(0, GIC_ISACTIVER, 40));
	assert_false(irq_get(0, GIC_ISPENDR, 40));
}

/* Reads are cautious at first, and exact after the other CPU answered. */
static void read_elsewhere(void **state)
{
	(void)state;
	spi_for(40, 1);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	take(40);
	host_set_cpu(0);
	assert_true(irq_get(0, GIC_ISACTIVER, 40));
	on_cpu(1);
	host_set_cpu(0);
	assert_true(irq_get(0, GIC_ISACTIVER, 40));
	on_cpu(1);
	host_set_cpu(0);
	assert_false(irq_get(0, GIC_ISPENDR, 40));
	host_set_cpu(1);
	end(40);
	host_set_cpu(0);
	assert_true(irq_get(0, GIC_ISACTIVER, 40));
	on_cpu(1);
	host_set_cpu(0);
	assert_false(irq_get(0, GIC_ISACTIVER, 40));
}

/* Routed away while it waits for a list register, in one, and active. */
static void reroute(void **state)
{
	(void)state;
	spi_for(40, 0);
	vgic_inject(&dom, NULL, 40);
	irq_route(40, 2);
	take(HOST_SPURIOUS);
	on_cpu(2);
	take(40);
	end(40);
	/* In a list register of CPU 2, told by CPU 0. */
	host_set_cpu(0);
	vgic_inject(&dom, NULL, 40);
	on_cpu(2);
	host_set_cpu(0);
	irq_route(40, 3);
	on_cpu(2);
	take(HOST_SPURIOUS);
	on_cpu(3);
	take(40);
	/* Active on CPU 3: it ends there, the next one comes elsewhere. */
	host_set_cpu(0);
	irq_route(40, 0);
	on_cpu(3);
	assert_true(irq_get(3, GIC_ISACTIVER, 40));
	end(40);
	vgic_inject(&dom, NULL, 40);
	take(HOST_SPURIOUS);
	on_cpu(0);
	take(40);
	end(40);
	/* The same when the old CPU is told by itself. */
	vgic_inject(&dom, NULL, 40);
	take(40);
	irq_route(40, 1);
	end(40);
	host_set_cpu(3);
	vgic_inject(&dom, NULL, 40);
	on_cpu(0);
	take(HOST_SPURIOUS);
	on_cpu(1);
	take(40);
}

/* Its vCPU goes offline: what was pending there follows the route. */
static void reroute_of_offline(void **state)
{
	(void)state;
	spi_for(40, 1);
	vgic_inject(&dom, NULL, 40);
	on_cpu(1);
	host_set_cpu(0);
	irq_route(40, 0);
	host_set_cpu(1);
	vgic_save(&vcpus[1]);
	on_cpu(0);
	take(40);
}

static void nowhere(void **state)
{
	(void)state;
	spi_for(40, 0x77);
	vgic_inject(&dom, NULL, 40);
	take(HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	irq_route(40, 1);
	take(HOST_SPURIOUS);
	on_cpu(1);
	take(40);
}

/* A timer of another vCPU is let go only where it belongs. */
static void clear_ppi_elsewhere(void **state)
{
	(void)state;
	host_set_cpu(1);
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	host_irq_line(TIMER, false);
	host_set_cpu(0);
	irq_put(1, GIC_ICPENDR, TIMER);
	host_set_cpu(1);
	irq_put(1, GIC_ISENABLER, TIMER);
	take(HOST_SPURIOUS);
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	take(TIMER);
}

static void level_elsewhere(void **state)
{
	(void)state;
	spi_for(40, 1);
	vgic_set_level(&dom, NULL, 40, true);
	on_cpu(1);
	host_set_cpu(0);
	vgic_set_level(&dom, NULL, 40, false);
	on_cpu(1);
	take(HOST_SPURIOUS);
	host_set_cpu(0);
	vgic_set_level(&dom, NULL, 40, true);
	on_cpu(1);
	take(40);
	host_set_cpu(0);
	vgic_set_level(&dom, NULL, 40, false);
	on_cpu(1);
	end(40);
	maintain();
	take(HOST_SPURIOUS);
}

/* Everything is kept while a vCPU is away, and comes back. */
static void switch_keeps_all(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		irq_priority(0, i, (uint8_t)(0x80 - 8 * i));
	}
	sgi(0, 1);
	take(0);
	sgi(0, 1);
	for (i = 1; i < 6; i++) {
		sgi(i, 1);
	}
	vgic_save(&vcpus[0]);
	assert_int_equal(lrs_in_use(), 0);
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ISPENDR), 0x3f);
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ISACTIVER), 1);
	host_set_cpu(2);
	vgic_save(&vcpus[2]);
	vgic_load(&vcpus[0]);
	for (i = 6; i-- > 1;) {
		take(i);
		end(i);
		maintain();
	}
	take(HOST_SPURIOUS);
	end(0);
	maintain();
	take(0);
	end(0);
	take(HOST_SPURIOUS);
}

static const struct CMUnitTest tests[] = {
	ON_MACHINE(sgi_to_other),	 ON_MACHINE(second_while_active),
	ON_MACHINE(disable_elsewhere),	 ON_MACHINE(clear_elsewhere),
	ON_MACHINE(read_elsewhere),	 ON_MACHINE(reroute),
	ON_MACHINE(reroute_of_offline),	 ON_MACHINE(nowhere),
	ON_MACHINE(clear_ppi_elsewhere), ON_MACHINE(level_elsewhere),
	ON_MACHINE(switch_keeps_all),
};

const struct suite vgic_remote = { tests, ARRAY_SIZE(tests) };
