/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy: what it says of every row, and that the manual says the same. */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memmap/region.h"

static const enum p2m_type types[] = { P2M_DEVICE, P2M_SRAM, P2M_RESERVED };

/* Of what type dt/ makes pages of a row, as far as there are any. */
static bool type_of(const struct dt_row *row, enum p2m_type *type)
{
	switch (row->how) {
	case DT_DEVICE:
	case DT_PCI:
		*type = P2M_DEVICE;
		return true;
	case DT_MEMORY:
		*type = P2M_SRAM;
		return true;
	case DT_RESERVED:
		*type = P2M_RESERVED;
		return true;
	default:
		return false;
	}
}

/* A row whose own attribute the policy refuses could never be mapped again. */
static void check_row(const struct dt_row *row)
{
	const struct s2_attr attr[] = { row->hwdom, row->other };
	enum p2m_type type;

	if (!type_of(row, &type)) {
		return;
	}
	for (unsigned int w = IOMEM_HWDOM; w <= IOMEM_OTHER; w++) {
		uint32_t bit =
			BIT(iomem_selector(attr[w]) & ENTRESOL_ATTR_MASK);

		if (!(iomem_policy(iomem_kind(row, type), w) & bit)) {
			fail_msg("%s: its default is not allowed", row->name);
		}
		/* Both columns agree, or no page could be shared. */
		assert_int_equal(iomem_cached(attr[w]),
				 iomem_cached(row->hwdom));
	}
}

static void defaults_are_allowed(void **state)
{
	const struct dt_row *row;

	(void)state;
	check_row(&dt_row_default);
	for (unsigned int i = 0; (row = dt_row_at(i)); i++) {
		check_row(row);
	}
}

/* Whatever is chosen, the p2m takes it; and nothing else is chosen. */
static void check_choices(const struct dt_row *row, enum p2m_type type)
{
	for (uint32_t s = 0; s < 0x400; s++) {
		for (unsigned int w = IOMEM_HWDOM; w <= IOMEM_OTHER; w++) {
			uint32_t plain = s & ENTRESOL_ATTR_MASK;
			struct s2_attr attr;
			int rc;

			if (!iomem_selector_ok(s)) {
				continue;
			}
			rc = iomem_choose(row, type, w, s, &attr);
			if (plain) {
				assert_int_equal(
					!rc,
					!!(iomem_policy(iomem_kind(row, type),
							w) &
					   BIT(plain)));
			}
			if (rc) {
				assert_int_equal(rc, -XEN_EPERM);
				continue;
			}
			assert_true(p2m_legal(type, attr));
			assert_false(s & ENTRESOL_ATTR_READONLY &&
				     attr.perm & S2_W);
			assert_true(!plain || (iomem_selector(attr) &
					       ENTRESOL_ATTR_MASK) == plain);
		}
	}
}

static void choices_are_legal(void **state)
{
	const struct dt_row *row;
	enum p2m_type type;

	(void)state;
	check_choices(&dt_row_default, P2M_DEVICE);
	for (unsigned int i = 0; (row = dt_row_at(i)); i++) {
		if (type_of(row, &type)) {
			check_choices(row, type);
		}
	}
}

static void selectors(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 0x20000; s++) {
		bool known = s <= 6 || (s >= 0x100 && s <= 0x106);

		assert_int_equal(iomem_selector_ok(s), known);
	}
	assert_false(iomem_selector_ok(UINT32_MAX));
	for (unsigned int m = 0; m < S2_NR_MEMTYPES; m++) {
		struct s2_attr attr = { (uint8_t)m, S2_RW };

		assert_in_range(iomem_selector(attr), 1, 6);
		attr.perm = S2_R;
		assert_in_range(iomem_selector(attr), 0x101, 0x106);
	}
}

/* Only memory may be cached; what is strict stays strict. */
static void what_is_never_allowed(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < IOMEM_NR_KINDS; k++) {
		for (unsigned int w = IOMEM_HWDOM; w <= IOMEM_OTHER; w++) {
			uint32_t p = iomem_policy(k, w);

			assert_int_equal(p & BIT(0), 0);
			assert_int_equal(p & ~GENMASK(6, 1), 0);
			if (k != IOMEM_SRAM && k != IOMEM_RESERVED) {
				assert_int_equal(
					p & BIT(ENTRESOL_ATTR_NORMAL_WB), 0);
			}
		}
		/* Others get no more than the hardware domain. */
		assert_int_equal(iomem_policy(k, IOMEM_OTHER) &
					 ~iomem_policy(k, IOMEM_HWDOM),
				 0);
	}
	assert_int_equal(iomem_policy(IOMEM_STRICT, IOMEM_HWDOM),
			 BIT(ENTRESOL_ATTR_DEVICE_NGNRNE));
}

/* The table of docs/attributes.md, line by line. */
static void manual_shows_the_table(void **state)
{
	static const char *const names[] = {
		"", "nGnRnE", "nGnRE", "nGRE", "GRE", "NC", "WB",
	};
	const char *src = getenv("srcdir");
	char path[512], text[20000];
	size_t len;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/attributes.md", src ? src : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	for (unsigned int k = 0; k < IOMEM_NR_KINDS; k++) {
		char line[200];
		int at = snprintf(line, sizeof(line), "| `%s` |",
				  iomem_kind_name(k));

		for (unsigned int w = IOMEM_HWDOM; w <= IOMEM_OTHER; w++) {
			for (unsigned int s = 1; s < IOMEM_NR_SELECTORS; s++) {
				if (iomem_policy(k, w) & BIT(s)) {
					at += snprintf(line + at,
						       sizeof(line) -
							       (size_t)at,
						       " %s", names[s]);
				}
			}
			at += snprintf(line + at, sizeof(line) - (size_t)at,
				       " |");
		}
		if (!strstr(text, line)) {
			fail_msg("%s has no line: %s", path, line);
		}
	}
}

static void kinds_of_pages(void **state)
{
	(void)state;
	assert_int_equal(iomem_kind(&dt_row_default, P2M_DEVICE), IOMEM_DEVICE);
	assert_int_equal(iomem_kind(dt_row_by_name("gicv"), P2M_DEVICE),
			 IOMEM_STRICT);
	assert_int_equal(iomem_kind(dt_row_by_name("pci-window"), P2M_DEVICE),
			 IOMEM_DEVICE);
	assert_int_equal(iomem_kind(dt_row_by_name("pci-prefetch"), P2M_DEVICE),
			 IOMEM_COMBINING);
	assert_int_equal(
		iomem_kind(dt_row_by_name("simple-framebuffer"), P2M_SRAM),
		IOMEM_COMBINING);
	assert_int_equal(iomem_kind(dt_row_by_name("mmio-sram"), P2M_SRAM),
			 IOMEM_SRAM);
	assert_int_equal(iomem_kind(dt_row_by_name("tegra-sysram"), P2M_SRAM),
			 IOMEM_SRAM_DEVICE);
	assert_int_equal(iomem_kind(dt_row_by_name("reserved-memory, no-map"),
				    P2M_RESERVED),
			 IOMEM_RESERVED);
	assert_int_equal(iomem_kind(&dt_row_default, P2M_RAM_RW),
			 IOMEM_UNKNOWN);
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_not_equal(iomem_kind(&dt_row_default, types[i]),
				     IOMEM_UNKNOWN);
	}
}

/* ------------------------------------------------------- machine pages */

#define PART(n, p, first, nr)                                 \
	{                                                     \
		.name = (n), .pa = { UINT64_C(first) << 12 }, \
		.size = UINT64_C(nr) << 12, .priority = (p),  \
		.type = P2M_DEVICE, .row = "device",          \
	}

/* Frame by frame against the list itself. */
static void machine_pages_are_found(void **state)
{
	static const struct region r[] = {
		PART("a", 2, 10, 10), PART("b", 4, 12, 3), PART("c", 2, 20, 1),
		PART("d", 1, 18, 8),  PART("e", 2, 40, 1),
	};
	static const char want[] = "..........aabbbaaaaacddddd..............e.";

	(void)state;
	host_setup(TEST_MACHINE_MIB);
	assert_int_equal(machine_init(r, ARRAY_SIZE(r)), 0);
	for (unsigned int mfn = 0; mfn < sizeof(want) - 1; mfn++) {
		const struct machine_part *p = machine_find(mfn);

		assert_int_equal(p ? p->node[0] : '.', want[mfn]);
		assert_true(!p || (p->at.first <= mfn && mfn < p->at.end));
	}
	assert_null(machine_find(UINT64_MAX));
	machine_free();
	assert_null(machine_find(10));
	assert_null(machine_part(0));
	host_teardown();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(defaults_are_allowed),
	cmocka_unit_test(choices_are_legal),
	cmocka_unit_test(selectors),
	cmocka_unit_test(what_is_never_allowed),
	cmocka_unit_test(manual_shows_the_table),
	cmocka_unit_test(kinds_of_pages),
	cmocka_unit_test(machine_pages_are_found),
};

const struct suite policy_suite = { tests, ARRAY_SIZE(tests) };
