/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "frame/heap.h"
#include "sched/sched.h"

struct domain dom;
struct vcpu vcpus[NR_VCPUS];
unsigned int wakes[NR_VCPUS];

static const struct region *regions[2];
static unsigned int nr_regions;

/* What the vGIC calls, seen from outside. */
void vcpu_request(struct vcpu *v, uint32_t bits)
{
	__atomic_fetch_or(&v->work, bits, __ATOMIC_SEQ_CST);
}

void sched_wake(struct vcpu *v)
{
	__atomic_fetch_add(&wakes[v->id], 1, __ATOMIC_RELAXED);
}

int memmap_add(struct memmap *map, struct region *region)
{
	(void)map;
	assert_true(nr_regions < 2);
	regions[nr_regions++] = region;
	return 0;
}

void memmap_del(struct memmap *map, struct region *region)
{
	(void)map;
	assert_true(nr_regions > 0);
	assert_true(region == regions[0] || region == regions[1]);
	nr_regions--;
}

static const struct vgic_layout layout = {
	.gicd = { 0x08000000 },
	.gicd_size = 0x10000,
	.gicr = { 0x080a0000 },
	.gicr_size = MAX_VCPUS * 0x20000,
};

void machine_up(unsigned int lrs)
{
	unsigned int i;

	host_setup(16);
	host_set_nr_cpus(NR_VCPUS);
	host_gic_reset(lrs);
	memset(&dom, 0, sizeof(dom));
	memset(vcpus, 0, sizeof(vcpus));
	memset(wakes, 0, sizeof(wakes));
	dom.nr_vcpus = NR_VCPUS;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].id = (uint16_t)i;
		vcpus[i].cpu = (uint16_t)i;
		vcpus[i].domain = &dom;
		dom.vcpu[i] = &vcpus[i];
	}
	assert_int_equal(vgic_create(&dom, &layout, NR_SPIS), 0);
	assert_int_equal(nr_regions, 2);
	assert_int_equal(vgic_map_phys(&dom, TIMER, TIMER), 0);
	gicd_write(GICD_CTLR, 3);
	for (i = 0; i < NR_VCPUS; i++) {
		host_set_cpu(i);
		vgic_load(&vcpus[i]);
		host_guest_interface(0xff, 3);
	}
	host_set_cpu(0);
}

int machine_setup(void **state)
{
	(void)state;
	machine_up(4);
	return 0;
}

int machine_teardown(void **state)
{
	(void)state;
	vgic_destroy(&dom);
	assert_int_equal(nr_regions, 0);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

enum mmio_result gicd(unsigned int id, struct mmio_access *a)
{
	return vgic_dist_ops.access(&vcpus[id], dom.vgic, a);
}

enum mmio_result gicr(unsigned int id, struct mmio_access *a)
{
	return vgic_redist_ops.access(&vcpus[id], dom.vgic, a);
}

uint32_t gicd_read(uint32_t offset)
{
	struct mmio_access a = { .offset = offset, .size = 4 };

	assert_int_equal(gicd(0, &a), MMIO_OK);
	assert_int_equal(a.data >> 32, 0);
	return (uint32_t)a.data;
}

void gicd_write(uint32_t offset, uint32_t value)
{
	struct mmio_access a = {
		.offset = offset, .size = 4, .data = value, .write = true
	};

	assert_int_equal(gicd(0, &a), MMIO_OK);
}

uint32_t gicr_read(unsigned int id, uint32_t offset)
{
	struct mmio_access a = { .offset = id * 0x20000 + offset, .size = 4 };

	assert_int_equal(gicr(0, &a), MMIO_OK);
	assert_int_equal(a.data >> 32, 0);
	return (uint32_t)a.data;
}

void gicr_write(unsigned int id, uint32_t offset, uint32_t value)
{
	struct mmio_access a = { .offset = id * 0x20000 + offset,
				 .size = 4,
				 .data = value,
				 .write = true };

	assert_int_equal(gicr(0, &a), MMIO_OK);
}

bool irq_get(unsigned int id, uint32_t bank, unsigned int intid)
{
	uint32_t word = intid < 32 ? gicr_read(id, GICR_SGI + bank)
				   : gicd_read(bank + intid / 32 * 4);

	return word >> intid % 32 & 1;
}

void irq_put(unsigned int id, uint32_t bank, unsigned int intid)
{
	if (intid < 32) {
		gicr_write(id, GICR_SGI + bank, 1u << intid);
	} else {
		gicd_write(bank + intid / 32 * 4, 1u << intid % 32);
	}
}

void irq_priority(unsigned int id, unsigned int intid, uint8_t priority)
{
	struct mmio_access a = { .offset = GIC_IPRIORITYR + intid,
				 .size = 1,
				 .data = priority,
				 .write = true };

	if (intid < 32) {
		a.offset += id * 0x20000 + GICR_SGI;
		assert_int_equal(gicr(id, &a), MMIO_OK);
	} else {
		assert_int_equal(gicd(id, &a), MMIO_OK);
	}
}

void irq_route(unsigned int intid, uint64_t affinity)
{
	struct mmio_access a = { .offset = GICD_IROUTER + 8 * intid,
				 .size = 8,
				 .data = affinity,
				 .write = true };

	assert_int_equal(gicd(0, &a), MMIO_OK);
}

/* The vCPU that is loaded on this CPU. */
static struct vcpu *here(void)
{
	unsigned int i;

	for (i = 0; i < NR_VCPUS; i++) {
		struct vgic_vcpu *c = &dom.vgic->cpu[i];
		bool local;

		spin_lock(&c->lock);
		local = vgic_is_local(c);
		spin_unlock(&c->lock);
		if (local) {
			return &vcpus[i];
		}
	}
	fail_msg("no vCPU on CPU %u", arch_this_cpu());
	return NULL;
}

void on_cpu(unsigned int cpu)
{
	struct vcpu *v;

	host_set_cpu(cpu);
	v = here();
	if (__atomic_exchange_n(&v->work, 0, __ATOMIC_SEQ_CST) & WORK_VGIC) {
		vgic_flush(v);
	}
}

void take(unsigned int intid)
{
	assert_int_equal(host_guest_ack(), intid);
}

void end(unsigned int intid)
{
	host_guest_eoi(intid);
}

void sgi(unsigned int intid, uint32_t targets)
{
	vgic_sgi1r(here(), (uint64_t)intid << 24 | targets);
}

unsigned int lrs_in_use(void)
{
	unsigned int nr = 0;
	unsigned int n;

	for (n = 0; n < arch_lr_count(); n++) {
		nr += arch_lr_read(n) & LR_STATE ? 1 : 0;
	}
	return nr;
}

bool maintain(void)
{
	if (!host_maintenance()) {
		return false;
	}
	vgic_flush(here());
	return true;
}

unsigned int hardware(void)
{
	unsigned int intid = host_irq_take();

	if (intid != HOST_SPURIOUS) {
		vgic_phys_fired(&dom, here(), intid);
	}
	return intid;
}
