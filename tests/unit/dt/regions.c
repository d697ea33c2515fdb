/* SPDX-License-Identifier: BSD-2-Clause */
/* From nodes to regions: addresses, rows, sharing, interrupts. */
#include <string.h>

#include <core/errno.h>

#include "dt/match.h"

#include "suite.h"

static struct dt_host host;
static struct found found;

static void regions_of(const char *name)
{
	scan_part(tree_of(name), NULL, &host);
	report_clear();
	find_regions(&host, &found);
}

static void board(void)
{
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	report_clear();
	find_regions(&host, &found);
}

static void good_ranges(void **state)
{
	(void)state;
	regions_of("good_ranges");
	assert_int_equal(found.nr, 10);
	assert_region(&found, "at_1003000@3000", 0x1003000, 0x1000, "device");
	assert_region(&found, "at_100001000@801000", 0x100001000, 0x2000,
		      "device");
	assert_region(&found, "at_100003000@803000", 0x100003000, 0x1000,
		      "device");
	assert_true(reported(DT_CUT, "at_100003000@803000"));
	assert_region(&found, "at_1010000@10000", 0x1010000, 0x1000, "device");
	assert_region(&found, "at_1028000@1,0", 0x1028000, 0x1000, "device");
	assert_region(&found, "at_3004000@7,4000", 0x3004000, 0x1000, "device");
	assert_region(&found, "i2c@4000000", 0x4000000, 0x1000, "device");
	assert_region(&found, "flash@5000000", 0x5000000, 0x1000, "device");
	assert_region(&found, "two@7000000", 0x7000000, 0x1000, "device");
	assert_region(&found, "two@7000000", 0x7100000, 0x1000, "device");
	assert_true(reported(DT_NO_WINDOW, "/in_no_window@900000"));
	assert_true(reported(DT_NO_WINDOW, "/in_no_window@2,0"));
	assert_true(reported(DT_NO_WINDOW, "/in_no_window@8,4000"));
	assert_true(reported(DT_NOT_ADDRESS, "/flash@5000000/partition@0"));
	assert_true(reported(DT_ZERO_SIZE, "/zero@6000000"));
	/* On a bus without sizes it is nothing to talk about. */
	assert_false(reported(DT_NOT_ADDRESS, "no_address@50"));
}

static void bad_cells(void **state)
{
	(void)state;
	regions_of("bad_cells");
	assert_int_equal(found.nr, 1);
	assert_region(&found, "fine@6000000", 0x6000000, 0x1000, "device");
	assert_true(reported(DT_BAD_CELLS, "/none@1000000/victim@1"));
	assert_true(reported(DT_BAD_CELLS, "/many@2000000/victim@2"));
	assert_true(reported(DT_BAD_CELLS, "/wide@3000000/victim@3"));
	assert_true(reported(DT_BAD_LENGTH, "/short@4000000"));
	assert_true(reported(DT_BAD_LENGTH, "/odd@5000000/victim@5"));
}

static void bad_addresses(void **state)
{
	(void)state;
	regions_of("bad_addresses");
	assert_int_equal(found.nr, 2);
	assert_region(&found, "firmware@41000000", 0x41000000, 0x1000,
		      "reserved-memory, no-map");
	assert_region(&found, "fine@7", 0xfffffffff000, 0x1000, "device");
	assert_true(reported(DT_WRAPS, "/wraps@1"));
	assert_true(reported(DT_WRAPS, "/last@2"));
	assert_true(reported(DT_NO_WINDOW, "/bus@3/wraps@2000"));
	assert_true(reported(DT_WRAPS, "/bus@3/wraps@0"));
	assert_true(reported(DT_WRAPS, "/above@4"));
	assert_true(reported(DT_WRAPS, "/across@5"));
	assert_true(reported(DT_WRAPS, "/three_cells@6/high@1"));
}

static void sram_is(const char *name, uint64_t base, uint64_t size,
		    const char *row, enum s2_memtype memtype, uint8_t perm)
{
	const struct region *r = region_at(&found, name, base);

	assert_region(&found, name, base, size, row);
	assert_int_equal(r->kind, REGION_DIRECT);
	assert_int_equal(r->type, P2M_SRAM);
	assert_int_equal(r->attr.memtype, memtype);
	assert_int_equal(r->attr.perm, perm);
}

static void good_sram(void **state)
{
	const char *no_wc = "mmio-sram, no-memory-wc";

	(void)state;
	regions_of("good_sram");
	assert_int_equal(found.nr, 11);
	/* One region; its areas and the SRAM inside are none. */
	sram_is("sram@10000000", 0x10000000, 0x10000, "mmio-sram", S2_NORMAL_WB,
		S2_RWX);
	sram_is("sram@20000000", 0x20000000, 0x1000, no_wc, S2_DEVICE_NGNRE,
		S2_RW);
	sram_is("sram@30000000", 0x30000000, 0x8000, "mmio-sram", S2_NORMAL_WB,
		S2_RWX);
	sram_is("sram@31000000", 0x31000000, 0x8000, no_wc, S2_DEVICE_NGNRE,
		S2_RW);
	sram_is("sram@40000000", 0x40000000, 0x50000, "tegra-sysram",
		S2_DEVICE_NGNRE, S2_RW);
	sram_is("sram@41000000", 0x41000000, 0x2000, "securam", S2_DEVICE_NGNRE,
		S2_RW);
	sram_is("sram@42000000", 0x42000000, 0x6000, "rpm-msg-ram",
		S2_DEVICE_NGNRE, S2_RW);
	sram_is("sram@43000000", 0x43000000, 0x1000, "pmu-sram",
		S2_DEVICE_NGNRE, S2_RW);
	sram_is("sram@f000", 0x6000f000, 0x1000, "mmio-sram", S2_NORMAL_WB,
		S2_RWX);
}

/* The page that SRAM and a device share is the device's. */
static void sram_beside_device(void **state)
{
	const struct region *sram;
	const struct region *mailbox;

	(void)state;
	regions_of("good_sram");
	sram = region_at(&found, "sram@50000000", 0x50000000);
	mailbox = region_at(&found, "mailbox@50001800", 0x50001000);
	assert_int_equal(sram->size, 0x2000);
	assert_int_equal(mailbox->size, 0x1000);
	assert_int_equal(mailbox->type, P2M_DEVICE);
	assert_true(mailbox->priority > sram->priority);
	assert_true(mailbox->priority < PRIORITY_RAM);
	assert_true(reported(DT_NEIGHBOUR, "mailbox@50001800 (device) shares "
					   "page 0x50001000 with "
					   "sram@50000000 (mmio-sram)"));
}

static void never_what_the_hypervisor_keeps(void **state)
{
	static const struct dt_range kept[] = {
		{ 0x8000000, 0x1000 },
		{ 0x8010000, 0x2000 },
		{ 0x8030000, 0x2000 },
		{ 0x8040000, 0x2000 },
	};
	int i;
	size_t j;

	(void)state;
	board();
	for (i = 0; i < found.nr; i++) {
		const struct region *r = &found.region[i];

		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++) {
			assert_true(r->ipa.v >= kept[j].base + kept[j].size ||
				    r->ipa.v + r->size <= kept[j].base);
		}
		/* RAM from 1 GiB to 2 GiB: only what is reserved in it. */
		assert_true(r->ipa.v >= 0x80000000 ||
			    r->ipa.v + r->size <= 0x40000000 ||
			    (r->ipa.v >= 0x7e000000 &&
			     r->ipa.v + r->size <= 0x7e200000));
	}
	assert_true(reported(DT_KEPT_BACK, "/soc/all@8000000"));
	assert_true(reported(DT_KEPT_BACK, "/soc/spi@9000000"));
	assert_null(region_at(&found, "spi@9000000", 0x9000000));
	assert_null(region_at(&found, "serial@9000000", 0x9000000));
	assert_true(reported(DT_IN_RAM, "/rogue@50000000"));
	assert_true(reported(DT_IN_RAM, "/half@7ffff000"));
	assert_region(&found, "half@7ffff000", 0x80000000, 0x1000, "device");
	/* But a device in the console's page has to work. */
	assert_region(&found, "timer@9000400", 0x9000000, 0x1000, "device");
	assert_true(reported(DT_NEIGHBOUR, "/soc/timer@9000400: shares page "
					   "0x9000000 with the hypervisor's"));
}

static void children_of_the_gic(void **state)
{
	(void)state;
	board();
	assert_region(&found, "v2m@8020000", 0x8020000, 0x1000, "gic-v2m");
	assert_true(reported(DT_OVERLAP, "v2m@8020000 (gic-v2m) overlaps "
					 "all@8000000 (device)"));
	assert_int_equal(
		region_at(&found, "v2m@8020000", 0x8020000)->attr.memtype,
		S2_DEVICE_NGNRE);
	/* No row of its own: the nearest above that is inherited. */
	assert_region(&found, "frame@8060000", 0x8060000, 0x1000, "gic-v2");
	assert_int_equal(
		region_at(&found, "frame@8060000", 0x8060000)->attr.memtype,
		S2_DEVICE_NGNRNE);
}

static void pci_windows(void **state)
{
	const char *name = "pcie@10000000";

	(void)state;
	board();
	assert_region(&found, name, 0x4010000000, 0x10000000, "pci-host");
	assert_region(&found, name, 0x3eff0000, 0x10000, "pci-io");
	assert_region(&found, name, 0x10000000, 0x2eff0000, "pci-window");
	assert_region(&found, name, 0x8000000000, 0x8000000000, "pci-prefetch");
	assert_int_equal(region_at(&found, name, 0x10000000)->attr.memtype,
			 S2_NORMAL_NC);
	assert_int_equal(region_at(&found, name, 0x10000000)->attr.perm, S2_RW);
	/* Bus, device and function are no address. */
	assert_null(region_at(&found, "ethernet@8,0", 0x0));
}

static void framebuffer_in_reserved_memory(void **state)
{
	const char *display = "display@7e000000";
	const char *frame = "framebuffer@7e000000";

	(void)state;
	board();
	assert_region(&found, display, 0x7e000000, 0x200000,
		      "reserved-memory, no-map");
	assert_region(&found, frame, 0x7e000000, 0x100000,
		      "simple-framebuffer");
	/* Both say what these pages are; the stricter one shows. */
	assert_true(region_at(&found, frame, 0x7e000000)->priority >
		    region_at(&found, display, 0x7e000000)->priority);
	assert_int_equal(region_at(&found, frame, 0x7e000000)->attr.memtype,
			 S2_NORMAL_NC);
	assert_int_equal(region_at(&found, display, 0x7e000000)->kind,
			 REGION_RESERVED);
	assert_int_equal(region_at(&found, display, 0x7e000000)->type,
			 P2M_RESERVED);
}

static void denied_ranges(void **state)
{
	static const struct dt_range deny[] = { { 0xa000800, 0x10 },
						{ 0x7e0ff000, 0x2000 } };
	const struct dt_regions_request request = {
		.host = &host,
		.ipa_bits = 48,
		.deny = deny,
		.nr_deny = 2,
		.region = found.region,
		.max_regions = MAX_REGIONS,
		.irqs = &found.irqs,
	};

	(void)state;
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	report_clear();
	found.nr = dt_regions(&request, &report);
	assert_null(region_at(&found, "gpio@a000000", 0xa000000));
	assert_true(reported(DT_KEPT_BACK, "/soc/gpio@a000000"));
	assert_region(&found, "display@7e000000", 0x7e000000, 0xff000,
		      "reserved-memory, no-map");
	assert_region(&found, "display@7e000000", 0x7e101000, 0xff000,
		      "reserved-memory, no-map");
}

static void too_many(void **state)
{
	const struct dt_regions_request request = {
		.host = &host,
		.ipa_bits = 48,
		.region = found.region,
		.max_regions = 5,
		.irqs = &found.irqs,
	};

	(void)state;
	assert_int_equal(dt_scan(tree_of("good_board"), NULL, &host, &report),
			 0);
	assert_int_equal(dt_regions(&request, &report), -XEN_ENOSPC);
	assert_true(reported(DT_OVERFLOW, "/"));
}

static void good_irqs(void **state)
{
	static const struct {
		unsigned int id;
		bool edge;
	} want[] = {
		{ 34, false }, /* timer, in the console's page      */
		{ 35, true },  /* gpio                              */
		{ 41, true },  /* key, the third of its interrupts  */
		{ 62, false }, { 63, true }, /* extirq              */
		{ 52, false }, { 53, false }, { 55, true }, /* pcie */
		{ 80, true },  { 81, true },  { 82, true }, { 83, true },
	};
	unsigned int routed = 0;
	unsigned int id;
	size_t i;

	(void)state;
	board();
	for (id = 0; id < DT_NR_INTIDS; id++) {
		routed += dt_irq_routed(&found.irqs, id);
	}
	assert_int_equal(routed, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(dt_irq_routed(&found.irqs, want[i].id));
		assert_int_equal(dt_irq_edge(&found.irqs, want[i].id),
				 want[i].edge);
	}
}

static void bad_irqs(void **state)
{
	unsigned int id;

	(void)state;
	regions_of("bad_irqs");
	for (id = 0; id < DT_NR_INTIDS; id++) {
		assert_int_equal(dt_irq_routed(&found.irqs, id),
				 id == 40 || id == 41);
	}
	assert_false(dt_irq_routed(&found.irqs, DT_NR_INTIDS));
	assert_true(reported(DT_BAD_VALUE, "/dangling"));
	assert_true(reported(DT_BAD_VALUE, "/half_good"));
	assert_true(reported(DT_BAD_LENGTH, "/wrong_length"));
	assert_true(reported(DT_BAD_VALUE, "/too_high"));
	assert_true(reported(DT_BAD_VALUE, "/strange_type"));
	assert_true(reported(DT_BAD_VALUE, "/map_dangling"));
	assert_true(reported(DT_BAD_VALUE, "/map_short"));
	assert_true(reported(DT_BAD_CELLS, "/map_cells"));
	assert_true(reported(DT_BAD_VALUE, "/messages"));
}

/* Every row is sound by itself. */
static void table(void **state)
{
	const struct dt_row *row;
	unsigned int i;

	(void)state;
	for (i = 0; (row = dt_row_at(i)); i++) {
		assert_ptr_equal(dt_row_by_name(row->name), row);
		if (s2_is_device(row->hwdom.memtype)) {
			assert_int_equal(row->hwdom.perm & S2_X, 0);
		}
		/* Others never get more than the hardware domain. */
		assert_true(row->other.memtype >= row->hwdom.memtype);
		assert_int_equal(row->other.perm & ~row->hwdom.perm, 0);
	}
	assert_true(i > 20);
	assert_null(dt_row_by_name("no such row"));
	assert_int_equal(dt_row_default.hwdom.memtype, S2_DEVICE_GRE);
	assert_int_equal(dt_row_default.other.memtype, S2_DEVICE_NGNRE);
	assert_int_equal(dt_row_by_name("gicv")->hwdom.memtype,
			 S2_DEVICE_NGNRNE);
	assert_int_equal(dt_row_by_name("unknown")->hwdom.memtype,
			 S2_DEVICE_NGNRE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

const struct CMUnitTest regions_tests[] = {
	TEST(good_ranges),
	TEST(bad_cells),
	TEST(bad_addresses),
	TEST(good_sram),
	TEST(sram_beside_device),
	TEST(never_what_the_hypervisor_keeps),
	TEST(children_of_the_gic),
	TEST(pci_windows),
	TEST(framebuffer_in_reserved_memory),
	TEST(denied_ranges),
	TEST(too_many),
	TEST(good_irqs),
	TEST(bad_irqs),
	TEST(table),
};
const size_t nr_regions_tests =
	sizeof(regions_tests) / sizeof(regions_tests[0]);
