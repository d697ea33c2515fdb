/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions per operation.
 *
 * Runs under QEMU's -icount shift=0, where the counter advances by one tick
 * every 16 instructions, whoever executes them. Each row is the mean of many
 * repetitions; the guest's own loop and hypercall wrapper are part of it.
 * One line a row: "bench <row> <instructions>".
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/grant_table.h>
#include <xen/hvm/params.h>
#include <xen/sysctl.h>
#include <xen/version.h>

#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "evtchn.h"
#include "exception.h"
#include "gic.h"
#include "hypercall.h"
#include "measure.h"
#include "print.h"
#include "tap.h"

#define REPEAT	  2000
#define BATCH	  512
#define BLOCK	  MIB(2)
#define NR_BLOCKS 16
#define TEST_SGI  5

/*
 * Deadlines of timers, in ticks. What Xen keeps in its own timer queue (the
 * physical timer, and the virtual one of a sleeping vCPU) it serves 50 us late
 * if it is due in less than that.
 */
#define SOON  600
#define LATER 5000

static volatile uint32_t interrupts;

static void check(long rc, const char *what)
{
	if (rc) {
		tap_bail("%s: %s", what, errno_name(rc));
	}
}

void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();

	(void)regs;
	if (intid == board.vtimer_intid) {
		write_sysreg(0, cntv_ctl_el0);
	} else if (intid == board.ptimer_intid) {
		write_sysreg(0, cntp_ctl_el0);
	}
	isb();
	gic_eoi(intid);
	interrupts++;
}

static void wait_interrupt(uint32_t before)
{
	while (interrupts == before) {
		yield();
	}
}

static void bench_calls(void)
{
	struct xen_hvm_param param = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_STORE_EVTCHN,
	};
	xen_feature_info_t features = { .submap_idx = 0 };

	MEASURE("null-hypercall", REPEAT, xen_version(XENVER_version, NULL));
	MEASURE("copy-hypercall", REPEAT,
		xen_version(XENVER_get_features, &features));
	MEASURE("get-param", REPEAT, hvm_op(HVMOP_get_param, &param));
	MEASURE("psci-version", REPEAT, smccc_hvc(NULL, PSCI_VERSION, 0, 0, 0));
	MEASURE("smccc-version", REPEAT,
		smccc_hvc(NULL, SMCCC_VERSION, 0, 0, 0));
}

static void bench_traps(void)
{
	uint64_t hole = board.region[1].base;
	uint32_t value;

	MEASURE("gicd-read", REPEAT, mmio_read32(board.gicd.base + GICD_TYPER));
	MEASURE("sysreg-trap", REPEAT, read_sysreg(id_aa64pfr0_el1));
	MEASURE("sysreg-write-trap", REPEAT, write_sysreg(0, mdscr_el1));
	MEASURE("abort-inject", REPEAT,
		__asm__ volatile("ldr %w0, [%1]"
				 : "=&r"(value)
				 : "r"(hole)
				 : "memory"));
}

static void bench_sgi(void)
{
	uint64_t self = read_sysreg(mpidr_el1);
	uint64_t sum = 0;
	uint64_t start;
	unsigned int i;

	for (i = 0; i < REPEAT; i++) {
		uint32_t before = interrupts;

		dither(i);
		start = counter();
		gic_sgi(TEST_SGI, self);
		wait_interrupt(before);
		sum += vector_time - start;
	}
	row("sgi-self", sum, REPEAT);
}

static uint64_t virtual_timer_once(unsigned int i, uint64_t delay, bool sleep)
{
	uint32_t before = interrupts;
	uint64_t due;

	dither(i);
	due = counter() + delay;
	write_sysreg(due, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	if (sleep) {
		irq_disable();
		wfi();
		irq_enable();
	}
	wait_interrupt(before);
	return vector_time - due;
}

static void bench_timers(void)
{
	uint64_t running = 0;
	uint64_t sleeping = 0;
	uint64_t physical = 0;
	uint64_t offset = read_sysreg(cntpct_el0) - counter();
	unsigned int i;

	for (i = 0; i < REPEAT; i++) {
		running += virtual_timer_once(i, SOON, false);
	}
	row("vtimer-vector", running, REPEAT);
	for (i = 0; i < REPEAT; i++) {
		sleeping += virtual_timer_once(i, LATER, true);
	}
	row("wfi-timer", sleeping, REPEAT);

	MEASURE("ptimer-set", REPEAT, {
		write_sysreg(read_sysreg(cntpct_el0) + 100 * LATER,
			     cntp_cval_el0);
		write_sysreg(1, cntp_ctl_el0);
	});
	write_sysreg(0, cntp_ctl_el0);
	for (i = 0; i < REPEAT; i++) {
		uint32_t before = interrupts;
		uint64_t due;

		dither(i);
		due = read_sysreg(cntpct_el0) + LATER;
		write_sysreg(due, cntp_cval_el0);
		write_sysreg(1, cntp_ctl_el0);
		isb();
		wait_interrupt(before);
		physical += vector_time + offset - due;
	}
	row("ptimer-vector", physical, REPEAT);
}

static void bench_evtchn(void)
{
	shared_info_t *shared = shared_info_map();
	vcpu_info_t *info = vcpu_info_register(0);
	evtchn_port_t far;
	struct evtchn_send send = { .port = loopback(&far) };
	struct evtchn_status status = { .dom = DOMID_SELF, .port = far };
	uint64_t sum = 0;
	uint64_t start;
	unsigned int i;

	for (i = 0; i < REPEAT; i++) {
		uint32_t before = interrupts;

		info->evtchn_upcall_pending = 0;
		info->evtchn_pending_sel = 0;
		shared->evtchn_pending[far / 64] = 0;
		dither(i);
		start = counter();
		event_channel_op(EVTCHNOP_send, &send);
		wait_interrupt(before);
		sum += vector_time - start;
	}
	row("evtchn-send", sum, REPEAT);

	/* An event left pending would have Xen preempt every long hypercall. */
	info->evtchn_upcall_pending = 0;
	info->evtchn_pending_sel = 0;

	shared->evtchn_mask[far / 64] |= 1UL << far % 64;
	MEASURE("evtchn-send-masked", REPEAT, {
		shared->evtchn_pending[far / 64] = 0;
		event_channel_op(EVTCHNOP_send, &send);
	});
	MEASURE("evtchn-status-bound", REPEAT,
		event_channel_op(EVTCHNOP_status, &status));
}

/* Decrease, then populate, @nr extents at @gfns in one call each. */
static void balloon_cycle(xen_pfn_t *gfns, unsigned int nr, unsigned int order,
			  uint64_t ticks[2])
{
	uint64_t start = counter();

	check(reservation(XENMEM_decrease_reservation, gfns, nr, order) - nr,
	      "decrease");
	ticks[0] += counter() - start;
	start = counter();
	check(reservation(XENMEM_populate_physmap, gfns, nr, order) - nr,
	      "populate");
	ticks[1] += counter() - start;
}

static void bench_single(char *block)
{
	xen_pfn_t gfns[BATCH];
	uint64_t one[2] = { 0, 0 };
	uint64_t batch[2] = { 0, 0 };
	uint64_t remove = 0;
	uint64_t start;
	char *last = block + BLOCK - PAGE_SIZE;
	unsigned int i;

	/* The last page is out while others go one by one: to break the block
	 * and to make it whole again have rows of their own. */
	check(balloon_out(last), "decrease");
	for (i = 0; i < REPEAT; i++) {
		gfns[0] = gfn_of(block) + i % (BATCH - 1);
		dither(i);
		balloon_cycle(gfns, 1, 0, one);
	}
	row("decrease-page", one[0], REPEAT);
	row("populate-page", one[1], REPEAT);

	check(balloon_in(last), "populate");
	for (i = 0; i < 8; i++) {
		for (unsigned int j = 0; j < BATCH; j++) {
			gfns[j] = gfn_of(block) + j;
		}
		balloon_cycle(gfns, BATCH, 0, batch);
	}
	row("decrease-batch", batch[0], 8 * BATCH);
	row("populate-batch", batch[1], 8 * BATCH);

	check(balloon_out(last), "decrease");
	for (i = 0; i < REPEAT; i++) {
		gfns[0] = gfn_of(block) + i % (BATCH - 1);
		dither(i);
		start = counter();
		check(physmap_remove(gfns[0]), "remove_from_physmap");
		remove += counter() - start;
		check(reservation(XENMEM_populate_physmap, gfns, 1, 0) - 1,
		      "populate");
	}
	check(balloon_in(last), "populate");
	row("remove-page", remove, REPEAT);
}

static void bench_balloon(void)
{
	char *blocks = ram_take(NR_BLOCKS * BLOCK, BLOCK);
	uint64_t whole[2] = { 0, 0 };
	uint64_t part[2] = { 0, 0 };
	unsigned int i;
	xen_pfn_t gfn;

	bench_single(blocks);
	for (i = 1; i < 5; i++) {
		gfn = gfn_of(blocks + i * BLOCK);
		balloon_cycle(&gfn, 1, 9, whole);
	}
	row("decrease-2m", whole[0], 4);
	row("populate-2m", whole[1], 4);

	for (i = 5; i < NR_BLOCKS; i++) {
		gfn = gfn_of(blocks + i * BLOCK) + 17 * i;
		dither(i);
		balloon_cycle(&gfn, 1, 0, part);
	}
	row("shatter-2m", part[0], NR_BLOCKS - 5);
	row("unshatter-2m", part[1], NR_BLOCKS - 5);
}

static void bench_device(void)
{
	static xen_ulong_t idxs[BATCH];
	static xen_pfn_t gpfns[BATCH];
	static int errs[BATCH];
	struct xen_add_to_physmap_batch map = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_dev_mmio,
		.size = BATCH,
		.idxs.p = idxs,
		.gpfns.p = gpfns,
		.errs.p = errs,
	};
	struct span flash;
	uint64_t start;
	unsigned int i;

	if (!board_find("cfi-flash", &flash) || board.nr_regions < 2) {
		tap_bail("no flash to map");
	}
	for (i = 0; i < BATCH; i++) {
		idxs[i] = (flash.base >> PAGE_SHIFT) + i;
		gpfns[i] = (board.region[1].base >> PAGE_SHIFT) + i;
	}
	check(memory_op(XENMEM_add_to_physmap_batch, &map), "dev_mmio");
	start = counter();
	check(memory_op(XENMEM_add_to_physmap_batch, &map), "dev_mmio");
	row("devmmio-remap", counter() - start, BATCH);
	for (i = 0; i < BATCH; i++) {
		gpfns[i] += BATCH;
	}
	start = counter();
	check(memory_op(XENMEM_add_to_physmap_batch, &map), "dev_mmio");
	row("devmmio-page", counter() - start, BATCH);
}

static grant_entry_v1_t *grant_table_map(void)
{
	xen_pfn_t gfn = board.region[0].base >> PAGE_SHIFT;

	check(physmap_add(XENMAPSPACE_grant_table, 0, gfn), "grant table");
	return (grant_entry_v1_t *)board.region[0].base;
}

static void bench_grant_map(char *hole, uint16_t domid)
{
	struct gnttab_map_grant_ref map = {
		.host_addr = (uint64_t)hole,
		.flags = GNTMAP_host_map,
		.ref = 8,
		.dom = domid,
	};
	struct gnttab_unmap_grant_ref unmap = { .host_addr = (uint64_t)hole };
	uint64_t ticks[2] = { 0, 0 };
	uint64_t start;
	unsigned int i;

	for (i = 0; i < REPEAT; i++) {
		dither(i);
		start = counter();
		check(grant_table_op(GNTTABOP_map_grant_ref, &map, 1), "map");
		ticks[0] += counter() - start;
		check(map.status, "map status");
		unmap.handle = map.handle;
		start = counter();
		check(grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1),
		      "unmap");
		ticks[1] += counter() - start;
		check(unmap.status, "unmap status");
	}
	row("grant-map", ticks[0], REPEAT);
	row("grant-unmap", ticks[1], REPEAT);
}

static void bench_grants(void)
{
	const uint16_t domid = 0;
	char *pages = ram_take(3 * PAGE_SIZE, PAGE_SIZE);
	volatile grant_entry_v1_t *table = grant_table_map();
	struct gnttab_copy copy = {
		.source.u.ref = 8,
		.source.domid = domid,
		.dest.u.gmfn = gfn_of(pages + PAGE_SIZE),
		.dest.domid = DOMID_SELF,
		.len = PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};

	table[8].domid = domid;
	table[8].frame = (uint32_t)gfn_of(pages);
	dsb();
	table[8].flags = GTF_permit_access;

	check(balloon_out(pages + 2 * PAGE_SIZE), "decrease");
	bench_grant_map(pages + 2 * PAGE_SIZE, domid);
	check(balloon_in(pages + 2 * PAGE_SIZE), "populate");
	MEASURE("grant-copy-4k", REPEAT,
		grant_table_op(GNTTABOP_copy, &copy, 1));
	check(copy.status, "copy status");
}

static void bench_console(void)
{
	char line[121];
	unsigned int i;
	uint64_t start;

	for (i = 0; i < sizeof(line) - 1; i++) {
		line[i] = i < 2 ? "#~"[i] : '.';
	}
	line[i] = '\n';
	start = counter();
	for (i = 0; i < 8; i++) {
		console_io(CONSOLEIO_write, sizeof(line), line);
	}
	row("console-char", counter() - start, 8 * sizeof(line));
}

static void bench_memory(void)
{
	static struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_physinfo,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};
	uint64_t mine = 0;
	unsigned int i;
	long rc = hypercall2(__HYPERVISOR_sysctl, ARG(&op), 0);

	if (rc) {
		tap_info("physinfo: %s", errno_name(rc));
		return;
	}
	for (i = 0; i < board.nr_banks; i++) {
		mine += board.bank[i].size;
	}
	print("bench total-kib %lu\n",
	      op.u.physinfo.total_pages * (PAGE_SIZE >> 10));
	print("bench free-kib %lu\n",
	      op.u.physinfo.free_pages * (PAGE_SIZE >> 10));
	print("bench dom0-kib %lu\n", mine >> 10);
}

void guest_main(void)
{
	print("bench boot %lu\n", boot_state.cntpct * INSNS_PER_TICK);
	gic_init();
	measure_vectors();
	gic_enable(TEST_SGI, 0x80);
	gic_enable(board.vtimer_intid, 0x80);
	gic_enable(board.ptimer_intid, 0x80);
	gic_enable(board.evtchn_intid, 0x80);
	irq_enable();

	bench_calls();
	bench_traps();
	bench_sgi();
	bench_timers();
	bench_evtchn();
	bench_balloon();
	bench_device();
	bench_grants();
	bench_console();
	bench_memory();
	tap_ok(interrupts >= 4 * REPEAT, "all rows measured");
}
