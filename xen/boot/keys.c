/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/keys.h"

#include <arch/cpu.h>
#include <core/bug.h>
#include <core/compiler.h>
#include <core/log.h>

#include "arch/arm64/count.h"
#include "arch/arm64/pcpu.h"
#include "domain/domain.h"
#include "evtchn/evtchn.h"
#include "frame/frame.h"
#include "frame/heap.h"
#include "lib/maptext.h"
#include "memmap/describe.h"
#include "p2m/p2m.h"
#include "vgic/vgic.h"

static void print_line(const char *text)
{
	log_err("%s", text);
}

static uint16_t vcpu_id(const struct vcpu *v)
{
	return v->id;
}

/* The name of region number @index. */
static const char *name_of(struct memmap *map, uint32_t index,
			   struct entresol_region *buf)
{
	struct memmap_reader r = { map, vcpu_id, index, 0 };

	return index != ENTRESOL_NONE && memmap_regions(&r, buf, 1) ? buf->name
								    : "a hole";
}

/* What is hidden of @region, in lines below its own. */
static void dump_hidden(struct memmap *map,
			const struct entresol_region *region)
{
	struct memmap_reader r = { map, vcpu_id,
				   memmap_hidden_of(region->index), 0 };
	struct entresol_hidden h = { .region = region->index };
	struct entresol_region by;
	char line[MAPTEXT_LINE];

	while (memmap_hidden(&r, &h, 1) && h.region == region->index) {
		maptext_hidden(line, sizeof(line), &h, region->depth,
			       name_of(map, h.by, &by));
		print_line(line);
		if (!r.cursor) {
			break;
		}
	}
}

static void dump_tree(struct memmap *map)
{
	struct memmap_reader r = { map, vcpu_id, 0, 0 };
	struct entresol_region region;
	char line[MAPTEXT_LINE];

	while (memmap_regions(&r, &region, 1)) {
		maptext_tree(line, sizeof(line), &region);
		print_line(line);
		dump_hidden(map, &region);
		if (!r.cursor) {
			break;
		}
	}
}

static void dump_view(struct memmap *map)
{
	struct memmap_reader r = { map, vcpu_id, 0, 0 };
	struct entresol_span span;
	char line[MAPTEXT_LINE];

	while (memmap_spans(&r, &span, 1)) {
		maptext_span(line, sizeof(line), &span);
		print_line(line);
		if (!r.cursor) {
			break;
		}
	}
}

/* The lock is not held while the console is busy. */
static void dump_regions(struct domain *d)
{
	uint64_t edition = memmap_edition(d->memmap);

	log_err("d%u: regions, and what is hidden of them", d->id);
	dump_tree(d->memmap);
	log_err("d%u: view", d->id);
	dump_view(d->memmap);
	if (memmap_edition(d->memmap) != edition) {
		log_err("d%u: the map has changed meanwhile", d->id);
	}
}

static void dump_stage2(struct domain *d)
{
	struct p2m_locked l = p2m_lock(d->p2m);

	log_err("d%u: stage2_page_tables", d->id);
	p2m_dump(l, print_line);
	p2m_unlock(l);
}

static void dump_vcpus(struct domain *d)
{
	static const char *const state[] = { "running", "runnable", "blocked",
					     "offline" };

	log_err("d%u: %u vCPUs, %llu of %llu pages%s%s", d->id, d->nr_vcpus,
		(unsigned long long)d->nr_pages,
		(unsigned long long)d->max_pages, d->hwdom ? ", hwdom" : "",
		!domain_lives(d)   ? ", dying"
		: d->shutting_down ? ", shut down"
				   : "");
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		const struct vcpu *v = d->vcpu[i];

		log_err("  d%uv%u: CPU%u %s pc=%#llx work=%#x", d->id, v->id,
			v->cpu, state[v->runstate & 3],
			(unsigned long long)v->regs.pc, v->work);
	}
}

static void dump_irqs(struct domain *d)
{
	log_err("d%u: interrupts", d->id);
	vgic_dump(d, print_line);
}

static void dump_events(struct domain *d)
{
	log_err("d%u: event channels", d->id);
	evtchn_dump(d, print_line);
}

static void dump_heap(struct domain *d)
{
	(void)d;
	log_err("frames: %llu total, %llu free; objects: %llu bytes",
		(unsigned long long)frame_nr_total(),
		(unsigned long long)frame_nr_free(),
		(unsigned long long)heap_in_use());
}

static void dump_counters(struct domain *d)
{
	struct p2m_locked l = p2m_lock(d->p2m);
	struct p2m_stats s = p2m_stats(l);

	p2m_unlock(l);
	log_err("d%u: %llux1G %llux2M %llux4K, %llu table pages of %llu, "
		"%llu flushes, %llu changes",
		d->id, (unsigned long long)s.blocks[1],
		(unsigned long long)s.blocks[2],
		(unsigned long long)s.blocks[3],
		(unsigned long long)s.table_pages,
		(unsigned long long)s.pool_pages, (unsigned long long)s.flushes,
		(unsigned long long)s.changes);
	for (unsigned int i = 0; i < arch_nr_cpus(); i++) {
		log_err("CPU%u: %llu interrupts, %llu vCPU switches", i,
			(unsigned long long)pcpus[i].irqs,
			(unsigned long long)pcpus[i].switches);
		count_dump(i);
	}
}

/* Who asks for it wants to see the report, or needs a machine reset. */
static void crash(struct domain *d)
{
	(void)d;
	bug(__FILE__, __LINE__, "key 'C'");
}

/* Each call leaves its frame on the stack. */
static __noinline_fn uint64_t pile_up(uint64_t depth)
{
	volatile uint64_t frame[32];

	frame[depth % ARRAY_SIZE(frame)] = depth;
	return depth ? pile_up(depth - 1) + frame[0] : frame[0];
}

/* To see that this is told too. */
static void overflow(struct domain *d)
{
	(void)d;
	(void)pile_up(~UINT64_C(0));
}

static void help(struct domain *d);

/* Each runs once for every domain, or once in all. */
static const struct {
	char key;
	bool once;
	void (*run)(struct domain *d);
	const char *what;
} keys[] = {
	{ 'h', true, help, "this help" },
	{ 'm', false, dump_regions, "regions of each domain's memory map" },
	{ 's', false, dump_stage2, "stage-2 table of each domain" },
	{ 'q', false, dump_vcpus, "domains and vCPUs" },
	{ 'i', false, dump_irqs, "interrupts of each domain" },
	{ 'e', false, dump_events, "event channels of each domain" },
	{ 'H', true, dump_heap, "heap" },
	{ 'c', false, dump_counters, "counters" },
	{ 'C', true, crash,
	  "crash the hypervisor: registers, backtrace, CPUs" },
	{ 'O', true, overflow, "the same by a stack overflow" },
};

static void help(struct domain *d)
{
	(void)d;
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		log_err("key '%c': %s", keys[i].key, keys[i].what);
	}
}

void key_pressed(char c)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		struct domain *d = NULL;

		if (keys[i].key != c) {
			continue;
		}
		if (keys[i].once) {
			keys[i].run(NULL);
			return;
		}
		while ((d = domain_next(d))) {
			/* Others have lost what could be shown of them. */
			if (domain_lives(d) || keys[i].run == dump_vcpus) {
				keys[i].run(d);
			}
		}
		return;
	}
}
