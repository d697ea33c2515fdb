/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the tree to the tool: maps made by the core's code, read through the
 * hypercall by the tool's code. With a folder as argument: write the dumps
 * that viewer.py shows there.
 */
#include <stdlib.h>
#include <string.h>

#include <core/bits.h>

#include "../../tools/entresol-memmap/hypervisor.h"
#include "lib/maptext.h"
#include "maps.h"
#include "memmap/memmap.h"
#include "p2m/dump.h"

#define ARG  0x1000
#define DATA 0x4000

/* --------------------------------------------------------- the hypervisor */

static uint64_t room;		/* records that a call may bring; 0: any */
static unsigned int calls;	/* so far                                */
static unsigned int change_at;	/* the map changes after so many calls   */
static unsigned int nr_changes; /* it still does that                    */
static struct guest *asking;

static int64_t call(struct hypervisor *h, unsigned int cmd,
		    struct entresol_dump *arg, void *records)
{
	struct vcpu *v = asking->d->vcpu[0];
	struct entresol_dump *op = guest_at(asking, asking->ram + ARG);
	int64_t rc;

	(void)h;
	if (!arg) {
		return hcall(v, ENTRESOL_HYPERCALL, cmd, 0, 0);
	}
	*op = *arg;
	op->buffer = asking->ram + DATA;
	op->nr = room ? room : op->nr;
	rc = hcall(v, ENTRESOL_HYPERCALL, cmd, asking->ram + ARG, 0);
	if (++calls >= change_at && nr_changes) {
		nr_changes--;
		memmap_set_priority(dom0.d->memmap, map_region("under"), -5);
	}
	if (!rc) {
		*arg = *op;
		memcpy(records, guest_at(asking, asking->ram + DATA),
		       HYPERVISOR_BUFFER);
	}
	return rc;
}

static struct hypervisor below = { .call = call };

static int setup(void **state)
{
	room = 0;
	calls = 0;
	change_at = 0;
	nr_changes = 0;
	asking = &dom0;
	return dom0_setup(state);
}

static struct dump read_small(void)
{
	struct failure f = { STATUS_OK, "" };
	struct dump d;

	map_small();
	assert_true(dump_read(&d, &below, 0x7ff0, &f));
	return d;
}

static const struct entresol_region *find(const struct dump *d,
					  const char *name)
{
	for (uint32_t i = 0; i < d->nr[REGIONS]; i++) {
		if (!strcmp(d->region[i].name, name)) {
			return &d->region[i];
		}
	}
	fail_msg("no record of %s", name);
	return NULL;
}

/* ------------------------------------------------------------------ records */

static void regions_are_told(void **state)
{
	struct dump d = read_small();
	const struct entresol_region *bus = find(&d, "bus"),
				     *box = find(&d, "box"),
				     *r = find(&d, "adc");

	(void)state;
	assert_int_equal(d.domid, 0);
	assert_string_equal(d.region[0].name, "root");
	assert_int_equal(r->parent, box->index);
	assert_int_equal(box->parent, bus->index);
	assert_int_equal(bus->parent, 0);
	assert_int_equal(r->depth, 3);
	assert_int_equal(r->ipa, SMALL_MAP + 0x80000);
	assert_int_equal(r->map.attr, ENTRESOL_ATTR_DEVICE_NGNRE);
	assert_int_equal(r->map.type, ENTRESOL_TYPE_DEVICE);
	assert_int_equal(r->map.perm, 3);
	assert_int_equal(r->map.pa, 0x9000000000);
	assert_int_equal(find(&d, "old")->flags, ENTRESOL_FLAG_DISABLED);
	assert_int_equal(find(&d, "wide")->flags, ENTRESOL_FLAG_CLIPPED);
	assert_int_equal(find(&d, "eth")->flags, ENTRESOL_FLAG_LOG);
	assert_int_equal(find(&d, "trap")->flags, ENTRESOL_FLAG_BUFFERED);
	r = find(&d, "ocm-low");
	assert_int_equal(r->target, find(&d, "ocm")->index);
	assert_int_equal(r->target_offset, 0x10000);
	assert_string_equal(r->row, "ocm");
	assert_string_equal(find(&d, "ocm")->row, "mmio-sram");
	r = find(&d, "mine");
	assert_int_equal(r->flags, ENTRESOL_FLAG_VCPU);
	assert_int_equal(r->vcpu, 1);
	dump_free(&d);
}

static void hidden_parts_are_told(void **state)
{
	struct dump d = read_small();
	char text[512] = "";

	(void)state;
	for (uint32_t i = 0; i < d.nr[HIDDEN]; i++) {
		const struct entresol_hidden *h = &d.hidden[i];
		char one[128];

		snprintf(one, sizeof(one), "%.8s %lx+%lx by %.8s;",
			 region_name(&d, h->region),
			 (unsigned long)(h->ipa - SMALL_MAP),
			 (unsigned long)h->size, region_name(&d, h->by));
		strcat(text, one);
	}
	assert_string_equal(text, "eth 10000+1000 by trap;"
				  "eth 18000+4000 by a hole;"
				  "under 10000000+10000 by ocm;"
				  "ocm-low 2000c000+1000 by <strange;");
	dump_free(&d);
}

static void layers_are_told(void **state)
{
	struct dump d = read_small();
	unsigned int seen = 0;

	(void)state;
	for (uint32_t i = 1; i < d.nr[SPANS]; i++) {
		const struct entresol_span *s = &d.span[i];

		if (s->flags & ENTRESOL_FLAG_BELOW) {
			const char *above = s[-1].name;

			seen += !strcmp(above, "spy") &&
				!strcmp(s->name, "uart");
			seen += !strcmp(above, "mine") &&
				!strcmp(s->name, "ocm") &&
				s->via == find(&d, "ocm-low")->index &&
				s->offset == 0x18000;
		}
	}
	assert_int_equal(seen, 2);
	dump_free(&d);
}

static void table_is_told(void **state)
{
	struct dump d = read_small();
	struct p2m_locked l = p2m_lock(dom0.d->p2m);
	struct p2m_stats stats = p2m_stats(l);
	struct footprint f = dump_footprint(&d);

	(void)state;
	p2m_unlock(l);
	for (int order = 0; order < 3; order++) {
		assert_int_equal(f.leaves[order], stats.blocks[3 - order]);
	}
	assert_int_equal(d.tables, stats.table_pages);
	for (uint32_t i = 0; i < d.nr[RUNS]; i++) {
		const struct entresol_run *r = &d.run[i];
		struct p2m_entry e = guest_entry(&dom0, r->ipa >> PAGE_SHIFT);

		assert_int_equal(e.type, r->map.type);
		assert_int_equal(e.order, r->map.order);
		assert_int_equal(mfn_to_paddr(e.mfn).v, r->map.pa);
	}
	dump_free(&d);
}

static bool same(const struct dump *a, const struct dump *b)
{
	for (int part = 0; part < NR_PARTS; part++) {
		if (a->nr[part] != b->nr[part] ||
		    memcmp(part_records(a, part), part_records(b, part),
			   a->nr[part] * part_size(part)) != 0) {
			return false;
		}
	}
	return true;
}

static void any_room_brings_the_same(void **state)
{
	struct dump all = read_small();
	struct failure f;
	struct dump d;

	(void)state;
	for (room = 1; room <= 12; room++) {
		assert_true(dump_read(&d, &below, 0, &f));
		assert_true(same(&d, &all));
		dump_free(&d);
	}
	dump_free(&all);
}

/* Pages that no block can map: more than one call looks at. */
static void long_runs_are_whole(void **state)
{
	const uint64_t size = 40 * MIB;
	static struct region long_one; /* stays in the map to its end */
	struct failure f = { STATUS_OK, "" };
	unsigned int found = 0;
	struct dump d;

	(void)state;
	long_one = (struct region){
		.name = "long",
		.kind = REGION_DIRECT,
		.ipa = IPA(SMALL_MAP + 0x40000000),
		.pa = PADDR(0x9000001000),
		.size = size,
		.type = P2M_DEVICE,
		.attr = p2m_default_attr(P2M_DEVICE),
	};
	assert_int_equal(memmap_add(dom0.d->memmap, &long_one), 0);
	assert_int_equal(memmap_commit(dom0.d->memmap), 0);
	calls = 0;
	assert_true(dump_read(&d, &below, 0, &f));
	for (uint32_t i = 0; i < d.nr[RUNS]; i++) {
		found += d.run[i].ipa == long_one.ipa.v &&
			 d.run[i].size == size && !d.run[i].map.order;
	}
	assert_int_equal(found, 1);
	dump_free(&d);
}

static void a_change_is_noticed(void **state)
{
	struct dump d, all = read_small();
	struct failure f = { STATUS_OK, "" };

	(void)state;
	room = 4;
	for (change_at = 1; change_at < 8; change_at++) {
		calls = 0;
		nr_changes = 2;
		assert_true(dump_read(&d, &below, 0, &f));
		assert_int_equal(nr_changes, 0);
		assert_true(same(&d, &all));
		dump_free(&d);
	}
	nr_changes = ~0u;
	assert_false(dump_read(&d, &below, 0, &f));
	assert_string_equal(f.text, "the map of domain 0 changes all the time");
	dump_free(&all);
}

/* The records' words are those of the rest of the log. */
static void words_are_the_same(void **state)
{
	(void)state;
	for (int type = 0; type < P2M_NR_TYPES; type++) {
		assert_string_equal(maptext_type(type), p2m_type_name(type));
	}
	for (int memtype = 0; memtype < S2_NR_MEMTYPES; memtype++) {
		const struct s2_attr attr = { memtype, S2_RW };
		struct entresol_mapping m =
			p2m_mapping(P2M_SRAM, attr, PADDR(0));

		assert_string_equal(maptext_attr(m.attr),
				    s2_memtype_name(memtype));
	}
	for (unsigned int perm = 0; perm <= S2_RWX; perm++) {
		assert_string_equal(maptext_perm(perm), s2_perm_name(perm));
	}
	assert_string_equal(maptext_kind(REGION_HOLE), "hole");
	assert_string_equal(maptext_kind(REGION_HOLE + 1), "?");
	assert_string_equal(maptext_type(P2M_NR_TYPES), "?");
	assert_string_equal(maptext_attr(~0u), "?");
}

/* ------------------------------------------------------------------- errors */

static int64_t ask(struct vcpu *v, const struct guest *g, unsigned int cmd,
		   struct entresol_dump op)
{
	*(struct entresol_dump *)guest_at(g, g->ram + ARG) = op;
	return hcall(v, ENTRESOL_HYPERCALL, cmd, g->ram + ARG, 0);
}

static void errors_are_told(void **state)
{
	const struct entresol_dump good = {
		.size = sizeof(struct entresol_region),
		.nr = 100,
		.buffer = dom0.ram + DATA,
	};
	struct entresol_dump op = good;

	(void)state;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), 0);
	assert_int_equal(ask(self, &dom0, ENTRESOL_view, op), -XEN_EINVAL);
	op.reserved = 1;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), -XEN_EINVAL);
	op = good;
	op.nr = 0;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), -XEN_EINVAL);
	op = good;
	op.domid = 7;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), -XEN_ESRCH);
	op = good;
	op.buffer = NO_RAM;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), -XEN_EFAULT);
	op = good;
	op.cursor = 1;
	assert_int_equal(ask(self, &dom0, ENTRESOL_regions, op), -XEN_EAGAIN);
	assert_int_equal(
		hcall(self, ENTRESOL_HYPERCALL, ENTRESOL_regions, NO_RAM, 0),
		-XEN_EFAULT);
}

/* Cursors that nobody has returned do no harm. */
static void odd_cursors_are_harmless(void **state)
{
	static const uint64_t cursors[] = { 1,
					    999,
					    0x123456789,
					    UINT64_C(1) << 36,
					    ~UINT64_C(0),
					    ~UINT64_C(0) << 32,
					    0xffffffff };
	struct entresol_dump *out = guest_at(&dom0, dom0.ram + ARG);

	(void)state;
	map_small();
	for (unsigned int i = 0; i < ARRAY_SIZE(cursors); i++) {
		for (int part = 0; part < NR_PARTS; part++) {
			static const unsigned int cmd[] = { ENTRESOL_regions,
							    ENTRESOL_hidden,
							    ENTRESOL_view,
							    ENTRESOL_table };
			struct entresol_dump op = {
				.size = part_size(part),
				.nr = 100,
				.buffer = dom0.ram + DATA,
			};

			assert_int_equal(ask(self, &dom0, cmd[part], op), 0);
			op = *out;
			op.nr = 5;
			op.cursor = cursors[i];
			assert_int_equal(ask(self, &dom0, cmd[part], op), 0);
			assert_true(out->nr <= 5);
		}
	}
}

static void others_see_themselves_alone(void **state)
{
	struct failure f = { STATUS_OK, "" };
	struct dump d;

	(void)state;
	host_load_vcpu(domu.d->vcpu[0]);
	asking = &domu;
	assert_true(dump_read(&d, &below, 0x7ff0, &f));
	assert_int_equal(d.domid, 1);
	dump_free(&d);
	assert_false(dump_read(&d, &below, 0, &f));
	assert_int_equal(f.status, STATUS_DENIED);
	host_load_vcpu(self);
	asking = &dom0;
	assert_true(dump_read(&d, &below, 1, &f));
	assert_int_equal(d.domid, 1);
	dump_free(&d);
	assert_false(dump_read(&d, &below, 9, &f));
	assert_int_equal(f.status, STATUS_NO_DOMAIN);
	assert_string_equal(f.text, "there is no domain 9");
}

static int64_t not_entresol(struct hypervisor *h, unsigned int cmd,
			    struct entresol_dump *arg, void *records)
{
	(void)h;
	(void)cmd;
	(void)arg;
	(void)records;
	return -XEN_ENOSYS;
}

static void another_hypervisor_is_noticed(void **state)
{
	struct hypervisor xen = { .call = not_entresol };
	struct failure f = { STATUS_OK, "" };
	struct dump d;

	(void)state;
	assert_false(dump_read(&d, &xen, 0, &f));
	assert_int_equal(f.status, STATUS_NOT_ENTRESOL);
	assert_string_equal(f.text, "this hypervisor is not Entresol");
}

/* -------------------------------------------------------------------- files */

static char file[1 << 16];

static size_t save(const struct dump *d)
{
	FILE *out = fmemopen(file, sizeof(file), "wb");
	size_t len;

	assert_true(dump_save(d, out));
	len = ftell(out);
	fclose(out);
	return len;
}

static bool load(struct dump *d, size_t len, struct failure *f)
{
	FILE *in = fmemopen(file, len, "rb");
	bool good = dump_load(d, in, f);

	fclose(in);
	return good;
}

static void a_file_keeps_it_all(void **state)
{
	struct dump back, d = read_small();
	struct failure f = { STATUS_OK, "" };

	(void)state;
	assert_true(load(&back, save(&d), &f));
	assert_true(same(&d, &back));
	assert_int_equal(back.tables, d.tables);
	dump_free(&back);
	dump_free(&d);
}

/* The file of @d, which does not make sense, is refused like this. */
static void refused(const struct dump *d, const char *why)
{
	struct failure f = { STATUS_OK, "" };
	struct dump back;

	assert_false(load(&back, save(d), &f));
	assert_int_equal(f.status, STATUS_BAD_FILE);
	assert_string_equal(f.text, why);
}

/* One field says @value, and then what it said before. */
#define REFUSED(field, value, why)                  \
	do {                                        \
		__typeof__(field) before = (field); \
		(field) = (value);                  \
		refused(&d, why);                   \
		(field) = before;                   \
	} while (0)

static void bad_records_are_named(void **state)
{
	struct dump d = read_small();

	(void)state;
	REFUSED(d.region[3].index, 4, "region 3: its index is another one");
	REFUSED(d.region[3].parent, 3,
		"region 3: it is in no container that came before");
	REFUSED(d.region[3].parent, ENTRESOL_NONE,
		"region 3: it is in no container that came before");
	REFUSED(d.region[3].parent, find(&d, "box")->index,
		"region 3: it is in no container that came before");
	REFUSED(d.region[3].depth, 9,
		"region 3: it is in no container that came before");
	REFUSED(d.region[0].kind, ENTRESOL_KIND_RAM,
		"region 0: it is in no container that came before");
	REFUSED(d.region[5].size, ~UINT64_C(0xfff),
		"region 5: no guest address space has its range");
	REFUSED(d.region[5].size, 0,
		"region 5: no guest address space has its range");
	REFUSED(d.region[5].kind, 10, "region 5: unknown kind or attributes");
	REFUSED(d.region[5].map.attr, 7,
		"region 5: unknown kind or attributes");
	REFUSED(d.region[5].target, d.nr[REGIONS],
		"region 5: its target does not exist");
	REFUSED(d.hidden[1].by, 77, "hidden part 1: its region does not exist");
	REFUSED(d.hidden[1].ipa, 0,
		"hidden part 1: it is not behind the one before");
	REFUSED(d.span[2].region, 77, "span 2: its region does not exist");
	REFUSED(d.span[2].size, UINT64_C(1) << 40,
		"span 2: it ends above the guest's addresses");
	REFUSED(d.span[2].ipa, 0, "span 2: it is not behind the one before");
	REFUSED(d.span[0].flags, ENTRESOL_FLAG_BELOW,
		"span 0: it is below nothing");
	REFUSED(d.run[1].map.order, 5, "run 1: unknown type or attributes");
	REFUSED(d.run[1].map.order, 27, "run 1: it is not of whole blocks");
	REFUSED(d.run[1].map.type, 0, "run 1: unknown type or attributes");
	memset(d.region[4].name, 'x', sizeof(d.region[4].name));
	refused(&d, "region 4: its name does not end");
	dump_free(&d);
}

static void bad_files_are_refused(void **state)
{
	struct dump back, d = read_small();
	struct failure f = { STATUS_OK, "" };
	size_t len = save(&d);

	(void)state;
	for (size_t cut = 1; cut < len; cut++) {
		assert_false(load(&back, cut, &f));
		assert_int_equal(f.status, STATUS_BAD_FILE);
	}
	assert_false(load(&back, len + 1, &f));
	assert_string_equal(f.text, "there is more behind the last record");
	assert_false(load(&back, 200, &f));
	assert_string_equal(f.text, "it ends before region 0 of 18");
	file[8]++;
	assert_false(load(&back, len, &f));
	assert_string_equal(f.text,
			    "its format has version 2, this program knows 1");
	file[0] = 'X';
	assert_false(load(&back, len, &f));
	assert_string_equal(f.text, "this is no saved memory map");
	dump_free(&d);
}

/* What passes the check can be printed, whatever it says. */
static void fuzz(void **state)
{
	struct dump d = read_small();
	size_t len = save(&d);
	unsigned int good = 0;
	FILE *out = fopen("/dev/null", "w");
	char *whole = malloc(len);

	(void)state;
	memcpy(whole, file, len);
	srand(1);
	for (int i = 0; i < 4000; i++) {
		const struct range all = { 0, UINT64_MAX };
		struct failure f;
		struct dump back;

		memcpy(file, whole, len);
		for (int n = 1 + rand() % 3; n > 0; n--) {
			file[16 + rand() % (len - 16)] = rand() >> 4;
		}
		if (load(&back, len, &f)) {
			good++;
			print_text(&back, &all, out, &f);
			print_json(&back, &all, out, &f);
			print_svg(&back, &all, out, &f);
			dump_free(&back);
		}
	}
	assert_in_range(good, 400, 3600);
	fclose(out);
	free(whole);
	dump_free(&d);
}

/* ------------------------------------------------------------------ dumps */

static const char *folder;

static void write_dump(const char *name)
{
	struct failure f = { STATUS_OK, "" };
	char path[256];
	struct dump d;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "wb");
	assert_non_null(out);
	assert_true(dump_read(&d, &below, 0, &f));
	assert_true(dump_save(&d, out));
	assert_int_equal(fclose(out), 0);
	dump_free(&d);
}

static void write_small(void **state)
{
	(void)state;
	map_small();
	write_dump("small.map");
}

static void write_busy(void **state)
{
	(void)state;
	map_busy();
	write_dump("busy.map");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, dom0_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(regions_are_told),
		TEST(hidden_parts_are_told),
		TEST(layers_are_told),
		TEST(table_is_told),
		TEST(any_room_brings_the_same),
		TEST(long_runs_are_whole),
		TEST(a_change_is_noticed),
		TEST(words_are_the_same),
		TEST(errors_are_told),
		TEST(odd_cursors_are_harmless),
		TEST(others_see_themselves_alone),
		TEST(another_hypervisor_is_noticed),
		TEST(a_file_keeps_it_all),
		TEST(bad_records_are_named),
		TEST(bad_files_are_refused),
		TEST(fuzz),
	};
	const struct CMUnitTest dumps[] = {
		TEST(write_small),
		TEST(write_busy),
	};

	if (argc == 2) {
		folder = argv[1];
		return cmocka_run_group_tests_name("dumps", dumps, NULL, NULL);
	}
	return cmocka_run_group_tests_name("memmap tool", tests, NULL, NULL);
}
