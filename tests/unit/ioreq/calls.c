/* SPDX-License-Identifier: BSD-2-Clause */
/* DM_OP and the resource: what is answered, and what is left behind. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include <public/entresol.h>

#include <core/compiler.h>

#include "frame/frame.h"
#include "frame/heap.h"
#include "ioreq/ioreq.h"
#include "memmap/memmap.h"
#include "suites.h"
#include "vgic/vgic.h"

#define BUFS_AT 0x400

/* XSA-506: nothing is read that was not given. */
static void buffers(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_nr_vcpus };
	uint64_t bufs = dom0.ram + BUFS_AT;

	(void)state;
	assert_int_equal(hcall(self, __HYPERVISOR_dm_op, 1, 0, bufs),
			 -XEN_EFAULT);
	assert_int_equal(hcall(self, __HYPERVISOR_dm_op, 1, 3, bufs),
			 -XEN_E2BIG);
	assert_int_equal(hcall(self, __HYPERVISOR_dm_op, 1, 1, NO_RAM),
			 -XEN_EFAULT);
	for (uint64_t size = 0; size < 12; size++) {
		assert_int_equal(dm_call(self, 1, &op, size), -XEN_EFAULT);
	}
	assert_int_equal(dm_call(self, 1, &op, 12), 0);
	assert_int_equal(op.u.nr_vcpus.vcpus, 2);
	op.pad = 1;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
}

/* Each operation wants its own part and no byte less. */
static void truncated(void **state)
{
	static const uint8_t size[] = {
		[XEN_DMOP_create_ioreq_server] = 6,
		[XEN_DMOP_get_ioreq_server_info] = 24,
		[XEN_DMOP_map_io_range_to_ioreq_server] = 24,
		[XEN_DMOP_unmap_io_range_from_ioreq_server] = 24,
		[XEN_DMOP_set_ioreq_server_state] = 4,
		[XEN_DMOP_destroy_ioreq_server] = 4,
		[XEN_DMOP_set_mem_type] = 16,
		[XEN_DMOP_remote_shutdown] = 4,
		[XEN_DMOP_set_irq_level] = 8,
		[XEN_DMOP_nr_vcpus] = 4,
	};

	(void)state;
	for (uint32_t nr = 0; nr < 64; nr++) {
		struct xen_dm_op op = { .op = nr };
		uint64_t whole = nr < ARRAY_SIZE(size) ? size[nr] : 0;

		if (whole) {
			assert_int_equal(dm_call(self, 1, &op, 8 + whole - 1),
					 -XEN_EFAULT);
		} else {
			assert_int_equal(dm_call(self, 1, &op, sizeof(op)),
					 -XEN_EOPNOTSUPP);
		}
	}
}

static void who_may(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_nr_vcpus };

	(void)state;
	assert_int_equal(dm_call(self, 0, &op, sizeof(op)), -XEN_EPERM);
	assert_int_equal(dm_call(self, 9, &op, sizeof(op)), -XEN_ESRCH);
	assert_int_equal(dm_call(self, DOMID_SELF, &op, sizeof(op)),
			 -XEN_ESRCH);
	host_load_vcpu(domu.d->vcpu[0]);
	assert_int_equal(dm_call(domu.d->vcpu[0], 0, &op, sizeof(op)),
			 -XEN_EPERM);
	assert_int_equal(dm_call(domu.d->vcpu[0], 1, &op, sizeof(op)),
			 -XEN_EPERM);
}

static void servers_come_and_go(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_create_ioreq_server };
	uint16_t id;

	(void)state;
	for (unsigned int how = 1; how < 4; how++) {
		op.u.create_ioreq_server.handle_bufioreq = (uint8_t)how;
		assert_int_equal(dm_op(&op), -XEN_EINVAL);
	}
	op.u.create_ioreq_server.handle_bufioreq = HVM_IOREQSRV_BUFIOREQ_OFF;
	op.u.create_ioreq_server.pad[2] = 1;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
	assert_int_equal(dm_destroy(0), -XEN_ENOENT);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(dm_create(&id), 0);
		assert_int_equal(id, i);
	}
	assert_int_equal(dm_create(&id), -XEN_ENOSPC);
	assert_int_equal(dm_destroy(3), 0);
	assert_int_equal(dm_destroy(3), -XEN_ENOENT);
	assert_int_equal(dm_destroy(8), -XEN_ENOENT);
	assert_int_equal(dm_destroy(0xffff), -XEN_ENOENT);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(id, 3);
}

/* Whatever fails, nothing is left; the teardown counts. */
static void create_without_memory(void **state)
{
	unsigned int n = 0;
	uint16_t id;

	(void)state;
	do {
		fail_heap(++n);
	} while (dm_create(&id) == -XEN_ENOMEM);
	assert_true(n > 2);
	fail_heap(0);
	assert_int_equal(dm_destroy(id), 0);
	fail_frame(1);
	assert_int_equal(dm_create(&id), -XEN_ENOMEM);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(id, 0);
}

/* Another device model's server; there is one control domain only, so the
 * calls behind DM_OP are asked. */
static void of_another(void **state)
{
	struct ioreq_name name = { domu.d, dom0.d, 0 };
	struct ioreq_range range = { XEN_DMOP_IO_RANGE_MEMORY, 0, 1 };
	struct ioreq_options options = { 0 };
	uint32_t port;
	mfn_t mfn;

	(void)state;
	assert_int_equal(ioreq_create(&name), 0);
	name.dm = domu.d;
	assert_int_equal(ioreq_destroy(&name), -XEN_EPERM);
	assert_int_equal(ioreq_enable(&name, true), -XEN_EPERM);
	assert_int_equal(ioreq_map(&name, &range), -XEN_EPERM);
	assert_int_equal(ioreq_unmap(&name, &range), -XEN_EPERM);
	assert_int_equal(ioreq_info(&name, &port), -XEN_EPERM);
	assert_int_equal(ioreq_set_options(&name, &options), -XEN_EPERM);
	assert_int_equal(ioreq_frame(&name, 1, &mfn), -XEN_EPERM);
}

static void info(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_get_ioreq_server_info };
	uint16_t id;

	(void)state;
	op.u.get_ioreq_server_info.flags = XEN_DMOP_no_gfns;
	assert_int_equal(dm_op(&op), -XEN_ENOENT);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_op(&op), 0);
	assert_int_equal(op.u.get_ioreq_server_info.bufioreq_port, 0);
	op.u.get_ioreq_server_info.flags = 0;
	assert_int_equal(dm_op(&op), -XEN_EOPNOTSUPP);
	op.u.get_ioreq_server_info.flags = 2;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
}

static void ranges_of_a_server(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_map_io_range_to_ioreq_server };
	uint16_t a, b;

	(void)state;
	assert_int_equal(dm_create(&a), 0);
	assert_int_equal(dm_create(&b), 0);
	assert_int_equal(dm_range(a, true, 0x100, 0xff), -XEN_EINVAL);
	assert_int_equal(dm_range(9, true, 0x100, 0x1ff), -XEN_ENOENT);
	assert_int_equal(dm_range(a, true, 0x100, 0x1ff), 0);
	assert_int_equal(dm_range(a, true, 0x1ff, 0x2ff), -XEN_EEXIST);
	/* Another server may have the same. */
	assert_int_equal(dm_range(b, true, 0x100, 0x1ff), 0);
	assert_int_equal(dm_range(a, false, 0x0ff, 0x1ff), -XEN_ENOENT);
	assert_int_equal(dm_range(a, false, 0x140, 0x14f), 0);
	assert_int_equal(dm_range(a, false, 0x140, 0x140), -XEN_ENOENT);
	op.u.map_io_range_to_ioreq_server.pad = 1;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
	op.u.map_io_range_to_ioreq_server.pad = 0;
	for (uint32_t type = 0; type < 5; type++) {
		op.u.map_io_range_to_ioreq_server.type = type;
		op.u.map_io_range_to_ioreq_server.end = 7;
		assert_int_equal(dm_op(&op), type < 3 ? 0 : -XEN_EINVAL);
	}
}

/* Whether an access of the guest finds a region of IOREQ servers. */
static bool served(uint64_t addr)
{
	const struct span *s = memmap_find(domu.d->memmap, IPA(addr));

	return s && !strcmp(s->region->name, "ioreq");
}

/* Pages follow the bytes, below all that the hypervisor has there. */
static void pages_of_ranges(void **state)
{
	const uint64_t gicd = 0x8000000;
	uint16_t id;

	(void)state;
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_range(id, true, DEVICE + 0xff8, DEVICE + 0x1007),
			 0);
	assert_true(served(DEVICE));
	assert_true(served(DEVICE + 0x1fff));
	assert_false(served(DEVICE + 0x2000));
	assert_int_equal(dm_range(id, true, DEVICE + 0x3000, DEVICE + 0x3000),
			 0);
	assert_false(served(DEVICE + 0x2000));
	assert_true(served(DEVICE + 0x3fff));
	assert_int_equal(dm_range(id, false, DEVICE + 0xff8, DEVICE + 0xfff),
			 0);
	assert_false(served(DEVICE));
	assert_true(served(DEVICE + 0x1000));
	assert_int_equal(dm_range(id, true, gicd, gicd + 0xfff), 0);
	assert_false(served(gicd));
	/* RAM is seen through; so is all that is not below the limit. */
	assert_int_equal(dm_range(id, true, domu.ram, ~UINT64_C(0)), 0);
	assert_true(guest_entry(&domu, domu.ram >> PAGE_SHIFT).type ==
		    P2M_RAM_RW);
	assert_int_equal(dm_destroy(id), 0);
	assert_false(served(DEVICE + 0x1000));
	assert_false(served(DEVICE + 0x3000));
	assert_true(guest_entry(&domu, domu.ram >> PAGE_SHIFT).type ==
		    P2M_RAM_RW);
}

/* A range is there with its pages or not at all, wherever memory ends. */
static void ranges_without_memory(void **state)
{
	unsigned int n = 0;
	int64_t rc;
	uint16_t id;

	(void)state;
	assert_int_equal(dm_create(&id), 0);
	do {
		fail_heap(++n);
		rc = dm_range(id, true, DEVICE, DEVICE + 0xfff);
		if (rc) {
			assert_int_equal(rc, -XEN_ENOMEM);
			fail_heap(0);
			assert_int_equal(
				dm_range(id, false, DEVICE, DEVICE + 0xfff),
				-XEN_ENOENT);
		}
	} while (rc);
	assert_true(n > 3);
	for (n = 1; n < 8; n++) {
		fail_heap(n);
		rc = dm_range(id, false, DEVICE + 0x10, DEVICE + 0x17);
		fail_heap(0);
		if (!rc) {
			break;
		}
		assert_int_equal(rc, -XEN_ENOMEM);
	}
	assert_int_equal(rc, 0);
	/* Its end needs none. */
	fail_heap(1);
	assert_int_equal(dm_destroy(id), 0);
	fail_heap(0);
	/* The next one of that number has none of its ranges. */
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_enable(id, true), 0);
	assert_int_equal(guest_access(domu.d->vcpu[0], DEVICE, 1, false),
			 EXIT_ABORT);
}

/* XSA-276: a page lives as long as anybody has it. */
static void pages_have_references(void **state)
{
	const uint64_t gfn = 0x8000;
	struct p2m_entry e;
	uint16_t id;

	(void)state;
	assert_int_equal(dm_map_frame(0, 1, gfn), -XEN_ENOENT);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_map_frame(id, 0, gfn), -XEN_ENOENT);
	assert_int_equal(dm_map_frame(id, 2, gfn), -XEN_EINVAL);
	assert_int_equal(dm_map_frame(id, 1, gfn), 0);
	assert_int_equal(dm_map_frame(id, 1, gfn + 1), 0);
	e = guest_entry(&dom0, gfn);
	assert_int_equal(e.type, P2M_FOREIGN_RW);
	assert_int_equal(frame_owner(e.mfn), FRAME_OWNER_XEN);
	assert_int_equal(frame_refs(e.mfn), 3);
	/* It is not dom0's to give back. */
	*(uint64_t *)ARG_AT(dom0, 0x800) = gfn;
	*(struct xen_memory_reservation *)ARG_AT(dom0, 0) =
		(struct xen_memory_reservation){
			.extent_start.p = (void *)(uintptr_t)(dom0.ram + 0x800),
			.nr_extents = 1,
			.domid = DOMID_SELF,
		};
	(void)hcall(self, __HYPERVISOR_memory_op, XENMEM_decrease_reservation,
		    dom0.ram, 0);
	assert_true(frame_refs(e.mfn) >= 2);
	assert_int_equal(dm_destroy(id), 0);
	assert_int_equal(frame_owner(e.mfn), FRAME_OWNER_XEN);
}

static void irq_lines(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_set_irq_level };
	struct xen_dm_op_set_irq_level *arg = &op.u.set_irq_level;

	(void)state;
	assert_int_equal(vgic_map_phys(domu.d, 40, 40), 0);
	for (arg->irq = 0; arg->irq < 200; arg->irq++) {
		bool good = arg->irq >= 32 && arg->irq < 64 && arg->irq != 40;

		arg->level = arg->irq & 1;
		assert_int_equal(dm_op(&op), good ? 0 : -XEN_EINVAL);
	}
	arg->irq = 33;
	arg->level = 2;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
	arg->level = 1;
	arg->pad[1] = 1;
	assert_int_equal(dm_op(&op), -XEN_EINVAL);
}

static int64_t set_type(uint16_t type, uint64_t first, uint32_t nr)
{
	struct xen_dm_op op = {
		.op = XEN_DMOP_set_mem_type,
		.u.set_mem_type = { .mem_type = type,
				    .first_pfn = first,
				    .nr = nr },
	};

	return dm_op(&op);
}

static void memory_types(void **state)
{
	uint64_t gfn = domu.ram >> PAGE_SHIFT;
	struct p2m_entry e;

	(void)state;
	e = guest_entry(&domu, gfn + 3);
	assert_int_equal(set_type(HVMMEM_ram_ro, gfn + 3, 100), 0);
	assert_int_equal(guest_entry(&domu, gfn + 2).type, P2M_RAM_RW);
	assert_int_equal(guest_entry(&domu, gfn + 3).type, P2M_RAM_RO);
	assert_int_equal(guest_entry(&domu, gfn + 102).type, P2M_RAM_RO);
	assert_int_equal(guest_entry(&domu, gfn + 103).type, P2M_RAM_RW);
	assert_int_equal(guest_entry(&domu, gfn + 3).mfn.v, e.mfn.v);
	assert_int_equal(frame_refs(e.mfn), 1);
	host_irq_waiting_after(0);
	assert_int_equal(set_type(HVMMEM_ram_rw, gfn, 512), 0);
	assert_true(hcall_rounds() > 1);
	assert_int_equal(guest_entry(&domu, gfn + 3).type, P2M_RAM_RW);
	assert_int_equal(frame_refs(e.mfn), 1);
	assert_int_equal(set_type(HVMMEM_ram_ro, gfn, 0), -XEN_EINVAL);
	assert_int_equal(set_type(HVMMEM_mmio_dm, gfn, 1), -XEN_EINVAL);
	assert_int_equal(set_type(HVMMEM_ram_ro, ~UINT64_C(0), 2), -XEN_EINVAL);
	assert_int_equal(set_type(HVMMEM_ram_ro, BIT(40), 1), -XEN_EINVAL);
	assert_int_equal(set_type(HVMMEM_ram_ro, 0, 1), -XEN_EINVAL);
}

static void shutdown_by_its_model(void **state)
{
	struct xen_dm_op op = { .op = XEN_DMOP_remote_shutdown };

	(void)state;
	op.u.remote_shutdown.reason = SHUTDOWN_suspend;
	assert_int_equal(dm_op(&op), 0);
	assert_true(domu.d->shutting_down);
	assert_int_equal(domu.d->shutdown_code, SHUTDOWN_suspend);
}

static void options(void **state)
{
	const uint32_t both = ENTRESOL_IOREQ_EXACT | ENTRESOL_IOREQ_BUFFERED;
	uint32_t port;
	uint16_t id;

	(void)state;
	assert_int_equal(dm_options(0, both, DEVICE, 0x100, &port),
			 -XEN_ENOENT);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_options(id, 4, 0, 0, &port), -XEN_EINVAL);
	assert_int_equal(dm_options(id, ENTRESOL_IOREQ_EXACT, 0, 1, &port),
			 -XEN_EINVAL);
	assert_int_equal(dm_options(id, both, DEVICE, 0, &port), -XEN_EINVAL);
	assert_int_equal(dm_options(id, both, DEVICE, BIT(20) + 1, &port),
			 -XEN_EINVAL);
	assert_int_equal(dm_options(id, both, ~UINT64_C(0), 2, &port),
			 -XEN_EINVAL);
	fail_frame(1);
	assert_int_equal(dm_options(id, both, DEVICE, BIT(20), &port),
			 -XEN_ENOMEM);
	assert_int_equal(dm_options(id, both, DEVICE, BIT(20), &port), 0);
	assert_true(port);
	assert_int_equal(dm_map_frame(id, 0, 0x8000), 0);
	assert_int_equal(dm_options(id, both, DEVICE, BIT(20), &port),
			 -XEN_EBUSY);
	assert_int_equal(dm_create(&id), 0);
	assert_int_equal(dm_enable(id, true), 0);
	assert_int_equal(dm_options(id, ENTRESOL_IOREQ_EXACT, 0, 0, &port),
			 -XEN_EBUSY);
}

static const struct CMUnitTest tests[] = {
	MACHINE_TEST(buffers),
	MACHINE_TEST(truncated),
	MACHINE_TEST(who_may),
	MACHINE_TEST(servers_come_and_go),
	MACHINE_TEST(create_without_memory),
	MACHINE_TEST(of_another),
	MACHINE_TEST(info),
	MACHINE_TEST(ranges_of_a_server),
	MACHINE_TEST(pages_of_ranges),
	MACHINE_TEST(ranges_without_memory),
	MACHINE_TEST(pages_have_references),
	MACHINE_TEST(irq_lines),
	MACHINE_TEST(memory_types),
	MACHINE_TEST(shutdown_by_its_model),
	MACHINE_TEST(options),
};

const struct suite calls_suite = { tests, ARRAY_SIZE(tests) };
