/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations against a naive model: of each interrupt only enabled,
 * pending, active, priority and target. After each step every CPU does its
 * exit work; then all that a guest can read and take must agree.
 */
#include "machine.h"
#include "suites.h"

#define NR_MODEL 12u /* SPIs 32.., more than list registers */
#define FIRST	 32u
#define STEPS	 30000u

struct irq {
	bool enabled;
	bool pending;
	bool active;
	uint8_t priority;
	unsigned int target;
	unsigned int holder; /* vCPU that has it active */
};

static struct irq model[NR_MODEL];
static bool loaded[NR_VCPUS];
/* The guests' nesting: what they took, innermost last. */
static unsigned int stack[NR_VCPUS][NR_MODEL];
static unsigned int depth[NR_VCPUS];
static uint64_t seed;

static unsigned int any(unsigned int n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (unsigned int)(seed >> 33) % n;
}

static void settle(void)
{
	unsigned int round;
	unsigned int i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < NR_VCPUS; i++) {
			if (loaded[i]) {
				on_cpu(i);
				maintain();
			}
		}
	}
}

/* Priority that @id runs at; lower is more urgent. */
static unsigned int running(unsigned int id)
{
	unsigned int best = 0x100;
	unsigned int i;

	for (i = 0; i < depth[id]; i++) {
		if (model[stack[id][i]].priority < best) {
			best = model[stack[id][i]].priority;
		}
	}
	return best;
}

/* The best priority that @id may be offered, or 0x100. */
static unsigned int offered(unsigned int id)
{
	unsigned int best = running(id);
	unsigned int i;

	for (i = 0; i < NR_MODEL; i++) {
		const struct irq *m = &model[i];

		if (m->enabled && m->pending && !m->active && m->target == id &&
		    m->priority < best) {
			best = m->priority;
		}
	}
	return best < running(id) ? best : 0x100;
}

static void guest_takes(unsigned int id)
{
	unsigned int best = offered(id);
	unsigned int intid;
	struct irq *m;

	if (depth[id] == 3) {
		return; /* leave one list register for what comes */
	}
	host_set_cpu(id);
	intid = host_guest_ack();
	if (best == 0x100) {
		assert_int_equal(intid, HOST_SPURIOUS);
		return;
	}
	assert_in_range(intid, FIRST, FIRST + NR_MODEL - 1);
	m = &model[intid - FIRST];
	assert_int_equal(m->priority, best);
	assert_true(m->enabled && m->pending && !m->active);
	assert_int_equal(m->target, id);
	m->pending = false;
	m->active = true;
	m->holder = id;
	stack[id][depth[id]++] = intid - FIRST;
}

static void guest_ends(unsigned int id)
{
	if (!depth[id]) {
		return;
	}
	host_set_cpu(id);
	depth[id]--;
	host_guest_eoi(FIRST + stack[id][depth[id]]);
	model[stack[id][depth[id]]].active = false;
}

static void swap(unsigned int id)
{
	host_set_cpu(id);
	if (loaded[id]) {
		vgic_save(&vcpus[id]);
		vcpus[id].work = 0;
		assert_int_equal(lrs_in_use(), 0);
	} else {
		vgic_load(&vcpus[id]);
	}
	loaded[id] = !loaded[id];
}

/* Register writes and injections, by whichever CPU. */
static void change(unsigned int i)
{
	struct irq *m = &model[i];

	switch (any(7)) {
	case 0:
	case 1:
		vgic_inject(&dom, NULL, FIRST + i);
		m->pending = true;
		break;
	case 2:
		irq_put(0, GIC_ISENABLER, FIRST + i);
		m->enabled = true;
		break;
	case 3:
		irq_put(0, GIC_ICENABLER, FIRST + i);
		m->enabled = false;
		break;
	case 4:
		irq_put(0, GIC_ISPENDR, FIRST + i);
		m->pending = true;
		break;
	case 5:
		irq_put(0, GIC_ICPENDR, FIRST + i);
		m->pending = false;
		break;
	default:
		m->target = any(NR_VCPUS);
		irq_route(FIRST + i, m->target);
		break;
	}
}

/* What registers say, read where the owner is, or from afar if away. */
static void compare(void)
{
	unsigned int i;

	for (i = 0; i < NR_MODEL; i++) {
		const struct irq *m = &model[i];
		unsigned int id = m->active ? m->holder : m->target;

		host_set_cpu(id);
		assert_int_equal(irq_get(id, GIC_ISENABLER, FIRST + i),
				 m->enabled);
		assert_int_equal(irq_get(id, GIC_ISPENDR, FIRST + i),
				 m->pending);
		assert_int_equal(irq_get(id, GIC_ISACTIVER, FIRST + i),
				 m->active);
	}
}

static void run(unsigned int lrs)
{
	unsigned int i;
	unsigned int step;

	machine_up(lrs);
	memset(depth, 0, sizeof(depth));
	for (i = 0; i < NR_MODEL; i++) {
		model[i] = (struct irq){ .priority = (uint8_t)(any(16) * 8) };
		irq_priority(0, FIRST + i, model[i].priority);
		irq_route(FIRST + i, 0);
	}
	for (i = 0; i < NR_VCPUS; i++) {
		loaded[i] = true;
	}
	for (step = 0; step < STEPS; step++) {
		unsigned int id = any(NR_VCPUS);

		host_set_cpu(any(NR_VCPUS));
		if (any(2)) {
			change(any(NR_MODEL));
		} else if (any(8) == 0) {
			swap(id);
		} else if (loaded[id]) {
			any(2) ? guest_takes(id) : guest_ends(id);
		}
		settle();
		compare();
	}
	machine_teardown(NULL);
}

static void agrees_with_model(void **state)
{
	static const unsigned int lrs[] = { 4, 5, 16 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lrs); i++) {
		seed = 20240 + i;
		run(lrs[i]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(agrees_with_model),
};

const struct suite vgic_random = { tests, ARRAY_SIZE(tests) };
