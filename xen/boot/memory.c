/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/memory.h"

#include <libfdt.h>
#include <string.h>

#include <arch/map.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/errno.h>
#include <core/log.h>

#include "arch/arm64/mmu.h"
#include "boot/ram.h"
#include "dt/host.h"
#include "frame/frame.h"
#include "lib/format.h"

#define SIZE_2M (UINT64_C(2) << 20)
#define SIZE_1G (UINT64_C(1) << 30)

static struct dt_range image_range(void)
{
	return (struct dt_range){ (uintptr_t)_start,
				  (uintptr_t)(__image_end - _start) };
}

/* [base, base + size) rounded out to pages. */
static struct dt_range pages_of(struct dt_range r)
{
	uint64_t base = align_down(r.base, PAGE_SIZE);

	return (struct dt_range){ base, frames_touched(r.base, r.size)
						<< PAGE_SHIFT };
}

static void cut(struct dt_range *list, unsigned int *nr, struct dt_range r)
{
	/* Too fragmented to say: give up the rest, never what is taken. */
	if (r.size &&
	    dt_ranges_remove(list, nr, MAX_FREE_RANGES, pages_of(r))) {
		log_err("RAM is cut into too many pieces; stop here");
		BUG_ON(true);
	}
}

static void map_ram(const struct dt_host *host, const struct dt_range *bank,
		    unsigned int nr)
{
	static struct dt_range map[MAX_FREE_RANGES];

	memcpy(map, bank, nr * sizeof(*bank));
	cut(map, &nr, image_range());
	for (unsigned int i = 0; i < host->nr_reserved; i++) {
		if (host->reserved[i].no_map) {
			cut(map, &nr, host->reserved[i].range);
		}
	}
	for (unsigned int i = 0; i < nr; i++) {
		mmu_map(PADDR(map[i].base), map[i].size, EL2_DATA);
	}
}

/* What is not to be given away: nothing may be in it when boot is over. */
static void cut_taken(const struct dt_host *host, struct boot_memory *m)
{
	struct dt_range tree = { (uintptr_t)host->fdt,
				 fdt_totalsize(host->fdt) };

	cut(m->free, &m->nr_free, image_range());
	cut(m->free, &m->nr_free, tree);
	for (unsigned int i = 0; i < host->nr_modules; i++) {
		cut(m->free, &m->nr_free, host->module[i].range);
	}
	for (unsigned int i = 0; i < host->nr_reserved; i++) {
		cut(m->free, &m->nr_free, host->reserved[i].range);
	}
}

/* The smallest free range that holds @bytes: large ones stay whole. */
static void *take_table(struct boot_memory *m, uint64_t bytes)
{
	struct dt_range *best = NULL;
	struct dt_range taken;

	for (unsigned int i = 0; i < m->nr_free; i++) {
		struct dt_range *r = &m->free[i];

		if (r->size >= bytes && (!best || r->size < best->size)) {
			best = r;
		}
	}
	if (!best) {
		return NULL;
	}
	taken = (struct dt_range){ best->base + best->size - bytes, bytes };
	cut(m->free, &m->nr_free, taken);
	return paddr_to_ptr(PADDR(taken.base));
}

static void describe_bank(struct boot_memory *m, struct dt_range bank)
{
	uint64_t nr = bank.size >> PAGE_SHIFT;
	uint64_t bytes = align_up(frame_table_bytes(nr), PAGE_SIZE);
	void *table = take_table(m, bytes);

	if (table) {
		memset(table, 0, bytes);
	}
	if (!table ||
	    frame_table_init(paddr_to_mfn(PADDR(bank.base)), nr, table)) {
		log_err("RAM at %#llx: no room to describe it, not used",
			(unsigned long long)bank.base);
		cut(m->free, &m->nr_free, bank);
		return;
	}
	m->total += bank.size;
}

void memory_init(const struct dt_host *host, unsigned int pa_bits,
		 struct boot_memory *m)
{
	static struct dt_range bank[DT_MAX_BANKS];
	unsigned int nr = ram_usable(host, pa_bits, bank);

	map_ram(host, bank, nr);
	memcpy(m->free, bank, nr * sizeof(*bank));
	m->nr_free = nr;
	m->total = 0;
	cut_taken(host, m);
	for (unsigned int i = 0; i < nr; i++) {
		char size[24];

		log_info("RAM: %#012llx - %#012llx (%s)",
			 (unsigned long long)bank[i].base,
			 (unsigned long long)(bank[i].base + bank[i].size - 1),
			 fmt_size(size, sizeof(size), bank[i].size));
		describe_bank(m, bank[i]);
	}
	for (unsigned int i = 0; i < m->nr_free; i++) {
		frame_seed(paddr_to_mfn(PADDR(m->free[i].base)),
			   m->free[i].size >> PAGE_SHIFT);
	}
}

/* The part of @r aligned to @align at both ends; size 0: none. */
static struct dt_range aligned_part(struct dt_range r, uint64_t align)
{
	uint64_t base = align_up(r.base, align);
	uint64_t end = align_down(r.base + r.size, align);

	return (struct dt_range){ base, base < end ? end - base : 0 };
}

static struct dt_range largest_part(const struct boot_memory *m, uint64_t align)
{
	struct dt_range best = { 0, 0 };

	for (unsigned int i = 0; i < m->nr_free; i++) {
		struct dt_range r = aligned_part(m->free[i], align);

		if (r.size > best.size) {
			best = r;
		}
	}
	return best;
}

unsigned int memory_choose(struct boot_memory *m, uint64_t bytes,
			   uint16_t owner, struct dt_range *bank,
			   unsigned int max)
{
	unsigned int nr = 0;

	bytes = align_up(bytes, SIZE_2M);
	while (bytes && nr < max) {
		uint64_t align = bytes >= SIZE_1G ? SIZE_1G : SIZE_2M;
		struct dt_range r = largest_part(m, align);

		if (!r.size && align == SIZE_1G) {
			align = SIZE_2M;
			r = largest_part(m, align);
		}
		r.size = min_u64(r.size, align_down(bytes, align));
		if (!r.size || frame_alloc_at(paddr_to_mfn(PADDR(r.base)),
					      r.size >> PAGE_SHIFT, owner)) {
			return 0;
		}
		cut(m->free, &m->nr_free, r);
		bank[nr++] = r;
		bytes -= r.size;
	}
	return bytes ? 0 : dt_ranges_tidy(bank, nr);
}
