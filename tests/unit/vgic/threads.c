/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four CPUs at once, each with its vCPU: they inject, send, enable, disable,
 * reroute and clear, take and end, come and go. ThreadSanitizer looks at the
 * locks; the test looks that no edge is lost and everything ends.
 */
#include <pthread.h>

#include "machine.h"

#define FIRST  32u
#define NR     12u /* SPIs that everybody uses; the first is linked */
#define PHYS   70u
#define ROUNDS 8000u

/* Injected, and not taken since: an edge that must still arrive. */
static bool wanted[NR];
/* SGIs from each CPU to each other, in the same way. */
static bool called[NR_VCPUS];

static _Thread_local uint64_t seed;

static unsigned int any(unsigned int n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (unsigned int)(seed >> 33) % n;
}

static void want(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_SEQ_CST);
}

/* One interrupt is taken and ended, if there is any. */
static bool handle(unsigned int cpu)
{
	unsigned int intid = host_guest_ack();

	if (intid == HOST_SPURIOUS) {
		return false;
	}
	if (intid >= FIRST) {
		assert_in_range(intid, FIRST, FIRST + NR - 1);
		__atomic_store_n(&wanted[intid - FIRST], false,
				 __ATOMIC_SEQ_CST);
	} else {
		assert_int_equal(intid, 1);
		__atomic_store_n(&called[cpu], false, __ATOMIC_SEQ_CST);
	}
	host_guest_eoi(intid);
	return true;
}

/* The device behind the linked one, and whoever its CPU is. */
static void device(void)
{
	unsigned int intid;

	if (any(2)) {
		want(&wanted[0]);
		host_irq_pulse(PHYS);
	}
	intid = host_irq_take();
	if (intid == PHYS) {
		vgic_phys_fired(&dom, NULL, FIRST);
	} else {
		assert_int_equal(intid, HOST_SPURIOUS);
	}
}

static void act(unsigned int cpu)
{
	unsigned int i = 1 + any(NR - 1);
	unsigned int to = any(NR_VCPUS);

	switch (any(8)) {
	case 0:
	case 1:
		want(&wanted[i]);
		vgic_inject(&dom, NULL, FIRST + i);
		break;
	case 2:
		want(&called[to]);
		sgi(1, 1u << to);
		break;
	case 3:
		irq_put(cpu, GIC_ICENABLER, FIRST + i);
		irq_put(cpu, GIC_ISENABLER, FIRST + i);
		break;
	case 4:
		irq_route(FIRST + any(NR), to);
		break;
	case 5:
		device();
		break;
	case 6:
		if (any(8) == 0) {
			vgic_save(&vcpus[cpu]);
			vgic_load(&vcpus[cpu]);
		}
		break;
	default:
		irq_put(cpu, GIC_ICACTIVER, FIRST + i);
		break;
	}
}

static void *guest(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	unsigned int round;

	seed = 77 + cpu;
	host_set_cpu(cpu);
	for (round = 0; round < ROUNDS; round++) {
		act(cpu);
		on_cpu(cpu);
		maintain();
		if (any(2)) {
			handle(cpu);
		}
	}
	return NULL;
}

/* All CPUs in turn, until nothing comes any more. */
static void drain(void)
{
	unsigned int quiet = 0;
	unsigned int turns = 0;
	unsigned int cpu;

	while (quiet < 2) {
		assert_true(turns++ < 1000);
		quiet++;
		for (cpu = 0; cpu < NR_VCPUS; cpu++) {
			on_cpu(cpu);
			maintain();
			if (host_irq_take() == PHYS) {
				vgic_phys_fired(&dom, NULL, FIRST);
			}
			while (handle(cpu)) {
				quiet = 0;
				maintain();
			}
		}
	}
}

static void nothing_is_lost(void **state)
{
	pthread_t thread[NR_VCPUS];
	unsigned int i;

	(void)state;
	assert_int_equal(vgic_map_phys(&dom, FIRST, PHYS), 0);
	gicd_write(GIC_ICFGR + 8, 2); /* an edge */
	for (i = 0; i < NR; i++) {
		irq_put(0, GIC_ISENABLER, FIRST + i);
	}
	for (i = 0; i < NR_VCPUS; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, guest,
						(void *)(uintptr_t)i),
				 0);
	}
	for (i = 0; i < NR_VCPUS; i++) {
		pthread_join(thread[i], NULL);
	}
	drain();
	for (i = 0; i < NR; i++) {
		assert_false(wanted[i]);
	}
	for (i = 0; i < NR_VCPUS; i++) {
		assert_false(called[i]);
		host_set_cpu(i);
		assert_int_equal(lrs_in_use(), 0);
	}
	assert_false(arch_irq_is_active(PHYS));
	host_set_cpu(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost, machine_setup,
						machine_teardown),
	};

	return cmocka_run_group_tests_name("vgic_threads", tests, NULL, NULL);
}
