/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch, XEN_VERSION, CONSOLE_IO. */
#include "suites.h"

#include <string.h>

#include <xen/features.h>
#include <xen/version.h>

#include "domain/policy.h"
#include "hypercall/hypercall.h"
#include "s2/attr.h"

#define FILL 0xaa

/* ------------------------------------------------------------- dispatch */

static void unknown_numbers_are_enosys(void **state)
{
	static const uint64_t bad[] = {
		0,
		1,
		11,
		HYPERCALL_NR,
		~UINT64_C(0),
		BIT(32) | __HYPERVISOR_xen_version,
		__HYPERVISOR_sched_op_compat,
		__HYPERVISOR_kexec_op,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(hcall(self, bad[i], 0, 0, 0), -XEN_ENOSYS);
	}
}

static void whole_calls_are_enosys(void **state)
{
	(void)state;
	for (uint64_t op = 0; op < 64; op++) {
		assert_int_equal(
			hcall(self, __HYPERVISOR_physdev_op, op, dom0.ram, 0),
			-XEN_ENOSYS);
		assert_int_equal(
			hcall(self, __HYPERVISOR_xsm_op, op, dom0.ram, 0),
			-XEN_ENOSYS);
	}
}

/* ---------------------------------------------------------- xen_version */

static int64_t version(uint64_t cmd, uint64_t arg)
{
	return hcall(self, __HYPERVISOR_xen_version, cmd, arg, 0);
}

static const struct {
	uint64_t cmd;
	size_t size;
	bool text;
} outputs[] = {
	{ XENVER_extraversion, sizeof(xen_extraversion_t), true },
	{ XENVER_compile_info, sizeof(struct xen_compile_info), false },
	{ XENVER_capabilities, sizeof(xen_capabilities_info_t), true },
	{ XENVER_changeset, sizeof(xen_changeset_info_t), true },
	{ XENVER_platform_parameters, sizeof(struct xen_platform_parameters),
	  false },
	{ XENVER_guest_handle, sizeof(xen_domain_handle_t), false },
	{ XENVER_commandline, sizeof(xen_commandline_t), true },
};

/* What the next call finds where it has its variables. */
static __attribute__((__noinline__)) void dirty_stack(void)
{
	volatile uint8_t rubble[8192];

	for (size_t i = 0; i < sizeof(rubble); i++) {
		rubble[i] = FILL;
	}
}

/* XSA-122, XSA-132: what a text leaves of its buffer is zero. */
static void outputs_are_written_whole(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(outputs); i++) {
		uint8_t *buf = ARG_AT(dom0, 0x800);
		size_t size = outputs[i].size;
		size_t end;

		memset(buf, FILL, size + 16);
		dirty_stack();
		assert_int_equal(version(outputs[i].cmd, dom0.ram + 0x800), 0);
		end = outputs[i].text ? strnlen((char *)buf, size) : size;
		for (size_t at = end; at < size; at++) {
			assert_int_equal(buf[at], 0);
		}
		for (size_t at = 0; at < end; at++) {
			assert_int_not_equal(buf[at], FILL);
		}
		assert_int_equal(buf[size], FILL);
		assert_int_equal(buf[size + 15], FILL);
	}
}

static void bad_outputs_are_efault(void **state)
{
	uint64_t page = guest_page(&dom0, 5);

	(void)state;
	/* Readable alone, for the guest itself (XSA-98). */
	host_s1_map(GVA(page), IPA(page), S2_R);
	memset(guest_at(&dom0, page), FILL, PAGE_SIZE);
	for (unsigned int i = 0; i < ARRAY_SIZE(outputs); i++) {
		uint64_t cmd = outputs[i].cmd;

		assert_int_equal(version(cmd, 0), -XEN_EFAULT);
		assert_int_equal(version(cmd, NO_RAM), -XEN_EFAULT);
		assert_int_equal(version(cmd, ~UINT64_C(0)), -XEN_EFAULT);
		assert_int_equal(version(cmd, page), -XEN_EFAULT);
	}
	for (unsigned int at = 0; at < PAGE_SIZE; at++) {
		assert_int_equal(((uint8_t *)guest_at(&dom0, page))[at], FILL);
	}
}

static void version_answers(void **state)
{
	char *text = ARG_AT(dom0, 0);

	(void)state;
	assert_int_equal(version(XENVER_version, 0), 0x40011);
	assert_int_equal(version(XENVER_pagesize, 0), 4096);
	assert_int_equal(version(XENVER_pagesize, 1), -XEN_EINVAL);
	assert_int_equal(version(11, 0), -XEN_ENOSYS);
	assert_int_equal(version(UINT32_MAX, 0), -XEN_ENOSYS);
	assert_int_equal(version(XENVER_capabilities, dom0.ram), 0);
	assert_string_equal(text, "xen-3.0-aarch64 ");
	assert_int_equal(version(XENVER_extraversion, dom0.ram), 0);
	assert_string_equal(text, ".0-entresol");
	assert_int_equal(version(XENVER_commandline, dom0.ram), 0);
	assert_string_equal(text, "console=dtuart");
	assert_int_equal(version(XENVER_platform_parameters, dom0.ram), 0);
	assert_int_equal(*(uint64_t *)(void *)text, 0x200000);
}

static void long_command_line_is_cut(void **state)
{
	static char line[2000];
	char *text = ARG_AT(dom0, 0);

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	domain_policy.cmdline = line;
	assert_int_equal(version(XENVER_commandline, dom0.ram), 0);
	assert_int_equal(strnlen(text, PAGE_SIZE), 1023);
}

static void features_by_domain(void **state)
{
	struct xen_feature_info *info = ARG_AT(dom0, 0);

	(void)state;
	*info = (struct xen_feature_info){ .submap = FILL };
	assert_int_equal(version(XENVER_get_features, dom0.ram), 0);
	assert_int_equal(info->submap, 0x26805);
	info->submap_idx = 1;
	assert_int_equal(version(XENVER_get_features, dom0.ram), -XEN_EINVAL);
	assert_int_equal(version(XENVER_get_features, 0), -XEN_EFAULT);

	host_load_vcpu(domu.d->vcpu[0]);
	info = ARG_AT(domu, 0);
	*info = (struct xen_feature_info){ 0 };
	assert_int_equal(hcall(domu.d->vcpu[0], __HYPERVISOR_xen_version,
			       XENVER_get_features, domu.ram, 0),
			 0);
	assert_int_equal(info->submap, 0x16005);
}

static void build_id_needs_room(void **state)
{
	static const uint8_t id[20] = { 1, 2, 3 };
	struct xen_build_id *b = ARG_AT(dom0, 0);

	(void)state;
	assert_int_equal(version(XENVER_build_id, 0), -XEN_ENODATA);
	domain_policy.build_id = id;
	domain_policy.build_id_len = sizeof(id);
	assert_int_equal(version(XENVER_build_id, 0), 20);
	assert_int_equal(version(XENVER_build_id, NO_RAM), -XEN_EFAULT);
	b->len = 0;
	assert_int_equal(version(XENVER_build_id, dom0.ram), -XEN_EINVAL);
	b->len = 19;
	assert_int_equal(version(XENVER_build_id, dom0.ram), -XEN_ENOBUFS);
	b->len = 64;
	assert_int_equal(version(XENVER_build_id, dom0.ram), 20);
	assert_int_equal(b->len, 20);
	assert_memory_equal(b->buf, id, sizeof(id));
}

/* ----------------------------------------------------------- console_io */

static int64_t console(struct vcpu *v, uint64_t cmd, uint64_t count,
		       uint64_t at)
{
	return hcall(v, __HYPERVISOR_console_io, cmd, count, at);
}

static void console_writes_all(void **state)
{
	uint64_t at = guest_page(&dom0, 1) - 700;
	char text[1500];

	(void)state;
	for (unsigned int i = 0; i < sizeof(text); i++) {
		text[i] = 'a' + i % 26;
	}
	memcpy(guest_at(&dom0, at), text, sizeof(text));
	assert_int_equal(console(self, CONSOLEIO_write, sizeof(text), at), 0);
	assert_int_equal(hcall_rounds(), 1);
	assert_int_equal(host_console_len(), sizeof(text));
	assert_memory_equal(host_console(), text, sizeof(text));

	/* The same when interrupts cut it in pieces. */
	host_console_clear();
	host_irq_waiting_after(0);
	assert_int_equal(console(self, CONSOLEIO_write, sizeof(text), at), 0);
	assert_true(hcall_rounds() > 1);
	assert_int_equal(host_console_len(), sizeof(text));
	assert_memory_equal(host_console(), text, sizeof(text));
}

static void console_errors(void **state)
{
	uint64_t last = guest_page(&dom0, TEST_RAM_SIZE / PAGE_SIZE) - 10;

	(void)state;
	assert_int_equal(console(self, CONSOLEIO_write, 0, 0), 0);
	assert_int_equal(console(self, CONSOLEIO_write, 1, 0), -XEN_EFAULT);
	assert_int_equal(console(self, CONSOLEIO_write, 20, last), -XEN_EFAULT);
	assert_int_equal(console(self, CONSOLEIO_read, BIT(31), 0), -XEN_E2BIG);
	assert_int_equal(console(self, 2, 0, 0), -XEN_ENOSYS);
	host_load_vcpu(domu.d->vcpu[0]);
	assert_int_equal(console(domu.d->vcpu[0], CONSOLEIO_write, 1, domu.ram),
			 -XEN_EPERM);
	assert_int_equal(host_console_len(), 0);
}

static void console_reads_what_is_typed(void **state)
{
	char *buf = ARG_AT(dom0, 0);

	(void)state;
	memset(buf, FILL, 16);
	assert_int_equal(console(self, CONSOLEIO_read, 16, dom0.ram), 0);
	host_console_type("hello");
	assert_int_equal(console(self, CONSOLEIO_read, 2, dom0.ram), 2);
	assert_memory_equal(buf, "he\xaa", 3);
	assert_int_equal(console(self, CONSOLEIO_read, 16, dom0.ram), 3);
	assert_memory_equal(buf, "llo\xaa", 4);
	host_console_type("x");
	assert_int_equal(console(self, CONSOLEIO_read, 16, 0), -XEN_EFAULT);
}

static const struct CMUnitTest tests[] = {
	DOM0_TEST(unknown_numbers_are_enosys),
	DOM0_TEST(whole_calls_are_enosys),
	DOM0_TEST(outputs_are_written_whole),
	DOM0_TEST(bad_outputs_are_efault),
	DOM0_TEST(version_answers),
	DOM0_TEST(long_command_line_is_cut),
	DOM0_TEST(features_by_domain),
	DOM0_TEST(build_id_needs_room),
	DOM0_TEST(console_writes_all),
	DOM0_TEST(console_errors),
	DOM0_TEST(console_reads_what_is_typed),
};

const struct suite version_suite = { tests, ARRAY_SIZE(tests) };
