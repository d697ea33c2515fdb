/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts that are linked to physical ones. */
#include "machine.h"
#include "suites.h"

static void timer(void **state)
{
	unsigned int i;

	(void)state;
	irq_put(0, GIC_ISENABLER, TIMER);
	for (i = 0; i < 3; i++) {
		host_irq_line(TIMER, true);
		assert_int_equal(hardware(), TIMER);
		/* Active at the distributor until the guest is done. */
		assert_int_equal(hardware(), HOST_SPURIOUS);
		take(TIMER);
		host_irq_line(TIMER, false);
		end(TIMER);
		assert_false(arch_irq_is_active(TIMER));
		assert_int_equal(hardware(), HOST_SPURIOUS);
		take(HOST_SPURIOUS);
	}
	/* The link is over: the next one by software has none. */
	vgic_inject(&dom, &vcpus[0], TIMER);
	take(TIMER);
	end(TIMER);
	host_irq_line(TIMER, true);
	hardware();
	take(TIMER);
	host_irq_line(TIMER, false);
	end(TIMER);
	sgi(5, 1); /* in the timer's list register */
	take(5);
	end(5);
	vgic_inject(&dom, &vcpus[0], TIMER);
	take(TIMER);
	end(TIMER);
	take(HOST_SPURIOUS);
}

/* The guest ended it, but the line is still high: it fires again. */
static void timer_still_high(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, TIMER);
	host_irq_line(TIMER, true);
	hardware();
	take(TIMER);
	end(TIMER);
	assert_int_equal(hardware(), TIMER);
	take(TIMER);
}

/* A virtual disable: no storm, and after the enable the line decides. */
static void timer_disabled(void **state)
{
	(void)state;
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	assert_int_equal(hardware(), HOST_SPURIOUS);
	take(HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, TIMER));
	host_irq_line(TIMER, false);
	irq_put(0, GIC_ISENABLER, TIMER);
	take(HOST_SPURIOUS);
	assert_false(arch_irq_is_active(TIMER));
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	take(TIMER);
}

/* Pending by software while the linked one is active: both come. */
static void software_on_top(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, TIMER);
	host_irq_line(TIMER, true);
	hardware();
	take(TIMER);
	host_irq_line(TIMER, false);
	irq_put(0, GIC_ISPENDR, TIMER);
	assert_true(irq_get(0, GIC_ISPENDR, TIMER));
	assert_true(irq_get(0, GIC_ISACTIVER, TIMER));
	end(TIMER);
	assert_true(maintain());
	take(TIMER);
	end(TIMER);
	assert_false(arch_irq_is_active(TIMER));
	take(HOST_SPURIOUS);
	/* The other way: hardware fires while a software one is active. */
	irq_put(0, GIC_ISPENDR, TIMER);
	take(TIMER);
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	assert_int_equal(hardware(), HOST_SPURIOUS);
	take(HOST_SPURIOUS);
	end(TIMER);
	assert_true(maintain());
	take(TIMER);
	host_irq_line(TIMER, false);
	end(TIMER);
	assert_false(arch_irq_is_active(TIMER));
}

/* A vCPU leaves with its timer active: the next one has its own. */
static void timer_goes_along(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, TIMER);
	irq_put(1, GIC_ISENABLER, TIMER);
	host_irq_line(TIMER, true);
	hardware();
	take(TIMER);
	vgic_save(&vcpus[0]);
	assert_int_equal(lrs_in_use(), 0);
	assert_false(arch_irq_is_active(TIMER));
	/* vCPU 1 comes from its CPU to this one. */
	host_set_cpu(1);
	vgic_save(&vcpus[1]);
	host_set_cpu(0);
	vcpus[1].cpu = 0;
	vgic_load(&vcpus[1]);
	host_irq_line(TIMER, true);
	assert_int_equal(host_irq_take(), TIMER);
	vgic_phys_fired(&dom, &vcpus[1], TIMER);
	take(TIMER);
	host_irq_line(TIMER, false);
	end(TIMER);
	vgic_save(&vcpus[1]);
	/* Back: still active, and its end reaches the hardware. */
	assert_true(irq_get(0, GIC_ISACTIVER, TIMER));
	vgic_load(&vcpus[0]);
	assert_true(arch_irq_is_active(TIMER));
	take(HOST_SPURIOUS);
	end(TIMER);
	assert_false(arch_irq_is_active(TIMER));
	/* The same for one that was only pending. */
	host_irq_line(TIMER, true);
	assert_int_equal(hardware(), TIMER);
	vgic_save(&vcpus[0]);
	assert_false(arch_irq_is_active(TIMER));
	vgic_load(&vcpus[0]);
	take(TIMER);
	end(TIMER);
	assert_int_equal(hardware(), TIMER);
}

static void spi(void **state)
{
	(void)state;
	assert_int_equal(vgic_map_phys(&dom, 40, 70), 0);
	assert_false(host_irq_enabled(70));
	irq_put(0, GIC_ISENABLER, 40);
	assert_true(host_irq_enabled(70));
	assert_int_equal(host_irq_cpu(70), 0);
	gicd_write(GIC_ICFGR + 8, 2u << 16);
	assert_true(host_irq_edge(70));
	host_irq_pulse(70);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	take(40);
	/* An edge meanwhile waits in the distributor. */
	host_irq_pulse(70);
	assert_int_equal(host_irq_take(), HOST_SPURIOUS);
	assert_true(irq_get(0, GIC_ISPENDR, 40));
	end(40);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	/* Cleared before the guest took it: hardware is free again. */
	irq_put(0, GIC_ICPENDR, 40);
	take(HOST_SPURIOUS);
	assert_false(arch_irq_is_active(70));
	/* A pending write goes by the hardware. */
	irq_put(0, GIC_ISPENDR, 40);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	take(40);
	irq_put(0, GIC_ICACTIVER, 40);
	assert_false(arch_irq_is_active(70));
	irq_put(0, GIC_ICENABLER, 40);
	assert_false(host_irq_enabled(70));
}

static void spi_route(void **state)
{
	(void)state;
	assert_int_equal(vgic_map_phys(&dom, 40, 70), 0);
	irq_put(0, GIC_ISENABLER, 40);
	irq_route(40, 2);
	assert_int_equal(host_irq_cpu(70), 2);
	on_cpu(2);
	host_irq_pulse(70);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	take(40);
	end(40);
	/* The vCPU moves: the interrupt goes where it is. */
	vgic_save(&vcpus[2]);
	host_set_cpu(3);
	vgic_save(&vcpus[3]);
	vcpus[2].cpu = 3;
	vgic_load(&vcpus[2]);
	assert_int_equal(host_irq_cpu(70), 3);
}

/* Cleared by another CPU while it is in a list register here. */
static void spi_cleared_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(vgic_map_phys(&dom, 40, 70), 0);
	irq_put(0, GIC_ISENABLER, 40);
	irq_route(40, 1);
	host_set_cpu(1);
	host_irq_pulse(70);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	host_set_cpu(0);
	irq_put(0, GIC_ICPENDR, 40);
	on_cpu(1);
	take(HOST_SPURIOUS);
	assert_false(arch_irq_is_active(70));
	host_irq_pulse(70);
	assert_int_equal(host_irq_take(), 70);
	vgic_phys_fired(&dom, NULL, 40);
	take(40);
}

static void map_errors(void **state)
{
	unsigned int before;

	(void)state;
	assert_int_equal(vgic_map_phys(&dom, TIMER, TIMER), -XEN_EBUSY);
	assert_int_equal(vgic_map_phys(&dom, 3, 3), -XEN_EINVAL);
	assert_int_equal(vgic_map_phys(&dom, 30, 40), -XEN_EINVAL);
	assert_int_equal(vgic_map_phys(&dom, 40, 30), -XEN_EINVAL);
	assert_int_equal(vgic_map_phys(&dom, 128, 40), -XEN_EINVAL);
	assert_int_equal(vgic_map_phys(&dom, 40, 1020), -XEN_EINVAL);
	assert_int_equal(vgic_map_phys(&dom, 40, 70), 0);
	assert_int_equal(vgic_map_phys(&dom, 40, 71), -XEN_EBUSY);
	assert_int_equal(vgic_map_phys(&dom, 41, 70), -XEN_EBUSY);
	/* What is not mapped never reaches the hardware. */
	before = host_irq_writes();
	gicd_write(GIC_ISENABLER + 4, ~(1u << 8));
	gicd_write(GIC_ICFGR + 12, ~0u);
	gicd_write(GIC_ISPENDR + 8, ~0u);
	gicd_write(GIC_ICACTIVER + 4, ~(1u << 8));
	irq_route(41, 1);
	gicr_write(0, GICR_SGI + GIC_ISENABLER, ~0u);
	gicr_write(0, GICR_SGI + GIC_ICENABLER, ~0u);
	assert_int_equal(host_irq_writes(), before);
}

/* CPU_ON again: nothing of the life before, and no hardware held. */
static void reset(void **state)
{
	(void)state;
	irq_put(0, GIC_ISENABLER, TIMER);
	host_irq_line(TIMER, true);
	hardware();
	sgi(4, 1);
	vgic_save(&vcpus[0]);
	vgic_reset_vcpu(&vcpus[0]);
	host_irq_line(TIMER, false);
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ISENABLER), 0xffff);
	vgic_load(&vcpus[0]);
	host_guest_interface(0xff, 3);
	take(HOST_SPURIOUS);
	assert_false(arch_irq_is_active(TIMER));
	assert_int_equal(gicr_read(0, GICR_SGI + GIC_ISPENDR), 0);
}

static const struct CMUnitTest tests[] = {
	ON_MACHINE(timer),
	ON_MACHINE(timer_still_high),
	ON_MACHINE(timer_disabled),
	ON_MACHINE(software_on_top),
	ON_MACHINE(timer_goes_along),
	ON_MACHINE(spi),
	ON_MACHINE(spi_route),
	ON_MACHINE(spi_cleared_elsewhere),
	ON_MACHINE(map_errors),
	ON_MACHINE(reset),
};

const struct suite vgic_hardware = { tests, ARRAY_SIZE(tests) };
