/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees of regions: nesting, who sees what, access sizes, listeners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "memmap/listener.h"
#include "memmap/memmap.h"

#define DOMAIN	 1
#define IPA_BITS 40
#define KIB	 UINT64_C(0x400)
#define MIB	 UINT64_C(0x100000)
#define BUS	 UINT64_C(0x8000000)

static struct p2m *p2m;
static struct memmap *map;
static struct s2_root root;
static struct vcpu vcpus[2];

static int setup(void **state)
{
	(void)state;
	host_setup(64);
	p2m_init(40, 8);
	p2m = p2m_create(DOMAIN, IPA_BITS, true, 256);
	root.vttbr = p2m_vttbr(p2m);
	root.vtcr = p2m_vtcr(p2m);
	host_watch(&root);
	map = memmap_create(p2m);
	assert_non_null(map);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memmap_destroy(map);
	p2m_destroy(p2m);
	assert_int_equal(heap_in_use(), 0);
	host_teardown();
	return 0;
}

static void commit(void)
{
	assert_int_equal(memmap_commit(map), 0);
	host_check_no_stale(&root);
}

static struct p2m_entry entry_at(uint64_t ipa)
{
	struct p2m_locked l = p2m_lock(p2m);
	struct p2m_entry e = p2m_lookup(l, ipa_to_gfn(IPA(ipa)));

	p2m_unlock(l);
	return e;
}

/* -------------------------------------------------- a device of registers */

struct device {
	uint8_t bytes[16];
	unsigned int nr;
	uint8_t sizes; /* it was accessed with */
	struct vcpu *by;
};

static enum mmio_result device_access(struct vcpu *v, void *opaque,
				      struct mmio_access *a)
{
	struct device *d = opaque;

	assert_true(is_aligned(a->offset, a->size));
	d->nr++;
	d->sizes |= a->size;
	d->by = v;
	if (a->write) {
		memcpy(&d->bytes[a->offset & 15], &a->data, a->size);
	} else {
		a->data = 0;
		memcpy(&a->data, &d->bytes[a->offset & 15], a->size);
	}
	return MMIO_OK;
}

static struct region emulated(uint64_t ipa, const struct region_ops *ops,
			      struct device *d)
{
	return (struct region){
		.name = "device",
		.kind = REGION_EMULATED,
		.ipa = IPA(ipa),
		.size = 4 * KIB,
		.ops = ops,
		.opaque = d,
	};
}

static enum mmio_result read_at(uint64_t ipa, uint8_t size, uint64_t *data)
{
	struct mmio_access a = { .size = size, .data = ~UINT64_C(0) };
	enum mmio_result r = memmap_access(map, &vcpus[0], IPA(ipa), &a);

	*data = a.data;
	return r;
}

static enum mmio_result write_at(uint64_t ipa, uint8_t size, uint64_t data)
{
	struct mmio_access a = { .size = size, .data = data, .write = true };

	return memmap_access(map, &vcpus[0], IPA(ipa), &a);
}

/* All sizes and places against the same device without any conversion. */
static void check_sizes(const struct region_ops *ops, uint8_t sizes)
{
	struct device d = { .nr = 0 };
	struct region r = emulated(BUS, ops, &d);
	uint64_t data;

	assert_int_equal(memmap_add(map, &r), 0);
	commit();
	for (unsigned int i = 0; i < 16; i++) {
		d.bytes[i] = (uint8_t)(0x10 + i);
	}
	for (uint8_t size = 1; size <= 8; size *= 2) {
		for (unsigned int at = 0; at + size <= 16; at++) {
			uint64_t want = 0, new = UINT64_C(0xa1a2a3a4a5a6a7a8);
			uint8_t before[16];

			memcpy(before, d.bytes, 16);
			for (unsigned int i = 0; i < size; i++) {
				unsigned int swap =
					ops->big_endian ? ops->impl_sizes - 1
							: 0;

				want |= (uint64_t)before[(at + i) ^ swap]
					<< 8 * i;
			}
			assert_int_equal(read_at(BUS + at, size, &data),
					 MMIO_OK);
			assert_int_equal(data, want);
			assert_int_equal(write_at(BUS + at, size, new),
					 MMIO_OK);
			assert_int_equal(read_at(BUS + at, size, &data),
					 MMIO_OK);
			assert_int_equal(data,
					 size == 8 ? new
						   : new &(BIT(8 * size) - 1));
			/* And no byte beside it. */
			assert_int_equal(write_at(BUS + at, size, want),
					 MMIO_OK);
			assert_memory_equal(d.bytes, before, 16);
		}
	}
	assert_int_equal(d.sizes, sizes);
	/* XSA-112 */
	for (unsigned int i = 1; i < 8; i++) {
		unsigned int nr = d.nr;

		assert_int_equal(read_at(BUS + r.size - i, 8, &data),
				 MMIO_ABORT);
		assert_int_equal(d.nr, nr);
	}
	memmap_del(map, &r);
	commit();
}

static void accesses_are_split_and_merged(void **state)
{
#define OPS(name_, impl, big)                    \
	static const struct region_ops name_ = { \
		.name = #name_,                  \
		.access = device_access,         \
		.valid_sizes = 0xf,              \
		.impl_sizes = impl,              \
		.unaligned = true,               \
		.big_endian = big,               \
	}
	OPS(plain, 0, false);
	OPS(narrow, 1, false);
	OPS(word, 4, false);
	OPS(wide, 8, false);
	OPS(big, 4, true);

	(void)state;
	check_sizes(&plain, 0xf);
	check_sizes(&narrow, 1);
	check_sizes(&word, 4);
	check_sizes(&wide, 8);
	check_sizes(&big, 4);
}

static const struct region_ops word_ops = { .name = "word",
					    .access = device_access,
					    .valid_sizes = 4 };

/* One vCPU's frame over everybody's; and a hole for the other one. */
static void one_vcpu_only(void **state)
{
	struct device all = { .nr = 0 }, one = { .nr = 0 };
	struct region common = emulated(BUS, &word_ops, &all);
	struct region mine = emulated(BUS, &word_ops, &one);
	struct region hole = { .name = "hole",
			       .kind = REGION_HOLE,
			       .ipa = IPA(BUS),
			       .size = 4 * KIB,
			       .priority = 2,
			       .only = &vcpus[1] };
	struct mmio_access a = { .size = 4 };
	struct region ram = { .name = "ram",
			      .kind = REGION_RAM,
			      .ipa = IPA(BUS),
			      .size = 4 * KIB,
			      .type = P2M_RAM_RW,
			      .attr = p2m_default_attr(P2M_RAM_RW),
			      .only = &vcpus[0] };

	(void)state;
	/* All vCPUs share one table. */
	assert_int_equal(memmap_add(map, &ram), -XEN_EINVAL);
	mine.only = &vcpus[0];
	mine.priority = 1;
	assert_int_equal(memmap_add(map, &common), 0);
	assert_int_equal(memmap_add(map, &mine), 0);
	commit();
	memmap_access(map, &vcpus[0], IPA(BUS), &a);
	assert_ptr_equal(one.by, &vcpus[0]);
	assert_int_equal(all.nr, 0);
	memmap_access(map, &vcpus[1], IPA(BUS), &a);
	assert_ptr_equal(all.by, &vcpus[1]);
	assert_int_equal(one.nr, 1);
	assert_int_equal(memmap_add(map, &hole), 0);
	commit();
	assert_int_equal(memmap_access(map, &vcpus[1], IPA(BUS), &a),
			 MMIO_NOTHING);
	assert_false(memmap_serves(map, &vcpus[1], IPA(BUS)));
	assert_true(memmap_serves(map, &vcpus[0], IPA(BUS)));
	assert_false(memmap_serves(map, &vcpus[0], IPA(BUS + 4 * KIB)));
	assert_int_equal(memmap_access(map, &vcpus[0], IPA(BUS), &a), MMIO_OK);
	assert_int_equal(one.nr, 2);
}

/* It sees what RAM below gets, and turns it round. */
static enum mmio_result invert(struct vcpu *v, void *opaque,
			       struct mmio_access *a)
{
	enum mmio_result r;

	++*(unsigned int *)opaque;
	a->data = ~a->data;
	r = memmap_forward(v, a);
	a->data = ~a->data;
	return r;
}

static void interposer_forwards(void **state)
{
	static const struct region_ops ops = { .name = "invert",
					       .access = invert,
					       .valid_sizes = 0xf };
	unsigned int nr = 0;
	mfn_t mfn = frame_alloc(1, DOMAIN);
	struct region ram = { .name = "ram",
			      .kind = REGION_RAM,
			      .ipa = IPA(BUS),
			      .pa = mfn_to_paddr(mfn),
			      .size = 8 * KIB,
			      .type = P2M_RAM_RW,
			      .attr = p2m_default_attr(P2M_RAM_RW) };
	struct region spy = { .name = "spy",
			      .kind = REGION_INTERPOSER,
			      .ipa = IPA(BUS + 4 * KIB),
			      .size = 8 * KIB,
			      .priority = 1,
			      .ops = &ops,
			      .opaque = &nr };
	uint32_t *p = mfn_to_ptr(mfn_add(mfn, 1));
	uint64_t data;

	(void)state;
	assert_int_equal(memmap_add(map, &ram), 0);
	assert_int_equal(memmap_add(map, &spy), 0);
	commit();
	assert_int_equal(entry_at(BUS).type, P2M_RAM_RW);
	assert_int_equal(entry_at(BUS + 4 * KIB).type, P2M_INVALID);
	assert_int_equal(write_at(BUS + 4 * KIB + 8, 4, 0x1234), MMIO_OK);
	assert_int_equal(p[2], ~0x1234u);
	assert_int_equal(read_at(BUS + 4 * KIB + 8, 4, &data), MMIO_OK);
	assert_int_equal((uint32_t)data, 0x1234);
	/* Nothing is below. */
	assert_int_equal(read_at(BUS + 8 * KIB, 4, &data), MMIO_ABORT);
	assert_int_equal(nr, 3);
	memmap_del(map, &spy);
	commit();
	assert_int_equal(entry_at(BUS + 4 * KIB).mfn.v, mfn.v + 1);
}

/* Windows that lead to themselves, and too many of them: no endless walk. */
static void endless_windows(void **state)
{
	struct region box = { .name = "box",
			      .ipa = IPA(BUS),
			      .size = MIB,
			      .kind = REGION_CONTAINER };
	struct region window = { .name = "window",
				 .ipa = IPA(4 * KIB),
				 .size = MIB / 2,
				 .kind = REGION_ALIAS,
				 .target = &box };
	const struct flat_view *view = memmap_view(map);

	(void)state;
	assert_int_equal(memmap_add(map, &box), 0);
	assert_int_equal(memmap_add_to(map, &box, &box), -XEN_EINVAL);
	assert_int_equal(memmap_add_to(map, &box, &window), 0);
	assert_int_equal(memmap_commit(map), -XEN_E2BIG);
	assert_ptr_equal(memmap_view(map), view);
	memmap_del(map, &window);
	commit();
}

static void transactions_exclude_each_other(void **state)
{
	(void)state;
	assert_int_equal(memmap_begin(map), 0);
	assert_int_equal(memmap_begin(map), -XEN_EBUSY);
	commit();
	assert_int_equal(memmap_begin(map), 0);
	memmap_end(map);
	assert_int_equal(memmap_begin(map), 0);
}

/* -------------------------------------------------------------- listeners */

static char heard[512];

static void hear(const char *what, const struct span *s)
{
	size_t len = strlen(heard);

	snprintf(heard + len, sizeof(heard) - len, "%s", what);
	if (s) {
		len = strlen(heard);
		snprintf(heard + len, sizeof(heard) - len, " %s@%llx+%llx",
			 s->region->name,
			 (unsigned long long)(s->ipa.v - BUS) >> PAGE_SHIFT,
			 (unsigned long long)s->size >> PAGE_SHIFT);
	}
	strcat(heard, ";");
}

#define HEARS(name, what)                                    \
	static void name(void *opaque, const struct span *s) \
	{                                                    \
		assert_ptr_equal(opaque, heard);             \
		hear(what, s);                               \
	}
HEARS(hears_add, "add")
HEARS(hears_del, "del")
HEARS(hears_same, "same")
HEARS(hears_log, "log")
HEARS(hears_nolog, "nolog")

static void hears_begin(void *opaque)
{
	(void)opaque;
	hear("begin", NULL);
}

static void hears_commit(void *opaque)
{
	(void)opaque;
	hear("commit", NULL);
}

static int refusal;

static int prepares(void *opaque, const struct memmap_change *c)
{
	(void)opaque;
	(void)c;
	return refusal;
}

static void check_heard(const char *what)
{
	assert_string_equal(heard, what);
	heard[0] = '\0';
}

static void listeners_hear_it_all(void **state)
{
	struct memmap_listener l = {
		.name = "test",
		.prepare = prepares,
		.begin = hears_begin,
		.add = hears_add,
		.del = hears_del,
		.unchanged = hears_same,
		.log_start = hears_log,
		.log_stop = hears_nolog,
		.commit = hears_commit,
		.opaque = heard,
	};
	struct region a = { .name = "a",
			    .kind = REGION_DIRECT,
			    .ipa = IPA(BUS),
			    .pa = PADDR(BUS),
			    .size = 16 * KIB,
			    .type = P2M_DEVICE,
			    .attr = p2m_default_attr(P2M_DEVICE) };
	struct region b = a;

	(void)state;
	b.name = "b";
	b.ipa.v += 4 * KIB;
	b.size = 4 * KIB;
	b.priority = 1;
	assert_int_equal(memmap_add(map, &a), 0);
	commit();
	memmap_listen(map, &l);
	check_heard("begin;add a@0+4;commit;");
	assert_int_equal(memmap_add(map, &b), 0);
	refusal = -XEN_ENOMEM;
	assert_int_equal(memmap_commit(map), -XEN_ENOMEM);
	check_heard("");
	assert_int_equal(entry_at(b.ipa.v).mfn.v, b.ipa.v >> PAGE_SHIFT);
	refusal = 0;
	commit();
	check_heard("begin;del a@1+1;add b@1+1;commit;");
	assert_int_equal(memmap_set_log(map, &a, true), 0);
	commit();
	check_heard("begin;same a@0+1;log a@0+1;same b@1+1;same a@2+2;"
		    "log a@2+2;commit;");
	/* Logging is the region's: it comes along. */
	assert_int_equal(memmap_move(map, &a, IPA(BUS + 8 * KIB)), 0);
	memmap_del(map, &b);
	commit();
	check_heard("begin;nolog a@0+1;del a@0+1;del b@1+1;nolog a@2+2;"
		    "del a@2+2;add a@2+2;log a@2+2;add a@4+2;log a@4+2;"
		    "commit;");
	memmap_unlisten(map, &l);
	check_heard("begin;nolog a@2+4;del a@2+4;commit;");
}

static void note_hidden(const struct hidden *h, void *arg)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %llx+%llx by %s;", h->region->name,
		 (unsigned long long)(h->ipa.v - BUS) >> PAGE_SHIFT,
		 (unsigned long long)h->size >> PAGE_SHIFT,
		 h->by ? h->by->name : "nothing");
	strcat(arg, line);
}

static void what_hides_what(void **state)
{
	struct device d = { .nr = 0 };
	struct region box = { .name = "box",
			      .kind = REGION_CONTAINER,
			      .ipa = IPA(BUS),
			      .size = 16 * KIB };
	struct region dev = { .name = "dev",
			      .kind = REGION_DIRECT,
			      .pa = PADDR(BUS),
			      .size = 16 * KIB,
			      .type = P2M_DEVICE,
			      .attr = p2m_default_attr(P2M_DEVICE) };
	struct region gic = emulated(BUS + 4 * KIB, &word_ops, &d);
	struct region hole = { .name = "hole",
			       .kind = REGION_HOLE,
			       .ipa = IPA(BUS + 12 * KIB),
			       .size = 4 * KIB,
			       .priority = 1 };
	char text[128] = "";

	(void)state;
	gic.name = "gic";
	gic.priority = 1;
	assert_int_equal(memmap_add(map, &box), 0);
	assert_int_equal(memmap_add_to(map, &box, &dev), 0);
	assert_int_equal(memmap_add(map, &gic), 0);
	assert_int_equal(memmap_add(map, &hole), 0);
	commit();
	memmap_for_each_hidden(map, note_hidden, text);
	assert_string_equal(text, "dev 1+1 by gic;dev 3+1 by nothing;");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(accesses_are_split_and_merged),
		CASE(one_vcpu_only),
		CASE(interposer_forwards),
		CASE(endless_windows),
		CASE(transactions_exclude_each_other),
		CASE(listeners_hear_it_all),
		CASE(what_hides_what),
	};

	return cmocka_run_group_tests_name("memmap tree", tests, NULL, NULL);
}
